"""What outputs depend on at a moment: when they are the same, and the rows of a script's samples."""

from dataclasses import replace

import numpy as np
import pytest
from make_networks import article

from bpstep.engine.edits import Edit, EditEquation
from bpstep.session.outputs import script_batch, setting_of
from bpstep.session.session import Session


def test_outputs_change_only_with_what_they_are_computed_from():
    session = Session(article())
    session.goto(1)
    before = setting_of(session.frame)
    same = []
    for _ in range(session.period - 1):
        session.step()
        same.append(setting_of(session.frame).is_same(before))
    assert same == [True] * 13 + [False] * 2, "until the first of the updated weights"


def test_settings_differ_in_the_network_the_equations_a_tensor_or_an_edit():
    found = setting_of(Session(article()).frame)
    number = {**found.given, "c": np.float64(2)}
    assert found.is_same(replace(found, given=dict(found.given)))
    assert replace(found, given=number).is_same(replace(found, given={**number, "c": np.float64(2)}))
    others = [
        replace(found, network=article()),
        replace(found, program=Session(article()).program),
        replace(found, edits=(Edit(0, "X", (0, 0), 1.0),)),
        replace(found, given=number),
        replace(found, given={**found.given, "W": found.given["W"].copy()}),
    ]
    assert [found.is_same(other) for other in others] == [False] * 5
    assert not replace(found, given=number).is_same(found)
    assert not replace(found, given=number).is_same(replace(found, given={**number, "c": np.float64(3)}))


def test_the_edits_of_samples_count_that_are_in_force_at_the_moment():
    session = Session(article())
    at = session.period
    for edit in (Edit(0, "X", (0, 1), 2.0), Edit(at, "labelY", (0, 0), 0.5), Edit(at, "W", (0, 0), 1.0)):
        session.record(edit)
    session.record(EditEquation(0, "delta_Y", "Y - labelY"))
    counted = {}
    for n in (0, at - 1, at, at + 3):
        session.goto(n)
        counted[n] = [edit.name for edit in setting_of(session.frame).edits]
    assert counted == {0: ["X"], at - 1: ["X"], at: ["X", "labelY"], at + 3: ["X", "labelY"]}


@pytest.mark.parametrize(
    ("value", "is_last", "is_single", "rows"),
    [
        ([[1, 2, 3], [4, 5, 6]], False, False, [[1, 2, 3], [4, 5, 6]]),
        ([[1, 2, 3], [4, 5, 6]], True, False, [[1, 4], [2, 5], [3, 6]]),
        ([1, 2, 3], False, False, [[1], [2], [3]]),
        ([1, 2, 3], True, False, [[1], [2], [3]]),
        ([1, 2, 3], False, True, [[1, 2, 3]]),
        ([[1], [2], [3]], True, True, [[1, 2, 3]]),
        (5, False, False, [[5]]),
    ],
)
def test_a_script_s_samples_are_a_row_each_however_it_lays_them_out(value, is_last, is_single, rows):
    found = setting_of(Session(article()).frame)
    samples = replace(found.samples, inputs="samples", inputs_last=is_last, is_single=is_single)
    batch = script_batch(replace(found, samples=samples, given={"samples": np.array(value)}))
    assert (batch.dtype, batch.tolist()) == (np.dtype(float), rows)
    assert script_batch(replace(found, samples=samples, given={})) is None
