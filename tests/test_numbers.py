"""Numbers as people read them: short enough for their columns, and no other number than they were."""

import math
import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bpstep.explain.numbers import (
    FORMATS,
    format_brief,
    format_count,
    format_literal,
    format_precise,
    format_sensitive,
    format_short,
)

FINITE = st.floats(allow_nan=False, allow_infinity=False)
LARGEST = 1.4e308
"""Above, a single digit may round up to what float64 can't hold."""


def edges(test):
    for x in (
        0.0,
        9.99995,
        99.9995,
        999.995,
        9999.95,
        99999.5,
        0.00049999,
        0.0005,
        9.96e-10,
        5e-324,
        LARGEST,
    ):
        test = example(x)(example(-x)(test))
    return test


@pytest.mark.parametrize(
    ("x", "shown"),
    [
        (0.0, "0.0000"),
        (-0.0, "0.0000"),
        (0.38, "0.3800"),
        (-9.99994, "-9.9999"),
        (9.99996, "10.000"),
        (-12.3456, "-12.346"),
        (123.456, "123.46"),
        (-1234.56, "-1234.6"),
        (12345.6, "12346"),
        (-99999.4, "-99999"),
        (123456.0, "123456"),
        (1234567.0, "1.2e6"),
        (0.0005, "0.0005"),
        (-0.00049, "-4.9e-4"),
        (7.2e-10, "7.2e-10"),
        (-7.2e-10, "-7e-10"),
        (-1.5e-100, "-2e-100"),
        (math.nan, "nan"),
        (math.inf, "inf"),
        (-math.inf, "-inf"),
    ],
)
def test_four_decimals_where_they_say_something(x, shown):
    assert format_short(x) == shown


@given(FINITE)
@edges
def test_a_short_number_takes_seven_cells_at_most(x):
    assert len(format_short(x)) <= 7


@given(FINITE)
@edges
def test_every_format_keeps_to_its_column(x):
    for form in FORMATS:
        assert len(form.format(x)) <= form.width, form.name


@given(FINITE)
@edges
def test_no_number_is_shown_as_minus_nothing(x):
    for form in FORMATS[:3]:
        shown = form.format(x)
        assert not re.fullmatch(r"-[0.]+(e.*)?", shown)
        assert (float(shown) == 0) == (x == 0), form.name
    assert format_precise(-0.0) == "0"


@given(st.floats(-LARGEST, LARGEST))
@edges
def test_what_is_shown_reads_back_as_nearly_the_number(x):
    one_digit_or_more = max(0.5 * abs(x), 5e-324)
    assert abs(float(format_short(x)) - x) <= one_digit_or_more
    assert float(format_precise(x)) == pytest.approx(x, rel=1e-8)
    assert float(FORMATS[2].format(x)) == pytest.approx(x, rel=1e-3)


@given(FINITE)
def test_signs_are_kept(x):
    for form in FORMATS:
        assert (form.format(x)[0] == "-") == (math.copysign(1, x) < 0 if form.name == "exact" else x < 0)


@given(FINITE)
def test_the_exact_format_reads_back_to_the_same_bits(x):
    assert float(FORMATS[3].format(x)).hex() == x.hex()


@given(st.floats(0.0005, 9.9999))
def test_four_decimals_are_rounded_not_cut(x):
    assert abs(float(format_short(x)) - x) <= 0.5e-4 + 1e-12


def test_precise_numbers_have_nine_digits_and_no_zeros_at_the_end():
    assert format_precise(0.1) == "0.1"
    assert format_precise(1 / 3) == "0.333333333"
    assert format_precise(8.83387e-6) == "8.83387e-6"
    assert format_precise(2.0) == "2"
    assert format_precise(math.nan) == "nan"


FORMS = {
    format_literal: {
        2.0: "2",
        0.0: "0",
        -0.01: "-0.01",
        2.5: "2.5",
        1e-8: "1e-8",
        1.5e-7: "1.5e-7",
        1e22: "1e22",
        100_000.0: "100000",
        1_000_000.0: "1e6",
        -1e9: "-1e9",
        1_200_000.0: "1200000",
    },
    format_count: {
        0: "0",
        2048: "2048",
        99_999: "99999",
        100_000: "100k",
        123_456: "123k",
        999_499: "999k",
        999_500: "1M",
        12_800_000: "12.8M",
        999_499_999: "999M",
        999_500_000: "1000M",
        1_234_000_000: "1234M",
    },
    format_sensitive: {
        0.0: "0.0000",
        0.005: "0.0050",
        0.00512345: "0.005123",
        -0.00512345: "-0.005123",
        0.0123456: "0.0123",
        1e-5: "1.0e-5",
        1.23456e-5: "1.235e-5",
        12.3456: "12.346",
    },
    format_brief: {
        0.5: "0.5",
        -0.04: "-0.04",
        123456.0: "123456",
        1234567.0: "1.2e6",
        0.12345: "0.1235",
        -0.1234: "-0.1234",
        1e-5: "1.0e-5",
    },
    lambda x: format_brief(x, 1): {0.12345: "0.12345", 0.123456: "0.12346", 1e-5: "1.00e-5"},
    lambda x: format_short(x, 2): {
        0.12345678: "0.123457",
        0.0: "0.000000",
        12345.678: "12345.68",
        1e-5: "1.000e-5",
    },
    format_precise: {1e-5: "1e-5", 123456789012.0: "1.23456789e11"},
    FORMATS[1].format: {
        0.38: "0.38000000",
        -0.0: "0.00000000",
        1e-4: "0.00010000",
        9.999e-5: "9.999000e-5",
        1234.5: "1234.50000000",
        -1234.5: "-1.234500e3",
        12345.678: "1.234568e4",
        -1.5e-100: "-1.50000e-100",
        -math.inf: "-inf",
    },
    FORMATS[2].format: {0.38: "3.800e-1", -0.0: "0.000e0", -12345.678: "-1.235e4", math.nan: "nan"},
    FORMATS[3].format: {0.1: "0.1", -0.0: "-0.0", 1e-5: "1e-05", math.inf: "inf"},
}


@pytest.mark.parametrize("form", FORMS)
def test_each_way_to_print_a_number_has_its_digits(form):
    assert {x: form(x) for x in FORMS[form]} == FORMS[form]
