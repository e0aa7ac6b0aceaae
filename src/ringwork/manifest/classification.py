"""`classification` of `api.yaml`: what is known of those who use an API. The words are those of `ringwork classify`."""

from __future__ import annotations

from typing import Literal

from ringwork.manifest.values import Manifest


class ClassificationManifest(Manifest):
    """Answers to the six questions that suggest an audience; leave out what is not known."""

    consumers: Literal["own-teams", "known-organisations", "anyone"] | None = None
    """Who consumes it."""
    channel: Literal["chat-or-meeting", "named-contacts", "announcements"] | None = None
    """How you reach them."""
    trust: Literal["colleagues", "contract", "none"] | None = None
    """How far you trust them."""
    breaking_change: Literal["a-coordinated-release", "a-project", "we-cannot-know"] | None = None
    """What a breaking change costs them."""
    enforcement: Literal["by-rules", "by-agreement", "not-at-all"] | None = None
    """Whether you can enforce how they use it."""
    source_access: Literal["can-read", "cannot-read"] | None = None
    """Whether they can read the source."""
