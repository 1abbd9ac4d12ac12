"""The sentence of a step, in a call."""

import numpy as np

from bpstep.explain.prose.step_sentence import sentence
from bpstep.session.session import Session


def say(made, at, index=None, edits=()):
    """The sentence just after an equation, for its first cell unless another is named."""
    session = made if isinstance(made, Session) else Session(made, edits)
    session.goto(at)
    frame = session.frame
    return sentence(frame, (0,) * np.ndim(frame.tensors[frame.step.name]) if index is None else index)
