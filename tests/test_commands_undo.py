"""Undo and redo, dropping all edits: each says what it did."""

from debugger_driver import debugging


async def test_undo_and_redo_say_which_edit_it_was_wherever_it_applies():
    async with debugging(at="5") as person:
        await person.press("/")
        await person.answer("W")
        await person.press("e")
        await person.answer("0.25")
        await person.go("i2:delta_V")
        await person.press("escape", "e")
        await person.answer("0")
        await person.go("3")
        await person.press("U")
        assert person.last == "undone: set delta_V[0] to 0 at step 8 of iteration 2"
        await person.press("U")
        assert person.last == "undone: set W[0,0] to 0.25 at n = 0"
        assert person.n == 3
        assert person.value("W", 0, 0) == 0.1
        await person.press("U")
        assert person.last == "nothing to undo: no edit was made"
        await person.press("ctrl+r")
        assert person.last == "redone: set W[0,0] to 0.25 at n = 0"
        assert person.value("W", 0, 0) == 0.25
        await person.type("9")
        await person.press("ctrl+r")
        assert person.last == "redone: set delta_V[0] to 0 at step 8 of iteration 2"
        assert len(person.frame.edits) == 2
        await person.type("2U")
        assert not person.frame.edits


async def test_a_constant_is_edited_from_an_iteration_on_under_the_name_that_the_table_has():
    async with debugging(at="40") as person:
        await person.press("/")
        await person.answer("X")
        await person.press("right", "e")
        await person.answer("1")
        assert person.last.startswith("X[1] changed from 0.5 to 1;")
        await person.press("U")
        assert person.last == "undone: set X[1] to 1 from iteration 2 on"


async def test_undo_keeps_the_cell_that_is_selected():
    async with debugging(at="5") as person:
        await person.press("/")
        await person.answer("V")
        await person.press("e")
        await person.answer("3")
        await person.press("right", "U")
        assert person.selected == ("V", (1, 0))


async def test_dropping_all_edits_asks_first():
    async with debugging(at="8") as person:
        for name in ("V", "B1"):
            await person.press("/")
            await person.answer(name)
            await person.press("e")
            await person.answer("2")
        await person.press("R")
        assert person.last == "drop all 2 edits and go back to n = 0? y or n"
        await person.press("n")
        assert person.last == "the edits are kept"
        await person.press("R", "escape")
        assert len(person.frame.edits) == 2
        await person.press("R", "y")
        assert (person.n, person.frame.edits) == (0, ())
        assert person.last == "all edits dropped; U restores them"
        await person.press("U")
        assert len(person.frame.edits) == 2


async def test_edits_survive_a_restart_and_are_seen_in_the_timeline():
    async with debugging(at="8") as person:
        await person.press("e")
        await person.answer("0.5")
        await person.type("r")
        assert person.n == 0
        assert len(person.frame.edits) == 1
        assert "backward ──✎" in person.lines[-2]
