"""The mouse: every place that looks as if it could be clicked can be."""

from debugger_driver import debugging
from textual import events

from bpstep.program.diagram import Edge, Node


async def test_a_click_on_a_cell_selects_it_and_focuses_the_tensors():
    async with debugging(at="2") as person:
        await person.press("f2")
        await person.click(*person.place(("cell", "W", (1, 2))))
        assert person.selected == ("W", (1, 2))
        assert person.controller.view.focus == "tensors"
        assert "x2→h3" in person.lines[13]


async def test_a_double_click_on_a_cell_edits_it():
    async with debugging(at="2") as person:
        await person.click(*person.place(("cell", "W", (1, 2))), times=2)
        assert person.controller.prompt is not None
        await person.answer("0.65")
        assert person.value("W", 1, 2) == 0.65


async def test_a_click_beside_the_input_does_nothing():
    async with debugging(at="2") as person:
        await person.press("e")
        await person.type("0.1")
        await person.click(*person.place(("cell", "X", (0,))))
        await person.click(*person.place(("step", 5)))
        assert (person.selected, person.n) == (("H", (0,)), 2)
        assert person.controller.editor.text == "0.1"


async def test_a_click_on_a_unit_selects_its_number():
    async with debugging(at="2") as person:
        await person.click(*person.place(("place", Node(1, 2))))
        assert person.selected == ("H", (2,))
        assert person.controller.view.focus == "network"
        await person.click(*person.place(("place", Node(0, 1))))
        assert person.selected == ("X", (1,))


async def test_a_click_on_an_edge_selects_its_weight():
    async with debugging(at="2", size=(120, 36)) as person:
        await person.click(*person.place(("place", Edge(1, 0, 1))))
        assert person.selected == ("W", (0, 1))
        await person.click(*person.place(("place", Edge(2, 2, 0))))
        assert person.selected == ("V", (2, 0))


async def test_a_click_on_an_edge_after_its_gradient_selects_the_gradient():
    async with debugging(at="8", size=(120, 36)) as person:
        await person.click(*person.place(("place", Edge(2, 2, 0))))
        assert person.selected == ("delta_V", (2,))


async def test_a_click_in_the_timeline_goes_to_just_after_that_equation():
    async with debugging(at="20") as person:
        for done in (1, 5, 16, 9):
            await person.click(*person.place(("step", done)))
            assert person.n == 16 + done
            # The last click leads to the iteration's first moment, which is not the one before it.
            person.controller.session.goto(20)
            await person.press("escape")


async def test_a_click_on_a_pane_focuses_it():
    async with debugging(at="8") as person:
        for name in ("formula", "network", "tensors"):
            await person.click(*person.place(("pane", name)))
            assert person.controller.view.focus == name


async def test_the_keys_of_the_last_line_can_be_clicked():
    async with debugging() as person:
        await person.click(*person.place(("action", "next")))
        assert person.n == 1
        await person.click(*person.place(("action", "next_phase")))
        assert person.n == 4
        await person.click(*person.place(("action", "help")))
        assert "bpstep help" in person.lines[0]


async def test_a_line_of_the_help_can_be_clicked():
    async with debugging() as person:
        await person.press("?")
        line = next(y for y, text in enumerate(person.lines) if text.split()[:1] == ["n"])
        await person.click(3, line)
        assert person.controller.panel is None
        assert person.n == 1


async def test_a_command_of_the_palette_can_be_clicked():
    async with debugging() as person:
        await person.press("ctrl+p")
        await person.type("next ph")
        await person.click(*person.place(("command", "next_phase")))
        assert person.controller.panel is None
        assert person.n == 4


def _wheel(kind, x, y):
    return kind(None, x, y, 0, 0, 0, False, False, False, screen_x=x, screen_y=y)


async def test_the_wheel_scrolls_the_pane_under_the_mouse():
    async with debugging(at="8") as person:
        x, y = person.place(("cell", "delta_V", (0,)))
        person.app.post_message(_wheel(events.MouseScrollDown, x, y))
        await person.until(lambda: person.selected == ("delta_net2_H", (0, 0)))
        person.app.post_message(_wheel(events.MouseScrollUp, x, y))
        await person.until(lambda: person.selected == ("delta_V", (0,)))
        await person.press("f4")
        person.app.post_message(_wheel(events.MouseScrollDown, x, y))
        await person.until(lambda: person.selected == ("delta_net2_H", (0, 0)))
        assert person.controller.view.focus == "tensors"


async def test_the_wheel_scrolls_a_formula_that_has_no_room_and_stops_at_its_end():
    async with debugging(at="12", size=(60, 18)) as person:
        x, y = person.place(("pane", "formula"))
        for _ in range(30):
            person.app.post_message(_wheel(events.MouseScrollDown, x, y))
        await person.until(lambda: "bottom of the formula" in person.last)
        most = person.controller.view.scroll
        assert 0 < most < 10
        await person.press("up")
        assert person.controller.view.scroll == most - 1


async def test_the_wheel_scrolls_the_help_and_is_ignored_while_something_is_typed():
    async with debugging(at="8") as person:
        await person.press("?")
        person.app.post_message(_wheel(events.MouseScrollDown, 5, 5))
        await person.until(lambda: person.controller.panel.chosen > 1)
        await person.press("escape", "e")
        person.app.post_message(_wheel(events.MouseScrollDown, *person.place(("cell", "delta_V", (2,)))))
        await person.press("5", "enter")
        assert person.value("delta_V", 0) == 5
