//! A small organisation behind a wall, for tests: signed manifest, bundles, identity store, CA, token keys.

use std::collections::HashMap;
use std::io;
use std::net::IpAddr;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::signature::{Ed25519KeyPair, KeyPair as _};
use serde_json::{Value, json};

use crate::audience::Ring;
use crate::fate::{Answer, Arrival, Fate, Forward, PeerCertificate};
use crate::identity::{Change, IdentityStore, IdentityWriter, KeyChange, RANDOM_BYTES, mint};
use crate::limits::Limits;
use crate::snapshot::{Refusal, Wall};
use crate::trace::Recording;

pub const NOW_S: u64 = 1_750_000_000;
pub const HOST: &str = "api.acme.test";
pub const TRUST_DOMAIN: &str = "acme.test";

/// Content-addressed objects and the manifest that names them.
pub struct Published {
    pub objects: HashMap<String, Vec<u8>>,
    pub manifest: Value,
}

pub fn signing_key() -> Ed25519KeyPair {
    Ed25519KeyPair::from_seed_unchecked(&[42; 32]).unwrap()
}

pub fn public_key() -> [u8; 32] {
    signing_key().public_key().as_ref().try_into().unwrap()
}

pub fn encode(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Compact JWS with any header, signed by any Ed25519 key.
pub fn jws(header: &Value, payload: &Value, key: &Ed25519KeyPair) -> String {
    let message = format!(
        "{}.{}",
        encode(header.to_string()),
        encode(payload.to_string())
    );
    format!("{message}.{}", encode(key.sign(message.as_bytes())))
}

impl Published {
    pub fn put(&mut self, object: &Value) -> String {
        let hash = hash_of(object);
        let bytes = object.to_string().into_bytes();
        self.objects.insert(hash.clone(), bytes);
        hash
    }

    pub fn signed(&self) -> String {
        jws(
            &json!({"alg": "EdDSA", "typ": "ringwork-manifest"}),
            &self.manifest,
            &signing_key(),
        )
    }

    pub fn load(&self) -> Result<Wall, Refusal> {
        self.load_after(None)
    }

    pub fn load_after(&self, previous: Option<&Wall>) -> Result<Wall, Refusal> {
        Wall::load(
            self.signed().as_bytes(),
            &[public_key()],
            previous,
            |hash| {
                self.objects
                    .get(hash)
                    .cloned()
                    .ok_or_else(|| io::ErrorKind::NotFound.into())
            },
        )
    }

    /// acme: `orders` v1 and v2 by path, `crm` by header, and an API at `/shop/vault` nobody outside may know.
    pub fn acme() -> Published {
        let mut published = Published {
            objects: HashMap::new(),
            manifest: Value::Null,
        };
        published.put(&open_projection(&["x-total-count"]));
        let rings: serde_json::Map<_, _> = Ring::ALL
            .iter()
            .map(|ring| (ring.as_str().to_owned(), published.ring(*ring)))
            .collect();
        published.manifest = json!({
            "format": 1, "revision": 7, "created_at": "2025-06-15T00:00:00Z", "control_version": "0.1.0",
            "organization": "acme", "environment": "sandbox", "trust_domain": TRUST_DOMAIN, "rings": rings,
        });
        published
    }

    /// Puts other bytes in the place of an object, wherever a ring names it.
    pub fn change(&mut self, ring: Ring, pointer: &str, edit: impl FnOnce(&mut Value)) {
        let place = format!("/rings/{}{pointer}", ring.as_str());
        let name = self
            .manifest
            .pointer(&place)
            .and_then(Value::as_str)
            .unwrap();
        let mut object: Value = serde_json::from_slice(&self.objects[name]).unwrap();
        edit(&mut object);
        let name = self.put(&object);
        *self.manifest.pointer_mut(&place).unwrap() = json!(name);
    }

    fn ring(&mut self, ring: Ring) -> Value {
        let bundles: Vec<String> = [
            ("orders", "v1"),
            ("orders", "v2"),
            ("crm", "2024-01-15"),
            ("crm", "2024-06-01"),
        ]
        .iter()
        .map(|(api, version)| self.put(&bundle(ring, api, version)))
        .collect();
        let agreements = self.put(&agreements(ring));
        let internal = ring == Ring::Internal;
        let response_headers = match internal {
            true => json!({"mode": "all_but", "names": ["x-secret"]}),
            false => {
                json!({"mode": "only", "names": ["etag", "location", "link", "content-location", "server", "set-cookie"]})
            }
        };
        json!({
            "listeners": ["127.0.0.1:0"], "hosts": [HOST, "127.0.0.1"],
            "tls": {"certificate_file": "c", "key_file": "k"},
            "authentication": authentication(internal),
            "authenticate_first": ring != Ring::Public,
            "errors": if internal { "detailed" } else { "sanitised" },
            "response_headers": response_headers,
            "networks": if internal { json!(["127.0.0.0/8"]) } else { json!([]) },
            "log_client_address": "full",
            "default_limit": {"per_minute": 600, "burst": 100},
            "agreements": agreements,
            "routes": [
                {"prefix": "/shop", "api": {"name": "orders", "versioning": "path",
                    "versions": {"v1": bundles[0], "v2": bundles[1]}}},
                {"prefix": "/shop/vault", "api": null},
                {"prefix": "/crm", "hosts": [HOST, "crm.acme.test"], "api": {"name": "crm", "versioning": "header",
                    "feature": "crm", "versions": {"2024-01-15": bundles[2], "2024-06-01": bundles[3]}}},
            ],
        })
    }
}

fn authentication(internal: bool) -> Value {
    if !internal {
        return json!({"api_key": true});
    }
    let x = encode(token_key().public_key());
    json!({
        "mtls": {"trust_bundle_pem": authority().pem()},
        "service_token": {
            "issuer": "https://control.acme.test", "audience": "ringwork", "max_lifetime_seconds": 3600,
            "jwks": {"keys": [{"kty": "OKP", "crv": "Ed25519", "kid": "k1", "x": x}]},
        },
    })
}

fn agreements(ring: Ring) -> Value {
    let tight = json!({"per_minute": 60, "burst": 2, "per_day": 3});
    let wide = json!({"per_minute": 6000, "burst": 1000});
    match ring {
        Ring::Internal => json!({"format": 1}),
        Ring::Public => {
            json!({"format": 1, "plans": {"free": {"limit": tight}, "gold": {"limit": wide}}})
        }
        Ring::Partner => json!({"format": 1, "partners": {
            "globex": {"limit": wide, "features": ["refunds"], "versions": {"orders": ["v1"]}},
            "initech": {"limit": wide, "features": ["crm"], "networks": ["127.0.0.0/8"]},
            "hooli": {"limit": tight, "features": ["crm"], "versions": {"orders": ["v1"]}},
        }}),
    }
}

pub fn hash_of(object: &Value) -> String {
    let bytes = object.to_string().into_bytes();
    hex::encode(ring::digest::digest(&ring::digest::SHA256, &bytes))
}

/// Everything of every body leaves, and these header fields.
pub fn open_projection(headers: &[&str]) -> Value {
    let shown = json!({"opaque": true, "statuses": {"default": {
        "headers": headers, "content": {"*/*": {"json": 0}},
    }}});
    let ids = ["listOrders", "createOrder", "getOrder", "refundOrder"];
    let operations = ids.map(|id| (id.to_owned(), shown.clone()));
    let operations = serde_json::Map::from_iter(operations);
    json!({"format": 1, "nodes": [{"any": true}], "operations": operations})
}

pub fn bundle(ring: Ring, api: &str, version: &str) -> Value {
    let inside = ring == Ring::Internal;
    let operation =
        |id: &str| json!({"id": id, "max_body_bytes": 1000, "response_headers": ["X-Total-Count"]});
    let mut refund = operation("refundOrder");
    if !inside {
        refund["feature"] = json!("refunds");
    }
    let one = match inside {
        true => json!({"GET": operation("getOrder"), "DELETE": operation("deleteOrder")}),
        false => json!({"GET": operation("getOrder")}),
    };
    let export = if inside {
        json!({"GET": operation("exportOrders")})
    } else {
        json!({})
    };
    let mut bundle = json!({
        "format": 1, "ring": ring.as_str(), "api": api, "version": version,
        "upstream": {"tls": false, "host": format!("{api}.internal.acme"), "port": 8080, "path": "/svc",
                     "connect_timeout_ms": 1000, "io_timeout_ms": 5000},
        "paths": [
            {"template": "/orders", "operations": {"GET": operation("listOrders"), "POST": operation("createOrder")}},
            {"template": "/orders/{id}", "hidden": !inside, "operations": one},
            {"template": "/orders/export", "hidden": !inside, "operations": export},
            {"template": "/orders/{id}/refund", "operations": {"POST": refund}},
        ],
    });
    if ring.is_outer() {
        let object = hash_of(&open_projection(&["x-total-count"]));
        bundle["requires"] = json!(["projection"]);
        bundle["projection"] = json!({"mode": "enforce", "object": object});
    }
    bundle
}

/// A CA made once per test process.
pub fn authority() -> &'static rcgen::CertifiedIssuer<'static, rcgen::KeyPair> {
    static AUTHORITY: std::sync::OnceLock<rcgen::CertifiedIssuer<'static, rcgen::KeyPair>> =
        std::sync::OnceLock::new();
    AUTHORITY.get_or_init(new_authority)
}

pub fn new_authority() -> rcgen::CertifiedIssuer<'static, rcgen::KeyPair> {
    let mut params = rcgen::CertificateParams::new(vec![]).unwrap();
    params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    params.key_usages = vec![
        rcgen::KeyUsagePurpose::KeyCertSign,
        rcgen::KeyUsagePurpose::CrlSign,
    ];
    rcgen::CertifiedIssuer::self_signed(params, rcgen::KeyPair::generate().unwrap()).unwrap()
}

/// What a proper SVID is made of; tests spoil it.
pub fn svid_params(uris: &[&str]) -> rcgen::CertificateParams {
    let mut params = rcgen::CertificateParams::new(vec![]).unwrap();
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.subject_alt_names = uris
        .iter()
        .map(|uri| rcgen::SanType::URI((*uri).try_into().unwrap()))
        .collect();
    params.key_usages = vec![rcgen::KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![rcgen::ExtendedKeyUsagePurpose::ClientAuth];
    params.not_before = rcgen::date_time_ymd(2025, 6, 1);
    params.not_after = rcgen::date_time_ymd(2025, 7, 1);
    params.serial_number = Some(rcgen::SerialNumber::from_slice(&[0x0a, 0xbc]));
    params
}

pub fn issue(
    params: &rcgen::CertificateParams,
    issuer: &rcgen::CertifiedIssuer<'_, rcgen::KeyPair>,
) -> PeerCertificate {
    let key = rcgen::KeyPair::generate().unwrap();
    PeerCertificate {
        chain: vec![params.signed_by(&key, issuer).unwrap().der().to_vec()],
    }
}

pub fn svid(service: &str) -> PeerCertificate {
    issue(
        &svid_params(&[&format!("spiffe://{TRUST_DOMAIN}/{service}")]),
        authority(),
    )
}

pub fn token_key() -> Ed25519KeyPair {
    Ed25519KeyPair::from_seed_unchecked(&[7; 32]).unwrap()
}

pub fn claims(service: &str) -> Value {
    json!({
        "iss": "https://control.acme.test", "aud": "ringwork", "sub": format!("spiffe://{TRUST_DOMAIN}/{service}"),
        "iat": NOW_S - 10, "exp": NOW_S + 600, "jti": format!("token-of-{service}"),
    })
}

pub fn token(service: &str) -> String {
    jws(
        &json!({"alg": "EdDSA", "kid": "k1"}),
        &claims(service),
        &token_key(),
    )
}

/// A published wall with its identity store and counters.
pub struct World {
    pub wall: Wall,
    pub writer: IdentityWriter,
    pub store: IdentityStore,
    pub limits: Limits,
    seq: std::cell::Cell<u64>,
    /// Removed with the world.
    _directory: tempfile::TempDir,
}

/// A request under construction.
#[derive(Clone)]
pub struct Call {
    pub ring: Ring,
    pub method: String,
    pub target: Vec<u8>,
    pub host: Option<String>,
    pub server_name: Option<String>,
    pub headers: Vec<(String, Vec<u8>)>,
    pub client_address: IpAddr,
    pub certificate: Option<PeerCertificate>,
    pub now_s: u64,
}

pub fn call(ring: Ring, method: &str, target: &str) -> Call {
    Call {
        ring,
        method: method.into(),
        target: target.into(),
        host: Some(HOST.into()),
        server_name: Some(HOST.into()),
        headers: vec![],
        client_address: "127.0.0.1".parse().unwrap(),
        certificate: None,
        now_s: NOW_S,
    }
}

impl Call {
    pub fn header(mut self, name: &str, value: &str) -> Call {
        self.headers.push((name.into(), value.into()));
        self
    }

    pub fn key(self, key: &str) -> Call {
        self.header("x-api-key", key)
    }

    pub fn certified(mut self, certificate: PeerCertificate) -> Call {
        self.certificate = Some(certificate);
        self
    }

    pub fn host(mut self, host: Option<&str>) -> Call {
        self.host = host.map(Into::into);
        self
    }

    pub fn arrival(&self) -> Arrival<'_> {
        Arrival {
            ring: self.ring,
            method: &self.method,
            target: &self.target,
            host: self.host.as_ref().map(|host| host.as_bytes()),
            server_name: self.server_name.as_deref(),
            headers: &self.headers,
            client_address: self.client_address,
            certificate: self.certificate.as_ref(),
            now_unix_ns: self.now_s * 1_000_000_000,
            request_id: "request-1",
        }
    }

    pub fn at(mut self, now_s: u64) -> Call {
        self.now_s = now_s;
        self
    }
}

impl World {
    pub fn acme() -> World {
        World::of(&Published::acme())
    }

    pub fn of(published: &Published) -> World {
        let directory = tempfile::tempdir().unwrap();
        let writer = IdentityWriter::open(directory.path()).unwrap();
        World {
            wall: published.load().unwrap(),
            store: IdentityStore::open(directory.path()),
            writer,
            limits: Limits::new(),
            seq: 0.into(),
            _directory: directory,
        }
    }

    pub fn apply(&self, change: Change) {
        self.seq.set(self.seq.get() + 1);
        self.writer.apply(&[change], self.seq.get()).unwrap();
    }

    /// A new key; `adjust` spoils or narrows its record.
    pub fn key(&self, ring: Ring, consumer: &str, adjust: impl FnOnce(&mut KeyChange)) -> String {
        let salt = self.seq.get() as u8;
        let random: Vec<u8> = (0..RANDOM_BYTES as u8)
            .map(|n| n.wrapping_mul(31).wrapping_add(salt) % 248)
            .collect();
        let minted = mint("sandbox", &random).unwrap();
        let partner = ring == Ring::Partner;
        let mut change = KeyChange {
            id: minted.id,
            sha256: hex::encode(minted.sha256),
            ring,
            environment: "sandbox".into(),
            consumer: consumer.into(),
            application: "app".into(),
            plan: (!partner).then(|| "gold".into()),
            partner: partner.then(|| consumer.into()),
            not_before: None,
            expires_at: None,
            apis: vec![],
            versions: vec![],
            networks: vec![],
            scopes: vec![],
            pins: vec![],
        };
        adjust(&mut change);
        self.apply(Change::PutKey(Box::new(change)));
        minted.text
    }

    pub fn judge(&self, call: &Call) -> (Fate, Recording) {
        let mut trace = Recording::default();
        let arrival = call.arrival();
        (
            self.wall
                .judge(&arrival, &self.store, &self.limits, &mut trace),
            trace,
        )
    }

    pub fn forward(&self, call: &Call) -> Forward {
        match self.judge(call).0 {
            Fate::Forward(forward) => *forward,
            Fate::Answer(answer) => panic!("{:?}: {}", answer.code, answer.internal_reason),
            Fate::Ask(question) => panic!("asks for {}", question.subject()),
        }
    }

    pub fn answer(&self, call: &Call) -> Answer {
        match self.judge(call).0 {
            Fate::Answer(answer) => *answer,
            Fate::Forward(forward) => panic!("forwarded to {}", forward.upstream_target),
            Fate::Ask(question) => panic!("asks for {}", question.subject()),
        }
    }

    /// Error code or, when forwarded, the operation.
    pub fn outcome(&self, call: &Call) -> String {
        match self.judge(call).0 {
            Fate::Answer(answer) => answer.code.map_or(answer.status.to_string(), Into::into),
            Fate::Forward(forward) => forward.matched().operation.to_string(),
            Fate::Ask(question) => panic!("asks for {}", question.subject()),
        }
    }
}
