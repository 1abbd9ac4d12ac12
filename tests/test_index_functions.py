"""Every function by indices: its index form, computed by plain loops, gives its value."""

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
from bpstep.netfile.reader import read_network
from bpstep.program.program import Phase, Role, RoleKind
from bpstep.session.session import Session

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


def test_a_window_of_one_cell_needs_no_sum():
    found = index_form(*equation_of("overlap_add(thin, axis=(1, 2))"), Glyphs())
    assert found.equation == "result[i,j,k] = Σₙₚ (n+p = k) · thin[i,j,n,0,p]"


BACKWARD = (
    "sum(cube, axis=1)",
    "mean(cube, axis=(0, -1))",
    "max(cube, axis=1)",
    "min(cube, axis=(1, 2))",
    "var(a, axis=1)",
    "std(cube, axis=(0, 1), keepdims=True)",
    "dot(a, m)",
    "matmul(a, m)",
    "outer(a, v)",
    'einsum("ij,jk->ik", a, m)',
    'einsum("ijk->kj", cube)',
    "repeat(a, 2)",
    "repeat(a, 3, axis=0)",
    "concatenate([a, b, column], axis=1)",
    "stack([a, b], axis=1)",
    "swapaxes(cube, 0, -1)",
    "transpose(cube, (2, 0, 1))",
    "pad(a, ((1, 0), (0, 2)))",
    "windows(image, (2, 3), axis=(2, 1))",
    "overlap_add(deep, axis=1)",
    "softmax(cube)",
    "cube @ m.T",
    "m @ swapaxes(cube, 1, 2)",
    "v @ cube",
    "cube.T",
    "cube.reshape(4, -1)",
    "m[labels]",
    "cube[arange(2), labels]",
    "a[:, None]",
    "maximum(a, row)",
)
"""Examples of which the backward pass moves numbers or adds them up."""


@pytest.fixture(scope="module")
def backward(tmp_path_factory):
    """One network that has all of them, stepped through to the last gradient."""
    path = tmp_path_factory.mktemp("functions") / "functions.toml"
    read = {name for text in BACKWARD for name in parser.reads(equation_of(text)[1].tree)}
    is_index = {name: TENSORS[name].dtype.kind == "i" for name in sorted(read)}

    def given(indices):
        names = [name for name, index in is_index.items() if index == indices]
        return "\n".join(f"{name} = {TENSORS[name].tolist()}" for name in names)

    results = "\n".join(f"y_{k} = {text}" for k, text in enumerate(BACKWARD))
    loss = " + ".join(f"sum(y_{k}**2)" for k in range(len(BACKWARD)))
    path.write_text(
        f"learning_rate = 0.1\n[constants]\n{given(True)}\n[parameters]\n{given(False)}\n"
        f"[program]\nforward = '''\n{results}\nE = {loss}\n'''\n"
    )
    session = Session(read_network(path))
    session.goto(f"i0:{gradients(session.program)[-1].name}")
    return session


def gradients(program):
    return [step for step in program.steps if step.phase == Phase.BACKWARD]


def test_the_index_forms_of_what_is_derived_from_the_functions_give_the_gradients(backward):
    program, tensors = backward.program, backward.frame.tensors
    compared = 0
    for step in gradients(program):
        found = index_form(program, step, Glyphs())
        if found is not None and "…" not in found.equation:
            computed = IndexText(found.equation, program, step, tensors).value()
            wanted = pytest.approx(np.asarray(tensors[step.name]) + 0.0, rel=1e-9, abs=1e-12)
            assert computed == wanted, step.equation
            compared += 1
    assert compared > len(BACKWARD)
