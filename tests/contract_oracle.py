"""The contract read literally: every write in turn, from the start, edits replacing what a write gave.

Nothing is kept, compiled or lowered; of bpstep only the text of the equations is taken.
"""

import numpy as np
from numpy_oracle import batch
from test_lang import BY_HAND, NUMPY

from bpstep.program.derive import derive_program

FUNCTIONS = {**NUMPY, **BY_HAND}


class Literal:
    """A network's time. `edits` are (n of the cursor, name, index, value) or (n, name, source), as made."""

    def __init__(self, network):
        self.network = network
        program = derive_program(network)
        self.lines = [(step.name, step.source) for step in program.steps]
        self.names = [name for name, _ in self.lines]
        self.initial = program.initial
        self.single = np.ndim(self.initial["X"]) == 1

    def iteration(self, n):
        """The iteration displayed at n."""
        return max(n - 1, 0) // len(self.lines)

    def writes(self, name, n):
        """Every n at or before n at which the tensor is written."""
        start = self.iteration(n) * len(self.lines)
        if name not in self.names:
            return [start]
        first = [0] if name in self.initial else []
        return first + [k for k in range(1, n + 1) if self.names[(k - 1) % len(self.lines)] == name]

    def place(self, name, index, n):
        """A cell of X or labelY belongs to a sample; any other to the tensor."""
        if name not in ("X", "labelY"):
            return index
        rows = batch(self.network, self.iteration(n))
        return (int(rows[0]), *index) if self.single else (int(rows[index[0]]), index[1])

    def at(self, n, edits):
        """The tensors displayed at n."""
        cells, equations = {}, []
        for cursor, name, *what in edits:
            if len(what) == 1:
                equations.append((self.iteration(cursor), name, *what))
            else:
                index, value = what
                write = self.writes(name, cursor)[-1]
                cells.setdefault((name, write), []).append((self.place(name, index, cursor), value))
        tensors = {
            name: _patched(value, cells.get((name, 0), []))
            for name, value in self.initial.items()
            if name in self.names
        }
        for iteration in range(self.iteration(n) + 1):
            tensors = {name: tensors[name] for name in self.initial if name in self.names}
            tensors |= self.constants(iteration, cells)
            held = dict(self.lines)
            for _, name, source in sorted((e for e in equations if e[0] <= iteration), key=lambda e: e[0]):
                held[name] = source
            for at, name in enumerate(self.names, iteration * len(self.lines) + 1):
                if at > n:
                    break
                with np.errstate(all="ignore"):
                    value = np.asarray(eval(held[name], FUNCTIONS, tensors), np.float64)
                tensors[name] = _patched(value, cells.get((name, at), []))
        return tensors

    def constants(self, iteration, cells):
        """What counts as written at the start of an iteration."""
        found = dict(self.initial)
        found |= {"X": self.network.inputs, "labelY": self.network.labels}
        for (name, write), patches in sorted(cells.items(), key=lambda entry: entry[0][1]):
            if name not in self.names and write // len(self.lines) <= iteration:
                found[name] = _patched(found[name], patches)
        rows = batch(self.network, iteration)
        for name in ("X", "labelY"):
            found[name] = found[name][rows[0]] if self.single else found[name][rows]
        return {name: value for name, value in found.items() if name not in self.names}


def _patched(value, patches):
    copy = np.array(value)
    for index, number in patches:
        copy[index] = number
    return copy if copy.shape else np.float64(copy)
