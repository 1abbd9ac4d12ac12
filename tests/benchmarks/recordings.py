"""Recordings of the built-in lessons: what a step costs, and that all recordings are the same bytes."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import product
from pathlib import Path
from statistics import mean, median

from bpstep.lessons import builtin
from tests.benchmarks.measure import Measure, bounded
from tests.benchmarks.terminal import ROOT

_KILOBYTE = 1200
_ENDINGS = ("cast", "svg")
_RECORD = """
import sys
from bpstep.__main__ import main
for file in sys.argv[1:]:
    status = main(["record", file.rpartition("/")[2].rpartition(".")[0], "-o", file])
    if status: sys.exit(status)
"""
_FEATURES = """
try: from numpy._core import _multiarray_umath as core
except ImportError: from numpy.core import _multiarray_umath as core
print(*(name for name in core.__cpu_dispatch__ if core.__cpu_features__.get(name)))
"""
_SURROUNDINGS: tuple[dict[str, str], ...] = (
    {"TERM": "xterm-256color", "COLORTERM": "truecolor", "LANG": "C.UTF-8"},
    {"TERM": "dumb", "NO_COLOR": "1"},
    {"TERM": "", "LC_ALL": "C", "COLUMNS": "40", "LINES": "10", "PYTHONHASHSEED": "7"},
    {"TERM": "linux", "TZ": "Asia/Tokyo", "PYTHONOPTIMIZE": "1"},
    {"TERM": "xterm", "NPY_DISABLE_CPU_FEATURES": "all", "OPENBLAS_CORETYPE": "Prescott"},
)
"""Five recordings: the last with none of the processor's features that NumPy has a choice of."""


def recordings(_rounds: int) -> list[Measure]:
    """Bytes per step, and files that differ between recordings under load, for every installed Python."""
    return [*_steps(), _different()]


def _steps() -> Iterator[Measure]:
    """What a plain `n` costs: in all built-in lessons, and in the article without captions."""
    sys.path.insert(0, str(Path(__file__).parents[1]))
    from lesson_files import lesson, steps

    lessons = [size for name in builtin.lesson_names() for size in steps(builtin.open_lesson(name))]
    article = list(steps(lesson("network article\nwait 1\nn*16")))
    for name, sizes in (("a recorded step", lessons), ("the article's recorded", article)):
        sent, filed = zip(*sizes)
        told = f"of {len(sizes)} plain n; in the file {mean(filed):,.0f} B"
        yield bounded(f"{name}, mean", mean(sent), _KILOBYTE, "B", told)
        told = f"in the file {median(filed):,.0f} B"
        yield bounded(f"{name}, median", median(sent), _KILOBYTE, "B", told)
        told = f"in the file {max(filed):,} B"
        yield bounded(f"{name}, the most of any", max(sent), 2 * _KILOBYTE, "B", told)


def _different() -> Measure:
    """Each lesson in both forms, five times by each Python, while all processors are busy."""
    found: dict[str, set[str]] = {}
    with tempfile.TemporaryDirectory() as folder, _load():
        pythons = list(_pythons(Path(folder)))
        for (version, python), (at, surroundings) in product(pythons, enumerate(_SURROUNDINGS)):
            for file in _recorded(python, surroundings, Path(folder) / f"{version}-{at}"):
                found.setdefault(file.name, set()).add(hashlib.sha256(file.read_bytes()).hexdigest())
    different = sum(len(each) - 1 for each in found.values())
    versions = ", ".join(version for version, _ in pythons)
    told = f"of {len(found)} files, {len(_SURROUNDINGS)} times each by Python {versions}"
    return Measure("recordings that differ", different, 0, different, 0.0, "", told)


def _recorded(python: str, surroundings: dict[str, str], folder: Path) -> list[Path]:
    folder.mkdir()
    files = [folder / f"{name}.{ending}" for name, ending in product(builtin.lesson_names(), _ENDINGS)]
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    environment = {**kept, "PYTHONPATH": str(ROOT), **surroundings}
    if environment.get("NPY_DISABLE_CPU_FEATURES") == "all":
        environment["NPY_DISABLE_CPU_FEATURES"] = _said(python, _FEATURES)
    subprocess.run([python, "-c", _RECORD, *map(str, files)], env=environment, check=True)
    return files


def _pythons(folder: Path) -> Iterator[tuple[str, str]]:
    """Every Python here from 3.11 on: this one, and each other in an environment made for it."""
    version = "import sys; print('%d.%d.%d' % sys.version_info[:3] if sys.version_info >= (3, 11) else '')"
    yield _said(sys.executable, version), sys.executable
    seen = {_said(sys.executable, version)}
    names = [shutil.which(f"python3.{minor}") for minor in range(11, 20)]
    installed = sorted(Path.home().glob(".pyenv/versions/3.*/bin/python3"))
    for python in [*filter(None, names), *map(str, installed)]:
        found = _said(python, version)
        if found in seen or not found:
            continue
        seen.add(found)
        own = folder / f"python-{found}"
        subprocess.run([python, "-m", "venv", str(own)], check=True)
        needs = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
        subprocess.run([own / "bin" / "pip", "-qq", "install", *needs], check=True)
        yield found, str(own / "bin" / "python")


def _said(python: str, code: str) -> str:
    """The output of a Python; empty if it fails."""
    return subprocess.run([python, "-c", code], capture_output=True, text=True).stdout.strip()


@contextmanager
def _load() -> Iterator[None]:
    """Twice as many busy processes as processors."""
    busy = [
        subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(2 * (os.cpu_count() or 1))
    ]
    try:
        yield
    finally:
        for process in busy:
            process.kill()
            process.wait()
