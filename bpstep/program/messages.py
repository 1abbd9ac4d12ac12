"""What a person reads about equations and positions, as templates with named slots."""

from __future__ import annotations

# Equations.
UNKNOWN_EQUATION = "there is no equation {name}; the equations are {names}"
ABOUT_EQUATION = "{equation}: {problem}"
WRITTEN_TWICE = "is written twice; give the second result a name of its own"
EXISTS_FROM_START = "exists from the start; give the result a name of its own"
WRONG_SHAPE = "expected the shape {expected}, got {got}"
NOT_COMPUTED_YET = "reads {name}, which is not computed yet when {equation} is done"

# What the article's derivation needs.
ROWS_NEED_TWO_LAYERS_ONE = 'derivation = "rows" needs two layers, got {count} layer'
ROWS_NEED_TWO_LAYERS_MANY = 'derivation = "rows" needs two layers, got {count} layers'
ROWS_NEED_ONE_SAMPLE = 'derivation = "rows" needs a single sample, got {count}'
ROWS_NEED_ONE_OUTPUT = 'derivation = "rows" needs one output, got {count}'
ROWS_NEED_HELD_BIASES = (
    'derivation = "rows" needs held biases or none: update_biases = false, or bias = false in each layer'
)
ROWS_NEED_NO_SOFTMAX = 'derivation = "rows" needs another activation than softmax'

# Positions.
POSITION_FORMS = (
    "42, +5, -5, i10, i10:delta_V, delta_V, forward, loss, backward, update, i10:backward, or a mark"
)
NO_POSITION = "{text} is not a position; expected {forms}"
NO_POSITION_DID_YOU_MEAN = "{text} is not a position; did you mean {suggestion}?"
NO_POSITION_IN_ITERATION = (
    "{text} is not a position; after i{iteration}: expected a phase ({phases}) or an equation: {names}"
)
BEFORE_THE_START = "{text} from n = {n:,} is before the start"
N_BEFORE_THE_START = "n = {n:,} is before the start"
TOO_FAR = "{text} is past the last position, n = {limit:,}"
