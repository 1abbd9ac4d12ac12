"""What is kept of a class in the teacher's state folder: what is needed after a crash, and a log."""

from __future__ import annotations

import json
import os
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from bpstep.classroom.protocol import Caption, Pointed, Question, from_teacher
from bpstep.classroom.room import Room
from bpstep.errors import BpstepError
from bpstep.files import private_folder, read_bytes
from bpstep.learn import grade
from bpstep.storage import json_lines
from bpstep.storage.cursor_position import CursorPosition
from bpstep.storage.session_file import record_line
from bpstep.text import one_line

_MAX_LOG_SIZE = 2**18

_MAX_FILE_SIZE = 2**22


@dataclass(frozen=True)
class ClassState:
    """A class that was not ended: its network, session and position, and what was shown and answered."""

    network: str
    session: str
    place: CursorPosition
    caption: Caption
    pointed: Pointed
    question: Question
    answers: dict[str, grade.Prediction]


def sessions_in_use(folder: Path) -> set[str]:
    """The names of the sessions that the classes of a folder need."""
    found = (StateFile(folder, path.stem).load() for path in folder.glob("*.json"))
    return {kept.session for kept in found if kept is not None}


def _answer(value: float, unit: float, digits: int) -> grade.Prediction:
    return grade.Prediction(float(value), float(unit), int(digits))


class StateFile:
    """The files of one class: `CLASS.json`, there while the class is not ended, and `CLASS.log`."""

    def __init__(self, folder: Path, name: str) -> None:
        self.path = folder / f"{name}.json"
        self.log_path = folder / f"{name}.log"
        self._written = b""

    def load(self) -> ClassState | None:
        """The saved state; None if there is none, or if it is invalid."""
        try:
            lines = read_bytes(self.path, _MAX_FILE_SIZE).decode().splitlines()
            first = json_lines.parse_json_line(lines[0])
            network, session = first["network"], first["session"]
            said = [from_teacher(line.encode()) for line in lines[1:5]]
            answers = {
                name: _answer(*kept) for name, kept in json_lines.parse_long_json_line(lines[5]).items()
            }
        except (OSError, ValueError, TypeError, LookupError, BpstepError):
            return None
        match network, session, *said:
            case (
                str(),
                str(),
                CursorPosition() as place,
                Caption() as caption,
                Pointed() as at,
                Question() as asked,
            ):
                return ClassState(network, session, place, caption, at, asked, answers)
        return None

    def save(self, session: str, room: Room) -> None:
        """Save the state if it has changed. If that fails, work goes on."""
        said = (CursorPosition(room.session.n, room.session.k), room.caption, room.pointed, room.question)
        first = {"network": room.session.network.name, "session": session}
        lines = [json.dumps(first), *map(record_line, said)]
        answers = {name: (given.value, given.unit, given.digits) for name, given in room.answers.items()}
        data = "\n".join([*lines, json.dumps(answers), ""]).encode()
        if data != self._written:
            with suppress(OSError):
                self._replace(data)
                self._written = data

    def _replace(self, data: bytes) -> None:
        """Replace the file in one step: the new one is complete before it takes the old one's place."""
        private_folder(self.path.parent)
        temporary = self.path.with_suffix(".new")
        try:
            with open(temporary, "wb", opener=_private) as file:
                file.write(data)
            os.replace(temporary, self.path)
        except OSError:
            temporary.unlink(missing_ok=True)
            raise

    def delete(self) -> None:
        """Delete the state when the class is ended: the next class of this name starts anew."""
        with suppress(OSError):
            self.path.unlink(missing_ok=True)

    def log(self, text: str) -> None:
        """Add a line to the log; a long log is put aside, replacing the one put aside before."""
        line = f"{time.strftime('%Y-%m-%d %H:%M:%S')} {one_line(text)}\n".encode()
        with suppress(OSError):
            private_folder(self.log_path.parent)
            if self.log_path.exists() and self.log_path.stat().st_size > _MAX_LOG_SIZE:
                os.replace(self.log_path, self.log_path.with_suffix(".log.1"))
            with open(self.log_path, "ab", opener=_private) as file:
                file.write(line)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
