"""What must never happen, tried very often."""

from __future__ import annotations

import os
import sys
import tempfile
import traceback
from itertools import count
from pathlib import Path

from tests.benchmarks.measure import Measure, counted

_KEYS = 50_000
_KILLS = 200
_AT_ONCE = 500
_LOOK_EVERY = 25


def keys(_rounds: int) -> list[Measure]:
    """Random keys at random sizes over five networks: crashes, and states that are not as they should be."""
    sys.path.insert(0, str(Path(__file__).parents[1]))
    from random_keys import NETWORKS, Monkey

    failures = pressed = 0
    here = os.getcwd()
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)  # what is saved by chance is saved there
        for seed in count():
            monkey = Monkey(NETWORKS[seed % len(NETWORKS)], seed)
            try:
                monkey.press(_AT_ONCE, _LOOK_EVERY)
            except Exception:
                traceback.print_exc()
                failures += 1
            pressed += len(monkey.pressed)
            if pressed >= _KEYS:
                break
        os.chdir(here)
    return [counted("random keys that went wrong", failures, pressed)]


def kills(_rounds: int) -> list[Measure]:
    """A scripted session in a terminal, killed at random moments: how many edits were lost that the screen
    had shown.
    """
    sys.path.insert(0, str(Path(__file__).parents[1]))
    from killed_sessions import lost

    missing = 0
    for seed in range(_KILLS):
        with tempfile.TemporaryDirectory() as folder:
            missing += lost(Path(folder), seed)[0]
    return [counted("edits lost by kill -9", missing, _KILLS)]
