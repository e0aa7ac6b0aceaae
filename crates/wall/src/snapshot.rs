use std::io;

use crate::fate::{Arrival, Fate};
use crate::identity::IdentityStore;
use crate::limits::Limits;
use crate::manifest::Manifest;
use crate::trace::Trace;

/// One revision, verified and compiled: everything a request is judged by but identity and limits.
pub struct Wall {
    manifest: Manifest,
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
    /// `fetch` gives the bytes of the object with this SHA-256 (hex). `previous`: what did not change is shared.
    pub fn load(
        signed_manifest: &[u8],
        public_key: &[u8; 32],
        previous: Option<&Wall>,
        fetch: impl Fn(&str) -> io::Result<Vec<u8>>,
    ) -> Result<Wall, Refusal> {
        todo!(
            "{} {} {} {}",
            signed_manifest.len(),
            public_key.len(),
            previous.is_some(),
            fetch("").is_ok()
        )
    }

    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    pub fn judge<T: Trace>(
        &self,
        arrival: &Arrival<'_>,
        identities: &IdentityStore,
        limits: &Limits,
        trace: &mut T,
    ) -> Fate {
        let _ = (arrival, identities, limits, trace);
        todo!()
    }
}
