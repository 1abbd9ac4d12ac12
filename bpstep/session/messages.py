"""What a person reads about moves, edits, breakpoints, watches and marks, as templates with named slots."""

from __future__ import annotations

# Moves and edits.
NO_VALUE_YET = "not computed"
NOT_COMPUTED = "{name} is not computed yet: it can be edited from step {step} on"
NOT_FINITE = "{value} is not a finite number; {name} keeps its value"
WHICH_CELL = "which cell of {name}? Its shape is {shape}; a cell is {example}"
NO_SUCH_CELL = "{name} has no cell {index}: its shape is {shape}, a cell is {example}"
NOTHING_TO_UNDO = "nothing to undo: no edit was made"
NOTHING_TO_REDO = "nothing to redo: no edit was undone"

# Runs.
ONE_RUN_ONLY = "there is only one run"
NO_SUCH_RUN = "there is no run {name}"
NO_RUN_TO_CLOSE = "there is no run {name} to close"
NO_CLOSED_RUN = "no run was closed"

# Operations inside an equation.
OPERATION_OF = "operation {k:,} of {total:,}"
NOT_INSIDE_ONE = "{name} has {count:,} operation: {k:,} is not inside it; all of it is done at n = {n}"
NOT_INSIDE_MANY = "{name} has {count:,} operations: {k:,} is not inside it; all of them are done at n = {n}"

# Breakpoints and watches.
BREAKPOINT_FORMS = (
    "delta_Y, delta_Y if abs(delta_Y) < 1e-3, E < 0.05, loss rises, non-finite, dead relu; … hits 10"
)
BREAKPOINT_FORMS_OF_SCRIPT = (
    "{line}, {name}, {name} if max(abs({name})) > 10, loss rises, non-finite, dead relu; … hits 10"
)
NOT_A_BREAKPOINT = "expected a breakpoint: {forms}"
HITS_OUT_OF_RANGE = "hits is a number from 1 to {limit:,}"
UNKNOWN_CONDITION = "no breakpoint is called {name}; expected one of {names}"
NO_RELU = "this network has no ReLU layer"
NO_EQUATION_EDIT = "a script has lines in place of equations; edit the line of {name}"
SCRIPT_STOPS = "{error}; what runs before that can be stepped through"
SCRIPT_STOPS_ELSEWHERE = "{error}; the script stops there; --loop {place} shows that loop"
PRINTS_NOTHING = "a network prints nothing; only a script does"
NO_LINES = "this network is not a script; edit its equations"
LINE_LOSES_EDIT = "an edit of {name} has no place in the new script; undo that edit first"
LINE_NOT_BY_ITSELF = "{place} is not a statement by itself; change it in the file"
LINE_OF_NOBODY = "no line of the script computes {name}"
NO_LOSS = "this script computes no loss"
NO_SUCH_BREAKPOINT = "there is no breakpoint {id}"
NO_SUCH_WATCH = "there is no watch {id}"
LOSS_RISES = "the loss is higher than before"
NON_FINITE = "NaN or infinity arises in an equation"
DEAD_RELU = "a ReLU unit gives 0 for every sample"

# Events that somebody else's file or session sends.
NOT_AN_N = "n = {n:,} is not a position; expected 0 to {limit:,}"
NOT_AN_ID = "{id} cannot number a breakpoint or watch; expected 1 to {limit:,}"
NOT_A_MARK = "{name} cannot name a mark: it is empty or a position"
MARK_TOO_LONG = "{name} is too long for a mark; at most {limit} characters are allowed"
ADDED_LOSS = "{name} is on no line of the script; edit what it is computed from"
NOT_WRITTEN_THERE = "{name} is not written at n = {n:,}"
SENT_NO_SUCH_CELL = "{name} has no cell {index}: its shape is {shape}"
SENT_NO_FILE = "the script imports no file {file} whose lines could be replaced"
SENT_NO_LINE = "line {line} cannot be replaced: expected a line of at most {limit:,} characters"
