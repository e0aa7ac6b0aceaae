//! Tokens of our own authorization server: whatever holds for a key of the client's application holds for them.

use serde_json::{Value, json};

use super::access::{accepting, bearer, with_token};
use crate::audience::Ring;
use crate::fate::PeerCertificate;
use crate::identity::{Change, KeyChange, parse};
use crate::testkit::*;

const ORDERS: &str = "/shop/v1/orders";

fn world(ring: Ring) -> World {
    World::of(&accepting(ring, json!({"kind": "clients"})))
}

/// The id of a new client, whose record is as a key's.
fn client(
    world: &World,
    ring: Ring,
    consumer: &str,
    adjust: impl FnOnce(&mut KeyChange),
) -> String {
    let text = world.key(ring, consumer, adjust);
    parse(&text).unwrap().id.to_owned()
}

fn token(client: &str, more: Value) -> String {
    let mut claims = json!({"client_id": client, "sub": client, "jti": "t1"});
    claims
        .as_object_mut()
        .unwrap()
        .extend(more.as_object().unwrap().clone());
    bearer(claims)
}

fn outcome(world: &World, ring: Ring, token: &str) -> String {
    world.outcome(&with_token(ring, ORDERS, token))
}

#[test]
fn the_caller_is_the_clients_consumer_and_its_record_decides() {
    let world = world(Ring::Partner);
    let id = client(&world, Ring::Partner, "globex", |_| {});
    let forward = world.forward(&with_token(Ring::Partner, ORDERS, &token(&id, json!({}))));
    assert_eq!(forward.caller.consumer(), "globex");
    assert_eq!(forward.caller.application(), "app");
    assert_eq!(forward.caller.key_id(), Some(&*id));
    assert_eq!(forward.caller.proof.as_str(), "access_token");
    assert_eq!(
        outcome(&world, Ring::Partner, &token("nobody", json!({}))),
        "credentials_invalid"
    );
}

#[test]
fn a_client_that_is_gone_ends_its_tokens_and_so_does_revoking_one() {
    let world = world(Ring::Partner);
    let id = client(&world, Ring::Partner, "globex", |_| {});
    let (one, other) = (token(&id, json!({})), token(&id, json!({"jti": "t2"})));
    assert_eq!(outcome(&world, Ring::Partner, &one), "listOrders");
    world.apply(Change::RevokeToken { jti: "t1".into() });
    assert_eq!(outcome(&world, Ring::Partner, &one), "credentials_invalid");
    assert_eq!(outcome(&world, Ring::Partner, &other), "listOrders");
    world.apply(Change::DeleteKey { id });
    assert_eq!(
        outcome(&world, Ring::Partner, &other),
        "credentials_invalid"
    );
}

#[test]
fn a_token_that_is_bound_to_a_certificate_opens_from_a_connection_with_it_where_the_ring_asks() {
    let sha256 = &ring::digest::SHA256;
    let thumbprint =
        |shown: &PeerCertificate| encode(ring::digest::digest(sha256, &shown.chain[0]));
    let (own, other) = (svid("billing"), svid("billing"));
    let cnf = json!({"cnf": {"x5t#S256": thumbprint(&own)}});
    for ring in [Ring::Partner, Ring::Public] {
        let mut published = accepting(ring, json!({"kind": "clients"}));
        let outcomes = |published: &Published| {
            let world = World::of(published);
            let id = client(&world, ring, "globex", |_| {});
            let bound = with_token(ring, ORDERS, &token(&id, cnf.clone()));
            let free = with_token(ring, ORDERS, &token(&id, json!({"jti": "t2"})));
            [
                bound.clone().certified(own.clone()),
                bound.clone().certified(other.clone()),
                bound,
                free.clone().certified(other.clone()),
                free,
            ]
            .map(|call| world.outcome(&call) == "listOrders")
        };
        assert_eq!(outcomes(&published), [false, false, false, true, true]);
        published.manifest["rings"][ring.as_str()]["client_certificates"] = json!("requested");
        assert_eq!(outcomes(&published), [true, false, false, true, true]);
    }
}

#[test]
fn what_a_user_allowed_ends_with_all_its_tokens() {
    let world = world(Ring::Public);
    let id = client(&world, Ring::Public, "ada", |_| {});
    let said = |jti: &str, grant: &str| json!({"jti": jti, "sub": "alice", "grant_id": grant});
    let (first, second) = (token(&id, said("t1", "g1")), token(&id, said("t2", "g1")));
    let (other, own) = (token(&id, said("t3", "g2")), token(&id, json!({})));
    world.apply(Change::RevokeToken { jti: "g1".into() });
    for (text, expected) in [
        (&first, "credentials_invalid"),
        (&second, "credentials_invalid"),
        (&other, "listOrders"),
        (&own, "listOrders"),
        (
            &token(&id, json!({"grant_id": ["g1"]})),
            "credentials_invalid",
        ),
        (&token(&id, json!({"grant_id": ""})), "credentials_invalid"),
    ] {
        assert_eq!(outcome(&world, Ring::Public, text), expected);
    }
}

#[test]
fn a_record_for_another_ring_environment_or_time_opens_nothing() {
    let world = world(Ring::Partner);
    let spoiled: [fn(&mut KeyChange); 4] = [
        |change| change.ring = Ring::Public,
        |change| change.environment = "production".into(),
        |change| change.expires_at = Some(NOW_S),
        |change| change.partner = Some("acquired".into()),
    ];
    for spoil in spoiled {
        let id = client(&world, Ring::Partner, "globex", spoil);
        assert_eq!(
            outcome(&world, Ring::Partner, &token(&id, json!({}))),
            "credentials_invalid"
        );
    }
    let elsewhere = client(&world, Ring::Partner, "globex", |change| {
        change.networks = vec!["10.0.0.0/8".into()];
    });
    assert_eq!(
        outcome(&world, Ring::Partner, &token(&elsewhere, json!({}))),
        "forbidden"
    );
    let other_api = client(&world, Ring::Partner, "globex", |change| {
        change.apis = vec!["crm".into()];
    });
    assert_eq!(
        outcome(&world, Ring::Partner, &token(&other_api, json!({}))),
        "forbidden"
    );
}

#[test]
fn a_token_without_client_or_name_is_nobodys() {
    let world = world(Ring::Partner);
    let id = client(&world, Ring::Partner, "globex", |_| {});
    for wrong in [
        json!({"client_id": null}),
        json!({"client_id": [id]}),
        json!({"client_id": ""}),
        json!({"jti": null}),
        json!({"jti": ["t1"]}),
        json!({"cnf": {"jkt": "A"}}),
    ] {
        let token = token(&id, wrong.clone());
        assert_eq!(
            outcome(&world, Ring::Partner, &token),
            "credentials_invalid",
            "{wrong}"
        );
    }
}

#[test]
fn each_client_of_the_public_ring_has_the_limit_of_its_plan() {
    let world = world(Ring::Public);
    let free = |change: &mut KeyChange| change.plan = Some("free".into());
    let (one, other) = (
        client(&world, Ring::Public, "ada", free),
        client(&world, Ring::Public, "ada", free),
    );
    let calls =
        [&one, &one, &one, &other].map(|id| outcome(&world, Ring::Public, &token(id, json!({}))));
    assert_eq!(
        calls,
        ["listOrders", "listOrders", "rate_limited", "listOrders"]
    );
}

#[test]
fn another_plan_holds_at_the_next_call_with_the_same_token() {
    let world = world(Ring::Public);
    let mut record = None;
    let id = client(&world, Ring::Public, "ada", |change| {
        record = Some(change.clone())
    });
    let token = token(&id, json!({}));
    assert_eq!(outcome(&world, Ring::Public, &token), "listOrders");
    let moved = KeyChange {
        consumer: "eve".into(),
        ..record.unwrap()
    };
    world.apply(Change::PutKey(Box::new(moved)));
    let forward = world.forward(&with_token(Ring::Public, ORDERS, &token));
    assert_eq!(forward.caller.consumer(), "eve");
}

#[test]
fn the_internal_ring_takes_no_clients() {
    assert!(
        accepting(Ring::Internal, json!({"kind": "clients"}))
            .load()
            .is_err()
    );
}
