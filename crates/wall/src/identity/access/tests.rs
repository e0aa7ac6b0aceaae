use ring::rand::SystemRandom;
use ring::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair,
    EcdsaSigningAlgorithm, Ed25519KeyPair, KeyPair as _,
};
use serde_json::{Value, json};

use super::*;
use crate::testkit::*;

const ISSUER: &str = "https://login.test/";
const URI: &str = "https://login.test/jwks";

fn jwks() -> Value {
    json!({"keys": [{"kty": "OKP", "crv": "Ed25519", "kid": "k1", "x": encode(token_key().public_key())}]})
}

fn spec(more: Value) -> Issuer {
    let mut spec = json!({
        "name": "login", "issuer": ISSUER, "audiences": ["https://api.acme.test", "acme"],
        "algorithms": ["ES256", "EdDSA"], "typ": "at+jwt", "leeway_seconds": 10,
        "keys": {"source": "estate", "jwks": jwks()},
        "callers": {"kind": "developers", "per": "subject", "plan": "free"},
    });
    let members = more.as_object().unwrap().clone();
    spec.as_object_mut().unwrap().extend(members);
    serde_json::from_value(spec).unwrap()
}

fn tokens(ring: Ring, more: Value) -> AccessTokens {
    AccessTokens::new(ring, &[spec(more)], TRUST_DOMAIN).unwrap()
}

fn public() -> AccessTokens {
    tokens(Ring::Public, json!({}))
}

fn header() -> Value {
    json!({"alg": "EdDSA", "kid": "k1", "typ": "at+jwt"})
}

fn said() -> Value {
    json!({"iss": ISSUER, "aud": "acme", "sub": "alice@login.test", "client_id": "app-7",
           "iat": NOW_S - 10, "exp": NOW_S + 600})
}

/// Of a good text, with some members replaced; `null` takes one away.
fn with(mut text: Value, more: Value) -> Value {
    let members = text.as_object_mut().unwrap();
    for (name, value) in more.as_object().unwrap() {
        match value {
            Value::Null => drop(members.remove(name)),
            _ => drop(members.insert(name.clone(), value.clone())),
        }
    }
    text
}

fn signed(more_header: Value, more_claims: Value) -> String {
    jws(
        &with(header(), more_header),
        &with(said(), more_claims),
        &token_key(),
    )
}

fn named(claim: &AccessClaim) -> &Arc<Caller> {
    match &claim.presenter {
        Presenter::Caller(caller) => caller,
        Presenter::Client(_) => panic!("a client is known by its record"),
    }
}

fn judged(tokens: &AccessTokens, token: &str) -> Result<Arc<Caller>, String> {
    match tokens.judge(token.as_bytes(), NOW_S) {
        Ok((claim, _)) => Ok(Arc::clone(named(&claim))),
        Err(Rejected::Invalid(why) | Rejected::Untimely(why) | Rejected::Unavailable(why)) => {
            Err(why)
        }
    }
}

#[test]
fn a_subject_is_a_caller_of_its_own_and_is_not_named_in_the_log() {
    let caller = judged(&public(), &signed(json!({}), json!({}))).unwrap();
    let holder = caller.holder().unwrap();
    let pseudonym = caller.consumer().strip_prefix("login:").unwrap();
    assert_eq!((pseudonym.len(), caller.application()), (22, "app-7"));
    assert_eq!(holder.subject.as_deref(), Some("alice@login.test"));
    assert_eq!(holder.logged.as_deref(), Some(pseudonym));
    let again = judged(&public(), &signed(json!({}), json!({"exp": NOW_S + 60}))).unwrap();
    let other = judged(&public(), &signed(json!({}), json!({"sub": "bob"}))).unwrap();
    assert_eq!(again.consumer(), caller.consumer());
    assert_ne!(other.consumer(), caller.consumer());
    let full = tokens(Ring::Public, json!({"log_subject": "full"}));
    let named = judged(&full, &signed(json!({}), json!({}))).unwrap();
    assert_eq!(
        named.holder().unwrap().logged.as_deref(),
        Some("alice@login.test")
    );
    assert_eq!(named.consumer(), caller.consumer());
}

#[test]
fn clients_partners_and_services_are_named_by_their_claim() {
    let per_client = json!({"callers": {"kind": "developers", "per": "client", "plan": "free"}});
    let caller = judged(
        &tokens(Ring::Public, per_client.clone()),
        &signed(json!({}), json!({})),
    );
    assert_eq!(caller.unwrap().consumer(), "login:app-7");
    let azp = signed(json!({}), json!({"client_id": null, "azp": "app-8"}));
    assert_eq!(
        judged(&tokens(Ring::Public, per_client), &azp)
            .unwrap()
            .consumer(),
        "login:app-8"
    );

    let partners =
        json!({"callers": {"kind": "partners", "claim": "azp", "partners": {"g-1": "globex"}}});
    let partners = tokens(Ring::Partner, partners);
    let caller = judged(&partners, &signed(json!({}), json!({"azp": "g-1"}))).unwrap();
    assert_eq!(
        (caller.consumer(), caller.application()),
        ("globex", "login:g-1")
    );
    for nobody in [
        json!("g-2"),
        json!("globex"),
        json!(null),
        json!(["g-1"]),
        json!({"g-1": 1}),
        json!(""),
        json!("G-1"),
    ] {
        let token = signed(json!({}), json!({"azp": nobody}));
        assert!(judged(&partners, &token).is_err(), "{nobody}");
    }

    let services =
        json!({"callers": {"kind": "services", "claim": "sub", "services": {"ci": "deployer"}}});
    let caller = judged(
        &tokens(Ring::Internal, services),
        &signed(json!({}), json!({"sub": "ci"})),
    )
    .unwrap();
    assert_eq!(
        (caller.consumer(), caller.application()),
        ("deployer", "spiffe://acme.test/deployer")
    );
}

#[test]
fn every_spoiled_claim_is_refused() {
    for claims in [
        json!({"iss": null}),
        json!({"iss": "https://login.test"}),
        json!({"iss": "https://evil.test/"}),
        json!({"iss": [ISSUER]}),
        json!({"aud": null}),
        json!({"aud": "ACME"}),
        json!({"aud": "acme "}),
        json!({"aud": []}),
        json!({"aud": ["other"]}),
        json!({"aud": ["acme", 1]}),
        json!({"aud": {"acme": 1}}),
        json!({"exp": null}),
        json!({"exp": NOW_S - 10}),
        json!({"exp": "9999999999"}),
        json!({"exp": -1}),
        json!({"exp": {}}),
        json!({"exp": []}),
        json!({"exp": true}),
        json!({"nbf": NOW_S + 11}),
        json!({"nbf": "0"}),
        json!({"iat": NOW_S + 11}),
        json!({"iat": "now"}),
        json!({"sub": null}),
        json!({"sub": ""}),
        json!({"sub": 7}),
        json!({"sub": "a\nb"}),
        json!({"sub": " alice"}),
        json!({"sub": "alice\u{e9}"}),
        json!({"sub": "a".repeat(256)}),
        json!({"cnf": {"jkt": "x"}}),
    ] {
        let token = signed(json!({}), claims.clone());
        assert!(judged(&public(), &token).is_err(), "{claims}");
    }
    for claims in [
        json!({"aud": ["other", "acme"]}),
        json!({"exp": NOW_S - 9}),
        json!({"exp": 1e300}),
        json!({"exp": NOW_S as f64 + 0.5}),
        json!({"nbf": NOW_S + 10}),
        json!({"iat": null}),
        json!({"client_id": null}),
        json!({"client_id": 7}),
    ] {
        let token = signed(json!({}), claims.clone());
        assert!(judged(&public(), &token).is_ok(), "{claims}");
    }
}

#[test]
fn every_spoiled_header_is_refused() {
    for header in [
        json!({"alg": "none"}),
        json!({"alg": "NONE"}),
        json!({"alg": "HS256"}),
        json!({"alg": "ES256"}),
        json!({"alg": "RS256"}),
        json!({"alg": null}),
        json!({"alg": ["EdDSA"]}),
        json!({"kid": "k2"}),
        json!({"kid": ["k1"]}),
        json!({"kid": "../../dev/null"}),
        json!({"kid": "' OR '1'='1"}),
        json!({"kid": ""}),
        json!({"typ": null}),
        json!({"typ": "JWT"}),
        json!({"typ": "dpop+jwt"}),
        json!({"typ": ["at+jwt"]}),
        json!({"crit": ["exp"]}),
        json!({"crit": []}),
        json!({"b64": false}),
        json!({"cty": "JWT"}),
        json!({"zip": "DEF"}),
        json!({"enc": "A256GCM"}),
    ] {
        let token = signed(header.clone(), json!({}));
        assert!(judged(&public(), &token).is_err(), "{header}");
    }
    let own = json!({"kty": "OKP", "crv": "Ed25519", "x": encode(stranger().public_key())});
    for header in [
        json!({"typ": "application/at+jwt"}),
        json!({"typ": "AT+JWT"}),
        json!({"kid": null}),
        json!({"alg": "Ed25519"}),
        // Never followed.
        json!({"jku": "https://evil.test/jwks"}),
        json!({"x5u": "https://evil.test/x"}),
        json!({"jwk": own}),
    ] {
        let token = signed(header.clone(), json!({}));
        assert!(judged(&public(), &token).is_ok(), "{header}");
    }
}

fn stranger() -> Ed25519KeyPair {
    Ed25519KeyPair::from_seed_unchecked(&[9; 32]).unwrap()
}

#[test]
fn a_key_that_comes_with_the_token_signs_for_nobody() {
    let own =
        json!({"kty": "OKP", "crv": "Ed25519", "kid": "k1", "x": encode(stranger().public_key())});
    for header in [
        json!({"jwk": own}),
        json!({"jku": "https://evil.test"}),
        json!({"x5c": ["AA"]}),
        json!({}),
    ] {
        let token = jws(&with(self::header(), header), &said(), &stranger());
        assert!(judged(&public(), &token).is_err());
    }
}

#[test]
fn the_type_may_be_loosened_but_not_to_any() {
    let loose = tokens(Ring::Public, json!({"typ": "jwt"}));
    for (typ, fits) in [
        (json!("JWT"), true),
        (json!(null), true),
        (json!("at+jwt"), true),
        (json!("logout+jwt"), false),
    ] {
        let token = signed(json!({"typ": typ}), json!({}));
        assert_eq!(judged(&loose, &token).is_ok(), fits, "{typ}");
    }
}

fn ecdsa(algorithm: &'static EcdsaSigningAlgorithm, pkcs8: &[u8]) -> EcdsaKeyPair {
    EcdsaKeyPair::from_pkcs8(algorithm, pkcs8, &SystemRandom::new()).unwrap()
}

#[test]
fn es256_signatures_have_one_form() {
    let random = SystemRandom::new();
    let pkcs8 = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).unwrap();
    let fixed = ecdsa(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8.as_ref());
    let (x, y) = fixed.public_key().as_ref()[1..].split_at(32);
    let key = json!({"kty": "EC", "crv": "P-256", "kid": "e1", "x": encode(x), "y": encode(y)});
    let tokens = tokens(
        Ring::Public,
        json!({"keys": {"source": "estate", "jwks": {"keys": [key]}}}),
    );
    let header = with(header(), json!({"alg": "ES256", "kid": "e1"}));
    let message = format!(
        "{}.{}",
        encode(header.to_string()),
        encode(said().to_string())
    );
    let good = fixed.sign(&random, message.as_bytes()).unwrap();
    let good = good.as_ref();
    let der = ecdsa(&ECDSA_P256_SHA256_ASN1_SIGNING, pkcs8.as_ref());
    let der = der.sign(&random, message.as_bytes()).unwrap();
    let token = |signature: &[u8]| format!("{message}.{}", encode(signature));
    assert!(judged(&tokens, &token(good)).is_ok());
    let order =
        hex::decode("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551").unwrap();
    for bad in [
        der.as_ref().to_vec(),
        vec![0; 64],
        vec![],
        good[..63].to_vec(),
        [good, &[0]].concat(),
        [&[0], good].concat(),
        [&[0; 32], &good[32..]].concat(),
        [&good[..32], &[0; 32]].concat(),
        [&order[..], &good[32..]].concat(),
        [&good[..32], &order[..]].concat(),
        [&order[..], &order[..]].concat(),
    ] {
        assert!(
            judged(&tokens, &token(&bad)).is_err(),
            "{}",
            hex::encode(&bad)
        );
    }
    // The same signature, encoded otherwise.
    for bad in [
        format!("{}=", token(good)),
        format!("{}\n", token(good)),
        format!(" {}", token(good)),
    ] {
        assert!(judged(&tokens, &bad).is_err(), "{bad:?}");
    }
}

#[test]
fn one_bit_anywhere_is_noticed() {
    let (tokens, good) = (public(), signed(json!({}), json!({})));
    assert!(judged(&tokens, &good).is_ok());
    for index in 0..good.len() {
        let mut spoiled = good.clone().into_bytes();
        spoiled[index] ^= 1;
        assert!(tokens.judge(&spoiled, NOW_S).is_err(), "byte {index}");
    }
    for bad in [
        &good[1..],
        &good[..good.len() - 1],
        "",
        "..",
        &format!("{good}."),
        &format!("{good}.AA"),
    ] {
        assert!(judged(&tokens, bad).is_err(), "{bad}");
    }
    assert!(
        tokens
            .judge(&vec![b'a'; MAX_TOKEN_BYTES + 1], NOW_S)
            .is_err()
    );
    let nested = "[".repeat(5_000);
    let deep = format!("{}.{}.AA", encode(header().to_string()), encode(nested));
    assert!(judged(&tokens, &deep).is_err());
}

#[test]
fn one_issuers_keys_say_nothing_for_another() {
    let other = spec(
        json!({"name": "other", "issuer": "https://other.test", "keys": {"source": "estate",
        "jwks": {"keys": [{"kty": "OKP", "crv": "Ed25519", "kid": "k1", "x": encode(stranger().public_key())}]}}}),
    );
    let both = AccessTokens::new(Ring::Public, &[spec(json!({})), other], TRUST_DOMAIN).unwrap();
    let of_other = with(said(), json!({"iss": "https://other.test"}));
    assert!(judged(&both, &jws(&header(), &of_other, &stranger())).is_ok());
    assert!(judged(&both, &jws(&header(), &said(), &stranger())).is_err());
    assert!(judged(&both, &jws(&header(), &of_other, &token_key())).is_err());
}

#[test]
fn two_keys_that_both_could_have_signed_are_one_too_many() {
    let key = jwks()["keys"][0].clone();
    let twice = json!({"keys": {"source": "estate", "jwks": {"keys": [key, key]}}});
    assert!(judged(&tokens(Ring::Public, twice), &signed(json!({}), json!({}))).is_err());
}

fn sets(jwks: &Value, before: &KeySets) -> KeySets {
    let written = json!({"format": 1, "key_sets": {URI: jwks}}).to_string();
    KeySets::read(written.as_bytes(), before).unwrap()
}

#[test]
fn a_withdrawn_key_ends_what_was_verified_with_it_and_times_are_judged_anew() {
    let fetched = json!({"keys": {"source": "fetched", "jwks_uri": URI, "refresh_seconds": 60}});
    let (tokens, good) = (tokens(Ring::Public, fetched), signed(json!({}), json!({})));
    let before = tokens.judge(good.as_bytes(), NOW_S);
    assert!(matches!(before, Err(Rejected::Unavailable(_))));
    let first = sets(&jwks(), &KeySets::default());
    tokens.take_keys(&first);
    assert!(judged(&tokens, &good).is_ok());
    assert!(tokens.judge(good.as_bytes(), NOW_S + 609).is_ok());
    assert!(tokens.judge(good.as_bytes(), NOW_S + 610).is_err());
    let same = sets(&jwks(), &first);
    assert!(
        Arc::ptr_eq(&first.0[URI], &same.0[URI]),
        "what did not change stays verified"
    );
    tokens.take_keys(&sets(&json!({"keys": []}), &same));
    assert!(judged(&tokens, &good).is_err());
    tokens.take_keys(&same);
    assert!(judged(&tokens, &good).is_ok());
    tokens.take_keys(&KeySets::default());
    assert!(judged(&tokens, &good).is_err());
}

#[test]
fn what_would_accept_too_much_is_not_loaded() {
    for (ring, more) in [
        (Ring::Partner, json!({})),
        (Ring::Internal, json!({})),
        (Ring::Public, json!({"algorithms": []})),
        (Ring::Public, json!({"algorithms": ["EdDSA", "HS256"]})),
        (Ring::Public, json!({"algorithms": ["none"]})),
        (Ring::Public, json!({"leeway_seconds": 301})),
        (
            Ring::Public,
            json!({"keys": {"source": "estate", "jwks": {}}}),
        ),
    ] {
        assert!(
            AccessTokens::new(ring, &[spec(more.clone())], TRUST_DOMAIN).is_err(),
            "{more}"
        );
    }
}

/// Whatever the issuer itself signs, or anybody sends: who is let in is named, and for us, and now.
#[test]
fn fuzz_access_token() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/corpora/access_token");
    let words = [
        "\"aud\":\"acme\"",
        "\"exp\":1e400",
        "\"sub\":",
        "null",
        "[]",
        "-1",
        "\\ud800",
        "\\u0000",
        "crit",
        "none",
        ".",
        "eyJ",
        "=",
        "\u{feff}",
    ];
    let tokens = public();
    corpus::fuzz(folder, &words, |bytes| {
        let _ = KeySet::of(&serde_json::from_slice(bytes).unwrap_or_default());
        let _ = KeySets::read(bytes, &KeySets::default());
        assert!(tokens.judge(bytes, NOW_S).is_err(), "nobody signed it");
        let of_claims = signed_parts(header().to_string().as_bytes(), bytes);
        if let Ok((claim, _)) = tokens.judge(of_claims.as_bytes(), NOW_S) {
            let said: Value = serde_json::from_slice(bytes).expect("claims are JSON");
            let audiences = said["aud"]
                .as_array()
                .cloned()
                .unwrap_or(vec![said["aud"].clone()]);
            assert!(
                audiences
                    .iter()
                    .any(|one| one == "acme" || one == "https://api.acme.test")
            );
            assert!(said["iss"] == ISSUER && said["exp"].as_f64().unwrap() > (NOW_S - 10) as f64);
            let subject = named(&claim).holder().unwrap().subject.as_deref();
            assert_eq!(subject, said["sub"].as_str());
        }
        let of_header = signed_parts(bytes, said().to_string().as_bytes());
        if tokens.judge(of_header.as_bytes(), NOW_S).is_ok() {
            let read: Value = serde_json::from_slice(bytes).expect("a header is JSON");
            assert!(matches!(read["alg"].as_str(), Some("EdDSA" | "Ed25519")));
            assert!(read.get("crit").is_none() && read.get("kid").is_none_or(|kid| kid == "k1"));
        }
    });
}

fn signed_parts(header: &[u8], payload: &[u8]) -> String {
    let message = format!("{}.{}", encode(header), encode(payload));
    format!("{message}.{}", encode(token_key().sign(message.as_bytes())))
}
