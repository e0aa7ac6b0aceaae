use serde_json::{Value, json};

use crate::audience::Ring;
use crate::testkit::*;
use ring::signature::KeyPair as _;

const ISSUER: &str = "https://login.test";

pub fn accepting(ring: Ring, callers: Value) -> Published {
    accepting_with(ring, callers, json!(false))
}

fn accepting_with(ring: Ring, callers: Value, forward: Value) -> Published {
    let mut published = Published::acme();
    let key =
        json!({"kty": "OKP", "crv": "Ed25519", "kid": "k1", "x": encode(token_key().public_key())});
    published.manifest["rings"][ring.as_str()]["authentication"]["access_tokens"] = json!([{
        "name": "login", "issuer": ISSUER, "audiences": ["acme"], "algorithms": ["EdDSA"], "typ": "at+jwt",
        "leeway_seconds": 0, "keys": {"source": "estate", "jwks": {"keys": [key]}}, "callers": callers,
        "forward": forward,
    }]);
    published
}

pub fn partners() -> Value {
    json!({"kind": "partners", "claim": "azp", "partners":
        {"g": "globex", "i": "initech", "h": "hooli", "gone": "acquired"}})
}

pub fn bearer(more: Value) -> String {
    let mut claims = json!({"iss": ISSUER, "aud": "acme", "sub": "alice", "exp": NOW_S + 60});
    claims
        .as_object_mut()
        .unwrap()
        .extend(more.as_object().unwrap().clone());
    format!(
        "Bearer {}",
        jws(
            &json!({"alg": "EdDSA", "kid": "k1", "typ": "at+jwt"}),
            &claims,
            &token_key()
        )
    )
}

pub fn with_token(ring: Ring, target: &str, token: &str) -> Call {
    call(ring, "GET", target).header("authorization", token)
}

#[test]
fn a_partners_agreement_holds_for_its_tokens_as_for_its_keys() {
    let world = World::of(&accepting(Ring::Partner, partners()));
    let outcome = |client: &str, target: &str| {
        world.outcome(&with_token(
            Ring::Partner,
            target,
            &bearer(json!({"azp": client})),
        ))
    };
    assert_eq!(outcome("g", "/shop/v1/orders"), "listOrders");
    assert_eq!(outcome("g", "/shop/v2/orders"), "not_found");
    assert_eq!(outcome("i", "/shop/v2/orders"), "listOrders");
    assert_eq!(outcome("gone", "/shop/v1/orders"), "credentials_invalid");
    assert_eq!(outcome("x", "/shop/v1/orders"), "credentials_invalid");
    let abroad = Call {
        client_address: "192.0.2.1".parse().unwrap(),
        ..with_token(
            Ring::Partner,
            "/shop/v2/orders",
            &bearer(json!({"azp": "i"})),
        )
    };
    assert_eq!(world.outcome(&abroad), "forbidden");
}

#[test]
fn keys_and_tokens_of_a_partner_are_one_caller_with_one_limit() {
    let world = World::of(&accepting(Ring::Partner, partners()));
    let key = world.key(Ring::Partner, "hooli", |_| {});
    let token = bearer(json!({"azp": "h"}));
    let by_key = call(Ring::Partner, "GET", "/shop/v1/orders").key(&key);
    let by_token = with_token(Ring::Partner, "/shop/v1/orders", &token);
    assert_eq!(world.outcome(&by_key), "listOrders");
    assert_eq!(world.outcome(&by_token.clone().key(&key)), "listOrders");
    assert_eq!(world.outcome(&by_token), "rate_limited");
}

#[test]
fn a_key_and_a_token_of_two_callers_are_nobodys() {
    let world = World::of(&accepting(Ring::Partner, partners()));
    let key = world.key(Ring::Partner, "globex", |_| {});
    let token = bearer(json!({"azp": "i"}));
    let both = with_token(Ring::Partner, "/shop/v1/orders", &token).key(&key);
    assert_eq!(world.outcome(&both), "credentials_invalid");
    let broken = with_token(Ring::Partner, "/shop/v1/orders", "Bearer nonsense").key(&key);
    assert_eq!(world.outcome(&broken), "credentials_invalid");
}

#[test]
fn each_subject_has_a_limit_of_its_own() {
    let world = World::of(&accepting(
        Ring::Public,
        json!({"kind": "developers", "per": "subject", "plan": "free"}),
    ));
    let call = |subject: &str| {
        world.outcome(&with_token(
            Ring::Public,
            "/shop/v1/orders",
            &bearer(json!({"sub": subject})),
        ))
    };
    let calls = ["alice", "alice", "alice", "bob"].map(call);
    assert_eq!(
        calls,
        ["listOrders", "listOrders", "rate_limited", "listOrders"]
    );
}

#[test]
fn who_is_nobody_learns_nothing_by_a_token() {
    for ring in [Ring::Partner, Ring::Public] {
        let callers = match ring {
            Ring::Partner => partners(),
            _ => json!({"kind": "developers", "per": "subject", "plan": "free"}),
        };
        let world = World::of(&accepting(ring, callers));
        let answer = |target: &str| {
            let answer = world.answer(&with_token(ring, target, "Bearer nonsense"));
            (answer.status, answer.headers, answer.body)
        };
        assert_eq!(
            answer("/shop/v1/orders/export"),
            answer("/nowhere"),
            "{ring:?}"
        );
    }
}

#[test]
fn a_refused_token_is_challenged() {
    let world = World::of(&accepting(
        Ring::Internal,
        json!({"kind": "services", "claim": "sub", "services": {"alice": "billing"}}),
    ));
    let challenge = |call: &Call| {
        let answer = world.answer(call);
        let found = answer
            .headers
            .into_iter()
            .find(|(name, _)| *name == "www-authenticate");
        (answer.status, found.unwrap().1)
    };
    let nobody = call(Ring::Internal, "GET", "/shop/v1/orders");
    assert_eq!(
        challenge(&nobody),
        (401, "Bearer realm=\"internal\"".into())
    );
    let wrong = with_token(Ring::Internal, "/shop/v1/orders", "Bearer nonsense");
    assert_eq!(
        challenge(&wrong),
        (
            401,
            "Bearer realm=\"internal\", error=\"invalid_token\"".into()
        )
    );
    let mapped = with_token(Ring::Internal, "/shop/v1/orders", &bearer(json!({})));
    assert_eq!(world.forward(&mapped).caller.consumer(), "billing");
    assert_eq!(
        world.outcome(&mapped.clone().certified(svid("billing"))),
        "listOrders"
    );
    assert_eq!(
        world.outcome(&mapped.certified(svid("shipping"))),
        "credentials_invalid"
    );
}

#[test]
fn the_service_gets_a_token_only_where_that_is_declared() {
    let developers = json!({"kind": "developers", "per": "subject", "plan": "gold"});
    for forward in [false, true] {
        let world = World::of(&accepting_with(
            Ring::Public,
            developers.clone(),
            json!(forward),
        ));
        let token = bearer(json!({}));
        let passed = world.forward(&with_token(Ring::Public, "/shop/v1/orders", &token));
        assert_eq!(passed.bearer_passes, forward);
        let key = world.key(Ring::Public, "dev-1", |_| {});
        let by_key = world.forward(&call(Ring::Public, "GET", "/shop/v1/orders").key(&key));
        assert!(!by_key.bearer_passes);
    }
    let world = World::acme();
    let key = world.key(Ring::Public, "dev-1", |_| {});
    let own = with_token(Ring::Public, "/shop/v1/orders", "Bearer of-the-service").key(&key);
    assert!(
        world.forward(&own).bearer_passes,
        "a ring that judges no tokens leaves them alone"
    );
}

#[test]
fn the_service_is_told_the_subject() {
    let world = World::of(&accepting(
        Ring::Public,
        json!({"kind": "developers", "per": "subject", "plan": "gold"}),
    ));
    let forward = world.forward(&with_token(
        Ring::Public,
        "/shop/v1/orders",
        &bearer(json!({})),
    ));
    let id = http::HeaderValue::from_static("r1");
    let told = crate::headers::added(&forward, &id).find(|(name, _)| *name == "x-ringwork-subject");
    assert_eq!(told.unwrap().1, "alice");
}
