"""A patch turns what a terminal shows into what it should show, and costs little."""

import re
from itertools import groupby, pairwise
from operator import itemgetter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import COLOR_SYSTEMS
from rich.style import Style
from strict_terminal import Terminal

from bpstep.defaults import THEMES
from bpstep.netfile import builtin
from bpstep.render.ansi import PLAIN, AnsiStyle, AnsiStyles, AnsiWriter, ansi_diff
from bpstep.render.canvas import Canvas
from bpstep.render.screen import draw_screen
from bpstep.render.theme import Theme
from bpstep.render.view_state import PANES, View
from bpstep.session.session import Session

WIDTH, HEIGHT = 28, 4
LOOKS = [
    (Theme(theme, depth), colours)
    for theme in THEMES
    for depth, colours in (
        ("full", "256"),
        ("full", "truecolor"),
        ("sixteen", "standard"),
        ("none", "standard"),
        ("none", None),
    )
]
ROLES = ("text", "bright", "coming", "write", "read", "selected", "alert", "text on bar", "selected on bar")


def fresh(style):
    """The same style: Rich's own keeps the codes of the first number of colours that it was rendered with."""
    flags = {name: getattr(style, name) for name in ("bold", "dim", "underline", "reverse")}
    return Style(color=style.color, bgcolor=style.bgcolor, **flags)


def painted(canvas, theme, colours):
    """The terminal when Rich has written every cell of a canvas with all of its style."""
    terminal = Terminal(canvas.width, canvas.height)
    system = COLOR_SYSTEMS[colours or "truecolor"]
    for y, line in enumerate(zip(canvas.characters, canvas.roles)):
        terminal.write(f"\x1b[{y + 1};1H")
        for role, cells in groupby(zip(*line), key=itemgetter(1)):
            text = "".join(character for character, _ in cells).replace("\0", "")
            terminal.write(fresh(theme.style(role)).render(text, color_system=system))
    return terminal


def patched(before, after, theme, colours):
    terminal = painted(before, theme, colours)
    terminal.write(ansi_diff(before, after, AnsiStyles(theme.style, colours)))
    assert terminal.is_plain
    return terminal


def recorded(shown, theme, colours):
    """The terminal that was sent a recording of these canvases, after each."""
    ansi_styles = AnsiStyles(theme.style, colours)
    text = ansi_styles["text"][0]
    terminal = painted(shown[0], theme, colours)
    writer = AnsiWriter(shown[0].width, saved_style=text)
    terminal.write(f"\x1b[m{PLAIN.sequence_to(text)}\x1b[H\x1b7")
    for before, after in pairwise(shown):
        terminal.write(ansi_diff(before, after, ansi_styles, writer))
        yield terminal


@st.composite
def canvases(draw):
    canvas = Canvas(WIDTH, HEIGHT)
    for _ in range(draw(st.integers(0, 8))):
        text = draw(st.sampled_from(["a", "  ", "ab", "∂E", "x    y", "層", "a層b", " "]))
        canvas.put(
            draw(st.integers(0, WIDTH - 4)),
            draw(st.integers(0, HEIGHT - 1)),
            text,
            draw(st.sampled_from(ROLES)),
        )
    return whole(canvas)


def whole(canvas):
    """The canvas without halves of wide characters, which nothing draws."""
    for row in canvas.characters:
        for x, character in enumerate(row):
            wide = character == "層"
            if wide != (row[x + 1 : x + 2] == ["\0"]) and character != "\0":
                row[x : x + 2] = ["?"] * len(row[x : x + 2])
            elif character == "\0" and row[x - 1] != "層":
                row[x] = "?"
    return canvas


@given(canvases(), canvases(), st.sampled_from(LOOKS))
def test_the_terminal_shows_the_other_canvas_afterwards(before, after, look_and_colours):
    assert patched(before, after, *look_and_colours).cells == painted(after, *look_and_colours).cells


@given(st.lists(canvases(), min_size=2, max_size=4), st.sampled_from(LOOKS))
def test_a_recording_shows_each_canvas_after_the_one_before(shown, look_and_colours):
    for terminal, canvas in zip(recorded(shown, *look_and_colours), shown[1:]):
        assert terminal.cells == painted(canvas, *look_and_colours).cells


@pytest.mark.parametrize("size", [(80, 24), (120, 36)])
@pytest.mark.parametrize("name", [entry[0] for entry in builtin.list_builtins()])
def test_steps_of_every_network_are_patched_right(name, size):
    session, theme = Session(builtin.open_network(name)), Theme()
    shown = []
    half, end = session.period // 2, session.period
    moments = (0, 1, half, half + 1, end, 1) if size == (80, 24) else (half, half + 1)
    for n in moments:
        session.goto(n)
        view = View(focus=PANES[n % 3], message="" if n % 4 else "words in the last line")
        shown.append(draw_screen(session.frame, view, theme, *size))
    wanted = [painted(canvas, theme, "256").cells for canvas in shown[1:]]
    for (before, after), cells in zip(pairwise(shown), wanted):
        assert patched(before, after, theme, "256").cells == cells
    for terminal, cells in zip(recorded(shown, theme, "256"), wanted):
        assert terminal.cells == cells


def test_nothing_is_written_where_nothing_looks_different():
    before, after = Canvas(WIDTH, 1), Canvas(WIDTH, 1)
    before.put(0, 0, "ab  ", "bright")
    after.put(0, 0, "ab", "bright")
    assert ansi_diff(before, before, AnsiStyles(Theme().style, "256")) == ""
    assert ansi_diff(before, after, AnsiStyles(Theme().style, "256")) == "", "a blank has no colour"


def test_what_has_one_colour_is_written_with_one_sequence():
    before, after = Canvas(WIDTH, 2), Canvas(WIDTH, 2)
    for y in range(2):
        after.put_runs(0, y, [("a", "write"), ("b", "read"), ("c", "write"), ("d", "read")])
    data = ansi_diff(before, after, AnsiStyles(Theme().style, "256"))
    assert data.count("m") == 3, "one for each of two roles, and one to end"


def test_an_attribute_that_ends_with_another_is_begun_again():
    both, dim = AnsiStyle(attributes=("1", "2")), AnsiStyle(attributes=("2",))
    terminal = Terminal(2, 1)
    terminal.write(f"{AnsiStyle().sequence_to(both)}a{both.sequence_to(dim)}b")
    assert [cell[1] for cell in terminal.cells[0]] == [(1, 2), (2,)]


def test_where_another_colour_will_be_written_the_cursor_gets_over_without_a_move():
    before, after = Canvas(WIDTH, 1), Canvas(WIDTH, 1)
    after.put_runs(0, 0, [("ab", "read"), ("c", "write"), ("de", "read")])
    data = ansi_diff(before, after, AnsiStyles(Theme().style, "256"))
    assert len(re.findall(r"\x1b\[[0-9;]*[GH]", data)) == 2, "one to each colour"


def test_the_next_line_is_begun_as_the_next_line_is():
    before, after = Canvas(WIDTH, 2), Canvas(WIDTH, 2)
    for y in range(2):
        after.put(1, y, "abc", "read")
    data = ansi_diff(before, after, AnsiStyles(Theme().style, "256"))
    assert data.endswith("abc\r\n abc\x1b[m")


def test_what_is_written_on_the_way_keeps_its_own_ground():
    """A blank that one colour has written on its way is not written over by one with another ground."""
    before, after = Canvas(WIDTH, 1), Canvas(WIDTH, 1)
    before.put(0, 0, "x" * WIDTH, "text")
    after.put_runs(0, 0, [("a", "read"), (" ", "text"), ("b", "selected"), (" ", "text"), ("c", "read")])
    theme = Theme()
    assert patched(before, after, theme, "256").cells == painted(after, theme, "256").cells


def recording(*shown):
    """The output after the first of these canvases."""
    ansi_styles = AnsiStyles(Theme().style, "truecolor")
    writer = AnsiWriter(shown[0].width, saved_style=ansi_styles["text"][0])
    return [ansi_diff(before, after, ansi_styles, writer) for before, after in pairwise(shown)]


def test_a_recording_erases_blanks_to_the_end_of_a_line():
    before, after = Canvas(WIDTH, 2), Canvas(WIDTH, 2)
    before.put(0, 0, "x" * WIDTH)
    after.put(0, 0, "abc")
    assert recording(before, after) == ["abc\x1b[K"]


def test_a_recording_erases_no_more_than_is_blank():
    before, after = Canvas(WIDTH, 1), Canvas(WIDTH, 1)
    before.put(0, 0, "x" * 16 + "│")
    after.put(0, 0, " " * 16 + "│")
    assert recording(before, after) == ["\x1b[16X"]


def test_a_recording_writes_blanks_where_that_costs_less():
    before, after = Canvas(WIDTH, 1), Canvas(WIDTH, 1)
    before.put(0, 0, "xxxx│")
    after.put(0, 0, "    │")
    assert recording(before, after) == ["    "]


def test_a_recording_goes_down_a_column_and_along_tabs():
    before, after = Canvas(WIDTH, 3), Canvas(WIDTH, 3)
    for y in range(3):
        before.put(0, y, "." * WIDTH)
        after.put(0, y, "." * WIDTH)
    after.put(16, 0, "a")
    after.put(17, 1, "b")
    after.put(15, 2, "c")
    assert recording(before, after) == ["\t\ta\fb\f\b\b\bc"]


def test_in_a_recording_a_frame_goes_on_with_the_colour_of_the_one_before():
    shown = [Canvas(WIDTH, 1) for _ in range(3)]
    shown[1].put(0, 0, "a", "read")
    shown[2].put(0, 0, "ab", "read")
    first, second = recording(*shown)
    assert first.endswith("ma")
    assert second == "b"


def test_in_a_recording_the_colour_of_text_is_restored():
    shown = [Canvas(WIDTH, 1) for _ in range(3)]
    shown[1].put(0, 0, "a", "selected")
    shown[2].put(0, 0, "b")
    assert recording(*shown)[1] == "\x1b8\x1b7b"


def test_behind_the_last_column_only_moves_that_all_terminals_agree_about_are_made():
    before, after = Canvas(WIDTH, 2), Canvas(WIDTH, 2)
    after.put(WIDTH - 1, 0, "a")
    after.put(WIDTH - 1, 1, "b")
    assert re.fullmatch(r"\x1b\[28Ga(\n\x1b\[28G|\x1b\[2;28H)b", recording(before, after)[0])


@pytest.mark.parametrize("theme", [Theme(), Theme(depth="none")])
@pytest.mark.parametrize("role", ["selected", "text on bar", "read"])
def test_blanks_that_are_passed_or_end_a_text_look_as_they_should(role, theme):
    """Those with a ground of their own, and those that are underlined or reversed."""
    before, after = Canvas(WIDTH, 2), Canvas(WIDTH, 2)
    for y in range(2):
        before.put(0, y, "x" * WIDTH)
    after.put_runs(0, 0, [("a", "text"), ("   ", role), ("b", "text")])
    after.put(0, 1, f"ab{' ' * 12}", role)
    system = "truecolor" if theme.depth == "full" else "standard"
    (terminal,) = recorded([before, after], theme, system)
    assert terminal.cells == painted(after, theme, system).cells
    assert patched(before, after, theme, system).cells == terminal.cells
