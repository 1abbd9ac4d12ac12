"""Published values of a network file: to their printed digits, for an existing cell."""

import re

import pytest
from make_networks import article
from network_files import LEAST, refused, write

from bpstep.errors import BpstepError
from bpstep.netfile.published_values import check_cell
from bpstep.netfile.reader import read_network
from bpstep.program.derive import derive_program

EXPECT = '\n[[expect]]\nat = "{at}"\nname = "{name}"\nvalue = {value}\n{exactness}\n'


def text(at="i0:E", name="E", value="0.5", exactness="decimals = 3"):
    return LEAST + EXPECT.format(at=at, name=name, value=value, exactness=exactness)


@pytest.mark.parametrize(
    ("exactness", "decimals", "digits", "right", "wrong"),
    [
        ("decimals = 3", 3, None, 0.5004, 0.5006),
        ("decimals = 0", 0, None, 0.9, 1.1),
        ("decimals = 400", 400, None, 0.5, 0.5001),
        ("digits = 3", None, 3, 0.5004, 0.5006),
        ("digits = 1", None, 1, 0.54, 0.56),
        ("digits = 17", None, 17, 0.5, 0.500001),
    ],
)
def test_decimals_and_digits_decide_what_matches(tmp_path, exactness, decimals, digits, right, wrong):
    (found,) = read_network(write(tmp_path, text(exactness=exactness))).published_values
    assert (found.decimals, found.digits) == (decimals, digits)
    assert (found.matches(right), found.matches(wrong), found.matches(None)) == (True, False, False)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"exactness": "decimals = -1"}, "from 0 to 400"),
        ({"exactness": "digits = 0"}, "from 1 to 17"),
        ({"exactness": "digits = 18"}, "from 1 to 17"),
        ({"exactness": ""}, "decimals"),
        ({"exactness": "decimals = 3\ndigits = 3"}, "decimals"),
        ({"at": "i0:nothing"}, "nothing"),
        ({"name": "Q"}, '"Q"'),
        ({"name": "Ee"}, '"E"'),
        ({"name": "W1"}, "W1"),
        ({"name": "E[0]"}, "E"),
        ({"name": "net_1[9,9]"}, "9"),
        ({"exactness": "decimals = 3\nplaces = 3"}, "places"),
    ],
)
def test_what_names_no_number_is_refused_at_its_line(tmp_path, changes, message):
    error = refused(write(tmp_path, text(**changes)))
    assert re.search(re.escape(message), error.message)
    assert error.line > LEAST.count("\n")


def test_a_cell_is_in_its_tensor():
    program = derive_program(article())
    for cell in ("V[2,0]", "W[1,2]", "E", "V[0,0]", "learning_rate"):
        check_cell(cell, program)
    for cell in ("V[3,0]", "V[0,1]", "W[2,0]", "W[0,3]", "W[0]", "V", "Q", "E[0]"):
        with pytest.raises(BpstepError, match=cell[0]):
            check_cell(cell, program)


@pytest.mark.parametrize("key", ["at", "name", "value"])
def test_a_published_value_has_a_moment_a_name_and_a_number(tmp_path, key):
    lines = [line for line in text().splitlines() if not line.startswith(f"{key} = ")]
    assert re.search(rf"\b{key}\b", refused(write(tmp_path, "\n".join(lines))).message)
