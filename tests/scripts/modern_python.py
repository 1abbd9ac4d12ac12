from __future__ import annotations

from enum import Enum
from typing import NamedTuple, Optional, Callable, TypeVar, Generic

import numpy as np
import numpy.typing as npt

T = TypeVar("T")
Array = npt.NDArray[np.float64]


class Act(Enum):
    RELU = "relu"
    TANH = "tanh"


class Step(NamedTuple):
    loss: float
    epoch: int = 0


class Box(Generic[T]):
    def __init__(self, item: Optional[T] = None) -> None:
        self.item = item


def act(kind: Act, z: Array, /, *, slope: bool = False) -> Array:
    match kind:
        case Act.RELU:
            return (z > 0) * 1.0 if slope else np.maximum(z, 0)
        case Act.TANH if slope:
            return 1 - np.tanh(z) ** 2
        case _:
            return np.tanh(z)


rng: np.random.Generator = np.random.default_rng(31)
w: Array = rng.normal(size=(3, 4))
u: Array = rng.normal(size=4)
x, t = rng.normal(size=(6, 3)), rng.normal(size=6)
steps: list[Step] = []
kinds = [Act.RELU, Act.TANH]
while (n := len(steps)) < 12:
    kind = kinds[n % 2]
    z = x @ w
    h = act(kind, z)
    if (loss := float(np.mean((h @ u - t) ** 2))) > 1e3:
        break
    d = 2 * (h @ u - t) / len(t)
    gu, gw = h.T @ d, x.T @ (np.outer(d, u) * act(kind, z, slope=True))
    u, w = u - 0.05 * gu, w - 0.05 * gw
    steps.append(Step(loss, n))
match steps[-1]:
    case Step(loss=l, epoch=e):
        print("last", round(l, 10), e)
match [1, 2, 3, 4]:
    case [first, *rest] if first > 0:
        print(first, rest)
match {"lr": 0.1, "mu": 2}:
    case {"lr": float() as lr, **others}:
        print(lr, others)
print(Act.TANH, Act("relu").name, Box(3).item, *[s.epoch for s in steps if s.loss < 1])
