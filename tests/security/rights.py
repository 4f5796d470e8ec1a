"""Every operation of the API (/api/…) and every page, and what it takes to come there."""

from __future__ import annotations

Door = tuple[str, str]  # METHOD, path


def doors(text: str) -> list[Door]:
    """One per line."""
    return [(method, path) for method, path in (line.split() for line in text.strip().splitlines())]


RIGHTS: dict[str, str] = {  # a right, or several of which one suffices → where nobody comes without it: 403
    "token.manage": """
        GET /api/api-tokens
        POST /api/api-tokens
        DELETE /api/api-tokens/{token_id}
        GET /api-tokens
        POST /api-tokens
        POST /api-tokens/{token_id}/revoke""",
    "audit.view": """
        GET /api/audit-entries?stream=people
        GET /api/audit-entries/verification?stream=people
        GET /audit""",
    "incident.manage": """
        GET /api/incidents
        GET /api/incidents/{incident_id}
        POST /api/incidents/{incident_id}/retry
        POST /api/process-instances/{instance_id}/revise
        GET /incidents
        POST /incidents/{incident_id}/retry""",
    "instance.intervene": """
        POST /api/process-instances/{instance_id}/suspend
        POST /api/process-instances/{instance_id}/resume
        POST /api/process-instances/{instance_id}/cancel
        POST /api/process-instances/{instance_id}/modify
        POST /api/process-instances/{instance_id}/return
        POST /api/process-instances/{instance_id}/participants/add
        POST /api/process-instances/{instance_id}/participants/remove
        POST /api/signals
        GET /process-instances/{instance_id}
        GET /process-instances/{instance_id}/path
        GET /process-instances/{instance_id}/{verb}
        POST /process-instances/{instance_id}/{verb}""",
    "instance.view": """
        GET /api/process-instances
        GET /api/process-instances/{instance_id}/variables""",
    "message.correlate": "POST /api/messages",
    "tasks": """
        GET /api/notices
        GET /api/notices/unread-count
        POST /api/notices/read
        GET /api/user-tasks
        POST /api/user-tasks/{task_id}/claim
        POST /api/user-tasks/{task_id}/unclaim
        PUT /api/user-tasks/{task_id}/draft
        POST /api/user-tasks/{task_id}/complete""",
    "task.reassign": """
        POST /api/user-tasks/{task_id}/assign
        POST /api/user-tasks/{task_id}/move-department
        GET /tickets/{number}/reassign
        POST /tickets/{number}/reassign""",
    "people.view": """
        GET /api/people
        GET /api/people/{person_id}
        GET /people
        GET /people/departments
        GET /people/{person_id}""",
    "people.manage": """
        POST /api/people
        PUT /api/people/{person_id}/contact
        PUT /api/people/{person_id}/posts
        POST /api/people/{person_id}/disable
        POST /api/people/{person_id}/enable
        POST /api/people/{person_id}/reset-password
        PUT /api/people/{person_id}/absence
        GET /people/departments/{department_id}
        POST /people/departments/{department_id}
        GET /people/new
        POST /people/new
        POST /people/{person_id}/contact
        POST /people/{person_id}/posts
        POST /people/{person_id}/disable
        POST /people/{person_id}/enable
        POST /people/{person_id}/reset-password
        POST /people/{person_id}/absence""",
    "definition.deploy": """
        POST /api/process-definitions
        POST /api/process-definitions/check
        GET /process-definitions/upload
        POST /process-definitions/upload""",
    "definition.deploy instance.view": """
        GET /process-definitions
        GET /process-definitions/{definition_id}""",
    "ticket.import": """
        POST /api/ticket-imports
        GET /api/ticket-imports
        GET /api/ticket-imports/{batch_id}
        GET /tickets/import
        GET /tickets/import/template
        POST /tickets/import
        GET /tickets/import/{batch_id}""",
    "ticket.create": """
        POST /api/tickets
        GET /tickets/new
        GET /tickets/new/earlier
        POST /tickets/new
        POST /tickets/{number}/attachments""",
    "tasks ticket.create": "POST /api/tickets/{number}/attachments",
    "caller.view": """
        POST /api/tickets/{number}/caller-reveals
        POST /tickets/{number}/caller""",
    "ticket.revise": """
        POST /api/tickets/{number}/reclassify
        POST /api/tickets/{number}/links
        DELETE /api/tickets/{number}/links/{linked_number}
        GET /tickets/{number}/reclassify
        POST /tickets/{number}/reclassify""",
}
ALSO: dict[Door, str] = {  # a second right that the page's content takes
    ("GET", "/people/departments/{department_id}"): "people.view",
}
OF_THE_TICKET = doors(  # 404 to who may see neither this ticket nor all
    """
    GET /api/attachments/{attachment_id}/content
    GET /api/tickets/{number}
    GET /api/tickets/{number}/reply-points
    GET /api/tickets/{number}/result
    GET /api/tickets/{number}/timeline
    GET /api/tickets/{number}/parties
    GET /api/tickets/{number}/links
    GET /api/tickets/{number}/attachments
    GET /api/user-tasks/{task_id}
    GET /api/user-tasks/{task_id}/form
    GET /api/process-instances/{instance_id}
    GET /api/process-instances/{instance_id}/path
    GET /attachments/{attachment_id}
    GET /tickets/{number}
    GET /tickets/{number}/print
    GET /tickets/{number}/caller
    GET /tickets/{number}/path
    GET /tickets/{number}/result
    POST /tickets/{number}/result.zip
    GET /user-tasks/{task_id}
    POST /user-tasks/{task_id}
    POST /user-tasks/{task_id}/draft
    POST /user-tasks/{task_id}/attachments
    POST /user-tasks/{task_id}/decision
    """
)
CHANGES_OF_THE_TICKET = doors(  # among RIGHTS, and 404 with the right for who may not see the ticket
    """
    POST /api/tickets/{number}/attachments
    POST /api/tickets/{number}/caller-reveals
    POST /api/tickets/{number}/reclassify
    POST /api/tickets/{number}/links
    DELETE /api/tickets/{number}/links/{linked_number}
    POST /api/user-tasks/{task_id}/assign
    POST /api/user-tasks/{task_id}/move-department
    POST /tickets/{number}/attachments
    POST /tickets/{number}/caller
    GET /tickets/{number}/reclassify
    POST /tickets/{number}/reclassify
    GET /tickets/{number}/reassign
    POST /tickets/{number}/reassign
    """
)
OF_THE_GROUP = doors(  # 403 with every right to who is not in the task's group
    """
    POST /api/user-tasks/{task_id}/claim
    POST /api/user-tasks/{task_id}/unclaim
    PUT /api/user-tasks/{task_id}/draft
    POST /api/user-tasks/{task_id}/complete
    POST /user-tasks/{task_id}
    POST /user-tasks/{task_id}/attachments
    POST /user-tasks/{task_id}/claim
    POST /user-tasks/{task_id}/draft
    POST /user-tasks/{task_id}/unclaim
    """
)
OPEN: dict[str, str] = {  # why no right is asked for
    "nobody is logged in yet, or it says nothing": """
        GET /api/health/live
        GET /api/health/ready
        POST /api/sessions
        GET /login
        POST /login""",
    "one's own session and password": """
        GET /api/sessions/me
        PUT /api/sessions/me/password
        DELETE /api/sessions/me
        POST /logout
        GET /password
        POST /password""",
    "only leads on": """
        GET /
        GET /profile""",
    "lists what is one's own: nothing, without rights": """
        GET /api/tickets
        GET /tickets
        GET /inbox
        GET /notices
        POST /notices/read""",
    "the regulation and its procedure are known to all who work here": """
        GET /clauses/{ids}
        GET /api/process-definitions
        GET /api/process-definitions/{definition_id}
        GET /api/process-definitions/{definition_id}/xml/{process_key}
        GET /process-definitions/{definition_id}/diagrams/{process_key}""",
}
