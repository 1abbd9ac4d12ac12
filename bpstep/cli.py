"""The command line: what may be asked, and who answers. What an answer needs is imported when it is asked."""

from __future__ import annotations

import argparse
import io
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Any, NoReturn

from bpstep import __version__
from bpstep.errors import BpstepError
from bpstep.files import one_line

_ABOUT = """\
A step-through debugger for neural networks: every equation of backpropagation, forwards and backwards.

NETWORK is a built-in's name or a file, by default the built-in article. A file that is called like a
command or a built-in is given as ./list.

commands, each with a --help of its own:
  list      the built-in networks
  show      one moment, without a screen
  trace     every step, as text, JSON, Markdown, LaTeX or a NumPy script
  check     gradients against central differences, results against published values
  puzzle    networks with one wrong equation to be found and mended
  sessions  the sessions that were kept, to go on with: bpstep --resume NAME
"""
_POSITIONS = (
    "42 (equations done), i10 (iterations done), i10:delta_V (just after that equation), delta_V, "
    "forward, loss, backward, update, i10:backward (the start of that phase)"
)
_TRACES = ("text", "json", "markdown", "latex", "python")


def run(words: Sequence[str]) -> int:
    """Do what the words ask; gives the exit status. Every error is one line."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        # A terminal that lacks a character gets an escape, not a crash.
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        options = parse(words)
        if options is None:
            return 0
        # Each command is a module of its own, so that none pays for another's imports.
        status: int = import_module(f"bpstep.commands.{options.command}").run(options)
        return status
    except BpstepError as error:
        return _fail(str(error))
    except MemoryError:
        return _fail("there is not enough memory for this")
    except BrokenPipeError:
        return 0  # whoever read has read enough


def parse(words: Sequence[str]) -> argparse.Namespace | None:
    """The options that the words give, with `command`; None where they asked for help and got it.

    BpstepError where they make no sense.
    """
    command = words[0] if words and words[0] in _COMMANDS else ""
    try:
        options = _COMMANDS[command]().parse_args(words[1:] if command else words)
    except SystemExit:  # argparse's way to end after help
        return None
    if not command and options.network in _COMMANDS:
        raise BpstepError(
            f"{options.network} is a command and stands first: bpstep {options.network} …; "
            f"a file of that name is ./{options.network}"
        )
    return options


class _Parser(argparse.ArgumentParser):
    def __init__(self, command: str, about: str) -> None:
        super().__init__(
            prog="bpstep" if command == "debug" else f"bpstep {command}",
            description=about,
            formatter_class=argparse.RawDescriptionHelpFormatter,
            allow_abbrev=False,
        )
        self.set_defaults(command=command, resume=None)

    def error(self, message: str) -> NoReturn:
        """A wrong usage is one line, as all errors are."""
        raise BpstepError(f"{message}; see {self.prog} --help")

    def network(self) -> None:
        """Take a network and edits of it."""
        self.add_argument("network", nargs="?", default="article", metavar="NETWORK", help="default: article")
        self.edits()

    def edits(self) -> None:
        """Take edits of the network."""
        self.add_argument(
            "--set",
            action="append",
            default=[],
            metavar="CELL=NUMBER",
            dest="settings",
            help="an edit made at n = 0, like 'W[0,1]=0.5'; may be repeated",
        )

    def at(self, **more: Any) -> None:
        """Take a position."""
        self.add_argument("--at", metavar="POSITION", help=_POSITIONS, **more)

    def into(self) -> None:
        """Take a number of operations of the equation after the position."""
        self.add_argument(
            "--into",
            type=_operations,
            metavar="K",
            help="inside the equation after that: its first K operations on single numbers are done",
        )

    def screen(self) -> None:
        """Take what the debugger's screen is to be like."""
        self.add_argument("--theme", metavar="NAME", help="the colours: dark or light")
        self.add_argument("--ascii", action="store_true", help="draw with ASCII characters only")
        self.add_argument("--no-color", action="store_true", help="use no colours")
        self.add_argument("--no-mouse", action="store_true", help="leave the mouse to the terminal")


def _debugger() -> _Parser:
    parser = _Parser("debug", _ABOUT)
    parser.network()
    parser.at()
    parser.into()
    parser.screen()
    parser.add_argument(
        "--resume",
        nargs="?",
        const="",
        metavar="NAME",
        help="go on with the network's last session, or with the session of this name or in this file",
    )
    parser.add_argument("--version", action="version", version=f"bpstep {__version__}")
    return parser


def _list() -> _Parser:
    return _Parser("list", "The built-in networks, one a line: name, units of each layer, title.")


def _sessions() -> _Parser:
    return _Parser("sessions", "The sessions kept: name, network, position, what was done and when.")


def _show() -> _Parser:
    parser = _Parser("show", "One moment: the position, the equation just done, every tensor.")
    parser.network()
    parser.at(required=True)
    parser.into()
    parser.add_argument("--format", choices=("text", "json"), default="text", help="default: text")
    return parser


def _trace() -> _Parser:
    parser = _Parser("trace", "Every step of the first iterations, with its value.")
    parser.network()
    parser.add_argument("--iterations", type=_count, default=1, metavar="K", help="default: 1")
    parser.add_argument("--format", choices=_TRACES, default="text", help="default: text")
    parser.add_argument("--output", metavar="FILE", help="write this file; default: standard output")
    return parser


def _check() -> _Parser:
    parser = _Parser(
        "check",
        "Compare the gradients of an iteration with central differences of E, and the\n"
        "results with the published values in the network's file. Exit status 1: something differs.",
    )
    parser.network()
    parser.at(default="0")
    parser.add_argument(
        "--all", action="store_true", help="check every element; of a large parameter a sample is usual"
    )
    return parser


def _puzzle() -> _Parser:
    parser = _Parser(
        "puzzle",
        "Networks that each have one wrong equation. Without NAME they are listed, from easy to hard; with\n"
        "it the debugger opens: find the equation and mend it with E. H gives a hint.",
    )
    parser.add_argument("network", nargs="?", metavar="NAME", help="a puzzle's name")
    parser.edits()
    parser.at()
    parser.into()
    parser.screen()
    return parser


_COMMANDS = {
    "": _debugger,
    "list": _list,
    "show": _show,
    "trace": _trace,
    "check": _check,
    "puzzle": _puzzle,
    "sessions": _sessions,
}


def _count(text: str, what: str = "iterations") -> int:
    if not (text.isascii() and text.isdigit() and 1 <= len(text) <= 10 and int(text)):
        raise argparse.ArgumentTypeError(f"{text[:40]!r} is no number of {what}: expected 1 or more")
    return int(text)


def _operations(text: str) -> int:
    return _count(text, "operations")


def _fail(message: str) -> int:
    say("error", message)
    return 2


def say(kind: str, message: str) -> None:
    """Tell the person something on standard error, in one line."""
    if sys.stderr is not None:
        print(f"bpstep: {kind}: {one_line(' '.join(message.split()))}", file=sys.stderr)
