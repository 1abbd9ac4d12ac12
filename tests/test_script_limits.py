"""What a script may make at most: the last size that is allowed is made, one more is refused before it is."""

import contextlib
import re
from pathlib import Path

import pytest

from bpstep.script import limits, messages
from bpstep.script.interpreter.interpreter import Interpreter
from bpstep.script.interpreter.operations import MAX_CHARACTERS, check_percent_format
from bpstep.script.limits import Budget, Limits
from bpstep.script.refusal import OutOfBounds, ScriptError
from bpstep.script.source import parse_source
from bpstep.text import fill

TWELVE = 12

# The largest number that N may be where twelve numbers, items or bits are allowed.
LARGEST = {
    "np.zeros(N)": 12,
    "np.ones((N, 1))": 12,
    "np.full((3, N), 1.0)": 4,
    "np.empty(shape=N)": 12,
    "np.zeros_like(np.ones(2), shape=N)": 12,
    "np.ones_like(np.ones(2), None, 'K', True, (N, 2))": 6,
    "np.empty_like([1], shape=N)": 12,
    "np.full_like(np.ones(2), 1, None, 'K', True, N)": 12,
    "np.arange(N)": 12,
    "np.arange(1, N + 1)": 12,
    "np.arange(0, N / 2, 0.5)": 12,
    "np.linspace(0, 1, N)": 12,
    "np.linspace([0, 0], 1, num=N)": 6,
    "np.logspace(0, 1, N)": 12,
    "np.eye(N)": 3,
    "np.eye(N, 1)": 12,
    "np.identity(N)": 3,
    "np.tri(N)": 3,
    "np.hanning(N)": 12,
    "np.kaiser(N, 1)": 12,
    "np.outer(np.ones(3), np.ones(N))": 4,
    "np.add.outer(np.ones(3), np.ones(N))": 4,
    "np.kron(np.ones(3), np.ones(N))": 4,
    "np.matmul(np.ones((3, 1)), np.ones((1, N)))": 4,
    "np.einsum('i,j->ij', np.ones(3), np.ones(N))": 4,
    "np.where(np.ones((3, 1)) > 0, np.ones(N), 0)": 4,
    "np.maximum(np.ones((3, 1)), np.ones(N))": 4,
    "np.repeat(np.ones(1), N)": 12,
    "np.repeat(np.ones(2), [6, N])": 6,
    "np.ones(2).repeat(N)": 6,
    "np.tile(np.ones(2), (2, N))": 3,
    "np.broadcast_to(np.ones(1), (N, 2))": 6,
    "np.resize(np.ones(1), N)": 12,
    "np.ones(2).resize(N)": 12,
    "np.ones(2).resize(2, N)": 6,
    "np.concatenate([np.ones(6), np.ones(N)])": 6,
    "np.stack([np.ones(N), np.ones(N)])": 6,
    "np.vstack([np.ones(N), np.ones(N)])": 6,
    "np.hstack([np.ones(N), np.ones(N)])": 6,
    "np.column_stack([np.ones(N), np.ones(N)])": 6,
    "np.block([np.ones(N), np.ones(3)])": 9,
    "np.pad(np.ones(10), N)": 1,
    "np.diag(np.ones(N))": 3,
    "np.vander(np.ones(2), N)": 6,
    "np.indices((N, 1))": 6,
    "np.bincount([0], minlength=N)": 12,
    "np.histogram(np.ones(2), N)": 12,
    "np.histogram(np.ones(2), N, (0, 1))": 12,
    "np.histogram(np.ones(2), bins=N, range=(0, 1))": 12,
    "np.random.multivariate_normal(np.zeros(2), np.eye(2), N)": 6,
    "np.random.multivariate_normal(np.zeros(2), np.eye(2), size=(N, 2))": 3,
    "np.arange(1, N)": 13,
    "np.arange(0, N, 2)": 24,
    "np.linspace(np.zeros(3), 1, N)": 4,
    "np.triu_indices(N)": 3,
    "np.cov(np.ones((N, 1)))": 3,
    "np.fromfunction(lambda i: i, (N,))": 12,
    "np.random.rand(N)": 12,
    "np.random.randn(3, N)": 4,
    "np.random.normal(0, 1, N)": 12,
    "np.random.uniform(0, 1, (N, 1))": 12,
    "np.random.randint(0, 5, N)": 12,
    "np.random.choice(3, N)": 12,
    "np.random.permutation(N)": 12,
    "np.random.default_rng(0).normal(size=N)": 12,
    "np.random.default_rng(0).integers(0, 5, N)": 12,
    "[0] * N": 12,
    "(0,) * N": 12,
    "'a' * N": 12,
    "b'a' * N": 12,
    "[0] * 6 + [0] * N": 6,
    "'a' * 6 + 'a' * N": 6,
    "'a'.ljust(N)": 12,
    "'a'.rjust(N)": 12,
    "'a'.center(N)": 12,
    "'a'.zfill(N)": 12,
    "'-'.join(['ab'] * N)": 4,
    "'aa'.replace('a', 'b' * N)": 5,
    "list(range(N))": 12,
    "set(range(N))": 12,
    "[].extend(range(N))": 12,
    "dict.fromkeys(range(N))": 12,
    "{}.fromkeys(range(N))": 12,
    "bytes(N)": 12,
    "bytearray(N)": 12,
    "collections.Counter(a=N).elements()": 12,
    "random.choices([0], k=N)": 12,
    "random.sample(range(100), N)": 12,
    "1 << N": 11,
    "(1).to_bytes(N, 'big')": 1,
    "itertools.product(range(N))": 11,
    "itertools.product([1], repeat=N)": 11,
    "itertools.product(range(3), range(N), repeat=2)": 5,
    "itertools.tee([1], N)": 12,
}


def ends(text):
    """What ends a script where twelve of everything are allowed; empty where it runs to its end."""
    head = "import numpy as np, collections, itertools, random\nfrom collections import OrderedDict\n"
    script = Interpreter(parse_source(Path("limits.py"), head + text), Limits(60.0))
    with pytest.MonkeyPatch.context() as patch:
        for name in ("MAX_CELLS", "MAX_ITEMS", "MAX_BITS"):
            patch.setattr(limits, name, TWELVE)
        try:
            script.run()
        except ScriptError as error:
            return str(error)
    return ""


@pytest.mark.parametrize("text", LARGEST)
def test_as_much_as_is_allowed_is_made_and_no_more(text):
    largest = LARGEST[text]
    allowed, refused = (re.sub(r"\bN\b", str(number), text) for number in (largest, largest + 1))
    assert ends(allowed) == ""
    assert "this makes" in ends(refused)


ROUNDS = [
    "for k in range(40): pass",
    "while True: pass",
    "[k for k in range(40)]",
    "{k for k in range(40)}",
    "{k: k for k in range(40)}",
    "[j for k in range(2) for j in range(20)]",
    "[k for k in range(40) if k < 0]",
    "sum(k for k in range(40))",
    "any(False for k in range(40))",
    "sorted(range(40), key=lambda k: -k)",
    "max(range(40), key=lambda k: -k)",
    "list(filter(lambda k: k, range(40)))",
    "next(iter(lambda: 1, 0)); list(iter(lambda c=iter(range(40)): next(c), 39))",
    "sum(itertools.repeat(1, 40))",
    "list(itertools.product(range(8), repeat=2))",
    "list(itertools.accumulate(range(40)))",
    "def f(k): return f(k - 1) if k else 0\nf(40)",
    "def f():\n    for k in range(40): yield k\nlist(f())",
    "class A:\n    def __call__(self): return 1\na = A()\na()" + "; a()" * 20,
    "import copy\ncopy.deepcopy([" + "[], " * 40 + "])",
]
"""Each goes round or calls forty times or more."""


@pytest.mark.parametrize(
    "call",
    [
        "match('(a+)+$', 'a' * 40)",
        "search('(a|b|ab)*c', 'ab' * 20)",
        "findall('a*a*a*a*b', 'a' * 3000)",
        r"search(r'(.*)\1x', 'a' * 3000)",
        "search('(?=(a+))a*b', 'a' * 3000)",
        r"findall(r'\s+$', ' ' * 10**5)",
        "search('(?:a?){50}a{50}', 'a' * 50)",
        "compile('(' * 501 + ')' * 501)",
    ],
)
def test_a_regular_expression_whose_time_is_not_bounded_is_refused(call):
    script = Interpreter(parse_source(Path("text.py"), f"import re\nre.{call}\n"), Limits(60.0))
    with pytest.raises(ScriptError, match=re.escape(fill(messages.PATTERN_TOO_SLOW))):
        script.run()


@pytest.mark.parametrize("text", ROUNDS)
def test_whatever_goes_round_is_ended_when_its_time_is_over(text):
    script = Interpreter(parse_source(Path("slow.py"), f"import itertools\n{text}\n"), Limits(seconds=0.0))
    with pytest.raises(ScriptError, match=re.escape(fill(messages.TOO_SLOW))):
        script.run()


def test_time_that_others_use_and_imports_of_libraries_are_not_counted(monkeypatch):
    used = [0.0]
    monkeypatch.setattr("bpstep.script.limits.time.thread_time", lambda: used[0])
    budget = Budget(Limits(seconds=5.0))
    used[0] = 4.0
    budget.check(1)
    with Budget.uncounted():
        used[0] = 104.0
    budget.check(1)
    assert budget.spent == 4.0
    used[0] = 105.5
    with pytest.raises(OutOfBounds, match=re.escape(fill(messages.TOO_SLOW))):
        budget.check(1)


@pytest.mark.parametrize(
    "text",
    [
        "x = np.array2string(np.ones(10**5), threshold=10**9, edgeitems=10**5)",
        "np.set_printoptions(3, 10**9, 10**5)\nx = str(np.ones(10**5))",
        "with np.printoptions(threshold=10**9, edgeitems=10**5):\n    x = str(np.ones(10**5))",
    ],
)
def test_a_long_array_is_printed_in_part(text):
    script = Interpreter(parse_source(Path("long.py"), f"import numpy as np\n{text}\n"), Limits(60.0))
    script.run()
    assert "..." in script.namespace["x"]
    assert len(script.namespace["x"]) < 10_000


def test_an_array_has_sixty_four_axes_at_most():
    assert ends("np.zeros([1] * 12)") == ""
    limits.check_shape([1] * 64)
    with pytest.raises(limits.OutOfBounds, match="64"):
        limits.check_shape([1] * 65)
    limits.check_shape(None)
    with pytest.raises(limits.OutOfBounds):
        limits.check_shape((2**13, -(2**13)) * 2)


def test_the_work_of_one_operation_is_bounded_too():
    limits.check_work(limits.MAX_WORK)
    with pytest.raises(limits.OutOfBounds):
        limits.check_work(limits.MAX_WORK + 1)


def test_keys_make_a_dictionary_of_the_kind_that_is_asked_for():
    text = """
a = dict.fromkeys("ab", 1)
b = OrderedDict.fromkeys(range(2))
c = a.fromkeys([3])
print(a, b[1], type(b).__name__, c)
"""
    head = "from collections import OrderedDict\n"
    script = Interpreter(parse_source(Path("keys.py"), head + text), Limits(60.0))
    script.run()
    assert script.output.text == "{'a': 1, 'b': 1} None OrderedDict {3: None}\n"


@pytest.mark.parametrize(
    ("value", "cells"),
    [
        (3.0, 1),
        ([], 1),
        ([1, 2, 3], 3),
        ([[1, 2], [3, 4], [5, 6]], 6),
        (((1,), (2,)), 2),
        ([range(5)], 5),
        ([[], []], 2),
    ],
)
def test_the_numbers_of_nested_lists_are_counted_by_the_first_of_each_level(value, cells):
    assert limits.nested_cells(value) == cells


@pytest.mark.parametrize(
    ("count", "written"),
    [
        (40_000_000, " 40,000,000 "),
        (10**15 - 1, " 999,999,999,999,999 "),
        (10**15, " 1.0e+15 "),
        (1e299, " 1.0e+299 "),
    ],
)
def test_a_size_has_its_thousands_told_apart_and_a_huge_one_an_exponent(count, written):
    with pytest.raises(limits.OutOfBounds) as caught:
        limits.check_cells(count)
    assert written in str(caught.value)
    with pytest.raises(limits.OutOfBounds) as huge:
        limits.check_cells(1e300)
    assert "e+300" not in str(huge.value)


@pytest.mark.parametrize(
    ("text", "values", "is_wide"),
    [
        ("%*d", (MAX_CHARACTERS + 1, 3), True),
        ("%*d", (-MAX_CHARACTERS - 1, 3), True),
        ("%*d", (MAX_CHARACTERS, 3), False),
        ("%*d", (5, 3), False),
        ("%*s", (5, 10.0**9), False),
        ("%d", (MAX_CHARACTERS + 1,), False),
        ("%d", MAX_CHARACTERS + 1, False),
        (b"%*d", (MAX_CHARACTERS + 1, 3), True),
        (f"%{MAX_CHARACTERS}d", 3, True),
        (f"%{MAX_CHARACTERS - 1}d", 3, False),
        (b"%99999d", 3, True),
    ],
)
def test_a_text_is_formatted_to_at_most_so_many_characters(text, values, is_wide):
    refused = pytest.raises(OutOfBounds) if is_wide else contextlib.nullcontext()
    with refused:
        check_percent_format(text, values)


SMALL = Limits(60.0, memory=40 * 2**20, whole=2**40)
"""However large the process is that the tests run in."""

MEMORY = {
    "mapped": "kept = list(map(np.ones, [100_000] * 1000))",
    "in lines": "\n".join(f"kept{number} = np.ones(100_000)" for number in range(1000)),
}
"""Arrays that are small each and 800 MB together, without any loop that counts."""


@pytest.mark.parametrize("text", MEMORY.values(), ids=MEMORY)
def test_many_small_arrays_are_refused_as_one_large_array_is(text):
    script = Interpreter(parse_source(Path("small.py"), f"import numpy as np\n{text}\n"), SMALL)
    with pytest.raises(ScriptError, match="needs more than 40 MB"):
        script.run()


def test_an_enumeration_has_a_limited_number_of_members():
    text = "import enum\nKind = enum.Enum('Kind', 'a b')\nOther = enum.Enum('Other', {'x': 3})\n"
    script = Interpreter(parse_source(Path("kinds.py"), text), Limits(60.0))
    script.run()
    assert [member.name for member in script.namespace["Kind"]] == ["a", "b"]
    assert script.namespace["Other"].x.value == 3
    many = "class Kind(enum.Enum):\n" + "".join(f"    n{number} = {number}\n" for number in range(4097))
    script = Interpreter(parse_source(Path("kinds.py"), "import enum\n" + many), Limits(60.0))
    with pytest.raises(ScriptError, match="at most 4,096"):
        script.run()


@pytest.mark.parametrize("call", ["append(s, s)", "insert(s, 0, s)"])
def test_an_array_that_grows_is_refused_before_it_is_made(monkeypatch, call):
    monkeypatch.setattr("bpstep.script.limits.MAX_CELLS", 15)
    script = Interpreter(parse_source(Path("grow.py"), f"import numpy as np\ns = np.ones(8)\nnp.{call}\n"))
    with pytest.raises(ScriptError, match=r"this makes an array of 1[67] numbers, at most 15"):
        script.run()
