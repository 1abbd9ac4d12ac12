"""What is found out about the lines of a script."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import numpy as np

from bpstep.gradcheck.script.edits import MistakeKind
from bpstep.lang.cells import Index
from bpstep.script.equations import ScriptEquation
from bpstep.script.meaning.graph import MISSING
from bpstep.script.meaning.meaning import Meaning
from bpstep.script.source import Source
from bpstep.text import one_line


class FindingKind(StrEnum):
    """What a finding says. The values are those of the exports."""

    WRONG = "wrong"
    """The line is wrong by itself."""
    OTHER_LOSS = "other loss"
    """The updates descend another loss than the script computes: no accusation."""
    OTHER_SCALE = "other scale"
    """The gradient is a multiple of that of the script's loss: no accusation."""
    OTHER_RULE = "other rule"
    """The line follows another rule of learning than a gradient, as feedback alignment: no accusation."""
    NOT_LEARNING = "not learning"
    """The lines are right, and something else keeps the network from learning: no accusation."""
    NOT_FOUND = "line not found"
    """Parameters follow no gradient of the loss, and no line was found that is to blame."""
    NOT_CHECKED = "not checked"
    """There was nothing to compare with."""


@dataclass(frozen=True)
class WorstCell:
    """The cell of an equation that is furthest from what it should be."""

    index: Index
    given: float
    expected: float


@dataclass(frozen=True)
class Finding:
    """One thing that was found, about one line where there is one."""

    kind: FindingKind
    equation: ScriptEquation | None = None
    """The equation that it is about; of a line that is run several times the first."""
    line: int = 0
    """The line that a person has to look at; 0 where it is about none."""
    mistake: MistakeKind = MistakeKind.UNKNOWN
    sentence: str = ""
    """The single mistake, or what was found, without a full stop; empty where no single one explains it."""
    right: str = ""
    """The equation as it should read; empty where that is not known."""
    worst: WorstCell | None = None
    """None where the right value is not known, or where it is about no equation."""
    by: str = ""
    """The tensor Q where the equation should give ∂loss/∂Q, or the parameter that is never updated."""
    file: str = ""
    """The file of the line as equations name it; empty where it is that of the equation, or the script's own
    where there is none."""

    def is_in(self, source: Source) -> bool:
        """Whether the line stands in a script itself, not in a file that it imports."""
        file = self._file
        return not file or source.path_in_folder(file) == source.path.name

    def place(self, source: Source) -> tuple[str, int | None]:
        """The file of the line, with the cell where it is a notebook, and the line in it."""
        if self.is_in(source):
            return source.place(self.line or None)
        # As the script itself is named, from where bpstep was called.
        return one_line(str(source.path.parent / self.imported_file(source))), self.line

    @property
    def _file(self) -> str:
        return self.file or ("" if self.equation is None else self.equation.file)

    def statement(self, source: Source) -> str:
        """The line as it is."""
        if self.equation is not None and self.line == self.equation.line:
            return self.equation.written
        lines = source.lines_of(self._file or str(source.path))
        return lines[self.line - 1].strip() if 0 < self.line <= len(lines) else ""

    def imported_file(self, source: Source) -> str:
        """The imported file that the line stands in, by its path in the script's folder; empty for the
        script's own."""
        return "" if self.is_in(source) else source.path_in_folder(self._file)


@dataclass(frozen=True)
class ScriptVerdict:
    """Everything that was found out about a pass."""

    meaning: Meaning
    equations: tuple[ScriptEquation, ...]
    """Those of the pass."""
    findings: tuple[Finding, ...]
    """In the order of lines; those that accuse first."""
    wrong_parameters: tuple[str, ...] = ()
    """The parameters that do not follow their gradient."""
    flat_parameters: tuple[str, ...] = ()
    """The parameters whose gradient is 0 but for rounding: nothing can be told of them."""
    names: Mapping[str, str] = field(default_factory=dict)
    """What the loop's own lines call the results of functions that the loss is of."""

    @property
    def ok(self) -> bool:
        """True where no line is wrong."""
        return all(each.kind is not FindingKind.WRONG for each in self.findings)

    @property
    def is_right(self) -> bool:
        """True where no line is wrong, and nothing differs whose line was not found."""
        return self.ok and all(each.kind is not FindingKind.NOT_FOUND for each in self.findings)

    @property
    def wrong(self) -> tuple[Finding, ...]:
        """The lines that are wrong by themselves."""
        return tuple(each for each in self.findings if each.kind is FindingKind.WRONG)


def worst_cell(given: Any, expected: Any) -> WorstCell | None:
    """The cell where two values are furthest apart; None where their shapes differ."""
    if given is MISSING or expected is MISSING or np.shape(given) != np.shape(expected):
        return None
    a, b = np.asarray(given, dtype=np.float64), np.asarray(expected, dtype=np.float64)
    if not a.size:
        return None
    apart = np.nan_to_num(np.abs(a - b), nan=np.inf)
    index = tuple(int(axis) for axis in np.unravel_index(int(np.argmax(apart)), a.shape))
    return WorstCell(index, float(a[index]), float(b[index]))
