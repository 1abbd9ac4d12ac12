"""A long computation runs in portions: its result, the part that is done, and how it is cancelled."""

import threading

import pytest

from bpstep.gradcheck.paused_run import run_in_portions
from bpstep.gradcheck.progress import run_to_end, scale_progress


def steps(pause):
    for part in (0.25, 0.5, 0.75):
        pause(part)
    return "found"


def test_the_parts_done_are_those_of_the_computation_and_its_result_comes_last():
    parts = []
    assert run_to_end(run_in_portions(steps, 0.0), parts.append) == "found"
    assert parts == [0.25, 0.5, 0.75]


def test_a_portion_lasts_as_long_as_it_may():
    parts = []
    assert run_to_end(run_in_portions(steps, 1e9), parts.append) == "found"
    assert parts == []


def test_the_computation_stands_still_between_two_portions_and_both_never_run_at_once():
    log = []

    def compute(pause):
        for step in range(3):
            log.append(("computes", step))
            pause(step / 3)
        return len(log)

    work = run_in_portions(compute, 0.0)
    for step in range(3):
        assert next(work) == step / 3
        assert log[-1] == ("computes", step)
        log.append(("waits", step))
    assert run_to_end(work) == 6
    assert log == [(what, step) for step in range(3) for what in ("computes", "waits")]


def test_an_error_of_the_computation_is_that_of_who_waits():
    def compute(pause):
        pause(0.5)
        raise ValueError("no")

    work = run_in_portions(compute, 0.0)
    assert next(work) == 0.5
    with pytest.raises(ValueError, match="no"):
        next(work)


def test_a_computation_that_nobody_waits_for_ends_at_its_next_pause():
    log, before = [], set(threading.enumerate())

    def compute(pause):
        try:
            for step in range(9):
                log.append(step)
                pause(0.1)
        finally:
            log.append("tidied")

    work = run_in_portions(compute, 0.0)
    next(work)
    next(work)
    work.close()
    assert log == [0, 1, "tidied"]
    assert set(threading.enumerate()) <= before
    run_in_portions(compute, 0.0).close()  # never begun
    assert set(threading.enumerate()) <= before


def test_a_share_of_a_larger_work_moves_within_its_share():
    def work():
        yield from (0.0, 0.5, 1.0)
        return "found"

    parts = []
    assert run_to_end(scale_progress(work(), 0.2, 0.4), parts.append) == "found"
    assert parts == pytest.approx([0.2, 0.4, 0.6])
    assert run_to_end(work()) == "found"
