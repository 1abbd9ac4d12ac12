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
