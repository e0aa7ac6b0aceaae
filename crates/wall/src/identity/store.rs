//! The node's identity data in LMDB, read in place: a revocation is effective with the writer's commit.
//!
//! LMDB wants one environment per process and path, so readers and the writer of one process share it.

use std::collections::HashMap;
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, RwLock, Weak};

use heed::types::{Bytes, Str};
use heed::{Database, Env, EnvOpenOptions, RoTxn, WithTls};

use super::grant::{self, Grant};
use super::known::caller_of_key;
use super::proof::UsedProofs;
use super::recent::Recent;
use super::record::Credential;
use crate::fate::Caller;

/// Address space, not memory: room for some 50 million keys.
const MAP_SIZE: usize = 8 << 30;
/// Threads of all processes that may read at a time.
const MAX_READERS: u32 = 512;
const DATABASES: u32 = 8;
pub(super) const FORMAT: u8 = 1;
pub(super) const GRANTS: &str = "grants";
/// Two meta pages: whatever is shorter was never written by LMDB.
const SMALLEST_FILE: u64 = 8 * 1024;

pub(super) type Table = Database<Str, Bytes>;

/// An open environment and its tables.
pub(super) struct Opened {
    pub env: Env,
    pub credentials: Table,
    pub revoked_certificates: Table,
    pub revoked_tokens: Table,
    pub meta: Table,
    /// Not there in stores of releases that knew of no grants.
    pub grants: OnceLock<Table>,
    recent: Recent,
    file: FileIdentity,
}

/// Device and inode: another file is another store, whatever its name.
type FileIdentity = (u64, u64);

impl Opened {
    pub fn new(env: Env, tables: [Table; 4], file: FileIdentity) -> Opened {
        let [credentials, revoked_certificates, revoked_tokens, meta] = tables;
        Opened {
            env,
            credentials,
            revoked_certificates,
            revoked_tokens,
            meta,
            grants: OnceLock::new(),
            recent: Recent::new(),
            file,
        }
    }

    /// Looks for the table of grants where there was none: its writer may have been replaced by a newer one.
    fn find_grants(&self) -> Result<(), Unavailable> {
        if self.grants.get().is_some() {
            return Ok(());
        }
        let error = |error: heed::Error| unavailable("cannot be opened", error);
        let transaction = self.env.read_txn().map_err(error)?;
        let found = self.env.open_database(&transaction, Some(GRANTS));
        if let Some(table) = found.map_err(error)? {
            // Committed, so that the table's handle outlives this transaction.
            transaction.commit().map_err(error)?;
            let _ = self.grants.set(table);
        }
        Ok(())
    }
}

/// The store cannot be read; the text is for the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unavailable(pub String);

/// The node's identity data. A store that cannot be read is "unavailable" until [`IdentityStore::refresh`]
/// finds it; nobody is known meanwhile.
pub struct IdentityStore {
    directory: PathBuf,
    opened: RwLock<Result<Arc<Opened>, Unavailable>>,
    /// Of tokens bound to a key; in this process only.
    pub(crate) used_proofs: UsedProofs,
}

/// One consistent view of the store.
pub struct Snapshot<'s> {
    opened: &'s Opened,
    transaction: RoTxn<'s, WithTls>,
}

impl IdentityStore {
    /// Never fails: a missing store is unavailable, not an error.
    pub fn open(directory: &Path) -> IdentityStore {
        let opened = RwLock::new(open_existing(directory));
        IdentityStore {
            directory: directory.to_owned(),
            opened,
            used_proofs: UsedProofs::new(),
        }
    }

    /// Opens a store that appeared or was replaced; cheap when nothing changed. Call it about once a second.
    pub fn refresh(&self) -> Result<(), Unavailable> {
        let current = file_identity(&self.directory);
        if let Ok(opened) = &*self.read()
            && current.as_ref() == Ok(&opened.file)
        {
            return opened.find_grants();
        }
        let mut opened = self.opened.write().unwrap_or_else(PoisonError::into_inner);
        // The old environment is closed first: LMDB refuses to open a path twice.
        *opened = Err(Unavailable("identity store is being opened".into()));
        *opened = open_existing(&self.directory);
        opened.as_ref().map(|_| ()).map_err(Clone::clone)
    }

    /// Runs `judge` on one consistent view.
    pub fn read_with<R>(&self, judge: impl FnOnce(&Snapshot<'_>) -> R) -> Result<R, Unavailable> {
        let guard = self.read();
        let opened = guard.as_ref().map_err(Clone::clone)?;
        Ok(judge(&Snapshot::begin(opened)?))
    }

    /// Whose the key of this id is, as of the last commit. A damaged record is an error, never "unknown".
    pub fn key(&self, id: &str) -> Result<Option<Arc<Caller>>, Unavailable> {
        let guard = self.read();
        let opened = guard.as_ref().map_err(Clone::clone)?;
        let recent = opened.recent.get(id, opened.env.info().last_txn_id);
        if recent.is_some() {
            return Ok(recent);
        }
        let snapshot = Snapshot::begin(opened)?;
        let Some(credential) = snapshot.credential(id)? else {
            return Ok(None);
        };
        let caller = Arc::new(caller_of_key(id, credential).ok_or_else(|| damaged(id))?);
        opened.recent.insert(snapshot.transaction.id(), &caller);
        Ok(Some(caller))
    }

    /// Whether requests can be judged now.
    pub fn is_available(&self) -> bool {
        self.read().is_ok()
    }

    fn read(&self) -> std::sync::RwLockReadGuard<'_, Result<Arc<Opened>, Unavailable>> {
        self.opened.read().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<'s> Snapshot<'s> {
    fn begin(opened: &'s Opened) -> Result<Snapshot<'s>, Unavailable> {
        let transaction = opened
            .env
            .read_txn()
            .map_err(|error| unavailable("cannot be read", error))?;
        Ok(Snapshot {
            opened,
            transaction,
        })
    }

    /// The record of a key id. A damaged record is an error, never "unknown".
    pub fn credential(&self, id: &str) -> Result<Option<Credential<'_>>, Unavailable> {
        match self.get(&self.opened.credentials, id)? {
            None => Ok(None),
            Some(bytes) => match Credential::decode(bytes) {
                Some(credential) => Ok(Some(credential)),
                None => Err(damaged(id)),
            },
        }
    }

    /// `serial`: hex, see [`normal_serial`].
    pub fn is_certificate_revoked(&self, serial: &str) -> Result<bool, Unavailable> {
        Ok(self
            .get(&self.opened.revoked_certificates, serial)?
            .is_some())
    }

    pub fn is_token_revoked(&self, jti: &str) -> Result<bool, Unavailable> {
        Ok(self.get(&self.opened.revoked_tokens, jti)?.is_some())
    }

    /// Groups a person was granted, and until when (seconds since the Unix epoch), ended ones too. A damaged record is
    /// an error.
    pub fn grants(&self, person: &str) -> Result<Vec<Grant<'_>>, Unavailable> {
        let Some(table) = self.opened.grants.get() else {
            return Ok(Vec::new());
        };
        let error = |error| unavailable("cannot be read", error);
        let prefix = grant::key(person, "");
        let found = table.prefix_iter(&self.transaction, &prefix);
        let each = found.map_err(error)?.map(|entry| {
            let (_, record) = entry.map_err(error)?;
            Grant::decode(record)
                .ok_or_else(|| Unavailable(format!("a grant of {person} is damaged")))
        });
        each.collect()
    }

    /// Number of the last change that was applied.
    pub fn seq(&self) -> Result<u64, Unavailable> {
        Ok(read_seq(self.get(&self.opened.meta, "seq")?))
    }

    /// LMDB takes no empty key; none is stored under one.
    fn get(&self, table: &Table, key: &str) -> Result<Option<&[u8]>, Unavailable> {
        if key.is_empty() {
            return Ok(None);
        }
        table
            .get(&self.transaction, key)
            .map_err(|error| unavailable("cannot be read", error))
    }
}

fn damaged(id: &str) -> Unavailable {
    Unavailable(format!("record of key {id} is damaged"))
}

pub(super) fn read_seq(stored: Option<&[u8]>) -> u64 {
    stored
        .and_then(|bytes| bytes.try_into().ok())
        .map_or(0, u64::from_le_bytes)
}

/// Lower-case hex without leading zeros, as serial numbers are stored.
pub fn normal_serial(hex: &str) -> String {
    let digits: String = hex.chars().filter(char::is_ascii_hexdigit).collect();
    digits.trim_start_matches('0').to_ascii_lowercase()
}

pub(super) fn unavailable(what: &str, error: impl std::fmt::Display) -> Unavailable {
    Unavailable(format!("identity store {what}: {error}"))
}

fn open_existing(directory: &Path) -> Result<Arc<Opened>, Unavailable> {
    let data = directory.join("data.mdb");
    let length = fs::metadata(&data)
        .map_err(|error| unavailable("is missing", error))?
        .len();
    if length < SMALLEST_FILE {
        return Err(Unavailable("identity store is truncated".into()));
    }
    open_shared(directory, find_tables)
}

/// The process's one environment for a directory; `tables` finds or makes what is in it.
pub(super) fn open_shared(
    directory: &Path,
    tables: impl FnOnce(Env, FileIdentity) -> Result<Opened, Unavailable>,
) -> Result<Arc<Opened>, Unavailable> {
    static ENVIRONMENTS: OnceLock<Mutex<HashMap<PathBuf, Weak<Opened>>>> = OnceLock::new();
    let path = directory
        .canonicalize()
        .map_err(|error| unavailable("is missing", error))?;
    let mut environments = ENVIRONMENTS
        .get_or_init(Mutex::default)
        .lock()
        .unwrap_or_else(PoisonError::into_inner);
    if let Some(opened) = environments.get(&path).and_then(Weak::upgrade)
        && file_identity(&path).as_ref() == Ok(&opened.file)
    {
        return Ok(opened);
    }
    let env = open_environment(&path)?;
    check_length(&env)?;
    // Readers that were killed within a transaction would keep its pages alive for ever.
    env.clear_stale_readers()
        .map_err(|error| unavailable("cannot be opened", error))?;
    let opened = Arc::new(tables(env, file_identity(&path)?)?);
    environments.retain(|_, opened| opened.strong_count() > 0);
    environments.insert(path, Arc::downgrade(&opened));
    Ok(opened)
}

#[allow(unsafe_code)] // LMDB maps the file: sound while only LMDB writes to it, which the node directory promises.
fn open_environment(path: &Path) -> Result<Env, Unavailable> {
    let mut options = EnvOpenOptions::new();
    options
        .map_size(MAP_SIZE)
        .max_dbs(DATABASES)
        .max_readers(MAX_READERS);
    unsafe { options.open(path) }.map_err(|error| unavailable("cannot be opened", error))
}

/// A file shorter than its own pages would end the process with SIGBUS on the first read.
fn check_length(env: &Env) -> Result<(), Unavailable> {
    let pages = env.info().last_page_number as u64 + 1;
    let owed = pages * u64::from(env.stat().page_size);
    let length = env
        .real_disk_size()
        .map_err(|error| unavailable("cannot be measured", error))?;
    if length < owed {
        Err(Unavailable("identity store is truncated".into()))
    } else {
        Ok(())
    }
}

fn find_tables(env: Env, file: FileIdentity) -> Result<Opened, Unavailable> {
    let error = |error: heed::Error| unavailable("cannot be opened", error);
    let transaction = env.read_txn().map_err(error)?;
    let find = |name: &str| -> Result<Table, Unavailable> {
        let found = env.open_database(&transaction, Some(name)).map_err(error)?;
        found.ok_or_else(|| Unavailable(format!("identity store has no table `{name}`")))
    };
    let tables = [
        find("credentials")?,
        find("revoked_certificates")?,
        find("revoked_tokens")?,
        find("meta")?,
    ];
    let format = tables[3].get(&transaction, "format").map_err(error)?;
    if format != Some(&[FORMAT]) {
        return Err(Unavailable(format!(
            "identity store has format {format:?}, not {FORMAT}"
        )));
    }
    // Committed, so that the table handles outlive this transaction.
    transaction.commit().map_err(error)?;
    let opened = Opened::new(env, tables, file);
    opened.find_grants()?;
    Ok(opened)
}

fn file_identity(directory: &Path) -> Result<FileIdentity, Unavailable> {
    let metadata = fs::metadata(directory.join("data.mdb"))
        .map_err(|error| unavailable("is missing", error))?;
    Ok((metadata.dev(), metadata.ino()))
}
