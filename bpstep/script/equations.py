"""What one pass of a script's training loop is: equations in the language of `bpstep.lang`, and what they
begin with.

Names. `W1`, `self.W1` and `params["W1"]` are called `W1`. Where two would be called the same, both have the
shortest path that tells them apart: `layers[0].W`, `grads.W1` (a key of a dictionary stands after a dot), and
a variable of a function that the script's own variable hides is `train.x`. A name that is assigned
several times in a pass gets its line, `delta:41`, and where that line runs several times the number of the
time, `delta:41:2`; only the last assignment of what survives the pass (a parameter) has the name alone. A
random draw or another value that no assignment names is called by its function, `rand:38`.

Names that are no identifiers stand in the equations' texts as they are: `bpstep.lang` reads them where it is
told that they are names.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Opened:
    """A call of one of the script's functions that is opened line by line."""

    name: str
    """The function as the script names it: `backward`, `Net.forward`."""
    line: int
    """The line of the call, counted as in `ScriptEquation.line`."""
    file: str = ""
    """The file that the call stands in, as it is shown to a person; of a notebook with the cell."""
    line_there: int = 0
    """The line of the call in its file or cell."""

    @property
    def script(self) -> str:
        """The file without the cell, as equations name it."""
        return self.file.split(":cell ")[0]


@dataclass(frozen=True)
class CellEdit:
    """A number that a person puts in place of one that a script has or computes."""

    name: str
    """As the pass calls it."""
    index: tuple[int, ...]
    """The cell; empty for a number."""
    value: float
    before: bool
    """True for what is there before the pass, false for what an equation of the pass gives."""


@dataclass(frozen=True)
class CalledExpression:
    """A part of an equation that a function returned."""

    source: str
    """The part as it stands in the equation's `source`."""
    function: str
    """The function as the script names it: `sigmoid`, `Neuron.slope`."""
    file: str
    """The file that the function stands in, as `ScriptEquation.file`."""
    line: int
    """The line of its expression, counted as in `ScriptEquation.line`."""
    written: str
    """That statement as the author wrote it, on one line."""


@dataclass(frozen=True)
class OtherName:
    """A statement that gives a result as it is another name, or returns it: `dZ = dA`, `return grad`."""

    file: str
    line: int
    written: str


@dataclass(frozen=True)
class ScriptEquation:
    """One assignment that was executed: `name = source`."""

    name: str
    """Unique in the pass, but for the initial value of what the pass carries on. See the module."""
    source: str
    """The right-hand side in the language of `bpstep.lang`, over the names of this pass. Evaluated there it
    gives `value`, within 1e-12; where the source is `opaque` it is the name alone."""
    written: str
    """The statement as the author wrote it, on one line."""
    file: str
    """The file that the line stands in, as it is shown to a person."""
    line: int
    """Counted through all cells of a notebook; `Source.place` tells cell and line in it."""
    cell: int | None
    """The notebook's code cell, counted from 1; None in a Python file."""
    call: tuple[Opened, ...]
    """The calls that are open at this line, the outermost first. Empty in the loop's own body."""
    value: Any
    """What it gave: an array (a copy, in the script's own dtype) or a number."""
    called: tuple[CalledExpression, ...] = ()
    """The calls that stand in `source` as what the function returned."""
    opaque: str = ""
    """Why the right-hand side can't be said in the language: the value then counts as given from outside."""
    aside: bool = False
    """True where nothing that survives the pass depends on it: a loss that is printed, an accuracy."""
    unnamed: bool = False
    """True for a number that is only written out, and that no assignment names."""
    other_names: tuple[OtherName, ...] = ()
    """The statements after it that only pass its result on."""


@dataclass(frozen=True)
class ScriptIteration:
    """One pass of the loop: what is there before it, and its equations in the order in which they ran.

    Evaluating the equations in order from `initial` and `feeds` gives their values; an opaque equation gives
    the value that it has.
    """

    index: int
    """The passes before this one."""
    initial: Mapping[str, Any]
    """Every array and number there before the pass that its equations read or write, by name: parameters,
    data, constants. Arrays are copies."""
    feeds: Mapping[str, Any]
    """What comes from outside during the pass: loop variables, rows drawn, random draws. Equations read them
    as they read what is initial."""
    equations: tuple[ScriptEquation, ...]
    carried: tuple[str, ...]
    """Names in `initial` that an equation writes and whose value survives the pass: parameters, what an
    optimiser remembers, running sums."""
    ended: bool = False
    """True where the script's own loop would have ended before this pass: its body is run once more."""
    output: str = ""
    """What the pass printed."""
    feed_lines: Mapping[str, int] = field(default_factory=dict)
    """The line that each feed comes from, where it has one."""
    places: Mapping[str, tuple[int, tuple[Any, ...]]] = field(default_factory=dict, repr=False)
    """For each name the number of its item in the recording of the pass, and where its value stands."""

    @property
    def named(self) -> dict[str, ScriptEquation]:
        """The equations by name."""
        return {equation.name: equation for equation in self.equations}
