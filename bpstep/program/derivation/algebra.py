"""Products as a person would write them: factors, a fraction line, numbers in front.

A gradient on its way back is a `Product`. It may have a smaller shape than its tensor: it then stands for the
same number along the missing axes, as in NumPy's broadcasting.

Products are never multiplied out, and equal factors merge into a power. Their sums are in `sums_of_products`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property
from typing import Any

from bpstep.lang.shape_rules import Shape

COMPARISON, SUM, PRODUCT, SIGN, POWER, ATOM = range(6)
"""How tightly the outermost operator of a text binds."""

ONE = Fraction(1)

LONG_DECIMAL = 10
"""A longer number is written below the line if that is shorter: `/ 2.5066`."""


def joint_shape(shapes: Iterable[Shape]) -> Shape:
    """The shape of an elementwise operation on operands that are known to be compatible."""
    result: Shape = ()
    for shape in shapes:
        rank = max(len(result), len(shape))
        pairs = zip((1,) * (rank - len(result)) + result, (1,) * (rank - len(shape)) + shape)
        result = tuple(a if b == 1 else b for a, b in pairs)
    return result


@dataclass(frozen=True, eq=False)
class Atom:
    """A text that a product treats as one: a name, a call, a sum in parentheses, a matrix product."""

    text: str
    tight: int
    shape: Shape
    form: tuple[Any, ...] = ()
    """The structure of the text, for later simplifications: ("order", inner, axes), ("@", left, right),
    ("quoted @", left, right) for the forward text, ("-", left, right), ("*", product), ("outer", left,
    right), ("sum", product, axes, keep, axis), ("where", condition, key, yes, no, shape), ("reshape", inner),
    ("[]", inner, parts), ("one_hot",).
    """
    stands_for: str = ""
    """If the text is a part of a larger tensor under a mask: the text of that tensor."""

    @cached_property
    def key(self) -> str:
        """Atoms with the same key have the same value, under the mask of a part of a larger tensor."""
        return (self.stands_for or self.text).replace(" ", "")

    @cached_property
    def own_key(self) -> str:
        """Atoms with the same own key have the same text, whatever tensor they are a part of."""
        return self.text.replace(" ", "")

    def within(self, tight: int) -> str:
        """The text, in parentheses if its outermost operator binds less tightly than `tight`."""
        return f"({self.text})" if self.tight < tight else self.text


@dataclass(frozen=True, eq=False)
class Factor:
    """An atom to a power."""

    atom: Atom
    power: Fraction = ONE
    raised: bool = False
    """True if a negative power is written as one, as in the forward text, and not below the line."""

    @property
    def below(self) -> bool:
        """True for a factor that is written below the fraction line."""
        return self.power < 0 and not self.raised

    def atomic(self, power: Fraction | None = None) -> Atom:
        """The power as an atom; with another `power` if it is written below the line."""
        power = self.power if power is None else power
        if power == 1:
            return self.atom
        if power == Fraction(1, 2):
            return Atom(f"sqrt({self.atom.text})", ATOM, self.atom.shape)
        return Atom(f"{self.atom.within(ATOM)}**{_decimal(power)}", POWER, self.atom.shape)

    @property
    def mark(self) -> tuple[str, Fraction]:
        """Factors with the same mark are equal, even if they stand for parts of a larger tensor."""
        return self.atom.own_key, self.power


@dataclass(frozen=True)
class Divisor:
    """The divisor of a gradient after everything else: a count of samples, a scale."""

    text: str
    value: Fraction | int | None = None
    cancels: bool = False
    """False for a count that must stay: `2 * (Y - labelY) / 2` shows that there are two outputs."""


@dataclass(frozen=True, eq=False)
class Product:
    """number * factors / factors below / divisors."""

    number: Fraction = ONE
    factors: tuple[Factor, ...] = ()
    divisors: tuple[Divisor, ...] = ()
    decimal: bool = False
    """True if the number is written with a decimal point, as 0.5, not as a fraction."""
    literal: str = ""
    """The number as written in the forward text, without its sign; empty for a computed one."""

    @cached_property
    def shape(self) -> Shape:
        """The shape of its text."""
        return joint_shape(factor.atom.shape for factor in self.factors)

    @property
    def is_number(self) -> bool:
        """True if it reads no tensor."""
        return not self.factors

    def __neg__(self) -> Product:
        return replace(self, number=-self.number)

    def __mul__(self, other: Product) -> Product:
        return Product(
            self.number * other.number,
            _merged([*self.factors, *other.factors]),
            other.divisors + self.divisors,
            self.decimal or other.decimal,
            self._literal_times(other.number) or other._literal_times(self.number),
        )

    def _literal_times(self, number: Fraction | int) -> str:
        """The literal, if multiplying by another number leaves it unchanged."""
        return self.literal if abs(number) == 1 else ""

    def __truediv__(self, other: Product) -> Product:
        return self * other.power(Fraction(-1))

    def scaled(self, number: Fraction | int, decimal: bool = False) -> Product:
        """The product times a number."""
        return replace(
            self,
            number=self.number * number,
            decimal=self.decimal or decimal,
            literal=self._literal_times(number),
        )

    def over(self, divisor: Divisor) -> Product:
        """The product with a further divisor."""
        return replace(self, divisors=(divisor, *self.divisors))

    def power(self, power: Fraction, raised: bool = False) -> Product:
        """The product raised to a power. Only whole powers apply to the factors: sqrt(a**2) is not a."""
        if power == 0:
            return Product()
        if power == 1:
            return self
        whole = power.denominator == 1
        if self.is_number and whole and not self.divisors and self.number:
            return Product(self.number**power.numerator, decimal=self.decimal)
        single = len(self.factors) == 1 and self.number == 1 and not self.divisors
        if single and whole:
            only = self.factors[0]
            raised = (raised or only.raised) and only.power * power < 0
            return Product(factors=(Factor(only.atom, only.power * power, raised),))
        if power == -1 and not self.divisors and self.number:
            turned = tuple(replace(f, power=-f.power, raised=False) for f in self.factors)
            return Product(1 / self.number, turned, decimal=self.decimal)
        return Product(factors=(Factor(self.atom, power, raised and power < 0),))

    def split(self, keep: Callable[[Factor], bool]) -> tuple[Product, Product]:
        """The selected factors as a product, and all the rest with the number and the divisors."""
        kept = tuple(factor for factor in self.factors if keep(factor))
        rest = tuple(factor for factor in self.factors if not keep(factor))
        return Product(factors=kept), replace(self, factors=rest)

    @cached_property
    def atom(self) -> Atom:
        """The whole product as an atom."""
        only = self.factors[0] if len(self.factors) == 1 else None
        if only and not only.below and self.number == 1 and not self.divisors:
            return only.atomic()
        return Atom(*self._written(), self.shape, ("*", self))

    @property
    def text(self) -> str:
        """Its source text."""
        return self.atom.text

    def turned(self) -> Product:
        """The same with a minus sign moved into a difference, if it has one: -(a - b) is b - a."""
        if self.number >= 0:
            return self
        for at, factor in enumerate(self.factors):
            if factor.power.denominator == 1 and factor.power.numerator % 2:
                atom = _negated(factor.atom)
                if atom is not None:
                    factors = (*self.factors[:at], replace(factor, atom=atom), *self.factors[at + 1 :])
                    return replace(self, number=-self.number, factors=factors)
        return self

    def _written(self) -> tuple[str, int]:
        top, bottom, divisors = self._numbers()
        above = [factor.atomic() for factor in self.factors if not factor.below]
        below = [factor.atomic(-factor.power) for factor in self.factors if factor.below]
        lead = [top] if top != "1" or not above else []
        parts = [*lead, *_factors(above)]
        text = " * ".join(parts)
        under = [bottom] * (bottom != "1") + [atom.within(SIGN) for atom in below]
        if len(under) > 1:
            text += f" / ({' * '.join(under)})"
        elif under:
            alone = bottom if bottom != "1" else below[0].within(SIGN)
            text += f" / {alone}"
        text += "".join(f" / {divisor}" for divisor in divisors)
        if self.number < 0:
            return f"-{text}", SUM
        if len(parts) > 1 or under or divisors:
            return text, PRODUCT
        return (above[0].text, above[0].tight) if above else (text, ATOM)

    def _numbers(self) -> tuple[str, str, list[str]]:
        """The number above and below the line, and the divisors, with cancellation."""
        number = abs(self.number)
        top = number.numerator
        cancelling = [divisor for divisor in self.divisors if divisor.value and divisor.cancels]
        value = math.prod((Fraction(divisor.value or 1) for divisor in cancelling), start=ONE)
        common = 1 if self.decimal or value.denominator > 1 else math.gcd(top, value.numerator)
        divisors: list[str] = []
        for divisor in self.divisors:
            if divisor not in cancelling:
                divisors.append(divisor.text)
            elif divisor is cancelling[0] and value != common:
                alone = len(cancelling) == common == 1
                divisors.append(divisor.text if alone else _decimal(value / common))
        if self.literal and common == 1:
            return self.literal, "1", divisors
        if not self.decimal:
            return str(top // common), str(number.denominator), divisors
        text, under = _decimal(number), _decimal(1 / number) if number else ""
        if len(text) > LONG_DECIMAL and len(under) < len(text):
            return "1", under, divisors
        return text, "1", divisors


def _negated(atom: Atom) -> Atom | None:
    """The negated atom without a minus sign, for a difference or a sum over one; None for any other."""
    match atom.form:
        case ("-", left, right):
            return difference(right, left)
        case ("sum", inside, axes, keep, axis):
            turned = replace(inside, number=-inside.number).turned()
            return summation(turned, axes, keep, axis) if turned.number > 0 else None
    return None


def _decimal(number: Fraction) -> str:
    if number.denominator == 1 and abs(number) < 10**16:
        return str(number.numerator)
    text = repr(float(number))
    return text.replace("e-0", "e-").replace("e+", "e")


def _factors(above: list[Atom]) -> list[str]:
    """The factors of a product as texts; a matrix product beside an array needs parentheses."""
    arrays = sum(atom.shape != () for atom in above)
    texts = []
    for atom in above:
        bare = atom.form[:1] == ("@",) and arrays == 1
        texts.append(atom.text if bare else atom.within(SIGN))
    return texts


def _merged(factors: list[Factor]) -> tuple[Factor, ...]:
    """Each atom once: equal ones merge into a power, and disappear if it is 0."""
    found: dict[str, Factor] = {}
    for factor in factors:
        key = factor.atom.key
        known = found.get(key)
        if known is None:
            found[key] = factor
            continue
        power = known.power + factor.power
        plain = known.atom if not known.atom.stands_for or power < 0 else factor.atom
        raised = (known.raised or factor.raised) and power < 0
        found[key] = Factor(plain, power, raised)
    return tuple(factor for factor in found.values() if factor.power != 0)


def named(text: str, shape: Shape) -> Atom:
    """A tensor by its name."""
    return Atom(text, ATOM, shape)


def of(atom: Atom, power: Fraction | int = 1) -> Product:
    """The atom as a product; a 1, such as the gradient of the loss, is not a factor."""
    if atom.text == "1":
        return Product()
    return Product(factors=(Factor(atom, Fraction(power)),))


def number(value: Fraction | int, decimal: bool = False, literal: str = "") -> Product:
    """A number as a product; `literal` is its form in the forward text."""
    return Product(Fraction(value), decimal=decimal, literal="" if value == 1 else literal)


def difference(left: Atom, right: Atom) -> Atom:
    """left - right, which can be reversed."""
    text = f"{left.within(SUM)} - {right.within(PRODUCT)}"
    if right.text.startswith("-") and right.tight == PRODUCT:
        text = f"{left.within(SUM)} + {right.text[1:]}"
    return Atom(text, SUM, joint_shape([left.shape, right.shape]), ("-", left, right))


def reordered(atom: Atom, order: Sequence[int]) -> Atom:
    """The atom with its axes permuted, as by `transpose`: two permutations become one, or none."""
    if atom.form[:1] == ("order",):
        inner, before = atom.form[1:3]
        return reordered(inner, [before[axis] for axis in order])
    axes = list(range(len(order)))
    if list(order) == axes:
        return atom
    if list(order) == [*axes[:-2], axes[-1], axes[-2]]:
        if atom.form[:1] == ("@",) and min(len(side.shape) for side in atom.form[1:3]) > 1:
            return matmul(flipped(atom.form[2]), flipped(atom.form[1]))
        if atom.form[:1] == ("sum",) and not atom.form[3] and _is_matmul_stack(atom):
            return summation(of(flipped(atom.form[1].atom)), atom.form[2], False, atom.form[4])
        if atom.form[:1] == ("outer",):
            return outer(atom.form[2], atom.form[1])
        if atom.form[:1] == ("quoted @",) and matmul(*map(flipped, atom.form[:0:-1])).key == atom.key:
            return atom  # H.T @ H is its own transpose.
    shape = tuple(atom.shape[axis] for axis in order)
    return Atom(_reordered_text(atom, order), ATOM, shape, ("order", atom, tuple(order)))


def _is_matmul_stack(total: Atom) -> bool:
    """True for a sum of the matrices of one stack, each of which is a matrix product."""
    _, product, axes = total.form[:3]
    return product.atom.form[:1] == ("@",) and list(axes) == list(range(len(product.shape) - 2))


def _reordered_text(atom: Atom, order: Sequence[int]) -> str:
    """`.T` for a matrix, `swapaxes` if two axes are exchanged, else `transpose`."""
    rank = len(order)
    moved = [axis for axis, before in enumerate(order) if axis != before]
    if rank == 2:
        return f"{atom.within(ATOM)}.T"
    if len(moved) > 2:
        return f"transpose({atom.text}, ({', '.join(map(str, order))}))"
    axes = "-1, -2" if moved == [rank - 2, rank - 1] else ", ".join(map(str, moved))
    return f"swapaxes({atom.text}, {axes})"


def transposed(atom: Atom) -> Atom:
    """`.T` of a matrix; that of a transpose or of a matrix product is simplified."""
    return reordered(atom, range(len(atom.shape))[::-1])


def flipped(atom: Atom) -> Atom:
    """The last two axes exchanged: the operand of a matrix product in the backward pass."""
    rank = len(atom.shape)
    return atom if rank < 2 else reordered(atom, [*range(rank - 2), rank - 1, rank - 2])


def matmul(left: Atom, right: Atom) -> Atom:
    """left @ right."""
    shape = _matmul_shape(left.shape, right.shape)
    # Of several in a row the first is computed first.
    first = left.text if left.form[:1] == ("@",) else left.within(SIGN)
    return Atom(f"{first} @ {right.within(SIGN)}", PRODUCT, shape, ("@", left, right))


def _matmul_shape(left: Shape, right: Shape) -> Shape:
    if len(left) == 1 or len(right) == 1:
        return left[:-1] + (right[:-2] + right[-1:] if len(right) > 1 else ())
    return (*joint_shape([left[:-2], right[:-2]]), left[-2], right[-1])


def outer(left: Atom, right: Atom) -> Atom:
    """The outer product of two vectors."""
    shape = (math.prod(left.shape), math.prod(right.shape))
    return Atom(f"outer({left.text}, {right.text})", ATOM, shape, ("outer", left, right))


def reshaped(atom: Atom, shape: Shape, sizes: Sequence[int]) -> Atom:
    """`.reshape(sizes)`, where -1 may stand for one of the sizes; of two reshapes only the last remains."""
    if atom.form[:1] == ("reshape",):
        atom = atom.form[1]
    if atom.form[:1] == ("[]",) and _only_drops(atom.form[1].shape, atom.form[2]):
        atom = atom.form[1]
    if atom.shape == shape and -1 not in sizes:
        return atom
    if atom.form[:1] == ("sum",) and atom.form[3] and -1 not in sizes:
        found = summation(atom.form[1], atom.form[2], False, atom.form[4])
        if found.shape == shape:
            return found
    listed = ", ".join(map(str, sizes)) if sizes else "()"
    return Atom(f"{atom.within(ATOM)}.reshape({listed})", ATOM, shape, ("reshape", atom))


def choice(condition: str, yes: Product, no: Product, shape: Shape) -> Atom:
    """where(condition, yes, no)."""
    text = f"where({condition}, {yes.text}, {no.text})"
    key = condition.replace(" ", "")
    return Atom(
        text, ATOM, joint_shape([shape, yes.shape, no.shape]), ("where", condition, key, yes, no, shape)
    )


def indexed(atom: Atom, parts: Sequence[str], shape: Shape) -> Atom:
    """atom[parts]; whole axes at the end are omitted."""
    parts = list(parts)
    while parts and parts[-1] == ":":
        parts.pop()
    if not parts:
        return atom
    if atom.form[:1] == ("sum",) and atom.form[3] and _undoes_sum(atom.form[2], parts):
        return summation(atom.form[1], atom.form[2], False)
    new = ["0" if part == "None" else part for part in parts]
    if atom.form[:1] == ("sum",) and not atom.form[3] and "0" not in parts and _undoes_sum(atom.form[2], new):
        return summation(atom.form[1], atom.form[2], True, atom.form[4])
    inner, outer_parts = atom.form[1:3] if atom.form[:1] == ("[]",) else (None, None)
    if inner is not None and (_undoes(outer_parts, parts) or _puts_back(inner.shape, outer_parts, parts)):
        return inner  # type: ignore[no-any-return]
    if inner is not None and not {*outer_parts, *parts} - {":", "None"}:
        return indexed(inner, _in_a_row(outer_parts, parts), shape)
    if inner is not None and all(map(_is_slice, (*outer_parts, *parts))):
        return indexed(inner, _sliced_twice(inner.shape, outer_parts, parts, shape), shape)
    kept = inner is not None and inner.form[:1] == ("sum",) and inner.form[3]
    if kept and _undoes_sum(inner.form[2], _taken_in_a_row(outer_parts, parts)):
        return summation(inner.form[1], inner.form[2], False)
    return Atom(f"{atom.within(ATOM)}[{', '.join(parts)}]", ATOM, shape, ("[]", atom, parts))


def _undoes_sum(axes: Sequence[int], taken: Sequence[str]) -> bool:
    """True if an index drops exactly the axes that a sum kept."""
    return not set(taken) - {":", "0"} and [at for at, part in enumerate(taken) if part == "0"] == list(axes)


def _undoes(put: Sequence[str], taken: Sequence[str]) -> bool:
    """True if an index drops exactly the axes that the previous one inserted."""
    if set(put) - {":", "None"} or set(taken) - {":", "0"}:
        return False
    return ["0" if part == "None" else part for part in put] == list(taken)


def _only_drops(shape: Shape, taken: Sequence[str]) -> bool:
    """True if an index drops axes of length 1, and does nothing else."""
    return not set(taken) - {":", "0"} and all(size == 1 for size, part in zip(shape, taken) if part == "0")


def _puts_back(shape: Shape, taken: Sequence[str], put: Sequence[str]) -> bool:
    """True if an index inserts again exactly the axes of length 1 that the previous one dropped."""
    if set(taken) - {":", "0"}:
        return False
    same = ["None" if part == "0" else part for part in taken] == list(put)
    return same and all(size == 1 for size, part in zip(shape, taken) if part == "0")


def _in_a_row(first: Sequence[str], then: Sequence[str]) -> list[str]:
    """One index that inserts the new axes of two."""
    left = iter(first)
    both = [next(left, ":") if part == ":" else part for part in then]
    return [*both, *left]


def _is_slice(part: str) -> bool:
    """True for `1:3`, without a step."""
    start, colon, stop = part.partition(":")
    return bool(colon) and all(not side or side.isdecimal() for side in (start, stop))


def _sliced_twice(shape: Shape, first: Sequence[str], then: Sequence[str], taken: Shape) -> list[str]:
    """One index that takes what two slices take of a tensor; `taken` is the shape of that."""
    parts = []
    for axis, (size, length) in enumerate(zip(shape, taken)):
        before = (index[axis] for index in (first, then) if axis < len(index))
        start = sum(int(part.partition(":")[0] or 0) for part in before)
        stop = "" if start + length == size else str(start + length)
        parts.append(f"{start or ''}:{stop}")
    return parts


def _taken_in_a_row(first: Sequence[str], then: Sequence[str]) -> list[str]:
    """One index that takes what two take of the axes that are there."""
    left = iter(then)
    return [*(next(left, ":") if part == ":" else part for part in first), *left]


def expanded(product: Product, axes: Sequence[int], rank: int) -> Product:
    """The product with new axes of length 1 at these positions of a result with `rank` axes."""
    kept = [axis for axis in range(rank) if axis not in axes]

    def wider(factor: Factor) -> Factor:
        size = len(factor.atom.shape)
        if not size:
            return factor
        first = kept[len(kept) - size]
        places = range(first, rank)
        parts = ["None" if axis in axes else ":" for axis in places]
        sizes = iter(factor.atom.shape)
        shape = tuple(1 if axis in axes else next(sizes) for axis in places)
        return replace(factor, atom=indexed(factor.atom, parts, shape))

    return replace(product, factors=tuple(wider(factor) for factor in product.factors))


def squeezed(product: Product, axes: Sequence[int], rank: int) -> Product:
    """The product without these axes, which have length 1; `rank` is that of the result before."""

    def narrower(factor: Factor) -> Factor:
        first = rank - len(factor.atom.shape)
        parts = ["0" if axis in axes else ":" for axis in range(first, rank)]
        shape = tuple(size for axis, size in zip(range(first, rank), factor.atom.shape) if axis not in axes)
        return replace(factor, atom=indexed(factor.atom, parts, shape))

    return replace(product, factors=tuple(narrower(factor) for factor in product.factors))


@dataclass(frozen=True)
class Sizes:
    """A shape, and a way to write the length of each axis: a number, or `size(X, 0)`."""

    shape: Shape
    count: Callable[[int], Product] = field(compare=False)


def total(product: Product, over: Sizes, axes: Sequence[int], keep: bool, axis: str = "") -> Product:
    """The sum of the product, broadcast to `over.shape`, over axes; factors that are constant along them stay
    outside.

    `axis` is how a rule writes the axes, if not by their numbers: then a sum of one cell is written, too.
    """
    shape, rank = over.shape, len(over.shape)
    axes = sorted(axes)

    def spans(factor: Factor) -> set[int]:
        size = factor.atom.shape
        first = rank - len(size)
        return {a for a in axes if a >= first and (size[a - first] != 1 or shape[a] == 1)}

    def inner(factor: Factor) -> bool:
        if spans(factor):
            return True
        size = len(factor.atom.shape)
        return not keep and any(a >= rank - size for a in axes)

    inside, outside = product.split(inner)
    spanned = {a for factor in inside.factors for a in spans(factor)}
    outside = _counted(outside, [over.count(a) for a in axes if a not in spanned and shape[a] != 1])
    first = rank - len(inside.shape)
    if keep:
        summed = [a for a in axes if a in spanned and (shape[a] != 1 or axis)]
    else:
        summed = [a for a in axes if a >= first]
    if not summed:
        return inside * outside
    if keep and summed == [rank - 1] and [f.atom.form for f in inside.factors] == [("one_hot",)]:
        return outside  # One class per row.
    return outside * of(summation(inside, [a - first for a in summed], keep, axis))


def _counted(product: Product, counts: list[Product]) -> Product:
    """The product times numbers of cells; an earlier division by the same number cancels with them."""
    for several in ([count for count in counts if count.is_number], *([count] for count in counts)):
        together = math.prod(several, start=Product()).text
        divisors = list(product.divisors)
        for divisor in product.divisors if several else ():
            if divisor.text == together:
                divisors.remove(divisor)
                left = [count for count in counts if count not in several]
                return _counted(replace(product, divisors=tuple(divisors)), left)
    for count in counts:
        product = count * product
    return product


def summation(product: Product, axes: Sequence[int], keep: bool, axis: str = "") -> Atom:
    """sum(product, axis=…, keepdims=True)."""
    inside = product.atom
    shape = inside.shape
    everything = len(axes) == len(shape)
    form = ("sum", product, axes, keep, axis)
    if not axis:
        axis = str(axes[0]) if len(axes) == 1 else f"({', '.join(map(str, axes))})"
    over = "" if everything and not axis.startswith("-") else f", axis={axis}"
    kept = ", keepdims=True" if keep else ""
    left = tuple(1 if a in axes else size for a, size in enumerate(shape) if keep or a not in axes)
    return Atom(f"sum({inside.text}{over}{kept})", ATOM, left, form)


def unbroadcast(product: Product, over: Sizes, shape: Shape) -> Product:
    """The sum over the axes along which an operand of this shape was broadcast to `over`."""
    lead = len(over.shape) - len(shape)
    ones = [lead + at for at, size in enumerate(shape) if size == 1 and over.shape[lead + at] != 1]
    if ones and lead:
        return squeezed(total(product, over, [*range(lead), *ones], keep=True), range(lead), len(over.shape))
    if ones:
        product = total(product, over, ones, keep=True)
    if lead:
        product = total(product, over, range(lead), keep=False)
    return product
