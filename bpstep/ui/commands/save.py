"""Nothing is lost: what is done is in the session's file before it is on the screen; saving it by name."""

from __future__ import annotations

import os
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

from bpstep.engine.edits import Edit, EditEquation
from bpstep.errors import BpstepError
from bpstep.netfile.document import MAX_BYTES
from bpstep.netfile.reader import read_text
from bpstep.netfile.writer import network_text
from bpstep.session.as_network import left_out, network_at
from bpstep.storage.atomic_write import write
from bpstep.storage.cleanup import named_by_itself
from bpstep.storage.recorder import copy_lines
from bpstep.storage.session_file import SUFFIX, path_of, plain_name
from bpstep.text import quoted
from bpstep.ui.commands import prompts
from bpstep.ui.prompt import Prompt

if TYPE_CHECKING:
    from bpstep.ui.controller import Desk


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
            desk.ask(prompts.replacing(desk, path, lambda: _save_session(desk, path)))
        else:
            _save_session(desk, path)

    suggested = plain_name(desk.session.network.name)
    hint = f"a name, or a file to send: ./{suggested}{SUFFIX}"
    return Prompt("save the session as:", accept, suggested, hint)


def _path(desk: Desk, text: str) -> Path:
    """The file that a name or a path means."""
    if os.sep in text or text.endswith(SUFFIX):
        return prompts.typed_path(text, SUFFIX)
    if desk.recorder is None:
        raise BpstepError(f"this session is not kept: give a file, like ./{text}{SUFFIX}")
    if named_by_itself(desk.session.network.name, text) and text != desk.recorder.name:
        raise BpstepError(f"{quoted(text)} is a name that bpstep gives by itself: choose another")
    return path_of(desk.recorder.folder, text)


def _save_session(desk: Desk, path: Path) -> None:
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


SESSION_DEEDS = {"save_session": save_session}


_SUFFIX = ".toml"

_NAMED = 3
"""Edits that are named; more are counted."""


def save(desk: Desk, _count: int) -> None:
    """Ask for the file."""
    if desk.session.network.puzzle:
        raise BpstepError("a puzzle is not saved as a network: the file would tell its answer")
    desk.ask(_file(desk))


def _file(desk: Desk) -> Prompt:
    def accept(text: str) -> None:
        if not text.strip():
            return
        path = prompts.typed_path(text, _SUFFIX)
        if os.path.lexists(path):
            desk.ask(prompts.replacing(desk, path, lambda: _save(desk, path)))
        else:
            _save(desk, path)

    name = desk.session.network.name.removesuffix("-edited")
    hint = "a network file: its initial values as edited at n = 0, its equations as they are now"
    return Prompt("save the network as:", accept, f"{name}-edited{_SUFFIX}", hint)


def _save(desk: Desk, path: Path) -> None:
    text = network_text(network_at(desk.session))
    size = len(text.encode())
    if size > MAX_BYTES:
        raise BpstepError(f"the file would have {size:,} bytes, at most {MAX_BYTES:,} can be read again")
    # What can't be read again, a rate below 0, is told instead of being written.
    read_text(text, path)
    write(text.split("\n")[:-1], str(path))
    desk.say(f"saved: bpstep {shlex.quote(str(path))} opens it{_held(desk)}")


def _held(desk: Desk) -> str:
    """What of the edits is in the file, and what is not."""
    frame, missing = desk.frame, left_out(desk.session)
    own = len(frame.program.own_equations)
    values = {edit.cell for edit in frame.edits if isinstance(edit, Edit) and edit.at == 0} - set(missing)
    later = any(isinstance(edit, EditEquation) and 0 < edit.at <= frame.start for edit in frame.edits)
    since = ", from its start" if later else ""
    said = f"; {_count(own, 'own equation')}{since}" if own else ""
    said += f"; {_count(len(values), 'edited value')}" if values else ""
    if missing:
        more = [f"{len(missing) - _NAMED} more"] if len(missing) > _NAMED else []
        said += f"; not in it: {', '.join((*missing[:_NAMED], *more))}"
    return said


def _count(count: int, what: str) -> str:
    return f"{count} {what}{'s' * (count > 1)}"


DEEDS = {"save": save}
