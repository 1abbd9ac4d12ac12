"""The allow lists of modules: what `import` gives for each name. Each is created when a script imports it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bpstep.script import messages
from bpstep.script.interpreter.modules import standard
from bpstep.script.interpreter.modules.data import DATA_MODULES
from bpstep.script.interpreter.modules.numpy_names import (
    linalg_module,
    numpy_module,
    random_module,
    small_numpy_modules,
)
from bpstep.script.interpreter.modules.patterns import patterns
from bpstep.script.interpreter.protocols import Library

Maker = Callable[[Library], Any]

MODULES: dict[str, Maker] = {
    "numpy": numpy_module,
    "numpy.random": random_module,
    "numpy.linalg": linalg_module,
    **small_numpy_modules(),
    **standard.MAKERS,
    "re": patterns,
    **DATA_MODULES,
}

PASSED_OVER = (
    "matplotlib",
    "seaborn",
    "pylab",
    "plotly",
    "IPython",
    "mpl_toolkits",
    "wandb",
    "tensorboardX",
    "graphviz",
    "networkx",
    "pydot",
    "ipywidgets",
    "bokeh",
    "altair",
    "visdom",
    "google",
    "colorama",
    "termcolor",
    "rich",
)
"""Plots and the like: every call does nothing."""

FRAMEWORKS = (
    "torch",
    "tensorflow",
    "keras",
    "jax",
    "theano",
    "cupy",
    "mxnet",
    "chainer",
    "caffe",
    "paddle",
    "autograd",
    "tinygrad",
    "flax",
    "numba",
    "torchvision",
    "lasagne",
    "tflearn",
    "pytorch_lightning",
    "pybrain",
    "xgboost",
)

OUTSIDE = (
    "subprocess",
    "socket",
    "ctypes",
    "multiprocessing",
    "threading",
    "requests",
    "urllib",
    "http",
    "ftplib",
    "importlib",
    "inspect",
    "signal",
    "mmap",
    "code",
    "pty",
    "asyncio",
    "concurrent",
    "webbrowser",
    "smtplib",
    "tempfile",
    "runpy",
    "pkgutil",
    "marshal",
    "dis",
    "tracemalloc",
    "resource",
)

PACKAGES = {"sklearn": "scikit-learn"}
"""The packages whose names differ from the modules they install."""

REFUSED = dict.fromkeys(FRAMEWORKS, messages.FRAMEWORK) | dict.fromkeys(OUTSIDE, messages.OUTSIDE)
"""Why a module is refused: a template by name."""
