"""What a person reads about network files, as templates with named slots; each follows FILE:LINE."""

from __future__ import annotations

# TOML
NOT_TOML = "not valid TOML: {reason}"
TOO_DEEP = "nested deeper than {limit} levels; no network file needs that"
HUGE_INTEGER = "a whole number of thousands of digits is out of range"

# Keys
UNKNOWN_KEY = "unknown key {key}; expected one of {keys}"
UNKNOWN_KEY_DID_YOU_MEAN = "unknown key {key}; did you mean {suggestion}?"
KEY_BELONGS_ELSEWHERE = "unknown key {key}; {hint}"
MISSING_KEY = "{key} is missing; expected here: {keys}"
MISSING_ONE_KEY = "{key} is missing"
MISSING_CHOICE = "{key} is missing; expected one of {names}"
DID_YOU_MEAN = "did you mean {suggestion}?"

# Where a key belongs that is in the wrong table, or what to use instead of another program's key
HINT_LAYER_KEY = "it belongs in a layer, under [[layers]]"
HINT_DATA_KEY = "it belongs under [data]"
HINT_OPTIMIZER_OPTION = "it belongs under [optimizer_options]"
HINT_EXPECT_KEY = "it belongs under [[expect]]"
HINT_TOP_LEVEL_KEY = "it belongs at the top of the file, before the first table"
HINT_DECAY = (
    'l2 = 0.01 adds a penalty for large weights; weight_decay under [optimizer_options] is for "adamw"'
)
HINT_MEANT = "the key is {key}"
HINT_MEANT_TOP = "the key is {key}, at the top of the file, before the first table"
HINT_MEANT_LAYER = "the key is {key}, in a layer, under [[layers]]"
HINT_MEANT_DATA = "the key is {key}, under [data]"
HINT_MEANT_OPTION = "the key is {key}, under [optimizer_options]"
HINT_MEANT_EXPECT = "the key is {key}, under [[expect]]"
HINT_BETAS = "the constants are beta1 and beta2"
HINT_EQUATIONS = "equations belong under [program], one on each line of forward"
HINT_SCHEDULE = (
    "a schedule is a table of the learning rate: "
    'learning_rate = {{ start = 0.1, kind = "step", factor = 0.5, every = 10 }}'
)
HINT_LAYER_NAME = "layers have no names; they are counted from the input"
HINT_LAYER_KIND = "every layer is fully connected; [program] forward gives other kinds as equations"
HINT_ITERATIONS = "a network file has no number of iterations: step as far as you like"
HINT_VALIDATION = "samples to test on are given under [data]: test = 0.2, or test_file"
HINT_INPUT_SIZE = "the number of inputs follows from [data]; expected weights, or units and init"

# Values
WRONG_VALUE = "{key} is {value}; expected {expected}"
WRONG_VALUE_DID_YOU_MEAN = "{key} is {value}; did you mean {suggestion}?"
A_STRING = "a string"
ONE_LINE = "one line without control characters"
ONE_OF = "one of {names}"
TRUE_OR_FALSE = "true or false"
WHOLE_NUMBER = "a whole number from {low:,} to {high:,}"
FINITE_NUMBER = "a finite number"
NUMBER_LIST_ONE = "a list of {count} finite number"
NUMBER_LIST_MANY = "a list of {count} finite numbers"
BIAS_LIST_ONE = "a list of {count} finite number, or false for none"
BIAS_LIST_MANY = "a list of {count} finite numbers, or false for none"
WRONG_LENGTH_ONE = "{key} has {count} number; expected {expected}, one for each unit"
WRONG_LENGTH_MANY = "{key} has {count} numbers; expected {expected}, one for each unit"
ROWS_PER_SAMPLE = "rows of numbers, one for each sample, like [[0.1, 0.2], [0.3, 0.4]]"
ROWS_PER_INPUT = "rows of numbers, one for each input, like [[0.1, 0.2], [0.3, 0.4]]"
EMPTY_ROW = "{key}: row {row} is empty"
RAGGED_ROW_ONE = "{key}: row {row} has {count} number; expected {expected}, as in row 0"
RAGGED_ROW_MANY = "{key}: row {row} has {count} numbers; expected {expected}, as in row 0"
WRONG_CELL = "{key}[{row},{column}] is {value}; expected a finite number"
COLUMN_NAMES = 'a list of column names, like ["x1", "x2"]; "x1..x9" is a range and "others" all the rest'
NAME_LIST = 'a list of names, like ["cat", "dog"]'
REPEATED_COLUMN = "{key} names {name} {times} times; expected different columns"
A_TABLE = "a table, [{key}]"
TABLES = "an array of tables, [[{key}]]"
NOT_NEGATIVE = "a number, 0 or more"
ONE_DISTRIBUTION = "{first} and {second} in one init; expected one of them"
INTERVAL = "the lowest and the highest number to draw, like [-1, 1]"
POSITIVE = "a number above 0"
FRACTION = "a number from 0 up to, but not including, 1"

# What a value is
HUGE_WHOLE_NUMBER = "a huge whole number"
EMPTY_LIST = "an empty list"
A_LIST = "a list"
A_TABLE_VALUE = "a table"
A_DATE = "a date or a time"
AN_OBJECT = "an object of type {kind}"

# The network
NO_LAYERS = "layers is an empty list; expected at least one layer"
TOO_MANY_LAYERS = "the file has {count:,} layers; at most {limit:,} are allowed"
TOO_LARGE = "the network grows to {count:,} numbers; at most {limit:,} are allowed"
SOFTMAX_NOT_LAST = "softmax in a hidden layer; it is allowed in the last layer only"
WEIGHTS_AND_OTHER = "{key} and weights in one layer; expected weights, or units and init to draw them"
NO_UNITS = "the layer has no units; expected weights, or units to have them drawn"
WEIGHTS_TURNED = (
    "weights has the shape {shape}, which fits {expected} inputs the other way round: "
    "set weights_layout = {layout}"
)
WEIGHT_ROWS_INPUTS_ONE = "weights has {count} row; expected {expected}, one for each input of the network"
WEIGHT_ROWS_INPUTS_MANY = "weights has {count} rows; expected {expected}, one for each input of the network"
WEIGHT_ROWS_UNITS_ONE = "weights has {count} row; expected {expected}, one for each unit of the layer before"
WEIGHT_ROWS_UNITS_MANY = (
    "weights has {count} rows; expected {expected}, one for each unit of the layer before"
)
LABEL_ROWS_ONE = "{key} has {count} row; expected {expected}, one for each row of inputs"
LABEL_ROWS_MANY = "{key} has {count} rows; expected {expected}, one for each row of inputs"
LABEL_COLUMNS_ONE = "labels has {count} column; expected {expected}, one for each unit of the last layer"
LABEL_COLUMNS_MANY = "labels has {count} columns; expected {expected}, one for each unit of the last layer"
CLASS_OUTSIDE = (
    "{key}[{row}] is class {value}; expected a whole number from 0 to {limit}: "
    "the classes are counted from 0, one for each unit of the last layer, or are those in label_names"
)
CLASS_NAME = "class {number}"
CLASSES_AND_UNITS_ONE = (
    "labels has {count} class, {names}; expected {expected}, one for each unit of the last layer"
)
CLASSES_AND_UNITS_MANY = (
    "labels has {count} classes, {names}; expected {expected}, one for each unit of the last layer"
)
TWO_CLASSES_FOR_ONE_UNIT = (
    "labels has {count} classes, {names}; expected two for a single unit, or one unit for each class"
)
UNKNOWN_CLASS = "{key}[{row}] is {value}, which label_names lacks; expected one of {names}"
WORDS_IN_ROWS = '{key} has a word in each row; expected a list of words, like ["cat", "dog"]'
MIXED_LABELS = "{key}[{row}] is {value}; expected a word, as {key}[0] is"
NO_CLASS = "{key}[{row}] is {value}; expected a class number, a word or a row of numbers"
LABELS = 'rows of numbers, class numbers or words, one for each sample, like ["cat", "dog"]'
LABEL_COUNT_ONE = "{key} has {count} label; expected {expected}, one for each row of inputs"
LABEL_COUNT_MANY = "{key} has {count} labels; expected {expected}, one for each row of inputs"
HEADER_WITHOUT_FILE = "header says how a CSV file begins; expected file or test_file beside it"
REDUCTION_WITHOUT_L2 = "l2_reduction needs l2, the strength of the penalty"
TEST_NEEDS_BOTH = "{missing} is missing; {given} needs it"
ONE_WAY_TO_TEST = "{first} and {second} both give samples to test on; expected one of them"
TEST_COLUMNS_ONE = "{key} has {count} column of inputs; expected {expected}, as in inputs"
TEST_COLUMNS_MANY = "{key} has {count} columns of inputs; expected {expected}, as in inputs"
TEST_WIDTH = "no data has {count} columns; expected the columns of the inputs"
TEST_SHAPE = "no data has samples of shape {shape}; expected that of the inputs"
TEST_CLASS = (
    "labels[{row}] is class {value}; expected a whole number from 0 to {limit}, a class for each column of "
    "{outputs}"
)
TEST_LABEL_COLUMNS_ONE = (
    "labels has {count} column; expected {expected}, one for each column of {outputs}, or numbers of classes"
)
TEST_LABEL_COLUMNS_MANY = (
    "labels has {count} columns; expected {expected}, one for each column of {outputs}, or numbers of classes"
)
TEST_PART = "a fraction of the {count} samples, above 0 and below 1, that leaves one to train on, like 0.2"
OTHER_TEST_LABELS = "the labels to test on are of a different kind from labels; expected the same columns"
NEW_TEST_CLASS = "class {name} is in no sample that is trained on; expected classes of labels"
TOO_MANY_LABELS = "one-hot labels have {count:,} numbers; at most {limit:,} are allowed"
WEIGHT_COLUMNS_ONE = "weights has {count} column; expected {expected}, one for each input of the layer"
WEIGHT_COLUMNS_MANY = "weights has {count} columns; expected {expected}, one for each input of the layer"
SQUARE_WEIGHTS = (
    "All given weights are square and are read with one row for each input; "
    'say which way round they are with weights_layout = "inputs, units" or "units, inputs".'
)
BESIDE_LAYER_OPTIONS = "{key} cannot be combined with the normalization or dropout of a layer"
BATCH_OF_ONE = (
    'a batch has one sample only: beside test data, normalization = "batch" needs two or more in every batch'
)
RUNNING_NAME = "{name} is not a running value; expected running_ and the name of a forward equation"
DROPOUT_LAST = "dropout is for the layers before the last; the outputs are never dropped"
TWO_EPSILONS = "give epsilon or epsilon_hat, not both: epsilon_hat takes the place of epsilon"
NO_OPTIONS = "{key} is not an option of {optimizer}, which has none"
OPTION_OF_OTHERS = "{key} is not an option of {optimizer}; optimisers that have it: {names}"
MISPLACED_OPTION = "{key} is not an option of {optimizer}; {hint}"
UNKNOWN_OPTION = "{key} is not an option of {optimizer}; expected one of {names}"
NAME_WITH_CONTROLS = "the file's name has control characters"
READS_NO_FILE = "a network that was sent holds its numbers itself and reads no file"
CSV_FILE = "the name of a CSV file"

# A network file as a starting point: its comments, and its errors
NEW_TITLE = "A network to begin with. bpstep manual network-files has every key."
NEW_LOSS = "how far the outputs are from the labels"
NEW_REDUCTION = "over the samples of a batch"
NEW_OPTIMIZER = "or sgd, momentum, nesterov, rmsprop, adagrad, adamw"
NEW_RATE = "the size of a step"
NEW_BATCH = "samples in an iteration; 0: all"
NEW_SHUFFLE = "a new order each epoch"
NEW_SEED = "another seed gives other weights and another order"
NEW_FILE = "relative to this file"
LAST_BATCH_OF_ONE = (
    "this fits {usual} samples only, and the last batch has one; "
    "take sizes from a tensor, as in size(x, 0), or a batch_size that divides {total}"
)
LAST_BATCH = (
    "this fits {usual} samples only, and the last batch has {last}; "
    "take sizes from a tensor, as in size(x, 0), or a batch_size that divides {total}"
)
WHOLE_BATCH_ONLY = (
    "this fits all {total} samples at once, and a batch has {usual}: take sizes from a tensor, as in "
    "size(x, 0), and put what has a row for each sample under [data]"
)
FOR_BATCHES = "{problem}; {reason}"
NEW_INPUTS = "the columns to predict from"
NEW_HEADER = "the first line is a sample; the columns are called c1, c2 …"
NEW_LEFT_OUT = "The column {name} is left out: in line {line} it is not a number."
NEW_ROW_NUMBER = "The column {name} is left out: its name says that it numbers the rows."
NEW_LABELS = "the column to predict; --labels chooses another one"
NEW_NUMBERED_CLASSES = (
    "The labels are {count} whole numbers, taken as classes; --layers {layers} takes them as numbers to fit."
)
NEW_WHOLE_NUMBERS = (
    "The labels are {count} whole numbers, taken as numbers to fit; --layers {layers} takes them as classes."
)
NEW_TEST = "the fraction of the samples that is held out, to test on"
NEW_SCALE = (
    "The numbers are large or differ a lot in size: "
    "training works better on columns with mean 0 and standard deviation 1."
)
NEW_NORMALIZATION = (
    "the inputs are large, so the net inputs are scaled; "
    "the scores mean little until the running values have settled"
)
NEW_OUTPUT = "as many as the labels need"
NEW_CLASSES = "the labels have {count} classes and the last layer {units} units; expected as many"
NEW_MANY_CLASSES = "the labels have {count} classes; at most {limit}: choose another column with --labels"
NEW_SPREADSHEET = "expected a CSV file; save the sheet as CSV in UTF-8"
NEW_NETWORK = "expected a CSV file, got a network file; bpstep {path} opens it"
NEW_SCRIPT = "expected a CSV file, got a script; bpstep {path} opens it"
NEW_ONE_COLUMN = (
    "the only column is {name}; expected columns that are separated by commas, tabs or semicolons"
)
NEW_ONE_CLASS = "the labels are all the same; expected at least two classes"
NEW_ONE_NUMBER = "the labels are numbers and the last layer has {units} units; expected 1"
NO_NUMBERS_TO_LEARN_FROM = (
    "no column beside the labels has a number in every line; {name} has none in this one"
)

# Arrays in other files
ARRAY_FILE = "the name of a .safetensors or .npz file"
STORED_KIND = "arrays are read from .safetensors and .npz files, as numpy.savez writes them"
NOT_STORED = "not a {kind} file"
ABOUT_FILE = "{file}: {problem}"
STORED_SEVERAL = "the file has several arrays; add name = with one of {names}"
STORED_NAME = "there is no array {name}; expected one of {names}"
STORED_DID_YOU_MEAN = "there is no array {name}; did you mean {suggestion}?"
STORED_BROKEN = "array {name} is broken: its size is not that of its numbers"
STORED_DTYPE = "array {name} holds {kind}; expected numbers: {kinds}"
STORED_NOT_FINITE = "array {name} has NaN or infinity; expected finite numbers"
TWO_AXES = "two axes"
STORED_SHAPE = "the array has the shape {shape}; expected {expected}"

# Published values
UNKNOWN_TENSOR = "there is no tensor {name}; expected one of {names}"
UNKNOWN_TENSOR_DID_YOU_MEAN = "there is no tensor {name}; did you mean {suggestion}?"
NOT_ONE_CELL = "{name} has shape {shape}; expected one of its cells, like {example}"
CELL_OUTSIDE = "{cell} is outside: {name} has shape {shape}, and cells are counted from 0"
DECIMALS_OR_DIGITS = "expected decimals or digits, one of the two"

# CSV files
CSV_EMPTY = "the file is empty; expected a line with the names of the columns"
CSV_ROW_LENGTH_ONE = "the row has {count} cell; expected {expected}"
CSV_ROW_LENGTH_MANY = "the row has {count} cells; expected {expected}"
CSV_TOO_LARGE = "too many cells; at most {limit:,} are allowed"
CSV_NO_ROWS = "there are no rows under the header; expected one for each sample"
NOT_CSV = "not valid CSV: {reason}"
CSV_REPEATED_COLUMN = "two columns are called {name}; expected different names"
CSV_NO_COLUMN_NUMBERS = (
    "there is no column {name}; expected one of {names}; "
    "if the first line is a sample, add header = false under [data]: the columns are c1, c2 …"
)
CSV_NO_COLUMN = "there is no column {name}; expected one of {names}"
CSV_SELECTED_TWICE = "column {name} is asked for twice; expected different columns"
CSV_NO_OTHERS = "there are no other columns; expected columns that hold the inputs"
CSV_RANGE_BACKWARDS = "the range {range} runs backwards: {first} comes before {last}"
CSV_NO_WORD = "column {name} is {value}; expected a word, as in the rows before it"
CSV_WRONG_CELL = "column {name} is {value}; expected a finite number"
AND_MORE = "{names} and {count} more"

# Networks by name
NAMES_COUNT_ONE = "{key} has {count} name; expected {expected}, one for each column of {columns}"
NAMES_COUNT = "{key} has {count} names; expected {expected}, one for each column of {columns}"
EMPTY_NAME = "{key} has an empty name; expected a name for each column"
IS_A_SCRIPT = "{name} is a script, not a network; bpstep {name} and bpstep check {name} open it"
IS_DATA = "{path} holds data, not a network; write one for it with: bpstep new {path} -o net.toml"
NO_FILE_DID_YOU_MEAN = "{path}: no such file; did you mean {meant}?"
UNKNOWN_NETWORK = "no network or file is called {name}; the built-in networks are {names}"
UNKNOWN_NETWORK_DID_YOU_MEAN = (
    "no network or file is called {name}; did you mean {suggestion}? The built-in networks are {names}"
)

# Warnings: valid settings that are probably not meant
LOSS_DOMAIN_FROM = (
    "{loss} needs Y not below {low:g}, but {activation} gives {values}: E is NaN where Y is outside."
)
LOSS_DOMAIN_RANGE = (
    "{loss} needs Y from {low:g} to {high:g}, but {activation} gives {values}: E is NaN where Y is outside."
)
ANY_NUMBER = "any number"
NUMBERS_FROM = "{low:g} and more"
NUMBERS_RANGE = "{low:g} to {high:g}"
TABLE_OF_SAMPLES = (
    "{part} in {equation} is a table of {count}×{count}: {vector} has {count} numbers and {column} is a "
    "column of {count}, so each meets all of the other; write {remedy}."
)
FORWARD_LABELS_OUTSIDE = (
    "{product} in {equation} expects labels from 0 to 1; {name}[{row},{column}] is {value:g}."
)
FORWARD_LABEL_ROW_SUM = (
    "{product} in {equation} expects each row of {name} to sum to 1; row {row} sums to {total:g}."
)
FORWARD_LABEL_ROW_SUMS = (
    "{product} in {equation} expects each row of {name} to sum to 1; {count:,} rows do not; "
    "the first is row {row}, which sums to {total:g}."
)
BINARY_LABELS = "binary_cross_entropy is meant for labels 0 and 1; labels[{row},{column}] is {value:g}."
TESTS_WITHOUT_SCORES = (
    "The samples of [test] get no scores: no equation gives each sample a row of outputs that one tensor of "
    "[data] has labels for."
)
SLOPE_STAYS = (
    "[program] gives {name} another activation, and {factor} keeps the slope of {activation}: "
    "replace {factor} too."
)

ABOUT_EQUATION = "{equation}: {problem}"
HINT_FORWARD_PASS = "[program] forward gives the layers and the loss of this network"
RESERVED_NAME = "{name} is a number of the optimiser; give the tensor another name"
FORWARD_MISSING = "[program] forward is missing; expected the equations there, with the loss last"
NO_PARAMETERS = "[parameters] is empty; expected at least one, like W = [[0.1, 0.2]]"
NOT_A_TENSOR_NAME = "{name} is not a name for a tensor; expected letters, digits and _"
DIGIT_FIRST = "{text} is not a name, because a name starts with a letter: write {remedy}"
NUMBER_BESIDE_NAME = (
    "{text} is neither a number nor a name: write {number} * {name}, or a name that starts with a letter"
)
KEYWORD_AS_NAME = "{name} is a keyword of Python; give the tensor another name, like {name}_"
FORWARD_TOO_LONG = "forward is longer than {limit:,} characters"
NOT_AN_EQUATION = "expected an equation on each line, like net_1 = X @ W + B1"
NOT_AN_EQUATION_AT = "column {column}: expected an equation on each line; check the operators near {text}"
INDENTED_EQUATION = "the line is indented; expected an equation on each line, all starting in the same column"
UNCLOSED_BRACKET = "column {column}: {opening} is not closed; expected {closing} at the end of the equation"
UNOPENED_BRACKET = "column {column}: {closing} has no {opening} before it"
WRONG_BRACKET = "column {column}: {closing} closes no {opening}; check the brackets before it"
FOREIGN_CHARACTER = "column {column}: {character} is not an operator; write {replacement}"
NO_RIGHT_SIDE = "nothing follows the = sign; expected an equation like net_1 = X @ W + B1"
DOUBLE_EQUALS = "== compares; write {name} = … to give the result a name"
NO_NAME = "the result has no name; expected an equation on each line, like E = mean((Y - T)**2)"
AUGMENTED = "{name} changes here; expected an equation with = and a new name for the result"
ONE_NAME = "expected one name before the = sign and an equation on each line, like net_1 = X @ W + B1"
NO_STATEMENTS = "{statement} is not allowed here; expected an equation on each line, like net_1 = X @ W + B1"
NO_EQUATIONS = "forward is empty; expected an equation on each line, with the loss last"
NO_ROWS = "{name} has no rows; expected one row for each sample"
DATA_ROWS_ONE = "{name} has {count} row; expected {expected}, as in {other}: one for each sample"
DATA_ROWS_MANY = "{name} has {count} rows; expected {expected}, as in {other}: one for each sample"
NOT_A_NUMBER = "{key}: {value} is not a finite number"
NOT_A_PARAMETER = (
    "{key}: {value} is not a finite number; numbers are drawn by {{ shape = [2, 3], init = {value} }}"
)
INDEX_NOT_WHOLE = "{equation}: {key} is an index here; expected whole numbers in {key}, got {value}"
EMPTY_ARRAY = "{key} has an empty list; expected numbers"
RAGGED_ARRAY = "{key} has lists of different lengths; expected all of one length"
TOO_MANY_AXES = "{key} has lists nested more than {limit} deep"
A_SHAPE = "a list of 1 to {limit} whole numbers, like [2, 3]"
SHAPE_TOO_LARGE = "{shape} has more than {limit:,} numbers"
REPEATED_TENSOR = "{name} names two tensors; give one another name"
