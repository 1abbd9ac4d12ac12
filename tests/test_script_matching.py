"""`match` statements choose the case that Python chooses and bind what Python binds."""

import contextlib
import io
from pathlib import Path

import pytest

from bpstep.script.interpreter.interpreter import Interpreter
from bpstep.script.limits import Limits
from bpstep.script.source import parse_source

SUBJECTS = """\
import collections
Point = collections.namedtuple("Point", "x y")
class Shape:
    __match_args__ = ("width", "height")
    def __init__(self, width, height):
        self.width = width
        self.height = height
class Bare:
    pass
SUBJECTS = [
    0, 1, True, None, 2.5, "ab", "", b"ab", bytearray(b"a"), [], [1], [1, 2], [1, 2, 3], (1, 2), range(2), {},
    {"a": 1}, {"a": 1, "b": 2}, {1, 2}, Point(1, 2), Shape(1, 2), Shape(3, 4), Bare(),
    collections.deque([1, 2]), int, [[1, 2], {"a": 1}],
]
for subject in SUBJECTS:
    a = b = c = "-"
    try:
        match subject:
            case PATTERN:
                shown = "yes"
            case _:
                shown = "no"
    except TypeError as error:
        shown = "TypeError"
    bound = [each if isinstance(each, (int, str, list, dict)) else type(each).__name__ for each in (a, b, c)]
    print(shown, bound)
"""

PATTERNS = [
    *("0", "1", "-1", "2.5", "'ab'", "None", "True", "b'ab'"),
    *("a", "_", "0 | 1 | 'ab'", "(1 | 2) as a", "[a, b] | {'a': a, 'b': b}"),
    *("[]", "[a]", "[a, b]", "(a, b)", "[a, *b]", "[*a, b]", "[a, *b, c]", "[*_]", "[a, *_]", "[1, *a, 3]"),
    *("{}", "{'a': a}", "{'a': 1, **b}", "{'a': a, 'b': b}", "{'a': 2}", "{**a}"),
    *(
        "int()",
        "int(a)",
        "bool(a)",
        "str(a)",
        "list(a)",
        "dict()",
        "Point(a, b)",
        "Point(x=1, y=a)",
        "Point(a, y=3)",
    ),
    *(
        "Shape(a, b)",
        "Shape(1, b)",
        "Shape(height=4)",
        "Shape(a, b, c)",
        "Bare()",
        "Bare(a)",
        "Shape(depth=1)",
    ),
    *("[[a, b], {'a': c}]", "a if a == 1", "[a, b] if a > b"),
]


@pytest.mark.parametrize("pattern", PATTERNS)
def test_a_pattern_fits_what_it_fits_in_python(pattern):
    text = SUBJECTS.replace("PATTERN", pattern)
    if pattern in ("a", "_"):  # Python refuses a case below one that always fits
        text = text.replace('            case _:\n                shown = "no"\n', "")
    script = Interpreter(parse_source(Path("match.py"), text), Limits(60.0))
    script.run()
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(text, "match.py", "exec"), {"__name__": "match"})
    assert script.output.text == printed.getvalue()
    assert script.output.text.count("\n") == 26
