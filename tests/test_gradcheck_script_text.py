"""What the text of a checked script shows, and how a right line is written in its author's words."""

import ast
import dataclasses

import pytest

from bpstep.gradcheck.script.text.author_text import (
    AuthorText,
    _aligned,
    _is_at,
    _own_names,
    _statement,
    _tensors,
    _value_of,
    _without_brackets,
)
from bpstep.gradcheck.script.text.passed_values import with_copies
from bpstep.gradcheck.script.text.scopes import Scopes
from bpstep.gradcheck.script.text.text_lines import (
    alias_line,
    argument_with,
    commented_updates,
    copied_from,
    idle_call,
    idle_statements,
    idle_update,
    last_part,
    list_copied,
    list_replaced,
    moved_to,
    rebound_lines,
    second_name,
    target_of,
    unused_counts,
)
from bpstep.lang.parser import tree_of
from bpstep.lang.substitution import rebuilt
from bpstep.script.equations.equations import (
    CalledExpression,
    Opened,
    OtherName,
    ScriptEquation,
    ScriptIteration,
)


def equation(name, source, written, line=1, called=()):
    parts = tuple(CalledExpression(source, each, "net.py", 1, "") for each in called)
    return ScriptEquation(name, source, written, "net.py", line, None, (), 0.0, parts)


def test_the_identifier_that_a_name_ends_with_is_found():
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
        ("    net.W1[i] = net.W1[i]", True),
        ("W1 = V.W1", False),
        ("net.W1[0][1] + rate", True),
        ("W1 -= rate * dW1", False),
        ("W1 = W1 - rate * dW1", False),
        ("W1 -", False),
        ("x = W1 - rate * dW1", False),
        ("W12 - rate", False),
    ],
)
def test_an_update_without_effect_stands_in_a_comment_or_assigns_nothing(text, is_idle):
    assert idle_update(["a = 1", text, text], "net.W1:7") == (2 if is_idle else 0)


def test_a_line_of_a_docstring_is_no_update_without_effect():
    lines = ["def layer(W1, x):", '    """', "    W1 - weights", '    """', "    return x @ W1", "W1 - 2"]
    assert idle_update(lines[:-1], "W1") == 0
    assert idle_update(lines, "W1") == 6


@pytest.mark.parametrize(
    ("statement", "target"),
    [
        ("W = 1", "W"),
        ("  W -= 1", "W"),
        ("net.layer.W += 1", "W"),
        ("W[0][k] *= 2", "W"),
        ("net.W['a'] /= 2", "W"),
        ("W == 1", ""),
        ("return W", ""),
        ("f(W=1)", ""),
        ("W", ""),
    ],
)
def test_the_identifier_that_a_statement_assigns_to_is_found(statement, target):
    assert target_of(statement) == target


@pytest.mark.parametrize(
    ("statement", "names", "argument"),
    [
        ("h = sigmoid(X @ W)", "XW", "X @ W"),
        ("h = sigmoid(X @ W)", "X", ""),
        ("h = sigmoid(X)", "X", ""),
        ("h = sigmoid(X @ W + b)", "XW", ""),
        ("return sigmoid(np.dot(X, W), True)", "XW", "np.dot(X, W)"),
        ("h = f(X @ W) + g(X @ W)", "XW", "X @ W"),
        ("h = f(X @ W) + g(W @ X)", "XW", ""),
        ("h = f(X(W) + 1)", "W", "X(W) + 1"),
        ("for h in f(X + 1):", "X", ""),
        ("with f(X + 1):", "X", ""),
        ("h = (", "X", ""),
        ("h = f(1 + 2)", "", "1 + 2"),
    ],
)
def test_an_argument_is_told_by_the_names_that_it_alone_reads(statement, names, argument):
    assert argument_with(statement, set(names)) == argument


def test_a_call_with_a_parameter_whose_result_nothing_keeps_is_found():
    function = ["def updated(W, dW):", "    return W - dW", "def shown(W):", "    print(W)", "    return"]
    assert idle_call([*function, "updated(net.W, dW)"], "W:3") == 6
    assert idle_call([*function, "net.updated(W, dW)"], "W") == 6
    for line in ("W = updated(W, dW)", "updated(V, dW)", "shown(W)", "other(W)", "updated", "if", ""):
        assert idle_call([*function, line], "W") == 0
    assert idle_call([*function, "updated(W, dW)", "updated(W, dW)"], "W") == 0


COMMENTED = """\
W = zeros
for step in range(9):
    dW = X.T @ delta
    # W -= rate * dW
    #  b = b - rate * db
    # V -= rate * dV
    # c -= 1
    V -= rate * dV
    ## b[0] += db
    print(b)
""".splitlines()


@pytest.mark.parametrize(
    ("run", "found"),
    [
        ({3}, "W b"),
        # At most three lines away.
        ({2}, "W b"),
        ({8}, "b b[0]"),
        ({12}, "b[0]"),
        ({13}, ""),
        # What a line that ran sets is W.
        ({1}, ""),
        ({2, 7}, "W b b[0]"),
    ],
)
def test_an_update_in_a_comment_counts_beside_lines_that_ran_if_no_line_updates_the_same(run, found):
    """V is updated, and c gets a number."""
    lines = {"W": 4, "b": 5, "b[0]": 9}
    given = list(commented_updates(COMMENTED, run))
    assert [(line, name) for line, name, _ in given] == [(lines[name], name) for name in found.split()]


def test_a_comment_is_no_lost_update_where_a_line_that_ran_sets_the_same_and_the_update_is_told_in_full():
    lines = ["W = 2", "# W -= rate * dW", "W *= 3"]
    assert list(commented_updates(lines, {1})) == []
    assert list(commented_updates(lines, {2})) == [(2, "W", "W -= rate * dW")]
    assert list(commented_updates(['p["W"] = 2', '# p["W"] = p["W"] - dW'], {1})) == []
    assert list(commented_updates(['q = p["W"]', '#p["W"] = p["W"]-dW'], {1})) == [
        (2, "p['W']", "p['W'] = p['W'] - dW")
    ]
    # What occurs in comments alone was left out as a whole.
    assert list(commented_updates(["x = 1", "# W -= rate * dW"], {1})) == []
    assert list(commented_updates(["x = W", "# W -= 1", "# W = W", "# W +"], {1})) == []


def test_the_name_under_which_a_line_reads_anothers_result_is_given_between_the_two():
    lines = ["error += x", "delta[j] = error  # kept", "y = w * delta[j]", "delta[j] = error"]
    source, reader = equation("error", "", lines[0], 1), equation("y", "", lines[2], 3)
    assert copied_from(lines, reader, [source]) == 2
    assert copied_from(lines, equation("y", "", "y = error * delta", 3), [source]) == 0
    assert copied_from(lines, equation("y", "", "y = w", 3), [source]) == 0
    assert copied_from(lines, reader, [equation("error", "", "error += x", 2)]) == 0
    assert copied_from(lines, reader, [equation("x", "", "return x", 1), source]) == 2
    assert (
        copied_from(
            ["s = 1", "d = s", "d = s", "y = d"], equation("y", "", "y = d", 4), [equation("s", "", "s = 1")]
        )
        == 3
    )
    assert (
        copied_from(
            ["s = 1", "d = s + 1", "y = d"], equation("y", "", "y = d", 3), [equation("s", "", "s = 1")]
        )
        == 0
    )


@pytest.mark.parametrize("taken", ["equation", "before", "outside"])
def test_a_copy_takes_a_name_that_no_tensor_of_the_pass_has(taken):
    first = dataclasses.replace(
        equation("a", "x + 1", "a = x + 1", 1), other_names=(OtherName("net.py", 3, "d = a", 1, "3"),)
    )
    other = [equation("d:3:1", "x", "d = x", 3)] * (taken == "equation")
    before = {"x": 1.0} | ({"d:3:1": 0.0} if taken == "before" else {})
    given = ScriptIteration(0, before, ({"d:3:1": 0.0} if taken == "outside" else {}), (first, *other), ())
    assert [each.name for each in with_copies(given, {0: 0}).equations if each.copy_of] == ["d:3:2"]


# Statements that pass a result on


def passing(*others, reads="a * 2", written="b = a * 2", opaque=""):
    """a = x + 1, statements that pass it on as (line, text, equations before), and what is computed then."""
    names = tuple(OtherName("net.py", line, text, before, str(line)) for line, text, before in others)
    first = dataclasses.replace(equation("a", "x + 1", "a = x + 1", 1), other_names=names, opaque=opaque)
    rest = equation("b", reads, written, 9), equation("c", "a + b", "c = a + b", 10)
    given = ScriptIteration(0, {"x": 1.0}, {}, (first, *rest), ())
    found = with_copies(given, {0: 0})
    return [(each.name, each.source, each.line, each.copy_of) for each in found.equations]


PLAIN = [("a", "x + 1", 1, ""), ("b", "a * 2", 9, ""), ("c", "a + b", 10, "")]


@pytest.mark.parametrize(
    ("others", "more", "found"),
    [
        ([], {}, PLAIN),
        # The lines that name the copy read the copy; c calls it a.
        ([(3, "d = a", 1)], {"written": "b = d * 2"}, [("d:3:1", "a", 3, "a"), ("b", "d:3:1 * 2", 9, "")]),
        (
            [(3, "d = net.a", 1)],
            {"written": "b = d * 2"},
            [("d:3:1", "a", 3, "a"), ("b", "d:3:1 * 2", 9, "")],
        ),
        ([(3, "d = a[0]", 1)], {"written": "b = d * 2"}, [("d:3:1", "a", 3, "a"), ("b", "d:3:1 * 2", 9, "")]),
        # What neither names reads the last one.
        ([(3, "return a", 1)], {"written": "b = g * 2"}, [("a:3:1", "a", 3, "a"), ("b", "a:3:1 * 2", 9, "")]),
        (
            [(3, "return a, 1", 1)],
            {"written": "b = g * 2"},
            [("a:3:1", "a", 3, "a"), ("b", "a:3:1 * 2", 9, "")],
        ),
        (
            [(3, "d = a", 1), (4, "e = d", 1)],
            {"written": "b = e * 2"},
            [("d:3:1", "a", 3, "a"), ("e:4:1", "d:3:1", 4, "a"), ("b", "e:4:1 * 2", 9, "")],
        ),
        (
            [(3, "d = a", 1), (4, "e = a", 1)],
            {"written": "b = e * 2"},
            [("d:3:1", "a", 3, "a"), ("e:4:1", "a", 4, "a"), ("b", "e:4:1 * 2", 9, "")],
        ),
        (
            [(3, "d = a", 1), (3, "d = a", 1)],
            {"written": "b = d * 2"},
            [("d:3:1", "a", 3, "a"), ("d:3:2", "a", 3, "a"), ("b", "d:3:2 * 2", 9, "")],
        ),
        (
            [(3, "d = a", 1), (4, "e = a", 1), (5, "g = k", 1)],
            {"written": "b = g * 2"},
            [
                ("d:3:1", "a", 3, "a"),
                ("e:4:1", "a", 4, "a"),
                ("g:5:1", "e:4:1", 5, "a"),
                ("b", "g:5:1 * 2", 9, ""),
            ],
        ),
        (
            [(3, "d[0] = a", 1), (4, "e = d[0]", 1), (5, "g = net.d[0]", 1)],
            {"written": "b = g * 2"},
            [
                ("d:3:1", "a", 3, "a"),
                ("e:4:1", "d:3:1", 4, "a"),
                ("g:5:1", "d:3:1", 5, "a"),
                ("b", "g:5:1 * 2", 9, ""),
            ],
        ),
        ([(3, "d = k", 1)], {"written": "b = d * 2"}, [("d:3:1", "a", 3, "a"), ("b", "d:3:1 * 2", 9, "")]),
        (
            [(3, "return net.a", 1), (4, "return a", 1)],
            {"written": "b = g * 2"},
            [("a:3:1", "a", 3, "a"), ("a:4:1", "a", 4, "a"), ("b", "a:4:1 * 2", 9, "")],
        ),
        # A line that says a reads a itself, and so does one before the copy.
        ([(3, "d = a", 1)], {}, [("d:3:1", "a", 3, "a"), PLAIN[1]]),
        ([(3, "d = a", 2)], {"written": "b = d * 2"}, [("b", "a * 2", 9, ""), ("d:3:1", "a", 3, "a")]),
        ([(3, "d = a", 0)], {"written": "b = d * 2"}, [("d:3:1", "a", 3, "a"), ("b", "d:3:1 * 2", 9, "")]),
        # Only whole names are replaced.
        (
            [(3, "d = a", 1)],
            {"written": "b = d * 2", "reads": "a * a.T + a2 + a[0] + x.a + a:7"},
            [("d:3:1", "a", 3, "a"), ("b", "d:3:1 * d:3:1.T + a2 + a[0] + x.a + a:7", 9, "")],
        ),
        ([(3, "d = f(a)", 1)], {}, PLAIN[:2]),
        ([(3, "d = (", 1)], {}, PLAIN[:2]),
        ([(3, "d = a", 1)], {"opaque": "unknown"}, PLAIN[:2]),
    ],
)
def test_a_statement_that_passes_a_result_on_is_an_equation_of_its_own(others, more, found):
    given = passing(*others, **more)
    assert given[0] == PLAIN[0]
    assert given[1 : len(given) - 1] == (found[1:] if found[0] == PLAIN[0] else found)[: len(given) - 2]
    assert given[-1] == PLAIN[-1]
    assert len(given) == len(others) * (given != PLAIN) + 3


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


@pytest.mark.parametrize(
    ("lines", "found"),
    [
        (["for p, g in pairs:", "    p = p - rate * g"], [(2, "p", "p -= rate * g")]),
        (["for p in params:", "    p = p + step(p) / 3"], [(2, "p", "p += step(p) / 3")]),
        (
            ["def step():", "    for i, p in enumerate(ps):", "        p = p - 2 * p"],
            [(3, "p", "p -= 2 * p")],
        ),
        (["for p in ps:", "    p = p - 2 * p", "for p in qs:", "    print(p)"], [(2, "p", "p -= 2 * p")]),
        (["for p in ps:", "    p = p - 2 * p", "    out.append(p)"], []),
        (["for p in ps:", "    p = p - 2 * p; out.append(p)"], []),
        (["for p in ps:", "    p = p - 2 * p", "print(p)"], []),
        (["for p in ps:", "    p = p - mean"], []),
        (["for p in ps:", "    p = q - 2 * p"], []),
        (["for p in ps:", "    q = q - 2 * p"], []),
        (["for p in ps:", "    p -= 2 * p"], []),
        # A share of a memory, and a name that the loop's first line takes.
        (["for v, g in pairs:", "    v = b * v + g"], [(2, "v", "v[:] = b * v + g")]),
        (["for v, g in pairs:", "    v = g + v * b"], [(2, "v", "v[:] = g + v * b")]),
        (["for v, g in pairs:", "    v = g - b * v"], []),
        (["for v, g in pairs:", "    v = b * v + g", "    out.append(v)"], []),
        (["for k in ps:", "    p = ps[k]", "    p = p - 2 * gs[k]"], [(3, "p", "p -= 2 * gs[k]")]),
        (["for k in ps:", "    p = 1", "    p = p - 2 * gs[k]"], []),
        (["for k in ps:", "    p = ps[k]", "    p = p - 2 * gs[k]", "    ps[k] = p"], []),
        (["for p, g in pairs:", "    u = 2 * g", "    p = p - u"], [(3, "p", "p -= u")]),
        (["for p, g in pairs:", "    u = g", "    p = p - u"], []),
    ],
)
def test_an_update_of_what_a_loop_takes_is_lost_if_nothing_reads_it_afterwards(lines, found):
    assert list(idle_statements(lines, set(range(9)))) == found


@pytest.mark.parametrize(
    ("lines", "found"),
    [
        (["v = b * v + g", "p -= v"], [(2, "v", "v[:] = b * v + g")]),
        (["v = g + b * v", "p = p - rate * v"], [(2, "v", "v[:] = g + b * v")]),
        (["v = v + b * g", "p -= v"], []),
        (["u = b * u + g", "p -= u"], []),
        (["v = b * v + g", "p -= v", "vs[i] = v"], []),
        (["v = b * v + g", "p -= v", "new.append(v)"], []),
        (["v = b * v + g", "p -= step(v)"], []),
        (["u = us[i]", "u = b * u + g", "p -= u"], [(3, "u", "u[:] = b * u + g")]),
        (["u, w = us[i]", "u = b * u + g", "p -= u"], [(3, "u", "u[:] = b * u + g")]),
        (["u, w = us[i]", "u = b * u + g", "p -= u", "us[i] = (u, w)"], []),
        (["u = 0", "u = b * u + g", "p -= u"], []),
    ],
)
def test_a_memory_that_a_loop_takes_is_rebound_if_its_lines_only_compute_with_it(lines, found):
    text = ["for p, g, v in zip(ps, gs, vs):", *(f"    {line}" for line in lines)]
    assert list(rebound_lines(text, {2, 3})) == found
    assert not list(rebound_lines(text, {4}))


def test_another_name_of_an_array_is_the_last_one_given_at_or_above_the_line():
    lines = ["w = W1", "w = net.W1  # the same", "w = W1 + 1", "y = x @ w", "w = W1"]
    reads = equation("y", "x @ W1", "y = x @ w", 4)
    assert alias_line(lines, reads, "W1") == (2, "w", "net.W1")
    assert alias_line(lines[:1], reads, "W1") == (1, "w", "W1")
    assert alias_line(lines, equation("y", "x @ W1", "y = x @ W1", 4), "W1") == (0, "", "")
    assert alias_line(["W1 = W1"], equation("y", "x @ W1", "y = x @ W1"), "W1") == (0, "", "")
    assert alias_line(lines, equation("y", "W1", "y = (", 4), "W1") == (0, "", "")
    assert alias_line(["y = x @ W1", "x = x1"], equation("y", "W1", "y = x", 2), "x1") == (2, "x", "x1")


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (
            ["a = 1", "s = [n for o, n in zip(s, new())]"],
            (2, "s", "s = [o + n for o, n in zip(s, new())]"),
        ),
        (["me.s = [n for n, o in zip(t, me.s)]"], (1, "me.s", "me.s = [o + n for n, o in zip(t, me.s)]")),
        (["s = [o for o, n in zip(s, t)]"], (0, "", "")),
        (["s = [n for o, n in zip(t, s)]"], (0, "", "")),
        (["s = [o + n for o, n in zip(s, t)]"], (0, "", "")),
        (["s = [n for o, n in zip(t, u)]"], (0, "", "")),
        (["s = [n for o, n in zip(s, t)]", "r = [n for o, n in zip(r, t)]"], (0, "", "")),
        (["s = [n for"], (0, "", "")),
    ],
)
def test_a_list_made_anew_of_terms_alone_is_found_with_the_statement_that_adds_them(lines, expected):
    assert list_replaced(lines) == expected


@pytest.mark.parametrize(
    ("written", "below", "found"),
    [
        ("dh[j] += w * d", "dz = [dh[j] for j in range(n)]", 2),
        ("dh[j] += w * d", "self.dz = list(dh)", 2),
        ("dh[j] += w * d", "dz = dh[:]", 2),
        ("dh[j] += w * d", "dz = dh.copy()", 2),
        ("dh[j] += w * d", "dz = [dx[j] for j in range(n)]", 0),
        ("dz[j] += w * d", "dz = list(dz)", 0),
        ("w * d", "dz = list()", 0),
    ],
)
def test_a_list_of_results_is_copied_where_a_line_below_gives_it_another_name(written, below, found):
    assert list_copied([written, below], equation("dz[0]", "w * d", written)) == found


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
        ("W, V = a - b, c", "a - b", "a + b", "W, V = a + b, c"),
        ("W = V = a - b", "a - b", "a + b", "W = V = a + b"),
        ("return a - b, c", "a - b", "a + b", "return a + b, c"),
        ("return [a - b, a - b]", "a - b", "a + b", ""),
        ("return {'W': a - b, 'V': a - b}", "a - b", "a + b", "return {'W': a + b, 'V': a - b}"),
        ("return a - b", "a - b", "a + b", "return a + b"),
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
    assert right_line("W = f(a)", "sigmoid(a)", "sigmoid(-a)") == "W = f(-a)"


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


def test_no_line_is_proposed_that_reads_a_value_whose_variable_has_another_one_by_then():
    first = equation("a:2", "sigmoid(z)", "a = sigmoid(z)", 2)
    second = equation("a:3", "a:2 * mask", "a *= mask", 3)
    for others, right in (([first], "W = s * a"), ([first, second], "")):
        own = equation("W", "s", "W = s", 5)
        before, after = (
            ast.parse("s", mode="eval").body,
            ast.BinOp(ast.Name("s"), ast.Mult(), ast.Name("a:2")),
        )
        assert AuthorText([*others, own]).line(own, before, after) == right


MODULE = """\
import numpy as np
from a.b import c as other
import long.name
rate = 0.1
def forward(x, *rest, k=2, **more):
    hidden = x @ W
    for at, part in enumerate(rest):
        total = part
    return hidden, total
class Net:
    def step(self):
        try:
            self.out = grad = forward(1)
        except ValueError as error:
            return error
        return self.out
square = lambda z: z ** 2
with open("a") as file:
    pass
[each for each in rate]
H, O = forward(X)
A = square(H)
net.A2 = forward(X)
A3 = H
A, B = C = forward(X)
B2 = square(square(H))
B3 = W @ square(H)
B4 = net(net(X))
B5 = net(X)
""".splitlines()


def test_a_line_sees_names_of_the_module_and_of_the_functions_around_it():
    scopes = Scopes(MODULE)
    seen = {
        4: "np other long rate forward Net square file each H O A A3 B C print",
        6: "np rate x rest k more hidden at part total print",
        11: "self grad error",
        13: "self grad error rate",
        17: "z",
    }
    for line, names in seen.items():
        assert [name for name in names.split() if not scopes.sees(name, line)] == []
    for line, names in {
        4: "x hidden self z c name a",
        6: "self z grad",
        13: "x hidden z",
        17: "x self",
    }.items():
        assert [name for name in names.split() if scopes.sees(name, line)] == []


def test_a_name_is_local_within_its_function_alone():
    scopes = Scopes(MODULE)
    for line, local in {
        4: "",
        5: "x hidden",
        9: "x hidden total",
        10: "",
        11: "self grad",
        16: "self",
        17: "z",
    }.items():
        names = ["x", "hidden", "total", "self", "grad", "z", "rate", "np"]
        within = {"x hidden": "x hidden total", "self": "self grad"}.get(local, local)
        assert [name for name in names if scopes.is_local(name, line)] == within.split()


def test_an_import_binds_the_first_part_of_a_path_or_its_other_name():
    scopes = Scopes(["import os.path", "import numpy.linalg as la", "from math import exp as e, tanh"])
    names = ["os", "path", "numpy", "linalg", "la", "math", "exp", "e", "tanh"]
    assert [name for name in names if scopes.sees(name, 3)] == ["os", "la", "e", "tanh"]


def test_a_text_that_is_none_of_python_hides_no_name():
    for lines in ([], ["def f(:"], ["a = b\0"]):
        assert Scopes(lines).sees("anything", 1)
        assert not Scopes(lines).is_local("anything", 1)
        assert not Scopes(lines).is_return(1)


def test_what_a_function_returns_and_in_which_lines():
    scopes = Scopes(MODULE)
    assert [line for line in range(30) if scopes.is_return(line)] == [9, 15, 16]
    assert scopes.returns("forward", ["total"])
    assert scopes.returns("forward", ["none", "hidden"])
    assert scopes.returns("step", ["out"])
    assert not scopes.returns("forward", ["x", "out"])
    assert not scopes.returns("nothing", ["hidden"])
    assert not scopes.returns("forward", [])


@pytest.mark.parametrize(
    ("line", "function", "name", "called"),
    [
        (21, "forward", "hidden", ["H"]),
        (21, "net.forward", "total:3", ["O"]),
        (21, "forward", "x", []),
        (22, "square", "z", ["A"]),
        (23, "forward", "hidden", ["net.A2"]),
        (24, "forward", "hidden", []),
        (25, "forward", "hidden", []),
        (26, "square", "z", []),
        (27, "square", "z", []),
        (28, "Net.__call__", "z", []),
        (29, "Net.__call__", "z", ["B5"]),
        (99, "forward", "hidden", []),
    ],
)
def test_a_caller_names_the_result_of_a_function(line, function, name, called):
    given, opened = equation(name, "x", "x = 1"), Opened(function, line, "net.py")
    assert list(Scopes(MODULE).name_of_result(given, opened)) == called


# What the lines around a call name the results of a function

CALLS = """\
def act(z):
    out = 1 / (1 + np.exp(-z))
    return out
def pair(z):
    h = z * z
    o = act(h)
    return h, o
def direct(z):
    return z * 3
class Net:
    def back(self, d):
        g = d * X
        return g
X, W, k = 1, 2, 5
def train(X, W):
    for step in range(3):
        A = act(X)
        H, O = pair(A)
        D = direct(O)
        E = net.back(D)
        F = E * act(k)
        W = W - E
train(X, W)
def inner(z):
    u = z * 2
    return act(u)
I = inner(X)
import numpy as np
def two(z):
    v = z * 2
    v2 = v + 1
    return v
J = two(X)
net.K = two(X)
W = W - J
net = Net()
""".splitlines()


class Files:
    """The one file of the lines above."""

    def lines_of(self, file):
        return CALLS if file == "net.py" else []


def within(name, source, line, *calls):
    """An equation at a line, in the calls that are open there as (function, line)."""
    opened = tuple(Opened(function, at, "net.py") for function, at in calls)
    return dataclasses.replace(equation(name, source, CALLS[line - 1].strip(), line), call=opened)


PASS = [
    within("out", "1 / (1 + exp(-X))", 2, ("act", 17)),
    within("h", "out * out", 5, ("pair", 18)),
    within("out:2:2", "1 / (1 + exp(-h))", 2, ("pair", 18), ("act", 6)),
    within("direct:9", "out:2:2 * 3", 9, ("direct", 19)),
    within("g", "direct:9 * X", 12, ("Net.back", 20)),
    within("out:2:3", "1 / (1 + exp(-k))", 2, ("act", 21)),
    within("F", "g * out:2:3", 21),
    within("W", "W - g", 22),
    within("u", "X * 2", 25, ("inner", 27)),
    within("out:2:4", "1 / (1 + exp(-u))", 2, ("inner", 27), ("act", 26)),
]

PASS += [
    within("v", "X * 2", 30, ("two", 33)),
    within("v2", "v + 1", 31, ("two", 33)),
    within("v:30:2", "X * 2", 30, ("two", 34)),
    within("W:35", "W - v", 35),
]

OF_CALLS, AT = AuthorText(PASS, Files()), {each.name: each for each in PASS}


def test_a_result_has_the_name_of_the_statement_that_calls_its_function():
    named = {
        "out": "A",
        "h": "H",
        "out:2:2": "o",
        "direct:9": "D",
        "g": "E",
        "out:2:4": "I",
        "v": "J",
        "v:30:2": "net.K",
    }
    assert {name: OF_CALLS.name_of_result(name) for name in AT} == dict.fromkeys(AT, "") | named
    assert OF_CALLS.name_of_result("X") == ""


@pytest.mark.parametrize(
    ("name", "sentence", "shown"),
    [
        ("F", "out:2:2 is direct:9, W:9 or out", "out:2:2 is D, W:9 or out"),
        # A result without a name is the call within the statement.
        ("F", "out:2:3 is not direct:9", "act(...) is not D"),
        ("W", "out:2:3 is not direct:9", "out:2:3 is not D"),
        # In the function itself the tensor has its own name, and no line reads a later one.
        ("out:2:2", "out:2:2 beside direct:9", "out:2:2 beside direct:9"),
        # What a function is given has the name of its argument there.
        ("direct:9", "out:2:2 beside direct:9", "z beside direct:9"),
        ("out", "direct:9", "direct:9"),
    ],
)
def test_a_sentence_has_the_callers_names(name, sentence, shown):
    assert OF_CALLS.shown(sentence, AT[name]) == shown


def test_two_tensors_with_one_name_keep_their_lines_in_a_sentence():
    given = [within("g", "X", 12, ("Net.back", 20)), within("g:12:2", "X", 12, ("Net.back", 20)), AT["F"]]
    given[0] = dataclasses.replace(given[0], name="g:12")
    text = AuthorText(given, Files())
    assert text.shown("g:12 for g:12:2", AT["F"]) == "g:12 for g:12:2"
    assert text.shown("g:12 for g:12", AT["F"]) == "E for E"
    # Two calls in one statement are not told apart by a name either, and keep the others' names.
    calls = [dataclasses.replace(AT["out:2:3"], name=name) for name in ("out:2:3", "out:2:5")]
    text = AuthorText([AT["g"], *calls, AT["F"]], Files())
    assert text.shown("out:2:3 for out:2:5", AT["F"]) == "act(...) for act(...)"


def test_a_name_is_of_the_function_around_a_line_or_of_the_caller():
    names = ["X", "W", "k", "z", "h", "d", "g", "out:2", "x.D", "H[1]"]
    own = {"out": ["z", "out:2"], "h": ["z", "h"], "g": ["d", "g"], "F": ["X", "W", "x.D", "H[1]"]}
    assert {name: [each for each in names if OF_CALLS.is_in_function(each, AT[name])] for name in own} == own


@pytest.mark.parametrize(
    ("name", "changed", "right"),
    [
        # X is a variable of train, that of the module has another value.
        ("g", "X * d", "g = X * d"),
        ("h", "X * out", ""),
        ("h", "z * 2", "h = z * 2"),
        # A variable of the function's own, and a global one.
        ("out", "1 / (1 + exp(z))", "out = 1 / (1 + np.exp(z))"),
        ("h", "k * out", "h = k * z"),
        # The caller's names for results: g is E, and h is H.
        ("W", "W + g", "W = W + E"),
        ("W", "W - h", "W = W - H"),
        ("W", "W - direct:9", "W = W - D"),
        # What no statement names is not available.
        ("W", "W - out:2:2", ""),
        ("F", "g + out:2:3", ""),
        ("u", "X + 2", "u = z + 2"),
        # In the same call it has its own name, and a later result has none yet.
        ("v2", "v - 1", "v2 = v - 1"),
        ("W", "W - v", ""),
        ("W:35", "W - v:30:2", "W = W - net.K"),
    ],
)
def test_a_right_line_in_a_function_reads_what_its_own_lines_can_read(name, changed, right):
    before, after = (tree_of(text, [*AT, "d"]) for text in (AT[name].source, changed))
    assert OF_CALLS.line(AT[name], before, after) == right


def test_a_part_that_stays_is_kept_as_the_author_wrote_it():
    kept = tree_of(AT["F"].source, AT)
    changed = ast.BinOp(ast.Name("X"), kept.op, kept.right)
    assert OF_CALLS.line(AT["F"], kept, changed) == "F = X * act(k)"


def statement(text):
    return ast.parse(text).body[0]


@pytest.mark.parametrize(
    ("source", "written", "parts"),
    [
        ("a + b * c", "p.a + q * c", {"a": "p.a", "b": "q", "c": "c", "b * c": "q * c"}),
        # Another form is one part.
        ("a + b", "p - q", {}),
        ("a + sigmoid(z)", "p + f(q)", {"a": "p", "sigmoid(z)": "f(q)"}),
        ("a @ b", "np.dot(p, q)", {"a": "p", "b": "q"}),
        ("a @ b", "p.dot(q)", {"a": "p", "b": "q"}),
        ("a @ b", "np.matmul(p, q)", {"a": "p", "b": "q"}),
        ("a * b", "numpy.multiply(p, q)", {"a": "p", "b": "q"}),
        ("a + b", "np.add(p, q)", {"a": "p", "b": "q"}),
        ("a - b", "np.subtract(p, q)", {"a": "p", "b": "q"}),
        ("a / b", "np.divide(p, q)", {"a": "p", "b": "q"}),
        ("a**b", "np.power(p, q)", {"a": "p", "b": "q"}),
        ("a * b", "np.dot(p, q)", {}),
        ("a @ b", "np.dot(p, q, r)", {}),
        ("a @ b", "f(p, q)", {}),
        ("-a", "-p", {"a": "p"}),
        ("-a", "+p", {}),
        ("a.T", "p.T", {"a": "p"}),
        ("a.T", "p.real", {}),
        ("a.real", "p.real", {}),
        ("a.T", "p.transpose()", {}),
        ("a[3]", "p[i]", {"a": "p"}),
        ("a[3]", "p[3]", {"a": "p"}),
        ("a[3]", "p[2]", {}),
        ("exp(a)", "np.exp(p)", {"a": "p"}),
        ("exp(a)", "exp(p)", {"a": "p"}),
        ("sum(a)", "p.sum()", {"a": "p"}),
        ("exp(a)", "np.log(p)", {}),
        ("max(a, b)", "math.max(p, q)", {"a": "p", "b": "q"}),
        ("max(a, b)", "max(p)", {}),
        ("a > b", "p > q", {"a": "p", "b": "q"}),
        ("exp(-a) + b", "np.exp(-p) + q", {"exp(-a)": "np.exp(-p)", "-a": "-p", "a": "p", "b": "q"}),
    ],
)
def test_the_parts_of_an_equation_are_matched_with_those_of_the_authors_expression(source, written, parts):
    given = ast.parse(source, mode="eval").body
    found = _aligned(given, ast.parse(written, mode="eval").body)
    texts = {id(node): ast.unparse(node).replace(" ** ", "**") for node in ast.walk(given)}
    named = {texts[each]: ast.unparse(own).replace(" ** ", "**") for each, own in found.items()}
    assert named == {source: written.replace(" ** ", "**"), **parts}


@pytest.mark.parametrize(
    ("written", "name", "text", "value"),
    [
        ("W = a", "x", "", "a"),
        ("return a", "x", "", "a"),
        ("W, V = a, b", "W:3", "", "a"),
        ("W, V = a, b", "net.V", "", "b"),
        ("W, V = a, b", "U", "b", "b"),
        ("W, V = a, b", "U", "c", None),
        ("W, V = a, a", "U", "a", None),
        ("W, W = a, b", "W", "", None),
        ("W, *V = a, b, W", "W", "", None),
        ("return a, net.W", "W", "", "net.W"),
        ("return [a, b]", "g[1]", "", "b"),
        ("return [a, b]", "g[2]", "", None),
        ("return [a, b, c]", "g[12]", "", None),
        ("return a, b", "g[0]", "", "a"),
        ("W, V = a, b", "g[0]", "", None),
        ("W = [a]", "g", "", "a"),
        ("W = {'g': a, 'h': b}", "net.h", "", "b"),
        ("W = {g: a, 'h': b}", "net.g", "", None),
        ("W = {1: a, 2: b}", "2", "", "b"),
        ("W = [a for a in b]", "a", "a", "a"),
        ("W = [(a, c) for a in b]", "a", "a", None),
        ("W = {c: a for a in b}", "a", "a", "a"),
        ("W.append(a)", "W[2]", "a", "a"),
        ("W.insert(0, a)", "W[0]", "a", "a"),
        ("W.pop(a)", "W[0]", "a", None),
        ("W = (a for a in b)", "a", "a", None),
    ],
)
def test_the_authors_expression_of_one_of_several_values_is_found(written, name, text, value):
    tree = ast.parse(text or "other", mode="eval").body
    found = _value_of(statement(written), equation(name, "", written), tree, text)
    assert (found if found is None else ast.unparse(found)) == value


@pytest.mark.parametrize(
    ("source", "tensors"),
    [
        ("a + b.T @ net.c", ["a", "b", "net.c"]),
        ("exp(a) + sum(b, axis=k)", ["a", "b", "k"]),
        ("net.f(a)", ["net.f", "a"]),
        ("a[i].T", ["a", "i"]),
        ("1 + 2", []),
    ],
)
def test_the_tensors_that_an_equation_reads_are_found(source, tensors):
    assert list(_tensors(_parsed(source))) == tensors


def _parsed(text):
    return ast.parse(text, mode="eval").body


@pytest.mark.parametrize(
    ("written", "names"),
    [
        ("W = a + net.b", {"a": "a", "b": "net.b"}),
        ("W -= p['c'] * d[0].e", {"c": "p['c']", "e": "d[0].e", "d": "d"}),
        ("W = f(a) + net.g(b)", {"a": "a", "b": "b"}),
        ("W = a.T", {"a": "a"}),
        ("return a[k]", {"a": "a", "k": "k"}),
        ("pass", {}),
        ("return", {}),
    ],
)
def test_the_names_of_a_statements_right_side_are_those_at_their_ends(written, names):
    assert {name: ast.unparse(node) for name, node in _own_names(statement(written)).items()} == names


@pytest.mark.parametrize(
    ("text", "name", "is_at"),
    [
        ("W", "W", True),
        ("W", "V", False),
        ("net.W", "W", True),
        ("net.W", "net.W", True),
        ("net.W", "other.W", False),
        ("net.W", "net.V", False),
        ("p['W']", "p.W", True),
        ("p['W']", "q.W", False),
        ("a.p['W']", "p.W", True),
        ("a.p['W']", "a.p.W", True),
        ("a.p['W']", "b.p.W", False),
        ("W + 1", "W", False),
    ],
)
def test_an_expression_is_at_a_tensors_name_or_at_a_longer_path_to_it(text, name, is_at):
    assert _is_at(_parsed(text), name) is is_at


def test_several_values_are_written_without_brackets_and_what_is_no_statement_is_none():
    texts = {
        "(a, b) = (c, d)": "a, b = c, d",
        "a = (b, c)": "a = b, c",
        "x = (a, b) = (c, d)": "x = a, b = c, d",
        "return (a, b ** 2)": "return a, b**2",
        "return (a,)": "return (a,)",
        "return a": "return a",
        "a = b": "a = b",
    }
    assert {text: _without_brackets(statement(text)) for text in texts} == texts
    assert [_statement(text) for text in ("", "a =", "a\0", "  ")] == [None] * 4
    assert ast.unparse(_statement("  a = 1; b = 2")) == "a = 1"


@pytest.mark.parametrize(
    ("written", "original", "changed", "right"),
    [
        # A step of an update keeps its operator's own operand; another form is written as a whole.
        ("W -= self.rate * g", "W - rate * dW", "W + rate * dW", "W += self.rate * g"),
        ("W *= a", "W * a", "W + a", "W += a"),
        ("W -= a", "W - a", "V - a", "W = V - a"),
        ("V = W[0] = a - b", "a - b", "a + b", "V = W[0] = a + b"),
        ("W[0] = V = a - b", "a - b", "a + b", ""),
        ("net[0] = a - b", "a - b", "a + b", "net[0] = a + b"),
        ("net[0] -= a", "W - a", "a", ""),
        ("net[0][1] = a - b", "a - b", "a + b", "net[0][1] = a + b"),
    ],
)
def test_a_right_line_for_a_step_and_for_a_part(written, original, changed, right):
    # The changed expression has the original's own nodes, as that of a single change has.
    first, second = _parsed(original), _parsed(changed)
    shared = {ast.dump(node): node for node in ast.walk(first) if isinstance(node, ast.expr)}
    second = rebuilt(second, lambda node: shared.get(ast.dump(node)))
    own = equation("W", original, written, 5)
    assert AuthorText([own]).line(own, first, second) == right


def test_a_statement_assigns_the_last_part_of_a_name():
    for written, names in {
        "net.W = a": ["W", "net.W", "x.W:3"],
        "p['W'], V = a": ["W", "V", "p"],
        "W -= a": [],
        "return W": [],
        "x = W": ["x"],
    }.items():
        own = equation("W", "a", written)
        every = ["W", "net.W", "x.W:3", "V", "p", "x", "a"]
        found = [name for name in every if AuthorText([own]).assigns(own, name)]
        assert [name for name in names if name not in found] == [], written
        assert bool(found) is bool(names)


def test_an_argument_of_a_call_is_replaced_in_the_statement():
    own = equation("loss", "mean((y - t)**2)", "loss = f(net.y, t, y) + g(net.y)", 5)
    text = AuthorText([equation("y", "t", "net.y = t", 4), own])
    assert text.argument(own, "y", _parsed("t * 2")) == (
        "net.y",
        "t * 2",
        "loss = f(t * 2, t, y) + g(t * 2)",
    )
    assert text.argument(own, "k", _parsed("t**2")) == ("k", "t**2", "")
    odd = equation("loss", "y", "loss = (")
    assert AuthorText([odd]).argument(odd, "y", _parsed("t")) == ("y", "t", "")


@pytest.mark.parametrize(
    ("written", "source", "tree", "text"),
    [
        # The one tensor that a function's argument stands for.
        ("W = s * (1 - s)", "h * (1 - h)", "h + a", "s + a"),
        ("W = s * (1 - s) * a", "h * (1 - h) * a", "h", "s"),
        ("W = s * t", "h * k", "h", "h"),
        ("W = s * (1 - s)", "h * k", "h", "h"),
        ("W = s, 1", "h", "h", "h"),
        ("W = [s]", "h", "h", "h"),
        ("W = {'a': s}", "h", "h", "h"),
        ("W = f(s)", "exp(h) * 2", "h * exp(2)", "s * np.exp(2)"),
        # What the statement adds to is no argument.
        ("W += s", "W + h", "h", "s"),
        ("W = net.s", "h:4", "h", "h"),
        ("W = net.s", "h:4", "h:4", "net.s"),
        ("W = 2", "(", "h", "h"),
    ],
)
def test_an_argument_is_called_as_in_the_function(written, source, tree, text):
    own = equation("W", source, written, 5)
    others = [equation("far", "b", "far = b", 90), own]
    assert AuthorText(others).text(tree_of(tree, ["h:4"]), own) == text


def test_what_a_function_within_the_statement_computes_is_no_argument_of_it():
    own = within("F", "g * h", 21)
    inner = within("h", "1", 9, ("act", 21))
    assert AuthorText([inner, own]).text(_parsed("g"), own) == "g"
    assert AuthorText([own]).text(_parsed("k"), own) == "k"
    own = dataclasses.replace(own, source="g * E", written="F = s * E")
    for line, text in ((20, "s"), (21, "g")):
        inner = dataclasses.replace(inner, call=(Opened("act", line, "net.py"),))
        assert AuthorText([inner, own]).text(_parsed("g"), own) == text


def test_a_name_is_written_as_in_the_nearest_statement_that_has_it_at_the_same_path():
    own = equation("W", "a", "W = a", 5)
    others = [
        equation("x", "g.b", "x = other.g['b'] + other.k", 4),
        equation("y", "h.b", "y = net.h['b']", 9),
        equation("z", "c", "z = (", 5),
    ]
    text = AuthorText([*others, own])
    for tree, written in {
        "h.b": "net.h['b']",
        "g.b": "other.g['b']",
        "k": "other.k",
        "W": "W",
        "x": "x",
        "q": "q",
        "old_W": "old_W",
    }.items():
        assert text.text(tree_of(tree, ["g.b", "h.b"]), own) == written
    own = equation("W", "W.T @ a", "net.W = self.W.T @ a", 5)
    assert AuthorText([own]).text(_parsed("W"), own) == "self.W"


@pytest.mark.parametrize(
    ("between", "right"),
    [
        ([], "W = a * s"),
        (["a:3"], ""),
        (["b"], "W = a * s"),
        (["W"], "W = a * s"),
    ],
)
def test_a_value_is_gone_once_its_variable_has_another(between, right):
    first = equation("a:2", "x", "a = x", 2)
    own = equation("W:5", "s", "W = s", 5)
    equations = [first, *(equation(name, "1", f"{name[0]} = 1", 3) for name in between), own]
    before = _parsed("s")
    changed = tree_of("a:2 * s", ["a:2"])
    after = ast.BinOp(changed.left, changed.op, before)
    assert AuthorText(equations).line(own, before, after) == right
    # The name of a function's variable in another call is another variable.
    called = [dataclasses.replace(each, call=(Opened("f", 1, "net.py"),)) for each in equations[1:-1]]
    assert AuthorText([first, *called, own]).line(own, before, after) == "W = a * s"
    # What comes later changes nothing yet.
    assert AuthorText([first, own, *equations[1:-1]]).line(own, before, after) == "W = a * s"
