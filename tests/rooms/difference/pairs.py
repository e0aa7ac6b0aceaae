"""Small pairs of documents, at least one for every rule: what `recorded.txt` has oasdiff's answers to."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from copy import deepcopy
from typing import Any, NamedTuple

Json = dict[str, Any]
Schema = Any

S: Json = {"type": "string"}
N: Json = {"type": "number"}
I: Json = {"type": "integer"}  # noqa: E741
A: Json = {"type": "array"}
O: Json = {"type": "object"}  # noqa: E741
LIST: Json = {"type": "array", "items": S}


class DocumentPair(NamedTuple):
    name: str
    old: Json
    new: Json


def obj(required: tuple[str, ...] = (), **properties: Schema) -> Json:
    found: Json = {"type": "object", "properties": properties}
    return found | {"required": list(required)} if required else found


def bounds(base: Json, keyword: str) -> dict[str, tuple[Schema, Schema]]:
    """A bound that is set, and one that is lowered; the other way round it is unset, and raised."""
    return {
        f"{keyword} set": (base, base | {keyword: 5}),
        f"{keyword} lowered": (base | {keyword: 10}, base | {keyword: 5}),
    }


def read_only(keyword: str, base: Json, higher: int, lower: int) -> tuple[Schema, Schema]:
    return (
        obj(a=base | {"readOnly": True, keyword: higher}),
        obj(a=base | {"readOnly": True, keyword: lower}),
    )


ALTERNATIVES = [obj(a=S), obj(b=S)]
MAPPED = {
    "propertyName": "b",
    "mapping": {"x": "#/components/schemas/A", "z": "#/components/schemas/A"},
}
REMAPPED = {
    "propertyName": "b",
    "mapping": {"y": "#/components/schemas/A", "z": "#/components/schemas/B"},
}

# Of OpenAPI 3.0; each is compared in both directions, everywhere a schema can stand.
SCHEMAS_30: dict[str, tuple[Schema, Schema]] = {
    **bounds(N, "maximum"),
    **bounds(N, "minimum"),
    **bounds(S, "maxLength"),
    **bounds(S, "minLength"),
    **bounds(LIST, "maxItems"),
    **bounds(LIST, "minItems"),
    **bounds(O, "maxProperties"),
    **bounds(O, "minProperties"),
    "minItems of nothing": (LIST, LIST | {"minItems": 0}),
    "exclusiveMaximum flag": (N | {"maximum": 10}, N | {"maximum": 10, "exclusiveMaximum": True}),
    "exclusiveMinimum flag": (N | {"minimum": 10}, N | {"minimum": 10, "exclusiveMinimum": True}),
    "multipleOf set": (N, N | {"multipleOf": 2}),
    "multipleOf divided": (N | {"multipleOf": 4}, N | {"multipleOf": 2}),
    "multipleOf other": (N | {"multipleOf": 4}, N | {"multipleOf": 3}),
    "type": (S, I),
    "type wider": (I, N),
    "type any": (S, {}),
    "format": (S, S | {"format": "uuid"}),
    "format wider": (S | {"format": "date"}, S | {"format": "date-time"}),
    "format other": (S | {"format": "uuid"}, S | {"format": "email"}),
    "format int32": (I | {"format": "int32"}, I | {"format": "int64"}),
    "type and format": (I | {"format": "int32"}, S | {"format": "uuid"}),
    "nullable": (S, S | {"nullable": True}),
    "nullable property": (obj(a=S), obj(a=S | {"nullable": True})),
    "enum": (S | {"enum": ["a", "b"]}, S | {"enum": ["a", "c"]}),
    "enum property": (obj(a=S | {"enum": ["a", "b"]}), obj(a=S | {"enum": ["a", "c"]})),
    "enum set": (S, S | {"enum": ["a"]}),
    "enum set on property": (obj(a=S), obj(a=S | {"enum": ["a"]})),
    "pattern": (S | {"pattern": "a+"}, S | {"pattern": "a*"}),
    "pattern set": (S, S | {"pattern": "a"}),
    "pattern of everything": (S | {"pattern": "a"}, S | {"pattern": ".*"}),
    "default": (S, S | {"default": "a"}),
    "default other": (S | {"default": "b"}, S | {"default": "a"}),
    "uniqueItems": (LIST, LIST | {"uniqueItems": True}),
    "property": (obj(a=S), obj(a=S, b=S)),
    "required property": (obj(a=S), obj(("b",), a=S, b=S)),
    "required property with default": (obj(a=S), obj(("b",), a=S, b=S | {"default": "x"})),
    "required": (obj(a=S), obj(("a",), a=S)),
    "required with default": (obj(a=S | {"default": "x"}), obj(("a",), a=S | {"default": "x"})),
    "writeOnly property": (obj(a=S), obj(a=S, b=S | {"writeOnly": True})),
    "required writeOnly property": (obj(a=S), obj(("b",), a=S, b=S | {"writeOnly": True})),
    "readOnly property": (obj(a=S), obj(a=S, b=S | {"readOnly": True})),
    "readOnly": (obj(a=S), obj(a=S | {"readOnly": True})),
    "writeOnly": (obj(a=S), obj(a=S | {"writeOnly": True})),
    "readOnly of required": (obj(("a",), a=S), obj(("a",), a=S | {"readOnly": True})),
    "writeOnly of required": (obj(("a",), a=S), obj(("a",), a=S | {"writeOnly": True})),
    "maximum of readOnly": read_only("maximum", N, 5, 3),
    "minimum of readOnly": read_only("minimum", N, 3, 5),
    "maxLength of readOnly": read_only("maxLength", S, 5, 3),
    "maxItems of readOnly": read_only("maxItems", LIST, 5, 3),
    "maxProperties of readOnly": read_only("maxProperties", O, 5, 3),
    "maximum of writeOnly": (
        obj(a=N | {"writeOnly": True, "maximum": 5}),
        obj(a=N | {"writeOnly": True, "maximum": 9}),
    ),
    "enum of readOnly": (
        obj(a=S | {"readOnly": True, "enum": ["a", "b"]}),
        obj(a=S | {"readOnly": True, "enum": ["a"]}),
    ),
    "enum of writeOnly": (
        obj(a=S | {"writeOnly": True, "enum": ["a", "b"]}),
        obj(a=S | {"writeOnly": True, "enum": ["a", "b", "c"]}),
    ),
    "required of writeOnly": (obj(a=S | {"writeOnly": True}), obj(("a",), a=S | {"writeOnly": True})),
    "required of readOnly": (obj(a=S | {"readOnly": True}), obj(("a",), a=S | {"readOnly": True})),
    "nested": (obj(a=obj(b=S | {"maxLength": 5})), obj(a=obj(b=S | {"maxLength": 3}))),
    "items": (A | {"items": S}, A | {"items": I}),
    "items wider": (A | {"items": I}, A | {"items": N}),
    "items any": (A | {"items": S}, A | {"items": {}}),
    "additionalProperties": (O | {"additionalProperties": S}, O | {"additionalProperties": I}),
    "additionalProperties false": (O, O | {"additionalProperties": False}),
    "additionalProperties true": (O, O | {"additionalProperties": True}),
    "additionalProperties closed": (O | {"additionalProperties": True}, O | {"additionalProperties": False}),
    "additionalProperties set": (O, O | {"additionalProperties": S}),
    "allOf": ({"allOf": [obj(a=S)]}, {"allOf": [obj(a=S), obj(b=I)]}),
    "allOf annotation": ({"allOf": [obj(a=S)]}, {"allOf": [obj(a=S), {"title": "x"}]}),
    "anyOf": ({"anyOf": ALTERNATIVES}, {"anyOf": [*ALTERNATIVES, obj(c=S)]}),
    "oneOf": ({"oneOf": ALTERNATIVES}, {"oneOf": [*ALTERNATIVES, obj(c=S)]}),
    "oneOf branch": ({"oneOf": ALTERNATIVES}, {"oneOf": [obj(a=S), obj(b=I)]}),
    "types by anyOf": ({"anyOf": [S, I]}, {"anyOf": [S, I, {"type": "boolean"}]}),
    "types by oneOf": ({"oneOf": [S, I]}, {"oneOf": [S, I, {"type": "boolean"}]}),
    "types by oneOf from one": (S, {"oneOf": [S, I]}),
    "types of a property": (obj(a={"oneOf": [S, I]}), obj(a={"oneOf": [S, {"type": "boolean"}]})),
    "types of a property wider": (obj(a=S), obj(a={"oneOf": [S, I]})),
    "wrapped, kept": (obj(a=S), {"oneOf": ALTERNATIVES}),
    "wrapped": (obj(("a",), a=S), {"oneOf": [obj(("a",), a=I), obj(("b",), b=S)]}),
    "discriminator": (
        {"oneOf": ALTERNATIVES},
        {"oneOf": ALTERNATIVES, "discriminator": {"propertyName": "a"}},
    ),
    "discriminator name": (
        {"oneOf": ALTERNATIVES, "discriminator": {"propertyName": "b"}},
        {"oneOf": ALTERNATIVES, "discriminator": {"propertyName": "a"}},
    ),
    "discriminator mapping": (
        {"oneOf": ALTERNATIVES, "discriminator": MAPPED},
        {"oneOf": ALTERNATIVES, "discriminator": REMAPPED},
    ),
    "not": (S | {"not": {"enum": ["a"]}}, S | {"not": {"enum": ["a", "b"]}}),
    "not set": (S, S | {"not": {"enum": ["a"]}}),
    "deprecated": (obj(a=S), obj(a=S | {"deprecated": True})),
    "deprecated with sunset": (obj(a=S), obj(a=S | {"deprecated": True, "x-sunset": "2099-01-01"})),
    "deprecated with no date": (obj(a=S), obj(a=S | {"deprecated": True, "x-sunset": "soon"})),
    "deprecated too late": (obj(a=S), obj(a=S | {"deprecated": True, "x-sunset": "2019-01-01"})),
    "x-extensible-enum": (
        S | {"x-extensible-enum": ["a", "b"]},
        S | {"x-extensible-enum": ["a"]},
    ),
    "x-extensible-enum beside enum": (
        S | {"enum": ["a"], "x-extensible-enum": ["a"]},
        S | {"enum": ["a", "b"], "x-extensible-enum": ["a", "b"]},
    ),
    "stability": (obj(a=S | {"x-stability-level": "stable"}), obj(a=S | {"x-stability-level": "beta"})),
}

# Of OpenAPI 3.1.
SCHEMAS_31: dict[str, tuple[Schema, Schema]] = {
    **bounds(N, "exclusiveMaximum"),
    **bounds(N, "exclusiveMinimum"),
    **bounds(A | {"contains": S}, "maxContains"),
    **bounds(A | {"contains": S}, "minContains"),
    "exclusiveMaximum of readOnly": read_only("exclusiveMaximum", N, 5, 3),
    "exclusiveMinimum of readOnly": read_only("exclusiveMinimum", N, 3, 5),
    "null": (S, {"type": ["string", "null"]}),
    "several types": ({"type": ["string", "integer"]}, {"type": ["string", "integer", "boolean"]}),
    "several types from one": (S, {"type": ["string", "integer"]}),
    "const": ({"const": "a"}, {"const": "b"}),
    "const set": (S, S | {"const": "b"}),
    "const for enum": (S | {"enum": ["a"]}, S | {"const": "a"}),
    "exclusiveMaximum for maximum": (N | {"maximum": 5}, N | {"exclusiveMaximum": 5}),
    "contains": (A, A | {"contains": S}),
    "if": (O, O | {"if": obj(a=S), "then": obj(b=S), "else": obj(c=S)}),
    "propertyNames": (O, O | {"propertyNames": {"maxLength": 3}}),
    "unevaluatedProperties": (O, O | {"unevaluatedProperties": S}),
    "unevaluatedProperties false": (O, O | {"unevaluatedProperties": False}),
    "unevaluatedItems": (A, A | {"unevaluatedItems": S}),
    "dependentRequired": (obj(a=S, b=S), obj(a=S, b=S) | {"dependentRequired": {"a": ["b"]}}),
    "dependentRequired other": (
        obj(a=S, b=S, c=S) | {"dependentRequired": {"a": ["c"]}},
        obj(a=S, b=S, c=S) | {"dependentRequired": {"a": ["b"]}},
    ),
    "dependentSchemas": (obj(a=S, b=S), obj(a=S, b=S) | {"dependentSchemas": {"a": obj(b=I)}}),
    "patternProperties": (O, O | {"patternProperties": {"^x": S}}),
    "prefixItems": (A | {"items": I}, A | {"items": I, "prefixItems": [S]}),
    "prefixItems other": (A | {"prefixItems": [S]}, A | {"prefixItems": [I]}),
    "contentEncoding": (S, S | {"contentEncoding": "base64"}),
    "contentMediaType": (S, S | {"contentMediaType": "text/plain"}),
    "contentSchema": (
        S | {"contentMediaType": "application/json"},
        S | {"contentMediaType": "application/json", "contentSchema": obj(a=S)},
    ),
    "false": (obj(a=S), obj(a=False)),
    "true": (True, False),
    "null by oneOf": ({"oneOf": [{"type": "null"}, obj(a=S)]}, obj(a=S)),
    "null by anyOf": (obj(a=S), {"anyOf": [{"type": "null"}, obj(a=S)]}),
}


def _document(version: str, operation: Json) -> Json:
    operation = {"operationId": "x", "responses": {"200": {"description": "ok"}}} | operation
    return {
        "openapi": version,
        "info": {"title": "t", "version": "1"},
        "paths": {"/x": {"post": operation}},
        "components": {"schemas": {"A": obj(a=S), "B": obj(b=S)}},
    }


def _answer(**members: Json) -> Json:
    return {"responses": {"200": {"description": "ok"} | members}}


def _content(schema: Schema, media_type: str = "application/json") -> Json:
    return {media_type: {"schema": schema}}


WHERE: dict[str, Callable[[Schema], Json]] = {
    "request body": lambda schema: {"requestBody": {"content": _content(schema)}},
    "request property": lambda schema: {"requestBody": {"content": _content(obj(p=schema))}},
    "request text": lambda schema: {"requestBody": {"content": _content(schema, "text/plain")}},
    "parameter": lambda schema: {"parameters": [{"name": "q", "in": "query", "schema": schema}]},
    "header parameter": lambda schema: {"parameters": [{"name": "q", "in": "header", "schema": schema}]},
    "response body": lambda schema: _answer(content=_content(schema)),
    "response property": lambda schema: _answer(content=_content(obj(p=schema))),
    "response text": lambda schema: _answer(content=_content(obj(p=schema), "text/plain")),
    "response text body": lambda schema: _answer(content=_content(schema, "text/plain")),
    "response header": lambda schema: _answer(headers={"X-A": {"schema": schema}}),
}


def schema_pairs() -> Iterator[DocumentPair]:
    for version, cases in (("3.0.3", SCHEMAS_30), ("3.1.0", SCHEMAS_31)):
        for name, (old, new) in cases.items():
            for where, use in WHERE.items():
                sides = _document(version, use(old)), _document(version, use(new))
                yield DocumentPair(f"{name} > {where}", *sides)
                yield DocumentPair(f"{name} < {where}", *sides[::-1])


BASE: Json = {
    "openapi": "3.0.3",
    "info": {"title": "t", "version": "1.0.0"},
    "paths": {
        "/x/{id}": {
            "post": {
                "operationId": "x",
                "tags": ["a"],
                "parameters": [
                    {"name": "id", "in": "path", "required": True, "schema": S},
                    {"name": "q", "in": "query", "schema": S},
                    {"name": "old", "in": "query", "deprecated": True, "schema": S},
                    {"name": "end", "in": "query", "deprecated": True, "x-sunset": "2098-01-01", "schema": S},
                ],
                "requestBody": {
                    "content": _content(obj(a=S)) | _content(obj(a=S), "application/xml"),
                },
                "responses": {
                    "200": {
                        "description": "o",
                        "headers": {"X-A": {"required": True, "schema": S}, "X-B": {"schema": S}},
                        "content": _content(obj(a=S)),
                    },
                    "202": {"description": "o", "content": _content(S, "text/csv;a=1")},
                    "400": {"description": "b"},
                    "default": {"description": "d"},
                },
                "security": [{"k": []}, {"o": ["a"]}],
            }
        },
        "/y": {
            "get": {"deprecated": True, "responses": {"200": {"description": "o"}}},
            "put": {"responses": {"200": {"description": "o"}}},
        },
        "/z": {
            "get": {"deprecated": True, "x-sunset": "2098-01-01", "responses": {"200": {"description": "o"}}},
            "put": {"deprecated": True, "x-sunset": "soon", "responses": {"200": {"description": "o"}}},
        },
    },
    "components": {
        "securitySchemes": {
            "k": {"type": "apiKey", "in": "header", "name": "X-K"},
            "b": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
            "c": {"type": "openIdConnect", "openIdConnectUrl": "https://a.example/"},
            "o": {
                "type": "oauth2",
                "flows": {
                    "implicit": {
                        "authorizationUrl": "https://a.example/",
                        "scopes": {"a": "A", "b": "B"},
                    }
                },
            },
        },
        "schemas": {"A": obj(a=S)},
    },
}

Edit = Callable[[Json, Json], object]


def _renamed_path(document: Json, operation: Json) -> None:
    document["paths"]["/x/{key}"] = document["paths"].pop("/x/{id}")
    operation["parameters"][0]["name"] = "key"


def _moved(mapping: Json, old: str, new: str) -> None:
    mapping[new] = mapping.pop(old)


def _flow(document: Json) -> Json:
    found: Json = document["components"]["securitySchemes"]["o"]["flows"]["implicit"]
    return found


def _schemes(document: Json) -> Json:
    found: Json = document["components"]["securitySchemes"]
    return found


def _content_of(operation: Json) -> Json:
    found: Json = operation["responses"]["200"]["content"]
    return found


# Each gets the document and its operation of `/x/{id}`.
EDITS: dict[str, Edit] = {
    "path parameter renamed": _renamed_path,
    "path removed": lambda d, o: d["paths"].pop("/x/{id}"),
    "deprecated operation removed": lambda d, o: d["paths"]["/y"].pop("get"),
    "operation removed": lambda d, o: d["paths"]["/y"].pop("put"),
    "paths removed": lambda d, o: d["paths"].pop("/y"),
    "sunset path removed": lambda d, o: d["paths"].pop("/z"),
    "sunset operation removed": lambda d, o: d["paths"]["/z"].pop("get"),
    "operation added": lambda d, o: d["paths"]["/y"].update(
        delete={"responses": {"200": {"description": "o"}}}
    ),
    "operationId": lambda d, o: o.update(operationId="z"),
    "operationId removed": lambda d, o: o.pop("operationId"),
    "tag": lambda d, o: o.update(tags=["b"]),
    "parameter removed": lambda d, o: o["parameters"].pop(1),
    "deprecated parameter removed": lambda d, o: o["parameters"].pop(2),
    "sunset parameter removed": lambda d, o: o["parameters"].pop(3),
    "parameter required": lambda d, o: o["parameters"][1].update(required=True),
    "parameter style": lambda d, o: o["parameters"][1].update(style="pipeDelimited"),
    "parameter reserved": lambda d, o: o["parameters"][1].update(allowReserved=True),
    "parameter elsewhere": lambda d, o: o["parameters"][1].update({"in": "header"}),
    "parameter deprecated": lambda d, o: o["parameters"][1].update(deprecated=True),
    "parameter deprecated with sunset": lambda d, o: o["parameters"][1].update(
        {"deprecated": True, "x-sunset": "2099-01-01"}
    ),
    "parameter deprecated too late": lambda d, o: o["parameters"][1].update(
        {"deprecated": True, "x-sunset": "2019-01-01"}
    ),
    "parameter deprecated with no date": lambda d, o: o["parameters"][1].update(
        {"deprecated": True, "x-sunset": "soon"}
    ),
    "parameter's sunset deleted": lambda d, o: o["parameters"][3].pop("x-sunset"),
    "parameter's sunset earlier": lambda d, o: o["parameters"][3].update({"x-sunset": "2019-01-01"}),
    "parameter added": lambda d, o: o["parameters"].append({"name": "z", "in": "query", "schema": S}),
    "required parameter added": lambda d, o: o["parameters"].append(
        {"name": "z", "in": "query", "required": True, "schema": S}
    ),
    "path parameter added": lambda d, o: o["parameters"].append(
        {"name": "z", "in": "path", "required": True, "schema": S}
    ),
    "parameter of the path": lambda d, o: d["paths"]["/x/{id}"].update(
        parameters=[{"name": "z", "in": "query", "schema": S}]
    ),
    "required parameter of the path": lambda d, o: d["paths"]["/x/{id}"].update(
        parameters=[{"name": "z", "in": "query", "required": True, "schema": S}]
    ),
    "parameter moved to the path": lambda d, o: d["paths"]["/x/{id}"].update(
        parameters=[o["parameters"].pop(1)]
    ),
    "body removed": lambda d, o: o.pop("requestBody"),
    "body required": lambda d, o: o["requestBody"].update(required=True),
    "required body": lambda d, o: d["paths"]["/y"]["put"].update(
        requestBody={"required": True, "content": _content(obj(a=S))}
    ),
    "request media type": lambda d, o: o["requestBody"]["content"].pop("application/xml"),
    "request schema removed": lambda d, o: o["requestBody"]["content"]["application/json"].pop("schema"),
    "response schema removed": lambda d, o: _content_of(o)["application/json"].pop("schema"),
    "success status": lambda d, o: _moved(o["responses"], "200", "201"),
    "status range": lambda d, o: _moved(o["responses"], "200", "2XX"),
    "other status": lambda d, o: o["responses"].pop("400"),
    "default status": lambda d, o: o["responses"].pop("default"),
    "required header removed": lambda d, o: o["responses"]["200"]["headers"].pop("X-A"),
    "header removed": lambda d, o: o["responses"]["200"]["headers"].pop("X-B"),
    "header optional": lambda d, o: o["responses"]["200"]["headers"]["X-A"].update(required=False),
    "header in other case": lambda d, o: _moved(o["responses"]["200"]["headers"], "X-A", "x-a"),
    "response media type": lambda d, o: _moved(_content_of(o), "application/json", "application/xml"),
    "response media type added": lambda d, o: _content_of(o).update(_content(obj(a=S), "application/xml")),
    "response media type special": lambda d, o: _moved(
        _content_of(o), "application/json", "application/problem+json"
    ),
    "response media type with charset": lambda d, o: _moved(
        _content_of(o), "application/json", "application/json;charset=utf-8"
    ),
    "response media type parameter": lambda d, o: _moved(
        o["responses"]["202"]["content"], "text/csv;a=1", "text/csv;a=2"
    ),
    "response media type parameters": lambda d, o: _moved(
        o["responses"]["202"]["content"], "text/csv;a=1", "text/csv;b=1"
    ),
    "security added": lambda d, o: o["security"].append({"k": [], "o": []}),
    "security removed": lambda d, o: o["security"].pop(0),
    "security none": lambda d, o: o.update(security=[]),
    "security not said": lambda d, o: o.pop("security"),
    "security anonymous": lambda d, o: o["security"].append({}),
    "scope": lambda d, o: o["security"][1].update(o=["b"]),
    "security of all": lambda d, o: d.update(security=[{"k": []}]),
    "scheme type": lambda d, o: _schemes(d).update(k={"type": "http", "scheme": "basic"}),
    "scheme place": lambda d, o: _schemes(d)["k"].update({"in": "query"}),
    "scheme name": lambda d, o: _schemes(d)["k"].update(name="X-L"),
    "scheme scheme": lambda d, o: _schemes(d)["b"].update(scheme="basic"),
    "scheme format": lambda d, o: _schemes(d)["b"].update(bearerFormat="opaque"),
    "scheme provider": lambda d, o: _schemes(d)["c"].update(openIdConnectUrl="https://b.example/"),
    "scheme scopes": lambda d, o: _flow(d).update(scopes={"a": "other", "c": "C"}),
    "scheme address": lambda d, o: _flow(d).update(authorizationUrl="https://b.example/"),
    "scheme token address": lambda d, o: _flow(d).update(tokenUrl="https://b.example/"),
    "scheme refresh address": lambda d, o: _flow(d).update(refreshUrl="https://b.example/"),
    "scheme renamed": lambda d, o: _moved(_schemes(d), "k", "z"),
    "schema removed": lambda d, o: d["components"]["schemas"].pop("A"),
    "deprecated operation": lambda d, o: o.update(deprecated=True),
    "deprecated operation with sunset": lambda d, o: o.update({"deprecated": True, "x-sunset": "2099-01-01"}),
    "deprecated operation too late": lambda d, o: o.update({"deprecated": True, "x-sunset": "2019-01-01"}),
    "deprecated operation with no date": lambda d, o: o.update({"deprecated": True, "x-sunset": "soon"}),
    "sunset deleted": lambda d, o: d["paths"]["/z"]["get"].pop("x-sunset"),
    "sunset earlier": lambda d, o: d["paths"]["/z"]["get"].update({"x-sunset": "2019-01-01"}),
    "less stable": lambda d, o: o.update({"x-stability-level": "beta"}),
    "stability unknown": lambda d, o: o.update({"x-stability-level": "solid"}),
    "minor version of what breaks": lambda d, o: (d["info"].update(version="1.1.0"), d["paths"].pop("/y")),
    "major version of what breaks": lambda d, o: (d["info"].update(version="2.0.0"), d["paths"].pop("/y")),
    "older version of what breaks": lambda d, o: (d["info"].update(version="0.9.0"), d["paths"].pop("/y")),
    "callback": lambda d, o: o.update(
        callbacks={"c": {"{$request.query.u}": {"post": {"responses": {"200": {"description": "o"}}}}}}
    ),
}


def document_pairs() -> Iterator[DocumentPair]:
    for name, edit in EDITS.items():
        edited = deepcopy(BASE)
        edit(edited, edited["paths"]["/x/{id}"]["post"])
        yield DocumentPair(f"{name} >", BASE, edited)
        yield DocumentPair(f"{name} <", edited, BASE)
    secured = BASE | {"security": [{"o": ["a"]}]}
    either = BASE | {"security": [{"o": ["a"]}, {"k": []}]}
    yield DocumentPair("one of several of all >", either, secured)
    yield DocumentPair("scope of all >", secured, BASE | {"security": [{"o": ["b"]}]})


def webhook(schema: Schema) -> Json:
    operation = {"requestBody": {"content": _content(schema)}, "responses": {"200": {"description": "o"}}}
    return {
        "openapi": "3.1.0",
        "info": {"title": "t", "version": "1"},
        "webhooks": {"w": {"post": operation}},
    }


def webhook_pairs() -> Iterator[DocumentPair]:
    old, new = webhook(obj(("b",), a=S, b=S)), webhook(obj(("a",), a=S))
    gone = old | {"webhooks": {}}
    yield DocumentPair("webhook >", old, new)
    yield DocumentPair("webhook <", new, old)
    yield DocumentPair("webhook removed >", old, gone)
    yield DocumentPair("webhook removed <", gone, old)


def pairs() -> Iterator[DocumentPair]:
    yield from schema_pairs()
    yield from document_pairs()
    yield from webhook_pairs()
