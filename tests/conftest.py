import pytest

from bpstep.__main__ import main


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
