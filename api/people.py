"""People 人员: accounts, posts, absences."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response

from api.dependencies import Paged, Read, Write, permission
from api.route import SHOWN_ONCE, Route
from api.schemas.model import Page
from api.schemas.people import (
    Absence,
    Contact,
    CreatedPerson,
    HandOver,
    NewPerson,
    OneTimePassword,
    Person,
    Posts,
)
from hotline import people

router = APIRouter(prefix="/people", tags=["人员"], route_class=Route)

MANAGE = [Depends(permission("people.manage"))]

Filter = Annotated[str | None, Query(max_length=100)]


@router.get("", response_model=Page[Person], summary="人员列表", dependencies=[Depends(permission("people.view"))])
def list_people(
    work: Read, page: Paged, search: Filter = None, department: Filter = None, active: bool | None = None
) -> object:
    return people.list_page(
        work.tx,
        work.principal,
        search=search,
        department=department,
        active=active,
        limit=page.limit,
        offset=page.offset,
    )


@router.get("/{person_id}", response_model=Person, summary="一名人员；本人可看自己")
def get_person(person_id: str, work: Read) -> object:
    return people.get(work.tx, work.principal, person_id)


@router.post(
    "",
    status_code=201,
    response_model=CreatedPerson,
    summary="新建人员；首次密码只显示这一次",
    dependencies=MANAGE,
    openapi_extra=SHOWN_ONCE,
)
def create(person: NewPerson, work: Write) -> object:
    return people.create(work.tx, work.principal, person.entered())


@router.put("/{person_id}/contact", response_model=Person, summary="更正姓名和电话", dependencies=MANAGE)
def update_contact(person_id: str, contact: Contact, work: Write) -> object:
    return people.update_contact(work.tx, work.principal, person_id, contact.name, contact.phone)


@router.put("/{person_id}/posts", response_model=Person, summary="设置岗位", dependencies=MANAGE)
def set_posts(person_id: str, posts: Posts, work: Write) -> object:
    expected = None if posts.expected is None else [post.held() for post in posts.expected]
    return people.set_memberships(work.tx, work.principal, person_id, [post.held() for post in posts.posts], expected)


@router.post("/{person_id}/disable", response_model=HandOver, summary="停用；在办任务转 AB 角", dependencies=MANAGE)
def disable(person_id: str, work: Write) -> object:
    return people.disable(work.tx, work.principal, person_id)


@router.post("/{person_id}/enable", status_code=204, summary="启用", response_class=Response, dependencies=MANAGE)
def enable(person_id: str, work: Write) -> None:
    people.enable(work.tx, work.principal, person_id)


@router.post(
    "/{person_id}/reset-password",
    response_model=OneTimePassword,
    summary="重置密码；新密码只显示这一次",
    dependencies=MANAGE,
    openapi_extra=SHOWN_ONCE,
)
def reset_password(person_id: str, work: Write) -> object:
    return {"one_time_password": people.reset_password(work.tx, work.principal, person_id)}


@router.put("/{person_id}/absence", response_model=HandOver, summary="登记或结束缺岗；在办任务转 AB 角（2-2）")
def set_absence(person_id: str, absence: Absence, work: Write) -> object:
    return people.set_absence(work.tx, work.principal, person_id, absence.until)
