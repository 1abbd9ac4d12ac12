"""What an equation of a pass gives where a part of it is changed."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from bpstep.script.meaning.graph import Graph, Values, have_one_shape


def result_of(graph: Graph, at: int, tree: ast.expr, reads: Mapping[str, int]) -> Callable[[Values], Any]:
    """An equation's result with another right-hand side, as a function of the values in a state.

    `reads` gives the nodes of names that the equation itself does not read.
    """
    plan = graph.plan(at, tree, {**reads, **graph.reads[at]})
    return lambda values: graph.run(plan, values)[-1]


def is_near(given: Any, wanted: Any) -> bool:
    """Whether two tensors are equal apart from rounding."""
    if not have_one_shape(given, wanted):
        return False
    return bool(np.allclose(given, wanted, rtol=1e-9, atol=1e-9 * float(np.max(np.abs(wanted), initial=0.0))))
