//! Revisions: from the node directory into force.
//!
//! `published/current` is looked at every 20 ms. What it names is verified and compiled by the wall, then
//! swapped in atomically; requests keep the revision they began with. What cannot be loaded changes nothing:
//! the gateway serves on and says why in `status.json`.
//!
//! Revision numbers never fall on a node, restarts included: `accepted` remembers the last one served.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

use ring::digest;
use wall::audience::Ring;
use wall::manifest::Manifest;
use wall::{Refusal, Wall};

use crate::live::Live;
use crate::node::{Node, Pointer, Stamp};

/// A revision refused because a file was missing or unreadable is tried again: it may be on its way.
const RETRY: Duration = Duration::from_secs(1);
/// Refusals that another try can mend.
const TRANSIENT: [&str; 3] = ["manifest_missing", "object_missing", "trust_unreadable"];

/// Addresses each ring listens on; fixed for the life of the process.
pub type Listeners = BTreeMap<Ring, Vec<String>>;

pub struct Loader {
    node: Node,
    live: Arc<Live>,
    listeners: Listeners,
    served: Pointer,
    refused: Option<Refused>,
    looked_at: Option<Stamp>,
}

/// The revision last refused, for `status.json`. 0 when the pointer itself could not be read.
#[derive(Clone, Debug)]
pub struct Refused {
    pub revision: u64,
    pub refusal: Refusal,
    since: Instant,
}

impl Loader {
    /// Takes what is published, or else what was served last: a gateway starts without the control plane.
    pub fn start(node: Node, live: Arc<Live>) -> Result<Loader, Refusal> {
        let looked_at = Stamp::of(&node.current());
        let accepted = Pointer::read(&node.accepted()).ok().flatten();
        let (pointer, wall, refused) = first(&node, accepted)?;
        let listeners = listeners_of(wall.manifest());
        live.replace(Arc::new(wall));
        let loader = Loader {
            node,
            live,
            listeners,
            served: pointer,
            refused,
            looked_at,
        };
        loader.remember();
        Ok(loader)
    }

    pub fn listeners(&self) -> &Listeners {
        &self.listeners
    }

    pub fn served(&self) -> &Pointer {
        &self.served
    }

    pub fn refused(&self) -> Option<&Refused> {
        self.refused.as_ref()
    }

    /// Looks once. True when anything changed that `status.json` tells.
    pub fn look(&mut self) -> bool {
        let stamp = Stamp::of(&self.node.current());
        let again = self
            .refused
            .as_ref()
            .is_some_and(Refused::deserves_another_try);
        if stamp.is_none() || (stamp == self.looked_at && !again) {
            return false;
        }
        self.looked_at = stamp;
        match Pointer::read(&self.node.current()) {
            Ok(Some(pointer)) => self.consider(pointer),
            // Gone between two calls; whoever publishes renames a new one into place.
            Ok(None) => false,
            Err(error) => self.refuse(
                0,
                refusal("pointer_unreadable", format!("published/current: {error}")),
            ),
        }
    }

    fn consider(&mut self, pointer: Pointer) -> bool {
        if pointer == self.served {
            return self.refused.take().is_some();
        }
        let previous = self.live.wall();
        let loaded = not_older(&pointer, &self.served)
            .and_then(|()| load(&self.node, &pointer, previous.as_deref()))
            .and_then(|wall| same_listeners(&self.listeners, wall));
        match loaded {
            Ok(wall) => self.serve(pointer, wall),
            Err(refusal) => self.refuse(pointer.revision, refusal),
        }
    }

    fn serve(&mut self, pointer: Pointer, wall: Wall) -> bool {
        log::info!("revision {} is in force", pointer.revision);
        self.live.replace(Arc::new(wall));
        self.served = pointer;
        self.refused = None;
        self.remember();
        true
    }

    fn refuse(&mut self, revision: u64, refusal: Refusal) -> bool {
        let known = self
            .refused
            .as_ref()
            .is_some_and(|old| old.revision == revision && old.refusal == refusal);
        if !known {
            log::error!(
                "revision {revision} refused ({}): {}",
                refusal.code,
                refusal.message
            );
        }
        self.refused = Some(Refused {
            revision,
            refusal,
            since: Instant::now(),
        });
        !known
    }

    /// The start without a control plane. Serving goes on if it cannot be written.
    fn remember(&self) {
        if let Err(error) = self.served.write(&self.node.accepted()) {
            log::error!(
                "`accepted` cannot be written, so a restart would begin at an older revision: {error}"
            );
        }
    }
}

impl Refused {
    fn new(revision: u64, refusal: Refusal) -> Refused {
        Refused {
            revision,
            refusal,
            since: Instant::now(),
        }
    }

    fn deserves_another_try(&self) -> bool {
        TRANSIENT.contains(&self.refusal.code) && self.since.elapsed() >= RETRY
    }
}

type Start = (Pointer, Wall, Option<Refused>);

fn first(node: &Node, accepted: Option<Pointer>) -> Result<Start, Refusal> {
    let published = published(node).and_then(|pointer| {
        accepted
            .as_ref()
            .map_or(Ok(()), |accepted| not_older(&pointer, accepted))
            .map_err(|r| (pointer.revision, r))?;
        load(node, &pointer, None)
            .map(|wall| (pointer.clone(), wall))
            .map_err(|r| (pointer.revision, r))
    });
    let (revision, refusal) = match published {
        Ok((pointer, wall)) => return Ok((pointer, wall, None)),
        Err(refused) => refused,
    };
    let Some(accepted) = accepted else {
        return Err(refusal);
    };
    log::warn!(
        "published/current cannot be served ({}): {}",
        refusal.code,
        refusal.message
    );
    log::warn!(
        "starting from the last accepted revision {}",
        accepted.revision
    );
    let wall = load(node, &accepted, None)?;
    Ok((accepted, wall, Some(Refused::new(revision, refusal))))
}

fn published(node: &Node) -> Result<Pointer, (u64, Refusal)> {
    match Pointer::read(&node.current()) {
        Ok(Some(pointer)) => Ok(pointer),
        Ok(None) => Err((
            0,
            refusal(
                "nothing_published",
                "there is no published/current".to_owned(),
            ),
        )),
        Err(error) => Err((
            0,
            refusal("pointer_unreadable", format!("published/current: {error}")),
        )),
    }
}

/// Verifies and compiles what a pointer names.
pub fn load(node: &Node, pointer: &Pointer, previous: Option<&Wall>) -> Result<Wall, Refusal> {
    let keys = node
        .trusted_keys()
        .map_err(|error| refusal("trust_unreadable", error.to_string()))?;
    let signed = node.manifest(&pointer.manifest).map_err(|error| {
        refusal(
            "manifest_missing",
            format!("manifest {}: {error}", pointer.manifest),
        )
    })?;
    if sha256(&signed) != pointer.manifest {
        return Err(refusal(
            "manifest_mismatch",
            format!("manifest {} has other content", pointer.manifest),
        ));
    }
    let wall = compile(node, &signed, &keys, previous)?;
    if wall.manifest().revision != pointer.revision {
        let told = format!(
            "the pointer says {}, the manifest {}",
            pointer.revision,
            wall.manifest().revision
        );
        return Err(refusal("revision_mismatch", told));
    }
    Ok(wall)
}

/// A defect that shows at one revision must not end the looking for better ones.
fn compile(
    node: &Node,
    signed: &[u8],
    keys: &[[u8; 32]],
    previous: Option<&Wall>,
) -> Result<Wall, Refusal> {
    let load = || Wall::load(signed, keys, previous, |hash| node.object(hash));
    catch_unwind(AssertUnwindSafe(load)).unwrap_or_else(|_| {
        let told = "the wall panicked at it; see the gateway's log".to_owned();
        Err(refusal("wall_fault", told))
    })
}

fn not_older(pointer: &Pointer, served: &Pointer) -> Result<(), Refusal> {
    let (given, have) = (pointer.revision, served.revision);
    if given < have {
        return Err(refusal(
            "revision_fell",
            format!("{given} was published, {have} is served: roll back with a new number"),
        ));
    }
    if given == have && pointer.manifest != served.manifest {
        return Err(refusal(
            "revision_reused",
            format!("{given} is served already, with another content"),
        ));
    }
    Ok(())
}

/// Sockets are opened once. The supervisor, seeing this code, starts the gateway anew.
fn same_listeners(have: &Listeners, wall: Wall) -> Result<Wall, Refusal> {
    let wanted = listeners_of(wall.manifest());
    if wanted == *have {
        return Ok(wall);
    }
    Err(refusal(
        "listeners_changed",
        format!("listening on {have:?}, the revision wants {wanted:?}: restart"),
    ))
}

fn listeners_of(manifest: &Manifest) -> Listeners {
    let of = |(&ring, content): (&Ring, &wall::manifest::RingManifest)| {
        let mut addresses = content.listeners.clone();
        addresses.sort();
        (ring, addresses)
    };
    manifest.rings.iter().map(of).collect()
}

fn refusal(code: &'static str, message: String) -> Refusal {
    Refusal {
        code,
        message,
        api: None,
    }
}

/// Lower-case hexadecimal.
pub fn sha256(bytes: &[u8]) -> String {
    let hash = digest::digest(&digest::SHA256, bytes);
    hash.as_ref()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pointer(revision: u64, manifest: &str) -> Pointer {
        Pointer {
            revision,
            manifest: manifest.to_owned(),
        }
    }

    #[test]
    fn revision_numbers_never_fall_and_never_name_two_things() {
        let served = pointer(7, "a");
        let code = |given: &Pointer| not_older(given, &served).err().map(|refusal| refusal.code);
        assert_eq!(code(&pointer(6, "b")), Some("revision_fell"));
        assert_eq!(code(&pointer(7, "b")), Some("revision_reused"));
        assert_eq!(code(&pointer(7, "a")), None);
        assert_eq!(code(&pointer(8, "b")), None);
    }

    #[test]
    fn hashes_are_lower_case_hexadecimal() {
        assert_eq!(
            sha256(b""),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        );
    }
}
