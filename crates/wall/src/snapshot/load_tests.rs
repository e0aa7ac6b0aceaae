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
    let fetched = std::cell::RefCell::new(vec![]);
    let after = Wall::load(
        changed.signed().as_bytes(),
        &[public_key()],
        Some(&before),
        |hash| {
            fetched.borrow_mut().push(hash.to_owned());
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
        fetched.borrow().len(),
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

#[test]
fn an_older_revision_does_not_come_back() {
    assert!(Refusal::if_stale(7, 7).is_ok() && Refusal::if_stale(8, 7).is_ok());
    assert_eq!(Refusal::if_stale(6, 7).unwrap_err().code, "revision_stale");
}
