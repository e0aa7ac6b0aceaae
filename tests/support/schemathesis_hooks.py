"""What schemathesis cannot know of the admin API from its description. Loaded by it (`SCHEMATHESIS_HOOKS`)."""

from __future__ import annotations

import itertools
from typing import Any

import schemathesis

_SHORTEST_NAME = 16
_numbers = itertools.count()


@schemathesis.hook
def before_call(_context: Any, case: Any, _given: Any) -> None:
    """Every request has a name of its own; what is no name is sent as it is."""
    name = (case.headers or {}).get("Idempotency-Key", "")
    if len(name) >= _SHORTEST_NAME and " " not in name.strip():
        case.headers["Idempotency-Key"] = f"{next(_numbers):0{_SHORTEST_NAME}}"
