"""The pictures in screenshots/, from the lessons beside them: `python -m tests.screenshots` writes them anew.

A lesson without captions gives a picture of its last screen, one with captions an animation. What a lesson
can't do, to go on with a session that was left and to hold a class, is done here.
"""

from __future__ import annotations

import os
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from unittest import mock

from bpstep.classroom.protocol import Caption, Hello, Position, answer_message
from bpstep.classroom.room import Room
from bpstep.cli.main import parse_arguments
from bpstep.cli.open_session import open_new, reopen
from bpstep.learn import grade
from bpstep.lessons.lesson import Lesson
from bpstep.lessons.parser import read_lesson
from bpstep.netfile.builtin import open_network
from bpstep.recording.animated_svg import animated_svg
from bpstep.recording.capture import Capture
from bpstep.render.svg import screen_svg
from bpstep.render.theme import Theme
from bpstep.session.session import Session
from bpstep.ui.compose import make_controller
from bpstep.ui.controller import Controller
from bpstep.ui.input import handle_key

FOLDER = Path(__file__).parent.parent / "screenshots"

NAMES = (
    "learning", "start", "forward", "inside", "backward", "chain", "update", "edit", "edited", "why", "stop",
    "breakpoints", "check", "script", "equation", "puzzle", "predict", "runs", "resume", "help", "light",
    "sixteen", "ascii", "mazur", "penguins", "batchnorm", "attention", "class",
)  # fmt: skip
"""The pictures, as their page has them."""
WITHOUT_LESSON = {
    "resume": ("A resumed session", "`bpstep --resume`"),
    "class": (
        "A question to the class, and how it was answered",
        "`bpstep share algebra`",
    ),
}
"""The pictures that no lesson gives: what they show, and of what."""


def lesson(name: str) -> Lesson:
    """The lesson of a picture."""
    return read_lesson(FOLDER / f"{name}.lesson")


def take(name: str) -> str:
    """A picture as SVG."""
    if name in WITHOUT_LESSON:
        made = {"resume": resumed, "class": held}[name]()
        return screen_svg(made.draw(), Theme(), f"bpstep: {WITHOUT_LESSON[name][0]}")
    played = Capture(lesson(name))
    title = f"bpstep: {played.lesson.title}"
    if played.lesson.captions:
        return animated_svg(played, title)
    last = played.screen()
    return screen_svg(last.canvas, last.theme, title)


def resumed() -> Controller:
    """The controller of a session that was left a moment before and is continued."""
    with tempfile.TemporaryDirectory() as folder, mock.patch.dict(os.environ, XDG_STATE_HOME=folder):
        for words in ([], ["--resume"]):
            options = parse_arguments(words)
            assert options is not None
            again = options.resume is not None
            found = reopen(options) if again else open_new(options, open_network)
            made = make_controller(found.session, Theme())
            made.recorder = found.recorder
            if found.position is not None:
                made.move(found.position.n, found.message(found.position.n), found.position.k)
            for key in () if again else _LEFT:
                handle_key(made, key)
            found.recorder.save(settled=True)
            found.recorder.close()
        made.recorder = None
        return made


_LEFT = ("g", *"i3:delta_w1", "enter", "/", "W", "enter", "e", *"0.9", "enter")
"""What was done before the session was left."""


def held() -> Controller:
    """The controller of a teacher who has asked the class and shows how it has answered."""
    made = make_controller(Session(open_network("article")), Theme())
    made.size = _CLASS_SIZE
    made.session.goto("net_1")
    made.room = Room(made.session, "anna")
    made.run_action("ask")
    for at, text in enumerate(_ANSWERS):
        pupil = made.room.enter(Hello(f"pupil {at}"))
        made.room.handle(pupil, answer_message(made.room.question.number, grade.parse_prediction(text)))
    for pupil in made.room.pupils[-_AWAY:]:
        made.room.handle(pupil, Position(4, 0, True))
    made.run_action("point")
    made.room.caption = Caption(_CAPTION)
    made.view = replace(made.view, caption=_CAPTION)
    made.run_action("reveal")
    return made


_CLASS_SIZE = (100, 30)
_ANSWERS = ["0.5597"] * 9 + ["0.56"] * 4 + ["0.24"] * 5 + ["1/(1+exp(0.24))"] * 2
"""The right one, exactly and to two digits; net_1 itself; a sign lost in the exponent."""
_AWAY = 2
_CAPTION = "Five of you have left net_1 as it is. What does the activation do with 0.24?"


def gallery() -> str:
    """The page beside the pictures."""
    parts = [
        "# Screens\n\nMade by the program: `python -m tests.screenshots` writes them and this page anew.\n"
    ]
    for name in NAMES:
        if name in WITHOUT_LESSON:
            title, source = WITHOUT_LESSON[name]
        else:
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
