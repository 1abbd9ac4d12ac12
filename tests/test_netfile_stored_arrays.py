"""Weights from .safetensors and .npz files: the numbers that are stored, and nothing that is run."""

import io
import json
import pickle
import re
import zipfile

import numpy as np
import pytest

from bpstep.errors import FileError
from bpstep.files import MAX_NUMBERS
from bpstep.netfile.reader import read_network, read_network_text
from bpstep.netfile.stored_arrays import read_stored
from bpstep.netfile.writer import network_text

RANDOM = np.random.default_rng(3)
WEIGHTS = RANDOM.normal(size=(4, 3))
BIAS = RANDOM.normal(size=4)

TEXT = """\
loss = "squared_error"
learning_rate = 0.1
weights_layout = "units, inputs"
[data]
inputs = [[1, 2, 3]]
labels = [[1, 2, 3, 4]]
[[layers]]
weights = { file = "model.FORMAT", name = "fc1.weight" }
bias = { file = "model.FORMAT", name = "fc1.bias" }
activation = "tanh"
"""


def safetensors(**more):
    """A file as the specification has it: a length, a header, the numbers."""
    arrays = {"fc1.weight": ("F32", WEIGHTS.astype("<f4")), "fc1.bias": ("F64", BIAS.astype("<f8")), **more}
    header, body = {"__metadata__": {"format": "pt"}}, b""
    for name, (kind, array) in arrays.items():
        end = len(body) + array.nbytes
        header[name] = {"dtype": kind, "shape": list(array.shape), "data_offsets": [len(body), end]}
        body += array.tobytes()
    text = json.dumps(header).encode()
    return len(text).to_bytes(8, "little") + text + body


def npz(**more):
    stream = io.BytesIO()
    np.savez_compressed(stream, **{"fc1.weight": WEIGHTS.astype("f4"), "fc1.bias": BIAS, **more})
    return stream.getvalue()


CONTENT = {"safetensors": safetensors, "npz": npz}


@pytest.mark.parametrize("kind", CONTENT)
def test_a_layer_has_the_weights_that_are_stored(tmp_path, kind):
    (tmp_path / f"model.{kind}").write_bytes(CONTENT[kind]())
    (tmp_path / "net.toml").write_text(TEXT.replace("FORMAT", kind))
    (layer,) = read_network(tmp_path / "net.toml").layers
    assert np.array_equal(layer.weights, WEIGHTS.astype("f4").T.astype("f8"))
    assert np.array_equal(layer.bias, BIAS)
    assert layer.weights.flags.c_contiguous


def test_other_kinds_of_numbers_are_read_too(tmp_path):
    half = np.array([1.5, -2.0], dtype="<f2")
    brain = (np.array([1.5, -2.0], dtype="<f4").view("<u4") >> 16).astype("<u2")
    path = tmp_path / "more.safetensors"
    path.write_bytes(safetensors(half=("F16", half), brain=("BF16", brain)))
    assert read_stored(path, "half").tolist() == read_stored(path, "brain").tolist() == [1.5, -2.0]
    (tmp_path / "more.npz").write_bytes(npz(fortran=np.asfortranarray(WEIGHTS), whole=np.arange(3)))
    assert np.array_equal(read_stored(tmp_path / "more.npz", "fortran"), WEIGHTS)
    assert read_stored(tmp_path / "more.npz", "whole").tolist() == [0, 1, 2]


def test_a_parameter_of_a_forward_pass_may_be_stored(tmp_path):
    (tmp_path / "one.npz").write_bytes(npz())
    path = tmp_path / "net.toml"
    path.write_text(
        "learning_rate = 0.1\n[data]\nX = [[1, 2, 3, 4]]\n[parameters]\n"
        'W = { file = "one.npz", name = "fc1.weight" }\n[program]\nforward = "E = sum((X @ W)**2)"\n'
    )
    assert read_network(path).forward.parameters["W"].shape == (4, 3)


FORWARD = """\
learning_rate = 0.1
{layout}
[data]
tokens = [0, 1]
[parameters]
C = {{ file = "m.npz", name = "emb" }}
W = {{ file = "m.npz", name = "fc" }}
V = {{ shape = [2, 1], init = {{ normal = 1, seed = 1 }} }}
[program]
forward = """
FORWARD += '"""\nH = np.dot(C[tokens], W)\nE = sum((H @ V)**2)\n"""\n'


def test_the_layout_turns_the_weights_of_a_forward_pass_and_no_table_of_rows(tmp_path):
    table, square = np.array([[1.0, 2], [3, 4]]), np.array([[5.0, 6], [7, 8]])
    path = tmp_path / "net.toml"

    def read(layout, weights):
        np.savez(tmp_path / "m.npz", emb=table, fc=weights)
        path.write_text(FORWARD.format(layout=layout))
        network = read_network(path)
        path.write_text(network_text(network))
        again = read_network(path)
        assert again.warnings == ()
        for name, value in network.forward.parameters.items():
            assert np.array_equal(again.forward.parameters[name], value)
        return network

    plain = read('weights_layout = "inputs, units"', square)
    turned = read('weights_layout = "units, inputs"', square)
    assert np.array_equal(plain.forward.parameters["W"], square)
    assert np.array_equal(turned.forward.parameters["W"], square.T)
    assert np.array_equal(turned.forward.parameters["C"], table)
    assert turned.forward.parameters["V"].shape == (2, 1)
    assert plain.warnings == turned.warnings == ()
    (warning,) = read("", square).warnings
    assert "weights_layout" in warning
    assert read("", square + square.T).warnings == ()
    with pytest.raises(FileError, match=r'expected one of "inputs, units", "units, inputs"'):
        read('weights_layout = "rows"', square)


def test_a_network_that_was_sent_reads_no_file(tmp_path):
    (tmp_path / "model.npz").write_bytes(npz())
    with pytest.raises(FileError, match="reads no file"):
        read_network_text(TEXT.replace("FORMAT", "npz"), tmp_path / "net.toml")


class Harmful:
    def __reduce__(self):
        return (print, ("run",))


def changed(content, header):
    length = int.from_bytes(content[:8], "little")
    return len(header).to_bytes(8, "little") + header + content[8 + length :]


def archive(name, content):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as file:
        file.writestr(name, content)
    return stream.getvalue()


def entry(**fields):
    kept = {"dtype": "F64", "shape": [1], "data_offsets": [0, 8], **fields}
    return changed(safetensors(), json.dumps({"w": kept}).encode())


def header(text):
    """An archive with an array of these words in its header."""
    length = len(text).to_bytes(2, "little")
    return archive("w.npy", b"\x93NUMPY\x01\x00" + length + text.encode() + bytes(48))


PLAIN = "{'descr': '<f8', 'fortran_order': False, 'shape': (2, 3)}"


def damaged(content):
    at = content.index(b"w.npy") + 40
    return content[:at] + bytes(9) + content[at + 9 :]


BROKEN = {
    "empty": ("safetensors", b"", "not a .safetensors file"),
    "zeros that are too few": ("safetensors", bytes(7), "not a .safetensors file"),
    "a huge header": ("safetensors", b"\xff" * 20, "not a .safetensors file"),
    "no JSON": ("safetensors", changed(safetensors(), b"[" * 5000), "not a .safetensors file"),
    "a list": ("safetensors", changed(safetensors(), b"[]"), "not a .safetensors file"),
    "offsets beyond the end": ("safetensors", entry(data_offsets=[0, 10**9]), '"w" is broken'),
    "offsets backwards": ("safetensors", entry(data_offsets=[8, 0]), '"w" is broken'),
    "one offset": ("safetensors", entry(data_offsets=[8]), '"w" is broken'),
    "three offsets": ("safetensors", entry(data_offsets=[0, 8, 16]), '"w" is broken'),
    "offsets that are no list": ("safetensors", entry(data_offsets="08"), '"w" is broken'),
    "broken offsets": ("safetensors", entry(data_offsets=[0, 8.0]), '"w" is broken'),
    "a huge shape": ("safetensors", entry(shape=[2**40, 2**40]), '"w" is broken'),
    "two axes of too many numbers": (
        "safetensors",
        entry(shape=[0, MAX_NUMBERS + 1], data_offsets=[0, 0]),
        '"w" is',
    ),
    "a number too few": ("safetensors", entry(shape=[2], data_offsets=[0, 8]), '"w" is broken'),
    "a number too many": ("safetensors", entry(shape=[1], data_offsets=[0, 16]), '"w" is broken'),
    "offsets one beyond the end": ("safetensors", entry(shape=[10], data_offsets=[1, 81]), '"w" is broken'),
    "33 axes": ("safetensors", entry(shape=[1] * 33), '"w" is broken'),
    "a negative size": ("safetensors", entry(shape=[-1, -1]), '"w" is broken'),
    "seven bytes": ("safetensors", bytes(7), "not a .safetensors file"),
    "a header longer than the file": ("safetensors", (3).to_bytes(8, "little") + b"{}", "not a .safetensors"),
    "another shape": ("safetensors", entry(shape=[2]), '"w" is broken'),
    "a shape of text": ("safetensors", entry(shape=["1"]), '"w" is broken'),
    "empty along one axis, huge along others": (
        "safetensors",
        entry(shape=[0, 2**20, 2**20], data_offsets=[0, 0]),
        '"w" is broken',
    ),
    "more axes than NumPy has": ("safetensors", entry(shape=[1] * 99), '"w" is broken'),
    "a list for a kind": ("safetensors", entry(dtype=["F64"]), "holds \"['F64']\"; expected numbers"),
    "another kind": ("safetensors", entry(dtype="I64"), 'holds "I64"; expected numbers: F64'),
    "no archive": ("npz", b"PK nothing", "not a .npz file"),
    "a damaged archive": ("npz", damaged(npz(w=np.arange(9.0))), "not a .npz file"),
    "objects": ("npz", npz(w=np.array([Harmful()], dtype=object)), "expected numbers"),
    "a pickle": ("npz", archive("w.npy", pickle.dumps(Harmful())), '"w" is broken'),
    "a torn array": ("npz", archive("w.npy", npz()[:40]), '"w" is broken'),
    "a header of nothing": ("npz", header("("), '"w" is broken'),
    "a header of bytes": ("npz", header(PLAIN.replace("'descr'", "b'descr'")), '"w" is broken'),
    "a header of Python 2": ("npz", header(PLAIN.replace("3", "3000L")), '"w" is broken'),
    "a deep header": ("npz", header("[" * 5000), '"w" is broken'),
    "not finite": ("npz", npz(w=np.array([np.nan])), "NaN or infinity"),
    "words": ("npz", npz(w=np.array(["a"])), "expected numbers"),
}

if np.dtype(np.longdouble).itemsize > 8:
    BROKEN["long double"] = ("npz", npz(w=np.ones(1, np.longdouble)), "expected numbers")


@pytest.mark.parametrize("case", BROKEN)
def test_what_is_broken_or_no_numbers_is_refused_and_not_run(tmp_path, case, capsys):
    kind, content, message = BROKEN[case]
    path = tmp_path / f"model.{kind}"
    path.write_bytes(content)
    with pytest.raises(FileError, match=re.escape(message)):
        read_stored(path, "w")
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("fc1.weight", "fc2.weight", 'model.npz: there is no array "fc2.weight"; did you mean "fc1.weight"'),
        (
            ', name = "fc1.weight"',
            "",
            'model.npz: the file has several arrays; add name = with one of "fc1.w',
        ),
        ('name = "fc1.weight"', 'key = "w"', 'net.toml:8: unknown key "key"'),
        ("model.npz", "none.npz", "none.npz: no such file"),
        ("model.npz", "model.pt", "model.pt: arrays are read from .safetensors and .npz files"),
        ("fc1.bias", "fc3.bias", 'model.npz: there is no array "fc3.bias"'),
        ("fc1.weight", "fc1.bias", "net.toml:8: the array has the shape [4]; expected two axes"),
        ("fc1.bias", "fc1.weight", "net.toml:9: the array has the shape [4, 3]; expected [4]"),
    ],
)
def test_what_does_not_fit_is_refused(tmp_path, old, new, message):
    (tmp_path / "model.npz").write_bytes(npz())
    text = TEXT.replace("FORMAT", "npz")
    lines = text.splitlines()
    at = 8 if old == "fc1.bias" else 7
    lines[at] = lines[at].replace(old, new)
    (tmp_path / "net.toml").write_text("\n".join(lines))
    with pytest.raises(FileError, match=re.escape(message)) as found:
        read_network(tmp_path / "net.toml")
    # Not the file of the arrays: the line that is to be changed stands in the network file.
    assert str(found.value).startswith(f"{tmp_path / 'net.toml'}:{at + 1}: ")


def test_what_is_just_within_the_bounds_is_read(tmp_path):
    path = tmp_path / "one.safetensors"
    numbers = (*WEIGHTS.astype("<f4").tobytes(), *BIAS.astype("<f8").tobytes())
    assert len(numbers) == 80
    for offsets, shape in (
        ([72, 80], [1]),
        ([48, 80], [4]),
        ([48, 80], [1] * 31 + [4]),
        ([0, 0], [0, MAX_NUMBERS]),
    ):
        path.write_bytes(entry(shape=shape, data_offsets=offsets))
        found = read_stored(path, "")
        assert found.shape == tuple(shape)
        assert found.tobytes() == bytes(numbers[slice(*offsets)])
    short = tmp_path / "short.npz"
    short.write_bytes(npz(w=np.array([[1, 2]], "u1")))
    assert read_stored(short, "w").tolist() == [[1, 2]]


def test_a_name_may_be_left_out_where_there_is_one_array_and_close_ones_are_suggested(tmp_path):
    path = tmp_path / "two.npz"
    path.write_bytes(npz())
    for name, message in (
        ("", 'add name = with one of "fc1.weight", "fc1.bias"$'),
        ("zzzz", '"zzzz"; expected one of "fc1.weight", "fc1.bias"$'),
        ("fc1.weigh", 'did you mean "fc1.weight"'),
    ):
        with pytest.raises(FileError, match=message):
            read_stored(path, name)
    for count, end in ((20, '"a19"'), (21, '"a19" and 1 more')):
        stream = io.BytesIO()
        np.savez(stream, **{f"a{at}": BIAS for at in range(count)})
        path.write_bytes(stream.getvalue())
        with pytest.raises(FileError, match=f"{end}$"):
            read_stored(path, "zzzz")


def test_the_smallest_file_is_read(tmp_path):
    header = b'{"w":{"dtype":"F32","shape":[],"data_offsets":[0,4]}}'
    (tmp_path / "w.safetensors").write_bytes(len(header).to_bytes(8, "little") + header + bytes(4))
    assert float(read_stored(tmp_path / "w.safetensors", "w")) == 0
