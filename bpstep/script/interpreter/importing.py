"""Modules: those of the script's own folder, also interpreted, and the allow lists for all others."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

from bpstep.errors import FileError
from bpstep.script import messages
from bpstep.script.interpreter.code import Namespace
from bpstep.script.interpreter.modules.allowed_modules import MODULES, PACKAGES, PASSED_OVER, REFUSED
from bpstep.script.interpreter.protocols import ModuleHost
from bpstep.script.interpreter.values import Forbidden, Module
from bpstep.script.refusal import ScriptError, ScriptRefused
from bpstep.script.source import Source, parse_source, read_source
from bpstep.text import fill, one_line


class Modules:
    """What `import` finds. A module is created once per run."""

    def __init__(self, interpreter: ModuleHost) -> None:
        self.interpreter = interpreter
        self.loaded: dict[str, Module] = {}
        self.source_of: dict[int, Source] = {}
        self.folders: list[Path] = []
        folder = interpreter.files.folder
        self.texts = {folder / path: text for path, text in interpreter.source.imported}
        """Modules for files of the script's folder."""
        self.outside: list[str] = []
        """Folders that the script adds to `sys.path` but may not read."""

    def load(self, name: str, is_tried: bool = False) -> Any:
        """The module of a dotted name.

        One that is not available is refused as soon as it is used: many scripts import more than they need.
        If the import `is_tried`, so that the script goes on without the module, ModuleNotFoundError tells
        that it is not installed.
        """
        if name in self.loaded:
            return self.loaded[name]
        own = self._own_file(name)
        if own is not None:
            return self._own(name, own)
        top = name.split(".")[0]
        if name in MODULES:
            found: Any = self._allowed(name, is_tried)
        elif top in PASSED_OVER:
            found = self.interpreter.passive(name)
        else:
            found = self._unavailable(name, top, is_tried)
        self.loaded[name] = found
        return found

    def _allowed(self, name: str, is_tried: bool) -> Any:
        try:
            return MODULES[name](self.interpreter)
        except ModuleNotFoundError as error:
            if is_tried:
                raise
            top = name.split(".")[0]
            package = PACKAGES.get(top, top)
            return Forbidden(fill(messages.NOT_INSTALLED, module=error.name, package=package))

    def _unavailable(self, name: str, top: str, is_tried: bool) -> Forbidden:
        is_there = top in MODULES or _is_installed(top)
        if is_tried and not is_there:
            raise ModuleNotFoundError(f"No module named '{name}'", name=name)
        is_closed = self.interpreter.files.is_closed
        holders = [each for each in self.outside if not is_closed and _is_module_in(Path(each), top)]
        if holders or (self.outside and not is_there and top not in REFUSED):
            # The author's own module, which Python would find.
            folder = one_line((holders or self.outside)[0])
            raise ScriptRefused(fill(messages.MODULE_OUTSIDE, module=name, folder=folder))
        if top in REFUSED:
            return Forbidden(fill(REFUSED[top], name=top))
        if is_there:
            return Forbidden(fill(messages.MODULE, module=name))
        template = messages.MODULE_NOT_READ if is_closed else messages.NO_MODULE
        return Forbidden(fill(template, module=name))

    def member(self, module_name: str, name: str, level: int, package: str, is_tried: bool = False) -> Any:
        """What `from module import name` gives; refused as soon as it is used if it is not available."""
        full = self._absolute(module_name, level, package)
        if not full:
            return self.load(name, is_tried)
        module = self.load(full, is_tried)
        if isinstance(module, Forbidden):
            return module
        if isinstance(module, Module) and name not in module.attributes:
            inner = self.submodule(module, name)
            if inner is not None:
                return inner
            if module.is_own:
                raise ImportError(f"cannot import name '{name}' from '{full}'")
            if name not in module.refusals and self.surely_lacks(full, name):
                raise ImportError(f"cannot import name '{name}' from '{full}'")
        try:
            return self.interpreter.attributes.get(module, name)
        except ScriptRefused as refused:
            return Forbidden(refused.message)

    def everything(self, module_name: str, level: int, package: str) -> Namespace:
        """What `from module import *` binds."""
        module = self.load(self._absolute(module_name, level, package))
        if isinstance(module, Forbidden):
            raise ScriptRefused(module.message)
        if not isinstance(module, Module):
            raise ScriptRefused(fill(messages.STAR_IMPORT, module=module_name))
        names = module.attributes.get("__all__")
        if isinstance(names, list | tuple) and module.is_own:
            return {name: module.attributes[name] for name in names}
        return {name: item for name, item in module.attributes.items() if not name.startswith("_")}

    def submodule(self, module: Module, name: str) -> Any:
        """A module inside a package, if there is one."""
        full = f"{module.name}.{name}"
        if full in MODULES or (module.is_own and self._own_file(full) is not None):
            return self.load(full)
        return None

    def surely_lacks(self, module_name: str, name: str) -> bool:
        """Whether the real module certainly has no such name, as far as that can be told without importing
        it.
        """
        import sys

        real = sys.modules.get(module_name)
        return real is not None and not hasattr(real, name)

    def _absolute(self, module_name: str, level: int, package: str) -> str:
        if not level:
            return module_name
        inside = package.split(".")[:-level] if package != "__main__" else []
        return ".".join([*inside, *filter(None, [module_name])])

    def _own_file(self, name: str) -> Path | None:
        files = self.interpreter.files
        parts = name.split(".")
        for base in (files.folder, *self.folders):
            for path in (base.joinpath(*parts).with_suffix(".py"), base.joinpath(*parts, "__init__.py")):
                if path in self.texts:
                    return path
                if not files.is_closed and path.is_file():
                    return path if files.may_read(path) else None
            if self._is_folder(base.joinpath(*parts)):
                return base.joinpath(*parts)
        return None

    def _is_folder(self, path: Path) -> bool:
        """Whether a folder contains modules."""
        if any(path == each.parent for each in self.texts):
            return True
        return not self.interpreter.files.is_closed and path.is_dir() and any(path.glob("*.py"))

    def _own(self, name: str, path: Path) -> Module:
        outer = name.rpartition(".")[0]
        if outer:
            self.load(outer)
        module = Module(name, {"__name__": name})
        module.is_own = True
        self.loaded[name] = module
        if path.suffix != ".py":
            return self._joined(outer, name, module)
        try:
            source = parse_source(path, self.texts[path]) if path in self.texts else read_source(path)
        except ScriptError:
            raise
        except FileError as error:
            raise ScriptRefused(fill(messages.BROKEN_MODULE, module=name, reason=error.message)) from None
        package = f"{name}.__init__" if path.name == "__init__.py" else name
        module.attributes = self.interpreter.module_namespace(package, source)
        # A loop that runs while its module is imported can't be paused: it is none to choose.
        watch, self.interpreter.watch = self.interpreter.watch, None
        try:
            self.interpreter.run_module(source, module.attributes)
        finally:
            self.interpreter.watch = watch
        return self._joined(outer, name, module)

    def _joined(self, outer: str, name: str, module: Module) -> Module:
        if outer:
            self.loaded[outer].attributes[name.rpartition(".")[2]] = module
        return module


def _is_module_in(folder: Path, name: str) -> bool:
    try:
        return (folder / f"{name}.py").is_file() or (folder / name).is_dir()
    except OSError:
        return False


def _is_installed(name: str) -> bool:
    try:
        return importlib.util.find_spec(name) is not None
    except (ImportError, ValueError, AttributeError):
        return False
