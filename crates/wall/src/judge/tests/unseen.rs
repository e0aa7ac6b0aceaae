//! Law 2: unseen is absent.

use super::*;

/// Requests for what is not there for `globex` on an outer ring, each for another reason.
fn absences(ring: Ring) -> Vec<(&'static str, Call)> {
    let mut absences = vec![
        ("missing operation", get(ring, "/shop/v1/nothing")),
        ("hidden operation", get(ring, "/shop/v1/orders/export")),
        (
            "hidden operation in other letters",
            get(ring, "/shop/v1/orders/EXPORT"),
        ),
        ("hidden method", call(ring, "DELETE", "/shop/v1/orders/42")),
        ("missing method", call(ring, "PATCH", "/shop/v1/orders/42")),
        ("unknown method", call(ring, "get", "/shop/v1/orders/42")),
        ("missing API", get(ring, "/nowhere/v1/orders")),
        ("hidden API", get(ring, "/shop/vault/x")),
        ("unknown version", get(ring, "/shop/v9/orders/42")),
        ("no version", get(ring, "/shop")),
        (
            "foreign host",
            get(ring, "/shop/v1/orders/42").host(Some("internal.acme.test")),
        ),
        ("no host", get(ring, "/shop/v1/orders/42").host(None)),
        (
            "foreign absolute-form",
            get(ring, "https://other.test/shop/v1/orders/42"),
        ),
        ("TRACE", call(ring, "TRACE", "/shop/v1/orders/42")),
        ("CONNECT", call(ring, "CONNECT", "api.acme.test:443")),
        ("asterisk", call(ring, "OPTIONS", "*")),
        (
            "OPTIONS of a hidden path",
            call(ring, "OPTIONS", "/shop/v1/orders/export"),
        ),
        (
            "HEAD of a hidden path",
            call(ring, "HEAD", "/shop/v1/orders/export"),
        ),
        ("dot segments", get(ring, "/shop/v1/orders/../orders/42")),
        ("encoded slash", get(ring, "/shop/v1/orders%2F42")),
        ("double slash", get(ring, "/shop/v1//orders/42")),
        ("trailing slash", get(ring, "/shop/v1/orders/42/")),
        (
            "API without the feature",
            get(ring, "/crm/orders").header("api-version", "2024-01-15"),
        ),
        (
            "API without the feature, no version",
            get(ring, "/crm/orders"),
        ),
        (
            "API without the feature, unknown version",
            get(ring, "/crm/orders").header("api-version", "x"),
        ),
    ];
    let mut foreign_sni = get(ring, "/shop/v1/orders/42");
    foreign_sni.server_name = Some("internal.acme.test".into());
    absences.push(("foreign server name", foreign_sni));
    if ring == Ring::Partner {
        absences.push(("version not agreed upon", get(ring, "/shop/v2/orders/42")));
    } else {
        absences.push((
            "operation with a feature",
            call(ring, "POST", "/shop/v1/orders/42/refund"),
        ));
    }
    absences
}

#[test]
fn unseen_is_absent_byte_for_byte_and_step_for_step() {
    let world = world();
    for ring in OUTER {
        let key = good_key(&world, ring);
        let (_, missing_way) = world.judge(&get(ring, "/shop/v1/nothing").key(&key));
        let missing = world.answer(&get(ring, "/shop/v1/nothing").key(&key));
        assert_eq!(missing.code, Some("not_found"));
        for (why, absent) in absences(ring) {
            let absent = absent.key(&key);
            assert_eq!(
                wire(&world.answer(&absent)),
                wire(&missing),
                "{why} on {ring:?}"
            );
            assert_eq!(
                world.judge(&absent).1.way(),
                missing_way.way(),
                "{why} on {ring:?}"
            );
        }
    }
}

#[test]
fn an_answer_for_absent_says_nothing_of_the_reason() {
    let world = world();
    let key = good_key(&world, Ring::Partner);
    let answer = world.answer(&get(Ring::Partner, "/shop/v1/orders/export").key(&key));
    let body: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
    assert!(body.get("reason").is_none());
    assert!(!answer.internal_reason.is_empty(), "the log knows");
    assert_eq!(
        answer.headers.len(),
        2,
        "no Allow, no RateLimit: {:?}",
        answer.headers
    );
}

#[test]
fn on_the_partner_ring_whoever_is_nobody_learns_nothing() {
    let world = world();
    let visible = world.answer(&get(Ring::Partner, "/shop/v1/orders/42"));
    assert_eq!(visible.code, Some("credentials_missing"));
    for (why, absent) in absences(Ring::Partner) {
        assert_eq!(wire(&world.answer(&absent)), wire(&visible), "{why}");
    }
}

#[test]
fn on_the_public_ring_a_visible_operation_asks_for_credentials() {
    let world = world();
    let answer = world.answer(&get(Ring::Public, "/shop/v1/orders/42"));
    assert_eq!(
        (answer.status, answer.code),
        (401, Some("credentials_missing"))
    );
    assert!(
        answer
            .headers
            .iter()
            .any(|(name, value)| *name == "www-authenticate" && value.starts_with("Bearer"))
    );
    assert_eq!(
        world.outcome(&get(Ring::Public, "/shop/v1/orders/export")),
        "not_found"
    );
}
