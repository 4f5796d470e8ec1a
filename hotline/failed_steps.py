"""What a person is told whose submission was kept although an automatic step after it failed."""

from __future__ import annotations

from engine.process_instances import Step
from hotline import roles

LOOKS_AFTER = "incident.manage"


def told(step: Step) -> str:
    """Empty when nothing failed; else what is safe, what failed, and who looks after it."""
    if not step.failed:
        return ""
    what = "；".join(dict.fromkeys(failure.message for failure in step.failed)).rstrip("。")
    who = "、".join(roles.labels_with(LOOKS_AFTER))
    safe = "您提交的内容已保存，不用重新提交。"
    return f"{safe}后面的自动环节出错（{what}），已登记异常，由{who}处理，处理好后流程自动继续。"
