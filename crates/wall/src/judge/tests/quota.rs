//! How often, and failing closed.

use super::*;

#[test]
fn a_partner_has_one_limit_across_its_keys_and_a_developer_one_per_key() {
    let world = world();
    let keys = [
        world.key(Ring::Partner, "hooli", |_| {}),
        world.key(Ring::Partner, "hooli", |_| {}),
    ];
    let request = get(Ring::Partner, "/shop/v1/orders/42");
    assert_eq!(world.outcome(&request.clone().key(&keys[0])), "getOrder");
    assert_eq!(world.outcome(&request.clone().key(&keys[1])), "getOrder");
    let refused = world.answer(&request.clone().key(&keys[0]));
    assert_eq!((refused.status, refused.code), (429, Some("rate_limited")));
    assert!(
        refused.headers.contains(&("retry-after", "1".into())),
        "{:?}",
        refused.headers
    );
    assert_eq!(
        world.outcome(&request.clone().key(&keys[1]).at(NOW_S + 2)),
        "getOrder"
    );
    let refused = world.answer(&request.key(&keys[1]).at(NOW_S + 4));
    assert_eq!(refused.code, Some("quota_exceeded"));

    let free = |_: ()| world.key(Ring::Public, "dev", |key| key.plan = Some("free".into()));
    let (first, second) = (free(()), free(()));
    let request = |key: &str| get(Ring::Public, "/shop/v1/orders/42").key(key);
    for key in [&first, &second] {
        assert_eq!(world.outcome(&request(key)), "getOrder");
        assert_eq!(world.outcome(&request(key)), "getOrder");
        assert_eq!(world.outcome(&request(key)), "rate_limited");
    }
}

#[test]
fn what_is_refused_before_costs_no_quota() {
    let world = world();
    let key = world.key(Ring::Public, "dev", |key| key.plan = Some("free".into()));
    for _ in 0..10 {
        assert_eq!(
            world.outcome(&get(Ring::Public, "/shop/v1/orders/export").key(&key)),
            "not_found"
        );
    }
    assert_eq!(
        world.outcome(&get(Ring::Public, "/shop/v1/orders/42").key(&key)),
        "getOrder"
    );
}

#[test]
fn a_plan_that_is_gone_falls_back_to_the_default() {
    let world = world();
    let key = world.key(Ring::Public, "dev", |key| key.plan = Some("gone".into()));
    let forward = world.forward(&get(Ring::Public, "/shop/v1/orders/42").key(&key));
    assert!(forward.quota.policy.to_str().unwrap().contains("q=600"));
}

#[test]
fn without_identity_data_nobody_passes() {
    let mut world = world();
    let key = good_key(&world, Ring::Public);
    let nowhere = tempfile::tempdir().unwrap();
    world.store = crate::IdentityStore::open(nowhere.path());
    let answer = world.answer(&get(Ring::Public, "/shop/v1/orders/42").key(&key));
    assert_eq!(
        (answer.status, answer.code),
        (503, Some("identity_unavailable"))
    );
    let internal = get(Ring::Internal, "/shop/v1/orders/42");
    assert_eq!(
        world.outcome(&internal.clone().certified(svid("billing"))),
        "identity_unavailable"
    );
    let token = internal.header("x-internal-service-token", &token("billing"));
    assert_eq!(world.outcome(&token), "identity_unavailable");
}

#[test]
fn a_ring_that_is_not_in_the_revision_is_unavailable() {
    let mut published = Published::acme();
    published.manifest["rings"]
        .as_object_mut()
        .unwrap()
        .remove("public");
    let world = World::of(&published);
    assert_eq!(
        world.outcome(&get(Ring::Public, "/shop/v1/orders/42")),
        "revision_unavailable"
    );
}
