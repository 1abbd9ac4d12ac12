"""Edits as data: what they are called, what they replace, where they begin."""

import numpy as np
from networks_for_tests import article

from bpstep.engine.edits import Edit, EditEquation, Overrides, patched
from bpstep.program.derive import derive


def test_a_cell_is_named_as_people_write_it():
    assert Edit(0, "W", (0, 1), 1.0).cell == "W[0,1]"
    assert Edit(0, "X", (4,), 1.0).cell == "X[4]"
    assert Edit(0, "learning_rate", (), 1.0).cell == "learning_rate"
    assert EditEquation(0, "E", "1").cell == "equation E"


def test_a_patched_tensor_is_a_copy_that_can_not_be_written_to():
    for value in (np.zeros((2, 3)), np.zeros((2, 3)).T, np.zeros((4, 6))[::2, ::3]):
        copy = patched(value, {(0, 1): 5.0})
        assert copy[0, 1] == 5.0
        assert not value.any()
        assert not copy.flags.writeable
        assert np.argsort(copy.strides).tolist() == np.argsort(value.strides).tolist()
    assert patched(np.float64(1), {(): 5.0}) == 5.0


def test_where_edits_begin_is_known_to_the_tape():
    program = derive(article())
    edits = [Edit(3 * 16, "X", (0, 0), 1.0), Edit(16, "W", (0, 0), 1.0), Edit(85, "H", (0,), 1.0)]
    overrides = Overrides(program, [*edits, EditEquation(7 * 16, "E", "1"), Edit(0, "V", (0, 0), 1.0)])
    assert [at for at in range(10) if overrides.is_special(at)] == [0, 5]
    assert [overrides.next_turn(at) for at in range(8)] == [3, 3, 3, 5, 5, 7, 7, None]
