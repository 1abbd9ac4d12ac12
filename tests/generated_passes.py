"""Whole scripts as the passes of a loop, so that all of what they do is run by generated code."""

import ast
import copy

from bpstep.script.generated.generated_code import GeneratedCode
from bpstep.script.interpreter.interpreter import Interpreter
from bpstep.script.limits import Limits
from bpstep.script.loop.stepping import Stepper, Way
from bpstep.script.source import parse_source


def repeated(text, passes):
    """The script with its imports first and everything else in a loop of this many passes."""
    tree = ast.parse(text)
    imports = [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
    rest = [node for node in tree.body if node not in imports] or [ast.Pass()]
    items = ast.Call(ast.Name("range", ast.Load()), [ast.Constant(passes)], [])
    loop = ast.For(ast.Name("each_time", ast.Store()), items, rest, [])
    return ast.unparse(ast.fix_missing_locations(ast.Module([*imports, loop], [])))


def generated(path, text, passes, limits):
    """The interpreter after such a script, whose last pass is run by generated code; and that code."""
    interpreter = Interpreter(copy.deepcopy(parse_source(path, repeated(text, passes))), limits)
    stepper = Stepper(interpreter, Way(interpreter.source.tree.body[-1], ()))
    stepper.advance_by(passes)
    stepper.generate(GeneratedCode(interpreter))
    body = stepper.loop.body.generated
    while stepper.advance():
        pass
    return interpreter, body


__all__ = ["Limits", "generated", "repeated"]
