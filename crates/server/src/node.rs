//! The node directory: everything a gateway needs, and nothing outside it is read (ARCHITECTURE.md).

use std::fs::{self, File};
use std::io::{self, Write};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use hex::FromHex;
use serde::{Deserialize, Serialize};

/// Longest file the gateway reads whole: bundles, manifests, pointers.
const MAX_FILE_BYTES: u64 = 256 << 20;
const MAX_TRUSTED_KEYS: usize = 8;

#[derive(Clone, Debug)]
pub struct Node {
    root: PathBuf,
}

/// What `published/current` and `accepted` hold: which revision, by the hash of its signed manifest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pointer {
    pub revision: u64,
    pub manifest: String,
}

/// Tells whether a file was replaced or rewritten, without reading it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp {
    inode: u64,
    bytes: u64,
    modified_ns: i128,
}

impl Node {
    pub fn new(root: impl Into<PathBuf>) -> Node {
        Node { root: root.into() }
    }

    pub fn current(&self) -> PathBuf {
        self.root.join("published/current")
    }

    pub fn accepted(&self) -> PathBuf {
        self.root.join("accepted")
    }

    pub fn status(&self) -> PathBuf {
        self.root.join("status.json")
    }

    pub fn identity(&self) -> PathBuf {
        self.root.join("identity")
    }

    /// Where a running gateway hands its listening sockets to a successor.
    pub fn handover(&self) -> PathBuf {
        self.root.join("handover")
    }

    pub fn day_window(&self) -> PathBuf {
        self.root.join("limits/day.ndjson")
    }

    /// Who this gateway is among those that share limits, restarts included. One that cannot be written is another
    /// after a restart.
    pub fn gateway_id(&self) -> String {
        let path = self.root.join("limits/gateway");
        let known = fs::read_to_string(&path).unwrap_or_default();
        if known.len() == 32 && known.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return known;
        }
        let fresh = hex::encode(crate::random::random::<16>());
        if let Err(error) = write_atomically(&path, fresh.as_bytes()) {
            log::warn!("limits/gateway cannot be written: {error}");
        }
        fresh
    }

    pub fn secrets(&self) -> PathBuf {
        self.root.join("secrets/upstreams.json")
    }

    pub fn issuer_keys(&self) -> PathBuf {
        self.root.join("issuers/keys.json")
    }

    /// Of writes that are on record.
    pub fn journal(&self) -> PathBuf {
        self.root.join("journal")
    }

    pub fn access_log(&self) -> PathBuf {
        self.root.join("log/access.ndjson")
    }

    /// A file the manifest names: relative to the node directory, or absolute.
    pub fn resolve(&self, file: &str) -> PathBuf {
        self.root.join(file)
    }

    /// The signed manifest with this SHA-256.
    pub fn manifest(&self, hash: &str) -> io::Result<Vec<u8>> {
        read_bounded(
            &self
                .root
                .join("published/manifests")
                .join(named(hash, "jws")?),
        )
    }

    /// The bundle or agreements object with this SHA-256.
    pub fn object(&self, hash: &str) -> io::Result<Vec<u8>> {
        read_bounded(
            &self
                .root
                .join("published/objects")
                .join(named(hash, "json")?),
        )
    }

    /// `trust/manifest.pub`: Ed25519 keys (32 bytes, hex), one a line; a manifest is signed with one of them.
    /// Two while the signing key is being replaced.
    pub fn trusted_keys(&self) -> io::Result<Vec<[u8; 32]>> {
        let text = fs::read_to_string(self.root.join("trust/manifest.pub"))?;
        let keys: Option<Vec<_>> = text.lines().map(|line| decode_key(line.trim())).collect();
        keys.filter(|keys| (1..=MAX_TRUSTED_KEYS).contains(&keys.len()))
            .ok_or_else(|| {
                io::Error::new(
                    io::ErrorKind::InvalidData,
                    "trust/manifest.pub: not 1 to 8 lines of 64 hexadecimal digits",
                )
            })
    }
}

impl Pointer {
    /// `None` when there is no such file yet.
    pub fn read(path: &Path) -> io::Result<Option<Pointer>> {
        let bytes = match read_bounded(path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        serde_json::from_slice(&bytes)
            .map(Some)
            .map_err(io::Error::from)
    }

    pub fn write(&self, path: &Path) -> io::Result<()> {
        write_atomically(path, &serde_json::to_vec(self)?)
    }
}

impl Stamp {
    /// `None` when the file is not there or cannot be seen.
    pub fn of(path: &Path) -> Option<Stamp> {
        let seen = fs::metadata(path).ok()?;
        let modified_ns = i128::from(seen.mtime()) * 1_000_000_000 + i128::from(seen.mtime_nsec());
        Some(Stamp {
            inode: seen.ino(),
            bytes: seen.len(),
            modified_ns,
        })
    }
}

/// Replaces the file in one step: a reader, or a gateway after a power cut, sees the old or the new content.
pub fn write_atomically(path: &Path, content: &[u8]) -> io::Result<()> {
    written_atomically(path, |file| file.write_all(content)).map(drop)
}

/// The file, open, with what `write` wrote.
pub fn written_atomically(
    path: &Path,
    write: impl FnOnce(&mut File) -> io::Result<()>,
) -> io::Result<File> {
    let directory = path.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(directory)?;
    let temporary = path.with_extension(format!("tmp{}", std::process::id()));
    let mut file = File::create(&temporary)?;
    write(&mut file)?;
    file.sync_all()?;
    fs::rename(&temporary, path)?;
    File::open(directory)?.sync_all()?;
    Ok(file)
}

fn read_bounded(path: &Path) -> io::Result<Vec<u8>> {
    let bytes = fs::metadata(path)?.len();
    if bytes > MAX_FILE_BYTES {
        return Err(io::Error::new(
            io::ErrorKind::InvalidData,
            format!("{} is too large", path.display()),
        ));
    }
    fs::read(path)
}

/// A hash is a file name here, so it must be nothing but a hash.
fn named(hash: &str, extension: &str) -> io::Result<String> {
    if hash.len() == 64
        && hash
            .bytes()
            .all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
    {
        return Ok(format!("{hash}.{extension}"));
    }
    Err(io::Error::new(
        io::ErrorKind::InvalidInput,
        "not a SHA-256 in lower-case hexadecimal",
    ))
}

fn decode_key(text: &str) -> Option<[u8; 32]> {
    <[u8; 32]>::from_hex(text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_cannot_name_a_file_elsewhere() {
        let node = Node::new("/nonexistent");
        for hash in [
            "../../etc/passwd",
            "",
            "ab",
            &"G".repeat(64),
            &"A".repeat(64),
        ] {
            assert_eq!(
                node.object(hash).unwrap_err().kind(),
                io::ErrorKind::InvalidInput,
                "{hash}"
            );
        }
    }

    #[test]
    fn a_key_is_exactly_32_bytes_of_hexadecimal() {
        assert_eq!(decode_key(&"0f".repeat(32)), Some([15; 32]));
        for wrong in [
            "",
            "0f",
            &"0g".repeat(32),
            &"é".repeat(32),
            &"+f".repeat(32),
        ] {
            assert_eq!(decode_key(wrong), None, "{wrong}");
        }
    }
}
