"""One operation inside an equation in a plain sentence, with the units between which its numbers go."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from bpstep.cells import cell_name
from bpstep.formula.digits import more_digits
from bpstep.formula.numbers import brief, precise
from bpstep.formula.operation import cells
from bpstep.formula.scalar import Cell
from bpstep.formula.units import unit
from bpstep.formula.words.aloud import aloud
from bpstep.formula.words.factors import factors, slope
from bpstep.frame import Frame
from bpstep.home import Edge, Node, Place
from bpstep.operations.inside import Inside


def told(frame: Frame, inside: Inside) -> str:
    """The sentence, and what it means for the cell that is being written."""
    return _Teller(frame, inside).sentence()


@dataclass(frozen=True)
class _Teller:
    frame: Frame
    inside: Inside

    def sentence(self) -> str:
        role = self.inside.step.role.kind
        derived = self.inside.step.name not in self.frame.own
        own = _KINDS.get((role, self._part)) if derived else None
        return f"{(own or _Teller.plain)(self)}{self.end()}"

    @property
    def _part(self) -> str:
        part = self.inside.operation.stage.part
        return "each" if part == "divide" else part

    @cached_property
    def numbers(self) -> list[str]:
        """What the operation takes, printed."""
        return [brief(value, more_digits(self.inside)) for value in self.inside.operation.operands]

    @property
    def v(self) -> str:
        """What it gives, printed."""
        return brief(self.inside.operation.value, more_digits(self.inside))

    @property
    def name(self) -> str:
        """The cell of the result that it is for."""
        return cell_name(self.inside.step.name, self.inside.cell)

    def place(self, cell: Cell | None) -> Place | None:
        """The node or edge of a cell."""
        return None if cell is None else self.frame.program.homes[cell.name].place(cell.index)

    def found(self, kind: type) -> tuple[Place | None, Cell | None]:
        """The last node, or edge, that the operation reads, and its cell."""
        for cell in reversed(cells(self.inside)):
            place = self.place(cell)
            if isinstance(place, kind):
                return place, cell
        return None, None

    def unit(self, place: Node) -> str:
        """A unit's name."""
        return unit(self.frame.network, *place)

    @property
    def sample(self) -> str:
        """Whose numbers these are, where there are several samples."""
        home, cell = self.frame.program.homes[self.inside.step.name], self.inside.cell
        many = len(self.frame.rows) > 1 and home.kind == "node" and len(cell) > 1
        return f"Sample {cell[0] + 1}: " if many else ""

    def end(self) -> str:
        """What the cell has come to."""
        stage, done = self.inside.operation.stage, self.inside.is_finished(self.inside.cell)
        several = self.inside.progress.last[...] == self.inside.k - 1
        if stage.part == "copy" or (done and self.inside.step.role.kind == "update"):
            return "."
        if done:
            return f". That is {self.name}." if several.sum() == 1 else f". That is {self.inside.step.name}."
        if stage.part == "sums" and self.inside.operation.term == stage.terms - 1:
            return f". All {stage.terms} terms are in."
        return "."

    def plain(self) -> str:
        """The operation as one reads it aloud."""
        return aloud(self.inside, self.numbers, self.v)

    def means(self) -> str:
        """The same with what its numbers are."""
        found = factors(self.frame, self.inside, self.numbers, self.v)
        if found:
            return self.sample + found if self.sample else found[0].upper() + found[1:]
        return self.plain() + slope(self.frame, self.inside)

    def sends(self) -> str:
        """A unit's output goes over an edge."""
        edge, weight = self.found(Edge)
        if not isinstance(edge, Edge) or weight is None:
            return self.plain()
        source = self.unit(Node(edge.layer - 1, edge.source))
        target = self.unit(Node(edge.layer, edge.target))
        sent = self.numbers[0]
        return (
            f"{self.sample}{source} sends {sent} over the edge of weight {brief(weight.value)} to {target}: "
            f"{self.v} arrives"
        )

    def gathers(self) -> str:
        """A unit adds what comes over an edge."""
        edge, _ = self.found(Edge)
        if not isinstance(edge, Edge):
            return self.plain()
        source = self.unit(Node(edge.layer - 1, edge.source))
        target = self.unit(Node(edge.layer, edge.target))
        return (
            f"{self.sample}{target} adds what {source} sent: {self.numbers[0]} plus {self.numbers[1]} "
            f"makes {self.v}"
        )

    def bias(self) -> str:
        """A unit adds its bias."""
        node, _ = self.found(Node)
        if not isinstance(node, Node):
            return self.plain()
        return f"{self.sample}{self.unit(node)} adds its bias {self.numbers[1]}: its net is {self.v}"

    def sends_back(self) -> str:
        """A unit's error goes back over an edge."""
        edge, weight = self.found(Edge)
        if not isinstance(edge, Edge) or weight is None:
            return self.plain()
        source = self.unit(Node(edge.layer - 1, edge.source))
        target = self.unit(Node(edge.layer, edge.target))
        return (
            f"{self.sample}{target} sends its error {self.numbers[0]} back over the edge of weight "
            f"{brief(weight.value)} to {source}: {self.v} arrives"
        )

    def gathers_back(self) -> str:
        """A unit adds the errors that come back to it."""
        edge, _ = self.found(Edge)
        if not isinstance(edge, Edge):
            return self.plain()
        source = self.unit(Node(edge.layer - 1, edge.source))
        target = self.unit(Node(edge.layer, edge.target))
        return (
            f"{self.sample}{source} adds what came back from {target}: {self.numbers[0]} plus "
            f"{self.numbers[1]} makes {self.v}"
        )

    def meets(self) -> str:
        """On an edge what came in meets the error of what it went to."""
        ends = self._ends()
        if ends is None:
            return self.plain()
        return (
            f"{self._row}{ends[0]} gave {self.numbers[0]}, the error of {ends[1]} is {self.numbers[1]}: "
            f"together {self.v}"
        )

    def over_samples(self) -> str:
        """The samples' parts of a gradient are added up."""
        return (
            f"Sample {self.inside.operation.term + 1} adds its part {self.numbers[1]}: so far {self.v} for "
            f"{self.name}"
        )

    def updates(self) -> str:
        """A parameter takes a step."""
        direct = cells(self.inside)
        if len(direct) == 1 and direct[0].name == self.inside.step.name:
            old, new = precise(self.inside.operation.operands[0]), precise(self.inside.operation.value)
            return f"{self.name} goes from {old} to {new}"
        if any(cell.name == "learning_rate" for cell in direct) and self._is_gradient():
            return (
                f"The learning rate {self.numbers[0]} times the slope {self.numbers[1]} is a step of {self.v}"
            )
        return self.plain()

    def _is_gradient(self) -> bool:
        return any(cell.name.startswith("delta_") for cell in cells(self.inside))

    def _ends(self) -> tuple[str, str] | None:
        place = self.frame.program.homes[self.inside.step.name].place(self.inside.cell)
        if not isinstance(place, Edge):
            return None
        return (
            self.unit(Node(place.layer - 1, place.source)),
            self.unit(Node(place.layer, place.target)),
        )

    @property
    def _row(self) -> str:
        """The sample that a term of a gradient comes from."""
        return f"In sample {self.inside.operation.term + 1} " if len(self.frame.rows) > 1 else ""


_BACKWARD = ("delta_output", "factor_activation", "delta_net", "delta_weights", "delta_row", "delta_bias")
_KINDS: dict[tuple[str, str], Callable[[_Teller], str]] = {
    ("net", "products"): _Teller.sends,
    ("net", "sums"): _Teller.gathers,
    ("net", "each"): _Teller.bias,
    ("delta_input", "products"): _Teller.sends_back,
    ("delta_input", "sums"): _Teller.gathers_back,
    ("delta_weights", "products"): _Teller.meets,
    ("delta_weights", "sums"): _Teller.over_samples,
    **dict.fromkeys([(kind, "each") for kind in _BACKWARD], _Teller.means),
    ("delta_bias", "sums"): _Teller.over_samples,
    ("update", "each"): _Teller.updates,
}
