"""The article's code as a built-in script: what keeps it from running, and its two mistakes."""

import numpy as np
import pytest
from command_line import asking, refused

from bpstep.netfile import builtin
from bpstep.session.origin import network_of_script
from bpstep.session.session import Session


@pytest.fixture
def ask(capsys, monkeypatch, tmp_path):
    """Run the command line in this process: (exit status, standard output, standard error)."""
    return asking(capsys, monkeypatch, tmp_path)


def lines(name):
    return builtin.open_script_text(name).raw.split("\n")


def line_of(name, text):
    (at,) = (at for at, line in enumerate(lines(name), 1) if text in line)
    return at


@pytest.mark.parametrize("command", ["check", "show", "trace"])
def test_opening_the_listing_names_every_undefined_name_with_its_line(command, ask):
    found = ask(command, "article-listing")
    first, second, third = (line_of("article-listing", name) for name in ("X, W1", "V.T, A1", "nn.V"))
    refused(
        found,
        f"article-listing.py:{first}: ",
        "'W1' is not defined",
        f"A1 (line {second}), nn (line {third}); open article-listing-defined, ",
    )


def test_with_the_three_names_mended_the_sign_and_the_derivative_are_found(ask):
    status, out, _ = ask("check", "article-listing-defined", "--quiet")
    assert status == 1
    sign = line_of("article-listing-defined", "delta_Y = labelY - Y")
    slope = line_of("article-listing-defined", "= 1 - sigmoid(net_1)")
    named = [line for line in out.split("\n") if line.startswith("article-listing-defined.py:")]
    assert [line.split(":")[1] for line in named] == [str(sign), str(slope)]
    assert "Right: delta_Y = Y - labelY\n" in out
    assert "Right: delta_H_net1 = H * (1 - H)\n" in out


def test_only_the_title_and_the_three_names_are_otherwise():
    pairs = zip(lines("article-listing"), lines("article-listing-defined"), strict=True)
    changed = [(a, b) for a, b in pairs if a != b]
    assert len(changed) == 4
    for (given, mended), wrong, right in zip(changed[1:], ("W1", "A1", "nn.V"), ("W", "H", "V"), strict=True):
        assert given.replace(wrong, right) == mended


def test_its_numbers_are_those_of_the_article_s_network_with_the_wrong_sign():
    listing = Session(network_of_script(builtin.open_script_text("article-listing-defined")))
    network = Session(builtin.open_network("article-as-printed"))
    for name in ("net_1", "H", "net_2", "Y", "E", "delta_Y", "delta_Y_net2", "delta_V"):
        values = []
        for session in (listing, network):
            session.goto(session.resolve(f"i0:{name}"))
            values.append(np.ravel(session.frame.tensors[name]))
        np.testing.assert_allclose(*values, rtol=1e-12, err_msg=name)


def test_the_scripts_are_listed_and_meant_where_they_are_mistyped(ask):
    status, out, _ = ask("list")
    assert status == 0
    for name in builtin.script_names():
        assert f"\n{name} " in out
        assert builtin.script_title(name) in out
    refused(ask("check", "article-listin"), "did you mean article-listing?")
