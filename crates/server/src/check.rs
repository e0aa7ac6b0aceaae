//! `--check DIR`: would this node directory's published revision be served? One line per bundle.

use std::path::Path;
use std::process::ExitCode;

use wall::bundle::Bundle;
use wall::manifest::RoutedApi;
use wall::{IdentityStore, Wall};

use crate::load::load;
use crate::node::{Node, Pointer};

/// Exit 0 when a gateway would serve it, 1 with the reason otherwise.
pub fn check(directory: &Path) -> ExitCode {
    let node = Node::new(directory);
    match checked(&node) {
        Ok(lines) => {
            lines.iter().for_each(|line| println!("{line}"));
            warn_without_identity(&node);
            ExitCode::SUCCESS
        }
        Err(reason) => {
            eprintln!("ringwork-gateway: {}: {reason}", directory.display());
            ExitCode::FAILURE
        }
    }
}

fn checked(node: &Node) -> Result<Vec<String>, String> {
    let pointer = Pointer::read(&node.current())
        .map_err(|error| format!("published/current: {error}"))?
        .ok_or("there is no published/current; publish a revision first")?;
    let wall = load(node, &pointer, None).map_err(|refusal| {
        let api = refusal
            .api
            .map(|api| format!(", API {api}"))
            .unwrap_or_default();
        format!(
            "revision {} refused ({}{api}): {}",
            pointer.revision, refusal.code, refusal.message
        )
    })?;
    let mut lines = bundle_lines(node, &wall)?;
    lines.push(format!(
        "ok: revision {}, {} bundles",
        pointer.revision,
        lines.len()
    ));
    Ok(lines)
}

/// A revision may come before its identity data; a gateway that has none lets nobody in.
fn warn_without_identity(node: &Node) {
    if let Err(unavailable) = IdentityStore::open(&node.identity()).refresh() {
        eprintln!(
            "ringwork-gateway: warning: {}; callers are answered with 503 until it is there",
            unavailable.0
        );
    }
}

fn bundle_lines(node: &Node, wall: &Wall) -> Result<Vec<String>, String> {
    let mut lines = Vec::new();
    for (ring, content) in &wall.manifest().rings {
        for api in content.routes.iter().filter_map(|route| route.api.as_ref()) {
            for (version, hash) in &api.versions {
                lines.push(format!(
                    "{:8} {}",
                    ring.as_str(),
                    bundle_line(node, api, version, hash)?
                ));
            }
        }
    }
    Ok(lines)
}

fn bundle_line(node: &Node, api: &RoutedApi, version: &str, hash: &str) -> Result<String, String> {
    let bytes = node
        .object(hash)
        .map_err(|error| format!("object {hash}: {error}"))?;
    let bundle: Bundle =
        serde_json::from_slice(&bytes).map_err(|error| format!("object {hash}: {error}"))?;
    let operations: usize = bundle.paths.iter().map(|path| path.operations.len()).sum();
    let hidden = bundle.paths.iter().filter(|path| path.hidden).count();
    Ok(format!(
        "{} {version}: {operations} operations on {} paths, {hidden} with hidden ones, {} bytes, {hash}",
        api.name,
        bundle.paths.len(),
        bytes.len()
    ))
}
