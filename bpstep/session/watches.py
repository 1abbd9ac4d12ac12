"""Watches: cells and expressions whose values are shown, as plain data."""

from __future__ import annotations

from bpstep.errors import BpstepError
from bpstep.frozen import frozen
from bpstep.session import messages
from bpstep.text import fill


@frozen
class Watch:
    """The expression `text` is watched; the event that sets or changes it."""

    id: int
    text: str


@frozen
class DropWatch:
    """The watch with this number is deleted."""

    id: int


@frozen
class Reading:
    """The values of a watch at a moment."""

    watch: Watch
    now: float | None
    """Its value, for an array the mean of its cells; None if it is not computed."""
    before: float | None
    """Its value one iteration before; None if there is none or it is unknown."""
    history: tuple[tuple[int, float], ...]
    """Iterations and the values in them, the latest last."""
    cells: int = 1
    """How many cells the value has."""


class Watches:
    """The watches, by number."""

    def __init__(self) -> None:
        self.by_id: dict[int, Watch] = {}
        self.next_id = 1
        """The number of the next one; numbers are not reused."""

    def apply(self, event: object) -> None:
        """Apply an event if it is about watches."""
        if isinstance(event, Watch):
            self.by_id[event.id] = event
            self.next_id = max(self.next_id, event.id + 1)
        elif isinstance(event, DropWatch):
            if event.id not in self.by_id:
                raise BpstepError(fill(messages.NO_SUCH_WATCH, id=event.id))
            del self.by_id[event.id]
