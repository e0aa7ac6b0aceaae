//! Secrets of upstreams, and the key values are masked with: `secrets/upstreams.json` of the node, written by the
//! control plane, open to its owner only. Read again when it was replaced, so a rotated secret is used without a restart.

use std::collections::HashMap;
use std::io;
use std::sync::Arc;

use arc_swap::{ArcSwap, ArcSwapOption};
use serde::Deserialize;
use wall::filter::MaskingKey;

use crate::node::Node;
use crate::replaced::Replaced;

/// References are bounded by the estate's APIs, values by the control plane (64 KiB each).
const MAX_FILE_BYTES: u64 = 64 << 20;

/// What the control plane calls the key that values are hashed with (`mask: hash`).
const MASKING_KEY: &str = "state://masking-key";

/// Values by reference. Never printed: there is no `Debug`.
pub struct Secrets {
    file: Replaced,
    values: ArcSwap<HashMap<String, String>>,
    masking_key: ArcSwapOption<MaskingKey>,
}

#[derive(Deserialize)]
struct Written {
    secrets: HashMap<String, String>,
}

impl Secrets {
    pub fn open(node: &Node) -> Secrets {
        let secrets = Secrets {
            file: Replaced::private(node.secrets(), MAX_FILE_BYTES),
            values: ArcSwap::default(),
            masking_key: ArcSwapOption::empty(),
        };
        secrets.refresh();
        secrets
    }

    pub fn value(&self, reference: &str) -> Option<String> {
        self.values.load().get(reference).cloned()
    }

    /// Made when the file was read, not at each response.
    pub fn masking_key(&self) -> Option<MaskingKey> {
        self.masking_key.load().as_deref().cloned()
    }

    /// Looks whether the file was replaced; true when its values were taken.
    pub fn refresh(&self) -> bool {
        let taken = self.file.taken(read);
        let news = taken.is_some();
        if let Some(written) = taken {
            let key = written.secrets.get(MASKING_KEY);
            let key = key.map(|secret| Arc::new(MaskingKey::new(secret.as_bytes())));
            self.masking_key.store(key);
            self.values.store(written.secrets.into());
        }
        news
    }
}

/// An error of the parser quotes positions, never content.
fn read(bytes: &[u8]) -> io::Result<Written> {
    serde_json::from_slice(bytes)
        .map_err(|error| io::Error::other(format!("line {} is not as written", error.line())))
}
