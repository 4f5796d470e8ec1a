"""Posts: who holds which role in which department, and who is handler A or B there (clause 2-2)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import delete, insert, select, update

from engine import audit
from engine.errors import Conflict, InvalidInput, Refused
from engine.transaction import Transaction
from hotline import absences, access, organisation, persons, roles
from hotline.access import Principal
from hotline.persons import Membership, Person
from hotline.tables import membership, person

RANKS = ("A", "B")
AB_CLAUSE = "2-2"
OPERATOR_CLAUSE = "2-1"  # the center operates the platform, it holds no disposal task


def set_memberships(
    tx: Transaction,
    principal: Principal,
    person_id: str,
    posts: Iterable[Membership],
    expected: Iterable[Membership] | None = None,
) -> Person:
    """Replace all posts of a person; open tasks of groups left go back to the group.

    Raises Conflict when the posts are no longer the `expected` ones.
    """
    access.require(principal, "people.manage")
    persons.lock_people(tx)
    holder = persons.one(tx, person_id)
    if expected is not None and set(expected) != set(holder.memberships):
        raise Conflict(f"{holder.name}的岗位刚被他人修改过，请刷新页面后重新设置。")
    replace(tx, holder, posts)
    require_an_administrator(tx)
    changed = persons.one(tx, person_id)
    absences.release(tx, holder, holder.groups - changed.groups, f"{holder.name}的岗位已调整")
    return changed


def set_handlers(
    tx: Transaction,
    principal: Principal,
    department_id: str,
    handler_a: str | None,
    handler_b: str | None,
) -> None:
    """Name a department's handlers A and B by person id; the former ones stay handlers without a rank."""
    access.require(principal, "people.manage")
    persons.lock_people(tx)
    if handler_a is not None and handler_a == handler_b:
        raise InvalidInput("A角、B角不能是同一人，请另选一人。", clause=AB_CLAUSE)
    body = organisation.get(tx, department_id)
    _require_place(body.kind, "handler", body.name)
    handlers = (membership.c.department_id == department_id, membership.c.role == "handler")
    tx.connection.execute(update(membership).where(*handlers).values(handler_rank=None))
    logins: dict[str, str | None] = {}
    for rank, person_id in zip(RANKS, (handler_a, handler_b), strict=True):
        logins[rank] = None if person_id is None else _give_rank(tx, department_id, person_id, rank)
    detail = {"department": department_id, "handlers": logins}
    audit.append(tx, persons.PEOPLE_STREAM, "handlers_set", clause=AB_CLAUSE, detail=detail)


def _give_rank(tx: Transaction, department_id: str, person_id: str, rank: str) -> str:
    holder = persons.one(tx, person_id)
    if not holder.active:
        raise Conflict(f"{holder.name}的账号已停用，请另选一人担任{rank}角。", clause=AB_CLAUSE)
    post = (
        membership.c.person_id == person_id,
        membership.c.department_id == department_id,
        membership.c.role == "handler",
    )
    if not tx.connection.execute(update(membership).where(*post).values(handler_rank=rank)).rowcount:
        tx.connection.execute(
            insert(membership).values(
                person_id=person_id, department_id=department_id, role="handler", handler_rank=rank
            )
        )
    return holder.login


def replace(tx: Transaction, holder: Person, posts: Iterable[Membership]) -> None:
    """Check and store posts; the caller has asked for the permission and holds the lock."""
    wanted = list(dict.fromkeys(posts))
    _check(tx, holder, wanted)
    if set(wanted) == set(holder.memberships):
        return
    tx.connection.execute(delete(membership).where(membership.c.person_id == holder.id))
    if wanted:
        tx.connection.execute(
            insert(membership),
            [
                {
                    "person_id": holder.id,
                    "department_id": post.department_id,
                    "role": post.role,
                    "handler_rank": post.handler_rank,
                }
                for post in wanted
            ],
        )
    detail = {
        "login": holder.login,
        "before": [_as_text(post) for post in holder.memberships],
        "after": [_as_text(post) for post in wanted],
    }
    audit.append(tx, persons.PEOPLE_STREAM, "memberships_set", detail=detail)


def require_an_administrator(tx: Transaction) -> None:
    """Raises Refused when nobody who can log in administers the system any more."""
    left = tx.connection.execute(
        select(person.c.id)
        .join(membership, membership.c.person_id == person.c.id)
        .where(membership.c.role == "administrator", person.c.active, person.c.password_hash.is_not(None))
        .limit(1)
    ).first()
    if left is None:
        raise Refused("这是最后一位系统管理员，不能停用或撤去其岗位；请先指定另一位系统管理员。")


def _check(tx: Transaction, holder: Person, posts: Sequence[Membership]) -> None:
    if len({(post.department_id, post.role) for post in posts}) < len(posts):
        raise InvalidInput("同一部门的同一岗位只能填写一次，请删去重复的岗位。")
    bodies = {body.id: body for body in organisation.all_departments(tx)}
    for post in posts:
        if post.role not in roles.ROLES:
            raise InvalidInput(f"没有“{post.role}”这个角色，请从列表中选择。", {"role": "没有这个角色"})
        body = bodies.get(post.department_id)
        if body is None:
            message = f"没有编号为“{post.department_id}”的在用部门，请从列表中选择。"
            raise InvalidInput(message, {"department_id": message})
        _require_place(body.kind, post.role, body.name)
        if post.handler_rank is not None:
            _check_rank(tx, holder, post, body.name)


def _check_rank(tx: Transaction, holder: Person, post: Membership, department_name: str) -> None:
    if post.role != "handler" or post.handler_rank not in RANKS:
        raise InvalidInput("A角、B角只能由经办人担任，请改选。", clause=AB_CLAUSE)
    other = tx.connection.execute(
        select(person.c.name)
        .join(membership, membership.c.person_id == person.c.id)
        .where(
            membership.c.department_id == post.department_id,
            membership.c.role == "handler",
            membership.c.handler_rank == post.handler_rank,
            membership.c.person_id != holder.id,
        )
    ).scalar()
    if other is not None:
        message = f"{department_name}的{post.handler_rank}角已是{other}，请先在部门设置中更换。"
        raise Conflict(message, clause=AB_CLAUSE)


def _require_place(department_kind: str, role: str, department_name: str) -> None:
    if roles.may_be_held_in(role, department_kind):
        return
    clause = OPERATOR_CLAUSE if (role, department_kind) == ("handler", roles.CENTER) else None
    why = "（城运中心是平台操作单位而非处置单位）" if clause else ""
    raise Refused(f"{department_name}不能设“{roles.label(role)}”岗位{why}，请选择其他部门或角色。", clause=clause)


def _as_text(post: Membership) -> str:
    return "/".join(filter(None, (post.department_id, post.role, post.handler_rank)))
