//! Calls that take long are judged again: what is refused now ends them, what only counts does not.

use super::*;
use crate::identity::Change;

fn again(world: &World, call: &Call) -> Option<&'static str> {
    let arrival = call.arrival();
    let judged = world
        .wall
        .judge_again(&arrival, &world.store, &world.limits);
    judged
        .err()
        .map(|answer| answer.code.expect("a refusal has a code"))
}

#[test]
fn a_call_stands_while_it_would_be_let_pass() {
    let world = world();
    for ring in OUTER {
        let key = good_key(&world, ring);
        let request = get(ring, "/shop/v1/orders/42").key(&key);
        assert_eq!(again(&world, &request), None);
        world.apply(Change::DeleteKey {
            id: key.split('_').nth(2).unwrap()[..12].into(),
        });
        assert_eq!(again(&world, &request), Some("credentials_invalid"));
    }
}

#[test]
fn a_key_that_expires_ends_what_it_opened() {
    let world = world();
    let key = world.key(Ring::Public, "dev", |key| key.expires_at = Some(NOW_S + 10));
    let request = get(Ring::Public, "/shop/v1/orders/42").key(&key);
    assert_eq!(again(&world, &request), None);
    assert_eq!(
        again(&world, &request.at(NOW_S + 11)),
        Some("credentials_invalid")
    );
}

#[test]
fn what_a_revision_took_away_does_not_stand() {
    let mut published = Published::acme();
    let mut bundle = bundle(Ring::Public, "orders", "v1");
    bundle["paths"].as_array_mut().unwrap().clear();
    let hash = published.put(&bundle);
    published.manifest["rings"]["public"]["routes"][0]["api"]["versions"]["v1"] = hash.into();
    let world = World::of(&published);
    let key = good_key(&world, Ring::Public);
    let request = get(Ring::Public, "/shop/v1/orders/42").key(&key);
    assert_eq!(again(&world, &request), Some("not_found"));
}

#[test]
fn judging_again_counts_nothing() {
    let world = world();
    let key = world.key(Ring::Public, "dev", |key| key.plan = Some("free".into()));
    let request = get(Ring::Public, "/shop/v1/orders/42").key(&key);
    let wrong = get(Ring::Public, "/shop/v1/orders/42").key("rw_sandbox_wrong");
    for _ in 0..1_000 {
        assert_eq!(again(&world, &request), None);
        assert_eq!(again(&world, &wrong), Some("credentials_invalid"));
    }
    assert_eq!(world.outcome(&request), "getOrder");
}
