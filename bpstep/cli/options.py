"""What the words of a command line may be: options that several commands share, errors of one line."""

from __future__ import annotations

import argparse
from typing import NoReturn

from bpstep import defaults
from bpstep.cli import messages
from bpstep.errors import BpstepError
from bpstep.text import fill

_POSITIONS = (
    "42 (equations done), i10 (iterations done), i10:delta_V (just after that equation), delta_V, "
    "forward, loss, backward, update, i10:backward (the start of that phase)"
)


class Parser(argparse.ArgumentParser):
    """The words that may follow a command's name."""

    def __init__(self, command: str, description: str) -> None:
        super().__init__(
            prog="bpstep" if command == "debug" else f"bpstep {command}",
            description=description,
            formatter_class=argparse.RawDescriptionHelpFormatter,
            allow_abbrev=False,
        )
        self.set_defaults(command=command, resume=None)

    def error(self, message: str) -> NoReturn:
        """A wrong usage is one line, as all errors are."""
        raise BpstepError(f"{message}; see {self.prog} --help")

    def _print_message(self, message: str, file: object = None) -> None:
        """Help and version go where results go, and say so in the same way where that can't be written."""
        from bpstep.storage.atomic_write import write_lines

        write_lines(message.splitlines())

    def add_network(self) -> None:
        """Take a network and edits of it."""
        default = defaults.NETWORK
        self.add_argument(
            "network", nargs="?", default=default, metavar="NETWORK", help=f"default: {default}"
        )
        self.add_edits()

    def add_networks(self) -> None:
        """Take any number of networks and edits of each."""
        default = defaults.NETWORK
        told = fill(messages.SEVERAL_NETWORKS_HELP, default=default)
        self.add_argument("networks", nargs="*", default=[default], metavar="NETWORK", help=told)
        self.add_edits()

    def add_edits(self) -> None:
        """Take edits of the network."""
        self.add_argument(
            "--set",
            action="append",
            default=[],
            metavar="CELL=NUMBER",
            dest="settings",
            help="an edit made at n = 0, like 'W[0,1]=0.5'; may be repeated",
        )

    def add_position(self, default: str | None = None, shown: str = "") -> None:
        """Take a position; `shown` is what the help says the default means."""
        usual = ", ".join(filter(None, (default, shown)))
        told = f"{_POSITIONS}; default: {usual}" if usual else _POSITIONS
        self.add_argument("--at", metavar="POSITION", help=told, default=default)

    def add_operations(self) -> None:
        """Take a number of operations of the equation after the position."""
        self.add_argument(
            "--into",
            type=parse_operation_count,
            metavar="K",
            help="inside the equation after that: its first K operations on single numbers are done",
        )

    def add_screen(self) -> None:
        """Take what the debugger's screen is to be like."""
        self.add_argument("--theme", metavar="NAME", help="the colours: dark or light")
        self.add_argument("--ascii", action="store_true", help="draw with ASCII characters only")
        self.add_argument("--no-color", action="store_true", help="use no colours")
        self.add_argument("--no-mouse", action="store_true", help="leave the mouse to the terminal")

    def add_resume(self) -> None:
        """Take a session to go on with."""
        self.add_argument(
            "--resume",
            nargs="?",
            const="",
            metavar="NAME",
            help="go on with the network's last session, or with the session of this name or in this file",
        )


def parse_count(text: str, what: str = "iterations") -> int:
    """A whole number from 1 on."""
    if not (text.isascii() and text.isdigit() and 1 <= len(text) <= 10 and int(text)):
        raise argparse.ArgumentTypeError(f"{text[:40]!r} is no number of {what}: expected 1 or more")
    return int(text)


def parse_operation_count(text: str) -> int:
    """A number of operations."""
    return parse_count(text, "operations")
