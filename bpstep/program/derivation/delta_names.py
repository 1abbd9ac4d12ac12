"""The names of the derived tensors."""

from __future__ import annotations

from collections.abc import Iterable

from bpstep.program.names import delta_name, name_in_delta


class DeltaNames:
    """Gives every derived tensor its own name; the gradients of tensors choose before all others."""

    def __init__(self, tensors: Iterable[str], reserved: Iterable[str] = ()) -> None:
        tensors = list(tensors)
        self._taken = {*tensors, *reserved}
        self._gradients: dict[str, str] = {}
        self._wholes: dict[str, str] = {}
        """By part the name of the equation that it is a part of."""
        for tensor in tensors:
            self._gradients[tensor] = self._free(delta_name(tensor), f"delta_{tensor}")

    def gradient(self, tensor: str) -> str:
        """delta_Q."""
        return self._gradients[tensor]

    def factor(self, of: str, by: str) -> str:
        """delta_A_B."""
        return self._free(delta_name(of, by))

    def via(self, tensor: str, reader: str) -> str:
        """delta_Q_via_R."""
        return self._free(f"{self.gradient(tensor)}_via_{name_in_delta(reader)}")

    def inner(self, equation: str) -> str:
        """The gradient of an intermediate result of an equation, such as an activation's argument."""
        return self._free(f"delta_net{name_in_delta(equation)}")

    def part(self, name: str) -> str:
        """A part of an equation that is too long for one line; a part of a part belongs to the same whole."""
        whole = self._wholes.get(name, name)
        part = self._free(f"{whole}_part", *(f"{whole}_part{k}" for k in range(2, 100)))
        self._wholes[part] = whole
        return part

    def stand_in(self, name: str) -> str:
        """A name as long as that of a part, which gets its own after the parts that it reads."""
        stand_in = f"{name}_part2"
        self._wholes[stand_in] = name
        return stand_in

    def _free(self, *wanted: str) -> str:
        """The first of the names that is free, else the first with a number appended."""
        for name in wanted:
            if name not in self._taken:
                self._taken.add(name)
                return name
        k = 2
        while f"{wanted[0]}_{k}" in self._taken:
            k += 1
        self._taken.add(f"{wanted[0]}_{k}")
        return f"{wanted[0]}_{k}"
