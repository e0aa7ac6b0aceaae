//! Secrets of upstreams, and the key values are masked with: `secrets/upstreams.json` of the node, written by the
//! control plane, open to its owner only. Read again when it was replaced, so a rotated secret is used without a restart.

use std::collections::HashMap;
use std::os::unix::fs::PermissionsExt;
use std::sync::{Arc, Mutex};
use std::{fs, io};

use arc_swap::{ArcSwap, ArcSwapOption};
use serde::Deserialize;
use wall::filter::MaskingKey;

use crate::node::{Node, Stamp};

/// References are bounded by the estate's APIs, values by the control plane (64 KiB each).
const MAX_FILE_BYTES: u64 = 64 << 20;

/// What the control plane calls the key that values are hashed with (`mask: hash`).
const MASKING_KEY: &str = "state://masking-key";

/// Values by reference. Never printed: there is no `Debug`.
pub struct Secrets {
    node: Node,
    values: ArcSwap<HashMap<String, String>>,
    masking_key: ArcSwapOption<MaskingKey>,
    seen: Mutex<Option<Stamp>>,
}

#[derive(Deserialize)]
struct Written {
    secrets: HashMap<String, String>,
}

impl Secrets {
    pub fn open(node: &Node) -> Secrets {
        let secrets = Secrets {
            node: node.clone(),
            values: ArcSwap::default(),
            masking_key: ArcSwapOption::empty(),
            seen: Mutex::new(None),
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

    /// Looks whether the file was replaced; true when its values were taken. What cannot be read changes nothing.
    pub fn refresh(&self) -> bool {
        let stamp = Stamp::of(&self.node.secrets());
        let mut seen = self
            .seen
            .lock()
            .expect("nothing panics while it holds this lock");
        if stamp == *seen {
            return false;
        }
        *seen = stamp;
        match read(&self.node) {
            Ok(written) => {
                let key = written.secrets.get(MASKING_KEY);
                let key = key.map(|secret| Arc::new(MaskingKey::new(secret.as_bytes())));
                self.masking_key.store(key);
                self.values.store(written.secrets.into());
                true
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => false,
            Err(error) => {
                log::error!("secrets/upstreams.json is not taken: {error}");
                false
            }
        }
    }
}

fn read(node: &Node) -> io::Result<Written> {
    let path = node.secrets();
    let found = fs::metadata(&path)?;
    if found.permissions().mode() & 0o077 != 0 {
        return Err(io::Error::other(
            "others may read it; its mode must be 0600",
        ));
    }
    if found.len() > MAX_FILE_BYTES {
        return Err(io::Error::other("it is too large"));
    }
    // An error of the parser quotes positions, never content.
    serde_json::from_slice(&fs::read(path)?)
        .map_err(|error| io::Error::other(format!("line {} is not as written", error.line())))
}
