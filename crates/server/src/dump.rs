//! `--dump FILE|DIR`: what a gateway would read, for people. Says nothing about whether it is valid or signed
//! by whom; that is `--check`.

use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::process::ExitCode;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use serde_json::Value;
use wall::bundle::{Bundle, PathItem};
use wall::manifest::Manifest;

use crate::node::{Node, Pointer};

/// Exit 0 when it could be read, 1 with the reason otherwise.
pub fn dump(path: &Path) -> ExitCode {
    let text = match path.is_dir() {
        true => directory(&Node::new(path)),
        false => fs::read(path)
            .map_err(|error| error.to_string())
            .and_then(|bytes| file(&bytes)),
    };
    match text {
        Ok(text) => {
            print!("{text}");
            ExitCode::SUCCESS
        }
        Err(reason) => {
            eprintln!("ringwork-gateway: {}: {reason}", path.display());
            ExitCode::FAILURE
        }
    }
}

fn directory(node: &Node) -> Result<String, String> {
    let pointer = Pointer::read(&node.current())
        .map_err(|error| format!("published/current: {error}"))?
        .ok_or("there is no published/current")?;
    let signed = node
        .manifest(&pointer.manifest)
        .map_err(|error| format!("{}: {error}", pointer.manifest))?;
    let payload = payload(&signed).ok_or("the manifest is not a compact JWS")?;
    let mut text = pretty(&payload)?;
    let manifest: Manifest = serde_json::from_slice(&payload).map_err(|error| error.to_string())?;
    for (ring, content) in &manifest.rings {
        for api in content.routes.iter().filter_map(|route| route.api.as_ref()) {
            for hash in api.versions.values() {
                let bytes = node
                    .object(hash)
                    .map_err(|error| format!("{hash}: {error}"))?;
                let _ = write!(text, "\n# {} {hash}\n{}", ring.as_str(), file(&bytes)?);
            }
        }
    }
    Ok(text)
}

fn file(bytes: &[u8]) -> Result<String, String> {
    if let Ok(bundle) = serde_json::from_slice::<Bundle>(bytes) {
        return Ok(readable(&bundle));
    }
    if let Some(payload) = payload(bytes) {
        return pretty(&payload);
    }
    pretty(bytes)
}

/// `GET    /orders/{id}   getOrder   body ≤ 1048576`; hidden operations show as `-`.
fn readable(bundle: &Bundle) -> String {
    let upstream = &bundle.upstream;
    let scheme = if upstream.tls { "https" } else { "http" };
    let mut text = format!(
        "{} {} for {}: {scheme}://{}:{}{} (connect {} ms, silence {} ms)\n",
        bundle.api,
        bundle.version,
        bundle.ring.as_str(),
        upstream.host,
        upstream.port,
        upstream.path,
        upstream.connect_timeout_ms,
        upstream.io_timeout_ms
    );
    text.push_str(&members(upstream, &IN_THE_ADDRESS));
    text.push_str(&members(bundle, &ELSEWHERE));
    bundle.paths.iter().for_each(|path| lines(&mut text, path));
    text
}

/// Of an upstream, what the first line says.
const IN_THE_ADDRESS: [&str; 6] = [
    "host",
    "tls",
    "port",
    "path",
    "connect_timeout_ms",
    "io_timeout_ms",
];
/// Of a bundle, what other lines say.
const ELSEWHERE: [&str; 7] = [
    "format", "requires", "ring", "api", "version", "upstream", "paths",
];

/// A line for each member but those `shown`; a secret shows as the reference it is.
fn members(of: &impl Serialize, shown: &[&str]) -> String {
    let written = serde_json::to_value(of).unwrap_or_default();
    let members = written.as_object().into_iter().flatten();
    members
        .filter(|(name, _)| !shown.contains(&name.as_str()))
        .map(|(name, value)| format!("  {name}: {value}\n"))
        .collect()
}

fn lines(text: &mut String, path: &PathItem) {
    for (method, operation) in &path.operations {
        let _ = write!(text, "  {method:7} {}  {}", path.template, operation.id);
        let _ = write!(text, "  body ≤ {}", operation.max_body_bytes);
        if let Some(feature) = &operation.feature {
            let _ = write!(text, "  needs {feature}");
        }
        if operation.websocket.is_some() {
            text.push_str("  websocket");
        }
        text.push('\n');
    }
    if path.hidden {
        let _ = writeln!(
            text,
            "  -       {}  (an operation hidden from this ring)",
            path.template
        );
    }
}

/// The payload of a compact JWS, unverified.
fn payload(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut parts = std::str::from_utf8(bytes).ok()?.trim().split('.');
    let (_, payload, _, None) = (parts.next()?, parts.next()?, parts.next()?, parts.next()) else {
        return None;
    };
    URL_SAFE_NO_PAD.decode(payload).ok()
}

fn pretty(bytes: &[u8]) -> Result<String, String> {
    let value: Value =
        serde_json::from_slice(bytes).map_err(|error| format!("not JSON: {error}"))?;
    serde_json::to_string_pretty(&value)
        .map(|text| text + "\n")
        .map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_a_bundle_says_is_shown() {
        let bundle = serde_json::json!({
            "format": 1, "requires": [], "ring": "public", "api": "orders", "version": "v1",
            "upstream": {
                "tls": true, "host": "orders.internal", "port": 443, "path": "/api",
                "connect_timeout_ms": 1000, "io_timeout_ms": 2000, "total_timeout_ms": 9000,
            },
            "cors": {
                "origins": ["https://app.example"], "headers": [], "expose": [],
                "credentials": false, "max_age_seconds": 600,
            },
            "compression": {"codings": ["zstd", "gzip"]},
            "paths": [{"template": "/orders", "operations": {"GET": {"id": "listOrders", "max_body_bytes": 7}}}],
        });
        let text = file(bundle.to_string().as_bytes()).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(
            lines[0],
            "orders v1 for public: https://orders.internal:443/api (connect 1000 ms, silence 2000 ms)"
        );
        for shown in [
            "  total_timeout_ms: 9000",
            r#"  compression: {"codings":["zstd","gzip"]}"#,
            "  GET     /orders  listOrders  body ≤ 7",
        ] {
            assert!(lines.contains(&shown), "{text}");
        }
        assert!(text.contains(r#"  cors: {"credentials":false"#), "{text}");
        assert!(
            !text.contains("paths:") && !text.contains("format:"),
            "{text}"
        );
    }
}
