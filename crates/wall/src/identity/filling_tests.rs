use std::fs;

use super::*;
use crate::identity::IdentityStore;
use crate::identity::writer::tests::key_change;

const KEYS: u64 = 20_000;
const PAGE: u64 = 4096;

/// In an order of their own, as random ids have it.
fn keys() -> Vec<Change> {
    (0..KEYS)
        .map(|n| key(&format!("{:012}", n * 7_919 % KEYS)))
        .collect()
}

fn key(id: &str) -> Change {
    Change::PutKey(key_change(id))
}

fn id(change: &Change) -> &str {
    match change {
        Change::PutKey(key) => &key.id,
        _ => "",
    }
}

fn new_store() -> (tempfile::TempDir, IdentityWriter) {
    let directory = tempfile::tempdir().unwrap();
    let writer = IdentityWriter::open(directory.path()).unwrap();
    (directory, writer)
}

fn fill(writer: &IdentityWriter, changes: Vec<Change>, seq: u64) -> Result<(), WriteError> {
    writer.fill(changes.into_iter().map(Ok), seq)
}

fn ids_known(store: &IdentityStore) -> u64 {
    let known = |n: &u64| {
        let found =
            store.read_with(|snapshot| Ok(snapshot.credential(&format!("{n:012}"))?.is_some()));
        found.and_then(|found| found).unwrap()
    };
    (0..KEYS).filter(known).count() as u64
}

fn pages(directory: &Path) -> u64 {
    fs::metadata(directory.join("data.mdb")).unwrap().len() / PAGE
}

/// What the records need, were there nothing else: 8 bytes of node and 2 of its place for each.
fn fewest_pages() -> u64 {
    let Change::PutKey(one) = key("000000000000") else {
        unreachable!()
    };
    let record = one.encode().unwrap().len() as u64;
    KEYS * (8 + 2 + 12 + record) / PAGE
}

#[test]
fn keys_that_come_by_id_fill_their_pages() {
    let (directory, writer) = new_store();
    let mut sorted = keys();
    sorted.sort_by(|a, b| id(a).cmp(id(b)));
    fill(&writer, sorted, 7).unwrap();
    assert_eq!((ids_known(writer.store()), seq(&writer)), (KEYS, 7));
    let (used, fewest) = (pages(directory.path()), fewest_pages());
    assert!(used * 10 <= fewest * 11, "{used} pages, at least {fewest}");
}

#[test]
fn keys_in_any_order_are_all_there() {
    let (_directory, writer) = new_store();
    let revoked = Change::RevokeCertificate {
        serial: "0A".into(),
    };
    fill(&writer, [vec![revoked], keys()].concat(), KEYS).unwrap();
    assert_eq!(ids_known(writer.store()), KEYS);
    let revoked = writer
        .store()
        .read_with(|snapshot| snapshot.is_certificate_revoked("a"));
    assert_eq!(revoked, Ok(Ok(true)));
}

#[test]
fn a_packed_store_says_the_same_in_fewer_pages() {
    let (from, writer) = new_store();
    for (batch, changes) in keys().chunks(1_000).enumerate() {
        writer.apply(changes, batch as u64 + 1).unwrap();
    }
    let revoked = Change::RevokeToken { jti: "t".into() };
    writer
        .apply(
            &[
                revoked,
                Change::DeleteKey {
                    id: format!("{:012}", 3),
                },
            ],
            21,
        )
        .unwrap();
    let into = tempfile::tempdir().unwrap();
    writer.pack_into(into.path()).unwrap();
    let packed = IdentityWriter::open(into.path()).unwrap();
    assert_eq!((ids_known(packed.store()), seq(&packed)), (KEYS - 1, 21));
    let revoked = packed
        .store()
        .read_with(|snapshot| snapshot.is_token_revoked("t"));
    assert_eq!(revoked, Ok(Ok(true)));
    assert!(pages(into.path()) * 3 <= pages(from.path()) * 2);
    packed.apply(&[key("after")], 22).unwrap();
}

#[test]
fn a_store_is_filled_once_and_whole_or_not_at_all() {
    let (_directory, writer) = new_store();
    let broken = [vec![key("a")], vec![key("")]].concat();
    assert!(matches!(
        fill(&writer, broken, 2),
        Err(WriteError::Invalid(1, _))
    ));
    let cut_off = [Ok(key("a")), Err(WriteError::Invalid(9, "gone".into()))];
    assert!(writer.fill(cut_off, 2).is_err());
    assert_eq!((ids_known(writer.store()), seq(&writer)), (0, 0));
    fill(&writer, vec![key("a")], 2).unwrap();
    assert!(matches!(
        fill(&writer, vec![key("b")], 3),
        Err(WriteError::Stale { .. })
    ));
}

fn seq(writer: &IdentityWriter) -> u64 {
    writer
        .store()
        .read_with(|snapshot| snapshot.seq())
        .unwrap()
        .unwrap()
}
