"""What may be asked about a class: holding one, being in one, and carrying one over ssh."""

from __future__ import annotations

from bpstep.cli.options import Parser


def share_parser() -> Parser:
    """The words of `bpstep share`."""
    parser = Parser(
        "share",
        "Hold a class: the debugger, which pupils follow. It is open to your own user, or to a group or\n"
        "some users of this host. After a crash the same command goes on with the class.",
    )
    parser.add_argument("name", metavar="CLASS", help="how the class is called: letters, digits, _ and -")
    parser.add_network()
    parser.add_position()
    parser.add_operations()
    parser.add_screen()
    parser.add_resume()
    parser.add_argument("--group", metavar="GROUP", help="who may join: the users of this group")
    parser.add_argument("--users", metavar="USER,USER", help="who may join: these users")
    return parser


def join_parser() -> Parser:
    """The words of `bpstep join`."""
    parser = Parser(
        "join",
        "Be in a class: follow the teacher, or look around on your own and come back with o. Nothing is\n"
        "written and no settings are read.",
    )
    parser.add_argument("name", metavar="CLASS", help="the class's name, or ssh://[user@]host[:port]/CLASS")
    parser.add_argument("--name", dest="display", metavar="NAME", help="how you are called; asked else")
    _add_teacher_option(parser)
    parser.add_screen()
    return parser


def relay_parser() -> Parser:
    """The words of `bpstep relay`."""
    parser = Parser("relay", "Join a class's socket with standard input and output: what ssh runs.")
    parser.add_argument("name", metavar="CLASS", help="the class's name")
    _add_teacher_option(parser)
    return parser


def _add_teacher_option(parser: Parser) -> None:
    parser.add_argument("--teacher", metavar="USER", help="whose class it is, where several have this name")
