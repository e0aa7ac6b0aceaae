//! The control plane's side of the identity store: changes and their number in one transaction.

use std::os::unix::fs::DirBuilderExt as _;
use std::path::Path;
use std::sync::Arc;

use heed::types::{Bytes, Str};
use heed::{Database, Env, RwTxn};
use hex::FromHex;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::grant::{self, GrantChange};
use super::record::{Agreement, Credential};
use super::store::{
    FORMAT, GRANTS, Opened, Table, Unavailable, normal_serial, open_shared, read_seq, unavailable,
};
use super::{IdentityStore, Network};
use crate::audience::Ring;

/// LMDB's bound on keys is 511 bytes.
const MAX_NAME_BYTES: usize = 400;

/// One change of the identity data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "change", rename_all = "snake_case", deny_unknown_fields)]
pub enum Change {
    PutKey(Box<KeyChange>),
    DeleteKey {
        id: String,
    },
    /// `serial`: hex.
    RevokeCertificate {
        serial: String,
    },
    RevokeToken {
        jti: String,
    },
    /// Once the certificate has expired, the revocation is owed no more.
    ForgetCertificate {
        serial: String,
    },
    ForgetToken {
        jti: String,
    },
    PutGrant(GrantChange),
    DeleteGrant {
        person: String,
        id: String,
    },
}

impl Change {
    /// A change as a control plane of a later release may tell it. A key of which something is not understood, which
    /// may be what restricts it, is not known here; whatever else is not understood opens nothing, and is `None`.
    pub fn understood(said: Value) -> Option<Change> {
        let key = (said["change"] == "put_key").then(|| said["id"].as_str().map(str::to_owned));
        let unknown = key.flatten().map(|id| Change::DeleteKey { id });
        serde_json::from_value(said).ok().or(unknown)
    }

    /// The same of JSON text, of which nearly every one is understood.
    pub fn read_understood(text: &str) -> Result<Option<Change>, serde_json::Error> {
        match serde_json::from_str(text) {
            Ok(change) => Ok(Some(change)),
            Err(_) => serde_json::from_str(text).map(Change::understood),
        }
    }
}

/// Everything the node must know of a key; see [`Credential`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyChange {
    pub id: String,
    /// Hex.
    pub sha256: String,
    pub ring: Ring,
    pub environment: String,
    pub consumer: String,
    pub application: String,
    /// At most one of `plan` and `partner`.
    #[serde(default)]
    pub plan: Option<String>,
    #[serde(default)]
    pub partner: Option<String>,
    #[serde(default)]
    pub not_before: Option<u64>,
    #[serde(default)]
    pub expires_at: Option<u64>,
    #[serde(default)]
    pub apis: Vec<String>,
    #[serde(default)]
    pub versions: Vec<String>,
    #[serde(default)]
    pub networks: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub scopes: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pins: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WriteError {
    Unavailable(Unavailable),
    /// Change number (from 0) and what is wrong with it. Nothing was written.
    Invalid(usize, String),
    /// The number does not follow: nothing was written.
    Stale {
        seq: u64,
        applied: u64,
    },
}

/// Writes the identity store. One per node directory; LMDB lets one transaction write at a time.
pub struct IdentityWriter {
    pub(super) opened: Arc<Opened>,
    store: IdentityStore,
}

impl IdentityWriter {
    /// Opens the store, or makes it: directory mode 0700.
    pub fn open(directory: &Path) -> Result<IdentityWriter, Unavailable> {
        let mut builder = std::fs::DirBuilder::new();
        builder
            .recursive(true)
            .mode(0o700)
            .create(directory)
            .map_err(|error| unavailable("cannot be made", error))?;
        let opened = open_shared(directory, make_tables)?;
        make_grants(&opened)?;
        Ok(IdentityWriter {
            opened,
            store: IdentityStore::open(directory),
        })
    }

    /// The same data for reading.
    pub fn store(&self) -> &IdentityStore {
        &self.store
    }

    /// Applies all changes and the number `seq`, or nothing. Effective for every reader when this returns.
    pub fn apply(&self, changes: &[Change], seq: u64) -> Result<(), WriteError> {
        let (mut transaction, applied) = self.begin()?;
        if seq <= applied {
            return Err(WriteError::Stale { seq, applied });
        }
        for (index, change) in changes.iter().enumerate() {
            self.write(&mut transaction, change)
                .map_err(|why| WriteError::Invalid(index, why))?;
        }
        self.commit(transaction, seq)
    }

    fn grants(&self) -> Result<&Table, String> {
        let table = self.opened.grants.get();
        table.ok_or_else(|| "the store has no table for grants".to_owned())
    }

    /// A transaction, and the number of the last change that was applied.
    pub(super) fn begin(&self) -> Result<(RwTxn<'_>, u64), WriteError> {
        let transaction = self.opened.env.write_txn().map_err(failed)?;
        let stored = self.opened.meta.get(&transaction, "seq").map_err(failed)?;
        let applied = read_seq(stored);
        Ok((transaction, applied))
    }

    pub(super) fn commit(&self, mut transaction: RwTxn<'_>, seq: u64) -> Result<(), WriteError> {
        self.opened
            .meta
            .put(&mut transaction, "seq", &seq.to_le_bytes())
            .map_err(failed)?;
        transaction.commit().map_err(failed)
    }

    pub(super) fn write(&self, transaction: &mut RwTxn<'_>, change: &Change) -> Result<(), String> {
        let Opened {
            credentials,
            revoked_certificates,
            revoked_tokens,
            ..
        } = &*self.opened;
        match change {
            Change::PutKey(key) => put(credentials, transaction, &key.id, &key.encode()?),
            Change::DeleteKey { id } => delete(credentials, transaction, id),
            Change::RevokeCertificate { serial } => put(
                revoked_certificates,
                transaction,
                &normal_serial(serial),
                b"",
            ),
            Change::ForgetCertificate { serial } => {
                delete(revoked_certificates, transaction, &normal_serial(serial))
            }
            Change::RevokeToken { jti } => put(revoked_tokens, transaction, jti, b""),
            Change::ForgetToken { jti } => delete(revoked_tokens, transaction, jti),
            Change::PutGrant(grant) => {
                put(self.grants()?, transaction, &grant.key()?, &grant.encode())
            }
            Change::DeleteGrant { person, id } => {
                delete(self.grants()?, transaction, &grant::key(person, id))
            }
        }
    }
}

impl KeyChange {
    pub(super) fn encode(&self) -> Result<Vec<u8>, String> {
        let agreement = match (&self.plan, &self.partner) {
            (None, None) => Agreement::None,
            (Some(plan), None) => Agreement::Plan(plan),
            (None, Some(partner)) => Agreement::Partner(partner),
            (Some(_), Some(_)) => return Err("a key has a plan or a partner, not both".into()),
        };
        let credential = Credential {
            sha256: <[u8; 32]>::from_hex(&self.sha256)
                .map_err(|_| "`sha256` is not 64 hex digits")?,
            ring: self.ring,
            environment: &self.environment,
            consumer: &self.consumer,
            application: &self.application,
            agreement: agreement.map(String::as_str),
            not_before: self.not_before,
            expires_at: self.expires_at,
            apis: self.apis.iter().map(String::as_str).collect(),
            versions: self.versions.iter().map(String::as_str).collect(),
            networks: Network::parse_all(&self.networks)?,
            scopes: self.scopes.iter().map(String::as_str).collect(),
            pins: self.pins.iter().map(String::as_str).collect(),
        };
        credential
            .encode()
            .ok_or_else(|| "a text is longer than 255 bytes or a list than 255 members".into())
    }
}

fn put(
    table: &Database<Str, Bytes>,
    transaction: &mut RwTxn<'_>,
    key: &str,
    value: &[u8],
) -> Result<(), String> {
    check_name(key)?;
    table
        .put(transaction, key, value)
        .map_err(|error| error.to_string())
}

pub(super) fn check_name(key: &str) -> Result<(), String> {
    if key.is_empty() || key.len() > MAX_NAME_BYTES {
        return Err("an id is empty or longer than 400 bytes".into());
    }
    Ok(())
}

fn delete(
    table: &Database<Str, Bytes>,
    transaction: &mut RwTxn<'_>,
    key: &str,
) -> Result<(), String> {
    if key.is_empty() {
        return Ok(());
    }
    table
        .delete(transaction, key)
        .map(|_| ())
        .map_err(|error| error.to_string())
}

fn make_tables(env: Env, file: (u64, u64)) -> Result<Opened, Unavailable> {
    let error = |error: heed::Error| unavailable("cannot be made", error);
    let mut transaction = env.write_txn().map_err(error)?;
    let mut make = |name| {
        env.create_database(&mut transaction, Some(name))
            .map_err(error)
    };
    let (credentials, revoked_certificates) = (make("credentials")?, make("revoked_certificates")?);
    let (revoked_tokens, meta) = (make("revoked_tokens")?, make("meta")?);
    let meta: Database<Str, Bytes> = meta;
    match meta.get(&transaction, "format").map_err(error)? {
        None => meta
            .put(&mut transaction, "format", &[FORMAT])
            .map_err(error)?,
        Some([FORMAT]) => {}
        Some(other) => {
            return Err(Unavailable(format!(
                "identity store has format {other:?}, not {FORMAT}"
            )));
        }
    }
    transaction.commit().map_err(error)?;
    Ok(Opened::new(
        env,
        [credentials, revoked_certificates, revoked_tokens, meta],
        file,
    ))
}

/// In a store of a release that knew of no grants, too.
fn make_grants(opened: &Opened) -> Result<(), Unavailable> {
    if opened.grants.get().is_some() {
        return Ok(());
    }
    let error = |error: heed::Error| unavailable("cannot be made", error);
    let mut transaction = opened.env.write_txn().map_err(error)?;
    let made = opened.env.create_database(&mut transaction, Some(GRANTS));
    let table = made.map_err(error)?;
    transaction.commit().map_err(error)?;
    let _ = opened.grants.set(table);
    Ok(())
}

pub(super) fn failed(error: heed::Error) -> WriteError {
    WriteError::Unavailable(unavailable("cannot be written", error))
}

impl From<Unavailable> for WriteError {
    fn from(unavailable: Unavailable) -> WriteError {
        WriteError::Unavailable(unavailable)
    }
}

impl std::fmt::Display for WriteError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            WriteError::Unavailable(why) => f.write_str(&why.0),
            WriteError::Invalid(index, why) => write!(f, "change {index}: {why}"),
            WriteError::Stale { seq, applied } => write!(f, "seq {seq} does not follow {applied}"),
        }
    }
}

#[cfg(test)]
#[path = "store_tests.rs"]
pub(crate) mod tests;
