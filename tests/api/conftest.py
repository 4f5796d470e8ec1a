"""The office on a real server."""

from tests.api.serving import office, office_runtime, working_office

__all__ = ["office", "office_runtime", "working_office"]
