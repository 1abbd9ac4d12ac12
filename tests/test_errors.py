"""Errors in files name their place; an unknown line is left out."""

from pathlib import Path

import pytest

from bpstep.errors import FileError, UnknownNetwork
from bpstep.files import file_error


@pytest.mark.parametrize(("line", "place"), [(3, "a.toml:3"), (None, "a.toml")])
def test_a_file_error_names_the_file_and_the_line_where_it_is_known(line, place):
    error = file_error(Path("a.toml"), line, "expected a number")
    assert str(error) == f"{place}: expected a number"
    assert (error.path, error.line, error.message) == (Path("a.toml"), line, "expected a number")
    assert isinstance(error, FileError)


def test_a_word_that_means_no_network_is_kept_beside_the_message():
    error = UnknownNetwork("sho", "no network is called sho")
    assert (error.word, str(error)) == ("sho", "no network is called sho")
