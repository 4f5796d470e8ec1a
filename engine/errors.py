"""One tree of errors. Every message is Chinese and tells the user what to do next.

MinhuError
├── NotFound            nothing there, or nothing this person may see
├── Forbidden           this person may see it but not do it
├── Unauthenticated     nobody is logged in
├── TooManyAttempts     slowed down: wait, then try again
├── Conflict            somebody was faster, or the step is no longer open
├── InvalidInput        the data does not fit; `fields` names each field
├── StuckInstance       the step leads to where nothing is open and nothing waits; it is not saved
├── UnreadableState     the saved state is not one this version can go on with; nothing was changed
├── Refused             a rule of the regulation says no; `clause` names it
└── DefinitionRefused   the gate's findings, one per element
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


class MinhuError(Exception):
    """Root of all errors meant for a user; `message` is Chinese, `clause` the rule behind it, if any."""

    def __init__(self, message: str, *, clause: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.clause = clause


class NotFound(MinhuError):
    """The object does not exist or lies outside what the actor may see."""


class Forbidden(MinhuError):
    """The actor may not do this."""


class Unauthenticated(MinhuError):
    """No valid session or token."""


class TooManyAttempts(MinhuError):
    """Too many failed attempts; retry later."""


class Conflict(MinhuError):
    """The object changed meanwhile, or is in a state that no longer allows this."""


class InvalidInput(MinhuError):
    """The data does not fit; `fields` maps a field name to its Chinese message."""

    def __init__(self, message: str, fields: Mapping[str, str] | None = None, *, clause: str | None = None) -> None:
        super().__init__(message, clause=clause)
        self.fields = dict(fields or {})


class StuckInstance(MinhuError):
    """After the step nothing is open and nothing waits: saving this would lose the instance."""


class UnreadableState(MinhuError):
    """An instance saved by a version whose state this one cannot continue; nothing was changed."""


class Refused(MinhuError):
    """A rule of the regulation forbids this; `clause` says which."""


@dataclass(frozen=True)
class Finding:
    """One thing the gate found: rule id, element id, severity (error | warning), Chinese message, file.

    `standard` is the section of BPMN 2.0.2 or DMN 1.3 behind it, empty for rules of our own.
    """

    rule: str
    element: str
    severity: str
    message: str
    file: str = ""
    standard: str = ""


class DefinitionRefused(MinhuError):
    """The deployment has errors; nothing was changed."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        super().__init__("；".join(f"{f.file} {f.element}：{f.message}".strip() for f in findings))
        self.findings = list(findings)
