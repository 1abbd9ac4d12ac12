"""Equations that are too long for one line, cut at the joints of their tree."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Collection, Mapping

from bpstep.program.derivation.delta_names import DeltaNames

_WIDTH = 84
"""The most characters of a right-hand side that can be cut."""
LINE = 92
"""The most characters of an equation that can be cut."""

MIN_REPEATED = 13
"""An operation gets a name if it has at least this length and occurs three times in an equation, or twice
with a function in it.
"""

MIN_PRODUCT = 9
"""A matrix product gets a name if it has at least this length and occurs twice."""

_ROOM = "_partXX"


def fits_line(name: str, source: str) -> bool:
    """True if an equation fits on one line."""
    return len(source) <= _WIDTH and len(name) + len(source) + 3 <= LINE


def split(
    name: str, source: str, names: DeltaNames, known: dict[str, str]
) -> tuple[list[tuple[str, str]], str]:
    """Named parts, in the order in which they are computed, and the rest of the right-hand side.

    `known` are the names of the parts of all equations so far by their text; new parts are added to it. A
    text that already has a name is replaced by it.
    """
    found, rest = _cut_up(name, source)
    if not found:
        return [], source
    source = _read_known(source, known)
    found, rest = _cut_up(name, source)
    found, rest = _put_back(name, *_read_by_name(found, rest))
    lines = [*found, (name, rest)]
    new = []
    for at, (before, _) in enumerate(found):
        text, users = lines[at][1], lines[at + 1 :]
        part = known.get(text, "")
        if not part or not all(fits_line(user, source.replace(before, part)) for user, source in users):
            part = names.part(name)
            known.setdefault(text, part)
            new.append((part, text))
        lines[at + 1 :] = [(user, source.replace(before, part)) for user, source in users]
    return new, lines[-1][1]


def _cut_up(name: str, source: str) -> tuple[list[tuple[str, str]], str]:
    """The parts of an equation, and its rest."""
    found: list[tuple[str, str]] = []
    return found, _cut(name, _without_repeats(source, name, found), name, found)


def _read_known(source: str, known: Mapping[str, str]) -> str:
    """The source with the names of parts of earlier equations, even if these read further parts."""
    texts = {name: text for text, name in known.items()}
    names = {_written_out(text, texts): name for text, name in known.items()}
    while True:
        operations = _operations(source)
        places = {_written_out(text, texts): text for text in operations}
        text = max((places[whole] for whole in places.keys() & names.keys()), key=len, default="")
        name = names[_written_out(text, texts)] if text else ""
        if len(name) >= len(text):
            return source
        source = _read(source, text, name)


def _written_out(source: str, texts: Mapping[str, str]) -> str:
    """The source with the text of each part in place of its name, at any depth."""
    names = [node for node in ast.walk(ast.parse(source, mode="eval").body) if isinstance(node, ast.Name)]
    for node in sorted(names, key=lambda node: -node.col_offset):
        if node.id in texts:
            before, after = source[: node.col_offset], source[node.end_col_offset :]
            source = f"{before}({_written_out(texts[node.id], texts)}){after}"
    return ast.unparse(ast.parse(source, mode="eval"))


def _read_by_name(parts: list[tuple[str, str]], rest: str) -> tuple[list[tuple[str, str]], str]:
    """The same with a part's name in place of its text, if longer, in everything computed after it."""
    lines: dict[str, str] = {}
    """The name of each part by its text."""
    same: dict[str, str] = {}
    """For a part with the text of an earlier one, the name of that."""

    def read(source: str) -> str:
        for part, name in same.items():
            source = source.replace(part, name)
        while place := _place_of_any(lines, source):
            start, end = _without_parentheses(source, *place)
            source = source[:start] + lines[source[slice(*place)]] + source[end:]
        return source

    for part, text in parts:
        whole = read(text)
        if whole in lines or whole.isidentifier():
            same[part] = lines.get(whole, whole)
        else:
            lines[whole] = part
    rest = read(rest)
    return [(part, text) for text, part in lines.items()], rest


def _place_of_any(names: Mapping[str, str], source: str) -> tuple[int, int] | None:
    """The position of a named text that is an operation of the source, the outermost first."""
    for node in ast.walk(ast.parse(source, mode="eval").body):
        if isinstance(node, ast.BinOp | ast.Call | ast.Subscript | ast.UnaryOp):
            start, end = node.col_offset, node.end_col_offset or 0
            if source[start:end] in names and len(names[source[start:end]]) <= end - start:
                return start, end
    return None


def _put_back(name: str, parts: list[tuple[str, str]], rest: str) -> tuple[list[tuple[str, str]], str]:
    """The same without parts that fit into the line that reads them, once others are cut out."""
    lines = {**dict(parts), name: rest}
    for part, _ in parts:
        users = [user for user, source in lines.items() if part in source]
        if len(users) == 1 and lines[users[0]].count(part) == 1:
            whole = _replaced(lines[users[0]], part, lines[part])
            if fits_line(users[0], whole):
                lines[users[0]] = whole
                del lines[part]
    rest = lines.pop(name)
    return list(lines.items()), rest


def _replaced(source: str, part: str, text: str) -> str:
    """The source with a text in place of a part's name, in parentheses if needed."""
    bare, safe = source.replace(part, text), source.replace(part, f"({text})")
    try:
        is_same = ast.dump(ast.parse(bare)) == ast.dump(ast.parse(safe))
    except SyntaxError:  # A number followed by a point, as in `2 * 3.T`.
        is_same = False
    return bare if is_same else safe


def _without_repeats(source: str, stem: str, found: list[tuple[str, str]]) -> str:
    """Cut out what occurs in an equation several times, the longest first; also within what was cut out."""
    lines = {stem: source}
    while text := _repeated(lines.values()):
        part = f"{stem}_part{len(lines)}R"
        read = {name: _read(line, text, part) for name, line in lines.items()}
        first = next(at for at, name in enumerate(lines) if read[name] != lines[name])
        lines = dict([*list(read.items())[:first], (part, text), *list(read.items())[first:]])
    rest = lines.pop(stem)
    for part, text in lines.items():
        inner = _cut(f"{stem}{_ROOM}", text, stem, found)
        found.append((part, inner))
    return rest


def _read(source: str, text: str, name: str) -> str:
    """The source with a name for each operation that has this text."""
    places = _operations(source).get(text, [])
    for place in sorted(places, reverse=True):
        start, end = _without_parentheses(source, *place)
        source = source[:start] + name + source[end:]
    return source


def _operations(source: str) -> dict[str, list[tuple[int, int]]]:
    """The positions of each operation and call of a source, by their text."""
    places: dict[str, list[tuple[int, int]]] = {}
    for node in ast.walk(ast.parse(source, mode="eval").body):
        if isinstance(node, ast.BinOp | ast.Call):
            start, end = node.col_offset, node.end_col_offset or 0
            places.setdefault(source[start:end], []).append((start, end))
    return places


def _repeated(sources: Collection[str]) -> str:
    """The text of the longest operation that occurs too often in lines; empty if there is none."""
    counts: Counter[str] = Counter()
    for source in sources:
        counts.update({text: len(places) for text, places in _operations(source).items()})
    repeated = [text for text, count in counts.items() if count > 1 and _is_too_often(text, count)]
    return max(sorted(repeated), key=len, default="")


def _is_too_often(text: str, count: int) -> bool:
    """True for an operation that gets a name because it occurs this many times in an equation."""
    inner, length = list(ast.walk(ast.parse(text, mode="eval").body)), len(text)
    if not any(isinstance(one, ast.BinOp) for one in inner):
        return False
    if count > 1 and length >= MIN_PRODUCT and any(isinstance(one, ast.MatMult) for one in inner):
        return True
    often = 1 if any(isinstance(one, ast.Call) for one in inner) else 2
    return count > often and length >= MIN_REPEATED


def _cut(name: str, source: str, stem: str, found: list[tuple[str, str]]) -> str:
    """Cut parts out until the rest fits; they get temporary names."""
    while not fits_line(name, source):
        place = _best(source, len(stem) + len(_ROOM))
        if place is not None:
            text = source[slice(*place)]
        else:
            place, text = _first_blocks(source)
            if not text:
                break
        part = f"{stem}_part{sum(1 for _ in found)}X"
        inner = _cut(part, text, stem, found)
        part = f"{stem}_part{len(found)}X"
        found.append((part, inner))
        if _is_closed(source, text):
            source = source.replace(text, part)
        else:
            start, end = _without_parentheses(source, *place)
            source = source[:start] + part + source[end:]
    return source


def _without_parentheses(source: str, start: int, end: int) -> tuple[int, int]:
    """The position with the parentheses around it, which a name does not need; those of a call stay."""
    while start and source[start - 1] == "(" and source[end : end + 1] == ")":
        before = source[start - 2] if start > 1 else " "
        if before.isalnum() or before in "_])":
            break
        start, end = start - 1, end + 1
    return start, end


def _is_closed(source: str, text: str) -> bool:
    """True for a call that occurs several times, which no neighbouring operator can split."""
    called = text.split("(")[0]
    return (
        called.isidentifier() and _closes_last(text) and len(re.findall(rf"\b{re.escape(text)}", source)) > 1
    )


def _first_blocks(source: str) -> tuple[tuple[int, int], str]:
    """The position of the first half of more than two joined blocks, and these blocks joined."""
    match ast.parse(source, mode="eval").body:
        case ast.Call(func=ast.Name(id="concatenate"), args=[ast.List(elts=blocks)]) if len(blocks) > 2:
            ends = [block.end_col_offset or 0 for block in blocks]
            start, end, last = blocks[0].col_offset, ends[len(ends) // 2], ends[-1]
            return (start, end), source[:end] + source[last:]
    return (0, 0), ""


def _closes_last(text: str) -> bool:
    """True if the last character closes the first parenthesis."""
    depth = 0
    for at, sign in enumerate(text):
        depth += (sign == "(") - (sign == ")")
        if sign == ")" and not depth:
            return at == len(text) - 1
    return False


def _best(source: str, room: int) -> tuple[int, int] | None:
    """The part to cut out so that the longer of both lines becomes shortest; a name takes `room`."""
    tree = ast.parse(source, mode="eval").body
    best: tuple[int, int] | None = None
    shortest = len(source)
    for node in ast.walk(tree):
        if node is tree or not isinstance(node, ast.BinOp | ast.Call | ast.Subscript | ast.UnaryOp):
            continue
        start, end = node.col_offset, node.end_col_offset or 0
        text = source[start:end]
        count = source.count(text) if _is_closed(source, text) else 1
        rest = len(source) - count * (len(text) - room)
        longest = max(len(text), rest)
        if len(text) > room and longest < shortest:
            best, shortest = (start, end), longest
    return best
