"""Which axes of the outputs belong to the samples: along them only one row changes with a row of the data."""

from __future__ import annotations

import numpy as np

from bpstep.script.meaning.graph import Fixed, have_one_shape
from bpstep.script.meaning.study import Explanation, Study

_MIN_SAMPLES = 2
"""Of fewer rows or columns it is not known what changes with one of them alone."""

_MAX_CELLS = 100_000
"""Of larger tensors it is not tried what changes with them."""


def lengths_of_single_rows(study: Study, explanation: Explanation, start: int) -> set[int]:
    """The lengths of those axes of the outputs along which only one row or column changes with a row or
    column of an input; none if each row of it changes several."""
    graph, values, found = study.graph, study.states[0], set[int]()
    old = values[start]
    is_small = np.size(old) <= _MAX_CELLS
    axes = [axis for axis, size in enumerate(np.shape(old)) if size >= _MIN_SAMPLES and is_small]
    # The states leave out what guards a logarithm, and numbers that are computed again do not.
    before = graph.again(values, {start: Fixed(np.array(old, dtype=float))}) if axes else values
    for axis in axes:
        moved = np.array(old, dtype=float)
        moved[(slice(None),) * axis + (0,)] += 1
        after = graph.again(values, {start: Fixed(moved)})
        for output in explanation.candidate.outputs:
            if not have_one_shape(after[output], before[output]):
                continue
            changed = np.asarray(after[output] != before[output])
            for along, size in enumerate(changed.shape):
                others = tuple(each for each in range(changed.ndim) if each != along)
                if size >= _MIN_SAMPLES and changed.any(axis=others).sum() == 1:
                    found.add(size)
    return found
