"""An error on a page of its own, where bpstep is served: nobody there sees standard error."""

from __future__ import annotations

from textual import events
from textual.app import App, ComposeResult
from textual.widgets import Static

from bpstep.text import fill
from bpstep.tui import messages


class ErrorPage(App[None]):
    """Shows a line until a key or a button is pressed."""

    ENABLE_COMMAND_PALETTE = False

    def __init__(self, error: str) -> None:
        super().__init__()
        self._error = error

    def compose(self) -> ComposeResult:
        """The line, and how to leave."""
        yield Static(f"{self._error}\n\n{fill(messages.PRESS_ANY_KEY)}", markup=False)

    def on_key(self, _event: events.Key) -> None:
        """End with any key."""
        self.exit()

    def on_click(self, _event: events.Click) -> None:
        """End with any button."""
        self.exit()
