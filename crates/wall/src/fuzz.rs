//! What the wall reads of others, against anything they could write. `make fuzz` runs these for longer; what is found
//! stays in `corpora/`.

use std::cell::RefCell;
use std::io;

use serde_json::Value;

use crate::audience::Ring;
use crate::fate::Fate;
use crate::identity::{self, Credential};
use crate::manifest::AddressLogging;
use crate::matching::fold_path;
use crate::record::{AccessRecord, Durations, logged_address};
use crate::snapshot::Wall;
use crate::target::{Target, normalise_path};
use crate::testkit::*;
use crate::validation::Unfit;

macro_rules! corpus {
    ($folder:literal) => {
        concat!(env!("CARGO_MANIFEST_DIR"), "/corpora/", $folder)
    };
}

/// What is normal stays as it is, however often it is read.
#[test]
fn fuzz_request_target() {
    let words = [
        "/", "//", "..", "%2e", "%2F", "%25", "%c0%af", ";", "\\", "?", "#", "%00", "https://",
        "@", ":",
    ];
    corpus::fuzz(corpus!("target"), &words, |target| {
        let Ok(normal) = Target::normalise("GET", target, Some(HOST.as_bytes())) else {
            return;
        };
        let again = normalise_path(normal.path.as_bytes()).expect("normal paths are normal");
        assert_eq!(again, normal.path);
        assert!(!again.contains("//") && again.is_ascii());
        let _ = fold_path(&again);
    });
}

/// A bundle that is none is refused with a code; one that is, judges without a panic.
#[test]
fn fuzz_bundle() {
    let world = RefCell::new(World::acme());
    let words = [
        "null",
        "[]",
        "{}",
        "-1",
        "1e400",
        "\"\"",
        "\"/{a}/{a}\"",
        "\"hidden\":true",
        "\\u0000",
        "999999999999",
    ];
    corpus::fuzz(corpus!("bundle"), &words, |bytes| {
        let mut published = Published::acme();
        let digest = ring::digest::digest(&ring::digest::SHA256, bytes);
        let hash = hex::encode(digest);
        published.objects.insert(hash.clone(), bytes.to_vec());
        published.manifest["rings"]["public"]["routes"][0]["api"]["versions"]["v1"] = hash.into();
        loads_or_says_why(&mut world.borrow_mut(), &published.signed(), &published);
    });
}

#[test]
fn fuzz_manifest() {
    let (world, published) = (RefCell::new(World::acme()), Published::acme());
    let words = [
        "null",
        "[]",
        "{}",
        "-1",
        "\"\"",
        "\"*\"",
        "\"0.0.0.0/0\"",
        "\"::/0\"",
        "\"/\"",
        "1e400",
        "\\ud800",
    ];
    corpus::fuzz(corpus!("manifest"), &words, |payload| {
        let message = format!(
            "{}.{}",
            encode(r#"{"alg":"EdDSA","typ":"ringwork-manifest"}"#),
            encode(payload)
        );
        let signed = format!(
            "{message}.{}",
            encode(signing_key().sign(message.as_bytes()))
        );
        loads_or_says_why(&mut world.borrow_mut(), &signed, &published);
    });
}

/// Without a key that signed it, nothing is a manifest.
#[test]
fn fuzz_signature() {
    corpus::fuzz(
        corpus!("signature"),
        &[".", "..", "eyJ", "=", "none", "\n"],
        |signed| {
            assert!(crate::snapshot::verify_manifest(signed, &[[7; 32]]).is_err());
        },
    );
}

/// Records in the store, keys and proofs as callers send them.
#[test]
fn fuzz_identity() {
    let world = World::acme();
    corpus::fuzz(
        corpus!("identity"),
        &["rw_", "_", "Bearer ", "eyJ", ".", "\0", "a/b", "="],
        |bytes| {
            let _ = Credential::decode(bytes).map(|credential| credential.encode());
            let Ok(text) = std::str::from_utf8(bytes) else {
                return;
            };
            let _ = identity::parse(text);
            for ring in Ring::ALL {
                let request = call(ring, "GET", "/shop/v1/orders")
                    .key(text)
                    .header("x-internal-service-token", text);
                assert!(
                    matches!(world.judge(&request).0, Fate::Answer(_)),
                    "nobody was let in"
                );
            }
        },
    );
}

/// A line of the log is one line of JSON that says what it was told.
#[test]
fn fuzz_record() {
    corpus::fuzz(
        corpus!("record"),
        &["\"", "\\", "\n", "\u{2028}", "\u{7f}", "\0", "rw_", "\\u"],
        |bytes| {
            let text = String::from_utf8_lossy(bytes);
            let withheld = crate::bodies::Withheld::default();
            let record = AccessRecord {
                unfit: &Unfit::default(),
                withheld: &withheld,
                time_unix_ns: 1,
                revision: 7,
                ring: Ring::Public,
                method: &text,
                path: None,
                matched: None,
                caller: None,
                status: 400,
                code: Some("bad_request"),
                internal_reason: Some(&text),
                version_state: None,
                cache: None,
                request_bytes: 0,
                response_bytes: 0,
                duration: Durations::default(),
                request_id: "r1",
                trace: None,
                client_address: logged_address([127, 0, 0, 1].into(), AddressLogging::Full),
            };
            let mut line = Vec::new();
            record.write_line(&mut line);
            assert_eq!(line.iter().filter(|&&byte| byte == b'\n').count(), 1);
            let read: Value = serde_json::from_slice(&line).expect("a line is JSON");
            assert_eq!(read["method"], *text);
            assert_eq!(read["internal_reason"], *text);
        },
    );
}

fn loads_or_says_why(world: &mut World, signed: &str, published: &Published) {
    let fetch = |hash: &str| {
        let object = published.objects.get(hash).cloned();
        object.ok_or_else(|| io::ErrorKind::NotFound.into())
    };
    match Wall::load(signed.as_bytes(), &[public_key()], None, fetch) {
        Err(refusal) => assert!(!refusal.code.is_empty() && !refusal.message.is_empty()),
        Ok(wall) => {
            world.wall = wall;
            for target in ["/shop/v1/orders", "/shop/v1/orders/42", "/", "/none"] {
                for ring in Ring::ALL {
                    let _ = world.judge(&call(ring, "GET", target));
                }
            }
        }
    }
}
