//! Rules for requests held against small contracts.

use serde_json::{Value as Json, json};

use crate::Allowed;
use crate::testkit::{fields, proven, told};

fn allowed(operation: &str, schemas: &str) -> Allowed {
    crate::testkit::allowed(&format!("responses: {{}}, {operation}"), schemas)
}

/// What the proof says of `validation`, for the public: code and field.
fn said(allowed: &Allowed, validation: &Json) -> Vec<(&'static str, String)> {
    told(proven(allowed, None, validation, "enforce"))
}

/// Rules of an operation that takes `Body` as JSON.
fn taking(nodes: Json, definitions: Json) -> Json {
    let held = json!({"schema": "body", "node": 0});
    json!({
        "format": 1, "nodes": nodes, "definitions": definitions,
        "operations": {"op": {"body": {"content": {"application/json": {"json": held}}}}},
    })
}

const BODY: &str =
    "requestBody: {content: {application/json: {schema: {$ref: '#/components/schemas/Body'}}}}";
const ANY_TEXT: usize = 1;

fn object(properties: Json) -> Json {
    json!([{"object": {"properties": properties}}, {"string": {}}, {}])
}

#[test]
fn a_field_is_settable_only_where_the_contract_shows_it_and_takes_it() {
    let allowed = allowed(
        BODY,
        "Body: {type: object, properties: {name: {type: string}, id: {type: string, readOnly: true},
          margin: {type: string, x-audience: internal}}}",
    );
    let definitions =
        json!({"body": {"type": "object", "properties": {"name": {"type": "string"}}}});
    let sound = taking(
        object(json!([["name", ANY_TEXT], ["id", 2], ["margin", 2]])),
        definitions.clone(),
    );
    assert_eq!(said(&allowed, &sound), []);
    for (name, code) in [
        ("id", "field-exposed"),
        ("margin", "field-exposed"),
        ("risk", "field-undeclared"),
    ] {
        let nodes = object(json!([["name", ANY_TEXT], [name, ANY_TEXT]]));
        let found = said(&allowed, &taking(nodes, definitions.clone()));
        assert_eq!(fields(&found), [(code, format!("/{name}").as_str())]);
    }
}

#[test]
fn what_the_contract_demands_is_asked_for() {
    let allowed = allowed(
        BODY,
        "Body: {type: object, required: [name, id, margin], properties: {
          name: {type: string, maxLength: 5, pattern: '^a'}, id: {type: string, readOnly: true},
          margin: {type: string, x-audience: internal}, size: {type: integer, minimum: 1, exclusiveMaximum: 9}}}",
    );
    let nodes = json!([
        {"object": {"properties": [["name", 1], ["id", 2], ["margin", 2], ["size", 3]]}},
        {"string": {}}, {}, {"number": {}},
    ]);
    let sound = json!({
        "type": "object", "required": ["name"],
        "properties": {
            "name": {"type": "string", "maxLength": 5, "pattern": "^a"}, "id": {"type": "string"},
            "size": {"type": "integer", "minimum": 2, "exclusiveMaximum": 9.0},
        },
    });
    let with = |pointer: &str, value: Json| {
        let mut schema = sound.clone();
        *schema.pointer_mut(pointer).expect("it is there") = value;
        said(&allowed, &taking(nodes.clone(), json!({"body": schema})))
    };
    assert_eq!(with("/type", json!("object")), []);
    for (pointer, value, field) in [
        ("/required", json!([]), "/name"),
        ("/type", json!(["object", "string"]), ""),
        ("/properties/name", json!(true), "/name"),
        ("/properties/name/maxLength", json!(6), "/name"),
        ("/properties/name/pattern", json!("a"), "/name"),
        ("/properties/size/minimum", json!(0), "/size"),
        ("/properties/size/exclusiveMaximum", json!(10), "/size"),
        ("/properties/size/type", json!("number"), "/size"),
    ] {
        let found = with(pointer, value);
        assert!(
            !found.is_empty()
                && found
                    .iter()
                    .all(|one| *one == ("demand-dropped", field.to_owned())),
            "{pointer}: {found:?}"
        );
    }
}

#[test]
fn what_nothing_fits_makes_every_demand() {
    let allowed = allowed(BODY, "Body: {type: integer, maximum: 9}");
    let judge = |body: Json| {
        let rules = taking(json!([{"number": {}}]), json!({"body": body}));
        said(&allowed, &rules)
    };
    for none in [
        json!(false),
        json!({"not": {}}),
        json!({"type": "integer", "not": true}),
    ] {
        assert_eq!(judge(none), []);
    }
    for some in [json!(true), json!({}), json!({"not": {"maximum": 9}})] {
        assert!(judge(some).contains(&("demand-dropped", String::new())));
    }
}

#[test]
fn alternatives_are_asked_for_in_their_order_and_by_the_values_that_name_them() {
    let allowed = allowed(
        BODY,
        "Body: {oneOf: [{$ref: '#/components/schemas/Card'}, {$ref: '#/components/schemas/Cash'}],
           discriminator: {propertyName: kind, mapping: {card: '#/components/schemas/Card'}}},
         Card: {type: object, properties: {kind: {type: string}, last: {type: string, maxLength: 4}}},
         Cash: {type: object, properties: {kind: {type: string}}}",
    );
    let nodes = json!([
        {"union": {"property": "kind", "mapping": [["card", 1], ["Cash", 2]]}},
        {"object": {"properties": [["kind", 3], ["last", 3]]}},
        {"object": {"properties": [["kind", 3]]}},
        {"string": {}},
    ]);
    let pinned = |to: &str, value: &str| json!({"allOf": [{"$ref": format!("#/$defs/{to}")}, {"required": ["kind"], "properties": {"kind": {"enum": [value]}}}]});
    let text = json!({"type": "string"});
    let definitions = |first: Json, second: Json| {
        json!({
            "body": {"anyOf": [first, second]},
            "card": {"type": "object", "properties": {"kind": text, "last": {"type": "string", "maxLength": 4}}},
            "cash": {"type": "object", "properties": {"kind": text}},
        })
    };
    let judge = |first: Json, second: Json| {
        let found = said(&allowed, &taking(nodes.clone(), definitions(first, second)));
        !found.is_empty()
    };
    assert!(!judge(pinned("card", "card"), pinned("cash", "Cash")));
    assert!(
        judge(pinned("card", "Cash"), pinned("cash", "Cash")),
        "named by another's value"
    );
    assert!(
        judge(pinned("cash", "Cash"), pinned("cash", "Cash")),
        "another's schema"
    );
    assert!(judge(pinned("card", "card"), json!({})), "whatever");
    assert!(
        judge(json!({"$ref": "#/$defs/card"}), pinned("cash", "Cash")),
        "not told apart"
    );
}

#[test]
fn bodies_that_differ_in_parameters_of_their_type_are_held_to_each_of_their_schemas() {
    let allowed = allowed(
        "requestBody: {content: {application/json;v=1: {schema: {type: integer, maximum: 9}},
           application/json;v=2: {schema: {type: integer, minimum: 100}}}}",
        "Body: {type: string}",
    );
    let (first, second) = (
        json!({"type": "integer", "maximum": 9}),
        json!({"type": "integer", "minimum": 100}),
    );
    let judge = |body: Json| {
        said(
            &allowed,
            &taking(json!([{"number": {}}]), json!({"body": body})),
        )
    };
    assert_eq!(judge(json!({"anyOf": [first, second]})), []);
    for wrong in [
        first.clone(),
        json!({"anyOf": [first]}),
        json!({"anyOf": [first, true]}),
        json!({"anyOf": [first, first]}),
    ] {
        assert!(judge(wrong).contains(&("demand-dropped", String::new())));
    }
}

/// Only components have names: the document of a ring makes components of what else is referred to.
#[test]
fn an_alternative_without_a_name_may_be_called_what_no_component_is_called() {
    let allowed = allowed(
        BODY,
        "Body: {oneOf: [{$ref: '#/components/schemas/All/properties/card'}, {$ref: '#/components/schemas/Cash'}],
           discriminator: {propertyName: kind}},
         All: {type: object, properties: {card: {type: object, properties: {kind: {type: string}}}}},
         Cash: {type: object, properties: {kind: {type: string}}}",
    );
    let nodes = json!([
        {"union": {"property": "kind", "mapping": [["card", 1], ["Cash", 1]]}},
        {"object": {"properties": [["kind", 2]]}}, {"string": {}},
    ]);
    let judge = |name: &str| {
        let pinned = |to: &str, value: &str| json!({"allOf": [{"$ref": format!("#/$defs/{to}")}, {"required": ["kind"], "properties": {"kind": {"enum": [value]}}}]});
        let kind = json!({"type": "object", "properties": {"kind": {"type": "string"}}});
        let definitions = json!({
            "body": {"anyOf": [pinned("card", name), pinned("cash", "Cash")]},
            "card": kind, "cash": kind,
        });
        said(&allowed, &taking(nodes.clone(), definitions))
    };
    assert_eq!(judge("All_card"), []);
    assert_eq!(judge("Cash"), [("demand-dropped", String::new())]);
}

#[test]
fn schemas_that_refer_to_themselves_are_looked_at_once() {
    let allowed = allowed(
        BODY,
        "Body: {type: object, properties: {next: {$ref: '#/components/schemas/Body'}, name: {type: string, maxLength: 3}}}",
    );
    let nodes = json!([{"object": {"properties": [["next", 0], ["name", 1]]}}, {"string": {}}]);
    let definitions = |length: u64| {
        json!({"body": {"type": "object", "properties": {
            "next": {"$ref": "#/$defs/body"}, "name": {"type": "string", "maxLength": length},
        }}})
    };
    assert_eq!(said(&allowed, &taking(nodes.clone(), definitions(3))), []);
    let found = said(&allowed, &taking(nodes, definitions(4)));
    assert_eq!(
        fields(&found),
        [("demand-dropped", "/name")],
        "told once, where it is nearest"
    );
}

#[test]
fn a_demand_may_be_missing_for_a_field_of_a_name_that_is_hidden_somewhere() {
    let allowed = allowed(
        BODY,
        "Body: {type: object, required: [name], properties: {name: {type: string}, other: {$ref: '#/components/schemas/Other'}}},
         Other: {type: object, properties: {name: {type: string, x-audience: internal}}}",
    );
    let nodes = json!([
        {"object": {"properties": [["name", 1], ["other", 2]]}}, {"string": {}},
        {"object": {"properties": [["name", 3]]}}, {},
    ]);
    let definitions = json!({"body": {"type": "object", "properties": {
        "name": {"type": "string"}, "other": {"type": "object"},
    }}});
    assert_eq!(said(&allowed, &taking(nodes, definitions)), []);
}

#[test]
fn a_pattern_nobody_can_match_is_waived_for_as_long_as_the_estate_says() {
    let allowed = allowed(
        BODY,
        "Body: {type: string, pattern: '^(?!x)', maxLength: 3}",
    );
    let found = |until: Option<u64>, schema: Json| {
        let mut rules = taking(json!([{"string": {}}]), json!({"body": schema}));
        if let Some(until) = until {
            rules["operations"]["op"]["until"] = json!(until);
        }
        let found = told(proven(&allowed, None, &rules, "enforce"));
        found.into_iter().map(|(code, _)| code).collect::<Vec<_>>()
    };
    let bounded = json!({"type": "string", "maxLength": 3});
    assert_eq!(found(Some(7), bounded.clone()), [""; 0]);
    assert_eq!(found(None, bounded.clone()), ["demand-dropped"]);
    assert_eq!(
        found(Some(8), bounded),
        ["waiver-changed", "demand-dropped"]
    );
    assert_eq!(
        found(Some(7), json!({"type": "string"})),
        ["demand-dropped"]
    );
}

#[test]
fn keywords_without_a_type_say_nothing_of_other_types() {
    let allowed = allowed(
        BODY,
        "Body: {properties: {name: {type: string, maxLength: 3}}}",
    );
    let scalars = json!({"null": true, "boolean": {}, "number": {}, "string": {}, "object": {}, "array": {"items": 1}});
    let mut body = scalars.clone();
    body["object"] = json!({"properties": [["name", 2]]});
    let nodes = json!([body, scalars, {"string": {}}]);
    let schema = json!({"properties": {"name": {"type": "string", "maxLength": 3}}});
    assert_eq!(said(&allowed, &taking(nodes, json!({"body": schema}))), []);
}

#[test]
fn a_value_that_is_hidden_of_texts_says_nothing_of_others() {
    let schema = "Body: {oneOf: [{type: boolean}, {type: string, enum: ['true', 'false'], x-enum-audience: {'true': internal}}]}";
    let allowed = allowed(BODY, schema);
    let schema = json!({"anyOf": [{"type": "boolean"}, {"type": "string", "enum": ["false"]}]});
    let found = |texts: Json| {
        let nodes = json!([{"boolean": {}, "string": texts}]);
        told(proven(
            &allowed,
            None,
            &taking(nodes, json!({"body": schema})),
            "enforce",
        ))
    };
    assert_eq!(found(json!({"values": ["false"], "hidden": ["true"]})), []);
    let shown = found(json!({"values": ["false", "true"]}));
    assert_eq!(fields(&shown), [("value-exposed", "")]);
}
