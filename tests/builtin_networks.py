"""Built-in networks and puzzles are read once for all tests, which may not write into them."""

from functools import cache
from pathlib import Path

import numpy as np

from bpstep.learn import puzzle
from bpstep.netfile import builtin
from bpstep.netfile.reader import read_network

_FOLDER = Path(builtin.__file__).parent / "networks"


def read_once():
    """Let `open_network` read each built-in network once, and `open_puzzle` each puzzle."""
    builtin.read_network = _read
    puzzle.open_puzzle = cache(_read_puzzle(puzzle.open_puzzle))


def _read_puzzle(read):
    return lambda name: _locked(read(name))


def _read(path):
    return _read_builtin(path) if path.parent == _FOLDER else read_network(path)


@cache
def _read_builtin(path):
    return _locked(read_network(path))


def _locked(network):
    arrays = [network.inputs, network.labels]
    arrays += [
        array for layer in network.layers for array in (layer.weights, layer.bias) if array is not None
    ]
    if network.forward is not None:
        for tensors in (network.forward.data, network.forward.constants, network.forward.parameters):
            arrays += map(np.asarray, tensors.values())
    for array in arrays:
        array.setflags(write=False)
    return network
