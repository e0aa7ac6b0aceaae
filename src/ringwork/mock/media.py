"""Which of the declared media types a consumer gets (RFC 9110 section 12.5.1), and how a value is written in it."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlencode
from xml.etree import ElementTree

from ringwork.mock.document import Json

_JSON = "application/json"


@dataclass(frozen=True, slots=True)
class _Range:
    """One entry of `Accept`."""

    type: str
    quality: float

    def weight(self, media_type: str) -> tuple[int, float]:
        """How precisely it names `media_type`, and how much that is liked; (0, 0.0): not at all."""
        kind, _, rest = self.type.partition("/")
        if self.type == media_type:
            return 3, self.quality
        if rest == "*" and (kind in ("*", media_type.partition("/")[0])):
            return (1 if kind == "*" else 2), self.quality
        return 0, 0.0


def chosen(accept: str | None, declared: Iterable[str]) -> str | None:
    """The declared media type that is liked best, JSON among equals; None: there is none the consumer takes."""
    offers = list(declared)
    ranges = [_range(entry) for entry in (accept or "*/*").split(",") if entry.strip()]
    liked = [
        (max(one.weight(essence(offer)) for one in ranges)[1], is_json(offer), -number)
        for number, offer in enumerate(offers)
    ]
    best = max(liked, default=(0.0, False, 0))
    return offers[-best[2]] if best[0] > 0 else None


def sent_as(media_type: str) -> str:
    """A media type one can send for one that may be a range."""
    return _JSON if "*" in media_type else media_type


def essence(media_type: str) -> str:
    """Without parameters, in lower case; ranges as what they are sent as."""
    return sent_as(media_type.partition(";")[0].strip().lower())


def is_json(media_type: str) -> bool:
    subtype = essence(media_type).partition("/")[2]
    return subtype == "json" or subtype.endswith("+json")


def encoded(value: Json, media_type: str) -> bytes:
    """`value` as bytes of that media type. What is neither JSON nor known is text."""
    form = essence(media_type)
    if is_json(form):
        return json.dumps(value, ensure_ascii=False).encode()
    if form in ("application/x-ndjson", "application/jsonl", "application/json-seq"):
        lines = value if isinstance(value, list) else [value]
        start = "\x1e" if form.endswith("json-seq") else ""
        return "".join(f"{start}{json.dumps(line, ensure_ascii=False)}\n" for line in lines).encode()
    if form == "text/event-stream":
        return f"data: {json.dumps(value, ensure_ascii=False)}\n\n".encode()
    if form == "application/x-www-form-urlencoded" and isinstance(value, dict):
        return urlencode(value, doseq=True).encode()
    if form.endswith(("/xml", "+xml")) and not isinstance(value, str):
        return _xml(value)
    if form == "text/csv" and isinstance(value, list):
        return _csv(value)
    return value.encode() if isinstance(value, str) else json.dumps(value, ensure_ascii=False).encode()


def _range(entry: str) -> _Range:
    name, *parameters = (part.strip().lower() for part in entry.split(";"))
    for parameter in parameters:
        if parameter.startswith("q="):
            try:
                return _Range(name, float(parameter[2:]))
            except ValueError:
                return _Range(name, 0.0)
    return _Range(name, 1.0)


def _element(name: str, value: Json) -> ElementTree.Element:
    element = ElementTree.Element(name if name.isidentifier() else "value")
    if isinstance(value, dict):
        element.extend(_element(key, child) for key, child in value.items())
    elif isinstance(value, list):
        element.extend(_element("item", child) for child in value)
    elif value is not None:
        element.text = json.dumps(value) if isinstance(value, bool) else str(value)
    return element


def _xml(value: Json) -> bytes:
    written: bytes = ElementTree.tostring(_element("value", value), encoding="utf-8", xml_declaration=True)
    return written


def _csv(rows: list[Json]) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out)
    names = list(rows[0]) if rows and isinstance(rows[0], dict) else []
    if names:
        writer.writerow(names)
    for row in rows:
        writer.writerow([row.get(name) for name in names] if isinstance(row, dict) else [row])
    return out.getvalue().encode()
