//! Graphs held against small contracts: what a node lets through beside what a schema shows.

use serde_json::{Value as Json, json};

use crate::testkit::{allowed, fields, proven, told};
use crate::violation::Within;

const ANSWER: &str = "responses: {'200': {description: '', content: {application/json: {schema: {$ref: '#/components/schemas/Body'}}}}}";

/// What the proof says of responses that follow the first node.
fn said(schemas: &str, nodes: &Json, mode: &str) -> Vec<(&'static str, String)> {
    let answer = json!({"content": {"application/json": {"json": 0}}});
    let projection =
        json!({"format": 1, "nodes": nodes, "operations": {"op": {"statuses": {"200": answer}}}});
    let requests = json!({"format": 1, "operations": {"op": {}}});
    let found = proven(
        &allowed(ANSWER, schemas),
        Some(&projection),
        &requests,
        mode,
    );
    let of_responses = found
        .into_iter()
        .filter(|one| one.within == Within::Projection);
    told(of_responses.collect())
}

/// The same, where nothing passes that nobody declares.
fn closed(schemas: &str, nodes: &Json) -> Vec<(&'static str, String)> {
    said(schemas, nodes, "enforce")
}

/// The same, where it does.
fn observed(schemas: &str, nodes: &Json) -> Vec<(&'static str, String)> {
    said(schemas, nodes, "observe")
}

#[test]
fn a_field_leaves_where_a_schema_declares_it_and_none_hides_it() {
    let schemas = "Body: {type: object, properties: {id: {type: string}, margin: {type: number, x-audience: internal}}}";
    let object = |properties: Json| json!([{"object": {"properties": properties}}, {"string": {}}, {}, {"number": {}}]);
    assert_eq!(
        closed(schemas, &object(json!([["id", 1], ["margin", 2]]))),
        []
    );
    assert_eq!(closed(schemas, &object(json!([["id", 1]]))), []);
    for (properties, expected) in [
        (json!([["margin", 3]]), ("field-exposed", "/margin")),
        (json!([["risk", 1]]), ("field-undeclared", "/risk")),
        (json!([["id", 3]]), ("type-exposed", "/id")),
    ] {
        let found = closed(schemas, &object(properties));
        assert_eq!(fields(&found), [expected]);
    }
}

#[test]
fn names_that_nobody_lists_leave_only_where_the_contract_is_open() {
    let nodes = |rule: Json| json!([{"object": rule}, {"string": {}}, {}, {"any": true}]);
    let found = |schema: &str, rule: Json| {
        closed(&format!("Body: {{type: object, {schema}}}"), &nodes(rule))
    };
    let additional = json!({"additional": 1});
    assert_eq!(
        found("additionalProperties: {type: string}", additional.clone()),
        []
    );
    assert_eq!(
        found("additionalProperties: true", json!({"additional": 3})),
        []
    );
    assert_eq!(
        fields(&found("properties: {}", additional.clone())),
        [("field-undeclared", "/*")]
    );
    let hiding =
        "properties: {secret: {x-audience: internal}}, additionalProperties: {type: string}";
    assert_eq!(
        fields(&found(hiding, additional.clone())),
        [("field-exposed", "/secret")]
    );
    assert_eq!(
        found(
            hiding,
            json!({"properties": [["secret", 2]], "additional": 1})
        ),
        []
    );
    let pattern =
        "patternProperties: {'^x-': {x-audience: internal}}, additionalProperties: {type: string}";
    assert_eq!(
        fields(&found(pattern, additional)),
        [("field-exposed", "/*")]
    );
    assert_eq!(
        found(pattern, json!({"patterns": [["^x-", 2]], "additional": 1})),
        []
    );
}

#[test]
fn schemas_that_refer_to_themselves_are_looked_at_once_for_each_reference() {
    let schemas = "Body: {type: object, properties: {next: {$ref: '#/components/schemas/Body'}, all: {type: array, items: {$ref: '#/components/schemas/Body'}}, margin: {x-audience: internal}}}";
    let nodes = |margin: u32| json!([{"object": {"properties": [["next", 0], ["all", 1], ["margin", margin]]}}, {"array": {"items": 0}}, {}, {"number": {}}]);
    assert_eq!(closed(schemas, &nodes(2)), []);
    let found = closed(schemas, &nodes(3));
    let expected = ["/margin", "/next/margin", "/all/*/margin"];
    assert_eq!(
        fields(&found),
        expected.map(|field| ("field-exposed", field))
    );
}

#[test]
fn a_hidden_alternative_hides_what_it_could_hold() {
    let schemas = "Body: {anyOf: [{type: object, properties: {a: {type: string}, b: {type: string}}}, {type: object, x-audience: internal, properties: {b: {type: string}}}, {type: string, x-audience: internal}]}";
    let nodes = |properties: Json, more: Json| {
        let mut body = json!({"object": {"properties": properties}});
        body.as_object_mut()
            .expect("it is one")
            .extend(more.as_object().cloned().unwrap_or_default());
        json!([body, {"string": {}}, {}])
    };
    assert_eq!(
        closed(schemas, &nodes(json!([["a", 1], ["b", 2]]), json!({}))),
        []
    );
    assert_eq!(
        fields(&closed(schemas, &nodes(json!([["b", 1]]), json!({})))),
        [("field-exposed", "/b")]
    );
    let text = closed(schemas, &nodes(json!([]), json!({"string": {}})));
    assert_eq!(fields(&text), [("type-exposed", "")]);
}

const FAMILY: &str = "Body: {type: object, properties: {kind: {type: string}, name: {type: string}}, discriminator: {propertyName: kind}},
    Dog: {allOf: [{$ref: '#/components/schemas/Body'}, {type: object, properties: {tail: {type: string}, chip: {type: string, x-audience: internal}}}]},
    Wolf: {x-audience: internal, allOf: [{$ref: '#/components/schemas/Body'}, {type: object, properties: {pack: {type: string}}}]}";

#[test]
fn who_inherits_shows_what_is_its_own_only_where_the_object_says_who_it_is() {
    let nodes = |mapping: Json, own: Json| {
        json!([
            {"union": {"property": "kind", "mapping": mapping}},
            {"object": {"properties": own}}, {"string": {}}, {},
        ])
    };
    let dog = json!([["kind", 2], ["name", 2], ["tail", 2], ["chip", 3]]);
    assert_eq!(closed(FAMILY, &nodes(json!([["Dog", 1]]), dog.clone())), []);
    let wolf = closed(FAMILY, &nodes(json!([["Wolf", 1]]), dog));
    assert_eq!(fields(&wolf), [("alternative-exposed", "")]);
    let chipped = closed(FAMILY, &nodes(json!([["Dog", 1]]), json!([["chip", 2]])));
    assert_eq!(fields(&chipped), [("field-exposed", "/chip")]);
    let undecided = json!([{"object": {"properties": [["kind", 1], ["pack", 1]]}}, {"string": {}}]);
    assert_eq!(
        fields(&closed(FAMILY, &undecided)),
        [("field-exposed", "/pack")]
    );
    let another = json!([{"union": {"property": "name", "mapping": []}}]);
    assert_eq!(
        fields(&closed(FAMILY, &another)),
        [("union-undeclared", "")]
    );
}

#[test]
fn a_place_of_a_list_is_its_own() {
    let schemas = "Body: {type: array, prefixItems: [{type: string, x-audience: internal}, {type: string}], items: {type: string}}";
    let nodes = |rule: Json| json!([{"array": rule}, {"string": {}}, {}]);
    assert_eq!(
        closed(schemas, &nodes(json!({"prefix": [2, 1], "items": 1}))),
        []
    );
    assert_eq!(
        fields(&closed(schemas, &nodes(json!({"prefix": [1, 1]})))),
        [("field-exposed", "/*")]
    );
    assert_eq!(
        fields(&closed(schemas, &nodes(json!({"items": 1})))),
        [("field-exposed", "/*")]
    );
}

#[test]
fn values_and_masks_are_those_of_the_ring() {
    let schemas = "Body: {type: object, properties: {state: {type: string, enum: [open, fraud], x-enum-audience: {fraud: internal}}, card: {type: string, x-sensitive: {class: payment, mask: {public: hash}}}}}";
    let nodes = |state: Json, card: Json| json!([{"object": {"properties": [["state", 1], ["card", 2]]}}, {"string": state}, {"string": card}]);
    let listed = json!({"values": ["open"], "hidden": ["fraud"]});
    let masked = json!({"mask": "hash"});
    assert_eq!(closed(schemas, &nodes(listed.clone(), masked.clone())), []);
    for (state, card, expected) in [
        (
            json!({"values": ["open", "fraud"]}),
            masked.clone(),
            ("value-exposed", "/state"),
        ),
        (
            listed.clone(),
            json!({"mask": "last4"}),
            ("mask-lost", "/card"),
        ),
        (listed, json!({}), ("mask-lost", "/card")),
    ] {
        let found = closed(schemas, &nodes(state, card));
        assert!(fields(&found).contains(&expected), "{found:?}");
    }
}

#[test]
fn observed_what_is_hidden_is_named() {
    let schemas = "Body: {type: object, properties: {id: {type: string}, margin: {type: number, x-audience: internal}}, patternProperties: {'^x-': {x-audience: internal}}}";
    let object =
        |rule: Json| json!([{"object": rule}, {"string": {}}, {}, {"string": {"values": []}}]);
    let whole = json!({"properties": [["id", 1], ["margin", 2]], "patterns": [["^x-", 2]]});
    assert_eq!(observed(schemas, &object(whole)), []);
    for (rule, field) in [
        (
            json!({"properties": [["id", 1]], "patterns": [["^x-", 2]]}),
            "/margin",
        ),
        (json!({"properties": [["margin", 2]]}), "/*"),
        // Says something, so what it says nothing of passes.
        (
            json!({"properties": [["margin", 3]], "patterns": [["^x-", 2]]}),
            "/margin",
        ),
    ] {
        assert_eq!(closed(schemas, &object(rule.clone())), []);
        assert_eq!(
            fields(&observed(schemas, &object(rule))),
            [("field-exposed", field)]
        );
    }
}

#[test]
fn observed_what_nobody_can_name_is_closed() {
    for (schema, shut, open) in [
        (
            "type: object, additionalProperties: {x-audience: internal}",
            json!({"object": {"additional": 1}}),
            json!({"object": {}}),
        ),
        (
            "type: array, items: {x-audience: internal}",
            json!({"array": {"items": 1}}),
            json!({"array": {}}),
        ),
        (
            "type: object, anyOf: [{properties: {a: {}}}, {x-audience: internal, additionalProperties: {type: string}}]",
            json!({"object": {"properties": [["a", 1]], "additional": 1}}),
            json!({"object": {"properties": [["a", 1]]}}),
        ),
    ] {
        let schemas = format!("Body: {{{schema}}}");
        assert_eq!(observed(&schemas, &json!([shut, {}])), []);
        assert_eq!(closed(&schemas, &json!([open, {}])), []);
        assert_eq!(
            fields(&observed(&schemas, &json!([open, {}]))),
            [("field-exposed", "/*")]
        );
    }
}

#[test]
fn observed_scalars_of_what_is_hidden_do_not_pass_as_others() {
    let of = |schema: &str, node: Json| {
        fields(&observed(&format!("Body: {{{schema}}}"), &json!([node])))
            .into_iter()
            .map(|(code, _)| code)
            .collect::<Vec<_>>()
    };
    let listed = "type: string, enum: [open, fraud], x-enum-audience: {fraud: internal}";
    assert_eq!(
        of(
            listed,
            json!({"string": {"values": ["open"], "hidden": ["fraud"]}})
        ),
        [""; 0]
    );
    assert_eq!(
        of(listed, json!({"string": {"values": ["open"]}})),
        ["value-exposed"]
    );
    let either = "anyOf: [{type: number}, {type: string, x-audience: internal}]";
    let withheld = json!({"values": [], "withheld": true});
    assert_eq!(
        of(either, json!({"number": {}, "string": withheld})),
        [""; 0]
    );
    assert_eq!(of(either, json!({"number": {}})), ["type-exposed"]);
    let masked = "type: [number, 'null'], x-sensitive: {class: payment, mask: {public: last4}}";
    assert_eq!(
        of(masked, json!({"null": true, "string": withheld})),
        [""; 0]
    );
    assert_eq!(of(masked, json!({"null": true})), ["mask-lost"]);
}

#[test]
fn observed_what_an_object_turned_out_to_follow_says_nothing_of_scalars() {
    let schemas = "Body: {oneOf: [{$ref: '#/components/schemas/Card'}], discriminator: {propertyName: kind}, anyOf: [{type: object}, {type: string, x-audience: internal}]},
        Card: {type: object, properties: {kind: {type: string}}}";
    let withheld = json!({"values": [], "withheld": true});
    let nodes = json!([{"union": {"property": "kind", "mapping": [["Card", 1]]}, "string": withheld}, {"object": {"properties": [["kind", 2]]}}, {"string": {}}]);
    assert_eq!(observed(schemas, &nodes), []);
}
