"""What only the text of a script shows: an update without effect, another name for the same array."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Sequence, Set

from bpstep.lang.substitution import rebuilt
from bpstep.script.equations.equations import ScriptEquation
from bpstep.script.loop.updates import lost_updates, rebound_memories
from bpstep.text import one_line


def last_part(name: str) -> str:
    """The identifier at the end of a tensor's name: W1 of params.W1, b of layers[0].b."""
    return re.sub(r"(\[\d+\])+$", "", name.split(":")[0]).split(".")[-1]


def target_of(statement: str) -> str:
    """The identifier that a statement assigns to, without an entry's index; empty if it assigns nothing."""
    found = _TARGET.match(statement)
    return found[1] if found else ""


def names_of_target(target: str) -> re.Pattern[str]:
    """Finds the names of the tensors that an expression such as `params['b' + str(l)]` may stand for, by
    their ends: `b2` and `params.b2`."""

    def text_of(key: ast.expr) -> str:
        match key:
            case ast.Constant(value=str() as text):
                return re.escape(text)
            case ast.BinOp(left=left, op=ast.Add(), right=right):
                return text_of(left) + text_of(right)
            case ast.JoinedStr(values=values):
                return "".join(map(text_of, values))
        return r"\w+"

    match ast.parse(target, mode="eval").body:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return re.compile(rf"(?<!\w){name}(\[\d+\])*$")
        case ast.Subscript(
            value=value, slice=ast.Constant(value=str()) | ast.BinOp() | ast.JoinedStr() as key
        ):
            return re.compile(rf"(?<!\w){text_of(key)}(\[\d+\])*$")
        case ast.Subscript(value=value):
            own = names_of_target(ast.unparse(value)).pattern
            return re.compile(own.removesuffix(r"(\[\d+\])*$") + r"(\[\d+\])+$")
    return re.compile(r"(?!)")


def own_name(equation: ScriptEquation) -> str:
    """The variable that an equation's statement assigns to; what it gives may have the name of a list that it
    is stored in afterwards. The last part of its name where the statement assigns to no variable alone."""
    found = re.match(r"\s*(\w+)\s*[-+*/]?=[^=]", equation.written)
    return found[1] if found else last_part(equation.name)


_TARGET = re.compile(r"\s*(?:\w+\.)*(\w+)(?:\[.*\])*\s*[-+*/]?=[^=]")


_BEGIN, _END = r"(?:^|;)\s*", r"\s*(?:$|;|#)"
"""Around a statement, which may be one of several on a line."""


def statements_of(line: str) -> list[str]:
    """The texts of several statements on one line; empty for one, or for the head of a loop."""
    try:
        body = ast.parse(line).body
    except (SyntaxError, ValueError):
        return []
    raw = line.encode()
    return [raw[each.col_offset : each.end_col_offset].decode() for each in body] if len(body) > 1 else []


def in_style_of(line: str, statement: str) -> str:
    """A statement with the quotes and the numbers of a line, and with its spaces around `**`."""
    if '"' in line and "'" not in line:
        statement = re.sub(r"'([^'\"\\]*)'", r'"\1"', statement)
    if " ** " in line and "**" not in line.replace(" ** ", ""):
        statement = re.sub(r"(?<=[\w\])])\*\*(?=[\w(\[-])", " ** ", statement)
    for number in set(_FLOAT.findall(line)):
        usual = repr(float(number))
        if number != usual:
            statement = re.sub(rf"(?<![\w.]){re.escape(usual)}(?![\w.])", number, statement)
    return statement


_FLOAT = re.compile(r"(?<![\w.])(?:\d+\.\d*|\.\d+|\d+(?=[eE]))(?:[eE][-+]?\d+)?(?![\w.])")


_DERIVATIVE = re.compile(r"prime|deriv|grad|slope|\bd_?\b|_d\b|_dash", re.IGNORECASE)
"""What the name of an activation's derivative has beside that of the activation."""


def argument_with(statement: str, names: Set[str]) -> str:
    """The one argument in a statement's calls that reads these names and no others; empty if several do."""
    try:
        tree = ast.parse(statement.strip().rstrip(":"))
    except SyntaxError:
        return ""
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    called = {id(node) for call in calls for node in ast.walk(call.func)}
    found: list[str] = []
    for argument in (each for call in calls for each in call.args):
        inside = [node for node in ast.walk(argument) if id(node) not in called]
        read = {node.id for node in inside if isinstance(node, ast.Name)}
        # A plain name may be an operand of the argument that is meant.
        if read == set(names) and not isinstance(argument, ast.Name):
            found.append(one_line(ast.unparse(argument)))
    return found[0] if len(set(found)) == 1 else ""


def _parsed(lines: Sequence[str]) -> ast.Module:
    """The lines as a tree, without any statement if they are none."""
    try:
        return ast.parse("\n".join(lines))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ast.Module([], [])


def idle_update(lines: Sequence[str], name: str) -> int:
    """The line of an update without effect: in a comment, or without an assignment; 0 for none.

    For instance `# b -= rate * db`, `# params["b"] = params["b"] - rate * db`, `b - rate * db` or `b = b`.
    """
    own = last_part(name)
    bare = {line for line, target in _bare_sums(lines) if _ends_with(target, own)}
    for at, line in enumerate(lines, 1):
        comment = re.match(r"^\s*#+\s*(\S.*)$", line)
        target = _commented_target(comment[1]) if comment else None
        target = _target_of_itself(line) if target is None else target
        if at in bare or (target is not None and _ends_with(target, own)):
            return at
    return 0


def _bare_sums(lines: Sequence[str]) -> Iterator[tuple[int, ast.expr]]:
    """The lines of statements that are only a sum or a difference, each with its first term; a line of a
    docstring is none."""
    for node in ast.walk(_parsed(lines)):
        match node:
            case ast.Expr(value=ast.BinOp(left=left, op=ast.Add() | ast.Sub())):
                yield node.lineno, left


def _target_of_itself(line: str) -> ast.expr | None:
    """What a line like `b = b` or `params["b"] = params["b"]` sets to itself; None for any other line."""
    left, _, right = line.partition("=")
    if not left.strip() or left.strip() != right.split("#")[0].strip():
        return None
    try:
        return ast.parse(left.strip(), mode="eval").body
    except (SyntaxError, ValueError):
        return None


def _commented_target(text: str) -> ast.expr | None:
    """What a statement in a comment updates; None if the comment is not an update."""
    try:
        (statement,) = ast.parse(text).body
    except (SyntaxError, ValueError):
        return None
    return _updated(statement)


def _ends_with(target: ast.expr, name: str) -> bool:
    """Whether a statement's target ends with an identifier or key, ignoring list indices."""
    match target:
        case ast.Subscript(slice=ast.Constant(value=str() as key)):
            return key == name
        case ast.Subscript(value=value):
            return _ends_with(value, name)
        case ast.Attribute(attr=key) | ast.Name(id=key):
            return key == name
    return False


def lists_in_another_order(lines: Sequence[str], names: Sequence[str]) -> Iterator[tuple[int, str]]:
    """The lines that list values with some names in another order, each with the line in which they have
    this one; that is empty if the values stand in several lines."""
    for node in ast.walk(_parsed(lines)):
        parts = getattr(node, "args" if isinstance(node, ast.Call) else "elts", [])
        listed = [(each, name) for each in parts if (name := last_part(ast.unparse(each))) in names]
        order = [name for _, name in listed]
        if order == list(names) or sorted(order) != sorted(names):
            continue
        number = listed[0][0].lineno
        line = right = lines[number - 1]
        texts = {name: line[each.col_offset : each.end_col_offset] for each, name in listed}
        for (each, _), name in reversed(list(zip(listed, names))):
            right = right[: each.col_offset] + texts[name] + right[each.end_col_offset :]
        # Columns count bytes.
        is_told = line.isascii() and all(each.end_lineno == number for each, _ in listed)
        yield number, right.strip().removesuffix(":") if is_told else ""


def idle_statements(lines: Sequence[str], run: Set[int]) -> Iterator[tuple[int, str, str]]:
    """Sums and differences that nothing keeps, near lines that ran: line, name, the intended update.

    For instance `W - rate * dW` in place of `W -= rate * dW`, or `p = p - rate * g` of a loop's own `p`.
    """
    tree = _parsed(lines)
    around: set[int] = set()
    for block in ast.walk(tree):
        body = getattr(block, "body", [])
        if not isinstance(block, ast.For | ast.While | ast.If | ast.FunctionDef):
            continue
        # A loop over nothing else than such a statement is run where the lines around it are.
        is_run = not run.isdisjoint(each.lineno for each in body) or block.lineno in around
        if not is_run:
            continue
        around |= {each.lineno for each in body if isinstance(each, ast.For)}
        for each in body:
            match each:
                case ast.Expr(value=ast.BinOp(left=left, op=ast.Add() | ast.Sub() as op, right=right)):
                    if isinstance(left, ast.Name | ast.Attribute | ast.Subscript):
                        sign = "+" if isinstance(op, ast.Add) else "-"
                        target = ast.unparse(left)
                        yield each.lineno, target, f"{target} {sign}= {ast.unparse(right)}"
    for _, statement, intended in lost_updates(tree):
        if statement.lineno in run:
            yield statement.lineno, ast.unparse(statement.targets[0]), intended


def rebound_lines(lines: Sequence[str], run: Set[int]) -> Iterator[tuple[int, str, str]]:
    """The lines that ran and that make a new array of a loop's own memory: line, name, the intended store."""
    for statement, intended in rebound_memories(_parsed(lines)):
        if statement.lineno in run:
            yield statement.lineno, ast.unparse(statement.targets[0]), intended


def idle_call(lines: Sequence[str], name: str) -> int:
    """The line of a call that is given a parameter, returns something, and whose result nothing keeps.

    As `updated(W, dW)` in the place of `W = updated(W, dW)`; 0 where there is none, or several.
    """
    tree = _parsed(lines)
    returning = {
        each.name
        for each in ast.walk(tree)
        if isinstance(each, ast.FunctionDef)
        and any(isinstance(inner, ast.Return) and inner.value is not None for inner in ast.walk(each))
    }
    found = [
        each.lineno
        for each in ast.walk(tree)
        if isinstance(each, ast.Expr)
        and isinstance(each.value, ast.Call)
        and last_part(ast.unparse(each.value.func)) in returning
        and any(last_part(ast.unparse(given)) == last_part(name) for given in each.value.args)
    ]
    return found[0] if len(found) == 1 else 0


def commented_updates(lines: Sequence[str], run: Set[int]) -> Iterator[tuple[int, str, str]]:
    """Updates in comments near lines that ran: line, name, the update.

    Targets that another line of the script sets are left out: they are updated there. So are names that occur
    only in comments: a computation left out as a whole.
    """
    code = "\n".join(line for line in lines if not line.lstrip().startswith("#"))
    for at, line in enumerate(lines, 1):
        found = re.match(r"^\s*#+\s*(\S.*)$", line)
        if found is None or run.isdisjoint(range(at - _BESIDE, at + _BESIDE + 1)):
            continue
        target = _commented_target(found[1])
        if target is None:
            continue
        name = ast.unparse(target)
        if not re.search(rf"\b{re.escape(last_part(name.split('[')[0]))}\b", code):
            continue
        pattern = re.compile(rf"^\s*{re.escape(name)}(\[[^\]]*\])*\s*[-+*/]?=[^=]")
        setting = [(k, each) for k, each in enumerate(lines, 1) if pattern.match(each.replace('"', "'"))]
        # A line that sets the first value does not update it.
        if not any(k in run or _commented_target(each.strip()) is not None for k, each in setting):
            yield at, name, ast.unparse(ast.parse(found[1]))


_BESIDE = 3
"""The most lines between an update and a line that ran."""


def _updated(statement: ast.stmt) -> ast.expr | None:
    """What a statement like `W -= rate * dW` or `W = W - rate * dW` updates; None for another one."""
    match statement:
        case ast.AugAssign(target=target, op=ast.Add() | ast.Sub(), value=value):
            pass
        case ast.Assign(
            targets=[target], value=ast.BinOp(left=left, op=ast.Add() | ast.Sub(), right=value)
        ) if ast.unparse(left) == ast.unparse(target):
            pass
        case _:
            return None
    return None if isinstance(value, ast.Constant) else target


def alias_line(lines: Sequence[str], equation: ScriptEquation, name: str) -> tuple[int, str, str]:
    """Where an array that the equation reads as `name`, or a row of it, got another name: the line, that
    name, and what it is a name of.

    0 if the equation's statement calls it `name` itself.
    """
    wanted = re.escape(last_part(name))
    for other in _identifiers(equation.written):
        pattern = re.compile(rf"{_BEGIN}{re.escape(other)}\s*=\s*((?:\w+\.)*{wanted}(?:\[[\w:, ]*\])?){_END}")
        for at in range(min(equation.line, len(lines)), 0, -1):
            found = pattern.search(lines[at - 1])
            if found and other != last_part(name):
                return at, other, found[1]
    return 0, "", ""


def without_part(written: str) -> str:
    """The update of a whole array in place of one of its parts that is written as numbers, without the same
    part of what it reads: `W -= rate * dW` for `W[1:] -= rate * dW[1:]`; empty for any other statement."""
    try:
        statement = ast.parse(written.strip()).body[0]
    except (SyntaxError, IndexError, ValueError):
        return ""
    targets = statement.targets if isinstance(statement, ast.Assign) else [getattr(statement, "target", None)]
    part = targets[0].slice if isinstance(targets[0], ast.Subscript) else None
    if part is None or any(isinstance(each, ast.Name | ast.Call) for each in ast.walk(part)):
        return ""
    text = ast.unparse(part)

    def whole(node: ast.AST) -> ast.AST | None:
        is_same = isinstance(node, ast.Subscript) and ast.unparse(node.slice) == text
        return node.value if is_same and isinstance(node, ast.Subscript) else None

    return one_line(ast.unparse(rebuilt(statement, whole)))


def second_name(lines: Sequence[str], equation: ScriptEquation) -> tuple[int, str]:
    """The line below an equation that only gives its result a second name, and that name; 0 for none."""
    wanted = re.escape(last_part(equation.name))
    pattern = re.compile(rf"{_BEGIN}(\w+)\s*=\s*(?:\w+\.)*{wanted}{_END}")
    for at in range(equation.line, len(lines)):
        found = pattern.search(lines[at])
        if found and found[1] != last_part(equation.name):
            return at + 1, found[1]
    return 0, ""


def is_only_summed(lines: Sequence[str], name: str) -> bool:
    """Whether lines mention a variable only where they compute it, and return it: no other name has it."""
    word = rf"(?<![\w.]){re.escape(name)}\b"
    own = re.compile(rf"\s*{word}\s*[-+*/]?=(?!.*{word})|\s*return {word}{_END}")
    mentioned = [line for line in lines if re.search(word, line)]
    return bool(mentioned) and all(map(own.match, mentioned))


def list_copied(lines: Sequence[str], equation: ScriptEquation) -> int:
    """The line below an equation that gives a list of its results the name that they have; 0 for none.

    For instance `dz = [dh[j] for j in range(n)]` below `dh[j] += …`.
    """
    name, target = re.split(r"[\[:]", last_part(equation.name))[0], target_of(equation.written)
    if not target or name == target:
        return 0
    copies = rf"\[\s*{target}(\[[^\]]*\])*\s+for\b.*\]|list\({target}\)|{target}\[:\]|{target}\.copy\(\)"
    pattern = re.compile(rf"{_BEGIN}(?:\w+\.)*{re.escape(name)}\s*=\s*(?:{copies}){_END}")
    return next((at + 1 for at in range(equation.line, len(lines)) if pattern.search(lines[at])), 0)


def set_to_one(lines: Sequence[str], equation: ScriptEquation) -> tuple[int, str]:
    """The line above an equation that sets a factor of it to 1, as `d_b = 1`, and the factor; 0 for none."""
    for name in _identifiers(equation.written):
        pattern = re.compile(rf"{_BEGIN}{re.escape(name)}\s*=\s*1(\.0*)?{_END}")
        for at in range(min(equation.line, len(lines)), 0, -1):
            if pattern.search(lines[at - 1]):
                return at, name
    return 0, ""


def unused_derivative(lines: Sequence[str], written: str) -> tuple[str, str]:
    """The function that a statement calls alone, as in `s = sigmoid(z)`, and the function of its derivative
    that the script has and never calls, as `sigmoid_prime`. Empty if there is none, or several."""
    called = re.match(r"\s*[\w.]+\s*=\s*(?:\w+\.)*(\w+)\([^()]*\)\s*(?:#.*)?$", written)
    if called is None:
        return "", ""
    text, name = "\n".join(lines), called[1]
    defined = re.findall(rf"\bdef (\w*{re.escape(name)}\w*)\(", text)
    found = [each for each in defined if _DERIVATIVE.search(each.replace(name, " "))]
    unused = [each for each in found if len(re.findall(rf"\b{each}\b", text)) == 1]
    return (name, unused[0]) if len(unused) == 1 else ("", "")


def list_replaced(lines: Sequence[str]) -> tuple[int, str, str]:
    """The one statement that makes a list anew from a list's own items and others, and takes only the others.

    For `sums = [new for old, new in zip(sums, terms)]`: its line, `sums`, and the statement with their sum.
    Line 0 for none, or several.
    """
    try:
        nodes = [*ast.walk(ast.parse("\n".join(lines)))]
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return 0, "", ""
    found = []
    for node in nodes:
        match node:
            case ast.Assign(
                targets=[target],
                value=ast.ListComp(
                    elt=ast.Name(id=taken),
                    generators=[ast.comprehension(target=ast.Tuple(elts=names), iter=ast.Call() as zipped)],
                ),
            ) if ast.unparse(zipped.func) == "zip" and len(zipped.args) == len(names):
                name, items = ast.unparse(target), [ast.unparse(each) for each in zipped.args]
                own = ast.unparse(names[items.index(name)]) if name in items else taken
                if own != taken:
                    rest = ast.unparse(node.value).removeprefix(f"[{taken}")
                    found.append((node.lineno, name, f"{name} = [{own} + {taken}{rest}"))
    return found[0] if len(found) == 1 else (0, "", "")


def copied_from(lines: Sequence[str], equation: ScriptEquation, sources: Iterable[ScriptEquation]) -> int:
    """The line above an equation that gives another equation's result the name that it reads; 0 for none.

    For instance `delta[j] = error` above a line that reads `delta[j]`, if `error += …` is the other equation.
    """
    read = set(_identifiers(equation.written))
    for source in sources:
        target = re.match(r"\s*(\w+)\s*[-+*/]?=[^=]", source.written)
        if target is None or target[1] in read:
            continue
        pattern = re.compile(rf"{_BEGIN}(\w+)[\w.]*(?:\[[^\]]*\])*\s*=\s*{target[1]}{_END}")
        for at in range(min(equation.line, len(lines)) - 1, source.line, -1):
            found = pattern.search(lines[at - 1])
            if found and found[1] in read:
                return at
    return 0


def moved_to(lines: Sequence[str], equation: ScriptEquation) -> tuple[int, str, str]:
    """The line below an equation that assigns its target to another name, that name, and the target.

    For `W[k] = velocity[k]` below `velocity[k] = …`: its line, `W[k]` and `velocity[k]`. Line 0 for none.
    """
    try:
        statement = ast.parse(equation.written).body[0]
    except (SyntaxError, IndexError):
        return 0, "", ""
    targets = statement.targets if isinstance(statement, ast.Assign) else []
    targets += [statement.target] if isinstance(statement, ast.AugAssign) else []
    for target in targets:
        text = ast.unparse(target)
        pattern = re.compile(rf"^\s*(\S[^=]*?)\s*=\s*{re.escape(text)}\s*(?:#.*)?$")
        for at in range(equation.line, min(equation.line + _BELOW, len(lines))):
            if found := pattern.match(lines[at].replace('"', "'")):
                return at + 1, found[1], text
    return 0, "", ""


_BELOW = 8
"""How many lines below an equation are searched for its target."""


def _identifiers(written: str) -> list[str]:
    try:
        tree = ast.parse(written)
    except SyntaxError:
        return []
    return [node.id for node in ast.walk(tree) if isinstance(node, ast.Name)]


def unused_counts(lines: Sequence[str], line: int) -> Iterator[tuple[int, str]]:
    """Counts of samples that the code around a line computes and never uses: their lines and names."""
    tree = _parsed(lines)
    scope: ast.AST = tree
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and node.lineno <= line <= (node.end_lineno or 0):
            scope = node
    used = _names_loaded(scope)
    for node in ast.walk(scope):
        if isinstance(node, ast.Assign) and _is_count(node.value):
            for target in node.targets:
                if isinstance(target, ast.Name) and target.id not in used:
                    yield node.lineno, target.id


def unread_names(lines: Sequence[str], line: int) -> Iterator[str]:
    """The arguments of the function around a line that it never reads, and the script's own variables that no
    line reads; without those that an underscore marks as not meant to be read."""
    tree = _parsed(lines)
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and node.lineno <= line <= (node.end_lineno or 0):
            arguments = (each.arg for each in node.args.args if each.arg != "self")
            yield from (each for each in arguments if each not in _names_loaded(node) and each[0] != "_")
    stored = {
        each.id
        for statement in tree.body
        if isinstance(statement, ast.Assign)
        for each in ast.walk(statement)
        if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store)
    }
    yield from sorted(each for each in stored - _names_loaded(tree) if each[0] != "_")


def _names_loaded(tree: ast.AST) -> set[str]:
    return {
        node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)
    }


def _is_count(node: ast.expr) -> bool:
    """True for `x.shape[0]` and `len(x)`."""
    match node:
        case ast.Subscript(value=ast.Attribute(attr="shape")):
            return True
        case ast.Call(func=ast.Name(id="len")):
            return True
    return False
