"""Short scripts, one for each feature of the language, print in the interpreter what they print in Python."""

import contextlib
import io
from pathlib import Path

import pytest

from bpstep.script.interpreter.expressions import MAX_DOTTED_NAME, _is_dotted_name
from bpstep.script.interpreter.interpreter import Interpreter
from bpstep.script.limits import Limits
from bpstep.script.refusal import ScriptError
from bpstep.script.source import parse_source

FEATURES = sorted((Path(__file__).parent / "script_features").glob("*.py"))


@pytest.mark.parametrize("path", FEATURES, ids=lambda path: path.stem)
def test_a_short_script_prints_what_it_prints_in_python(path):
    text = path.read_text()
    script = Interpreter(parse_source(path, text), Limits(60.0))
    script.run()
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(text, path.name, "exec"), {"__name__": "__main__"})
    assert script.output.text.splitlines() == printed.getvalue().splitlines()


NOT_READ = {
    "int.from_bytes": "int.from_bytes is not supported",
    "float.fromhex": "float.fromhex is not supported",
    "dict.__init_subclass__": "dict.__init_subclass__ is not supported",
    "Exception.with_traceback": "Exception.with_traceback is not supported",
    "ValueError('x').with_traceback": "the attribute with_traceback of ValueError is not supported",
    "Made.mro": "Made.mro is not supported",
    "Made.act.__code__": "the attribute __code__ of a function is not supported",
    "Made().act.__func__": "the attribute __func__ of a function is not supported",
    "Made().__dir__": "the attribute __dir__ is not supported",
    "timeit.timeit": "timeit.timeit calls its function where it can't be paused; "
    "call the function in a line of its own",
    "np.zeros(2).ctypes": "the attribute ctypes of ndarray is not supported",
}
"""Attributes that Python has and no script may read, with what refuses them."""

NOT_THERE = [
    *("int.missing", "(1).missing", "list.missing", "'text'.missing", "Exception.missing"),
    *("ValueError('x').missing", "Made.missing", "Made().missing", "Made.act.missing", "np.missing"),
    *("(lambda: 0).missing", "{}.missing", "print.missing", "[].append.missing"),
]
"""Attributes that Python has neither."""

BEFORE = "import timeit\nimport numpy as np\nclass Made:\n    def act(self): pass\n"


@pytest.mark.parametrize("read", [*NOT_READ, *NOT_THERE])
def test_an_attribute_that_is_not_read_is_told_from_one_that_is_not_there(read):
    """A script may catch Python's error and ask for something else; what is refused ends it."""
    text = f"{BEFORE}try:\n    {read}\nexcept AttributeError as error:\n    print('caught', error)\n"
    script = Interpreter(parse_source(Path("script.py"), text), Limits(60.0))
    if read in NOT_READ:
        exec(f"{BEFORE}{read}", {})
        with pytest.raises(ScriptError) as raised:
            script.run()
        assert raised.value.message == NOT_READ[read]
    else:
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(text, {})
        script.run()
        assert script.output.text == printed.getvalue()


def test_a_text_is_looked_up_as_a_name_below_the_limit_of_its_length():
    for text in ("a", "self.run", " a.b ", "a" * (MAX_DOTTED_NAME - 1)):
        assert _is_dotted_name(text)
    for text in ("", "a.", "a b", "a()", "1a", "a.class", "a.__dict__", "a" * MAX_DOTTED_NAME):
        assert not _is_dotted_name(text)
