"""Every sentence that refuses a script is a template: scripts are refused with each, in English or not."""

import re

import pytest
from pseudo_language import Cyrillic, latin_words

from bpstep import text
from bpstep.errors import FileError
from bpstep.script import messages
from bpstep.script.interpreter.interpreter import Interpreter
from bpstep.script.limits import Limits
from bpstep.script.opening import open_script
from bpstep.script.source import parse_source

NUMPY = "import numpy as np\n"

EXAMPLES = {
    "ATTRIBUTE": "class A: pass\nA().__reduce__",
    "ATTRIBUTE_OF": NUMPY + "np.zeros(1).ctypes",
    "ATTRIBUTE_OF_FUNCTION": "def f(): pass\nf.__globals__",
    "MEMBER": "import math\nmath.__spec__",
    "MEMBER_HERE": "class A(Exception): pass\nException.__init__(1)",
    "SUPER_MEMBER": "class A(Exception):\n def f(self): super().__reduce__()\nA().f()",
    "NEW": "class A: pass\nA.__new__(int)",
    "SET_ATTRIBUTE": "class A: pass\nA().__class__ = int",
    "SET_ATTRIBUTE_OF": NUMPY + "np.zeros(1).data = 1",
    "SET_DTYPE_TO_OBJECT": NUMPY + "a = np.zeros(3)\na.dtype = object",
    "DELETE_ATTRIBUTE": NUMPY + "a = np.zeros(3)\ndel a.data",
    "ATTRIBUTE_IN_FORMAT": "'{0.__class__}'.format(1)",
    "OBJECTS_VIEWED": NUMPY + "np.zeros(3).view(object)",
    "OBJECTS_VIEWED_AS_OTHER": NUMPY + "np.array([None]).view(float)",
    "YIELD_INSIDE": "def f(): return (yield)",
    "EXCEPT_STAR": "try: pass\nexcept* ValueError: pass",
    "ASYNC_FUNCTIONS": "async def f(): pass",
    "DERIVED_CLASS": "class A(type): pass",
    "CLASS_KEYWORD": "class A(x=1): pass",
    "SPECIAL_METHOD": "class A:\n def __getattribute__(self, n): return 1",
    "REPLACED_METHOD": "class A(int):\n def __lt__(self, other): return True",
    "THREE_TYPE_ARGUMENTS": "type('A', (), {})",
    "DIR": "dir(len)",
    "INPUT": "input()",
    "EVAL": "eval('1')",
    "EXEC": "exec('x = 1')",
    "COMPILE": "compile('1', 'x', 'eval')",
    "IMPORT_FUNCTION": "__import__('os')",
    "BREAKPOINT": "breakpoint()",
    "MEMORYVIEW": "memoryview(b'')",
    "HELP": "help()",
    "ARRAY_WITH_BUFFER": NUMPY + "np.ndarray((1,), float, b'12345678')",
    "REMOVED": NUMPY + "np.rank(1)",
    "REMOVED_IN_NUMPY_2": NUMPY + "np.cumproduct",
    "EINSUM": NUMPY + "np.einsum(np.zeros(1), [0])",
    "STRIDES": NUMPY + "np.lib.stride_tricks.as_strided(np.zeros(3), (10**5,), (8,))",
    "SCRIPT_ARGUMENT": "import argparse\np = argparse.ArgumentParser()\np.add_argument('x')\np.parse_args()",
    "SCRIPT_ARGUMENTS": "import argparse\np = argparse.ArgumentParser()\np.parse_args(['x'])",
    "MODULE": "import sqlite3\nsqlite3.connect('x')",
    "NO_MODULE": "import absent\nabsent.x",
    "STAR_IMPORT": "from matplotlib import *",
    "FRAMEWORK": "import torch\ntorch.zeros(3)",
    "OUTSIDE": "import subprocess\nsubprocess.run('x')",
    "WRITES": NUMPY + "np.memmap('x')",
    "PICKLE": "import pickle\npickle.loads(b'')",
    "OUTSIDE_FOLDER": "open('/etc/passwd')",
    "FILE_ERROR": "open('.').read()",
    "FROMFILE_OBJECTS": NUMPY + "np.fromfile('x', object)",
    "PYTHON_2": "print 1",
    "PYTHON_2_ERROR": "xrange(3)",
    "MAGIC": "%matplotlib inline",
    "NOT_PYTHON": "x = ",
    "TOO_NESTED_EXPRESSION": "x = " + "-" * 600 + "1",
    "TOO_SLOW": "while True: pass",
    "TOO_DEEP": "def f(): return f()\nf()",
    "TOO_MANY_CELLS": NUMPY + "np.zeros(10**12)",
    "TOO_MANY_ITEMS": "x = [0] * 10**10",
    "TOO_MANY_BITS": "x = 1 << 10**10",
    "TOO_MANY_MEMBERS": "import enum\nenum.Enum('N', map(str, range(5000)))",
    "TOO_MANY_AXES": NUMPY + "np.zeros((1,) * 65)",
    "TOO_MUCH_WORK": NUMPY + "np.convolve(np.ones(10**6), np.ones(10**6))",
    "TOO_WIDE": "x = '{:1000000000}'.format(1)",
}
"""Scripts by the template that refuses them."""

THEIR_OWN = re.findall(r"\w{3,}", " ".join(EXAMPLES.values()))
"""Names that a refusal takes from its script."""

PYTHON = "invalid syntax NameError name not defined unrecognized arguments"
"""What Python says of errors, in whatever language that is."""

INSTEAD = "ndim cumprod numpy BaseException"
"""Names that a refusal offers, or takes from a class above."""


def refusal(folder, script, **limits):
    """Why a script ends, without its place."""
    with pytest.raises(FileError) as raised:
        Interpreter(parse_source(folder / "script.py", script), Limits(**limits)).run()
    return raised.value.message


@pytest.mark.parametrize("name", EXAMPLES)
def test_what_refuses_a_script_is_a_template(tmp_path, name):
    limits = {"seconds": 0.1} if name == "TOO_SLOW" else {}
    said = refusal(tmp_path, EXAMPLES[name], **limits)
    told = getattr(messages, name)
    if "(imported at " in said:
        told = messages.IMPORTED.replace("{reason}", told)
    assert re.fullmatch(re.sub(r"\\\{\w+:?,?\\\}", "(.*)", re.escape(told)), said)
    text.use_translation(Cyrillic())
    try:
        translated = refusal(tmp_path, EXAMPLES[name], **limits)
    finally:
        text.use_translation({})
    assert latin_words(translated, [*THEIR_OWN, *PYTHON.split(), *INSTEAD.split(), "script"]) == set()
    assert re.search("[а-я]{3}", translated)


UNSAID = {
    "NOT_IN_LANGUAGE_OPERATOR": "r = (H > 0) ^ (H > 0.1)",
    "NOT_IN_LANGUAGE_CALL": "r = np.cumsum(H)",
    "NOT_IN_LANGUAGE_METHOD": "r = H.copy(); r.sort()",
    "UNCOUNTED_CELLS": "r = H[H > 0] + H[H > 0.0001]",
    "NOT_IN_LANGUAGE_OUT": "r = H * 1; np.fmod(r, 0.3, out=r)",
}
"""Lines of a pass without an equation, by the template that says why."""


@pytest.mark.parametrize("name", UNSAID)
def test_why_a_line_is_no_equation_is_a_template(tmp_path, name):
    path = tmp_path / "script.py"
    lines = ["H = np.tanh(X @ W)", UNSAID[name], "W -= 0.1 * np.sum(r) * X.T @ H"]
    head = NUMPY + "X = np.array([[0.5, 1.0], [1.5, 0.2]])\nW = np.array([[0.3, -0.2], [0.1, 0.4]])\n"
    path.write_text(head + "for k in range(3):\n" + "".join(f"    {line}\n" for line in lines))
    text.use_translation(Cyrillic())
    try:
        reasons = [line.opaque for line in open_script(path).iteration(1).equations if line.opaque]
    finally:
        text.use_translation({})
    template = Cyrillic()[getattr(messages, name)]
    pattern = re.sub(r"\\\{\w+\\\}", "(.*)", re.escape(template))
    assert any(re.fullmatch(pattern, reason) for reason in reasons), reasons
    assert all(latin_words(reason, ["cumsum", "sort", "fmod"]) == set() for reason in reasons)
