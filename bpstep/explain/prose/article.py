"""What the article gets wrong, step by step; the networks `article` and `article-as-printed` come from it.

The statements are about the printed article: they hold whatever was edited here.
"""

from __future__ import annotations

from bpstep.session.frame import Frame
from bpstep.text import fill

_NETWORKS = ("article", "article-as-printed")

_SIZES = (2, 3, 1)

_NOTES = {
    "net_1": (
        "The article prints h2 as 0.22 before its bias: 0.4·0.3 + 0.5·0.4 is 0.32.",
        "The article prints 0.22 for h2 without its bias: it is 0.32.",
    ),
    "E": (
        "The article's formula lacks the square, and its text calls it MSE.",
        "The article's formula lacks the square.",
    ),
    "delta_Y": (
        "The article's code has labelY - Y, unlike its formula: then E rises.",
        "The article's code has labelY - Y: with that E rises.",
    ),
    "delta_H_net1": (
        "The article's first listing has 1 - sigmoid(net_1)**2: that is not the slope.",
        "The article's first listing has 1 - sigmoid²: wrong.",
    ),
    "V": (
        "The article's section 2.2 updates V before the hidden gradients, 3 after.",
        "The article's 2.2 updates V before the hidden gradients.",
    ),
    "W": (
        "The article says W is (3, 2); it is (2, 3), one row per input.",
        "The article calls W a (3, 2) matrix: it is (2, 3).",
    ),
}
"""By step, a note of one line of 78 cells, and a shorter one."""


def article_note(frame: Frame, short: bool = False) -> str:
    """The article's mistake in the equation just done; empty if there is none, and in other networks."""
    network, step = frame.network, frame.step
    if step is None or network.name not in _NETWORKS or network.derivation != "rows":
        return ""
    if network.sizes != _SIZES or step.name not in _NOTES:
        return ""
    return fill(_NOTES[step.name][short])
