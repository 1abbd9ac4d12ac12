import json

import numpy as np
from small_networks import network

from bpstep.export import json as json_lines
from bpstep.netfile import builtin
from bpstep.session.session import Session


def trace(session, iterations=1):
    return [json.loads(line) for line in json_lines.trace_json(session, iterations)]


def test_a_trace_begins_with_the_program_and_everything_present_at_the_start():
    head = trace(Session(builtin.open_network("article")))[0]
    assert list(head) == ["format", "version", "network", "program", "initial"]
    assert (head["format"], head["version"], head["network"]) == ("bpstep-trace", 1, "article")
    assert head["program"][:5] == ["net_1", "H", "net_2", "Y", "E"]
    assert len(head["program"]) == 16
    assert head["initial"] == {
        "X": [0.4, 0.5],
        "labelY": [1.0],
        "learning_rate": 0.01,
        "W": [[0.1, 0.3, 0.5], [0.2, 0.4, 0.6]],
        "B1": [0.1, 0.2, 0.3],
        "V": [[0.1], [0.2], [0.3]],
        "B2": [0.1],
    }


def test_every_step_of_a_trace_has_its_keys_in_their_order():
    steps = trace(Session(builtin.open_network("article")), 2)[1:]
    assert [step["n"] for step in steps] == list(range(1, 33))
    assert {tuple(step) for step in steps} == {
        ("n", "iteration", "phase", "name", "equation", "reads", "shape", "value")
    }
    assert [step["iteration"] for step in steps] == [0] * 16 + [1] * 16
    loss = steps[4]
    assert loss["phase"] == "loss"
    assert loss["equation"] == "E = 1/2 * sum((labelY - Y)**2)"
    assert loss["reads"] == ["labelY", "Y"]
    assert loss["shape"] == []
    assert abs(loss["value"] - 0.0723034528622083) < 1e-16
    assert abs(steps[20]["value"] - 0.07220828652509331) < 1e-16


def test_values_read_back_to_the_same_bits():
    session = Session(network(batch_size=2))
    for step in trace(session, 4)[1:]:
        session.goto(step["n"])
        value = session.frame.tensors[step["name"]]
        assert np.array(step["value"], dtype=np.float64).tobytes() == np.ascontiguousarray(value).tobytes()
        assert step["shape"] == list(np.shape(value))


def test_with_minibatches_the_first_step_of_an_iteration_names_its_samples():
    for given in ({"batch_size": 2}, {"batch_size": 2, "shuffle": True}, {"shuffle": True}):
        net = network(**given)
        session = Session(net)
        steps = trace(session, 2 * net.batches_per_epoch)[1:]
        first = [step for step in steps if "samples" in step]
        assert [step["n"] for step in first] == [
            k * session.period + 1 for k in range(2 * net.batches_per_epoch)
        ]
        assert list(first[0])[-1] == "samples"
        epoch = [row for step in first[: net.batches_per_epoch] for row in step["samples"]]
        assert sorted(epoch) == [0, 1, 2, 3, 4]
        inputs = session.timeline.iteration(1).start["X"]
        assert net.inputs[first[1]["samples"]].tolist() == inputs.tolist()
    assert not [step for step in trace(Session(network()))[1:] if "samples" in step]


def test_numbers_that_json_lacks_are_words():
    session = Session(
        network("identity", sizes=(1, 1), samples=1), [("W1", (0, 0), 1e200), ("X", (0, 0), 1e200)]
    )
    steps = {step["name"]: step["value"] for step in trace(session)[1:]}
    assert steps["net_1"] == [["inf"]]
    assert steps["E"] == "inf"
    assert steps["W1"] == [["-inf"]]
    assert json_lines.json_value(np.array([np.nan, -np.inf, -0.0])) == ["nan", "-inf", 0.0]


def test_a_trace_is_the_same_bytes_each_time_and_all_ascii():
    net = network(title="∂", batch_size=2, shuffle=True, seed=3)
    first, second = (list(json_lines.trace_json(Session(net), 7)) for _ in range(2))
    assert first == second
    assert all(line.isascii() and "\n" not in line for line in first)


def test_edits_at_the_start_are_in_the_trace():
    head, *steps = trace(Session(builtin.open_network("article"), [("W", (0, 1), 0.5)]))
    assert head["initial"]["W"][0] == [0.1, 0.5, 0.5]
    assert abs(steps[0]["value"][1] - 0.6) < 1e-15


def test_a_moment_has_what_is_computed_and_nothing_else():
    session = Session(builtin.open_network("article"))
    start = json.loads(json_lines.moment_json(session.frame))
    assert list(start) == ["n", "iteration", "phase", "name", "tensors"]
    assert (start["n"], start["iteration"], start["phase"], start["name"]) == (0, 0, None, None)
    assert "net_1" not in start["tensors"]
    session.goto("i1:E")
    moment = json.loads(json_lines.moment_json(session.frame))
    assert (moment["n"], moment["iteration"], moment["phase"], moment["name"]) == (21, 1, "loss", "E")
    assert moment["tensors"]["W"]["shape"] == [2, 3]
    assert moment["tensors"]["E"] == {"shape": [], "value": float(session.frame.tensors["E"])}
    assert "delta_Y" not in moment["tensors"]
