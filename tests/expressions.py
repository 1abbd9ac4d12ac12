"""A language of equations to try texts in: tensors, and what a text is worth or why it is refused."""

import numpy as np

from bpstep.lang import cost, lowering, parser
from bpstep.lang.products import canonical_dots
from bpstep.lang.shapes import check_indices, shape_of, value_shape

TENSORS = {
    "A": np.array([[0.5, -1.25, 2.0], [3.5, 0.0, -0.75]]),
    "B": np.array([[1.5, -2.0], [0.25, 0.0], [-3.0, 0.125]]),
    "C": np.array([0.75, -0.5, 4.0]),
    "D": np.array([[2.0], [-1.5]]),
    "S": np.float64(-1.75),
    "K": np.arange(-11.5, 12.5).reshape(2, 3, 4) / 4,
    "I": np.array([1, 0]),
}
SHAPES = {name: value_shape(value) for name, value in TENSORS.items()}


def understood(text):
    """The tree that runs and its predicted shape; ExpressionError if the text is refused."""
    tree = parser.parse(canonical_dots(text, SHAPES), SHAPES)
    lowered = lowering.lower(tree, SHAPES)
    shape = shape_of(tree, SHAPES)
    check_indices(tree, SHAPES)
    cost.check_cost(tree, SHAPES)
    return lowered, shape


def value_of(text):
    """The value of an equation with this right-hand side."""
    lowered, shape = understood(text)
    with np.errstate(all="ignore"):
        value = lowering.evaluate(lowering.compile_lowered(lowered), TENSORS, lowering.evaluation_scope())
    assert np.shape(value) == shape
    return value
