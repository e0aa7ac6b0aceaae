//! What an operation demands of its caller, and who carries it.

use super::access::{accepting, bearer, partners, with_token};
use super::*;
use serde_json::{Value, json};

use crate::trace::{Outcome, Step};

const BUNDLE: &str = "/routes/0/api/versions/v1";

/// acme, where listing orders demands `alternatives` of outsiders.
fn demanding(mut published: Published, alternatives: Value) -> Published {
    for ring in OUTER {
        published.change(ring, BUNDLE, |bundle| {
            bundle["requires"] = json!(["projection", "scopes"]);
            bundle["paths"][0]["operations"]["GET"]["scopes"] = alternatives.clone();
        });
    }
    published
}

fn orders(ring: Ring) -> Call {
    get(ring, "/shop/v1/orders")
}

fn challenge(answer: &Answer) -> Option<&str> {
    let found = answer
        .headers
        .iter()
        .find(|(name, _)| *name == "www-authenticate");
    found.map(|(_, value)| value.as_str())
}

fn read() -> Value {
    json!([["orders:read"]])
}

#[test]
fn a_token_carries_what_its_claim_says_and_nothing_without_one() {
    let world = World::of(&demanding(accepting(Ring::Partner, partners()), read()));
    for (scope, outcome) in [
        (json!({"scope": "orders:read"}), "listOrders"),
        (
            json!({"scope": "openid orders:read orders:write"}),
            "listOrders",
        ),
        (json!({"scope": ["orders:read"]}), "listOrders"),
        (json!({"scope": "orders:write"}), "scope_missing"),
        (json!({"scope": "ORDERS:READ"}), "scope_missing"),
        (json!({"scope": "orders:read:all"}), "scope_missing"),
        (
            json!({"scope": "orders:read,orders:write"}),
            "scope_missing",
        ),
        (json!({"scope": ""}), "scope_missing"),
        (json!({"scp": "orders:read"}), "scope_missing"),
        (json!({}), "scope_missing"),
    ] {
        let mut said = scope.clone();
        said["azp"] = json!("i");
        let call = with_token(Ring::Partner, "/shop/v1/orders", &bearer(said));
        assert_eq!(world.outcome(&call), outcome, "{scope}");
    }
}

#[test]
fn an_issuer_may_have_another_claim_for_scopes() {
    let mut published = accepting(Ring::Partner, partners());
    published.manifest["rings"]["partner"]["authentication"]["access_tokens"][0]["scope_claim"] =
        json!("scp");
    let world = World::of(&demanding(published, read()));
    let outcome = |said: Value| {
        let call = with_token(Ring::Partner, "/shop/v1/orders", &bearer(said));
        world.outcome(&call)
    };
    assert_eq!(
        outcome(json!({"azp": "i", "scp": ["orders:read"]})),
        "listOrders"
    );
    assert_eq!(
        outcome(json!({"azp": "i", "scope": "orders:read"})),
        "scope_missing"
    );
}

#[test]
fn a_key_stands_for_its_consumer_as_far_as_agreement_and_key_go() {
    for (agreed, of_key, outcome) in [
        (None, vec![], "listOrders"),
        (Some(json!(["orders:read", "x"])), vec![], "listOrders"),
        (Some(json!(["orders:write"])), vec![], "scope_missing"),
        (Some(json!([])), vec![], "scope_missing"),
        (None, vec!["orders:read"], "listOrders"),
        (None, vec!["orders:write"], "scope_missing"),
        (
            Some(json!(["orders:read"])),
            vec!["orders:write"],
            "scope_missing",
        ),
        (
            Some(json!(["orders:write"])),
            vec!["orders:read"],
            "scope_missing",
        ),
    ] {
        let mut published = demanding(Published::acme(), read());
        for (ring, place) in [
            (Ring::Partner, "/partners/globex"),
            (Ring::Public, "/plans/gold"),
        ] {
            published.change(ring, "/agreements", |agreements| {
                agreements.pointer_mut(place).unwrap()["scopes"] = json!(agreed);
            });
        }
        let world = World::of(&published);
        for ring in OUTER {
            let key = world.key(ring, "globex", |key| {
                key.scopes = of_key.iter().map(ToString::to_string).collect();
            });
            assert_eq!(
                world.outcome(&orders(ring).key(&key)),
                outcome,
                "{agreed:?} {of_key:?}"
            );
        }
    }
}

#[test]
fn a_plan_that_is_gone_gives_no_scope_and_no_plan_every_one() {
    let world = World::of(&demanding(Published::acme(), read()));
    for (plan, outcome) in [(Some("retired"), "scope_missing"), (None, "listOrders")] {
        let key = world.key(Ring::Public, "dev-1", |key| key.plan = plan.map(Into::into));
        assert_eq!(world.outcome(&orders(Ring::Public).key(&key)), outcome);
    }
}

#[test]
fn a_token_is_capped_by_the_agreement() {
    let mut published = demanding(accepting(Ring::Partner, partners()), read());
    published.change(Ring::Partner, "/agreements", |agreements| {
        agreements["partners"]["initech"]["scopes"] = json!(["orders:write"]);
    });
    let world = World::of(&published);
    let outcome = |client: &str| {
        let token = bearer(json!({"azp": client, "scope": "orders:read orders:write"}));
        world.outcome(&with_token(Ring::Partner, "/shop/v1/orders", &token))
    };
    assert_eq!(outcome("i"), "scope_missing");
    assert_eq!(outcome("g"), "listOrders");
}

#[test]
fn of_a_key_and_a_token_both_must_carry_it() {
    let world = World::of(&demanding(accepting(Ring::Partner, partners()), read()));
    let outcome = |of_key: &str, of_token: &str| {
        let key = world.key(Ring::Partner, "initech", |key| {
            key.scopes = vec![of_key.into()]
        });
        let token = bearer(json!({"azp": "i", "scope": of_token}));
        world.outcome(&with_token(Ring::Partner, "/shop/v1/orders", &token).key(&key))
    };
    assert_eq!(outcome("orders:read", "orders:read"), "listOrders");
    assert_eq!(outcome("orders:read", "orders:write"), "scope_missing");
    assert_eq!(outcome("orders:write", "orders:read"), "scope_missing");
}

#[test]
fn who_lacks_a_scope_is_told_which_and_nothing_is_counted() {
    let alternatives = json!([["orders:all", "orders:read"], ["orders:admin"]]);
    let world = World::of(&demanding(Published::acme(), alternatives));
    for ring in OUTER {
        let key = world.key(ring, "hooli", |key| {
            key.scopes = vec!["orders:read".into()];
            key.plan = (ring == Ring::Public).then(|| "free".into());
        });
        for _ in 0..5 {
            let answer = world.answer(&orders(ring).key(&key));
            assert_eq!((answer.status, answer.code), (403, Some("scope_missing")));
            let expected = format!(
                "Bearer realm=\"{}\", error=\"insufficient_scope\", scope=\"orders:all orders:read\"",
                ring.as_str()
            );
            assert_eq!(challenge(&answer), Some(expected.as_str()));
            assert!(
                answer.internal_reason.ends_with(": orders:all"),
                "{}",
                answer.internal_reason
            );
        }
        assert_eq!(
            world.outcome(&get(ring, "/shop/v1/orders/7").key(&key)),
            "getOrder"
        );
    }
}

#[test]
fn a_demand_makes_nothing_known_that_was_hidden() {
    let world = World::of(&demanding(Published::acme(), read()));
    for ring in OUTER {
        let key = world.key(ring, "globex", |key| key.scopes = vec!["none".into()]);
        let hidden = world.answer(&get(ring, "/shop/v1/orders/export").key(&key));
        let missing = world.answer(&get(ring, "/nowhere").key(&key));
        assert_eq!(wire(&hidden), wire(&missing));
        let nobody = world.answer(&orders(ring));
        assert_eq!(nobody.code, Some("credentials_missing"));
    }
}

#[test]
fn head_is_get_and_preflights_are_answered() {
    let world = World::of(&demanding(Published::acme(), read()));
    for ring in OUTER {
        let key = world.key(ring, "globex", |key| key.scopes = vec!["none".into()]);
        let outcome =
            |method: &str| world.outcome(&call(ring, method, "/shop/v1/orders").key(&key));
        assert_eq!(outcome("HEAD"), "scope_missing");
        assert_eq!(outcome("OPTIONS"), "204");
    }
}

#[test]
fn a_call_that_takes_long_ends_with_its_scope() {
    let published = demanding(Published::acme(), read());
    let world = World::of(&published);
    let key = world.key(Ring::Public, "dev-1", |_| {});
    let call = orders(Ring::Public).key(&key);
    let again = |wall: &crate::Wall| {
        let judged = wall.judge_again(&call.arrival(), &world.store, &world.limits);
        judged.err().and_then(|answer| answer.code)
    };
    assert_eq!(again(&world.wall), None);
    let mut narrowed = published;
    narrowed.change(Ring::Public, "/agreements", |agreements| {
        agreements["plans"]["gold"]["scopes"] = json!(["orders:write"]);
    });
    assert_eq!(again(&narrowed.load().unwrap()), Some("scope_missing"));
}

#[test]
fn the_trace_says_what_was_demanded() {
    let world = World::of(&demanding(Published::acme(), json!([["a", "b"], ["c"]])));
    let key = good_key(&world, Ring::Public);
    for (target, detail) in [
        ("/shop/v1/orders", vec![("scopes", "a b | c".to_owned())]),
        ("/shop/v1/orders/7", vec![]),
    ] {
        let (_, trace) = world.judge(&get(Ring::Public, target).key(&key));
        let step = trace
            .steps
            .iter()
            .find(|taken| taken.step == Step::Authorization);
        let step = step.unwrap();
        assert_eq!((step.outcome, &step.detail), (Outcome::Passed, &detail));
    }
}

#[test]
fn a_gateway_that_does_not_know_of_scopes_takes_no_such_revision() {
    assert!(crate::manifest::FEATURES.contains(&"scopes"));
    let published = demanding(Published::acme(), read());
    assert!(published.load().is_ok());
}
