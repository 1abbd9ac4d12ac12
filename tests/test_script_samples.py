"""All samples of a script are found by the batch that a pass read, whatever their layout."""

import numpy as np
import pytest

from bpstep.script.loop import sample_table as samples
from bpstep.script.loop.sample_table import find_table

X = np.arange(12.0).reshape(6, 2)
T = np.array([[0.0], [1.0], [1.0], [0.0], [1.0], [0.0]])
BATCH = [1, 3]


def found(*values, inputs=X[BATCH], labels=T[BATCH]):
    return find_table(values, inputs, labels)


@pytest.mark.parametrize("table", [X, X.T, X.astype(int)])
@pytest.mark.parametrize("targets", [T, T.T, T[:, 0], T[:, 0].astype(int), T.astype(bool)])
def test_rows_and_columns_of_any_kind_of_number_are_samples(table, targets):
    inputs, labels = found(targets, "text", None, table)
    assert (inputs.tolist(), labels.tolist()) == (X.tolist(), T.tolist())


def test_classes_may_be_numbers():
    one_hot = np.eye(3)
    classes = np.array([0, 1, 2, 0, 1, 2])
    _, labels = found(X, classes, labels=one_hot[classes[BATCH]])
    assert labels.tolist() == one_hot[classes].tolist()
    for wrong in (classes + 1, classes - 1, classes + 0.5, classes[::-1], classes[:5]):
        assert found(X, wrong, labels=one_hot[classes[BATCH]]) is None


@pytest.mark.parametrize(
    ("table", "targets"),
    [
        (X[BATCH], T[BATCH]),  # no more than the batch itself
        (X[:, :1], T),
        (X + 1, T),
        (X, 1 - T),
        (X, T[:5]),
        (X[2:], T[2:]),
        (X.reshape(3, 2, 2), T),
        (np.empty((0, 2)), T),
        (X.astype(complex), T),
    ],
)
def test_other_arrays_are_none(table, targets):
    assert found(table, targets) is None


def test_the_first_of_equal_rows_counts_and_a_missing_row_is_not_found():
    doubled = np.concatenate([X, X[1:2]])
    assert found(doubled, np.append(T[:, 0], 0.0)) is not None
    assert found(doubled[::-1], np.append(T[:, 0], 0.0)[::-1]) is None
    assert find_table([X, T], np.array([X[1], [9.0, 9.0]]), T[BATCH]) is None
    # A row with one cell in common is another row.
    near = np.concatenate([X[BATCH] + [0, 1], X])
    assert np.array_equal(
        found(near, np.concatenate([1 - T[BATCH], T]))[1], np.concatenate([1 - T[BATCH], T])
    )


def test_the_largest_array_that_is_looked_through(monkeypatch):
    monkeypatch.setattr(samples, "_MAX_CELLS", X.size)
    assert found(X, T) is not None
    monkeypatch.setattr(samples, "_MAX_CELLS", X.size - 1)
    assert found(X, T) is None
