"""The derived gradients of known programs and of four hundred random ones are those of PyTorch's autograd."""

import numpy as np
import pytest
from chance import examples
from forward_programs import NAMES, backward, gradients, read, run, text
from hypothesis import HealthCheck, given
from hypothesis import strategies as st
from programs_by_chance import Maker, numbered

torch = pytest.importorskip("torch", reason="the extra 'oracle' is not installed")

from torch_language import gradients_by_torch  # noqa: E402

GROUPS, SIZE = 8, 50
MAX_LINE = 96


@pytest.mark.parametrize("name", NAMES)
def test_every_gradient_of_a_known_program_is_autograd_s(name):
    forward, start, parameters = read(name)
    lines = backward(forward, start, parameters)
    computed = run([(line.name, line.source) for line in lines], run(forward, start))
    expected = gradients_by_torch(forward, start, parameters)
    found = gradients(lines, forward[-1][0])
    assert set(parameters) <= set(found)
    for by in found:
        np.testing.assert_allclose(computed[found[by]], expected[by], rtol=1e-10, atol=1e-10)


def differing(forward, start, parameters):
    """What is wrong with the derived gradients, empty if nothing is."""
    lines = backward(forward, start, parameters)
    tensors = run(forward, start)
    loss = forward[-1][0]
    if not np.isfinite(tensors[loss]) or abs(tensors[loss]) > 1e8:
        return ""
    computed = run([(line.name, line.source) for line in lines], tensors)
    expected = gradients_by_torch(forward, start, [p for p in parameters if p in start])
    for by, name in gradients(lines, loss).items():
        right = expected.get(by)
        right = np.zeros(np.shape(tensors[by])) if right is None else right
        if np.shape(computed[name]) != right.shape:
            return f"{name} has shape {np.shape(computed[name])}, not {right.shape}"
        scale = max(1, np.max(np.abs(right), initial=0))
        if np.all(np.isfinite(right)) and not np.allclose(
            computed[name], right, rtol=1e-9, atol=1e-10 * scale
        ):
            return f"{name} is off by {np.max(np.abs(computed[name] - right))}"
    long = [line.name for line in lines if len(line.name) + len(line.source) + 3 > MAX_LINE]
    return f"{long[0]} is longer than a line" if long else ""


@pytest.mark.parametrize("group", range(GROUPS))
def test_random_programs_have_the_gradients_of_autograd(group):
    """The same programs each time."""
    for number in range(group * SIZE, (group + 1) * SIZE):
        maker = numbered(number, ties=True)
        wrong = differing(maker.forward, maker.start, maker.parameters)
        assert not wrong, f"program {number}\n{text(maker.forward)}"


@examples(60, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_a_random_program_that_fails_is_made_small(data):
    """The same, drawn by hypothesis, which shrinks what fails."""
    maker = Maker(
        lambda options: data.draw(st.sampled_from(list(options))), np.random.default_rng(0), ties=True
    )
    maker.program(data.draw(st.integers(1, 2)), data.draw(st.integers(1, 3)))
    assert not differing(maker.forward, maker.start, maker.parameters), text(maker.forward)
