"""Running instances kept in memory between two steps, so that the next step need not restore them.

An entry is worth exactly what restoring would give: it is taken out while used, comes back only after the commit, and
counts only for the version it was saved as. Another process that moved the instance has raised the version.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import Any

MOST = 256  # instances; docs/benchmark.md says how much memory one takes


class HotInstances:
    """At most `most` workflows by instance id, those used longest ago leave first; 0 keeps none."""

    def __init__(self, most: int = MOST) -> None:
        self.most = most
        self._kept: OrderedDict[str, tuple[int, Any]] = OrderedDict()
        self._guard = threading.Lock()

    def take(self, instance_id: str, version: int) -> Any | None:
        """The workflow as saved in this version, for one user; None when it must be restored."""
        with self._guard:
            found = self._kept.pop(instance_id, None)
        return found[1] if found is not None and found[0] == version else None

    def keep(self, instance_id: str, version: int, workflow: Any | None) -> None:
        """Take back a workflow whose state has been committed as this version; None: it cannot be kept."""
        if workflow is None or not self.most:
            return
        with self._guard:
            self._kept[instance_id] = (version, workflow)
            self._kept.move_to_end(instance_id)
            while len(self._kept) > self.most:
                self._kept.popitem(last=False)

    def __len__(self) -> int:
        return len(self._kept)
