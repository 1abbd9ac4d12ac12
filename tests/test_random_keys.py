"""Keys without sense crash nothing and spoil nothing: a small part of `python -m tests.benchmarks keys`."""

import pytest
from random_keys import NETWORKS, Monkey


@pytest.mark.parametrize("network", NETWORKS)
def test_keys_pressed_without_sense_crash_nothing_and_leave_the_right_state(network, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # what is saved by chance is saved here
    Monkey(network, seed=1).press(200, look_every=20)
