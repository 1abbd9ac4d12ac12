"""From a command's NETWORK and --set options to a session."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from bpstep.cli import messages
from bpstep.cli.main import print_message
from bpstep.deferred import deferred
from bpstep.errors import BpstepError, FileError
from bpstep.lang.cells import complete_index, parse_assignment, parse_number
from bpstep.model.network import FIRST_LOOP, LoopChoice, Network
from bpstep.netfile import builtin
from bpstep.session import origin
from bpstep.session.session import Session
from bpstep.text import fill

if TYPE_CHECKING:
    from bpstep.cli.options import TypedLine
    from bpstep.script import source
    from bpstep.storage import session_file
else:
    source = deferred("bpstep.script.source")
    session_file = deferred("bpstep.storage.session_file")


def open_session(
    options: argparse.Namespace, open_network: Callable[[str], Network] = builtin.open_network
) -> Session:
    """The network of the command line, with the edits of --set applied."""
    session = open_named_session(options.network, open_network, options)
    apply_settings(session, options.settings)
    return session


def open_named_session(
    name: str,
    open_network: Callable[[str], Network] = builtin.open_network,
    options: argparse.Namespace | None = None,
) -> Session:
    """The network of this name; its warnings go to standard error.

    `open_network` gives the network of a name; `options` say how to open a script. BpstepError if there is no
    such network.
    """
    session = find_named_session(name, open_network, options)
    print_warnings(session.network)
    return session


def refuse_options(
    options: argparse.Namespace, refusal: str, names: Sequence[str] = ("loop", "loss", "read")
) -> None:
    """BpstepError with this template if one of these options is given; by default those of scripts."""
    for name in names:
        if getattr(options, name, None):
            option = "--set" if name == "settings" else f"--{name}"
            raise BpstepError(fill(refusal, option=option))


def print_warnings(network: Network, already_said: Collection[str] = ()) -> None:
    """Write a network's warnings to standard error, except those that the output shows anyway."""
    for warning in network.warnings:
        if warning not in already_said:
            print_message(messages.KIND_WARNING, warning)


def find_named_session(
    name: str,
    open_network: Callable[[str], Network] = builtin.open_network,
    options: argparse.Namespace | None = None,
) -> Session:
    """As `open_named_session`, without the warnings."""
    if builtin.is_file_argument(name) and name.endswith(session_file.SESSION_SUFFIX):
        session_file.read_session(Path(name))  # or FileError: a damaged one is no network either
    if builtin.is_file_argument(name) and session_file.is_session(Path(name)):
        raise BpstepError(fill(messages.IS_A_SESSION, name=name, path=as_file_path(name)))
    if is_script(name):
        return Session(named_script(name, options))
    if options is not None:
        refuse_options(options, messages.ONLY_FOR_A_SCRIPT)
    try:
        return Session(open_network(name))
    except BpstepError:
        if not builtin.is_file_argument(name):
            _refuse_other_kinds(name)
        raise


def _refuse_other_kinds(name: str) -> None:
    """Refuse the name of a built-in puzzle or lesson, by the command that opens it."""
    from bpstep.learn.puzzle import puzzle_texts  # no name that opens a network needs these modules
    from bpstep.lessons.builtin import lesson_names

    if name in {each.name for each in puzzle_texts()}:
        raise BpstepError(fill(messages.IS_A_PUZZLE, name=name))
    if name in lesson_names():
        raise BpstepError(fill(messages.IS_A_LESSON, name=name))


def is_script(name: str) -> bool:
    """Whether the name is a script or notebook: a person's own, or a built-in one."""
    if name in builtin.script_names():
        return True
    return builtin.is_file_argument(name) and Path(name).suffix.lower() in (".py", ".ipynb")


def named_script(name: str, options: argparse.Namespace | None = None, has_updates: bool = True) -> Network:
    """What a script or notebook trains. ScriptError if it can't be read.

    Without `has_updates` a loop that trains nothing will do.
    """
    loop, loss = chosen_loop(name, options), getattr(options, "loss", None) or ""
    if name in builtin.script_names():
        with builtin_script_remedy(name):
            return origin.network_of_script(builtin.open_script_text(name, loop, loss))
    read = tuple(map(Path, getattr(options, "read", None) or ()))
    return origin.open_script_file(Path(name), replace(loop, has_updates=has_updates), read, loss=loss)


@contextmanager
def builtin_script_remedy(name: str) -> Iterator[None]:
    """If a built-in script fails, name the version that runs: nobody can mend a built-in file."""
    try:
        yield
    except FileError as error:
        runs = f"{name}-defined"
        is_raised = getattr(error, "kind", "") == "raised"
        if not is_raised or runs not in builtin.script_names():
            raise
        message = fill(messages.BUILTIN_STOPS, error=error.message, runs=runs)
        raise FileError(error.path, error.line, message) from None


def chosen_loop(name: str, options: argparse.Namespace | None) -> LoopChoice:
    """The loop of --loop. ScriptError if there is no such cell."""
    typed: TypedLine | None = getattr(options, "loop", None)
    if typed is None:
        return FIRST_LOOP
    if name in builtin.script_names():
        text = builtin.open_script_text(name)
        read = source.source_from(Path(text.file), text.raw)
    else:
        read = source.read_source(Path(name))
    if typed.file and Path(typed.file).name != read.path.name:
        return LoopChoice(typed.line, typed.file)
    return LoopChoice(read.line_at(typed.cell, typed.line))


def as_file_path(name: str) -> str:
    """The name in a form that --resume reads as a file."""
    return name if os.sep in name else os.path.join(os.curdir, name)


def _parse_value(text: str) -> float:
    with suppress(BpstepError):
        return parse_number(text)
    from bpstep.learn.grade import parse_value  # a plain number needs no module that reads arithmetic

    return parse_value(text)


def apply_settings(session: Session, settings: list[str]) -> None:
    """Make the edits of --set in a session at n = 0."""
    for text in settings:
        try:
            name, index, value = parse_assignment(text, session.program.shapes, _parse_value)
            index = complete_index(index, session.program.shapes.get(name, (0,)))
            session.edit(name, index, value)
        except BpstepError as error:
            raise BpstepError(fill(messages.OPTION_ERROR, option="--set", error=error)) from None
