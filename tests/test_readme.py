"""README.md: short, two commands, and everything it names is there."""

import os
import re
import subprocess
import tomllib

import documents
from documents import README

MAX_LINES = 200
WIDEST = 120


def test_the_readme_is_short():
    lines = documents.text(README).splitlines()
    assert len(lines) <= MAX_LINES
    assert max(map(len, lines)) <= WIDEST


def test_there_are_two_commands_and_ci_runs_the_second():
    opening, testing = documents.blocks(README, "sh")
    assert opening.rstrip().endswith("bin/bpstep")
    if os.name == "nt":
        return
    done = subprocess.run(
        ["bash", README.parent / ".ci" / "run", "--print"], capture_output=True, text=True, check=True
    )
    assert done.stdout == testing


def test_every_file_that_the_whole_run_names_is_there():
    script = (README.parent / ".ci" / "run").read_text(encoding="utf-8")
    named = set(re.findall(r"tests/[a-z_]+\.py", script))
    assert "tests/test_ansi.py" in named
    assert [name for name in sorted(named) if not (README.parent / name).is_file()] == []


def test_the_lessons_come_before_anything_else_to_do():
    commands = re.findall(r"bpstep (\w+)", documents.text(README).split("## Start here")[1])
    assert commands[0] == "lesson"


def test_on_pypi_no_link_leads_to_a_file_beside_the_page():
    project = tomllib.loads((README.parent / "pyproject.toml").read_text(encoding="utf-8"))
    hook = project["tool"]["hatch"]["metadata"]["hooks"]["fancy-pypi-readme"]
    assert (hook["fragments"], project["project"]["dynamic"]) == (
        [{"path": "README.md"}],
        ["readme", "version"],
    )
    page = README.read_text(encoding="utf-8")
    for each in hook["substitutions"]:
        assert re.search(each["pattern"], page)
        page = re.sub(each["pattern"], each["replacement"], page)
    assert "pip install ." not in page
    assert "pip install bpstep" in page
    assert "](" not in page.replace("](http", "")
    assert "(`bpstep manual scripts`)" in page
    for name in re.findall(r"`bpstep manual ([^`]+)`", page):
        assert (README.parent / "bpstep" / "manual" / f"{name}.md").exists()


def test_the_readme_leads_to_the_contents_of_the_manual():
    assert "bpstep/manual/index.md" in documents.links(README)
