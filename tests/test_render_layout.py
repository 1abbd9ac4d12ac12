"""The positions of the panes: a function of the size, the focus and the zoom."""

from dataclasses import replace

import kept_panes
import pytest
from debugger_driver import controller
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from bpstep.classroom.protocol import Question
from bpstep.defaults import MIN_SCREEN_SIZE
from bpstep.netfile.builtin import open_network
from bpstep.render.canvas import Canvas, Region, clip, clip_names, cut_lines, wrap, wrap_addends, wrap_spans
from bpstep.render.layout import PaneNeeds, fits, formula_height, layout_panes
from bpstep.render.lists.poll import _correct_count_text, _most_relevant, draw_poll
from bpstep.render.status_message import draw_progress_screen
from bpstep.render.theme import Theme
from bpstep.render.view_state import PANES, View
from bpstep.session.session import Session
from bpstep.text import cell_width, padded, shorten

sizes = st.tuples(st.integers(60, 300), st.integers(18, 120))


def cells(region):
    return {
        (x, y)
        for x in range(region.x, region.x + region.width)
        for y in range(region.y, region.y + region.height)
    }


@given(sizes, st.sampled_from(PANES), st.booleans(), st.integers(10, 400), st.integers(10, 60))
def test_panes_lie_beside_one_another_on_the_screen_and_leave_room_for_the_lines(
    size, focus, zoomed, wanted, least
):
    width, height = size
    where = layout_panes(width, height, focus, zoomed, PaneNeeds(wanted, least))
    taken = set()
    for region in where.panes.values():
        assert region.width > 0
        assert region.height > 0
        found = cells(region)
        assert not taken & found
        taken |= found
    assert all(0 <= x < width and 2 <= y < height - 2 for x, y in taken)
    assert (where.title, where.timeline, where.keys) == (0, height - 2, height - 1)
    # The line above a pane is its frame.
    assert not any((region.x, region.y - 1) in taken for region in where.panes.values())


@given(sizes, st.sampled_from(PANES), st.integers(10, 400))
def test_the_focused_pane_is_always_seen(size, focus, wanted):
    assert focus in layout_panes(*size, focus, False, PaneNeeds(wanted)).panes
    assert set(layout_panes(*size, focus, True, PaneNeeds(wanted)).panes) == {focus}


def test_a_wide_screen_shows_three_panes_and_a_narrow_one_two():
    assert set(layout_panes(80, 24, "tensors", False, PaneNeeds(60)).panes) == {
        "network",
        "tensors",
        "formula",
    }
    assert set(layout_panes(60, 18, "tensors", False, PaneNeeds(60)).panes) == {"tensors", "formula"}
    assert set(layout_panes(60, 18, "formula", False, PaneNeeds(60)).panes) == {"network", "formula"}


def test_at_80_by_24_there_are_eleven_lines_for_the_picture_and_eight_for_the_formula():
    panes = layout_panes(80, 24, "tensors", False, PaneNeeds(60)).panes
    assert panes == {
        "formula": Region(0, 14, 80, 8),
        "network": Region(0, 2, 38, 11),
        "tensors": Region(39, 2, 41, 11),
    }


def test_the_table_gets_the_columns_that_it_wants_up_to_a_half():
    assert layout_panes(200, 50, "tensors", False, PaneNeeds(60)).panes["tensors"].width == 60
    assert layout_panes(200, 50, "tensors", False, PaneNeeds(500)).panes["tensors"].width == 100
    assert (
        layout_panes(80, 24, "tensors", False, PaneNeeds(60, min_tensors_width=46)).panes["tensors"].width
        == 46
    )


@pytest.mark.parametrize(
    ("height", "lines"), [(18, 6), (20, 6), (24, 8), (28, 9), (36, 11), (60, 14), (200, 14)]
)
def test_the_formula_grows_with_the_screen(height, lines):
    assert formula_height(height) == lines


def test_a_screen_fits_from_60_by_18_on():
    assert MIN_SCREEN_SIZE == (60, 18)
    assert fits(60, 18)
    assert not fits(59, 18)
    assert not fits(60, 17)


# The canvas that all of it is drawn on


def test_what_is_put_outside_of_a_canvas_is_cut_off():
    canvas = Canvas(5, 2)
    assert canvas.put(-2, 0, "abcd") == 2
    assert canvas.put(3, 1, "wxyz", "write") == 7
    canvas.put(0, 7, "nothing")
    assert canvas.text() == "cd\n   wx\n"
    assert canvas.roles[1] == ["text"] * 3 + ["write"] * 2


def test_a_wide_character_takes_two_cells():
    canvas = Canvas(6, 1)
    assert canvas.put(0, 0, "a数b") == 4
    assert canvas.characters[0] == ["a", "数", "\0", "b", " ", " "]
    assert canvas.text() == "a数b\n"


@pytest.mark.parametrize(
    ("x", "text", "expected"), [(2, "b", "  b"), (1, "b", " b"), (0, "字", "字"), (5, "字", " 数")]
)
def test_half_of_a_wide_character_is_never_left(x, text, expected):
    canvas = Canvas(6, 1)
    canvas.put(1, 0, "数")
    canvas.put(x, 0, text)
    assert canvas.text() == expected + "\n"
    assert cell_len("".join(canvas.characters[0]).replace("\0", "")) == 6


def test_a_text_is_padded_and_cut_by_columns_of_the_terminal():
    for text in ("ab", "数b", "数数数", "abcdefgh"):
        assert cell_width(text) == cell_len(text)
        assert cell_len(padded(shorten(text, 5, "…"), 5)) == 5


def test_a_line_comes_as_runs_of_one_role():
    canvas = Canvas(6, 1)
    canvas.put_runs(0, 0, [("ab", "write"), ("cd", "read")])
    assert canvas.runs_of_line(0) == [("ab", "write"), ("cd", "read"), ("  ", "text")]


def test_a_pasted_canvas_brings_what_clicks_mean():
    small, large = Canvas(2, 1), Canvas(6, 3)
    small.put(0, 0, "ab", "write")
    small.add_hit(1, 0, 1, "b")
    large.add_hit(0, 2, 6, "line")
    large.paste(small, 3, 2)
    assert large.text() == "\n\n   ab\n"
    assert (large.target_at(4, 2), large.target_at(3, 2), large.target_at(4, 1)) == ("b", "line", None)


@given(st.text(alphabet="ab cde", max_size=60), st.integers(1, 20))
def test_wrapped_text_keeps_its_words_and_its_width(text, width):
    lines = wrap(text, width)
    assert all(len(line) <= width for line in lines)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    if all(len(word) <= width for word in text.split()):
        assert " ".join(lines).split() == text.split()


def test_clipped_text_says_that_something_is_missing():
    assert clip("abcdef", 6) == "abcdef"
    assert clip("abcdefg", 6) == "abcde…"
    assert clip("abcdefg", 6, "...") == "abc..."
    assert clip("abc", 0) == ""


CAPTION = (
    "Look at the first hidden unit: its net input is the sum of two products and a bias. What happens to it "
    "next, and why does the sigmoid bend it?"
)


@pytest.mark.parametrize("at", ["net_1", "H", "net_2", "E", "delta_Y", "delta_w1", "W"])
@pytest.mark.parametrize("size", [(80, 24), (100, 30), (120, 36)])
def test_a_caption_takes_the_empty_lines_of_the_formula_first(at, size):
    person = controller(at=at)
    person.size = size
    plain = person.draw().text().splitlines()
    person.view = replace(person.view, caption=CAPTION)
    with_caption = person.draw().text().splitlines()
    assert len(plain) == len(with_caption) == size[1]

    (above, formula), (above_caption, formula_caption) = panes(plain), panes(with_caption)
    taken = len(above) + len(formula) - len(above_caption) - len(formula_caption)
    assert taken == 2
    empty = sum(not line.strip() for line in formula)
    assert len(above) - len(above_caption) <= max(taken - empty, 0)
    # On a large screen other cells' arithmetic makes room, too.
    if size[1] < 36:
        assert [line.strip() for line in formula if line.strip()] == [
            line.strip() for line in formula_caption if line.strip()
        ]


def panes(lines):
    """The lines of the panes above, and those of the formula."""
    start = next(y for y, line in enumerate(lines) if line.startswith("─ formula"))
    end = next(y for y, line in enumerate(lines) if line.startswith(" forward "))
    return lines[2:start], lines[start + 1 : end]


@pytest.mark.parametrize(
    ("text", "width", "ellipsis", "cut"),
    [
        ("abcd", 4, "…", "abcd"),
        ("abcdef", 4, "…", "abc…"),
        ("abcdef", 4, "...", "a..."),
        ("abcdef", 1, "…", "…"),
        ("abcdef", 0, "…", ""),
        ("日本語", 6, "…", "日本語"),
        ("日本語", 4, "…", "日 …"),
    ],
)
def test_a_clipped_text_has_its_first_columns_and_dots(text, width, ellipsis, cut):
    assert clip(text, width, ellipsis) == cut


@pytest.mark.parametrize(
    ("names", "width", "cut"),
    [
        (("bill_length", "bill_depth"), 6, ("b…leng", "b…dept")),
        (("bill_length", "bill_depth", "mass"), 6, ("b…leng", "b…dept", "mass")),
        (("bill_length", "body_mass_g"), 6, ("bill_…", "body_…")),
        (("aaaa", "aaab"), 3, ("a…a", "a…b")),
        (("aaaa", "aaab"), 2, ("a…", "a…")),
        (("aaaa", "aaab"), 1, ("…", "…")),
        (("aaaa", "aaab"), 0, ("", "")),
        (("abc", "abcd"), 3, ("abc", "ab…")),
        (("日本一", "日本二"), 4, ("…一", "…二")),
    ],
)
def test_clipped_names_differ_as_the_names_do(names, width, cut):
    assert clip_names(names, width) == cut


def joined(lines):
    return ["".join(text for text, _ in line) for line in lines]


@pytest.mark.parametrize(
    ("text", "width", "lines"),
    [
        ("ab cd ef", 8, ["ab cd ef"]),
        ("ab cd ef", 7, ["ab cd ", "    ef"]),
        ("ab cd ef", 5, ["ab cd ", "    ef"]),
        ("ab abcdefgh", 6, ["ab abcdefgh"]),
        ("abcdefgh ab", 6, ["abcdefgh ", "    ab"]),
        ("ab 日本 c", 7, ["ab 日本 ", "    c"]),
    ],
)
def test_spans_are_broken_at_blanks_and_later_lines_are_indented(text, width, lines):
    assert joined(wrap_spans([(text, "text")], width)) == lines
    halves = [(text[:4], "text"), (text[4:], "read")]
    assert joined(wrap_spans(halves, width)) == lines


@pytest.mark.parametrize(
    ("text", "width", "lines"),
    [
        ("a × b + c × d", 13, ["a × b + c × d"]),
        ("a × b + c × d", 11, ["a × b ", "    + c × d"]),
        ("a (b + c) − d", 11, ["a (b + c) ", "    − d"]),
        ("a × b [c + d]", 12, ["a × b [c + ", "    d]"]),
        ("a × bc + d", 8, ["a × bc ", "    + d"]),
        ("aaaa + bb × (c + d)", 18, ["aaaa ", "    + bb × (c + d)"]),
        ("aaaa + bb × (c + d)", 17, ["aaaa + bb × (c + ", "    d)"]),
    ],
)
def test_a_sum_is_broken_between_addends_if_each_has_room(text, width, lines):
    found = joined(wrap_addends([(text, "text")], width))
    assert found == lines


@pytest.mark.parametrize(
    ("lines", "cut"),
    [
        (["a + b × ", "    c + d"], "a + …"),
        (["a + b ", "    + d"], "a + b …"),
        (["a + b + ", "    c"], "a + b + …"),
        (["a + b"], "a + b …"),
        (["+ b × ", "    c"], "+ b × …"),
    ],
)
def test_a_sum_is_cut_between_two_addends(lines, cut):
    found = cut_lines([[(line, "text")] for line in lines], 1, 30, [(" …", "quiet")])
    assert joined(found) == [cut]


def test_of_many_answers_the_right_ones_are_kept_and_the_most_frequent():
    bars = (("a", 3, False), ("b", 1, True), ("c", 5, False), ("d", 4, False))
    kept = ["".join(label for label, _, _ in _most_relevant(bars, room)) for room in range(1, 5)]
    assert kept == ["b", "bc", "bcd", "abcd"]
    assert _correct_count_text(bars) == "1 of 13 right"


@pytest.mark.parametrize(
    ("width", "height", "lengths", "end"),
    [
        (20, 9, (1, 4, 2), []),
        (34, 9, (1, 4, 2), []),
        (50, 9, (3, 20, 10), []),
        (80, 9, (7, 40, 20), []),
        (50, 7, (3, 20, 10), []),
        (50, 6, (0, 20, 0), [" ... 2 more values, given 4 times"]),
        (50, 4, (0, 0, 0), []),
    ],
)
def test_the_answers_of_a_class_are_bars_as_long_as_they_are_frequent(width, height, lengths, end):
    session = Session(open_network("article"))
    bars = (("0.25", 1, False), ("0.5", 6, True), ("0.75", 3, False))
    question = Question(1, 0, "Y", (0,), "0.5", bars)
    drawn = draw_poll(session.frame, question, bars, "a note", Theme(ascii=True), (width, height))
    said = [
        f"{label:>9} {'#' * length} {count}{' right' if is_right else ''}"[:width]
        for (label, count, is_right), length in zip(bars, lengths)
        if length
    ]
    found = [line.rstrip() for line in drawn.text().split("\n")]
    assert found[0].startswith("- question -")
    assert (found[1], found[2], found[height - 1]) == (
        " Y[0] is 0.5   6 of 10 right"[:width].rstrip(),
        "   Y = sigmoid(net_2)"[:width],
        " a note",
    )
    assert [line for line in found[3 : height - 1] if line] == [*said, *end]


@pytest.mark.parametrize("shard", range(3))
def test_panes_of_odd_sizes_are_those_that_were_read(shard):
    for entry in kept_panes.kept()[shard::3]:
        assert kept_panes.redrawn(entry) == entry


def test_progress_is_a_bar_in_the_middle_as_wide_as_there_is_room():
    # width, height, part done: the line of the bar, its first cell, and its characters
    for width, height, fraction, y, x, bar in (
        (60, 18, 0.5, 9, 5, "=" * 25 + "-" * 25),
        (54, 20, 0.0, 10, 2, "-" * 50),
        (53, 10, 1.0, 5, 2, "=" * 49),
        (120, 5, 0.25, 2, 35, "=" * 12 + "-" * 38),
        (14, 6, 0.3, 3, 2, "=" * 3 + "-" * 7),
        (5, 4, 1.0, 2, 2, "="),
        (3, 3, 0.0, 2, 1, "-"),
    ):
        canvas = draw_progress_screen("computing", fraction, Theme(ascii=True), width, height)
        assert canvas.text().split("\n")[y] == " " * x + bar, (width, height)
        drawn = "".join({"known": "=", "coming": "-"}.get(role, "") for role in canvas.roles[y])
        assert drawn == bar


def test_after_a_move_the_panes_follow_the_step_and_a_chosen_cell_stays():
    chosen = View("W", (1, 2), scroll=3, line="E", keep_selection_visible=True)
    assert chosen.after_move() == View("W", (1, 2))
    assert chosen.follow_step() == View("", (1, 2))
    assert View().select("V", (0,)) == View("V", (0,), keep_selection_visible=True)
