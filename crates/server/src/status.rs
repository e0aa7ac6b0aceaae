//! `status.json`: what this gateway serves and what it refused, for whoever watches it.

use std::collections::BTreeMap;

use serde::Serialize;
use wall::audience::Ring;

use crate::load::{Loader, Refused};
use crate::node::{Node, write_atomically};
use crate::sharing::Standing;
use crate::upstream::Lacking;

#[derive(Serialize)]
pub struct Status<'a> {
    pid: u32,
    version: &'static str,
    /// `None`: nothing is served, every call is answered with 503.
    revision: Option<u64>,
    manifest: Option<&'a str>,
    refused: Option<RefusedRevision<'a>>,
    identity: Part,
    rings: BTreeMap<Ring, RingStatus<'a>>,
    /// Services of which not every endpoint is called.
    upstreams: &'a Lacking,
    /// Absent: limits are this gateway's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    shared_limits: Option<&'a Standing>,
}

#[derive(Serialize)]
struct RefusedRevision<'a> {
    revision: u64,
    code: &'a str,
    message: &'a str,
    api: Option<&'a str>,
}

#[derive(Serialize)]
struct RingStatus<'a> {
    listeners: &'a [String],
    certificate: Part,
}

/// A part the gateway needs: in order, or what is wrong with it.
#[derive(Serialize)]
struct Part {
    available: bool,
    problem: Option<String>,
}

/// What is wrong beside revisions; `None`: in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Health {
    pub identity: Option<String>,
    pub certificates: BTreeMap<Ring, Option<String>>,
    pub upstreams: Lacking,
    pub shared_limits: Option<Standing>,
}

/// Replaces the file. A status that cannot be written stops nothing.
pub fn write(node: &Node, loader: &Loader, health: &Health) {
    let status = Status {
        pid: std::process::id(),
        version: env!("CARGO_PKG_VERSION"),
        revision: loader.served().map(|served| served.revision),
        manifest: loader.served().map(|served| served.manifest.as_str()),
        refused: loader.refused().map(refused),
        identity: part(health.identity.as_ref()),
        rings: rings(loader, health),
        upstreams: &health.upstreams,
        shared_limits: health.shared_limits.as_ref(),
    };
    let text = serde_json::to_vec_pretty(&status).expect("strings and numbers serialise");
    if let Err(error) = write_atomically(&node.status(), &text) {
        log::error!("status.json cannot be written: {error}");
    }
}

fn refused(refused: &Refused) -> RefusedRevision<'_> {
    let refusal = &refused.refusal;
    RefusedRevision {
        revision: refused.revision,
        code: refusal.code,
        message: &refusal.message,
        api: refusal.api.as_deref(),
    }
}

fn rings<'a>(loader: &'a Loader, health: &Health) -> BTreeMap<Ring, RingStatus<'a>> {
    let of = |(&ring, listeners): (&Ring, &'a Vec<String>)| {
        let problem = health.certificates.get(&ring).and_then(Option::as_ref);
        (
            ring,
            RingStatus {
                listeners,
                certificate: part(problem),
            },
        )
    };
    loader.listeners().iter().map(of).collect()
}

fn part(problem: Option<&String>) -> Part {
    Part {
        available: problem.is_none(),
        problem: problem.cloned(),
    }
}
