"""Plain data to lines of JSON and back; a line that somebody else wrote is checked field by field."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import fields
from types import NoneType, UnionType
from typing import Any, NoReturn, TypeVar, Union, get_args, get_origin, get_type_hints

from bpstep.errors import BpstepError
from bpstep.text import is_plain, quoted

LONGEST = 20_000
"""Characters of a line that is read."""

_LARGEST = 10**15

_LONGEST_TEXT = 4_000

_MOST_ITEMS = 64

Kind = TypeVar("Kind")

_KNOWN: dict[type, dict[str, Any]] = {}


def line(kind: str, record: object, **more: object) -> str:
    """A record as a line: its kind under `event` (left out where that is empty), then its fields."""
    values = {field.name: getattr(record, field.name) for field in fields(record)}  # type: ignore[arg-type]
    named = {"event": kind} if kind else {}
    return json.dumps({**named, **values, **more}, separators=(",", ":"), allow_nan=False)


def parsed(text: str) -> dict[str, Any]:
    """The object that a line holds. BpstepError where it holds something else."""
    if len(text) > LONGEST:
        raise BpstepError(f"the line has {len(text):,} characters, at most {LONGEST:,} are read")
    return parsed_long(text)


def parsed_long(text: str) -> dict[str, Any]:
    """The same for a line of any length."""
    try:
        found = json.loads(text, parse_constant=_no_number, object_pairs_hook=_once_each)
    except (ValueError, RecursionError):
        raise BpstepError("this is no line of JSON") from None
    if not isinstance(found, dict):
        raise BpstepError("expected a JSON object, in braces")
    return found


def record(kind: type[Kind], values: dict[str, Any]) -> Kind:
    """The record of a kind with these values. BpstepError where a field is missing, unknown or wrong."""
    hints = _hints(kind)
    for name in sorted(values.keys() - hints.keys()):
        raise BpstepError(f"{kind.__name__} has no field {quoted(name)}")
    for name in sorted(hints.keys() - values.keys()):
        raise BpstepError(f"{kind.__name__} needs a field {name}")
    return kind(**{name: _fitting(values[name], hint, name) for name, hint in hints.items()})


def among(kinds: Sequence[type[Kind]], values: dict[str, Any]) -> Kind:
    """The record whose kind, one of these, stands under `event`."""
    name = values.pop("event", None)
    for kind in kinds:
        if kind.__name__ == name:
            return record(kind, values)
    raise BpstepError(f"there is no event {quoted(str(name))}")


def _hints(kind: type) -> dict[str, Any]:
    """The type of each field; found out once."""
    if kind not in _KNOWN:
        _KNOWN[kind] = get_type_hints(kind)
    return _KNOWN[kind]


def _fitting(value: object, hint: Any, name: str) -> object:
    """The value as its field has it."""
    origin = get_origin(hint)
    if origin in (Union, UnionType):
        options = [option for option in get_args(hint) if _is_like(value, option)]
        return _fitting(value, options[0], name) if options else _refuse(name, value)
    if not _is_like(value, hint):
        _refuse(name, value)
    if origin is tuple:
        assert isinstance(value, list)
        return tuple(_fitting(item, hint, name) for item, hint in zip(value, _items(hint, len(value))))
    return float(value) if hint is float and isinstance(value, int) else value


def _is_like(value: object, hint: Any) -> bool:
    """Whether a value of JSON can stand for a field of this type."""
    if get_origin(hint) is tuple:
        return isinstance(value, list) and len(_items(hint, len(value))) == len(value) <= _MOST_ITEMS
    if hint is NoneType:
        return value is None
    if hint is str:
        return isinstance(value, str) and len(value) <= _LONGEST_TEXT and is_plain(value)
    if hint in (int, float) and type(value) is int:
        return abs(value) <= _LARGEST
    if hint is float:
        return isinstance(value, float) and math.isfinite(value)
    return hint is bool and isinstance(value, bool)


def _items(hint: Any, count: int) -> tuple[Any, ...]:
    """The type of each item of a tuple."""
    items = get_args(hint)
    return (items[0],) * count if items[-1] is Ellipsis else items


def _refuse(name: str, value: object) -> NoReturn:
    raise BpstepError(f"{name} can't be {quoted(json.dumps(value))}")


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """The object of these pairs. One that says something twice is read otherwise elsewhere: it is none."""
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a name stands twice")
    return found


def _no_number(text: str) -> NoReturn:
    raise ValueError(text)
