"""Equations replaced by a person's own: which are valid, and the errors for the others."""

import ast
import gc
import weakref
from dataclasses import replace

import numpy as np
import pytest
from make_networks import network

from bpstep.errors import ExpressionError
from bpstep.model.network import ForwardPass
from bpstep.netfile.builtin import open_network
from bpstep.program.derive import derive_program
from bpstep.program.expression import check_read_after, parse_expression, update_sites
from bpstep.program.names import delta_name


@pytest.mark.parametrize(
    ("name", "source", "told"),
    [
        ("delta_Z", "Y", "there is no equation delta_Z"),
        ("delta_B_1", "1", "did you mean delta_B1?"),
        ("X", "X", "there is no equation X"),
        ("delta_Y", "Y - labelZ", "no tensor is called labelZ"),
        ("delta_Y", "Y.T - labelY", "expected the shape 4×1, got 4×4"),
        ("delta_Y", "sum(Y - labelY)", "expected the shape 4×1, got one number"),
        ("E", "labelY - Y", "expected the shape one number, got 4×1"),
        (
            "net_1",
            "X @ W + delta_B1",
            "delta_B1 is not computed before this equation, so it cannot be read here",
        ),
        ("H", "H", "H is not computed before this equation, so it cannot be read here"),
        (
            "delta_Y",
            "Y - labelY + E * delta_V",
            "delta_V is not computed before this equation, so it cannot be read here",
        ),
        ("delta_Y", "open(Y)", "open is not a function here"),
        ("delta_Y", "Y @ labelY", "do not fit together"),
    ],
)
def test_a_replaced_equation_that_does_not_hold_is_told_with_its_name(name, source, told):
    with pytest.raises(ExpressionError) as caught:
        derive_program(network(program={name: source}))
    assert str(caught.value).startswith(f"{name}: ") or told.startswith("there is no equation")
    assert told in str(caught.value)
    assert caught.value.equation == name


def test_a_replaced_equation_must_fit_every_batch_that_there_is():
    uneven = {"samples": 5, "batch_size": 2}
    with pytest.raises(ExpressionError, match="does not fit"):
        derive_program(network(**uneven, program={"delta_Y": "(Y - labelY).reshape(2, 1)"}))
    derive_program(network(samples=4, batch_size=2, program={"delta_Y": "(Y - labelY).reshape(2, 1)"}))
    derive_program(network(**uneven, program={"delta_Y": "(Y - labelY).reshape(-1, 1)"}))


def test_a_replaced_equation_may_read_what_is_carried_into_the_iteration():
    source = "X @ W + B1 + 0 * velocity_B1"
    program = derive_program(network(optimizer="momentum", program={"net_1": f"  {source}  "}))
    step = program.steps[0]
    assert (step.source, step.derived, step.equation) == (source, "X @ W + B1", f"net_1 = {source}")
    assert step.reads == ("X", "W", "B1", "velocity_B1")


def test_a_replaced_equation_is_bounded_in_work():
    heavy = "Y - labelY + sum(exp(exp(exp(exp(exp(exp(exp(exp(repeat(E, 33554432)))))))))"
    with pytest.raises(ExpressionError, match="numbers"):
        derive_program(network(program={"delta_Y": heavy + ") * 0"}))


def test_another_right_hand_side_leaves_the_program_as_it_was():
    program = derive_program(network())
    other = program.with_equation("delta_Y", "labelY - Y").with_equation("E", "sum((labelY - Y)**2)")
    assert [step.source for step in other.steps if step.source != step.derived] == [
        "sum((labelY - Y)**2)",
        "labelY - Y",
    ]
    assert all(step.source == step.derived for step in program.steps)
    assert program.replaced == {}


def test_two_derivations_of_one_network_give_equal_equations_that_print_short():
    one, other = (derive_program(network()) for _ in range(2))
    assert one.steps == other.steps
    assert one.steps != one.with_equation("delta_Y", "labelY - Y").steps
    assert all("<ast" not in repr(step) and "<code" not in repr(step) for step in one.steps)


def test_a_derivative_s_name_drops_the_underline_before_a_number_only():
    assert delta_name("net_1") == "delta_net1"
    assert delta_name("net_1", "H") == "delta_net1_H"
    assert delta_name("my_own") == "delta_my_own"
    assert delta_name("my_own_2", "x_1") == "delta_my_own2_x1"


def test_a_dot_in_a_replaced_equation_is_what_numpy_makes_of_its_shapes():
    program = derive_program(network(program={"delta_Y": "np.dot(2, Y - labelY)"}))
    assert program.replaced["delta_Y"] == "2 * (Y - labelY)"
    again = program.with_equation("E", "sum(np.dot((labelY - Y).T, labelY - Y))")
    assert again.replaced == {"delta_Y": "2 * (Y - labelY)", "E": "sum((labelY - Y).T @ (labelY - Y))"}


def everything(program):
    """Everything about a program's equations, including what is compiled from them."""
    steps = [
        (step, ast.dump(step.tree), ast.dump(step.lowered), step.code.co_code, step.code.co_consts)
        for step in program.steps
    ]
    return steps, program.batch_shapes, program.replaced, program.user_equations, program.carried


@pytest.mark.parametrize("name", ["article", "deep", "batchnorm", "embedding"])
def test_a_program_with_another_equation_is_the_one_that_is_derived_with_it(name):
    plain = open_network(name)
    steps = derive_program(plain).steps
    first, middle, last = (
        (at.name, f"2 * ({at.source})") for at in (steps[1], steps[len(steps) // 2], steps[-1])
    )
    program = derive_program(plain).with_equation(*middle)
    assert everything(program) == everything(derive_program(replace(plain, program=dict([middle]))))
    program = program.with_equations(dict([first, last]))
    assert everything(program) == everything(
        derive_program(replace(plain, program=dict([middle, first, last])))
    )
    assert everything(program.derived) == everything(derive_program(replace(plain, program={})))
    puzzle = replace(plain, program=dict([middle]), puzzle=True)
    assert derive_program(puzzle).steps != steps
    assert derive_program(puzzle).derived.steps == steps


def test_an_index_that_another_equation_makes_too_large_is_refused_where_it_is_used():
    forward = ForwardPass(
        (("k", "argmax(X, axis=1)"), ("picked", "T[k] * w"), ("E", "sum(picked**2)")),
        {"X": np.eye(3)},
        {"T": np.arange(3.0)},
        {"w": np.ones(())},
    )
    program = derive_program(replace(network(), forward=forward, layers=()))
    assert program.with_equation("k", "2 - argmax(X, axis=1)").steps[0].source == "2 - argmax(X, axis=1)"
    with pytest.raises(ExpressionError, match=r"picked: .*can be 3"):
        program.with_equation("k", "argmax(X, axis=1) + 1")
    narrow = program.with_equation("k", "argmax(X, axis=1) * 0")
    with pytest.raises(ExpressionError, match=r"picked: .*can be 3"):
        narrow.with_equation("k", "argmax(X, axis=1) + 1")


def test_what_was_typed_over_a_program_is_read_once_and_forgotten_with_it():
    made = network()
    program = derive_program(made)
    assert parse_expression(program, "sum(W)") is parse_expression(program, "sum(W)")
    other = program.with_equation("delta_Y", "labelY - Y")
    assert parse_expression(other, "sum(W)") is not parse_expression(program, "sum(W)")
    for count in range(300):
        parse_expression(program, f"E + {count}")
    assert parse_expression(program, "sum(W)").text == "sum(W)"
    gone = weakref.ref(other)
    del other
    gc.collect()
    assert gone() is None


@pytest.mark.parametrize(
    ("reads", "after"),
    [
        (["H"], ["H"]),
        (["E", "H"], ["E"]),
        (["W"], ["W"]),
        (["W", "H"], ["H", "W"]),
        (["delta_V", "E", "W", "V"], ["delta_V", "V", "W"]),
        (["X"], ["net_1"]),
        (["X", "learning_rate"], ["net_1"]),
        ([], ["net_1"]),
        (["X", "Y"], ["Y"]),
    ],
)
def test_what_reads_tensors_is_new_after_each_equation_that_completes_or_changes_them(reads, after):
    program = derive_program(network(bias=False))
    sites = [program.steps[site].name for site in update_sites(program, reads)]
    assert sorted(sites) == sorted(after)
    assert [program.step_indices[name] for name in sites] == sorted(
        program.step_indices[name] for name in sites
    )


def test_what_is_computed_later_is_not_read_after_an_equation():
    program = derive_program(network())
    check_read_after(program, ["H", "W", "X", "Y"], "Y")
    check_read_after(program, ["W", "B1", "labelY"], "net_1")
    with pytest.raises(ExpressionError, match="E"):
        check_read_after(program, ["H", "E"], "Y")
