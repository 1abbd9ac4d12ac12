"""Lines of a program with signs in the margin: the equations of an iteration, or the source of a script.

The lines are plain data: `iteration_lines` makes those of a network, `listing_lines` also those of a script.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np
from rich.cells import cell_len

from bpstep.engine.edits import EditLine
from bpstep.explain.symbols import Span
from bpstep.model.network import ScriptText
from bpstep.program.program import Step
from bpstep.render import messages
from bpstep.render.canvas import Canvas, TextRun, clip, equation_spans
from bpstep.render.formula.pane import EQUATION_TARGET
from bpstep.render.highlight import displayed_value, number_text
from bpstep.render.theme import Theme
from bpstep.render.timeline import breakpoint_sign
from bpstep.render.view_state import View, pointed_equation
from bpstep.session.frame import Frame
from bpstep.text import fill

_BLANK = (" ", "text")
"""No sign."""

_MARGIN_SIGNS = 3
"""The cells of the margin: the line at the cursor, a breakpoint, a replaced equation."""

_MAX_NUMBERS = 6
"""How many numbers of a value are passed to a line."""

_VALUE_SHARE = 3
"""One in this many cells is for values."""

_TAB = 4
"""Columns of a tab in a script's line."""

_GAP = 2
"""The cells between a line's text and its value."""


@dataclass(frozen=True)
class ListingLine:
    """A line, with what stands beside it. It can be selected if it has a `name`."""

    spans: tuple[Span, ...]
    name: str = ""
    number: str = ""
    signs: tuple[TextRun, ...] = ()
    """The signs of the margin after the cursor's, one cell each."""
    value: tuple[str, ...] = ()
    """The first numbers of its value; no more than a line can show."""
    is_value_whole: bool = True
    """False if there are more numbers than in `value`."""


@dataclass(frozen=True)
class ListingMarks:
    """Which lines are marked, by name: the line at the cursor, the selected one, the one pointed at."""

    current: str = ""
    chosen: str = ""
    pointed: str = ""


def listing_lines(
    frame: Frame, theme: Theme, wrong: Collection[tuple[str, int]], name: str
) -> list[ListingLine]:
    """The lines of the script that the equations come from; for a network, its equations.

    `wrong` are the lines of a script that a check has found wrong, each with its imported file, empty for the
    script's own. If a script has several files, the one with the equation `name` is listed.
    """
    script = frame.network.script
    return iteration_lines(frame, theme) if script is None else _script_lines(frame, theme, wrong, name)


def listed_file(frame: Frame, view: View) -> str:
    """The file that is listed, if a script has several; empty if it has one."""
    script = frame.network.script
    if script is None or not script.modules:
        return ""
    marks = listing_marks(frame, view)
    return _file_of(frame, marks.chosen or marks.current)


def _file_of(frame: Frame, name: str) -> str:
    """The file of an equation; the script's own for an equation without a file."""
    script = frame.network.script
    assert script is not None
    at = frame.program.step_indices.get(name)
    origin = None if at is None else frame.program.steps[at].origin
    file = script.file if origin is None else origin.file
    return file if file in dict(script.modules) else script.file


def _script_lines(
    frame: Frame, theme: Theme, wrong: Collection[tuple[str, int]], name: str
) -> list[ListingLine]:
    """The lines of a file; a line with several equations stands for the current one, or for its last."""
    script = frame.network.script
    assert script is not None
    file = _file_of(frame, name)
    is_own = file == script.file
    texts = script.lines if is_own else dict(script.modules)[file]
    imported = "" if is_own else file
    steps = frame.program.steps
    by_line = _steps_by_line(frame, file)
    labels = _line_numbers(script) if is_own else [str(at) for at in range(1, len(texts) + 1)]
    digits = max(map(len, labels))
    lines = []
    for number, text in enumerate((line.expandtabs(_TAB) for line in texts), 1):
        label = f"{labels[number - 1]:>{digits}}"
        found = by_line.get(number)
        edited: tuple[TextRun, ...] = ()
        if (imported, number) in wrong:
            edited = (_BLANK, (theme.pick("✗", "x"), "alert"))
        elif (imported, number) in script.changed:
            edited = (_BLANK, (theme.pick("≠", "!"), "bright"))
        if found is None:
            lines.append(ListingLine(((text, "coming"),), "", label, edited))
            continue
        at, done = _shown_step(frame, found)
        is_current = frame.current_step is steps[at]
        role = "bright" if is_current else "text" if done else "quiet"
        value = _numbers(frame, theme, steps[at].name) if done else ()
        signs = (
            _signs(frame, theme, steps[at])[:1] + edited[1:] if edited else _signs(frame, theme, steps[at])
        )
        lines.append(ListingLine(((text, role),), steps[at].name, label, signs, *value))
    return lines


def _steps_by_line(frame: Frame, file: str) -> dict[int, list[int]]:
    """The equations of each line of a file."""
    found: dict[int, list[int]] = {}
    for at, step in enumerate(frame.program.steps):
        if step.origin is not None and step.origin.file == file:
            found.setdefault(step.origin.line, []).append(at)
    return found


def _shown_step(frame: Frame, found: Sequence[int]) -> tuple[int, bool]:
    """Which of a line's equations it stands for: the last that is done, else the first; and whether it is
    done.
    """
    done = [at for at in found if at < frame.current_number]
    return (done[-1], True) if done else (found[0], False)


def _line_numbers(script: ScriptText) -> list[str]:
    """The number of each line; in a notebook its cell and the line in it, 3:12."""
    if not script.cells:
        return [str(number) for number in range(1, len(script.lines) + 1)]
    ends = [*(before for _, before in script.cells[1:]), len(script.lines)]
    return [
        f"{cell}:{number}"
        for (cell, before), end in zip(script.cells, ends)
        for number in range(1, end - before + 1)
    ]


def line_place(frame: Frame, edit: EditLine) -> str:
    """Where a replaced line begins: `homework.py:34`, in a notebook `homework.ipynb:cell 3:12`."""
    script = frame.network.script
    assert script is not None
    if edit.file:
        return fill(messages.PLACE_OF_LINE, file=edit.file, line=edit.line)
    template = messages.PLACE_IN_CELL if script.cells else messages.PLACE_OF_LINE
    return fill(template, file=script.file, line=_line_numbers(script)[edit.line - 1])


def listed_names(frame: Frame) -> list[str]:
    """The names of all selectable lines, in order; the files of a script follow each other, its own first."""
    steps, script = frame.program.steps, frame.network.script
    if script is None:
        return [step.name for step in steps]
    return [
        steps[_shown_step(frame, found)[0]].name
        for file in (script.file, *dict(script.modules))
        for _, found in sorted(_steps_by_line(frame, file).items())
    ]


def iteration_lines(frame: Frame, theme: Theme) -> list[ListingLine]:
    """The equations of the iteration by phase. Those that are not computed yet are grey."""
    lines: list[ListingLine] = []
    digits = len(str(frame.period))
    for phase, first, end in frame.program.phase_runs():
        is_current = frame.current_step is not None and first < frame.current_number <= end
        lines.append(ListingLine(((fill(phase), "bright" if is_current else "quiet"),)))
        for at in range(first, end):
            step = frame.program.steps[at]
            lines.append(
                ListingLine(
                    _equation_spans(frame, step, at),
                    step.name,
                    f"{at + 1:>{digits}}",
                    _signs(frame, theme, step),
                    *(_numbers(frame, theme, step.name) if at < frame.current_number else ()),
                )
            )
    return lines


def _equation_spans(frame: Frame, step: Step, at: int) -> tuple[Span, ...]:
    if frame.current_step is step:
        return tuple(equation_spans(step))
    return ((step.equation, "text" if at < frame.done else "coming"),)


def _signs(frame: Frame, theme: Theme, step: Step) -> tuple[TextRun, ...]:
    replaced = (theme.pick("≠", "!"), "bright") if step.name in frame.replaced else _BLANK
    return breakpoint_sign(frame, theme, [step.name]) or _BLANK, replaced


def _numbers(frame: Frame, theme: Theme, name: str) -> tuple[tuple[str, ...], bool]:
    """The first numbers of a tensor, and whether these are all."""
    shape = frame.shape(name)
    indices = islice(np.ndindex(*shape) if shape else iter([()]), _MAX_NUMBERS)
    values = [(index, displayed_value(frame, name, index)) for index in indices]
    dot = theme.pick("·", ".")
    shown = tuple(
        dot if value is None else number_text(frame, theme, name, index, value) for index, value in values
    )
    return shown, len(shown) == int(np.prod(shape))


def listing_marks(frame: Frame, view: View) -> ListingMarks:
    """The marks of the equations: the selected line is marked while the listing has the focus."""
    current = frame.current_step.name if frame.current_step is not None else ""
    chosen = chosen_line(frame, view) if view.focus == "listing" and view.line else ""
    return ListingMarks(current, chosen, pointed_equation(view))


def chosen_line(frame: Frame, view: View) -> str:
    """The equation whose line is selected: that of the cursor by default; the first at the start."""
    steps, names = frame.program.steps, frame.program.step_indices
    step = steps[names[view.line]] if view.line in names else frame.current_step or steps[0]
    if frame.network.script is None or step.origin is None:
        return step.name
    # Several equations may come from one line.
    found = _steps_by_line(frame, _file_of(frame, step.name)).get(step.origin.line)
    return steps[_shown_step(frame, found)[0]].name if found else step.name


def first_listed(lines: Sequence[ListingLine], name: str, height: int) -> int:
    """The first visible line that puts the named one as near to the middle as possible."""
    at = next((at for at, line in enumerate(lines) if line.name and line.name == name), 0)
    return min(max(at - height // 2, 0), max(len(lines) - height, 0))


def draw_listing(
    lines: Sequence[ListingLine], marks: ListingMarks, theme: Theme, width: int, height: int
) -> Canvas:
    """The pane. A click on a line means ("listing", its name), one in its margin ("breakpoint", its name).

    The line at the cursor is where its equation is edited.
    """
    canvas = Canvas(width, height)
    top = first_listed(lines, marks.chosen or marks.current, height)
    number_width = max((len(line.number) for line in lines), default=0)
    left = _MARGIN_SIGNS + number_width + 1
    for y, line in enumerate(lines[top : top + height]):
        if not line.name:
            canvas.put_runs(left if line.number else 1, y, line.spans)
            canvas.put(_MARGIN_SIGNS, y, line.number, "coming")
            canvas.put_runs(1, y, line.signs)
            continue
        _draw_line(canvas, y, line, marks, theme, left)
        canvas.add_hit(0, y, left, ("breakpoint", line.name))
        canvas.add_hit(left, y, width - left, ("listing", line.name))
    return canvas


def _draw_line(
    canvas: Canvas, y: int, line: ListingLine, marks: ListingMarks, theme: Theme, left: int
) -> None:
    is_current, is_chosen = line.name == marks.current, line.name == marks.chosen
    is_pointed = line.name == marks.pointed
    if is_current:
        canvas.put(0, y, theme.mark("write"), "write")
        canvas.add_hit(left, y, canvas.width - left, EQUATION_TARGET)
    if is_pointed:
        canvas.put(0, y, theme.pick("▸", ">"), "pointed")
    canvas.put_runs(1, y, line.signs)
    canvas.put(_MARGIN_SIGNS, y, line.number, "write" if is_current else "quiet")
    spans = [(text, "pointed") for text, _ in line.spans] if is_chosen or is_pointed else list(line.spans)
    room = canvas.width - left
    needed = sum(cell_len(text) for text, _ in spans)
    value_room = max(room // _VALUE_SHARE, room - needed - _GAP)
    if is_chosen or is_current:
        # The current line in full; its value is in the other panes, too.
        value_room = room - needed - _GAP
    value = _fit_value(line, value_room, theme)
    _put_clipped(canvas, left, y, spans, room - (cell_len(value) + _GAP if value else 0), theme)
    canvas.put(canvas.width - cell_len(value), y, value, "write" if is_current else "text")


def _fit_value(line: ListingLine, room: int, theme: Theme) -> str:
    """As many numbers of a value as fit, with dots if there are more; empty if none fits."""
    for count in range(len(line.value), 0, -1):
        is_whole = count == len(line.value) and line.is_value_whole
        text = " ".join(line.value[:count] if is_whole else (*line.value[:count], theme.glyphs.ellipsis))
        if cell_len(text) <= room:
            return text
    return ""


def _put_clipped(canvas: Canvas, x: int, y: int, spans: Sequence[Span], room: int, theme: Theme) -> None:
    """Spans in this many cells, ending in dots if they need more."""
    left = room
    total = sum(cell_len(text) for text, _ in spans)
    dots = theme.glyphs.ellipsis
    if total > room:
        left -= len(dots)
    for text, role in spans:
        shown = clip(text, max(left, 0), "")
        x = canvas.put(x, y, shown, role)
        left -= cell_len(shown)
    if total > room:
        canvas.put(x, y, dots, "quiet")
