"""Chinese for the actions and details of audit entries."""

from __future__ import annotations

ACTIONS = {
    "ticket_created": "登记工单",
    "ticket_imported": "从平台导入工单",
    "ticket_updated": "按平台数据更新工单",
    "ticket_reclassified": "调整诉求类别",
    "ticket_linked": "关联工单",
    "ticket_unlinked": "解除关联",
    "caller_viewed": "查看诉求人信息",
    "attachment_added": "上传附件",
    "result_pack_downloaded": "下载结果包",
    "instance.started": "流程启动",
    "instance.revised": "人工调整流程数据",
    "instance.cancelled": "流程终止",
    "user_task.completed": "{name}",
    "user_task.claimed": "签收：{name}",
    "user_task.unclaimed": "退回待领：{name}",
    "user_task.assigned": "改派：{name}",
    "timer.fired": "到时：{name}",
    "message.correlated": "收到消息：{name}",
    "incident.created": "流程异常",
    "incident.resolved": "流程异常已排除",
    "person_created": "新建人员",
    "person_disabled": "停用账号",
    "person_enabled": "启用账号",
    "contact_updated": "修改联系信息",
    "memberships_set": "设置岗位",
    "handlers_set": "设置 A、B 角",
    "password_reset": "重置密码",
    "password_changed": "修改密码",
    "absence_set": "登记缺岗",
    "absence_ended": "取消缺岗",
    "token_issued": "签发访问令牌",
    "token_revoked": "吊销访问令牌",
    "logged_in": "登录",
    "logged_out": "退出登录",
    "definitions.deployed": "部署流程",
}

TONES = {
    "ticket_created": "open",
    "ticket_imported": "open",
    "instance.started": "open",
    "user_task.completed": "done",
    "timer.fired": "late",
    "incident.created": "late",
    "ticket_reclassified": "back",
    "instance.revised": "back",
    "user_task.assigned": "back",
}

DETAILS = {  # detail name → label, in the order they are shown
    "reason": "原因",
    "from": "原办理人",
    "to": "办理人",
    "login": "账号",
    "file_name": "文件",
    "linked_number": "工单",
    "message": "消息",
    "address": "地址",
}
