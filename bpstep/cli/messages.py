"""Every sentence of the command line, as templates with named slots."""

from __future__ import annotations

# Descriptions of commands, shown by --help

MANUAL = """\
List the pages of the manual, or print one."""

FUNCTIONS = """\
List the functions that an equation may use, with their derivatives."""

CHECK = """\
Compare the gradients of an iteration with central differences of E, and the
results with the published values in the network's file. Exit status 1:
something differs; 2: a network can't be read (the others are checked)."""

# Help of options: the imperative, at most eight words

PAGE_HELP = "print this page"
SEVERAL_NETWORKS_HELP = "built-in networks or files; default: {default}"
CHECK_AT_DEFAULT = "the first iteration"
CHECK_ALL_HELP = "check every element, not only a sample"
CHECK_FORMAT_HELP = "default: text"
CHECK_QUIET_HELP = "print only what differs"

# Titles of columns

FUNCTION_COLUMN = "function"
GIVES_COLUMN = "gives"
DERIVATIVE_COLUMN = "derivative by x, or what the operands get of the gradient g"

# Sessions

RESUMABLE = "session to resume: bpstep --resume {name}"
SESSION_KEPT = "session kept: bpstep --resume {name}"

# Progress

PROGRESS = "{what}: {percent:.1f}%"
CHECKING = "checking {name}"

# Errors

UNKNOWN_COMMAND_MEANT = "no command, network or file is called {word}; did you mean bpstep {meant}?"
NOT_A_LESSON = (
    "{path} is {what}, and record plays a lesson: give the name of a lesson or a file that ends in "
    ".lesson (bpstep lesson lists the built-in ones)"
)
A_RECORDING = "a finished recording"
A_NETWORK = "a network"
MISSING_OUTPUT = "missing output file: use -o FILE"
IN_NETWORK = "{name}: {error}"
IS_A_SESSION = "{name}: this is a session, no network: bpstep --resume {path} opens it"

UNKNOWN_PAGE = "the manual has no page {page}; bpstep manual lists the pages"
UNKNOWN_PAGE_MEANT = "the manual has no page {page}; did you mean {meant}?"
