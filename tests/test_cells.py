import pytest

from bpstep.errors import BpstepError
from bpstep.lang import cells
from bpstep.lang.cells import cell_name, complete_index, parse_assignment, parse_cell, parse_number


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("W[0,1]", ("W", (0, 1))),
        (" W [ 0 , 1 ] ", ("W", (0, 1))),
        ("learning_rate", ("learning_rate", ())),
        ("B1[2]", ("B1", (2,))),
        ("E[]", ("E", ())),
    ],
)
def test_a_cell_is_a_name_and_indices_counted_from_0(text, meant):
    assert parse_cell(text) == meant


@pytest.mark.parametrize(
    "text", ["", "[0]", "W[0", "W[-1,0]", "W[0;1]", "W[0,]", "W[0][1]", "0", "W[٣]", "W[9999999999]"]
)
def test_what_is_no_cell_is_refused_with_an_example(text):
    with pytest.raises(BpstepError, match=r"W\[0,1\]"):
        parse_cell(text)


@pytest.mark.parametrize(
    ("text", "value"), [("0.5", 0.5), ("-1e-3", -0.001), (" .5", 0.5), ("+2.", 2.0), ("7", 7.0)]
)
def test_a_number_is_written_as_in_python(text, value):
    assert parse_number(text) == value


@pytest.mark.parametrize("text", ["", "nan", "inf", "-inf", "1e999", "1_000", "0x1", "1,5", "٣", "1e", "one"])
def test_what_is_no_finite_number_is_refused(text):
    with pytest.raises(BpstepError, match="not a number"):
        parse_number(text)


def test_a_setting_is_a_cell_and_a_number():
    assert parse_assignment("W[0,1] = 0.5") == ("W", (0, 1), 0.5)
    with pytest.raises(BpstepError, match=r"W\[0,1\]=0\.5"):
        parse_assignment("W[0,1]")


def test_a_message_about_a_very_long_setting_is_short():
    with pytest.raises(BpstepError) as caught:
        parse_assignment("W" * 5000)
    assert len(str(caught.value)) < 200


def test_the_only_cell_of_a_tensor_needs_no_index():
    assert complete_index((), (1, 1)) == (0, 0)
    assert complete_index((), ()) == ()
    assert complete_index((), (2, 1)) == ()
    assert complete_index((0,), (1,)) == (0,)


def test_a_cell_is_written_as_it_is_read():
    assert cell_name("W", (0, 1)) == "W[0,1]"
    assert parse_cell(cell_name("E", ())) == ("E", ())


@pytest.mark.parametrize(
    ("value", "wanted", "decimals", "right"),
    [
        (6.79e-18, 0.0, 20, False),
        (6.79e-18, 6.8e-18, 19, True),
        (6.79e-18, 6.8e-18, 20, False),
        (0.0723034529, 0.072303453, 9, True),
        (0.07230346, 0.072303453, 9, False),
        (1e-13, 0.0, 12, True),
        (1.4e-12, 0.0, 12, True),
        (1.6e-12, 0.0, 12, False),
        (4e-14, 0.0, 13, True),
        (6e-14, 0.0, 13, False),
        (0.5, 0.0, 0, True),
        (0.51, 0.0, 0, False),
        (-0.25, -0.3, 1, True),
        (0.3, -0.3, 1, False),
        (float("nan"), 0.0, 3, False),
        (None, 0.0, 3, False),
    ],
)
def test_a_number_matches_what_is_printed_with_so_many_decimals(value, wanted, decimals, right):
    assert cells.matches_printed(value, wanted, decimals) is right


@pytest.mark.parametrize(
    ("value", "wanted", "digits", "right"),
    [
        (6.79e-18, 6.8e-18, 2, True),
        (6.79e-18, 6.8e-18, 3, False),
        (0.0, 6.79e-18, 3, False),
        (6.79e-18, 0.0, 3, False),
        (0.0, 0.0, 3, True),
        (123449.0, 123000.0, 3, True),
        (123501.0, 123000.0, 3, False),
        (123500.0, 123000.0, 3, True),
        (122499.0, 123000.0, 3, False),
        (14.0, 10.0, 1, True),
        (16.0, 10.0, 1, False),
        (1.000000000000002, 1.0, 17, False),
        (1.0, 1.0, 17, True),
        (-0.12345, -0.123, 3, True),
        (0.12345, -0.123, 3, False),
        (float("nan"), 0.1, 3, False),
        (None, 0.1, 3, False),
    ],
)
def test_a_number_matches_what_is_printed_with_so_many_significant_digits(value, wanted, digits, right):
    assert cells.matches_digits(value, wanted, digits) is right


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("weights[0][1,2]", ("weights[0]", (1, 2))),
        ("weights[0]", ("weights[0]", ())),
        (" delta:41[3] ", ("delta:41", (3,))),
        ("delta[3]", ("delta", (3,))),
        ("_b", ("_b", ())),
        ("ΔW[0, 1]", ("ΔW", (0, 1))),
    ],
)
def test_a_cell_of_a_tensor_with_a_name_as_scripts_have_them(text, cell):
    names = ("weights", "weights[0]", "delta", "delta:4", "delta:41", "_b", "ΔW")
    assert parse_cell(text, names) == cell
    assert parse_assignment(f"{text}=-0.5", names) == (*cell, -0.5)
