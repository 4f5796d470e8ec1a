"""Events for small diagrams: definitions by name, and the events that carry them."""

from __future__ import annotations

from xml.sax.saxutils import escape

from tests.engine.diagrams import document, extensions, files


def message(name: str) -> str:
    """Refers to the message of that name."""
    return f'<bpmn:messageEventDefinition messageRef="message_{name}"/>'


def signal(name: str) -> str:
    """Refers to the signal of that name."""
    return f'<bpmn:signalEventDefinition signalRef="signal_{name}"/>'


def error(code: str | None = None, variables: str = "") -> str:
    """Refers to the error of that code; none catches all."""
    reference = f'errorRef="error_{code}"' if code else ""
    return f"<bpmn:errorEventDefinition {reference} {variables}/>"


def escalation(code: str | None = None, variables: str = "") -> str:
    """Refers to the escalation of that code; none catches all."""
    reference = f'escalationRef="escalation_{code}"' if code else ""
    return f"<bpmn:escalationEventDefinition {reference} {variables}/>"


def timer(kind: str, value: str) -> str:
    """timeDate, timeDuration or timeCycle."""
    text = escape(value)
    return (
        f'<bpmn:timerEventDefinition><bpmn:{kind} xsi:type="bpmn:tFormalExpression">{text}</bpmn:{kind}>'
        "</bpmn:timerEventDefinition>"
    )


def condition(expression: str) -> str:
    """A condition over the variables."""
    return (
        '<bpmn:conditionalEventDefinition><bpmn:condition xsi:type="bpmn:tFormalExpression">'
        f"{escape(expression)}</bpmn:condition></bpmn:conditionalEventDefinition>"
    )


def link(name: str) -> str:
    """One half of a link."""
    return f'<bpmn:linkEventDefinition name="{name}"/>'


def catch(name: str, definition: str) -> str:
    """Intermediate catch event."""
    return f'<bpmn:intermediateCatchEvent id="{name}" name="{name}">{definition}</bpmn:intermediateCatchEvent>'


def throw(name: str, definition: str = "", carries: dict[str, str] | None = None) -> str:
    """Intermediate throw event, with the payload it carries."""
    inner = (extensions(inputs=carries) if carries else "") + definition
    return f'<bpmn:intermediateThrowEvent id="{name}" name="{name}">{inner}</bpmn:intermediateThrowEvent>'


def boundary(name: str, host: str, definition: str, *, interrupting: bool = True) -> str:
    """An event on an activity's border."""
    return (
        f'<bpmn:boundaryEvent id="{name}" name="{name}" attachedToRef="{host}" '
        f'cancelActivity="{str(interrupting).lower()}">{definition}</bpmn:boundaryEvent>'
    )


def event_start(name: str, definition: str, *, interrupting: bool = True) -> str:
    """The start event of an event sub-process."""
    return (
        f'<bpmn:startEvent id="{name}" name="{name}" isInterrupting="{str(interrupting).lower()}">'
        f"{definition}</bpmn:startEvent>"
    )


def event_subprocess(name: str, *parts: str) -> str:
    """A sub-process that an event starts."""
    return f'<bpmn:subProcess id="{name}" name="{name}" triggeredByEvent="true">{"".join(parts)}</bpmn:subProcess>'


def task(name: str, inner: str = "") -> str:
    """A user task without a form."""
    return f'<bpmn:userTask id="{name}" name="{name}" camunda:candidateGroups="staff">{inner}</bpmn:userTask>'


def race(name: str) -> str:
    """An event-based gateway."""
    return f'<bpmn:eventBasedGateway id="{name}" name="{name}"/>'


OUTSIDE = "".join(
    [f'<bpmn:message id="message_{n}" name="{n}"/>' for n in ("stop", "hint", "order", "answer")]
    + [f'<bpmn:signal id="signal_{n}" name="{n}"/>' for n in ("alarm", "calm")]
    + [f'<bpmn:error id="error_{n}" name="{n}" errorCode="{n}" camunda:errorMessage="{n}了"/>' for n in ("E1", "E2")]
    + [f'<bpmn:escalation id="escalation_{n}" name="{n}" escalationCode="{n}"/>' for n in ("U1", "U2")]
)


def one(*parts: str, key: str = "p") -> dict[str, bytes]:
    """A deployment of one process, with the messages, signals, errors and escalations the definitions refer to."""
    return files((key, document(key, *parts, outside=OUTSIDE)))
