"""Network files for tests: the contract's own, the smallest, and what a refused one tells."""

import pytest

from bpstep.errors import FileError
from bpstep.netfile.reader import read_network

# Every key of a network file, as the contract prints it.
CONTRACT = """\
title = "Two inputs, three hidden, one output"
loss = "half_squared_error"   # squared_error, mean_squared_error, binary_cross_entropy, cross_entropy
reduction = "sum"             # over the samples: sum (default) or mean
optimizer = "sgd"             # momentum, nesterov, rmsprop, adagrad, adam; parameters in [optimizer_options]
learning_rate = 0.01
update_biases = false         # default true; false holds them, and no equation is made for them
update_order = "after"
derivation = "rows"           # default "matrix"
batch_size = 0
shuffle = false
seed = 0

[data]
inputs = [[0.4, 0.5]]         # one row a sample
labels = [[1.0]]

[[layers]]                    # in order, from the input
weights = [[0.1, 0.3, 0.5], [0.2, 0.4, 0.6]]     # (inputs, units)
bias = [0.1, 0.2, 0.3]
activation = "sigmoid"

[[layers]]
weights = [[0.1], [0.2], [0.3]]
bias = [0.1]
activation = "sigmoid"

[program]                     # optional
delta_Y = "Y - labelY"

[[expect]]                    # optional
at = "i0:E"
name = "E"
value = 0.072303453
decimals = 9
source = "where it is printed"
"""

# The least there can be: what every mistake below is made in.
LEAST = """\
loss = "half_squared_error"
learning_rate = 0.5

[data]
inputs = [[1, 2], [3, 4]]
labels = [[0.5], [0.25]]

[[layers]]
units = 3
activation = "tanh"

[[layers]]
weights = [[1], [2], [3]]
activation = "sigmoid"
"""


def write(folder, text):
    """A network file with this text, or these bytes, in the folder."""
    path = folder / "net.toml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def refused(path):
    """The error for a file: one line that begins with the file's name."""
    with pytest.raises(FileError) as caught:
        read_network(path)
    message = str(caught.value)
    assert message.isprintable(), message
    assert message.startswith(str(path.parent))
    return caught.value
