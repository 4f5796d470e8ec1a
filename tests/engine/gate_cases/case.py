"""A case of the gate: a diagram that breaks a rule, and what makes it right again."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from tests.engine.conftest import form
from tests.engine.diagrams import document, files


@dataclass(frozen=True)
class Case:
    """`wrong` breaks `rule` at `element`; the same diagram with `right` in its place does not."""

    rule: str
    element: str
    diagram: str  # body of the process; {x} is the place in question
    wrong: str
    right: str
    outside: str = ""  # beside the process; may hold {x} too
    others: tuple[tuple[str, str], ...] = field(default=())  # further processes: key, body

    def files(self, *, right: bool) -> dict[str, bytes]:
        """A deployable folder."""
        part = self.right if right else self.wrong
        made = [("p", document("p", xml(self.diagram, part), outside=xml(self.outside, part)))]
        made += [(key, document(key, xml(body, part))) for key, body in self.others]
        return files(*made, forms={f"p/{task}": form() for task in "abcx"})


def xml(text: str, part: str = "") -> str:
    """BPMN written without its prefix: <userTask …>; `a → b` is a sequence flow, `A(a)` a user task."""
    text = text.replace("{x}", part and f" {part} " if "→" in part else part)
    text = re.sub(r"A\((\w+)\)", r'<userTask id="\1" name="\1" camunda:candidateGroups="g"/>', text)
    text = re.sub(r"(\w+) → (\w+)(?: if (\w+))?", _flow, text)
    return re.sub(r"<(/?)(?!/|camunda:|bpmn:|bpmndi:|zeebe:|[?!])", r"<\1bpmn:", text)


def _flow(found: re.Match[str]) -> str:
    source, target, condition = found.groups()
    inner = (
        f'<conditionExpression xsi:type="bpmn:tFormalExpression">${{{condition}}}</conditionExpression>'
        if condition
        else ""
    )
    return f'<sequenceFlow id="{source}_{target}" sourceRef="{source}" targetRef="{target}">{inner}</sequenceFlow>'
