"""The operations inside every function and program: each follows from its operands, and all lead to the
value.
"""

import math

import numpy as np
import pytest
from forward_programs import NAMES, backward, read
from function_examples import EXAMPLES, SHAPES, TENSORS

from bpstep.engine.micro.progress import progress_at
from bpstep.engine.micro.state import PartialStep
from bpstep.engine.micro.values import MicroValues
from bpstep.explain.arithmetic import Arithmetic
from bpstep.explain.micro_line import OperationLine, operation_operands, operator_of
from bpstep.explain.notation import Glyphs
from bpstep.explain.numbers import format_brief
from bpstep.explain.prose.micro import operation_prose
from bpstep.lang import lowering, parser
from bpstep.lang.functions import namespace
from bpstep.lang.shapes import value_shape
from bpstep.program.program import Role, Step

OPERATORS = {
    "+": math.fsum,
    "*": math.prod,
    "-": lambda of: of[0] - of[1],
    "/": lambda of: np.float64(of[0]) / of[1],
    "**": lambda of: np.float64(of[0]) ** of[1],
    "neg": lambda of: -of[0],
    "<": lambda of: of[0] < of[1],
    ">": lambda of: of[0] > of[1],
    "<=": lambda of: of[0] <= of[1],
    "==": lambda of: of[0] == of[1],
    "where": lambda of: of[1] if of[0] else of[2],
    "sigmoid": lambda of: 1 / (1 + math.exp(-of[0])),
    "max": max,
    "min": min,
    "any": any,
    "all": all,
    "": lambda of: of[0],
}


def work(text, tensors=TENSORS, shapes=SHAPES):
    tree = parser.parse(text, shapes, max_length=None)
    lowered = lowering.lower(tree, shapes)
    code = lowering.compile_lowered(lowered)
    return MicroValues(Step("Z", text, "forward", Role("net"), text, tree, code, lowered), tensors)


def check(found, most=60):
    """Every operation, or of a long equation the first and the last one of each part."""
    total = found.plan.total
    chosen = set(range(total))
    if total > most:
        parts = [range(stage.first, stage.first + stage.count) for stage in found.plan.stages]
        chosen = {part[place] for part in parts if part for place in (0, -1)}
    for at in sorted(chosen):
        inside = PartialStep(found, at + 1)
        operation = inside.operation
        sign = operator_of(inside)
        if sign != "argmax":
            compute = OPERATORS.get(sign) or (lambda of, name=sign: namespace()[name](*of))
            with np.errstate(all="ignore"):
                computed = float(compute(operation.operands))
            assert operation.value == pytest.approx(computed, rel=1e-12, abs=1e-14)
        named = operation_operands(inside)
        assert len(named) == len(operation.operands)
        # Whether any is true begins with the truth of the first, not with its number.
        pairs = zip(named, operation.operands) if sign not in ("any", "all") else ()
        for part, number in pairs:
            assert part is None or part.value == pytest.approx(number, rel=1e-12, abs=1e-14)
        spans = OperationLine(inside, Arithmetic(Glyphs(), format_brief, {}), format_brief).spans()
        assert "".join(text for text, _ in spans).isprintable()
        assert operation_prose(inside, list(map(format_brief, operation.operands)), "1")
        assert inside.progress.value.shape == np.shape(found.result)
    for k in {1, total // 3, total // 2, total}:
        done = progress_at(found, k).last_operation
        assert done.shape == np.shape(found.result)
        assert done.max(initial=-1) < k
    np.testing.assert_array_equal(progress_at(found, total).value, found.result)


@pytest.mark.parametrize("text", EXAMPLES)
def test_the_operations_of_every_function_come_to_its_value(text):
    check(work(text))


@pytest.mark.parametrize("name", NAMES)
def test_the_operations_of_every_second_equation_of_a_program_come_to_its_value(name):
    forward, start, parameters = read(name)
    tensors = {tensor: value if value.ndim else value[()] for tensor, value in start.items()}
    derived = [(line.name, line.source) for line in backward(forward, start, parameters)]
    for at, (tensor, source) in enumerate([*forward, *derived]):
        shapes = {other: value_shape(value) for other, value in tensors.items()}
        found = work(source, tensors, shapes)
        if at % 2 == NAMES.index(name) % 2:
            check(found, 9)
        tensors[tensor] = found.result


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("cube @ deep[0]", [("products", 48), ("sums", 36)]),
        ('einsum("ij,jk->ik", a, m)', [("products", 24), ("sums", 16)]),
        ('einsum("ij,ij->", a, b)', [("products", 6), ("sums", 5)]),
        ('einsum("ijk->kj", cube)', [("sums", 12)]),
        ("sum(cube, axis=(0, 2))", [("sums", 21)]),
        ("mean(cube, axis=(0, -1))", [("sums", 21), ("divide", 3)]),
        ("overlap_add(deep, axis=1)", [("each", 10)]),
        ("maximum(a, row)", [("each", 6)]),
        ("clip(a, -0.5, 0.5)", [("each", 6), ("each", 6)]),
        ("var(a)", [("sums", 5), ("divide", 1), ("each", 6), ("each", 6), ("sums", 5), ("divide", 1)]),
        ("m[labels]", [("copy", 8)]),
        ("one_hot(labels, 4)", [("copy", 8)]),
        ("one_hot(labels, 3).T @ a", [("products", 18), ("sums", 9)]),
        ("argmax(a, axis=1)", [("sums", 4)]),
        ("swapaxes(cube, 0, -1) * 2", [("each", 24)]),
        ("pad(exp(a), 1)", [("each", 6)]),
        ("dot(a, m)", [("products", 24), ("sums", 16)]),
    ],
)
def test_the_operations_are_counted_by_parts(text, kinds):
    assert [(stage.kind, stage.count) for stage in work(text).plan.stages] == kinds


def test_a_border_of_zeros_is_not_worked_on_and_what_is_picked_is_from_where_it_was_picked():
    progress = progress_at(work("pad(exp(a), 1)"), 6)
    assert (progress.last_operation >= 0).sum() == 6
    assert progress.last_operation[0].tolist() == [-1] * 5
    picked = progress_at(work("exp(m)[labels]"), 4)
    assert (picked.last_operation >= 0).tolist() == [[False] * 4, [True] * 4]


@pytest.mark.parametrize(
    ("text", "done", "latest"),
    [
        # Window k of number i is added at place i + k: at place 1 the second number's first follows.
        ("overlap_add(exp(some_zeros.reshape(2, 3)), axis=0)", 1, [0, -1, -1, -1]),
        ("overlap_add(exp(some_zeros.reshape(2, 3)), axis=0)", 4, [0, 3, 2, -1]),
        ("overlap_add(exp(some_zeros.reshape(2, 3)), axis=0)", 6, [0, 3, 4, 5]),
        ("overlap_add(exp(some_zeros.reshape(2, 3)), axis=0)", 8, [6, 7, 4, 5]),
        ('einsum("ij->j", exp(a))', 5, [3, 4, 2]),
        ('einsum("ijk->kj", exp(cube))', 24, [[12 + 4 * j + k for j in range(3)] for k in range(4)]),
        ('einsum("ij->ji", exp(a))', 4, [[0, 3], [1, -1], [2, -1]]),
    ],
)
def test_before_its_own_operations_a_cell_has_the_latest_of_those_that_it_is_made_of(text, done, latest):
    assert progress_at(work(text), done).last_operation.tolist() == latest


@pytest.mark.parametrize(
    ("text", "at", "line"),
    [
        ("maximum(some_zeros, s)", 1, "max(some_zeros[0,1], s) = max(1, 0.7) = 1"),
        ("log1p(some_zeros)", 1, "ln(1 + some_zeros[0,1]) = ln(1 + 1) = 0.6931"),
        ("expm1(some_zeros)", 1, "e^(some_zeros[0,1]) − 1 = e^(1) − 1 = 1.718"),
        (
            'einsum("ij,ij,j->i", some_zeros, some_zeros, row) * 0',
            4,
            "some_zeros[0,2] × some_zeros[0,2] × row[2] = 0 × 0 × 0.2029 = 0",
        ),
        ("overlap_add(some_zeros.reshape(2, 3), axis=0)", 2, "some_zeros[1,1] + some_zeros[0,2] = 3 + 0 = 3"),
        ("one_hot(labels, 3)", 2, "1 = 1"),
        ("argmax(some_zeros, axis=1)", 0, "argmax(so far, some_zeros[0,1]) = argmax(0, 1) = 1"),
        ("mean(some_zeros, axis=0)", 3, "the sum / 2 = "),
        ("exp(some_zeros * some_zeros * some_zeros * 3) / 2", 24, "e^(…) / 2 = 1 / 2 = 0.5"),
        ("sum(some_zeros * some_zeros * some_zeros) / 2", 17, "sum / 2 = "),
        ("where(some_zeros == s, 1, 0)", 1, "some_zeros[0,1] = s? 1 ≠ 0.7 → 0"),
        ("where(some_zeros > s, s, 0)", 1, "some_zeros[0,1] > s? 1 > 0.7 → 1"),
        ("where(some_zeros > s, s, 0)", 7, "s = 0.7, since some_zeros[0,1] > s"),
        ("where(some_zeros > s, 3, 0)", 6, "0, since some_zeros[0,0] ≤ s"),
    ],
)
def test_an_operation_is_written_with_its_cells_and_its_numbers(text, at, line):
    inside = PartialStep(work(text), at + 1)
    spans = OperationLine(inside, Arithmetic(Glyphs(), format_brief, {}), format_brief).spans()
    assert line in "".join(shown for shown, _ in spans)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("where(some_zeros == s, 1, 0)", "1 does not equal 0.7: the comparison gives 0"),
        ("where(some_zeros > s, 1, 0)", "1 is greater than 0.7: the comparison gives 1"),
        ("where(some_zeros < 1, 1, 0)", "1 is not less than 1: the comparison gives 0"),
        ("where(some_zeros >= 1, 1, 0)", "1 is at least 1: the comparison gives 1"),
    ],
)
def test_a_comparison_is_told_with_what_it_asks_and_its_answer(text, told):
    inside = PartialStep(work(text), 2)
    assert operation_prose(inside, list(map(format_brief, inside.operation.operands)), "") == told
