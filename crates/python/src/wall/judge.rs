//! `Wall`: what a node has published, judging requests as its gateway would.

use std::fs;
use std::io;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use hex::FromHex;
use http::HeaderValue;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict};
use serde_json::{Map, Value, json};
use wall::audience::Ring;
use wall::fate::{Caller, Matched, PeerCertificate};
use wall::headers::{RATELIMIT, RATELIMIT_POLICY};
use wall::identity::KeySets;
use wall::trace::Recording;
use wall::{Answer, Arrival, Fate, Forward, IdentityStore, Limits, Refusal, headers};

use super::{guarded, to_python, wall_error};

/// One revision, with counters of its own: explaining a call takes nothing from anyone's limit.
#[pyclass(frozen, module = "ringwork._native")]
pub struct Wall {
    wall: wall::Wall,
    limits: Limits,
}

#[pymethods]
impl Wall {
    /// Loads what `published/current` of a node directory names.
    #[staticmethod]
    fn load(py: Python<'_>, node_directory: PathBuf) -> PyResult<Wall> {
        let loaded = py.detach(|| guarded(|| load(&node_directory)))?;
        let wall = loaded.map_err(|refusal| {
            wall_error(py, refusal.code, &refusal.message, refusal.api.as_deref())
        })?;
        Ok(Wall {
            wall,
            limits: Limits::new(),
        })
    }

    #[getter]
    fn revision(&self) -> u64 {
        self.wall.revision()
    }

    /// The manifest's content.
    fn manifest<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        to_python(py, self.wall.manifest())
    }

    /// What would become of a request, and every step on the way.
    #[pyo3(signature = (*, ring, method, target, now_unix_ns, identity_dir, host=None, server_name=None,
                        headers=vec![], client_address="127.0.0.1", certificate_chain=None, request_id="explain"))]
    #[allow(clippy::too_many_arguments)] // a request has that many parts, and Python names each
    fn judge<'py>(
        &self,
        py: Python<'py>,
        ring: &str,
        method: &str,
        target: &[u8],
        now_unix_ns: u64,
        identity_dir: PathBuf,
        host: Option<&[u8]>,
        server_name: Option<&str>,
        headers: Vec<(String, Vec<u8>)>,
        client_address: &str,
        certificate_chain: Option<Vec<Vec<u8>>>,
        request_id: &str,
    ) -> PyResult<Bound<'py, PyDict>> {
        let certificate = certificate_chain.map(|chain| PeerCertificate { chain });
        let arrival = Arrival {
            ring: parse_ring(ring)?,
            method,
            target,
            host,
            server_name,
            headers: &headers,
            client_address: parse_address(client_address)?,
            certificate: certificate.as_ref(),
            now_unix_ns,
            request_id,
        };
        let mut trace = Recording::default();
        let identities = IdentityStore::open(&identity_dir);
        let fate = guarded(|| {
            self.wall
                .judge(&arrival, &identities, &self.limits, &mut trace)
        })?;
        verdict(py, &fate, &trace, request_id)
    }
}

fn load(node_directory: &Path) -> Result<wall::Wall, Refusal> {
    let published = node_directory.join("published");
    let trusted = fs::read_to_string(node_directory.join("trust/manifest.pub")).ok();
    let trusted: Option<Vec<[u8; 32]>> = trusted.and_then(|text| {
        text.lines()
            .map(|line| FromHex::from_hex(line.trim()).ok())
            .collect()
    });
    let trusted = trusted
        .ok_or_else(|| unreadable("trust/manifest.pub", "holds no lines of 64 hex digits"))?;
    let signed =
        current_manifest(&published).map_err(|error| unreadable("published/current", error))?;
    let wall = wall::Wall::load(&signed, &trusted, None, |hash| {
        fs::read(
            published
                .join("objects")
                .join(format!("{}.json", plain_hash(hash)?)),
        )
    })?;
    // Without them, no token can be judged whose issuer's keys are fetched.
    let keys = fs::read(node_directory.join("issuers/keys.json")).unwrap_or_default();
    wall.take_keys(&KeySets::read(&keys, &KeySets::default()).unwrap_or_default());
    Ok(wall)
}

fn current_manifest(published: &Path) -> io::Result<Vec<u8>> {
    let pointer: Value = serde_json::from_slice(&fs::read(published.join("current"))?)?;
    let hash = plain_hash(pointer["manifest"].as_str().unwrap_or(""))?;
    fs::read(published.join("manifests").join(format!("{hash}.jws")))
}

/// A hash names a file: it must not name a way out of its folder.
fn plain_hash(hash: &str) -> io::Result<&str> {
    let plain = hash.len() == 64 && hash.bytes().all(|b| b.is_ascii_hexdigit());
    if plain {
        Ok(hash)
    } else {
        Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            "not a SHA-256 in hex",
        ))
    }
}

fn unreadable(what: &str, why: impl std::fmt::Display) -> Refusal {
    Refusal {
        code: "object_missing",
        message: format!("{what}: {why}"),
        api: None,
    }
}

fn parse_ring(name: &str) -> PyResult<Ring> {
    let found = Ring::ALL.into_iter().find(|ring| ring.as_str() == name);
    found.ok_or_else(|| PyValueError::new_err(format!("`{name}` is no ring")))
}

fn parse_address(text: &str) -> PyResult<IpAddr> {
    text.parse()
        .map_err(|_| PyValueError::new_err(format!("`{text}` is no IP address")))
}

fn verdict<'py>(
    py: Python<'py>,
    fate: &Fate,
    trace: &Recording,
    request_id: &str,
) -> PyResult<Bound<'py, PyDict>> {
    let result = PyDict::new(py);
    let (verdict, body) = match fate {
        Fate::Forward(forward) => (forwarded(forward, request_id), None),
        Fate::Answer(answer) => (answered(answer), Some(PyBytes::new(py, &answer.body))),
        Fate::Ask(_) => unreachable!("these limits are shared with nobody"),
    };
    result.update(to_python(py, &verdict)?.cast::<pyo3::types::PyMapping>()?)?;
    result.set_item("body", body)?;
    result.set_item("steps", to_python(py, &steps(trace))?)?;
    Ok(result)
}

fn forwarded(forward: &Forward, request_id: &str) -> Value {
    let upstream = &forward.upstream;
    json!({
        "verdict": "forward",
        "caller": caller(&forward.caller),
        "matched": matched(forward.matched()),
        "upstream": {"host": upstream.host, "port": upstream.port, "tls": upstream.tls},
        "target": forward.upstream_target,
        "max_body_bytes": forward.max_body_bytes,
        "request_headers": told_upstream(forward, request_id),
        "headers": said(forward),
        "version_state": forward.version_state,
    })
}

/// What the gateway adds to the response.
fn said(forward: &Forward) -> Vec<(String, String)> {
    let quota = [
        (RATELIMIT_POLICY.as_str(), &forward.quota.policy),
        (RATELIMIT.as_str(), &forward.quota.left),
    ];
    let notices = forward.notices.iter();
    let notices = notices.map(|(name, value)| (name.as_str(), value));
    let all = quota.into_iter().chain(notices);
    all.map(|(name, value)| (name.to_owned(), text(value)))
        .collect()
}

fn told_upstream(forward: &Forward, request_id: &str) -> Vec<(String, String)> {
    let request_id =
        HeaderValue::from_str(request_id).unwrap_or_else(|_| HeaderValue::from_static(""));
    let added = headers::added(forward, &request_id);
    added
        .map(|(name, value)| (name.to_string(), text(&value)))
        .collect()
}

fn text(value: &HeaderValue) -> String {
    String::from_utf8_lossy(value.as_bytes()).into_owned()
}

fn answered(answer: &Answer) -> Value {
    json!({
        "verdict": "answer",
        "status": answer.status,
        "code": answer.code,
        "reason": answer.internal_reason,
        "headers": answer.headers,
        "caller": answer.caller.as_deref().map(caller),
        "matched": answer.matched.as_ref().map(Matched::by_ref).map(matched),
        "version_state": answer.version_state,
    })
}

fn caller(caller: &Caller) -> Value {
    json!({
        "consumer": caller.consumer(),
        "application": caller.application(),
        "key_id": caller.key_id(),
        "proof": caller.proof.as_str(),
        "issuer": caller.holder().map(|holder| &holder.issuer),
    })
}

fn matched(matched: Matched<&Arc<str>>) -> Value {
    json!({
        "api": **matched.api,
        "version": **matched.version,
        "operation": **matched.operation,
        "template": **matched.template,
    })
}

fn steps(trace: &Recording) -> Vec<Value> {
    let step = |taken: &wall::trace::TraceStep| {
        let detail: Map<String, Value> = taken
            .detail
            .iter()
            .map(|(name, value)| ((*name).to_owned(), json!(value)))
            .collect();
        json!({"step": taken.step, "outcome": taken.outcome, "detail": detail})
    };
    trace.steps.iter().map(step).collect()
}
