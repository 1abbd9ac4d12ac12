"""The pictures in screenshots/, made by the program: `python -m tests.screenshots` writes them anew."""

from __future__ import annotations

import asyncio
import os
import re
import shlex
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from html import escape, unescape
from pathlib import Path
from typing import TYPE_CHECKING
from unittest import mock

from bpstep import puzzle
from bpstep.library import find
from bpstep.network import Network
from bpstep.session import Session

if TYPE_CHECKING:
    from bpstep.app.desk import Desk
    from bpstep.views.look import Look

FOLDER = Path(__file__).parent.parent / "screenshots"


@dataclass(frozen=True)
class Shot:
    """A picture: how the debugger is opened, which keys are pressed then, and what is to be seen."""

    name: str
    caption: str
    command: str = ""
    keys: tuple[str, ...] = ()
    size: tuple[int, int] = (80, 24)
    depth: str = "full"
    """Of colours, as the terminal would have it."""
    before: tuple[str, ...] = ()
    """Keys of an earlier session of the article's network, which the command resumes."""


_EDIT = ("/", "W", "enter", "right", "e", "0", ".", "5")


def _typed(keys: str, text: str) -> tuple[str, ...]:
    """Keys that ask something, and the answer."""
    return (*keys, *("space" if key == " " else key for key in text), "enter")


SHOTS = (
    Shot("start", "Before the first equation: the data, the parameters, and what is to come."),
    Shot("forward", "Forward: the hidden layer's outputs, from net_1.", "--at H"),
    Shot(
        "inside",
        "Inside net_1, the fourth of its twelve operations: x2 sends 0.5 over the edge to h1.",
        keys=("s",) * 4,
    ),
    Shot("backward", "Backward: the gradient of V, a product of three factors.", "--at delta_V"),
    Shot(
        "chain",
        "Backward, with more room: the gradient of the weights that leave x1, five factors.",
        "--at delta_w1",
        size=(120, 36),
    ),
    Shot("update", "Update, in the sixth iteration: one step downhill.", "--at i5:W"),
    Shot("edit", "A new value for W[0,1] is typed into its cell.", "--at delta_w1", _EDIT),
    Shot("edited", "The same a key later: everything that follows from W[0,1] is computed anew.",
         "--at delta_w1", (*_EDIT, "enter")),
    Shot(
        "why",
        "Why is delta_w1[0,1] what it is: its operands, where they come from, and the path from E to it.",
        "--at delta_w1",
        ("right", "i"),
    ),
    Shot(
        "stop",
        "A breakpoint with a condition has stopped the run; two values are watched.",
        keys=(*_typed("w", "abs(delta_Y)"), *_typed("w", "V[0,0]"), *_typed("Ba", "abs(delta_Y) < 0.37"),
              "escape", "c"),
    ),
    Shot("breakpoints", "The list of breakpoints, and what can be typed there.", "--at delta_Y",
         ("b", *_typed("Ba", "loss rises"), *_typed("a", "abs(delta_Y) < 0.37"))),
    Shot("check", "The gradient check of article-as-printed names the equation to blame.",
         "article-as-printed --at delta_V", ("G",)),
    Shot("equation", "An equation is replaced in its line; what won't do is told while one types.",
         "--at delta_Y", (*"E", "ctrl+u", *"labelY - delta_V")),
    Shot("puzzle", "A puzzle: one of its twenty equations is wrong, and two of three hints are given.",
         "puzzle ember --at delta_H_net1", ("H", "H")),
    Shot("predict", "Predict mode: an answer was wrong, and what it suggests.", "--at delta_Y_net2",
         ("p", "n", *_typed("", "-0.2128"))),
    Shot("runs", "Two runs compared: W[0,0] was set to 3 in run B, and the losses part.", "--at i3:delta_w1",
         ("a", *_typed("/", "W"), "right", *_typed("e", "3"), *_typed("g", "i40:delta_V"), "v")),
    Shot("resume", "A session that was left, opened again where it was.", "--resume",
         before=(*_typed("g", "i3:delta_w1"), *_typed("/", "W"), "e", *_typed("", "0.9"))),
    Shot("help", "Every key, from which each can be called.", "--at H", ("?",)),
    Shot("light", "The light theme.", "--at delta_V --theme light"),
    Shot("sixteen", "A terminal with 16 colours.", "--at delta_V", depth="sixteen"),
    Shot("ascii", "Neither colours nor any character that is not ASCII.", "--at delta_V --ascii --no-color"),
    Shot("mazur", "Matt Mazur's example: two outputs.", "mazur --at i10:delta_W", size=(120, 36)),
    Shot(
        "penguins",
        "Palmer penguins: minibatches of 32, softmax, cross entropy, momentum.",
        "penguins --at i20:delta_W",
        size=(120, 36),
    ),
)  # fmt: skip


def look(theme: str = "dark", depth: str = "full", ascii: bool = False) -> Look:
    """How it looks, by the debugger's own words for it."""
    from bpstep.views.look import Look

    return Look(theme, depth, ascii)


def desk(
    network: str = "article", at: str = "0", seen: Look | None = None, named: Callable[[str], Network] = find
) -> Desk:
    """The desk of somebody who opened a network, by its name or file, at a position."""
    from bpstep.app.desk import Desk

    session = Session(named(network))
    session.goto(at)
    return Desk(session, seen or look())


def opened(shot: Shot) -> Desk:
    """The desk that a picture's command opens."""
    if not shot.before:
        return _opened(shot)
    with tempfile.TemporaryDirectory() as folder, mock.patch.dict(os.environ, XDG_STATE_HOME=folder):
        return _resumed(shot)


def _resumed(shot: Shot) -> Desk:
    """The desk of somebody who goes on with what was left a moment before."""
    from bpstep.app.desk import Desk
    from bpstep.app.hearing import hear
    from bpstep.cli import parse
    from bpstep.commands.keeping import open_again, open_new

    for words in ([], shlex.split(shot.command)):
        options = parse(words)
        assert options is not None
        again = options.resume is not None
        found = open_again(options) if again else open_new(options, find)
        made = Desk(found.session, look())
        made.recorder = found.recorder
        if found.place is not None:
            made.move(found.place.n, found.said(found.place.n), found.place.k)
        for key in () if again else shot.before:
            hear(made, key)
        found.recorder.save(arrived=True)
        found.recorder.close()
    made.recorder = None
    return made


def _opened(shot: Shot) -> Desk:
    from bpstep.cli import parse

    options = parse(shlex.split(shot.command))
    assert options is not None
    depth = "none" if options.no_color else shot.depth
    seen = look(options.theme or "dark", depth, options.ascii)
    named = puzzle.find if options.command == "puzzle" else find
    return desk(options.network, options.at or "0", seen, named)


async def take(shot: Shot) -> str:
    """The picture as SVG, from the debugger's screen."""
    from bpstep.app.debugger import Debugger

    app = Debugger(opened(shot))
    async with app.run_test(size=shot.size) as pilot:
        for key in shot.keys:
            await pilot.press(key)
            while app.desk.running is not None:
                await pilot.pause()
        await pilot.pause()
        # Simplified, so that the bytes do not tell by which paints the screen came about.
        svg = app.export_screenshot(title=f"bpstep {shot.command}".strip(), simplify=True)
    return self_sufficient(svg, app.desk.look.background)


def self_sufficient(svg: str, background: str) -> str:
    """The SVG with local fonts only, with ids that never differ, and its frame in the screen's colour.

    Of the local fonts the first two are as wide as Rich's cells at this size. Every word has its own place,
    since programs differ in what they make of blanks, and braille is drawn, since many fonts lack it.
    """
    replacements = [
        (r"\s*@font-face \{.*?\}\n", "\n", 2),
        (
            r"font-family: Fira Code, monospace;",
            "font-family: DejaVu Sans Mono, Menlo, Consolas, monospace;",
            1,
        ),
        (r"font-size: 20px;", "font-size: 20.26px;", 1),
        (r"font-family: arial", "font-family: sans-serif", 1),
        (r"terminal-\d+", "terminal", None),
    ]
    if background != "default":
        replacements.append((r'<rect fill="#292929"', f'<rect fill="{background}"', 1))
        replacements.append(
            (r'class="terminal-title" fill="#\w+"', 'class="terminal-title" fill="#808a94"', 1)
        )
    for pattern, text, times in replacements:
        svg, found = re.subn(pattern, text, svg, flags=re.DOTALL)
        assert found == times if times else found, f"{pattern} is found {found} times"
    return _TEXT.sub(_placed, svg)


_TEXT = re.compile(r'<text class="(terminal-r\d+)" x="([\d.]+)" y="([\d.]+)"[^>]*>([^<]*)</text>')
_WORD = re.compile(r"[^\s\u2800-\u28ff]+")
_WIDTH, _HEIGHT, _BASELINE = 12.2, 24.4, 18.5
"""Of a cell in Rich's SVG, in its units; the baseline from the cell's top."""


def _placed(text: re.Match[str]) -> str:
    """A run of text as its braille dots and its words."""
    role, left, baseline = text[1], float(text[2]), float(text[3])
    characters = unescape(text[4])
    dots = "".join(f"M{x:.1f} {y:.1f}h3v3h-3z" for x, y in _dots(characters, left, baseline - _BASELINE))
    words = [
        f'<text class="{role}" x="{left + word.start() * _WIDTH:.1f}" y="{text[3]}"'
        f' textLength="{len(word[0]) * _WIDTH:.1f}">{escape(word[0])}</text>'
        for word in _WORD.finditer(characters)
    ]
    return (f'<path class="{role}" d="{dots}"/>' if dots else "") + "".join(words)


def _dots(characters: str, left: float, top: float) -> Iterator[tuple[float, float]]:
    """The upper left corners of the braille dots, each three units wide."""
    for cell, character in enumerate(characters):
        for column, row, bit in _PLACES if _is_braille(character) else ():
            if ord(character) & bit:
                x = left + (cell + 0.25 + column / 2) * _WIDTH
                yield x - 1.5, top + (0.125 + row / 4) * _HEIGHT - 1.5


_PLACES = [(column, row, (1, 2, 4, 64)[row] << (1 if row == 3 else 3) * column)
           for column in (0, 1) for row in range(4)]  # fmt: skip


def _is_braille(character: str) -> bool:
    return "\u2800" <= character <= "\u28ff"


def gallery() -> str:
    """The page beside the pictures."""
    parts = [
        "# Screens\n\nMade by the program: `python -m tests.screenshots` writes them and this page anew.\n"
    ]
    parts += [
        f"## {shot.caption}\n\n`bpstep{f' {shot.command}' if shot.command else ''}`"
        + (f", then {' '.join(f'`{key}`' for key in shot.keys)}" if shot.keys else "")
        + f", {shot.size[0]}×{shot.size[1]}\n\n![{shot.caption}]({shot.name}.svg)\n"
        for shot in SHOTS
    ]
    return "\n".join(parts)


async def files() -> dict[str, str]:
    """Everything in the folder, by name."""
    return {"README.md": gallery(), **{f"{shot.name}.svg": await take(shot) for shot in SHOTS}}


def main() -> int:
    """Write the folder, and name what changed."""
    from bpstep.app.terminal import settle

    settle(os.environ)
    FOLDER.mkdir(exist_ok=True)
    wanted = asyncio.run(files())
    for path in FOLDER.iterdir():
        if path.name not in wanted:
            path.unlink()
    for name, text in wanted.items():
        path = FOLDER / name
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8", newline="\n")
            print(path.relative_to(FOLDER.parent))
    return 0


if __name__ == "__main__":
    sys.exit(main())
