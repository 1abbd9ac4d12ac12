"""Runs a script by Python and leaves its final variables in a file: run_by_python.py SCRIPT ANSWER.

With LINE and PASSES (`1,3,10`) after these it leaves the variables of the function that holds the loop at
that line, before each of these passes, and ends after the last.

Without any it reads requests from standard input, a line of JSON each, and runs each script in a fork of its
own, as NumPy is loaded then; when one has ended it writes a line.

`comparable` turns a value into plain data that can be compared to the bit, in either process.
"""

import ast
import builtins
import enum
import json
import os
import pickle
import random
import signal
import sys
import warnings
from pathlib import Path

import numpy as np


def comparable(value, seen=(), depth=0):
    """Plain data of a value: kind, shape and bytes of each array; None for what has no data."""
    if id(value) in seen or depth > 12:
        return "again"
    seen = (*seen, id(value))
    if isinstance(value, np.ndarray | np.generic):
        if value.dtype.hasobject:
            return (
                "objects",
                value.shape,
                [comparable(item, seen, depth + 1) for item in value.ravel().tolist()],
            )
        return (type(value).__name__, value.dtype.str, value.shape, value.tobytes())
    if value is None or isinstance(value, bool | int | str | bytes | complex):
        return (type(value).__name__, value)
    if isinstance(value, enum.Enum):
        return ("enum", value.name)
    if isinstance(value, float):
        return ("float", value.hex())
    if isinstance(value, list | tuple):
        return (type(value).__name__, [comparable(item, seen, depth + 1) for item in value])
    if isinstance(value, dict):
        pairs = [(repr(key), comparable(item, seen, depth + 1)) for key, item in value.items()]
        return ("dict", pairs)
    if isinstance(value, set | frozenset):
        return ("set", sorted(map(repr, value)))
    module = type(value).__module__
    if type(value).__name__ in ("Nothing", "Passive", "Progress"):
        return None
    if (
        hasattr(value, "__dict__")
        and module not in HIDDEN
        and not module.startswith("bpstep")
        and not isinstance(value, type)
    ):
        return (type(value).__name__, comparable(dict(sorted(vars(value).items())), seen, depth + 1))
    return None


HIDDEN = {
    "builtins",
    "__future__",
    "argparse",
    "numpy",
    "functools",
    "types",
    "unittest.mock",
    "matplotlib",
    "typing",
    "_io",
    "io",
}


def comparable_names(names):
    """The variables of a module in comparable form, by name."""
    return {
        name: comparable(value)
        for name, value in names.items()
        if not name.startswith("__") and "@" not in name and name != "annotations"
    }


class Nothing:
    """Replaces a module of plots."""

    __path__ = ()

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return Nothing()

    def __call__(self, *args, **kwargs):
        return Nothing()

    def __getitem__(self, index):
        return Nothing()

    def __setitem__(self, index, item):
        pass

    def __enter__(self):
        return self

    def __exit__(self, *error):
        pass

    def __iter__(self):
        return iter((Nothing(), Nothing()))


def without_plots():
    class Finder:
        def find_spec(self, name, path=None, target=None):
            from importlib.machinery import ModuleSpec

            if name.split(".")[0] in ("matplotlib", "seaborn", "IPython", "mpl_toolkits"):
                return ModuleSpec(name, self, is_package=True)
            return None

        def create_module(self, spec):
            return Nothing()

        def exec_module(self, module):
            pass

    sys.meta_path.insert(0, Finder())
    if "tqdm" not in sys.modules:
        try:
            import tqdm  # noqa: F401
        except ImportError:
            made = type(sys)("tqdm")
            made.tqdm = lambda items=None, *args, **kwargs: items
            made.trange = lambda *args, **kwargs: range(*args)
            sys.modules["tqdm"] = made


class Enough(BaseException):
    """The last pass that is looked at has begun."""


def with_look(text, script, line):
    """The script's tree with a call at the beginning of the body of a loop."""
    tree = ast.parse(text, script)
    for node in ast.walk(tree):
        if isinstance(node, ast.For | ast.While) and node.lineno == line:
            node.body.insert(0, ast.parse("__look__()").body[0])
    return ast.fix_missing_locations(tree)


def looking(passes, seen):
    """What the call does: keep the variables of who calls it, in comparable form.

    Passes are those of the first call of the function that holds the loop: a later call begins anew.
    """
    begun = 0
    first = None

    def look():
        nonlocal begun, first
        frame = sys._getframe(1)
        first = first or frame
        if frame is not first:
            raise Enough
        if begun in passes:
            seen[begun] = comparable_names(frame.f_locals)
        begun += 1
        if begun > max(passes):
            raise Enough

    return look


def main(script, answer, line=None, passes="0"):
    warnings.simplefilter("ignore")
    without_plots()
    np.random.seed(0)
    random.seed(0)
    fresh = np.random.default_rng
    np.random.default_rng = lambda seed=None: fresh(0 if seed is None else seed)
    names = {"__name__": "__main__", "__file__": script}
    sys.argv = [script]
    sys.path.insert(0, str(Path(script).parent))
    error = None
    text = Path(script).read_text("utf-8-sig", "replace")
    seen = {}
    code = text if line is None else with_look(text, script, int(line))
    if line is not None:
        names["__look__"] = looking(set(map(int, passes.split(","))), seen)
        builtins.__look__ = names["__look__"]
    try:
        exec(compile(code, script, "exec"), names)
    except (SystemExit, Enough):
        pass
    except BaseException as raised:
        error = f"{type(raised).__name__}: {raised}"
    found = comparable_names(names) if line is None else seen
    Path(answer).write_bytes(pickle.dumps((found, error)))


def serve():
    for line in sys.stdin:
        request = json.loads(line)
        child = os.fork()
        if child == 0:
            _be_process_of(request)
            main(*request["words"])
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(0)
        os.waitpid(child, 0)
        print(flush=True)


def _be_process_of(request):
    """Take over the folder and the files of the request, and end after this many seconds."""
    signal.alarm(request["seconds"])
    os.chdir(request["folder"])
    files = (os.devnull, os.O_RDONLY), (request["out"], os.O_WRONLY), (request["err"], os.O_WRONLY)
    for standard, (path, mode) in enumerate(files):
        file = os.open(path, mode | os.O_CREAT, 0o600)
        os.dup2(file, standard)
        os.close(file)
    sys.stdin = open(0)  # noqa: SIM115


if __name__ == "__main__":
    main(*sys.argv[1:]) if sys.argv[1:] else serve()
