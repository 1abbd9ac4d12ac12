"""The sentences, labels and words of explanations."""

# Sums that are too long to write out

MORE_TERM = "{ellipsis} {count:,} more term"
MORE_TERMS = "{ellipsis} {count:,} more terms"

# Reuse in the chain rule

REUSED_FROM_STEP = "reused from step {steps}: computed once"
REUSED_FROM_STEPS = "reused from steps {steps}: computed once"
USED_AGAIN = {
    (False, False): "step {steps}: computed once, used again in step {later}",
    (False, True): "step {steps}: computed once, used again in steps {later}",
    (True, False): "steps {steps}: computed once, used again in step {later}",
    (True, True): "steps {steps}: computed once, used again in steps {later}",
}
"""By whether several steps are reused, and whether several steps reuse them."""

# Index form

TRANSPOSED_LEFT = (
    "{names} is transposed, {shape} to {turned}, because the sum runs over its {count} rows, and @ sums "
    "over the columns of its left operand."
)
TRANSPOSED_LEFT_OF_ONE = (
    "{names} is transposed, {shape} to {turned}, because the sum runs over its rows (here there is one, "
    "so nothing is added up), and @ sums over the columns of its left operand."
)
TRANSPOSED_LEFTS = (
    "{names} are transposed because each sum runs over their rows, and @ sums over the columns of its "
    "left operand."
)
TRANSPOSED_LEFTS_ALIKE = (
    "{names} are transposed, {shape} to {turned}, because each sum runs over their {count} rows, and @ sums "
    "over the columns of its left operand."
)
TRANSPOSED_LEFTS_OF_ONE = (
    "{names} are transposed because each sum runs over their rows (each has one, so nothing is added up), "
    "and @ sums over the columns of its left operand."
)
TRANSPOSED_LEFTS_SOME_OF_ONE = (
    "{names} are transposed because each sum runs over their rows (of {single} only one, so nothing is "
    "added up), and @ sums over the columns of its left operand."
)
STACK_TRANSPOSED_LEFT = (
    "Each matrix of {names} is transposed, {shape} to {turned}, because the sum runs over its {count} "
    "rows, and @ sums over the columns of its left operand."
)
STACK_TRANSPOSED_LEFT_OF_ONE = (
    "Each matrix of {names} is transposed, {shape} to {turned}, because the sum runs over its rows (here "
    "there is one, so nothing is added up), and @ sums over the columns of its left operand."
)
STACKS_TRANSPOSED_LEFT = (
    "The matrices of {names} are transposed because each sum runs over their rows, and @ sums over the "
    "columns of its left operand."
)
STACKS_TRANSPOSED_LEFT_OF_ONE = (
    "The matrices of {names} are transposed because each sum runs over their rows (each has one, so "
    "nothing is added up), and @ sums over the columns of its left operand."
)
STACKS_TRANSPOSED_LEFT_SOME_OF_ONE = (
    "The matrices of {names} are transposed because each sum runs over their rows (of {single} only one, "
    "so nothing is added up), and @ sums over the columns of its left operand."
)
TRANSPOSED_RIGHT = (
    "{names} is transposed, {shape} to {turned}, because the sum runs over its {count} columns, and @ "
    "sums over the rows of its right operand."
)
TRANSPOSED_RIGHT_OF_ONE = (
    "{names} is transposed, {shape} to {turned}, because the sum runs over its columns (here there is "
    "one, so nothing is added up), and @ sums over the rows of its right operand."
)
TRANSPOSED_RIGHTS = (
    "{names} are transposed because each sum runs over their columns, and @ sums over the rows of its "
    "right operand."
)
TRANSPOSED_RIGHTS_ALIKE = (
    "{names} are transposed, {shape} to {turned}, because each sum runs over their {count} columns, and @ "
    "sums over the rows of its right operand."
)
TRANSPOSED_RIGHTS_OF_ONE = (
    "{names} are transposed because each sum runs over their columns (each has one, so nothing is added "
    "up), and @ sums over the rows of its right operand."
)
TRANSPOSED_RIGHTS_SOME_OF_ONE = (
    "{names} are transposed because each sum runs over their columns (of {single} only one, so nothing is "
    "added up), and @ sums over the rows of its right operand."
)
STACK_TRANSPOSED_RIGHT = (
    "Each matrix of {names} is transposed, {shape} to {turned}, because the sum runs over its {count} "
    "columns, and @ sums over the rows of its right operand."
)
STACK_TRANSPOSED_RIGHT_OF_ONE = (
    "Each matrix of {names} is transposed, {shape} to {turned}, because the sum runs over its columns "
    "(here there is one, so nothing is added up), and @ sums over the rows of its right operand."
)
STACKS_TRANSPOSED_RIGHT = (
    "The matrices of {names} are transposed because each sum runs over their columns, and @ sums over the "
    "rows of its right operand."
)
STACKS_TRANSPOSED_RIGHT_OF_ONE = (
    "The matrices of {names} are transposed because each sum runs over their columns (each has one, so "
    "nothing is added up), and @ sums over the rows of its right operand."
)
STACKS_TRANSPOSED_RIGHT_SOME_OF_ONE = (
    "The matrices of {names} are transposed because each sum runs over their columns (of {single} only "
    "one, so nothing is added up), and @ sums over the rows of its right operand."
)
BRIEFLY_TRANSPOSED_LEFT = (
    "{names} is transposed: the sum runs over its rows, and @ sums over its left operand's columns."
)
BRIEFLY_TRANSPOSED_LEFTS = (
    "{names} are transposed: each sum runs over their rows, and @ sums over its left operand's columns."
)
BRIEFLY_TRANSPOSED_RIGHT = (
    "{names} is transposed: the sum runs over its columns, and @ sums over its right operand's rows."
)
BRIEFLY_TRANSPOSED_RIGHTS = (
    "{names} are transposed: each sum runs over their columns, and @ sums over its right operand's rows."
)
BRIEFLY_TRANSPOSED_LEFT_OF_ONE = (
    "{names} is transposed: the sum runs over its rows (here only one), and @ sums over its left operand's "
    "columns."
)
BRIEFLY_TRANSPOSED_LEFTS_OF_ONE = (
    "{names} are transposed: each sum runs over their rows (each has one), and @ sums over its left "
    "operand's columns."
)
BRIEFLY_TRANSPOSED_RIGHT_OF_ONE = (
    "{names} is transposed: the sum runs over its columns (here only one), and @ sums over its right "
    "operand's rows."
)
BRIEFLY_TRANSPOSED_RIGHTS_OF_ONE = (
    "{names} are transposed: each sum runs over their columns (each has one), and @ sums over its right "
    "operand's rows."
)
SUMS_OVER_ROWS = "The {transpose} makes @ sum over the rows of {names}, not over its columns."
SUMS_OVER_ROWS_OF_SEVERAL = "Each {transpose} makes @ sum over the rows of {names}, not over their columns."
SUMS_OVER_ITS_ROW = "The {transpose} makes @ sum over the rows of {names} (only one), not over its columns."
SUMS_OVER_THEIR_ROW = "Each {transpose} makes @ sum over the rows of {names} (one each), not their columns."
SUMS_OVER_LEFT_ROWS = "With {transpose}, @ sums over the rows of its left operand, not over the columns."
SUMS_OVER_COLUMNS = "The {transpose} makes @ sum over the columns of {names}, not over its rows."
SUMS_OVER_COLUMNS_OF_SEVERAL = (
    "Each {transpose} makes @ sum over the columns of {names}, not over their rows."
)
SUMS_OVER_ITS_COLUMN = (
    "The {transpose} makes @ sum over the columns of {names} (only one), not over its rows."
)
SUMS_OVER_THEIR_COLUMN = (
    "Each {transpose} makes @ sum over the columns of {names} (one each), not their rows."
)
SUMS_OVER_RIGHT_COLUMNS = "With {transpose}, @ sums over the columns of its right operand, not over the rows."
SUMS_OVER_LEFT_ROW = "With {transpose}, @ sums over the rows of its left operand: here there is only one."
SUMS_OVER_RIGHT_COLUMN = (
    "With {transpose}, @ sums over the columns of its right operand: here there is only one."
)
SUMS_OVER_BOTH = "Each {transpose} makes @ sum over the rows of {lefts} or the columns of {rights}."
SUMS_OVER_BOTH_SIDES = "Each {transpose} makes @ sum over a left operand's rows or a right one's columns."
TRANSPOSED_BOTH_SIDES = (
    "@ sums over the columns of its left operand and the rows of its right one. A sum that runs the other "
    "way needs a transpose: over the rows of {lefts}, over the columns of {rights}."
)
ONLY_ONE = "Of {single} there is only one, so nothing is added up."
AXES_MOVED_LEFT = (
    "The axes of {name} are taken in the order {order} because the sum runs over axis {axis}, and @ sums "
    "over the last axis of its left operand."
)
AXES_MOVED_RIGHT = (
    "The axes of {name} are taken in the order {order} because the sum runs over axis {axis}, and @ sums "
    "over the last axis but one of its right operand."
)
VECTOR_TRANSPOSED = "{name} has one axis, so that a transpose of it changes nothing."
ALREADY_TRANSPOSED = (
    "{name} is {source}: step {step} has transposed it, so the sum runs over the columns of {original}."
)
ALREADY_TRANSPOSED_OF_ONE = (
    "{name} is {source}: step {step} has transposed it, so the sum runs over the columns of {original} "
    "(here there is one, so nothing is added up)."
)
BRIEFLY_ALREADY_TRANSPOSED = "{name} is {source}: step {step} has transposed it."
BRIEFLY_TRANSPOSED_BACK = "The forward pass took {text}; a transpose of that is {name} again."
TRANSPOSED_BACK = (
    "{name} appears here without a transpose: the forward pass took {text}, and a transpose of that is "
    "{name} again."
)
TURNED_BACK = (
    "The forward pass takes {name} with its axes in another order, and they are put back in place here."
)
BRIEFLY_TURNED_BACK = "The axes of {name} that the forward pass moved go back in place."
TAKEN_BOTH_WAYS = "{turned} is added because the forward pass takes {name} transposed, too."
ROWS_LAID_OUT = "reshape puts all rows of {names} below one another."
RESHAPED_BACK = (
    "The forward pass reshapes {inner} from {before} to {after}; here reshape takes the gradient back to "
    "{before}."
)
RESHAPED_ALIKE = "{text} appears here as in the equation of {reader}."
CARRIED = "The leading axis is carried along: one product for each {letters}."
CARRIED_SHARED = (
    "The leading axis is carried along: one product for each {letters}, all with the same {name}."
)
CARRIED_MANY = "The leading axes are carried along: one product for each {letters}."
CARRIED_MANY_SHARED = (
    "The leading axes are carried along: one product for each {letters}, all with the same {name}."
)
CARRIED_COUNT = "@ goes over the last two axes: {count} products, one for each place in the leading axes."
CARRIED_COUNT_SHARED = (
    "@ goes over the last two axes: {count} products, one for each place in the leading axes, all with the "
    "same {name}."
)
AS_COLUMN = "{index} makes a column of {name}: one number for each row, the same in every column."
TAKES_AXIS_AWAY = "{text} takes away the axis that {made} added in the equation of {reader}."
SUMMED_BACK = "{text} adds up what comes back, because the forward pass uses one number in {count} places."
SUMMED_BACK_EACH = (
    "Each of {text} adds up what comes back, because the forward pass uses one number in {count} places."
)
NEW_AXIS = "None in {text} adds an axis, along which the numbers of {name} are the same."
SOFTMAX_OVER = "softmax over {letter} ({argument})"
CONDITION_COUNTS = "{condition} counts as 1 where it holds, else as 0."
CONDITIONS_COUNT = "A condition in parentheses counts as 1 where it holds, else as 0."
SAME_FOR_EVERY = "{names} has the same number for every {letter}."
SAME_FOR_EVERY_MANY = "{names} have the same numbers for every {letter}."
TRANSPOSED_BESIDE = "Row j of {name} is column j of {text}: the same numbers, transposed."
COLUMN_AS_ROW = (
    "The forward pass multiplies each row of {by} by the column {name}, so the column appears here as a row."
)
STACK_TRANSPOSED = "In each matrix of {name} row j is column j here: the same numbers, transposed."
AXES_MOVED = "The axes of {name} are here in the order {order}: the same numbers in other places."
TRANSPOSED_WAY_BACK = (
    "{name} leads from {by} (its rows) to {of} (its columns). The way back leads from {of} to {by}, so "
    "{name} is transposed."
)
BRIEFLY_WAY_BACK = (
    "{name} leads from {by} to {of}. The way back leads from {of} to {by}, so {name} is transposed."
)
WAY_BACK = "{name} is transposed because the way back leads from {of} to {by}."
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
INITIAL_WEIGHT_HELD = "initial weight, fixed"
INITIAL_BIAS_HELD = "initial bias, fixed"
STEP = "step {step}"
STEP_OF_ITERATION = "step {step} of iteration {iteration:,}"
EDITED = "{write}, edited"
NOT_DONE_YET = "{step}, not done yet"
NEVER_RAN = "{name} has no number yet: its line did not run in iteration {iteration}"
NOT_COMPUTED = "{name} is not computed yet: step {step} computes it"
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
"""The shape that a reshape gives, after its operand: flat = pool as 3×8."""
REMAINDER = "{dividend} mod {divisor}"
"""The place in an axis that repeats: ⌊j/4⌋ mod 3."""
IF = "if"
ELSE = "else"
REPEATED = ", {count} times"
