"""The puzzles: each has one mistake that only its numbers reveal, and a verdict on its repair."""

import re
from dataclasses import replace

import numpy as np
import pytest
from make_networks import network
from numpy_oracle import SLOPES

from bpstep.engine.edits import EditEquation
from bpstep.errors import BpstepError
from bpstep.explain.prose.step_sentence import sentence
from bpstep.gradcheck.check import check_gradients
from bpstep.lang.activations import ACTIVATIONS
from bpstep.learn import puzzle
from bpstep.model.losses import LOSSES
from bpstep.model.optimizers import OPTIMIZERS
from bpstep.program.derive import derive_program
from bpstep.session.events import Hint, Redo, Undo
from bpstep.session.session import Session

RIDDLES = puzzle.puzzle_texts()
NAMES = [riddle.name for riddle in RIDDLES]
every = pytest.mark.parametrize("riddle", RIDDLES, ids=NAMES)


def healthy(network):
    return replace(network, program={}, puzzle=False)


def fault(network):
    """The name of a puzzle's wrong equation, and its right line."""
    (name,) = network.program
    right = derive_program(healthy(network))
    return name, right.steps[right.step_indices[name]]


def opened(name):
    return Session(puzzle.open_puzzle(name))


def mend(session, name, source, at=0):
    session.record(EditEquation(at, name, source))
    session.goto(session.n)


def is_solved(session):
    """Whether every equation in force at the cursor computes what it should."""
    return puzzle.is_program_correct(session.network, session.program_at_cursor)


def words_of(text):
    return set(re.findall(r"\w+", text))


@every
def test_a_puzzle_is_unsolved_at_first_and_solved_by_the_right_equation(riddle):
    session = opened(riddle.name)
    name, right = fault(session.network)
    assert not is_solved(session)
    mend(session, name, right.source)
    assert is_solved(session)


@every
def test_mended_it_computes_what_the_healthy_network_computes(riddle):
    session = opened(riddle.name)
    name, right = fault(session.network)
    other = Session(healthy(session.network))
    session.goto("i7")
    other.goto("i7")
    apart = [
        k
        for k in other.frame.tensors
        if not np.allclose(session.frame.tensors[k], other.frame.tensors[k], rtol=1e-6)
    ]
    assert apart, "the fault shows in the numbers"
    mend(session, name, right.source)
    for k, value in other.frame.tensors.items():
        np.testing.assert_allclose(session.frame.tensors[k], value, rtol=1e-12, atol=1e-300, err_msg=k)


@every
def test_the_check_finds_the_wrong_equation_and_no_other_whether_gradient_or_update(riddle):
    session = opened(riddle.name)
    name, right = fault(session.network)
    report = check_gradients(session)
    assert not report.ok
    found = [each.name for each in report.wrong_equations]
    # A wrong forward equation changes the loss: the gradient that no longer belongs to it is named.
    assert found == [name] if right.phase in ("backward", "update") else found
    if right.phase == "update":
        assert report.gradients_agree
    mend(session, name, right.source)
    assert check_gradients(session).ok


@every
def test_the_hints_lead_to_the_equation_and_none_gives_its_line(riddle):
    made = puzzle.open_puzzle(riddle.name)
    name, right = fault(made)
    where, what, which = riddle.hints
    assert name in words_of(which)
    assert f"equation is {name}" in which or f"equation is the update of {name}" in which
    for text in (riddle.story, where, what):
        assert name not in words_of(text), text
    names = set(right.reads)
    for text in (riddle.story, *riddle.hints):
        squeezed = text.replace(" ", "")
        assert right.source.replace(" ", "") not in squeezed
        assert made.program[name].replace(" ", "") not in squeezed or made.program[name].isidentifier()
        assert not names & words_of(text) or not re.search(r"[@*/+]|\w\(", text), text
    assert right.phase in where or (right.phase == "backward" and "way back" in where)


@every
def test_neither_name_nor_title_names_the_fault(riddle):
    made = puzzle.open_puzzle(riddle.name)
    name, _ = fault(made)
    assert name not in words_of(made.title)
    assert not words_of(made.title.lower()) & {"wrong", "sign", "missing", "transposed", "forgotten", "mean"}


def test_there_are_more_than_a_dozen_and_no_two_have_the_same_fault():
    faults = [tuple(puzzle.open_puzzle(name).program.items()) for name in NAMES]
    assert len(set(faults)) == len(NAMES) >= 14
    phases = {fault(puzzle.open_puzzle(name))[1].phase for name in NAMES}
    assert phases == {"forward", "backward", "update"}
    optimizers = {puzzle.open_puzzle(name).optimizer for name in NAMES}
    assert optimizers >= {"sgd", "momentum", "nesterov", "rmsprop", "adam"}
    assert len({puzzle.open_puzzle(name).title for name in NAMES}) > 12


def test_every_file_of_a_network_is_a_puzzle_with_a_riddle():
    files = {path.stem for path in puzzle._FOLDER.glob("*.toml")} - {"texts"}
    assert files == set(NAMES)
    assert all(puzzle.open_puzzle(name).puzzle for name in NAMES)
    assert puzzle.puzzle_text(puzzle.open_puzzle("ember")).name == "ember"


def test_an_unknown_puzzle_is_refused_with_the_nearest_name():
    with pytest.raises(BpstepError, match='no puzzle is called "embar"; did you mean "ember"\\?'):
        puzzle.open_puzzle("embar")


SAME = {
    "anchor": "0.25 * (Y - labelY)",
    "beacon": "V + -learning_rate * delta_V",
    "candle": "B2 + H @ V",
    "dune": "(1 - H * H) * delta_H",
    "ember": "H * (1 - H)",
    "fjord": "(1 - H2) * (1 + H2)",
    "garnet": "ones_like(X[:, 0]) @ delta_net1",
    "harbor": "(Y - labelY) / 2",
    "island": "(delta_net2.T @ H).T",
    "kettle": "delta_net1[0] + delta_net1[1] + delta_net1[2]",
    "lantern": "where(H > 0, ones_like(H), zeros_like(H))",
    "meadow": "(Y - labelY) / 3",
    "nutmeg": "W2 - learning_rate * (H1.T @ delta_net2)",
    "orchard": "delta_V + velocity_V * momentum",
    "pebble": "W1 - learning_rate * delta_W1 / (square_W1**0.5 + epsilon)",
    "quarry": "W - learning_rate * delta_W - learning_rate * momentum * velocity_W",
    "reed": "V - learning_rate / (1 - beta1**t) * m_V / (epsilon + sqrt(v_V) / sqrt(1 - beta2**t))",
}


@pytest.mark.parametrize("name", SAME)
def test_any_expression_that_computes_the_same_is_accepted(name):
    session = opened(name)
    wrong, right = fault(session.network)
    assert SAME[name] != right.source
    mend(session, wrong, SAME[name])
    assert is_solved(session)


ALMOST = {
    "anchor": ("Y - labelY", "(Y - labelY) / 3", "abs(Y - labelY) / 4"),
    "candle": ("H @ V + B2 * 1.001", "H @ V - B2"),
    "dune": ("delta_H * H", "delta_H * delta_H_net1 * delta_H_net1"),
    "ember": ("sigmoid(net_1)", "sigmoid(net_1)**2 - sigmoid(net_1)"),
    "harbor": ("2 * (Y - labelY) / 2", "2 * (Y - labelY) / 4.0001"),
    "meadow": ("Y - labelY", "Y * delta_Y"),
    "orchard": ("momentum * velocity_V + (1 - momentum) * delta_V", "abs(velocity_V) * momentum + delta_V"),
    "reed": (
        "V - learning_rate * (m_V / (1 - beta1**t)) / (sqrt(v_V) + epsilon)",
        "V - learning_rate * (m_V / (1 - beta1)) / (sqrt(v_V / (1 - beta2)) + epsilon)",
        "V - learning_rate * delta_V / abs(delta_V)",
    ),
}


@pytest.mark.parametrize(
    ("name", "source"), [(name, text) for name, texts in ALMOST.items() for text in texts]
)
def test_what_is_almost_right_is_not_accepted(name, source):
    session = opened(name)
    mend(session, fault(session.network)[0], source)
    assert not is_solved(session)


@every
def test_an_edit_that_breaks_another_equation_as_well_solves_nothing(riddle):
    session = opened(riddle.name)
    name, right = fault(session.network)
    mend(session, name, right.source)
    other = next(step for step in session.program.steps if step.phase == "loss")
    mend(session, other.name, f"2 * {other.source}")
    assert not is_solved(session)
    session.undo()
    assert is_solved(session)


def test_undo_and_redo_take_the_verdict_with_them():
    session = opened("ember")
    name, right = fault(session.network)
    session.goto("i2:E")
    mend(session, name, right.source, at=2 * session.period)
    assert is_solved(session)
    session.record(Undo())
    assert not is_solved(session)
    session.record(Redo())
    assert is_solved(session)


def test_the_equations_in_force_at_the_cursor_are_judged():
    session = opened("ember")
    name, right = fault(session.network)
    session.goto("i3:E")
    mend(session, name, right.source, at=3 * session.period)
    assert is_solved(session)
    session.goto("i2:E")
    assert not is_solved(session)


def test_a_line_that_gives_nan_or_infinity_is_no_solution():
    for source in ("sigmoid(net_1) / (net_1 - net_1)", "log(-1 - net_1**2)"):
        session = opened("ember")
        mend(session, "delta_H_net1", source)
        assert not is_solved(session)


KINDS = [
    *(network((2, 3, 2), activation) for activation in ACTIVATIONS if activation != "softmax"),
    *(network((2, 3, 2), last="sigmoid", loss=loss, reduction="mean") for loss in LOSSES),
    network((2, 3, 3), last="softmax", loss="cross_entropy", samples=5, batch_size=2),
    *(network((2, 2, 2, 1), optimizer=optimizer, samples=3) for optimizer in OPTIMIZERS),
    network((2, 2, 1), update_order="immediate", bias=False, optimizer="adam"),
    network((2, 3, 1), "sigmoid", samples=1, derivation="rows", update_biases=False),
]


@pytest.mark.parametrize("kind", range(len(KINDS)))
def test_for_any_network_the_derived_program_is_right_and_an_equation_changed_a_little_is_not(kind):
    made = KINDS[kind]
    program = derive_program(made)
    assert puzzle.is_program_correct(made, program)
    for step in program.steps[kind % 3 :: 3]:
        changed = program.with_equation(step.name, f"({step.source}) * 1.0001")
        assert not puzzle.is_program_correct(made, changed), step.equation


# What is told


def moments(name, iterations=2):
    session = opened(name)
    for _ in range(iterations * session.period):
        session.step()
        yield session.frame


@every
def test_the_wrong_equation_counts_as_the_derived_one(riddle):
    session = opened(riddle.name)
    assert all(step.source == step.derived for step in session.program.steps)
    assert session.program.user_equations == session.network.program


@every
def test_every_sentence_asks_the_same_and_claims_nothing_of_the_line(riddle):
    for frame in moments(riddle.name):
        for index in np.ndindex(np.shape(frame.tensors[frame.step.name])):
            text = sentence(frame, index)
            assert re.match(rf"{frame.step.name} should be .*\. Does this line compute that\?$", text)
            assert not re.search("derived|replace|doubt|rests on", text)


@every
def test_a_sentence_says_the_same_whether_its_line_is_right_or_wrong(riddle):
    right = Session(replace(puzzle.open_puzzle(riddle.name), program={}))
    for frame in moments(riddle.name, 1):
        right.goto(frame.n)
        index = (0,) * np.ndim(frame.tensors[frame.step.name])
        assert sentence(frame, index) == sentence(right.frame, index)


def test_what_one_has_written_oneself_is_said_to_be_ones_own_right_or_wrong():
    said = []
    for source in ("sigmoid(net_1) - sigmoid(net_1)**2", "sigmoid(net_1)"):
        session = opened("ember")
        mend(session, "delta_H_net1", source)
        session.goto("delta_H_net1")
        said.append(sentence(session.frame, (0, 0)))
    assert said[0] == said[1]
    assert said[0].startswith(
        "This line is yours, in place of 1 - sigmoid(net_1)**2. delta_H_net1 should be "
    )


@pytest.mark.parametrize("made", KINDS, ids=range(len(KINDS)))
def test_sentences_of_a_puzzle_fit_on_two_lines_whatever_the_network(made):
    session = Session(replace(made, puzzle=True))
    for _ in range(session.period):
        session.step()
        frame = session.frame
        text = sentence(frame, (0,) * np.ndim(frame.tensors[frame.step.name]))
        assert len(text) <= 150, text
        assert text.endswith("Does this line compute that?")


def test_a_riddle_fits_where_it_is_told():
    for riddle in RIDDLES:
        assert all(text.isascii() for text in (riddle.story, *riddle.hints, riddle.explanation))
        assert len(f"{riddle.name:8}{'2-2-2-2':9}{riddle.story}") <= 84
        assert max(map(len, riddle.hints)) <= 110
        assert len(riddle.explanation) <= 130


def test_the_slopes_of_the_stories_are_those_of_the_textbook():
    session = opened("ember")
    session.goto("delta_H_net1")
    given = session.frame.tensors["H"]
    factor = session.frame.tensors["delta_H_net1"] / SLOPES["sigmoid"](given)
    assert factor.min() > 2
    assert factor.max() < 4.5


STORIES = {
    "anchor": lambda e: (np.diff(e) > 0).all(),
    "beacon": lambda e: (np.diff(e)[:4] < 0).all() and (np.diff(e)[4:8] > 0).all(),
    "fjord": lambda e: e[3] < 2e-3 * e[0],
    "orchard": lambda e: e[-1] > e[0],
    "pebble": lambda e: 24 < e[1] / e[0] < 27,
}


@pytest.mark.parametrize("name", STORIES)
def test_e_goes_as_the_story_says(name):
    assert STORIES[name](losses(puzzle.open_puzzle(name)))


@pytest.mark.parametrize(
    ("name", "faster"), [("dune", 1), ("juniper", 0), ("meadow", 0), ("reed", 1), ("harbor", 1)]
)
def test_e_falls_faster_or_slower_than_it_should_as_the_story_says(name, faster):
    made = puzzle.open_puzzle(name)
    assert (losses(made)[1:10] < losses(healthy(made))[1:10]).all() == faster
    assert (np.diff(losses(made)[:10]) < 0).all()


def losses(made):
    session = Session(made)
    session.goto("i100")
    return np.array(session.frame.losses[1])


def test_hints_that_were_given_are_remembered():
    session = opened("ember")
    assert session.journal.hints == 0
    for level in (1, 2):
        session.record(Hint(level))
    assert session.journal.hints == 2
    assert session.journal.events == [Hint(1), Hint(2)]
