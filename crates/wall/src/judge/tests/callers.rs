//! Who may call on the internal ring: services by name and group, people by group alone.

use super::access::{accepting, bearer, with_token};
use super::*;
use serde_json::{Value, json};

use crate::identity::{Change, GrantChange};

const BUNDLE: &str = "/routes/0/api/versions/v1";
/// SHA-256 of `https://login.test`, NUL and `alice`.
const ALICE: &str = "af4b4e9af95c14007bf7ba55d1cfab0b5ca30af44a4d5adaadbe96c622cb64e5";

/// acme, where `orders` is for storefront and the desk, and single orders for the desk alone; people of `refunds` may
/// list orders.
fn named() -> Published {
    let mut published = accepting(Ring::Internal, json!({"kind": "people"}));
    published.change(Ring::Internal, BUNDLE, |bundle| {
        bundle["requires"] = json!(["callers"]);
        bundle["callers"] = json!({"services": ["storefront"], "groups": ["desk"]});
        bundle["paths"][0]["operations"]["GET"]["groups"] = json!([["refunds", "audit"]]);
        bundle["paths"][1]["operations"]["GET"]["callers"] = json!([{"groups": ["desk"]}]);
    });
    published.change(Ring::Internal, "/agreements", |agreements| {
        agreements["groups"] = json!({
            "desk": {"services": ["billing", "crm"]},
            "refunds": {"claims": {"groups": ["acme-refunds"]}, "granted": true},
            "audit": {"claims": {"groups": ["acme-audit"]}},
        });
    });
    published
}

fn by_service(world: &World, service: &str, target: &str) -> String {
    world.outcome(&get(Ring::Internal, target).certified(svid(service)))
}

fn by_person(world: &World, claims: Value, target: &str) -> String {
    world.outcome(&with_token(Ring::Internal, target, &bearer(claims)))
}

fn grant(world: &World, group: &str, until: u64) {
    world.apply(Change::PutGrant(GrantChange {
        person: ALICE.into(),
        id: "g1".into(),
        group: group.into(),
        until,
    }));
}

#[test]
fn only_services_that_are_named_call_and_an_operation_narrows() {
    let world = World::of(&named());
    for (service, list, one) in [
        ("storefront", "listOrders", "caller_not_named"),
        ("billing", "listOrders", "getOrder"),
        ("crm", "listOrders", "getOrder"),
        ("shipping", "caller_not_named", "caller_not_named"),
        ("desk", "caller_not_named", "caller_not_named"),
    ] {
        assert_eq!(
            by_service(&world, service, "/shop/v1/orders"),
            list,
            "{service}"
        );
        assert_eq!(
            by_service(&world, service, "/shop/v1/orders/7"),
            one,
            "{service}"
        );
        assert_eq!(by_service(&world, service, "/shop/v2/orders"), "listOrders");
    }
}

#[test]
fn a_service_is_held_to_it_whatever_proof_it_brings_and_told_why() {
    let world = World::of(&named());
    let by_token = |service: &str| {
        let call = get(Ring::Internal, "/shop/v1/orders");
        world.outcome(&call.header("x-internal-service-token", &token(service)))
    };
    assert_eq!(by_token("billing"), "listOrders");
    assert_eq!(by_token("shipping"), "caller_not_named");
    let refused = get(Ring::Internal, "/shop/v1/orders").certified(svid("shipping"));
    let answer = world.answer(&refused);
    let body = String::from_utf8(answer.body).unwrap();
    assert_eq!(answer.status, 403);
    assert!(body.contains("shipping is none of the services"), "{body}");
}

#[test]
fn who_is_not_named_is_not_counted() {
    let world = World::of(&named());
    let answer = world.answer(&get(Ring::Internal, "/shop/v1/orders").certified(svid("shipping")));
    assert!(answer.headers.iter().all(|(name, _)| *name != "ratelimit"));
}

#[test]
fn people_call_by_their_groups_and_nothing_that_names_none() {
    let world = World::of(&named());
    for (claims, list) in [
        (json!({"groups": ["acme-refunds"]}), "listOrders"),
        (json!({"groups": "acme-audit"}), "listOrders"),
        (json!({"groups": ["refunds"]}), "group_missing"),
        (json!({"groups": ["acme-desk"]}), "group_missing"),
        (json!({"client_id": "storefront"}), "group_missing"),
        (json!({}), "group_missing"),
    ] {
        assert_eq!(
            by_person(&world, claims.clone(), "/shop/v1/orders"),
            list,
            "{claims}"
        );
        for other in [
            "/shop/v1/orders/7",
            "/shop/v2/orders",
            "/shop/v1/orders/export",
        ] {
            assert_eq!(by_person(&world, claims.clone(), other), "group_missing");
        }
    }
    let nobody = json!({"sub": null, "groups": ["acme-refunds"]});
    assert_eq!(
        by_person(&world, nobody, "/shop/v1/orders"),
        "credentials_invalid"
    );
}

#[test]
fn a_person_and_a_service_in_one_request_are_nobody() {
    let world = World::of(&named());
    let token = bearer(json!({"groups": ["acme-refunds"]}));
    let both = with_token(Ring::Internal, "/shop/v1/orders", &token).certified(svid("storefront"));
    assert_eq!(world.outcome(&both), "credentials_invalid");
}

#[test]
fn a_grant_lets_in_until_its_second_and_no_longer() {
    let world = World::of(&named());
    let at = |now: u64| {
        let call = with_token(Ring::Internal, "/shop/v1/orders", &bearer(json!({})));
        world.outcome(&call.at(now))
    };
    assert_eq!(at(NOW_S), "group_missing");
    grant(&world, "refunds", NOW_S + 10);
    assert_eq!(at(NOW_S), "listOrders");
    assert_eq!(at(NOW_S + 9), "listOrders");
    assert_eq!(at(NOW_S + 10), "group_missing");
    let gone = Change::DeleteGrant {
        person: ALICE.into(),
        id: "g1".into(),
    };
    world.apply(gone);
    assert_eq!(at(NOW_S), "group_missing");
}

#[test]
fn a_grant_is_its_persons_own() {
    let world = World::of(&named());
    grant(&world, "refunds", NOW_S + 10);
    for other in ["bob", "alic", "alice2", "Alice"] {
        let claims = json!({"sub": other});
        assert_eq!(
            by_person(&world, claims, "/shop/v1/orders"),
            "group_missing"
        );
    }
}

#[test]
fn a_group_that_is_not_granted_any_more_lets_nobody_in() {
    let world = World::of(&named());
    grant(&world, "audit", NOW_S + 10);
    assert_eq!(
        by_person(&world, json!({}), "/shop/v1/orders"),
        "group_missing"
    );
}

#[test]
fn a_call_under_way_ends_with_the_grant() {
    let world = World::of(&named());
    grant(&world, "refunds", NOW_S + 10);
    let call = with_token(Ring::Internal, "/shop/v1/orders", &bearer(json!({})));
    let again = |call: &Call| {
        let judged = world
            .wall
            .judge_again(&call.arrival(), &world.store, &world.limits);
        judged.err().and_then(|answer| answer.code)
    };
    assert_eq!(again(&call.clone().at(NOW_S + 9)), None);
    assert_eq!(again(&call.at(NOW_S + 10)), Some("group_missing"));
}
