"""Lines of the tensors' pane that belong to a tensor each: which are shown, and what stands before them."""

from __future__ import annotations

from collections.abc import Sequence

from bpstep.render.canvas import Canvas, clip
from bpstep.render.highlight import tensor_role
from bpstep.render.table_rows import name_text, scroll_offsets
from bpstep.render.theme import Theme
from bpstep.render.view_state import View, selection
from bpstep.session.frame import Frame


def first_shown(frame: Frame, view: View, names: Sequence[str], height: int) -> int:
    """The first of the lines shown: as the step wants it, moved as little as shows a tensor just selected.

    `names` are the tensors of all lines, in order.
    """
    if len(names) <= height:
        return 0
    places: dict[str, tuple[int, int]] = {}
    for y, name in enumerate(names):
        places[name] = (places.get(name, (y, y))[0], y)
    done = frame.done - (frame.inside is None)
    top = scroll_offsets(frame.program, tuple(places.items()), len(names), height)[max(done, 0)]
    chosen = selection(frame, view).name
    if not view.keep_selection_visible or chosen not in places:
        return top
    first, last = places[chosen]
    return min(max(top, last - height + 1), first)


def draw_tensor_name(
    canvas: Canvas, frame: Frame, view: View, theme: Theme, y: int, name: str, width: int, role: str
) -> None:
    """A tensor's name in so many cells, with the mark of what the step does with it."""
    touched = tensor_role(frame, name)
    is_chosen = selection(frame, view).name == name
    canvas.put(0, y, theme.mark(touched), touched or "text")
    text = clip(name_text(frame, theme, name), width, theme.pick("…", "~"))
    canvas.put(1, y, text, "selected" if is_chosen else role)
