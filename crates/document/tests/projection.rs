//! What a ring is shown of a contract, keyword by keyword.

mod common;

use std::collections::HashMap;

use common::{contract, problems};
use document::Contract;
use document::projection::{Audience, Form, Scheme, View, Words, project};
use serde_json::{Value, json};

fn words() -> Words {
    HashMap::from([
        ("internal".to_owned(), Audience::Internal),
        ("partner".to_owned(), Audience::Partner),
        ("public".to_owned(), Audience::Public),
    ])
}

/// The document of a ring that is served every operation, and the codes of what was found.
fn seen(contract: &Contract, ring: Audience) -> (Value, Vec<String>) {
    let operations: Vec<u32> = (0..contract.facts.operations.len() as u32).collect();
    let schemes = [Scheme {
        name: "key".to_owned(),
        members: vec![("type".to_owned(), "apiKey".to_owned())],
    }];
    let view = View {
        ring,
        words: &words(),
        widest: Audience::Public,
        operations: &operations,
        servers: &["https://api.test".to_owned()],
        schemes: &schemes,
        is_terse: false,
    };
    let projected = project(contract, &view, Form::Json);
    let codes = projected.problems.iter();
    let codes = codes.map(|problem| problem.code.to_string()).collect();
    let text = serde_json::from_str(&projected.text);
    (text.expect("what is written is JSON"), codes)
}

fn api(version: &str, schema: &str, schemas: &str) -> Contract {
    let text = format!(
        "openapi: {version}\ninfo: {{title: Shop, version: 1.0.0}}\npaths: {{/a: {{get: {{responses: \
         {{'200': {{description: ok, content: {{application/json: {{schema: {schema}}}}}}}}}}}}}}}\n\
         components: {{schemas: {{{schemas}}}}}\n"
    );
    let contract = contract(&text, &[], vec![]);
    let errors: Vec<_> = problems(&contract);
    assert!(
        !errors.iter().any(|error| error.contains("dangling")),
        "{errors:?}"
    );
    contract
}

/// What the public is shown of a schema, and the codes of what was found.
fn public(schema: &str) -> (Value, Vec<String>) {
    let (document, codes) = seen(&api("3.1.0", schema, ""), Audience::Public);
    let content = &document["paths"]["/a"]["get"]["responses"]["200"]["content"];
    (content["application/json"]["schema"].clone(), codes)
}

#[track_caller]
fn becomes(schema: &str, expected: Value) {
    assert_eq!(public(schema).0, expected, "{schema}");
}

/// As `becomes`, and a finding says why.
#[track_caller]
fn closes(schema: &str, expected: Value, code: &str) {
    let (found, codes) = public(schema);
    assert_eq!(found, expected, "{schema}");
    assert!(codes.iter().any(|one| one == code), "{codes:?}");
}

const I: &str = "x-audience: internal";

#[test]
fn a_narrower_property_is_neither_declared_nor_demanded() {
    becomes(
        &format!("{{required: [a, s], properties: {{a: {{}}, s: {{{I}}}}}, minProperties: 2}}"),
        json!({"required": ["a"], "properties": {"a": {}}}),
    );
}

#[test]
fn what_one_branch_hides_no_other_branch_declares_or_demands() {
    closes(
        &format!(
            "{{allOf: [{{properties: {{s: {{{I}}}, a: {{}}}}}}, {{properties: {{s: {{}}, b: {{}}}}}}, \
             {{required: [s, b]}}]}}"
        ),
        json!({"allOf": [{"properties": {"a": {}}}, {"properties": {"b": {}}}, {"required": ["b"]}]}),
        "projection-narrowed-elsewhere",
    );
}

#[test]
fn what_is_narrower_deep_in_one_branch_is_narrower_as_deep_in_another() {
    closes(
        &format!(
            "{{allOf: [{{properties: {{o: {{properties: {{s: {{{I}}}, a: {{}}}}}}}}}}, \
             {{properties: {{o: {{minProperties: 2, required: [s], properties: {{s: {{}}, b: {{}}}}}}}}}}]}}"
        ),
        json!({"allOf": [
            {"properties": {"o": {"properties": {"a": {}}}}},
            {"properties": {"o": {"properties": {"b": {}}}}},
        ]}),
        "projection-narrowed-elsewhere",
    );
    closes(
        &format!(
            "{{properties: {{o: {{items: {{properties: {{s: {{{I}}}}}}}}}}}, \
             oneOf: [{{properties: {{o: {{items: {{properties: {{s: {{}}, b: {{}}}}}}}}}}}}]}}"
        ),
        json!({
            "properties": {"o": {"items": {}}},
            "anyOf": [{"properties": {"o": {"items": {"properties": {"b": {}}}}}}],
        }),
        "projection-narrowed-elsewhere",
    );
}

#[test]
fn a_field_one_alternative_hides_stays_in_the_others_and_is_demanded_by_none() {
    becomes(
        &format!(
            "{{required: [s], oneOf: [{{properties: {{s: {{{I}}}, a: {{}}}}}}, {{properties: {{s: {{}}}}}}]}}"
        ),
        json!({"anyOf": [{"properties": {"a": {}}}, {"properties": {"s": {}}}]}),
    );
}

#[test]
fn one_of_stays_exclusive_while_its_branches_are_whole() {
    becomes(
        &format!("{{oneOf: [{{type: string}}, {{type: integer}}, {{type: object, {I}}}]}}"),
        json!({"oneOf": [{"type": "string"}, {"type": "integer"}]}),
    );
}

#[test]
fn a_loosened_one_of_beside_an_any_of_is_said_apart() {
    becomes(
        &format!("{{anyOf: [{{type: object}}], oneOf: [{{properties: {{s: {{{I}}}, a: {{}}}}}}]}}"),
        json!({"anyOf": [{"type": "object"}], "allOf": [{"anyOf": [{"properties": {"a": {}}}]}]}),
    );
}

#[test]
fn a_value_with_no_alternative_left_is_not_there_at_all() {
    becomes(
        &format!("{{required: [u], properties: {{a: {{}}, u: {{anyOf: [{{{I}}}, {{{I}}}]}}}}}}"),
        json!({"properties": {"a": {}}}),
    );
    becomes(
        &format!("{{properties: {{a: {{}}, l: {{type: array, items: {{{I}}}}}}}}}"),
        json!({"properties": {"a": {}}}),
    );
}

#[test]
fn narrower_enum_values_are_not_named_anywhere() {
    becomes(
        "{enum: [a, s], x-enum-audience: {s: internal}, default: s, example: a, x-enum-names: [A, S]}",
        json!({"enum": ["a"], "example": "a"}),
    );
    closes(
        "{allOf: [{enum: [a, s], x-enum-audience: {s: internal}}, {enum: [s, a, b]}]}",
        json!({"allOf": [{"enum": ["a"]}, {"enum": ["a", "b"]}]}),
        "projection-narrowed-elsewhere",
    );
}

#[test]
fn a_list_without_a_value_left_is_fit_by_none() {
    closes(
        "{allOf: [{enum: [a, s], x-enum-audience: {s: internal}}, {enum: [s]}]}",
        json!({"allOf": [{"enum": ["a"]}, {"not": {}}]}),
        "projection-narrowed-elsewhere",
    );
    closes(
        "{allOf: [{enum: [a, s], x-enum-audience: {s: internal}}, {not: {const: b}, enum: [s]}]}",
        json!({"allOf": [{"enum": ["a"]}, {"not": {}}]}),
        "projection-narrowed-elsewhere",
    );
    becomes("{enum: []}", json!({"enum": []}));
}

#[test]
fn a_condition_that_saw_what_is_narrower_is_left_out_and_said() {
    closes(
        &format!("{{properties: {{a: {{}}, s: {{{I}}}}}, not: {{required: [s]}}}}"),
        json!({"properties": {"a": {}}}),
        "projection-not",
    );
    closes(
        &format!(
            "{{properties: {{a: {{}}, s: {{{I}}}}}, if: {{properties: {{s: {{const: 1}}}}}}, \
             then: {{properties: {{b: {{}}}}}}, else: {{required: [a]}}}}"
        ),
        json!({"properties": {"a": {}}}),
        "projection-if",
    );
    closes(
        &format!("{{properties: {{a: {{}}, s: {{{I}}}}}, not: {{maxProperties: 1}}}}"),
        json!({"properties": {"a": {}}}),
        "projection-not",
    );
}

#[test]
fn a_condition_on_visible_scalars_is_kept() {
    becomes(
        &format!(
            "{{properties: {{a: {{}}, s: {{{I}}}}}, if: {{properties: {{a: {{const: x}}}}, required: [a]}}, \
             then: {{required: [s, b]}}}}"
        ),
        json!({
            "properties": {"a": {}},
            "if": {"properties": {"a": {"const": "x"}}, "required": ["a"]},
            "then": {"required": ["b"]},
        }),
    );
}

#[test]
fn additional_fields_that_are_narrower_are_forbidden() {
    becomes(
        &format!("{{properties: {{a: {{}}}}, additionalProperties: {{{I}}}}}"),
        json!({"properties": {"a": {}}, "additionalProperties": false}),
    );
    becomes(
        &format!("{{allOf: [{{additionalProperties: {{{I}}}}}, {{properties: {{a: {{}}}}}}]}}"),
        json!({"allOf": [{}, {"properties": {"a": {}}}]}),
    );
    becomes(
        &format!(
            "{{patternProperties: {{^s: {{{I}}}, ^a: {{}}}}, unevaluatedProperties: {{{I}}}}}"
        ),
        json!({"patternProperties": {"^a": {}}, "unevaluatedProperties": false}),
    );
}

#[test]
fn a_tuple_with_a_narrower_place_is_closed() {
    closes(
        &format!("{{properties: {{a: {{}}, t: {{prefixItems: [{{}}, {{{I}}}]}}}}}}"),
        json!({"properties": {"a": {}}}),
        "projection-tuple",
    );
    becomes(
        &format!("{{prefixItems: [{{type: string}}], items: {{{I}}}}}"),
        json!({"prefixItems": [{"type": "string"}], "items": false}),
    );
}

#[test]
fn lists_whose_items_lose_something_are_not_counted() {
    becomes(
        &format!(
            "{{minItems: 2, maxItems: 9, uniqueItems: true, contains: {{required: [s]}}, minContains: 1, \
             items: {{properties: {{a: {{}}, s: {{{I}}}}}}}}}"
        ),
        json!({"maxItems": 9, "items": {"properties": {"a": {}}}}),
    );
}

#[test]
fn what_depends_on_a_narrower_field_goes_with_it() {
    becomes(
        &format!(
            "{{properties: {{a: {{}}, s: {{{I}}}}}, dependentRequired: {{s: [a], a: [s, b]}}, \
             dependentSchemas: {{s: {{required: [a]}}, a: {{required: [s]}}}}}}"
        ),
        json!({
            "properties": {"a": {}},
            "dependentRequired": {"a": ["b"]},
            "dependentSchemas": {"a": {}},
        }),
    );
}

#[test]
fn names_of_fields_are_not_listed_where_one_is_narrower() {
    closes(
        &format!("{{properties: {{a: {{}}, s: {{{I}}}}}, propertyNames: {{enum: [a, s]}}}}"),
        json!({"properties": {"a": {}}}),
        "projection-property-names",
    );
}

#[test]
fn a_text_that_holds_something_narrower_is_closed() {
    closes(
        &format!(
            "{{properties: {{a: {{}}, t: {{type: string, contentSchema: {{properties: {{s: {{{I}}}}}}}}}}}}}"
        ),
        json!({"properties": {"a": {}}}),
        "projection-content-schema",
    );
}

#[test]
fn dynamic_references_are_closed_on_every_ring() {
    let contract = api(
        "3.1.0",
        "{properties: {a: {}, d: {$dynamicRef: '#node'}}, $defs: {n: {$dynamicAnchor: node}}}",
        "",
    );
    for ring in [Audience::Internal, Audience::Partner, Audience::Public] {
        let (document, codes) = seen(&contract, ring);
        let content = &document["paths"]["/a"]["get"]["responses"]["200"]["content"];
        let schema = &content["application/json"]["schema"];
        assert_eq!(*schema, json!({"properties": {"a": {}}}));
        assert_eq!(codes, ["projection-dynamic-reference"]);
    }
}

#[test]
fn examples_show_what_their_schema_shows_and_nothing_undeclared() {
    becomes(
        &format!(
            "{{properties: {{a: {{type: string}}, s: {{{I}}}, l: {{items: {{properties: {{s: {{{I}}}, b: {{}}}}}}}}}}, \
             example: {{a: x, s: 1, u: 2, l: [{{s: 1, b: 2}}]}}, default: '{{\"s\": 1}}'}}"
        ),
        json!({
            "properties": {"a": {"type": "string"}, "l": {"items": {"properties": {"b": {}}}}},
            "example": {"a": "x", "l": [{"b": 2}]},
        }),
    );
    becomes(
        "{additionalProperties: {type: integer}, example: {a: 1}}",
        json!({"additionalProperties": {"type": "integer"}, "example": {"a": 1}}),
    );
}

#[test]
fn references_lead_to_components_and_nothing_else_is_left() {
    let contract = api(
        "3.1.0",
        "{$ref: '#/components/schemas/Node', description: a node}",
        &format!(
            "Unused: {{}}, Node: {{properties: {{next: {{$ref: '#/components/schemas/Node'}}, \
             inner: {{$ref: '#/components/schemas/Other/properties/deep'}}, \
             s: {{$ref: '#/components/schemas/Secret'}}}}, $defs: {{x: {{}}}}}}, \
             Other: {{properties: {{deep: {{type: string}}}}}}, Secret: {{{I}}}"
        ),
    );
    let (document, codes) = seen(&contract, Audience::Public);
    assert_eq!(
        document["components"]["schemas"],
        json!({
            "Node": {"properties": {
                "next": {"$ref": "#/components/schemas/Node"},
                "inner": {"$ref": "#/components/schemas/Other.deep"},
            }},
            "Other.deep": {"type": "string"},
        })
    );
    assert!(codes.is_empty(), "{codes:?}");
}

#[test]
fn a_reference_stands_alone_in_openapi_3_0() {
    let contract = api(
        "3.0.3",
        "{$ref: '#/components/schemas/A', description: dropped}",
        "A: {type: string, nullable: true}",
    );
    let (document, _) = seen(&contract, Audience::Public);
    let content = &document["paths"]["/a"]["get"]["responses"]["200"]["content"];
    assert_eq!(
        content["application/json"]["schema"],
        json!({"$ref": "#/components/schemas/A"})
    );
}

#[test]
fn a_discriminator_loses_branches_that_are_not_shown_and_keeps_heirs_nobody_names() {
    let contract = api(
        "3.1.0",
        "{$ref: '#/components/schemas/Pet'}",
        &format!(
            "Pet: {{properties: {{kind: {{type: string}}}}, discriminator: {{propertyName: kind, \
             mapping: {{cat: Cat, ghost: '#/components/schemas/Ghost'}}}}}}, \
             Cat: {{allOf: [{{$ref: '#/components/schemas/Pet'}}]}}, \
             Dog: {{allOf: [{{$ref: '#/components/schemas/Pet'}}]}}, \
             Ghost: {{{I}, allOf: [{{$ref: '#/components/schemas/Pet'}}]}}"
        ),
    );
    let (document, _) = seen(&contract, Audience::Public);
    let schemas = &document["components"]["schemas"];
    let names: Vec<_> = schemas.as_object().expect("schemas").keys().collect();
    assert_eq!(names, ["Cat", "Dog", "Pet"]);
    assert_eq!(
        schemas["Pet"]["discriminator"]["mapping"],
        json!({"cat": "#/components/schemas/Cat"})
    );
}

#[test]
fn a_discriminator_by_a_narrower_property_is_left_out_and_said() {
    closes(
        &format!(
            "{{properties: {{kind: {{{I}}}}}, discriminator: {{propertyName: kind}}, oneOf: [{{type: object}}]}}"
        ),
        json!({"anyOf": [{"type": "object"}]}),
        "projection-discriminator",
    );
}

#[test]
fn a_discriminator_whose_mapping_leads_nowhere_tells_nothing_apart() {
    becomes(
        "{oneOf: [{type: object}, {type: string}], discriminator: {propertyName: kind, mapping: {a: models/a.yml}}}",
        json!({"anyOf": [{"type": "object"}, {"type": "string"}]}),
    );
    becomes(
        "{oneOf: [{type: object}], discriminator: {propertyName: kind, mapping: {}}}",
        json!({"oneOf": [{"type": "object"}], "discriminator": {"propertyName": "kind"}}),
    );
}

/// A contract with `rest` beside `openapi` and `info`.
fn whole(rest: &str) -> Contract {
    contract(
        &format!("openapi: 3.1.0\ninfo: {{title: Shop, version: 1.0.0, x-team: blue}}\n{rest}"),
        &[],
        vec![],
    )
}

#[test]
fn servers_and_security_are_the_rings_own_and_scopes_are_kept() {
    let contract = whole(
        "servers: [{url: 'https://upstream.corp'}]\nsecurity: [{o: [read]}]\nx-internal: 1\n\
         paths: {/a: {servers: [{url: x}], get: {security: [{o: [write, admin]}], responses: {}}, \
         put: {responses: {}}, post: {security: [{o: [b]}, {o: [a, c]}], responses: {}}, \
         delete: {security: [{o: [b]}, {}], responses: {}}}}\n\
         components: {securitySchemes: {o: {type: oauth2, flows: {}}}}\n",
    );
    let (document, _) = seen(&contract, Audience::Public);
    assert_eq!(
        document,
        json!({
            "openapi": "3.1.0",
            "info": {"title": "Shop", "version": "1.0.0"},
            "servers": [{"url": "https://api.test"}],
            "paths": {"/a": {
                "get": {"responses": {}, "x-scopes": ["admin", "write"]},
                "put": {"responses": {}, "x-scopes": ["read"]},
                "post": {"responses": {}, "x-scopes": [["a", "c"], ["b"]]},
                "delete": {"responses": {}},
            }},
            "components": {"securitySchemes": {"key": {"type": "apiKey"}}},
            "security": [{"key": []}],
        })
    );
    let (document, _) = seen(&contract, Audience::Internal);
    assert_eq!(document["info"]["x-team"], "blue");
    assert_eq!(document["x-internal"], 1);
}

#[test]
fn parts_of_messages_that_are_narrower_are_absent() {
    let contract = whole(&format!(
        "tags: [{{name: t, description: used, x-k: 1}}, {{name: unused}}]\n\
         paths: {{/a: {{post: {{tags: [t], externalDocs: {{url: u, {I}}}, description: d, \
         x-description-audience: internal, parameters: [{{name: q, in: query, {I}}}, \
         {{name: p, in: query, schema: {{type: string}}, example: e, examples: {{x: {{value: v}}}}}}], \
         requestBody: {{content: {{application/json: {{schema: {{properties: {{a: {{}}, s: {{{I}}}}}}}, \
         encoding: {{a: {{contentType: x}}, s: {{}}}}, example: {{a: 1, s: 2}}}}, text/s: {{{I}}}}}}}, \
         responses: {{'200': {{description: ok, headers: {{X-A: {{}}, X-S: {{{I}}}}}, \
         links: {{gone: {{operationId: nowhere}}, self: {{operationId: me}}}}}}, '500': {{{I}}}}}, \
         operationId: me}}}}}}\n"
    ));
    let (document, _) = seen(&contract, Audience::Public);
    assert_eq!(
        document["tags"],
        json!([{"name": "t", "description": "used"}])
    );
    assert_eq!(
        document["paths"]["/a"]["post"],
        json!({
            "tags": ["t"],
            "parameters": [{"name": "p", "in": "query", "schema": {"type": "string"}, "example": "e",
                            "examples": {"x": {"value": "v"}}}],
            "requestBody": {"content": {"application/json": {
                "schema": {"properties": {"a": {}}},
                "encoding": {"a": {"contentType": "x"}},
                "example": {"a": 1},
            }}},
            "responses": {"200": {
                "description": "ok",
                "headers": {"X-A": {}},
                "links": {"self": {"operationId": "me"}},
            }},
            "operationId": "me",
        })
    );
}

#[test]
fn no_operation_is_shown_without_its_path_parameter_or_without_any_response() {
    let contract = whole(&format!(
        "paths: {{'/a/{{id}}': {{parameters: [{{name: id, in: path, {I}}}], get: {{responses: {{}}}}}}, \
         /b: {{get: {{responses: {{'200': {{{I}}}}}}}}}}}\n"
    ));
    let (document, codes) = seen(&contract, Audience::Public);
    assert_eq!(document["paths"], json!({}));
    assert_eq!(
        codes,
        ["projection-path-parameter", "projection-no-response"]
    );
}

#[test]
fn webhooks_are_for_those_a_label_names_and_callbacks_follow_their_operation() {
    let contract = whole(&format!(
        "paths: {{/a: {{post: {{responses: {{}}, callbacks: {{kept: {{'{{$request.body#/url}}': {{post: \
         {{requestBody: {{content: {{application/json: {{schema: {{properties: {{e: {{}}, s: {{{I}}}}}}}}}}}}}, \
         responses: {{}}}}}}}}, gone: {{x: {{post: {{{I}, responses: {{}}}}}}}}, \
         telling: {{'{{$request.body#/s}}': {{post: {{responses: {{}}}}}}}}}}}}}}}}\n\
         webhooks: {{open: {{post: {{x-audience: public, responses: {{}}}}}}, closed: {{post: {{responses: {{}}}}}}}}\n"
    ));
    let (document, codes) = seen(&contract, Audience::Public);
    assert_eq!(
        document["webhooks"],
        json!({"open": {"post": {"responses": {}}}})
    );
    assert_eq!(
        document["paths"]["/a"]["post"]["callbacks"],
        json!({"kept": {"{$request.body#/url}": {"post": {
            "requestBody": {"content": {"application/json": {"schema": {"properties": {"e": {}}}}}},
            "responses": {},
        }}}})
    );
    assert_eq!(codes, ["projection-callback"]);
}

#[test]
fn several_files_become_one() {
    let contract = contract(
        "openapi: 3.1.0\ninfo: {title: A, version: '1'}\npaths: {/a: {$ref: 'paths.yaml#/a'}}\n",
        &[],
        vec![
            (
                "paths.yaml",
                "a: {get: {responses: {'200': {$ref: 'parts/answers.yaml#/ok'}}}}\n",
            ),
            (
                "parts/answers.yaml",
                "ok: {description: ok, content: {j: {schema: {$ref: 'order.yaml'}}}}\n",
            ),
            (
                "order.yaml",
                "{properties: {id: {type: string}, parent: {$ref: '#'}}}\n",
            ),
        ],
    );
    let (document, _) = seen(&contract, Audience::Partner);
    assert_eq!(
        document["paths"]["/a"]["get"]["responses"]["200"],
        json!({"$ref": "#/components/responses/ok"})
    );
    assert_eq!(
        document["components"]["schemas"]["order"]["properties"]["parent"],
        json!({"$ref": "#/components/schemas/order"})
    );
}

#[test]
fn yaml_says_what_json_says() {
    let contract = api(
        "3.1.0",
        "{description: \"a: #b\\n\\u2028 é\", enum: [yes, 'null', '1', 1, 1.5, ~, [], {}], \
         prefixItems: [[], {type: object}], items: [{}, {type: string}]}",
        "",
    );
    let operations = [0];
    let view = View {
        ring: Audience::Internal,
        words: &words(),
        widest: Audience::Public,
        operations: &operations,
        servers: &[],
        schemes: &[],
        is_terse: false,
    };
    let yaml = project(&contract, &view, Form::Yaml).text;
    let (arena, root) = common::read("out.yaml", yaml.as_bytes()).expect("YAML");
    let text = project(&contract, &view, Form::Json).text;
    let (other, json_root) = common::read("out.json", text.as_bytes()).expect("JSON");
    assert_eq!(
        common::json(&arena, root),
        common::json(&other, json_root),
        "{yaml}"
    );
}
