//! Values that must be the caller's own.

use super::access::{accepting, bearer, partners, with_token};
use super::*;
use serde_json::{Value, json};

use crate::trace::Step;

/// Partners whose tokens say `customer` in a claim may see orders of their own.
fn bound() -> Published {
    let mut published = accepting(Ring::Partner, partners());
    published.change(Ring::Partner, "/routes/0/api/versions/v1", |bundle| {
        bundle["requires"] = json!(["bindings", "projection"]);
        bundle["paths"][1]["operations"]["GET"]["bindings"] =
            json!([{"in": "path", "name": "id", "any": [{"claim": "/customer"}]}]);
    });
    published
}

fn one(id: &str, claims: Value) -> Call {
    let mut said = claims;
    said["azp"] = json!("h");
    let target = format!("/shop/v1/orders/{id}");
    with_token(Ring::Partner, &target, &bearer(said))
}

#[test]
fn a_value_that_is_not_the_callers_is_refused_and_counted() {
    let world = World::of(&bound());
    let foreign = one("43", json!({"customer": "42"}));
    let answer = world.answer(&foreign);
    assert_eq!((answer.status, answer.code), (403, Some("not_authorized")));
    assert!(answer.headers.iter().any(|(name, _)| *name == "ratelimit"));
    let body = String::from_utf8(answer.body).unwrap();
    assert!(!body.contains("42") && !body.contains("path.id"), "{body}");
    assert_eq!(world.outcome(&foreign), "not_authorized");
    assert_eq!(
        world.outcome(&one("42", json!({"customer": "42"}))),
        "rate_limited"
    );
}

#[test]
fn the_callers_own_is_forwarded() {
    for (claims, outcome) in [
        (json!({"customer": "42"}), "getOrder"),
        (json!({"customer": 42}), "getOrder"),
        (json!({"customer": ["1", "42"]}), "getOrder"),
        (json!({"customer": "4 2"}), "not_authorized"),
        (json!({"customer": {"id": "42"}}), "not_authorized"),
        (json!({}), "not_authorized"),
    ] {
        let world = World::of(&bound());
        assert_eq!(
            world.outcome(&one("42", claims.clone())),
            outcome,
            "{claims}"
        );
    }
}

#[test]
fn a_key_has_no_claims_and_may_bring_a_token() {
    let world = World::of(&bound());
    let key = world.key(Ring::Partner, "hooli", |_| {});
    let by_key = get(Ring::Partner, "/shop/v1/orders/42").key(&key);
    assert_eq!(world.outcome(&by_key), "not_authorized");
    let both = one("42", json!({"customer": "42"})).key(&key);
    assert_eq!(world.outcome(&both), "getOrder");
}

#[test]
fn head_is_bound_as_get_is() {
    let world = World::of(&bound());
    let head = Call {
        method: "HEAD".into(),
        ..one("43", json!({"customer": "42"}))
    };
    assert_eq!(world.outcome(&head), "not_authorized");
}

#[test]
fn a_call_that_takes_long_is_judged_again_by_its_values() {
    let world = World::of(&bound());
    let again = |call: &Call| {
        let judged = world
            .wall
            .judge_again(&call.arrival(), &world.store, &world.limits);
        judged.err().and_then(|answer| answer.code)
    };
    assert_eq!(again(&one("42", json!({"customer": "42"}))), None);
    assert_eq!(
        again(&one("43", json!({"customer": "42"}))),
        Some("not_authorized")
    );
}

#[test]
fn hidden_and_missing_are_the_same_beside_a_binding() {
    let world = World::of(&bound());
    let answer = |target: &str| {
        let token = bearer(json!({"azp": "i"}));
        wire(&world.answer(&with_token(Ring::Partner, target, &token)))
    };
    assert_eq!(answer("/shop/v1/orders/export"), answer("/nowhere"));
}

#[test]
fn a_body_nobody_reads_is_nobodys() {
    let mut published = accepting(Ring::Partner, partners());
    published.change(Ring::Partner, "/routes/0/api/versions/v1", |bundle| {
        bundle["paths"][0]["operations"]["POST"]["bindings"] =
            json!([{"in": "body", "name": "/customer", "any": [{"claim": "/sub"}]}]);
    });
    let world = World::of(&published);
    let post = call(Ring::Partner, "POST", "/shop/v1/orders")
        .header("authorization", &bearer(json!({"azp": "i"})));
    assert_eq!(world.outcome(&post), "not_authorized");
}

#[test]
fn a_body_that_no_rule_reads_is_nobodys() {
    let mut published = Published::acme();
    let rules = json!({"format": 1, "operations": {"listOrders": {}}});
    let object = published.put(&rules);
    published.change(Ring::Internal, "/routes/0/api/versions/v1", |bundle| {
        bundle["validation"] = json!({"mode": "report", "object": object});
        bundle["paths"][0]["operations"]["POST"]["bindings"] =
            json!([{"in": "body", "name": "/customer", "any": ["consumer"]}]);
    });
    let world = World::of(&published);
    let post = call(Ring::Internal, "POST", "/shop/v1/orders").certified(svid("crm"));
    assert_eq!(world.outcome(&post), "not_authorized");
}

#[test]
fn a_binding_of_nothing_is_no_revision() {
    let mut published = bound();
    published.change(Ring::Partner, "/routes/0/api/versions/v1", |bundle| {
        bundle["paths"][1]["operations"]["GET"]["bindings"][0]["name"] = json!("nobody");
    });
    assert_eq!(published.load().err().unwrap().code, "template_invalid");
}

#[test]
fn the_trace_names_what_is_bound_and_not_whose() {
    let world = World::of(&bound());
    let (_, trace) = world.judge(&one("42", json!({"customer": "42"})));
    let step = trace
        .steps
        .iter()
        .find(|taken| taken.step == Step::Bindings)
        .unwrap();
    assert_eq!(step.detail, [("bound", "path.id".to_owned())]);
}
