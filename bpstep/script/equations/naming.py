"""Gives the items of a recorded pass their names; see `equations` for the rules."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable

from bpstep.lang.functions import NAMES
from bpstep.script.equations.items import SHARED_SCOPE, Item, ItemKind, ValuePath

MANGLED = re.compile(r"^_[A-Za-z]\w*?__(?=\w)")
"""Python's prefix for a class's private names."""


def short_name(path: ValuePath) -> str:
    """The last name on a path with the indices after it: `weights[0]`, `W1`."""
    return spelled(path[_last_name(path) :])


def _last_name(path: ValuePath) -> int:
    return max((at for at, part in enumerate(path) if isinstance(part, str) and at), default=0)


def spelled(parts: Iterable[object]) -> str:
    """A path as written: `layers[0].W`."""
    text = ""
    for part in parts:
        if isinstance(part, str):
            cleaned = MANGLED.sub("__", re.sub(r"[^\w]+", "_", part)) or "_"
            if not text and cleaned[0].isdigit():
                cleaned = f"_{cleaned}"
            text += f".{cleaned}" if text else cleaned
        else:
            text += f"[{part}]"
    return text


def longer_names(path: ValuePath) -> list[str]:
    """The possible names of a path, from the shortest to the whole of it with its scope."""
    last = _last_name(path)
    starts = [at for at in range(last, 0, -1) if isinstance(path[at], str)]
    names = [spelled(path[at:]) for at in starts]
    if path[0] and path[0] not in (SHARED_SCOPE, "?"):
        scope = str(path[0]).rpartition(".")[2] or str(path[0])
        names.append(f"{scope}.{spelled(path[1:])}")
    return names or [spelled(path)]


def name_items(items: list[Item], carried: dict[int, Item]) -> None:
    """Name the items that are shown.

    `carried` has, by an initial item's number, the last item that writes it; both have one name.
    """
    initial = [item for item in items if item.kind == ItemKind.INITIAL]
    last_writes = {last.number: items_by_number(initial)[number] for number, last in carried.items()}
    bases = _base_names(items, initial)
    used: set[str] = set()
    for item in initial:
        item.name = _unused(bases[item.path], used)
        used.add(item.name)
    others = []
    for item in items:
        if item.number in last_writes:
            item.name = last_writes[item.number].name
        elif item.kind != ItemKind.INITIAL:
            others.append(item)
    _name_others(others, bases, used)


def items_by_number(items: list[Item]) -> dict[int, Item]:
    """Items by their number."""
    return {item.number: item for item in items}


def _unused(name: str, used: set[str]) -> str:
    while name in used or name in NAMES:
        name += "_"
    return name


def _base_names(items: list[Item], initial: list[Item]) -> dict[ValuePath, str]:
    """For each place the shortest name that no other place has; a function's variable keeps its own."""
    paths = list(dict.fromkeys(item.path for item in items))
    there = {item.path for item in initial}
    choices = {path: longer_names(path) for path in paths}
    level = dict.fromkeys(paths, 0)
    while True:
        groups: dict[str, list[ValuePath]] = defaultdict(list)
        for path in paths:
            groups[choices[path][level[path]]].append(path)
        clashing = [path for group in groups.values() for path in group if _gets_longer(path, group, there)]
        clashing = [path for path in clashing if level[path] + 1 < len(choices[path])]
        if not clashing:
            return {path: choices[path][level[path]] for path in paths}
        for path in clashing:
            level[path] += 1


def _gets_longer(path: ValuePath, group: list[ValuePath], there: set[ValuePath]) -> bool:
    if len(group) < 2:
        return False
    if len(path) > 2:
        # The scope does not help if variables' names differ only in the last part.
        return len({other[1:] for other in group}) > 1 or path in there
    return path in there and path[0] != "" and any(other in there for other in group if other != path)


def _name_others(items: list[Item], bases: dict[ValuePath, str], used: set[str]) -> None:
    count = Counter(bases[item.path] for item in items)
    waiting: list[Item] = []
    for item in items:
        name = bases[item.path]
        if count[name] == 1 and name not in used and name not in NAMES:
            item.name = name
            used.add(name)
        else:
            waiting.append(item)
    alternatives = Counter(other for item in waiting for other in {short_name(path) for path in item.others})
    rest: list[Item] = []
    for item in waiting:
        found = next(
            (
                each
                for each in map(short_name, item.others)
                if each.endswith("]") and alternatives[each] == 1 and each not in used
            ),
            None,
        )
        if found is None:
            rest.append(item)
        else:
            item.name = found
            used.add(found)
    _name_by_line(rest, bases, used)


def _name_by_line(items: list[Item], bases: dict[ValuePath, str], used: set[str]) -> None:
    lines = Counter((bases[item.path], item.line) for item in items)
    times: Counter[tuple[str, int]] = Counter()
    for item in items:
        name = bases[item.path]
        key = (name, item.line)
        times[key] += 1
        line = f"{name}:{_line_in_name(item)}"
        found = line
        if lines[key] > 1:
            found += f":{times[key]}"
        while found in used:
            times[key] += 1
            found = f"{line}:{times[key]}"
        item.name = found
        used.add(found)


def _line_in_name(item: Item) -> str:
    return str(item.line) if item.source is None else item.source.line_in_name(item.line)
