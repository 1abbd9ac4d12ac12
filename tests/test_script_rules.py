"""Calls of NumPy are written as expressions that give what NumPy gave, or not at all.

A rule may be wrong for arguments that it does not know. `tests/goldens/rules.txt` keeps, for each function,
the lists of arguments for which its expression has NumPy's result;
`python -m tests.test_script_rules` writes it again.
"""

import ast
import builtins
import copy
import math
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest
from test_script_library import OF_ARRAYS

from bpstep.script.equations import build
from bpstep.script.equations.passes import _difference
from bpstep.script.numpy_calls.elementwise import ELEMENTWISE
from bpstep.script.numpy_calls.tables import MATH, NUMPY, PYTHON

pytestmark = pytest.mark.filterwarnings("ignore")

KEPT = Path(__file__).parent / "goldens" / "rules.txt"

A = np.array([[3.0, -1.5, 2.0], [0.5, 4.0, -2.5]])
T = np.arange(24.0).reshape(2, 3, 4) / 7 - 1
V = np.array([0.5, 2.0, -1.0])
WHOLE = np.array([2, 0, 1])
MASK = A > 0.7

MORE = [
    ((A,), {"axis": 1}),
    ((A,), {"axis": -1, "keepdims": True}),
    ((A, None), {}),
    ((A, None), {"keepdims": True}),
    ((A,), {"axis": (0, 1)}),
    ((A,), {"ddof": 1}),
    ((A, 1), {"weights": V}),
    ((A, 2), {"axis": 1}),
    ((A, 1), {"axis": 1}),
    ((A, "fro"), {}),
    ((A, np.inf), {}),
    ((A,), {"where": MASK}),
    ((T,), {"axis": (0, 2)}),
    ((T, -1), {}),
    ((T, -1, 0), {}),
    ((T, 0, 2), {}),
    ((T, 2), {}),
    ((T, (0, 2)), {}),
    ((T, A.T), {}),
    ((A, T), {}),
    ((T, V), {}),
    ((T, np.ones(4)), {}),
    ((T, np.ones((2, 4, 3))), {}),
    ((A, A.T), {}),
    ((A.T, A), {}),
    ((V, A.T), {}),
    ((2.0, A), {}),
    ((A, 2.0), {}),
    ((2.0,), {}),
    ((2.0, 3.0), {}),
    ((np.float64(0.5), np.float64(2.0)), {}),
    ((A, -1), {}),
    ((A, -1, 0), {}),
    ((A, (-1, 3)), {}),
    ((A, -1), {"axis": 1}),
    ((A, 2, 0), {}),
    ((A, 2, 1), {}),
    ((A, [0, 1], 1), {}),
    ((A, WHOLE, 1), {}),
    ((A, 1), {"axis": None}),
    ((A, (2, 2)), {}),
    ((A, ((1, 0), (0, 2))), {}),
    ((A, 1), {"constant_values": 2}),
    ((A, 1, "edge"), {}),
    ((A, ((0, 1), (0, 0)), "constant"), {}),
    ((A, -1.0, 1.0), {}),
    ((A, None, 1.0), {}),
    ((A,), {"a_min": 0, "a_max": 1}),
    ((MASK, A, -A), {}),
    ((MASK, 1.0, V), {}),
    ((MASK, A), {}),
    ((V, np.ones((2, 1))), {}),
    ((V, V, V), {}),
    ((V, 1), {}),
    ((V, (2, 2)), {}),
    ((V, 1, 5.0), {}),
    ((V, -1, 5.0), {}),
    ((V, [0, 2], 5.0), {}),
    ((A, 1, 5.0), {"axis": 1}),
    ((A, 0, V), {"axis": 0}),
    ((A, V[None]), {"axis": 0}),
    ((A, V), {}),
    ((A, 0), {"axis": 1}),
    ((A, 1), {"n": 1}),
    ((A,), {"n": 2}),
    ((V,), {"prepend": 0.0}),
    ((V, V, "full"), {}),
    ((V, V[:2], "valid"), {}),
    ((V, V[:2], "same"), {}),
    ((A, np.array([[0], [1]]), 1), {}),
    ((A, np.array([[0, 1, 0]]), 0), {}),
    (([A, A + 1],), {"axis": 0}),
    (([A, A + 1],), {"axis": 1}),
    (([A, A + 1],), {"axis": -1}),
    (([A, A + 1], 2), {}),
    (([A, V],), {}),
    (([V, V + 1, V],), {}),
    (([V, V + 1], -1), {}),
    (([A.T, V],), {}),
    (([V[:, None], V[:, None]],), {}),
    (([2.0, 3.0],), {}),
    (([T, T],), {"axis": 2}),
    (([[A, A], [A, A]],), {}),
    ((2, 3, 4), {}),
    ((3,), {"dtype": int}),
    ((1.0, 2.0, 0.25), {}),
    ((5, 0, -1), {}),
    ((0, 1), {"num": 3}),
    ((0, 1, 3), {"endpoint": False}),
    ((3, 2, 1), {}),
    ((3,), {"k": -1}),
    ((2, 2.5), {}),
    (((2, 1), A[0, 0]), {}),
    ((A, 1.5), {"dtype": np.float32}),
    ((A, np.float32), {}),
    ((A, int), {}),
    ((MASK, float), {}),
    ((A, (1, 0)), {}),
    ((A, 3, 2), {}),
    ((A, -1, 2), {}),
    ((A, (3, -1)), {}),
    ((A, 6), {}),
    ((A, (3, 2), "F"), {}),
    ((A[None],), {}),
    ((A[None], 0), {}),
    ((A[:, None, :], 1), {}),
    ((A, (0, 2)), {}),
    ((A, (4, 2, 3)), {}),
    ((V, (2, 3)), {}),
    (("ij,kj->ik", A, A), {}),
    (("ij,ij->i", A, A), {}),
    (("ij->ji", A), {}),
    (("ij->j", A), {}),
    (("ii", A[:, :2]), {}),
    (("ijk,k->ij", T, np.ones(4)), {}),
    (("bij,bjk->bik", T, np.ones((2, 4, 3))), {}),
    (("ij,j", A, V), {}),
    (("i,i", V, V), {}),
    (("i,i->", V, V), {}),
    ((A, A, 1), {}),
    ((A, A.T), {"axes": 1}),
    ((A, A), {"axes": ([0, 1], [0, 1])}),
    ((T, A.T), {"axes": ([1], [0])}),
    ((A, A, (1, 1)), {}),
    ((A, A), {"axes": 2}),
    ((V, V, 0), {}),
    ((A, 0.0, 1.0, -1.0), {}),
    ((A,), {"nan": 0.0}),
    ((A, 0.5), {}),
    ((A, 1), {"axis": 0, "keepdims": True}),
    ((A, 50), {"axis": 0}),
    ((A,), {"axes": (1, 0)}),
    ((A, 0, 1), {}),
    ((A, 1, 0), {}),
    ((T, [2, 0, 1]), {}),
    ((A,), {"decimals": 1}),
    ((T,), {"axis1": 1, "axis2": 2}),
]
"""Arguments besides those for what may be called at all."""


class Call:
    """A call whose array arguments are names: `a` the first, `b` the second, and so on."""

    def __init__(self, args, kwargs, result):
        self.args, self.kwargs, self.result = args, kwargs, result
        self.values = {}

    def named(self, value, name):
        if isinstance(value, bool | str) or value is None:
            return None
        if isinstance(value, int | float):
            return build.numeral(value)
        if isinstance(value, list | tuple):
            trees = [self.named(each, f"{name}{at}") for at, each in enumerate(value)]
            return None if None in trees or not trees else build.call("stack", ast.List(trees, ast.Load()))
        if not isinstance(value, np.ndarray | np.generic) or np.asarray(value).dtype.kind not in "fiub":
            return None
        self.values[name] = value
        return build.name(name)

    def tree(self, position):
        return self.named(self.args[position], "abcdefg"[position]) if position < len(self.args) else None

    nested_tree = tree

    def keyword_tree(self, name):
        return self.named(self.kwargs[name], name) if name in self.kwargs else None

    def item_trees(self, position):
        given = self.args[position] if position < len(self.args) else None
        if not isinstance(given, list | tuple):
            return None
        trees = [self.named(each, f"{'abcdefg'[position]}{at}") for at, each in enumerate(given)]
        return None if None in trees else trees


def written(rule, run, args, kwargs):
    """The expression of a call, if it gives the call's result."""
    given, named = copy.deepcopy((args, kwargs))
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            result = run(*given, **named)
    except Exception:
        return None
    call = Call(args, kwargs, result)
    try:
        tree = rule(call)
    except (TypeError, ValueError, IndexError, AttributeError, KeyError, ArithmeticError):
        return None
    if tree is None or not isinstance(result, np.ndarray | np.generic | float | int):
        return None
    source = ast.unparse(tree)
    return None if _difference(source, call.values, result, None) else source


def functions():
    for title, rules, home in (("np", NUMPY, np), ("Python", PYTHON, vars(builtins)), ("math", MATH, math)):
        for name, rule in rules.items():
            run = home.get(name) if isinstance(home, dict) else getattr(home, name, None)
            run = run or getattr(np.linalg, name, None) or of_array(name)
            yield f"{title}.{name}", rule, run


def of_array(name):
    return lambda array, *args, **kwargs: getattr(array, name)(*args, **kwargs)


def said():
    """For each function the numbers of the lists of arguments whose expression has the call's result."""
    for name, rule, run in functions():
        arguments = OF_ARRAYS[:30] if name.split(".")[1] in ELEMENTWISE else [*OF_ARRAYS, *MORE]
        right = [at for at, each in enumerate(arguments) if written(rule, run, *each) is not None]
        yield f"{name}: {' '.join(map(str, right))}"


@pytest.mark.skipif(sys.version_info[:2] != (3, 11), reason="kept with the names and texts of Python 3.11")
def test_calls_are_written_as_expressions_that_give_their_results():
    assert list(said()) == KEPT.read_text().splitlines()


def test_a_number_is_appended_as_an_array():
    call = Call((WHOLE, 2), {}, np.append(WHOLE, 2))
    assert ast.unparse(NUMPY["append"](call)) == "concatenate([a.reshape(-1), stack([2])], axis=0)"


if __name__ == "__main__":
    KEPT.write_text("\n".join(said()) + "\n")
