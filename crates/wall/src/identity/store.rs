use std::path::Path;

/// The node's identity data, read in place. A store that cannot be read answers "unavailable" until
/// [`IdentityStore::refresh`] finds it.
pub struct IdentityStore {}

impl IdentityStore {
    /// Never fails: a missing store is unavailable, not an error.
    pub fn open(directory: &Path) -> IdentityStore {
        todo!("{directory:?}")
    }

    /// Opens a store that appeared or was replaced; cheap when nothing changed. Call it about once a second.
    /// Returns whether the store can be read.
    pub fn refresh(&self) -> Result<(), String> {
        todo!()
    }
}
