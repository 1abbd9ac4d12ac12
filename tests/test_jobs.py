"""Long ways: the screen stays alive, nothing stale is shown, and they can be broken off."""

from debugger_driver import debugging

FAR = "i1000000000"
"""Further than any machine gets in a test."""


async def test_a_long_way_shows_how_far_it_is_and_can_be_broken_off():
    async with debugging(at="8") as person:
        await person.press("g")
        await person.begin(FAR)
        assert person.controller.job is not None
        await person.until(lambda: "Escape stops it" in person.last)
        assert person.last.startswith("going to n = 16,000,000,000:   0%")
        assert "step  8 of 16" in person.lines[0]
        for key in ("n", "U", "e", "g", "z", "5", "right"):
            await person.press(key)
            assert person.controller.prompt is None
        assert person.controller.job is not None
        assert (person.n, person.controller.view.zoomed, person.controller.view.count) == (8, False, "")
        await person.press("escape")
        assert person.last == "stopped: nothing has moved"
        assert (person.n, person.selected) == (8, ("delta_V", (0,)))
        await person.press("n")
        assert person.n == 9


async def test_the_screen_is_alive_on_a_long_way():
    async with debugging(at="8") as person:
        await person.press("g")
        await person.begin(FAR)
        await person.resize(100, 30)
        assert len(person.lines) == 30
        await person.press("?")
        assert "bpstep help" in person.lines[0]
        await person.press("escape")
        assert person.controller.job is not None
        await person.press("escape", "q")
        await person.until(lambda: person.app.return_code == 0)


async def test_a_click_is_refused_on_a_long_way():
    async with debugging(at="8") as person:
        await person.press("g")
        await person.begin(FAR)
        await person.click(*person.place(("step", 3)))
        assert person.controller.job is not None
        await person.press("escape")
        assert person.n == 8


async def test_an_undo_far_back_never_shows_a_stale_number_and_can_be_broken_off():
    async with debugging() as person:
        await person.press("e")
        await person.answer("0.7")
        await person.go("i3000")
        stale = person.value("E")
        # As if the next iteration took for ever.
        person.controller.session.timeline._run = lambda at, state, goal: (at, state)
        await person.press("U", wait=False)
        assert "computing n = 48,000 again:   0%" in person.text
        assert f"{stale:.4f}" not in person.text
        assert "net_1" not in person.text
        await person.press("n", "x", wait=False)
        await person.press("escape")
        assert person.controller.job is None
        assert person.last == f"stopped at n = {person.n:,}; later states are not computed yet"
        assert person.n == 0
        assert not person.frame.edits
        assert "step  0 of 16" in person.lines[0]


async def test_a_long_way_that_arrives_says_what_it_was_for_and_keeps_the_selection(monkeypatch):
    async with debugging() as person:
        await person.press("e")
        await person.answer("0.7")
        await person.go("i3000")
        await person.press("/")
        await person.answer("B1")
        monkeypatch.setattr("bpstep.ui.controller._MAX_BLOCKING_SECONDS", 0)
        await person.press("U")
        await person.arrive()
        assert person.n == 48_000
        assert person.last == "undone: set X[0] to 0.7 at n = 0"
        assert person.selected == ("B1", (0,))


async def test_control_c_stops_a_run_as_escape_does():
    async with debugging() as person:
        await person.press("g")
        await person.begin(FAR)
        await person.press("ctrl+c")
        assert person.controller.job is None
        assert person.last == "stopped: nothing has moved"
        await person.press("space")
        assert person.controller.playback.is_on
        await person.press("ctrl+c")
        assert not person.controller.playback.is_on
        await person.press("ctrl+c")
        assert person.last == "Press q to quit"


async def test_keys_typed_while_a_run_ends_are_done_after_it():
    async with debugging() as person:
        await person.press("g")
        await person.begin("i20000")
        assert person.controller.job is not None
        await person.press("3", "n", "z")
        await person.until(lambda: person.controller.job is None and person.controller.view.zoomed)
        assert person.n == 20_000 * 16 + 3


async def test_a_run_that_a_waiting_key_starts_is_gone_before_the_keys_after_it():
    async with debugging() as person:
        await person.press("g")
        await person.begin("i20000")
        assert person.controller.job is not None
        await person.press("<", "g", *"i20000", "enter", "n", "n")
        await person.until(lambda: person.n == 20_000 * 16 + 2)
        assert person.controller.waiting_keys == []


async def test_stopping_a_run_drops_the_keys_that_wait():
    async with debugging() as person:
        await person.press("g")
        await person.begin(FAR)
        await person.press("n", "n", "escape", "z")
        assert (person.n, person.controller.view.zoomed) == (0, True)
        assert person.controller.waiting_keys == []
