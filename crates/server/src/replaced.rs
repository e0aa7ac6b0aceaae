//! A file of the node that the control plane replaces as a whole: taken when it is there first, and when it is another.

use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::sync::Mutex;
use std::{fs, io};

use crate::node::Stamp;

pub struct Replaced {
    path: PathBuf,
    max_bytes: u64,
    /// Of secrets: open to their owner only, or not taken.
    is_private: bool,
    seen: Mutex<Option<Stamp>>,
}

impl Replaced {
    pub fn new(path: PathBuf, max_bytes: u64) -> Replaced {
        Replaced {
            path,
            max_bytes,
            is_private: false,
            seen: Mutex::new(None),
        }
    }

    pub fn private(path: PathBuf, max_bytes: u64) -> Replaced {
        Replaced {
            is_private: true,
            ..Replaced::new(path, max_bytes)
        }
    }

    /// What `read` makes of the file, if it was replaced. One that is gone, or cannot be read, changes nothing.
    pub fn taken<T>(&self, read: impl FnOnce(&[u8]) -> io::Result<T>) -> Option<T> {
        let stamp = Stamp::of(&self.path);
        let mut seen = self
            .seen
            .lock()
            .expect("nothing panics while it holds this lock");
        if stamp.is_none() || stamp == *seen {
            return None;
        }
        *seen = stamp;
        let taken = self.bytes().and_then(|bytes| read(&bytes));
        taken
            .inspect_err(|error| log::error!("{} is not taken: {error}", self.path.display()))
            .ok()
    }

    fn bytes(&self) -> io::Result<Vec<u8>> {
        let found = fs::metadata(&self.path)?;
        if self.is_private && found.permissions().mode() & 0o077 != 0 {
            let why = "others may read it; its mode must be 0600";
            return Err(io::Error::other(why));
        }
        if found.len() > self.max_bytes {
            return Err(io::Error::other("it is too large"));
        }
        fs::read(&self.path)
    }
}
