"""The rule of every differentiable operation, by its operator or function name."""

from __future__ import annotations

from bpstep.program.derivation import elementwise, indexing, masks, moves, products, reductions
from bpstep.program.derivation.rules import SLOPES
from bpstep.program.derivation.walk import Rule

RULES: dict[str, Rule] = {
    "neg": elementwise.negation,
    "+": elementwise.operator,
    "-": elementwise.operator,
    "*": elementwise.operator,
    "/": elementwise.operator,
    "**": elementwise.power,
    "power": elementwise.power,
    **dict.fromkeys(SLOPES, elementwise.elementwise),
    "where": masks.masked,
    "maximum": masks.masked,
    "minimum": masks.masked,
    "clip": masks.masked,
    "@": products.matrix_product,
    "dot": products.product_call,
    "matmul": products.product_call,
    "outer": products.outer_product,
    "einsum": products.einsum,
    "sum": reductions.reduction,
    "mean": reductions.reduction,
    "max": reductions.reduction,
    "min": reductions.reduction,
    "var": reductions.reduction,
    "std": reductions.reduction,
    "softmax": reductions.softmax,
    "T": moves.reordered_axes,
    "reshape": moves.reshape,
    "transpose": moves.reordered_axes,
    "swapaxes": moves.reordered_axes,
    "repeat": moves.repeat,
    "concatenate": moves.concatenate,
    "stack": moves.stack,
    "pad": moves.pad,
    "windows": moves.windows,
    "overlap_add": moves.overlap_add,
    "[]": indexing.subscript,
}
