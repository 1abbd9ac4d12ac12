"""Edits as data: their names, what they replace, where they begin."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from make_networks import article

from bpstep.engine.edits import Edit, EditEquation, EditLine, Overrides, with_cells
from bpstep.program.derive import derive_program


def test_a_cell_is_named_as_people_write_it():
    assert Edit(0, "W", (0, 1), 1.0).cell == "W[0,1]"
    assert Edit(0, "X", (4,), 1.0).cell == "X[4]"
    assert Edit(0, "learning_rate", (), 1.0).cell == "learning_rate"
    assert EditEquation(0, "E", "1").cell == "equation E"


def test_a_patched_tensor_is_a_copy_that_can_not_be_written_to():
    for value in (np.zeros((2, 3)), np.zeros((2, 3)).T, np.zeros((4, 6))[::2, ::3]):
        copy = with_cells(value, {(0, 1): 5.0})
        assert copy[0, 1] == 5.0
        assert not value.any()
        assert not copy.flags.writeable
        assert np.argsort(copy.strides).tolist() == np.argsort(value.strides).tolist()
    assert with_cells(np.float64(1), {(): 5.0}) == 5.0


def test_where_edits_begin_is_known_to_the_tape():
    program = derive_program(article())
    edits = [Edit(3 * 16, "X", (0, 0), 1.0), Edit(16, "W", (0, 0), 1.0), Edit(85, "H", (0,), 1.0)]
    overrides = Overrides(program, [*edits, EditEquation(7 * 16, "E", "1"), Edit(0, "V", (0, 0), 1.0)])
    assert [at for at in range(10) if overrides.has_edited_results(at)] == [0, 5]
    assert [overrides.next_change(at) for at in range(8)] == [3, 3, 3, 5, 5, 7, 7, None]


def test_an_edit_of_a_line_replaces_nothing_in_the_program_that_is_read_with_it():
    overrides = Overrides(PROGRAM, [EditLine(3, 1, "H = 2 * X"), Edit(P + 1, "H", (0,), 1.0)])
    assert [at for at in range(3) if overrides.has_edited_results(at)] == [1]
    assert overrides.program(2) is PROGRAM


PROGRAM = derive_program(article())
P = len(PROGRAM)
SOURCES = {step.name: step.source for step in PROGRAM.steps}
EQUATIONS = st.builds(
    lambda at, name, factor: EditEquation(
        at, name, f"{factor} * ({PROGRAM.steps[PROGRAM.step_indices[name]].source})"
    ),
    st.integers(0, 5).map(lambda iteration: iteration * P),
    st.sampled_from(["H", "E", "delta_Y", "delta_w1"]),
    st.integers(2, 9),
)
CELLS = st.builds(
    Edit,
    st.integers(0, 5 * P),
    st.sampled_from(["X", "labelY", "learning_rate", "W", "V", "H"]),
    st.sampled_from([(0, 0), (0, 1)]),
    st.integers(0, 9).map(float),
)


@given(st.lists(EQUATIONS | CELLS, max_size=8))
def test_in_every_iteration_the_edits_are_in_force_that_were_made_for_it_or_one_before(edits):
    """By going through all of them: of one cell or equation the latest in time, and there the last made."""
    overrides = Overrides(PROGRAM, edits)
    for iteration in range(7):
        begun = [edit for edit in sorted(edits, key=lambda edit: edit.at // P) if edit.at // P <= iteration]
        sources = dict(SOURCES)
        sources.update((edit.name, edit.source) for edit in begun if isinstance(edit, EditEquation))
        assert {step.name: step.source for step in overrides.program(iteration).steps} == sources
        for name in ("X", "labelY", "learning_rate"):
            held = {edit.index: edit.value for edit in begun if isinstance(edit, Edit) and edit.name == name}
            assert overrides.constant(name, iteration) == held
    writes = [edit for edit in edits if isinstance(edit, Edit) and edit.name in ("W", "V", "H")]
    for n in {edit.at for edit in writes} | {1, P}:
        for name in ("W", "V", "H"):
            cells = {edit.index: edit.value for edit in writes if (edit.at, edit.name) == (n, name)}
            found = overrides.edited_value(n, name, np.full((2, 3), -1.0))
            assert {index: float(found[index]) for index in np.ndindex(2, 3) if found[index] != -1} == cells
    special = {(edit.at - 1) // P for edit in writes if edit.at}
    assert {iteration for iteration in range(7) if overrides.has_edited_results(iteration)} == special
    turns = special | {edit.at // P for edit in edits if edit not in writes}
    for iteration in range(7):
        assert overrides.next_change(iteration) == min(
            (turn for turn in turns if turn > iteration), default=None
        )
