//! Who is known, and who is not.

use super::*;
use crate::fate::Proof;
use crate::identity::Change;

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
    assert_eq!(by_certificate.caller.consumer(), by_token.caller.consumer());
    assert_eq!(
        by_certificate.caller.application(),
        by_token.caller.application()
    );
    assert_eq!(by_token.caller.application(), "spiffe://acme.test/billing");
    assert_eq!(
        (by_certificate.caller.proof, by_token.caller.proof),
        (Proof::MutualTls, Proof::ServiceToken)
    );
    let left = |forward: &crate::Forward| forward.quota.left.to_str().unwrap().to_owned();
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
