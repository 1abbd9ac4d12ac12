import doctest
import os
import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import readme

from bpstep.__main__ import main
from bpstep.netfile import builtin
from bpstep.ui.config import Settings, read_settings

CONSOLE = [example for block in readme.blocks("console") for example in readme.examples(block)]
_CHECKER = doctest.OutputChecker()


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder with the files that the examples name."""
    monkeypatch.chdir(tmp_path)
    network = readme.blocks("toml")[0]
    Path("and.toml").write_text(network, encoding="utf-8")
    Path("wrong.toml").write_text(network.replace("= 1.0", '= "fast"', 1), encoding="utf-8")


def printed(command, capsys):
    """What a command of the README prints, on either stream."""
    program, *words = shlex.split(command)
    if program == "bpstep":
        main(words)
        found = capsys.readouterr()
        return found.out + found.err
    assert program == "python"
    return subprocess.run([sys.executable, *words], capture_output=True, text=True, check=True).stdout


def test_the_table_of_keys_is_the_table_of_actions():
    assert readme.text() == readme.with_key_table(readme.text()), "stale: python -m tests.readme"


@pytest.mark.usefixtures("folder")
def test_each_command_prints_what_the_readme_says(capsys):
    assert len(CONSOLE) >= 9
    for command, expected in CONSOLE:
        found = printed(command, capsys)
        as_said = _CHECKER.check_output(expected, found, doctest.ELLIPSIS)
        assert as_said, f"{command} prints\n{found}where README.md has\n{expected}"


def test_each_answer_of_the_library_is_as_printed():
    (block,) = readme.blocks("python")
    example = doctest.DocTestParser().get_doctest(block, {}, "README.md", "README.md", 0)
    said = []
    results = doctest.DocTestRunner(verbose=False).run(example, out=said.append)
    assert results.attempted >= 10
    assert not results.failed, "".join(said)


def test_every_command_and_every_option_stands_in_the_readme(capsys):
    main(["--help"])
    helps = [capsys.readouterr().out]
    commands = re.findall(r"^  (\w+)  ", helps[0].split("\ncommands")[1].split("\n\n")[0], re.MULTILINE)
    assert len(commands) >= 4
    for command in commands:
        assert f"bpstep {command}" in readme.text()
        main([command, "--help"])
        helps.append(capsys.readouterr().out)
    options = set(re.findall(r"(?<![\w-])--[a-z-]+", "\n".join(helps)))
    assert {"--at", "--set", "--ascii", "--all"} <= options
    missing = {option for option in options if option not in readme.text()}
    assert not missing


def test_every_built_in_network_has_its_source_in_the_readme():
    sources = readme.text().split("## Sources")[1]
    assert [name for name in builtin.builtin_names() if f"`{name}`" not in sources] == ["article-as-printed"]


def test_the_settings_in_the_readme_are_all_there_are_and_hold(tmp_path):
    path = tmp_path / "config.toml"
    path.write_text(readme.blocks("toml")[1], encoding="utf-8")
    settings = read_settings(path)
    assert settings.theme == "light"
    assert settings.keys["next"] == ("n", "pagedown")
    # at_place is what reading the file adds.
    assert {*tomllib.loads(readme.blocks("toml")[1]), "at_source"} == set(Settings.__dataclass_fields__)


def test_every_file_that_the_readme_links_is_there():
    links = re.findall(r"\]\((?!https?:)([^)]+)\)", readme.text())
    assert "screenshots/backward.svg" in links
    missing = [link for link in links if not (readme.README.parent / link).exists()]
    assert not missing


def test_there_are_two_commands_and_ci_runs_the_second():
    opening, testing = readme.blocks("sh")
    assert opening.rstrip().endswith("bin/bpstep")
    if os.name == "nt":
        return
    done = subprocess.run(
        ["bash", readme.README.parent / ".ci" / "run", "--print"], capture_output=True, text=True, check=True
    )
    assert done.stdout == testing


def test_python_modules_that_the_readme_runs_exist():
    modules = re.findall(r"python -m (tests[.\w]*)", readme.text())
    assert modules
    for module in modules:
        path = readme.README.parent / module.replace(".", "/")
        assert path.with_suffix(".py").exists() or (path / "__main__.py").exists()
