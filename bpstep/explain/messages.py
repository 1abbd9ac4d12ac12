"""Sentences, labels and words of the readings of a step."""

# Sums that are too long to be written

MORE_TERM = "{ellipsis} {count:,} more term"
MORE_TERMS = "{ellipsis} {count:,} more terms"

# Reuse in the chain rule

AND = "{first} and {last}"
"""The end of a list of numbers; `first` are the others, with commas between."""
REUSED_FROM_STEP = "reused from step {steps}: computed once"
REUSED_FROM_STEPS = "reused from steps {steps}: computed once"
USED_AGAIN = {
    (False, False): "step {steps}: computed once, used again in step {later}",
    (False, True): "step {steps}: computed once, used again in steps {later}",
    (True, False): "steps {steps}: computed once, used again in step {later}",
    (True, True): "steps {steps}: computed once, used again in steps {later}",
}
"""By whether several steps are reused, and whether several steps reuse them."""

# By indices

TRANSPOSED_LEFT = (
    "{names} is transposed because the sum runs over its rows, and @ sums over the columns of what stands on "
    "its left."
)
TRANSPOSED_LEFTS = (
    "{names} are transposed because each sum runs over their rows, and @ sums over the columns of what "
    "stands on its left."
)
TRANSPOSED_RIGHT = (
    "{names} is transposed because the sum runs over its columns, and @ sums over the rows of what stands on "
    "its right."
)
TRANSPOSED_RIGHTS = (
    "{names} are transposed because each sum runs over their columns, and @ sums over the rows of what "
    "stands on its right."
)
TRANSPOSED_LEFT_OF_ONE = (
    "{names} is transposed because the sum runs over its rows (here there is one, so nothing is added up), "
    "and @ sums over the columns of what stands on its left."
)
TRANSPOSED_RIGHT_OF_ONE = (
    "{names} is transposed because the sum runs over its columns (here there is one, so nothing is added "
    "up), and @ sums over the rows of what stands on its right."
)
ALREADY_TRANSPOSED = (
    "{name} is {source}: step {step} has transposed it, so the sum runs over the columns of {original}."
)
TRANSPOSED_BACK = (
    "{name} stands here without a transpose: the forward pass took {name}.T, and a transpose of that is "
    "{name} again."
)
SOFTMAX_OVER = "softmax over {letter} ({argument})"
BOTH_REASONS = "{first} {second}"
CONDITION_COUNTS = "{condition} counts as 1 where it holds, else as 0."
CONDITIONS_COUNT = "A condition in parentheses counts as 1 where it holds, else as 0."
SAME_FOR_EVERY = "{names} has the same number for every {letter}."
SAME_FOR_EVERY_MANY = "{names} have the same numbers for every {letter}."
TRANSPOSED = "Row j of {name} is column j here: the same numbers, transposed."
TRANSPOSED_FACTOR = (
    "Row j of {name} holds the weights that leave unit j. Here column j holds them: the same numbers, "
    "transposed."
)

# Inside an equation

SUM_SO_FAR = "the sum so far"
SO_FAR = "so far"
THE_SUM = "the sum"
SINCE = ", since {condition}"

# Where a number was written

GIVEN = "given"
GIVEN_ROW = "given, row {row} of {count:,}"
ZERO_AT_START = "0 at the start"
INITIAL_WEIGHT = "initial weight"
INITIAL_BIAS = "initial bias"
INITIAL_PARAMETER = "initial value"
INITIAL_WEIGHT_HELD = "initial weight, held"
INITIAL_BIAS_HELD = "initial bias, held"
STEP = "step {step}"
STEP_OF_ITERATION = "step {step} of iteration {iteration:,}"
EDITED = "{write}, edited"
NOT_DONE_YET = "{step}, not done yet"
NOT_COMPUTED = "{name} is not computed yet: step {step} computes it, and until then it has no why"
READER_NOT_DONE = "{name} is not done yet: its value is known from n = {n:,} on"

# Words inside formulas

OVER_SAMPLES = "over samples"
OVER_UNITS = "over units"
OVER_ROWS = "over rows"
OVER_COLUMNS = "over columns"
OVER_INDICES = "over {indices}"
OVER_AXIS = "over axis {axes}"
OVER_AXES = "over axes {axes}"
SAMPLES = "samples"
LAID_OUT_AS = "as {shape}"
"""The shape that a reshape gives, behind what is reshaped: flat = pool as 3×8."""
REMAINDER = "{dividend} mod {divisor}"
"""The place in an axis that repeats: ⌊j/4⌋ mod 3."""
IF = "if"
ELSE = "else"
REPEATED = ", {count} times"
