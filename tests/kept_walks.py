"""Walks through the debugger in tests/goldens/walks.txt: `python -m tests.kept_walks` writes them again.

A heading names the network (the Python expression that makes it), the position, the screen's size with
what its theme has besides the default, and the keys. A line below it stands for each of these: behind the
bars what is selected, the flags, the panel, the prompt with what is typed, and the message. Then the last
screen follows, with the role of each cell as letters. Read the changes before you accept them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from golden_screens import LETTERS
from kept_sentences import NAMES
from on_rails import open_on_rails

from bpstep.actions import NAMED_KEYS
from bpstep.learn import puzzle
from bpstep.model.network import Network
from bpstep.netfile import builtin
from bpstep.render.canvas import Canvas
from bpstep.render.theme import HEAT, SUMMARY, Theme
from bpstep.render.view_state import selection
from bpstep.session.session import Session
from bpstep.ui.compose import make_controller
from bpstep.ui.controller import Controller
from bpstep.ui.input import handle_click, handle_key, handle_paste, handle_wheel

PATH = Path(__file__).parent / "goldens" / "walks.txt"

_PROGRAMS = Path(__file__).parent / "programs"

_THEMES = {
    "light": {"name": "light"},
    "sixteen": {"depth": "sixteen"},
    "none": {"depth": "none"},
    "ascii": {"ascii": True},
    "wide": {"ascii": True, "shows_wide": True},
    "heat": {"table": HEAT},
    "summary": {"table": SUMMARY},
    **{f"format{k}": {"format_index": k} for k in range(1, 4)},
}

_MADE = {
    **NAMES,
    "program": lambda name: builtin.open_network(str(_PROGRAMS / f"{name}.toml")),
    "puzzle": lambda name: puzzle.open_puzzle(name),
    "on_rails": lambda name: open_on_rails(str(_PROGRAMS / f"{name}.toml")),
}

_ROLES = {**LETTERS, "typed": "t", "suggested": "s", "cursor": "u", "caption": "C", "pressed": "D"}


def walk(heading: str) -> Iterator[str]:
    """The lines of a walk: what each key leads to, and the screen at the end."""
    expression, at, look, keys = heading.split(" | ")
    session = Session(made(expression))
    session.goto(at)
    size, *themes = look.split()
    found = make_controller(session, themed(themes))
    width, height = size.split("x")
    found.size = int(width), int(height)
    for token in keys.split():
        _press(found, token)
        while found.job is not None:
            found.advance_job()
        yield f"{token} | {_state(found)}"
    canvas = found.draw()
    yield from canvas.text().splitlines()
    yield "- roles -"
    yield from letters(canvas)


def made(expression: str) -> Network:
    """The network of an expression."""
    network: Network = eval(expression, _MADE)
    return network


def themed(names: list[str]) -> Theme:
    """The theme of a heading."""
    return Theme(**{option: value for name in names for option, value in _THEMES[name].items()})


def letters(canvas: Canvas) -> Iterator[str]:
    """The role of each cell, a line for each line."""
    return ("".join(map(_letter, row)).rstrip() for row in canvas.roles)


def _press(found: Controller, token: str) -> None:
    """Press a key, click, scroll, or type a text."""
    kind, colon, rest = token.partition(":")
    if kind in ("click", "double", "wheel") and colon:
        x, y, *by = map(int, rest.split(","))
        if kind == "wheel":
            handle_wheel(found, found.draw().pane_at(x, y), by[0])
        else:
            handle_click(found, found.draw().target_at(x, y), kind == "double")
    elif kind == "paste" and colon:
        handle_paste(found, rest)
    elif kind == "caption" and colon:
        found.view = replace(found.view, caption=rest.replace("␣", " "))
    elif kind == "point" and colon:
        name, *index = rest.split(",")
        found.view = replace(found.view, pointed=(name, tuple(map(int, index)) if index else None))
    elif token in NAMED_KEYS:
        handle_key(found, token)
    else:
        for character in token.replace("␣", " "):
            handle_key(found, "space" if character == " " else character)


def _state(found: Controller) -> str:
    """What a key led to, in a line."""
    frame, view, prompt = found.frame, found.current_view, found.prompt
    chosen = selection(frame, view)
    place = f"{found.session.n}+{found.session.k} {view.focus} {chosen.name}{list(chosen.index)}"
    typed, message = "", view.message
    if prompt is not None:
        typed = (
            f"{prompt.label}{prompt.equation}[{found.editor.text}] {found.input_error or found.completions}"
        )
        message = message if message != prompt.label else ""
    panel = type(found.panel).__name__ if found.panel is not None else ""
    parts = (place, " ".join(found.status_flags()), panel, typed, message)
    return " | ".join(" ".join(part.split()) for part in parts).rstrip(" |")


def _letter(role: str) -> str:
    name = role.partition(" on ")[0]
    return name[-1] if name.startswith("heat") else _ROLES.get(name, " ")


def kept() -> list[str]:
    """The walks: each a heading, and what it led to."""
    return PATH.read_text(encoding="utf-8").removeprefix("# ").removesuffix("\n").split("\n\n# ")


def walked(entry: str) -> str:
    """The same walk as it is today."""
    heading = entry.partition("\n")[0]
    return "\n".join([heading, *walk(heading)]).rstrip()


if __name__ == "__main__":
    PATH.write_text("# " + "\n\n# ".join(map(walked, kept())) + "\n", encoding="utf-8")
