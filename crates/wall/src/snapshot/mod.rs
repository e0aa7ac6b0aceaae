//! One revision, verified and compiled: everything a request is judged by but identity and limits.

mod load;
mod making;
mod ring;
mod routes;
mod signature;

use std::io;
use std::sync::Arc;

use http::HeaderValue;

use crate::audience::Ring;
use crate::bodies::{Bodies, Ruled};
use crate::bundle::{Compression, Cors, Lifecycle, Upstream};
use crate::callers::Admitted;
use crate::fate::{Answer, Arrival, Fate, Settled};
use crate::identity::{IdentityStore, KeySets};
use crate::judge;
use crate::limits::Limits;
use crate::manifest::Manifest;
use crate::matching::Paths;
use crate::problem::{self, Code, Telling};
use crate::trace::Trace;
use crate::validation::{Requests, Rules, RulesKey};

pub use ring::RingWall;
pub(crate) use ring::{Sight, Terms};
pub(crate) use routes::{Place, Served, ServedApi, VersionChoice};
pub use signature::verify_manifest;

/// What is looked up at every request hashes with aHash: seeded too, and several times as fast as the default.
pub(crate) type HashMap<K, V> = std::collections::HashMap<K, V, ahash::RandomState>;
pub(crate) type HashSet<T> = std::collections::HashSet<T, ahash::RandomState>;

/// Immutable, but for keys of outside issuers; a new revision is a new `Wall` that shares what did not change.
pub struct Wall {
    manifest: Manifest,
    rings: Vec<RingWall>,
    bundles: HashMap<String, Arc<CompiledBundle>>,
    /// By the hash of their bytes.
    projections: HashMap<String, Arc<Bodies>>,
    rules: HashMap<RulesKey, Arc<Rules>>,
}

/// A bundle in the form requests are matched against.
#[derive(Debug)]
pub(crate) struct CompiledBundle {
    /// SHA-256 (hex) of its bytes.
    pub hash: Box<str>,
    pub ring: Ring,
    pub api: Arc<str>,
    pub version: Arc<str>,
    /// Services that may call; `None`: any.
    pub callers: Option<Admitted>,
    pub upstream: Arc<Upstream>,
    /// What the upstream's `Host` says.
    pub authority: HeaderValue,
    pub paths: Paths,
    pub cors: Option<Cors>,
    pub compression: Option<Compression>,
    pub lifecycle: Option<Lifecycle>,
    /// What leaves of bodies; `None`: everything.
    pub bodies: Option<Ruled>,
    /// What requests are held to.
    pub requests: Option<Requests>,
}

/// Why a revision cannot be served.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Permanent: `signature_invalid`, `format_unknown`, `object_missing`, …
    pub code: &'static str,
    pub message: String,
    /// The API at fault, when it is one.
    pub api: Option<String>,
}

impl Wall {
    /// Verifies and compiles a revision. `fetch` gives the bytes of the object with this SHA-256 (hex);
    /// `previous` is the revision served now: bundles, trust and caches that did not change are shared, so that
    /// a change costs what changed.
    pub fn load(
        signed_manifest: &[u8],
        public_keys: &[[u8; 32]],
        previous: Option<&Wall>,
        fetch: impl Fn(&str) -> io::Result<Vec<u8>> + Sync,
    ) -> Result<Wall, Refusal> {
        let manifest = verify_manifest(signed_manifest, public_keys)?;
        load::compile(manifest, previous, &fetch)
    }

    /// Takes over the keys of outside issuers that came beside the revision; a rotated one needs no new revision.
    pub fn take_keys(&self, sets: &KeySets) {
        self.rings.iter().for_each(|ring| ring.take_keys(sets));
    }

    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// The services behind all APIs; one may come several times.
    pub fn upstreams(&self) -> impl Iterator<Item = &Arc<Upstream>> {
        self.bundles.values().map(|bundle| &bundle.upstream)
    }

    /// API and version of every bundle, and the service behind it; the same may come for several rings.
    pub fn services(&self) -> impl Iterator<Item = (&str, &str, &Upstream)> {
        let bundles = self.bundles.values();
        bundles.map(|bundle| (&*bundle.api, &*bundle.version, &*bundle.upstream))
    }

    /// Ring, API and version of every bundle; the names are the very ones a match gives.
    pub fn served(&self) -> impl Iterator<Item = (Ring, &Arc<str>, &Arc<str>)> {
        let bundles = self.bundles.values();
        bundles.map(|bundle| (bundle.ring, &bundle.api, &bundle.version))
    }

    pub fn revision(&self) -> u64 {
        self.manifest.revision
    }

    pub fn ring(&self, ring: Ring) -> Option<&RingWall> {
        self.rings.iter().find(|wall| wall.ring() == ring)
    }

    /// What becomes of a request: the order of steps is in ARCHITECTURE.md, the code in `judge`.
    pub fn judge<T: Trace>(
        &self,
        arrival: &Arrival<'_>,
        identities: &IdentityStore,
        limits: &Limits,
        trace: &mut T,
    ) -> Fate {
        match self.ring(arrival.ring) {
            Some(ring) => judge::judge(ring, arrival, identities, limits, trace, None),
            None => Fate::Answer(no_ring(arrival)),
        }
    }

    /// The fate of a request whose limit was asked for. It does not ask again.
    pub fn judge_settled<T: Trace>(
        &self,
        arrival: &Arrival<'_>,
        identities: &IdentityStore,
        limits: &Limits,
        trace: &mut T,
        settled: Settled,
    ) -> Fate {
        match self.ring(arrival.ring) {
            Some(ring) => judge::judge(ring, arrival, identities, limits, trace, Some(settled)),
            None => Fate::Answer(no_ring(arrival)),
        }
    }

    /// Whether a request this wall, or one before it, let pass would still be let pass now, but for its limits: for
    /// calls that take long. Counts nothing, neither requests nor wrong credentials. The answer it would get else.
    pub fn judge_again(
        &self,
        arrival: &Arrival<'_>,
        identities: &IdentityStore,
        limits: &Limits,
    ) -> Result<(), Box<Answer>> {
        match self.ring(arrival.ring) {
            Some(ring) => judge::judge_again(ring, arrival, identities, limits),
            None => Err(no_ring(arrival)),
        }
    }
}

fn no_ring(arrival: &Arrival<'_>) -> Box<Answer> {
    let reason = "the revision has nothing for this ring";
    Box::new(problem::answer(
        Code::RevisionUnavailable,
        Telling::UNKNOWN,
        arrival.request_id,
        reason,
    ))
}

impl Refusal {
    pub(crate) fn new(code: &'static str, message: impl Into<String>) -> Refusal {
        Refusal {
            code,
            message: message.into(),
            api: None,
        }
    }

    pub(crate) fn of_api(self, api: &str) -> Refusal {
        Refusal {
            api: Some(api.to_owned()),
            ..self
        }
    }

    /// Revision numbers never fall on a node: an old signed manifest must not bring back what was withdrawn.
    pub fn if_stale(revision: u64, accepted: u64) -> Result<(), Refusal> {
        if revision >= accepted {
            return Ok(());
        }
        Err(Refusal::new(
            "revision_stale",
            format!("revision {revision} is older than {accepted}, served before"),
        ))
    }
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.api {
            Some(api) => write!(f, "{}: {api}: {}", self.code, self.message),
            None => write!(f, "{}: {}", self.code, self.message),
        }
    }
}

impl std::error::Error for Refusal {}
