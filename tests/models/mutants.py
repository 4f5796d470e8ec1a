"""Sound models with one mistake in them, judged by the gate's token game and by running every path of the engine."""

from __future__ import annotations

import random
import re
from collections import Counter
from dataclasses import dataclass
from typing import Any

from SpiffWorkflow.util.task import TaskState

from engine import hardened_xml
from engine.diagram import Diagram, read
from engine.errors import InvalidInput, StuckInstance
from engine.gate import soundness
from engine.spiff.compiled import compile_process
from engine.spiff.execution import Execution
from tests.models.driving import Engine
from tests.models.generate import Model, model
from tests.models.kinds_of_activities import PLAIN
from tests.models.reference import Offer, Scope, World

PATH = "processes/p/p.bpmn"
MOST_STATES = 60
GATEWAY = re.compile(r'<bpmn:(exclusive|parallel|inclusive)Gateway id="(\w+)" name="\w+"([^>]*)/>')


def mutant(seed: int) -> Model:
    """A small sound model in which one gateway is of another kind, or one flow leads elsewhere."""
    made = model(seed, PLAIN, size=2)
    chance = random.Random(seed)
    text = made.files[PATH].decode()
    change = _turn_a_gateway if chance.random() < 0.7 else _turn_a_flow
    changed = change(text, chance).encode()
    if not _in_loops(_diagram(changed)):  # else the engine would run for long before it gives up
        made.files[PATH] = changed
    return made


def _diagram(content: bytes) -> Diagram:
    (diagram,) = read(hardened_xml.parse(content, PATH))
    return diagram


def _turn_a_gateway(text: str, chance: random.Random) -> str:
    gateways = [found for found in GATEWAY.finditer(text) if found[3] == "" or found[1] == "exclusive"]
    if not gateways:
        return text
    found = chance.choice(gateways)
    splits = text.count(f'sourceRef="{found[2]}"') > 1
    if splits and found[1] != "exclusive":
        return text  # its flows have no conditions that could choose
    kind = (
        chance.choice([k for k in ("exclusive", "parallel", "inclusive") if k != found[1]])
        if not splits
        else "parallel"
    )
    text = text.replace(found[0], f'<bpmn:{kind}Gateway id="{found[2]}" name="{found[2]}"/>')
    if splits:
        flow = rf'(<bpmn:sequenceFlow id="\w+" sourceRef="{found[2]}" targetRef="\w+">).*?(</bpmn:sequenceFlow>)'
        text = re.sub(flow, r"\1\2", text)
    return text


def _turn_a_flow(text: str, chance: random.Random) -> str:
    flows = re.findall(r'sourceRef="(\w+)" targetRef="(\w+)"', text)
    source, target = chance.choice(flows)
    elsewhere = [t for _, t in flows if t != target and t != source and (source, t) not in flows]
    if not elsewhere or f'default="{source}_to_{target}"' in text:
        return text
    return text.replace(
        f'sourceRef="{source}" targetRef="{target}"', f'sourceRef="{source}" targetRef="{chance.choice(elsewhere)}"'
    )


@dataclass
class Judgement:
    """What the gate's game found, and what running every path showed."""

    rules: set[str]
    stuck: bool = False
    twice: bool = False  # an activity ran twice although nothing leads back
    unclear: bool = False  # not every path could be run

    @property
    def agrees(self) -> bool:
        """A deadlock gets an instance stuck; what is unsafe runs twice, or a token is left over; else neither."""
        if "unsafe" in self.rules:
            return self.twice or self.stuck
        return self.stuck == ("deadlock" in self.rules) and not self.twice and "livelock" not in self.rules


def judge(made: Model) -> Judgement:
    """Both ways."""
    diagram = _diagram(made.files[PATH])
    found = soundness.check({"p": (PATH, diagram)}, most_seconds=1e9)
    judgement = Judgement({f.rule.removeprefix("soundness-") for f in found} - {"unreachable"})
    _run_all(made, judgement, diagram)
    return judgement


def _run_all(made: Model, judgement: Judgement, diagram: Diagram) -> None:
    """Every answer of every open task, from every state: a state is what is open, what waits, and what is known."""
    compiled, world = compile_process("p", made.files), World()
    world.rounds = 0
    nobody = Scope(None, lambda: None)
    acting = {e.id for e in diagram.elements.values() if e.type in ("userTask", "serviceTask")}
    once = acting - _in_loops(diagram)
    first = _begun(compiled, made, judgement)
    queue = [] if first is None or first.ended else [first]
    seen = {_state(first.execution)} if first is not None else set()
    while queue:
        at = queue.pop()
        judgement.twice |= any(at.visited[element] > 1 for element in once)
        for element in dict.fromkeys(at.open()):
            for data in made.asked[element](world):
                after = _copy(at)
                try:
                    after.do(Offer("task", element, nobody, lambda _data: None), data)
                except StuckInstance:
                    judgement.stuck = True
                    continue
                except InvalidInput:  # a flow leads around the question whose answer a condition reads
                    judgement.unclear = True
                    return
                state = _state(after.execution)
                if state not in seen and not after.ended:
                    seen.add(state)
                    queue.append(after)
                judgement.twice |= any(after.visited[element] > 1 for element in once)
        if len(seen) > MOST_STATES:
            judgement.unclear = True
            return


def _begun(compiled: Any, made: Model, judgement: Judgement) -> Engine | None:
    try:
        return Engine(compiled, dict(made.variables), restart=True)
    except StuckInstance:
        judgement.stuck = True
    except InvalidInput:
        judgement.unclear = True
    return None


def _copy(engine: Engine) -> Engine:
    copy = Engine.__new__(Engine)
    copy.__dict__.update(engine.__dict__)
    copy.visited, copy.audit = Counter(engine.visited), []
    return copy


def _state(execution: Execution) -> tuple[Any, ...]:
    """The tokens, by where they lie; and the answers given."""
    tasks = [t for t in execution.workflow.tasks.values() if not t.has_state(TaskState.FINISHED_MASK)]
    tokens = sorted((t.task_spec.name, t.state, t.parent.task_spec.name if t.parent else "") for t in tasks)
    return tuple(tokens), repr(sorted(execution.variables().items()))


def _in_loops(diagram: Diagram) -> set[str]:
    """The elements that a path leads back to."""
    after: dict[str, set[str]] = {}
    for flow in diagram.flows.values():
        after.setdefault(flow.source, set()).add(flow.target)
    loops = {e for e in diagram.elements if e in _reached(after, after.get(e, set()))}
    return loops | _reached(after, loops)


def _reached(after: dict[str, set[str]], begin: set[str]) -> set[str]:
    found, stack = set(begin), list(begin)
    while stack:
        new = after.get(stack.pop(), set()) - found
        found |= new
        stack += new
    return found
