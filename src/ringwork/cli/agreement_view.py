"""An agreement as its partner reads it: one HTML file that needs nothing beside it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined


def as_html(agreement: Mapping[str, Any], handed: Mapping[str, Any] | None) -> str:
    """`agreement` as `app.agreement` makes it; `handed`: the handover of its keys, None: they come another way."""
    templates = Environment(
        loader=PackageLoader("ringwork.cli", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.filters["worded"] = _worded
    return templates.get_template("agreement.html.j2").render(**agreement, handed=handed)


def _worded(name: str) -> str:
    """`latency_p95_ms` for people."""
    text = name.replace("_percent", " (%)").replace("_minutes", " (minutes)").replace("_ms", " (ms)")
    return text.replace("_", " ")
