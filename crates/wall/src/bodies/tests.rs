use serde_json::{Value, json};

use super::*;
use crate::audience::Ring;
use crate::testkit::*;

const NOW_S: u64 = 1_750_000_000;

fn projection() -> Value {
    json!({
        "format": 1,
        "nodes": [
            {"object": {"properties": [["id", 1], ["secret", 2]]}},
            {"string": {}},
            {},
        ],
        "operations": {
            "listOrders": {"statuses": {
                "200": {"headers": ["x-total-count"], "content": {"application/json": {"json": 0}, "text/csv": "opaque"}},
                "204": {},
                "4XX": {"content": {"application/problem+json": {"json": 0}}},
                "302": {},
            }},
            "createOrder": {"opaque": true, "statuses": {
                "200": {"content": {"text/*": "opaque", "*/*": {"json": 0}}},
                "default": {"content": {"*/*": "opaque"}},
            }},
        },
    })
}

/// acme whose public `orders` v1 follows a projection.
fn published(mode: &Value, projection: &Value) -> Published {
    let mut published = Published::acme();
    let object = published.put(projection);
    let mut changed = bundle(Ring::Public, "orders", "v1");
    changed["projection"] = mode.clone();
    changed["projection"]["object"] = json!(object);
    let hash = published.put(&changed);
    published.manifest["rings"]["public"]["routes"][0]["api"]["versions"]["v1"] = json!(hash);
    published
}

fn enforcing() -> World {
    World::of(&published(&json!({"mode": "enforce"}), &projection()))
}

fn forward(world: &World, method: &str) -> Forward {
    let key = world.key(Ring::Public, "dev", |_| {});
    world.forward(&call(Ring::Public, method, "/shop/v1/orders").key(&key))
}

fn fate(forward: &Forward, status: u16, types: &[&str]) -> String {
    let verdict = forward.body(status, types.iter().map(|name| name.as_bytes()), NOW_S);
    let because = verdict.because.map_or("declared", NotDeclared::as_str);
    match verdict.fate {
        BodyFate::Passes => format!("passes, {because}"),
        BodyFate::Watched(_) => format!("watched, {because}"),
        BodyFate::Projected(reading) => {
            format!("{:?} {:?}, {because}", reading.mode, reading.framing)
        }
        BodyFate::Emptied => format!("emptied, {because}"),
        BodyFate::Replaced { code, status } => format!("{} {status}, {because}", code.as_str()),
    }
}

#[test]
fn what_the_contract_does_not_declare_does_not_leave() {
    let world = enforcing();
    let list = forward(&world, "GET");
    for (status, types, expected) in [
        (200, &["application/json"][..], "Enforce Json, declared"),
        (200, &["text/csv"], "response_undeclared 502, opaque"),
        (
            200,
            &["text/html"],
            "response_undeclared 502, undeclared_media_type",
        ),
        (200, &[], "response_undeclared 502, unknown_media_type"),
        (
            200,
            &["application/json", "text/html"],
            "response_undeclared 502, unknown_media_type",
        ),
        (
            201,
            &["application/json"],
            "response_undeclared 502, undeclared_status",
        ),
        (
            206,
            &["application/json"],
            "response_undeclared 502, undeclared_status",
        ),
        (204, &["application/json"], "emptied, undeclared_media_type"),
        (302, &["text/html"], "emptied, undeclared_media_type"),
        (307, &["text/html"], "emptied, undeclared_status"),
        (404, &["application/problem+json"], "Enforce Json, declared"),
        (
            404,
            &["application/json"],
            "request_refused 404, undeclared_media_type",
        ),
        (
            500,
            &["application/json"],
            "upstream_fault 502, undeclared_status",
        ),
        (599, &[], "upstream_fault 502, undeclared_status"),
    ] {
        assert_eq!(fate(&list, status, types), expected, "{status} {types:?}");
    }
    assert!(list.is_projected() && !list.may_be_opaque());
}

#[test]
fn bodies_that_no_filter_reads_pass_where_the_operation_is_opaque() {
    let world = enforcing();
    let create = forward(&world, "POST");
    for (status, media, expected) in [
        (200, "text/csv", "passes, declared"),
        (200, "application/json", "Enforce Json, declared"),
        (200, "image/png", "passes, declared"),
        (500, "application/json", "passes, declared"),
    ] {
        assert_eq!(
            fate(&create, status, &[media]),
            expected,
            "{status} {media}"
        );
    }
}

#[test]
fn an_operation_the_projection_does_not_name_shows_nothing_of_its_bodies() {
    let mut silent = projection();
    silent["operations"] = json!({});
    let world = World::of(&published(&json!({"mode": "enforce"}), &silent));
    let list = forward(&world, "GET");
    assert_eq!(
        fate(&list, 200, &["application/json"]),
        "response_undeclared 502, undeclared_status"
    );
}

#[test]
fn a_contract_is_observed_until_its_time_is_over() {
    for (until, expected) in [
        (NOW_S + 1, "Observe Json, declared"),
        (NOW_S, "Enforce Json, declared"),
    ] {
        let mode = json!({"mode": "observe", "until": until});
        let world = World::of(&published(&mode, &projection()));
        let list = forward(&world, "GET");
        assert_eq!(fate(&list, 200, &["application/json"]), expected);
        let undeclared = fate(&list, 201, &["application/json"]);
        assert_eq!(undeclared, "response_undeclared 502, undeclared_status");
    }
    let endless = World::of(&published(&json!({"mode": "observe"}), &projection()));
    assert_eq!(
        fate(&forward(&endless, "GET"), 200, &["application/json"]),
        "Enforce Json, declared"
    );
}

#[test]
fn header_fields_are_those_of_the_status() {
    let world = enforcing();
    let list = forward(&world, "GET");
    let leaves = |status| {
        let passage = list
            .response
            .judge(status, "x-total-count", b"1", &[], "/svc/orders");
        passage == crate::headers::Passage::Keep
    };
    assert!(leaves(200) && !leaves(201) && !leaves(404));
}

fn refused(published: &Published) -> &'static str {
    published
        .load()
        .err()
        .expect("the revision is refused")
        .code
}

#[test]
fn an_outer_ring_is_always_held_to_its_contract() {
    let mut without = Published::acme();
    let mut unruled = bundle(Ring::Public, "orders", "v1");
    unruled.as_object_mut().unwrap().remove("projection");
    let hash = without.put(&unruled);
    without.manifest["rings"]["public"]["routes"][0]["api"]["versions"]["v1"] = json!(hash);
    assert_eq!(refused(&without), "projection_missing");
    assert_eq!(
        refused(&published(&json!({"mode": "report"}), &projection())),
        "projection_missing"
    );
}

#[test]
fn a_projection_that_cannot_be_followed_is_refused() {
    for (pointer, value, code) in [
        ("/format", json!(2), "format_unknown"),
        (
            "/nodes/0",
            json!({"any": true, "null": true}),
            "projection_invalid",
        ),
        ("/nodes/0", json!({"anything": true}), "object_malformed"),
        (
            "/operations/listOrders/statuses/200/content/application~1json",
            json!({"json": 3}),
            "projection_invalid",
        ),
        (
            "/operations/listOrders/statuses",
            json!({"2": {}}),
            "projection_invalid",
        ),
        (
            "/operations/listOrders/statuses",
            json!({"200": {"content": {"json": "opaque"}}}),
            "projection_invalid",
        ),
    ] {
        let mut spoiled = projection();
        *spoiled.pointer_mut(pointer).expect("it is there") = value;
        assert_eq!(
            refused(&published(&json!({"mode": "enforce"}), &spoiled)),
            code,
            "{pointer}"
        );
    }
    let mut missing = published(&json!({"mode": "enforce"}), &projection());
    let object = missing.put(&projection());
    missing.objects.remove(&object);
    assert_eq!(refused(&missing), "object_missing");
}

#[test]
fn what_did_not_change_is_shared_between_revisions() {
    let before = published(&json!({"mode": "enforce"}), &projection())
        .load()
        .unwrap();
    let mut after = published(&json!({"mode": "observe"}), &projection());
    let object = after.put(&projection());
    after.objects.remove(&object);
    assert!(after.load_after(Some(&before)).is_ok());
}
