"""Every function by indices: what its index form says, computed by plain loops, is what it gives."""

from types import SimpleNamespace

import numpy as np
import pytest
from function_examples import EXAMPLES, SHAPES, TENSORS
from index_text import IndexText

from bpstep.explain.index_form import index_form
from bpstep.explain.notation import Glyphs
from bpstep.lang import parser
from bpstep.lang.functions import NAMES
from bpstep.lang.products import canonical_dots
from bpstep.program.program import Phase, Role, RoleKind

RESULT = "result"

UNREADABLE = (
    "uniform(0, arange(3))",
    "overlap_add(windows(image, (2, 3), axis=(1, 2)), axis=(1, 2))",
)
"""A number that no formula says, and how many windows there are where only their sum is an index."""


def equation_of(text):
    """The equation of an example as a step, and a program that has it alone."""
    tree = parser.parse(canonical_dots(text, SHAPES), SHAPES)
    role = Role(RoleKind.VALUE, by=RESULT)
    reads = parser.reads(tree)
    step = SimpleNamespace(name=RESULT, tree=tree, reads=reads, phase=Phase.FORWARD, role=role)
    shapes = {**SHAPES, RESULT: np.shape(EXAMPLES[text])}
    return SimpleNamespace(shapes=shapes, step_indices={}, steps=[]), step


def test_every_function_has_an_example():
    called = {name for text in EXAMPLES for name in NAMES if f"{name}(" in text}
    assert called == set(NAMES)


@pytest.mark.parametrize("text", [text for text in EXAMPLES if text not in UNREADABLE])
def test_the_index_form_of_a_function_gives_what_the_function_gives(text):
    program, step = equation_of(text)
    found = index_form(program, step, Glyphs())
    if found is None:
        # Every cell is computed from the cells of the same place, or from none.
        assert all(SHAPES[name] in (np.shape(EXAMPLES[text]), ()) or "size(" in text for name in step.reads)
        return
    tensors = {**TENSORS, RESULT: EXAMPLES[text]}
    computed = IndexText(found.equation, program, step, tensors).value()
    assert computed == pytest.approx(np.asarray(EXAMPLES[text]) + 0.0, rel=1e-12, abs=1e-14)
