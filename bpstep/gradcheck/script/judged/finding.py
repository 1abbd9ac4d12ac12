"""A finding about a line of a script."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import numpy as np

from bpstep.explain.mistakes import MistakeKind
from bpstep.gradcheck.script.text.statement_parts import line_with, part_changed_in, statement_over_lines
from bpstep.gradcheck.script.text.text_lines import in_style_of, statements_of, target_of
from bpstep.lang.cells import Index
from bpstep.script.equations.equations import ScriptEquation
from bpstep.script.meaning.graph import have_one_shape
from bpstep.script.meaning.meaning import Meaning
from bpstep.script.source import Source
from bpstep.text import one_line


class FindingKind(StrEnum):
    """What a finding says. The exports use these values."""

    WRONG = "wrong"
    """The line is wrong by itself."""
    OTHER_LOSS = "other loss"
    """The updates descend a loss other than the one the script computes; the line is not accused."""
    OTHER_SCALE = "other scale"
    """The gradient is a multiple of that of the script's loss; the line is not accused."""
    OTHER_RULE = "other rule"
    """The line follows another learning rule than gradient descent, such as feedback alignment; not
    accused.
    """
    NOT_LEARNING = "not learning"
    """The lines are right, and something else keeps the network from learning; no line is accused."""
    NOT_FOUND = "line not found"
    """Parameters follow no gradient of the loss, and the responsible line was not found."""
    NOT_CHECKED = "not checked"
    """There was nothing to compare with, maybe for one parameter only."""


@dataclass(frozen=True)
class WorstCell:
    """The cell of an equation with the largest difference from the right value."""

    index: Index
    given: float
    expected: float


@dataclass(frozen=True)
class Finding:
    """One finding, usually about one line."""

    kind: FindingKind
    equation: ScriptEquation | None = None
    """The equation that it is about; for a line that runs several times the first one."""
    line: int = 0
    """The line to look at; 0 if it is about none."""
    mistake: MistakeKind = MistakeKind.UNKNOWN
    sentence: str = ""
    """The single mistake, or another description, without a full stop; empty if no single mistake explains
    it.
    """
    right: str = ""
    """The equation as it should read; empty if that is unknown."""
    worst: WorstCell | None = None
    """None if the right value is unknown, or if it is about no equation."""
    by: str = ""
    """The tensor Q if the equation should give ∂loss/∂Q, or the parameter that is never updated."""
    by_text: str = ""
    """That tensor as the author wrote it, if no assignment names it: an argument of a call. Empty for
    another.
    """
    by_line: int = 0
    """The line of the call; 0 for another tensor."""
    file: str = ""
    """The file of the line, as equations name it; empty for the equation's file, or for the script's own."""

    part_line: int = 0
    """The line of the part that is wrong, if the statement goes over several lines and begins on another; 0
    otherwise.
    """
    others: tuple[str, ...] = ()
    """Other parameters that are never updated because of the same line."""

    @property
    def is_by_chance(self) -> bool:
        """Whether a wrong line gives the right numbers with those of the pass."""
        return self.worst is not None and self.worst.given == self.worst.expected

    def is_in(self, source: Source) -> bool:
        """Whether the line is in the script itself, not in a file that it imports."""
        file = self._file
        return not file or source.path_in_folder(file) == source.path.name

    def place(self, source: Source) -> tuple[str, int | None]:
        """The file of the line, with the cell if it is a notebook, and the line number in it; for a statement
        over several lines the line of the part that is wrong."""
        return self._place_of(self.part_line or self.line, source)

    def statement_place(self, source: Source) -> tuple[str, int | None]:
        """The file, with the cell, and the number of the line where the statement begins."""
        return self._place_of(self.line, source)

    def _place_of(self, line: int, source: Source) -> tuple[str, int | None]:
        if self.is_in(source):
            return source.place(line or None)
        # Named relative to the folder where bpstep was called, as the script is.
        return one_line(str(source.path.parent / self.imported_file(source))), line

    @property
    def _file(self) -> str:
        return self.file or ("" if self.equation is None else self.equation.file)

    def statement(self, source: Source) -> str:
        """The line as it is; of several statements on it, the one that sets what the right one sets."""
        if self.equation is not None and self.line == self.equation.line:
            return self.equation.written
        lines = self._lines(source)
        line = lines[self.line - 1].strip() if 0 < self.line <= len(lines) else ""
        several = statements_of(line) if self.right else []
        return next((each for each in several if target_of(each) == target_of(self.right)), line)

    def shown_line(self, source: Source) -> str:
        """The line at its place, as it is."""
        if not self.part_line:
            return self.statement(source)
        return self._lines(source)[self.part_line - 1].strip()

    def shown_right(self, source: Source) -> str:
        """The line at its place as it should read; empty if that is unknown."""
        if not self.part_line or not self.right or self.equation is None:
            return self.right
        statement = statement_over_lines(source, self._file, self.line, self.equation.written)
        found = None if statement is None else part_changed_in(statement, self.right)
        if found is None or found[0].lineno != self.part_line:
            return self.right
        shown = self.shown_line(source)
        return in_style_of(shown, line_with(self._lines(source), *found)) or self.right

    def _lines(self, source: Source) -> list[str]:
        return source.lines_of(self._file or str(source.path))

    def imported_file(self, source: Source) -> str:
        """The imported file with the line, by its path in the script's folder; empty for the script's own."""
        return source.imported_file(self._file)


@dataclass(frozen=True)
class ScriptVerdict:
    """All findings about a pass."""

    meaning: Meaning
    equations: tuple[ScriptEquation, ...]
    """The parameters of the pass."""
    findings: tuple[Finding, ...]
    """In the order of lines, accusations first."""
    wrong_parameters: tuple[str, ...] = ()
    """The parameters that do not follow their gradient."""
    flat_parameters: tuple[str, ...] = ()
    """The parameters whose gradient is 0 apart from rounding: nothing can be said about them."""
    unchecked_parameters: tuple[str, ...] = ()
    """The parameters whose steps could not be compared with their gradient."""
    names: Mapping[str, str] = field(default_factory=dict)
    """The names that the loop's own lines give to results of functions that the loss depends on."""
    given: tuple[str, ...] = ()
    """What the loss depends on and the pass takes as given: data, draws, and what is not understood."""

    @property
    def ok(self) -> bool:
        """True if no line is wrong."""
        return all(each.kind is not FindingKind.WRONG for each in self.findings)

    @property
    def is_right(self) -> bool:
        """True if no line is wrong, and there is no difference whose line was not found."""
        return self.ok and all(each.kind is not FindingKind.NOT_FOUND for each in self.findings)

    @property
    def is_checked(self) -> bool:
        """True if there was something to compare every parameter with."""
        return all(each.kind is not FindingKind.NOT_CHECKED for each in self.findings)

    @property
    def is_explained(self) -> bool:
        """True if a single mistake explains everything that is wrong."""
        return self.is_right or all(
            each.kind is not FindingKind.NOT_FOUND
            and (each.kind is not FindingKind.WRONG or each.mistake is not MistakeKind.UNKNOWN)
            for each in self.findings
        )

    @property
    def wrong(self) -> tuple[Finding, ...]:
        """The lines that are wrong by themselves."""
        return tuple(each for each in self.findings if each.kind is FindingKind.WRONG)


def worst_cell(given: Any, expected: Any) -> WorstCell | None:
    """The cell where two values differ most; None if their shapes differ."""
    if not have_one_shape(given, expected):
        return None
    a, b = np.asarray(given, dtype=np.float64), np.asarray(expected, dtype=np.float64)
    if not a.size:
        return None
    apart = np.nan_to_num(np.abs(a - b), nan=np.inf)
    index = tuple(int(axis) for axis in np.unravel_index(int(np.argmax(apart)), a.shape))
    return WorstCell(index, float(a[index]), float(b[index]))
