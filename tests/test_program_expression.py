"""Expressions over the tensors of a program: what is refused before it is computed, and what is cached."""

import pytest
from make_networks import article, network

from bpstep.errors import ExpressionError
from bpstep.program import expression
from bpstep.program.derive import derive_program
from bpstep.program.expression import parse_expression, update_sites

ARTICLE = derive_program(article())


def test_what_computes_too_much_is_refused_without_computing_it():
    wide = derive_program(network((5_000, 1), "identity", samples=1, bias=False))
    product = "X.T @ X"  # 25 million cells, below the limit of one array
    assert parse_expression(wide, product).shape == (5_000, 5_000)
    with pytest.raises(ExpressionError, match="numbers"):
        parse_expression(wide, " + ".join([product] * 6))


@pytest.mark.parametrize(
    "text", ["W[H]", "W[:, net_1]", "Q", "W @ W", "W +", "", "W[5, 0]", "learning_rate[0]"]
)
def test_what_does_not_fit_is_refused(text):
    with pytest.raises(ExpressionError):
        parse_expression(ARTICLE, text)


@pytest.mark.parametrize(
    ("text", "shape", "reads"),
    [
        ("E", (), ("E",)),
        ("W", (2, 3), ("W",)),
        ("W[0] * H", (3,), ("W", "H")),
        ("np.dot(X, W)", (3,), ("X", "W")),
        ("np.dot(learning_rate, W)", (2, 3), ("learning_rate", "W")),
        ("W.dot(E)", (2, 3), ("W", "E")),
        ("  sum( W )  ", (), ("W",)),
        ("0.1 + 0.2", (), ()),
    ],
)
def test_an_expression_has_a_shape_and_reads_tensors(text, shape, reads):
    found = parse_expression(ARTICLE, text)
    assert (found.shape, set(found.reads)) == (shape, set(reads))


def test_an_expression_is_parsed_once_for_each_program_and_only_so_many_are_kept(monkeypatch):
    monkeypatch.setattr(expression, "_MAX_EXPRESSIONS", 2)
    program = derive_program(network((2, 2, 1)))
    one, two = parse_expression(program, "E"), parse_expression(program, "E + 1")
    assert parse_expression(program, "E") is one
    assert parse_expression(program, "E + 1") is two
    parse_expression(program, "E + 2")
    assert parse_expression(program, "E") is not one


def test_a_value_is_known_behind_the_last_equation_that_writes_what_it_reads():
    at = ARTICLE.step_indices
    assert max(update_sites(ARTICLE, ("H", "E"))) == at["E"]
    assert max(update_sites(ARTICLE, ("H",))) == at["H"]
