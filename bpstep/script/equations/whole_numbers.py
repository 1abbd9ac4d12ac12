"""Where the whole numbers of a pass come from.

Python shares whole numbers, so they have no identity as arrays and other numbers have: each is known by the
place that it was read from, and keeps this origin when it is passed on to a variable or to another list.
"""

from __future__ import annotations

from collections.abc import Container
from typing import Any

from bpstep.script.equations.items import ValuePath, is_whole_number

_MAX_UNPACKED = 8
"""The items of a longer list that a loop draws are not unpacked by its target."""


class WholeNumbers:
    """The origins of the whole numbers in variables and lists."""

    def __init__(self) -> None:
        self._named: dict[ValuePath, tuple[int, ValuePath]] = {}
        self._listed: dict[tuple[int, Any], tuple[Any, int, ValuePath]] = {}
        """By the `id` of a list and a position: the list, the number there, and its origin."""
        self._drawn: dict[int, list[tuple[int, ValuePath]]] = {}
        """By the `id` of the node that a loop iterates over: what it has drawn and no variable has yet."""

    def named(self, path: ValuePath, value: int) -> ValuePath | None:
        """The origin of the number in a variable."""
        found = self._named.get(path)
        return found[1] if found is not None and found[0] == value else None

    def name(self, path: ValuePath, value: Any, origin: ValuePath | None) -> None:
        """A variable is assigned a value."""
        if origin is None or not is_whole_number(value):
            self._named.pop(path, None)
        else:
            self._named[path] = value, origin

    def listed(self, container: Any, index: Any, value: int) -> ValuePath | None:
        """The origin of the number at an index of a list, if the pass has put it there."""
        found = self._listed.get((id(container), index))
        return found[2] if found is not None and found[0] is container and found[1] == value else None

    def put(self, container: Any, index: Any, value: Any, origin: ValuePath | None) -> None:
        """A list is assigned an item."""
        if origin is None or not is_whole_number(value):
            self._listed.pop((id(container), index), None)
        else:
            self._listed[id(container), index] = container, value, origin

    def reordered(self, container: Any) -> None:
        """The items of a list have other positions."""
        for index in range(len(container) + 1):
            self._listed.pop((id(container), index), None)

    def draw(
        self, node: int, container: Any, index: int, item: Any, path: ValuePath | None, is_unpacked: bool
    ) -> None:
        """A loop over the list at a node draws the item at an index; its target may unpack the item."""
        self._drawn[node] = drawn = []
        if is_whole_number(item):
            origin = self.listed(container, index, item) or (None if path is None else (*path, index))
            drawn += [] if origin is None else [(item, origin)]
        elif (
            is_unpacked and isinstance(item, list | tuple) and len(item) <= _MAX_UNPACKED and path is not None
        ):
            numbers = [(at, each) for at, each in enumerate(item) if is_whole_number(each)]
            drawn += [(each, self.listed(item, at, each) or (*path, index, at)) for at, each in numbers]

    def take(self, nodes: Container[int], value: Any) -> ValuePath | None:
        """The origin of a number that a loop assigns to its variable; `nodes` are what it iterates over."""
        for node, drawn in self._drawn.items():
            for at, (number, origin) in enumerate(drawn if node in nodes else ()):
                if is_whole_number(value) and number == value:
                    del drawn[at]
                    return origin
        return None
