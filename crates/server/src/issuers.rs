//! Keys of outside issuers: `issuers/keys.json` of the node, written by the control plane. Read again when it was
//! replaced, so a rotated key is believed, and a withdrawn one is not, without a new revision.

use std::sync::{Arc, Mutex};
use std::{fs, io};

use arc_swap::ArcSwap;
use wall::identity::KeySets;

use crate::node::{Node, Stamp};

/// Sets are bounded by the control plane (256 KiB each), issuers by the estate.
const MAX_FILE_BYTES: u64 = 16 << 20;

pub struct IssuerKeys {
    node: Node,
    sets: ArcSwap<KeySets>,
    seen: Mutex<Option<Stamp>>,
}

impl IssuerKeys {
    pub fn open(node: &Node) -> IssuerKeys {
        let keys = IssuerKeys {
            node: node.clone(),
            sets: ArcSwap::default(),
            seen: Mutex::new(None),
        };
        keys.refresh();
        keys
    }

    pub fn sets(&self) -> Arc<KeySets> {
        self.sets.load_full()
    }

    /// Looks whether the file was replaced; true when its keys were taken. What cannot be read changes nothing.
    pub fn refresh(&self) -> bool {
        let stamp = Stamp::of(&self.node.issuer_keys());
        let mut seen = self
            .seen
            .lock()
            .expect("nothing panics while it holds this lock");
        if stamp.is_none() || stamp == *seen {
            return false;
        }
        *seen = stamp;
        match read(&self.node, &self.sets.load()) {
            Ok(sets) => {
                self.sets.store(Arc::new(sets));
                true
            }
            Err(error) => {
                log::error!("issuers/keys.json is not taken: {error}");
                false
            }
        }
    }
}

fn read(node: &Node, before: &KeySets) -> io::Result<KeySets> {
    let path = node.issuer_keys();
    if fs::metadata(&path)?.len() > MAX_FILE_BYTES {
        return Err(io::Error::other("it is too large"));
    }
    KeySets::read(&fs::read(path)?, before).map_err(io::Error::other)
}
