"""A person's own session as a recording that grows as they work, and is complete at any moment."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from bpstep.errors import BpstepError
from bpstep.recording import messages
from bpstep.recording.asciicast import EventWriter, TerminalState, closing_sequence, header
from bpstep.recording.capture import TimedScreen, new_phase
from bpstep.render.canvas import Canvas
from bpstep.session.frame import Frame
from bpstep.storage import messages as storage_messages
from bpstep.text import fill, one_line
from bpstep.ui.controller import Controller
from bpstep.ui.frontend import Frontend


class LiveRecorder:
    """Writes each screen as it comes.

    No pause is longer than `pause` seconds. BpstepError if the file exists already or can't be created.
    """

    def __init__(
        self, path: Path, pause: float, clock: Callable[[], float] = time.monotonic, version: int = 2
    ) -> None:
        self.failure = ""
        """Why the recording ended, if the file can't be written any more."""
        self._pause, self._clock = pause, clock
        _create(path)
        self._path: Path | None = path
        self._length = 0
        """The length of the file in bytes, all in whole lines."""
        self._events, self._version = EventWriter(version), version
        self._shown = TerminalState()
        self._frame: Frame | None = None
        self._now, self._last = 0.0, clock()

    def show(self, canvas: Canvas, controller: Controller) -> None:
        """Record the screen shown now."""
        if self._path is None:
            return
        self._append(self._lines(TimedScreen(self._time(), canvas, controller.theme), controller))

    def end(self) -> None:
        """End the recording: a player's cursor becomes visible again."""
        if self._shown.canvas.height:
            self._append([self._events.event(self._time(), "o", closing_sequence(self._shown.canvas.height))])

    def _time(self) -> int:
        """Milliseconds, without the excess of long pauses."""
        now = self._clock()
        self._now += min(now - self._last, self._pause)
        self._last = now
        return round(self._now * 1000)

    def _lines(self, after: TimedScreen, controller: Controller) -> Iterator[str]:
        """The lines that continue the recording with this screen."""
        before = self._shown.canvas
        frame, self._frame = self._frame or controller.frame, controller.frame
        size = after.canvas.width, after.canvas.height
        if not before.height:
            yield header(size, after.theme, controller.session.network.title, self._version)
        for phase in new_phase(frame, controller.frame):
            yield self._events.event(after.time, "m", phase)
        if before.height and size != (before.width, before.height):
            yield self._events.event(after.time, "r", f"{size[0]}x{size[1]}")
        changes = self._shown.update(after)
        if changes:
            yield self._events.event(after.time, "o", changes)

    def _append(self, lines: Iterable[str]) -> None:
        """The file is opened each time: whatever was written is in it if the program is killed, and nothing
        is half written.
        """
        data = "".join(f"{line}\n" for line in lines).encode()
        if self._path is None or not data:
            return
        try:
            with self._path.open("ab", buffering=0) as file:
                left = data
                while left:
                    left = left[file.write(left) :]
            self._length += len(data)
        except OSError as error:
            with suppress(OSError):
                os.truncate(self._path, self._length)
            self._path = None
            self.failure = fill(messages.RECORDING_ENDED, reason=error.strerror or error)


class RecordingFrontend(Frontend):
    """A debugger's frontend that also records every screen."""

    def __init__(self, controller: Controller, recorder: LiveRecorder) -> None:
        super().__init__(controller)
        self._recorder = recorder
        self._shown_failure = ""

    def draw(self) -> Canvas:
        """The screen, which is recorded as it is shown."""
        if self._recorder.failure != self._shown_failure:
            self._shown_failure = self._recorder.failure
            self.controller.show_message(self._shown_failure, alert=True)
        canvas = super().draw()
        self._recorder.show(canvas, self.controller)
        return canvas


def _create(path: Path) -> None:
    try:
        path.open("x").close()
    except FileExistsError:
        raise BpstepError(fill(storage_messages.FILE_EXISTS, path=one_line(str(path)))) from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise BpstepError(
            fill(storage_messages.CANNOT_WRITE, path=one_line(str(path)), reason=reason)
        ) from None
