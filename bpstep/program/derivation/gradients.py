"""The equations of one tensor's gradient, from the contributions of its occurrences."""

from __future__ import annotations

from collections.abc import Mapping

from bpstep.lang.activations import ACTIVATIONS
from bpstep.lang.shape_rules import Shape
from bpstep.lang.trees import function_name
from bpstep.program.derivation import rules
from bpstep.program.derivation.algebra import ATOM, Atom, Product, joint_shape, named, of
from bpstep.program.derivation.equations import (
    BlockGradient,
    Contribution,
    DerivedEquation,
    FactorEquation,
    operations,
)
from bpstep.program.derivation.long_equations import fits_line
from bpstep.program.derivation.reverse_walk import Context
from bpstep.program.derivation.sums_of_products import added, group, sum_text
from bpstep.program.derived_forms import DerivedForm

MIN_SAVED = 12
"""A contribution gets its own equation if its name is shorter by more than this many characters."""

MAX_INLINE = 12
"""The gradient of a scalar stays inside other equations if it is no longer than this."""

FORMS = (
    DerivedForm.SOFTMAX,
    DerivedForm.GATHER_BACK,
    DerivedForm.PICK_BACK,
    DerivedForm.OVERLAP_ADD,
    DerivedForm.MATMUL,
    DerivedForm.SUM_OF_PRODUCTS,
    DerivedForm.SUM_OVER_BROADCAST,
    DerivedForm.THROUGH_SLOPE,
    DerivedForm.SPREAD,
    DerivedForm.MOVED,
)
"""The forms of operations; an equation with several has the first of them in this order."""


class GradientWriter:
    """Writes the gradient of each tensor once all its occurrences have contributed.

    `occurrences` says how often each tensor is read on the way to the loss.
    """

    def __init__(self, context: Context, occurrences: Mapping[str, int]) -> None:
        self.context = context
        self.occurrences = occurrences
        self.order = {name: at for at, name in enumerate(context.definitions)}
        self.gradients: dict[str, Product] = {context.loss: Product()}
        """The gradient of each tensor as other equations write it: usually its name."""
        self.losses = {context.loss}
        """The loss, and the scalars whose gradient is a plain number: terms of the loss."""

    def write(self, tensor: str) -> None:
        """Add the equations of the gradient of a tensor whose readers have all contributed."""
        found = self.context.contributions.pop(tensor, [])
        found.sort(key=lambda one: self.order[one.reader])
        is_parameter = tensor in self.context.parameters
        if not found and not is_parameter:
            return
        tiles = _tiles(found, self.context.shape(tensor))
        if len(found) == 1 and self.occurrences[tensor] == 1 and found[0].factor:
            self._write_with_factor(tensor, found[0], found[0].factor)
        elif tiles is not None:
            self._write_joined(tensor, *tiles)
        else:
            found = _with_joined_blocks(found, self.context.shape(tensor))
            terms = _sum(found)
            if not terms and not is_parameter:
                return
            if self._stays_inline(tensor, terms):
                self.gradients[tensor] = terms[0]
                self.losses.add(tensor)
                return
            self._write_sum(tensor, found, terms)
        self.gradients[tensor] = of(named(self._name(tensor), self.context.shape(tensor)))

    def _name(self, tensor: str) -> str:
        return self.context.names.gradient(tensor)

    def _form(self, found: list[Contribution]) -> DerivedForm:
        """The form of an equation with these contributions."""
        if found and all(one.reader in self.losses for one in found):
            return DerivedForm.LOSS_SLOPE
        if len(found) > 1:
            return DerivedForm.ADD_CONTRIBUTIONS
        forms = {form for one in found for form, _ in one.path}
        return next((form for form in FORMS if form in forms), DerivedForm.COPY)

    def _stays_inline(self, tensor: str, terms: list[Product]) -> bool:
        """True for the gradient of a scalar that is as short as a name: it gets no equation."""
        if tensor in self.context.parameters or self.context.shape(tensor) or len(terms) != 1:
            return False
        text = terms[0].text
        short = len(terms[0].factors) == 1 and len(text) <= MAX_INLINE and "_" not in text
        return terms[0].is_number or short

    def _write_with_factor(self, tensor: str, one: Contribution, factor: FactorEquation) -> None:
        """Two equations: the factor, and the gradient in terms of the factor's name."""
        passed = operations([one])
        name = self.context.names.factor(one.reader, tensor)
        self.context.write(
            DerivedEquation(name, factor.source, factor.form, one.reader, tensor, rules=passed)
        )
        is_elementwise = factor.form == DerivedForm.FACTOR_ELEMENTWISE
        form = DerivedForm.THROUGH_FACTOR if is_elementwise else self._form([one])
        source = factor.template.format(g=self._name(one.reader), f=name)
        self._write(self._name(tensor), source, form, tensor, [one])

    def _write_sum(self, tensor: str, found: list[Contribution], terms: list[Product]) -> None:
        """One equation if it fits, else one for each long contribution and one for their sum."""
        form, source = self._form(found), self._spread(terms, tensor)
        if len({one.reader for one in found}) > 1 and not fits_line(self._name(tensor), source):
            form, source = DerivedForm.ADD_CONTRIBUTIONS, self._named_contributions(tensor, found)
        self._write(self._name(tensor), source, form, tensor, found)

    def _write(
        self, name: str, source: str, form: DerivedForm, tensor: str, found: list[Contribution]
    ) -> None:
        """Add the equation of a gradient that these contributions give."""
        readers = tuple(dict.fromkeys(one.reader for one in found))
        loss, passed = self.context.loss, operations(found)
        self.context.write(DerivedEquation(name, source, form, loss, tensor, readers, passed))

    def _spread(self, terms: list[Product], tensor: str) -> str:
        """A sum in the tensor's shape: a smaller one is broadcast."""
        shape = self.context.shape(tensor)
        if not terms:
            return f"zeros_like({tensor})"
        if joint_shape(term.shape for term in terms) == shape:
            return sum_text(terms)
        ones = of(Atom(f"ones_like({tensor})", ATOM, shape))
        alone = terms[0] if len(terms) == 1 else of(group(terms))
        return (alone * ones).turned().text

    def _named_contributions(self, tensor: str, found: list[Contribution]) -> str:
        """The sum over the readers, with long contributions as equations of their own."""
        terms: list[Product] = []
        for reader, ones in _by_reader(found):
            own = added(one.product for one in ones)
            text = sum_text(own)
            if not own or len(text) <= len(f"{self._name(tensor)}_via_{reader}") + MIN_SAVED:
                terms += own
                continue
            name = self.context.names.via(tensor, reader)
            self._write(name, text, self._form(ones), tensor, ones)
            terms.append(of(named(name, joint_shape(term.shape for term in own))))
        return self._in_lines(tensor, terms)

    def _in_lines(self, tensor: str, terms: list[Product]) -> str:
        """A sum of very many terms: parts that fill a line each, and the rest."""
        source = self._spread(terms, tensor)
        while not fits_line(self._name(tensor), source) and len(terms) > 2:
            part, count = self.context.names.part(self._name(tensor)), 2
            while count < len(terms) - 1 and fits_line(part, sum_text(terms[: count + 1])):
                count += 1
            self._write_part(part, sum_text(terms[:count]), tensor)
            shape = joint_shape(term.shape for term in terms[:count])
            terms = [of(named(part, shape)), *terms[count:]]
            source = self._spread(terms, tensor)
        return source

    def _write_part(self, name: str, source: str, tensor: str) -> None:
        self.context.lines.append(DerivedEquation(name, source, DerivedForm.PART, self.context.loss, tensor))

    def _write_joined(self, tensor: str, axis: int, tiles: list[tuple[Contribution, BlockGradient]]) -> None:
        """The blocks of a tensor that were read one by one, concatenated."""
        wanted = self._name(tensor)
        along = None if _are_cells(tiles) else axis
        rank = 0 if along is None else len(self.context.shape(tensor))
        texts = [_block_text(block, rank) for _, block in tiles]
        if not fits_line(wanted, _side_by_side(texts, along)):
            names = [(block, self._write_block(tensor, one, block)) for one, block in tiles]
            texts = [_block_text(block, rank, name) for block, name in names]
        while not fits_line(wanted, _side_by_side(texts, along)) and len(texts) > 2:
            part, count = self.context.names.part(wanted), 2
            while count < len(texts) - 1 and fits_line(part, _side_by_side(texts[: count + 1], along)):
                count += 1
            self._write_part(part, _side_by_side(texts[:count], along), tensor)
            rest = texts[count:] if along is not None else [f"{text}[None]" for text in texts[count:]]
            texts, along = [part, *rest], axis
        readers = tuple(dict.fromkeys(one.reader for one, _ in tiles))
        source, loss = _side_by_side(texts, along), self.context.loss
        self.context.write(DerivedEquation(wanted, source, DerivedForm.JOIN, loss, tensor, readers))

    def _write_block(self, tensor: str, one: Contribution, block: BlockGradient) -> str:
        """Write the gradient of one block as an equation, named after the reader; returns its name."""
        function = function_name(self.context.definitions[one.reader].tree)
        if function in (*ACTIVATIONS, *rules.SMOOTH):
            name = self.context.names.inner(one.reader)
        else:
            name = self.context.names.via(tensor, one.reader)
        self._write(name, block.gradient.turned().text, self._form([one]), tensor, [one])
        return name


def _by_reader(found: list[Contribution]) -> list[tuple[str, list[Contribution]]]:
    groups: dict[str, list[Contribution]] = {}
    for one in found:
        groups.setdefault(one.reader, []).append(one)
    return list(groups.items())


def _sum(found: list[Contribution]) -> list[Product]:
    """All contributions added, each reader's first, unless that hides a factor that all share."""
    at_once = added(one.product for one in found)
    if len(found) < 2:
        return at_once
    by_reader = added(term for _, ones in _by_reader(found) for term in added(o.product for o in ones))
    if not at_once or len(sum_text(at_once)) < len(sum_text(by_reader)):
        return at_once
    return by_reader


def _tiles(
    found: list[Contribution], shape: Shape
) -> tuple[int, list[tuple[Contribution, BlockGradient]]] | None:
    """The axis along which the read blocks tile the whole tensor, and the blocks in order."""
    tiles = [(one, one.block) for one in found if one.block is not None]
    if len(tiles) < max(2, len(found)):
        return None
    for axis, size in enumerate(shape):
        ordered = sorted(tiles, key=lambda tile: tile[1].region[axis])
        stops = [block.region[axis][1] for _, block in ordered]
        starts = [block.region[axis][0] for _, block in ordered]
        whole = [(0, size) for size in shape]
        across = all(
            [*block.region[:axis], *block.region[axis + 1 :]] == whole[:axis] + whole[axis + 1 :]
            for _, block in tiles
        )
        if across and starts == [0, *stops[:-1]] and stops[-1] == size:
            return axis, ordered
    return None


def _with_joined_blocks(found: list[Contribution], shape: Shape) -> list[Contribution]:
    """The contributions; a reader that reads the whole tensor in blocks contributes their concatenation."""
    joined = []
    for reader, ones in _by_reader(found):
        tiles = _tiles(ones, shape)
        if tiles is None:
            joined += ones
            continue
        axis, ordered = tiles
        along = None if _are_cells(ordered) else axis
        rank = 0 if along is None else len(shape)
        text = _side_by_side([_block_text(block, rank) for _, block in ordered], along)
        path = tuple(dict.fromkeys(step for one in ones for step in one.path))
        joined.append(Contribution(reader, of(Atom(text, ATOM, shape)), path))
    return joined


def _are_cells(tiles: list[tuple[Contribution, BlockGradient]]) -> bool:
    """True for cells that were read one by one, whose gradients have no axes."""
    return all(block.gradient.shape == () for _, block in tiles)


def _block_text(block: BlockGradient, rank: int, name: str = "") -> str:
    """The gradient of a block, or its name; that of a single cell gets `rank` axes to stand beside blocks
    that have them."""
    product = block.gradient.turned()
    if product.shape or not rank:
        return name or product.text
    own = name or (product.text if product.text.isidentifier() else f"({product.text})")
    return f"{own}[{', '.join(['None'] * rank)}]"


def _side_by_side(texts: list[str], axis: int | None) -> str:
    """Blocks concatenated along one of their axes, or numbers."""
    if axis is None:
        return f"stack([{', '.join(texts)}])"
    over = f", axis={axis}" if axis else ""
    return f"concatenate([{', '.join(texts)}]{over})"
