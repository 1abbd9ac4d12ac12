"""What is recorded of a pass: its items, what is known of each value, and the places in the source."""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any

import numpy as np

from bpstep.script.equations import build
from bpstep.script.equations.build import Tree
from bpstep.script.equations.equations import Opened
from bpstep.script.source import Source

ValuePath = tuple[Any, ...]
"""Where a value is stored: the scope (empty for the module), a variable, then attributes, keys and
indices.
"""

SHARED_SCOPE = "~"
"""The scope of variables that functions share."""

MAX_READ = 50
TRACED_CONTAINERS = (list, tuple, dict)


def is_whole_number(value: Any) -> bool:
    """Whether a value is one of Python's whole numbers, which have no identity."""
    return isinstance(value, int) and not isinstance(value, bool)


def is_traced(value: Any) -> bool:
    """Whether a value is known by its identity: arrays, floats and NumPy's numbers, but no truth values."""
    kind = type(value)
    if kind is np.ndarray or kind is float or kind is np.float64:
        return True
    return isinstance(value, np.ndarray | np.generic) and not isinstance(value, np.bool_ | np.flexible)


def is_table(value: Any) -> bool:
    """Whether a value is a table or a column of pandas."""
    return type(value).__module__.split(".")[0] == "pandas"


class ItemKind(Enum):
    """Where an item's value comes from."""

    INITIAL = auto()
    """It is there when the pass begins."""
    FEED = auto()
    """It comes from outside during the pass: a loop's target, a random draw, data."""
    EQUATION = auto()
    """A statement of the pass computes it."""


def reads_of(tree: Tree | None) -> frozenset[int]:
    """The numbers of the items that an expression reads."""
    found: set[int] = set()
    seen: set[int] = set()
    waiting: list[ast.AST] = [] if tree is None else [tree]
    while waiting:
        node = waiting.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        if isinstance(node, ast.Name):
            if node.id.startswith("§"):
                found.add(int(node.id[1:]))
        else:
            waiting.extend(ast.iter_child_nodes(node))
    return frozenset(found)


@dataclass(eq=False)
class Item:
    """A value of the pass that gets a name: an initial value, one from outside, or an assignment."""

    number: int
    kind: ItemKind
    path: ValuePath
    value: Any
    tree: Tree | None = None
    written: str = ""
    stored_by: str = ""
    """The statement that stores it, if `written` is the one in a function that computes it."""
    source: Source | None = None
    line: int = 0
    call: tuple[Opened, ...] = ()
    opaque: str = ""
    others: list[ValuePath] = field(default_factory=list)
    """Further places with the same value."""
    places: tuple[ValuePath, ...] = ()
    """Where an initial value was before the pass."""
    passed_on: list[PassedOn] = field(default_factory=list)
    """The statements that only give it another name, or return it unchanged."""
    is_replaced: bool = False
    """True if it is hidden unless something reads it: it was changed in place, or is a view."""
    is_many: bool = False
    """True if it stands for many runs of its line."""
    is_draw: bool = False
    """True if the author's statement selects rows, cells or items by a variable."""
    is_written_out: bool = False
    """True if no assignment names it: the number is printed."""
    in_loop_target: str = ""
    """The variable of the `for` statement or of the statement that drew it."""
    name: str = ""
    read: tuple[Tree, ...] = ()
    """The operands of an opaque item."""
    is_edited: bool = False
    """True if a person put another number in its place."""
    _reads: tuple[Tree | None, frozenset[int]] = (None, frozenset())
    """The expression that `reads` last searched, and the result."""
    _inputs: tuple[tuple[Tree, ...], frozenset[int]] = ((), frozenset())
    """The operands of an opaque item that `inputs` last searched, and the result."""

    def set_tree(self, tree: Tree | None, why: str = "") -> None:
        """Set its expression, or the reason why it has none."""
        if not self.is_many:
            self.tree, self.opaque = tree, "" if tree is not None else why
        elif tree is not None and len(self.read) < MAX_READ:
            self.read = (*self.read, tree)

    def reads(self) -> frozenset[int]:
        """The numbers of the items that its expression reads."""
        # Expressions are never changed in place, only replaced.
        if self._reads[0] is not self.tree:
            self._reads = self.tree, reads_of(self.tree)
        return self._reads[1]

    def inputs(self) -> frozenset[int]:
        """The numbers of the items that it depends on."""
        if not self.read:
            return self.reads()
        if self._inputs[0] is not self.read:
            self._inputs = self.read, frozenset().union(*map(reads_of, self.read))
        return self._inputs[1] | self.reads()

    @property
    def reference(self) -> ast.Name:
        """Its placeholder in expressions."""
        return build.name(f"§{self.number}")


@dataclass(eq=False)
class Known:
    """What is known of a value: the expression that gives it, or why there is none.

    A view knows its array: `seen` gives its expression from the array's, `put` the array's expression from
    its own and the part's new one.
    """

    value: Any
    tree: Tree | None
    item: Item | None = None
    opaque: str = ""
    base: Known | None = None
    seen: Callable[[Tree], Tree] | None = None
    put: Callable[[Tree, Tree], Tree | None] | None = None
    reads: tuple[Tree, ...] = ()
    """For a value without an expression: the values that it depends on."""
    mask: tuple[Any, Tree] | None = None
    """For cells selected by a mask: the mask. The expression is that of the whole array."""
    views: list[Known] = field(default_factory=list)
    passed_on: list[PassedOn] = field(default_factory=list)
    """The statements that return it unchanged before it has a name."""
    made: tuple[StatementContext, tuple[Opened, ...]] | None = None
    """For a function's result in a container, without a name: the statement, and the calls open there."""


@dataclass(frozen=True)
class StatementContext:
    """A place in the source: the statement, and how to find its names."""

    source: Source
    statement: ast.stmt
    scope: str
    path_of: Callable[[str], ValuePath]
    """The path of a variable by its name in the source."""


@dataclass(frozen=True)
class PassedOn:
    """A statement that only passes a value on."""

    place: StatementContext
    before: int
    """The number of items before it."""
    call: tuple[Opened, ...]


def owner_of(array: Any) -> Any:
    """The array that owns the memory of a view."""
    while isinstance(array.base, np.ndarray):
        array = array.base
    return array


def copied(value: Any) -> Any:
    """A value that is unaffected by later changes."""
    return value.copy() if isinstance(value, np.ndarray) else value


def outlined(value: Any) -> Any:
    """A value of the same kind and shape that takes no memory: of an array, the first number in each cell."""
    if not isinstance(value, np.ndarray) or not value.size:
        return value
    return np.broadcast_to(value.flat[0:1].reshape(()), value.shape)


def joinable(line: str) -> str:
    """One of a statement's lines as it stands where they are joined: without the backslash that continues
    it."""
    return line.strip().removesuffix("\\").rstrip()


def statement_text(place: StatementContext) -> str:
    """A statement as its author wrote it, joined to one line; of a loop or branch the first line."""
    statement = place.statement
    lines = place.source.text.split("\n")
    body = getattr(statement, "body", None)
    last = statement.end_lineno or statement.lineno
    if body:
        last = max(statement.lineno, min(body[0].lineno - 1, last))
    parts = [joinable(line) for line in lines[statement.lineno - 1 : last]]
    text = " ".join(part for part in parts if part)
    if statement.lineno == statement.end_lineno:
        # Two statements may be on one line.
        text = lines[last - 1].encode()[statement.col_offset : statement.end_col_offset].decode().strip()
    return text
