//! What was compiled of a contract: rings that see the same of it are served the same objects.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use compile::View;
use document::Contract;
use document::problem::Problem;
use document::projection::{Audience, Words, are_alike};
use ring::digest::{SHA256, digest};

/// An object's bytes, indices of operations that cannot be served, and what is to say of it on the internal ring and
/// on the others.
pub struct Written {
    pub bytes: Vec<u8>,
    pub unservable: Vec<usize>,
    pub inside: Vec<Problem>,
    pub outside: Vec<Problem>,
}

/// All that an object depends on beside what the ring sees of the parts of a contract.
pub struct Asked {
    ring: Audience,
    words: Words,
    operations: Vec<(String, Vec<u32>)>,
    /// SHA-256 of the document the ring reads, where it is made of that.
    document: [u8; 32],
    until: Option<u64>,
}

impl Asked {
    pub fn of(view: &View<'_>, document: [u8; 32], until: Option<u64>) -> Asked {
        let operations = view.operations.iter();
        Asked {
            ring: view.ring,
            words: view.words.clone(),
            operations: operations
                .map(|one| (one.id.clone(), one.declared.clone()))
                .collect(),
            document,
            until,
        }
    }
}

type Slot = Arc<OnceLock<Result<Arc<Written>, String>>>;

/// Objects of one kind.
#[derive(Default)]
pub struct Memo(Mutex<Vec<(Asked, Slot)>>);

/// For as long as the contract is there.
#[derive(Default)]
pub struct Memos {
    pub projections: Memo,
    pub validations: Memo,
}

impl Memo {
    /// What was made of the same for a ring that sees the same; who asks while it is made, waits.
    pub fn once(
        &self,
        contract: &Contract,
        asked: Asked,
        make: impl FnOnce() -> serde_json::Result<Written>,
    ) -> Result<Arc<Written>, String> {
        let slot = self.slot(contract, asked);
        let make = || make().map(Arc::new).map_err(|error| error.to_string());
        slot.get_or_init(make).clone()
    }

    fn slot(&self, contract: &Contract, asked: Asked) -> Slot {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_same = |(one, _): &&(Asked, Slot)| {
            let same_but_ring = (&one.operations, one.document, one.until, &one.words)
                == (&asked.operations, asked.document, asked.until, &asked.words);
            let is_seen_alike =
                one.ring == asked.ring || are_alike(contract, &asked.words, one.ring, asked.ring);
            same_but_ring && is_seen_alike
        };
        if let Some((_, slot)) = known.iter().find(is_same) {
            return Arc::clone(slot);
        }
        let slot = Slot::default();
        known.push((asked, Arc::clone(&slot)));
        slot
    }
}

pub fn sha256(data: &[u8]) -> [u8; 32] {
    let digest = digest(&SHA256, data);
    digest.as_ref().try_into().expect("SHA-256 has 32 bytes")
}
