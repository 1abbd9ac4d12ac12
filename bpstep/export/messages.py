"""Sentences and labels of the exports."""

BEFORE_FIRST = "n = 0, before the first equation"
MOMENT = "n = {n}, iteration {iteration}, {phase}, {done} of {period}"
INSIDE_NEXT = "inside the next equation"
EQUATIONS = "{count} equations an iteration"
NETWORK = "Network {name}, {sizes}: {count} equations an iteration."
SCRIPT = "Script {name}: {count} equations an iteration."
AT_START = "At the start"
ITERATION = "iteration {iteration}"
ITERATION_OF_SAMPLES = "iteration {iteration}, samples {samples}"
ITERATION_OF_MANY_SAMPLES = "iteration {iteration}, samples {samples} ... {count} in all"
ITERATION_TITLE = "Iteration {iteration}"
ITERATION_TITLE_OF_SAMPLES = "Iteration {iteration}, samples {samples}"
ITERATION_TITLE_OF_MANY_SAMPLES = "Iteration {iteration}, samples {samples} ... {count} in all"
SHAPE = "{name}, shape {shape}:"
SCORES_TITLE = "mean loss per sample, with the parameters at this position"
SCORE = "{part}  {samples}  loss {loss}"
SCORE_WITH_ACCURACY = "{part}  {samples}  loss {loss}  {accuracy} % right"
SAMPLES_ONE = "{count:>{wide}} sample"
SAMPLES_MANY = "{count:>{wide}} samples"
TRAINING_PART = "training"
TEST_PART = "test"

NAME_TAKEN = "the exported script uses the name {name} itself; expected another name for that tensor"

# One function of the language: the labels of its lines

FUNCTION_GIVES = "gives"
FUNCTION_DEFINITION = "short for"
FUNCTION_DERIVATIVE = "derivative"
FUNCTION_GRADIENT = "gradient g gives"
FUNCTION_SHAPES = "shapes"
FUNCTION_CELL = "one cell"
FUNCTION_SYMBOLS = "symbols"
FUNCTION_LATEX = "LaTeX"
FUNCTION_EXAMPLE = "example"
NO_GRADIENT = "nothing: no gradient goes back through it"
SHAPE_OF = "{name}: {shape}"

# A NumPy script

SCRIPT_NETWORK = "Network: {name}; iterations: {iterations}. Prints the parameters at the end."
SCRIPT_READABLE = "Nested lists of numbers; NaN and infinity, which JSON lacks, as strings."
SCRIPT_OVERFLOW = "an overflow shows as infinity or NaN, as it should"

# A script for PyTorch

PYTORCH_SCRIPT = "Network: {name}; iterations: {iterations}. Prints PyTorch's gradients beside bpstep's."
PYTORCH_GRADIENTS = "what bpstep computed, iteration by iteration"
PYTORCH_REPLACED = (
    "These equations are not the derived ones: {names}. So the backward pass is written out below."
)
PYTORCH_NO_SCRIPT = "a script is not a network: expected a network file for --format pytorch"
PYTORCH_AFTER_ONLY = (
    'PyTorch updates after all gradients; expected update_order = "after" for --format pytorch'
)
PYTORCH_EPSILON = "PyTorch has no optimiser with epsilon_hat; expected epsilon"
PYTORCH_OPTIMIZER = "the optimiser {name} has no counterpart in PyTorch here"
PYTORCH_FUNCTION = "the function {name} has no counterpart in PyTorch here"

# Inside an equation

NOTHING_YET = "nothing yet"
INTERMEDIATE = "an intermediate result"
INTERMEDIATE_JUST_DONE = "an intermediate result, just done"
TERM = "term {number:,} of {count:,}, sum so far {sum}"
TERM_JUST_DONE = "term {number:,} of {count:,}, just done, sum so far {sum}"
JUST_DONE = "just done"

# A derived backward pass

DERIVED_TITLE = "{name}: its forward lines, and the backward pass that belongs to them"
NAME_WITH_ORIGINAL = "{name} ({original})"
DERIVED_GIVEN = "Given: {names}"
DERIVED_GRADIENT = "gradient of {name}: {gradient}"
NO_LOSS_TO_DERIVE = (
    "{name}: no loss was found in the loop of line {line}, so there is nothing to derive; --loop LINE "
    "chooses another loop, and a loss is found by its name: loss = …"
)
NO_PARAMETERS_TO_DERIVE = (
    "{name}: nothing is updated, so nothing says which of {names} are parameters; name them: --parameters "
    "NAME,NAME"
)
NO_SUCH_PARAMETER = "--parameters: the forward lines read no array {parameter}; they read {names}"
LOSS_COMPUTED = "Loss: {name}, which the script computes but its updates do not lower."
LOSS_WITHOUT_UPDATES = "Loss: {name}; the script updates nothing yet."
LINE_NOT_DERIVED = "{place}: this line is not understood as an equation: {line}"
