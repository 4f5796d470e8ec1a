"""Process definitions 流程定义: read them, deploy a folder of them."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, File, Form, Query, Response, UploadFile

from api.dependencies import Read, Write, permission
from api.route import Route
from api.schemas.process_definitions import Checked, Deployment, ProcessDefinition, ProcessDefinitionDetail
from engine import process_definitions
from hotline.uploaded_folder import files_of

router = APIRouter(prefix="/process-definitions", tags=["流程定义"], route_class=Route)

Source = Annotated[str, Form(max_length=200, description="来源或说明")]
Files = Annotated[list[UploadFile], File(description="文件名为路径，如 processes/x/x.bpmn；或一个 zip")]


@router.get("", response_model=list[ProcessDefinition], summary="各流程的最新版本；给出 key 时为该流程的全部版本")
def list_definitions(work: Read, key: Annotated[str | None, Query(max_length=100)] = None) -> object:
    if key is None:
        return process_definitions.list_latest(work.tx)
    return process_definitions.versions(work.tx, key)


@router.get("/{definition_id}", response_model=ProcessDefinitionDetail, summary="一个版本及其执行的流程图")
def get_definition(definition_id: str, work: Read) -> object:
    definition = process_definitions.get(work.tx, definition_id)
    return {**vars(definition), "process_keys": process_definitions.process_keys(work.tx, definition_id)}


@router.get(
    "/{definition_id}/xml/{process_key}",
    summary="流程图原文（BPMN XML），与部署时逐字节相同",
    response_class=Response,
    responses={200: {"content": {"application/xml": {}}}},
)
def get_xml(definition_id: str, process_key: str, work: Read) -> Response:
    return Response(process_definitions.bpmn(work.tx, definition_id, process_key), media_type="application/xml")


@router.post(
    "",
    status_code=201,
    response_model=Deployment,
    summary="部署：上传流程文件夹（多个文件，或一个 zip）；有问题时答 422 并逐条列出",
    dependencies=[Depends(permission("definition.deploy"))],
)
def deploy(
    work: Write,
    files: Files,
    source: Source = "接口部署",
) -> object:
    return process_definitions.deploy(work.tx, files_of(files), source)


@router.post(
    "/check",
    response_model=Checked,
    summary="只检查不部署：列出每一处问题（规则、元素、严重程度、说明、标准条款、文件）",
    dependencies=[Depends(permission("definition.deploy"))],
)
def check(work: Read, files: Files) -> object:
    findings = process_definitions.check(work.tx, files_of(files))
    return {"passes": not any(finding.severity == "error" for finding in findings), "findings": findings}
