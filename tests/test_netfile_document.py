"""Files that are no network at all, or somebody's attack: one line, and nothing else happens."""

import os
import re
import textwrap
import tomllib
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from network_files import LEAST, refused, write

from bpstep.errors import FileError
from bpstep.netfile import builtin
from bpstep.netfile.reader import read_network, read_network_text

NO_TOML = {
    "key twice": (b"loss = 1\nloss = 2\n", 2, "overwrite"),
    "no value": (b"loss = \n", 1, "not valid TOML"),
    "string not closed": (b'a = 1\nloss = "half', 2, "not valid TOML"),
    "table not closed": (b"\n\n[data", 3, "not valid TOML"),
    "no such date": (b"a = 1\nb = 2000-02-31", 2, "not valid TOML"),
    "thousands of digits": (b"a = 1\nb = " + b"9" * 5000, 2, "thousands of digits"),
    "brackets without end": (b"a = 1\nb = " + b"[" * 100_000, 2, "nested deeper"),
    "dots without end": (b"a = 1\nb" + b".b" * 100_000 + b" = 1", 2, "nested deeper"),
    "not UTF-8": (b"a = 1\n\xff", None, "UTF-8"),
    "a NUL": (b"\x00", 1, "not valid TOML"),
}


@pytest.mark.parametrize("case", NO_TOML)
def test_a_text_that_is_no_toml_is_told_where(tmp_path, case):
    text, line, message = NO_TOML[case]
    error = refused(write(tmp_path, text))
    assert message in error.message
    assert error.line == line, error


def test_a_byte_order_mark_is_passed_over(tmp_path):
    assert read_network(write(tmp_path, b"\xef\xbb\xbf" + LEAST.encode())).samples == 2


def test_what_is_no_readable_file_is_told_without_a_line(tmp_path):
    pipe = tmp_path / "pipe.toml"
    os.mkfifo(pipe)
    large = tmp_path / "large.toml"
    with large.open("wb") as file:
        file.truncate(2**32)
    told = {
        tmp_path / "missing.toml": "no such file",
        tmp_path: "directory",
        pipe: "a pipe",
        large: "4,294,967,296 bytes",
        tmp_path / ("a" * 1000): "name too long",
    }
    for path, message in told.items():
        error = refused(path)
        assert message in error.message
        assert error.line is None


def test_a_csv_file_that_is_missing_is_told_by_its_own_name_with_the_line_that_names_it(tmp_path):
    data = 'file = "gone.csv"\ninputs = ["x1", "x2"]\nlabels = ["y"]\n'
    error = refused(write(tmp_path, re.sub(r"inputs = .*\nlabels = .*\n", data, LEAST)))
    assert (Path(error.path).name, error.line) == ("net.toml", 5)
    assert error.message == f"{tmp_path / 'gone.csv'}: no such file or directory"


def test_a_column_named_twice_is_refused(tmp_path):
    data = 'file = "x.csv"\ninputs = ["x1", "x1"]\nlabels = ["y"]\n'
    error = refused(write(tmp_path, re.sub(r"inputs = .*\nlabels = .*\n", data, LEAST)))
    assert error.line == 6
    assert '"x1" 2 times' in error.message


def test_a_file_name_that_steers_a_terminal_is_refused_and_printed_harmlessly(tmp_path):
    path = tmp_path / "a\x1b[2J\n.toml"
    path.write_text(LEAST)
    with pytest.raises(FileError, match=r"a\\x1b\[2J\\n.toml: the file's name") as caught:
        read_network(path)
    assert str(caught.value).isprintable()


BUILT_IN = [builtin._FOLDER / f"{name}.toml" for name in ("article-as-printed", "xor", "deep")]
VALUES = st.sampled_from(
    [
        "1",
        "-1",
        "0.5",
        "true",
        "nan",
        "inf",
        "1e400",
        "2000-01-01",
        '""',
        '"sum"',
        '"E"',
        '"x"',
        '"\\u0000"',
        '"🐧"',
        "[]",
        "[[1]]",
        "[[1], [2, 3]]",
        "[[[1]]]",
        '["x1"]',
        "{}",
        "[{}]",
        "{ a = { a = 1 } }",
    ]
)


def read_or_refuse(path):
    try:
        told = read_network(path).title
    except FileError as error:
        told = str(error)
    assert told.isprintable()


calm = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)


@calm
@given(text=st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_any_bytes_are_a_network_or_one_line(tmp_path, text):
    read_or_refuse(write(tmp_path, text))


@calm
@given(source=st.sampled_from(BUILT_IN), data=st.data())
def test_a_network_file_cut_and_spliced_is_a_network_or_one_line(tmp_path, source, data):
    text = source.read_bytes()
    at = data.draw(st.integers(0, len(text)))
    skipped = data.draw(st.integers(0, 40))
    read_or_refuse(write(tmp_path, text[:at] + data.draw(st.binary(max_size=3)) + text[at + skipped :]))
    read_or_refuse(write(tmp_path, text[:at]))


@calm
@given(source=st.sampled_from(BUILT_IN), data=st.data())
def test_a_network_file_with_other_values_is_a_network_or_one_line(tmp_path, source, data):
    text = source.read_text().split("\n")
    keys = [at for at, line in enumerate(text) if re.match(r"\w+ = ", line)]
    for at in data.draw(st.lists(st.sampled_from(keys), min_size=1, max_size=3)):
        text[at] = text[at].split("=")[0] + "= " + data.draw(VALUES)
    changed = "\n".join(text)
    tomllib.loads(changed)
    read_or_refuse(write(tmp_path, changed))


def test_reading_runs_nothing_that_a_file_says(tmp_path):
    target = tmp_path / "ran"
    program = textwrap.dedent(f"""
        [program]
        E = "open('{target}', 'w')"
        """)
    refused(write(tmp_path, LEAST + program))
    assert not target.exists()


def test_a_text_that_somebody_sent_names_no_file():
    sent = '[data]\nfile = "points.csv"\ninputs = ["x"]\nlabels = ["y"]\n'
    layer = '[[layers]]\nunits = 1\nactivation = "tanh"\n'
    text = f'loss = "half_squared_error"\nlearning_rate = 0.1\n{sent}{layer}'
    with pytest.raises(FileError, match="reads no file"):
        read_network_text(text, Path("sent"))
