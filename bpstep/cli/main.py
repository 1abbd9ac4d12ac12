"""The command line: which commands there are, and which module runs each. Modules are imported on demand."""

from __future__ import annotations

import argparse
import gc
import io
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from types import ModuleType

from bpstep.cli import class_options, messages
from bpstep.cli.options import Parser, parse_count, parse_layers, parse_names
from bpstep.cli.streams import complete_unbuffered_writes
from bpstep.errors import BpstepError, LessonFailed, UnknownNetwork
from bpstep.text import closest, fill, one_line, quoted

TRACE_FORMATS = {
    "text": "text.trace_text",
    "json": "json.trace_json",
    "markdown": "markdown.trace_markdown",
    "latex": "latex.trace_latex",
    "python": "numpy_script.numpy_script",
    "pytorch": "pytorch_script.pytorch_script",
}
"""The formats of a trace, each with its module in bpstep.export and the function that writes it."""


def run(arguments: Sequence[str]) -> int:
    """Run the command that the words give; return the exit status. Every error is one line."""
    complete_unbuffered_writes()
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
        print_message(messages.KIND_FAILED, str(error))
        return 1
    except BpstepError as error:
        return _report_error(str(error))
    except MemoryError:
        return _report_error(fill(messages.OUT_OF_MEMORY))
    except BrokenPipeError:
        return 0  # the reader has closed the pipe


def _command_module(command: str) -> ModuleType:
    """The module of a command; one each, so that no command pays for another's imports.

    Imports create very many objects that stay, and garbage collection among them takes a tenth of the start:
    it is disabled until they are done, and the objects that exist then are exempt from it.
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
    """The options that the words give, with `command`; None after --help or --version.

    BpstepError if they are invalid.
    """
    command = arguments[0] if arguments and arguments[0] in _COMMANDS else ""
    try:
        # Intermixed: options may stand between networks.
        options = _COMMANDS[command]().parse_intermixed_args(arguments[1:] if command else arguments)
    except SystemExit:  # argparse ends the program after help
        return None
    except BpstepError as error:
        raise BpstepError(_meant(arguments[0], str(error)) if not command else str(error)) from None
    if not command and options.version:
        from bpstep.cli.version import write_version

        write_version(options.verbose)
        return None
    if not command and options.verbose:
        raise BpstepError(fill(messages.VERBOSE_WITHOUT_VERSION))
    if not command and options.network in _COMMANDS:
        raise BpstepError(fill(messages.COMMAND_NOT_FIRST, word=options.network))
    return options


def _debugger() -> Parser:
    parser = Parser("debug", fill(messages.DEBUG))
    parser.add_network()
    parser.add_position()
    parser.add_operations()
    parser.add_screen()
    parser.add_resume()
    parser.add_argument("--version", action="store_true", help=fill(messages.VERSION_HELP))
    parser.add_argument("--verbose", action="store_true", help=fill(messages.VERBOSE_HELP))
    return parser


def _list() -> Parser:
    return Parser("list", fill(messages.LIST))


def _sessions() -> Parser:
    parser = Parser("sessions", fill(messages.SESSIONS))
    parser.add_argument(
        "--delete",
        action="append",
        default=[],
        metavar="NAME",
        help=fill(messages.DELETE_HELP),
    )
    return parser


def _show() -> Parser:
    parser = Parser("show", fill(messages.SHOW))
    parser.add_network()
    parser.add_position(default="i1", shown=fill(messages.FIRST_ITERATION_END))
    parser.add_operations()
    parser.add_argument("--format", choices=("text", "json"), default="text", help=fill(messages.FORMAT_HELP))
    parser.add_argument("--printed", action="store_true", help=fill(messages.PRINTED_HELP))
    return parser


def _trace() -> Parser:
    parser = Parser("trace", fill(messages.TRACE))
    parser.add_network()
    parser.add_argument(
        "--iterations", type=parse_count, default=1, metavar="K", help=fill(messages.ITERATIONS_HELP)
    )
    parser.add_argument("--format", choices=[*TRACE_FORMATS], default="text", help=fill(messages.FORMAT_HELP))
    parser.add_argument("-o", "--output", metavar="FILE", help=fill(messages.OUTPUT_HELP))
    return parser


def _new() -> Parser:
    parser = Parser("new", fill(messages.NEW))
    parser.add_argument("data", metavar="DATA", help=fill(messages.NEW_DATA_HELP))
    parser.add_argument(
        "--layers", type=parse_layers, default=(8, 0), metavar="UNITS", help=fill(messages.NEW_LAYERS_HELP)
    )
    parser.add_argument("--labels", default="", metavar="COLUMN", help=fill(messages.NEW_LABELS_HELP))
    parser.add_argument("-o", "--output", metavar="FILE", help=fill(messages.OUTPUT_HELP))
    return parser


def _check() -> Parser:
    parser = Parser("check", fill(messages.CHECK))
    parser.add_networks()
    parser.add_position(shown=fill(messages.CHECK_AT_DEFAULT))
    parser.add_argument("--all", action="store_true", help=fill(messages.CHECK_ALL_HELP))
    parser.add_argument("--format", choices=("text", "json"), default="text", help=fill(messages.FORMAT_HELP))
    parser.add_argument("--quiet", action="store_true", help=fill(messages.CHECK_QUIET_HELP))
    parser.add_argument("--against", metavar="FILE", type=Path, help=fill(messages.AGAINST_HELP))
    return parser


def _derive() -> Parser:
    parser = Parser("derive", fill(messages.DERIVE))
    parser.add_network(edits=False)
    parser.add_argument(
        "--parameters", metavar="NAMES", type=parse_names, default=(), help=fill(messages.PARAMETERS_HELP)
    )
    parser.add_argument("--format", choices=("text", "json"), default="text", help=fill(messages.FORMAT_HELP))
    parser.set_defaults(settings=[])
    return parser


def _puzzle() -> Parser:
    parser = Parser("puzzle", fill(messages.PUZZLE))
    parser.add_argument("network", nargs="?", metavar="NAME", help=fill(messages.PUZZLE_NAME_HELP))
    parser.add_edits()
    parser.add_position()
    parser.add_operations()
    parser.add_screen()
    return parser


def _record() -> Parser:
    parser = Parser("record", fill(messages.RECORD))
    parser.add_argument("lesson", nargs="?", metavar="LESSON", help=fill(messages.RECORD_LESSON_HELP))
    parser.add_argument("-o", "--output", metavar="FILE", help=fill(messages.RECORD_OUTPUT_HELP))
    one = parser.add_mutually_exclusive_group()
    one.add_argument("--still", action="store_true", help=fill(messages.STILL_HELP))
    one.add_argument("--snap", metavar="NAME", help=fill(messages.SNAP_HELP))
    parser.add_argument("--v3", action="store_true", help=fill(messages.V3_HELP))
    parser.add_argument("--live", metavar="FILE.cast", help=fill(messages.LIVE_HELP))
    parser.add_argument("--pause", type=float, metavar="SECONDS", help=fill(messages.PAUSE_HELP))
    parser.set_defaults(at=None, into=None, settings=[])
    return parser


def _lesson() -> Parser:
    parser = Parser("lesson", fill(messages.LESSON))
    parser.add_argument("lesson", nargs="?", metavar="NAME", help=fill(messages.LESSON_NAME_HELP))
    parser.add_screen()
    return parser


def _manual() -> Parser:
    parser = Parser("manual", fill(messages.MANUAL))
    parser.add_argument("page", nargs="?", metavar="PAGE", help=fill(messages.PAGE_HELP))
    return parser


def _functions() -> Parser:
    parser = Parser("functions", fill(messages.FUNCTIONS))
    parser.add_argument("function", nargs="?", metavar="NAME", help=fill(messages.FUNCTION_NAME_HELP))
    return parser


_COMMANDS = {
    "": _debugger,
    "list": _list,
    "show": _show,
    "trace": _trace,
    "check": _check,
    "new": _new,
    "derive": _derive,
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

_OPTIONS_AS_COMMANDS = {"help": "--help", "version": "--version"}
"""Options that are commands of other programs."""


def _meant_command(error: UnknownNetwork) -> str:
    """The error for a first word that may be a mistyped command."""
    return _meant(error.word, str(error), [error.suggestion])


def _meant(word: str, otherwise: str, networks: Sequence[str] = ()) -> str:
    """The error for words whose first may be a mistyped command, or one of these networks."""
    close = "" if word.startswith("-") else closest(word, (*networks, *_COMMANDS, *_OPTIONS_AS_COMMANDS))
    if not close or close in networks:
        return otherwise
    meant = _OPTIONS_AS_COMMANDS.get(close, close)
    return fill(messages.UNKNOWN_COMMAND_MEANT, word=quoted(word), meant=meant)


def _report_error(message: str) -> int:
    print_message(messages.KIND_ERROR, message)
    if os.environ.get("TEXTUAL_DRIVER"):  # otherwise nothing is imported to look closer
        from bpstep.tui.startup import show_error

        show_error(_message_line(messages.KIND_ERROR, message))
    return 2


def print_message(kind: str, message: str) -> None:
    """Print a message on standard error, in one line; `kind` is a template, messages.KIND_…"""
    print_line(_message_line(kind, message))


def _message_line(kind: str, message: str) -> str:
    return fill(messages.MESSAGE_LINE, kind=fill(kind), message=" ".join(message.split()))


def print_line(text: str) -> None:
    """Write a line to standard error; if that fails, there is nobody to tell."""
    if sys.stderr is None:
        return
    try:
        print(one_line(text), file=sys.stderr, flush=True)
    except OSError:
        # The exit status reports it; Python would try to write once more and change that status.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stderr.fileno())
