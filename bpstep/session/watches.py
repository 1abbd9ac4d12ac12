"""Watches: cells and expressions whose values are to be seen, as plain data."""

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
    """The watch with this number is gone."""

    id: int


@frozen
class Reading:
    """What a watch reads at a moment."""

    watch: Watch
    now: float | None
    """Its value, of an array the mean of its cells; None where it is not computed."""
    before: float | None
    """Its value one iteration before; None where there is none or it is not known."""
    history: tuple[tuple[int, float], ...]
    """Iterations and the values in them, the latest last."""
    cells: int = 1
    """How many cells the value has."""


class Watches:
    """The watches that are set, by number."""

    def __init__(self) -> None:
        self.by_id: dict[int, Watch] = {}
        self.next_id = 1
        """The number of the next one; none is given twice."""

    def apply(self, event: object) -> None:
        """Follow an event if it is about watches."""
        if isinstance(event, Watch):
            self.by_id[event.id] = event
            self.next_id = max(self.next_id, event.id + 1)
        elif isinstance(event, DropWatch):
            if event.id not in self.by_id:
                raise BpstepError(fill(messages.NO_SUCH_WATCH, id=event.id))
            del self.by_id[event.id]
