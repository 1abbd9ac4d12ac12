"""The arguments of the command line: options that several commands share, and errors in one line."""

from __future__ import annotations

import argparse
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from bpstep import defaults
from bpstep.cli import messages
from bpstep.errors import BpstepError
from bpstep.text import closest, fill, quoted

_CLOSE = 0.75
"""How similar an unknown option is to the one that is suggested; their hyphens alone make any two similar."""


class Parser(argparse.ArgumentParser):
    """The arguments that may follow a command's name."""

    def __init__(self, command: str, description: str) -> None:
        super().__init__(
            prog="bpstep" if command == "debug" else f"bpstep {command}",
            description=description,
            formatter_class=argparse.RawDescriptionHelpFormatter,
            allow_abbrev=False,
        )
        self.set_defaults(command=command, resume=None)

    def parse_known_intermixed_args(  # type: ignore[override]
        self, args: Sequence[str] | None = None, namespace: argparse.Namespace | None = None
    ) -> tuple[argparse.Namespace, list[str]]:
        """As in argparse, but the error for a mistyped option says which one may be meant."""
        options, unknown = super().parse_known_intermixed_args(args, namespace)
        for word in unknown:
            name = word.partition("=")[0]
            if meant := name.startswith("-") and closest(name, self._option_string_actions, _CLOSE):
                raise BpstepError(fill(messages.UNKNOWN_OPTION_MEANT, option=quoted(name), meant=meant))
        return options, unknown

    def error(self, message: str) -> NoReturn:
        """Report wrong usage in one line, as every error."""
        raise BpstepError(fill(messages.SEE_HELP, message=message, command=self.prog))

    def _print_message(self, message: str, file: object = None) -> None:
        """Print help and version where results go, with the same error if that fails."""
        from bpstep.storage.atomic_write import write_lines

        write_lines(message.splitlines())

    def add_network(self, edits: bool = True) -> None:
        """Accept a network, and edits of it."""
        default = defaults.NETWORK
        self.add_argument(
            "network",
            nargs="?",
            default=default,
            metavar="NETWORK",
            help=fill(messages.NETWORK_HELP, default=default),
        )
        if edits:
            self.add_edits()
        self.add_script()

    def add_networks(self) -> None:
        """Accept any number of networks, and edits of each."""
        default = defaults.NETWORK
        told = fill(messages.SEVERAL_NETWORKS_HELP, default=default)
        self.add_argument("networks", nargs="*", default=[default], metavar="NETWORK", help=told)
        self.add_edits()
        self.add_script()

    def add_script(self) -> None:
        """Accept the options for opening a script."""
        self.add_argument("--loop", metavar="LINE", type=parse_typed_line, help=fill(messages.LOOP_HELP))
        self.add_argument("--loss", metavar="NAME", help=fill(messages.LOSS_HELP))
        self.add_argument("--read", action="append", metavar="PATH", type=Path, help=fill(messages.READ_HELP))

    def add_edits(self) -> None:
        """Accept edits of the network."""
        self.add_argument(
            "--set",
            action="append",
            default=[],
            metavar="CELL=NUMBER",
            dest="settings",
            help=fill(messages.SET_HELP),
        )

    def add_position(self, default: str | None = None, shown: str = "") -> None:
        """Accept a position; `shown` says in the help what the default is."""
        forms, usual = fill(messages.POSITION_HELP), shown
        if default and shown:
            usual = fill(messages.DEFAULT_AND_MEANING, default=default, meaning=shown)
        told = fill(messages.POSITION_HELP_DEFAULT, forms=forms, default=usual) if usual else forms
        self.add_argument("--at", metavar="POSITION", help=told, default=default)

    def add_operations(self) -> None:
        """Accept a number of operations of the equation after the position."""
        self.add_argument(
            "--into",
            type=parse_operation_count,
            metavar="K",
            help=fill(messages.INTO_HELP),
        )

    def add_screen(self) -> None:
        """Accept the options of the debugger's screen: colours, characters, keys."""
        self.add_argument("--theme", metavar="NAME", help=fill(messages.THEME_HELP))
        self.add_argument("--ascii", action="store_true", help=fill(messages.ASCII_HELP))
        self.add_argument("--no-color", action="store_true", help=fill(messages.NO_COLOR_HELP))
        self.add_argument("--no-mouse", action="store_true", help=fill(messages.NO_MOUSE_HELP))

    def add_resume(self) -> None:
        """Accept a session to resume."""
        self.add_argument(
            "--resume",
            nargs="?",
            const="",
            metavar="NAME",
            help=fill(messages.RESUME_HELP),
        )


def parse_count(text: str, refusal: str = messages.NOT_A_COUNT_OF_ITERATIONS) -> int:
    """A whole number from 1 on; `refusal` is the template of the error."""
    if not (text.isascii() and text.isdigit() and 1 <= len(text) <= 10 and int(text)):
        raise argparse.ArgumentTypeError(fill(refusal, text=quoted(text)))
    return int(text)


def parse_names(text: str) -> tuple[str, ...]:
    """Names with commas between them."""
    return tuple(name.strip() for name in text.split(",") if name.strip())


@dataclass(frozen=True)
class TypedLine:
    """A line of a script as a person types it: 34, homework.py:34, cell 3:12, homework.ipynb:cell 3:12."""

    file: str
    """Empty if none is named."""
    cell: int
    """A notebook's code cell, counted from 1; 0 if none is named."""
    line: int


_LINE = re.compile(
    r"(?:(?P<file>.*\.(?:py|ipynb)):|:)?\s*(?:cell\s*(?P<cell>[0-9]{1,6}):\s*)?(?P<line>[0-9]{1,7})"
)


def parse_typed_line(text: str) -> TypedLine:
    """The place in `text`. ArgumentTypeError if it is none."""
    match = _LINE.fullmatch(text) if text.isascii() else None
    if match is None or not int(match["line"]):
        raise argparse.ArgumentTypeError(fill(messages.NOT_A_LINE, text=quoted(text)))
    return TypedLine(match["file"] or "", int(match["cell"] or 0), int(match["line"]))


def parse_operation_count(text: str) -> int:
    return parse_count(text, messages.NOT_A_COUNT_OF_OPERATIONS)


def parse_layers(text: str) -> tuple[int, ...]:
    """The units of each layer, from 1 on; a comma at the end leaves the last, written as 0, to the labels."""
    parts = [part.strip() for part in text.split(",")]
    last = ["0"] if len(parts) > 1 and not parts[-1] else parts[-1:]
    if len(parts) > 100 or not all(
        part.isascii() and part.isdigit() and 1 <= len(part) <= 7 and int(part) for part in parts[:-1]
    ):
        raise argparse.ArgumentTypeError(fill(messages.NOT_LAYERS, text=quoted(text)))
    if last != ["0"] and not (last[0].isascii() and last[0].isdigit() and len(last[0]) <= 7):
        raise argparse.ArgumentTypeError(fill(messages.NOT_LAYERS, text=quoted(text)))
    return tuple(map(int, (*parts[:-1], *last)))
