"""What the text of a checked script shows, and how a right line is written in its author's words."""

import ast

import pytest

from bpstep.gradcheck.script.authors import AuthorText
from bpstep.gradcheck.script.text_lines import (
    alias_line,
    idle_statements,
    idle_update,
    last_part,
    moved_to,
    second_name,
    unused_counts,
)
from bpstep.script.equations import CalledExpression, ScriptEquation


def equation(name, source, written, line=1, called=()):
    parts = tuple(CalledExpression(source, each, "net.py", 1, "") for each in called)
    return ScriptEquation(name, source, written, "net.py", line, None, (), 0.0, parts)


def test_the_identifier_that_a_name_ends_with():
    names = {
        "W1": "W1",
        "params.W1": "W1",
        "layers[0].b": "b",
        "weights[1]": "weights",
        "weights[1][12]": "weights",
        "delta:41:2": "delta",
        "a[0].b[1]:3": "b",
    }
    assert {name: last_part(name) for name in names} == names


@pytest.mark.parametrize(
    ("text", "is_idle"),
    [
        ("# W1 -= rate * dW1", True),
        ("    ## self.W1 += rate * dW1", True),
        ("# W1 = W1 - rate * dW1", True),
        ("# W1[0] -= dW1", True),
        ("# W1 = V - rate * dW1", False),
        ("# W1 is set below", False),
        ("# W12 -= rate", False),
        ("# aW1 -= rate", False),
        ("W1 - rate * dW1", True),
        ("    net.W1[0][1] + rate", True),
        ("W1 -= rate * dW1", False),
        ("W1 = W1 - rate * dW1", False),
        ("W1 -", False),
        ("x = W1 - rate * dW1", False),
        ("W12 - rate", False),
    ],
)
def test_an_update_without_effect_stands_in_a_comment_or_assigns_nothing(text, is_idle):
    assert idle_update(["a = 1", text, text], "net.W1:7") == (2 if is_idle else 0)


LOOP = """\
W - 1
for step in range(9):
    V = X @ W
    W - rate * dW
    net.b[0] + rate * db
    W * 2
    2 - W
    if step:
        W - old
""".splitlines()


def test_a_sum_that_no_statement_keeps_is_found_beside_lines_that_run():
    first, second = (4, "W", "W -= rate * dW"), (5, "net.b[0]", "net.b[0] += rate * db")
    assert list(idle_statements(LOOP, {3})) == [first, second]
    assert list(idle_statements(LOOP, {3, 9})) == [first, second, (9, "W", "W -= old")]
    assert list(idle_statements(LOOP, {1})) == []
    assert list(idle_statements(["for"], {1})) == []


def test_another_name_of_an_array_is_the_last_one_given_at_or_above_the_line():
    lines = ["w = W1", "w = net.W1  # the same", "w = W1 + 1", "y = x @ w", "w = W1"]
    reads = equation("y", "x @ W1", "y = x @ w", 4)
    assert alias_line(lines, reads, "W1") == (2, "w")
    assert alias_line(lines[:1], reads, "W1") == (1, "w")
    assert alias_line(lines, equation("y", "x @ W1", "y = x @ W1", 4), "W1") == (0, "")
    assert alias_line(["W1 = W1"], equation("y", "x @ W1", "y = x @ W1"), "W1") == (0, "")
    assert alias_line(lines, equation("y", "W1", "y = (", 4), "W1") == (0, "")
    assert alias_line(["y = x @ W1", "x = x1"], equation("y", "W1", "y = x", 2), "x1") == (2, "x")


def test_a_second_name_of_a_result_is_the_first_one_given_below_its_line():
    lines = ["z = a", "a = x @ w", "a = a", "h = a  # kept", "k = a"]
    assert second_name(lines, equation("a:2", "x @ w", "a = x @ w", 2)) == (4, "h")
    assert second_name(lines[:2], equation("a", "x @ w", "a = x @ w", 2)) == (0, "")
    assert second_name(["a = 1", "h = aa", "h = a + 1"], equation("a", "1", "a = 1")) == (0, "")


@pytest.mark.parametrize(
    ("gap", "found"), [(0, (2, "W[k]", "velocity[k]")), (7, (9, "W[k]", "velocity[k]")), (8, (0, "", ""))]
)
def test_what_a_line_sets_is_looked_for_in_the_eight_lines_below_it(gap, found):
    written = "velocity[k] = 0.9 * velocity[k]"
    lines = [written, *["pass"] * gap, "  W[k] = velocity[k]  # the step for the value"]
    assert moved_to(lines, equation("velocity[0]", "", written)) == found


def test_what_a_line_adds_to_is_moved_too_and_keys_may_have_either_quotes():
    lines = ["v['a'] += 1", 'W = v["a"]']
    assert moved_to(lines, equation("v.a", "", lines[0])) == (2, "W", "v['a']")
    assert moved_to(lines, equation("v.a", "", "return v")) == (0, "", "")
    assert moved_to(lines, equation("v.a", "", "v =")) == (0, "", "")
    assert moved_to(lines, equation("v.a", "", "")) == (0, "", "")


COUNTS = """\
m = len(y)
n = len(x)
def back(x):
    m = x.shape[0]
    k = x.shape[1]
    size = x.size
    return x / k
print(n)
""".splitlines()


def test_a_count_that_is_never_used_is_that_of_the_function_around_the_line():
    assert list(unused_counts(COUNTS, 8)) == [(1, "m"), (4, "m")]
    for line in (3, 5, 7):
        assert list(unused_counts(COUNTS, line)) == [(4, "m")]
    assert list(unused_counts(["def"], 1)) == []


def right_line(written, original, changed, name="W", called=(), others=()):
    """The line that an equation should read, from the expressions of the language."""
    own = equation(name, original, written, 5, called)
    first = ast.parse(original, mode="eval").body
    text = AuthorText([*others, own])
    return text.line(own, first, ast.parse(changed, mode="eval").body)


@pytest.mark.parametrize(
    ("written", "original", "changed", "right"),
    [
        ("W = a - b", "a - b", "a + b", "W = a + b"),
        ("W -= rate * dW", "W - rate * dW", "W + rate * dW", "W += rate * dW"),
        ("W += rate*dW", "W + rate * dW", "W - rate * dW", "W -= rate * dW"),
        ("self.W -= self.rate * dW", "W - rate * dW", "W - rate * dW.T", "self.W -= self.rate * dW.T"),
        ("W -= rate * dW", "W - rate * dW", "rate * dW", "W = rate * dW"),
        ("W[0] -= rate * dW", "where(m, W - rate * dW, W)", "W", ""),
        ("W[0] = a - b", "a - b", "a + b", ""),
        ("p['W'] = a - b", "a - b", "a + b", "p['W'] = a + b"),
        ("p['W'] -= rate * dW", "W - rate * dW", "W + rate * dW", "p['W'] += rate * dW"),
        ("W, V = a - b, c", "a - b", "a + b", "W = a + b"),
        ("W = V = a - b", "a - b", "a + b", "W = a + b"),
        ("return a - b, c", "a - b", "a + b", "return (a + b, c)"),
        ("return [a - b, a - b]", "a - b", "a + b", ""),
        ("return {'W': a - b, 'V': a - b}", "a - b", "a + b", "return {'W': a + b, 'V': a - b}"),
        ("return a - b", "a - b", "a + b", ""),
        ("W = np.exp(a)", "exp(a)", "exp(-a)", "W = np.exp(-a)"),
        ("W = np.tanh(a)", "tanh(a)", "tanh(-a)", "W = np.tanh(-a)"),
        ("W = net['a'] - self.b", "a - b", "a + b", "W = net['a'] + self.b"),
        ("W = a ** 2", "a**2", "a**3", "W = a**3"),
    ],
)
def test_a_right_line_has_the_authors_statement_and_names(written, original, changed, right):
    assert right_line(written, original, changed) == right


def test_a_function_of_the_script_keeps_its_own_name():
    assert right_line("W = sig(a)", "sigmoid(a)", "sigmoid(-a)", called=("relu", "sig")) == "W = sig(-a)"
    assert right_line("W = f(a)", "sigmoid(a)", "sigmoid(-a)") == "W = sigmoid(-a)"


def test_a_tensor_that_the_statement_lacks_is_called_as_in_the_nearest_one():
    others = [
        equation("u", "h", "u = far.h", 40),
        equation("u", "h", "u = near.h", 9),
        equation("u", "h", "u = above.h", 2),
    ]
    assert right_line("W = a - b", "a - b", "h - b", others=others) == "W = above.h - b"
    assert right_line("W = a - b", "a - b", "h - b", others=others[:2]) == "W = near.h - b"
    assert right_line("W = a - b", "a - b", "k - b", others=others) == "W = k - b"


def test_the_one_argument_of_a_function_is_called_as_the_function_calls_it():
    assert (
        right_line("return_value = s * (1 - s)", "h * (1 - h)", "h * (2 - h)", "W")
        == "return_value = s * (2 - s)"
    )


def test_a_statement_that_adds_to_what_it_sets():
    written = {"dW = x.T @ d": "dW += x.T @ d", "dW -= d": "", "dW = dV = d": "", "return d": ""}
    for line, added in written.items():
        each = equation("dW", "d", line)
        assert AuthorText([each]).added(each) == added


def test_no_line_is_offered_that_reads_a_value_whose_variable_has_another_one_by_then():
    first = equation("a:2", "sigmoid(z)", "a = sigmoid(z)", 2)
    second = equation("a:3", "a:2 * mask", "a *= mask", 3)
    for others, right in (([first], "W = s * a"), ([first, second], "")):
        own = equation("W", "s", "W = s", 5)
        before, after = (
            ast.parse("s", mode="eval").body,
            ast.BinOp(ast.Name("s"), ast.Mult(), ast.Name("a:2")),
        )
        assert AuthorText([*others, own]).line(own, before, after) == right
