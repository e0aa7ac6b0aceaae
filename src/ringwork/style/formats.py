"""What kind of document something is, by the names rulesets use."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

# As rulesets write them → as they are known here.
NAMES: Mapping[str, str] = {
    "oas2": "oas2",
    "oas3": "oas3",
    **{f"oas3{mark}{minor}": f"oas3_{minor}" for minor in "012" for mark in "._"},
    "asyncapi2": "asyncapi2",
    **{f"aas2{mark}{minor}": f"aas2_{minor}" for minor in range(7) for mark in "._"},
    **{f"asyncapi2.{minor}": f"aas2_{minor}" for minor in range(7)},
    "asyncapi3": "asyncapi3",
    "aas3": "asyncapi3",
    "aas3_0": "aas3_0",
    "aas3.0": "aas3_0",
    "arazzo1": "arazzo1",
    "arazzo1_0": "arazzo1_0",
    "arazzo1.0": "arazzo1_0",
    "json-schema": "json-schema",
    "json-schema-loose": "json-schema-loose",
    "json-schema-draft4": "json-schema-draft4",
    "json-schema-draft6": "json-schema-draft6",
    "json-schema-draft7": "json-schema-draft7",
    "json-schema-draft-2019-09": "json-schema-draft-2019-09",
    "json-schema-2019-09": "json-schema-draft-2019-09",
    "json-schema-draft-2020-12": "json-schema-draft-2020-12",
    "json-schema-2020-12": "json-schema-draft-2020-12",
}

_SCHEMA = re.compile(r"json-schema\.org/(?:draft-0?(\d)|draft/(\d{4}-\d\d))")
_SCHEMA_WORDS = {
    "allOf", "anyOf", "oneOf", "not", "if", "$ref", "$defs", "definitions", "properties", "items", "enum", "const",
    "type", "required", "additionalProperties", "patternProperties",
}  # fmt: skip


def formats_of(members: Mapping[str, Any]) -> frozenset[str]:
    """Formats of a document with these members at its root; None stands for what is no scalar."""
    found: set[str] = set()
    openapi, asyncapi = str(members.get("openapi", "")), str(members.get("asyncapi", ""))
    if re.match(r"2(\.|$)", str(members.get("swagger", ""))):
        found.add("oas2")
    if match := re.match(r"3\.(\d)(\.|$)", openapi):
        found |= {"oas3", f"oas3_{match[1]}"}
    elif re.match(r"3$", openapi):
        found.add("oas3")
    if match := re.match(r"2\.(\d)\.", asyncapi):
        found |= {"asyncapi2", f"aas2_{match[1]}"}
    if match := re.match(r"3\.(\d)\.", asyncapi):
        found |= {"asyncapi3", f"aas3_{match[1]}"}
    if match := re.match(r"1\.(\d)\.", str(members.get("arazzo", ""))):
        found |= {"arazzo1", f"arazzo1_{match[1]}"}
    if match := _SCHEMA.search(str(members.get("$schema", ""))):
        draft = match[1] and f"json-schema-draft{match[1]}"
        found |= {"json-schema", draft or f"json-schema-draft-{match[2]}"}
    elif not found and _SCHEMA_WORDS & members.keys():
        found.add("json-schema-loose")
    return frozenset(found)
