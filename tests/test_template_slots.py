"""Every call that fills a template gives each of its slots, and nothing that it has no slot for.

Many sentences are of errors that few tests meet: calls are compared with templates as both are written.
Each template stands in one place.
"""

import ast
import importlib
import re
import types
from collections import defaultdict
from pathlib import Path
from string import Formatter

import bpstep
from bpstep.explain.mistakes import Mistake

ROOT = Path(bpstep.__file__).parent
MODULES = sorted(
    str(path.relative_to(ROOT.parent)).removesuffix(".py").replace("/", ".")
    for path in ROOT.rglob("*.py")
    if path.name not in ("messages.py", "__init__.py") and re.search("fill|Mistake", path.read_text("utf-8"))
)

SENTENCES = sorted(path for path in ROOT.rglob("*.py") if path.name in ("messages.py", "mistakes.py"))


def slots_of(template):
    """The names in braces, those in a width within braces, too."""
    found = set()
    for _, name, width, _ in Formatter().parse(template):
        found |= ({name} if name else set()) | (slots_of(width) if width else set())
    return found


def templates(node, module):
    """The templates that an argument may be; none if that is decided elsewhere."""
    match node:
        case ast.Constant(value=str() as text):
            return [text]
        case ast.IfExp(body=body, orelse=other):
            found = [templates(body, module), templates(other, module)]
            return found[0] + found[1] if all(found) else []
        case ast.Name(id=name):
            value = getattr(module, name, None) if name.lstrip("_").isupper() else None
        case ast.Attribute(value=ast.Name(id=owner), attr=name) if name.isupper():
            value = getattr(getattr(module, owner, None), name, None)
            value = getattr(value, "template", value)
        case _:
            value = None
    return [value] if isinstance(value, str) else []


def written_slots(call):
    """The slots that a call names; None if some come from a dictionary."""
    names = [keyword.arg for keyword in call.keywords]
    return None if None in names else set(names)


def wrong_calls(module):
    """The wrong calls of a module as (line, slots that lack, slots too many), and how many were looked at."""
    found, count = [], 0
    for node in ast.walk(ast.parse(Path(module.__file__).read_text("utf-8"))):
        if not isinstance(node, ast.Call):
            continue
        given = written_slots(node)
        match node.func:
            case ast.Name("fill") if node.args:
                texts = templates(node.args[0], module)
            case ast.Name("fill_plural") if len(node.args) == 3 and given is not None:
                texts = [*templates(node.args[1], module), *templates(node.args[2], module)]
                given = given | {"count"}
            case ast.Attribute(value=template, attr="named"):
                texts = templates(template, module)
            case _:
                continue
        if not texts or given is None:
            continue
        count += 1
        lacking = set().union(*map(slots_of, texts)) - given
        more = given - set().union(*map(slots_of, texts)) - {"count"}
        if lacking or more:
            found.append((node.lineno, sorted(lacking), sorted(more)))
    return found, count


def test_every_slot_of_a_template_is_given_and_no_other():
    found = {name: wrong_calls(importlib.import_module(name))[0] for name in MODULES}
    assert {name: wrong for name, wrong in found.items() if wrong} == {}


def repeated(paths):
    """The templates of several words that are written more than once, each with its files.

    The names of the slots don't matter. Between files neither do capitals and a full stop. The values of a
    StrEnum are data, not templates.
    """
    exact, similar = defaultdict(list), defaultdict(set)
    for path in paths:
        tree = ast.parse(path.read_text("utf-8"))
        data = [each for each in tree.body if "StrEnum" in map(ast.unparse, getattr(each, "bases", ()))]
        skipped = {node for each in data for node in each.body}
        for node in ast.walk(tree):
            if not isinstance(node, ast.Assign) or node in skipped:
                continue
            for part in ast.walk(node.value):
                if not isinstance(part, ast.Constant) or not isinstance(part.value, str):
                    continue
                text = re.sub(r"\{[^{}]*\}", "{}", part.value)
                if len(re.findall("[A-Za-z]{2,}", text)) > 1:
                    exact[path, text].append(path)
                    similar[text.lower().strip(" .:")].add(path)
    return {
        *(text for (_, text), found in exact.items() if len(found) > 1),
        *(text for text, found in similar.items() if len(found) > 1),
    }


def test_no_template_is_written_in_two_places():
    assert repeated(SENTENCES) == set()


def test_a_template_that_is_written_twice_is_found(tmp_path):
    one, other = tmp_path / "messages.py", tmp_path / "mistakes.py"
    one.write_text(
        "A = 'no {name} here'\nB = {1: 'No {name} here'}\nC = 'the {a} of b', 'the {c} of b'\nD = 'x y'\n"
    )
    other.write_text(
        "A = 'No {x:>3} here.'\nB = 'the one'\nC = 'x y'\nclass D(StrEnum):\n    E = 'no {x} here'\n"
        "class F(Enum):\n    E = 'two words'\n    G = 1, 'two words'\n"
    )
    assert repeated([one, other]) == {"no {} here", "the {} of b", "two words"}


def test_slots_are_names_in_braces_and_in_widths():
    assert slots_of("{{no}} {count:{wide}} of {name:>8}") == {"count", "wide", "name"}


def test_a_slot_that_lacks_or_is_too_much_is_found(tmp_path):
    path = tmp_path / "some_module.py"
    path.write_text(
        "A = 'no {name} at {place}'\nONE, MANY = '{count} cell of {name}', '{count} cells of {name}'\n"
        "fill(A, name=1)\nfill(A, name=1, place=2)\nfill(A, name=1, place=2, cell=3)\n"
        "fill_plural(2, ONE, MANY, name=1)\nfill_plural(2, ONE, MANY)\nfill(A if x else MANY, **slots)\n"
        "Mistake.SIGN.named(part=1)\n(Mistake.DIVIDED if x else Mistake.MULTIPLIED).named()\n"
    )
    module = types.SimpleNamespace(
        __file__=str(path),
        A="no {name} at {place}",
        ONE="{count} of {name}",
        MANY="{count} of {name}",
        Mistake=Mistake,
    )
    assert wrong_calls(module) == (
        [(3, ["place"], []), (5, [], ["cell"]), (7, ["name"], []), (9, [], ["part"]), (10, ["part"], [])],
        7,
    )
