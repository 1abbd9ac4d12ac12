"""The key or value of a network file that is meant by one of another table or of another library."""

from __future__ import annotations

from collections.abc import Collection, Container

from bpstep.netfile import messages
from bpstep.netfile.keys import TableKeys
from bpstep.text import closest, fill

MIN_LIKENESS = 0.75
"""A key that is less like another one is not a misspelling of it."""

_PLACES = {
    TableKeys.TOP: messages.HINT_TOP_LEVEL_KEY,
    TableKeys.LAYER: messages.HINT_LAYER_KEY,
    TableKeys.DATA: messages.HINT_DATA_KEY,
    TableKeys.OPTIONS: messages.HINT_OPTIMIZER_OPTION,
    TableKeys.EXPECT: messages.HINT_EXPECT_KEY,
}
"""Where a key belongs that another table has, in the order in which the tables are searched."""

_MEANT_PLACES = {
    TableKeys.TOP: messages.HINT_MEANT_TOP,
    TableKeys.LAYER: messages.HINT_MEANT_LAYER,
    TableKeys.DATA: messages.HINT_MEANT_DATA,
    TableKeys.OPTIONS: messages.HINT_MEANT_OPTION,
    TableKeys.EXPECT: messages.HINT_MEANT_EXPECT,
}

_MEANT = {
    "title": ("description", "name"),
    "loss": ("loss_function", "loss_fn", "lossfunction", "criterion", "cost", "cost_function", "objective"),
    "optimizer": ("optim", "solver", "algorithm", "method"),
    "learning_rate": ("lr", "eta", "rate", "step_size", "learning_rate_init"),
    "l2": ("l2_lambda", "l2_regularization", "ridge"),
    "batch_size": ("batch", "batchsize", "minibatch", "mini_batch_size"),
    "seed": ("random_state", "random_seed", "rng", "rng_seed"),
    "weights_layout": ("layout", "weight_layout", "transposed", "transpose"),
    "layers": ("layer", "network", "hidden", "hidden_layers", "hidden_layer_sizes", "architecture"),
    "expect": ("expected", "check", "checks"),
    "optimizer_options": ("optimizer_params", "optimizer_args", "optimizer_kwargs"),
    "weights": ("weight", "w", "W", "kernel", "weight_matrix", "coefs"),
    "bias": ("b", "biases", "bias_vector", "use_bias", "has_bias", "intercepts"),
    "activation": (
        *("act", "function", "nonlinearity", "activation_function", "transfer_function"),
        "output_activation",
    ),
    "units": ("neurons", "nodes", "size", "out_features", "output_size", "output_dim", "n_units", "width"),
    "init": (
        *("initializer", "initialization", "init_method", "weight_init"),
        *("kernel_initializer", "weight_initializer"),
    ),
    "normalization": ("batchnorm", "batch_norm", "layernorm", "layer_norm", "norm", "normalize"),
    "dropout": ("dropout_rate", "drop", "drop_rate", "p"),
    "inputs": ("X", "x", "features", "input", "x_train", "X_train", "columns", "samples"),
    "labels": ("y", "Y", "targets", "target", "outputs", "output", "y_train", "Y_train"),
    "file": ("csv", "path", "csv_file", "data_file", "filename", "file_name"),
    "header": ("has_header", "headers", "skip_header"),
    "input_names": ("feature_names", "column_names", "columns_names"),
    "label_names": ("classes", "class_names", "target_names", "categories", "names"),
    "test": (
        *("validation", "validation_split", "validation_fraction", "val_split"),
        *("test_size", "test_split", "test_fraction", "split", "train_test_split", "holdout"),
    ),
    "test_inputs": ("x_test", "X_test", "inputs_test"),
    "test_labels": ("y_test", "Y_test", "labels_test", "test_targets"),
    "beta1": ("beta_1", "b1"),
    "beta2": ("beta_2", "b2"),
    "epsilon": ("eps",),
    "alpha": ("rho", "decay_rate"),
    "start": ("initial", "initial_learning_rate", "rate", "lr", "learning_rate", "initial_lr"),
    "kind": ("type", "name", "schedule"),
    "factor": ("gamma", "decay_rate", "drop"),
    "every": ("step_size", "steps", "epochs", "decay_steps", "iterations"),
    "normal": ("std", "stddev", "sigma", "scale"),
    "uniform": ("range", "limits", "interval"),
    "rule": ("init", "name", "kind"),
}
"""For each key, what it is called elsewhere: by other libraries, and by people."""

_ADVICE = {
    **dict.fromkeys(("regularization", "lambda", "weight_decay", "l2_penalty"), messages.HINT_DECAY),
    "betas": messages.HINT_BETAS,
    **dict.fromkeys(("equation", "equations", "forward"), messages.HINT_EQUATIONS),
    **dict.fromkeys(("iterations", "epochs", "steps", "n_epochs", "max_iter"), messages.HINT_ITERATIONS),
    **dict.fromkeys(_MEANT["test"], messages.HINT_VALIDATION),
    **dict.fromkeys(("schedule", "scheduler", "lr_schedule", "lr_decay", "decay"), messages.HINT_SCHEDULE),
}
"""Advice on keys that have no counterpart of one name; an optimiser's own option stays one in its table."""

_ADVICE_BY_TABLE = {
    TableKeys.LAYER: {
        **dict.fromkeys(
            (
                *("input", "inputs", "input_size", "input_shape", "inputs_size"),
                *("in_features", "input_dim", "n_inputs"),
            ),
            messages.HINT_INPUT_SIZE,
        ),
        **dict.fromkeys(("name", "title"), messages.HINT_LAYER_NAME),
        **dict.fromkeys(("type", "kind", "layer", "layer_type"), messages.HINT_LAYER_KIND),
    }
}

_MEANT_BY_TABLE = {
    TableKeys.LAYER: dict.fromkeys(("outputs", "output", "hidden", "hidden_size"), "units"),
    TableKeys.DATA: {"source": "file"},
}
"""What is meant by a word that means something else in the other tables."""

_FORWARD_LACKS = frozenset({*TableKeys.TOP.value, *TableKeys.LAYER.value} - {*TableKeys.FORWARD.value})


_VALUES_MEANT = {
    "mean_squared_error": ("mse", "mse_loss", "mean_square_error", "l2_loss", "quadratic"),
    "squared_error": ("sse", "sum_squared_error", "sum_of_squares"),
    "half_squared_error": ("half_sse", "half_mse"),
    "binary_cross_entropy": ("bce", "bce_loss", "log_loss", "binary_crossentropy", "logistic"),
    "cross_entropy": (
        *("ce", "nll", "nll_loss", "negative_log_likelihood", "softmax_cross_entropy"),
        *("categorical_crossentropy", "sparse_categorical_crossentropy", "cross_entropy_loss"),
    ),
    "identity": ("linear", "none"),
    "silu": ("swish",),
    "sigmoid": ("logistic",),
    "xavier_uniform": ("xavier", "glorot", "glorot_uniform"),
    "xavier_normal": ("glorot_normal",),
    "he_uniform": ("kaiming_uniform",),
    "he_normal": ("he", "kaiming", "kaiming_normal"),
    "normal": ("gaussian", "random", "randn", "random_normal"),
    "zeros": ("zero",),
    "sgd": ("gd", "gradient_descent", "stochastic_gradient_descent", "vanilla"),
    "nesterov": ("nag", "nesterov_momentum"),
    "exponential": ("exp", "exponential_decay"),
    "inverse_time": ("inverse", "inverse_time_decay", "inverse_decay", "time"),
    "step": ("step_decay", "step_lr"),
    "batch": ("batchnorm", "batch_norm"),
    "layer": ("layernorm", "layer_norm"),
    "mean": ("average", "avg"),
}
"""For each value that is one of a few words, what it is called elsewhere."""


_VALUES_LACKING = frozenset(
    (
        *("gelu", "selu", "celu", "prelu", "relu6", "mish", "adamax", "nadam", "radam", "adadelta"),
        *("hinge", "huber", "mae", "l1", "orthogonal", "softsign", "logsoftmax"),
    )
)
"""Other libraries' values that no word here means, however like one they are spelled."""


def value_meant(value: str, allowed: Collection[str]) -> str:
    """The allowed value that is meant by another word, or by another spelling; empty if none is known."""
    folded = {_letters(each): each for each in allowed}
    letters = _letters(value)
    if letters in folded:
        return folded[letters]
    for own, others in _VALUES_MEANT.items():
        if own in allowed and letters in map(_letters, others):
            return own
    if letters in _VALUES_LACKING or any(map(str.isdigit, letters)):
        return ""
    return closest(value, allowed, MIN_LIKENESS)


def _letters(word: str) -> str:
    return "".join(filter(str.isalnum, word.casefold()))


def advice_on(key: str, table: TableKeys) -> str:
    """For a key that the table lacks, what to write instead or where; empty if nothing is known."""
    if key in _ADVICE_BY_TABLE.get(table, ()):
        return fill(_ADVICE_BY_TABLE[table][key])
    own = _MEANT_BY_TABLE.get(table, {}).get(key, "") or _meant(key, table.value)
    if own:
        return fill(messages.HINT_MEANT, key=own)
    if table in (TableKeys.SCHEDULE, TableKeys.INIT):
        return ""
    if table is TableKeys.FORWARD and key in _FORWARD_LACKS:
        return fill(messages.HINT_FORWARD_PASS)
    if key in _ADVICE and (table is not TableKeys.OPTIONS or key not in TableKeys.OPTIONS.value):
        return fill(_ADVICE[key])
    others = [other for other in _PLACES if other is not table]
    # A title is written as a name more often than the name of a published value is put at the top.
    meant = _meant(key, {each for other in others for each in other.value})
    for other in others:
        if key in other.value and not (meant and other is TableKeys.EXPECT):
            return fill(_PLACES[other])
    if not meant and closest(key, table.value, MIN_LIKENESS):
        return ""
    meant = meant or closest(key, [each for other in others for each in other.value], MIN_LIKENESS)
    for other in others:
        if meant in other.value:
            if table is TableKeys.FORWARD and meant in _FORWARD_LACKS:
                return fill(messages.HINT_FORWARD_PASS)
            if table is TableKeys.FORWARD and other is TableKeys.DATA:  # Its keys are the names of tensors.
                return fill(messages.HINT_DATA_KEY)
            return fill(_MEANT_PLACES[other], key=meant)
    return ""


def _meant(key: str, allowed: Container[str]) -> str:
    return next((own for own, others in _MEANT.items() if key in others and own in allowed), "")
