"""What a person reads about models in memory, as templates with named slots."""

from __future__ import annotations

UNKNOWN_MODEL = (
    "a model of type {kind} is not known; expected a torch.nn.Module, scikit-learn's MLPClassifier, "
    "MLPRegressor or LogisticRegression, a list of weights and biases, or the text of a forward pass"
)
IS_A_CLASS = "{name} is a class; expected an instance of it, like {name}()"
UNKNOWN_MODULE = (
    "the module {place} is {kind}, which is not known; expected {names}; "
    "or give the forward pass as text: bpstep.network(text, arrays, parameters=...)"
)
UNKNOWN_SETTING = "{place} ({kind}) has {setting} = {value}; expected {expected}"
ONE_SIZE = "one size"
BELOW_ONE = "a number below 1"
A_DIVISOR = "a divisor of {sizes}"
A_ROW_OF_ZEROS = "a row of zeros there"
ALL_BUT_SAMPLES = "1, and end_dim -1"
NO_CHANNELS = "{place} ({kind}) has inputs of shape {shape}; expected channels and positions"
LOSS_ELSEWHERE = '{name} is not a loss of bpstep; write loss="{loss}"'
NO_CHAIN = (
    "the forward pass of {kind} is not the chain of the modules and functions that it calls; "
    "give it as text: bpstep.network(text, arrays, parameters=...)"
)
READS_NUMBERS = (
    "the forward pass of {kind} reads numbers of a tensor ({file}, line {line}), so that other samples "
    "may take another path; take this out, or give the pass as text: "
    "bpstep.network(text, arrays, parameters=...)"
)
RANDOM = (
    "the forward pass of {kind} draws random numbers of its own; use nn.Dropout, "
    "or give the pass as text: bpstep.network(text, arrays, parameters=...)"
)
CHANGED = (
    "the forward pass of {kind} changes {name}, so the next call may compute something else; remove this, "
    "or give the pass as text: bpstep.network(text, arrays, parameters=...)"
)
NOT_TRACED = (
    "the forward pass of {kind} cannot be followed: {reason}; "
    "give it as text: bpstep.network(text, arrays, parameters=...)"
)
NO_GRADIENT = (
    "PyTorch computes no gradient of {place}.{name}, as under no_grad; "
    "freeze it with requires_grad_(False), or take no_grad out"
)
OWN_GRADIENT = (
    "the gradients of {kind} are changed by {name}; take it out, or give the forward pass as text and "
    "write the derivatives: bpstep.network(text, arrays, parameters=...)"
)
A_HOOK = "a hook of {name}"
OWN_NAMES = (
    "{place} ({kind}) computes its weights from {names}; remove this first, "
    "as torch.nn.utils.remove_weight_norm does"
)
OTHER_SIZE = (
    "the forward pass of {kind} computes something else for a batch of {count} than for all {total} samples; "
    "take sizes of the batch out of it, or give it as text: bpstep.network(text, arrays, parameters=...)"
)
BRANCH = (
    "the forward pass of {kind} is not a chain: {name} reads something other than the result before it; "
    "give it as text: bpstep.network(text, arrays, parameters=...)"
)
UNKNOWN_CALL = (
    "the forward pass of {kind} calls {name} in a way that is not known; "
    "give it as text: bpstep.network(text, arrays, parameters=...)"
)
OWN_PARAMETER = (
    "the forward pass of {kind} uses {name} itself, outside of a known module; "
    "give it as text: bpstep.network(text, arrays, parameters=...)"
)
SHARED = (
    "the parameters of {place} ({kind}) are used more than once; "
    "give the forward pass as text: bpstep.network(text, arrays, parameters=...)"
)
INPUTS_DO_NOT_FIT = "the model cannot take these inputs: {reason}"
LOG_SOFTMAX = 'LogSoftmax ends a model with loss="cross_entropy", which is what NLLLoss computes behind it'
SOFTMAX_TWICE = (
    "the model ends with softmax, which nn.CrossEntropyLoss would apply again and bpstep applies once; "
    "for the same numbers in both, remove softmax from the model"
)
PIPELINE = (
    "a Pipeline is not supported; give its last step, and the inputs as the earlier steps transform them: "
    "model[-1], model[:-1].transform(X)"
)
SEARCH = "a {kind} is not known; give the model that it has found: model.best_estimator_"
NO_EQUATIONS = "the text holds no equation; expected a forward pass, like net_1 = X @ W + B1"
NO_ARRAYS = "expected a dictionary of arrays as the second argument, with the tensors that the text reads"
NO_PARAMETERS = 'no array is learned; name those that are, like parameters=["W", "b"]'
NO_TEST_OF_EMBEDDING = "{name}: a model that begins with an Embedding has no samples to test on"
AVERAGE_OF_BATCHES = (
    "batch normalisation has momentum = None; with samples to test on, expected a number like 0.1"
)
BATCH_OF_ONE = "a batch has one sample only: beside samples to test on, batch normalisation needs two or more"
FOR_LAYERS_ONLY = "{name} is for models that are layers only; this one has other modules"
UNKNOWN_LAYOUT = 'weights_layout is {value!r}; expected "inputs, units" or "units, inputs"'
FILE_AND_MORE = "{name} is a network of its own; expected no data and no options with it"
NOT_FITTED = "the estimator {kind} has no weights yet; call fit or partial_fit first"
SETTINGS_NOT_READ = "these settings of {kind} are not supported: {names}"
ALL_FROZEN = "all parameters of the model are frozen; bpstep needs one with requires_grad = True"
NO_LAYERS = "the model has no parameters"
WRONG_WEIGHTS = (
    "array {number} has {axes} axes; expected weights, one row for each input, each with its bias or none"
)
WRONG_IN_LAYER = (
    "layer {layer} has an array of {axes} axes in place {place}; expected weights, one row for each input, "
    "and a bias or None"
)
LAYER_LENGTH = "layer {layer} has {count} parts; expected weights and a bias, (W, b)"
NO_SAMPLES = "the inputs have no samples; expected one row for each sample"
NO_DATA = "expected the inputs and the labels as the second and the third argument"
NOT_NUMBERS = "{name} cannot be read as numbers: {reason}"
UNKNOWN_PARAMETER = "parameters names {name}, which is not one of the arrays: {names}"
UNKNOWN_CLASS = "the label {value} is not a class of the estimator; expected one of {names}"
