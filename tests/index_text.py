"""Index forms parsed from their text, and computed with plain loops over their letters."""

import itertools
import math
import operator
import re

import numpy as np

from bpstep.explain.notation import Glyphs, notation

_BELOW = dict(zip("ₐₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ", "ahijklmnoprstuvx"))
_ABOVE = dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-"))
_COMPARISONS = {
    "<": np.less,
    "≤": np.less_equal,
    ">": np.greater,
    "≥": np.greater_equal,
    "=": np.equal,
    "≠": np.not_equal,
}
_OPERATORS = {
    "+": operator.add,
    "-": operator.sub,
    "·": operator.mul,
    "/": operator.truediv,
    "mod": operator.mod,
    "^": operator.pow,
}
_FUNCTIONS = {
    "ln": math.log,
    "√": math.sqrt,
    "max": max,
    "min": min,
    "σ": lambda x: 1 / (1 + math.exp(-x)),
    "relu": lambda x: max(x, 0.0),
    "leaky_relu": lambda x: max(x, 0.01 * x),
    "elu": lambda x: x if x > 0 else math.expm1(x),
    "softplus": lambda x: math.log1p(math.exp(x)),
    "silu": lambda x: x / (1 + math.exp(-x)),
    "gelu": lambda x: x * (1 + math.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3))) / 2,
    "identity": lambda x: x,
    "sign": lambda x: float(np.sign(x)),
    "step": lambda x: float(np.heaviside(x, 0)),
    "clip": lambda x, low, high: min(max(x, low), high),
    "abs": abs,
    "floor": math.floor,
    "arctan": math.atan,
    **{name: getattr(math, name) for name in ("tanh", "sin", "cos", "sinh", "cosh")},
}
_REDUCTIONS = {
    "Σ": sum,
    "max": max,
    "min": min,
    "var": np.var,
    "std": np.std,
    "argmax": np.argmax,
    "any": lambda found: float(any(found)),
    "all": lambda found: float(all(found)),
}


class IndexText:
    """An index form of a program's equation, read from its text and the shapes of what it reads."""

    def __init__(self, text, program, step, tensors):
        inline = {Glyphs().inline(notation(name, program)): name for name in (step.name, *step.reads)}
        names = "|".join(map(re.escape, sorted(inline, key=len, reverse=True)))
        # A name that goes on is another: w of w₂, E of ∂E.
        tokens = (
            rf"(?P<name>(?:{names})(?![A-Za-z0-9_₀-₉/]))"
            rf"|(?P<below>(?:Σ|max|min|var|std|argmax|any|all)[{''.join(_BELOW)}]+)"
            r"|(?P<over>Σ over [a-z](?:, [a-z])*(?= ))"
            r"|(?P<above>[⁰¹²³⁴⁵⁶⁷⁸⁹⁻]+)|(?P<number>\d+(?:\.\d+)?(?:e-?\d+)?)|(?P<word>[a-z_]+|σ|√)"
            r"|(?P<sign>[-+−·/^()\[\],<≤>≥=≠⌊⌋])"
        )
        self._tokens = [
            (match.lastgroup, match[0].replace(" ", ""))
            for match in re.finditer(tokens, text)
            if match[0].strip()
        ]
        assert "".join(token for _, token in self._tokens) == text.replace(" ", ""), text
        self._inline, self._tensors = inline, tensors
        self._at = 0
        kind, name = self._take()
        assert kind == "name", text
        self.result = inline[name]
        self._indices = self._brackets(self.result)
        self._expect("=")
        self._body = self._choice()
        assert self._at == len(self._tokens), (text, self._tokens[self._at :])

    def value(self):
        """The tensor, computed cell by cell."""
        shape = np.shape(self._tensors[self.result])
        letters = {}
        for size, place in zip(shape, self._indices):
            assert size == 1 or _letters(place), "an axis has no letter"
            letters |= _digits(place, size)
        found = np.full(shape, np.nan)
        for values in itertools.product(*map(range, letters.values())):
            env = dict(zip(letters, values))
            found[tuple(int(self._run(place, env)) for place in self._indices)] = self._run(
                self._body, env, letters
            )
        return found

    def _peek(self):
        return self._tokens[self._at][1] if self._at < len(self._tokens) else ""

    def _take(self):
        self._at += 1
        return self._tokens[self._at - 1]

    def _expect(self, text):
        assert self._peek() == text, (text, self._tokens[self._at :])
        self._at += 1

    def _brackets(self, name):
        rank = np.ndim(self._tensors[name])
        if not rank:
            return ()
        self._expect("[")
        found = []
        for axis in range(rank):
            if axis:
                self._expect(",")
            found.append(self._sum())
        self._expect("]")
        return tuple(found)

    def _choice(self):
        first = self._sum()
        if self._peek() != "if":
            return first
        cases = []
        while True:
            self._expect("if")
            cases.append((self._conditions(), first))
            self._expect(",")
            if self._peek() == "else":
                self._at += 1
                return ("choice", cases, self._sum())
            first = self._sum()

    def _conditions(self):
        found = [self._comparison()]
        while self._peek() == "and" or (self._peek() == "," and self._is_condition_next()):
            self._at += 1
            found.append(self._comparison())
        return ("all", found)

    def _is_condition_next(self):
        """True if the comma does not end the condition: one extends to the next word if or else."""
        depth = 0
        for _, token in self._tokens[self._at + 1 :]:
            depth += (token in "([") - (token in ")]")
            if depth == 0 and token in ("if", "else"):
                return False
            if depth == 0 and token == "and":
                return True
        return False

    def _comparison(self):
        sides, signs = [self._sum()], []
        while self._peek() in _COMPARISONS:
            signs.append(self._take()[1])
            sides.append(self._sum())
        return ("compare", sides, signs) if signs else sides[0]

    def _sum(self):
        sign = self._peek() in ("-", "−")
        self._at += sign
        found = self._product()
        found = ("neg", found) if sign else found
        while self._peek() in ("+", "−", "-"):
            found = (self._take()[1].replace("−", "-"), found, self._product())
        return found

    def _product(self):
        found = self._factor()
        while self._peek() in ("·", "/", "mod"):
            found = (self._take()[1], found, self._factor())
        return found

    def _factor(self):
        kind, token = self._tokens[self._at]
        if kind == "below":
            self._at += 1
            name = token.rstrip("".join(_BELOW))
            return ("reduce", name, [_BELOW[each] for each in token[len(name) :]], self._product())
        if kind == "over":
            self._at += 1
            return ("reduce", "Σ", token.removeprefix("Σover").split(","), self._product())
        found = self._atom()
        if self._peek() == "^":
            self._at += 1
            sign = self._peek() == "-"
            self._at += sign
            power = self._atom()
            return ("^", found, ("neg", power) if sign else power)
        if self._at < len(self._tokens) and self._tokens[self._at][0] == "above":
            power = float("".join(_ABOVE[each] for each in self._take()[1]))
            return ("^", found, ("number", power))
        return found

    def _atom(self):
        kind, token = self._take()
        if kind == "number":
            number = ("number", float(token))
            # 2j is a product that holds together.
            follows = self._tokens[self._at][0] if self._at < len(self._tokens) else ""
            if self._peek() == "(" or self._peek() == "⌊" or (follows == "word" and len(self._peek()) == 1):
                return ("·", number, self._atom())
            return number
        if kind == "name":
            name = self._inline[token]
            return ("cell", name, self._brackets(name))
        if token == "⌊":
            found = ("floor", self._sum())
            self._expect("⌋")
            return found
        if token == "(":
            found = self._in_parentheses()
            self._expect(")")
            return found
        if token == "softmax":
            self._expect("over")
            letter = self._take()[1]
            self._expect("(")
            found = ("softmax", letter, self._choice())
            self._expect(")")
            return found
        if token in _FUNCTIONS and self._peek() == "(":
            self._at += 1
            arguments = [self._choice()]
            while self._peek() == ",":
                self._at += 1
                arguments.append(self._choice())
            self._expect(")")
            return ("call", token, arguments)
        assert (kind, len(token)) == ("word", 1), (token, self._tokens[self._at :])
        return ("letter", token)

    def _in_parentheses(self):
        start = self._at
        found = self._choice()
        if self._peek() != ")":
            self._at = start
            return self._conditions()
        return found

    def _run(self, node, env, sizes=None):
        """The number of a node; `sizes` are those of the letters of `env`."""
        sizes = sizes or {}

        def run(part):
            return self._run(part, env, sizes)

        match node:
            case ("number", value):
                return value
            case ("letter", name):
                return math.e if name == "e" else env[name]
            case ("cell", name, places):
                index = tuple(int(run(place)) for place in places)
                return float(np.asarray(self._tensors[name])[index])
            case ("neg", part):
                return -run(part)
            case ("floor", part):
                return math.floor(run(part))
            case ("call", name, arguments):
                return _FUNCTIONS[name](*map(run, arguments))
            case ("reduce" | "softmax", *_):
                return self._run_over(node, env, sizes)
            case ("choice" | "all" | "compare", *_):
                return self._run_choice(node, run)
            case (sign, left, right):
                return _OPERATORS[sign](run(left), run(right))
        raise AssertionError(node)

    def _run_choice(self, node, run):
        match node:
            case ("choice", cases, otherwise):
                return run(next((part for asked, part in cases if run(asked)), otherwise))
            case ("all", parts):
                return float(all(run(part) for part in parts))
            case ("compare", sides, signs):
                values = [run(side) for side in sides]
                return float(all(_COMPARISONS[s](a, b) for s, a, b in zip(signs, values, values[1:])))

    def _run_over(self, node, env, sizes):
        """What takes every value of some letters."""
        kind, name, *letters, body = node
        if kind == "softmax":
            powers = [math.exp(self._run(body, env | {name: k}, sizes)) for k in range(sizes[name])]
            return powers[env[name]] / sum(powers)
        known = self._ranges(body, letters[0], sizes)
        ranges = (range(known[letter]) for letter in letters[0])
        return _REDUCTIONS[name](
            [self._run(body, env | dict(zip(letters[0], at)), known) for at in itertools.product(*ranges)]
        )

    def _ranges(self, body, letters, sizes):
        """The ranges of a sum's letters: as long as their axes."""
        known = dict(sizes)
        for letter in letters:
            known.pop(letter, None)
        cells = list(_cells(body))
        for _ in letters:
            found = {}
            for name, places in cells:
                for size, place in zip(np.shape(self._tensors[name]), places):
                    terms = _affine(place)
                    unknown = [letter for letter in terms or () if letter and letter not in known]
                    if terms and len(unknown) == 1 and min(terms.values()) >= 0:
                        last = size - 1 - terms.get("", 0)
                        last -= sum(k * (known[at] - 1) for at, k in terms.items() if at in known)
                        found.setdefault(unknown[0], []).append(last // terms[unknown[0]] + 1)
            # A part of an axis may be all that the other tensors have.
            known |= {letter: min(lengths) for letter, lengths in found.items()}
        assert set(letters) <= set(known), (letters, body)
        return known


def _cells(node):
    if isinstance(node, tuple) and node and node[0] == "cell":
        yield node[1], node[2]
    for part in node if isinstance(node, tuple | list) else ():
        yield from _cells(part)


def _letters(node):
    if isinstance(node, tuple) and node and node[0] == "letter":
        return {node[1]}
    parts = node if isinstance(node, tuple | list) else ()
    return set().union(*map(_letters, parts))


def _affine(node):
    """The factor of each letter of 2j+n+1, that of "" being the number alone; None for anything else."""
    match node:
        case ("number", value):
            return {"": int(value)}
        case ("letter", name):
            return {name: 1}
        case ("·", ("number", value), part):
            inner = _affine(part)
            return inner and {name: int(value) * factor for name, factor in inner.items()}
        case ("+" | "-" as sign, left, right):
            one, other = _affine(left), _affine(right)
            if one is None or other is None:
                return None
            times = 1 if sign == "+" else -1
            return {
                name: one.get(name, 0) + times * other.get(name, 0) for name in dict.fromkeys([*one, *other])
            }
    return None


def _digits(place, size):
    """How far each letter of a result's index goes: 4j+2k+l counts through the axis."""
    terms = {name: factor for name, factor in (_affine(place) or {}).items() if name}
    found = {}
    whole = size
    for letter, factor in sorted(terms.items(), key=lambda item: -item[1]):
        assert whole % factor == 0, (place, size)
        found[letter] = whole // factor
        whole = factor
    assert whole == 1 or not terms, (place, size)
    return found
