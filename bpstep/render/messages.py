"""What render says: every sentence, label and title as a template with named slots, by kind.

`bpstep.text.fill` fills them where they are shown.
"""

from __future__ import annotations

# The network

EDGES_SHOWN = "{shown} of {count} edges"
EDGES_SHOWN_SHORT = "{shown}/{count}"
RAILS_SIZE = "rms"
RAILS_GRADIENT = "{partial}{loss}"
RAILS_NO_ROOM = "No room for the network here."

# The tensors

ROW_ABOVE = "{count:,} row above"
ROWS_ABOVE = "{count:,} rows above"
ROW_BELOW = "{count:,} row below"
ROWS_BELOW = "{count:,} rows below"
ROWS_ABOVE_AND_BELOW = "{above:,} rows above, {below:,} below"
HEAT_SCALE = "{sign}{size}"
HEAT_SCALE_OF_MEANS = "{mean}{sign}{size}"
SUMMARY_MEAN = "mean"
SUMMARY_DEVIATION = "dev."
SUMMARY_LEAST = "least"
SUMMARY_LARGEST = "largest"
SUMMARY_ZEROS = "zeros"
SUMMARY_NAN = "NaN"
SLICE_OF = "{number:,} of {count:,}"
TENSOR_TITLE = "{name} {shape}"

# The selected cell, above the formula

NOT_COMPUTED = "not computed"
SO_FAR = "{value} so far"
TERM = "{value}, term {number:,}/{count:,}"
TERM_AND_SUM = "{value}, term {number:,}/{count:,}, sum so far {sum}"

# Help

SIGNS_TITLE = "Signs"
COUNT_HELP = "A number before a key repeats it: 10n does ten equations."

LEGEND = (
    ("▶", ">", "write", "the tensor that the equation writes"),
    ("›", "<", "read", "a tensor that it reads"),
    ("✎", "*", "param", "after a name: a parameter; before a number: edited"),
    ("ᵀ", "T", "quiet", "after a shape: a column, shown as a row"),
    ("·", ".", "coming", "not computed yet in this iteration"),
    ("→", "t", "text", "on a card: the target, labelY"),
    ("Σ ×", "n x", "text", "on a card: net input, before the activation; one term of a sum"),
    ("∂", "d", "text", "on a card: the gradient of E"),
    ("′", "'", "text", "on a card: the slope of the activation"),
    ("+ −", "+ -", "plus", "on an edge: a positive weight; a negative one, its line dashed"),
    ("6/12", "6/12", "quiet", "below edges: 6 of 12 are drawn, the others would cover them"),
    ("● ○", "o .", "bright", "a breakpoint; one that is off"),
    ("≠", "!", "bright", "an equation that was replaced"),
    ("↺", "~", "known", "a factor that is computed once and used again"),
)
"""Each sign with its ASCII form, its role and what it means."""
