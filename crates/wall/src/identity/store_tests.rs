use super::*;

pub(crate) fn key_change(id: &str) -> Box<KeyChange> {
    Box::new(KeyChange {
        id: id.into(),
        sha256: "ab".repeat(32),
        ring: Ring::Public,
        environment: "sandbox".into(),
        consumer: "dev".into(),
        application: "app".into(),
        plan: Some("free".into()),
        partner: None,
        not_before: None,
        expires_at: None,
        apis: vec![],
        versions: vec![],
        networks: vec![],
        scopes: vec![],
        pins: vec![],
    })
}

fn known(store: &IdentityStore, id: &str) -> bool {
    store
        .read_with(|snapshot| snapshot.credential(id).unwrap().is_some())
        .unwrap()
}

#[test]
fn a_missing_store_is_unavailable_until_it_appears() {
    let directory = tempfile::tempdir().unwrap();
    let store = IdentityStore::open(directory.path());
    assert!(store.read_with(|_| ()).is_err() && store.refresh().is_err());
    let writer = IdentityWriter::open(directory.path()).unwrap();
    store.refresh().unwrap();
    writer.apply(&[Change::PutKey(key_change("a"))], 1).unwrap();
    assert!(known(&store, "a"));
}

#[test]
fn a_revocation_is_effective_with_the_commit() {
    let directory = tempfile::tempdir().unwrap();
    let writer = IdentityWriter::open(directory.path()).unwrap();
    let reader = IdentityStore::open(directory.path());
    writer
        .apply(
            &[
                Change::PutKey(key_change("a")),
                Change::PutKey(key_change("b")),
            ],
            1,
        )
        .unwrap();
    assert!(
        known(&reader, "a") && known(&reader, "b") && !known(&reader, "c") && !known(&reader, "")
    );
    let revoked = [
        Change::DeleteKey { id: "a".into() },
        Change::RevokeCertificate {
            serial: "00:AB:cd".into(),
        },
        Change::RevokeToken { jti: "t1".into() },
    ];
    writer.apply(&revoked, 2).unwrap();
    assert!(!known(&reader, "a") && known(&reader, "b"));
    let seen = |serial: &str| {
        reader
            .read_with(|snapshot| snapshot.is_certificate_revoked(serial))
            .unwrap()
            .unwrap()
    };
    assert!(seen("abcd") && !seen("abce"));
    assert!(
        reader
            .read_with(|snapshot| snapshot.is_token_revoked("t1"))
            .unwrap()
            .unwrap()
    );
    assert_eq!(reader.read_with(|snapshot| snapshot.seq()).unwrap(), Ok(2));
}

#[test]
fn a_batch_is_applied_whole_or_not_at_all() {
    let directory = tempfile::tempdir().unwrap();
    let writer = IdentityWriter::open(directory.path()).unwrap();
    let mut bad = key_change("b");
    bad.partner = Some("globex".into());
    let result = writer.apply(&[Change::PutKey(key_change("a")), Change::PutKey(bad)], 1);
    assert!(matches!(result, Err(WriteError::Invalid(1, _))));
    assert!(!known(writer.store(), "a"));
    writer.apply(&[], 5).unwrap();
    assert_eq!(
        writer.apply(&[], 5),
        Err(WriteError::Stale { seq: 5, applied: 5 })
    );
}

#[test]
fn a_damaged_or_foreign_file_is_unavailable_never_empty() {
    for content in [vec![], vec![0; 100], vec![7; 16 * 1024]] {
        let directory = tempfile::tempdir().unwrap();
        std::fs::write(directory.path().join("data.mdb"), &content).unwrap();
        assert!(
            !IdentityStore::open(directory.path()).is_available(),
            "{} bytes",
            content.len()
        );
        let after = std::fs::read(directory.path().join("data.mdb")).unwrap();
        assert_eq!(after, content, "a reader repairs nothing");
    }
}

#[test]
fn a_truncated_store_is_unavailable() {
    let directory = tempfile::tempdir().unwrap();
    let writer = IdentityWriter::open(directory.path()).unwrap();
    let keys: Vec<Change> = (0..2_000)
        .map(|n| Change::PutKey(key_change(&format!("key{n}"))))
        .collect();
    writer.apply(&keys, 1).unwrap();
    drop(writer);
    let file = std::fs::OpenOptions::new()
        .write(true)
        .open(directory.path().join("data.mdb"))
        .unwrap();
    file.set_len(16 * 1024).unwrap();
    assert!(!IdentityStore::open(directory.path()).is_available());
}

#[test]
fn a_replaced_store_is_picked_up() {
    let directory = tempfile::tempdir().unwrap();
    let writer = IdentityWriter::open(directory.path()).unwrap();
    writer
        .apply(&[Change::PutKey(key_change("old"))], 1)
        .unwrap();
    let reader = IdentityStore::open(directory.path());
    drop(writer);
    for name in ["data.mdb", "lock.mdb"] {
        std::fs::remove_file(directory.path().join(name)).unwrap();
    }
    assert!(reader.refresh().is_err());
    assert!(
        reader.read_with(|_| ()).is_err(),
        "a store that is gone is not served from memory"
    );
    let writer = IdentityWriter::open(directory.path()).unwrap();
    writer
        .apply(&[Change::PutKey(key_change("new"))], 1)
        .unwrap();
    reader.refresh().unwrap();
    assert!(known(&reader, "new") && !known(&reader, "old"));
}

#[test]
fn changes_have_one_json_form() {
    let change: Change = serde_json::from_str(r#"{"change":"delete_key","id":"a"}"#).unwrap();
    assert_eq!(change, Change::DeleteKey { id: "a".into() });
    assert!(
        serde_json::from_str::<Change>(r#"{"change":"delete_key","id":"a","extra":1}"#).is_err()
    );
    let put = serde_json::to_value(Change::PutKey(key_change("a"))).unwrap();
    assert_eq!(put["change"], "put_key");
    assert_eq!(
        serde_json::from_value::<Change>(put).unwrap(),
        Change::PutKey(key_change("a"))
    );
}
