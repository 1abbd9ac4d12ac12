"""The names of a network's tensors, and of the derivatives with respect to them."""

from __future__ import annotations

import re


def name_in_delta(name: str) -> str:
    """A tensor's name within `delta_…`: there net_1 is written net1."""
    return re.sub(r"_(?=\d)", "", name)


def delta_name(*names: str) -> str:
    """The name of a derivative: delta_Q for that of the loss by Q, delta_A_B for that of A by B."""
    return "_".join(("delta", *map(name_in_delta, names)))


class Names:
    """The names of the tensors of a network with `depth` layers of weights."""

    def __init__(self, depth: int) -> None:
        self.depth = depth

    def weights(self, k: int) -> str:
        """The weights into layer k."""
        return ("W", "V")[k - 1] if self.depth == 2 else f"W{k}"

    def bias(self, k: int) -> str:
        """The bias of layer k."""
        return f"B{k}"

    def net(self, k: int) -> str:
        """The net input of layer k."""
        return f"net_{k}"

    def out(self, k: int) -> str:
        """The output of layer k: X, H or H1 …, Y."""
        if k == 0:
            return "X"
        if k == self.depth:
            return "Y"
        return "H" if self.depth == 2 else f"H{k}"
