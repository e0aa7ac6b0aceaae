"""An intent as JSON, kept with the revision it became, so that the next change can leave parts of it as they are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import TypeAdapter, ValidationError

from ringwork.intent.model import ApiIntent, Intent

_INTENT = TypeAdapter(Intent)
_API = TypeAdapter(ApiIntent)


def intent_as_dict(intent: Intent) -> dict[str, Any]:
    """Plain JSON; `intent_from_dict` reads it back."""
    written: dict[str, Any] = _INTENT.dump_python(intent, mode="json")
    return written


def intent_from_dict(data: Mapping[str, Any]) -> Intent:
    """Raises ValueError for anything `intent_as_dict` did not write."""
    try:
        return _INTENT.validate_python(data)
    except ValidationError as error:
        raise ValueError(f"this is no intent: {error.error_count()} mistakes") from None


def api_as_bytes(api: ApiIntent) -> bytes:
    """JSON; equal intents give equal bytes (law 9). `api_from_bytes` reads it back."""
    return _API.dump_json(api)


def api_from_bytes(data: bytes) -> ApiIntent:
    """Raises ValueError for anything `api_as_bytes` did not write."""
    try:
        return _API.validate_json(data)
    except ValidationError as error:
        raise ValueError(f"this is no API's intent: {error.error_count()} mistakes") from None
