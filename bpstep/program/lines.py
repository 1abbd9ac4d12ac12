"""Lines of a script as people type them, and the equations of each.

`homework.py:34` · `homework.ipynb:cell 3:12` · `:34` and `cell 3:12`, without the file. It needs only the
places of a program's equations, not the script: `position` reads lines with it.
"""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import PurePath

from bpstep.errors import BpstepError
from bpstep.program import messages
from bpstep.program.program import Program
from bpstep.text import fill, quoted

_LINE = re.compile(
    r"(?:(?P<file>.*\.(?:py|ipynb)):|:|(?=cell\s))\s*(?:cell\s*(?P<cell>[0-9]{1,6}):\s*)?(?P<line>[0-9]{1,7})"
)

_MAX_NEAR = 4
"""How many lines an error names if the requested one has no equation."""


def is_line(text: str, program: Program) -> bool:
    """Whether a text names a line of the script with these equations."""
    return bool(_LINE.fullmatch(text)) and bool(_places(program))


@lru_cache(maxsize=256)
def steps_of_line(text: str, program: Program) -> tuple[int, ...]:
    """The equations of a line, counted from 0; none if the text names no such line.

    For a line that only calls an opened function, the last equation of each call.
    """
    match = _LINE.fullmatch(text)
    if match is None:
        return ()
    return next(
        (
            tuple(steps)
            for places in (_places(program), _calls(program))
            for place, steps in places.items()
            if _file(place) == _file_named(match, program) and _is(place, match)
        ),
        (),
    )


def place_of_line(text: str, program: Program) -> str:
    """A line with its file, as shown: `homework.py:34`. BpstepError if it has no equation."""
    match = _LINE.fullmatch(text)
    file = _file_named(match, program) if match is not None else ""
    places = (*_places(program), *_calls(program))
    found = (place for place in places if match and _file(place) == file and _is(place, match))
    place = next(found, "")
    if not place:
        raise BpstepError(_no_equation(text, program))
    return place


def nearest_step(text: str, program: Program) -> int:
    """The first equation of a line, counted from 0; of a line without one that of the nearest line in its
    file, and 0 where the file has none."""
    steps = steps_of_line(text, program)
    match = _LINE.fullmatch(text)
    if steps or match is None:
        return steps[0] if steps else 0
    near = _nearest_places(match, program)
    return steps_of_line(near[0], program)[0] if near else 0


def line_places(program: Program) -> tuple[str, ...]:
    """Every line that has an equation, in running order, then every line that only calls a function."""
    return tuple(dict.fromkeys((*_places(program), *_calls(program))))


def first_place(program: Program) -> str:
    """The first line that has an equation, as an example; empty if the program is not a script's."""
    return next(iter(_places(program)), "")


@lru_cache(maxsize=16)
def _places(program: Program) -> dict[str, list[int]]:
    """The equations of each line."""
    found: dict[str, list[int]] = {}
    for at, step in enumerate(program.steps):
        if step.origin is not None:
            found.setdefault(step.origin.place, []).append(at)
    return found


@lru_cache(maxsize=16)
def _calls(program: Program) -> dict[str, list[int]]:
    """The last equation of each opened call, by the line of the call."""
    found: dict[str, list[int]] = {}
    before: set[str] = set()
    for at, step in enumerate(program.steps):
        here = {call.place for call in step.origin.calls} if step.origin is not None else set()
        for place in here:
            if place in before:
                found[place][-1] = at
            else:
                found.setdefault(place, []).append(at)
        before = here
    return found


def _file_named(match: re.Match[str], program: Program) -> str:
    """The named file; the script's own if none is named.

    A path may begin further outside than the script's folder, or further inside.
    """
    own = _own_file(program)
    if not match["file"]:
        return own
    typed = PurePath(match["file"]).parts
    for file in dict.fromkeys((own, *map(_file, (*_places(program), *_calls(program))))):
        parts = PurePath(file).parts
        count = min(len(parts), len(typed))
        if count and parts[-count:] == typed[-count:]:
            return file
    return typed[-1]


def _own_file(program: Program) -> str:
    """The script's own file: that of an equation outside all calls, else of the first one."""
    origins = [step.origin for step in program.steps if step.origin is not None]
    return _file(next((each for each in origins if not each.calls), origins[0]).place) if origins else ""


def _file(place: str) -> str:
    return place.split(":")[0]


def _is(place: str, match: re.Match[str]) -> bool:
    found = _LINE.fullmatch(place)
    return found is not None and _number(found) == _number(match)


def _number(match: re.Match[str]) -> tuple[int, int]:
    """The cell, or 0, and the line."""
    return int(match["cell"] or 0), int(match["line"])


def _no_equation(text: str, program: Program) -> str:
    match = _LINE.fullmatch(text)
    assert match is not None
    places = _nearest_places(match, program)
    if not places:
        files = ", ".join(dict.fromkeys(map(_file, line_places(program))))
        return fill(messages.NO_SUCH_FILE, text=quoted(text), files=files)
    near = sorted(places[:_MAX_NEAR], key=_number_of)
    shown = ", ".join(place.split(":", 1)[1] for place in near)
    return fill(messages.NO_EQUATION_ON_LINE, text=quoted(text), lines=shown)


def _nearest_places(match: re.Match[str], program: Program) -> list[str]:
    """The lines with an equation in the file that is named, the nearest first."""
    cell, line = _number(match)

    def distance(place: str) -> tuple[int, int]:
        own_cell, own_line = _number_of(place)
        return abs(own_cell - cell), abs(own_line - line)

    file = _file_named(match, program)
    return sorted((place for place in line_places(program) if _file(place) == file), key=distance)


def _number_of(place: str) -> tuple[int, int]:
    match = _LINE.fullmatch(place)
    assert match is not None
    return _number(match)
