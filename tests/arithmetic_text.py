"""A cell's arithmetic as printed, and the value that Python computes from that line."""

import math
import re

import numpy as np
import pytest

from bpstep.explain.arithmetic import Arithmetic
from bpstep.explain.notation import Glyphs

FANCY, PLAIN = Glyphs(), Glyphs(ascii=True)
ALL = 10**9
DIGITS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")


def cells(value):
    return [(index, float(cell)) for index, cell in np.ndenumerate(value)]


def printed(node, glyphs=FANCY, show=repr, terms=ALL, calls=True, sensitive=None):
    writer = Arithmetic(glyphs, show, {}, terms, calls, format_sensitive=sensitive)
    return "".join(text for text, _ in writer.write(node))


def worth(text):
    """The value of a printed line of arithmetic, for Python to work out."""
    text = re.sub("[⁰¹²³⁴⁵⁶⁷⁸⁹⁻]+", lambda found: "**" + found[0].translate(DIGITS), text)
    for sign, meant in (("−", "-"), ("×", "*"), ("^", "**"), ("≤", "<="), ("≥", ">="), ("≠", "!=")):
        text = text.replace(sign, meant)
    text = re.sub(r"(?<![<>=!])=(?!=)", "==", text).replace("√", "sqrt").replace("σ", "sigmoid")
    names = {
        "e": math.e,
        "sigmoid": lambda x: 1 / (1 + math.exp(-x)),
        "ln": math.log,
        "max": lambda *items: max(items),
        "min": lambda *items: min(items),
        "any": lambda *items: any(items),
        "all": lambda *items: all(items),
        "sqrt": math.sqrt,
        "tanh": math.tanh,
        "sin": math.sin,
        "cos": math.cos,
        "sinh": math.sinh,
        "cosh": math.cosh,
        "arctan": math.atan,
        "floor": math.floor,
        "abs": abs,
    }
    return float(eval(text, {"__builtins__": {}, **names}))


def assert_worth(node, told):
    for glyphs in (FANCY, PLAIN):
        for calls in (True, False):
            text = printed(node, glyphs, calls=calls)
            assert not re.search(r"[-−+]\s*[-−]", text), text
            assert text.isascii() or not glyphs.ascii
            assert worth(text) == pytest.approx(node.value, rel=1e-9, abs=1e-12), (told, text)
