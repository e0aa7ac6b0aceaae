use serde_json::{Value, json};

use super::*;

/// One operation, `op`, at a template.
fn operation(template: &str, rule: Value, definitions: Value) -> Arc<Operation> {
    let text = json!({});
    let properties = json!([["note", 1], ["count", 1], ["hidden", 2]]);
    let nodes =
        json!([{"object": {"properties": properties}}, {"string": text, "number": text}, {}]);
    let object = json!({"format": 1, "operations": {"op": rule}, "definitions": definitions, "nodes": nodes});
    let validation = serde_json::from_str(&object.to_string()).unwrap();
    let templates = [("op", template)].into_iter();
    let requests = Requests::new(validation, &enforced(), templates).unwrap();
    Arc::clone(requests.operation("op").unwrap())
}

fn parameter(place: &str, name: &str, form: &str, shape: Value) -> Value {
    json!({"in": place, "name": name, "form": form, "shape": shape})
}

fn enforced() -> Enforced {
    Enforced {
        object: String::new(),
        mode: Enforcement::Enforce,
        until: None,
    }
}

type HeaderList = Vec<(String, Vec<u8>)>;

fn headers(all: &[(&str, &str)]) -> HeaderList {
    let all = all.iter();
    all.map(|(name, value)| ((*name).to_owned(), value.as_bytes().to_vec()))
        .collect()
}

/// Status, and parameter and detail of each fault.
type Told = Result<(), (u16, Vec<(String, String)>)>;

fn told(judged: Result<Unfit, Refusal>) -> Told {
    judged.map(drop).map_err(|refusal| {
        let faults = refusal.faults.into_iter().map(|fault| {
            let pointer = fault.pointer.as_deref().map(fault::fragment);
            let place = [fault.parameter, pointer];
            (place.into_iter().flatten().collect(), fault.detail)
        });
        (refusal.code.status(), faults.collect())
    })
}

fn judged(operation: &Operation, path: &str, query: &str, sent: &[(&str, &str)]) -> Told {
    let headers = headers(sent);
    let sent = Sent {
        path,
        query: Some(query),
        headers: &headers,
    };
    told(operation.judge_parameters(&sent, Mode::Enforce))
}

fn refused(status: u16, faults: &[(&str, &str)]) -> Told {
    let faults = faults.iter();
    let faults = faults.map(|(place, detail)| ((*place).to_owned(), (*detail).to_owned()));
    Err((status, faults.collect()))
}

fn search() -> Arc<Operation> {
    let integer = json!({"scalars": ["integer"]});
    let rule = json!({
        "parameters": [
            parameter("path", "id", "simple", integer.clone()),
            parameter("query", "limit", "formExploded", integer.clone()),
            parameter("query", "tag", "formExploded", json!({"items": ["string"]})),
            parameter("query", "ids", "form", json!({"items": ["integer"]})),
            parameter("query", "at", "deepObject", json!({"members": {"named": {"from": ["integer"], "to": []}}})),
            parameter("query", "either", "formExploded", json!({"scalars": ["string", "integer"]})),
            parameter("header", "x-trace-level", "simple", integer),
            parameter("cookie", "theme", "form", json!({})),
        ],
        "schema": {"properties": {
            "path": {"properties": {"id": {"type": "integer"}}},
            "query": {"properties": {
                "limit": {"type": "integer", "maximum": 100}, "tag": {"items": {"maxLength": 3}},
                "ids": {"type": "array", "items": {"type": "integer"}},
                "at": {"properties": {"from": {"type": "integer"}, "to": {"type": "string"}}, "additionalProperties": false},
                "either": {"type": "string", "maxLength": 2},
            }},
            "header": {"required": ["x-trace-level"], "properties": {"x-trace-level": {"type": "integer"}}},
            "cookie": {"properties": {"theme": {"enum": ["dark", "light"]}}},
        }},
    });
    operation("/orders/{id}/items", rule, json!({}))
}

const LEVEL: (&str, &str) = ("X-Trace-Level", "1");

#[test]
fn parameters_of_all_places_are_judged() {
    let search = search();
    let path = "/orders/7/items";
    let query = "limit=5&tag=a&tag=b&ids=1,2&at[from]=3&at%5Bto%5D=x&either=12";
    assert_eq!(
        judged(
            &search,
            path,
            query,
            &[LEVEL, ("cookie", "theme=dark; other=1")]
        ),
        Ok(())
    );
    for (path, query, sent, expected) in [
        (
            path,
            "",
            &[][..],
            refused(422, &[("x-trace-level", "is required")]),
        ),
        (
            "/orders/x/items",
            "",
            &[LEVEL],
            refused(422, &[("id", "must be of type integer")]),
        ),
        (
            path,
            "limit=101",
            &[LEVEL],
            refused(422, &[("limit", "must be 100 or less")]),
        ),
        (
            path,
            "tag=abcd",
            &[LEVEL],
            refused(422, &[("tag#/0", "must have at most 3 characters")]),
        ),
        (
            path,
            "limit=1&limit=2",
            &[LEVEL],
            refused(400, &[("limit", "comes once")]),
        ),
        (
            path,
            "ids=1&ids=2",
            &[LEVEL],
            refused(400, &[("ids", "comes once")]),
        ),
        (
            path,
            "either=123",
            &[LEVEL],
            refused(422, &[("either", "must be of type string")]),
        ),
        (
            path,
            "",
            &[LEVEL, ("cookie", "theme=red")],
            refused(422, &[("theme", "must be one of \"dark\", \"light\"")]),
        ),
        (
            path,
            "",
            &[LEVEL, ("cookie", "theme=dark; theme=dark")],
            refused(400, &[("theme", "comes once")]),
        ),
        (
            path,
            "",
            &[LEVEL, LEVEL],
            refused(400, &[("x-trace-level", "comes once")]),
        ),
    ] {
        assert_eq!(
            judged(&search, path, query, sent),
            expected,
            "{path} {query}"
        );
    }
}

#[test]
fn an_undeclared_query_parameter_is_refused_whatever_it_is_called() {
    let search = search();
    for name in [
        "secret",
        "Limit",
        "limit[]",
        "at",
        "at[x]",
        "at[from][x]",
        "_method",
        "tag[0]",
        "l%69mit2",
    ] {
        let query = format!("{name}=1");
        let Err((status, faults)) = judged(&search, "/orders/1/items", &query, &[LEVEL]) else {
            panic!("{name} passed");
        };
        assert_eq!((status, &*faults[0].1), (422, schema::NO_FIELD), "{name}");
    }
}

#[test]
fn an_object_written_as_one_text_has_no_field_but_the_declared_ones() {
    let shape = json!({"members": {"named": {"from": []}}});
    let any = json!({"members": {"named": {}, "others": []}});
    let rule = json!({"parameters": [
        parameter("query", "at", "form", shape.clone()),
        parameter("header", "x-at", "simpleExploded", shape),
        parameter("query", "any", "form", any),
    ]});
    let operation = operation("/a", rule, json!({}));
    assert_eq!(
        judged(&operation, "/a", "at=from,1&any=x,1", &[("x-at", "from=1")]),
        Ok(())
    );
    let refused = |name: &str| refused(422, &[(name, schema::NO_FIELD)]);
    assert_eq!(
        judged(&operation, "/a", "at=from,1,secret,2", &[]),
        refused("at#/secret")
    );
    assert_eq!(
        judged(&operation, "/a", "", &[("x-at", "secret=2")]),
        refused("x-at#/secret")
    );
}

#[test]
fn only_declared_and_standard_fields_and_cookies_go_on() {
    let search = search();
    for name in [
        "x-trace-level",
        "accept",
        "content-type",
        "if-none-match",
        "user-agent",
    ] {
        assert!(search.passes_field(name), "{name}");
    }
    for name in [
        "x-secret",
        "authorization",
        "x-http-method-override",
        "expect",
        "referer",
        "x-trace",
    ] {
        assert!(!search.passes_field(name), "{name}");
    }
    assert_eq!(
        search.cookies(b"a=1; theme=dark"),
        Some(b"theme=dark".to_vec())
    );
}

fn create() -> Arc<Operation> {
    let held = json!({"schema": "order", "node": 0});
    let field = |shape: Value| json!({"form": "formExploded", "shape": shape});
    let form = json!({"held": held, "fields": {"note": field(json!({})), "count": field(json!({"scalars": ["integer"]}))}});
    operation(
        "/orders",
        json!({"body": {"required": true, "content": {
            "application/json": {"json": held}, "application/x-www-form-urlencoded": {"form": form},
            "multipart/form-data": {"multipart": form}, "image/*": "opaque",
        }}}),
        json!({
            "order": {"type": "object", "required": ["note"], "properties": {
                "note": {"type": "string"}, "count": {"type": "integer", "minimum": 1}}},
        }),
    )
}

fn body<'r>(media_type: &'r str) -> Content<'r> {
    Content {
        announced: true,
        media_type: Some(media_type.as_bytes()),
        encoded: false,
    }
}

fn judged_body(media_type: &str, bytes: &[u8]) -> Told {
    told(create().judge_body(&body(media_type), bytes, Mode::Enforce))
}

#[test]
fn a_body_is_judged_by_its_media_type() {
    let multipart = "--b\r\nContent-Disposition: form-data; name=\"note\"\r\n\r\nx\r\n--b--";
    for (media_type, bytes) in [
        ("application/json", r#"{"note": "x", "count": 2}"#),
        ("Application/JSON; charset=utf-8", r#"{"note": "x"}"#),
        ("application/x-www-form-urlencoded", "note=a+b&count=2"),
        ("multipart/form-data; boundary=b", multipart),
        ("image/png", "\u{89}"),
    ] {
        assert_eq!(
            judged_body(media_type, bytes.as_bytes()),
            Ok(()),
            "{media_type}"
        );
    }
    for (media_type, bytes, expected) in [
        (
            "application/json",
            r#"{"count": 0}"#,
            refused(
                422,
                &[("#/count", "must be 1 or more"), ("#/note", "is required")],
            ),
        ),
        (
            "application/json",
            "[]",
            refused(422, &[("#", "must be of type object")]),
        ),
        (
            "application/json",
            "{",
            refused(400, &[("", "the JSON ends too early, at line 1, column 1")]),
        ),
        ("application/json", "", refused(422, &[("", "is required")])),
        (
            "application/x-www-form-urlencoded",
            "note=x&count=y",
            refused(422, &[("#/count", "must be of type integer")]),
        ),
        (
            "application/x-www-form-urlencoded",
            "note=x&note=y",
            refused(400, &[("#/note", "comes once")]),
        ),
    ] {
        let mut told = judged_body(media_type, bytes.as_bytes());
        if let Err((_, faults)) = &mut told {
            faults.sort();
        }
        assert_eq!(told, expected, "{media_type} {bytes}");
    }
}

#[test]
fn a_hidden_field_and_one_nobody_declared_are_refused_alike() {
    for name in ["hidden", "hiddem"] {
        let pointer = format!("#/{name}");
        let expected = refused(422, &[(pointer.as_str(), schema::NO_FIELD)]);
        let json = format!(r#"{{"note": "x", "{name}": 1}}"#);
        assert_eq!(judged_body("application/json", json.as_bytes()), expected);
        let form = format!("note=x&{name}=1");
        assert_eq!(
            judged_body("application/x-www-form-urlencoded", form.as_bytes()),
            expected
        );
    }
}

fn observed(operation: &Operation, query: &str) -> Told {
    let sent = Sent {
        path: "/a",
        query: Some(query),
        headers: &HeaderList::new(),
    };
    told(operation.judge_parameters(&sent, Mode::Observe))
}

#[test]
fn observed_a_hidden_parameter_does_not_pass_however_it_is_written() {
    let shown = [parameter("query", "shown", "formExploded", json!({}))];
    let hidden = ["debug", "page[size]"];
    let rule = json!({"parameters": shown, "hidden": hidden});
    let some = operation("/a", rule.clone(), json!({}));
    for query in ["new=1", "debugger=1", "page=1", "page[from]=1", "shown=1"] {
        assert_eq!(observed(&some, query), Ok(()), "{query}");
    }
    for query in [
        "debug=1",
        "debug[level]=1",
        "page[size]=1",
        "page[size][x]=1",
        "shown[x]=1",
    ] {
        assert!(observed(&some, query).is_err(), "{query}");
    }
    let mut closed = rule;
    closed["closed"] = json!(true);
    let closed = operation("/a", closed, json!({}));
    assert_eq!(observed(&closed, "shown=1"), Ok(()));
    assert!(observed(&closed, "new=1").is_err());
}

#[test]
fn a_member_of_a_hidden_field_in_a_form_is_that_field() {
    let held = json!({"schema": "any", "node": 0});
    let form = json!({"held": held, "fields": {"note": {"form": "formExploded"}}});
    let content = json!({"application/x-www-form-urlencoded": {"form": form},
        "multipart/form-data": {"multipart": form}});
    let some = operation(
        "/a",
        json!({"body": {"content": content}}),
        json!({"any": true}),
    );
    let sent = |name: &str| {
        let parts =
            format!("--b\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\nx\r\n--b--");
        let form = format!("note=a&{name}=x");
        let judge = |media_type: &str, text: &str| {
            told(some.judge_body(&body(media_type), text.as_bytes(), Mode::Observe)).is_ok()
        };
        (
            judge("application/x-www-form-urlencoded", &form),
            judge("multipart/form-data; boundary=b", &parts),
        )
    };
    assert_eq!(sent("new[a]"), (true, true));
    assert_eq!(sent("hidden"), (false, false));
    assert_eq!(sent("hidden[a]"), (false, false));
    assert_eq!(sent("hidden[a][b]"), (false, false));
}

#[test]
fn what_the_contract_does_not_take_is_unsupported() {
    let create = create();
    let plan = |content: &Content<'_>| {
        create
            .plan_body(content)
            .map_err(|refusal| refusal.code.status())
    };
    assert_eq!(plan(&body("application/json")), Ok(BodyPlan::Whole));
    assert_eq!(plan(&body("image/png")), Ok(BodyPlan::Stream));
    for other in [
        "text/plain",
        "application/xml",
        "json",
        "application/json; charset=utf-16",
    ] {
        assert_eq!(plan(&body(other)), Err(415), "{other}");
    }
    let json = body("application/json");
    assert_eq!(
        plan(&Content {
            encoded: true,
            ..json
        }),
        Err(415)
    );
    assert_eq!(
        plan(&Content {
            media_type: None,
            ..json
        }),
        Err(415)
    );
    assert_eq!(
        plan(&Content {
            announced: false,
            ..json
        }),
        Err(422)
    );
    let get = search();
    assert_eq!(
        get.plan_body(&json)
            .map_err(|refusal| refusal.code.status()),
        Err(415)
    );
    assert_eq!(
        get.plan_body(&Content {
            announced: false,
            ..json
        })
        .unwrap(),
        BodyPlan::None
    );
}

#[test]
fn what_does_not_compile_lets_nothing_pass() {
    let broken = json!({"schema": {"properties": {"query": {"properties": {"a": {"pattern": "(?=x)"}}}}},
        "parameters": [parameter("query", "a", "form", json!({}))]});
    let operation = operation("/x", broken, json!({}));
    assert_eq!(judged(&operation, "/x", "a=1", &[]).unwrap_err().0, 503);
}

#[test]
fn every_operation_of_a_bundle_needs_its_rule() {
    let templates = [("op", "/x")].into_iter();
    assert!(Requests::new(Validation::default(), &enforced(), templates).is_err());
}
