"""Sentences about gradients in networks that are given by their forward equations.

What an equation does is read from its tree and from how the derivation made it. Nothing is assumed about what
the tensors stand for.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator

import numpy as np

from bpstep.explain.arithmetic import cell_arithmetic
from bpstep.explain.elementwise import expand_cell
from bpstep.explain.numbers import format_short
from bpstep.explain.prose import extremes
from bpstep.explain.prose.context import SentenceContext, first_filled
from bpstep.explain.prose.equation_text import (
    addend_text,
    addends,
    any_matrix_product,
    condition_text,
    count_of_einsum_products,
    count_of_products,
    part_text,
    shown_cell,
)
from bpstep.explain.prose.products import ProductBack, product_back
from bpstep.explain.prose.rounding import is_rounding
from bpstep.explain.scalar import Apply, Cell, Fold, Number, Scalar
from bpstep.explain.sums_back import sums_back
from bpstep.lang.cells import cell_name
from bpstep.lang.shapes import shape_of
from bpstep.lang.trees import function_name
from bpstep.program.derivation.structure import moved_tensor
from bpstep.program.derived_forms import DerivedForm
from bpstep.program.program import RoleKind
from bpstep.text import listed_with_and

_FACTOR = (
    "How {of} changes with {by}, cell by cell: at {place}, {of} changes {value} times as much as {by}.",
    "How {of} changes with {by}: here {value} times as much.",
)
_FACTOR_MASK = {
    True: (
        "{condition} holds at {place}: {of} changes there by as much as {by} does, so the slope is {value}.",
        "The condition holds here: {of} changes by as much as {by} does, so the slope is {value}.",
    ),
    False: (
        "{condition} does not hold at {place}: {of} does not change there with {by}, so the slope is "
        "{value}.",
        "The condition does not hold here: {of} does not change with {by}, so the slope is {value}.",
    ),
}
_MATRIX_FACTOR = (
    "{of} changes with {by} by a matrix: {name} is {source}, what the gradient of {of} is multiplied by on "
    "its way back.",
)
_INNER = (
    "{name} is the gradient of {inner}, which {function} turns into {by}. Several gradients need it, so it "
    "is computed once: {value}.",
    "{name} is the gradient of what {function} turns into {by}. Several gradients need it, so it is computed "
    "once: {value}.",
)
_INNER_SOFTMAX = (
    "Each input changes all softmax outputs, so the output-weighted mean of their gradients is "
    "subtracted. {inner} has the gradient {value} here.",
    "Each input changes all softmax outputs, so the output-weighted mean of their gradients is subtracted: "
    "{value}.",
)
_INNER_OF_MANY = (
    "{name} is the gradient of a result within the equation of {by}. Several gradients need it, so it is "
    "computed once: {value}.",
)
_INNER_ROUNDING = (
    "0 apart from rounding: the terms cancel, and {value} is what float64 leaves of them. The gradient of "
    "this result within the equation of {by} is 0.",
)
_WITHIN = (
    "{name} is the gradient of {loss} with respect to {inner}, an unnamed result within the equation of "
    "{by}: here {value}.",
    "{name} is the gradient of {loss} with respect to a result within the equation of {by}: here {value}.",
)
_SCALED = (
    "{name} is {scale} times the gradient of {loss} with respect to {target}, in every cell: here {value}.",
    "{name} is {scale} times the gradient of {target}: here {value}.",
)
_PART = ("A part of the gradient of {by}, on a line of its own because the whole is long: {value}.",)
_PART_REPEATED = (
    "{name} appears several times in the equation of {reader}, so it is computed once: {value}.",
)
_PART_OF_FORWARD = (
    "{name} is {written}, a part of the equation of {reader} that its gradients need: {value}.",
    "{name} is a part of the equation of {reader} that its gradients need: {value}.",
)
_PART_MASK = (
    "Which numbers of {by} the gradient comes back to: 1 where {condition}, else 0; here {value}.",
    "Which numbers of {by} the gradient comes back to: 1 for these, 0 for the others; here {value}.",
)
_PART_MASK_WITHIN = (
    "Which numbers within the equation of {by} the gradient comes back to: 1 where {condition}, else 0; "
    "here {value}.",
    "Which numbers within the equation of {by} the gradient comes back to: 1 for these, 0 for the others; "
    "here {value}.",
)
_VIA = (
    "What comes back to {by} through {readers} alone: {value}. {by} is read elsewhere too, and all of it is "
    "added up.",
    "What comes back to {by} through {readers} alone: {value}.",
)
_VIA_BROADCAST = (
    "{target} is used in {count} places in {readers}; what comes back from these is added up: {value}. More "
    "comes back through others.",
    *_VIA,
)
_VIA_WITH_NUMBERS = (
    "{source} comes back through {readers}, which changes {slope} times as much as {target}: {value}. More "
    "comes back through others.",
    *_VIA,
)
_VIA_WITHOUT_SLOPE = (
    "{source} comes back through {readers}, which changes by as much as {target} does. More comes back "
    "through "
    "others.",
    *_VIA,
)
_VIA_PART = (
    "What comes back to the part of {by} that {readers} reads here: {value}. The gradients of the parts are "
    "put together afterwards.",
    "What comes back to a part of {by}: {value}.",
)
_VIA_PART_WITH_NUMBERS = (
    "{source} comes back through {readers}, which changes {slope} times as much as this part of {by}: "
    "{value}. The gradients of the parts are put together afterwards.",
    *_VIA_PART,
)
_ROUNDING = (
    "0 apart from rounding: the terms cancel, and {value} is what float64 leaves of them. {loss} does not "
    "depend on {target}.",
)
_VIA_ROUNDING = (
    "0 apart from rounding: the terms cancel, and {value} is what float64 leaves of them. Nothing comes back "
    "to {by} through {readers}.",
)
_VIA_BROADCAST_ROUNDING = (
    "{target} is used in {count} places in {readers}. What comes back from these cancels: {value} is what "
    "float64 leaves of 0.",
    *_VIA_ROUNDING,
)
_ADDED = (
    "{by} is read by {readers}; what comes back through each is added up: {value}.",
    "{by} is read by several equations; what comes back through each is added up: {value}.",
)
_ADDED_PRODUCTS = (
    "{target} multiplied {partners} in {reader}: these times {returned}, likewise in {others}, add up to "
    "{value}.",
    *_ADDED,
)
_ADDED_BROADCAST = (
    "{target} is used in {count} places in each of {readers}; what comes back from all of them is added up: "
    "{value}.",
    *_ADDED,
)
_ADDED_WITHIN = ("{readers} reads {by} several times; what comes back from each place is added up: {value}.",)
_BROADCAST = (
    "{target} is used in {count} places; what comes back from each is added up: {value}.",
    "{target} is used in {count} places, and what comes back is added up: {value}.",
)
_MATMUL = (
    "{target} multiplied {partners}: these {count} numbers times {returned} add up to {value}.",
    "{target} multiplied {partners}: these times {returned} add up to {value}.",
    "{target} multiplied {count} numbers in {readers}; each times what comes back for its product adds up to "
    "{value}.",
    "{target} multiplied {count} numbers; each times what comes back for its product adds up to {value}.",
    "What comes back for each product of {target}, times the other factor, adds up to {value}.",
)
_MATMUL_DIVIDED = (
    "{target} multiplied {partners}: these {count} numbers times {returned}, divided by {other}, add up to "
    "{value}.",
    "{target} multiplied {partners}: these {count} numbers times {returned}, divided by {divisor}, add up to "
    "{value}.",
    "{target} multiplied {count} numbers; each times what comes back for its product, divided by {other}, "
    "adds up to {value}.",
    "What comes back for each product of {target}, times the other factor, divided by {other}, adds up to "
    "{value}.",
)
_MATMUL_WITHIN = (
    "{target} acts on {readers} through a matrix product. @ adds up what comes back from there, and with the "
    "rest of the equation that is {value}.",
    "A matrix product adds up what comes back to {target}, and with the rest of the equation that is "
    "{value}.",
)
_MATMUL_OF_ONE = (
    "{target} multiplied {partners}: that number times {returned}, which comes back, is {value}.",
    "{target} multiplied one number; what comes back for the product, times that number, is {value}.",
)
_EINSUM = (
    "{target} appears in {count} products in {readers}; what comes back for each, times its other factors, "
    "adds up to {value}.",
    "{target} appears in {count} products; what comes back for each, times the other factors, adds up to "
    "{value}.",
)
_EINSUM_DIVIDED = (
    "{target} appears in {count} products in {readers}; what comes back for each, times its other factors, "
    "divided by {other}, adds up to {value}.",
    "{target} appears in {count} products; what comes back for each, times the other factors, divided by "
    "{divisor}, adds up to {value}.",
)
_WINDOWS = (
    "Overlapping windows copied {target} into several places of {readers}; on the way back the gradients of "
    "all its copies are added up: {value}.",
    "Overlapping windows copied {target}; the gradients of all its copies are added up: {value}.",
)
_WINDOW = (
    "Only one window of {readers} covers {target}, so there is one copy of it, whose gradient comes back: "
    "{value}.",
    "Only one window covers {target}; the gradient of this copy comes back: {value}.",
)
_WINDOWS_TIMES = (
    "Overlapping windows copied {target} into {readers}; the gradients of all its copies are added up, times "
    "{factor}: {value}.",
)
_WINDOW_TIMES = (
    "Only one window of {readers} covers {target}; the gradient of this copy comes back times {factor}: "
    "{value}.",
)
_SOFTMAX = (
    "Each input changes all softmax outputs, so the output-weighted mean of their gradients is subtracted: "
    "{value}.",
)
_LOG_SOFTMAX = (
    "Each input changes the logs of all softmax outputs, so the sum of their gradients, times the output, is "
    "subtracted: {value}.",
    "Each input changes all logs, so the sum of their gradients, times the softmax output, is subtracted: "
    "{value}.",
)
_CHAIN = (
    "The chain rule: what comes back through {readers} times its slope there: {value}.",
    "What comes back times the slope: {value}.",
)
_CHAIN_WITH_NUMBERS = (
    "{source} comes back through {readers}, which changes {slope} times as much as {target}, giving {value}.",
    "{source} comes back, times the slope {slope}: {value}.",
)
_CHAIN_WITHOUT_SLOPE = (
    "{source} comes back through {readers}, which changes by as much as {target} does: {value}.",
    "{source} comes back unchanged.",
)
_CHAIN_OF_SEVERAL = (
    "{target} changes several numbers of {readers}; what comes back through all of them adds up to {value}.",
    "{target} changes several numbers; what comes back through all of them adds up to {value}.",
)
_WITHOUT_REDUCTION = (
    "What {reduction} passes back adds up to 0, as {loss} does not change with it. Beside that, {source} "
    "comes back times {slope}: {value}.",
    "What {reduction} passes back adds up to 0; {source} comes back times {slope}: {value}.",
    "{reduction} passes nothing back. {source} comes back times {slope}: {value}.",
)
_COPIED_WITHOUT_REDUCTION = (
    "What {reduction} passes back adds up to 0, as {loss} does not change with it: the gradient of {target} "
    "is {source}, {value}.",
    "What {reduction} passes back adds up to 0, so the gradient of {target} is {source}, {value}.",
    "{reduction} passes nothing back. The gradient is {source}, {value}.",
)
_CHAIN_WITH_SLOPE_0 = (
    "{readers} does not change with {target} here, so nothing of {source} comes back.",
    "The slope is 0 here, so nothing of {source} comes back.",
)
_GATHERED = (
    "Row {row} of {by} was picked wherever {index} holds {row}; what comes back to each of these places is "
    "added up: {value}.",
    "{by} was picked by rows; what comes back to each place is added up in its row: {value}.",
)
_NOT_PICKED = (
    "Row {row} of {by} was picked nowhere, because {index} holds no {row}: nothing comes back to it, and its "
    "gradient is 0.",
    "Row {row} of {by} was picked nowhere: its gradient is 0.",
)
_SAME_PLACE = (
    "{target} only changes its place in {readers}: its gradient is {source}, {value}.",
    "{target} only changes its place: its gradient is {source}, {value}.",
)
_JOINED = ("The gradient of {by} is put together from those of its parts: here it is {source}, {value}.",)
_COPIED = (
    "{readers} changes by as much as {target} does, so the gradient of {target} is {source}, {value}.",
    "The gradient is {source}, {value}.",
)
_LOSS_SLOPE = ("How {loss} changes with {target}: {value} times as much.",)
_GRADIENT = ("The gradient of {loss} with respect to {target} is {value}.",)


def factor(m: SentenceContext) -> str:
    """A local derivative with an equation of its own."""
    role = m.step.role
    if shared := extremes.share(m):
        return shared
    slots = {"of": role.of, "by": role.by, "value": m.v, "name": m.step.name, "source": m.step.source}
    if role.form == DerivedForm.FACTOR_MATMUL:
        return first_filled(_MATRIX_FACTOR, **slots)
    place = cell_name("", m.index) if m.index else m.step.name
    match m.step.tree:
        case ast.Call(func=ast.Name("where"), args=[condition, ast.Constant(1), ast.Constant(0)]):
            return first_filled(
                _FACTOR_MASK[bool(m.value)], place=place, condition=condition_text(m, condition), **slots
            )
    return first_filled(_FACTOR, place=place, **slots)


def inner(m: SentenceContext) -> str:
    """The gradient of an intermediate result without a name of its own."""
    role = m.step.role
    slots = {"name": m.step.name, "by": role.by, "value": m.v, "loss": m.frame.program.loss}
    if is_rounding(m):
        return first_filled(_INNER_ROUNDING, **slots)
    if role.scale != 1:
        return _scaled(m, role.inner)
    if role.inner:
        return first_filled(_WITHIN, inner=role.inner, **slots)
    step = m.frame.program.steps[m.frame.program.step_indices[role.by]]
    match step.tree:
        case ast.Call(func=ast.Name(function), args=[argument], keywords=[]) if role.rules == (function,):
            subtracts = function == "softmax" and _has_sum(m.step.tree)
            templates = _INNER_SOFTMAX if subtracts else _INNER
            written = step.source[argument.col_offset : argument.end_col_offset] or ast.unparse(argument)
            return first_filled(templates, inner=written, function=function, **slots)
    return first_filled(_INNER_OF_MANY, **slots)


def contribution(m: SentenceContext) -> str:
    """The part of a gradient that comes back through some of its readers, or a part of a long sum."""
    role = m.step.role
    if told := extremes.share(m) or (role.form != DerivedForm.PART and extremes.tie(m)):
        return told
    slots = {
        "by": role.by,
        "target": _target(m),
        "readers": listed_with_and(list(role.via)),
        "count": _terms(m),
        "value": m.v,
    }
    is_broadcast = role.form in _SUMS and _terms(m) > 1
    if is_rounding(m):
        return first_filled(_VIA_BROADCAST_ROUNDING if is_broadcast else _VIA_ROUNDING, **slots)
    if role.form == DerivedForm.PART or not role.via:
        match m.step.tree:
            case ast.Call(func=ast.Name("where"), args=[condition, ast.Constant(), ast.Constant()]):
                templates = _PART_MASK_WITHIN if role.via == (role.by,) else _PART_MASK
                return first_filled(templates, by=role.by, condition=condition_text(m, condition), value=m.v)
        is_shared = sum(m.step.name in step.reads for step in m.frame.program.steps) > 1
        if is_shared and (reader := _quoted_reader(m)):
            return first_filled(
                _PART_OF_FORWARD, name=m.step.name, written=m.step.source, reader=reader, value=m.v
            )
        if reader := _repeating_reader(m):
            return first_filled(_PART_REPEATED, name=m.step.name, reader=reader, value=m.v)
        return first_filled(_PART, by=role.by, value=m.v)
    is_part = _is_joined(m)
    if passed := _passed_slope(m):
        source, slope = passed
        numbers = {"source": shown_cell(source), "slope": format_short(slope)}
        alone = _VIA_WITHOUT_SLOPE if slope == 1 else _VIA_WITH_NUMBERS
        return first_filled(_VIA_PART_WITH_NUMBERS if is_part else alone, **slots, **numbers)
    if is_part:
        return first_filled(_VIA_PART, **slots)
    return first_filled(_VIA_BROADCAST if is_broadcast else _VIA, **slots)


def _quoted_reader(m: SentenceContext) -> str:
    """The forward equation of which a part of a gradient computes a part again; empty if there is none."""
    part = ast.dump(m.step.tree)
    program = m.frame.program
    for name in m.step.role.via:
        tree = program.steps[program.step_indices[name]].tree
        if part in map(ast.dump, (*ast.walk(tree), *_quotients(tree))):
            return name
    return ""


def _quotients(tree: ast.expr) -> Iterator[ast.expr]:
    """For `g * a / b` also `a / b`, which no node of the tree is."""
    for node in ast.walk(tree):
        match node:
            case ast.BinOp(left=ast.BinOp(op=ast.Mult(), right=above), op=ast.Div(), right=below):
                yield ast.BinOp(above, ast.Div(), below)


def _is_joined(m: SentenceContext) -> bool:
    """True if the gradient that this is a part of is put together from its parts, and not added up."""
    by, program = m.step.role.by, m.frame.program
    return any(step.role.form == DerivedForm.JOIN and step.role.by == by for step in program.steps)


def _repeating_reader(m: SentenceContext) -> str:
    """The equation that reads a part several times; empty if none does."""
    name = m.step.name
    for step in m.frame.program.steps:
        read = [node for node in ast.walk(step.tree) if isinstance(node, ast.Name) and node.id == name]
        if len(read) > 1:
            return step.name
    return ""


def gradient(m: SentenceContext) -> str:
    """The gradient of a tensor."""
    role = m.step.role
    if role.scale != 1:
        return _scaled(m, role.by)
    if role.form == DerivedForm.THROUGH_SLOPE and (tied := extremes.tie(m)):
        return tied
    target = _target(m)
    loss_name = m.frame.program.loss
    if is_rounding(m):
        return first_filled(_ROUNDING, value=m.v, loss=loss_name, target=target)
    divisor = _divisor(m)
    slots = {
        "by": role.by,
        "target": target,
        "loss": loss_name,
        "readers": listed_with_and(list(role.via)) or loss_name,
        "count": _terms(m),
        "row": m.index[0] if m.index else 0,
        "index": _picking_index(m.step.tree),
        "source": _source_cell(m),
        "other": addend_text(m, divisor) if divisor else "",
        "divisor": part_text(m, divisor) if divisor else "",
        "factor": _windows_factor(m),
        "value": m.v,
    }
    if (product := _product_back(m)) and (pair := product_back(m, product)):
        slots |= {"partners": pair.partners, "returned": pair.returned}
    templates, more = _chosen_templates(m)
    note = "" if templates is _NOT_PICKED else m.sign_note(target)
    return first_filled(templates, note, **slots | more)


def _chosen_templates(m: SentenceContext) -> tuple[tuple[str, ...], dict[str, object]]:
    """The templates for what the gradient consists of, and the slots that only they have."""
    more: dict[str, object] = {}
    templates = _templates(m)
    if templates is _ADDED and (pairs := _added_products(m)):
        first, *others = pairs
        more |= first._asdict() | {"others": listed_with_and([pair.reader for pair in others])}
        templates = _ADDED_PRODUCTS
    elif templates is _ADDED and len(m.step.role.via) == 1:
        templates = _ADDED_WITHIN
    elif templates is _ADDED and (places := _added_places(m)):
        more["count"] = places
        templates = _ADDED_BROADCAST
    passed = _passed_slope(m) if templates in (_CHAIN, _GRADIENT) else None
    if passed:
        source, slope = passed
        more |= {"source": shown_cell(source), "slope": format_short(slope)}
        by_slope = {0: _CHAIN_WITH_SLOPE_0, 1: _CHAIN_WITHOUT_SLOPE}
        templates = by_slope[int(slope)] if slope in by_slope else _CHAIN_WITH_NUMBERS
    elif templates is _CHAIN and _sums_gradients(m):
        templates = _CHAIN_OF_SEVERAL
    if reduction := _reduction_without_gradient(m):
        more["reduction"] = reduction
        if templates is _CHAIN_WITHOUT_SLOPE and passed:
            more["source"] = cell_name(passed[0].name, passed[0].index)
        if templates is _COPIED or templates is _CHAIN_WITHOUT_SLOPE:
            templates = _COPIED_WITHOUT_REDUCTION
        elif templates is _CHAIN_WITH_NUMBERS:
            templates = _WITHOUT_REDUCTION
    return templates, more


def _target(m: SentenceContext) -> str:
    """The cell whose gradient the selected cell is; the tensor, if the gradient has another shape."""
    by = m.step.role.by
    same_shape = np.shape(m.frame.tensors[m.step.name]) == m.frame.program.shapes[by]
    return cell_name(by, m.index) if same_shape else by


def _passed_slope(m: SentenceContext) -> tuple[Cell, float] | None:
    """The one cell of the reader's gradient that reaches the selected cell, and its factor.

    None if several cells do, or cells of an intermediate result.
    """
    role, program = m.step.role, m.frame.program
    if len(role.via) != 1:
        return None
    gradients = [
        name
        for name in m.step.reads
        if name in program.step_indices
        and (read := program.steps[program.step_indices[name]].role).of == program.loss
        and (read.kind, read.by) == (RoleKind.GRADIENT, role.via[0])
    ]
    if len(gradients) != 1:
        return None
    scalar = cell_arithmetic(m.step, m.index, m.frame.before)
    cells = [cell for cell in _cells_in(scalar) if cell.name == gradients[0]]
    if len(cells) != 1:
        return None
    nothing, slope = (_with_number(scalar, gradients[0], number).value for number in (0.0, 1.0))
    return (cells[0], slope) if nothing == 0 and np.isfinite(slope) else None


def _reduction_without_gradient(m: SentenceContext) -> str:
    """The reduction of the tensor in its reader that nothing comes back through; empty if there is none.

    The derivation leaves out a maximum, minimum or mean that the loss does not change with.
    """
    role, program = m.step.role, m.frame.program
    for name in role.via:
        reader = program.steps[program.step_indices[name]]
        for node in ast.walk(reader.tree):
            match node:
                case ast.Call(func=ast.Name("max" | "min" | "mean" as function), args=[argument, *_]):
                    if function not in role.rules and moved_tensor(argument) == role.by:
                        return f"{function}({role.by})"
    return ""


def _cells_in(node: Scalar) -> list[Cell]:
    """The cells that are not inside sums."""
    if isinstance(node, Apply):
        return [cell for argument in node.arguments for cell in _cells_in(argument)]
    return [node] if isinstance(node, Cell) else []


def _with_number(node: Scalar, name: str, number: float) -> Scalar:
    """The arithmetic with a number in place of a tensor's cells."""
    if isinstance(node, Cell):
        return Number(number) if node.name == name else node
    if isinstance(node, Apply):
        return Apply(node.operator, tuple(_with_number(each, name, number) for each in node.arguments))
    return node


def _scaled(m: SentenceContext, target: str) -> str:
    slots = {"scale": f"{m.step.role.scale:.4g}", "loss": m.frame.program.loss, "value": m.v}
    return first_filled(_SCALED, name=m.step.name, target=target, **slots)


def _templates(m: SentenceContext) -> tuple[str, ...]:
    """The templates, by how the equation is made; if it ends in a matrix product, those of the product."""
    form = m.step.role.form
    if form == DerivedForm.GATHER_BACK and _is_not_picked(m):
        return _NOT_PICKED
    if form not in (DerivedForm.GATHER_BACK, DerivedForm.ADD_CONTRIBUTIONS) and _product_back(m) is not None:
        return _matmul_templates(m)
    if _einsum_back(m.step.tree) is not None and _terms(m) > 1:
        return _EINSUM if function_name(m.step.tree) == "einsum" else _EINSUM_DIVIDED
    if (back := _windows_back(m.step.tree)) is not None:
        several = _windows(m, back[0]) > 1
        plain, times = (_WINDOWS, _WINDOWS_TIMES) if several else (_WINDOW, _WINDOW_TIMES)
        return plain if back[1] is None else times
    if form == DerivedForm.SOFTMAX and _reads_inner(m):
        # The inner gradient has gone back through the softmax already; only the rest of the path is left.
        form = DerivedForm.SUM_OVER_BROADCAST if "broadcast" in m.step.role.rules else None
    if form == DerivedForm.SOFTMAX and not _has_sum_as_term(m.step.tree):
        # The softmax was cancelled from the sum and multiplies it instead, as after a log.
        return _LOG_SOFTMAX if m.step.role.rules[-2:] == ("log", "softmax") else _GRADIENT
    if form in _SUMS and _terms(m) == 1:
        return _CHAIN
    if form == DerivedForm.LOSS_SLOPE and _terms(m) > 1 and sums_back(m.frame.program, m.step):
        return _BROADCAST
    if form == DerivedForm.MOVED and _source_cell(m) and {"+", "-"}.intersection(m.step.role.rules):
        return _COPIED
    if form in (DerivedForm.MOVED, DerivedForm.COPY, DerivedForm.JOIN) and not _source_cell(m):
        return _GRADIENT
    return _GRADIENT if form is None else _FORMS.get(form, _GRADIENT)


def _matmul_templates(m: SentenceContext) -> tuple[str, ...]:
    """The templates of a matrix product, alone or as an operand."""
    match m.step.tree:
        case ast.BinOp(
            left=ast.Call(func=ast.Name("swapaxes"), args=[ast.BinOp(op=ast.MatMult()), *_]), op=ast.Div()
        ):
            return _without_partners(_MATMUL_DIVIDED) if _terms(m) > 1 else _MATMUL_WITHIN
        case ast.BinOp(op=ast.MatMult()) as product:
            templates = _MATMUL if _terms(m) > 1 else _MATMUL_OF_ONE
            return templates if product_back(m, product) else _without_partners(templates)
        case ast.BinOp(left=ast.BinOp(op=ast.MatMult()) as product, op=ast.Div()) if _terms(m) > 1:
            return _MATMUL_DIVIDED if product_back(m, product) else _without_partners(_MATMUL_DIVIDED)
        case ast.BinOp(op=ast.Add() | ast.Sub()) if _is_read_several_times(m):
            return _ADDED
        case ast.BinOp():
            return _MATMUL_WITHIN
    return _without_partners(_MATMUL if _terms(m) > 1 else _MATMUL_OF_ONE)


def _without_partners(templates: tuple[str, ...]) -> tuple[str, ...]:
    """The templates that do not name the row or column that the cell multiplied."""
    return tuple(template for template in templates if "{partners}" not in template)


def _product_back(m: SentenceContext) -> ast.BinOp | None:
    """The matrix product that brings a gradient back through one of the forward pass; None if none does.

    Another one is only quoted from the forward equation.
    """
    return any_matrix_product(m.step.tree) if _PRODUCTS.intersection(m.step.role.rules) else None


def _added_products(m: SentenceContext) -> list[ProductBack]:
    """The products of a sum of matrix products, one for each equation that reads the tensor; else empty."""
    found = []
    for addend in addends(m.step.tree):
        match addend:
            case ast.BinOp(op=ast.MatMult()) as product if pair := product_back(m, product):
                found.append(pair)
            case _:
                return []
    is_each_once = len({pair.reader for pair in found}) == len(found) == len(m.step.role.via) > 1
    return found if is_each_once else []


def _added_places(m: SentenceContext) -> int:
    """In how many places each of several equations uses the cell, if the gradient adds up sums over these.

    0 if it does not, or if their numbers differ.
    """
    counts = {
        _summed(m, addend) if isinstance(addend, ast.Call) and function_name(addend) == "sum" else 0
        for addend in addends(m.step.tree)
    }
    return counts.pop() if len(counts) == 1 else 0


def _is_read_several_times(m: SentenceContext) -> bool:
    """True if the only equation that reads the tensor reads it in several places."""
    role, program = m.step.role, m.frame.program
    if len(role.via) != 1:
        return False
    tree = program.steps[program.step_indices[role.via[0]]].tree
    return sum(isinstance(node, ast.Name) and node.id == role.by for node in ast.walk(tree)) > 1


def _sums_gradients(m: SentenceContext) -> bool:
    """True if the equation sums, within its terms, what comes back to several cells."""
    program = m.frame.program
    for node in ast.walk(m.step.tree):
        match node:
            case ast.Call(func=ast.Name("sum"), args=[operand]) if _summed(m, node) > 1:
                names = {each.id for each in ast.walk(operand) if isinstance(each, ast.Name)}
                indices = (program.step_indices[name] for name in names if name in program.step_indices)
                if any(program.steps[at].role.of == program.loss for at in indices):
                    return True
    return False


def _has_sum(tree: ast.expr) -> bool:
    """True if an expression has a sum over cells anywhere."""
    return any(function_name(node) == "sum" for node in ast.walk(tree))


def _has_sum_as_term(tree: ast.expr) -> bool:
    """True if a difference has a sum over cells as one of its two terms, without a factor."""
    return any(
        isinstance(node, ast.BinOp)
        and isinstance(node.op, ast.Sub)
        and "sum" in (function_name(node.left), function_name(node.right))
        for node in ast.walk(tree)
    )


def _reads_inner(m: SentenceContext) -> bool:
    """True if the equation reads the gradient of an intermediate result."""
    program = m.frame.program
    steps = (
        program.steps[program.step_indices[name]] for name in m.step.reads if name in program.step_indices
    )
    return any(step.role.kind == RoleKind.INNER for step in steps)


def _is_not_picked(m: SentenceContext) -> bool:
    """True if no entry of the index selects the selected row."""
    index = _picking_index(m.step.tree)
    return bool(index and m.index and m.value == 0 and not np.any(m.frame.before[index] == m.index[0]))


def _picking_index(tree: ast.expr) -> str:
    """The tensor of indices by which rows were selected."""
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Name("one_hot"), args=[index, *_]):
                names = (each.id for each in ast.walk(index) if isinstance(each, ast.Name))
                return next(names, "")
    return ""


def _source_cell(m: SentenceContext) -> str:
    """The cell that the selected one is a copy of; empty if it is not a plain copy."""
    scalar = cell_arithmetic(m.step, m.index, m.frame.before)
    return cell_name(scalar.name, scalar.index) if isinstance(scalar, Cell) and scalar.index else ""


def _windows_back(tree: ast.expr) -> tuple[ast.expr, ast.expr | None] | None:
    """The sum over overlapping windows that gives an equation's cells, and what it is multiplied by.

    None if there is no such sum.
    """
    if function_name(tree) == "overlap_add":
        return tree, None
    match tree:
        case ast.BinOp(left=left, op=ast.Mult(), right=right):
            for windows, factor in ((right, left), (left, right)):
                if function_name(windows) == "overlap_add":
                    return windows, factor
    return None


def _einsum_back(tree: ast.expr) -> ast.Call | None:
    """The einsum that gives an equation's cells, alone or divided; None if there is none."""
    match tree:
        case ast.Call(func=ast.Name("einsum")):
            return tree
        case ast.BinOp(left=ast.Call(func=ast.Name("einsum")) as einsum, op=ast.Div()):
            return einsum
    return None


def _windows_factor(m: SentenceContext) -> str:
    """What a sum over overlapping windows is multiplied by; empty for no such sum, or nothing."""
    _, factor = _windows_back(m.step.tree) or (None, None)
    return part_text(m, factor) if factor is not None else ""


def _windows(m: SentenceContext, windows: ast.expr) -> int:
    """In how many overlapping windows the selected cell stands."""
    scalar = expand_cell(windows, m.index, m.frame.before)
    while isinstance(scalar, Fold) and scalar.count == 1:
        scalar = scalar.term(0)
    return scalar.count if isinstance(scalar, Fold) else len(_cells_in(scalar))


def _terms(m: SentenceContext) -> int:
    """How many terms a cell of a sum or of a matrix product sums, or of a sum of matrix products."""
    if (einsum := _einsum_back(m.step.tree)) is not None:
        return count_of_einsum_products(m, einsum)
    product = _product_back(m)
    terms = 1 if product is None else count_of_products(m, product.left)
    for node in ast.walk(m.step.tree):
        match node:
            case ast.Call(func=ast.Name("sum"), args=[operand]) if product in (None, *ast.walk(operand)):
                return terms * _summed(m, node)
    return terms


def _summed(m: SentenceContext, node: ast.Call) -> int:
    """How many terms each cell of `sum(x, axis=0)` adds up."""
    cells = (int(np.prod(shape_of(each, m.frame.program.shapes))) for each in (node.args[0], node))
    return next(cells) // max(next(cells), 1)


def _divisor(m: SentenceContext) -> ast.expr | None:
    """The last divisor of an equation; None if there is none."""
    match m.step.tree:
        case ast.BinOp(op=ast.Div(), right=divisor):
            return divisor
    return None


_PRODUCTS = frozenset({"@", "dot", "outer"})
"""The operations of the forward pass whose gradients are matrix products."""

_SUMS = (DerivedForm.SUM_OVER_BROADCAST, DerivedForm.SUM_OF_PRODUCTS)
"""The forms of a gradient that is a sum over the places where a number was repeated."""

_FORMS = {
    DerivedForm.ADD_CONTRIBUTIONS: _ADDED,
    DerivedForm.SUM_OVER_BROADCAST: _BROADCAST,
    DerivedForm.SUM_OF_PRODUCTS: _BROADCAST,
    DerivedForm.GATHER_BACK: _GATHERED,
    DerivedForm.MOVED: _SAME_PLACE,
    DerivedForm.COPY: _COPIED,
    DerivedForm.JOIN: _JOINED,
    DerivedForm.SOFTMAX: _SOFTMAX,
    DerivedForm.THROUGH_FACTOR: _CHAIN,
    DerivedForm.THROUGH_SLOPE: _CHAIN,
    DerivedForm.LOSS_SLOPE: _LOSS_SLOPE,
}


GENERAL_BACKWARD: dict[RoleKind, Callable[[SentenceContext], str]] = {
    RoleKind.FACTOR: factor,
    RoleKind.INNER: inner,
    RoleKind.CONTRIBUTION: contribution,
    RoleKind.GRADIENT: gradient,
}
