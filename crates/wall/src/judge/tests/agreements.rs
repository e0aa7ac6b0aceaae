//! What is there for whom, and in which version.

use super::*;
use crate::fate::Proof;

#[test]
fn a_visible_operation_is_forwarded_in_normal_form() {
    let world = world();
    for ring in OUTER {
        let key = good_key(&world, ring);
        let forward = world.forward(&get(ring, "/shop/v1/orders/%34%32?q=%2f").key(&key));
        assert_eq!(forward.upstream_target, "/svc/orders/42?q=%2f");
        assert_eq!(
            (
                &**forward.matched().operation,
                &**forward.matched().template
            ),
            ("getOrder", "/orders/{id}")
        );
        assert_eq!(
            (forward.upstream.host.as_str(), forward.max_body_bytes),
            ("orders.internal.acme", 1000)
        );
        assert_eq!(
            (forward.caller.consumer(), forward.caller.proof),
            ("globex", Proof::ApiKey)
        );
        assert!(!forward.quota.left.is_empty());
    }
}

#[test]
fn partners_see_what_their_agreement_says() {
    let world = world();
    let (globex, initech) = (
        good_key(&world, Ring::Partner),
        world.key(Ring::Partner, "initech", |_| {}),
    );
    let refund = call(Ring::Partner, "POST", "/shop/v1/orders/42/refund");
    let v2 = get(Ring::Partner, "/shop/v2/orders/42");
    let crm = get(Ring::Partner, "/crm/orders").header("api-version", "2024-06-01");
    for (key, request, outcome) in [
        (&globex, &refund, "refundOrder"),
        (&initech, &refund, "not_found"),
        (&globex, &v2, "not_found"),
        (&initech, &v2, "getOrder"),
        (&globex, &crm, "not_found"),
        (&initech, &crm, "listOrders"),
    ] {
        assert_eq!(world.outcome(&request.clone().key(key)), outcome);
    }
}

#[test]
fn a_version_is_chosen_by_header_or_asked_for() {
    let world = world();
    let key = world.key(Ring::Partner, "initech", |_| {});
    let crm = || get(Ring::Partner, "/crm/orders").key(&key);
    assert_eq!(world.outcome(&crm()), "version_required");
    assert_eq!(
        world.outcome(&crm().header("api-version", "2030-01-01")),
        "not_found"
    );
    assert_eq!(
        &**world
            .forward(&crm().header("api-version", " 2024-01-15 "))
            .matched()
            .version,
        "2024-01-15"
    );
    let twice = crm()
        .header("api-version", "2024-01-15")
        .header("api-version", "2024-01-15");
    assert_eq!(world.outcome(&twice), "not_found");
    let on_own_host = crm()
        .host(Some("crm.acme.test"))
        .header("api-version", "2024-01-15");
    assert_eq!(world.outcome(&on_own_host), "listOrders");
    assert_eq!(
        world.outcome(
            &crm()
                .host(Some("127.0.0.1"))
                .header("api-version", "2024-01-15")
        ),
        "not_found"
    );
}

#[test]
fn options_name_what_the_caller_sees() {
    let world = world();
    let (globex, initech) = (
        good_key(&world, Ring::Partner),
        world.key(Ring::Partner, "initech", |_| {}),
    );
    let allow = |call: &Call| {
        let answer = world.answer(call);
        (
            answer.status,
            answer
                .headers
                .iter()
                .find(|(name, _)| *name == "allow")
                .map(|(_, value)| value.clone()),
        )
    };
    let one = call(Ring::Partner, "OPTIONS", "/shop/v1/orders/42");
    assert_eq!(
        allow(&one.clone().key(&globex)),
        (204, Some("GET, HEAD, OPTIONS".into()))
    );
    assert_eq!(allow(&one), (401, None));
    let refund = call(Ring::Partner, "OPTIONS", "/shop/v1/orders/42/refund");
    assert_eq!(
        allow(&refund.clone().key(&globex)),
        (204, Some("OPTIONS, POST".into()))
    );
    assert_eq!(allow(&refund.key(&initech)), (404, None));
    assert_eq!(
        allow(&call(Ring::Public, "OPTIONS", "/shop/v1/orders")).0,
        204,
        "preflights come without a key"
    );
}

#[test]
fn internal_callers_hear_which_methods_a_path_takes() {
    let world = world();
    let patch = call(Ring::Internal, "PATCH", "/shop/v1/orders/42").certified(svid("billing"));
    let answer = world.answer(&patch);
    assert_eq!(
        (answer.status, answer.code),
        (405, Some("method_not_allowed"))
    );
    assert!(
        answer
            .headers
            .contains(&("allow", "DELETE, GET, HEAD, OPTIONS".into()))
    );
    let body: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
    assert!(body["reason"].as_str().unwrap().contains("DELETE"));
}

#[test]
fn internal_sees_what_outer_rings_do_not() {
    let world = world();
    for (method, target, operation) in [
        ("GET", "/shop/v1/orders/export", "exportOrders"),
        ("DELETE", "/shop/v1/orders/42", "deleteOrder"),
        ("POST", "/shop/v1/orders/42/refund", "refundOrder"),
    ] {
        let request = call(Ring::Internal, method, target).certified(svid("billing"));
        assert_eq!(world.outcome(&request), operation);
    }
}

#[test]
fn an_api_outside_the_agreement_does_not_ask_for_a_version() {
    let world = world();
    let hooli = world.key(Ring::Partner, "hooli", |_| {});
    let crm = get(Ring::Partner, "/crm/orders").key(&hooli);
    assert_eq!(
        world.outcome(&crm),
        "not_found",
        "hooli has the feature, not the API"
    );
    assert_eq!(
        world.outcome(&crm.header("api-version", "2024-01-15")),
        "not_found"
    );
}
