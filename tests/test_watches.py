"""Watches: what they read now, one iteration before, over the last iterations, and nothing stale."""

import types

import numpy as np
import pytest
from debugger_driver import controller, debugging
from golden_screens import typed
from make_networks import article, mazur, network
from networks_for_screens import MADE

from bpstep.engine.edits import Edit
from bpstep.errors import BpstepError
from bpstep.render.theme import Theme
from bpstep.render.watches import change_sign, draw_watches, history_bars, value_range
from bpstep.session import watch_values
from bpstep.session.session import Session
from bpstep.session.watch_values import ITERATIONS, WatchReader
from bpstep.session.watches import DropWatch, Watch
from bpstep.ui.input import handle_key

EXPRESSIONS = {
    "V[0,0]": ("V", lambda t: t["V"][0, 0]),
    "E": ("E", lambda t: t["E"]),
    "sum(abs(delta_V))": ("delta_V", lambda t: np.sum(np.abs(t["delta_V"]))),
    "H": ("H", lambda t: np.mean(t["H"])),
    "W[0,1] - V[1,0]": ("W", lambda t: t["W"][0, 1] - t["V"][1, 0]),
}
"""What is watched, the tensor of it that is written last in an iteration, and its value by NumPy."""
NETWORKS = {
    "article": article(),
    "mazur": mazur(),
    "minibatches": network((2, 3, 2), samples=5, batch_size=2, optimizer="adam", reduction="mean"),
}


def watching(made, *texts):
    session = Session(made)
    for number, text in enumerate(texts, 1):
        session.record(Watch(number, text))
    return session, WatchReader(session)


def stepped(made, edits=(), iterations=6):
    """The frames, one equation after the other."""
    session = Session(made)
    for edit in edits:
        session.record(edit)
    frames = [session.frame]
    while session.n < iterations * session.period:
        session.step()
        frames.append(session.frame)
    return frames


def history(frames, text, n):
    """The values that a person who steps to n has seen after the last write of the expression's tensors."""
    last, value = EXPRESSIONS[text]
    return [(f.iteration, float(value(f.tensors))) for f in frames[1 : n + 1] if f.step.name == last]


@pytest.mark.parametrize("name", NETWORKS)
def test_the_history_is_what_one_would_have_seen_step_by_step(name):
    frames = stepped(NETWORKS[name])
    session, readings = watching(NETWORKS[name], *EXPRESSIONS)
    period = session.period
    for n in (0, 1, 5, 8, period, period + 3, 3 * period + 1, 6 * period, 2 * period - 1, 7):
        session.goto(n)
        for reading in readings.read():
            assert list(reading.history) == history(frames, reading.watch.text, n), (n, reading.watch)
            _, value = EXPRESSIONS[reading.watch.text]
            try:
                now = float(value(frames[n].tensors))
            except KeyError:
                now = None
            assert reading.now == now


def test_before_is_the_value_one_iteration_ago():
    frames = stepped(article())
    session, readings = watching(article(), "V[0,0]", "E")
    ends = [frames[k * 16].tensors for k in range(6)]
    for n, weight, loss in (
        (5, None, None),
        (16, None, None),
        (32, 1, 1),
        (34, 1, 2),
        (37, 1, 2),
        (47, 2, 2),
    ):
        session.goto(n)
        v, e = readings.read()
        assert v.before == (None if weight is None else float(ends[weight]["V"][0, 0])), n
        assert e.before == (None if loss is None else float(ends[loss]["E"])), n


def test_an_edit_changes_what_was_read_and_an_undo_brings_it_back():
    edit = Edit(16 + 8, "delta_V", (0,), 5.0)
    plain, edited = stepped(article()), stepped(article(), [edit])
    session, readings = watching(article(), *EXPRESSIONS)
    session.goto(90)
    before = readings.read()
    session.record(edit)
    session.goto(90)
    for reading in readings.read():
        assert list(reading.history) == history(edited, reading.watch.text, 90)
    session.undo()
    assert readings.read() == before
    assert list(before[0].history) == history(plain, "V[0,0]", 90)


def test_a_history_goes_as_far_back_as_it_says_and_no_further():
    session, readings = watching(article(), "E")
    session.goto("i5000:E")
    (reading,) = readings.read()
    assert [at for at, _ in reading.history] == list(range(5001 - ITERATIONS, 5001))


def test_a_large_network_is_not_run_anew_for_a_history_which_grows_as_one_walks():
    session, readings = watching(MADE["wide"](), "E")
    session.goto("i2:E")
    (reading,) = readings.read()
    assert reading.now is not None
    assert len(reading.history) <= 3
    session.goto("i3:E")
    assert readings.read()[0].history[-1][0] == 3


class Tape:
    """A timeline that records which iterations were inspected; `near` ones are cached."""

    base = None

    def __init__(self, near=(), distances=()):
        self.near, self.distances, self.looked_at = near, dict(distances), []

    def is_cached(self, at):
        return at in self.near

    def distance(self, at):
        return self.distances.get(at, 0)

    def peek(self, at):
        self.looked_at.append(at)
        return types.SimpleNamespace(tensors=lambda done: {"E": float(at * 100 + done)})


@pytest.mark.parametrize(
    ("tape", "known", "newest", "looked_at"),
    [
        (Tape(), (), 9, [9, 8, 7]),
        (Tape(), (), 1, [1, 0]),
        (Tape(), (), -1, []),
        (Tape(near=(9, 7)), (), 9, [9, 8, 7, 6, 5]),  # what is kept costs nothing
        (Tape(), (9, 7), 9, [8, 6, 5]),  # nor does what was read before, which is not looked at again
        (Tape(distances={8: 1}), (), 9, [9, 8]),  # one that is run for it counts, too
        (Tape(distances={9: 3}), (), 9, []),
        (Tape(near=range(100)), (), 50, list(range(50, 50 - ITERATIONS, -1))),
    ],
)
def test_the_newest_values_are_computed_as_far_as_the_work_of_three_iterations_goes(
    tape, known, newest, looked_at, monkeypatch
):
    monkeypatch.setattr(watch_values, "_cost", lambda program: 10)
    monkeypatch.setattr(watch_values, "_BUDGET", 30)
    cached = dict.fromkeys(known, -1.0)
    found = watch_values._expression(Session(article()).program, "E")
    watch_values._compute_missing(tape, found, 3, newest, cached)
    assert tape.looked_at == looked_at
    assert cached == {**dict.fromkeys(known, -1.0), **{at: at * 100 + 4 for at in looked_at}}


def test_the_work_of_an_iteration_is_that_of_its_equations_and_of_its_weights_for_each_sample():
    program = Session(network((2, 3, 1), samples=5)).program
    assert watch_values._cost(program) == len(program) * 2000 + 6 * 5 * (2 * 3 + 3 + 3 * 1 + 1)


def test_a_cell_that_a_smaller_batch_lacks_cannot_be_watched():
    made = NETWORKS["minibatches"]
    with pytest.raises(BpstepError):
        watching(made, "H[1,0]")


def test_a_curve_has_bars_between_its_lowest_and_its_highest_and_signs_say_the_way():
    session, readings = watching(article(), "E", "V[0,0]")
    session.goto("i40")
    loss, weight = readings.read()
    theme = Theme()
    bars = history_bars(loss, theme, 12)[0][0]
    assert (len(bars), bars[0], bars[-1]) == (12, "▇", "▁")
    assert (change_sign(loss, theme), change_sign(weight, theme), change_sign(weight, Theme(ascii=True))) == (
        "↓",
        "↑",
        "+",
    )
    values = [value for _, value in loss.history]
    assert (value_range(loss).low, value_range(loss).high) == (min(values), max(values))
    assert history_bars(loss, Theme(ascii=True), 12)[0][0].isascii()


def test_the_rows_of_watches_do_not_touch():
    session, readings = watching(article(), "E", "V[0,0]", "V[1,0]")
    session.goto("i40")
    canvas = draw_watches(readings.read(), Theme(), 40, 3)
    assert "▇" in canvas.text()
    assert "█" not in canvas.text()


def watched(person):
    return [each.text for each in person.controller.session.journal.watches.by_id.values()]


async def test_the_selected_cell_is_watched_or_what_is_typed_in_its_place():
    async with debugging(at="i9:V") as person:
        await person.press("w")
        assert person.controller.editor.text == "V[0,0]"
        await person.press("enter")
        assert person.last == "watching V[0,0]; W lists the watches"
        await person.press("w")
        await person.type("sum(abs(W)")
        assert "not an expression" in person.text
        await person.press(")", "enter")
        assert watched(person) == ["V[0,0]", "sum(abs(W))"]
        foot = [line.split("│")[-1] for line in person.lines if "│" in line]
        assert foot[-3].startswith("─ watches ─")
        assert foot[-2].split()[:2] == ["V[0,0]", "0.1050"]
        await person.press("w", "enter")
        assert "V[0,0] is already watched" in person.text


async def test_the_list_names_values_and_changes_and_deletes_watches():
    async with debugging(at="i9:V", size=(100, 30)) as person:
        await person.press(*typed("wE", "[enter]", "wV[1,0]", "[enter]", "W"))
        table = [line.split() for line in person.lines]
        loss = [f"{person.value('E'):.4f}"]
        (row,) = [words for words in table if words[:1] == ["E"]]
        assert row[1:2] == loss
        assert row[-1] == "0.0723"
        await person.press("enter")
        await person.answer("Y")
        assert watched(person) == ["Y", "V[1,0]"]
        await person.press("d")
        assert person.controller.session.journal.events[-1] == DropWatch(1)
        await person.press("d")
        assert "nothing is watched" in person.text
        await person.press("escape")
        assert "watches" not in person.text


async def test_the_cell_cursor_walks_the_shorter_table_over_the_watches():
    async with debugging(at="i9:V") as person:
        await person.press(*typed("wE", "[enter]", "wY", "[enter]", "wH", "[enter]"))
        for _ in range(40):
            await person.press("down")
            name = person.selected[0]
            foot = next(y for y, line in enumerate(person.lines) if "─ watches" in line)
            table = person.lines[2:foot]
            assert any(name in line for line in table), name


@pytest.mark.parametrize("size", [(80, 24), (60, 18)])
def test_no_line_of_the_watches_is_cut(size):
    person = controller(at="i20:H")
    person.size = size
    for text in ("V[0,0]", "sum(abs(delta_V))", "max(abs(W)) * sum(abs(delta_V))"):
        handle_key(person, "w")
        for key in ("ctrl+u", *("space" if letter == " " else letter for letter in text), "enter"):
            handle_key(person, key)
    pane = person.draw().text() if size[0] == 80 else ""
    handle_key(person, "W")
    shown = person.draw().text()
    assert "…" not in shown
    for text in (
        "sum(abs(delta_V))",
        "max(abs(W)) * sum(abs(delta_V))",
        "before: an iteration ago",
        "highest",
    ):
        assert text in shown
    assert " ".join(shown.split()).count("last iterations") == 1
    assert "sum(abs(delta_V))  " in pane or size[0] == 60
