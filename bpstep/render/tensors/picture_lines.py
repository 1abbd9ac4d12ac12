"""Lines of the tensors' pane that each belong to a tensor: which are visible, and their marks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bpstep.render.canvas import TextRun, clip
from bpstep.render.highlight import tensor_role
from bpstep.render.tensors.table_rows import name_text, scroll_offsets
from bpstep.render.theme import Theme
from bpstep.render.view_state import View, selection
from bpstep.session.frame import Frame


def lines_shown(frame: Frame, view: View, names: Sequence[str], height: int) -> list[int]:
    """Which lines are visible, from top to bottom; `names` are the tensors of all lines.

    They are consecutive, unless that hides what the step reads: then tensors that the step does not touch are
    left out. A selected tensor is visible, too.
    """
    if len(names) <= height:
        return list(range(len(names)))
    ranges: dict[str, range] = {}
    for y, name in enumerate(names):
        ranges[name] = range(ranges[name].start if name in ranges else y, y + 1)
    places = tuple((name, (lines[0], lines[-1])) for name, lines in ranges.items())
    starts = tuple(lines[0] for lines in ranges.values())
    done = frame.done - (frame.inside is None)
    top = scroll_offsets(frame.program, places, len(names), height, starts)[max(done, 0)]
    shown = _with_operands(frame, ranges, list(range(top, min(top + height, len(names)))), height)
    chosen = selection(frame, view).name
    if view.keep_selection_visible and chosen in ranges and not set(ranges[chosen]) <= set(shown):
        top = min(max(top, ranges[chosen][-1] - height + 1), ranges[chosen][0])
        shown = list(range(top, min(top + height, len(names))))
    return shown


def _with_operands(frame: Frame, ranges: Mapping[str, range], window: list[int], height: int) -> list[int]:
    """The lines of a window, or others if it hides what the step reads.

    The tensors read share the lines that the written one leaves; the window's other tensors get the rest.
    """
    step = frame.current_step
    touched = [name for name in dict.fromkeys((step.name, *step.reads)) if name in ranges] if step else []
    if all(set(ranges[name]) <= set(window) for name in touched):
        return window
    shown: set[int] = set()
    shortest_first = sorted(touched[1:], key=lambda name: len(ranges[name]))
    for at, name in enumerate([touched[0], *shortest_first]):
        left = height - len(shown)
        share = left // (len(touched) - at) if at else left
        shown.update(ranges[name][: max(share, 1) if left else 0])
    beside = [name for name, lines in ranges.items() if name not in touched and set(lines) & set(window)]
    beside.sort(key=lambda name: abs(ranges[name][0] - ranges[touched[0]][0]))
    for name in beside:
        if len(ranges[name]) <= height - len(shown):
            shown.update(ranges[name])
    return sorted(shown)


def tensor_name_runs(
    frame: Frame, view: View, theme: Theme, name: str, width: int, role: str
) -> list[TextRun]:
    """A tensor's name in this many cells, behind the mark of its role in the step."""
    touched = tensor_role(frame, name)
    is_chosen = selection(frame, view).name == name
    text = clip(name_text(frame, theme, name), width, theme.pick("…", "~"))
    return [(theme.mark(touched), touched or "text"), (text, "selected" if is_chosen else role)]
