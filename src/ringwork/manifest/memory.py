"""`cache` of `ringwork.yaml`: the memory of each gateway for responses that are kept."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from ringwork.manifest.values import Manifest

# Of the memory, one response takes so little at most that it never drives out most of the others.
LARGEST_OBJECT_SHARE = 8


class CacheMemoryManifest(Manifest):
    """Memory for responses that are kept; none is taken where no API says `cache`."""

    max_bytes: Annotated[int, Field(ge=1024 * 1024, le=256 * 1024**3)] = 64 * 1024 * 1024
    """Of each gateway, all rings together. What is asked for least is dropped first."""

    @property
    def largest_object_bytes(self) -> int:
        return self.max_bytes // LARGEST_OBJECT_SHARE
