//! Keys of outside issuers: `issuers/keys.json` of the node, written by the control plane. Read again when it was
//! replaced, so a rotated key is believed, and a withdrawn one is not, without a new revision.

use std::io;
use std::sync::Arc;

use arc_swap::ArcSwap;
use wall::identity::KeySets;

use crate::node::Node;
use crate::replaced::Replaced;

/// Sets are bounded by the control plane (256 KiB each), issuers by the estate.
const MAX_FILE_BYTES: u64 = 16 << 20;

pub struct IssuerKeys {
    file: Replaced,
    sets: ArcSwap<KeySets>,
}

impl IssuerKeys {
    pub fn open(node: &Node) -> IssuerKeys {
        let keys = IssuerKeys {
            file: Replaced::new(node.issuer_keys(), MAX_FILE_BYTES),
            sets: ArcSwap::default(),
        };
        keys.refresh();
        keys
    }

    pub fn sets(&self) -> Arc<KeySets> {
        self.sets.load_full()
    }

    /// Looks whether the file was replaced; true when its keys were taken.
    pub fn refresh(&self) -> bool {
        let before = self.sets.load();
        let read = |bytes: &[u8]| KeySets::read(bytes, &before).map_err(io::Error::other);
        let taken = self.file.taken(read);
        let news = taken.is_some();
        if let Some(sets) = taken {
            self.sets.store(Arc::new(sets));
        }
        news
    }
}
