"""What is kept of a class in the teacher's state folder: what to go on with after a crash, and a log."""

from __future__ import annotations

import json
import os
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from bpstep.classroom.messages import Caption, Pointed, Question, from_teacher
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
    """A class that was not ended: network and session by name, where it is, what was shown and answered."""

    network: str
    session: str
    place: CursorPosition
    caption: Caption
    pointed: Pointed
    question: Question
    answers: dict[str, grade.Prediction]


def sessions_in_use(folder: Path) -> set[str]:
    """The names of the sessions that the classes of a folder go on with."""
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
        """What there is to go on with; None where there is nothing, or nothing that makes sense."""
        try:
            lines = read_bytes(self.path, _MAX_FILE_SIZE).decode().splitlines()
            first = json_lines.parse_line(lines[0])
            network, session = first["network"], first["session"]
            said = [from_teacher(line.encode()) for line in lines[1:5]]
            answers = {name: _answer(*kept) for name, kept in json_lines.parse_long_line(lines[5]).items()}
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
        """Write down how the class is now, if that is news. Where that can't be done, work goes on."""
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
        """All of it is there before it takes the place of what there was."""
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
        """The class is ended: the next one of this name begins anew."""
        with suppress(OSError):
            self.path.unlink(missing_ok=True)

    def log(self, text: str) -> None:
        """Add a line to the log; one that has grown long is put aside, in the place of the one before."""
        line = f"{time.strftime('%Y-%m-%d %H:%M:%S')} {one_line(text)}\n".encode()
        with suppress(OSError):
            private_folder(self.log_path.parent)
            if self.log_path.exists() and self.log_path.stat().st_size > _MAX_LOG_SIZE:
                os.replace(self.log_path, self.log_path.with_suffix(".log.1"))
            with open(self.log_path, "ab", opener=_private) as file:
                file.write(line)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
