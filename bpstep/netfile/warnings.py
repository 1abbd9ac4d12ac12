"""Warnings about valid settings that are probably not meant: a sentence for each, and no error."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from math import inf

import numpy as np

from bpstep.lang.activations import ACTIVATIONS
from bpstep.lang.shapes import Shape, shape_of
from bpstep.lang.trees import short
from bpstep.model.data_problems import SUM_TOLERANCE, data_problems
from bpstep.model.losses import LOSSES
from bpstep.model.network import Array, ForwardPass, Network
from bpstep.netfile import messages
from bpstep.program.program import Program, RoleKind
from bpstep.text import fill, fill_plural


def data_warnings(network: Network) -> tuple[str, ...]:
    """A sentence for each mismatch between the loss, the last activation and the labels."""
    problems = (problem.sentence for problem in data_problems(network, network.labels))
    return (*problems, *_domain_warnings(network), *_binary_warnings(network))


def _domain_warnings(network: Network) -> Iterator[str]:
    loss, activation = LOSSES[network.loss], network.layers[-1].activation
    low, high = ACTIVATIONS[activation].low, ACTIVATIONS[activation].high
    if low < loss.low or high > loss.high:
        template = messages.LOSS_DOMAIN_FROM if loss.high == inf else messages.LOSS_DOMAIN_RANGE
        slots = {"loss": network.loss, "low": loss.low, "high": loss.high}
        yield fill(template, activation=activation, values=_values_text(low, high), **slots)


def _binary_warnings(network: Network) -> Iterator[str]:
    """That labels are probabilities where each is usually one class or the other."""
    labels = network.labels
    if network.loss != "binary_cross_entropy" or np.any((labels < 0) | (labels > 1)):
        return
    between = np.argwhere((labels != 0) & (labels != 1))
    if len(between):
        row, column = map(int, between[0])
        yield fill(messages.BINARY_LABELS, row=row, column=column, value=float(labels[row, column]))


def forward_warnings(forward: ForwardPass, shapes: Mapping[str, Shape]) -> tuple[str, ...]:
    """A sentence for what is probably not meant in a forward pass; `shapes` are those of all tensors."""
    trees = {name: ast.parse(source, mode="eval").body for name, source in forward.equations}
    return (*_table_warnings(forward, trees, shapes), *_labels_warnings(forward, trees))


def _table_warnings(
    forward: ForwardPass, trees: Mapping[str, ast.expr], shapes: Mapping[str, Shape]
) -> Iterator[str]:
    """A sentence for each equation in which a vector of data meets a column, or a column of data a vector.

    One number a sample on either side, they become a table of every sample with every other. A person who
    means that writes an axis with None.
    """
    for equation, tree in trees.items():
        for node in ast.walk(tree):
            match node:
                case ast.BinOp(left=left, op=ast.Sub() | ast.Mult() | ast.Div(), right=right):
                    sides = [(side, shape_of(side, shapes)) for side in (left, right)]
                case _:
                    continue
            (one, one_shape), (other, other_shape) = sorted(sides, key=lambda side: len(side[1]))
            count = one_shape[0] if one_shape else 0
            names = [side.id for side in (one, other) if isinstance(side, ast.Name)]
            data = next((name for name in names if name in forward.data), "")
            if not data or (one_shape, other_shape) != ((count,), (count, 1)) or count < 2:
                continue
            if "None" not in f"{ast.unparse(one)} {ast.unparse(other)}":
                yield fill(
                    messages.TABLE_OF_SAMPLES,
                    part=short(node),
                    equation=equation,
                    vector=short(one),
                    column=short(other),
                    count=count,
                    remedy=f"{data}[:, 0]" if data == short(other) else f"{data}[:, None]",
                )
                break


def _labels_warnings(forward: ForwardPass, trees: Mapping[str, ast.expr]) -> tuple[str, ...]:
    """A sentence for each data tensor that a cross entropy reads as probabilities but that holds none.

    A cross entropy is recognised by its form: `labels * log(softmax(…))`, or `labels * log(sigmoid(…))`
    beside `1 - labels`. Other products may weight samples, with numbers of any size.
    """
    sentences: dict[str, str] = {}
    for equation, tree in trees.items():
        for node in ast.walk(tree):
            match node:
                case ast.BinOp(ast.Name(name), ast.Mult(), ast.Call(ast.Name("log"), [output])):
                    values = forward.data.get(name)
                    if values is None or values.ndim != 2 or name in sentences:
                        continue
                    slots = {"product": short(node), "equation": equation, "name": name}
                    kind = _activation_of(output, trees)
                    is_binary = kind == "sigmoid" and f"1 - {name}" in ast.unparse(tree)
                    if is_binary or (kind == "softmax" and values.shape[1] > 1):
                        sentences[name] = _probabilities_warning(values, kind == "softmax", slots)
    return tuple(filter(None, sentences.values()))


def _activation_of(node: ast.expr, trees: Mapping[str, ast.expr]) -> str:
    """The function that computes a value, by its equation's name or called in place; empty for another
    operation.
    """
    if isinstance(node, ast.Name):
        node = trees.get(node.id, node)
    return node.func.id if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) else ""


def _probabilities_warning(labels: Array, whole_rows: bool, slots: Mapping[str, str]) -> str:
    """What is wrong with labels that should be probabilities; empty if nothing is."""
    outside = np.argwhere((labels < 0) | (labels > 1))
    if len(outside):
        row, column = map(int, outside[0])
        value = float(labels[row, column])
        return fill(messages.FORWARD_LABELS_OUTSIDE, row=row, column=column, value=value, **slots)
    totals = labels.sum(axis=1)
    wrong = np.flatnonzero(np.abs(totals - 1) > SUM_TOLERANCE)
    if not whole_rows or not len(wrong):
        return ""
    one, many = messages.FORWARD_LABEL_ROW_SUM, messages.FORWARD_LABEL_ROW_SUMS
    return fill_plural(len(wrong), one, many, row=int(wrong[0]), total=float(totals[wrong[0]]), **slots)


def slope_warnings(network: Network, program: Program) -> tuple[str, ...]:
    """A sentence for each activation that `[program]` replaces while its slope stays the old one.

    A puzzle's network gets them too when it is read as a file; as a puzzle its warnings are dropped.
    """
    replaced = {
        step.role.layer: step
        for step in program.steps
        if step.role.kind == RoleKind.ACTIVATION and step.name in program.replaced
    }
    slopes = (step for step in program.steps if step.role.layer in replaced)
    sentences = []
    for step in slopes:
        if step.role.kind == RoleKind.FACTOR_ACTIVATION and step.name not in program.replaced:
            layer = network.layers[step.role.layer - 1]
            slots = {"name": replaced[step.role.layer].name, "activation": layer.activation}
            sentences.append(fill(messages.SLOPE_STAYS, factor=step.name, **slots))
    return tuple(sentences)


def layout_warnings(matrices: Sequence[Array]) -> tuple[str, ...]:
    """A sentence if every given weight matrix would also fit the other layout, and one means other weights in
    it.

    Drawn weights have the shape of the file's layout, and say nothing about it.
    """
    square = all(matrix.shape[0] == matrix.shape[1] for matrix in matrices)
    if not square or all(np.array_equal(matrix, matrix.T) for matrix in matrices):
        return ()
    return (fill(messages.SQUARE_WEIGHTS),)


def _values_text(low: float, high: float) -> str:
    if low == -inf and high == inf:
        return fill(messages.ANY_NUMBER)
    if high == inf:
        return fill(messages.NUMBERS_FROM, low=low)
    return fill(messages.NUMBERS_RANGE, low=low, high=high)
