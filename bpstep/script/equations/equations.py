"""One pass of a script's training loop: equations in the language of `bpstep.lang`, and their initial values.

Names: `W1`, `self.W1` and `params["W1"]` are all called `W1`. If two names would be the same, both get the
shortest path that distinguishes them: `layers[0].W`, `grads.W1` (a dictionary's key follows a dot); a
function's variable with the name of a variable of the script is `train.x`. A name that is assigned several
times in a pass gets its line, `delta:41`, in a notebook with the cell, `delta:3:12`, and if that line runs
several times the number of the run, `delta:41:2`; only the last assignment of a name that survives the pass
(a parameter) keeps the plain name. A random draw or another value without a name is named after its function,
`rand:38`.

Names that are not identifiers appear unchanged in the equations' texts: `bpstep.lang` reads them if it gets
the list of names.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Opened:
    """A call of one of the script's functions that is opened line by line."""

    name: str
    """The function's name in the script: `backward`, `Net.forward`."""
    line: int
    """The line of the call, counted as in `ScriptEquation.line`."""
    file: str = ""
    """The file of the call, as shown to a person; for a notebook with the cell."""
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
    """The tensor's name in the pass."""
    index: tuple[int, ...]
    """The cell; empty for a number."""
    value: float
    before: bool
    """True for a value from before the pass, False for the result of an equation of the pass."""


@dataclass(frozen=True)
class CalledExpression:
    """A part of an equation that a function returned."""

    source: str
    """The part as written in the equation's `source`."""
    function: str
    """The function's name in the script: `sigmoid`, `Neuron.slope`."""
    file: str
    """The function's file, as `ScriptEquation.file`."""
    line: int
    """The line of its expression, counted as in `ScriptEquation.line`."""
    written: str
    """That statement as the author wrote it, joined to one line."""


@dataclass(frozen=True)
class OtherName:
    """A statement that gives a result another name without changing it, or returns it: `dZ = dA`, `return
    grad`.
    """

    file: str
    line: int
    written: str
    before: int
    """How many equations of the pass ran before it."""
    line_in_name: str
    """The line as names of values have it: in a notebook with the cell."""
    call: tuple[Opened, ...] = ()
    """The calls that are open at the statement, the outermost first."""


@dataclass(frozen=True)
class ScriptEquation:
    """One executed assignment: `name = source`."""

    name: str
    """Unique in the pass, except for the initial value of a tensor that the pass carries on.

    See the module.
    """
    source: str
    """The right-hand side in the language of `bpstep.lang`, over the names of this pass.

    Evaluated there it gives `value`, within 1e-12; if the source is `opaque`, it is only the name.
    """
    written: str
    """The statement as the author wrote it, joined to one line."""
    file: str
    """The file of the line, as shown to a person."""
    line: int
    """Counted through all cells of a notebook; `Source.place` gives the cell and the line in it."""
    cell: int | None
    """The notebook's code cell, counted from 1; None in a Python file."""
    call: tuple[Opened, ...]
    """The calls that are open at this line, the outermost first. Empty in the loop's own body."""
    value: Any
    """Its result: an array (a copy, in the script's own dtype) or a number."""
    called: tuple[CalledExpression, ...] = ()
    """The calls whose results `source` contains."""
    opaque: str = ""
    """Why the right-hand side can't be written in the language: the value then counts as given."""
    aside: bool = False
    """True if nothing that survives the pass depends on it: a printed loss, an accuracy."""
    unnamed: bool = False
    """True for a number that is only printed, and that no assignment names."""
    other_names: tuple[OtherName, ...] = ()
    """The later statements that only pass its result on."""
    copy_of: str = ""
    """Of such a statement itself, looked at as an equation: the equation whose result it passes on."""


@dataclass(frozen=True)
class ScriptIteration:
    """One pass of the loop: the values before it, and its equations in the order in which they ran.

    Evaluating the equations in order from `initial` and `feeds` gives their values; an opaque equation gives
    its recorded value.
    """

    index: int
    """How many passes came before this one."""
    initial: Mapping[str, Any]
    """Every array and number from before the pass that its equations read or write, by name: parameters,
    data, constants. Arrays are copies.
    """
    feeds: Mapping[str, Any]
    """Values from outside during the pass: loop variables, rows drawn, random draws.

    Equations read them like initial values.
    """
    equations: tuple[ScriptEquation, ...]
    carried: tuple[str, ...]
    """Names in `initial` that an equation writes and whose value survives the pass: parameters, an
    optimiser's memory, running sums.
    """
    ended: bool = False
    """True if the script's own loop would have ended before this pass: its body runs once more."""
    output: str = ""
    """The text that the pass printed."""
    feed_lines: Mapping[str, int] = field(default_factory=dict)
    """The line of each feed, if it has one."""
    places: Mapping[str, tuple[int, tuple[Any, ...]]] = field(default_factory=dict, repr=False)
    """For each name, its item's number in the recording of the pass, and where its value is stored."""

    @property
    def named(self) -> dict[str, ScriptEquation]:
        """The equations by name."""
        return {equation.name: equation for equation in self.equations}
