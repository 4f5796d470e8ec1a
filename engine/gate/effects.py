"""What service tasks cause: the words of an effect are known, and so are the variables that revise(…) sets."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator, Mapping

from engine import expressions
from engine.diagram import Element
from engine.errors import InvalidInput
from engine.gate.catalogue import Fault
from engine.gate.view import View, fault

Choices = Mapping[str, Mapping[int, Collection[str]]]  # effect → position of an argument → words it may be
REVISE = "revise"


def check(view: View, choices: Choices) -> Iterator[Fault]:
    """One fault per word that nothing knows, or that cannot be told before the process runs."""
    for element in view.elements:
        if element.type != "serviceTask":
            continue
        for call in _calls(element):
            name = _name(call)
            if name == REVISE and _revised(call) is None:
                yield fault("revise-variables", element)
            for position, known in choices.get(name, {}).items():
                words = _words(call.args[position]) if position < len(call.args) else None
                if words is None:
                    yield fault("effect-word", element, f"{name}() 的第 {position + 1} 个参数须直接写明")
                for word in sorted(set(words or ()) - set(known)):
                    yield fault("effect-word", element, f"{name}() 不认识“{word}”")


def revised(element: Element) -> frozenset[str]:
    """The variables a service task changes by revise({…})."""
    found = (_revised(call) for call in _calls(element) if _name(call) == REVISE)
    return frozenset[str]().union(*(names for names in found if names is not None))


def _calls(element: Element) -> Iterator[ast.Call]:
    source = expressions.strip(element.camunda.get("expression", ""))
    try:
        expressions.names(source)
        tree = ast.parse(source, mode="eval")
    except (InvalidInput, SyntaxError, ValueError, RecursionError):
        return  # named by another rule
    yield from (node for node in ast.walk(tree) if isinstance(node, ast.Call))


def _name(call: ast.Call) -> str:
    return call.func.id if isinstance(call.func, ast.Name) else ""


def _revised(call: ast.Call) -> frozenset[str] | None:
    if len(call.args) != 1 or not isinstance(call.args[0], ast.Dict):
        return None
    keys = [key.value for key in call.args[0].keys if isinstance(key, ast.Constant) and isinstance(key.value, str)]
    return frozenset(keys) if len(keys) == len(call.args[0].keys) > 0 else None


def _words(node: ast.expr) -> list[str] | None:
    """A text written out, or a choice between such texts."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return [node.value]
    if isinstance(node, ast.IfExp):
        first, second = _words(node.body), _words(node.orelse)
        return None if first is None or second is None else first + second
    return None
