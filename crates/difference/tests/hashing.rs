//! Equal hashes where two parts mean the same to a caller, and nowhere else.

use difference::{Hashes, Key, References, pointer};
use document::contract::{ReadFile, Reader, Refusal};
use document::{Contract, Limits};

struct Nothing;

impl Reader for Nothing {
    fn read(&mut self, _: &str, _: &str) -> Result<ReadFile, Refusal> {
        Err(Refusal {
            code: "missing".to_owned(),
            message: "there are no other files".to_owned(),
            help: String::new(),
        })
    }
}

fn contract(schemas: &str) -> Contract {
    let document = format!(
        r##"{{"openapi": "3.1.0", "info": {{"title": "t", "version": "1"}}, "paths": {{"/a": {{"get": {{
            "responses": {{"200": {{"description": "d", "content": {{"application/json": {{
                "schema": {{"$ref": "#/components/schemas/A"}}}}}}}}}}}}}}}},
            "components": {{"schemas": {schemas}}}}}"##
    );
    let entry = ReadFile {
        name: "api.json".to_owned(),
        data: document.into_bytes(),
    };
    let loaded = Contract::load(&entry, &[], &mut Nothing, Limits::default());
    loaded.unwrap_or_else(|_| panic!("not a contract"))
}

fn root_hash(schemas: &str, key: &Key) -> u64 {
    let contract = contract(schemas);
    let references = References::of(&contract);
    let paths = contract.arena.get(contract.root, "paths").expect("paths");
    let item = contract.arena.get(paths, "/a").expect("an item");
    let hashes = Hashes::of(&contract, &references, key);
    hashes.part(item).expect("a part that is reached")
}

#[track_caller]
fn compared(one: &str, other: &str) -> bool {
    let key = Key::default();
    root_hash(one, &key) == root_hash(other, &key)
}

#[test]
fn order_and_prose_mean_nothing() {
    assert!(compared(
        r#"{"A": {"type": "object", "description": "x", "properties": {"a": {}, "b": {"type": "string"}}}}"#,
        r#"{"A": {"properties": {"b": {"type": "string", "title": "t"}, "a": {}}, "type": "object"}}"#,
    ));
}

#[test]
fn a_property_named_like_prose_counts() {
    assert!(!compared(
        r#"{"A": {"properties": {"description": {"type": "string"}}}}"#,
        r#"{"A": {"properties": {"description": {"type": "integer"}}}}"#,
    ));
    assert!(!compared(
        r#"{"A": {"default": {"description": "x"}}}"#,
        r#"{"A": {"default": {"description": "y"}}}"#,
    ));
}

#[test]
fn what_is_reached_through_references_counts() {
    let chain = |leaf: &str| {
        format!(
            r##"{{"A": {{"items": {{"$ref": "#/components/schemas/B"}}}},
                "B": {{"items": {{"$ref": "#/components/schemas/C"}}}}, "C": {{"type": "{leaf}"}}}}"##
        )
    };
    assert!(compared(&chain("string"), &chain("string")));
    assert!(!compared(&chain("string"), &chain("integer")));
}

#[test]
fn contents_that_change_places_are_told_apart() {
    let pair = |one: &str, other: &str| {
        format!(
            r##"{{"A": {{"properties": {{"b": {{"$ref": "#/components/schemas/B"}}, "c": {{"$ref": "#/components/schemas/C"}}}}}},
                "B": {{"type": "{one}"}}, "C": {{"type": "{other}"}}}}"##
        )
    };
    assert!(!compared(
        &pair("string", "integer"),
        &pair("integer", "string")
    ));
}

#[test]
fn circles_are_hashed_with_all_they_lead_to() {
    let circle = |inside: &str, outside: &str| {
        format!(
            r##"{{"A": {{"properties": {{"b": {{"$ref": "#/components/schemas/B"}}}}}},
                "B": {{"type": "{inside}", "properties": {{"a": {{"$ref": "#/components/schemas/A"}},
                    "c": {{"$ref": "#/components/schemas/C"}}}}}}, "C": {{"type": "{outside}"}}}}"##
        )
    };
    assert!(compared(
        &circle("object", "string"),
        &circle("object", "string")
    ));
    assert!(!compared(
        &circle("object", "string"),
        &circle("array", "string")
    ));
    assert!(!compared(
        &circle("object", "string"),
        &circle("object", "integer")
    ));
}

#[test]
fn two_comparisons_have_two_secrets() {
    let schemas = r#"{"A": {"type": "string"}}"#;
    assert_ne!(
        root_hash(schemas, &Key::default()),
        root_hash(schemas, &Key::default())
    );
}

#[test]
fn a_part_knows_its_pointer() {
    let contract =
        contract(r#"{"A": {"properties": {"a/b~c": {"oneOf": [{}, {"type": "string"}]}}}}"#);
    let tokens = ["components", "schemas", "A", "properties", "a/b~c", "oneOf"];
    let holder = tokens.iter().fold(contract.root, |node, token| {
        contract.arena.get(node, token).expect("a member")
    });
    let part = contract.arena.items(holder)[1];
    assert_eq!(
        pointer(&contract, part),
        "/components/schemas/A/properties/a~1b~0c/oneOf/1"
    );
}
