"""What schemathesis cannot know of the admin API from its description. Loaded by it (`SCHEMATHESIS_HOOKS`)."""

from __future__ import annotations

import itertools
import re
from typing import Any

import schemathesis

# As the description has it; what is no name is sent as it is, and is to be refused.
_NAME = re.compile(r'"[!#-\[\]-~]{16,128}"|[!#-\[\]-~]{16,128}')
_numbers = itertools.count()


@schemathesis.hook
def before_call(_context: Any, case: Any, _given: Any) -> None:
    """Every request has a name of its own. Not where the credential was made a wrong one: schemathesis looks again at
    headers that a hook has changed, finds that any text is a credential, and wants the request to be taken.
    """
    is_ours = getattr(case.meta.phase.data, "parameter", None) != "Authorization"
    if is_ours and _NAME.fullmatch((case.headers or {}).get("Idempotency-Key", "")):
        case.headers["Idempotency-Key"] = f"{next(_numbers):016}"
