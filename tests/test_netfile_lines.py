"""Line numbers of TOML keys, against tomllib and documents whose values are their own line numbers."""

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bpstep.netfile.lines import MAX_DEPTH, TooDeep, key_lines


def numbered(text):
    """The text with every @ replaced by the number of its line."""
    return "\n".join(line.replace("@", str(at)) for at, line in enumerate(text.split("\n"), 1))


def leaves(value, place=()):
    """Every key of a parsed document: (place, value)."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield (*place, key), inner
            yield from leaves(inner, (*place, key))
    elif isinstance(value, list):
        for at, inner in enumerate(value):
            if isinstance(inner, dict):
                yield (*place, at), inner
            yield from leaves(inner, (*place, at))


def assert_lines_hold(text):
    text = numbered(text)
    found = key_lines(text)
    places = dict(leaves(tomllib.loads(text)))
    assert found.keys() == places.keys()
    for place, value in places.items():
        if isinstance(value, int):
            assert found[place] == value, (place, text)


EVERYTHING = '''# [not] a = "table
title = @ # a comment with [brackets] and key = 1
"quoted key" = @
'literal "key"' = @
"escaped \\u0041\\"" = @
a.b . "c" = @
text = """
[table]
key = 1
\\""" still text ""\\"
"""
after_text = @
quotes = """"two""" # four quotation marks, then three
after_quotes = @
ends = """with two more"""""
after_ends = @
literal = \'\'\'
[[tables]] \\ ''
key = 2\'\'\'
after_literal = @
closing = \'\'\'with one more\'\'\'\'
after_closing = @
hash = "# no comment" # a comment
back = "\\\\"
after_back = @
date = 1979-05-27 07:32:00
after_date = @
rows = [ # ] a comment, with commas, and a ]
    [0.1, 0.2],
    # [
    ["]", ',', """
]"""],
]
after_rows = @
inline = { x = @, y.z = @, "q" = [1, { deep = @ }] }
list = [
    { v = @ },
    1.5, { v = @ }
]

[table]
one = @
  [table.sub] # indented
  one = @
[ table . "other" ]
one = @

[[tables]]
v = @
[tables.sub]
v = @
[[tables.rows]]
v = @
[[tables.rows]]
v = @
[[tables]]
v = @
[[tables.rows]]
v = @
[last]
v=@'''


def test_every_kind_of_key_and_value_keeps_its_line():
    assert_lines_hold(EVERYTHING)


def test_windows_line_ends_count_once():
    assert key_lines(EVERYTHING.replace("\n", "\r\n").replace("@", "1")) == key_lines(
        EVERYTHING.replace("@", "1")
    )


def test_a_table_is_where_its_header_is_and_else_where_its_name_first_stands():
    found = key_lines("[a.b]\nx = 1\n[a]\n[[c]]\n[[c]]\nd.e = 1\nd.f = 2\nt = {\n}")
    assert found[("a", "b")] == 1
    assert found[("a",)] == 3
    assert found[("c",)] == found[("c", 0)] == 4
    assert found[("c", 1)] == 5
    assert found[("c", 1, "d")] == 6
    assert found[("c", 1, "d", "f")] == 7
    assert found[("c", 1, "t")] == 8


DECOYS = st.sampled_from(
    [
        "",
        "# k = 1, [x] [[y]] \"'",
        'decoy# = """\n[a]\nk1 = 2 \\"\n"""',
        "decoy# = '''\n# [[b]]\nk2 = 3 \"\n'''",
        "decoy# = [\n  [1, 2], # ]\n\n  ['[', \"]\"],\n]",
        'decoy# = [{ a = @ }, { b = "}" , c = [@, @] },\n { a.b = @ }]',
        "decoy# = { a = @, 'b' = { c = @ } }",
        "  decoy#\t=  @  # @",
        'decoy# = "\\\\\\""',
        "decoy# = 07:32:00",
        "'dec oy#'.\"a\\u0062\" = @",
    ]
)
HEADERS = st.sampled_from(["[t#]", "[[list]]", "[[list.inner]]", "[ t#.'sub' ]", "[list.s#]", "[[ two ]]"])


@st.composite
def documents(draw):
    """Valid documents out of headers and decoys; `#` in a key becomes a number that is used once."""
    pieces = draw(st.lists(DECOYS, max_size=4))
    if draw(st.booleans()):
        # An array of tables comes before what is inside its tables, as TOML wants it.
        pieces.append("[[list]]")
        for header, decoys in draw(st.lists(st.tuples(HEADERS, st.lists(DECOYS, max_size=3)), max_size=5)):
            pieces += [header, *decoys]
    numbers = iter(range(1000))
    filled = [
        piece.replace("decoy#", f"decoy{next(numbers)}")
        .replace("dec oy#", f"dec oy{next(numbers)}")
        .replace("t#", f"t{next(numbers)}")
        .replace("s#", f"s{next(numbers)}")
        for piece in pieces
    ]
    return "\n".join(filled)


@given(documents())
def test_lines_hold_in_any_document(text):
    assert_lines_hold(text)


@given(st.text(alphabet="ab.=[]{}\"'\\#, \n1"))
def test_whatever_the_text_the_scan_ends_and_only_depth_is_refused(text):
    try:
        found = key_lines(text)
    except TooDeep:
        return
    try:
        places = dict(leaves(tomllib.loads(text)))
    except tomllib.TOMLDecodeError:
        return
    assert found.keys() == places.keys()


DEEP = {
    "dots in a key": ".".join("a" * 200_000) + " = 1",
    "dots in a header": "[" + ".".join("a" * 200_000) + "]",
    "brackets": "a = " + "[" * 200_000,
    "braces": "a = " + "{a=" * 200_000,
    "both": "a = " + "[{a=" * MAX_DEPTH,
}


@pytest.mark.parametrize("case", DEEP)
def test_depth_is_refused_before_it_costs_anything(case):
    with pytest.raises(TooDeep) as caught:
        key_lines("\n" + DEEP[case])
    assert caught.value.line == 2


def test_long_runs_of_anything_are_passed_over():
    many = 100_000
    text = (
        "a = ["
        + "1, " * many
        + "]\n"
        + "# comment\n" * many
        + "b = '"
        + "x" * many
        + "'\nc = ["
        + "[], " * many
        + "]"
    )
    assert key_lines(text) == {("a",): 1, ("b",): many + 2, ("c",): many + 3}
