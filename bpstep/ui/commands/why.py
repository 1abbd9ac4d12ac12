"""Why a cell has its value: its operands, its readers and the paths to the loss, followed step by step."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from bpstep.actions import BY_ID, first_key, key_name
from bpstep.errors import BpstepError
from bpstep.explain.chain_paths import ChainPath, places_on_route
from bpstep.explain.lazy_list import LazyList
from bpstep.explain.operands import OmittedTerms
from bpstep.explain.provenance import (
    ALL_TERMS,
    OmittedCells,
    OperandSource,
    Provenance,
    ProvenanceQuery,
    ProvenanceRow,
    Reader,
    provenance_query,
)
from bpstep.lang.cells import Index
from bpstep.program.diagram import Edge, Node
from bpstep.program.program import RoleKind
from bpstep.render import cursor
from bpstep.render.canvas import Canvas
from bpstep.render.lists.provenance import short_cell_name
from bpstep.render.lists.why import (
    AnswerList,
    CellAnswer,
    VisiblePart,
    answer_height,
    draw_answer,
    draw_answer_screen,
    draw_key_line,
)
from bpstep.render.rails.cursor import select_tensor
from bpstep.render.view_state import Highlight, View, cell_value, selection
from bpstep.session.frame import Frame
from bpstep.session.session import Session
from bpstep.text import fill
from bpstep.ui import messages
from bpstep.ui.controller import Controller

_FACTORS = (RoleKind.FACTOR, RoleKind.FACTOR_ACTIVATION, RoleKind.FACTOR_INPUT, RoleKind.FACTOR_ROW)


def draw_why(controller: Controller, entries: list[WhyEntry], zoomed: bool) -> Canvas:
    """The screen for the last of the entries."""
    entry = entries[-1]
    answer = entry.answer
    asked = CellAnswer(answer.question, answer.frame, answer.step, answer.scalar, answer.description)

    def pane(width: int, height: int) -> Canvas:
        drawn, entry.visible = draw_answer(asked, entry.listed, controller.theme, width, height)
        return drawn

    names = [
        piece
        for each in entries
        for piece in (each.separator, _entry_name(each, controller, asked.frame))
        if piece
    ]
    view = why_view(controller, entry, zoomed)
    canvas = draw_answer_screen(
        asked.frame, view, controller.theme, controller.size, pane, names, asked.description
    )
    if not controller.view.count:
        draw_key_line(canvas, _key_hints(controller, entry, len(entries) > 1, zoomed))
    return canvas


def _entry_name(entry: WhyEntry, controller: Controller, frame: Frame) -> str:
    """An entry's cell; with the iteration that wrote it if that is not the cursor's."""
    name = short_cell_name(frame, entry.question.name, entry.question.index)
    written = (entry.question.at - 1) // frame.period
    other = entry.question.name in frame.program.step_indices and 0 <= written != controller.frame.iteration
    return fill(messages.WHY_ENTRY_ITERATION, cell=name, iteration=written) if other else name


def why_view(controller: Controller, entry: WhyEntry, zoomed: bool) -> View:
    """The view: the chosen operand is selected; the cell in question or the chosen path is highlighted."""
    frame = entry.answer.frame
    asked = entry.question.name, entry.question.index
    layouts = frame.program.layouts
    cells, places = [asked], [layouts[asked[0]].place_of(asked[1])]
    if entry.path is not None:
        cells += [(cell.name, cell.index) for factor in entry.path.factors for cell in factor.cells]
        places += places_on_route(entry.path, layouts)
    return replace(
        controller.view.select(*(entry.pointed_cell or asked)),
        highlight=Highlight(tuple(cells), frozenset(place for place in places if place is not None)),
        lower_height=answer_height(controller.size[1]),
        zoomed=zoomed,
        focus="formula" if zoomed or controller.view.focus == "listing" else controller.view.focus,
        listing=False,
        modes=controller.status_flags(_moment_flags(frame, controller.session.n)),
    )


def _moment_flags(frame: Frame, n: int) -> tuple[str, ...]:
    """The flags: that this is an answer, and that its position is not the cursor's."""
    if frame.n == n:
        return (fill(messages.FLAG_WHY),)
    return fill(messages.FLAG_WHY_AT, n=frame.n), fill(messages.FLAG_CURSOR, n=n)


def _key_hints(
    controller: Controller, entry: WhyEntry, has_previous: bool, zoomed: bool
) -> list[tuple[str, str]]:
    row = entry.row

    def key_label(name: str) -> str:
        key = key_name(first_key(BY_ID[name], controller.view.keys))
        return key.capitalize() if len(key) > 1 else key

    found = [(controller.theme.pick("↑↓", "up down"), fill(messages.KEY_CHOOSE))] if row or entry.path else []
    if row is not None:
        is_omitted = isinstance(row, OmittedTerms | OmittedCells)
        found.append(("Enter", fill(messages.KEY_LIST_ALL if is_omitted else messages.KEY_FOLLOW)))
    found.append(("Escape", fill(messages.KEY_BACK if has_previous else messages.KEY_CLOSE)))
    if entry.answer.paths is not None:
        label = messages.KEY_OPERANDS if entry.shows_paths else messages.KEY_PATHS
        found.append((key_label("next_pane"), fill(label)))
    if entry.answer.frame.n != controller.session.n:
        found.append((key_label("go"), fill(messages.KEY_GO_THERE)))
    return [*found, (key_label("zoom"), fill(messages.KEY_SMALLER if zoomed else messages.KEY_LARGER))]


_NOT_DRAWN = VisiblePart(0, 1)


@dataclass
class _ListState:
    """The chosen line of a list, and the part of the list that was drawn last."""

    chosen: int = 0
    visible: VisiblePart = _NOT_DRAWN


@dataclass
class WhyEntry:
    """One question, with the state of its lists."""

    session: Session
    question: ProvenanceQuery
    separator: str = ""
    """The sign before this entry: it is an operand or a reader of the previous one; empty for the first."""
    shows_paths: bool = False
    """True if the paths are shown instead of the operands and readers."""
    expanded: set[str] = field(default_factory=set)
    """The lists that are shown in full."""
    _list_states: tuple[_ListState, _ListState] = field(default_factory=lambda: (_ListState(), _ListState()))
    _answer: Provenance | None = None
    _rows: LazyList[ProvenanceRow] | None = None

    @property
    def answer(self) -> Provenance:
        """The answer, computed on demand."""
        if self._answer is None:
            self._answer = Provenance(self.session, self.question)
        return self._answer

    @property
    def rows(self) -> LazyList[ProvenanceRow]:
        """Operands, then readers."""
        if self._rows is None:
            self._rows = LazyList(self.answer.rows(self.expanded))
        return self._rows

    @property
    def position(self) -> int:
        """The number of the chosen row or path."""
        return self._list_states[self.shows_paths].chosen

    @property
    def row(self) -> ProvenanceRow | None:
        """The selected operand or reader; None if there is none, and among the paths."""
        return None if self.shows_paths else self.rows.get(self.position)

    @property
    def path(self) -> ChainPath | None:
        """The chosen path; None among the operands."""
        paths = self.answer.paths
        return paths.path(self.position) if self.shows_paths and paths is not None else None

    @property
    def pointed_cell(self) -> tuple[str, Index] | None:
        """The cell of the chosen row."""
        match self.row:
            case OperandSource(operand=operand):
                return operand.cell.name, operand.cell.index
            case Reader(step=step, index=index) if index is not None:
                return step.name, index
        return None

    @property
    def listed(self) -> AnswerList:
        """The list shown, and the chosen line."""
        state = self._list_states[self.shows_paths]
        return AnswerList(
            self.rows, self.answer.paths, self.shows_paths, state.chosen, self.visible.top, self.pointed_cell
        )

    @property
    def visible(self) -> VisiblePart:
        """The part of the list that was drawn last."""
        return self._list_states[self.shows_paths].visible

    @visible.setter
    def visible(self, part: VisiblePart) -> None:
        self._list_states[self.shows_paths].visible = part

    def choose(self, at: int) -> None:
        """Choose a row or path, or the nearest one that exists."""
        paths = self.answer.paths
        last = (
            paths.count - 1 if self.shows_paths and paths is not None else self.rows.compute_up_to(at + 1) - 1
        )
        self._list_states[self.shows_paths].chosen = max(min(at, last), 0)

    def expand(self, row: OmittedTerms | OmittedCells) -> None:
        """List what the row omits."""
        self.expanded.add(ALL_TERMS if isinstance(row, OmittedTerms) else row.step.name)
        self._rows = None

    def drop_answer(self) -> None:
        """Keep the selected lines, but not the answer."""
        self._answer, self._rows = None, None


_MAX_KEPT_ANSWERS = 8
"""How many answers are kept; earlier ones are recomputed on return."""

_STEPS = {"down": 1, "up": -1}

_PAGES = {"page_down": 1, "page_up": -1}

_ENDS = {"home": 0, "end": 10**9}

_PANES = ("network", "tensors", "formula")


class WhyPanel:
    """The questions so far, and the answer to the last one."""

    takes_counts = True
    is_private = True

    def __init__(self, first: WhyEntry) -> None:
        self.entries = [first]
        self.zoomed = False

    @property
    def entry(self) -> WhyEntry:
        """The cell that was asked about last."""
        return self.entries[-1]

    def draw(self, controller: Controller) -> Canvas:
        """The panes at the position of the write, and the answer."""
        return draw_why(controller, self.entries, self.zoomed)

    def handle_key(self, controller: Controller, key: str, name: str) -> str | None:
        """Choose, follow or go back; any other action closes the panel and runs."""
        if controller.job is not None:
            controller.handle_job_key(key, name)
            return None
        if key == "escape" or name in ("close", "left"):
            return self._go_back()
        if key == "enter" or name in ("why", "right"):
            self._follow_row(controller)
        elif name in _STEPS or name in _PAGES:
            by = _STEPS.get(name, 0) + _PAGES.get(name, 0) * max(self.entry.visible.room - 1, 1)
            self.scroll(controller, by * controller.repeat_count(name))
        elif name in _ENDS:
            self.entry.choose(_ENDS[name])
        elif name in _PANES:
            controller.focus_pane(name)
        elif name == "number_format":
            controller.run_action(name)
        elif name == "zoom":
            self.zoomed = not self.zoomed
        elif name in ("next_pane", "previous_pane"):
            self._toggle_paths(controller)
        elif name == "go":
            return self._go_to_moment(controller)
        elif name == "edit":
            return self._edit_cell(controller)
        elif name:
            return name
        elif len(key) == 1:
            controller.refuse(fill(messages.WHY_UNKNOWN_KEY, key=key))
        return None

    def handle_click(self, controller: Controller, target: object) -> str | None:
        """Choose a row, follow the chosen one, or ask about a cell, node or edge."""
        if controller.job is not None:
            return None
        entry, frame = self.entry, self.entry.answer.frame
        match target:
            case ("row", int(at)):
                if at == entry.position:
                    self._follow_row(controller)
                else:
                    entry.choose(at)
            case ("cell", str(name), tuple(index)):
                self._ask_about(controller, frame, name, index)
            case ("place", Node() | Edge() as place):
                chosen = selection(
                    frame, cursor.select_place(frame, why_view(controller, entry, self.zoomed), place)
                )
                self._ask_about(controller, frame, chosen.name, chosen.index)
            case ("tensor", str(name), str(line)):
                view = select_tensor(frame, why_view(controller, entry, self.zoomed), name, line)
                chosen = selection(frame, view)
                self._ask_about(controller, frame, chosen.name, chosen.index)
            case ("action", str(name)):
                return self.handle_key(controller, "", name)
        return None

    def scroll(self, controller: Controller, by: int) -> None:
        """Choose a row further down or up."""
        self.entry.choose(self.entry.position + by)

    def paste(self, text: str) -> None:
        """An answer takes no text."""

    def _go_back(self) -> str | None:
        if len(self.entries) == 1:
            return ""
        self.entries.pop()
        return None

    def _toggle_paths(self, controller: Controller) -> None:
        """Show the paths instead of the operands, or the other way round."""
        if self.entry.answer.paths is None:
            step = self.entry.answer.step
            is_factor = step is not None and step.role.kind in _FACTORS
            template = messages.WHY_FACTOR_HAS_NO_PATHS if is_factor else messages.WHY_NO_PATHS
            controller.refuse(fill(template, cell=self.entry.question.cell))
        else:
            self.entry.shows_paths = not self.entry.shows_paths

    def _follow_row(self, controller: Controller) -> None:
        entry, row = self.entry, self.entry.row
        if entry.shows_paths:
            controller.refuse(fill(messages.WHY_PATH_NOT_FOLLOWED))
        elif row is None:
            controller.refuse(fill(messages.WHY_NOT_READ, cell=entry.question.cell))
        elif isinstance(row, OmittedTerms | OmittedCells):
            entry.expand(row)
        else:
            try:
                question = entry.answer.query_of_row(row)
            except BpstepError as error:
                controller.refuse(str(error), alert=True)
                return
            separators = (" ‹ ", " < ") if isinstance(row, OperandSource) else (" › ", " > ")
            self._push(controller, WhyEntry(controller.session, question, controller.theme.pick(*separators)))

    def _ask_about(self, controller: Controller, frame: Frame, name: str, index: tuple[int, ...]) -> None:
        value = cell_value(frame, name, index)
        if value is None:
            controller.refuse(fill(messages.WHY_NOT_COMPUTED, name=name, n=frame.n), alert=True)
            return
        question = ProvenanceQuery(name, index, frame.last_write_of(name), frame.n, value)
        self._push(controller, WhyEntry(controller.session, question, controller.theme.pick(" · ", " - ")))

    def _push(self, controller: Controller, entry: WhyEntry) -> None:
        """Open a question; its iteration may have to be computed first."""
        n = entry.answer.n

        def show() -> None:
            self.entries.append(entry)
            for old in self.entries[:-_MAX_KEPT_ANSWERS]:
                old.drop_answer()
            controller.show_message("")

        label = fill(messages.WHY_SEARCHING, n=n)
        controller.run_in_portions(controller.session.current_run.compute(n), label, show)

    def _go_to_moment(self, controller: Controller) -> str | None:
        frame, question = self.entry.answer.frame, self.entry.question
        if frame.n == controller.session.n:
            controller.refuse(fill(messages.WHY_SAME_POSITION))
            return None
        controller.view = controller.view.select(question.name, question.index)
        controller.move(frame.n)
        return ""

    def _edit_cell(self, controller: Controller) -> str | None:
        """Edit the cell in question, if its value is the one at the cursor's position."""
        question = self.entry.question
        if question.name not in controller.frame.tensors or question.at != controller.frame.last_write_of(
            question.name
        ):
            controller.refuse(fill(messages.WHY_EDIT_ELSEWHERE, n=question.at))
            return None
        controller.view = controller.view.select(question.name, question.index)
        return "edit"


def ask_why(controller: Controller, _count: int) -> None:
    """Ask about the selected cell."""
    chosen = selection(controller.frame, controller.view)
    controller.panel = WhyPanel(
        WhyEntry(controller.session, provenance_query(controller.session, chosen.name, chosen.index))
    )


COMMANDS = {"why": ask_why}
