"""The pictures in screenshots/, from the lessons beside them: `python -m tests.screenshots` writes them anew.

A lesson without captions gives a picture of its last screen, one with captions an animation. What a lesson
can't do, to go on with a session that was left, is done here.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path
from unittest import mock

from bpstep.app.desk import Desk
from bpstep.app.hearing import hear
from bpstep.cli import parse
from bpstep.commands.keeping import open_again, open_new
from bpstep.lessons.deeds import Lesson
from bpstep.lessons.reading import read_lesson
from bpstep.library import find
from bpstep.recording.animation import animation
from bpstep.recording.moments import play
from bpstep.views.look import Look
from bpstep.views.svg import still

FOLDER = Path(__file__).parent.parent / "screenshots"

NAMES = (
    "learning", "start", "forward", "inside", "backward", "chain", "update", "edit", "edited", "why", "stop",
    "breakpoints", "check", "equation", "puzzle", "predict", "runs", "resume", "help", "light", "sixteen",
    "ascii", "mazur", "penguins",
)  # fmt: skip
"""The pictures, as their page has them."""
_RESUMED = "A session that was left, opened again where it was."


def lesson(name: str) -> Lesson:
    """The lesson of a picture."""
    return read_lesson(FOLDER / f"{name}.lesson")


def take(name: str) -> str:
    """A picture as SVG."""
    if name == "resume":
        return still(resumed().draw(), Look(), f"bpstep: {_RESUMED}")
    played = play(lesson(name))
    title = f"bpstep: {played.lesson.title}"
    if played.lesson.captions:
        return animation(played, title)
    return still(played.last.canvas, played.last.look, title)


def resumed() -> Desk:
    """The desk of somebody who goes on with what was left a moment before."""
    with tempfile.TemporaryDirectory() as folder, mock.patch.dict(os.environ, XDG_STATE_HOME=folder):
        for words in ([], ["--resume"]):
            options = parse(words)
            assert options is not None
            again = options.resume is not None
            found = open_again(options) if again else open_new(options, find)
            made = Desk(found.session, Look())
            made.recorder = found.recorder
            if found.place is not None:
                made.move(found.place.n, found.said(found.place.n), found.place.k)
            for key in () if again else _LEFT:
                hear(made, key)
            found.recorder.save(arrived=True)
            found.recorder.close()
        made.recorder = None
        return made


_LEFT = ("g", *"i3:delta_w1", "enter", "/", "W", "enter", "e", *"0.9", "enter")
"""What was done before the session was left."""


def gallery() -> str:
    """The page beside the pictures."""
    parts = [
        "# Screens\n\nMade by the program: `python -m tests.screenshots` writes them and this page anew.\n"
    ]
    for name in NAMES:
        title, source = _RESUMED, "`bpstep --resume`"
        if name != "resume":
            title, source = lesson(name).title, f"From [{name}.lesson]({name}.lesson)"
        parts.append(f"## {title}\n\n{source}\n\n![{title}]({name}.svg)\n")
    return "\n".join(parts)


def files() -> dict[str, str]:
    """Everything in the folder that is made, by name."""
    return {"README.md": gallery(), **{f"{name}.svg": take(name) for name in NAMES}}


def main() -> int:
    """Write the folder, and name what changed."""
    wanted = files()
    for path in FOLDER.iterdir():
        if path.name not in wanted and path.suffix != ".lesson":
            path.unlink()
    for name, text in wanted.items():
        path = FOLDER / name
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8", newline="\n")
            print(path.relative_to(FOLDER.parent))
    return 0


if __name__ == "__main__":
    sys.exit(main())
