"""Which variable a name means: the function's own, one shared with a surrounding function, or the module's.

First, the loop variables of comprehensions are renamed (`x` becomes `x@3`), so that a comprehension needs no
frame: it runs in the surrounding frame, as in Python 3.12. Comprehensions of a class body do not see the
names of the class, and have a scope of their own, as generator expressions do.
"""

from __future__ import annotations

import ast
from typing import Literal

from bpstep.script import messages
from bpstep.script.refusal import ScriptRefused
from bpstep.text import fill

ScopeKind = Literal["module", "class", "function"]
Comprehension = ast.ListComp | ast.SetComp | ast.DictComp


class Scope:
    """The names of a module, class or function body.

    `shared` are its own that inner functions read or write, `free` those that it has from a surrounding
    function.
    """

    def __init__(self, kind: ScopeKind, parent: Scope | None, class_name: str | None) -> None:
        self.kind = kind
        self.parent = parent
        self.class_name = class_name
        self.bound: set[str] = set()
        self.used: set[str] = set()
        self.as_global: set[str] = set()
        self.as_nonlocal: set[str] = set()
        self.shared: set[str] = set()
        self.free: set[str] = set()
        self.children: list[Scope] = []
        self.is_generator = False
        """True for a generator expression."""
        if parent is not None:
            parent.children.append(self)

    def owns(self, name: str) -> bool:
        """Whether the name is a variable of this scope that inner functions can share."""
        if name in self.as_global or name in self.as_nonlocal:
            return False
        if self.kind == "function":
            return name in self.bound
        return ("@" in name and name in self.bound) or (self.kind == "class" and name == "__class__")

    def where(self, name: str) -> Literal["local", "shared", "global", "class"]:
        """How the name is read in this scope."""
        if self.kind == "class" and name in self.bound and "@" not in name and name != "__class__":
            return "class"
        if name in self.shared or name in self.free:
            return "shared"
        if name in self.as_global:
            return "global"
        if self.kind == "function" or "@" in name:
            return "local" if name in self.bound else "global"
        return "class" if self.kind == "class" else "global"


def mangled(name: str, class_name: str | None) -> str:
    """A private name `__x` in a class in Python's form: `_Class__x`."""
    if class_name is None or not name.startswith("__") or name.endswith("__"):
        return name
    owner = class_name.lstrip("_")
    return f"_{owner}{name}" if owner else name


class Renamer(ast.NodeTransformer):
    """Renames the loop variables of list, set and dictionary comprehensions."""

    def __init__(self) -> None:
        self.names: dict[str, str] = {}
        self.count = 0
        self.is_in_class = False
        """True in a class body, outside its functions: a comprehension there has a scope of its own."""

    def visit_Name(self, node: ast.Name) -> ast.Name:
        node.id = self.names.get(node.id, node.id)
        return node

    def _comprehension(self, node: Comprehension) -> ast.AST:
        if self.is_in_class:
            return self.visit_GeneratorExp(node)
        first = node.generators[0]
        first.iter = self.visit(first.iter)
        outer = self.names
        own = sorted({name.id for part in node.generators for name in _stored(part.target)})
        self.count += 1
        # A walrus inside binds a variable of the surrounding function, which may have the same name.
        self.names = {**outer, **{name: f"{name}@{self.count}" for name in own}}
        self._inside_loops(node)
        self.names = outer
        return node

    def _inside_loops(self, node: Comprehension | ast.GeneratorExp) -> None:
        """Everything but the iterable of the first loop, which belongs to the surrounding scope."""
        for position, part in enumerate(node.generators):
            part.target = self.visit(part.target)
            if position:
                part.iter = self.visit(part.iter)
            part.ifs = [self.visit(test) for test in part.ifs]
        for field, inner in elements_of(node).items():
            setattr(node, field, self.visit(inner))

    visit_ListComp = visit_SetComp = visit_DictComp = _comprehension

    def visit_GeneratorExp(self, node: ast.GeneratorExp | Comprehension) -> ast.AST:
        first = node.generators[0]
        first.iter = self.visit(first.iter)
        outer, was_in_class = self.names, self.is_in_class
        hidden = {name.id for part in node.generators for name in _stored(part.target)}
        self.names = {key: value for key, value in outer.items() if key not in hidden}
        self.is_in_class = False
        self._inside_loops(node)
        self.names, self.is_in_class = outer, was_in_class
        return node

    def visit_Lambda(self, node: ast.Lambda) -> ast.AST:
        arguments = node.args
        arguments.defaults = [self.visit(value) for value in arguments.defaults]
        arguments.kw_defaults = [value and self.visit(value) for value in arguments.kw_defaults]
        outer, was_in_class = self.names, self.is_in_class
        hidden = set(parameter_names(arguments))
        self.names = {key: value for key, value in outer.items() if key not in hidden}
        self.is_in_class = False
        node.body = self.visit(node.body)
        self.names, self.is_in_class = outer, was_in_class
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        was_in_class = self.is_in_class
        node.args = self.visit(node.args)
        node.decorator_list = [self.visit(each) for each in node.decorator_list]
        self.is_in_class = False
        node.body = [self.visit(each) for each in node.body]
        self.is_in_class = was_in_class
        return node

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        was_in_class = self.is_in_class
        node.bases = [self.visit(each) for each in node.bases]
        node.decorator_list = [self.visit(each) for each in node.decorator_list]
        self.is_in_class = True
        node.body = [self.visit(each) for each in node.body]
        self.is_in_class = was_in_class
        return node


def elements_of(node: Comprehension | ast.GeneratorExp) -> dict[str, ast.expr]:
    """What a comprehension makes of each item, by field name: one expression, or key and value."""
    if isinstance(node, ast.DictComp):
        return {"key": node.key, "value": node.value}
    return {"elt": node.elt}


def _stored(target: ast.expr) -> list[ast.Name]:
    return [
        node for node in ast.walk(target) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    ]


def parameter_names(arguments: ast.arguments) -> list[str]:
    """The names of a function's parameters, positional, star, keyword and double star."""
    given = [*arguments.posonlyargs, *arguments.args]
    if arguments.vararg:
        given.append(arguments.vararg)
    given += arguments.kwonlyargs
    if arguments.kwarg:
        given.append(arguments.kwarg)
    return [argument.arg for argument in given]


class Analyser(ast.NodeVisitor):
    """Finds each scope's names. `scopes` has the scope of each function, lambda, class and generator."""

    def __init__(self) -> None:
        self.scope = Scope("module", None, None)
        self.scopes: dict[ast.AST, Scope] = {}

    def analyse(self, tree: ast.Module) -> dict[ast.AST, Scope]:
        """The scopes of a module's tree, the module's own included."""
        self.scopes[tree] = self.scope
        for statement in tree.body:
            self.visit(statement)
        _resolve(self.scope)
        return self.scopes

    def _name(self, name: str) -> str:
        return mangled(name, self.scope.class_name)

    def _bind(self, name: str) -> None:
        self.scope.bound.add(self._name(name))

    def _inside(self, node: ast.AST, kind: ScopeKind, class_name: str | None) -> Scope:
        self.scope = Scope(kind, self.scope, class_name)
        self.scopes[node] = self.scope
        return self.scope

    def _leave(self) -> None:
        assert self.scope.parent is not None
        self.scope = self.scope.parent

    def visit_Name(self, node: ast.Name) -> None:
        if isinstance(node.ctx, ast.Load):
            self.scope.used.add(self._name(node.id))
            if node.id == "super":
                self.scope.used.add("__class__")
        else:
            self._bind(node.id)

    def visit_NamedExpr(self, node: ast.NamedExpr) -> None:
        self.visit(node.value)
        name, scope = self._name(node.target.id), self.scope
        # The variable is that of the function around a generator.
        while scope.is_generator and scope.parent is not None:
            scope.as_nonlocal.add(name)
            scope = scope.parent
        scope.bound.add(name)

    def visit_Global(self, node: ast.Global) -> None:
        self.scope.as_global.update(map(self._name, node.names))

    def visit_Nonlocal(self, node: ast.Nonlocal) -> None:
        self.scope.as_nonlocal.update(map(self._name, node.names))
        self.scope.used.update(map(self._name, node.names))

    def _import(self, node: ast.Import | ast.ImportFrom) -> None:
        for alias in node.names:
            if alias.name != "*":
                self._bind(alias.asname or alias.name.split(".")[0])

    visit_Import = visit_ImportFrom = _import

    def _named(self, node: ast.ExceptHandler | ast.MatchAs) -> None:
        if node.name:
            self._bind(node.name)
        self.generic_visit(node)

    visit_ExceptHandler = visit_MatchAs = _named

    def visit_MatchStar(self, node: ast.MatchStar) -> None:
        if node.name:
            self._bind(node.name)

    def visit_MatchMapping(self, node: ast.MatchMapping) -> None:
        if node.rest:
            self._bind(node.rest)
        self.generic_visit(node)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        self.visit(node.target)
        if node.value:
            self.visit(node.value)
        if self.scope.kind == "class":
            self.visit(node.annotation)

    def _function(self, node: ast.FunctionDef | ast.Lambda) -> None:
        for default in [*node.args.defaults, *node.args.kw_defaults]:
            if default is not None:
                self.visit(default)
        scope = self._inside(node, "function", self.scope.class_name)
        scope.bound.update(map(self._name, parameter_names(node.args)))
        for part in node.body if isinstance(node, ast.FunctionDef) else [node.body]:
            self.visit(part)
        self._leave()

    visit_Lambda = _function

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        self._bind(node.name)
        for decorator in node.decorator_list:
            self.visit(decorator)
        self._function(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> None:
        raise ScriptRefused(fill(messages.ASYNC_FUNCTIONS), node.lineno)

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self._bind(node.name)
        for part in [*node.decorator_list, *node.bases, *(keyword.value for keyword in node.keywords)]:
            self.visit(part)
        self._inside(node, "class", node.name)
        for statement in node.body:
            self.visit(statement)
        self._leave()

    def _comprehension(self, node: Comprehension) -> None:
        if self.scope.kind == "class":
            self.visit_GeneratorExp(node)
        else:
            self.generic_visit(node)

    visit_ListComp = visit_SetComp = visit_DictComp = _comprehension

    def visit_GeneratorExp(self, node: ast.GeneratorExp | Comprehension) -> None:
        self.visit(node.generators[0].iter)
        self._inside(node, "function", self.scope.class_name).is_generator = True
        for position, part in enumerate(node.generators):
            self.visit(part.target)
            if position:
                self.visit(part.iter)
            for test in part.ifs:
                self.visit(test)
        for element in elements_of(node).values():
            self.visit(element)
        self._leave()


def _resolve(scope: Scope) -> None:
    for child in scope.children:
        _resolve(child)
    wanted = set(scope.used)
    for child in scope.children:
        wanted |= child.free
    if scope.kind == "function":
        wanted |= scope.as_nonlocal
    inner = {name for child in scope.children for name in child.free}
    scope.shared = {name for name in inner if scope.owns(name)}
    scope.free = {name for name in wanted if not scope.owns(name) and _has_owner(scope, name)}


def _has_owner(scope: Scope, name: str) -> bool:
    if name in scope.as_global:
        return False
    above = scope.parent
    while above is not None:
        if name in above.as_global and above.kind == "function":
            return False
        if above.owns(name) and (above.kind != "class" or name == "__class__" or "@" in name):
            return True
        above = above.parent
    return False
