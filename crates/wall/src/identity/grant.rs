//! A functional group somebody was granted for some time, as bytes in LMDB under `<person>/<id>`.
//!
//! ```text
//! format u8 = 1 │ until u64 (LE, seconds since the Unix epoch) │ group UTF-8
//! ```

use serde::{Deserialize, Serialize};

const FORMAT: u8 = 1;
const MAX_NAME_BYTES: usize = 100;

/// `person`: SHA-256 (hex) of its issuer, NUL and its subject there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GrantChange {
    pub person: String,
    pub id: String,
    pub group: String,
    /// Seconds since the Unix epoch.
    pub until: u64,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant<'a> {
    pub group: &'a str,
    pub until: u64,
}

/// Where the grant of this id is; with an empty id what those of the person begin with.
pub(super) fn key(person: &str, id: &str) -> String {
    format!("{person}/{id}")
}

impl GrantChange {
    pub(super) fn key(&self) -> Result<String, String> {
        let is_hash = self.person.len() == 64 && self.person.bytes().all(|b| b.is_ascii_hexdigit());
        let is_named = |name: &str| (1..=MAX_NAME_BYTES).contains(&name.len());
        match is_hash && is_named(&self.id) && is_named(&self.group) {
            true => Ok(key(&self.person, &self.id)),
            false => Err("a grant names a person by 64 hex digits, an id and a group".to_owned()),
        }
    }

    pub(super) fn encode(&self) -> Vec<u8> {
        let until = self.until.to_le_bytes();
        [&[FORMAT][..], &until, self.group.as_bytes()].concat()
    }
}

impl<'a> Grant<'a> {
    /// `None` for what is no record of this format.
    pub(super) fn decode(record: &'a [u8]) -> Option<Grant<'a>> {
        let (until, group) = record.strip_prefix(&[FORMAT])?.split_first_chunk::<8>()?;
        let group = std::str::from_utf8(group).ok()?;
        (!group.is_empty()).then(|| Grant {
            group,
            until: u64::from_le_bytes(*until),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::{Change, IdentityStore, IdentityWriter};

    const ALICE: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
    const BOB: &str = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";

    fn granted(person: &str, id: &str, group: &str) -> Change {
        Change::PutGrant(GrantChange {
            person: person.into(),
            id: id.into(),
            group: group.into(),
            until: 7,
        })
    }

    fn of(store: &IdentityStore, person: &str) -> Vec<String> {
        let read = store.read_with(|snapshot| {
            let grants = snapshot.grants(person).unwrap();
            grants.iter().map(|one| one.group.to_owned()).collect()
        });
        read.unwrap()
    }

    #[test]
    fn grants_are_a_persons_own_and_go_one_by_one() {
        let directory = tempfile::tempdir().unwrap();
        let writer = IdentityWriter::open(directory.path()).unwrap();
        let store = IdentityStore::open(directory.path());
        let put = [
            granted(ALICE, "1", "refunds"),
            granted(ALICE, "10", "deletion"),
            granted(BOB, "1", "deletion"),
        ];
        writer.apply(&put, 1).unwrap();
        assert_eq!(of(&store, ALICE), ["refunds", "deletion"]);
        assert_eq!(of(&store, "a"), Vec::<String>::new());
        let gone = Change::DeleteGrant {
            person: ALICE.into(),
            id: "1".into(),
        };
        writer.apply(&[gone], 2).unwrap();
        assert_eq!(of(&store, ALICE), ["deletion"]);
        assert_eq!(of(&store, BOB), ["deletion"]);
    }

    #[test]
    fn a_copy_of_a_store_has_its_grants() {
        let (from, to) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let writer = IdentityWriter::open(from.path()).unwrap();
        writer.apply(&[granted(ALICE, "1", "refunds")], 1).unwrap();
        writer.pack_into(to.path()).unwrap();
        assert_eq!(of(&IdentityStore::open(to.path()), ALICE), ["refunds"]);
    }

    #[test]
    fn what_is_no_grant_is_not_written() {
        let directory = tempfile::tempdir().unwrap();
        let writer = IdentityWriter::open(directory.path()).unwrap();
        for spoiled in [
            granted("alice", "1", "refunds"),
            granted(ALICE, "", "refunds"),
            granted(ALICE, "1", ""),
        ] {
            assert!(writer.apply(&[spoiled], 1).is_err());
        }
    }

    #[test]
    fn damaged_records_are_none() {
        for damaged in [
            &b""[..],
            b"\x01",
            b"\x01\0\0\0\0\0\0\0\0",
            b"\x02\0\0\0\0\0\0\0\0a",
        ] {
            assert_eq!(Grant::decode(damaged), None);
        }
    }
}
