"""Where the selection moves on the rails: up and down through the lines, sideways within a line."""

from __future__ import annotations

from dataclasses import replace

from bpstep.render.rails.lines import rails_of
from bpstep.render.rails.pane import chosen_track
from bpstep.render.view_state import View, clamp_index, selection
from bpstep.session.frame import Frame


def move_on_rails(frame: Frame, view: View, right: int, down: int) -> View:
    """The selection moved by lines and tensors.

    Up and down it stays on gradients if it is on one. Sideways it goes from a line's tensor through what its
    equation reads to its gradient.
    """
    lines = rails_of(frame.program).lines
    name = selection(frame, view).name
    at = chosen_track(frame, view)
    if at is None:
        return select_tensor(frame, view, lines[0].name, lines[0].name)
    line = lines[at]
    on_gradient = name in line.backward
    if down:
        line = lines[min(max(at + down, 0), len(lines) - 1)]
        return select_tensor(frame, view, (on_gradient and line.gradient) or line.name, line.name)
    members = line.members
    position = members.index(name) if name in members else len(members) - 1
    target = members[min(max(position + right, 0), len(members) - 1)]
    return select_tensor(frame, view, target, line.name)


def select_tensor(frame: Frame, view: View, name: str, line: str = "") -> View:
    """The view with a cell of another tensor selected, at the same index if there is one.

    `line` is the tensor on whose line it was selected; empty if unknown.
    """
    index = clamp_index(selection(frame, view).index, frame.shape(name))
    return replace(view.select(name, index), rail=line)
