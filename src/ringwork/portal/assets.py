"""Scripts and styles of the pages: Swagger UI, as the package `fastapi-offline` brings it, and a few lines of ours."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from ringwork.portal.answers import Content

_JAVASCRIPT, _CSS = "text/javascript; charset=utf-8", "text/css; charset=utf-8"
_NAMED_BY = 16

# Package, file in it, media type.
_SOURCES = (
    ("fastapi_offline", "static/swagger-ui-bundle.js", _JAVASCRIPT),
    ("fastapi_offline", "static/swagger-ui.css", _CSS),
    ("ringwork.portal", "assets/reference.js", _JAVASCRIPT),
    ("ringwork.portal", "assets/page.css", _CSS),
)


@cache
def assets() -> dict[str, Content]:
    """By the name a browser asks for, which says what the content is."""
    found = {}
    for package, path, media_type in _SOURCES:
        content = Content.of(media_type, files(package).joinpath(path).read_bytes(), "for-ever")
        stem, _, suffix = path.rpartition("/")[2].rpartition(".")
        found[f"{stem}.{content.sha256[:_NAMED_BY]}.{suffix}"] = content
    return found


@cache
def asset(file: str) -> str:
    """The name a browser asks for `file` by."""
    stem, _, suffix = file.rpartition(".")
    return next(name for name in assets() if name.startswith(f"{stem}.") and name.endswith(f".{suffix}"))
