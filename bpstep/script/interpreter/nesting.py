"""Checks before a value is turned into text, hashed or compared: nested lists can grow without end."""

from __future__ import annotations

from collections import deque
from typing import Any

from bpstep.script.limits import check_items

CONTAINERS = (list, tuple, dict, set, frozenset, deque)


def check_nested(value: Any) -> Any:
    """`value`, unless it has too many items, counted through all containers in it."""
    if isinstance(value, CONTAINERS):
        check_items(_weight(value, {}, 0))
    return value


def _weight(value: Any, known: dict[int, int], depth: int) -> int:
    if not isinstance(value, CONTAINERS):
        return len(value) // 64 + 1 if isinstance(value, str | bytes) else 1
    key = id(value)
    if key in known:
        return known[key]
    known[key] = 1  # a container that holds itself is shown as an ellipsis
    items = [*value, *value.values()] if isinstance(value, dict) else value
    if depth > 200:
        check_items(float("inf"))
    if items and not any(isinstance(item, (*CONTAINERS, str)) for item in items):
        known[key] = len(items) + 1
    else:
        known[key] = 1 + sum(_weight(item, known, depth + 1) for item in items)
    return known[key]
