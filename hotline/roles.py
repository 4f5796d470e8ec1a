"""Roles and what each may do; deny by default. Where a role may be held is part of the role."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

CENTER = "center"  # the platform's operator: its department id and its kind
HANDLING_KINDS = frozenset({"office", "team", "line", "area", "committee", "property", "external"})

PERMISSIONS: dict[str, str] = {  # permission → what it allows, as a message names it
    "tasks": "办理用户任务",
    "ticket.view": "查看本部门工单",
    "ticket.view_all": "查看全部工单",
    "ticket.create": "新建工单",
    "ticket.import": "导入工单",
    "ticket.revise": "修改工单分类和时限",
    "task.reassign": "改派任务",
    "caller.view": "查看来电人信息",
    "people.view": "查看人员",
    "people.manage": "管理人员和岗位",
    "token.manage": "管理访问令牌",
    "definition.deploy": "部署流程",
    "instance.view": "查看流程实例",
    "instance.intervene": "干预流程（挂起、终止、调整环节）",
    "incident.manage": "处理流程异常",
    "audit.view": "查看审计记录",
    "message.correlate": "登记外部消息",
}


@dataclass(frozen=True)
class Role:
    """Chinese label, permissions, and the kinds of department it may be held in (None: any)."""

    id: str
    label: str
    permissions: frozenset[str]
    kinds: frozenset[str] | None = None


def _role(role_id: str, label: str, permissions: str, kinds: Iterable[str] | None = None) -> Role:
    names = frozenset(permissions.split())
    if unknown := names - PERMISSIONS.keys():
        raise ValueError(f"unknown permissions {sorted(unknown)}")
    return Role(role_id, label, names, None if kinds is None else frozenset(kinds))


_CENTER_DESK = "tasks ticket.view ticket.view_all caller.view instance.view "

ROLES: dict[str, Role] = {
    role.id: role
    for role in (
        _role(
            "intake",
            "受理派单岗",
            _CENTER_DESK + "ticket.create ticket.import ticket.revise message.correlate",
            [CENTER],
        ),
        _role("reviewer", "结案审核岗", _CENTER_DESK, [CENTER]),
        _role("callback", "回访岗", _CENTER_DESK, [CENTER]),
        _role("handler", "经办人", "tasks ticket.view caller.view", HANDLING_KINDS),
        _role("head", "负责人", "tasks ticket.view caller.view people.view", HANDLING_KINDS | {CENTER}),
        _role("leader", "分管领导", "tasks ticket.view caller.view", HANDLING_KINDS | {CENTER}),
        _role("street_leader", "街道主要领导", "tasks ticket.view ticket.view_all instance.view", ["street"]),
        _role(
            "auditor",
            "监督检查（只读）",
            "ticket.view ticket.view_all instance.view audit.view people.view",
            ["oversight"],
        ),
        _role("process_owner", "流程负责人", "definition.deploy instance.view instance.intervene incident.manage"),
        _role(
            "administrator",
            "系统管理员",
            "people.view people.manage token.manage incident.manage instance.view instance.intervene audit.view",
        ),
    )
}

HOTLINE_HEAD = "热线负责人"
_HOTLINE_HEAD_PERMISSIONS = frozenset(
    (
        _CENTER_DESK + "ticket.create ticket.import ticket.revise task.reassign message.correlate "
        "people.view incident.manage audit.view"
    ).split()
)
_LABELS_BY_KIND = {
    ("head", CENTER): HOTLINE_HEAD,
    ("head", "area"): "负责人（片长）",
    ("leader", CENTER): "热线分管领导",
}


def labels_with(permission: str) -> list[str]:
    """The posts that hold a permission, wherever they may be held."""
    held = [role.label for role in ROLES.values() if permission in role.permissions]
    return [*held, HOTLINE_HEAD] if permission in _HOTLINE_HEAD_PERMISSIONS else held


def permissions_of(role: str, department_kind: str) -> frozenset[str]:
    """What a post allows; the head of the center is the head of the hotline."""
    if role not in ROLES:
        return frozenset()
    if (role, department_kind) == ("head", CENTER):
        return _HOTLINE_HEAD_PERMISSIONS
    return ROLES[role].permissions


def label(role: str, department_kind: str = "") -> str:
    """The Chinese name of a role as it is called in this kind of department."""
    return _LABELS_BY_KIND.get((role, department_kind)) or ROLES[role].label


def may_be_held_in(role: str, department_kind: str) -> bool:
    """Whether this kind of department can have this post; the center never has handlers (clause 2-1)."""
    kinds = ROLES[role].kinds
    return kinds is None or department_kind in kinds
