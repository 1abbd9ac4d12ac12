"""The command line: what may be asked, and who answers. What an answer needs is imported when it is asked."""

from __future__ import annotations

import argparse
import gc
import io
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from types import ModuleType

from bpstep import __version__
from bpstep.cli import class_options, messages
from bpstep.cli.options import Parser, parse_count
from bpstep.errors import BpstepError, LessonFailed, UnknownNetwork
from bpstep.text import fill, one_line, quoted

_DESCRIPTION = """\
A step-through debugger for neural networks: every equation of backpropagation, forwards and backwards.

NETWORK is a built-in's name or a file, by default the built-in article. A file that is called like a
command or a built-in is given as ./list.

commands, each with a --help of its own:
  list       the built-in networks
  show       one moment, without a screen
  trace      every step, as text, JSON, Markdown, LaTeX or a NumPy script
  check      gradients against central differences, results against published values
  lesson     lessons that teach the article's example, played in the terminal
  record     a lesson as a screencast, a picture or a page
  puzzle     networks with one wrong equation to be found and mended
  sessions   the sessions that were kept, to go on with: bpstep --resume NAME
  share      hold a class: pupils see what you do, each on a screen of their own
  join       be in a class, on this host or through ssh
  relay      what ssh runs on the teacher's host for bpstep join ssh://host/CLASS
  manual     list the pages of the manual, or print one
  functions  list the functions that an equation may use
"""

_TRACE_FORMATS = ("text", "json", "markdown", "latex", "python")


def run(arguments: Sequence[str]) -> int:
    """Do what the words ask; gives the exit status. Every error is one line."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        # A terminal that lacks a character gets an escape, not a crash.
        sys.stdout.reconfigure(errors="backslashreplace")
    options = None
    try:
        options = parse_arguments(arguments)
        if options is None:
            return 0
        status: int = _command_module(options.command).run(options)
        return status
    except UnknownNetwork as error:
        is_first_word = options is not None and options.command == "debug"
        return _report_error(_meant_command(error) if is_first_word else str(error))
    except LessonFailed as error:
        print_message("failed", str(error))
        return 1
    except BpstepError as error:
        return _report_error(str(error))
    except MemoryError:
        return _report_error("there is not enough memory for this")
    except BrokenPipeError:
        return 0  # whoever read has read enough


def _command_module(command: str) -> ModuleType:
    """The module of a command; each has its own, so that none pays for another's imports.

    Imports make very many objects that stay, and looking for garbage among them takes a tenth of the start:
    it is put off until they are done, and what is there then is never looked at again.
    """
    name = f"bpstep.cli.{command}"
    if name not in sys.modules:
        gc.disable()
        try:
            import_module(name)
            gc.freeze()
        finally:
            gc.enable()
    return sys.modules[name]


def parse_arguments(arguments: Sequence[str]) -> argparse.Namespace | None:
    """The options that the words give, with `command`; None where they asked for help and got it.

    BpstepError where they make no sense.
    """
    command = arguments[0] if arguments and arguments[0] in _COMMANDS else ""
    try:
        # Intermixed: options may stand between networks.
        options = _COMMANDS[command]().parse_intermixed_args(arguments[1:] if command else arguments)
    except SystemExit:  # argparse's way to end after help
        return None
    if not command and options.network in _COMMANDS:
        raise BpstepError(
            f"{options.network} is a command and stands first: bpstep {options.network} …; "
            f"a file of that name is ./{options.network}"
        )
    return options


def _debugger() -> Parser:
    parser = Parser("debug", _DESCRIPTION)
    parser.add_network()
    parser.add_position()
    parser.add_operations()
    parser.add_screen()
    parser.add_resume()
    parser.add_argument("--version", action="version", version=f"bpstep {__version__}")
    return parser


def _list() -> Parser:
    return Parser("list", "The built-in networks, one a line: name, units of each layer, title.")


def _sessions() -> Parser:
    parser = Parser(
        "sessions",
        "The sessions kept: name, network, position, the edits in force and when. Of those in which nothing\n"
        "was done but to look, the last three of a network are kept.",
    )
    parser.add_argument(
        "--delete",
        action="append",
        default=[],
        metavar="NAME",
        help="delete the session of this name; may be repeated",
    )
    return parser


def _show() -> Parser:
    parser = Parser("show", "One moment: the position, the equation just done, every tensor.")
    parser.add_network()
    parser.add_position(default="i1", shown="the end of the first iteration")
    parser.add_operations()
    parser.add_argument("--format", choices=("text", "json"), default="text", help="default: text")
    return parser


def _trace() -> Parser:
    parser = Parser("trace", "Every step of the first iterations, with its value.")
    parser.add_network()
    parser.add_argument("--iterations", type=parse_count, default=1, metavar="K", help="default: 1")
    parser.add_argument("--format", choices=_TRACE_FORMATS, default="text", help="default: text")
    parser.add_argument("--output", metavar="FILE", help="write this file; default: standard output")
    return parser


def _check() -> Parser:
    parser = Parser("check", fill(messages.CHECK))
    parser.add_networks()
    parser.add_position(shown=fill(messages.CHECK_AT_DEFAULT))
    parser.add_argument("--all", action="store_true", help=fill(messages.CHECK_ALL_HELP))
    parser.add_argument(
        "--format", choices=("text", "json"), default="text", help=fill(messages.CHECK_FORMAT_HELP)
    )
    parser.add_argument("--quiet", action="store_true", help=fill(messages.CHECK_QUIET_HELP))
    return parser


def _puzzle() -> Parser:
    parser = Parser(
        "puzzle",
        "Networks that each have one wrong equation. Without NAME they are listed, from easy to hard; with\n"
        "it the debugger opens: find the equation and mend it with E. H gives a hint.",
    )
    parser.add_argument("network", nargs="?", metavar="NAME", help="a puzzle's name")
    parser.add_edits()
    parser.add_position()
    parser.add_operations()
    parser.add_screen()
    return parser


def _record() -> Parser:
    parser = Parser(
        "record",
        "Play a lesson without a terminal and write, by FILE's ending:\n"
        "  .cast  a recording for asciinema and its players, with a marker at each phase and caption\n"
        "  .svg   an animation for a web page or a README; with --still or --snap one picture\n"
        "  .md    a page to hand to a class: captions, each with its screen and keys; the formulas\n"
        "  .txt   the screens as text\n"
        "  .gif   by agg, where that is installed\n"
        "The same lesson gives the same bytes. Exit status 1: a number is not what the lesson expects.\n"
        "With --live it is you who works in the debugger, and all that you see is recorded as you go.",
    )
    parser.add_argument(
        "lesson", nargs="?", metavar="LESSON", help="a built-in lesson's name or a file; live: a network"
    )
    parser.add_argument("-o", "--output", metavar="FILE", help="the file to write")
    one = parser.add_mutually_exclusive_group()
    one.add_argument("--still", action="store_true", help="the last screen alone")
    one.add_argument("--snap", metavar="NAME", help="the screen alone that the lesson gives this name")
    parser.add_argument("--v3", action="store_true", help="asciicast version 3, not 2")
    parser.add_argument("--live", metavar="FILE.cast", help="record your own session in the debugger")
    parser.add_argument("--pause", type=float, metavar="SECONDS", help="live: no pause is longer; default: 2")
    parser.set_defaults(at=None, into=None, settings=[])
    return parser


def _lesson() -> Parser:
    parser = Parser(
        "lesson",
        "Lessons that teach the article, front to back. Without NAME they are listed; with it one is played\n"
        "in the terminal. Space pauses: the keys of the debugger work then; Space goes on where it was.",
    )
    parser.add_argument("lesson", nargs="?", metavar="NAME", help="a lesson's name, or a file")
    parser.add_screen()
    return parser


def _manual() -> Parser:
    parser = Parser("manual", fill(messages.MANUAL))
    parser.add_argument("page", nargs="?", metavar="PAGE", help=fill(messages.PAGE_HELP))
    return parser


def _functions() -> Parser:
    return Parser("functions", fill(messages.FUNCTIONS))


_COMMANDS = {
    "": _debugger,
    "list": _list,
    "show": _show,
    "trace": _trace,
    "check": _check,
    "puzzle": _puzzle,
    "record": _record,
    "lesson": _lesson,
    "sessions": _sessions,
    "share": class_options.share_parser,
    "join": class_options.join_parser,
    "relay": class_options.relay_parser,
    "manual": _manual,
    "functions": _functions,
}


def _meant_command(error: UnknownNetwork) -> str:
    """What is wrong with the first word: it may be a command that is mistyped."""
    import difflib

    close = difflib.get_close_matches(error.word, _COMMANDS, 1) if len(error.word) < 40 else []
    return (
        fill(messages.UNKNOWN_COMMAND_MEANT, word=quoted(error.word), meant=close[0]) if close else str(error)
    )


def _report_error(message: str) -> int:
    print_message("error", message)
    return 2


def print_message(kind: str, message: str) -> None:
    """Tell the person something of a kind (error, warning, failed) on standard error, in one line."""
    print_line(f"bpstep: {kind}: {' '.join(message.split())}")


def print_line(text: str) -> None:
    """Write a line to standard error; where that can't be done nobody is there to tell it to."""
    if sys.stderr is None:
        return
    try:
        print(one_line(text), file=sys.stderr, flush=True)
    except OSError:
        # The exit status says it: Python, trying once more, would change that.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stderr.fileno())
