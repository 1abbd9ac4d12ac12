"""A person's own session as a recording that grows while they work, and is whole at any moment."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

from bpstep.app.desk import Desk
from bpstep.app.seat import Seat
from bpstep.errors import BpstepError
from bpstep.files import one_line
from bpstep.recording.cast import Clock, header, written
from bpstep.recording.moments import Moment
from bpstep.views.canvas import Canvas


class LiveCast:
    """Writes each screen as it comes. No pause is longer than `pause` seconds.

    BpstepError where the file is there already or can't be made.
    """

    def __init__(self, path: Path, pause: float, clock: Callable[[], float] = time.monotonic) -> None:
        self.trouble = ""
        """Why it has ended, where the file can't be written any more."""
        self._pause, self._clock = pause, clock
        _create(path)
        self._path: Path | None = path
        self._events = Clock(2)
        self._shown: Moment | None = None
        self._now, self._last = 0.0, clock()

    def show(self, canvas: Canvas, desk: Desk) -> None:
        """A screen is shown now."""
        if self._path is None:
            return
        now = self._clock()
        self._now += min(now - self._last, self._pause)
        self._last = now
        after = Moment(round(self._now * 1000), canvas, desk.look)
        try:
            self._append(self._path, "".join(f"{line}\n" for line in self._lines(after, desk)))
        except OSError as error:
            self._path = None
            self.trouble = f"the recording has ended: {error.strerror or error}"

    def _lines(self, after: Moment, desk: Desk) -> Iterator[str]:
        """What to write so that the recording goes on with this screen."""
        before, self._shown = self._shown, after
        size = after.canvas.width, after.canvas.height
        if before is None:
            yield header(size, after.look, desk.session.network.title)
        elif size != (before.canvas.width, before.canvas.height):
            yield self._events.event(after.time, "r", f"{size[0]}x{size[1]}")
            before = None
        changes = written(before, after)
        if changes:
            yield self._events.event(after.time, "o", changes)

    def _append(self, path: Path, text: str) -> None:
        """Opened each time: what is written is in the file, whatever comes."""
        if text:
            with path.open("a", encoding="utf-8", newline="\n") as file:
                file.write(text)


class LiveSeat(Seat):
    """One's own desk, with somebody who writes down all that is seen."""

    def __init__(self, desk: Desk, cast: LiveCast) -> None:
        super().__init__(desk)
        self._cast = cast

    def draw(self) -> Canvas:
        """The screen, which is recorded as it is shown."""
        if self._cast.trouble:
            self.desk.say(self._cast.trouble, alert=True)
            self._cast.trouble = ""
        canvas = super().draw()
        self._cast.show(canvas, self.desk)
        return canvas


def _create(path: Path) -> None:
    try:
        path.open("x").close()
    except FileExistsError:
        raise BpstepError(f"{one_line(str(path))} is there already: a recording replaces nothing") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise BpstepError(f"{one_line(str(path))}: can't be written: {reason}") from None
