"""Nothing is lost: what is done is in the session's file before it is on the screen; saving it by name."""

from __future__ import annotations

import os
import shlex
from pathlib import Path

from bpstep.engine.edits import Edit, EditEquation
from bpstep.errors import BpstepError
from bpstep.netfile.document import MAX_BYTES
from bpstep.netfile.reader import read_network_text
from bpstep.netfile.writer import network_text
from bpstep.session.as_network import network_at, omitted_edits
from bpstep.storage.atomic_write import write_lines
from bpstep.storage.cleanup import is_automatic_name
from bpstep.storage.recorder import session_lines
from bpstep.storage.session_file import SESSION_SUFFIX, make_file_stem, path_of
from bpstep.text import quoted
from bpstep.ui.commands import prompts
from bpstep.ui.controller import Controller
from bpstep.ui.prompt import Prompt


def record_session(controller: Controller) -> None:
    """Write what is new; say where that can't be done, and when it can be done again."""
    recorder = controller.recorder
    if recorder is None:
        return
    recorder.save(settled=controller.job is None)
    if recorder.notice and controller.prompt is None and controller.job is None:
        controller.show_message(recorder.notice, alert=bool(recorder.write_error))
        recorder.notice = ""


def save_session(controller: Controller, _count: int) -> None:
    """Ask for the name or the file."""
    controller.open_prompt(_session_name_prompt(controller))


def _session_name_prompt(controller: Controller) -> Prompt:
    def accept(text: str) -> None:
        if not text.strip():
            return
        path = _session_path(controller, text.strip())
        if os.path.lexists(path):
            controller.open_prompt(
                prompts.overwrite_prompt(controller, path, lambda: _save_session_as(controller, path))
            )
        else:
            _save_session_as(controller, path)

    suggested = make_file_stem(controller.session.network.name)
    hint = f"a name, or a file to send: ./{suggested}{SESSION_SUFFIX}"
    return Prompt("save the session as:", accept, suggested, hint)


def _session_path(controller: Controller, text: str) -> Path:
    """The file that a name or a path means."""
    if os.sep in text or text.endswith(SESSION_SUFFIX):
        return prompts.expand_path(text, SESSION_SUFFIX)
    if controller.recorder is None:
        raise BpstepError(f"this session is not kept: give a file, like ./{text}{SESSION_SUFFIX}")
    if is_automatic_name(controller.session.network.name, text) and text != controller.recorder.name:
        raise BpstepError(f"{quoted(text)} is a name that bpstep gives by itself: choose another")
    return path_of(controller.recorder.folder, text)


def _save_session_as(controller: Controller, path: Path) -> None:
    recorder = controller.recorder
    if recorder is None or path.parent != recorder.folder:
        write_lines(session_lines(controller.session), str(path))
        name = str(path) if os.sep in str(path) else f".{os.sep}{path}"
    else:
        if path.stem == recorder.name:
            raise BpstepError(f"{quoted(path.stem)} is this session, and saved already")
        recorder.save_copy(path.stem)
        name = path.stem
    controller.show_message(f"saved: bpstep --resume {name} opens it")


_SUFFIX = ".toml"

_MAX_NAMED = 3
"""Edits that are named; more are counted."""


def save_network(controller: Controller, _count: int) -> None:
    """Ask for the file."""
    if controller.session.network.puzzle:
        raise BpstepError("a puzzle is not saved as a network: the file would tell its answer")
    controller.open_prompt(_network_file_prompt(controller))


def _network_file_prompt(controller: Controller) -> Prompt:
    def accept(text: str) -> None:
        if not text.strip():
            return
        path = prompts.expand_path(text, _SUFFIX)
        if os.path.lexists(path):
            controller.open_prompt(
                prompts.overwrite_prompt(controller, path, lambda: _save_network_as(controller, path))
            )
        else:
            _save_network_as(controller, path)

    name = controller.session.network.name.removesuffix("-edited")
    hint = "a network file: its initial values as edited at n = 0, its equations as they are now"
    return Prompt("save the network as:", accept, f"{name}-edited{_SUFFIX}", hint)


def _save_network_as(controller: Controller, path: Path) -> None:
    text = network_text(network_at(controller.session))
    size = len(text.encode())
    if size > MAX_BYTES:
        raise BpstepError(f"the file would have {size:,} bytes, at most {MAX_BYTES:,} can be read again")
    # What can't be read again, a rate below 0, is told instead of being written.
    read_network_text(text, path)
    write_lines(text.split("\n")[:-1], str(path))
    controller.show_message(f"saved: bpstep {shlex.quote(str(path))} opens it{_describe_saved(controller)}")


def _describe_saved(controller: Controller) -> str:
    """What of the edits is in the file, and what is not."""
    frame, missing = controller.frame, omitted_edits(controller.session)
    own = len(frame.program.user_equations)
    values = {edit.cell for edit in frame.edits if isinstance(edit, Edit) and edit.at == 0} - set(missing)
    later = any(isinstance(edit, EditEquation) and 0 < edit.at <= frame.start for edit in frame.edits)
    since = ", from its start" if later else ""
    message = f"; {_count_noun(own, 'own equation')}{since}" if own else ""
    message += f"; {_count_noun(len(values), 'edited value')}" if values else ""
    if missing:
        more = [f"{len(missing) - _MAX_NAMED} more"] if len(missing) > _MAX_NAMED else []
        message += f"; not in it: {', '.join((*missing[:_MAX_NAMED], *more))}"
    return message


def _count_noun(count: int, what: str) -> str:
    return f"{count} {what}{'s' * (count > 1)}"


COMMANDS = {"save": save_network, "save_session": save_session}
