"""What a person has chosen to look at: plain data beside the frame."""

from __future__ import annotations

import ast
from dataclasses import field, replace

import numpy as np
from numpy.typing import NDArray

from bpstep.frozen import frozen
from bpstep.lang.cells import Index
from bpstep.model.network import Array
from bpstep.program.diagram import LayoutKind, NodeOrEdge
from bpstep.render.highlight import operand_sample
from bpstep.session.frame import Frame
from bpstep.session.watches import Reading

PANES = ("network", "tensors", "formula")


@frozen
class Highlight:
    """Cells of the table, and nodes and edges of the network, that are pointed at."""

    cells: tuple[tuple[str, Index], ...] = ()
    places: frozenset[NodeOrEdge] = frozenset()

    def index(self, name: str) -> Index | None:
        """The first cell of a tensor that is pointed at."""
        return next((index for tensor, index in self.cells if tensor == name), None)


@frozen
class View:
    """The selected cell, the focused pane, and the message in the footer.

    `name` is empty if the selection follows the current equation.
    """

    name: str = ""
    index: Index = ()
    focus: str = "tensors"
    zoomed: bool = False
    message: str = ""
    alert: bool = False
    count: str = ""
    keep_selection_visible: bool = False
    """True right after a cell was selected: the table then shows its line whatever the step needs."""
    scroll: int = 0
    """How many lines the formula pane is scrolled down."""
    keys: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Changed keys, by action."""
    lower_height: int = 0
    """The height of the lower pane; 0 for the usual height of the formula."""
    highlight: Highlight = Highlight()
    """What is pointed at besides the selection."""
    modes: tuple[str, ...] = ()
    """The modes that are on, a word or two each, for the first line."""
    caption: str = ""
    """A caption about the screen; below the panes."""
    pointed: tuple[str, Index | None] | None = None
    """A cell, or an equation if there is no index, that the teacher points at."""
    first_keys: tuple[str, ...] = ()
    """The actions that the footer names first."""
    hidden_actions: frozenset[str] = frozenset()
    """The actions that are not available here."""

    predicting: bool = False
    """True in predict mode: the next step's result is hidden."""

    listing: bool = False
    """True if the program's lines are listed, beside the formula or in its place."""
    line: str = ""
    """The equation whose line is selected in the listing; empty for the current one."""

    wrong: tuple[tuple[tuple[str, int], str], ...] = ()
    """The lines that a check has found wrong: the imported file, empty for the script's own, and the number;
    each with its statement as that should read, or empty.
    """

    plane: bool = False
    """True if the plane of inputs is shown in place of the network."""
    other_run: Frame | None = None
    """The other run's frame at this moment, for the plane; None if it is not computed."""

    rail: str = ""
    """The line of the rails on which the selected tensor was selected; it may be on several."""

    watches: tuple[Reading, ...] = ()
    """The watches, as evaluated at this moment."""

    @property
    def open_panes(self) -> tuple[str, ...]:
        """The panes that can have the focus."""
        return (*PANES, "listing") if self.listing else PANES

    @property
    def shows_whole_tensor(self) -> bool:
        """True if the selected tensor has the tensors' pane for itself."""
        return self.zoomed and self.focus == "tensors"

    def follow_step(self) -> View:
        """The view with the selection back on the equation just done."""
        return replace(self, name="", scroll=0, line="", keep_selection_visible=False)

    def after_move(self) -> View:
        """The view at another moment: a selected cell stays selected, the panes follow the step."""
        return replace(self, scroll=0, line="", keep_selection_visible=False)

    def select(self, name: str, index: Index) -> View:
        """The view with another cell selected."""
        return replace(self, name=name, index=index, keep_selection_visible=True)


@frozen
class Selection:
    """The selected cell, and its place in the diagram."""

    name: str
    index: Index
    place: NodeOrEdge | None
    sample: int
    """The sample whose values the diagram shows."""
    highlight: Highlight = Highlight()
    """What is pointed at besides."""
    pointed: NodeOrEdge | None = None
    """The node or edge of the cell that the teacher points at."""


def selection(frame: Frame, view: View) -> Selection:
    """The selected cell: the one that the person chose, else one of the tensor that the step wrote."""
    step = frame.current_step
    name = view.name or (step.name if step else next(iter(frame.program.tensors)))
    shape = frame.shape(name)
    # Inside an equation the selection follows the operations from cell to cell.
    index = frame.inside.cell if frame.inside and not view.name else _index_of(frame, view, name)
    place = frame.program.picture_layouts[name].place_of(index) if index or shape == () else None
    sample = _shown_sample(frame, name, index, view.name == "")
    return Selection(name, index, place, sample, view.highlight, _pointed_place(frame, view))


def _index_of(frame: Frame, view: View, name: str) -> Index:
    """The chosen cell; by default the first, or for a tensor without units the first that shows the step."""
    shape = frame.shape(name)
    value = frame.tensors.get(name)
    is_chosen = view.name or view.index or frame.current_step is None
    if is_chosen or value is None or not shape or frame.program.picture_layouts[name].kind != LayoutKind.NONE:
        return clamp_index(view.index, shape)
    shows = _cells_that_show(frame, np.asarray(value))
    return tuple(int(at) for at in np.unravel_index(int(np.argmax(shows)), shape))


def _cells_that_show(frame: Frame, value: Array) -> NDArray[np.bool_]:
    """The cells that show what the step does.

    A cell that is 0 because of a mask or a one-hot row shows nothing, neither does the only share of a row,
    which is 1, nor a cell on the diagonal of a transpose.
    """
    shows: NDArray[np.bool_] = value != 0
    preferred = [np.abs(value) != 1]
    if frame.current_step and isinstance(frame.current_step.tree, ast.Attribute) and value.ndim == 2:
        rows, columns = np.indices(value.shape)
        preferred.append(rows != columns)
    for which in preferred:
        if (shows & which).any():
            shows = shows & which
    return shows


def _pointed_place(frame: Frame, view: View) -> NodeOrEdge | None:
    if view.pointed is None or not is_cell(frame, *view.pointed):
        return None
    name, index = view.pointed
    assert index is not None
    layout = frame.program.picture_layouts[name]
    return layout.place_of(index) if index or layout.only_unit else None


def pointed_equation(view: View) -> str:
    """The equation that the teacher points at; empty if there is none."""
    return view.pointed[0] if view.pointed is not None and view.pointed[1] is None else ""


def is_cell(frame: Frame, name: str, index: Index | None) -> bool:
    """Whether there is such a cell: the teacher's session may be at another position."""
    if index is None or name not in frame.program.shapes:
        return False
    shape = frame.shape(name)
    return len(index) == len(shape) and all(0 <= at < size for at, size in zip(index, shape))


def clamp_index(index: Index, shape: tuple[int, ...]) -> Index:
    """An index adapted to a shape: missing axes are 0, each axis is within its size, the last axes
    are kept.
    """
    padded = ((0,) * len(shape) + index)[-len(shape) :] if shape else ()
    return tuple(min(at, max(size - 1, 0)) for at, size in zip(padded, shape))


def _shown_sample(frame: Frame, name: str, index: Index, follows: bool) -> int:
    layout = frame.program.picture_layouts[name]
    read = operand_sample(frame) if follows else None
    if read is not None:
        return min(read, frame.samples - 1)
    per_sample = layout.has_samples(len(index))
    return min(layout.sample_of(index), frame.samples - 1) if per_sample else 0


def cell_value(frame: Frame, name: str, index: Index) -> float | None:
    """A cell's number at this moment; None if it is not computed."""
    value = frame.tensors.get(name)
    if value is None:
        return None
    return float(value[index] if np.ndim(value) else value)
