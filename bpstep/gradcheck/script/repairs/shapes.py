"""Gradients of another shape than their parameter's, which NumPy broadcasts without an error."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from bpstep.gradcheck import messages
from bpstep.lang.shapes import shape_text
from bpstep.script.meaning.graph import MISSING
from bpstep.script.meaning.study import Study
from bpstep.text import fill

_STEP = re.compile(r"_0 [-+] _1")

_SCALED = re.compile(r"_\d \* _\d|_\d / _\d|-_0|[\d.e+-]+ \* _0|_0 [*/] [\d.e+-]+")
"""A multiple of a gradient: its shape is wrong because the gradient's is."""


@dataclass(frozen=True)
class HiddenShape:
    """A parameter that is updated with something of another shape."""

    parameter: str
    equation: int
    """The first equation that gives something of that shape; if this is a right gradient, its reader."""
    node: int
    """The tensor with that shape."""
    given: tuple[int, ...]
    expected: tuple[int, ...]

    def sentence(self, name: str, mistake: str = "") -> str:
        """What does not fit, and the single mistake if it is known; `name` is that of the node."""
        slots = {
            "name": name,
            "given": _shape_text(self.given),
            "parameter": self.parameter,
            "expected": _shape_text(self.expected),
        }
        if not mistake:
            return fill(messages.SHAPE_HIDDEN, **slots)
        return fill(messages.SHAPE_HIDDEN_BY, mistake=mistake, **slots)


def hidden_shapes(
    study: Study, labels: Mapping[int, Any], parameters: Collection[str]
) -> Iterator[HiddenShape]:
    """The parameters among these whose step has more or fewer cells than they have.

    `labels` holds the nodes that are gradients of something: if such a gradient is added as it is, the update
    is wrong.
    """
    graph, actual = study.graph, study.actual
    for name in parameters:
        start, end = graph.inputs[name], graph.current[name]
        operands = graph.nodes[end].operands
        if end not in graph.roots or start not in operands or not _STEP.fullmatch(graph.nodes[end].pattern):
            continue
        (step, *_) = [each for each in operands if each != start] or [start]
        given, expected = np.shape(actual[step]), np.shape(actual[start])
        if actual[step] is MISSING or np.size(actual[step]) == np.size(actual[start]):
            continue
        at, node = _source(study, labels, graph.roots.index(end), step)
        yield HiddenShape(name, at, node, given, expected)


def _source(study: Study, labels: Collection[int], at: int, step: int) -> tuple[int, int]:
    """The equation that gives a step its shape, and the tensor with that shape, before rates and counts scale
    it.
    """
    roots, shown = study.graph.roots, step
    is_gradient = False
    for node in _unscaled(study, step):
        # If a gradient is read as it is, its reader lacks the sum.
        is_gradient = is_gradient or node in labels
        if node in roots:
            shown = node
            at = at if is_gradient else roots.index(node)
            if is_gradient:
                break
    return at, shown


def _unscaled(study: Study, node: int) -> Iterator[int]:
    """A node, the node that it is a multiple of, and so on."""
    graph = study.graph
    while True:
        yield node
        shape = np.shape(study.actual[node])
        operands = graph.nodes[node].operands
        same = [at for at in operands if at in study.active and np.shape(study.actual[at]) == shape]
        if len(same) != 1 or not _SCALED.fullmatch(graph.nodes[node].pattern):
            return
        (node,) = same


def _shape_text(shape: tuple[int, ...]) -> str:
    """`5×3`; a single dimension is written as in NumPy, `(5,)`."""
    return str(shape) if len(shape) == 1 else shape_text(shape)
