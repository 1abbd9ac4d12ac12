"""The reverse pass: from the trees of the forward equations to the equations of every gradient.

The equations are processed from the last to the first. Each passes the gradient of its result down its tree,
by the rule of each operation, to the tensors that it reads. Once all readers of a tensor have done so, the
sum of their contributions is that tensor's gradient and becomes an equation.
"""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace

from bpstep.errors import ExpressionError
from bpstep.lang import parser
from bpstep.lang.activations import ACTIVATIONS
from bpstep.lang.functions import NAMES
from bpstep.lang.shape_rules import Shape
from bpstep.lang.shapes import result_shape, shape_of, shape_text
from bpstep.lang.trees import short
from bpstep.program import messages
from bpstep.program.derivation.delta_names import DeltaNames
from bpstep.program.derivation.equations import DerivedEquation, ForwardEquation
from bpstep.program.derivation.gradients import GradientWriter
from bpstep.program.derivation.reverse_walk import Context, ReverseWalk
from bpstep.program.derivation.rules import SMOOTH
from bpstep.program.derivation.shift_invariance import reductions_without_gradient
from bpstep.program.derivation.structure import active_names, is_active
from bpstep.program.derivation.table import RULES
from bpstep.program.derived_forms import DerivedForm
from bpstep.program.program import for_equation
from bpstep.text import fill

_NAME = re.compile(r"[A-Za-z_]\w*")


def derive(
    forward: Sequence[tuple[str, str]],
    batches: Sequence[Mapping[str, Shape]],
    parameters: Collection[str],
    reserved: Collection[str] = (),
) -> list[DerivedEquation]:
    """The backward pass of `forward`: pairs of a name and a right-hand side, of which the last is the loss.

    `batches` are the shapes of all initial tensors, for each kind of batch, the usual one first. `parameters`
    are the tensors whose gradients are wanted. No derived tensor gets a `reserved` name. ExpressionError,
    with `equation` set, if a name is written twice, exists from the start or is that of a called function, if
    the loss is not a scalar or does not depend on a parameter, or if a derivative is unknown.
    """
    all_shapes = [dict(batch) for batch in batches]
    definitions: dict[str, ForwardEquation] = {}
    written = [name for name, _ in forward]
    for name, source in forward:
        try:
            if name in definitions:
                raise ExpressionError(fill(messages.WRITTEN_TWICE))
            if name in batches[0]:
                raise ExpressionError(fill(messages.EXISTS_FROM_THE_START))
            definitions[name] = _read(name, " ".join(source.split()), all_shapes, written)
        except ExpressionError as error:
            raise for_equation(name, error) from None

    loss = forward[-1][0]
    held = reductions_without_gradient(definitions, all_shapes, loss)

    def context(matrix_factors: bool) -> Context:
        names = DeltaNames(all_shapes[0], {*reserved, *NAMES})
        active = _changed_by(parameters, definitions, held)
        return Context(
            all_shapes,
            tuple(parameters),
            definitions,
            loss,
            names,
            RULES,
            active,
            held,
            matrix_factors=matrix_factors,
        )

    first = context(matrix_factors=True)
    _count_reads(first)
    if held and _unread(first):
        held.clear()
        first = context(matrix_factors=True)
        _count_reads(first)
    _check_loss(first)
    derived = list(_reverse(first))
    if _mixes_forms(derived, parameters):
        derived = list(_reverse(context(matrix_factors=False)))
    derived = _without_unread_parts(derived)
    _check_calls(all_shapes[0], [*forward, *((line.name, line.source) for line in derived)])
    return derived


def _without_unread_parts(derived: Sequence[DerivedEquation]) -> list[DerivedEquation]:
    """The equations without parts that no other reads, since what they contribute has cancelled.

    The other parts of the same gradient take their numbers.
    """
    read: set[str] = set()
    dropped: set[str] = set()
    for line in reversed(derived):
        if line.form == DerivedForm.PART and line.name not in read:
            dropped.add(line.name)
        else:
            read.update(_NAME.findall(line.source))
    if not dropped:
        return list(derived)
    kept = [line for line in derived if line.name not in dropped]
    stems = set(map(_stem, dropped))
    renamed: dict[str, str] = {}
    for stem in stems:
        before, after = (
            [line.name for line in lines if line.form == DerivedForm.PART and _stem(line.name) == stem]
            for lines in (derived, kept)
        )
        renamed.update(zip(after, before))

    def new_name(found: re.Match[str]) -> str:
        return renamed.get(found[0], found[0])

    return [
        replace(line, name=renamed.get(line.name, line.name), source=_NAME.sub(new_name, line.source))
        for line in kept
    ]


def _stem(part: str) -> str:
    """The name of the gradient that a part is numbered by."""
    return part.rpartition("_part")[0]


def _mixes_forms(derived: Sequence[DerivedEquation], parameters: Collection[str]) -> bool:
    """True if the backward pass names W.T in its own line for some matrix products but not for others."""
    apart = {line.by for line in derived if line.form == DerivedForm.FACTOR_MATMUL}
    through = {line.by for line in derived if "@" in line.rules} - set(parameters)
    inside = any(
        line.form == DerivedForm.INNER or (line.by in parameters and {*line.rules} & {*ACTIVATIONS, *SMOOTH})
        for line in derived
    )
    return bool(apart) and (apart != through or inside)


def _read(
    name: str, source: str, all_shapes: list[dict[str, Shape]], written: Collection[str]
) -> ForwardEquation:
    """The equation with its tree; its result's shape is added to those of each kind of batch."""
    tree = parser.parse(source, all_shapes[0], max_length=None, not_yet_computed=written)
    nodes: list[dict[int, Shape]] = []
    for shapes in all_shapes:
        nodes.append({})
        shape_of(tree, shapes, nodes[-1])
        shapes[name] = result_shape(tree, shapes)
    return ForwardEquation(name, source, tree, nodes)


def _changed_by(
    parameters: Collection[str], definitions: Mapping[str, ForwardEquation], held: Collection[int]
) -> set[str]:
    """The tensors that depend on the parameters, including these."""
    found = set(parameters)
    for equation in definitions.values():
        if is_active(equation.tree, found, held):
            found.add(equation.name)
    return found


def _count_reads(context: Context) -> None:
    """Record in each equation on the way to the loss how often it reads each tensor that gets a gradient."""
    reached = {context.loss}
    for equation in reversed(context.definitions.values()):
        if equation.name in reached:
            equation.reads = dict(Counter(active_names(equation.tree, context.active, context.held)))
            reached.update(equation.reads)


def _check_loss(context: Context) -> None:
    """Refuse a loss of several numbers, and one that does not depend on a parameter."""
    shape = context.shape(context.loss)
    if shape:
        error = ExpressionError(fill(messages.LOSS_NOT_A_NUMBER, shape=shape_text(shape)))
        raise for_equation(context.loss, error)
    for parameter in _unread(context):
        raise _without_gradient(context, parameter)


def _unread(context: Context) -> list[str]:
    """The parameters that the loss does not see."""
    read = {tensor for equation in context.definitions.values() for tensor in equation.reads}
    return [parameter for parameter in context.parameters if parameter not in read]


def _without_gradient(context: Context, parameter: str) -> ExpressionError:
    """The error for a parameter that gets no gradient: an operation has no slope, or nothing reads it."""
    used = {context.loss}
    for equation in reversed(context.definitions.values()):
        if equation.name in used:
            used.update(parser.reads(equation.tree))
    changed = {parameter} & used
    for equation in context.definitions.values():
        names = changed.intersection(parser.reads(equation.tree))
        if equation.name in used and names:
            changed.add(equation.name)
            if not is_active(equation.tree, names):
                slots = {"operation": short(_without_slope(equation.tree, names)), "parameter": parameter}
                return for_equation(equation.name, ExpressionError(fill(messages.NO_SLOPE, **slots)))
    error = ExpressionError(fill(messages.LOSS_WITHOUT_PARAMETER, parameter=parameter))
    return for_equation(context.loss, error)


def _without_slope(tree: ast.expr, names: Collection[str]) -> ast.expr:
    """The innermost operation that reads one of the tensors but passes no gradient back."""
    for child in ast.iter_child_nodes(tree):
        if (
            isinstance(child, ast.expr)
            and set(names).intersection(parser.reads(child))
            and not is_active(child, names)
        ):
            return _without_slope(child, names)
    return tree


def _check_calls(tensors: Collection[str], equations: Sequence[tuple[str, str]]) -> None:
    """Refuse a tensor with the name of a function that an equation calls: `var` is fine until `var(x)`."""
    for tensor in set(tensors) & set(NAMES):
        for name, source in equations:
            if re.search(rf"\b{tensor}\(", source):
                error = ExpressionError(fill(messages.CALLS_A_TENSOR, equation=name, name=tensor))
                raise for_equation(tensor, error)


def _reverse(context: Context) -> Iterator[DerivedEquation]:
    """The equations of the backward pass, in order."""
    occurrences: Counter[str] = Counter()
    first_reader: dict[str, str] = {}
    for equation in context.definitions.values():
        occurrences.update(equation.reads)
        for tensor in equation.reads:
            first_reader.setdefault(tensor, equation.name)
    writer = GradientWriter(context, occurrences)
    for equation in reversed(context.definitions.values()):
        if equation.name in writer.gradients:
            ReverseWalk(context, equation).start(writer.gradients[equation.name])
        # In reverse, the first reader contributes last.
        complete = [tensor for tensor in equation.reads if first_reader[tensor] == equation.name]
        for tensor in sorted(complete, key=lambda tensor: tensor not in context.parameters):
            writer.write(tensor)
        yield from context.lines
        context.lines.clear()
