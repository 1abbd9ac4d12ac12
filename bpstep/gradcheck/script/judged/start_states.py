"""States of a pass as at the start of training, when an optimiser remembers nothing yet.

What is remembered at random belongs to no gradient: a step along it may go anywhere.
"""

from __future__ import annotations

from collections.abc import Collection

from bpstep.script.meaning.graph import MISSING, Fixed, Values
from bpstep.script.meaning.study import Study


def at_start(study: Study, values: Values, memory: Collection[int] = ()) -> Values:
    """A state in which an optimiser remembers nothing: neither in what the pass carries on nor in the nodes
    of a `memory`."""
    graph = study.graph
    starts = {graph.inputs[name] for name in study.trained}
    # A rate that decreases from pass to pass is no memory of gradients.
    stepped = graph.reached_from(starts)
    remembered = {graph.inputs[each]: graph.current[each] for each in study.remembered}
    begun = [start for start, end in remembered.items() if end in stepped]
    still = {at: Fixed(values[at] * 0.0) for at in (*begun, *memory) if values[at] is not MISSING}
    # What keeps a parameter's last value begins as the parameter.
    still |= {start: Fixed(values[end]) for start, end in remembered.items() if end in starts}
    return graph.again(values, still)
