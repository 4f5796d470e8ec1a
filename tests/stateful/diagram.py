"""The fixed diagram both sides know: a reminder, two branches, one of which a message takes over, a loop."""

from __future__ import annotations

from tests.engine.conftest import form
from tests.engine.diagrams import (
    document,
    end,
    exclusive,
    files,
    flow,
    flows,
    message_boundary,
    parallel,
    service_task,
    start,
    timer_boundary,
    user_task,
)

KEY, MESSAGE, GROUP = "stateful", "take_over", "center_intake"
TASKS = ("a", "urge", "b", "c", "e")

DIAGRAM = document(
    KEY,
    start(),
    exclusive("again"),
    user_task("a", GROUP),
    timer_boundary("late", "a", "${earliest(due)}", interrupting=False),
    user_task("urge", GROUP),
    parallel("fork"),
    user_task("b", GROUP),
    user_task("c", GROUP),
    message_boundary("stop", "c", "taking_over"),
    user_task("e", GROUP),
    exclusive("either"),
    parallel("join"),
    service_task("tell", f"${{notify('{GROUP}', '一轮', '办完')}}"),
    service_task("count", "${rounds + 1}", "rounds"),
    exclusive("enough", default="done"),
    end(),
    end("urged"),
    flows("start", "again", "a", "fork", "b", "join", "tell", "count", "enough"),
    flows("fork", "c", "either", "join"),
    flows("stop", "e", "either"),
    flow("enough", "again", "${x < 0}"),
    flow("enough", "end", name="done"),
    flows("late", "urge", "urged"),
    outside=f'<bpmn:message id="taking_over" name="{MESSAGE}"/>',
)
FILES = files((KEY, DIAGRAM), forms={f"{KEY}/{name}": form(x="integer") for name in TASKS})
