"""What the rail and the phone's bars offer, by permission."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hotline.access import Principal


@dataclass(frozen=True)
class Item:
    """One destination; `needs` names any of the permissions that show it, none means everybody."""

    path: str
    label: str
    icon: str
    needs: tuple[str, ...] = ()
    starts_group: bool = False
    also: tuple[str, ...] = ()  # further addresses that belong to it


ITEMS = (
    Item("/inbox", "收件箱", "inbox", also=("/user-tasks",)),
    Item("/tickets", "工单", "ticket"),
    Item("/notices", "通知", "bell"),
    Item("/tickets/new", "新建工单", "plus", ("ticket.create",), starts_group=True),
    Item("/tickets/import", "导入工单", "import", ("ticket.import",)),
    Item("/people", "人员", "people", ("people.view",), starts_group=True, also=("/api-tokens",)),
    Item("/process-definitions", "流程", "flow", ("definition.deploy", "instance.view")),
    Item("/incidents", "异常", "alert", ("incident.manage",), also=("/process-instances",)),
    Item("/audit", "审计", "audit", ("audit.view",)),
)


def navigation(principal: Principal) -> list[Item]:
    """The items this person may open."""
    return [item for item in ITEMS if not item.needs or principal.permissions & set(item.needs)]


def active_item(items: Sequence[Item], path: str) -> Item | None:
    """The item whose address is the longest beginning of `path`."""
    matches = [
        (len(start), item)
        for item in items
        for start in (item.path, *item.also)
        if path == start or path.startswith(start + "/")
    ]
    return max(matches, key=lambda match: match[0])[1] if matches else None
