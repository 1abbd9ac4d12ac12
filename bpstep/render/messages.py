"""The texts of this package: every sentence, label and title as a template with named slots, by kind.

`bpstep.text.fill` fills them where they are shown.
"""

from __future__ import annotations

from bpstep.render.theme import MARKS

# The network

EDGES_SHOWN = "{shown} of {count} edges"
EDGES_SHOWN_SHORT = "{shown}/{count}"
RAILS_SIZE = "rms"
RAILS_GRADIENT = "{partial}{loss}"
RAILS_HISTOGRAM = "min  max"
"""Above a histogram: what its first and its last bar stand for."""
RAILS_NO_ROOM = "No room for the network here."

# The tensors

ROW_ABOVE = "{count:,} row above"
ROWS_ABOVE = "{count:,} rows above"
ROW_BELOW = "{count:,} row below"
ROWS_BELOW = "{count:,} rows below"
ROW_ABOVE_AND_BELOW = "{above:,} row above, {below:,} below"
ROWS_ABOVE_AND_BELOW = "{above:,} rows above, {below:,} below"
HEAT_SCALE = "{sign}{size}"
HEAT_SCALE_OF_MEANS = "{mean}{sign}{size}"
SUMMARY_MEAN = "mean"
SUMMARY_DEVIATION = "dev."
SUMMARY_SMALLEST = "smallest"
SUMMARY_LARGEST = "largest"
SUMMARY_ZEROS = "zeros"
SUMMARY_NOT_FINITE = "inf/nan"
SLICE_OF = "{number:,} of {count:,}"
TENSOR_TITLE = "{name} {shape}"

# The selected cell, above the formula

INTERMEDIATE = "{value}, intermediate"
TERM = "{value}, term {number:,}/{count:,}"
TERM_AND_SUM = "{value}, term {number:,}/{count:,}, sum so far {sum}"

# Help

SIGNS_TITLE = "Signs"
COUNT_HELP = "A number before a key repeats it: 10n does ten equations."

_LEGEND_OF_EQUATIONS = (
    (*MARKS["write"], "write", "the tensor that the equation writes"),
    (*MARKS["read"], "read", "a tensor that it reads"),
    ("✎", "*", "param", "after a name: a parameter; before a number: edited"),
    ("ᵀ", "T", "quiet", "after a shape: a column, shown as a row"),
    ("·", ".", "coming", "not computed yet in this iteration"),
)

_LEGEND_OF_UNITS = (
    ("→", "t", "text", "on a unit: the target, labelY"),
    ("Σ ×", "n x", "text", "on a unit: net input, before the activation; one term of a sum"),
    ("∂", "d", "text", "on a unit: the gradient of E"),
    ("′", "'", "text", "on a unit: the slope of the activation"),
    ("+ −", "+ -", "plus", "on an edge: a positive weight; a negative one, its line dashed"),
    ("6/12", "6/12", "quiet", "below edges: 6 of 12 are drawn, the others would cover them"),
)

_LEGEND_OF_RAILS = (
    ("●", "o", "text", "on a rail: a tensor of the forward pass"),
    ("├", "+", "quiet", "on a rail: the line reads the tensor that the rail comes from"),
    ("┠", "#", "read", "a thick rail: the step's numbers come this way"),
    ("rms", "rms", "quiet", "beside rails: root mean square, the size of the numbers"),
    ("′ …", "' ~", "text", "beside rails: the size of a factor; of one part of a gradient"),
)

_LEGEND_OF_THE_REST = (
    ("● ○", "o .", "bright", "a breakpoint; one that is off"),
    ("≠", "!", "bright", "an equation that was replaced"),
    ("↺", "~", "known", "a factor that is computed once and used again"),
    ("● ○ ◐", "O x &", "bright", "plane: a label above the middle; one below; both in one cell"),
)

LEGEND = (*_LEGEND_OF_EQUATIONS, *_LEGEND_OF_UNITS, *_LEGEND_OF_THE_REST)
"""Each sign with its ASCII form, its role and its meaning, for a network drawn as units."""
LEGEND_WITH_RAILS = (*_LEGEND_OF_EQUATIONS, *_LEGEND_OF_RAILS, *_LEGEND_OF_THE_REST)
"""The same for one drawn as rails."""

# The first line

TITLE_PROGRAM = "bpstep"
ITERATION = "iteration {iteration:,}"
STEP = "step {done} of {total}"
STEP_SHORT = "{done}/{total}"
STEP_INSIDE = "step {done} + {inside}"
STEP_INSIDE_SHORT = "{done}+{inside}"
PHASE_START = "start"
FIRST_NONFINITE = "first non-finite: {name}"

# The last line, the timeline and the names of panes

COUNT_KEYS = "{count} {ellipsis}  then {keys} or an arrow"
SHORT_PHASES = {"forward": "fwd", "loss": "loss", "backward": "bwd", "update": "upd"}
"""The phases, shorter."""
PANE_AND_KEY = "{key} {pane}"
PANE_WATCHES = "watches"
PANE_WATCHES_MORE = "watches +{count}"
PANE_WHY = "why"
PANE_LISTING_OF = "listing: {file}"
PANE_PLANE = "plane"
PLANE_RANGE = "{name} {low}{dots}{high}"
PLANE_ABOVE = "{sign} {at_least}{middle}"
PLANE_BELOW = "{sign} <{middle}"
NO_PLANE_NOW = "these equations run on one size of batch only"
SAMPLE_OF = "sample {sample}/{count}"
OPERATION_SHORT = "{k:,}/{total:,}"
POSITION = "n = {n:,}"
NEXT = "next {name}"
TOO_SMALL = ("bpstep needs more room:", "at least {columns} x {lines},", "this is {width} x {height}")
"""The lines of a screen that is too small."""
JOB_TITLE = "{label}: {fraction:4.0%}"
JOB_STOP = "Escape stops it"

# The formula

REASON_UNDER_WHY = "{ellipsis} more under why"
REASONS_UNDER_WHY = "More about the indices is under why."
REASON_IN_LARGER_PANE = "{ellipsis} more in a larger pane"
REASONS_IN_LARGER_PANE = "A larger pane says more about the indices."
CHAIN_PREFIX = "{name}, step {step}"
CHAIN_STEP = "step {step}"
CHAIN_NOW = "now"
CHAIN_LINE = "chain rule: {goal} = {chain}"
CHAIN_LINE_SHORT = "{goal} = {chain}"
CHAIN_PRODUCTS = "chain rule: {chain}"
CHAIN_PRODUCTS_SHORT = "{chain}"
CHAIN_MORE_WAY = "{ellipsis} {count:,} more product"
CHAIN_MORE_WAYS = "{ellipsis} {count:,} more products"
CHAIN_AT_STEP = " (step {step})"
CHAIN_AT = " ({step})"
CHAIN_AT_NOW = " (now)"
EDITED_TO = "edited to"
SINCE = ", since {reason}"
SAMPLE = "sample {sample}"
SAMPLE_SHORT = "s{sample}"
LINE_ABOVE = "{count:,} more line above"
LINES_ABOVE = "{count:,} more lines above"
MORE_LINES = "{count} more lines"
MORE_TERM = "{count:,} more term"
MORE_TERMS = "{count:,} more terms"
THEN_ROWS = "then {rows}"
TERMS_THEN_ROWS = "{terms}, then {rows}"
COLUMNS_OF = " {ellipsis} of {count:,}"

# Lists

MORE_BELOW = "{count:,} more below"
TITLE_PALETTE = "bpstep commands"
HINT_PALETTE = "up, down choose   Enter runs it   Escape closes"
NO_COMMAND = "no command matches"
COMMAND_AND_HELP = "{title} – {help}"

# The line of a script that an equation comes from
PLACE_OF_LINE = "{file}:{line}"
PLACE_IN_CELL = "{file}:cell {line}"
CALLED_AT = "in {name}, called at {place}"
CALLED_AT_SHORT = "in {name}"

# The answers of a class

POLL_TITLE = "question"
POLL_QUESTION = "What will {cell} be after the next equation?"
POLL_RESULT = "{cell} is {value}"
ANSWERS_RIGHT = "{right} of {count} right"
POLL_RIGHT = "right"
POLL_MORE_VALUE = "{ellipsis} {count} more value, given {given} times"
POLL_MORE_VALUES = "{ellipsis} {count} more values, given {given} times"

# Two runs

PARAMETERS = "parameters"
GRADIENTS = "gradients"
ALSO_DIFFERENT = "also different"
EQUATIONS = "equations"
EDITS_OF_ONE_RUN = "edits of one run only"
CELLS = "cells"
LARGEST_AT = "most in"
NOT_COMPUTED_YET = "not computed yet"
SAME = "the same"
SAME_IN_ALL = "the same in all {count:,} cells"
EDIT_FROM = "{cell} = {value}, from n = {n:,}"
ROW_DIFFERS = "{count:,} more row differs"
ROWS_DIFFER = "{count:,} more rows differ"
NO_PLOT_YET = "The loss is plotted after two iterations of both runs."
LOSS_LOG = "{loss}, log"
FORK = "{sign} fork"
FORK_LEFT = "fork {sign}"

# The gradient check

STEP_SIZE = "h"
NOTE_BEST = "best"
NOTE_USED = "the check's"
NOTE_KINK = "kink"

# Why

PATH = "path"
PATHS = "{count:,} paths"
MORE_PATH = "{ellipsis} {count:,} more path"
MORE_PATHS = "{ellipsis} {count:,} more paths"
PATH_SAMPLE = "sample"
SUM_OF_PATHS = "{cell} = {total} is the sum of {count} products, one along each path"
ONE_PATH = "{cell} = {total} is one product, along its only path"
PATHS_BEGIN = (
    "{cell} = {total}: paths begin here. Its equation is not a product of earlier gradients; later gradients "
    "have it as the first factor of their paths.",
    "{cell} = {total}: paths begin here.",
)
FROM = "from"
READ_BY = "read by"
ADDS = "adds {number}"
MORE_CELL = "{ellipsis} {count:,} more cell of {name}"
MORE_CELLS = "{ellipsis} {count:,} more cells of {name}"
UNWRITTEN_INPUT = "{cell} = {value}: {origin}. It is the input at {place}."
UNWRITTEN_LABEL = "{cell} = {value}: {origin}. It is what {place} should be."
UNWRITTEN_RATE = "{cell} = {value}: {origin}. It is how far each update follows its gradient."
UNWRITTEN_YET = "{cell} = {value}: {origin}. It belongs to {place}; no equation has written it yet."
NOT_UPDATED = "{cell} = {value}: {origin}. It belongs to {place}; no equation updates it."
UNWRITTEN = "{cell} = {value}: {origin}. No equation wrote it."

# The scores of the network, beside the curve of E
SCORE_TRAINING = "train {loss}"
SCORE_TEST = "test {loss}"
SCORE_TRAINING_RIGHT = "train {loss} {right}"
SCORE_TEST_RIGHT = "test {loss} {right}"
