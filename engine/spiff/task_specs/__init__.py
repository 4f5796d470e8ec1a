"""Task specifications of our own for the Camunda 7 dialect: one module per kind of element."""

from __future__ import annotations

from engine.spiff.task_specs.activities import Activity, BusinessRuleTask, PassThroughTask, ServiceTask, UserTask
from engine.spiff.task_specs.gateways import ExclusiveGateway, InclusiveGateway, ParallelGateway
from engine.spiff.task_specs.loops import Loop, MultiInstance, StandardLoop
from engine.spiff.task_specs.messages import ReceiveTask, SendTask
from engine.spiff.task_specs.scope_ends import ProcessSpec
from engine.spiff.task_specs.sub_processes import CallActivity, SubProcess

__all__ = [
    "Activity",
    "BusinessRuleTask",
    "CallActivity",
    "ExclusiveGateway",
    "InclusiveGateway",
    "Loop",
    "MultiInstance",
    "ParallelGateway",
    "PassThroughTask",
    "ProcessSpec",
    "ReceiveTask",
    "SendTask",
    "ServiceTask",
    "StandardLoop",
    "SubProcess",
    "UserTask",
]
