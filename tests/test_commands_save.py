"""Save as: the session on screen becomes a network file that opens in the same state."""

import stat

import numpy as np
import pytest
from debugger_driver import debugging
from make_networks import network

from bpstep.engine.edits import EditEquation
from bpstep.netfile import builtin
from bpstep.session.session import Session
from bpstep.ui.commands import save


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


async def ask(person):
    await person.press("ctrl+p", *"save network", "enter")


async def test_the_network_is_saved_with_its_equations_and_edits_and_opens_again(folder):
    async with debugging(at="i1:delta_Y") as person:
        await person.press("E", "ctrl+u", *"labelY - Y", "enter", "<", "e")
        await person.answer("0.25")
        await person.go("i1:delta_Y")
        await ask(person)
        assert person.last == "save the network as: article-edited.toml"
        await person.press("enter")
        assert person.lines[-2].strip() == (
            "saved; open it with bpstep article-edited.toml; 1 replaced equation, from the"
        )
        assert person.last == "first iteration; 1 edited value"
    again = builtin.open_network("article-edited.toml")
    assert again.program == {"delta_Y": "labelY - Y"}
    assert again.inputs[0, 0] == 0.25
    assert [path.name for path in folder.iterdir()] == ["article-edited.toml"]


async def test_the_ending_is_added_and_a_file_is_not_written_over_without_asking(folder):
    (folder / "mine.toml").write_text("old")
    async with debugging() as person:
        await ask(person)
        await person.answer("mine")
        assert person.last == "mine.toml exists: replace it? y or n"
        await person.press("n")
        assert person.last == "mine.toml is unchanged"
        assert (folder / "mine.toml").read_text() == "old"
        await ask(person)
        await person.answer("mine.toml")
        await person.press("escape")
        assert (folder / "mine.toml").read_text() == "old"
        await ask(person)
        await person.answer("mine")
        await person.press("y")
        assert person.last == "saved; open it with bpstep mine.toml"
    assert builtin.open_network("mine.toml").sizes == (2, 3, 1)


async def test_what_has_no_place_in_a_file_is_named():
    async with debugging(at="i1:H") as person:
        for where in ("H", "net_2", "Y", "E", "delta_Y"):
            await person.go(f"i1:{where}")
            await person.press("escape", "e")
            await person.answer("0.5")
        await ask(person)
        await person.press("enter")
        said = " ".join(line.strip() for line in person.lines[-2:])
        assert said.endswith("; not saved: H[0], net_2[0], Y[0] and 2 more")


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("nowhere/mine", "cannot write: No such file or directory"),
        ("~nobody-here/x", "cannot write"),
        ("x" * 300, "cannot write"),
    ],
)
async def test_what_can_not_be_written_is_told_and_the_name_stays(name, why, folder):
    async with debugging() as person:
        await ask(person)
        await person.answer(name)
        assert person.controller.prompt is not None
        assert person.controller.editor.text == name
        assert why in " ".join(" ".join(person.lines[-7:]).split())
        await person.press("escape")
        assert list(folder.iterdir()) == []


async def test_what_no_file_may_hold_is_told_and_nothing_is_written(folder):
    async with debugging() as person:
        await person.press("/")
        await person.answer("learning_rate")
        await person.press("e")
        await person.answer("-0.5")
        await ask(person)
        await person.press("enter")
        said = " ".join(line.strip() for line in person.lines[-4:])
        assert "learning_rate is -0.5; expected a number, 0 or more" in said
        assert list(folder.iterdir()) == []


async def test_a_file_that_would_be_too_large_to_be_read_is_not_written(folder, monkeypatch):
    monkeypatch.setattr(save, "MAX_NETWORK_BYTES", 100)
    async with debugging() as person:
        await ask(person)
        await person.press("enter")
        assert "bpstep reads at most 100" in person.text
        assert list(folder.iterdir()) == []


async def test_a_disk_that_is_full_leaves_the_old_file_as_it_was(folder, monkeypatch):
    (folder / "mine.toml").write_text("old")

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("bpstep.storage.atomic_write.os.replace", full)
    async with debugging() as person:
        await ask(person)
        await person.answer("mine")
        await person.press("y")
        assert "No space left on device" in person.text
    assert (folder / "mine.toml").read_text() == "old"
    assert [path.name for path in folder.iterdir()] == ["mine.toml"]


async def test_a_puzzle_is_not_saved():
    made = network(program={"delta_Y": "labelY - Y"}, puzzle=True)
    async with debugging(made) as person:
        await ask(person)
        assert person.last == "a puzzle cannot be saved as a network: the file would give away the answer"


def test_a_saved_file_has_the_rights_of_any_new_file_and_no_data_file_beside_it(folder):
    from debugger_driver import controller

    made = controller("penguins", "i1:E")
    made.session.record(EditEquation(0, "delta_B1", "0 * B1"))
    made.run_action("save")
    made.submit("mine.toml")
    again = builtin.open_network("mine.toml")
    np.testing.assert_array_equal(again.inputs, made.session.network.inputs)
    (folder / "new").touch()
    rights = [stat.S_IMODE((folder / name).stat().st_mode) for name in ("mine.toml", "new")]
    assert rights[0] == rights[1]
    assert {path.name for path in folder.iterdir()} == {"mine.toml", "new"}
    session = Session(again)
    session.goto("i1:E")
    assert session.frame.program.user_equations == {"delta_B1": "0 * B1"}
