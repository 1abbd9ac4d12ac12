"""What a person reads about equations and positions, as templates with named slots."""

from __future__ import annotations

# Equations
UNKNOWN_EQUATION = "there is no equation {name}; the equations are {names}"
UNKNOWN_EQUATION_DID_YOU_MEAN = "there is no equation {name}; did you mean {suggestion}?"
ABOUT_EQUATION = "{equation}: {problem}"
NOT_A_WHOLE_NUMBER = "{name} holds whole numbers, which are indices; got {value}"
WRONG_SHAPE = "expected the shape {expected}, got {got}"
NOT_COMPUTED_YET = "{name} is not computed yet when {equation} is computed"

# What cannot be derived
WRITTEN_TWICE = "this name is written twice; give the second result a name of its own"
EXISTS_FROM_THE_START = "a tensor of this name exists from the start; give the result a name of its own"
LOSS_NOT_A_NUMBER = "the loss has the shape {shape}; expected a single number, as sum or mean gives"
LOSS_WITHOUT_PARAMETER = (
    "the loss does not depend on {parameter}; use it in an equation that the loss reads, or remove it"
)
NO_SLOPE = (
    "{operation} has the derivative 0 everywhere: {parameter} gets no gradient; "
    "use a function with a slope, like tanh"
)
CALLS_A_TENSOR = "{equation} calls the function {name}; give the tensor another name"
NO_DERIVATIVE = "the derivative of {operation} is not known"
NO_DERIVATIVE_FIRST_AXIS = "the derivative of {operation} is not known; index the first axis"
NO_DERIVATIVE_WRITE = "the derivative of {operation} is not known; write {replacement}"
NO_DERIVATIVE_OF_COLUMN = (
    "the derivative of {operation} is not known; for one number from each row, write {replacement}"
)
NO_DERIVATIVE_OF_PICK = (
    "the derivative of {operation} is not known: expected two indices with one axis each, of the same length"
)
NO_DERIVATIVE_ONE_SLICE = (
    "the derivative of {operation} is not known with other indices; take one slice at a time"
)
NO_DERIVATIVE_VARYING = (
    "the derivative of {operation} is not known: the size of an axis that it cuts differs between batches"
)
TWO_AXES_DIFFER = "{expression}: two axes differ between batches"

# What the article's derivation requires
ROWS_NEED_TWO_LAYERS_ONE = 'derivation = "rows" needs two layers, got {count} layer'
ROWS_NEED_TWO_LAYERS_MANY = 'derivation = "rows" needs two layers, got {count} layers'
ROWS_NEED_ONE_SAMPLE = 'derivation = "rows" needs a single sample, got {count}'
ROWS_NEED_ONE_OUTPUT = 'derivation = "rows" needs one output, got {count}'
ROWS_NEED_FIXED_BIASES = (
    'derivation = "rows" needs fixed biases or none: update_biases = false, or bias = false in each layer'
)
ROWS_NEED_NO_L2 = 'derivation = "rows" needs a loss without l2'
ROWS_NEED_NO_SOFTMAX = 'derivation = "rows" needs an activation other than softmax'

# Running values
RUNNING_SHAPE = "a running value of {of} has its shape, {expected}; got {got}"

# Positions
POSITION_FORMS = (
    "42, +5, -5, i10, i10:delta_V, delta_V, forward, loss, backward, update, i10:backward, or a mark"
)
POSITION_FORMS_OF_SCRIPT = (
    "42, +5, -5, i10, i10:{name}, {name}, {line}, forward, loss, backward, update, or a mark"
)
NO_EQUATION_ON_LINE = "{text} has no equation; the nearest lines that have one: {lines}"
NO_SUCH_FILE = "{text} is in no file of this script; the files are {files}"
NO_POSITION = "{text} is not a position; expected {forms}"
NO_POSITION_DID_YOU_MEAN = "{text} is not a position; did you mean {suggestion}?"
NO_POSITION_IN_ITERATION_DID_YOU_MEAN = (
    "{text} is not a position; did you mean {suggestion}? "
    "After i{iteration}: a phase ({phases}) or an equation: {names}"
)
NO_POSITION_IN_ITERATION = (
    "{text} is not a position; after i{iteration}: expected a phase ({phases}) or an equation: {names}"
)
BEFORE_THE_START = "{text} from n = {n:,} is before the start"
N_BEFORE_THE_START = "n = {n:,} is before the start"
TOO_FAR = "{text} is past the last position, n = {limit:,}"
