//! Stores that are written whole, with full pages.
//!
//! LMDB splits a page in half when a key falls into its midst, and rewrites it with each transaction that does: keys
//! in any order leave pages two thirds full, and as many free ones beside them, which a gateway maps all the same.
//! What comes in order is appended.

use std::path::Path;

use heed::{MdbError, PutFlags, RoTxn, RwTxn, WithTls};

use super::IdentityWriter;
use super::store::{Opened, Table};
use super::writer::{Change, WriteError, check_name, failed};

impl IdentityWriter {
    /// Fills a store to which nothing was applied: all of `changes` and the number `seq` in one transaction, or
    /// nothing. Any order is right; keys by ascending id make it small.
    pub fn fill<E: From<WriteError>>(
        &self,
        changes: impl IntoIterator<Item = Result<Change, E>>,
        seq: u64,
    ) -> Result<(), E> {
        let (mut transaction, applied) = self.begin()?;
        if applied > 0 || seq == 0 {
            return Err(WriteError::Stale { seq, applied }.into());
        }
        for (index, change) in changes.into_iter().enumerate() {
            self.append_change(&mut transaction, &change?)
                .map_err(|why| WriteError::Invalid(index, why))?;
        }
        Ok(self.commit(transaction, seq)?)
    }

    /// Writes all there is, as of one moment, into a new store in `directory`.
    pub fn pack_into(&self, directory: &Path) -> Result<(), WriteError> {
        let target = IdentityWriter::open(directory)?;
        let (mut into, _) = target.begin()?;
        let from = self.opened.env.read_txn().map_err(failed)?;
        for (table, copy) in tables(&self.opened).zip(tables(&target.opened)) {
            append_all(table, &from, copy, &mut into).map_err(failed)?;
        }
        into.commit().map_err(failed)
    }

    fn append_change(&self, transaction: &mut RwTxn<'_>, change: &Change) -> Result<(), String> {
        let Change::PutKey(key) = change else {
            return self.write(transaction, change);
        };
        check_name(&key.id)?;
        append(
            &self.opened.credentials,
            transaction,
            &key.id,
            &key.encode()?,
        )
        .map_err(|error| error.to_string())
    }
}

fn tables(opened: &Opened) -> impl Iterator<Item = &Table> {
    let always = [
        &opened.credentials,
        &opened.revoked_certificates,
        &opened.revoked_tokens,
        &opened.meta,
    ];
    always.into_iter().chain(opened.grants.get())
}

fn append_all(
    table: &Table,
    from: &RoTxn<'_, WithTls>,
    copy: &Table,
    into: &mut RwTxn<'_>,
) -> Result<(), heed::Error> {
    for entry in table.iter(from)? {
        let (key, value) = entry?;
        append(copy, into, key, value)?;
    }
    Ok(())
}

/// To the end of the table, or to its place where there are greater keys.
fn append(
    table: &Table,
    transaction: &mut RwTxn<'_>,
    key: &str,
    value: &[u8],
) -> Result<(), heed::Error> {
    match table.put_with_flags(transaction, PutFlags::APPEND, key, value) {
        Err(heed::Error::Mdb(MdbError::KeyExist)) => table.put(transaction, key, value),
        done => done,
    }
}

#[cfg(test)]
#[path = "filling_tests.rs"]
mod tests;
