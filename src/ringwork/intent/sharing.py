"""Where several gateways keep limits together: the estate's `shared_limits`, its URL taken apart."""

from __future__ import annotations

from ringwork.intent.model import SharedLimitsIntent
from ringwork.manifest.sharing import SharedLimitsManifest, shared_limits_url


def build_shared_limits(stated: SharedLimitsManifest | None) -> SharedLimitsIntent | None:
    """Raises ValueError for what is no URL; checks keep such an estate back."""
    if stated is None:
        return None
    url = shared_limits_url(stated.url)
    return SharedLimitsIntent(
        host=url.server.host,
        port=url.server.port,
        tls=url.server.tls,
        database=url.database,
        gateways=stated.gateways,
        username=stated.username,
        password=stated.password,
        ca=stated.ca,
    )
