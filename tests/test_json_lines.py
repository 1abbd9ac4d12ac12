"""Lines of JSON and their plain data: the same both ways, and anything else is refused."""

from dataclasses import dataclass, fields

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bpstep.engine.edits import Edit, EditEquation
from bpstep.errors import BpstepError
from bpstep.session.events import EVENTS, Mark
from bpstep.storage import json_lines


@dataclass(frozen=True)
class Sample:
    """Every type that a field may have."""

    whole: int
    number: float
    text: str
    flag: bool
    maybe: int | None
    many: tuple[int, ...]
    pair: tuple[str, float]


WHOLE = st.integers(-(10**15), 10**15)
NUMBER = st.floats(allow_nan=False, allow_infinity=False)
TEXT = st.text(st.characters(categories=["L", "N", "P", "S"]), max_size=40)
SAMPLES = st.builds(
    Sample,
    WHOLE,
    NUMBER,
    TEXT,
    st.booleans(),
    st.none() | WHOLE,
    st.lists(WHOLE, max_size=5).map(tuple),
    st.tuples(TEXT, NUMBER),
)


@given(SAMPLES)
def test_a_record_comes_back_as_it_was(sample):
    line = json_lines.format_record("Sample", sample)
    assert "\n" not in line
    assert line.isascii()
    assert json_lines.build_one_of([Sample], json_lines.parse_json_line(line)) == sample


def test_every_event_is_one_short_line():
    assert json_lines.format_record("Edit", Edit(3, "W", (0, 1), 0.1)) == (
        '{"event":"Edit","at":3,"name":"W","index":[0,1],"value":0.1}'
    )
    for kind in EVENTS:
        values = {field.name: 1 for field in fields(kind)}
        assert json_lines.format_record(kind.__name__, kind(**values)).startswith(
            f'{{"event":"{kind.__name__}"'
        )


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("", "not JSON"),
        ("[1]", "expected a JSON object"),
        # How deep JSON may be nested depends on the Python that reads it.
        pytest.param("[" * 9_000 + "]" * 9_000, "JSON", id="deeply nested"),
        pytest.param('{"event":"Mark","name":"x","n":1' + "0" * 9_000 + "}", "not JSON", id="digits"),
        pytest.param('{"event":"Mark","name":"x"' + " " * 30_000 + "}", "at most 20,000", id="blanks"),
        ('{"event":"Nothing"}', 'there is no event "Nothing"'),
        ('{"event":7}', 'there is no event "7"'),
        ('{"event":"__class__"}', 'there is no event "__class__"'),
        ('{"name":"x","n":1}', "the line names no event"),
        ('{"event":"Mark","name":"x"}', "Mark needs a field n"),
        ('{"event":"Mark","name":"x","n":1,"more":2}', 'Mark has no field "more"'),
        ('{"event":"Mark","name":1,"n":1}', "name cannot be 1"),
        ('{"event":"Mark","name":"x","n":1.5}', "n cannot be 1.5"),
        ('{"event":"Mark","name":"x","n":true}', "n cannot be true"),
        ('{"event":"Mark","name":"x","n":1e400}', "n cannot be"),
        ('{"event":"Mark","name":"x","n":' + "9" * 16 + "}", "n cannot be"),
        ('{"event":"Mark","name":"a\\u001b[2J","n":1}', "name cannot be"),
        ('{"event":"Mark","name":"a\\ud800","n":1}', "name cannot be"),
        ('{"event":"Mark","name":"a\\u202e","n":1}', r'name cannot be "a\u202e"'),
        pytest.param('{"event":"Mark","name":"' + "a" * 5_000 + '","n":1}', "name cannot be", id="long name"),
        ('{"event":"Edit","at":0,"name":"W","index":[0,0],"value":NaN}', "not JSON"),
        ('{"event":"Edit","at":0,"name":"W","index":[0,0],"value":1e999}', "value cannot be"),
        ('{"event":"Edit","at":0,"name":"W","index":[0,0],"value":"0.5"}', "value cannot be"),
        ('{"event":"Edit","at":0,"name":"W","index":[0,0.5],"value":1}', "index cannot be"),
        ('{"event":"Edit","at":0,"name":"W","index":"00","value":1}', "index cannot be"),
        ('{"event":"Edit","at":0,"name":"W","index":[[0]],"value":1}', "index cannot be"),
    ],
)
def test_what_is_no_event_is_told_in_one_line(line, told):
    with pytest.raises(BpstepError) as caught:
        json_lines.build_one_of(EVENTS, json_lines.parse_json_line(line))
    assert told in str(caught.value)
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 200


def test_a_number_that_somebody_typed_without_a_point_is_a_float():
    line = '{"event":"Edit","at":0,"name":"W","index":[0,0],"value":1}'
    value = json_lines.build_one_of(EVENTS, json_lines.parse_json_line(line)).value
    assert (type(value), value) == (float, 1.0)


def test_one_kind_is_not_taken_for_another():
    line = json_lines.format_record("EditEquation", EditEquation(0, "E", "1"))
    with pytest.raises(BpstepError, match='there is no event "EditEquation"'):
        json_lines.build_one_of([Mark, Edit], json_lines.parse_json_line(line))


@pytest.mark.parametrize("line", ['{"n":1,"n":2}', '{"event":"Mark","event":"Edit"}', '{"a":{"b":1,"b":1}}'])
def test_a_line_that_says_something_twice_is_none(line):
    with pytest.raises(BpstepError, match="not JSON"):
        json_lines.parse_json_line(line)


def test_of_several_unknown_and_missing_fields_the_first_by_name_is_told():
    values = {"whole": 1, **dict.fromkeys(["zeta", "eta", "beta", "theta", "alpha"], 0)}
    with pytest.raises(BpstepError, match=r'^Sample has no field "alpha"$'):
        json_lines.build_record(Sample, values)
    with pytest.raises(BpstepError, match=r"flag"):
        json_lines.build_record(Sample, {"whole": 1})
