"""The arguments of the commands for classes: share, join and relay."""

from __future__ import annotations

from bpstep.cli import messages
from bpstep.cli.options import Parser
from bpstep.text import fill


def share_parser() -> Parser:
    """The arguments of `bpstep share`."""
    parser = Parser("share", fill(messages.SHARE))
    parser.add_argument("name", metavar="CLASS", help=fill(messages.SHARE_NAME_HELP))
    parser.add_network()
    parser.add_position()
    parser.add_operations()
    parser.add_screen()
    parser.add_resume()
    parser.add_argument("--group", metavar="GROUP", help=fill(messages.GROUP_HELP))
    parser.add_argument("--users", metavar="USER,USER", help=fill(messages.USERS_HELP))
    return parser


def join_parser() -> Parser:
    """The arguments of `bpstep join`."""
    parser = Parser("join", fill(messages.JOIN))
    parser.add_argument("name", metavar="CLASS", help=fill(messages.JOIN_NAME_HELP))
    parser.add_argument("--name", dest="display", metavar="NAME", help=fill(messages.DISPLAY_NAME_HELP))
    _add_teacher_option(parser)
    parser.add_screen()
    return parser


def relay_parser() -> Parser:
    """The arguments of `bpstep relay`."""
    parser = Parser("relay", fill(messages.RELAY))
    parser.add_argument("name", metavar="CLASS", help=fill(messages.RELAY_NAME_HELP))
    _add_teacher_option(parser)
    return parser


def _add_teacher_option(parser: Parser) -> None:
    parser.add_argument("--teacher", metavar="USER", help=fill(messages.TEACHER_HELP))
