"""Built-in networks, puzzles and the programs of tests are read once: no test may write into them."""

from functools import cache
from pathlib import Path

import numpy as np

from bpstep.learn import puzzle
from bpstep.netfile import builtin
from bpstep.netfile.reader import read_network

_FOLDERS = (Path(builtin.__file__).parent / "networks", Path(__file__).parent / "programs")


def read_once():
    """Let `open_network` read each network of these folders once, and `open_puzzle` each puzzle."""
    builtin.read_network = _read
    puzzle.open_puzzle = cache(_read_puzzle(puzzle.open_puzzle))


def _read_puzzle(read):
    return lambda name: _locked(read(name))


def _read(path):
    return _read_kept(path) if path.parent in _FOLDERS else read_network(path)


@cache
def _read_kept(path):
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
