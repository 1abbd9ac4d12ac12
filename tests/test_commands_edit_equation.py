"""An equation of one's own: typed over the line that ran, judged while one types, in force from there on."""

import dataclasses

import numpy as np
import pytest
from debugger_driver import debugging
from make_networks import differing, network

from bpstep.engine.edits import EditEquation
from bpstep.lang.parser import MAX_LENGTH
from bpstep.netfile.builtin import open_network
from bpstep.session.session import Session


def line_of(person, text):
    return next(y for y, line in enumerate(person.lines) if text in line)


def roles(person, y):
    return person.app.canvas_widget.canvas.roles[y]


async def retype(person, source):
    """Open the equation, type another in its place."""
    await person.press("E", "ctrl+u", *source)


async def test_the_equation_just_done_is_edited_where_it_stands():
    async with debugging(at="delta_Y") as person:
        before = line_of(person, "delta_Y = Y - labelY")
        await person.press("E")
        assert person.lines[before] == " delta_Y = Y - labelY"
        assert "cursor" in roles(person, before)
        assert person.controller.editor.text == "Y - labelY"
        assert person.last == "delta_Y from iteration 0: Enter saves, Escape cancels"
        await retype(person, "labelY - Y")
        await person.press("enter")
        assert person.frame.edits == (EditEquation(0, "delta_Y", "labelY - Y"),)
        assert person.value("delta_Y", 0) == pytest.approx(0.3802721469, abs=1e-9)
        assert person.n == 6
        assert " ".join(line.strip() for line in person.lines[-2:]) == (
            "delta_Y = labelY - Y from iteration 0 on; everything after it is computed again"
        )
        await person.go("i1:E")
        assert person.value("E") == pytest.approx(0.0723987049433213, abs=1e-15)


async def test_a_message_says_that_the_backward_pass_stays_as_it_was_derived():
    async with debugging(open_network("xor"), at="i0:H") as person:
        await retype(person, "sigmoid(net_1)")
        await person.press("enter")
        assert " ".join(line.strip() for line in person.lines[-2:]) == (
            "H = sigmoid(net_1) from iteration 0 on; the derived backward pass is still that of tanh(net_1)"
        )
        await person.go("i0:delta_H_net1")
        assert "H has another equation now" in " ".join(line.strip() for line in person.lines)


async def test_at_the_start_the_first_equation_is_edited():
    async with debugging() as person:
        await person.press("E")
        assert " net_1 = X @ W + B1" in person.lines
        await person.press(*" * 2", "enter")
        assert person.n == 0
        await person.press("n")
        assert person.value("net_1", 0) == pytest.approx(0.14 + 2 * 0.1)


async def test_what_is_typed_is_changed_and_not_replaced_by_the_first_key():
    async with debugging(at="delta_Y") as person:
        await person.press("E", *" + 0")
        assert person.controller.editor.text == "Y - labelY + 0"
        await person.press("ctrl+a", "2", "*")
        assert person.controller.editor.text == "2*Y - labelY + 0"


# The mistake, and a part of its message.
WRONG = [
    ("", "not an expression"),
    ("Y -", "not an expression"),
    ("Y - lab", "no tensor is called lab"),
    ("Y - labelX", "did you mean labelY?"),
    ("Y - delta_V", "delta_V is not computed before this equation, so it cannot be read here"),
    ("H", "expected the shape 1, got 3"),
    ("open(Y)", "open is not a function here"),
    ("Y if Y else Y", "write where(Y, Y, Y)"),
    ("sum(outer(repeat(X, 30000), repeat(X, 30000)), axis=0)", "cells are allowed"),
    ("Y + " + "(" * 60 + "Y" + ")" * 60, "not an expression"),
    ("Y + 10 ** 400", "is not a finite number"),
]


@pytest.mark.parametrize(("source", "why"), WRONG)
async def test_what_is_wrong_is_told_while_one_types_and_enter_keeps_the_text(source, why):
    async with debugging(at="delta_Y") as person:
        await retype(person, source)
        if why != "not an expression" or source:
            said = " ".join(line.strip() for line in person.lines[-7:-1])
            assert why in said or source.startswith("Y + (")
        await person.press("enter")
        if person.controller.prompt is None:
            assert source.startswith("Y + (")
            return
        assert person.controller.editor.text == source
        assert why in " ".join(line.strip() for line in person.lines[-7:-1])
        assert not person.frame.edits
        await person.press("escape")
        assert person.controller.prompt is None
        assert person.frame.step.source == "Y - labelY"


async def test_the_verdict_follows_every_key():
    async with debugging(at="delta_Y") as person:
        await person.press("E", "backspace")
        assert "no tensor is called label" in person.text
        await person.press("Y")
        assert "no tensor" not in person.text
        assert "shape 1; it may read X labelY" in person.lines[-2]


async def test_escape_keeps_the_old_equation_and_the_screen():
    async with debugging(at="delta_Y") as person:
        before = person.lines
        await retype(person, "labelY")
        await person.press("escape")
        assert person.lines == before
        assert not person.frame.edits


async def test_the_same_text_changes_nothing():
    async with debugging(at="delta_Y") as person:
        await person.press("E", " ", "enter")
        assert person.last == "delta_Y is unchanged"
        assert not person.frame.edits


async def test_undo_and_redo_say_which_equation():
    async with debugging(at="i2:delta_Y") as person:
        await retype(person, "labelY - Y")
        await person.press("enter", "U")
        assert person.last == "undone: replace equation delta_Y by labelY - Y from iteration 2 on"
        assert person.frame.step.source == "Y - labelY"
        await person.press("ctrl+r")
        assert person.last == "redone: replace equation delta_Y by labelY - Y from iteration 2 on"
        assert person.frame.step.source == "labelY - Y"
        await person.press("U")
        await retype(person, "0 * Y + " + "1 + " * 40 + "1")
        await person.press("enter", "U")
        assert len(person.last) < 160


async def test_dropping_all_edits_drops_equations_too():
    async with debugging(at="delta_Y") as person:
        await retype(person, "labelY - Y")
        await person.press("enter", "R", "y")
        await person.go("delta_Y")
        assert person.frame.step.source == "Y - labelY"


def marked(person):
    """The equations that the timeline marks as different, by their number."""
    line = person.lines[-2]
    hits = [
        hit
        for hit in person.app.canvas_widget.canvas.hits
        if isinstance(hit.target, tuple) and hit.target[0] == "step"
    ]
    return [hit.target[1] for hit in hits if line[hit.x] == "≠"], [
        hit.target[1] for hit in hits if line[hit.x] == "✎"
    ]


async def test_the_timeline_marks_a_different_equation_in_the_iterations_where_it_holds():
    async with debugging(at="i2:delta_Y") as person:
        await retype(person, "labelY - Y")
        await person.press("enter")
        found = []
        for where in ("i1:H", "i1:W", "i2:H", "i3:H"):
            await person.go(where)
            found.append(marked(person))
        assert found == [([], []), ([], []), ([6], []), ([6], [])]
        await person.go("i4:delta_Y")
        await retype(person, "Y - labelY")
        await person.press("enter")
        assert person.last == "Original delta_Y restored from iteration 4"
        await person.go("i4:H")
        assert marked(person) == ([], [])
        await person.go("i3:H")
        assert marked(person) == ([6], [])


async def test_an_edited_rate_is_no_edit_of_the_equation_before():
    async with debugging(at="i2:delta_Y") as person:
        await person.press("/")
        await person.answer("learning_rate")
        await person.press("e")
        await person.answer("0.5")
        await person.go("i1:H")
        assert marked(person) == ([], [])
        await person.go("i2:H")
        assert marked(person) == ([], [1])


LONG = "Y - labelY" + " + 0 * Y" * ((MAX_LENGTH - 10) // 8)


@pytest.mark.parametrize("size", [(80, 24), (60, 18), (120, 36)])
async def test_an_equation_as_long_as_may_be_is_edited_on_the_lines_that_it_has(size):
    made = dataclasses.replace(open_network("article"), program={"delta_Y": LONG[:330]})
    async with debugging(made, at="delta_Y", size=size) as person:
        await person.press("E")
        shown = [line for line in person.lines if "0 * Y" in line]
        assert len(shown) >= 1
        await person.press("ctrl+a")
        first = line_of(person, "delta_Y = Y - labelY + 0 * Y")
        assert "cursor" in roles(person, first)
        await person.press("end", "ctrl+u", *"labelY - Y")
        assert sum("0 * Y" in line for line in person.lines) <= 2
        await person.press("enter")
        assert person.value("delta_Y", 0) > 0


async def test_an_equation_that_is_too_long_is_refused_with_its_length():
    async with debugging(at="delta_Y") as person:
        await person.press("E")
        person.controller.editor.insert(" + 0 * Y" * 300)
        person.controller.validate_input()
        assert "2,410 characters" in person.controller.input_error
        await person.press("backspace")
        assert "characters" in person.text


@pytest.mark.parametrize(("focus", "size"), [("f2", (80, 24)), ("f3", (60, 18))])
async def test_where_the_formula_is_not_on_the_screen_the_equation_is_above_the_last_line(focus, size):
    async with debugging(at="delta_Y", size=size) as person:
        await person.press(focus, "z", "E")
        assert person.lines[-2] == " delta_Y = Y - labelY"
        await person.press("x")
        assert person.lines[-2] == " delta_Y = Y - labelYx"
        assert "no tensor is called labelYx" in person.lines[-3]
        await person.press("backspace", *" * 2", "enter")
        assert person.value("delta_Y", 0) == person.value("Y", 0) - 2


async def test_a_terminal_that_changes_its_size_loses_nothing_of_what_is_typed():
    async with debugging(at="delta_Y") as person:
        await retype(person, "labelY - Y")
        for size in ((120, 36), (40, 10), (60, 18), (80, 24)):
            await person.resize(*size)
        assert person.lines[line_of(person, "delta_Y = labelY - Y")] == " delta_Y = labelY - Y"
        await person.press("enter")
        assert person.value("delta_Y", 0) > 0


# Against a network that has the equation from its beginning


OWN = {"delta_Y": "3 * (Y - labelY)**3", "V": "V - 2 * learning_rate * delta_V", "H": "tanh(net_1) + 0.1"}


@pytest.mark.parametrize("order", ["after", "immediate"])
def test_from_where_it_holds_all_goes_as_in_a_network_with_this_program(order):
    """Minibatches with a smaller last one; the network that goes on begins with an epoch."""
    made = network((2, 3, 1), samples=5, batch_size=2, update_order=order)
    session = Session(made)
    begin = 2 * made.batches_per_epoch
    for name, source in OWN.items():
        session.goto(f"i{begin}:{name}")
        session.record(EditEquation(session.frame.start, name, source))
    session.goto(f"i{begin}:net_1")
    start = session.frame.tensors
    layers = tuple(
        dataclasses.replace(layer, weights=np.array(start[weights]), bias=np.array(start[bias]))
        for layer, weights, bias in zip(made.layers, ("W", "V"), ("B1", "B2"))
    )
    straight = Session(dataclasses.replace(made, layers=layers, program=OWN))
    for iteration in range(7):
        for name in ("E", "delta_net1", "V", "W"):
            session.goto(f"i{begin + iteration}:{name}")
            straight.goto(f"i{iteration}:{name}")
            assert differing(session.frame.tensors, straight.frame.tensors) == []
    plain = Session(made)
    for where in (f"i{begin}", f"i{begin - 1}:delta_Y", "0"):
        session.goto(where)
        plain.goto(where)
        assert differing(session.frame.tensors, plain.frame.tensors) == []


def test_edits_of_cells_in_the_same_iteration_hold_beside_it():
    session = Session(open_network("article"))
    session.goto("i1:delta_Y")
    session.edit("H", (1,), 0.5)
    session.record(EditEquation(session.frame.start, "delta_Y", "labelY - Y"))
    session.goto("i1:delta_Y")
    tensors = session.frame.tensors
    assert tensors["H"][1] == 0.5
    assert tensors["delta_Y"][0] == 1 - tensors["Y"][0]
    session.edit("delta_Y", (0,), 7.0)
    assert session.frame.tensors["delta_Y"][0] == 7.0
    session.goto("i2:delta_Y")
    assert session.frame.tensors["delta_Y"][0] == 1 - session.frame.tensors["Y"][0]


def test_the_derived_text_takes_an_equation_of_ones_own_back_to_the_last_bit_and_to_full_speed():
    session, plain = Session(open_network("article")), Session(open_network("article"))
    session.record(EditEquation(0, "delta_Y", "labelY - Y"))
    session.record(EditEquation(0, "delta_Y", " Y - labelY "))
    for one in (session, plain):
        one.goto("i50")
    assert differing(session.frame.tensors, plain.frame.tensors) == []
    assert session.frame.program.replaced == {}


async def test_the_fractions_of_ones_own_equation_are_its_own():
    async with debugging(at="delta_w1") as person:
        chain = "∂Y      ∂net₂      ∂H       ∂net₁"
        assert chain in person.text
        await retype(person, "delta_Y * delta_net1_w1.reshape(1,3)")
        await person.press("enter")
        top = line_of(person, "∂E")
        shown = person.lines[top : top + 3]
        fractions = [line.partition("∂E/∂w₁[")[0] for line in shown]
        assert [line.count("∂net₁") for line in fractions] == [1, 0, 0]
        assert not [line for line in shown if "∂H" in line or "step" in line]
        assert "reused from" not in person.text


@pytest.mark.parametrize("size", [(80, 24), (60, 18), (120, 36)])
async def test_nothing_of_the_old_line_stands_beside_the_input(size):
    async with debugging(at="delta_w1", size=size) as person:
        lines = [line_of(person, "delta_w1 = delta_Y * delta_Y_net2")]
        broken = size[0] < 80
        lines += [lines[0] + 1] if broken else []
        await retype(person, "E")
        rest = "".join(person.lines[y] for y in lines)
        assert rest.split() == ["delta_w1", "=", "E"]
        assert roles(person, lines[0])[-1] == "typed"


async def test_only_what_may_be_read_is_offered():
    async with debugging(at="delta_w1", size=(120, 36)) as person:
        await person.press("E")
        assert all(name in person.text for name in ("it may read X labelY", "delta_H_net1 delta_net1_w1"))
        await retype(person, "delta_w")
        refused = person.controller.input_error
        assert refused == "delta_w1: no tensor is called delta_w; did you mean delta_Y?"
        await retype(person, "nonsense")
        assert "the tensors are X, labelY" in person.controller.input_error
        for name in ("delta_w1", "delta_w2"):
            assert name not in person.controller.input_error.removeprefix("delta_w1: ")
            await retype(person, name)
            assert (
                person.controller.input_error
                == f"delta_w1: {name} is not computed before this equation, so it cannot be read here"
            )


async def test_a_list_that_is_too_long_for_the_lines_ends_in_dots():
    async with debugging("deep", at="delta_W1", size=(60, 18)) as person:
        await retype(person, "nonsense")
        y = line_of(person, "delta_W1 = nonsense")
        assert "no tensor is called nonsense" in person.text
        assert any(line.rstrip().endswith("…") for line in person.lines[y + 1 : -1])
