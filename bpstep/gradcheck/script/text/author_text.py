"""An equation as its author would write it: with the names, the form of statement and the prefix of the
script.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from types import MappingProxyType
from typing import TypeGuard

from bpstep.gradcheck.script.text.equation_trees import OLD_PREFIX, base_name
from bpstep.gradcheck.script.text.loop_entries import by_variable, list_lengths, taken_as
from bpstep.gradcheck.script.text.scopes import Scopes
from bpstep.gradcheck.script.text.text_lines import last_part, target_of
from bpstep.lang.activations import ACTIVATIONS
from bpstep.lang.functions import FUNCTIONS
from bpstep.lang.substitution import rebuilt
from bpstep.lang.trees import function_name
from bpstep.script.equations.equations import CalledExpression, ScriptEquation
from bpstep.script.source import Source

_LANGUAGE_ONLY = frozenset(
    ("one_hot", "windows", "overlap_add", "size", "step", "gelu", "uniform")
) | frozenset(ACTIVATIONS)
"""Functions that NumPy has under no name or another one; tanh is NumPy's too."""

_SIGNS: dict[type[ast.operator], str] = {ast.Add: "+=", ast.Sub: "-=", ast.Mult: "*=", ast.Div: "/="}


class AuthorText:
    """Writes the equations of one pass in their author's style."""

    def __init__(self, equations: Sequence[ScriptEquation], source: Source | None = None) -> None:
        self._equations = equations
        self._source = source
        self._scopes: dict[str, Scopes] = {}
        self._by_name = {each.name: each for each in equations}
        self._order = {each.name: at for at, each in enumerate(equations)}
        self._statements = {each.written: _statement(each.written) for each in equations}

    def line(self, equation: ScriptEquation, original: ast.expr, changed: ast.expr) -> str:
        """A statement with another right-hand side; `original` is the equation's own.

        Empty for a statement that sets a part of an array, or that would read a value not available there.
        """
        if self._reads_what_is_gone(original, changed, equation):
            return ""
        statement = self._statements[equation.written]
        text = self._changed_statement(statement, equation, original, changed)
        target, _, value = text.partition(" = ")
        if target == value:
            return ""  # the statement would do nothing
        return text if self._scopes_of(equation.file).can_stand(text, equation) else ""

    def _reads_what_is_gone(self, original: ast.expr, changed: ast.expr, equation: ScriptEquation) -> bool:
        """Whether the changed right-hand side would read a value whose variable has been
        overwritten by then.
        """
        known = {node.id for node in ast.walk(original) if isinstance(node, ast.Name)}
        order = self._order
        for node in ast.walk(changed):
            if not isinstance(node, ast.Name) or node.id in known:
                continue
            if self._is_the_callers(node.id, equation):
                return True
            if node.id not in order:
                continue
            source, base = self._by_name[node.id], base_name(node.id)
            later = self._equations[order[node.id] + 1 : order.get(equation.name, 0)]
            is_gone = any(base_name(each.name) == base and each.call == source.call for each in later)
            if is_gone and not self._name_of_result(node.id, equation):
                return True
        return False

    def _is_the_callers(self, name: str, equation: ScriptEquation) -> bool:
        """Whether a tensor that no equation computes is a variable of the function with the loop, and not of
        the function that contains the equation. A global variable may have the same name.
        """
        if name in self._by_name or not equation.call:
            return False
        first = equation.call[0]
        is_there = self._scopes_of(first.script).is_local(name, first.line)
        return is_there and not self._scopes_of(equation.file).is_local(name, equation.line)

    def loops_around(self, file: str, line: int) -> list[ast.For]:
        """The `for` statements whose bodies contain a line of a file, the outermost first."""
        return [each for each in self._scopes_of(file).loops_around(line) if isinstance(each, ast.For)]

    def statements_of_file(self, file: str) -> list[ast.stmt]:
        """All statements of a file."""
        return self._scopes_of(file).statements

    def _scopes_of(self, file: str) -> Scopes:
        """The names of a file's scopes, as equations name them."""
        if file not in self._scopes:
            self._scopes[file] = Scopes(() if self._source is None else self._source.lines_of(file))
        return self._scopes[file]

    def _names_of_result(self, equation: ScriptEquation) -> Iterator[str]:
        """The names that statements give to the result of the function that contains an equation, the
        innermost first.
        """
        names = {last_part(equation.name), target_of(equation.written)}
        is_returned, file = equation.written.startswith("return "), equation.file
        for depth, opened in reversed(list(enumerate(equation.call))):
            function, within = opened.name.split(".")[-1], self._scopes_of(file)
            if not is_returned and not within.returns(function, names):
                return
            if self._is_called_again(equation, depth + 1):
                return  # what the function returns is a later result
            scopes, file = self._scopes_of(opened.script), opened.script
            found = list(scopes.name_of_result(equation, opened))
            yield from found
            names, is_returned = set(map(last_part, found)), scopes.is_return(opened.line)

    def _is_called_again(self, equation: ScriptEquation, depth: int) -> bool:
        """Whether the statement in a function that an equation's call is in runs again later: as
        `x = layer.forward(x)` in a loop over layers. `depth` says which of the equation's functions."""
        if depth >= len(equation.call):
            return False
        around, opened = equation.call[:depth], equation.call[depth]
        return any(
            each.call[:depth] == around
            and len(each.call) > depth
            and (each.call[depth].script, each.call[depth].line) == (opened.script, opened.line)
            and (each.call[depth].name != opened.name or each.line == equation.line)
            for each in self._equations[self._order.get(equation.name, len(self._order)) + 1 :]
        )

    def shown(self, sentence: str, equation: ScriptEquation) -> str:
        """A sentence about an equation, with the caller's names in place of `delta:41` and the like."""

        def own(name: str) -> str:
            return self._name_of_result(name, equation) or self._called_within(name, equation)

        sentence = renamed_in(sentence, self._own_names_of(equation))
        for part in equation.called:
            call = self._call_of(part, equation) if ":" in part.source and part.source in sentence else ""
            sentence = sentence.replace(part.source, call) if call else sentence
        names = {found[0]: own(found[0]) for found in _PLACE_NAME.finditer(sentence)}
        results = [each for each in names.values() if not each.endswith("(...)")]
        if len(set(results)) < len(results):
            # Two tensors with the same name have to be told apart.
            return sentence
        return _PLACE_NAME.sub(lambda found: names[found[0]], sentence)

    def name_of_result(self, name: str) -> str:
        """The caller's name for a function's result; empty for any other tensor."""
        source = self._by_name.get(name)
        return "" if source is None else next(self._names_of_result(source), "")

    def _called_within(self, name: str, equation: ScriptEquation) -> str:
        """The call within an equation's statement that gives a tensor; the tensor's name if there is none."""
        source, depth = self._by_name.get(name), len(equation.call)
        calls = source.call[depth : depth + 1] if source is not None else ()
        return next((f"{each.name}(...)" for each in calls if each.line == equation.line), name)

    def _own_names_of(self, equation: ScriptEquation) -> dict[str, str]:
        """What an equation's statement calls the tensors that have another name, as a function its arguments;
        outside functions only where the name alone does not tell which tensor it is."""
        try:
            tree = ast.parse(equation.source.replace(":", _COLON), mode="eval").body
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return {}
        found, statement = self.own_part(equation, tree), self._statements[equation.written]
        own = {} if found is None else _aligned(tree, found[1])
        if isinstance(statement, ast.AugAssign) and isinstance(tree, ast.BinOp):
            own = _aligned(tree.right, statement.value)
        names: dict[str, str] = {}
        for node in ast.walk(tree):
            written = own.get(id(node))
            if not isinstance(node, ast.Name) or written is None or not _tail(written):
                continue
            name, text = node.id.replace(_COLON, ":"), _unparsed(written)
            is_entry = not isinstance(written, ast.Name)
            if name != text and (":" in name or (equation.call and not is_entry)):
                names[name] = text
        return names

    def _call_of(self, part: CalledExpression, equation: ScriptEquation) -> str:
        """The only call of a function in an equation's statement; empty if there are several, or none."""
        statement, function = self._statements.get(equation.written), part.function.split(".")[-1]
        nodes = ast.walk(statement) if statement is not None else ()
        calls = [node for node in nodes if isinstance(node, ast.Call) and _tail(node.func) == function]
        return _unparsed(calls[0]) if len(calls) == 1 else ""

    def names_in_function(self, part: CalledExpression, whole: ast.expr) -> dict[str, ast.expr]:
        """What a function's statement calls the tensors that `whole`, what it gives a call, reads."""
        value = _returned(_statement(part.written))
        own = {} if value is None else _aligned(whole, value)
        texts: dict[str, ast.expr] = {}
        for node in ast.walk(whole):
            if isinstance(node, ast.Name) and id(node) in own:
                texts[node.id] = own[id(node)]
        return texts

    def line_in_function(
        self, part: CalledExpression, whole: ast.expr, changed: ast.expr, equation: ScriptEquation
    ) -> str:
        """A function's statement with `changed` in place of `whole`, what it gives a call in an equation;
        empty if the function has no name for what that reads."""
        statement = _statement(part.written)
        value = _returned(statement)
        if value is None:
            return ""
        own, names = _aligned(whole, value), self.names_in_function(part, whole)
        called = {id(node.func) for node in ast.walk(changed) if isinstance(node, ast.Call)}

        def change(node: ast.AST) -> ast.AST | None:
            if id(node) in own:
                return own[id(node)]
            if not isinstance(node, ast.Name):
                return None
            return _function(node, equation) if id(node) in called else names.get(node.id)

        read = {
            node.id for node in ast.walk(changed) if isinstance(node, ast.Name) and id(node) not in called
        }
        if not read <= names.keys():
            return ""
        new = rebuilt(changed, change)
        return _unparsed(rebuilt(statement, lambda node: new if node is value else None))

    def is_in_function(self, name: str, equation: ScriptEquation) -> bool:
        """Whether the function that contains an equation has a tensor under its own name."""
        return self._scopes_of(equation.file).is_local(last_part(base_name(name)), equation.line)

    def argument(self, equation: ScriptEquation, given: str, expected: ast.expr) -> tuple[str, str, str]:
        """The argument `given` of a call, the right argument, and the statement with it.

        `equation` stands for the call's statement. The statement is empty if the call has no such argument.
        """
        name, wanted = ast.unparse(self._name(given, equation)), self._tree(expected, equation)
        statement = _statement(equation.written)
        arguments = [
            argument
            for node in (ast.walk(statement) if statement is not None else ())
            if isinstance(node, ast.Call)
            for argument in node.args
            if ast.unparse(argument) == name
        ]
        changed = rebuilt(statement, lambda node: wanted if any(node is each for each in arguments) else None)
        right = _unparsed(changed) if arguments else ""
        return (
            name,
            _unparsed(wanted),
            right if self._scopes_of(equation.file).can_stand(right, equation) else "",
        )

    def _name_of_result(self, name: str, equation: ScriptEquation) -> str:
        """The name that the code around an equation gives to a tensor computed in a function under another
        name.
        """
        source = self._by_name.get(name)
        if source is None or source.call == equation.call:
            return ""
        is_same_file = source.file == equation.file
        if is_same_file and self._scopes_of(equation.file).is_around(source.line, equation.line):
            return ""
        # A parameter that is updated later has its old value here.
        if self._order[name] > self._order.get(equation.name, -1):
            return ""
        scopes = self._scopes_of(equation.file)
        names = self._names_of_result(source)
        return next((each for each in names if scopes.sees(each.split(".")[0], equation.line)), "")

    def _changed_statement(
        self, statement: ast.stmt | None, equation: ScriptEquation, original: ast.expr, changed: ast.expr
    ) -> str:
        """The statement in which only the changed part is written anew; empty if it sets a part of an array:
        the equation is for the whole array."""
        if isinstance(statement, ast.AugAssign):
            step = _step(equation, changed, statement.op)
            before = _step(equation, original, statement.op)
            if step is not None:
                own = {} if before is None else _aligned(_without_mask(before[1]), statement.value)
                by = _unparsed(self._tree(_without_mask(step[1]), equation, own))
                return f"{ast.unparse(statement.target)} {_SIGNS[type(step[0])]} {by}"
        if isinstance(statement, ast.Assign | ast.AugAssign) and _stores_part(statement):
            target = statement.target if isinstance(statement, ast.AugAssign) else statement.targets[0]
            is_part = isinstance(target, ast.Subscript) and _tail(target.value) == base_name(equation.name)
            if is_part and isinstance(target, ast.Subscript) and isinstance(target.slice, ast.Compare):
                return self._masked(target, equation, original, changed)
            if is_part and isinstance(target, ast.Subscript) and _is_of_columns(original, changed):
                return self._one_in_each_row(statement, target)
            if is_part or not isinstance(statement, ast.Assign) or len(statement.targets) > 1:
                return ""
        if isinstance(statement, ast.Assign | ast.Return | ast.Expr):
            text = self.text(original, equation)
            value = _value_of(statement, equation, original, text)
            if value is None:
                return ""
            if value is not statement.value and _unparsed(value) != text:
                # The author's names there are known only by what the function itself assigns.
                new_names = set(_tensors(changed)) - set(_tensors(original))
                if not all(self.is_in_function(each, equation) for each in new_names):
                    return ""
            own = _aligned(original, value)
            new = self._in_form(original, changed, value, equation, own) or self._tree(changed, equation, own)
            return _without_brackets(rebuilt(statement, lambda node: new if node is value else None))
        name = self._name(equation.name, equation)
        return f"{ast.unparse(name)} = {self.text(changed, equation)}"

    def _in_form(
        self,
        original: ast.expr,
        changed: ast.expr,
        written: ast.expr,
        equation: ScriptEquation,
        own: Mapping[int, ast.expr],
    ) -> ast.expr | None:
        """What the author wrote for `original` with only its changed operands written anew: `d.sum(axis=0)`
        stays a method; None if the change is not in an operand."""
        if original is changed:
            return written
        renamed = _renamed(original, changed) if isinstance(written, ast.Call) else None
        if renamed is not None:
            given = ast.unparse(self._name(renamed[0], equation))
            parts_there = (each for each in ast.walk(written) if isinstance(each, ast.expr))
            places = {id(each) for each in parts_there if ast.unparse(each) == given}
            wanted = self._tree(renamed[1], equation, own)
            if places:
                inside: ast.expr = rebuilt(written, lambda node: wanted if id(node) in places else None)
                return inside
        if isinstance(original, ast.Call) and isinstance(changed, ast.Call) and isinstance(written, ast.Call):
            own_keywords = [ast.dump(each) for each in written.keywords]
            is_same = [ast.dump(each) for each in original.keywords] == own_keywords
            if is_same and ast.dump(ast.Call(original.func, original.args, changed.keywords)) == ast.dump(
                changed
            ):
                return ast.Call(written.func, written.args, changed.keywords)
        parts, changes = _pairs(original, written), _pairs(changed, written)
        keywords = [ast.dump(ast.Tuple(getattr(each, "keywords", []))) for each in (original, changed)]
        if not parts or len(parts) != len(changes) or keywords[0] != keywords[1]:
            return None
        new = {
            id(own_part): self._in_form(part, other, own_part, equation, own)
            or self._tree(other, equation, own)
            for (part, own_part), (other, _) in zip(parts, changes)
        }
        found: ast.expr = rebuilt(written, lambda node: new.get(id(node)))
        return found

    @staticmethod
    def _one_in_each_row(statement: ast.Assign | ast.AugAssign, target: ast.Subscript) -> str:
        """A store into columns, `d[:, y] -= 1`, into one cell of each row: `d[range(len(y)), y] -= 1`."""
        match target.slice:
            case ast.Tuple(elts=[ast.Slice() as rows, numbers]):
                rows_of = ast.parse(f"range(len({ast.unparse(numbers)}))", mode="eval").body
                return _unparsed(rebuilt(statement, lambda node: rows_of if node is rows else None))
        return ""

    def _masked(
        self, target: ast.Subscript, equation: ScriptEquation, original: ast.expr, changed: ast.expr
    ) -> str:
        """A store under a condition, `dh[z <= 0] = 0`, for a changed `where(z <= 0, 0, dh)`; empty if the
        change is none of the condition and the value."""
        store, before = (_masked_store(each, base_name(equation.name)) for each in (changed, original))
        if store is None or before is None:
            return ""
        own = _aligned(before[0], target.slice)
        condition, value = (self._tree(each, equation, own) for each in store)
        place = ast.Subscript(target.value, condition, ast.Store())
        return _unparsed(ast.Assign([place], value, lineno=0))

    def own_part(self, equation: ScriptEquation, original: ast.expr) -> tuple[ast.stmt, ast.expr] | None:
        """An equation's statement, and the part of it that the equation computes; None if that is unknown."""
        statement = self._statements[equation.written]
        if not isinstance(statement, ast.Assign | ast.Return | ast.Expr):
            return None
        value = _value_of(statement, equation, original, self.text(original, equation))
        return None if value is None else (statement, value)

    def own_text(self, equation: ScriptEquation, original: ast.expr, part: ast.expr) -> str:
        """What the author wrote for a part of an equation's right-hand side; empty if that is unknown."""
        found = self.own_part(equation, original)
        own = {} if found is None else _aligned(original, found[1])
        return _unparsed(own[id(part)]) if id(part) in own else ""

    def assigns(self, equation: ScriptEquation, name: str) -> bool:
        """Whether an equation's statement gives a value the last part of a tensor's name."""
        statement = self._statements[equation.written]
        targets = statement.targets if isinstance(statement, ast.Assign) else []
        return any(_tail(each) == last_part(name) for target in targets for each in ast.walk(target))

    def added(self, equation: ScriptEquation, operator: str = "+=") -> str:
        """A statement that adds to its target, or subtracts; empty if it is not a plain assignment."""
        statement = self._statements[equation.written]
        # A list with other items after it is no sum.
        is_list = isinstance(getattr(statement, "value", None), ast.ListComp | ast.List | ast.Tuple)
        if isinstance(statement, ast.Assign) and len(statement.targets) == 1 and not is_list:
            return f"{ast.unparse(statement.targets[0])} {operator} {_unparsed(statement.value)}"
        return ""

    def _unmatched(self, equation: ScriptEquation) -> tuple[str, ast.expr] | None:
        """The one tensor that the statement names differently: an argument of its function."""
        statement, depth = self._statements.get(equation.written), len(equation.call)
        if isinstance(getattr(statement, "value", None), ast.Tuple | ast.List | ast.Dict):
            return None
        own = _own_names(statement)
        if any(len(each.call) > depth and each.call[depth].line == equation.line for each in self._equations):
            # What an inlined function computes under its own names.
            return None
        try:
            tree = ast.parse(re.sub(r":\d+", "", equation.source), mode="eval")
        except SyntaxError:
            return None
        read = set(_tensors(tree.body))
        theirs = [name for name in read if last_part(name) not in own and name != base_name(equation.name)]
        ours = [name for name in own if name not in {last_part(each) for each in read}]
        return (theirs[0], own[ours[0]]) if len(theirs) == len(ours) == 1 else None

    def text(self, tree: ast.expr, equation: ScriptEquation) -> str:
        """An expression of an equation."""
        return _unparsed(self._tree(tree, equation))

    def _tree(
        self, tree: ast.expr, equation: ScriptEquation, own: Mapping[int, ast.expr] = MappingProxyType({})
    ) -> ast.expr:
        """An expression of an equation; `own` has the author's expressions of parts that are unchanged."""
        called = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}

        def change(node: ast.AST) -> ast.AST | None:
            if id(node) in own:
                return own[id(node)]
            match node:
                case ast.Call(func=ast.Name(id="size"), args=[array, axis]):
                    shape = ast.Attribute(self._tree(array, equation, own), "shape", ast.Load())
                    return ast.Subscript(shape, axis, ast.Load())
            if not isinstance(node, ast.Name):
                return None
            if id(node) in called:
                return _function(node, equation)
            return self._name(node.id.removeprefix(OLD_PREFIX), equation)

        found: ast.expr = rebuilt(tree, change)
        return found

    def _name(self, name: str, equation: ScriptEquation) -> ast.expr:
        """A tensor's name in the statement, or in one of the statements near it."""
        base = base_name(name)
        statement = self._statements.get(equation.written)
        if base == base_name(equation.name) and last_part(base) not in _own_names(statement):
            match statement:
                case ast.Assign(targets=[ast.Name() | ast.Attribute() | ast.Subscript() as target]):
                    return target
        alone = self._unmatched(equation)
        # Another result of the same function has the same name but for its line.
        is_read = re.search(rf"(?<![\w.:]){re.escape(name)}(?![\w:])", equation.source) is not None
        if alone is not None and alone[0] == base and is_read:
            return alone[1]
        own = self._in_same_class(name, equation)
        if own is not None:
            return own
        other_name = self._name_of_result(name, equation)
        if other_name:
            return ast.parse(other_name, mode="eval").body
        if "[" not in base:
            near = sorted(self._equations, key=lambda each: abs(each.line - equation.line))
            statements = [self._statements.get(each.written) or ast.Pass() for each in (equation, *near)]
            # What the statement reads itself, and not the variable that it sets.
            statements[:0] = filter(None, [getattr(statements[0], "value", None)])
            nodes = [node for each in statements for node in ast.walk(each) if _tail(node) == last_part(base)]
            # Two dictionaries may have the same keys.
            others = {base_name(each.name) for each in self._equations} - {base}
            # What an object holds is not a variable that happens to have the same name.
            nodes.sort(
                key=lambda node: (
                    not _is_at(node, base),
                    any(_is_at(node, each) for each in others),
                    "." in base and isinstance(node, ast.Name),
                )
            )
            scopes = self._scopes_of(equation.file)
            for node in nodes:
                if not isinstance(node, ast.expr):
                    continue
                # `self.z` is `hid.z` outside the class.
                is_inside = isinstance(node, ast.Attribute) and not scopes.sees(_root(node), equation.line)
                if is_inside and scopes.sees(base.split(".")[0], equation.line):
                    break
                return node
        entry = self._entry(base, equation)
        if entry is not None:
            return entry
        try:
            return ast.parse(base, mode="eval").body
        except SyntaxError:
            return ast.Name(base, ast.Load())

    def _entry(self, name: str, equation: ScriptEquation) -> ast.expr | None:
        """A list's entry in the terms of the loop that runs an equation; None if there is no loop."""
        loops = self._scopes_of(equation.file).loops_around(equation.line)
        for each in self._in_same_run(equation):
            statement = self._statements.get(each.written)
            texts = [base_name(each.name), re.sub(r":\d+", "", each.source)]
            found = None if statement is None else by_variable(name, statement, texts, self._lengths)
            if found is not None:
                return found
        return taken_as(name, loops)

    def _in_same_run(self, equation: ScriptEquation) -> Iterator[ScriptEquation]:
        """An equation, and those before and after it in the same run of the innermost loop around it."""
        yield equation
        loops = self._scopes_of(equation.file).loops_around(equation.line)
        bodies = [each.body for each in loops if isinstance(each, ast.For)]
        if not bodies:
            return
        first, end = bodies[-1][0].lineno, bodies[-1][-1].end_lineno or 0
        at = self._order.get(equation.name, 0)
        for others, way in ((self._equations[:at][::-1], -1), (self._equations[at + 1 :], 1)):
            before = equation.line
            for other in others:
                if (other.call, other.file) != (equation.call, equation.file):
                    continue
                if not first <= other.line <= end or (other.line - before) * way <= 0:
                    break
                before = other.line
                yield other

    @cached_property
    def _lengths(self) -> dict[str, int]:
        return list_lengths(each for one in self._equations for each in (one.name, one.source))

    def _in_same_class(self, name: str, equation: ScriptEquation) -> ast.expr | None:
        """The attribute in which another method of the equation's class keeps a tensor: `self.out`."""
        source = self._by_name.get(name)
        if source is None or not source.call or not equation.call:
            return None
        classes = {each.call[-1].name.rpartition(".")[0] for each in (source, equation)}
        statement = self._statements[source.written]
        targets = statement.targets if isinstance(statement, ast.Assign) else []
        match targets:
            case [ast.Attribute(value=ast.Name(), attr=attribute) as target] if attribute == last_part(name):
                return target if len(classes) == 1 and "" not in classes else None
        return None


def renamed_in(sentence: str, names: Mapping[str, str]) -> str:
    """A sentence with other names of tensors."""
    if not names:
        return sentence
    texts = "|".join(map(re.escape, sorted(names, key=len, reverse=True)))
    pattern = re.compile(rf"(?<![\w.:])(?:{texts})(?![\w:(\[.])")
    return pattern.sub(lambda found: names[found[0]], sentence)


_COLON = "__at__"
"""Stands for the colon in the name of a tensor where that is parsed."""

_PLACE_NAME = re.compile(r"\b[A-Za-z_]\w*(?::\d+)+")
"""A tensor's name with the line and the number of the time that distinguish its values."""


def _statement(written: str) -> ast.stmt | None:
    try:
        return ast.parse(written.strip()).body[0]
    except (SyntaxError, IndexError, ValueError):
        return None


def _returned(statement: ast.stmt | None) -> ast.expr | None:
    """The expression that a function's statement gives; None if the statement has several, or none."""
    match statement:
        case ast.Return(value=ast.expr() as value) | ast.Assign(value=value):
            return None if isinstance(value, ast.Tuple | ast.Lambda) else value
    return None


def _tensors(tree: ast.expr) -> Iterator[str]:
    """The tensors that an equation reads: names, and attributes of them except a transpose."""
    if isinstance(tree, ast.Name) or (isinstance(tree, ast.Attribute) and tree.attr != "T"):
        yield ast.unparse(tree)
        return
    for child in ast.iter_child_nodes(tree):
        is_function = isinstance(tree, ast.Call) and child is tree.func and isinstance(child, ast.Name)
        if isinstance(child, ast.expr) and not is_function:
            yield from _tensors(child)
        elif isinstance(child, ast.keyword):
            yield from _tensors(child.value)


def _own_names(statement: ast.stmt | None) -> dict[str, ast.expr]:
    """The tensors that a statement reads, by the identifier or key at the end of each."""
    value = getattr(statement, "value", None)
    called = {id(node.func) for node in ast.walk(value) if isinstance(node, ast.Call)} if value else set()
    inner = {id(node.value) for node in ast.walk(value) if _is_entry(node)} if value else set()
    nodes = ast.walk(value) if value is not None else ()
    found = (node for node in nodes if id(node) not in called and id(node) not in inner)
    return {_tail(node): node for node in found if _tail(node) and isinstance(node, ast.expr)}


def _stores_part(statement: ast.Assign | ast.AugAssign) -> bool:
    """True for a statement that sets a part of an array, rather than an entry of a dictionary or list."""
    target = statement.targets[0] if isinstance(statement, ast.Assign) else statement.target
    if not isinstance(target, ast.Subscript):
        return False
    return not (isinstance(target.slice, ast.Constant) and isinstance(target.slice.value, str))


_OPPOSITE: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.GtE,
    ast.LtE: ast.Gt,
    ast.Gt: ast.LtE,
    ast.GtE: ast.Lt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
}


def _masked_store(tree: ast.expr, name: str) -> tuple[ast.expr, ast.expr] | None:
    """The condition and the value of a store into the array `name` that an expression over it stands for.

    `z < 0` and 0 for `where(z < 0, 0, dz)`, and `z <= 0` and 0 for `where(z > 0, dz, 0)` and `dz * (z > 0)`.
    """

    def is_own(each: ast.expr) -> bool:
        return isinstance(each, ast.Name) and base_name(each.id) == name

    match tree:
        case ast.Call(func=ast.Name(id="where"), args=[condition, value, array]) if is_own(array):
            return condition, value
        case ast.Call(
            func=ast.Name(id="where"), args=[ast.Compare(ops=[sign]) as condition, array, value]
        ) if is_own(array) and type(sign) in _OPPOSITE:
            return _opposite(condition), value
        case ast.BinOp(left=inner, op=ast.Mult(), right=ast.Compare(ops=[sign]) as condition):
            is_kept = is_own(inner) or _masked_store(inner, name) is not None
            return (_opposite(condition), ast.Constant(0)) if is_kept and type(sign) in _OPPOSITE else None
    return None


def _is_of_columns(original: ast.expr, changed: ast.expr) -> bool:
    """Whether an expression stores into whole columns, and the changed one into one cell of each row."""
    conditions = [each.args[0] for each in (original, changed) if isinstance(each, ast.Call) and each.args]
    counts = [each.left for each in conditions if isinstance(each, ast.Compare)]
    return list(map(function_name, counts)) == ["sum", "one_hot"]


def _opposite(condition: ast.Compare) -> ast.Compare:
    return ast.Compare(condition.left, [_OPPOSITE[type(condition.ops[0])]()], condition.comparators)


def _without_mask(step: ast.expr) -> ast.expr:
    """A step without the mask of the cell that a statement adds to: of `(arange(4) == 2) * x` the x."""
    match step:
        case ast.BinOp(
            left=ast.Compare(left=ast.Call(func=ast.Name(id="arange"))), op=ast.Mult(), right=inner
        ):
            return inner
    return step


def _step(
    equation: ScriptEquation, changed: ast.expr, operator: ast.operator
) -> tuple[ast.operator, ast.expr] | None:
    """The operand of `+=` or `-=` in a changed update; None if it has another form."""
    match changed:
        case ast.BinOp(left=ast.Name(id=name), op=ast.Add() | ast.Sub()):
            if base_name(name) == base_name(equation.name) and type(operator) in _SIGNS:
                return changed.op, changed.right
    return None


def _without_brackets(statement: ast.Assign | ast.Return | ast.Expr) -> str:
    """A statement with several values as one writes it: `a, b = c, d`."""
    if not isinstance(statement.value, ast.Tuple) or len(statement.value.elts) < 2:
        return _unparsed(statement)
    targets = statement.targets if isinstance(statement, ast.Assign) else []
    sides = [each.elts if isinstance(each, ast.Tuple) else [each] for each in (*targets, statement.value)]
    texts = [", ".join(map(_unparsed, side)) for side in sides]
    return " = ".join(texts) if targets else f"return {texts[0]}"


def _value_of(
    statement: ast.Assign | ast.Return | ast.Expr, equation: ScriptEquation, original: ast.expr, text: str
) -> ast.expr | None:
    """The author's expression for an equation, maybe one of several in a statement; None if it is unknown.

    `original` is the equation's own expression, and `text` the same in the author's names.
    """
    own = base_name(equation.name)
    value, targets = statement.value, getattr(statement, "targets", [])
    match value:
        case ast.Dict(keys=keys, values=values):
            names = [str(key.value) if isinstance(key, ast.Constant) else "" for key in keys]
        case ast.Tuple(elts=values) | ast.List(elts=values):
            several = targets[0].elts if targets and isinstance(targets[0], ast.Tuple) else values
            names = [_tail(each) for each in several]
            chosen = _entry_at(value, own) if several is values else None
            if chosen is not None:
                return chosen
        case ast.ListComp(elt=each) | ast.DictComp(value=each):
            return None if isinstance(each, ast.Tuple | ast.List | ast.Dict) else each
        case ast.GeneratorExp():
            return None
        case ast.Call(keywords=keywords) if any(each.arg == last_part(own) for each in keywords):
            # A field of the object that the call makes.
            return next(each.value for each in keywords if each.arg == last_part(own))
        case ast.Call(func=ast.Attribute(attr="append" | "insert" | "appendleft"), args=[*_, each]) if (
            isinstance(statement, ast.Expr)
        ):
            return each
        case _:
            # A bare statement is a call, and the equation an argument of it.
            is_bare = isinstance(statement, ast.Expr)
            return None if is_bare and value is not None and _unparsed(value) != text else value
    if len(values) == 1:
        return values[0]
    found = [
        each for name, each in zip(names, values) if name == last_part(own) and len(names) == len(values)
    ]
    found = (
        found or [each for each in values if _unparsed(each) == text] or _with_fewest_names(values, original)
    )
    return found[0] if len(found) == 1 else None


def _entry_at(display: ast.expr, name: str) -> ast.expr | None:
    """The entry of a list, maybe of lists, whose place is at the end of a tensor's name, as in `pairs[1][0]`;
    None if the display has no single value there."""
    places = re.findall(r"\[(\d+)\]", (re.search(r"(?:\[\d+\])+$", name) or [""])[0])
    for place in map(int, places):
        if not isinstance(display, ast.Tuple | ast.List) or place >= len(display.elts):
            return None
        display = display.elts[place]
    return None if isinstance(display, ast.Tuple | ast.List | ast.Dict) else display


def _with_fewest_names(values: Sequence[ast.expr], tree: ast.expr) -> list[ast.expr]:
    """The expressions that compute a tree but for the fewest other names: arguments have their function's."""
    apart: dict[int, list[ast.expr]] = {}
    for each in values:
        count = _other_names(tree, each)
        if count is not None:
            apart.setdefault(count, []).append(each)
    return apart[min(apart)] if apart else []


def _other_names(tree: ast.expr, written: ast.expr) -> int | None:
    """In how many names an equation's expression is not the author's; None if it has another form."""
    pairs = _pairs(tree, written)
    if pairs:
        counts = [_other_names(part, own) for part, own in pairs]
        return None if None in counts else sum(filter(None, counts))
    if isinstance(tree, ast.Constant) or isinstance(written, ast.Constant):
        return None if ast.dump(tree) != ast.dump(written) else 0
    name = last_part(ast.unparse(tree))
    return int(name != _tail(written)) if name.isidentifier() and _tail(written) else None


def _renamed(tree: ast.expr, changed: ast.expr) -> tuple[str, ast.expr] | None:
    """The tensor whose every place in an expression has another expression in the changed one, and that; None
    if they differ in more."""
    found: dict[str, ast.expr] = {}

    def is_same(one: ast.AST, two: ast.AST) -> bool:
        if (
            isinstance(one, ast.Call)
            and isinstance(two, ast.Call)
            and ast.dump(one.func) != ast.dump(two.func)
        ):
            return False
        if isinstance(one, ast.Name) and isinstance(two, ast.expr) and ast.dump(one) != ast.dump(two):
            return ast.dump(found.setdefault(one.id, two)) == ast.dump(two)
        if type(one) is not type(two):
            return False
        inner, others = list(ast.iter_child_nodes(one)), list(ast.iter_child_nodes(two))
        own = [each for each in ast.iter_fields(one) if not isinstance(each[1], ast.AST | list)]
        its = [each for each in ast.iter_fields(two) if not isinstance(each[1], ast.AST | list)]
        return own == its and len(inner) == len(others) and all(map(is_same, inner, others))

    if not is_same(tree, changed) or len(found) != 1:
        return None
    ((name, wanted),) = found.items()
    read, inside = (
        [each.id for each in ast.walk(one) if isinstance(each, ast.Name)] for one in (changed, wanted)
    )
    return None if name in read and name not in inside else (name, wanted)


def _aligned(tree: ast.expr, written: ast.expr) -> dict[int, ast.expr]:
    """The author's expressions by the `id` of the parts of the equation's expression that they compute.

    Where the two have another form, as for a function that is put in place of its call, the whole is one
    part.
    """
    found = {id(tree): written}
    for part, own in _pairs(tree, written):
        found |= _aligned(part, own)
    return found


def _pairs(tree: ast.expr, written: ast.expr) -> list[tuple[ast.expr, ast.expr]]:
    match tree, written:
        case ast.BinOp(left=left, op=op, right=right), ast.BinOp(left=first, op=other, right=second):
            return [(left, first), (right, second)] if type(op) is type(other) else []
        case ast.BinOp(left=left, op=op, right=right), ast.Call():
            operands = _operands(written)
            is_same = _CALLED.get(_tail(written.func)) is type(op) and len(operands) == 2
            return [(left, operands[0]), (right, operands[1])] if is_same else []
        case ast.UnaryOp(op=op, operand=inner), ast.UnaryOp(op=other, operand=outer):
            return [(inner, outer)] if type(op) is type(other) else []
        case ast.Attribute(value=inner, attr=name), ast.Attribute(value=outer, attr=same):
            return [(inner, outer)] if name == same == "T" else []
        case ast.Subscript(value=inner, slice=index), ast.Subscript(value=outer, slice=other_index):
            # A variable of the author is a number in the equation.
            is_same = isinstance(other_index, ast.Name) or ast.dump(index) == ast.dump(other_index)
            return [(inner, outer)] if is_same else []
        case ast.Call(func=ast.Name(id=name), args=args), ast.Call():
            operands = _operands(written)
            is_same = name == _tail(written.func) and len(operands) == len(args)
            return list(zip(args, operands)) if is_same else []
        case ast.Compare(left=left, comparators=[right]), ast.Compare(left=first, comparators=[second]):
            return [(left, first), (right, second)]
    return []


_CALLED: dict[str, type[ast.operator]] = {
    "dot": ast.MatMult,
    "matmul": ast.MatMult,
    "multiply": ast.Mult,
    "add": ast.Add,
    "subtract": ast.Sub,
    "divide": ast.Div,
    "power": ast.Pow,
}


def _operands(call: ast.Call) -> list[ast.expr]:
    """The arguments of a call, after the array whose method it is: `a` and `b` of `np.dot(a, b)` and
    `a.dot(b)`."""
    func = call.func
    is_method = isinstance(func, ast.Attribute) and not (
        isinstance(func.value, ast.Name) and func.value.id in ("np", "numpy", "math")
    )
    return [func.value, *call.args] if is_method and isinstance(func, ast.Attribute) else list(call.args)


def _tail(node: ast.AST) -> str:
    """The identifier or key at the end of an expression."""
    match node:
        case ast.Attribute(attr="T"):
            return ""
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case ast.Subscript(slice=ast.Constant(value=str() as name)):
            return name
    return ""


def _root(node: ast.expr) -> str:
    """The variable at the start of an expression such as `net.layers[0].W`; empty if it begins with none."""
    while isinstance(node, ast.Attribute | ast.Subscript):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


def _is_entry(node: ast.AST) -> TypeGuard[ast.Attribute | ast.Subscript]:
    """True for an attribute or an entry of a dictionary, which is told by its last name."""
    return isinstance(node, ast.Attribute | ast.Subscript) and bool(_tail(node))


def _is_at(node: ast.AST, name: str) -> bool:
    """Whether an expression has a tensor's name, perhaps after the path of an object that contains it."""
    match node:
        case ast.Name(id=own):
            return own == name
        case ast.Attribute(value=value, attr=own) | ast.Subscript(value=value, slice=ast.Constant(value=own)):
            rest, _, last = name.rpartition(".")
            return own == last and (not rest or _is_at(value, rest))
    return False


def _function(node: ast.Name, equation: ScriptEquation) -> ast.expr | None:
    """A function by its NumPy name; one that the script defines, by its own."""
    if node.id in FUNCTIONS and (node.id == "tanh" or node.id not in _LANGUAGE_ONLY):
        return ast.Attribute(ast.Name("np", ast.Load()), node.id, ast.Load())
    own = [each.function for each in equation.called if each.function[:3] == node.id[:3]]
    return ast.Name(own[0], ast.Load()) if own else None


def _unparsed(tree: ast.AST) -> str:
    return ast.unparse(ast.fix_missing_locations(tree)).replace(" ** ", "**")
