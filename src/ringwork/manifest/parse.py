"""A file's plain value becomes a manifest; what pydantic objects to becomes located findings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from ringwork.kernel.findings import Finding, Severity
from ringwork.kernel.suggest import did_you_mean
from ringwork.manifest.source import SourceFile
from ringwork.manifest.values import Manifest

Model = TypeVar("Model", bound=BaseModel)

# An honest file has a handful of mistakes; a file with more is of another kind, and says so in the first hundred.
_REPORTED_AT_MOST = 100

_JSON_TYPES: dict[type, str] = {
    dict: "an object",
    list: "a list",
    str: "text",
    bool: "true or false",
    int: "a number",
    float: "a number with a fraction",
    type(None): "nothing",
}
_WANTED = {
    "string_type": "text",
    "int_type": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "tuple_type": "a list",
    "model_type": "an object with keys",
    "model_attributes_type": "an object with keys",
    "mapping_type": "an object with keys",
    "dict_type": "an object with keys",
}


def parse(model: type[Model], source: SourceFile) -> tuple[Model | None, list[Finding]]:
    """The manifest, or None and every mistake in it."""
    try:
        return model.model_validate(source.value), []
    except ValidationError as error:
        details = [detail for detail in error.errors(include_url=False) if not _follows_from_another(detail)]
        return None, [_finding(model, source, detail) for detail in details[:_REPORTED_AT_MOST]]


def _follows_from_another(detail: ErrorDetails) -> bool:
    """A list that is too short only because its items are broken."""
    return detail["type"] == "too_short" and bool(detail["input"])


def _finding(model: type[BaseModel], source: SourceFile, detail: ErrorDetails) -> Finding:
    path, kind = detail["loc"], detail["type"]
    if kind == "extra_forbidden":
        return _unknown_key(model, source, path)
    if kind == "missing":
        return _missing_key(model, source, path)
    if kind in _WANTED:
        return _wrong_type(source, path, _WANTED[kind], detail["input"])
    help = str(detail.get("ctx", {}).get("help", "See `ringwork schema` for what may be written here."))
    code = str(detail.get("ctx", {}).get("code", "invalid-value"))
    return Finding(code, Severity.ERROR, _objection(path, detail), help, source.at(*path))


def _unknown_key(model: type[BaseModel], source: SourceFile, path: tuple[int | str, ...]) -> Finding:
    enclosing = model_at(model, path[:-1])
    known = enclosing.model_fields if enclosing is not None else ()
    if _is_the_same_everywhere(enclosing, str(path[-1])):
        help = f"It is the same in every environment. An environment may say: {', '.join(sorted(known))}."
        message = f'an environment cannot change "{path[-1]}"'
        return Finding("environment-cannot-change", Severity.ERROR, message, help, source.key_at(*path))
    message = f'unknown key "{_clipped(str(path[-1]))}"'
    help = did_you_mean(str(path[-1]), known)
    return Finding("unknown-key", Severity.ERROR, message, help, source.key_at(*path))


def _is_the_same_everywhere(enclosing: type[BaseModel] | None, key: str) -> bool:
    whole = enclosing.differs_from if enclosing is not None and issubclass(enclosing, Manifest) else None
    return whole is not None and key in whole.model_fields


def _missing_key(model: type[BaseModel], source: SourceFile, path: tuple[int | str, ...]) -> Finding:
    enclosing = model_at(model, path[:-1])
    field = enclosing.model_fields.get(str(path[-1])) if enclosing is not None else None
    what = f" {field.description}" if field is not None and field.description else ""
    where = f" in {_shown(path[:-1])}" if len(path) > 1 else ""
    message = f'"{path[-1]}" is missing{where}'
    # An object begins at its first key, so the enclosing key is the place a reader looks for.
    place = source.key_at(*path[:-1]) if len(path) > 1 else source.at()
    return Finding("missing-key", Severity.ERROR, message, f'Add "{path[-1]}".{what}', place)


def _wrong_type(source: SourceFile, path: tuple[int | str, ...], wanted: str, given: Any) -> Finding:
    message = f"{_shown(path)} must be {wanted}, not {_JSON_TYPES.get(type(given), 'this')}"
    scalar = isinstance(given, bool | int | float)
    help = "Put it in quotes." if wanted == "text" and scalar else f"Write {wanted} here."
    return Finding("wrong-type", Severity.ERROR, message, help, source.at(*path))


def _objection(path: tuple[int | str, ...], detail: ErrorDetails) -> str:
    kind, context = detail["type"], detail.get("ctx", {})
    if kind in ("too_short", "too_long"):
        bound = (
            f"at least {context['min_length']}" if kind == "too_short" else f"at most {context['max_length']}"
        )
        return f"{_shown(path)} has {context['actual_length']} items; it takes {bound}"
    # Pydantic's own words for bounds and choices are good ones once they speak about the key.
    return f"{_shown(path)}: {detail['msg'].replace('Input should', 'this should', 1)}"


def model_at(model: type[BaseModel], path: tuple[int | str, ...]) -> type[BaseModel] | None:
    """The model that describes the object at `path`."""
    current: type[BaseModel] | None = model
    annotation: Any = model
    for part in path:
        if isinstance(part, str) and current is not None and part in current.model_fields:
            annotation = current.model_fields[part].annotation
        else:  # an item of a list, a member of a mapping
            annotation = _item_of(annotation)
        current = _model_in(annotation)
    return current


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    if _is_container(annotation):
        return None
    found = (_model_in(argument) for argument in get_args(annotation))
    return next((model for model in found if model is not None), None)


def _item_of(annotation: Any) -> Any:
    if _is_container(annotation):
        return get_args(annotation)[1 if issubclass(annotation.__origin__, Mapping) else 0]
    items = (_item_of(argument) for argument in get_args(annotation))
    return next((item for item in items if item is not None), None)


def _is_container(annotation: Any) -> bool:
    origin = getattr(annotation, "__origin__", None)
    return isinstance(origin, type) and issubclass(origin, tuple | Mapping)


def _shown(path: tuple[int | str, ...]) -> str:
    """`rings.public.listen[0]`."""
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return _clipped(text.removeprefix(".")) or "the file"


def _clipped(text: str) -> str:
    return text if len(text) <= 80 else text[:80] + "…"
