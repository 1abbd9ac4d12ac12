"""Why a number is what it is: operands, the writes they come from, and who reads next."""

import networks_for_screens
import numpy as np
import pytest
from make_networks import article, mazur, network

from bpstep.engine.edits import EditEquation
from bpstep.errors import BpstepError
from bpstep.explain.lazy_list import LazyList
from bpstep.explain.operands import (
    OmittedTerms,
    Operand,
    dependent_cells,
    operands_with_totals,
    scalar_operands,
)
from bpstep.explain.provenance import (
    ALL_TERMS,
    OmittedCells,
    OperandSource,
    Provenance,
    ProvenanceQuery,
    Reader,
    provenance_query,
)
from bpstep.explain.scalar import Apply, Cell, Fold, Number
from bpstep.lang import lowering, parser
from bpstep.lang.lowering import evaluate, evaluation_scope
from bpstep.netfile.builtin import open_network
from bpstep.session.session import Session

NETWORKS = {
    "article": article,
    "article, immediate": lambda: article(update_order="immediate"),
    "mazur": mazur,
    "adam, minibatches": lambda: network(
        (2, 3, 2), samples=5, batch_size=2, shuffle=True, optimizer="adam", reduction="mean"
    ),
    "softmax, nesterov": lambda: network(
        (2, 3, 3), "relu", last="softmax", loss="cross_entropy", optimizer="nesterov"
    ),
    "three layers, immediate": lambda: network((2, 3, 2, 1), "elu", update_order="immediate"),
}


def at(net, position):
    session = Session(net)
    session.goto(position)
    return session


def why(session, name, *index):
    return Provenance(session, provenance_query(session, name, index))


def rows(answer, *kinds, opened=()):
    return [row for row in answer.rows(opened) if not kinds or isinstance(row, kinds)]


def source(answer, name):
    return next(row for row in rows(answer, OperandSource) if row.operand.cell.name == name)


def number(value, index):
    return float(value[index] if index else value)


@pytest.mark.parametrize("name", NETWORKS)
def test_every_operand_has_the_value_that_its_write_left(name):
    """Compared with the states of a separate session at those moments."""
    net = NETWORKS[name]()
    session, walked, other = at(net, "i3"), at(net, "i1"), Session(net)
    for n in range(session.period, 3 * session.period + 1):
        walked.goto(n)
        step = walked.frame.step
        shape = np.shape(walked.frame.tensors[step.name])
        for index in {(0,) * len(shape), tuple(size - 1 for size in shape)}:
            value = number(walked.frame.tensors[step.name], index)
            answer = Provenance(session, ProvenanceQuery(step.name, index, n, n, value))
            assert answer.scalar.value == pytest.approx(value, rel=1e-9, abs=1e-15)
            for row in rows(answer, OperandSource, opened={ALL_TERMS}):
                cell = row.operand.cell
                asked = answer.query_of_row(row)
                assert (asked.name, asked.index, asked.value) == (cell.name, cell.index, cell.value)
                other.goto(asked.at if cell.name in session.program.step_indices else n)
                assert number(other.frame.tensors[cell.name], cell.index) == cell.value
                if asked.at and cell.name in session.program.step_indices:
                    assert other.frame.step.name == cell.name


def test_a_weight_leads_back_through_the_updates_to_its_initial_value():
    """Against the weights of the article's loop in plain NumPy."""
    x, w, v = np.array([0.4, 0.5]), np.array([[0.1, 0.3, 0.5], [0.2, 0.4, 0.6]]), np.array([0.1, 0.2, 0.3])
    history = []
    for _ in range(5):
        history.append(w[0, 1])
        h = 1 / (1 + np.exp(-(x @ w + np.array([0.1, 0.2, 0.3]))))
        y = 1 / (1 + np.exp(-(h @ v + 0.1)))
        error = (y - 1) * y * (1 - y)
        v, w = v - 0.01 * error * h, w - 0.01 * np.outer(x, error * v * h * (1 - h))
    session = at(article(), "i5:net_1")
    answer = why(session, "net_1", 1)
    row = next(row for row in rows(answer, OperandSource) if row.operand.cell.index == (0, 1))
    seen = [row.operand.cell.value]
    for iteration in (4, 3, 2, 1, 0):
        assert row.description == f"step 16 of iteration {iteration}"
        answer = Provenance(session, answer.query_of_row(row))
        assert (answer.frame.iteration, answer.description) == (iteration, "step 16")
        gradient = source(answer, "delta_w1").operand.cell
        assert gradient.value == number(session.frame_at(answer.n).tensors["delta_w1"], gradient.index)
        row = source(answer, "W")
        seen.append(row.operand.cell.value)
    assert row.description == "initial weight"
    assert seen[1:] == pytest.approx(history[::-1], rel=1e-12)
    end = Provenance(session, answer.query_of_row(row))
    assert (end.step, end.scalar, end.question.at, end.question.value) == (None, None, 0, 0.3)
    assert session.n == 81


def test_a_weight_that_is_read_before_its_update_has_the_old_value():
    session = at(article(), "i1")
    answer = why(session, "net_2", 0)
    assert [
        row.operand.cell.value for row in rows(answer, OperandSource) if row.operand.cell.name == "V"
    ] == [
        0.1,
        0.2,
        0.3,
    ]
    assert session.frame.tensors["V"][0, 0] != 0.1


def test_what_no_equation_wrote_says_what_it_is():
    session = at(network((2, 3, 1), samples=4, optimizer="adam"), "i1")
    told = {name: why(session, name, *index).description for name, index in
            [("X", (2, 0)), ("labelY", (3, 0)), ("learning_rate", ()), ("beta1", ())]}  # fmt: skip
    assert told == {
        "X": "given, row 3 of 4",
        "labelY": "given, row 4 of 4",
        "learning_rate": "given",
        "beta1": "given",
    }
    session.goto(0)
    begin = {name: why(session, name, *index).description for name, index in
             [("W", (0, 0)), ("B1", (0,)), ("m_W", (0, 0)), ("t", ())]}  # fmt: skip
    assert begin == {
        "W": "initial weight",
        "B1": "initial bias",
        "m_W": "0 at the start",
        "t": "0 at the start",
    }
    held = at(article(), "i1")
    assert why(held, "B1", 1).description == "initial bias, fixed"
    assert why(held, "X", 0).description == "given"


def test_the_row_of_the_data_is_told_for_the_batch_that_was_drawn():
    net = network(samples=7, batch_size=3, shuffle=True, seed=4)
    session = at(net, "i1:net_1")
    order = np.random.default_rng([4, 0]).permutation(7)
    answer = why(session, "net_1", 2, 0)
    row = source(answer, "X")
    assert row.description == f"given, row {order[5] + 1} of 7"
    assert row.operand.cell.value == net.inputs[order[5], 0]


def test_an_edited_number_is_told_wherever_it_is_read():
    session = at(article(), "i1:H")
    session.edit("H", (0,), 0.25)
    session.edit("X", (1,), 0.75)
    session.goto("i2:net_2")
    session.goto("i1:net_2")
    answer = why(session, "net_2", 0)
    assert source(answer, "H").description == "step 2, edited"
    asked = Provenance(session, answer.query_of_row(source(answer, "H")))
    assert asked.edited
    assert asked.question.value == 0.25 != asked.scalar.value
    told = [
        row.description
        for row in rows(why(session, "net_1", 0), OperandSource)
        if row.operand.cell.name == "X"
    ]
    assert told == ["given", "given, edited"]
    session.goto("net_2")
    assert source(why(session, "net_2", 0), "V").description == "step 15 of iteration 0"


def test_an_edited_initial_weight_is_an_end_that_says_so():
    session = Session(article(), [("W", (0, 1), 0.9)])
    session.record(EditEquation(0, "H", "tanh(net_1)"))  # an equation is no cell
    session.goto("net_1")
    (row,) = [
        row for row in rows(why(session, "net_1", 1), OperandSource) if row.operand.cell.index == (0, 1)
    ]
    assert (row.description, row.operand.cell.value) == ("initial weight, edited", 0.9)


def test_a_tensor_that_is_not_computed_says_when_it_will_be():
    session = at(article(), "H")
    with pytest.raises(BpstepError, match="E is not computed yet: step 5 computes it"):
        provenance_query(session, "E", ())


@pytest.mark.parametrize("name", NETWORKS)
def test_the_readers_of_a_cell_are_the_cells_that_change_with_it(name):
    """Against the equations themselves, run once more with another number in the cell."""
    session = at(NETWORKS[name](), "i2")
    random = np.random.default_rng(1)
    for step in session.program.steps:
        tensors = {read: random.uniform(0.1, 0.9, session.frame.shape(read)) for read in step.reads}
        shapes = {read: np.shape(value) for read, value in tensors.items()}
        for read in step.reads:
            index = tuple(int(random.integers(size)) for size in shapes[read])
            other = np.array(tensors[read])
            other[index] += 0.05
            changed = evaluate(step.code, tensors, evaluation_scope()) != evaluate(
                step.code, {**tensors, read: other if index else np.float64(other)}, evaluation_scope()
            )
            marks = dependent_cells(step.tree, read, index, shapes)
            assert marks.shape == np.shape(changed)
            assert not np.any(changed & ~marks)
            if "where" not in step.source and "relu" not in step.source and "ones_like" not in step.source:
                assert np.array_equal(marks, changed), (step.equation, read, index)


@pytest.mark.parametrize(
    "text",
    [
        "A[1:, 1:] @ B[:2]", "A[:, ::-1] @ B", "sum(A, axis=1, keepdims=True) * A",
        "max(A, axis=0) + B[:, 0]",
        "mean(A)", "repeat(A[0], 2)", "repeat(A, 2, axis=1)", "concatenate([A, B.T])",
        "concatenate([A, B.T], axis=1)", "outer(A[0], B[:, 1])", "A.reshape(3, 2) - B", "softmax(A)",
        "tanh(A)[-1]", "A.T * B",
        "A[0] @ B", "A @ B[:, 0]", "A[1] @ B[:, 0]", "-A / 2 + 1", "A**2 + sigmoid(A)",
    ],
)  # fmt: skip
def test_what_an_expression_reads_is_marked_through_every_operation(text):
    random = np.random.default_rng(2)
    tensors = {"A": random.uniform(0.1, 0.9, (2, 3)), "B": random.uniform(0.1, 0.9, (3, 2))}
    shapes = {name: value.shape for name, value in tensors.items()}
    tree = parser.parse(text, shapes)
    code = lowering.compile_lowered(lowering.lower(tree, shapes))
    before = evaluate(code, tensors, evaluation_scope())
    for name, value in tensors.items():
        for index in np.ndindex(value.shape):
            other = value.copy()
            other[index] += 1.0
            changed = evaluate(code, {**tensors, name: other}, evaluation_scope()) != before
            marks = dependent_cells(tree, name, index, shapes)
            assert marks.shape == np.shape(before)
            assert not np.any(changed & ~marks)
            if "max" not in text:
                assert np.array_equal(marks, changed)


def test_the_readers_come_in_order_until_the_tensor_is_written_again():
    session = at(article(), "i2")
    read = [
        (row.step.name, row.n)
        for row in rows(Provenance(session, ProvenanceQuery("V", (1, 0), 15, 15, 0.0)), Reader)
    ]
    # Written in iteration 0, read in iteration 1, by its own update last.
    assert read == [("net_2", 19), ("delta_net2_H", 25), ("V", 31)]
    begin = [
        (row.step.name, row.n)
        for row in rows(Provenance(session, ProvenanceQuery("V", (1, 0), 0, 3, 0.2)), Reader)
    ]
    assert begin == [("net_2", 3), ("delta_net2_H", 9), ("V", 15)]
    assert rows(Provenance(session, ProvenanceQuery("X", (0,), 16, 20, 0.4)), Reader)[0].n == 17


def test_a_reader_that_is_not_done_has_no_number_and_leads_nowhere():
    session = at(article(), "H")
    (coming, *_) = rows(why(session, "H", 0), Reader)
    assert (coming.step.name, coming.index, coming.description) == ("net_2", None, "step 3, not done yet")
    with pytest.raises(BpstepError, match="net_2 is not done yet: its value is known from n = 3 on"):
        why(session, "H", 0).query_of_row(coming)
    # X[0] is in delta_net1_w1 alone: what does not read the cell is no reader.
    assert [row.step.name for row in rows(why(session, "X", 0), Reader) if row.index is None] == [
        "delta_net1_w1"
    ]


def test_a_reader_leads_forward():
    session = at(mazur(), "i1")
    answer = why(session, "delta_net2", 0, 1)
    reader = next(row for row in rows(answer, Reader) if row.step.name == "delta_V")
    asked = Provenance(session, answer.query_of_row(reader))
    assert (asked.question.name, asked.question.index) == ("delta_V", (0, 1))
    assert asked.question.value == session.frame.tensors["delta_V"][0, 1]


def test_a_long_sum_is_folded_and_opened():
    session = at(networks_for_screens.wide(), "net_1")
    answer = why(session, "net_1", 3, 5)
    found = rows(answer)
    names = [row.operand.cell.name for row in found if isinstance(row, OperandSource)]
    assert names == ["X", "W"] * 4 + ["B1"]
    assert [row.count for row in found if isinstance(row, OmittedTerms)] == [780]
    opened = rows(answer, OperandSource, opened={ALL_TERMS})
    assert [row.operand.cell.index for row in opened if row.operand.cell.name == "W"] == [
        (k, 5) for k in range(784)
    ]
    adds = [row.operand.contribution for row in opened if row.operand.contribution is not None]
    assert sum(adds) == pytest.approx(answer.question.value)
    assert len(adds) == 785


def test_many_cells_of_a_reader_are_folded_and_opened():
    session = at(networks_for_screens.wide(), "E")
    answer = why(session, "X", 3, 5)
    assert [row.count for row in rows(answer, OmittedCells)] == [124]
    assert len([row for row in rows(answer, Reader, opened={"net_1"}) if row.step.name == "net_1"]) == 128


@pytest.mark.parametrize(("units", "listed", "left"), [(4, 4, []), (5, 5, []), (6, 4, [2])])
def test_one_cell_more_than_the_most_is_listed_rather_than_counted(units, listed, left):
    session = at(network((2, units, 1), "tanh", samples=1), "E")
    answer = why(session, "X", 0, 1)
    assert [row.step.name for row in rows(answer, Reader)].count("net_1") == listed
    assert [row.count for row in rows(answer, OmittedCells) if row.step.name == "net_1"] == left


def test_a_softmax_names_each_cell_once():
    session = at(open_network("penguins"), "Y")
    cells = [row.operand.cell for row in rows(why(session, "Y", 4, 1), OperandSource, opened={ALL_TERMS})]
    assert sorted(cell.index for cell in cells) == [(4, 0), (4, 1), (4, 2)]


def test_a_gradient_has_paths_and_so_has_what_it_updates():
    session = at(open_network("deep"), "i2")
    assert why(session, "delta_W3", 0, 0).paths.count == 16
    for name, gradient in (("W3", "delta_W3"), ("m_W3", "delta_W3"), ("B2", "delta_B2")):
        index = (1, 2) if "W" in name else (2,)
        found = why(session, name, *index).paths
        assert (found.name, found.index) == (gradient, index)
    assert why(session, "E").paths is None
    assert why(session, "delta_net2_H1", 0, 0).paths is None
    assert why(session, "X", 0, 0).paths is None
    rows_form = at(article(), "i1")
    found = why(rows_form, "W", 1, 2).paths
    assert (found.name, found.index, found.count) == ("delta_w2", (0, 2), 1)


def test_looking_back_leaves_the_cursor_and_its_state_at_hand():
    session = at(article(), "i40:net_1")
    own = session.timeline.iteration(40)
    answer = why(session, "net_1", 0)
    for _ in range(20):
        row = next(row for row in rows(answer, OperandSource) if row.operand.cell.name == "W")
        answer = Provenance(session, answer.query_of_row(row))
        assert answer.frame.n == row.at
        assert session.is_current
    assert session.n == 641
    assert session.timeline.iteration(40) is own


def cell(name, value=1.0):
    return Cell(name, (), value)


def test_addends_say_what_they_add():
    product = Apply("*", (cell("a", 2.0), cell("b", 3.0)))
    node = Apply("-", (product, Apply("/", (Apply("+", (cell("c", 8.0), cell("a", 2.0))), Number(4)))))
    found = [(item.cell.name, item.contribution) for item in scalar_operands(node)]
    assert found == [("a", 6.0), ("b", None), ("c", -2.0)]
    alone = list(scalar_operands(product))
    assert [item.contribution for item in alone] == [None, None]
    mean = Fold("mean", 2, lambda k: (cell("p", 4.0), cell("q", 6.0))[k])
    assert [item.contribution for item in scalar_operands(mean)] == [2.0, 3.0]
    assert [item.contribution for item in scalar_operands(Apply("neg", (mean,)))] == [-2.0, -3.0]
    half = Apply("*", (Number(0.5), mean))
    assert [item.contribution for item in scalar_operands(half)] == [1.0, 1.5]


def test_a_cell_that_stands_in_several_addends_adds_each_time():
    def term(k):
        return Apply("+", (cell(f"r{k}", float(k)), cell("b", 0.5)))

    def totals(node, most=None):
        found = operands_with_totals(node, most)
        return {item.cell.name: item.contribution for item in found if isinstance(item, Operand)}

    assert totals(Fold("sum", 3, term)) == {"r0": 0.0, "b": 1.5, "r1": 1.0, "r2": 2.0}
    assert totals(Fold("mean", 16, term), 4)["b"] == 0.5
    assert totals(Fold("sum", 5000, term), 4) == {"r0": 0.0, "b": None, "r1": 1.0, "r2": 2.0, "r3": 3.0}
    y, p = cell("y", 3.0), cell("p", 2.0)
    quotients = Apply("-", (Apply("*", (y, p)), Apply("/", (y, p))))
    assert totals(quotients) == {"y": 4.5, "p": None}
    assert totals(Fold("sum", 10**6, lambda _: Number(1.0)), 4) == {}


def test_a_sum_of_ones_has_no_operands():
    ones = Fold("sum", 64, lambda _: Number(1.0))
    found = list(scalar_operands(Apply("/", (cell("a"), ones)), 4))
    assert found == [Operand(cell("a"))]


@pytest.mark.parametrize(("count", "named"), [(3, 3), (4, 4), (6, 6), (7, 4), (20, 4)])
def test_of_a_sum_with_over_two_terms_beyond_the_most_only_so_many_are_named(count, named):
    node = Fold("sum", count, lambda k: cell(f"c{k}", float(k)))
    found = list(scalar_operands(node, 4))
    assert [each.cell.name for each in found[:named]] == [f"c{k}" for k in range(named)]
    assert found[named:] == ([OmittedTerms(count - named)] if count > named else [])


def test_a_lazy_list_makes_what_is_looked_at():
    made = []

    def items():
        for k in range(10):
            made.append(k)
            yield k

    found = LazyList(items())
    assert (found.get(2), made) == (2, [0, 1, 2])
    assert (found.window(1, 3), made[-1]) == ([1, 2, 3], 3)
    assert (found.compute_up_to(100), found.get(10), found.window(8, 5)) == (10, None, [8, 9])
