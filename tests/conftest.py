"""What every test runs under: nothing of the surroundings' colours, the same examples each time."""

import os

import pytest
from hypothesis import settings

from bpstep.__main__ import main

_STYLING = {"NO_COLOR", "FORCE_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "COLORTERM", "COLUMNS", "LINES"}

# What a person has set for terminals must not change a screen; Textual reads it when it is imported. Where
# its snapshots go is set by their plugin.
for _name in list(os.environ):
    if _name in _STYLING or (_name.startswith("TEXTUAL") and not _name.startswith("TEXTUAL_SNAPSHOT")):
        del os.environ[_name]

settings.register_profile("suite", derandomize=True, deadline=None, max_examples=50)
settings.load_profile("suite")


@pytest.fixture
def ask(capsys, monkeypatch, tmp_path_factory):
    """Run the command line in this process: (exit status, standard output, standard error)."""
    monkeypatch.setenv("TERM", "xterm")
    # Nobody's own settings take part in a test.
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path_factory.mktemp("config")))

    def run(*words):
        status = main(list(words))
        found = capsys.readouterr()
        return status, found.out, found.err

    return run
