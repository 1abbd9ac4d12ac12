"""The listing: the program's lines, the line at the cursor, the signs in the margin, and the effect of
clicks.
"""

import re
from types import SimpleNamespace

import pytest
from debugger_driver import controller, debugging

from bpstep.engine.edits import EditLine
from bpstep.model.network import ScriptText
from bpstep.render.listing import (
    ListingLine,
    ListingMarks,
    draw_listing,
    iteration_lines,
    line_place,
    listing_marks,
)
from bpstep.render.theme import Theme
from bpstep.render.view_state import View


def listing(made, width=100, height=40, view=None, **theme):
    look = Theme(**theme)
    frame = made.frame
    return draw_listing(
        iteration_lines(frame, look), listing_marks(frame, view or View()), look, width, height
    )


def line(canvas, name):
    """The text of the line that stands for an equation."""
    hit = next(hit for hit in canvas.hits if hit.target == ("listing", name))
    return "".join(canvas.characters[hit.y])


@pytest.mark.parametrize("name", ["article", "mazur", "xor", "penguins", "deep"])
def test_every_equation_is_a_line_in_the_order_of_the_program_under_its_phase(name):
    made = controller(name).session
    lines = listing(made, 160, 80).text().splitlines()
    expected = []
    for phase, first, end in made.program.phase_runs():
        expected.append(phase)
        expected += [f"{at + 1} {made.program.steps[at].equation}" for at in range(first, end)]
    assert [text.strip(" ▶●≠") for text in lines if text.strip()] == expected


@pytest.mark.parametrize("n", [1, 8, 16, 24])
def test_the_line_at_the_cursor_is_lit_and_no_other(n):
    made = controller(at=str(n)).session
    canvas = listing(made)
    lit = [text for text in canvas.text().splitlines() if text.startswith("▶")]
    assert len(lit) == 1
    assert lit[0].split()[1:3] == [str(made.frame.done), made.frame.step.name]
    assert sum("write" in roles for roles in canvas.roles) == 1


def test_a_line_that_is_done_has_its_value_and_one_that_is_not_has_none():
    made = controller(at="delta_Y").session
    canvas = listing(made)
    assert line(canvas, "H").split()[-3:] == ["0.5597", "0.6271", "0.6900"]
    assert line(canvas, "E").split()[-1] == "0.0723"
    assert line(canvas, "delta_V").rstrip().endswith("* H")
    hit = next(hit for hit in canvas.hits if hit.target == ("listing", "delta_V"))
    assert canvas.roles[hit.y][hit.x] == "coming"


def test_of_a_long_value_whole_numbers_are_shown_and_dots_say_that_there_are_more():
    made = controller("penguins", "i3:delta_W").session
    value = made.frame.tensors["net_1"].ravel()
    for width in range(60, 130, 7):
        text = line(listing(made, width), "net_1").partition("B1")[2]
        *numbers, dots = text.split()
        assert dots == "…"
        assert numbers == [f"{number:.4f}" for number in value[: len(numbers)]]
        assert numbers


def test_the_margin_has_breakpoints_and_replaced_equations():
    made = controller("article-as-printed", "delta_V")
    made.run_action("breakpoint")
    canvas = listing(made.session)
    assert line(canvas, "delta_V")[:3] == "▶● "
    assert line(canvas, "delta_Y")[:3] == "  ≠"
    assert line(canvas, "Y")[:3] == "   "
    plain = listing(made.session, ascii=True)
    assert line(plain, "delta_V")[:3] == ">o "
    assert line(plain, "delta_Y")[:3] == "  !"


@pytest.mark.parametrize("height", [6, 8, 14, 40])
def test_the_line_at_the_cursor_is_always_seen(height):
    made = controller("deep").session
    for n in range(1, made.period + 1):
        made.goto(n)
        assert any(text.startswith("▶") for text in listing(made, 80, height).text().splitlines())


def test_any_lines_can_be_listed_with_their_own_signs():
    source = [
        ListingLine((("def loss(y):", "text"),), "a.py:1", "1"),
        ListingLine((("    return y * y", "text"),), "a.py:2", "2", (("●", "bright"),), ("0.2500",)),
    ]
    canvas = draw_listing(source, ListingMarks("a.py:2"), Theme(), 40, 4)
    assert canvas.text().splitlines()[:2] == [
        "   1 def loss(y):",
        "▶● 2     return y * y             0.2500",
    ]
    assert canvas.target_at(20, 0) == ("listing", "a.py:1")
    assert canvas.target_at(1, 1) == ("breakpoint", "a.py:2")


async def test_f6_opens_the_listing_in_the_formulas_place_and_closes_it():
    async with debugging(at="delta_V") as person:
        await person.press("f6")
        assert "─ listing ─" in person.text
        assert "─ formula ─" not in person.text
        await person.press("f4")
        assert "─ formula ─" in person.text
        await person.press("f6")
        assert "─ listing ─" in person.text
        await person.press("f6")
        assert "─ listing ─" not in person.text
        await person.press("f6", "escape")
        assert "─ formula ─" in person.text
        assert person.n == 8


async def test_with_room_the_listing_stands_beside_the_formula():
    async with debugging(at="delta_V", size=(120, 36)) as person:
        await person.press("f6")
        title = next(text for text in person.lines if "─ listing ─" in text)
        assert title.startswith("─ formula ─")
        await person.press("tab")
        assert person.controller.view.focus == "network"
        await person.press("shift+tab")
        assert person.controller.view.focus == "listing"


async def test_a_line_is_chosen_with_arrows_and_enter_goes_there():
    async with debugging(at="delta_V") as person:
        await person.press("f6", "down", "down", "enter")
        assert person.n == 10
        await person.press("up", "up", "up", "up", "up", "enter")
        assert person.n == 5
        await person.press(*["up"] * 20)
        assert "this is the top of the listing" in person.last
        await person.press("enter")
        assert person.n == 1


async def test_going_to_a_line_stays_in_the_iteration():
    async with debugging(at="i3:delta_V") as person:
        await person.press("f6", "down", "enter")
        assert person.n == 3 * 16 + 9


async def test_a_breakpoint_is_set_on_the_chosen_line_and_taken_away():
    async with debugging(at="delta_V") as person:
        await person.press("f6", "up", "up", "b")
        assert [point.equation for point in person.controller.frame.breakpoints] == ["delta_Y"]
        await person.press("b")
        assert not person.controller.frame.breakpoints
        await person.press("f3", "b")
        assert [point.equation for point in person.controller.frame.breakpoints] == ["delta_V"]


async def test_a_click_chooses_a_line_the_next_goes_there_and_the_margin_sets_breakpoints():
    async with debugging(at="delta_V") as person:
        await person.press("f6")
        await person.click(*person.place(("listing", "delta_net2_H")))
        assert person.n == 8
        await person.click(*person.place(("listing", "delta_net2_H")))
        assert person.n == 9
        await person.click(*person.place(("breakpoint", "delta_H_net1")))
        assert [point.equation for point in person.controller.frame.breakpoints] == ["delta_H_net1"]
        assert re.search(r"● +10 delta_H_net1", person.text)


async def test_the_chosen_line_is_copied():
    async with debugging(at="delta_V") as person:
        await person.press("f6", "down", "y")
        assert person.app.clipboard == "delta_net2_H = V.T"


async def test_an_equation_is_edited_in_its_line_of_the_listing():
    async with debugging(at="delta_Y") as person:
        await person.press("f6", "E")
        y = next(y for y, text in enumerate(person.lines) if text.startswith("▶"))
        await person.press("ctrl+u", *"labelY - Y")
        assert "labelY - Y" in person.lines[y]
        await person.press("enter")
        assert person.controller.frame.step.source == "labelY - Y"


async def test_a_zoomed_listing_has_the_screen_for_itself():
    async with debugging(at="delta_V") as person:
        await person.press("f6", "z")
        assert sum(bool(re.match(r"[▶ ][● ][≠ ] *\d+ \w+ = ", text)) for text in person.lines) == 16


def test_a_replaced_line_of_a_notebook_is_named_by_its_cell():
    lines = ("a = 1", "", "b = 2", "c = 3")
    notebook = SimpleNamespace(
        network=SimpleNamespace(script=ScriptText("a.ipynb", lines, cells=((2, 0), (5, 2))))
    )
    assert line_place(notebook, EditLine(4, 1, "c = 4")) == "a.ipynb:cell 5:2"
    assert line_place(notebook, EditLine(4, 1, "x = 4", "helper.py")) == "helper.py:4"
    script = SimpleNamespace(network=SimpleNamespace(script=ScriptText("a.py", lines)))
    assert line_place(script, EditLine(4, 1, "c = 4")) == "a.py:4"
