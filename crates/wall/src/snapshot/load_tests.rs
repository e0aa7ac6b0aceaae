use std::io;
use std::sync::Arc;

use serde_json::{Value, json};

use super::*;
use crate::testkit::*;

fn refusal(published: &Published) -> Refusal {
    published.load().err().expect("the revision is refused")
}

/// acme with one change to its manifest.
fn spoiled(pointer: &str, value: Value) -> Published {
    let mut published = Published::acme();
    *published
        .manifest
        .pointer_mut(pointer)
        .expect("the pointer leads somewhere") = value;
    published
}

/// acme whose public orders v1 is another bundle.
fn with_bundle(change: impl FnOnce(&mut Value)) -> Published {
    let mut published = Published::acme();
    let mut changed = bundle(Ring::Public, "orders", "v1");
    change(&mut changed);
    let hash = published.put(&changed);
    published.manifest["rings"]["public"]["routes"][0]["api"]["versions"]["v1"] = json!(hash);
    published
}

#[test]
fn what_is_not_signed_with_the_nodes_key_is_refused() {
    let published = Published::acme();
    let good = published.signed();
    let fetch = |hash: &str| {
        published
            .objects
            .get(hash)
            .cloned()
            .ok_or_else(|| io::ErrorKind::NotFound.into())
    };
    assert!(Wall::load(good.as_bytes(), &[public_key()], None, fetch).is_ok());
    let (head, signature) = good.rsplit_once('.').unwrap();
    let (header, payload) = head.split_once('.').unwrap();
    let forged = format!(
        "{header}.{}.{signature}",
        encode(published.manifest.to_string() + " ")
    );
    let other_header = |header: Value| jws(&header, &published.manifest, &signing_key());
    let bad = [
        forged,
        head.to_owned(),
        format!("{head}."),
        format!("{good}.x"),
        format!("{header}.{payload}.!!"),
        jws(
            &json!({"alg": "EdDSA", "typ": "ringwork-manifest"}),
            &published.manifest,
            &token_key(),
        ),
        other_header(json!({"alg": "EdDSA", "typ": "JWT"})),
        other_header(json!({"alg": "EdDSA"})),
        other_header(json!({"alg": "none", "typ": "ringwork-manifest"})),
        other_header(
            json!({"alg": "EdDSA", "typ": "ringwork-manifest", "crit": ["b64"], "b64": false}),
        ),
        String::new(),
    ];
    for signed in bad {
        let refusal = Wall::load(signed.as_bytes(), &[public_key()], None, fetch).err();
        assert_eq!(
            refusal.map(|refusal| refusal.code),
            Some("signature_invalid"),
            "{signed:.60}"
        );
    }
}

#[test]
fn what_cannot_be_served_rightly_is_refused_whole() {
    let route = "/rings/public/routes/0";
    for (published, code) in [
        (spoiled("/format", json!(2)), "format_unknown"),
        (spoiled("/rings", json!(3)), "manifest_malformed"),
        (
            spoiled("/rings/public/agreements", json!("00")),
            "object_missing",
        ),
        (
            spoiled("/rings/public/networks", json!(["x"])),
            "network_invalid",
        ),
        (
            spoiled("/rings/public/hosts", json!(["a b"])),
            "route_invalid",
        ),
        (
            spoiled(&format!("{route}/prefix"), json!("/shop/")),
            "route_invalid",
        ),
        (
            spoiled(&format!("{route}/prefix"), json!("/sh%6Fp")),
            "route_invalid",
        ),
        (spoiled(&format!("{route}/prefix"), json!("/crm")), "none"),
        (
            spoiled(&format!("{route}/prefix"), json!("/shop/vault")),
            "route_invalid",
        ),
        (
            spoiled(&format!("{route}/api/versioning"), json!("none")),
            "route_invalid",
        ),
        (
            spoiled(&format!("{route}/api/name"), json!("orderz")),
            "bundle_mismatch",
        ),
        (
            spoiled(&format!("{route}/api/versions/v1"), json!("00")),
            "object_missing",
        ),
        (
            spoiled(
                "/rings/internal/authentication/mtls/trust_bundle_pem",
                json!(""),
            ),
            "trust_invalid",
        ),
        (
            with_bundle(|bundle| bundle["format"] = json!(9)),
            "format_unknown",
        ),
        (
            with_bundle(|bundle| bundle["requires"] = json!(["teleport"])),
            "feature_unknown",
        ),
        (
            with_bundle(|bundle| bundle["ring"] = json!("internal")),
            "bundle_mismatch",
        ),
        (
            with_bundle(|bundle| bundle["version"] = json!("v2")),
            "bundle_mismatch",
        ),
        (
            with_bundle(|bundle| bundle["paths"] = json!(1)),
            "object_malformed",
        ),
        (
            with_bundle(|bundle| bundle["paths"][0]["template"] = json!("/a//b")),
            "template_invalid",
        ),
        (
            with_bundle(|bundle| bundle["paths"][0]["template"] = json!("/orders/{x}")),
            "template_invalid",
        ),
        (
            with_bundle(|bundle| bundle["upstream"]["path"] = json!("/../x")),
            "upstream_invalid",
        ),
        (
            with_bundle(|bundle| bundle["upstream"]["host"] = json!("a b")),
            "upstream_invalid",
        ),
        (
            with_bundle(|bundle| bundle["upstream"]["io_timeout_ms"] = json!(0)),
            "upstream_invalid",
        ),
    ] {
        let found = published
            .load()
            .err()
            .map_or("none", |refusal| refusal.code);
        assert_eq!(
            found,
            code,
            "{}",
            published
                .load()
                .err()
                .map_or(String::new(), |refusal| refusal.to_string())
        );
    }
}

#[test]
fn a_feature_that_must_be_understood_is_not_overlooked() {
    let mut published = Published::acme();
    published.manifest["requires"] = json!(["teleport"]);
    assert_eq!(refusal(&published).code, "feature_unknown");
}

#[test]
fn members_of_a_newer_release_are_ignored() {
    let mut published = Published::acme();
    published.manifest["new_member"] = json!({"a": 1});
    published.manifest["rings"]["public"]["another"] = json!(1);
    assert!(published.load().is_ok());
    assert!(
        with_bundle(|bundle| bundle["paths"][0]["operations"]["GET"]["later"] = json!(1))
            .load()
            .is_ok()
    );
}

#[test]
fn a_refusal_names_the_api_at_fault() {
    let refusal = refusal(&with_bundle(|bundle| {
        bundle["paths"][0]["template"] = json!("nope")
    }));
    assert_eq!(refusal.api.as_deref(), Some("orders"));
    assert!(refusal.message.contains("nope"));
}

#[test]
fn an_object_must_have_the_bytes_its_name_says() {
    let mut published = Published::acme();
    for bytes in published.objects.values_mut() {
        bytes.push(b' ');
    }
    assert_eq!(refusal(&published).code, "object_corrupt");
}

#[test]
fn a_change_costs_what_changed() {
    let before = Published::acme().load().unwrap();
    let changed = with_bundle(|bundle| bundle["upstream"]["port"] = json!(9));
    let fetched = std::sync::Mutex::new(vec![]);
    let after = Wall::load(
        changed.signed().as_bytes(),
        &[public_key()],
        Some(&before),
        |hash| {
            fetched.lock().unwrap().push(hash.to_owned());
            changed
                .objects
                .get(hash)
                .cloned()
                .ok_or_else(|| io::ErrorKind::NotFound.into())
        },
    );
    let after = after.unwrap();
    let shared = after.bundles.iter().filter(|(hash, bundle)| {
        before
            .bundles
            .get(*hash)
            .is_some_and(|old| Arc::ptr_eq(old, bundle))
    });
    assert_eq!(shared.count(), 11, "all bundles but one");
    assert_eq!(
        fetched.lock().unwrap().len(),
        4,
        "one bundle and the agreements of three rings"
    );
    let verdicts =
        |wall: &Wall| Arc::as_ptr(wall.ring(Ring::Internal).unwrap().svids.as_ref().unwrap());
    assert_eq!(
        verdicts(&before),
        verdicts(&after),
        "verified certificates stay known"
    );
}

/// acme whose outer rings hold requests of orders v1 to the same object, which has rules for these operations.
fn with_rules(operations: &[&str]) -> (Published, String) {
    let mut published = Published::acme();
    let rules = operations.iter().map(|id| ((*id).to_owned(), json!({})));
    let rules = serde_json::Map::from_iter(rules);
    let object = published.put(&json!({"format": 1, "operations": rules}));
    for ring in [Ring::Partner, Ring::Public] {
        let mut changed = bundle(ring, "orders", "v1");
        changed["validation"] = json!({"mode": "enforce", "object": object});
        let hash = published.put(&changed);
        let ring = &mut published.manifest["rings"][ring.as_str()];
        ring["routes"][0]["api"]["versions"]["v1"] = json!(hash);
    }
    (published, object)
}

#[test]
fn what_rings_are_held_to_together_is_made_once() {
    let (published, object) = with_rules(&["listOrders", "createOrder", "getOrder", "refundOrder"]);
    let fetched = std::sync::Mutex::new(vec![]);
    let load = |previous: Option<&Wall>| {
        Wall::load(
            published.signed().as_bytes(),
            &[public_key()],
            previous,
            |hash| {
                fetched.lock().unwrap().push(hash.to_owned());
                let object = published.objects.get(hash).cloned();
                object.ok_or_else(|| io::ErrorKind::NotFound.into())
            },
        )
    };
    let times = |name: &str| {
        let fetched = fetched.lock().unwrap();
        fetched.iter().filter(|hash| *hash == name).count()
    };
    let wall = load(None).unwrap();
    let held = wall.bundles.values();
    let held: Vec<_> = held.filter_map(|bundle| bundle.requests.as_ref()).collect();
    assert_eq!(held.len(), 2);
    assert!(Arc::ptr_eq(held[0].rules(), held[1].rules()));
    assert_eq!((wall.rules.len(), times(&object)), (1, 1));
    assert_eq!(
        times(&hash_of(&open_projection(&["x-total-count"]))),
        1,
        "all outer bundles name it"
    );
    load(Some(&wall)).unwrap();
    assert_eq!(times(&object), 1, "nor is it made again");
}

#[test]
fn what_tells_rules_apart_keeps_them_apart() {
    let rules = |more: &[(&str, Value)]| {
        let ids = ["listOrders", "createOrder", "getOrder", "refundOrder"];
        let mut rules = serde_json::Map::from_iter(ids.map(|id| (id.to_owned(), json!({}))));
        rules.extend(
            more.iter()
                .map(|(id, rule)| ((*id).to_owned(), rule.clone())),
        );
        json!({"format": 1, "operations": rules})
    };
    let inner = json!({"parameters": [{"in": "query", "name": "inner", "form": "formExploded"}]});
    let apart = |of_public: &Value, change: fn(&mut Value)| {
        let mut published = Published::acme();
        for (ring, rules) in [(Ring::Partner, &rules(&[])), (Ring::Public, of_public)] {
            let mut changed = bundle(ring, "orders", "v1");
            if ring == Ring::Public {
                change(&mut changed);
            }
            let object = published.put(rules);
            changed["validation"] = json!({"mode": "enforce", "object": object});
            let hash = published.put(&changed);
            let ring = &mut published.manifest["rings"][ring.as_str()];
            ring["routes"][0]["api"]["versions"]["v1"] = json!(hash);
        }
        published.load().unwrap().rules.len()
    };
    assert_eq!(apart(&rules(&[]), |_| ()), 1);
    assert_eq!(
        apart(&rules(&[("getOrder", inner)]), |_| ()),
        2,
        "what may be sent"
    );
    let renamed = |bundle: &mut Value| {
        bundle["paths"][1]["template"] = json!("/orders/{order}");
    };
    assert_eq!(
        apart(&rules(&[]), renamed),
        2,
        "what a parameter of the path is called"
    );
    let fewer = |bundle: &mut Value| drop(bundle["paths"].as_array_mut().unwrap().pop());
    assert_eq!(apart(&rules(&[]), fewer), 2, "what is served");
}

#[test]
fn an_operation_without_a_rule_is_refused_with_its_api() {
    let (published, _) = with_rules(&["listOrders", "createOrder", "getOrder"]);
    let refusal = refusal(&published);
    assert_eq!(
        (refusal.code, refusal.api.as_deref()),
        ("validation_invalid", Some("orders"))
    );
    assert!(refusal.message.contains("refundOrder"));
}

#[test]
fn of_several_broken_apis_the_first_is_named_whoever_was_quicker() {
    for _ in 0..20 {
        let mut published = Published::acme();
        for ring in [Ring::Partner, Ring::Public] {
            for (number, api) in [(0, "orders"), (2, "crm")] {
                let versions = &published.manifest["rings"][ring.as_str()]["routes"][number]["api"];
                let version = versions["versions"].as_object().unwrap().keys().next();
                let version = version.unwrap().clone();
                let mut broken = bundle(ring, api, &version);
                broken["paths"][0]["template"] = json!("nope");
                let hash = published.put(&broken);
                let ring = &mut published.manifest["rings"][ring.as_str()];
                ring["routes"][number]["api"]["versions"][&version] = json!(hash);
            }
        }
        assert_eq!(refusal(&published).api.as_deref(), Some("orders"));
    }
}

#[test]
fn an_older_revision_does_not_come_back() {
    assert!(Refusal::if_stale(7, 7).is_ok() && Refusal::if_stale(8, 7).is_ok());
    assert_eq!(Refusal::if_stale(6, 7).unwrap_err().code, "revision_stale");
}
