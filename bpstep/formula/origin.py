"""Where a number comes from: which write gave it, and how that is told."""

from __future__ import annotations

from dataclasses import dataclass

from bpstep.cells import cell_name
from bpstep.edits import Edit
from bpstep.formula.edited import edited_cells, is_parameter
from bpstep.formula.operands import More, Operand
from bpstep.frame import Frame
from bpstep.home import Index
from bpstep.program import Program, Step


@dataclass(frozen=True)
class Question:
    """A cell as the write at n = `at` left it, looked at from the moment `seen`."""

    name: str
    index: Index
    at: int
    seen: int
    value: float

    @property
    def cell(self) -> str:
        """The cell's name."""
        return cell_name(self.name, self.index)


@dataclass(frozen=True)
class Source:
    """An operand, the write it comes from, and what is told of that."""

    operand: Operand
    at: int
    told: str


@dataclass(frozen=True)
class Reader:
    """An equation that reads the cell next: the n after it, and a cell of its result that depends on it."""

    step: Step
    n: int
    told: str
    index: Index | None = None
    """None where it is not done yet."""
    value: float = 0.0


@dataclass(frozen=True)
class Rest:
    """Cells of a reader's result that are left out."""

    step: Step
    count: int


Row = Source | More | Reader | Rest


def read_write(program: Program, n: int, name: str) -> int:
    """The n of the write whose value the equation just done at n read: the start for a constant."""
    start, done = divmod(n - 1, len(program))
    start *= len(program)
    if name not in program.names:
        return start
    at = program.names[name] + 1
    return start + at if at <= done else max(start - len(program) + at, 0)


def origin(frame: Frame, name: str, index: Index, at: int) -> str:
    """Where a write is, as told from a moment: step 6, step 15 of iteration 4, initial weight, given."""
    program = frame.program
    if name in program.names:
        return step_told(frame, at) if at > 0 else _initial(program, name)
    if is_parameter(program, name):
        return f"{_initial(program, name)}, held"
    if name in ("X", "labelY") and frame.network.samples > 1:
        row = frame.rows[index[0] if len(index) > 1 else 0]
        return f"given, row {row + 1} of {frame.network.samples:,}"
    return "given"


def _initial(program: Program, name: str) -> str:
    if not is_parameter(program, name):
        return "0 at the start"
    return "initial weight" if program.homes[name].kind == "edge" else "initial bias"


def step_told(frame: Frame, n: int) -> str:
    """The step that ends at n, with its iteration where that is not the frame's."""
    iteration, at = divmod(n - 1, frame.period)
    step = f"step {at + 1}"
    return step if iteration == frame.iteration else f"{step} of iteration {iteration:,}"


def is_edited(frame: Frame, name: str, index: Index, at: int) -> bool:
    """True where a person gave the cell the value that it had after the write at n = `at`."""
    if name in frame.program.constants:
        return (name, index) in edited_cells(frame)
    return any(
        isinstance(edit, Edit) and (edit.at, edit.name, edit.index) == (at, name, index)
        for edit in frame.edits
    )
