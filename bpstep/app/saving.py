"""Saving what is shown as a network file of its own."""

from __future__ import annotations

import os
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

from bpstep.app import asking
from bpstep.app.prompt import Prompt
from bpstep.edits import Edit, EditEquation
from bpstep.errors import BpstepError
from bpstep.export.output import write
from bpstep.reading import read_text
from bpstep.reading.document import MAX_BYTES
from bpstep.writing import left_out, network_at, network_text

if TYPE_CHECKING:
    from bpstep.app.desk import Desk

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
        path = asking.typed_path(text, _SUFFIX)
        if os.path.lexists(path):
            desk.ask(asking.replacing(desk, path, lambda: _save(desk, path)))
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
