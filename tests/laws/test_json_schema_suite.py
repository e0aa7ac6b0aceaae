"""The JSON Schema Test Suite through the request validator: draft 4 as OpenAPI 3.0, 2020-12 as OpenAPI 3.1.

What is different is listed here and, with its reason, in docs/request-validation.md.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.laws.json_schema_suite import DRAFTS, SUITE, Group, Sending, groups

INTERNAL, PUBLIC = 0, 2
# Findings that say why an operation takes no such body.
REFUSED_BY_A_FINDING = frozenset(
    (
        "openapi-ref-dangling",  # `$id` and `$anchor` name nothing in an OpenAPI document
        "projection-dynamic-reference",  # `$dynamicRef`
        "reference-elsewhere",  # another file; fetched only where the estate holds it
        "validation-pattern",  # not to be matched in linear time
    )
)
# File or group → why instances of it are judged otherwise than the suite says.
_CONSTANTS = (
    "fields of constants are closed as all fields are, and lists that hold such fields are not compared"
)
_PATTERNS = "a field whose name two patterns match is closed"
_DEPENDENT = "which fields there may be is the same whether or not the field is there that others depend on"
DIFFERENT: dict[str, dict[str, str]] = {
    "draft4": {
        "dependencies": "no keyword of OpenAPI 3.0",
        "optional/zeroTerminatedFloats": "1.0 is an integer, as in every later draft",
        "enum: heterogeneous enum validation": _CONSTANTS,
        "patternProperties: multiple simultaneous patternProperties are validated": _PATTERNS,
    },
    "draft2020-12": {
        "format": "formats are checked",
        "vocabulary": "a schema is of the vocabulary of OpenAPI, whatever it names",
        "optional/dependencies-compatibility": "no keyword of 2020-12",
        "const: const with array": _CONSTANTS,
        "enum: heterogeneous enum validation": _CONSTANTS,
        "dependentSchemas: single dependency": _DEPENDENT,
        "dependentSchemas: boolean subschemas": _DEPENDENT,
        "patternProperties: multiple simultaneous patternProperties are validated": _PATTERNS,
    },
}


def _named(draft: str, group: Group) -> str | None:
    """By what the group is in the list."""
    names = (group.name, group.name.partition(":")[0])
    return next((name for name in names if name in DIFFERENT[draft]), None)


def _cases(openapi: str, ring: int) -> Iterator[tuple[Group, Sending, dict[str, Any]]]:
    assert SUITE.exists(), f"{SUITE} is missing: run `make test`"
    for group in groups(DRAFTS[openapi]):
        sending = Sending(openapi, group.schema, ring)
        for test in group.tests:
            yield group, sending, test


@pytest.mark.parametrize("openapi", DRAFTS)
def test_outer_rings_take_what_fits_and_is_declared_and_nothing_else(openapi: str) -> None:
    wrong, judged = [], 0
    for group, sending, test in _cases(openapi, PUBLIC):
        verdict = sending.verdict(test["data"])
        judged += verdict != "not served"
        right = {"taken", "closed"} if test["valid"] else {"refused", "closed"}
        if verdict == "not served":
            assert sending.codes & REFUSED_BY_A_FINDING, (group.name, sending.codes)
        elif verdict not in right and _named(DRAFTS[openapi], group) is None:
            wrong.append((group.name, test["description"], verdict))
    assert not wrong
    assert judged > 800


@pytest.mark.parametrize("openapi", DRAFTS)
def test_what_fits_is_only_refused_outside_for_what_nobody_declared(openapi: str) -> None:
    for group, sending, test in _cases(openapi, PUBLIC):
        is_judged = _named(DRAFTS[openapi], group) is None and test["valid"]
        if is_judged and sending.verdict(test["data"]) == "closed":
            assert _may_be_undeclared(group.schema, test["data"]), (group.name, test["description"])


@pytest.mark.parametrize("openapi", DRAFTS)
def test_inside_exactly_that_is_told_which_does_not_fit(openapi: str) -> None:
    wrong, judged = [], 0
    for group, sending, test in _cases(openapi, INTERNAL):
        fits = None if sending.codes & REFUSED_BY_A_FINDING else sending.fits(test["data"])
        judged += fits is not None
        if fits not in (None, test["valid"]) and _named(DRAFTS[openapi], group) is None:
            wrong.append((group.name, test["description"], fits))
    assert not wrong
    assert judged > 800


@pytest.mark.parametrize("openapi", DRAFTS)
def test_every_difference_that_is_listed_is_one(openapi: str) -> None:
    different = set()
    for group, sending, test in _cases(openapi, PUBLIC):
        right = {"taken", "closed", "not served"} if test["valid"] else {"refused", "closed", "not served"}
        if sending.verdict(test["data"]) not in right:
            different.add(_named(DRAFTS[openapi], group))
    for group, sending, test in _cases(openapi, INTERNAL):
        if sending.fits(test["data"]) not in (None, test["valid"]):
            different.add(_named(DRAFTS[openapi], group))
    assert different - {None} == DIFFERENT[DRAFTS[openapi]].keys()


def _may_be_undeclared(schema: Any, instance: Any) -> bool:
    """Objects with fields, lists in lists, and positions behind those a schema names: of what nobody says anything,
    scalars and lists of them are taken.
    """
    if isinstance(instance, dict):
        return bool(instance)
    names_positions = "prefixItems" in schema or isinstance(schema.get("items"), list)
    return isinstance(instance, list) and (
        names_positions or any(isinstance(item, dict | list) for item in instance)
    )
