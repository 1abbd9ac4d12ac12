"""What is shown in place of the panes until it is closed: help, commands, lists."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from bpstep.views.canvas import Canvas

if TYPE_CHECKING:
    from bpstep.app.desk import Desk


class Panel(Protocol):
    """Draws itself and takes the keys. A question that a panel asks lies over it and goes first."""

    @property
    def counts(self) -> bool:
        """True where digits are counts for the action that a key calls, as they are without a panel."""

    def draw(self, desk: Desk) -> Canvas:
        """The whole screen, of the desk's size."""

    def key(self, desk: Desk, key: str, name: str) -> str | None:
        """What a key does; `name` is the action that it calls elsewhere, empty where it calls none.

        None: the panel stays; empty: it closes; an action's id: it closes and the action is done.
        """

    def click(self, desk: Desk, target: object) -> str | None:
        """What a click means, in the same way."""

    def scroll(self, desk: Desk, by: int) -> None:
        """The mouse's wheel."""
