"""The arithmetic of one cell of an operation's result gives what NumPy gives for that cell."""

import math

import numpy as np
import pytest

from bpstep.lang import cell_recipes, parser

DRAWN = np.random.default_rng(3)
SIDES = {
    axes: DRAWN.normal(size=shape)
    for axes, shape in {"k": (3,), "ik": (2, 3), "bik": (4, 2, 3), "1ik": (1, 2, 3)}.items()
}
OTHERS = {
    axes: DRAWN.normal(size=shape)
    for axes, shape in {"k": (3,), "kj": (3, 5), "bkj": (4, 3, 5), "1kj": (1, 3, 5)}.items()
}


def value_of(recipe, tensors):
    """The number that a recipe of products and sums over tensors gives."""
    match recipe:
        case cell_recipes.Take():
            return tensors[recipe.operand.id][recipe.index]
        case cell_recipes.ApplyRecipe(operator="*"):
            return math.prod(value_of(each, tensors) for each in recipe.arguments)
        case cell_recipes.FoldRecipe(kind="sum"):
            return sum(value_of(recipe.term(k), tensors) for k in range(recipe.count))
    raise AssertionError(recipe)


@pytest.mark.parametrize("right", OTHERS)
@pytest.mark.parametrize("left", SIDES)
def test_a_cell_of_a_matrix_product_of_any_number_of_axes_is_its_sum_of_products(left, right):
    tensors = {"A": SIDES[left], "B": OTHERS[right]}
    product = parser.parse("A @ B", tuple(tensors))
    found = np.asarray(tensors["A"] @ tensors["B"])
    for index in np.ndindex(found.shape):
        recipe = cell_recipes.matmul_cell(
            product.left, product.right, index, lambda node: tensors[node.id].shape
        )
        assert value_of(recipe, tensors) == pytest.approx(found[index])
