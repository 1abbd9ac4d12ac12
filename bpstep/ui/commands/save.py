"""Saving the session or the network by name."""

from __future__ import annotations

import os
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from bpstep.deferred import deferred
from bpstep.engine.edits import Edit, EditEquation
from bpstep.errors import BpstepError
from bpstep.model.network import ScriptText
from bpstep.netfile.document import MAX_NETWORK_BYTES
from bpstep.netfile.reader import read_network_text
from bpstep.netfile.writer import network_text
from bpstep.session.as_network import network_at, omitted_edits
from bpstep.storage.atomic_write import write_all, write_lines
from bpstep.storage.cleanup import is_automatic_name
from bpstep.storage.recorder import session_lines
from bpstep.storage.session_file import SESSION_SUFFIX, make_file_stem, path_of
from bpstep.text import fill, fill_plural, quoted
from bpstep.ui import messages
from bpstep.ui.commands import prompts
from bpstep.ui.controller import Controller
from bpstep.ui.prompt import Prompt

if TYPE_CHECKING:
    from bpstep.script import saving
else:
    saving = deferred("bpstep.script.saving")


def save_session(controller: Controller, _count: int) -> None:
    """Ask for a name or a file."""
    controller.open_prompt(_session_name_prompt(controller))


def _session_name_prompt(controller: Controller) -> Prompt:
    def accept(text: str) -> None:
        if not text.strip():
            return
        path = _session_path(controller, text.strip())
        if os.path.lexists(path):
            controller.open_prompt(
                prompts.overwrite_prompt(controller, [path.name], lambda: _save_session_as(controller, path))
            )
        else:
            _save_session_as(controller, path)

    suggested = make_file_stem(controller.session.network.name)
    hint = fill(messages.SESSION_NAME_HINT, name=suggested, suffix=SESSION_SUFFIX)
    return Prompt(fill(messages.ASK_SESSION_NAME), accept, suggested, hint)


def _session_path(controller: Controller, text: str) -> Path:
    """The file that a name or a path means."""
    if os.sep in text or text.endswith(SESSION_SUFFIX):
        return prompts.expand_path(text, SESSION_SUFFIX)
    if controller.recorder is None:
        raise BpstepError(fill(messages.SESSION_NOT_KEPT, name=text, suffix=SESSION_SUFFIX))
    if is_automatic_name(controller.session.network.name, text) and text != controller.recorder.name:
        raise BpstepError(fill(messages.NAME_RESERVED, name=quoted(text)))
    return path_of(controller.recorder.folder, text)


def _save_session_as(controller: Controller, path: Path) -> None:
    recorder = controller.recorder
    if recorder is None or path.parent != recorder.folder:
        write_lines(session_lines(controller.session), str(path))
        name = str(path) if os.sep in str(path) else f".{os.sep}{path}"
    else:
        if path.stem == recorder.name:
            raise BpstepError(fill(messages.SESSION_IS_THIS, name=quoted(path.stem)))
        recorder.save_copy(path.stem)
        name = path.stem
    controller.show_message(fill(messages.SESSION_SAVED, name=name))


_SUFFIX = ".toml"

_MAX_NAMED = 3
"""How many edits a message names; more are counted."""


def save_network(controller: Controller, _count: int) -> None:
    """Ask for the file of the network, or of the script with its edited lines."""
    if controller.session.network.puzzle:
        raise BpstepError(fill(messages.PUZZLE_NOT_SAVED))
    script = controller.session.network.script
    if script is not None:
        controller.open_prompt(_script_file_prompt(controller, script))
        return
    controller.open_prompt(_network_file_prompt(controller))


def _network_file_prompt(controller: Controller) -> Prompt:
    name = controller.session.network.name.removesuffix("-edited")
    accept = _asks_before_replacing(controller, _SUFFIX, _save_network_as, lambda path: [path])
    hint = fill(messages.NETWORK_FILE_HINT)
    return Prompt(fill(messages.ASK_NETWORK_FILE), accept, f"{name}-edited{_SUFFIX}", hint)


def _script_file_prompt(controller: Controller, script: ScriptText) -> Prompt:
    file = Path(script.file)

    def targets(path: Path) -> list[Path]:
        return [path, *_imported_files(script, path)]

    accept = _asks_before_replacing(controller, file.suffix, _save_script_as, targets)
    name = f"{file.stem.removesuffix('-edited')}-edited{file.suffix}"
    path = name if script.folder is None else _path_from_here(script.folder / name)
    return Prompt(fill(messages.ASK_SCRIPT_FILE), accept, path, fill(messages.SCRIPT_FILE_HINT))


def _path_from_here(path: Path) -> str:
    """A path as typed in the current folder: relative if it is below that."""
    here = Path.cwd()
    whole = here / path
    return str(whole.relative_to(here) if whole.is_relative_to(here) else whole)


def _asks_before_replacing(
    controller: Controller,
    suffix: str,
    save: Callable[[Controller, Path], None],
    targets: Callable[[Path], list[Path]],
) -> Callable[[str], None]:
    """Accepts the name of a file: saves there, after asking if one of its targets exists."""

    def accept(text: str) -> None:
        if not text.strip():
            return
        path = prompts.expand_path(text, suffix)
        names = [each.relative_to(path.parent).as_posix() for each in targets(path) if os.path.lexists(each)]
        if names:
            controller.open_prompt(
                prompts.overwrite_prompt(controller, names, lambda: save(controller, path))
            )
        else:
            save(controller, path)

    return accept


def _imported_files(script: ScriptText, path: Path) -> dict[Path, tuple[str, str]]:
    """The imported files written with a script saved at `path`, each with its path in the script's folder and
    its text: the edited ones, and those that another folder lacks.
    """
    edited = {file for *_, file in script.replaced}
    found = {path.parent / file: (file, text) for file, text in script.imported}
    return {
        target: given
        for target, given in found.items()
        if target != path and (given[0] in edited or not os.path.lexists(target))
    }


def _save_script_as(controller: Controller, path: Path) -> None:
    script = controller.session.network.script
    assert script is not None
    files = {path: (script.file, script.raw), **_imported_files(script, path)}
    contents: list[tuple[Path, bytes]] = []
    for target, (file, text) in files.items():
        own = "" if target == path else file
        replaced = [each for each in script.replaced if each[-1] == own]
        contents.append((target, saving.file_with_lines((script.folder or Path()) / file, text, replaced)))
        if os.path.isdir(path.parent):
            target.parent.mkdir(parents=True, exist_ok=True)
    write_all(contents)
    count = len(script.changed)
    saved = fill_plural(
        count, messages.SCRIPT_SAVED_ONE, messages.SCRIPT_SAVED_MANY, path=shlex.quote(str(path))
    )
    cells = tuple(edit.cell for edit in controller.frame.edits if isinstance(edit, Edit))
    controller.show_message("; ".join((saved, *_describe_missing(tuple(dict.fromkeys(cells))))))


def _save_network_as(controller: Controller, path: Path) -> None:
    text = network_text(network_at(controller.session))
    size = len(text.encode())
    if size > MAX_NETWORK_BYTES:
        raise BpstepError(fill(messages.NETWORK_TOO_LARGE, size=size, limit=MAX_NETWORK_BYTES))
    # A network that could not be read again, with a rate below 0, is refused before it is written.
    read_network_text(text, path)
    write_lines(text.split("\n")[:-1], str(path))
    saved = fill(messages.NETWORK_SAVED, path=shlex.quote(str(path)))
    controller.show_message("; ".join((saved, *_describe_saved(controller))))


def _describe_saved(controller: Controller) -> list[str]:
    """Which edits the file contains, and which not."""
    frame, missing = controller.frame, omitted_edits(controller.session)
    own = len(frame.program.user_equations)
    values = {edit.cell for edit in frame.edits if isinstance(edit, Edit) and edit.at == 0} - set(missing)
    later = any(isinstance(edit, EditEquation) and 0 < edit.at <= frame.start for edit in frame.edits)
    found = []
    if own and later:
        start_templates = messages.SAVED_EQUATION_ONE_START, messages.SAVED_EQUATION_MANY_START
        found.append(fill_plural(own, *start_templates))
    elif own:
        found.append(fill_plural(own, messages.SAVED_EQUATION_ONE, messages.SAVED_EQUATION_MANY))
    if values:
        found.append(fill_plural(len(values), messages.SAVED_VALUE_ONE, messages.SAVED_VALUE_MANY))
    return [*found, *_describe_missing(missing)]


def _describe_missing(missing: tuple[str, ...]) -> list[str]:
    """The edits that the file does not contain."""
    if not missing:
        return []
    cells, more = ", ".join(missing[:_MAX_NAMED]), len(missing) - _MAX_NAMED
    template = messages.SAVED_WITHOUT_MORE if more > 0 else messages.SAVED_WITHOUT
    return [fill(template, cells=cells, more=more)]


COMMANDS = {"save": save_network, "save_session": save_session}
