"""Invented people for a demonstration; never loaded into a system that is in use."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import product
from typing import Any

from sqlalchemy import insert, select

from engine import audit
from engine.transaction import Transaction, new_id
from hotline import organisation, passwords, persons
from hotline.tables import membership, person

DEMO_PASSWORD = "Zhenru-12345"  # noqa: S105 - the demonstration's only, printed by `make run`

DEMO_LOGINS: list[tuple[str, str]] = [
    ("intake1", "城运中心 受理派单岗"),
    ("reviewer", "城运中心 结案审核岗"),
    ("callback", "城运中心 回访岗"),
    ("center_head", "城运中心 热线负责人"),
    ("area_zhenguang_a", "真光片区 经办人（A角）"),
    ("area_zhenguang_b", "真光片区 经办人（B角）"),
    ("area_zhenguang_head", "真光片区 负责人（片长）"),
    ("office_self_governance_a", "社区自治办 经办人（A角）"),
    ("enforcement_team_a", "综合行政执法队 经办人（A角）"),
    ("leader2", "社区管理办等部门 分管领导"),
    ("street_leader", "街道主要领导（办事处主任）"),
    ("auditor", "街道纪工委 监督检查（只读）"),
    ("process_owner", "流程负责人"),
    ("administrator", "系统管理员"),
]

Posts = list[tuple[str, str, str | None]]  # department, role, rank

_OF_THE_CENTER: list[tuple[str, str, Posts]] = [
    ("intake1", "沈佳怡", [("center", "intake", None)]),
    ("intake2", "陆晨曦", [("center", "intake", None)]),
    ("reviewer", "顾敏华", [("center", "reviewer", None)]),
    ("callback", "金晓雯", [("center", "callback", None)]),
    ("center_head", "唐建国", [("center", "head", None)]),
    ("street_leader", "周国平", [("street", "street_leader", None)]),
    ("auditor", "严正清", [("discipline_committee", "auditor", None)]),
    ("auditor_district", "方静姝", [("district_center", "auditor", None)]),
    ("process_owner", "陶思远", [("center", "process_owner", None)]),
    ("administrator", "许志强", [("center", "administrator", None)]),
]
_LEADERS = {  # who is 分管领导 of what; a 片区 signs by its 片长 (C11)
    ("leader1", "潘文斌"): ("office_party_government", "office_business", "center"),
    ("leader2", "蒋丽萍"): ("office_management", "enforcement_team", "center_housing", "center_greening"),
    ("leader3", "汪海涛"): ("office_self_governance", "office_service", "acceptance_center"),
    ("leader4", "邵春梅"): ("office_safety", "armed_forces", "peoples_congress"),
    ("leader5", "龚立新"): (
        "office_party_building",
        "office_party_masses",
        "party_masses_center",
        "youth_league",
    ),
}
_SURNAMES = "王李张刘陈杨黄吴赵孙马朱胡林郭何高罗郑梁宋谢韩冯邓曹彭曾肖田"
_GIVEN = re.findall("..", "建华秀英志远雅琴伟明晓燕国强丽娟俊杰婷婷文博慧敏永康佩珍子轩")
_VACANT = ("property_06", "handler", "B")  # left vacant on purpose: shows how 空岗缺位 is reported


def load(tx: Transaction) -> int:
    """Insert the demonstration's people who are not there yet; returns how many."""
    known = set(tx.connection.execute(select(person.c.login)).scalars())
    password_hash = passwords.hash_password(DEMO_PASSWORD)  # one for all: hashing each would take seconds
    people: list[dict[str, Any]] = []
    posts: list[dict[str, Any]] = []
    for number, (login, name, held) in enumerate(_everybody()):
        if login in known:
            continue
        person_id = new_id()
        people.append(
            {
                "id": person_id,
                "login": login,
                "name": name,
                "phone": f"021-5285{number:04d}",
                "password_hash": password_hash,
                "must_change_password": False,
                "active": True,
                "created_at": tx.now,
            }
        )
        posts += [
            {
                "person_id": person_id,
                "department_id": department_id,
                "role": role,
                "handler_rank": rank,
            }
            for department_id, role, rank in held
        ]
    if people:
        tx.connection.execute(insert(person), people)
        tx.connection.execute(insert(membership), posts)
        audit.append(tx, persons.PEOPLE_STREAM, "demo_people_loaded", detail={"people": len(people)})
    return len(people)


def _everybody() -> Iterator[tuple[str, str, Posts]]:
    yield from _OF_THE_CENTER
    for (login, name), led in _LEADERS.items():
        yield login, name, [(department_id, "leader", None) for department_id in led]
    names = _names()
    for body in organisation.bodies():
        if body["kind"] not in organisation.STAFFED_KINDS:
            continue
        for suffix, role, rank in (("a", "handler", "A"), ("b", "handler", "B"), ("head", "head", None)):
            if (body["id"], role, rank) != _VACANT:
                yield f"{body['id']}_{suffix}", next(names), [(body["id"], role, rank)]


def _names() -> Iterator[str]:
    """Each name once, neighbours in the list with different surnames."""
    for turn, (given, surname) in enumerate(product(_GIVEN, _SURNAMES)):
        yield surname + _GIVEN[(_GIVEN.index(given) + turn) % len(_GIVEN)]
