"""The debugger inside an equation: where keys lead, and what the panes and the lines around them say."""

import re
from itertools import cycle

import numpy as np
import pytest
from debugger_driver import controller, debugging
from golden_screens import made
from make_networks import bits, network

from bpstep.engine.edits import EditEquation
from bpstep.errors import BpstepError
from bpstep.explain.micro_line import extra_digits, is_final_parameter_value
from bpstep.explain.numbers import format_brief, format_precise
from bpstep.explain.prose.micro import operation_sentence
from bpstep.learn import puzzle
from bpstep.model.network import Network
from bpstep.netfile.builtin import open_network
from bpstep.render.highlight import cell_role, displayed_value, is_partial
from bpstep.session import micro
from bpstep.session.session import Session


def at(session):
    return session.n, session.k


async def test_s_walks_through_an_equation_and_past_its_end_into_the_next():
    async with debugging() as person:
        await person.press("s")
        assert at(person.controller.session) == (0, 1)
        await person.type("11s")
        assert at(person.controller.session) == (1, 0)
        await person.press("s")
        assert at(person.controller.session) == (1, 1)
        await person.press("S", "S")
        assert at(person.controller.session) == (0, 11)
        await person.type("99S")
        assert at(person.controller.session) == (0, 0)
        await person.press("S")
        assert person.last == "this is the start (n = 0)"


async def test_f_goes_to_the_end_of_the_equation_and_F_to_its_start_and_outside_they_say_why_not():
    async with debugging(at="net_1") as person:
        await person.press("s", "s", "F")
        assert at(person.controller.session) == (1, 0)
        await person.press("s", "f")
        assert at(person.controller.session) == (2, 0)
        for key in "fF":
            await person.press(key)
            assert person.last == "not inside an equation; s opens the next one"
            assert at(person.controller.session) == (2, 0)


@pytest.mark.parametrize(
    ("keys", "there"),
    [
        ("n", (7, 0)),
        ("5n", (11, 0)),
        ("N", (6, 0)),
        ("2N", (5, 0)),
        ("]", (14, 0)),
        ("[", (5, 0)),
        ("}", (16, 0)),
        ("{", (0, 0)),
        ("<", (0, 0)),
        (">", (6, 0)),
        ("r", (0, 0)),
        ("x", (6, 1)),
        ("z", (6, 1)),
    ],
)
def test_other_keys_leave_the_equation_for_a_whole_one(keys, there):
    found = controller(at="delta_Y")
    found.run_action("into")
    for key in keys[:-1]:
        found.append_count_digit(key)
    found.run_action(found.keymap[keys[-1]], int(found.view.count or 1))
    assert at(found.session) == there


def test_at_the_start_of_a_phase_the_way_back_is_to_that_start_first():
    found = controller(at="backward")
    found.run_action("into")
    found.run_action("previous_phase")
    assert at(found.session) == (5, 0)
    found.run_action("into")
    found.run_action("previous_iteration")
    assert at(found.session) == (0, 0)


def test_the_tensors_inside_are_those_of_before_and_the_end_is_the_step_itself():
    session = Session(open_network("article"))
    session.goto(1)
    outside = bits(session.frame.tensors)
    session.goto(*micro.position_after(session, 5))
    assert bits(session.frame.tensors) == outside
    assert session.frame.current_step.name == "H"
    session.goto(*micro.position_after(session, 7))
    straight = Session(open_network("article"))
    straight.goto(2)
    assert at(session) == (2, 0)
    assert bits(session.frame.tensors) == bits(straight.frame.tensors)


@pytest.mark.parametrize("name", ["article", "penguins", "xor", "deep"])
def test_the_line_of_operations_has_no_gaps_across_epochs_and_back(name):
    session = Session(open_network(name))
    P, there = session.period, []
    for n in range(0, 12 * P + 1, P):
        session.goto(n)
        there.append(sum(micro.operation_count(session, n + step) for step in range(P)))
    session.goto(0)
    for iteration in range(12):
        assert micro.position_after(session, sum(there[:iteration])) == (iteration * P, 0)
        assert micro.position_after(session, sum(there[: iteration + 1]) - 1)[0] == (iteration + 1) * P - 1
    session.goto(12 * P)
    for iteration in range(12):
        assert micro.position_after(session, -sum(there[iteration:12])) == (iteration * P, 0)
    assert micro.position_after(session, -sum(there[:12]) - 5) == (0, 0)


def test_after_a_changed_equation_the_counts_are_its_own():
    session = Session(open_network("article"))
    session.goto(7)
    session.record(EditEquation(0, "H", "net_1"))
    session.goto(7, 1)
    assert micro.operation_count(session, 1) == 3
    session.goto(0)
    assert micro.position_after(session, 12 + 3) == (2, 0)
    assert micro.position_after(session, 101 - 9 + 12) == (17, 0)


@pytest.mark.parametrize(("samples", "batch_size"), [(5, 2), (4, 2), (3, 3)])
def test_any_way_across_a_changed_equation_is_as_long_as_its_single_steps(samples, batch_size):
    session = Session(network((2, 2, 1), samples=samples, batch_size=batch_size))
    P, iterations = session.period, 10
    session.record(EditEquation(5 * P, "delta_Y", "(Y - labelY) * 1 + 0"))
    line = [(n, k) for n in range(iterations * P) for k in range(micro.operation_count(session, n))]
    ends = [at for at, (n, k) in enumerate(line) if (n % P, k) in ((0, 0), (0, 1), (P - 1, 0))]
    for begin in ends:
        session.n, session.k = line[begin]
        for end in ends:
            assert micro.position_after(session, end - begin) == line[end]


def test_a_place_that_an_equation_no_longer_has_becomes_its_start():
    session = Session(open_network("article"))
    session.goto(1, 11)
    session.record(EditEquation(0, "H", "net_1"))
    session.goto(session.n, session.k)
    assert at(session) == (1, 0)
    session.goto(1, 2)
    assert session.frame.inside.total == 3


async def test_an_edit_inside_keeps_the_place_and_no_number_is_stale():
    async with debugging() as person:
        await person.type("4s/W")
        await person.press("enter", "down")
        await person.type("e0.9")
        await person.press("enter")
        assert at(person.controller.session) == (0, 4)
        assert "X[1] × W[1,0] = 0.5 × 0.9 = 0.4500" in person.text
        await person.press("U")
        assert at(person.controller.session) == (0, 4)
        assert "X[1] × W[1,0] = 0.5 × 0.2 = 0.1000" in person.text


async def test_the_equation_that_is_edited_and_gets_a_breakpoint_is_the_one_that_one_is_inside():
    async with debugging(at="net_1") as person:
        await person.press("s", "s", "E")
        assert person.last.startswith("H from iteration 0")
        assert "H = sigmoid(net_1)" in person.text
        await person.press("ctrl+u")
        await person.answer("relu(net_1)")
        assert at(person.controller.session) == (1, 2)
        assert "operation 2 of 6" in person.text
        await person.press("b")
        assert person.last.startswith("breakpoint 1 on H")


async def test_the_formula_copies_the_operation():
    async with debugging() as person:
        await person.type("4s")
        await person.press("f4")
        copied = []
        person.app.copy_to_clipboard = copied.append
        await person.press("y")
        assert copied == ["net_1 = X @ W + B1\nX[1] × W[1,0] = 0.5000 × 0.2000 = 0.1000"]


async def test_a_number_on_the_way_can_not_be_edited():
    async with debugging() as person:
        await person.type("4s")
        await person.press("e")
        assert person.last == "net_1 is not computed yet: it can be edited from step 1 on"


async def test_the_title_the_frame_and_the_timeline_say_that_one_is_inside():
    async with debugging() as person:
        await person.type("4s")
        assert "step  0 + 4/12" in person.lines[0]
        assert "─ 4/12 ─ net_1 ─" in person.text
        assert "net_1[0] h1  0.1000, term 2/2, sum so far 0.1400" in person.text
        assert person.lines[-2].startswith(" forward ◇")
        await person.press("f")
        assert person.lines[-2].startswith(" forward ◆")


async def test_a_sum_that_is_still_to_be_predicted_is_not_given_away():
    async with debugging() as person:
        await person.type("6s")
        assert "net_1[2] h3  0.3000, term 2/2, sum so far 0.5000" in person.text
        await person.type("p")
        assert "net_1[2] h3  0.3000, term 2/2 ─" in person.text
        assert "0.5000 ─" not in person.text


async def test_on_a_card_a_term_has_the_sign_of_a_product_and_a_sum_that_of_a_sum():
    async with debugging() as person:
        await person.type("4s")
        assert "×…0.1000" in person.text
        await person.type("3s")
        assert "Σ…0.1400" in person.text


async def test_the_selection_follows_the_operations_until_a_cell_is_chosen():
    async with debugging() as person:
        for cell in (0, 1, 2, 0):
            await person.press("s")
            assert person.selected == ("net_1", (cell,))
        await person.type("/X")
        await person.press("enter", "s")
        assert person.selected == ("X", (0,))
        await person.press("escape")
        assert person.selected == ("net_1", (1,))


def lit(frame, name):
    """The cells of a tensor that the operation lights."""
    cells = list(np.ndindex(*frame.shape(name)))
    return {index: role for index in cells if (role := cell_role(frame, name, index))}


def test_only_the_cells_that_the_operation_touches_are_lit():
    session = Session(open_network("article"))
    session.goto(0, 4)
    frame = session.frame
    assert {name: lit(frame, name) for name in ("X", "W", "B1", "net_1")} == {
        "X": {(1,): "read"},
        "W": {(1, 0): "read"},
        "B1": {},
        "net_1": {(0,): "write"},
    }
    session.goto(0, 10)
    assert lit(session.frame, "B1") == {(0,): "read"}
    assert lit(session.frame, "W") == {}


def test_a_tensor_that_is_written_anew_keeps_its_old_number_until_the_new_one_is_there():
    session = Session(open_network("article"))
    session.goto("update", 2)
    assert [displayed_value(session.frame, "V", (row, 0)) for row in range(3)] == [0.1, 0.2, 0.3]
    assert not any(is_partial(session.frame, "V", (row, 0)) for row in range(3))
    session.goto("update", 4)
    assert round(displayed_value(session.frame, "V", (0, 0)), 10) == 0.1005015982
    assert displayed_value(session.frame, "V", (1, 0)) == 0.2


def test_inside_the_first_equation_of_an_iteration_one_sees_its_own_samples():
    session = Session(open_network("penguins"))
    session.goto("i1", 5)
    frame = session.frame
    assert (frame.iteration, frame.done, frame.step) == (1, 0, None)
    assert "H" not in frame.tensors
    assert frame.rows == session.timeline.rows(1)
    operation = frame.inside.operation
    assert operation.operands[0] == frame.tensors["X"][0, 0]


@pytest.mark.parametrize("name", ["article", "mazur", "xor", "penguins", "deep", "wide"])
def test_every_equation_of_every_network_opens_on_a_screen_of_any_size(name):
    network = made(name)
    assert isinstance(network, Network)
    session = Session(network)
    found = controller(network)
    sizes = cycle([(80, 24), (60, 18), (120, 36)])
    for n in range(session.period):
        count = micro.operation_count(session, n)
        for k in sorted({(1, count // 3, count // 2)[n % 3], count - 1} - {0, count}):
            found.size = size = next(sizes)
            found.session.goto(n, k)
            lines = found.draw().text().splitlines()
            assert len(lines) == size[1]
            assert max(map(len, lines)) <= size[0]
            assert f" {found.frame.current_step.name} " in "\n".join(lines)
            operation = found.frame.inside.operation
            shorter = found.theme.number(operation.value)
            assert shorter in "\n".join(lines) or found.frame.current_step.role.kind == "update"


def test_show_refuses_what_is_not_inside():
    session = Session(open_network("article"))
    assert micro.check_operation(session, 0, 11) == 11
    with pytest.raises(
        BpstepError, match="net_1 has 12 operations: 12 is not inside it; all of them are done at n = 1"
    ):
        micro.check_operation(session, 0, 12)


@pytest.mark.parametrize("name", ["article", "mazur", "xor", "penguins", "deep"])
def test_the_sentence_and_the_line_hold_the_numbers_of_the_operation(name):
    session = Session(open_network(name))
    for n in range(session.period):
        count = micro.operation_count(session, n)
        for k in sorted({1, 2, count // 3, count // 2, count - 1} - {0, count}):
            session.goto(n, k)
            if session.k == 0:
                continue
            frame, inside = session.frame, session.frame.inside
            said, value = operation_sentence(frame, inside), inside.operation.value
            printed = {
                format_brief(value, extra_digits(inside)),
                *[format_precise(value)] * is_final_parameter_value(inside),
                " No",
                "Yes",
            }
            assert any(text in said for text in printed)
            assert said.endswith(".")


def test_the_sentences_say_between_which_units_numbers_go():
    session = Session(open_network("xor"))
    said = {}
    for n in range(session.period):
        for k in (1, micro.operation_count(session, n) - 1):
            session.goto(n, k)
            if session.k:
                said[session.frame.current_step.name, k] = operation_sentence(
                    session.frame, session.frame.inside
                )
    assert said["net_1", 1].startswith("Sample 1: x1 sends 0 over the edge of weight ")
    assert "to h1: 0 arrives" in said["net_1", 1]
    assert "adds its bias" in said["net_1", micro.operation_count(session, 0) - 1]
    assert "sends its error" in said["delta_H", 1]
    assert "back over the edge of weight" in said["delta_H", 1]
    assert said["delta_W", 1].startswith("In sample 1 x1 sent 0; times h1's error, ")


async def test_inside_an_equation_the_last_line_names_the_keys_that_leave_it():
    async with debugging() as person:
        assert "f finish" not in person.last
        await person.press("s")
        assert person.last.startswith("S operation back  f finish")
        await person.press("f")
        assert "f finish" not in person.last


@pytest.mark.parametrize(
    ("network", "equation", "operation", "said"),
    [
        (
            "batchnorm",
            "delta_xhat",
            2,
            "The gradient of bn[0,1], 0.0069, times 1 is 0.0069. "
            "That is delta_xhat[0,1]: how E changes with xhat[0,1].",
        ),
        (
            "batchnorm",
            "delta_netY",
            1,
            "The gradient of Y[0,0], 0.4504, times 0.6300 is 0.2838.",
        ),
        (
            "batchnorm",
            "delta_mu",
            1,
            "What comes back to mu[0] through var, ≈0, plus what comes back to mu[0] through xhat, "
            "-0.0020, is -0.0020. That is delta_mu[0]: how E changes with mu[0].",
        ),
        (
            "attention",
            "delta_O",
            1,
            "The gradient of R[0,0], 0.1307, times -0.3127 is -0.0409.",
        ),
    ],
)
def test_going_back_an_operation_says_what_its_numbers_are(network, equation, operation, said):
    session = controller(network, at=equation).session
    session.goto(session.n - 1, operation)
    sentence = operation_sentence(session.frame, session.frame.inside)
    # What rounding leaves of a number that is 0 has other digits on another processor.
    assert re.sub(r"-?\d(\.\d)?e-1[6-9]", "≈0", sentence) == said


def test_a_puzzles_result_is_not_said_to_be_the_gradient_that_it_is_called():
    session = Session(puzzle.open_puzzle("saffron"))
    said = []
    for n in range(session.period):
        session.goto(n, micro.operation_count(session, n) - 1)
        if session.k:
            said.append(operation_sentence(session.frame, session.frame.inside))
    assert len(said) > 10
    assert not any("how E changes" in sentence or "gradient of" in sentence for sentence in said)
