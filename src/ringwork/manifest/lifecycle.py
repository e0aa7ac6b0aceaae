"""When a version is deprecated and when it ends, per ring; and what a partner agreed to."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import AfterValidator, Field, PlainValidator, WithJsonSchema

from ringwork.audience import Audience
from ringwork.manifest.values import Day, Manifest, Many, Name, Text, VersionName, refuse


def _read_moment(value: Any) -> datetime:
    try:
        moment = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        refuse("this is no moment", "Write it like 2027-05-04T10:00:00Z.")
    if moment.tzinfo is None:
        refuse("this moment is in no time zone", "End it with Z for UTC: 2027-05-04T10:00:00Z.")
    return moment.astimezone(UTC)


Moment = Annotated[
    datetime, PlainValidator(_read_moment), WithJsonSchema({"type": "string", "format": "date-time"})
]
"""RFC 3339 §5.6 date-time."""


def _guide_url(text: str) -> str:
    help = "Write the https address of the page that says how to move on."
    plain = all(33 <= ord(letter) < 127 and letter not in '<>"\\' for letter in text)
    if not plain or not text.startswith("https://") or len(text) < 12:
        refuse("this is no address of a migration guide", help)
    return text


GuideUrl = Annotated[
    str, Field(max_length=2000, json_schema_extra={"format": "uri"}), AfterValidator(_guide_url)
]


class BrownoutManifest(Manifest):
    """A while in which the version answers 503, announced here, so that whoever still calls it notices."""

    begins: Moment
    ends: Moment


Brownouts = Annotated[Many[BrownoutManifest], Field(max_length=100)]


class EndingManifest(Manifest):
    """What one ring has different."""

    deprecated: Day | None = None
    sunset: Day | None = None
    brownouts: Brownouts | None = None
    """In place of the version's."""


class EndingsByRing(Manifest):
    """Dates per ring, where rings differ."""

    internal: EndingManifest = EndingManifest()
    partner: EndingManifest = EndingManifest()
    public: EndingManifest = EndingManifest()

    def of(self, audience: Audience) -> EndingManifest:
        ending: EndingManifest = getattr(self, audience.label)
        return ending


class AcknowledgedManifest(Manifest):
    """Who said yes for the partner, and when."""

    by: Text
    on: Day


class AgreedSunsetManifest(Manifest):
    """When a version ends for this partner: agreed upon, in place of the partner ring's date."""

    api: Name
    version: VersionName
    sunset: Day
    """The first day (UTC) on which it is gone for this partner."""
    acknowledged: AcknowledgedManifest
