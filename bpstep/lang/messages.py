"""Every sentence of the expression language that a person reads, as templates with named slots."""

from __future__ import annotations

# Cells and numbers as people type them.
NOT_A_CELL = "{text} is not a cell; expected a name with indices, like W[0,1]"
NOT_A_NUMBER = "{text} is not a number; try 0.5 or 1e-3"
NOT_AN_ASSIGNMENT = "{text} sets nothing; expected a cell and a number, like W[0,1]=0.5"

# The text of an expression.
TOO_LONG = "the expression has {length:,} characters; at most {limit:,} are allowed"
TOO_DEEP = "the expression is nested more than {limit} deep"
TOO_MANY_OPERATIONS = "the expression has more than {limit:,} operations once its activations are expanded"
TOO_MUCH_WORK = "the expression computes {numbers:,} numbers; at most {limit:,} are allowed"
FORBIDDEN_CHARACTER = "the character {character} is not allowed in an expression"
FORBIDDEN_CHARACTER_WRITE = "the character {character} is not allowed in an expression; write {replacement}"
FORBIDDEN_SPACE = "the character U+{code} is a space that no expression may contain; write a plain one"
NOT_AN_EXPRESSION = "not an expression: {reason}"
NOT_AN_EXPRESSION_AT = "not an expression: {reason} at column {column}, near {text}"
NOT_AN_EXPRESSION_AT_END = "not an expression: {reason} at the end"
NO_EXPRESSION = "not an expression: nothing is written; expected one like Y - labelY"
RIGHT_SIDE_ONLY = "not an expression: write only what follows the = sign"
NUMBER_TOO_LARGE = "the expression has a number that is too large"
NOT_FINITE = "{value} is not a finite number"

# Names.
NOT_COMPUTED_BEFORE = "{name} is not computed before this equation, so it cannot be read here"
FUNCTION_WITHOUT_ARGUMENT = "{name} is a function and needs an argument: {name}(…)"
UNKNOWN_TENSOR = "no tensor is called {name}; the tensors are {names}"
UNKNOWN_TENSOR_HERE = "no tensor is called {name}"
UNKNOWN_TENSOR_NO_OTHERS = "no tensor can be read here, got {name}"
UNKNOWN_TENSOR_WRITE = "no tensor is called {name}; write {replacement}"
UNKNOWN_TENSOR_DID_YOU_MEAN = "no tensor is called {name}; did you mean {suggestion}?"

# Functions and methods.
UNKNOWN_FUNCTION = "{name} is not a function here; the functions (see bpstep functions) are {functions}"
UNKNOWN_FUNCTION_DID_YOU_MEAN = "{name} is not a function here; did you mean {suggestion}?"
UNKNOWN_FUNCTION_WRITE = "{name} is not a function here; write {replacement}"
UNKNOWN_FUNCTION_NUMBERS = (
    "{name} is not a function here; give the numbers a name, in [constants] of a network file"
)
NOT_COMPUTED = "{name} is not known here, and no other function computes it"
NOT_NEEDED = "{name} is not needed here; leave it out"
UNKNOWN_METHOD = "{method} is not a method here; expected one of {methods}"
UNKNOWN_METHOD_WRITE = "{method} is not a method here; write {replacement}"
UNKNOWN_ATTRIBUTE = "{attribute} is not available; expected .T or one of the methods {methods}"
UNKNOWN_ATTRIBUTE_WRITE = "{name} is not available; write {replacement}"
UNKNOWN_MODULE_MEMBER = "{name} is not available; bpstep functions lists what is"
WRONG_ARGUMENT_COUNT_ONE = "{name} takes {count} argument, got {got}"
WRONG_ARGUMENT_COUNT_MANY = "{name} takes {count} arguments, got {got}"
WRONG_ARGUMENT_COUNT_RANGE = "{name} takes {fewest} to {most} arguments, got {got}"
TOO_FEW_ARGUMENTS = "{name} takes {fewest} arguments or more, got {got}"
LIST_ARGUMENT = "{name} takes a list: {name}([a, b])"
ONE_ARRAY = "{name} takes one array; for two write {other}({arrays})"
REPEAT_ARGUMENT = "repeat takes a whole number of times, 1 or more: repeat(a, 3)"
ONE_HOT_ARGUMENT = "one_hot takes a number of classes, 1 or more: one_hot(labels, 10)"
WHOLE_ARGUMENT = "{name} takes whole numbers, as in {call}"
EINSUM_INDICES_FIRST = 'einsum takes its indices first: einsum("ij,jk->ik", a, b)'
EINSUM_INDICES = 'einsum takes its indices as "ij,jk->ik", one group for each tensor'
EINSUM_INDEX_TWICE = "einsum takes each index once in each tensor; the result has only indices of the tensors"
RESHAPE_ARGUMENT = ".reshape takes whole numbers: .reshape(3, 1)"
UNKNOWN_ARGUMENT = "{name} does not take the argument {argument}"
UNKNOWN_ARGUMENT_EXPECTED = "{name} does not take the argument {argument}; expected {expected}"
UNKNOWN_ARGUMENT_WRITE = "{name} does not take the argument {argument}; write {replacement}"
SOFTMAX_AXIS = "softmax does not take the argument {argument}; it always goes along the last axis"
VARIANCE_ARGUMENT = (
    "{name} does not take the argument {argument}; to divide by n - 1, write "
    "sum((x - mean(x))**2) / (n - 1), or its root"
)
CLIP_ONE_END = "clip takes two numbers; write {replacement}"
REPEATED_ARGUMENT = "{name} got the argument {argument} twice"
AXIS_ARGUMENT = "{name}: axis is a whole number or several, like axis=0 or axis=(0, 1)"
ONE_AXIS = "{name}: axis is one whole number, like axis=0"
KEEPDIMS_ARGUMENT = "{name}: keepdims is True or False"

# Python that the language lacks: what it is, and what to write instead, if anything.
NOT_ALLOWED = "{what} is not allowed in an expression"
NOT_ALLOWED_WRITE = "{what} is not allowed in an expression; write {replacement}"
LIST_NOT_ALLOWED = (
    "{what} is not allowed in an expression; give its numbers a name, in [constants] of a network file"
)
CONDITIONAL = "{expression} is not allowed; write {replacement}"
A_COMMA = "a comma outside a function is not allowed; a decimal number has a point, like 0.5"
UNKNOWN_OPERATOR = "the operator {operator} is not allowed; the operators are + - * / ** @"
POWER_OPERATOR = "the operator ^ is not allowed; write ** for a power"
UNKNOWN_OPERATOR_WRITE = "the operator {operator} is not allowed; write {replacement}"
UNKNOWN_COMPARISON = "the comparison {operator} is not allowed; the comparisons are < <= > >= == !="
CHAINED_COMPARISON = "a chain of comparisons is not allowed; write {replacement}"
BAD_INDEX = "[{index}]: an index is a whole number, a slice, None or a tensor of whole numbers"
COMPUTED_SLICE = "[{index}]: a slice begins and ends at written whole numbers, like [1:3]"
CONDITION_AS_INDEX = "[{index}]: a condition is not an index; write where({index}, x, 0)"
DOTS_AS_INDEX = "[{index}]: an index has no dots; write : for each axis that is taken whole"
NOT_WHOLE = "[{index}]: an index is a whole number or a tensor of whole numbers"
INDEX_OUT_OF_RANGE = "{expression}: {part} can be {number}, and there is no such index in the shape {shape}"
ONE_HOT_OUT_OF_RANGE = (
    "{expression}: {part} can be {number}, and {count} classes have the numbers from 0 to {last}"
)
HIDDEN_FUNCTION = (
    "{name} is a tensor here, so the function {name} cannot be called; give the tensor another name"
)
HIDDEN_FUNCTION_INSIDE = (
    "{name} is a tensor here, and this is computed with the function {name}; give the tensor another name"
)

SYNTAX_NAMES = {
    "Lambda": "a lambda",
    "ListComp": "a list comprehension",
    "SetComp": "a set comprehension",
    "DictComp": "a dictionary comprehension",
    "GeneratorExp": "a generator expression",
    "NamedExpr": "an assignment with :=",
    "JoinedStr": "a formatted string",
    "List": "a list",
    "Tuple": "a tuple",
    "Set": "a set",
    "Dict": "a dictionary",
    "Starred": "unpacking with *",
    "Yield": "yield",
    "YieldFrom": "yield from",
    "Await": "await",
    "Slice": "a slice outside brackets",
}
"""The reader's word for each kind of refused syntax, by the name of its syntax tree node."""

UNKNOWN_SYNTAX = "this syntax"
SYNTAX_WITH_TEXT = "{what} ({text})"
A_VALUE = "the value {value}"
UNPACKING = "**"

# Shapes.
ONE_NUMBER = "one number"
SHAPE_TOO_LARGE = "{expression} would have the shape {shape}; at most {limit:,} cells are allowed"
SHAPES_DO_NOT_FIT = "{expression}: the shapes {shapes} do not fit together"
MATMUL_SHAPES = "{expression}: the shapes {left} @ {right} do not fit together"
MATMUL_TOO_LARGE = "{expression}: {left} @ {right} is too much work for one step"
TOO_MANY_INDICES = "{expression}: {count} indices for the shape {shape}"
NO_SUCH_INDEX = "{expression}: there is no index {index} in the shape {shape}"
TOO_MANY_AXES = "{expression} would have {count} axes; at most {limit} are allowed"
NOT_WHOLE_NUMBERS = "{expression}: expected whole numbers"
AXIS_TWICE = "{expression}: an axis is named twice"
INDICES_APART = "{expression}: indices by tensors must be side by side"
DOT_OF_STACKS = "{expression}: the second argument of dot has at most two axes; use @"
ZERO_STEP = "{expression}: the step must not be 0"
EVERY_AXIS_ONE = "{expression}: expected axis 0, the only one"
EVERY_AXIS_MANY = "{expression}: expected each of {count} axes once"
PAD_WIDTHS_ONE = "{expression}: expected one pair of whole numbers, like ((1, 1),)"
PAD_WIDTHS_MANY = "{expression}: expected a pair of whole numbers for each of {count} axes"
WINDOW_LENGTHS_ONE = "{expression}: expected one length, for the axis it slides along"
WINDOW_LENGTHS_MANY = "{expression}: expected a length for each of {count} axes"
NO_SUCH_WINDOW = "{expression}: no window of {length} fits into the shape {shape}"
OVERLAP_ADD_AXIS = "{expression}: expected the axis of the windows, like axis=1"
EINSUM_RANK = "{expression}: the indices {indices} do not fit the shape {shape}"
EINSUM_SIZES = "{expression}: the axes of the index {index} have {one} and {two} cells"
EINSUM_TOO_LARGE = "{expression} is too much work for one step"
ZERO_SLICE_STEP = "the step of a slice must not be 0"
NO_SUCH_AXIS_ONE = "{expression}: there is no axis {axis}; there is {count} axis, counted from 0"
NO_SUCH_AXIS_MANY = "{expression}: there is no axis {axis}; there are {count} axes, counted from 0"
NOTHING_TO_REDUCE = "{expression}: {function} needs at least one number"
CONCATENATED_NUMBERS = "{expression}: single numbers cannot be concatenated"
RESHAPE_DOES_NOT_FIT_ONE = "{expression}: the shape {shape} has {count} cell and does not fit"
RESHAPE_DOES_NOT_FIT_MANY = "{expression}: the shape {shape} has {count} cells and does not fit"
