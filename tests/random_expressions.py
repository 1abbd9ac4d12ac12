"""Expressions made by chance, from the tensors of `expressions`."""

from bpstep.lang.activations import ACTIVATIONS


def grown(draw, depth):
    """An expression by chance; whether its shapes fit is another matter."""
    if depth == 0 or draw.random() < 0.15:
        return draw.choice(["A", "A", "B", "C", "D", "S", "2", "0.5", "-3"])
    part = [grown(draw, depth - 1) for _ in range(3)]
    return draw.choice(
        [
            "({0}) {op} ({1})",
            "({0}) {op} ({1})",
            "{0} {op} {1}",
            "-({0})",
            "({0}) ** 2",
            "({0}) @ ({1})",
            "({0}).T",
            "({0})[-1]",
            "({0})[::-1]",
            "({0})[:, 1:]",
            "({0}).reshape(-1)",
            "{elementwise}({0})",
            "{fold}({0})",
            "{fold}({0}, axis=-1, keepdims=True)",
            "{fold}({0}, axis=0)",
            "where(({0}) > ({1}), {1}, {2})",
            "(({0}) <= ({1}))",
            "repeat({0}, 2, axis=0)",
            "concatenate([{0}, {1}], axis=-1)",
            "outer({0}, {1})",
        ]
    ).format(
        *part,
        op=draw.choice("+-*/"),
        elementwise=draw.choice(["abs", "exp", "tanh", *ACTIVATIONS]),
        fold=draw.choice(["sum", "mean", "max", "min", "any", "all"]),
    )
