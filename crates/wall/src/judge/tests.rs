//! What the wall promises, one test per promise.

use super::super::testkit::*;
use crate::audience::Ring;
use crate::fate::{Answer, Proof};
use crate::identity::Change;

const OUTER: [Ring; 2] = [Ring::Partner, Ring::Public];

fn world() -> World {
    World::acme()
}

/// A key that may do everything its ring can.
fn good_key(world: &World, ring: Ring) -> String {
    world.key(ring, "globex", |_| {})
}

/// Everything of an answer that goes over the wire.
fn wire(answer: &Answer) -> (u16, Vec<(&'static str, String)>, Vec<u8>, bool) {
    (
        answer.status,
        answer.headers.clone(),
        answer.body.clone(),
        answer.close,
    )
}

fn get(ring: Ring, target: &str) -> Call {
    call(ring, "GET", target)
}

#[test]
fn a_visible_operation_is_forwarded_in_normal_form() {
    let world = world();
    for ring in OUTER {
        let key = good_key(&world, ring);
        let forward = world.forward(&get(ring, "/shop/v1/orders/%34%32?q=%2f").key(&key));
        assert_eq!(forward.upstream_target, "/svc/orders/42?q=%2f");
        assert_eq!(
            (&*forward.matched.operation, &*forward.matched.template),
            ("getOrder", "/orders/{id}")
        );
        assert_eq!(
            (forward.upstream.host.as_str(), forward.max_body_bytes),
            ("orders.internal.acme", 1000)
        );
        assert_eq!(
            (&*forward.caller.consumer, forward.caller.proof),
            ("globex", Proof::ApiKey)
        );
        assert!(
            forward
                .quota_headers
                .iter()
                .any(|(name, _)| *name == "ratelimit")
        );
    }
}

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
        &*world
            .forward(&crm().header("api-version", " 2024-01-15 "))
            .matched
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
fn every_bad_key_gets_the_same_answer() {
    let world = world();
    for ring in OUTER {
        let other = if ring == Ring::Public {
            Ring::Partner
        } else {
            Ring::Public
        };
        let good = good_key(&world, ring);
        let revoked = good_key(&world, ring);
        world.apply(Change::DeleteKey {
            id: crate::identity::parse(&revoked).unwrap().id.into(),
        });
        let bad_keys = [
            ("malformed", "rw_sandbox_x".to_owned()),
            ("no key at all", "secret".to_owned()),
            ("wrong checksum", format!("{}0", &good[..good.len() - 1])),
            ("revoked", revoked),
            (
                "expired",
                world.key(ring, "globex", |key| key.expires_at = Some(NOW_S)),
            ),
            (
                "not yet",
                world.key(ring, "globex", |key| key.not_before = Some(NOW_S + 1)),
            ),
            (
                "other ring",
                world.key(ring, "globex", |key| key.ring = other),
            ),
            (
                "other environment",
                world.key(ring, "globex", |key| key.environment = "production".into()),
            ),
            (
                "wrong secret",
                world.key(ring, "globex", |key| key.sha256 = "00".repeat(32)),
            ),
            (
                "no such partner",
                world.key(ring, "nobody", |key| {
                    (key.plan, key.partner) = (None, Some("nobody".into()));
                }),
            ),
        ];
        let request = || get(ring, "/shop/v1/orders/42");
        assert_eq!(world.outcome(&request().key(&good)), "getOrder");
        let first = wire(&world.answer(&request().key(&bad_keys[0].1)));
        assert_eq!(first.0, 401);
        for (why, key) in &bad_keys {
            assert_eq!(
                wire(&world.answer(&request().key(key))),
                first,
                "{why} on {ring:?}"
            );
        }
        let twice = request().key(&good).key(&good);
        assert_eq!(wire(&world.answer(&twice)), first, "repeated");
        let contradicting = request()
            .key(&good)
            .header("authorization", &format!("Bearer {}", bad_keys[3].1));
        assert_eq!(
            wire(&world.answer(&contradicting)),
            first,
            "two different keys"
        );
    }
}

#[test]
fn on_the_partner_ring_a_key_without_an_agreement_is_nobodys() {
    let world = world();
    let key = world.key(Ring::Partner, "dev", |key| {
        (key.plan, key.partner) = (Some("gold".into()), None)
    });
    assert_eq!(
        world.outcome(&get(Ring::Partner, "/shop/v1/orders/42").key(&key)),
        "credentials_invalid"
    );
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

#[test]
fn a_bearer_key_is_as_good_as_x_api_key() {
    let world = world();
    let key = good_key(&world, Ring::Public);
    let bearer =
        get(Ring::Public, "/shop/v1/orders/42").header("authorization", &format!("Bearer {key}"));
    assert_eq!(world.outcome(&bearer), "getOrder");
    assert_eq!(world.outcome(&bearer.key(&key)), "getOrder");
}

#[test]
fn a_revoked_key_is_refused_at_the_next_request() {
    let world = world();
    let key = good_key(&world, Ring::Public);
    let request = get(Ring::Public, "/shop/v1/orders/42").key(&key);
    assert_eq!(world.outcome(&request), "getOrder");
    world.apply(Change::DeleteKey {
        id: crate::identity::parse(&key).unwrap().id.into(),
    });
    assert_eq!(world.outcome(&request), "credentials_invalid");
}

#[test]
fn what_a_keys_own_restriction_excludes_is_forbidden_not_absent() {
    let world = world();
    let other_api = world.key(Ring::Public, "dev", |key| key.apis = vec!["crm".into()]);
    let v1_only = world.key(Ring::Public, "dev", |key| {
        key.versions = vec!["orders:v1".into()]
    });
    let elsewhere = world.key(Ring::Public, "dev", |key| {
        key.networks = vec!["192.0.2.0/24".into()]
    });
    let (v1, v2) = (
        get(Ring::Public, "/shop/v1/orders/42"),
        get(Ring::Public, "/shop/v2/orders/42"),
    );
    let same_name = world.key(Ring::Public, "dev", |key| {
        key.versions = vec!["crm:v1".into()]
    });
    assert_eq!(world.outcome(&v1.clone().key(&same_name)), "forbidden");
    assert_eq!(world.outcome(&v1.clone().key(&other_api)), "forbidden");
    assert_eq!(world.outcome(&v1.clone().key(&v1_only)), "getOrder");
    assert_eq!(world.outcome(&v2.key(&v1_only)), "forbidden");
    assert_eq!(world.outcome(&v1.key(&elsewhere)), "forbidden");
    assert_eq!(
        world.outcome(&get(Ring::Public, "/shop/v1/x").key(&other_api)),
        "not_found"
    );
}

#[test]
fn networks_of_ring_and_partner_are_enforced() {
    let world = world();
    let mut outside = get(Ring::Internal, "/shop/v1/orders/42").certified(svid("billing"));
    outside.client_address = "192.0.2.1".parse().unwrap();
    assert_eq!(world.outcome(&outside), "forbidden");
    let initech = world.key(Ring::Partner, "initech", |_| {});
    let mut away = get(Ring::Partner, "/shop/v1/orders/42").key(&initech);
    assert_eq!(world.outcome(&away), "getOrder");
    away.client_address = "192.0.2.1".parse().unwrap();
    assert_eq!(world.outcome(&away), "forbidden");
}

#[test]
fn certificate_and_token_are_the_same_caller_with_the_same_limit() {
    let world = world();
    let request = get(Ring::Internal, "/shop/v1/orders/42");
    let by_certificate = world.forward(&request.clone().certified(svid("billing")));
    let by_token = world.forward(
        &request
            .clone()
            .header("x-internal-service-token", &token("billing")),
    );
    assert_eq!(by_certificate.caller.consumer, by_token.caller.consumer);
    assert_eq!(
        by_certificate.caller.application,
        by_token.caller.application
    );
    assert_eq!(&*by_token.caller.application, "spiffe://acme.test/billing");
    assert_eq!(
        (by_certificate.caller.proof, by_token.caller.proof),
        (Proof::MutualTls, Proof::ServiceToken)
    );
    let left = |forward: &crate::Forward| forward.quota_headers[1].1.clone();
    assert!(
        left(&by_certificate).contains("r=99;") && left(&by_token).contains("r=98;"),
        "one allowance"
    );
}

#[test]
fn a_bad_proof_is_never_overlooked_because_of_a_good_one() {
    let world = world();
    let request = get(Ring::Internal, "/shop/v1/orders/42");
    let foreign = issue(
        &svid_params(&["spiffe://acme.test/billing"]),
        &new_authority(),
    );
    for (why, bad) in [
        (
            "bad certificate",
            request.clone().certified(foreign.clone()),
        ),
        (
            "bad certificate, good token",
            request
                .clone()
                .certified(foreign)
                .header("x-internal-service-token", &token("billing")),
        ),
        (
            "good certificate, bad token",
            request
                .clone()
                .certified(svid("billing"))
                .header("x-internal-service-token", "x.y.z"),
        ),
        (
            "two callers",
            request
                .clone()
                .certified(svid("billing"))
                .header("x-internal-service-token", &token("crm")),
        ),
        (
            "two tokens",
            request
                .clone()
                .header("x-internal-service-token", &token("crm"))
                .header("x-internal-service-token", &token("crm")),
        ),
    ] {
        assert_eq!(world.outcome(&bad), "credentials_invalid", "{why}");
    }
    let both = request
        .clone()
        .certified(svid("billing"))
        .header("x-internal-service-token", &token("billing"));
    assert_eq!(world.outcome(&both), "getOrder");
    assert_eq!(world.outcome(&request), "credentials_missing");
}

#[test]
fn expiry_and_revocation_of_services_are_judged_at_each_request() {
    let world = world();
    let by_certificate = get(Ring::Internal, "/shop/v1/orders/42").certified(svid("billing"));
    let by_token = get(Ring::Internal, "/shop/v1/orders/42")
        .header("x-internal-service-token", &token("billing"));
    assert_eq!(
        (world.outcome(&by_certificate), world.outcome(&by_token)),
        ("getOrder".into(), "getOrder".into())
    );
    let later = NOW_S + 60 * 86_400;
    assert_eq!(
        world.outcome(&by_certificate.clone().at(later)),
        "credentials_invalid"
    );
    assert_eq!(
        world.outcome(&by_token.clone().at(later)),
        "credentials_invalid"
    );
    world.apply(Change::RevokeCertificate {
        serial: "abc".into(),
    });
    assert_eq!(world.outcome(&by_certificate), "credentials_invalid");
    world.apply(Change::RevokeToken {
        jti: "token-of-billing".into(),
    });
    assert_eq!(world.outcome(&by_token), "credentials_invalid");
}

#[test]
fn outer_rings_accept_no_proof_of_the_internal_one() {
    let world = world();
    let request = get(Ring::Public, "/shop/v1/orders/42");
    assert_eq!(
        world.outcome(&request.clone().certified(svid("billing"))),
        "credentials_missing"
    );
    let token = request.header("x-internal-service-token", &token("billing"));
    assert_eq!(world.outcome(&token), "credentials_missing");
    let key = good_key(&world, Ring::Public);
    assert_eq!(
        world.outcome(&get(Ring::Internal, "/shop/v1/orders/42").key(&key)),
        "credentials_missing"
    );
}

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
    assert!(forward.quota_headers[0].1.contains("q=600"));
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
