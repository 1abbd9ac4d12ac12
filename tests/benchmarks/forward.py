"""Networks by forward pass: an iteration of a long jump against NumPy by hand, steps on the screen."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from time import process_time
from typing import Any

from bpstep.export.numpy_script import numpy_script
from bpstep.netfile.builtin import open_network
from bpstep.render.theme import Theme
from bpstep.session.session import Session
from bpstep.ui.compose import make_controller
from bpstep.ui.controller import Controller
from bpstep.ui.input import handle_key
from tests.benchmarks.long_jump import long_jump
from tests.benchmarks.measure import Measure, paired

_ITERATIONS = 2_000
_KEYS = 104
"""Two iterations of the largest network."""
_REACHES = {"attention": 0.8}
_NETWORKS = ("attention", "batchnorm", "embedding", "rnn", "lstm", "conv", "autoencoder")


def jumps(rounds: int) -> list[Measure]:
    """An iteration in a long jump, against the same lines in a function that somebody writes with NumPy."""
    return [_jump(name, max(rounds // 2, 3)) for name in _NETWORKS]


def _jump(name: str, rounds: int) -> Measure:
    network = open_network(name)
    by_hand, given = loop_by_hand(Session(network))
    return long_jump(
        f"{name}: an iteration in a long jump",
        network,
        lambda iterations: by_hand(iterations, **given),
        _ITERATIONS,
        rounds,
        _REACHES.get(name, 1),
    )


def loop_by_hand(session: Session) -> tuple[Callable[..., Mapping[str, Any]], dict[str, Any]]:
    """The exported lines of an iteration in a loop of a function, and the tensors before the first one.

    The function is called with the number of iterations and these tensors; it gives all tensors after.
    """
    tree = ast.parse("\n".join(numpy_script(session, 1)))
    loop = next(each for each in tree.body if isinstance(each, ast.For))
    before = ast.Module(tree.body[: tree.body.index(loop)], [])
    scope: dict[str, Any] = {}
    exec(compile(before, "<by hand>", "exec"), scope)
    given = {name: scope[name] for name in session.program.initial}
    head = f"def by_hand(iterations, {', '.join(given)}):"
    (function,) = ast.parse(f"{head}\n for _ in range(iterations): pass\n return locals()").body
    assert isinstance(function, ast.FunctionDef)
    assert isinstance(function.body[0], ast.For)
    function.body[0].body = loop.body
    exec(compile(ast.Module([function], []), "<by hand>", "exec"), scope)
    return scope["by_hand"], given


def steps(rounds: int) -> list[Measure]:
    """`n` and `s` with the screen drawn, against `n` in the article's network."""
    article = _at_a_screen("article")
    found = []
    for name in ("attention", "conv"):
        for key in ("n", "s"):
            controller = _at_a_screen(name)
            ours, theirs = [], []
            for _ in range(rounds):
                ours.append(_time_of_keys(controller, key))
                theirs.append(_time_of_keys(article, "n"))
            found.append(paired(f"{name}: {key} against n in the article's", ours, theirs, 2.0))
    return found


def _at_a_screen(name: str) -> Controller:
    controller = make_controller(Session(open_network(name)), Theme())
    controller.size = (80, 24)
    controller.draw()
    return controller


def _time_of_keys(controller: Controller, key: str) -> float:
    began = process_time()
    for _ in range(_KEYS):
        handle_key(controller, key)
        controller.draw()
    return (process_time() - began) / _KEYS
