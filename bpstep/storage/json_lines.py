"""Plain data to lines of JSON and back; every field of a line from elsewhere is checked."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import MISSING, fields
from types import NoneType, UnionType
from typing import Any, NoReturn, TypeVar, Union, get_args, get_origin, get_type_hints

from bpstep.errors import BpstepError
from bpstep.storage import messages
from bpstep.text import fill, is_plain, quoted

MAX_LINE_LENGTH = 20_000
"""The maximum length of a line in characters."""

_MAX_INTEGER = 10**15

_MAX_TEXT_LENGTH = 4_000

_MAX_ITEMS = 64

RecordType = TypeVar("RecordType")

_FIELD_TYPES: dict[type, dict[str, Any]] = {}


def format_record(kind: str, record: object, **more: object) -> str:
    """A record as a line: its kind under `event` (omitted if it is empty), then its fields."""
    values = {field.name: getattr(record, field.name) for field in fields(record)}  # type: ignore[arg-type]
    head = {"event": kind} if kind else {}
    return json.dumps({**head, **values, **more}, separators=(",", ":"), allow_nan=False)


def parse_json_line(text: str) -> dict[str, Any]:
    """The object in a line. BpstepError if it is something else."""
    if len(text) > MAX_LINE_LENGTH:
        raise BpstepError(fill(messages.LINE_TOO_LONG, length=len(text), limit=MAX_LINE_LENGTH))
    return parse_long_json_line(text)


def parse_long_json_line(text: str) -> dict[str, Any]:
    """The object in a line of any length. BpstepError if it is something else."""
    try:
        found = json.loads(
            text, parse_constant=_reject_constant, object_pairs_hook=_object_without_duplicates
        )
    except (ValueError, RecursionError):
        raise BpstepError(fill(messages.NOT_JSON)) from None
    if not isinstance(found, dict):
        raise BpstepError(fill(messages.NOT_AN_OBJECT))
    return found


def build_record(kind: type[RecordType], values: dict[str, Any]) -> RecordType:
    """The record of a kind with these values.

    BpstepError if one is unknown or wrong, or if a field without a default is missing.
    """
    field_types = _field_types(kind)
    required = {each.name for each in fields(kind) if each.default is MISSING}  # type: ignore[arg-type]
    for name in sorted(values.keys() - field_types.keys()):
        raise BpstepError(fill(messages.UNKNOWN_FIELD, kind=kind.__name__, name=quoted(name)))
    for name in sorted(required - values.keys()):
        raise BpstepError(fill(messages.MISSING_FIELD, kind=kind.__name__, name=name))
    return kind(
        **{
            name: _convert(values[name], field_type, name)
            for name, field_type in field_types.items()
            if name in values
        }
    )


def build_one_of(kinds: Sequence[type[RecordType]], values: dict[str, Any]) -> RecordType:
    """The record whose kind, one of these, is under `event`."""
    name = values.pop("event", None)
    for kind in kinds:
        if kind.__name__ == name:
            return build_record(kind, values)
    if name is None:
        raise BpstepError(fill(messages.NO_EVENT))
    raise BpstepError(fill(messages.UNKNOWN_EVENT, name=quoted(str(name))))


def _field_types(kind: type) -> dict[str, Any]:
    """The type of each field; determined once."""
    if kind not in _FIELD_TYPES:
        _FIELD_TYPES[kind] = get_type_hints(kind)
    return _FIELD_TYPES[kind]


def _convert(value: object, field_type: Any, name: str) -> object:
    """The value in its field's type."""
    origin = get_origin(field_type)
    if origin in (Union, UnionType):
        options = [option for option in get_args(field_type) if _matches(value, option)]
        return _convert(value, options[0], name) if options else _reject(name, value)
    if not _matches(value, field_type):
        _reject(name, value)
    if origin is tuple:
        assert isinstance(value, list)
        return tuple(
            _convert(item, item_type, name)
            for item, item_type in zip(value, _item_types(field_type, len(value)))
        )
    return float(value) if field_type is float and isinstance(value, int) else value


def _matches(value: object, field_type: Any) -> bool:
    """Whether a JSON value is valid for a field of this type."""
    if get_origin(field_type) is tuple:
        return (
            isinstance(value, list) and len(_item_types(field_type, len(value))) == len(value) <= _MAX_ITEMS
        )
    if field_type is NoneType:
        return value is None
    if field_type is str:
        return isinstance(value, str) and len(value) <= _MAX_TEXT_LENGTH and is_plain(value)
    if field_type in (int, float) and type(value) is int:
        return abs(value) <= _MAX_INTEGER
    if field_type is float:
        return isinstance(value, float) and math.isfinite(value)
    return field_type is bool and isinstance(value, bool)


def _item_types(field_type: Any, count: int) -> tuple[Any, ...]:
    """The type of each item of a tuple."""
    items = get_args(field_type)
    return (items[0],) * count if items[-1] is Ellipsis else items


def _reject(name: str, value: object) -> NoReturn:
    try:
        shown = quoted(value) if isinstance(value, str) else quoted(json.dumps(value))[1:-1]
    except RecursionError:  # parsing it has just shown that it is not too deep
        shown = fill(messages.DEEP_VALUE)
    raise BpstepError(fill(messages.BAD_VALUE, name=name, value=shown))


def _object_without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """The object with these pairs. A repeated name is refused: other readers would take the other value."""
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError(pairs)
    return found


def _reject_constant(text: str) -> NoReturn:
    raise ValueError(text)
