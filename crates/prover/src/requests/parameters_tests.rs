//! Parameters held against small contracts.

use serde_json::{Value as Json, json};

use crate::Allowed;
use crate::testkit::{fields, proven, told};

fn allowed(operation: &str) -> Allowed {
    crate::testkit::allowed(&format!("responses: {{}}, {operation}"), "")
}

#[test]
fn parameters_are_those_the_ring_sees_in_the_form_the_document_says() {
    let allowed = allowed(
        "parameters: [{in: query, name: limit, required: true, schema: {type: integer}},
          {in: query, name: debug, x-audience: internal, schema: {type: string}},
          {in: query, name: state, schema: {type: string, enum: [open, fraud], x-enum-audience: {fraud: internal}}},
          {in: header, name: X-Level, schema: {type: string}},
          {in: query, name: at, style: deepObject, schema: {type: object, properties: {from: {type: string}, secret: {type: string, x-audience: internal}}}}]",
    );
    let parameter = |place: &str, name: &str, form: &str, shape: Json| json!({"in": place, "name": name, "form": form, "shape": shape});
    let limit = || {
        parameter(
            "query",
            "limit",
            "formExploded",
            json!({"scalars": ["integer"]}),
        )
    };
    let state = || parameter("query", "state", "formExploded", json!({}));
    let at = |names: &[&str]| {
        let named: serde_json::Map<String, Json> = names
            .iter()
            .map(|name| ((*name).to_owned(), json!([])))
            .collect();
        parameter(
            "query",
            "at",
            "deepObject",
            json!({"members": {"named": named}}),
        )
    };
    let rules = |parameters: Vec<Json>, states: &[&str], required: &[&str]| {
        json!({"format": 1, "operations": {"op": {"parameters": parameters, "schema": {"properties": {"query": {
            "required": required,
            "properties": {"limit": {"type": "integer"}, "state": {"type": "string", "enum": states},
                "at": {"type": "object", "properties": {"from": {"type": "string"}}}},
        }, "header": {"properties": {"x-level": {"type": "string"}}}}}}}})
    };
    let level = || parameter("header", "x-level", "simple", json!({}));
    let sound = rules(
        vec![limit(), state(), level(), at(&["from"])],
        &["open"],
        &["limit"],
    );
    assert_eq!(told(proven(&allowed, None, &sound, "enforce")), []);
    for (validation, code, field) in [
        (
            rules(
                vec![parameter("query", "debug", "formExploded", json!({}))],
                &["open"],
                &[],
            ),
            "parameter-exposed",
            "/query/debug",
        ),
        (
            rules(
                vec![parameter("cookie", "limit", "form", json!({}))],
                &["open"],
                &[],
            ),
            "parameter-undeclared",
            "/cookie/limit",
        ),
        (
            rules(
                vec![parameter("query", "limit", "form", json!({}))],
                &["open"],
                &["limit"],
            ),
            "parameter-misread",
            "/query/limit",
        ),
        (
            rules(vec![limit()], &["open"], &[]),
            "demand-dropped",
            "/query/limit",
        ),
        (
            rules(vec![limit()], &["open"], &["limit", "debug"]),
            "parameter-undeclared",
            "/query/debug",
        ),
        (
            rules(vec![state()], &["open", "fraud"], &[]),
            "value-exposed",
            "/query/state",
        ),
        (
            rules(vec![at(&["from", "secret"])], &["open"], &[]),
            "field-exposed",
            "/query/at/secret",
        ),
    ] {
        let found = told(proven(&allowed, None, &validation, "enforce"));
        assert!(
            found.contains(&(code, field.to_owned())),
            "{code} {field}: {found:?}"
        );
    }
}

#[test]
fn observed_what_is_hidden_in_the_query_is_denied_by_name() {
    let allowed = allowed(
        "parameters: [{in: query, name: shown, schema: {type: object, properties: {a: {type: string},
            cost: {type: string, x-audience: internal}}}},
          {in: query, name: debug, x-audience: internal, schema: {type: string}},
          {in: query, name: trace, x-audience: internal, schema: {type: object, properties: {depth: {type: string}}}}]",
    );
    let shape = json!({"members": {"named": {"a": []}}});
    let shown = json!({"in": "query", "name": "shown", "form": "formExploded", "shape": shape});
    let asked = json!({"properties": {"query": {"properties": {"shown": {"type": "object", "properties": {"a": {"type": "string"}}}}}}});
    let rules = |hidden: &[&str], closed: bool| json!({"format": 1, "operations": {"op": {"parameters": [shown], "schema": asked, "hidden": hidden, "closed": closed}}});
    let found = |hidden: &[&str], closed: bool, mode: &str| {
        told(proven(&allowed, None, &rules(hidden, closed), mode))
    };
    let all = ["cost", "debug", "depth", "trace"];
    assert_eq!(found(&all, false, "observe"), []);
    assert_eq!(found(&[], true, "observe"), []);
    assert_eq!(found(&[], false, "enforce"), []);
    for name in all {
        let others: Vec<&str> = all.into_iter().filter(|other| *other != name).collect();
        let field = format!("/query/{name}");
        assert_eq!(
            fields(&found(&others, false, "observe")),
            [("parameter-exposed", field.as_str())]
        );
    }
}
