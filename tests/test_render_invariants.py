"""What is true of every screen, whatever the network, the moment, the size and the selection."""

import re

import pytest
from chance import examples
from hypothesis import given
from hypothesis import strategies as st
from make_networks import article, mazur, network
from rich.cells import cell_len

from bpstep.defaults import THEMES
from bpstep.render.screen import draw_screen
from bpstep.render.theme import HEAT, NUMBERS, SUMMARY, Theme
from bpstep.render.view_state import PANES, View, clamp_index
from bpstep.session.session import Session

MADE = {
    "article": article(),
    "mazur": mazur(),
    "one layer": network((3, 2), samples=1),
    "batches": network((2, 5, 3), last="softmax", loss="cross_entropy", samples=7, batch_size=3),
    "deep": network((2, 9, 4, 6, 1), "relu", last="identity", optimizer="adam"),
    "wide": network((40, 30, 2), "sigmoid", samples=2),
    "no bias": network((2, 2, 1), bias=False, update_order="immediate"),
}
SESSIONS = {name: Session(made) for name, made in MADE.items()}


@st.composite
def moments(draw):
    """A session at some moment, and what somebody looks at."""
    session = SESSIONS[draw(st.sampled_from(sorted(MADE)))]
    session.goto(draw(st.integers(0, 3 * session.period)))
    chosen, index = "", ()
    if draw(st.booleans()):
        chosen = draw(st.sampled_from(sorted(session.program.tensors)))
        index = clamp_index(
            draw(st.tuples(st.integers(0, 50), st.integers(0, 50))), session.frame.shape(chosen)
        )
    view = View(
        name=chosen,
        index=index,
        keep_selection_visible=bool(chosen),
        focus=draw(st.sampled_from(PANES)),
        zoomed=draw(st.booleans()),
        count=draw(st.sampled_from(["", "12"])),
        message=draw(st.sampled_from(["", "something is said"])),
    )
    return session.frame, view


looks = st.builds(
    Theme,
    st.sampled_from(THEMES),
    st.sampled_from(["full", "sixteen", "none"]),
    st.booleans(),
    st.integers(0, 3),
    st.sampled_from([NUMBERS, NUMBERS, HEAT, SUMMARY]),
)
sizes = st.tuples(st.integers(60, 160), st.integers(18, 50))


@examples(120)
@given(moments(), looks, sizes)
def test_every_screen_is_as_large_as_the_terminal_and_can_be_drawn_and_clicked(moment, theme, size):
    canvas = draw_screen(*moment, theme, *size)
    width, height = size
    assert (len(canvas.characters), len(canvas.roles)) == (height, height)
    for characters, roles in zip(canvas.characters, canvas.roles):
        assert (len(characters), len(roles)) == (width, width)
        assert all(len(character) == 1 for character in characters)
    for line in canvas.text().splitlines():
        assert cell_len(line) <= width
        assert line.isascii() or not theme.ascii
    for role in {role for roles in canvas.roles for role in roles}:
        assert theme.style(role) is not None
    for hit in canvas.hits:
        assert 0 <= hit.x < hit.x + hit.width <= width
        assert 0 <= hit.y < height


@examples(60)
@given(moments(), looks, sizes)
def test_every_number_of_the_table_is_the_tensors_own(moment, theme, size):
    frame, view = moment
    canvas = draw_screen(frame, view, theme, *size)
    for hit in canvas.hits:
        match hit.target:
            case ("cell", name, index):
                text = "".join(canvas.characters[hit.y][hit.x + 1 : hit.x + hit.width]).strip()
                value = frame.tensors.get(name)
                if value is None:
                    assert text == theme.pick("·", ".")
                else:
                    assert text == theme.number(float(value[index] if index else value))


@examples(60)
@given(moments(), sizes)
def test_a_selected_cell_that_was_just_chosen_is_seen_in_the_tensors(moment, size):
    frame, view = moment
    if (
        not view.name
        or (size[0] < 76 and view.focus != "tensors")
        or (view.zoomed and view.focus != "tensors")
    ):
        return
    canvas = draw_screen(frame, view, Theme(), *size)
    assert any(hit.target == ("cell", view.name, view.index) for hit in canvas.hits)


@examples(60)
@given(moments(), looks, sizes)
def test_the_formula_gives_the_result_that_the_tensor_has(moment, theme, size):
    frame, view = moment
    step = frame.step
    if step is None or (view.zoomed and view.focus != "formula"):
        return
    canvas = draw_screen(frame, view, theme, *size)
    lines = canvas.text().splitlines()
    assert step.name in "\n".join(lines)
    code = re.sub(r"\s+", "", "".join(lines))
    # A small pane may have no room for the whole of a long line.
    assert re.sub(r"\s+", "", f"{step.name} = {step.source}")[:40] in code or size[1] < 22


@examples(30)
@given(moments(), sizes)
def test_a_screen_is_a_function_of_what_it_shows(moment, size):
    one, other = (draw_screen(*moment, Theme(), *size) for _ in range(2))
    assert (one.characters, one.roles, one.hits) == (other.characters, other.roles, other.hits)


@pytest.mark.parametrize("width", [0, 1, 20, 59])
@pytest.mark.parametrize("height", [0, 1, 5, 17])
def test_a_terminal_that_is_too_small_says_what_is_needed_as_far_as_it_can(width, height):
    session = SESSIONS["article"]
    text = draw_screen(session.frame, View(), Theme(), width, height).text()
    assert all(len(line) <= width for line in text.splitlines())
    if width >= 24 and height >= 3:
        assert "bpstep needs more room:" in text
        assert "at least 60 x 18" in text
