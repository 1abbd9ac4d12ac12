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

IN_NETWORK = "{name}: {error}"
IS_A_SESSION = "{name}: this is a session, no network: bpstep --resume {path} opens it"

UNKNOWN_PAGE = "the manual has no page {page}; bpstep manual lists the pages"
UNKNOWN_PAGE_MEANT = "the manual has no page {page}; did you mean {meant}?"
