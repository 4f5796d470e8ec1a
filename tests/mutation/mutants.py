"""What can be taken away from a function: a statement, a condition or half of it, a bound, one of several names."""

from __future__ import annotations

import ast
import copy
import inspect
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any

Function = ast.FunctionDef | ast.AsyncFunctionDef
Change = Callable[[Any], None]
FUTURE = ast.parse("from __future__ import annotations").body
BOUNDS: dict[type[ast.cmpop], type[ast.cmpop]] = {ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt}
OMITTED = (ast.Expr, ast.Raise, ast.AugAssign, ast.Continue, ast.Break, ast.Delete)


@dataclass(frozen=True)
class Mutant:
    """One change; `apply` makes it in this process, for good."""

    module: str
    path: str
    lines: Sequence[int]  # a test must have executed one of them to notice
    what: str
    apply: Callable[[], None]

    @property
    def name(self) -> str:
        """For a person: where, and what is changed."""
        return f"{self.path}:{self.lines[0]} {self.what}"


def of(module: ModuleType) -> Iterator[Mutant]:
    """Every mutant of a module's functions, methods and constants."""
    path = Path(inspect.getfile(module))
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in tree.body:
        if isinstance(node, Function):
            yield from _of_function(module, path, node, None)
        elif isinstance(node, ast.ClassDef):
            for inner in node.body:
                if isinstance(inner, Function):
                    yield from _of_function(module, path, inner, node)
        elif isinstance(node, ast.Assign):
            yield from _of_constant(module, path, tree, node)


def _of_function(module: ModuleType, path: Path, node: Function, owner: ast.ClassDef | None) -> Iterator[Mutant]:
    function = _function(getattr(module, owner.name) if owner else module, node.name)
    if function is None:
        return
    for index, (place, what, _) in enumerate(_changes(node)):

        def apply(index: int = index, function: FunctionType = function) -> None:
            function.__code__ = _compiled(path, node, owner, index)

        if _compiled(path, node, owner, index).co_freevars == function.__code__.co_freevars:
            lines = range(place.lineno, (place.end_lineno or place.lineno) + 1)
            yield Mutant(module.__name__, _shown(path), lines, what, apply)


def _function(owner: Any, name: str) -> FunctionType | None:
    """The function behind a name, whatever it is wrapped in."""
    found = vars(owner).get(name)
    if isinstance(found, property):
        found = found.fget
    elif isinstance(found, cached_property):
        found = found.func
    elif isinstance(found, classmethod | staticmethod):
        found = found.__func__
    found = inspect.unwrap(found) if callable(found) else None
    return found if isinstance(found, FunctionType) and found.__name__ == name else None


def _compiled(path: Path, node: Function, owner: ast.ClassDef | None, index: int) -> CodeType:
    changed = copy.deepcopy(node)
    place, _, change = list(_changes(changed))[index]
    change(place)
    body: list[ast.stmt] = [changed]
    if owner is not None:
        body = [ast.ClassDef(owner.name, [], [], body, [], lineno=owner.lineno, col_offset=0)]
    code = compile(ast.fix_missing_locations(ast.Module([*FUTURE, *body], [])), str(path), "exec")
    names = [owner.name, node.name] if owner else [node.name]
    for name in names:
        code = next(c for c in code.co_consts if isinstance(c, CodeType) and c.co_name == name)
    return code


def _changes(function: Function) -> Iterator[tuple[Any, str, Change]]:
    """(node, what, how to change it in place)."""
    last = function.body[-1]
    for node in ast.walk(function):
        if isinstance(node, ast.stmt) and node is not function and _can_go(node, last):
            yield node, f"without: {_text(node)}", _go
        if isinstance(node, ast.If | ast.IfExp):
            yield node.test, f"always: if {_text(node.test)}", _always(node, "test", True)
            yield node.test, f"never: if {_text(node.test)}", _always(node, "test", False)
        elif isinstance(node, ast.comprehension):
            for each in node.ifs:
                yield each, f"always: if {_text(each)}", _among(node.ifs, each, ast.Constant(True))
        elif isinstance(node, ast.BoolOp) and not _is_fallback(node):
            for each in node.values:
                neutral = ast.Constant(isinstance(node.op, ast.And))
                yield each, f"without {_text(each)} in: {_text(node)}", _among(node.values, each, neutral)
        elif isinstance(node, ast.Return | ast.GeneratorExp):
            field = "value" if isinstance(node, ast.Return) else "elt"
            value = getattr(node, field)
            if isinstance(value, ast.Compare | ast.BoolOp | ast.UnaryOp):
                for truth in (True, False):
                    yield value, f"{truth} instead of {_text(value)}", _always(node, field, truth)
        elif isinstance(node, ast.Compare):
            yield from _compared(node)


def _compared(node: ast.Compare) -> Iterator[tuple[Any, str, Change]]:
    for index, (operator, right) in enumerate(zip(node.ops, node.comparators, strict=True)):
        if type(operator) in BOUNDS:
            other = BOUNDS[type(operator)]()
            yield node, f"{type(other).__name__} in: {_text(node)}", _among(node.ops, node.ops[index], other)
        if isinstance(operator, ast.In | ast.NotIn) and isinstance(right, ast.Tuple | ast.Set):
            for each in right.elts:
                yield node, f"without {_text(each)} in: {_text(node)}", _among(right.elts, each, None)


def _is_fallback(node: ast.BoolOp) -> bool:
    """`name or id`: a value, not a condition."""
    plain = ast.Constant | ast.Attribute | ast.Name | ast.Subscript | ast.Call
    return (
        isinstance(node.op, ast.Or)
        and isinstance(node.values[-1], ast.Constant | ast.Attribute | ast.Dict)
        and (isinstance(node.values[0], plain))
    )


def _can_go(node: ast.stmt, last: ast.stmt) -> bool:
    if isinstance(node, ast.Expr):
        return not isinstance(node.value, ast.Constant)
    if isinstance(node, ast.Return):
        return node is not last
    if isinstance(node, ast.Assign):
        return any(isinstance(target, ast.Attribute | ast.Subscript) for target in node.targets)
    return isinstance(node, OMITTED)


def _go(node: Any) -> None:
    """A statement turns into one that does nothing; a generator stays a generator."""
    kept = copy.copy(node)
    node.__class__ = ast.If
    node.__dict__.update(test=ast.Constant(False), body=[kept], orelse=[])


def _always(owner: Any, field: str, truth: bool) -> Change:
    return lambda _: setattr(owner, field, ast.Constant(truth))


def _among(nodes: list[Any], old: Any, new: Any) -> Change:
    def change(_: Any) -> None:
        index = next(i for i, each in enumerate(nodes) if each is old)
        nodes[index : index + 1] = [] if new is None else [new]

    return change


def _of_constant(module: ModuleType, path: Path, tree: ast.Module, node: ast.Assign) -> Iterator[Mutant]:
    """Without one of its names: a frozenset of strings that stands in this module."""
    target = node.targets[0]
    value = getattr(module, target.id) if isinstance(target, ast.Name) else None
    if not isinstance(target, ast.Name) or not isinstance(value, frozenset):
        return
    written = {each.value for each in ast.walk(node.value) if isinstance(each, ast.Constant)}
    lines = [used.lineno for used in ast.walk(tree) if isinstance(used, ast.Name) and used.id == target.id]
    for each in sorted(value & written):

        def apply(value: frozenset[str] = value, each: str = each) -> None:
            _replace(value, each)

        yield Mutant(module.__name__, _shown(path), lines, f"without {each!r} in: {target.id}", apply)


def _replace(value: frozenset[str], without: str) -> None:
    """In every module that has imported it."""
    less = value - {without}
    for module in list(sys.modules.values()):
        for name, held in list(vars(module).items()) if isinstance(module, ModuleType) else ():
            if held is value:
                setattr(module, name, less)


def _shown(path: Path) -> str:
    return str(path.relative_to(Path.cwd()))


def _text(node: ast.AST) -> str:
    text = " ".join(ast.unparse(node).split())
    return text if len(text) <= 100 else text[:99] + "…"
