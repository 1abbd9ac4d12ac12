"""What the language of equations refuses: by name, in one line, before anything is run or allocated."""

import re
import tracemalloc

import pytest
from chance import examples
from expressions import TENSORS, understood, value_of
from hypothesis import example, given
from hypothesis import strategies as st

from bpstep.errors import ExpressionError
from bpstep.lang import parser
from bpstep.lang.cost import check_cost

WORDS = """A B S 1 2.5 1e999 + - * / ** @ ( ) [ ] , : . .T .reshape exp( sum( where( axis= lambda if else for
    in := { } ' " \\ f' not and or < == = # ; await yield 0x 1_0 ... __class__ é"""
PIECES = [*WORDS.split(), " ", "\n"]
WIDE = "repeat(repeat(A, 2500, axis=0), 1700, axis=1)"


def refusal(text):
    """What is said where a text is no equation."""
    with pytest.raises(ExpressionError) as caught:
        understood(text)
    message = str(caught.value)
    assert message.isprintable(), message
    assert len(message) < 300, message
    return message


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("A.__class__", ".__class__"),
        ("A.shape", ".shape"),
        ("A.reshape.__self__", ".__self__"),
        ("A.tofile('x')", "a call of .tofile"),
        ("A.T.dump(1)", "a call of .dump"),
        ("().__class__.__bases__", ".__bases__"),
        ("__import__('os').system('ls')", "a call of .system"),
        ("__import__('os')", "a call of __import__"),
        ("__builtins__", "__builtins__"),
        ("open(A)", "a call of open"),
        ("eval(A)", "a call of eval"),
        ("float64(A)", "a call of float64"),
        ("A(1)", "a call of A"),
        ("A[0](1)", "a call of A[0]"),
        ("(lambda: A)()", "a call of lambda: A"),
        ("lambda x: x", "Lambda"),
        ("[A for A in B]", "ListComp"),
        ("{A for A in B}", "SetComp"),
        ("{A: B for A in B}", "DictComp"),
        ("sum(A for A in B)", "GeneratorExp"),
        ("A if S else B", "IfExp"),
        ("A and B", "BoolOp"),
        ("A or B", "BoolOp"),
        ("not A", "Not"),
        ("~A", "Invert"),
        ("+A", "UAdd"),
        ("A // B", "FloorDiv"),
        ("A % 2", "Mod"),
        ("A << 2", "LShift"),
        ("A & B", "BitAnd"),
        ("A | B", "BitOr"),
        ("A ^ B", "BitXor"),
        ("0 < A < 1", "comparison"),
        ("A is B", "comparison"),
        ("A in B", "comparison"),
        ("(A := B)", "NamedExpr"),
        ("'text'", "'text'"),
        ("b'text'", "b'text'"),
        ("f'{A}'", "JoinedStr"),
        ("f'{A!r:>{S}}'", "JoinedStr"),
        ("True", "True"),
        ("None", "None"),
        ("...", "Ellipsis"),
        ("1j", "1j"),
        ("[A, B]", "List"),
        ("(A, B)", "Tuple"),
        ("{A, B}", "Set"),
        ("{}", "Dict"),
        ("*A", "not an expression"),
        ("(yield A)", "Yield"),
        ("await A", "await"),
        ("sum(*A)", "Starred"),
        ("sum(**A)", "**"),
        ("sum(A, **{})", "**"),
        ("concatenate([*A])", "Starred"),
        ("sum(A, out=B)", "out"),
        ("sum(A, axis=0, axis=1)", "the argument axis of sum"),
        ("sum(A, axis=S)", "axis"),
        ("sum(A, axis=True)", "axis"),
        ("sum(A, axis=(0, 1))", "axis"),
        ("sum(A, axis=None)", "axis"),
        ("sum(A, keepdims=1)", "keepdims"),
        ("sum(A, keepdims=S)", "keepdims"),
        ("exp(A, axis=0)", "axis"),
        ("where(A)", "where takes 3"),
        ("sum()", "sum takes 1"),
        ("sum(A, 0)", "sum takes 1"),
        ("outer(A)", "outer takes 2"),
        ("concatenate(A)", "concatenate takes a list"),
        ("concatenate([])", "concatenate takes a list"),
        ("concatenate((A, A))", "concatenate takes a list"),
        ("repeat(A, S)", "repeat takes a whole number"),
        ("repeat(A, 0)", "repeat takes a whole number"),
        ("repeat(A, -1)", "repeat takes a whole number"),
        ("repeat(A, 2.0)", "repeat takes a whole number"),
        ("repeat(A, 10**12)", "repeat takes a whole number"),
        ("A.reshape()", "reshape"),
        ("S.reshape()", "reshape"),
        ("A.reshape(S)", "reshape"),
        ("A.reshape(6.0)", "reshape"),
        ("A.reshape(6, order=1)", "order"),
        ("A.reshape(shape=6)", "shape"),
        ("A.reshape(*B)", "reshape"),
        ("A[S]", "[S]"),
        ("A[0.5]", "[0.5]"),
        ("A[True]", "[True]"),
        ("A[None]", "[None]"),
        ("A[...]", "[...]"),
        ("A[A < 1]", "[A < 1]"),
        ("A[[0, 1]]", "[[0, 1]]"),
        ("A[0:S]", "[0:S]"),
        ("A[*C]", "*C"),
        ("A[0:2:0]", "step"),
        ("exp", "exp is a function"),
        ("A + sum", "sum is a function"),
        ("sum.T", "sum is a function"),
        ("Q", "no tensor is called Q"),
        ("delta_A", "no tensor is called delta_A"),
        ("1e999", "too large"),
        ("-1e999 * A", "too large"),
        ("1" + "0" * 400, "too large"),
        ("0x" + "f" * 400, "too large"),
        ("1e308 * 10", "not a finite number"),
        ("9**9**9**9", "not a finite number"),
        ("2.0**9999 * A", "not a finite number"),
        ("1 / 0", "not a finite number"),
        ("0 / 0 + A", "not a finite number"),
        ("1 / (2 < 1)", "not a finite number"),
        ("(-8)**0.5", "not a finite number"),
        ("", "not an expression"),
        ("   ", "not an expression"),
        ("A +", "not an expression"),
        ("A B", "not an expression"),
        ("A = B", "not an expression"),
        ("import os", "not an expression"),
        ("A; B", "not an expression"),
        ("A # and more", "'#'"),
        ("A \\", "'\\\\'"),
        ("A\n+ B", "'\\n'"),
        ("(A\r+ A)", "'\\r'"),
        ("A\t+ A", "'\\t'"),
        ("A\x00", "'\\x00'"),
        ("\u202eA", "'\\u202e'"),
        ("\ud800", "'\\ud800'"),
        ("ｅｘｐ(A)", "'ｅ'"),
        ("Ａ", "'Ａ'"),
        ("А", "'А'"),
        ("A − A", "'−'"),
        ("A × A", "'×'"),
        ("１ + A", "'１'"),
        ("ſum(A)", "'ſ'"),
    ],
)
def test_what_is_not_allowed_is_refused_by_name(text, named):
    assert named in refusal(text)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("-" * 100_000 + "A", "100,001 characters"),
        ("A" + " + A" * 500, "2,001 characters"),
        ("-" * 1_990 + "A", "50 deep"),
        ("(" * 150 + "A" + ")" * 150 + "[0]" * 60, "50 deep"),
        ("(" * 900 + "A" + ")" * 900, "not an expression"),
        ("A" + ".T" * 51, "50 deep"),
        ("exp(" * 51 + "A" + ")" * 51, "50 deep"),
        ("[A for A in " + "-" * 1_900 + "A]", "50 deep"),
        ("[A for A in B if " + "-" * 1_900 + "A]", "50 deep"),
        ("lambda A=" + "-" * 1_900 + "A: A", "50 deep"),
        ("f'{" + "-" * 1_900 + "A}'", "50 deep"),
        ("sum(A, axis=" + "-" * 1_900 + "1)", "50 deep"),
        ("A[" + "-" * 1_900 + "1]", "50 deep"),
        ("A.reshape(" + "-" * 1_900 + "1)", "50 deep"),
        ("silu(" * 40 + "A" + ")" * 40, "20,000 operations"),
        ("softmax(" * 20 + "A" + ")" * 20, "20,000 operations"),
        (
            "outer(outer(outer(A, A), outer(A, A)), outer(outer(A, A), outer(A, outer(A, outer(A, A)))))",
            "at most",
        ),
        ("repeat(A, 100000000)", "cells at most"),
        ("repeat(repeat(repeat(A, 99999), 99999), 99999)", "cells at most"),
        ("sum(repeat(A[0], 0x" + "f" * 1_800 + "))", "cells at most"),
        ("sum(" + " + (".join(["repeat(S, 33554432)"] * 30) + ")" * 30, "numbers"),
        ("sum(softmax(softmax(softmax(repeat(A, 5000000)))))", "numbers"),
        (f"sum({WIDE} @ {WIDE}.T)", "too much work"),
        (f"sum({WIDE} @ ({WIDE}[:600] * 0.5).T)" + f" + sum({WIDE} @ {WIDE}[:600].T)" * 9, "numbers"),
        ("A[" + "9" * 1_900 + "]", "no index"),
        ("A[-0x" + "f" * 1_900 + "]", "no index"),
        ("sum(A, axis=" + "9" * 1_900 + ")", "no axis"),
        ("A.reshape(0x" + "f" * 1_900 + ")", "does not fit"),
    ],
)
def test_size_is_refused_before_anything_is_allocated(text, named):
    tracemalloc.start()
    try:
        assert named in refusal(text)
        assert tracemalloc.get_traced_memory()[1] < 20_000_000
    finally:
        tracemalloc.stop()


SHAPES = {"A": (4000,), "B": (8192,), "P": (4000, 64), "Q": (64, 8192)}


# How many times 4000 · 8192 numbers a text computes, beside a few.
@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("outer(A, B)", 1),
        ("outer(exp(A), B)", 1),
        ("-outer(A, B)", 2),
        ("outer(A, B) * 2", 2),
        ("outer(A, B) + outer(A, B)", 3),
        ("outer(A, B) + outer(A, B) * outer(A, B)", 5),
        ("outer(A, B) < outer(A, B)", 3),
        ("where(outer(A, B) < 1, outer(A, B), 0)", 4),
        ("outer(A, B).T", 2),
        ("outer(A, B)[0:4000]", 2),
        ("outer(A, B).reshape(8192, 4000)", 2),
        ("repeat(A, 8192).reshape(4000, 8192)", 2),
        ("concatenate([outer(A[0:2000], B), outer(A[2000:], B)])", 2),
        ("sigmoid(outer(A, B))", 4),
        ("relu(outer(A, B))", 4),
        ("P @ Q", 2),
        ("P[:, :63] @ Q[:63]", 1),
        ("P @ Q + P[:, :64] @ Q[:64]", 5),
    ],
)
def test_all_that_an_equation_computes_is_counted_and_added(text, count):
    """Eight are allowed, a ninth is refused. 64 multiplications of a matrix product count as one number."""
    exps = "exp(" * (8 - count) + text + ")" * (8 - count)
    check_cost(parser.parse(exps, SHAPES), SHAPES)
    with pytest.raises(ExpressionError) as caught:
        check_cost(parser.parse(f"exp({exps})", SHAPES), SHAPES)
    (computed,) = re.findall(r"^computes ([\d,]+) numbers, 268,435,456 are possible$", str(caught.value))
    assert int(computed.replace(",", "")) / (4000 * 8192) == pytest.approx(9, abs=0.05)


def test_the_number_that_is_allowed_is_allowed_and_one_more_is_not():
    shapes = {"A": (4096,), "B": (8192,)}
    whole = "exp(" * 7 + "outer(A, B)" + ")" * 7
    check_cost(parser.parse(whole, shapes), shapes)
    with pytest.raises(ExpressionError, match=r"computes 268,435,457 numbers"):
        check_cost(parser.parse(f"sum({whole})", shapes), shapes)


def test_white_space_around_an_equation_is_no_part_of_it():
    assert value_of(" \t A\x0c\n") is TENSORS["A"]


@examples(300)
@given(
    st.one_of(
        st.text(max_size=40),
        st.lists(
            st.sampled_from(PIECES),
            max_size=14,
        ).map("".join),
    )
)
@example("f'{A:{")
@example("'\\N{")
def test_any_text_is_an_equation_or_gets_a_line_that_says_why_not(text):
    try:
        value_of(text)
    except ExpressionError:
        refusal(text)


def test_a_misspelt_tensor_gets_a_suggestion():
    with pytest.raises(ExpressionError, match="did you mean delta_net1"):
        parser.parse("delta_ne1 * 2", ["delta_net1", "W"])
