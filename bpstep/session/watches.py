"""Watches: cells and expressions whose values are shown, as plain data."""

from __future__ import annotations

from bpstep.frozen import frozen
from bpstep.session import messages
from bpstep.session.numbered import Numbered


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


class Watches(Numbered[Watch]):
    """The watches, by number."""

    item_type = Watch
    drop_type = DropWatch
    no_such_item = messages.NO_SUCH_WATCH
