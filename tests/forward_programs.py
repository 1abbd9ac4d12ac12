"""Programs given by their forward equations: reading, running, deriving."""

import re
import tomllib
from pathlib import Path

import numpy as np
from numpy_by_hand import BY_HAND, NUMPY

from bpstep.errors import ExpressionError
from bpstep.lang.functions import namespace
from bpstep.lang.shapes import value_shape
from bpstep.program.derivation.reverse_pass import derive
from bpstep.program.names import name_in_delta

FOLDER = Path(__file__).parent / "programs"
NAMES = sorted(path.stem for path in FOLDER.glob("*.toml"))


def read(name):
    """Its forward equations, what is there from the start, its parameters."""
    document = tomllib.loads((FOLDER / f"{name}.toml").read_text())
    start = {}
    for part in ("data", "constants", "parameters"):
        start.update({key: np.array(value) for key, value in document.get(part, {}).items()})
    lines = document["program"]["forward"].strip().splitlines()
    forward = [tuple(side.strip() for side in line.split("=", 1)) for line in lines]
    return forward, start, list(document["parameters"])


def shapes(start):
    return {name: value_shape(value) for name, value in start.items()}


def run(lines, tensors):
    """All tensors after some equations."""
    found, scope = dict(tensors), {**NUMPY, **BY_HAND, **namespace()}
    with np.errstate(all="ignore"):
        for name, source in lines:
            found[name] = eval(source, dict(scope), found)
    return found


def backward(forward, start, parameters):
    """The derived equations, without the parameters that the loss does not see."""
    parameters = list(parameters)
    while parameters:
        try:
            return derive(forward, [shapes(start)], parameters)
        except ExpressionError as error:
            unseen = re.search(r"(?:does not depend on|0 everywhere:) (\w+)", str(error))
            if unseen is None:
                raise
            parameters.remove(unseen[1])
    return []


def gradients(lines, loss):
    """The equations that are the whole gradient of a tensor, by the tensor's name."""
    wanted = {line.by: f"delta_{name_in_delta(line.by)}" for line in lines if line.of == loss}
    written = {line.name for line in lines}
    return {by: name for by, name in wanted.items() if name in written}


def text(forward):
    """A program as a person writes it, for the report of a failure."""
    return "\n".join(f"{name} = {source}" for name, source in forward)
