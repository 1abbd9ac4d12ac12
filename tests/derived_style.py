"""What a textbook would not write, searched for in the text of derived equations."""

import ast
import re
from collections import Counter

import numpy as np
from forward_programs import run
from numpy_by_hand import BY_HAND, NUMPY

from bpstep.lang.functions import namespace
from bpstep.program.derivation.long_equations import fits_line
from bpstep.program.derived_forms import DerivedForm


def unreadable(forward, start, lines):
    """What the lines have that the forward pass itself has not: a sentence for each."""
    given = {ast.unparse(node) for _, source in forward for node in ast.walk(ast.parse(source, mode="eval"))}
    tensors = run([(line.name, line.source) for line in lines], run(forward, start))
    found = []
    for line in lines:
        tree = ast.parse(line.source, mode="eval").body
        nodes = [node for node in ast.walk(tree) if ast.unparse(node) not in given]
        found += [f"{line.name} = {line.source}: {what}" for what in _of_nodes(nodes, line, tensors)]
        found += [f"{line.name} = {line.source}: {what}" for what in _of_line(tree, nodes)]
    return [*found, *_needless_parts(lines)]


def _of_nodes(nodes, line, tensors):
    for node in nodes:
        match node:
            case ast.BinOp(op=ast.Mult() | ast.Div(), right=ast.Constant(value=1)):
                yield "times or over 1"
            case ast.BinOp(op=ast.Mult(), left=ast.Constant(value=1)):
                yield "1 times"
            case ast.BinOp(op=ast.Add() | ast.Sub(), right=ast.Constant(value=0)):
                yield "plus 0"
            case ast.BinOp(op=ast.Add() | ast.Sub(), right=ast.UnaryOp()):
                yield "two signs"
            case ast.Call(func=ast.Name(id="ones_like"), args=[of]) if ast.unparse(of) != line.by:
                if np.ndim(_value(of, tensors)) < 3:
                    yield "a matrix of ones"
            case ast.Subscript(value=ast.Subscript(slice=inner)) if not _names(inner):
                yield "an index of an index"
            case ast.Call(func=ast.Name(id="zeros_like")) if line.source != f"zeros_like({line.by})":
                yield "a matrix of zeros"
            case ast.Call(func=ast.Name(id="sum"), args=[of]) if _sums_single_cells(node, of, tensors):
                yield "a sum of one cell"
        if _reorders(node) and _reorders(_operand(node)):
            yield "axes put in order twice"


def _names(node):
    return [one for one in ast.walk(node) if isinstance(one, ast.Name)]


def _reorders(node):
    return (isinstance(node, ast.Attribute) and node.attr == "T") or (
        isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("swapaxes", "transpose")
    )


def _operand(node):
    return node.value if isinstance(node, ast.Attribute) else node.args[0]


def _value(node, tensors):
    with np.errstate(all="ignore"):
        return eval(ast.unparse(node), {**NUMPY, **BY_HAND, **namespace()}, dict(tensors))


def _sums_single_cells(node, of, tensors):
    """Not of the first axis, that of samples, nor of a row of softmax: those are often longer."""
    axes = [ast.literal_eval(item.value) for item in node.keywords if item.arg == "axis"]
    shape = np.shape(_value(of, tensors))
    over = np.atleast_1d(axes[0]) if axes else range(len(shape))
    return 0 not in over and -1 not in over and all(shape[axis] == 1 for axis in over)


def _of_line(tree, nodes):
    counts = Counter(
        ast.unparse(node)
        for node in ast.walk(tree)
        if isinstance(node, ast.BinOp | ast.Call)
        and any(isinstance(one, ast.BinOp) for one in ast.walk(node))
    )
    for text, count in counts.items():
        costly = any(isinstance(one, ast.Call | ast.MatMult) for one in ast.walk(ast.parse(text)))
        if count > (1 if costly else 2) and len(text) > 18:
            yield f"{text} {count} times"
    for node in nodes:
        terms = _terms(node)
        if len(terms) > 1:
            for common in set.intersection(*map(_factors, terms)):
                yield f"{common} in each term"


def _terms(node):
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Sub):
        return [*_terms(node.left), *_terms(node.right)]
    return [node]


def _factors(node):
    """The factors of a term, those below its line marked; of a matrix product its outer sides."""
    match node:
        case ast.UnaryOp():
            return _factors(node.operand)
        case ast.BinOp(op=ast.Mult()):
            return _factors(node.left) | _factors(node.right)
        case ast.BinOp(op=ast.Div()):
            return _factors(node.left) | {f"/ {factor}" for factor in _factors(node.right)}
        case ast.BinOp(op=ast.MatMult()):
            return {f"{ast.unparse(node.left)} @", f"@ {ast.unparse(node.right)}"}
        case ast.Constant():
            return set()
    return {ast.unparse(node)}


def _needless_parts(lines):
    """Parts that are read once, by a line that would have room for them."""
    for line in lines:
        users = [other for other in lines if re.search(rf"\b{line.name}\b", other.source)]
        if line.form == DerivedForm.PART and len(users) == 1 and users[0].source.count(line.name) == 1:
            whole = users[0].source.replace(line.name, f"({line.source})")
            if fits_line(users[0].name, whole + "-" * whole.count("_part")):
                yield f"{line.name} = {line.source}: a part of {users[0].name} = {users[0].source}"
