"""Every mistake in a network file is reported in one line, with the line of its key."""

import re

import pytest
from network_files import CONTRACT, LEAST, refused, write

from bpstep.lang.activations import ACTIVATIONS
from bpstep.model.initializers import INITIALIZERS
from bpstep.model.losses import LOSSES
from bpstep.model.optimizers import OPTIMIZERS
from bpstep.netfile import reader
from bpstep.netfile.keys import TableKeys
from bpstep.netfile.meanings import advice_on, value_meant
from bpstep.netfile.reader import read_network

# what is replaced in LEAST, by what, the line of the error, what it says
MISTAKES = {
    "unknown key": ("learning_rate", "learnin_rate", 2, r'"learnin_rate"; did you mean "learning_rate"\?'),
    "unknown key, nothing like it": ("[data]", "zzz = 1\n[data]", 4, r'"zzz"; expected one of title, loss'),
    "unknown key in data": ("labels =", "label =", 6, r'"label"; did you mean "labels"\?'),
    "unknown key in a layer": ("units = 3", "units = 3\nzzz = 3", 10, r'"zzz"; expected one of weights'),
    "unknown table": ("[data]", "[dat]", 4, r'"dat"; did you mean "data"\?'),
    "no loss": ('loss = "half_squared_error"\n', "", 1, "loss is missing"),
    "no learning rate": ("learning_rate = 0.5\n", "", 1, "learning_rate is missing"),
    "no inputs": ("inputs = [[1, 2], [3, 4]]\n", "", 4, "inputs is missing"),
    "no labels": ("labels = [[0.5], [0.25]]\n", "", 4, "labels is missing"),
    "no activation": ('activation = "tanh"\n', "", 8, "activation is missing"),
    "no weights or units": ("units = 3\n", "", 8, "no units; expected weights, or units"),
    "init without units": ("units = 3", 'init = "zeros"', 9, "no units; expected weights, or units"),
    "weights and units": ("weights = [[1], [2], [3]]", "weights = [[1]]\nunits = 1", 14, "units and weights"),
    "weights and init": ("weights =", 'init = "zeros"\nweights =', 13, "init and weights"),
    "loss unknown": ("half_squared_error", "mse", 1, '"mse"; did you mean "mean_squared_error"'),
    "activation unknown": ("tanh", "gelu", 10, "gelu.*sigmoid.*softmax"),
    "optimizer unknown": ("learning_rate", 'optimizer = "lion"\nlearning_rate', 2, "lion.*sgd.*adam"),
    "init unknown": ("units = 3", 'units = 3\ninit = "orthogonal"', 10, "orthogonal.*xavier_uniform.*zeros"),
    "reduction unknown": (
        "learning_rate",
        'reduction = "avg"\nlearning_rate',
        2,
        '"avg"; did you mean "mean"',
    ),
    "order unknown": ("learning_rate", 'update_order = "before"\nlearning_rate', 2, "after, immediate"),
    "derivation unknown": ("learning_rate", 'derivation = "cells"\nlearning_rate', 2, "matrix, rows"),
    "a list for a word": (
        "learning_rate",
        'reduction = ["sum"]\nlearning_rate',
        2,
        r'reduction is \["sum"\]; expected one of',
    ),
    "rate as text": ("0.5\n\n", '"0.5"\n\n', 2, '"0.5"; expected a finite number'),
    "rate true": ("0.5\n\n", "true\n\n", 2, "true; expected a finite number"),
    "rate nan": ("0.5\n\n", "nan\n\n", 2, "nan; expected a finite number"),
    "rate infinite": ("0.5\n\n", "-inf\n\n", 2, "-inf; expected a finite number"),
    "rate too large for a float": ("0.5\n\n", "1e999\n\n", 2, "inf; expected a finite number"),
    "rate a huge whole number": ("0.5\n\n", "0x" + "f" * 9999 + "\n\n", 2, "a huge whole number"),
    "rate a date": ("0.5\n\n", "2015-03-17\n\n", 2, "a date or a time"),
    "rate negative": ("0.5\n\n", "-0.5\n\n", 2, "0 or more"),
    "flag as number": (
        "learning_rate",
        "shuffle = 1\nlearning_rate",
        2,
        "shuffle is 1; expected true or false",
    ),
    "seed negative": ("learning_rate", "seed = -1\nlearning_rate", 2, "seed is -1; expected a whole number"),
    "seed true": ("learning_rate", "seed = true\nlearning_rate", 2, "seed is true"),
    "seed a fraction": ("learning_rate", "seed = 1.0\nlearning_rate", 2, "seed is 1.0"),
    "batch too large": ("learning_rate", "batch_size = 3\nlearning_rate", 2, "from 0 to 2"),
    "batch negative": ("learning_rate", "batch_size = -1\nlearning_rate", 2, "from 0 to 2"),
    "title not text": ("learning_rate", "title = 5\nlearning_rate", 2, "title is 5; expected a string"),
    "title steers": ("learning_rate", 'title = "\\u001B[2J"\nlearning_rate', 2, "control characters"),
    "title turns around": ("learning_rate", 'title = "\\u202E"\nlearning_rate', 2, "control characters"),
    "title of two lines": ("learning_rate", 'title = """a\nb"""\nlearning_rate', 2, "one line"),
    "key steers": ("learning_rate", '"\\u001B[2J" = 1\nlearning_rate', 2, r'unknown key "\\x1b\[2J"'),
    "data as list": ("[data]", "[[data]]", 4, r"a list; expected a table, \[data\]"),
    "inputs a row": ("[[1, 2], [3, 4]]", "[1, 2]", 5, "rows of numbers, one for each sample"),
    "inputs empty": ("[[1, 2], [3, 4]]", "[]", 5, "an empty list"),
    "inputs empty rows": ("[[1, 2], [3, 4]]", "[[], []]", 5, "row 0 is empty"),
    "inputs ragged": ("[[1, 2], [3, 4]]", "[[1, 2], [3]]", 5, "row 1 has 1 number; expected 2"),
    "inputs mixed": ("[[1, 2], [3, 4]]", "[[1, 2], 3]", 5, "rows of numbers"),
    "inputs with text": ("[3, 4]", '[3, "4"]', 5, r'inputs\[1,1\] is "4"'),
    "inputs with true": ("[3, 4]", "[true, 4]", 5, r"inputs\[1,0\] is true"),
    "inputs with nan": ("[3, 4]", "[3, nan]", 5, r"inputs\[1,1\] is nan"),
    "inputs too deep": ("[3, 4]", "[[3], 4]", 5, r"inputs\[1,0\] is \[3\]"),
    "inputs over lines": ("[3, 4]]", "\n[3,\nnan]]", 5, r"inputs\[1,1\] is nan"),
    "a label too few": ("[0.25]", "", 6, "labels has 1 row; expected 2"),
    "words in rows": (
        "[[0.5], [0.25]]",
        '[["a"], ["b"]]',
        6,
        "labels has a word in each row; expected a list",
    ),
    "labels too wide": ("[[0.5], [0.25]]", "[[1, 2], [3, 4]]", 6, "labels has 2 columns; expected 1"),
    "names without file": ("[[1, 2], [3, 4]]", '["x1"]', 5, "rows of numbers"),
    "file a number": ("[data]", "[data]\nfile = 1", 5, "file is 1; expected a string"),
    "file empty": ("[data]", '[data]\nfile = ""', 5, 'file is ""; expected the name of a CSV file'),
    "file with numbers": ("[data]", '[data]\nfile = "a.csv"', 6, "a list of column names"),
    "weights too many rows": ("[[1], [2], [3]]", "[[1], [2]]", 13, "2 rows; expected 3"),
    "weights of text": ("[[1], [2], [3]]", '"many"', 13, "rows of numbers, one for each input"),
    "weights ragged": ("[[1], [2], [3]]", "[[1], [2, 2], [3]]", 13, "row 1 has 2 numbers; expected 1"),
    "units zero": ("units = 3", "units = 0", 9, "units is 0; expected a whole number from 1"),
    "units true": ("units = 3", "units = true", 9, "units is true"),
    "units a fraction": ("units = 3", "units = 3.0", 9, "units is 3.0"),
    "units beyond memory": ("units = 3", "units = 1_000_000_000_000", 9, "units is 1000000000000"),
    "units huge": ("units = 3", "units = 0x" + "f" * 9999, 9, "units is a huge whole number"),
    "units together too many": ("units = 3", "units = 30_000_000", 9, "grows to .* at most"),
    "bias too short": ("units = 3", "units = 3\nbias = [1, 2]", 10, "bias has 2 numbers; expected 3"),
    "bias true": ("units = 3", "units = 3\nbias = true", 10, "bias is true; expected a list of 3"),
    "bias zero": ("units = 3", "units = 3\nbias = 0", 10, "bias is 0; expected a list of 3"),
    "bias nan": ("units = 3", "units = 3\nbias = [1, 2, nan]", 10, "expected a list of 3 finite numbers"),
    "softmax hidden": ("tanh", "softmax", 10, "the last layer only"),
    "options of sgd": (
        "[data]",
        "[optimizer_options]\nmomentum = 0.9\n[data]",
        5,
        '"momentum" is not an option of sgd; optimisers that have it: momentum, nesterov',
    ),
    "options of none": (
        "[data]",
        "[optimizer_options]\nbeta = 0.9\n[data]",
        5,
        '"beta" is not an option of sgd, which has none',
    ),
    "options a number": ("learning_rate", "optimizer_options = 1\nlearning_rate", 2, "expected a table"),
    "program a number": ("[data]", "[program]\nE = 1\n[data]", 5, "E is 1; expected a string"),
    "program a list": ("learning_rate", "program = []\nlearning_rate", 2, "expected a table"),
    "program of two lines": ("[data]", '[program]\nE = """1 +\n1"""\n[data]', 5, "one line"),
    "program unknown": ("[data]", '[program]\nE = "sum(Y)"\nF = "1"\n[data]', 6, "no equation F"),
    "program steers": ("[data]", '[program]\n"\\u001B[2J" = "1"\n[data]', 5, r"no equation \\x1b"),
    "program unsafe": ("[data]", "[program]\nE = \"__import__('os')\"\n[data]", 5, "__import__"),
    "program of other shape": ("[data]", '[program]\nE = "Y"\n[data]', 5, "shape"),
    "activation at the top": ("[data]", 'activation = "tanh"\n[data]', 4, r"under \[\[layers\]\]"),
    "momentum at the top": ("[data]", "momentum = 0.9\n[data]", 4, r"under \[optimizer_options\]"),
    "labels at the top": ("[data]", "labels = [[1]]\n[data]", 4, r"under \[data\]"),
    "iterations": ("[data]", "iterations = 9\n[data]", 4, "no number of iterations"),
    "equations": ("[data]", "[equations]\nE = 1\n[data]", 4, r"under \[program\]"),
    "neurons of a layer": ("units = 3", "neurons = 3", 9, "the key is units"),
    "act of a layer": ("units = 3", 'units = 3\nact = "tanh"', 10, "the key is activation"),
    "validation": ("[data]", "validation = 0.1\n[data]", 4, r"under \[data\]: test = 0.2"),
    "input of a layer": ("units = 3", "units = 3\ninput = 2", 10, r"follows from \[data\]"),
    "header without a file": ("[data]", "[data]\nheader = false", 5, "expected file or test_file"),
    "header of a wrong type": ("[data]", "[data]\nheader = 1", 5, "header is 1; expected true or false"),
    "l2_reduction alone": ("[data]", 'l2_reduction = "mean"\n[data]', 4, "l2_reduction needs l2"),
    "a rate among the options": (
        "[data]",
        "[optimizer_options]\nlr = 1\n[data]",
        5,
        '"lr" is not an option of sgd; the key is learning_rate, at the top',
    ),
    "loss of a layer": ("units = 3", 'units = 3\nloss = "x"', 10, "at the top of the file"),
    "class numbers": (
        LEAST[LEAST.index("labels") : LEAST.index("weights")] + "weights = [[1], [2], [3]]",
        "labels = [[3], [0]]\n\n[[layers]]\nunits = 3",
        6,
        r"labels\[0\] is class 3; expected a whole number from 0 to 2",
    ),
    "rows of two samples": ("[data]", 'derivation = "rows"\n[data]', 4, "a single sample"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_told_in_one_line_at_its_key(tmp_path, mistake):
    before, after, line, message = MISTAKES[mistake]
    assert before in LEAST
    error = refused(write(tmp_path, LEAST.replace(before, after, 1)))
    assert re.search(message, error.message), error
    assert error.line == line, error


AT_TOP, IN_LAYER, IN_DATA = "at the top of the file", "in a layer", r"under \[data\]"

MEANT = {
    TableKeys.TOP: {
        **dict.fromkeys(("description", "name"), "key is title$"),
        **dict.fromkeys(("loss_function", "criterion"), "key is loss$"),
        **dict.fromkeys(("lr", "eta"), "key is learning_rate$"),
        **dict.fromkeys(("random_state", "random_seed"), "key is seed$"),
        **dict.fromkeys(("y", "targets", "outputs", "lables"), f"key is labels, {IN_DATA}"),
        **dict.fromkeys(("X", "features", "input"), f"key is inputs, {IN_DATA}"),
        **dict.fromkeys(("weight", "W"), f"key is weights, {IN_LAYER}"),
        **dict.fromkeys(("test_size", "validation", "split"), f"{IN_DATA}: test = 0.2"),
        "schedule": "table of the learning rate",
        "eps": r"key is epsilon, under \[optimizer_options\]",
        "momentum": r"belongs under \[optimizer_options\]",
        "at": r"belongs under \[\[expect\]\]",
        **dict.fromkeys(("learnin_rate", "optimiser", "zzz", "model"), "^$"),
    },
    TableKeys.FORWARD: {
        **dict.fromkeys(("layers", "loss", "neurons", "l2"), "gives the layers and the loss"),
        **dict.fromkeys(("X", "y"), f"belongs {IN_DATA}"),
        "name": "key is title$",
    },
    TableKeys.DATA: {
        **dict.fromkeys(("outputs", "y", "targets"), "key is labels$"),
        **dict.fromkeys(("test_size", "validation", "split"), "key is test$"),
        "classes": "key is label_names$",
        **dict.fromkeys(("csv", "path", "source"), "key is file$"),
        **dict.fromkeys(("seed", "shuffle", "batch_size", "learning_rate"), f"belongs {AT_TOP}"),
        "random_state": f"key is seed, {AT_TOP}",
        **dict.fromkeys(("label", "zzz"), "^$"),
    },
    TableKeys.LAYER: {
        **dict.fromkeys(("out_features", "outputs", "hidden", "size"), "key is units$"),
        **dict.fromkeys(("b", "biases"), "key is bias$"),
        **dict.fromkeys(("w", "kernel"), "key is weights$"),
        **dict.fromkeys(("batchnorm", "norm"), "key is normalization$"),
        "initializer": "key is init$",
        "output_activation": "key is activation$",
        "name": "layers have no names",
        "type": "fully connected",
        **dict.fromkeys(("l2", "seed"), f"belongs {AT_TOP}"),
        "in_features": r"follows from \[data\]",
    },
    TableKeys.OPTIONS: {"eps": "key is epsilon$", "beta_1": "key is beta1$", "rho": "key is alpha$"},
    TableKeys.SCHEDULE: {"step_size": "key is every$", "lr": "key is start$", "zzz": "^$"},
    TableKeys.INIT: {"std": "key is normal$"},
}


@pytest.mark.parametrize("table", MEANT, ids=lambda table: table.name)
def test_a_key_of_another_table_or_library_names_the_one_that_is_meant(table):
    for key, said in MEANT[table].items():
        assert re.search(said, advice_on(key, table)), key


def test_a_value_of_another_library_or_spelling_names_the_one_that_is_meant():
    for allowed, meant in (
        (LOSSES, {"mse": "mean_squared_error", "bce": "binary_cross_entropy", "nll": "cross_entropy"}),
        (LOSSES, {"cross-entropy": "cross_entropy", "half squared error": "half_squared_error", "huber": ""}),
        (OPTIMIZERS, {"Adam": "adam", "SGD": "sgd", "adamax": "", "lion": ""}),
        (ACTIVATIONS, {"ReLU": "relu", "leakyrelu": "leaky_relu", "swish": "silu", "linear": "identity"}),
        (ACTIVATIONS, {"gelu": "", "selu": "", "sigmod": "sigmoid"}),
        (INITIALIZERS, {"he": "he_normal", "glorot_uniform": "xavier_uniform", "xavier": "xavier_uniform"}),
        (("4 decimals", "8 decimals"), {"3 decimals": ""}),
    ):
        for value, own in meant.items():
            assert value_meant(value, allowed) == own, value


def test_an_empty_file_says_what_it_lacks(tmp_path):
    assert "net.toml:1: loss is missing; expected here: loss" in str(refused(write(tmp_path, "")))


def test_a_file_without_layers_says_so(tmp_path):
    text = LEAST[: LEAST.index("[[layers]]")]
    assert refused(write(tmp_path, text)).message.startswith("layers is missing")
    error = refused(write(tmp_path, "layers = []\n" + text))
    assert (error.line, "at least one" in error.message) == (1, True)


def test_layers_that_are_no_array_of_tables_are_refused(tmp_path):
    head = LEAST[: LEAST.index("[[layers]]")]
    for line, text in (
        (1, f"layers = 1\n{head}"),
        (1, f"layers = [1]\n{head}"),
        (8, f"{head}[layers]\nunits = 1"),
    ):
        error = refused(write(tmp_path, text))
        assert "expected an array of tables, [[layers]]" in error.message
        assert error.line == line


def test_too_many_layers_are_refused_at_the_first_too_many(tmp_path):
    layer = '[[layers]]\nunits = 1\nactivation = "tanh"\n'
    head = 'loss = "squared_error"\nlearning_rate = 1\n[data]\ninputs = [[1]]\nlabels = [[1]]\n'
    error = refused(write(tmp_path, head + layer * 1001))
    assert (error.line, "at most 1,000" in error.message) == (6 + 3 * 1000, True)
    assert len(read_network(write(tmp_path, head + layer * 20)).layers) == 20


@pytest.mark.parametrize(
    ("old", "new", "line", "message"),
    [
        ("[[0.4, 0.5]]", "[[0.4, 0.5], [1, 2]]\nlabels = [[1], [2]]\n#", 8, "a single sample"),
        ("update_biases = false", "update_biases = true", 8, "biases"),
        ("[[0.1], [0.2], [0.3]]\nbias = [0.1]", "[[1, 1], [1, 1], [1, 1]]", 8, "one output"),
        ('"sigmoid"\n\n[program]', '"softmax"\n\n[program]', 8, "softmax"),
    ],
)
def test_rows_tell_what_they_need(tmp_path, old, new, line, message):
    text = CONTRACT.replace(old, new)
    assert text != CONTRACT
    text = text.replace("labels = [[1.0]]", "" if "single" in message else "labels = [[1.0]]")
    text = text.replace("labels = [[1.0]]", "labels = [[1.0, 1.0]]") if "output" in message else text
    error = refused(write(tmp_path, text))
    assert re.search(message, error.message), error
    assert error.line == line


@pytest.mark.parametrize(
    ("old", "new", "line", "message"),
    [
        ('at = "i0:E"', 'at = "E?"', 31, "is not a position"),
        ('at = "i0:E"', "at = 0", 31, "at is 0; expected a string"),
        ('at = "i0:E"\n', "", 30, "at is missing"),
        ('name = "E"', 'name = "F"', 32, 'no tensor "F"'),
        ('name = "E"', 'name = "delta_y"', 32, 'did you mean "delta_Y"'),
        ('name = "E"', 'name = "V[3,0]"', 32, "outside"),
        ('name = "E"', 'name = "V[0]"', 32, r"like V\[0,0\]"),
        ('name = "E"', 'name = "V[-1,0]"', 32, "not a cell"),
        ('name = "E"', 'name = "E[0]"', 32, r"shape \[\]; expected one of its cells, like E$"),
        ('name = "E"', 'name = "W"', 32, r"like W\[0,0\]"),
        ("value = 0.072303453", "value = nan", 33, "finite"),
        ("value = 0.072303453", "", 30, "value is missing"),
        ("decimals = 9", "decimals = 401", 34, "from 0 to 400"),
        ("decimals = 9", "digits = 18", 34, "from 1 to 17"),
        ("decimals = 9", "", 30, "expected decimals or digits"),
        ("decimals = 9", "decimals = 9\ndigits = 8", 30, "expected decimals or digits"),
        ("decimals = 9", "decimals = true", 34, "from 0 to 400"),
        ('source = "where', 'where = "', 35, 'unknown key "where"'),
        ('source = "where', 'source = "\\u0000', 35, "control"),
    ],
)
def test_published_values_are_checked_too(tmp_path, old, new, line, message):
    assert old in CONTRACT
    error = refused(write(tmp_path, CONTRACT.replace(old, new)))
    assert re.search(message, error.message), error
    assert error.line == line, error


def test_a_tensor_with_a_single_cell_needs_no_index(tmp_path):
    assert (
        read_network(write(tmp_path, CONTRACT.replace('name = "E"', 'name = "Y"'))).published_values[0].name
        == "Y"
    )
    assert read_network(write(tmp_path, CONTRACT.replace('name = "E"', 'name = "V[2, 0]"'))).published_values


@pytest.mark.parametrize(
    ("optimizer", "option", "good"),
    [
        ("momentum", "momentum = 1", False),
        ("momentum", "momentum = -0.1", False),
        ("momentum", "momentum = true", False),
        ("momentum", "alpha = 0.9", False),
        ("adam", "beta1 = 0", True),
        ("adam", "beta2 = 1", False),
        ("adam", "epsilon = -1e-9", False),
        ("adam", "epsilon = 1", True),
        ("rmsprop", "alpha = nan", False),
    ],
)
def test_options_have_a_sensible_range(tmp_path, optimizer, option, good):
    path = write(tmp_path, f'optimizer = "{optimizer}"\n{LEAST}[optimizer_options]\n{option}\n')
    if good:
        read_network(path)
    else:
        assert refused(path).line == 17


def changed(changes):
    """LEAST with the first occurrence of each key of the changes replaced."""
    text = LEAST
    for before, after in changes.items():
        assert before in text
        text = text.replace(before, after, 1)
    return text


DRAWN = "units = 3\ninit = {{ normal = 1, seed = {}"


@pytest.mark.parametrize(
    ("before", "after", "good", "bad"),
    [
        ("learning_rate", "seed = {}\nlearning_rate", [0, 2**63 - 1], [-1, 2**63]),
        ("learning_rate", "batch_size = {}\nlearning_rate", [0, 2], [-1, 3]),
        ("learning_rate", "l2 = {}\nlearning_rate", [0, 1e300], [-1e-300]),
        ("learning_rate = 0.5", "learning_rate = {}", [0, 1e300], [-1e-300]),
        ("units = 3", "units = 3\ndropout = {}", [0, 1 - 2.0**-53], [-1e-300, 1]),
        ("units = 3", "units = 3\ninit = {{ normal = {} }}", [0, 1], [-1e-300]),
        ("units = 3", "units = 3\ninit = {{ uniform = {} }}", ["[1, 1]"], ["[1, 0.99]", "[1]", "[1, 2, 3]"]),
        ("units = 3", DRAWN + " }}", [0, 2**63 - 1], [-1, 2**63]),
        ("units = 3", DRAWN + ', generator = "RandomState" }}', [0, 2**32 - 1], [-1, 2**32]),
    ],
)
def test_a_number_may_be_at_its_bounds_and_not_beyond(tmp_path, before, after, good, bad):
    for value in good:
        read_network(write(tmp_path, changed({before: after.format(value)})))
    for value in bad:
        refused(write(tmp_path, changed({before: after.format(value)})))


@pytest.mark.parametrize(
    ("digits", "good"),
    [
        *[
            ("decimals = 0", True),
            ("decimals = 400", True),
            ("decimals = 401", False),
            ("decimals = -1", False),
        ],
        *[("digits = 1", True), ("digits = 17", True), ("digits = 0", False), ("digits = 18", False)],
    ],
)
def test_a_published_value_has_as_many_digits_as_numbers_can_have(tmp_path, digits, good):
    path = write(tmp_path, CONTRACT.replace("decimals = 9", digits))
    if good:
        (expect,) = read_network(path).published_values
        assert digits in (f"decimals = {expect.decimals}", f"digits = {expect.digits}")
    else:
        refused(path)


def test_the_cells_of_a_network_are_counted_to_the_last_one(tmp_path, monkeypatch):
    # 4 inputs and 2 labels; of each unit its weights, its bias and its outputs for both samples.
    cells = 4 + 2 + (2 + 1 + 2) * 3 + (3 + 1 + 2) * 1
    monkeypatch.setattr(reader, "MAX_NUMBERS", cells)
    assert read_network(write(tmp_path, LEAST)).sizes == (2, 3, 1)
    monkeypatch.setattr(reader, "MAX_NUMBERS", cells - 1)
    error = refused(write(tmp_path, LEAST))
    assert (error.line, f"grows to {cells} numbers" in error.message) == (13, True), error
    smaller = changed({"learning_rate": "batch_size = 1\nlearning_rate"})
    assert read_network(write(tmp_path, smaller)).batch_size == 1


def test_a_batch_counts_samples_that_are_trained_on_only(tmp_path):
    text = changed({"labels =": "test_inputs = [[5, 6]]\ntest_labels = [[1]]\nlabels ="})
    batched = text.replace("learning_rate", "batch_size = {}\nlearning_rate")
    made = read_network(write(tmp_path, batched.format(2)))
    assert (made.samples, made.held_out.inputs.tolist()) == (2, [[5, 6]])
    assert "from 0 to 2" in refused(write(tmp_path, batched.format(3))).message


def test_a_cell_may_be_the_last_of_each_axis(tmp_path):
    for cell, good in (
        ("V[2,0]", True),
        ("V[3,0]", False),
        ("V[2,1]", False),
        ("W[1,2]", True),
        ("W[2,1]", False),
    ):
        path = write(tmp_path, CONTRACT.replace('name = "E"', f'name = "{cell}"'))
        if good:
            assert read_network(path).published_values[0].name == cell
        else:
            assert "outside" in refused(path).message
