"""Generators that yield the part of their work done, between 0 and 1, and return their result."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import TypeVar

Result = TypeVar("Result")


def run_to_end(
    work: Generator[float, None, Result], on_part: Callable[[float], object] = lambda part: None
) -> Result:
    """The return value of such a generator; `on_part` is called with each part done."""
    while True:
        try:
            part = next(work)
        except StopIteration as end:
            found: Result = end.value
            return found
        on_part(part)


def scale_progress(
    work: Generator[float, None, Result], begin: float, share: float
) -> Generator[float, None, Result]:
    """The same work as a share of a larger one."""
    while True:
        try:
            part = next(work)
        except StopIteration as end:
            found: Result = end.value
            return found
        yield begin + share * part
