"""A page to print or to publish on the web: every equation in symbols, as NumPy, and its value."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

import numpy as np

from bpstep.defaults import PAGE_WIDTH
from bpstep.explain import latex as symbols
from bpstep.export import messages, steps, text
from bpstep.session.session import Session
from bpstep.text import fill, one_line

_SPECIAL = re.compile(r"([\\`*_\[\]#|~$])")

_SPECIAL_AT_FIRST = re.compile(r"^(\d*)([-+=.)])")


def trace_markdown(session: Session, iterations: int) -> Iterator[str]:
    """The page, line by line."""
    network, program = session.network, session.program
    yield f"# {escape_markdown(network.title or network.name)}"
    yield ""
    template = messages.NETWORK if network.script is None else messages.SCRIPT
    yield fill(template, name=f"`{one_line(network.name)}`", sizes=network.size_text, count=session.period)
    yield ""
    yield f"## {fill(messages.AT_START)}"
    start = steps.initial_tensors(session)
    for name, value in start.items():
        yield ""
        label = f"${symbols.tensor_latex(name, program)}$, `{name}`"
        yield fill(messages.SHAPE, name=label, shape=np.shape(value)) if np.ndim(value) else f"{label}:"
        yield from _fenced("text", text.number_block(value, PAGE_WIDTH))
    for done in steps.walk_steps(session, iterations):
        yield from _step(done, session)


def escape_markdown(words: str) -> str:
    """Text escaped for Markdown and HTML."""
    return _SPECIAL_AT_FIRST.sub(r"\1\\\2", _SPECIAL.sub(r"\\\1", html.escape(one_line(words), quote=False)))


def _step(done: steps.CompletedStep, session: Session) -> Iterator[str]:
    if done.starts_iteration:
        yield ""
        yield f"## {text.iteration_title(done)}"
    if done.starts_phase:
        yield ""
        yield f"### {fill(done.step.phase).capitalize()}"
    yield ""
    yield f"{done.n}\\. **`{done.step.name}`**"
    yield ""
    yield f"$${symbols.equation_latex(done.step, session.program)}$$"
    yield from _fenced("python", [done.step.equation])
    yield from _fenced("text", text.number_block(done.value, PAGE_WIDTH))


def _fenced(language: str, lines: list[str]) -> Iterator[str]:
    yield ""
    yield f"```{language}"
    yield from lines
    yield "```"
