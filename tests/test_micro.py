"""The operations of an equation: how many, in which order, the result of each, and their total."""

import ast
import math
import random
from itertools import zip_longest

import numpy as np
import pytest
from expressions import TENSORS, understood, value_of
from make_networks import network, with_options
from networks_for_screens import wide
from random_expressions import grown

from bpstep.engine.micro.plan import is_contraction, is_layout_change, is_reduction, plan_operations
from bpstep.engine.micro.progress import progress_at
from bpstep.engine.micro.state import PartialStep
from bpstep.engine.micro.values import MicroValues
from bpstep.errors import BpstepError, ExpressionError
from bpstep.lang import lowering, parser
from bpstep.lang.activations import ACTIVATIONS
from bpstep.model.losses import LOSSES
from bpstep.model.optimizers import OPTIMIZERS
from bpstep.netfile import builtin
from bpstep.program.program import Role, Step
from bpstep.session.micro import check_operation, operation_count, position_after
from bpstep.session.session import Session

BUILT_IN = ("article", "article-as-printed", "mazur", "han-kamber", "xor", "deep", "penguins")


def step(text, name="Z"):
    """An equation of the tensors A, B, C, D and S."""
    tree = parser.parse(text, TENSORS, max_length=None)
    lowered = lowering.lower(tree, {key: np.shape(value) for key, value in TENSORS.items()})
    return Step(name, text, "forward", Role("net"), text, tree, lowering.compile_lowered(lowered), lowered)


def work(text):
    return MicroValues(step(text), TENSORS)


def works(session, iterations=1):
    """Every equation, with its operands and its result."""
    for n in range(iterations * session.period):
        session.goto(n + 1)
        frame = session.frame
        yield MicroValues(frame.step, frame.before), frame.tensors[frame.step.name]


def steps(found):
    """The operations, written as (part, cell, term, operands, value)."""
    every = (found.operation(at) for at in range(found.plan.total))
    return [(one.stage.kind, one.cell, one.term, one.operands, one.value) for one in every]


def bits(value):
    return np.asarray(value, float).tobytes()


def same(one, other):
    """Equal to the last bit; any NaN is like any other."""
    return one == other or (math.isnan(one) and math.isnan(other))


def test_the_articles_first_equation_opens_into_the_twelve_operations_that_the_article_does():
    session = Session(builtin.open_network("article"))
    (found, _), *_ = works(session)
    done = [(part, cell[0], tuple(round(x, 10) for x in taken), round(gives, 10))
            for part, cell, _, taken, gives in steps(found)]  # fmt: skip
    assert done == [
        ("products", 0, (0.4, 0.1), 0.04),
        ("products", 1, (0.4, 0.3), 0.12),
        ("products", 2, (0.4, 0.5), 0.20),
        ("products", 0, (0.5, 0.2), 0.10),
        ("products", 1, (0.5, 0.4), 0.20),
        ("products", 2, (0.5, 0.6), 0.30),
        ("sums", 0, (0.04, 0.10), 0.14),
        ("sums", 1, (0.12, 0.20), 0.32),
        ("sums", 2, (0.20, 0.30), 0.50),
        ("each", 0, (0.14, 0.1), 0.24),
        ("each", 1, (0.32, 0.2), 0.52),
        ("each", 2, (0.50, 0.3), 0.80),
    ]


@pytest.mark.parametrize(
    ("text", "counts"),
    [
        ("A + C", [6]),
        ("1/2 * A", [6]),
        ("-A", [6]),
        ("A @ B", [12, 8]),
        ("A @ C", [6, 4]),
        ("C @ C", [3, 2]),
        ("sum(A)", [5]),
        ("sum(A, axis=0)", [3]),
        ("mean(A, axis=-1)", [4, 2]),
        ("sum(ones_like(A[:, 0])) * S", [1]),
        ("A.T", [6]),
        ("repeat(C[0], 3)", [3]),
        ("A.reshape(3, 2)", [6]),
        ("zeros_like(A)", [6]),
        ("sigmoid(A) - sigmoid(A)**2", [6, 6, 6]),
        ("sigmoid(A)", [6, 6, 6, 6]),
        ("tanh(A)", [6]),
        ("relu(A)", [6, 6]),
        ("identity(A)", [6]),
        ("softmax(A)", [4, 6, 6, 4, 6]),
        ("softmax(S)", [1, 1, 1]),
        ("A * relu(A)", [6, 6, 6]),
        ("outer(C, C)", [9]),
        ("concatenate([A, 2 * A])", [6]),
        ("(A + D)[0] * S", [6, 3]),
        ("where(A > 0, A, D)", [6, 6]),
    ],
)
def test_every_operator_is_counted_once_for_each_cell_of_what_it_gives(text, counts):
    assert [stage.count for stage in work(text).plan.stages] == counts


def test_an_activation_at_the_top_is_opened_by_its_definition_and_a_sigmoid_within_is_one_operation():
    assert work("sigmoid(A)").plan.text == "1 / (1 + exp(-A))"
    assert work("relu(A @ B)").plan.text == "where(A @ B < 0, 0, A @ B)"
    assert work("sigmoid(A) * 2").plan.text == "sigmoid(A) * 2"
    assert work("silu(sigmoid(A))").plan.text == "sigmoid(A) * sigmoid(sigmoid(A))"


def check(found, value, every=True):
    """What must hold of any equation's operations."""
    total = found.plan.total
    assert bits(progress_at(found, total).value) == bits(value)
    assert (progress_at(found, 0).last_operation == -1).all()
    picked = range(total) if every else sorted(random.Random(total).sample(range(total), min(total, 12)))
    for at in picked:
        operation, now = found.operation(at), progress_at(found, at + 1)
        assert now.last_operation.shape == np.shape(value)
        assert (now.last_operation <= at).all()
        gave = now.value[now.last_operation == at]
        assert gave.size, "an operation that no cell of the result needs"
        assert all(same(one, operation.value) for one in gave.ravel())
        follows(operation)


def follows(operation):
    """An operation's result follows from its operands, by Python's own arithmetic."""
    node, (stage, taken) = operation.stage.node, (operation.stage, operation.operands)
    name = getattr(getattr(node, "func", None), "id", type(getattr(node, "op", node)).__name__)
    if stage.kind == "products":
        expected = taken[0] * taken[1]
    elif stage.kind == "copy":
        expected = taken[0]
    elif stage.kind == "divide":
        expected = taken[0] / taken[1]
    elif name in COMPUTE:
        with np.errstate(all="ignore"):
            expected = float(COMPUTE[name](*map(np.float64, taken)))
    else:
        return
    assert same(expected, operation.value) or math.isclose(
        expected, operation.value, rel_tol=1e-9, abs_tol=1e-12
    )


COMPUTE = {
    "Add": lambda a, b: a + b,
    "MatMult": lambda a, b: a + b,
    "sum": lambda a, b: a + b,
    "mean": lambda a, b: a + b,
    "Sub": lambda a, b: a - b,
    "Mult": lambda a, b: a * b,
    "outer": lambda a, b: a * b,
    "Div": lambda a, b: a / b,
    "Pow": lambda a, b: a**b,
    "USub": lambda a: -a,
    "exp": np.exp,
    "log": np.log,
    "max": max,
    "sigmoid": lambda a: 1 / (1 + np.exp(-a)),
}


@pytest.mark.parametrize("name", BUILT_IN)
def test_of_every_built_in_network_the_last_operations_give_every_tensor_to_the_bit(name):
    for found, value in works(Session(builtin.open_network(name))):
        check(found, value, every=found.plan.total < 30)


@pytest.mark.parametrize(
    ("activation", "optimizer"), zip_longest(ACTIVATIONS, OPTIMIZERS, fillvalue=next(iter(OPTIMIZERS)))
)
def test_of_networks_with_drawn_numbers_the_last_operations_give_every_tensor(activation, optimizer):
    more = {"batch_size": 3, "reduction": "mean"} if optimizer in ("adam", "momentum") else {}
    inner = "tanh" if activation == "softmax" else activation
    made = network((3, 4, 2), inner, last=activation, samples=4, optimizer=optimizer, **more)
    for found, value in works(Session(with_options(made)), 2):
        check(found, value, every=False)


@pytest.mark.parametrize("loss", LOSSES)
def test_of_every_loss_the_operations_give_every_tensor(loss):
    for found, value in works(Session(network((2, 3, 2), "sigmoid", loss=loss))):
        check(found, value)


def test_of_random_equations_the_operations_give_the_result():
    draw, seen = random.Random(3), 0
    while seen < 200:
        text = grown(draw, 3)
        try:
            understood(text)
            found = work(text)
        except ExpressionError:
            continue
        value = value_of(text)
        if not np.size(value):
            continue
        seen += 1
        total = found.plan.total
        end = progress_at(found, total)
        assert end.last_operation.shape == np.shape(value), text
        for at in draw.sample(range(total), min(total, 10)):
            operation, now = found.operation(at), progress_at(found, at + 1)
            assert (now.last_operation <= at).all()
            assert all(same(one, operation.value) for one in now.value[now.last_operation == at].ravel()), (
                text
            )
            follows(operation)


@pytest.mark.parametrize(
    "text", ["sigmoid(A)", "A @ B + D", "softmax(A)", "mean(A * D, axis=0)", "C - 2 * C.reshape(3)"]
)
def test_each_stage_gives_what_numpy_gives_for_that_part_of_the_equation(text):
    found = work(text)
    for stage in found.plan.stages:
        if stage.kind == "products":
            continue
        part = found.plan.text[stage.node.col_offset : stage.node.end_col_offset]
        value, each = value_of(part), max(stage.terms - 1, 1) if stage.kind == "sums" else 1
        for cell in range(stage.cells):
            last = found.operation(stage.first + (cell + 1) * each - 1)
            if stage.kind != "sums" or "mean" not in part:
                assert last.value == float(np.ravel(value)[cell])


def test_equal_parts_are_computed_once():
    found = work("exp(A - max(A)) / sum(exp(A - max(A)))")
    parts = [found.plan.text[s.node.col_offset : s.node.end_col_offset] for s in found.plan.stages]
    assert len(parts) == len(set(parts)) == 5


def test_a_large_product_is_counted_and_never_listed():
    session = Session(wide())
    session.goto(0)
    frame = session.frame
    first = frame.program.steps[0]
    found = plan_operations(first, {name: np.shape(value) for name, value in frame.tensors.items()})
    assert found.total == 64 * 128 * (784 + 783 + 1)
    inside = PartialStep(MicroValues(first, frame.tensors), 64 * 128 * 784 + 5 * 783 + 300)
    assert inside.operation.cell == (0, 5)
    assert inside.operation.term == 300
    with np.errstate(all="ignore"):
        terms = frame.tensors["X"][0] * frame.tensors["W"][:, 5]
    assert inside.partial_value((0, 5)) == np.add.accumulate(terms)[300]
    assert inside.partial_value((0, 4)) == (frame.tensors["X"] @ frame.tensors["W"])[0, 4]
    assert inside.partial_value((0, 6)) == frame.tensors["X"][0, 783] * frame.tensors["W"][783, 6]


KINDS = [
    (is_layout_change, """einsum("ij->ji", A); A.T; A[0]; A.reshape(6); concatenate([A, A])"""),
    (is_contraction, """A @ B; einsum("ij,jk->ik", A, B); einsum("ij,ij->", A, A)"""),
    (is_reduction, """sum(A); mean(A, axis=0); any(A); argmax(A); einsum("ij->i", A)"""),
    (None, """A; A + B; einsum("ij,ij->ij", A, A); exp(A); var(A); 2; -A"""),
]


def test_what_moves_numbers_what_adds_products_and_what_reduces_are_told_apart():
    for kind, texts in KINDS:
        for text in texts.split("; "):
            node = ast.parse(text, mode="eval").body
            found = [each for each in (is_layout_change, is_contraction, is_reduction) if each(node)]
            assert found == ([] if kind is None else [kind]), text


SMALL = {
    "A": np.array([[1.0, 2.0], [3.0, 4.0]]),
    "B": np.array([[5.0, 6.0], [7.0, 9.0]]),
    "C": np.array([5.0, 6.0]),
    "S": np.float64(2),
}
# By hand: the kind, the cell and the term from 1 on, the operands and the result of each operation.
LISTED = {
    "A @ C": (
        "products 0: 1 5 = 5; products 1: 3 5 = 15; products 0/1: 2 6 = 12; products 1/1: 4 6 = 24; "
        "sums 0/1: 5 12 = 17; sums 1/1: 15 24 = 39"
    ),
    "C @ A": (
        "products 0: 5 1 = 5; products 1: 5 2 = 10; products 0/1: 6 3 = 18; products 1/1: 6 4 = 24; "
        "sums 0/1: 5 18 = 23; sums 1/1: 10 24 = 34"
    ),
    "C @ C": ("products: 5 5 = 25; products /1: 6 6 = 36; sums /1: 25 36 = 61"),
    "mean(A, axis=1)": ("sums 0/1: 1 2 = 3; sums 1/1: 3 4 = 7; divide 0: 3 2 = 1.5; divide 1: 7 2 = 3.5"),
    "mean(A, axis=0, keepdims=True)": (
        "sums 0,0/1: 1 3 = 4; sums 0,1/1: 2 4 = 6; divide 0,0: 4 2 = 2; divide 0,1: 6 2 = 3"
    ),
    "mean(S)": ("copy: 2 = 2"),
    "max(A, axis=1)": ("sums 0/1: 1 2 = 2; sums 1/1: 3 4 = 4"),
    "argmax(A)": ("sums /1: 0 2 = 1; sums /2: 1 3 = 2; sums /3: 2 4 = 3"),
    "argmax(B - 7, axis=0)": (
        "each 0,0: 5 7 = -2; each 0,1: 6 7 = -1; each 1,0: 7 7 = 0; each 1,1: 9 7 = 2; "
        "sums 0/1: 0 0 = 1; sums 1/1: 0 2 = 1"
    ),
    'einsum("ij->j", A)': ("sums 0/1: 1 3 = 4; sums 1/1: 2 4 = 6"),
    'einsum("ji->ij", A)': ("copy 0,0: 1 = 1; copy 0,1: 3 = 3; copy 1,0: 2 = 2; copy 1,1: 4 = 4"),
    'einsum("ij,jk->ki", A, B)': (
        "products 0,0: 1 5 = 5; products 0,1: 3 5 = 15; products 1,0: 1 6 = 6; products 1,1: 3 6 = 18; "
        "products 0,0/1: 2 7 = 14; products 0,1/1: 4 7 = 28; products 1,0/1: 2 9 = 18; "
        "products 1,1/1: 4 9 = 36; sums 0,0/1: 5 14 = 19; sums 0,1/1: 15 28 = 43; "
        "sums 1,0/1: 6 18 = 24; sums 1,1/1: 18 36 = 54"
    ),
    'einsum("i,j->ij", C, C)': (
        "each 0,0: 5 5 = 25; each 0,1: 5 6 = 30; each 1,0: 6 5 = 30; each 1,1: 6 6 = 36"
    ),
    "A.T": ("copy 0,0: 1 = 1; copy 0,1: 3 = 3; copy 1,0: 2 = 2; copy 1,1: 4 = 4"),
    "-C + S": ("each 0: 5 = -5; each 1: 6 = -6; each 0: -5 2 = -3; each 1: -6 2 = -4"),
    "sum(A)": ("sums /1: 1 2 = 3; sums /2: 3 3 = 6; sums /3: 6 4 = 10"),
    "any(C > 5)": ("each 0: 5 5 = 0; each 1: 6 5 = 1; sums /1: 0 1 = 1"),
    "A[1] * C": ("each 0: 3 5 = 15; each 1: 4 6 = 24"),
    "min(A.T, axis=0, keepdims=True)": ("sums 0,0/1: 1 2 = 1; sums 0,1/1: 3 4 = 3"),
    "1/2 * C": ("each 0: 0.5 5 = 2.5; each 1: 0.5 6 = 3"),
    "outer(C, A[0])": ("each 0,0: 5 1 = 5; each 0,1: 5 2 = 10; each 1,0: 6 1 = 6; each 1,1: 6 2 = 12"),
    "relu(C - 5.5)": (
        "each 0: 5 5.5 = -0.5; each 1: 6 5.5 = 0.5; each 0: -0.5 0 = 1; each 1: 0.5 0 = 0; "
        "each 0: 1 0 -0.5 = 0; each 1: 0 0 0.5 = 0.5"
    ),
    "sum(A @ C)": (
        "products 0: 1 5 = 5; products 1: 3 5 = 15; products 0/1: 2 6 = 12; products 1/1: 4 6 = 24; "
        "sums 0/1: 5 12 = 17; sums 1/1: 15 24 = 39; sums /1: 17 39 = 56"
    ),
}


def small(text):
    shapes = {name: np.shape(value) for name, value in SMALL.items()}
    tree = parser.parse(text, shapes)
    lowered = lowering.lower(tree, shapes)
    code = lowering.compile_lowered(lowered)
    return MicroValues(Step("Z", text, "forward", Role("net"), text, tree, code, lowered), SMALL)


@pytest.mark.parametrize("text", LISTED)
def test_each_operation_has_the_cell_the_term_and_the_numbers_that_a_person_would_write(text):
    found = small(text)
    lines = []
    for kind, cell, term, operands, value in steps(found):
        place = ",".join(map(str, cell)) + (f"/{term}" if term else "")
        taken = " ".join(f"{operand:g}" for operand in operands)
        lines.append(f"{kind} {place}: {taken} = {value:g}".replace(" :", ":"))
    assert "; ".join(lines) == LISTED[text]


@pytest.mark.parametrize(
    "text", ["A @ C", "A @ B", "C @ A", "mean(A, axis=1)", "-C + S", "max(B, axis=0)", "A * B - S * A"]
)
def test_within_an_equation_each_cell_shows_its_own_last_operation(text):
    """Of operations that belong to one cell each: followed one by one, as a person would tick them off."""
    found = small(text)
    listed = steps(found)
    last = {cell: at for at, (_, cell, *_) in enumerate(listed)}
    for k in range(1, found.plan.total + 1):
        inside = PartialStep(found, k)
        assert inside.operation.value == listed[k - 1][4]
        assert inside.cell == listed[k - 1][1]
        for cell, final in last.items():
            done = [at for at in range(k) if listed[at][1] == cell]
            finished = final < k
            assert inside.is_finished(cell) == finished
            assert inside.is_latest(cell) == (bool(done) and done[-1] == k - 1)
            assert inside.partial_value(cell) == (listed[done[-1]][4] if done else None)
            if not done or finished or listed[done[-1]][0] != "products":
                assert inside.term(cell) is None
                continue
            products = [listed[at] for at in done if listed[at][0] == "products"]
            term = inside.term(cell)
            assert (term.number, term.total) == (len(products), 2)
            assert term.sum_so_far == sum(value for *_, value in products)


def test_operations_are_counted_over_equations_iterations_and_epochs_as_one_line_of_them():
    """Every way from every fifth moment of two epochs, against the list of all moments."""
    session = Session(network((1, 2, 1), samples=3, batch_size=2))
    moments = []
    for n in range(4 * session.period):
        moments += [(n, k) for k in range(operation_count(session, n))]
    assert operation_count(session, 0) != operation_count(session, session.period)
    for at in range(0, len(moments) // 2, 5):
        session.goto(*moments[at])
        for count in (-at - 3, -at, -37, -9, -1, 0, 1, 8, 43, len(moments) // 2 - 1):
            wanted = moments[at + count] if at + count >= 0 else (0, 0)
            assert position_after(session, count) == wanted, (moments[at], count)
    assert check_operation(session, 0, operation_count(session, 0) - 1) == operation_count(session, 0) - 1
    for n in (0, session.period + 1):
        with pytest.raises(BpstepError, match=f"{session.program.steps[n % session.period].name}.*{n + 1}"):
            check_operation(session, n, operation_count(session, n))


def test_the_numbers_of_an_equation_are_computed_once_while_the_cursor_is_in_it():
    session = Session(builtin.open_network("article"))
    frames = []
    for k in (1, 2, 5):
        session.goto(0, k)
        frames.append(session.frame)
    assert len({id(frame.inside.values) for frame in frames}) == 1
