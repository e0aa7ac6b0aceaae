"""What the admin API asks of the control plane behind it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any, Protocol

from ringwork.control.identities import Identities
from ringwork.control.keys import Keys
from ringwork.control.model import Revision
from ringwork.fleet.measures import Measures


class Plane(Protocol):
    """A running control plane. Methods that change something take one caller at a time."""

    @property
    def keys(self) -> Keys: ...

    @property
    def identities(self) -> Identities: ...

    def status(self) -> dict[str, Any]:
        """Gateway, rings, current revision."""

    def measures(self) -> Measures | None:
        """The control plane's metrics; None while the estate has them off."""

    def revisions(self) -> list[Revision]:
        """Those that can be gone back to, newest first."""

    def apply(self, estate: Path, environment: str | None = None) -> dict[str, Any]:
        """Applies the estate in this folder, as it is in `environment`; returns plan, findings and the
        gateway's word. Raises Refused.
        """

    def rotate_signing_key(self, overlap: timedelta | None) -> dict[str, Any]:
        """Signs with another key from now on; returns the gateway's word. Raises Refused."""

    def authorities(self, name: str) -> list[dict[str, Any]]:
        """Certificates of one embedded CA. Raises Refused."""

    def rotate_authority(self, name: str, lead: timedelta, overlap: timedelta | None) -> dict[str, Any]:
        """Begins to put another CA in the place of one, or (overlap None) does so at once; returns the gateway's
        word. Raises Refused.
        """

    def roll_back(self, revision: int) -> dict[str, Any]:
        """Makes an old revision's content current; returns the gateway's word. Raises Refused."""
