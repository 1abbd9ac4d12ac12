"""Samples from CSV files: columns by name, and the line and column of each error."""

import csv
import os

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bpstep.errors import FileError
from bpstep.netfile import csv as samples_file
from bpstep.netfile.csv import has_header, is_word, number_columns, read_columns, read_csv_samples


def write(folder, text):
    path = folder / "points.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_columns_are_found_by_name_in_the_order_asked_for(tmp_path):
    path = write(tmp_path, "a,b,c,d\n1,2,3,4\n5,6,7,8\n")
    inputs, labels = read_columns(path, ["c", "a"], ["d"])
    assert inputs.tolist() == [[3, 1], [7, 5]]
    assert labels.tolist() == [[4], [8]]
    assert inputs.dtype == labels.dtype == np.float64


def test_a_column_may_be_input_and_label(tmp_path):
    inputs, labels = read_columns(write(tmp_path, "a\n1\n2\n"), ["a"], ["a"])
    assert inputs.tolist() == labels.tolist() == [[1], [2]]


@pytest.mark.parametrize(
    "text",
    [
        "x,y\n1,-2.5e3\n",
        "x,y\r\n1,-2.5e3",
        "\ufeffx,y\n1,-2.5e3\n",
        '"x","y"\n"1","-2.5e3"\n',
        "x , y\n 1, -2.5e3 \n",
        'x, "y"\n1, "-2.5e3"\n',
        "\n\nx,y\n\n1,-2.5e3\n\n",
        'note,x,y\n"two\nlines, quoted",1,-2500\n',
        "x\ty,x,y\nnot read,1,-2500\n",
        "x\ty\n1\t-2.5e3\n",
        "note\tx\ty\n1,5; 2\t1\t-2500\n",
        "x;y\r\n1;-2500\r\n",
        'x;"y"\n1,0;-2500,0\n',
        'x;"a, b";y\n 1,0 ;no, word;-2,5e3\n',
        '"a;b",x,y\n1;2,1,-2500\n',
    ],
)
def test_what_spreadsheets_write_is_read(tmp_path, text):
    inputs, labels = read_columns(write(tmp_path, text), ["x"], ["y"])
    assert (inputs.tolist(), labels.tolist()) == ([[1.0]], [[-2500.0]])


MISTAKES = {
    "empty": ("", None, "is empty"),
    "only empty lines": ("\n\n", None, "is empty"),
    "no rows": ("x,y\n", 1, "no rows"),
    "column not there": ("x,z\n1,2\n", 1, 'no column "y"; expected one of "x", "z"'),
    "other separator": ("x|y\n1|2\n", 1, 'no column "x"; expected one of "x|y"'),
    "column twice": ("x,y,x\n1,2,3\n", 1, 'two columns are called "x"'),
    "row too short": ("x,y\n1,2\n\n3\n", 4, "1 cell; expected 2"),
    "row too long": ("x,y\n1,2,3\n", 2, "3 cells; expected 2"),
    "text": ("x,y\n1,2\n3,four\n", 3, 'column "y" is "four"; expected a finite number'),
    "nothing": ("x,y\n,2\n", 2, 'column "x" is ""'),
    "not available": ("x,y\nNA,2\n", 2, 'column "x" is "NA"'),
    "nan": ("x,y\nnan,2\n", 2, 'column "x" is "nan"'),
    "infinite": ("x,y\n1,-Infinity\n", 2, 'column "y" is "-Infinity"'),
    "too large for a float": ("x,y\n1,1e999\n", 2, 'column "y" is "1e999"'),
    "underscores": ("x,y\n1,1_000\n", 2, 'column "y" is "1_000"'),
    "other digits": ("x,y\n1,١\n", 2, 'column "y"'),
    "decimal comma": ('x,y\n1,"2,5"\n', 2, 'column "y" is "2,5"'),
    "after a record of two lines": ('n,x,y\n"a\nb",1,2\nc,1,z\n', 4, 'column "y" is "z"'),
    "NUL": ("x,y\n1,2\0\n", 2, "\\x00"),
    "a cell that steers": ("x,y\n1,\x1b[2J\n", 2, "\\x1b[2J"),
    "huge cell": ("x,y\n1,2\n1," + "9" * 200_000 + "\n", 3, "field larger than field limit"),
    "quotation mark not closed": ('x,y\n1,2\n"1,2\n', 3, "not valid CSV"),
    "text after quotation mark": ('x,y\n"1"1,2\n', 2, "not valid CSV"),
    "not UTF-8": (b"x,y\n1,2\n\xff,2\n", None, "UTF-8"),
}


@pytest.mark.parametrize("case", MISTAKES)
def test_a_mistake_is_told_with_line_and_column(tmp_path, case):
    text, line, message = MISTAKES[case]
    path = write(tmp_path, text)
    with pytest.raises(FileError) as caught:
        read_columns(path, ["x"], ["y"])
    assert message in caught.value.message
    assert caught.value.line == line
    assert caught.value.path == path
    assert len(str(caught.value)) < 400
    assert str(caught.value).isprintable()


def test_a_header_of_thousands_is_listed_in_part(tmp_path):
    path = write(tmp_path, ",".join(f"column {at}" for at in range(5000)) + "\n")
    with pytest.raises(FileError, match=r'"column 19" and 4980 more$'):
        read_columns(path, ["x"], ["y"])


def test_what_is_no_plain_file_is_refused(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    large = tmp_path / "large.csv"
    with large.open("wb") as file:
        file.truncate(2**32)
    for path, message in (
        (tmp_path / "missing.csv", "no such file"),
        (tmp_path, "directory"),
        (pipe, "pipe"),
        (large, "at most"),
    ):
        with pytest.raises(FileError, match=message) as caught:
            read_columns(path, ["x"], ["y"])
        assert caught.value.line is None


FLOATS = st.floats(allow_nan=False, allow_infinity=False)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(st.lists(FLOATS, min_size=3, max_size=3), min_size=1))
def test_what_the_csv_module_writes_is_read_back_to_the_last_bit(tmp_path, rows):
    path = tmp_path / "written.csv"
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([["a", "b", "c"], *rows])
    inputs, labels = read_columns(path, ["a", "b"], ["c"])
    assert np.hstack([inputs, labels]).tobytes() == np.array(rows).tobytes()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.binary(max_size=60) | st.text(alphabet='xy,"\n\r1.5e ;\0', max_size=60).map(str.encode))
def test_any_bytes_are_data_or_one_line(tmp_path, text):
    try:
        inputs, labels = read_columns(write(tmp_path, b"x,y\n" + text), ["x"], ["y"])
    except FileError as error:
        told = str(error)
    else:
        told = f"{inputs.shape} {labels.shape}"
        assert np.isfinite(inputs).all()
    assert told.isprintable()


def test_the_first_row_says_whether_a_single_column_of_labels_holds_words(tmp_path):
    words = read_csv_samples(write(tmp_path, "x,kind\n1,oak\n2, elm \n"), ["x"], ["kind"])
    assert (words.inputs.tolist(), words.labels) == ([[1], [2]], ("oak", "elm"))
    numbers = read_csv_samples(write(tmp_path, "x,kind\n1,0\n2,1\n"), ["x"], ["kind"])
    assert numbers.labels.tolist() == [[0], [1]]
    for text, labels, line, message in (
        ("x,kind\n1,oak\n2,1\n", ["kind"], 3, 'column "kind" is "1"; expected a word'),
        ("x,kind\n1,1\n2,oak\n", ["kind"], 3, 'column "kind" is "oak"; expected a finite number'),
        ("x,kind\n1,oak\n", ["kind", "x"], 2, 'column "kind" is "oak"; expected a finite number'),
    ):
        with pytest.raises(FileError, match=message) as caught:
            read_csv_samples(write(tmp_path, text), ["x"], labels)
        assert caught.value.line == line
    with pytest.raises(FileError, match="expected a finite number"):
        read_columns(write(tmp_path, "x,kind\n1,oak\n"), ["x"], ["kind"])


@pytest.mark.parametrize(
    ("cell", "word"),
    [
        *[("oak", True), ("<=50K", True), ("é", True), ("a b", True), ("x1", True)],
        *[("", False), ("1", False), ("1e5", False), ("nan", False), ("Infinity", False), ("--", False)],
        *[("a\nb", False), ("a\x1b[2J", False)],
    ],
)
def test_a_word_has_a_letter_and_is_no_number(cell, word):
    assert is_word(cell) is word


def test_the_cells_that_are_read_are_counted_to_the_last_one(tmp_path, monkeypatch):
    path = write(tmp_path, "n,x,y\n0,1,2\n0,3,4\n0,5,6\n")
    monkeypatch.setattr(samples_file, "MAX_NUMBERS", 6)
    assert read_columns(path, ["x"], ["y"])[1].tolist() == [[2], [4], [6]]
    monkeypatch.setattr(samples_file, "MAX_NUMBERS", 5)
    with pytest.raises(FileError, match="5") as caught:
        read_columns(path, ["x"], ["y"])
    assert caught.value.line == 4


def test_twenty_columns_are_listed_and_of_more_it_is_said_how_many(tmp_path):
    for count, end in ((19, '"c18"'), (20, '"c19"'), (21, '"c19" and 1 more'), (22, '"c19" and 2 more')):
        path = write(tmp_path, ",".join(f"c{at}" for at in range(count)) + "\n")
        with pytest.raises(FileError, match=f"{end}$"):
            read_columns(path, ["x"], ["y"])


def test_a_range_may_be_a_single_column_and_the_whole_file(tmp_path):
    path = write(tmp_path, "a,b,c\n1,2,3\n")
    assert read_columns(path, ["b..b"], ["c"])[0].tolist() == [[2]]
    assert read_columns(path, ["a .. c"], ["c"])[0].tolist() == [[1, 2, 3]]
    with pytest.raises(FileError, match="runs backwards"):
        read_columns(path, ["b..a"], ["c"])


def test_a_file_is_asked_for_its_columns_before_it_is_read(tmp_path):
    path = write(tmp_path, "\na , b,c,d,e\n1.5,oak,,1_0,inf\nelm,2,3,4,5\n")
    assert number_columns(path) == {"a": 4, "b": 3, "c": 3, "d": 3, "e": 3}
    assert number_columns(write(tmp_path, "1,a\n2,b\n"), header=False) == {"c1": None, "c2": 1}
    with pytest.raises(FileError, match="1 cell; expected 2"):
        number_columns(write(tmp_path, "a,b\n1\n"))
    with pytest.raises(FileError, match="empty") as caught:
        number_columns(write(tmp_path, "\n"))
    assert caught.value.line is None


@pytest.mark.parametrize(
    ("text", "header"),
    [
        ("a,b\n1,2\n", True),
        ("a,b\nc,d\n", True),
        ("1.5,2,0\n2.5,3,1\n", False),
        ("5.1,oak\n4.9,elm\n", False),
        ("5.1,oak\n,elm\n", False),
        ("0,1,2\n2.5,3,1\n", True),
        (",0,1,2\n0,2.5,3,1\n", True),
        ("name,2019,2020\nx,3,4\n", True),
        ("size,2019\n1,3\n", True),
        ("1,2\n", True),
        ("3,2\n", False),
        ("", True),
    ],
)
def test_a_first_line_of_numbers_that_do_not_count_up_is_a_sample(tmp_path, text, header):
    assert has_header(write(tmp_path, text)) is header


def test_without_header_the_columns_are_numbered_and_the_first_line_is_a_sample(tmp_path):
    path = write(tmp_path, "1,2,oak\n3,4,elm\n")
    found = read_csv_samples(path, ["c1", "c2"], ["c3"], header=False)
    assert (found.inputs.tolist(), found.labels) == ([[1, 2], [3, 4]], ("oak", "elm"))
    with pytest.raises(FileError, match="add header = false under"):
        read_csv_samples(path, ["c1", "c2"], ["c3"])
