"""Nothing is lost: what is done is in the session's file before it is on the screen; saving it by name."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from bpstep.app import asking
from bpstep.app.prompt import Prompt
from bpstep.errors import BpstepError
from bpstep.export.output import write
from bpstep.files import quoted
from bpstep.recorder import copy_lines
from bpstep.store import SUFFIX, path_of, plain_name
from bpstep.tidying import named_by_itself

if TYPE_CHECKING:
    from bpstep.app.desk import Desk


def keep(desk: Desk) -> None:
    """Write what is new; say where that can't be done, and when it can be done again."""
    recorder = desk.recorder
    if recorder is None:
        return
    recorder.save(arrived=desk.running is None)
    if recorder.news and desk.prompt is None and desk.running is None:
        desk.say(recorder.news, alert=bool(recorder.trouble))
        recorder.news = ""


def save_session(desk: Desk, _count: int) -> None:
    """Ask for the name or the file."""
    desk.ask(_name(desk))


def _name(desk: Desk) -> Prompt:
    def accept(text: str) -> None:
        if not text.strip():
            return
        path = _path(desk, text.strip())
        if os.path.lexists(path):
            desk.ask(asking.replacing(desk, path, lambda: _save(desk, path)))
        else:
            _save(desk, path)

    suggested = plain_name(desk.session.network.name)
    hint = f"a name, or a file to send: ./{suggested}{SUFFIX}"
    return Prompt("save the session as:", accept, suggested, hint)


def _path(desk: Desk, text: str) -> Path:
    """The file that a name or a path means."""
    if os.sep in text or text.endswith(SUFFIX):
        return asking.typed_path(text, SUFFIX)
    if desk.recorder is None:
        raise BpstepError(f"this session is not kept: give a file, like ./{text}{SUFFIX}")
    if named_by_itself(desk.session.network.name, text) and text != desk.recorder.name:
        raise BpstepError(f"{quoted(text)} is a name that bpstep gives by itself: choose another")
    return path_of(desk.recorder.folder, text)


def _save(desk: Desk, path: Path) -> None:
    recorder = desk.recorder
    if recorder is None or path.parent != recorder.folder:
        write(copy_lines(desk.session), str(path))
        name = str(path) if os.sep in str(path) else f".{os.sep}{path}"
    else:
        if path.stem == recorder.name:
            raise BpstepError(f"{quoted(path.stem)} is this session, and saved already")
        recorder.save_copy(path.stem)
        name = path.stem
    desk.say(f"saved: bpstep --resume {name} opens it")


DEEDS = {"save_session": save_session}
