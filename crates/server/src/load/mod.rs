//! Revisions: from the node directory into force.
//!
//! `published/current` is looked at every 20 ms. What it names is verified and compiled by the wall, then
//! swapped in atomically; requests keep the revision they began with. What cannot be loaded changes nothing:
//! the gateway serves on and says why in `status.json`.
//!
//! Revision numbers never fall on a node, restarts included: `accepted` remembers the last one served.
//!
//! Where nothing can be served whole at the start (an object is damaged, and no older revision is whole), the rings
//! of a manifest that can be believed are opened all the same: they answer 503 until what is missing is mended.

mod first;
mod revision;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use wall::audience::Ring;
use wall::manifest::RingManifest;
use wall::{Refusal, Wall};

use crate::live::Live;
use crate::node::{Node, Pointer, Stamp};
use first::first;
pub use revision::load;
use revision::{not_older, refusal};

/// A revision refused because a file was missing or unreadable is tried again: it may be on its way.
const RETRY: Duration = Duration::from_secs(1);
/// Refusals that another try can mend.
const TRANSIENT: [&str; 6] = [
    "manifest_missing",
    "manifest_mismatch",
    "object_missing",
    "object_corrupt",
    "object_malformed",
    "trust_unreadable",
];

/// What each ring's sockets are opened with, routes left out.
pub type Opened = BTreeMap<Ring, RingManifest>;

/// Addresses each ring listens on; fixed for the life of the process.
pub type Listeners = BTreeMap<Ring, Vec<String>>;

pub struct Loader {
    node: Node,
    live: Arc<Live>,
    rings: Opened,
    listeners: Listeners,
    served: Option<Pointer>,
    /// What was served last, by this process or one before it: no revision below it is.
    floor: Option<Pointer>,
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
        let first = first(&node, accepted.as_ref())?;
        let mut loader = Loader {
            node,
            live,
            listeners: listeners_of(&first.rings),
            rings: first.rings,
            served: None,
            floor: accepted,
            refused: None,
            looked_at,
        };
        if let Some((pointer, wall)) = first.revision {
            loader.serve(pointer, wall);
        }
        if let Some(refused) = first.refused {
            loader.refuse(refused.revision, refused.refusal);
        }
        Ok(loader)
    }

    pub fn rings(&self) -> &Opened {
        &self.rings
    }

    pub fn listeners(&self) -> &Listeners {
        &self.listeners
    }

    /// `None`: every call is answered with 503.
    pub fn served(&self) -> Option<&Pointer> {
        self.served.as_ref()
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
        if Some(&pointer) == self.served.as_ref() {
            return self.refused.take().is_some();
        }
        let previous = self.live.wall();
        let loaded = not_older(&pointer, self.floor.as_ref())
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
        self.remember(&pointer);
        self.floor = Some(pointer.clone());
        self.served = Some(pointer);
        self.refused = None;
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
    fn remember(&self, served: &Pointer) {
        if let Err(error) = served.write(&self.node.accepted()) {
            log::error!(
                "`accepted` cannot be written, so a restart would begin at an older revision: {error}"
            );
        }
    }
}

impl Refused {
    fn deserves_another_try(&self) -> bool {
        TRANSIENT.contains(&self.refusal.code) && self.since.elapsed() >= RETRY
    }
}

/// Sockets are opened once. The supervisor, seeing this code, starts the gateway anew.
fn same_listeners(have: &Listeners, wall: Wall) -> Result<Wall, Refusal> {
    let wanted = listeners_of(&wall.manifest().rings);
    if wanted == *have {
        return Ok(wall);
    }
    Err(refusal(
        "listeners_changed",
        format!("listening on {have:?}, the revision wants {wanted:?}: restart"),
    ))
}

fn listeners_of(rings: &Opened) -> Listeners {
    let of = |(&ring, content): (&Ring, &wall::manifest::RingManifest)| {
        let mut addresses = content.listeners.clone();
        addresses.sort();
        (ring, addresses)
    };
    rings.iter().map(of).collect()
}
