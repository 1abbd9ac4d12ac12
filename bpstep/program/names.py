"""What the tensors of a network are called, and what the derivatives by them."""

from __future__ import annotations

import re


def squeezed(name: str) -> str:
    """A tensor's name within `delta_…`: net_1 is written net1 there."""
    return re.sub(r"_(?=\d)", "", name)


def delta_name(*names: str) -> str:
    """What a derivative is called: delta_Q for that of the loss by Q, delta_A_B for that of A by B."""
    return "_".join(("delta", *map(squeezed, names)))


class Names:
    """What the tensors of a network with `depth` layers of weights are called."""

    def __init__(self, depth: int) -> None:
        self.depth = depth

    def weights(self, k: int) -> str:
        """The weights into layer k."""
        return ("W", "V")[k - 1] if self.depth == 2 else f"W{k}"

    def bias(self, k: int) -> str:
        """The bias of layer k."""
        return f"B{k}"

    def net(self, k: int) -> str:
        """What layer k has before its activation."""
        return f"net_{k}"

    def out(self, k: int) -> str:
        """What layer k gives: X, H or H1 …, Y."""
        if k == 0:
            return "X"
        if k == self.depth:
            return "Y"
        return "H" if self.depth == 2 else f"H{k}"
