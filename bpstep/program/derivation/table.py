"""The rule of every differentiable operation, by its operator or function name."""

from __future__ import annotations

from bpstep.program.derivation import elementwise, indexing, masks, products, rearrangements, reductions
from bpstep.program.derivation.reverse_walk import Rule
from bpstep.program.derivation.rules import SLOPES

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
    "T": rearrangements.reordered_axes,
    "reshape": rearrangements.reshape,
    "transpose": rearrangements.reordered_axes,
    "swapaxes": rearrangements.reordered_axes,
    "repeat": rearrangements.repeat,
    "concatenate": rearrangements.concatenate,
    "stack": rearrangements.stack,
    "pad": rearrangements.pad,
    "windows": rearrangements.windows,
    "overlap_add": rearrangements.overlap_add,
    "[]": indexing.subscript,
}
