"""Every sentence of the command line, as templates with named slots."""

from __future__ import annotations

# Descriptions of commands, shown by --help

MANUAL = """\
List the pages of the manual, or print one."""

FUNCTIONS = """\
List the functions that an equation may use, with their derivatives."""

# Help of options: the imperative, at most eight words

PAGE_HELP = "print this page"

# Titles of columns

FUNCTION_COLUMN = "function"
GIVES_COLUMN = "gives"
DERIVATIVE_COLUMN = "derivative by x"

# Errors

UNKNOWN_PAGE = "the manual has no page {page}; bpstep manual lists the pages"
UNKNOWN_PAGE_MEANT = "the manual has no page {page}; did you mean {meant}?"

NETWORK_FILE_MEANT = "no network is called {name}; did you mean {file}?"
COMMAND_MEANT = "no network is called {name}; did you mean bpstep {command}?"
CSV_IS_NO_NETWORK = "{name} is a CSV file; name it in a network file, see bpstep manual network-files"
LESSON_IS_NO_NETWORK = "{name} is a lesson; bpstep lesson {path} plays it"

MISSING_LESSON = "missing lesson: use one of {names}, or a file"
MISSING_OUTPUT = "missing output file: use -o FILE"
RECORDING_IS_NO_LESSON = (
    "{name} is a recording; bpstep record needs a lesson and writes any format from it with -o FILE"
)
