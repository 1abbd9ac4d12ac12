"""What an edit means, sentence by sentence as the contract has it."""

import pytest
from make_networks import article, differing, mazur, network

from bpstep.engine.edits import Edit, EditEquation
from bpstep.errors import BpstepError
from bpstep.session.session import Session


def at(session, where):
    session.goto(where)
    return session.frame.tensors


def edited(made, *edits):
    """A session with edits (position, name, index, value) made one after the other, back at the start."""
    session = Session(made)
    for where, name, index, value in edits:
        session.goto(where)
        session.edit(name, index, value)
    session.goto(0)
    return session


def test_an_edit_replaces_what_the_last_write_gave_and_what_follows_is_computed_anew():
    session = edited(article(), ("i0:H", "H", (1,), 0.5))
    plain = Session(article())
    assert differing(at(session, "net_1"), at(plain, "net_1")) == [], "nothing before it changes"
    tensors = at(session, "i0:net_2")
    assert [f"{cell:.4f}" for cell in tensors["H"]] == ["0.5597", "0.5000", "0.6900"]
    assert tensors["net_2"][0] == pytest.approx(0.4883932625 + (0.5 - 0.6271477663) * 0.2, abs=1e-9)
    assert at(session, "i1:H")["H"][1] != 0.5, "the next write gives its own value"


@pytest.mark.parametrize("where", ["i2:net_1", "i2:delta_w2", "i2"])
def test_for_a_weight_at_the_beginning_of_an_iteration_it_is_what_the_last_update_gave(where):
    session = Session(article())
    session.goto(where)
    session.edit("V", (0, 0), 9.0)
    write = 16 + 15
    assert session.journal.edits == (Edit(write, "V", (0, 0), 9.0),)
    assert [float(at(session, write + k)["V"][0, 0]) == 9.0 for k in (-1, 0, 1)] == [False, True, True]


def test_at_the_start_it_is_the_initial_value():
    for where in ("0", "net_1", "delta_w2"):
        session = Session(article())
        session.goto(where)
        session.edit("W", (1, 2), -1.0)
        assert session.journal.edits == (Edit(0, "W", (1, 2), -1.0),)
        assert at(session, 0)["W"][1, 2] == -1.0
        assert at(session, "net_1")["net_1"][2] == pytest.approx(0.4 * 0.5 + 0.5 * -1.0 + 0.3)


def test_the_cursor_stays_where_it_is():
    session = Session(article())
    session.goto("i3:delta_w1")
    n = session.n
    session.edit("X", (0,), 2.0)
    assert (session.n, session.frame.n) == (n, n)
    session.undo()
    session.redo()
    assert session.frame.n == n


@pytest.mark.parametrize(
    ("name", "index"), [("X", (0, 1)), ("labelY", (0, 0)), ("learning_rate", ()), ("B1", (1,)), ("beta1", ())]
)
def test_a_constant_s_edit_holds_from_this_iteration_on(name, index):
    made = network((2, 2, 1), samples=1, optimizer="adam", update_biases=False)
    session = Session(made)
    session.goto("i2:delta_V")
    old = session.frame.tensors[name][index]
    session.edit(name, index, 0.25)
    for iteration, wanted in enumerate([old, old, 0.25, 0.25, 0.25]):
        assert at(session, f"i{iteration}:net_1")[name][index] == wanted
    assert at(session, "i2")[name][index] == old, "the end of the iteration before still shows its own"
    plain = Session(made)
    assert differing(at(session, "i2"), at(plain, "i2")) == []


def test_an_edit_at_the_end_of_an_iteration_belongs_to_that_iteration():
    session = edited(article(), ("i3", "learning_rate", (), 0.5))
    assert [at(session, f"i{k}:net_1")["learning_rate"] for k in range(4)] == [0.01, 0.01, 0.5, 0.5]


def test_with_minibatches_an_edit_changes_the_sample_whenever_it_is_drawn_again():
    made = network((2, 2, 1), samples=5, batch_size=2, shuffle=True, seed=3)
    session = Session(made)
    session.goto("i1:H")
    row = session.frame.rows[1]
    session.edit("X", (1, 0), 7.0)
    session.edit("labelY", (1, 0), 0.5)
    assert session.journal.edits[0].index == (row, 0)
    for iteration in range(12):
        session.goto(f"i{iteration}:net_1")
        frame = session.frame
        for place, sample in enumerate(frame.rows):
            changed = sample == row and iteration >= 1
            wanted = [7.0, made.inputs[row, 1]] if changed else made.inputs[sample]
            assert list(frame.tensors["X"][place]) == list(wanted)
            assert frame.tensors["labelY"][place, 0] == (0.5 if changed else made.labels[sample, 0])


def test_an_edited_equation_holds_from_this_iteration_on():
    session = Session(article())
    session.goto("i2:E")
    session.record(EditEquation(session.frame.start, "delta_Y", "labelY - Y"))
    session.goto(session.n)
    for iteration in range(4):
        tensors = at(session, f"i{iteration}:delta_Y")
        assert (tensors["delta_Y"][0] > 0) == (iteration >= 2)
        assert session.frame.step.source == ("labelY - Y" if iteration >= 2 else "Y - labelY")
    losses = [float(at(session, f"i{iteration}:E")["E"]) for iteration in range(5)]
    assert losses[0] > losses[1] > losses[2] < losses[3] < losses[4]


def test_an_edit_of_the_last_equation_s_result_reaches_the_next_iteration():
    session = Session(article())
    session.goto("i2:H")
    session.goto("i1")
    assert session.frame.step.name == "W"
    session.edit("W", (0, 0), 5.0)
    assert session.frame.tensors["W"][0, 0] == 5.0
    assert at(session, "i1:net_1")["net_1"][0] > 2.0


def test_an_equation_edited_later_in_time_but_earlier_made_stays_in_force():
    session = Session(article())
    for iteration, factor in ((5, 3), (2, 2), (2, 4)):
        session.record(EditEquation(iteration * 16, "delta_Y", f"{factor} * (Y - labelY)"))
    sources = []
    for iteration in range(7):
        session.goto(f"i{iteration}:delta_Y")
        sources.append(session.frame.step.source[0])
    assert sources == ["Y", "Y", "4", "4", "4", "3", "3"]


def test_edits_further_on_in_the_timeline_stay_in_force():
    session = edited(
        article(),
        ("i3:net_1", "learning_rate", (), 0.3),
        ("i2:H", "H", (0,), 0.9),
        ("i1:net_1", "learning_rate", (), 0.1),
        ("i0", "W", (0, 0), 2.0),
    )
    rates = [float(at(session, f"i{k}:net_1")["learning_rate"]) for k in range(5)]
    assert rates == [0.01, 0.1, 0.1, 0.3, 0.3]
    assert at(session, "i2:H")["H"][0] == 0.9
    assert at(session, 0)["W"][0, 0] == 2.0


def test_of_two_edits_of_one_write_and_cell_the_one_made_last_wins():
    session = edited(
        mazur(), ("i1", "V", (0, 1), 0.3), ("i1:H", "V", (0, 1), 0.7), ("i1:E", "V", (0, 0), 0.2)
    )
    assert at(session, "i1")["V"][0].tolist() == [0.2, 0.7]
    session.undo()
    session.undo()
    assert at(session, "i1")["V"][0, 1] == 0.3


def test_undo_takes_back_the_edit_made_last_wherever_it_applies_and_says_which():
    session = edited(article(), ("i4:H", "H", (2,), 0.1), ("i1:H", "H", (0,), 0.2))
    session.goto(3)
    assert session.undo().cell == "H[0]"
    assert session.undo() == Edit(4 * 16 + 2, "H", (2,), 0.1)
    assert session.n == 3
    with pytest.raises(BpstepError, match="nothing to undo"):
        session.undo()
    assert session.redo().cell == "H[2]"
    assert session.redo().cell == "H[0]"
    with pytest.raises(BpstepError, match="nothing to redo"):
        session.redo()


def test_dropping_all_edits_goes_to_the_start_and_can_be_undone():
    session = edited(article(), ("i1:H", "H", (0,), 0.2))
    session.goto("i2")
    with_edit = session.frame.tensors
    session.drop_edits()
    assert (session.n, session.frame.edits, session.furthest) == (0, (), 32)
    assert differing(at(session, "i2"), at(Session(article()), "i2")) == []
    session.undo()
    assert differing(at(session, "i2"), with_edit) == []


@pytest.mark.parametrize(
    ("where", "name", "index", "value", "told"),
    [
        ("net_1", "H", (0,), 1.0, "H is not computed yet: it can be edited from step 2 on"),
        ("i1:net_1", "delta_V", (0,), 1.0, "delta_V is not computed yet"),
        ("0", "E", (), 1.0, "E is not computed yet"),
        ("i1", "Q", (), 1.0, "no tensor is called Q"),
        ("i1", "W", (0, 0), float("nan"), "nan is not a finite number; W keeps its value"),
        ("i1", "W", (0, 0), float("inf"), "inf is not a finite number"),
        ("i1", "W", (0, 0), float("-inf"), "-inf is not a finite number"),
        ("i1", "W", (2, 0), 1.0, "W has no cell [2, 0]: its shape is 2×3"),
        ("i1", "W", (0, -1), 1.0, "W has no cell [0, -1]"),
        ("i1", "W", (0,), 1.0, "W has no cell [0]"),
        ("i1", "E", (0,), 1.0, "E has no cell [0]: its shape is one number"),
    ],
)
def test_what_can_not_be_edited_is_told_and_changes_nothing(where, name, index, value, told):
    session = Session(article())
    session.goto(where)
    before = session.frame
    with pytest.raises(BpstepError) as caught:
        session.edit(name, index, value)
    assert told in str(caught.value)
    assert session.journal.events == []
    assert session.frame is before


@pytest.mark.parametrize("source", ["labelY - Z", "Y @ Y.T", "delta_V", "open(Y)", ""])
def test_a_wrong_equation_is_refused_and_changes_nothing(source):
    session = Session(mazur())
    session.goto("i1:E")
    before = session.frame
    with pytest.raises(BpstepError):
        session.record(EditEquation(16, "delta_Y", source))
    assert session.journal.events == []
    assert session.frame is before
    session.step()
    assert session.frame.step.source == "Y - labelY"


def test_edits_can_be_given_at_the_start():
    session = Session(article(), [("W", (0, 1), 0.5), ("learning_rate", (), 1.0)])
    assert session.n == 0
    assert session.frame.tensors["W"][0, 1] == 0.5
    assert [edit.at for edit in session.frame.edits] == [0, 0]
