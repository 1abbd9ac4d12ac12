"""Keys that change the view: panes, formats, the selected cell, search, copy."""

from debugger_driver import debugging


async def test_panes_are_focused_by_name_and_in_turn():
    async with debugging() as person:
        seen = []
        for key in ("tab", "tab", "tab", "shift+tab", "f2", "f3", "f4"):
            await person.press(key)
            seen.append(person.controller.view.focus)
        turn = ["formula", "network", "tensors", "network"]
        assert seen == [*turn, "network", "tensors", "formula"]


async def test_zoom_shows_one_pane_and_escape_all_again():
    async with debugging(at="8") as person:
        await person.press("f4", "z")
        assert "network" not in "\n".join(person.lines)
        assert " formula " in person.lines[1]
        await person.press("f3")
        assert " tensors " in person.lines[1]
        await person.press("escape")
        assert " network " in person.lines[1]
        assert person.controller.view.focus == "tensors"


async def test_number_formats_come_in_turn_and_the_same_number_is_shown_in_each():
    async with debugging(at="8") as person:
        seen = []
        for _ in range(6):
            await person.press("x")
            seen.append(person.last)
            if seen[-1] in ("numbers: heat", "numbers: summary"):
                assert seen[-1].removeprefix("numbers: ") in person.lines[1]
                assert "-0.0502" in "\n".join(person.lines)
                continue
            assert {"8": "-0.05015982", "s": "-5.016e-2", "e": "-0.05015981737315736", "4": "-0.0502"}[
                seen[-1].removeprefix("numbers: ")[0]
            ] in "\n".join(person.lines)
        names = ("8 decimals", "scientific", "exact", "heat", "summary", "4 decimals")
        assert seen == [f"numbers: {name}" for name in names]


async def test_arrows_and_letters_walk_through_the_cells():
    async with debugging(at="16") as person:
        await person.go("W")
        assert person.selected == ("W", (0, 0))
        walk = [
            ("right", ("W", (0, 1))),
            ("l", ("W", (0, 2))),
            ("l", ("W", (0, 2))),
            ("down", ("W", (1, 2))),
            ("j", ("B1", (2,))),
            ("k", ("W", (1, 2))),
            ("up", ("W", (0, 2))),
            ("h", ("W", (0, 1))),
            ("home", ("W", (0, 0))),
            ("end", ("W", (0, 2))),
            ("left", ("W", (0, 1))),
        ]
        for key, cell in walk:
            await person.press(key)
            assert person.selected == cell, key
        await person.type("3j")
        assert person.selected == ("net_1", (1,))
        await person.press("pagedown")
        assert person.selected[0] == "delta_V"
        await person.press("pageup")
        assert person.selected[0] == "net_1"


async def test_arrows_walk_through_nodes_and_edges_in_the_network():
    async with debugging(at="8") as person:
        await person.press("f2")
        # The equation just done is about the edge from h1 to y.
        assert person.selected == ("delta_V", (0,))
        walk = [
            ("down", ("delta_V", (1,))),
            ("left", ("H", (1,))),
            ("down", ("H", (2,))),
            ("left", ("W", (1, 2))),
            ("left", ("X", (1,))),
            ("up", ("X", (0,))),
            ("right", ("W", (0, 0))),
        ]
        for key, cell in walk:
            await person.press(key)
            assert person.selected == cell, key
        assert "x1→h1" in person.lines[13]


async def test_escape_gives_the_selection_back_to_the_equation_just_done():
    async with debugging(at="8") as person:
        await person.press("up", "up")
        assert person.selected[0] != "delta_V"
        await person.press("escape")
        assert person.selected[0] == "delta_V"


async def test_search_moves_the_cell_cursor_and_goes_through_what_fits():
    async with debugging(at="14") as person:
        await person.press("f2", "/")
        await person.answer("NET1")
        assert person.controller.view.focus == "tensors"
        found = [person.selected[0]]
        for key in (",", ",", ",", "."):
            await person.press(key)
            found.append(person.selected[0])
        assert found == ["delta_H_net1", "delta_net1_w1", "delta_net1_w2", "delta_H_net1", "delta_net1_w2"]
        assert person.last == "delta_net1_w2: match 3 of 3"
        await person.press("/")
        await person.answer("w")
        assert person.selected[0] == "W"
        await person.press("/")
        await person.answer("nonsense")
        assert "no tensor name contains nonsense" in person.lines[-2]


async def test_copy_takes_the_selected_tensor_or_the_equation_with_its_numbers(monkeypatch):
    async with debugging(at="8") as person:
        copied = []
        monkeypatch.setattr(person.app, "copy_to_clipboard", copied.append)
        await person.press("y")
        assert person.last == "copied delta_V"
        await person.press("f4", "y")
        await person.press("f3", *"jy")
        assert copied[0].startswith("delta_V = [-0.0501598173731573")
        assert copied[1] == (
            "delta_V = delta_Y * delta_Y_net2 * H\ndelta_V[0] = -0.3803 × 0.2357 × 0.5597 = -0.0502"
        )
        assert len(copied) == 2
        assert person.last == "delta_net2_H is not computed yet; there is nothing to copy"
