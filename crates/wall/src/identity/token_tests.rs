use ring::rand::SystemRandom;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _,
};
use serde_json::{Value, json};

use super::*;
use crate::testkit::*;

fn spec(jwks: Value) -> ServiceToken {
    ServiceToken {
        issuer: "https://control.acme.test".into(),
        audience: "ringwork".into(),
        jwks,
        max_lifetime_seconds: 3600,
    }
}

fn ed25519_jwks() -> Value {
    json!({"keys": [{"kty": "OKP", "crv": "Ed25519", "kid": "k1", "x": encode(token_key().public_key())}]})
}

fn verifier() -> TokenVerifier {
    TokenVerifier::new(&spec(ed25519_jwks()), TRUST_DOMAIN).unwrap()
}

fn header() -> Value {
    json!({"alg": "EdDSA", "kid": "k1"})
}

#[test]
fn a_good_token_names_its_service() {
    let claim = verifier()
        .judge(token("billing").as_bytes(), NOW_S)
        .unwrap();
    assert_eq!(
        (claim.caller.consumer(), claim.caller.application()),
        ("billing", "spiffe://acme.test/billing")
    );
}

#[test]
fn es256_is_accepted_too() {
    let random = SystemRandom::new();
    let pkcs8 = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).unwrap();
    let key = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8.as_ref(), &random)
        .unwrap();
    let (x, y) = key.public_key().as_ref()[1..].split_at(32);
    let jwks = json!({"keys": [{"kty": "EC", "crv": "P-256", "kid": "e1", "x": encode(x), "y": encode(y)}]});
    let verifier = TokenVerifier::new(&spec(jwks), TRUST_DOMAIN).unwrap();
    let header = encode(json!({"alg": "ES256", "kid": "e1"}).to_string());
    let message = format!("{header}.{}", encode(claims("billing").to_string()));
    let signature = key.sign(&random, message.as_bytes()).unwrap();
    let token = format!("{message}.{}", encode(signature.as_ref()));
    assert!(verifier.judge(token.as_bytes(), NOW_S).is_ok());
}

#[test]
fn every_spoiled_claim_is_refused() {
    let spoiled = |name: &str, value: Value| {
        let mut claims = claims("billing");
        claims[name] = value;
        jws(&header(), &claims, &token_key())
    };
    for (name, value) in [
        ("iss", json!("https://evil.test")),
        ("aud", json!("other")),
        ("aud", json!(["other"])),
        ("aud", json!([])),
        ("sub", json!("billing")),
        ("sub", json!("spiffe://evil.test/billing")),
        ("sub", json!("spiffe://acme.test/a/b")),
        ("exp", json!(NOW_S)),
        ("exp", json!(NOW_S + 3600)),
        ("exp", json!("tomorrow")),
        ("exp", json!(null)),
        ("iat", json!(NOW_S + 3000)),
        ("nbf", json!(NOW_S + 31)),
        ("jti", json!("")),
        ("jti", json!(null)),
    ] {
        let token = spoiled(name, value.clone());
        assert!(
            verifier().judge(token.as_bytes(), NOW_S).is_err(),
            "{name} = {value}"
        );
    }
    let among_others = spoiled("aud", json!(["other", "ringwork"]));
    assert!(verifier().judge(among_others.as_bytes(), NOW_S).is_ok());
}

#[test]
fn every_spoiled_header_is_refused() {
    for header in [
        json!({"alg": "none", "kid": "k1"}),
        json!({"alg": "HS256", "kid": "k1"}),
        json!({"alg": "ES256", "kid": "k1"}),
        json!({"alg": "EdDSA", "kid": "k2"}),
        json!({"alg": "EdDSA"}),
        json!({"alg": "EdDSA", "kid": "k1", "crit": ["exp"]}),
        json!([]),
    ] {
        let token = jws(&header, &claims("billing"), &token_key());
        assert!(
            verifier().judge(token.as_bytes(), NOW_S).is_err(),
            "{header}"
        );
    }
}

#[test]
fn a_token_of_another_key_or_no_token_at_all_is_refused() {
    let stranger = Ed25519KeyPair::from_seed_unchecked(&[9; 32]).unwrap();
    let forged = jws(&header(), &claims("billing"), &stranger);
    let good = token("billing");
    let stripped = format!("{}.", good.rsplit_once('.').unwrap().0);
    let long = "a".repeat(MAX_TOKEN_BYTES + 1);
    for bad in [
        forged.as_str(),
        &stripped,
        &long,
        "",
        ".",
        "..",
        "a.b.c",
        "\u{e9}.b.c",
        &good[1..],
    ] {
        assert!(verifier().judge(bad.as_bytes(), NOW_S).is_err(), "{bad}");
    }
    assert!(verifier().judge(b"\xff.\xff.\xff", NOW_S).is_err());
}

#[test]
fn expiry_is_judged_anew_although_the_signature_is_remembered() {
    let (verifier, token) = (verifier(), token("billing"));
    assert!(verifier.judge(token.as_bytes(), NOW_S).is_ok());
    assert!(verifier.judge(token.as_bytes(), NOW_S + 600).is_err());
    assert!(verifier.judge(token.as_bytes(), NOW_S + 599).is_ok());
}

#[test]
fn weak_or_nameless_keys_are_not_loaded() {
    for key in [
        json!({"kty": "oct", "kid": "s", "k": "AAAA"}),
        json!({"kty": "OKP", "crv": "Ed25519", "x": encode([1; 32])}),
        json!({"kty": "EC", "crv": "P-384", "kid": "e", "x": encode([1; 48]), "y": encode([1; 48])}),
    ] {
        assert!(
            TokenVerifier::new(&spec(json!({"keys": [key]})), TRUST_DOMAIN).is_err(),
            "{key}"
        );
    }
}
