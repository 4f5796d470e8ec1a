"""Small diagrams for tests, written as a few lines each."""

from __future__ import annotations

import itertools
from xml.sax.saxutils import escape

HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>'
    '<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" '
    'xmlns:camunda="http://camunda.org/schema/1.0/bpmn" '
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" id="defs_{key}" targetNamespace="http://test">'
)


def document(key: str, *parts: str, outside: str = "") -> bytes:
    """One executable process."""
    body = "".join(parts)
    return (
        HEAD.format(key=key)
        + outside
        + f'<bpmn:process id="{key}" name="{key}" isExecutable="true">{body}</bpmn:process></bpmn:definitions>'
    ).encode()


def files(*documents: tuple[str, bytes], forms: dict[str, bytes] | None = None) -> dict[str, bytes]:
    """A deployable folder: (process key, BPMN) pairs and forms by "<process>/<task>"."""
    found = {f"processes/{key}/{key}.bpmn": content for key, content in documents}
    found.update({f"forms/{path}.json": content for path, content in (forms or {}).items()})
    return found


def subprocess(name: str, *parts: str) -> str:
    """An embedded sub-process."""
    return f'<bpmn:subProcess id="{name}" name="{name}">{"".join(parts)}</bpmn:subProcess>'


def service_task(name: str, expression: str, variable: str = "", inner: str = "") -> str:
    """A service task that evaluates an expression."""
    result = f' camunda:resultVariable="{variable}"' if variable else ""
    return (
        f'<bpmn:serviceTask id="{name}" name="{name}" camunda:expression="{escape(expression)}"{result}>'
        f"{inner}</bpmn:serviceTask>"
    )


def start(name: str = "start") -> str:
    """A none start event."""
    return f'<bpmn:startEvent id="{name}" name="开始"/>'


def end(name: str = "end", inner: str = "") -> str:
    """An end event."""
    return f'<bpmn:endEvent id="{name}" name="结束">{inner}</bpmn:endEvent>'


TERMINATE = "<bpmn:terminateEventDefinition/>"


def flow(source: str, target: str, condition: str | None = None, name: str | None = None) -> str:
    """A sequence flow named source_to_target."""
    flow_id = name or f"{source}_to_{target}"
    condition = escape(condition) if condition else None
    inner = (
        f'<bpmn:conditionExpression xsi:type="bpmn:tFormalExpression">{condition}</bpmn:conditionExpression>'
        if condition
        else ""
    )
    return f'<bpmn:sequenceFlow id="{flow_id}" sourceRef="{source}" targetRef="{target}">{inner}</bpmn:sequenceFlow>'


def flows(*names: str) -> str:
    """A chain of unconditional flows."""
    return "".join(flow(a, b) for a, b in itertools.pairwise(names))


def extensions(inputs: dict[str, str] | None = None, outputs: dict[str, str] | None = None, other: str = "") -> str:
    """extensionElements with input and output parameters."""
    parameters = "".join(
        f'<camunda:inputParameter name="{k}">{v}</camunda:inputParameter>' for k, v in (inputs or {}).items()
    ) + "".join(
        f'<camunda:outputParameter name="{k}">{v}</camunda:outputParameter>' for k, v in (outputs or {}).items()
    )
    both = f"<camunda:inputOutput>{parameters}</camunda:inputOutput>" if parameters else ""
    return f"<bpmn:extensionElements>{both}{other}</bpmn:extensionElements>"


def user_task(name: str, groups: str = "staff", inner: str = "", attributes: str = "") -> str:
    """A user task for a candidate group; its form is forms/<process>/<name>.json."""
    return (
        f'<bpmn:userTask id="{name}" name="{name}" camunda:candidateGroups="{groups}" '
        f'camunda:formKey="{name}" {attributes}>'
        f"{inner}</bpmn:userTask>"
    )


def exclusive(name: str, default: str | None = None) -> str:
    """An exclusive gateway."""
    attribute = f' default="{default}"' if default else ""
    return f'<bpmn:exclusiveGateway id="{name}" name="{name}"{attribute}/>'


def parallel(name: str) -> str:
    """A parallel gateway."""
    return f'<bpmn:parallelGateway id="{name}" name="{name}"/>'


def inclusive(name: str, default: str | None = None) -> str:
    """An inclusive gateway."""
    return exclusive(name, default).replace("exclusiveGateway", "inclusiveGateway")


def timer_boundary(name: str, host: str, date: str, *, interrupting: bool) -> str:
    """A timer on an activity's border."""
    return (
        f'<bpmn:boundaryEvent id="{name}" name="{name}" attachedToRef="{host}" '
        f'cancelActivity="{str(interrupting).lower()}"><bpmn:timerEventDefinition>'
        f'<bpmn:timeDate xsi:type="bpmn:tFormalExpression">{date}</bpmn:timeDate>'
        "</bpmn:timerEventDefinition></bpmn:boundaryEvent>"
    )


def message_boundary(name: str, host: str, message: str) -> str:
    """An interrupting message on an activity's border."""
    return (
        f'<bpmn:boundaryEvent id="{name}" name="{name}" attachedToRef="{host}">'
        f'<bpmn:messageEventDefinition messageRef="{message}"/></bpmn:boundaryEvent>'
    )


def call(name: str, called: str, mappings: str, loop: str = "") -> str:
    """A call activity."""
    return (
        f'<bpmn:callActivity id="{name}" name="{name}" calledElement="{called}">'
        f"<bpmn:extensionElements>{mappings}</bpmn:extensionElements>{loop}</bpmn:callActivity>"
    )


def for_each(
    collection: str | None,
    item: str | None = None,
    output: str | None = None,
    result: str | None = None,
    *,
    sequential: bool = False,
    cardinality: str | None = None,
    until: str | None = None,
) -> str:
    """Multi-instance over a collection (or a number of times), collecting one value of each."""
    collected = (
        f"<bpmn:loopDataOutputRef>{output}</bpmn:loopDataOutputRef>"
        f'<bpmn:outputDataItem id="{result}_of_{item or "each"}" name="{result}"/>'
        if output
        else ""
    )
    items = f'camunda:collection="{collection}" camunda:elementVariable="{item}"' if collection else ""
    times = f"<bpmn:loopCardinality>{escape(cardinality)}</bpmn:loopCardinality>" if cardinality else ""
    condition = f"<bpmn:completionCondition>{escape(until)}</bpmn:completionCondition>" if until else ""
    return (
        f'<bpmn:multiInstanceLoopCharacteristics isSequential="{str(sequential).lower()}" {items}>'
        f"{times}{collected}{condition}</bpmn:multiInstanceLoopCharacteristics>"
    )


def again_while(condition: str | None = None, maximum: int | None = None, *, test_before: bool = False) -> str:
    """A standard loop."""
    most = f' loopMaximum="{maximum}"' if maximum is not None else ""
    inner = f"<bpmn:loopCondition>{escape(condition)}</bpmn:loopCondition>" if condition else ""
    return (
        f'<bpmn:standardLoopCharacteristics testBefore="{str(test_before).lower()}"{most}>'
        f"{inner}</bpmn:standardLoopCharacteristics>"
    )
