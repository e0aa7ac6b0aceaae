//! Observing a contract, and only reporting on it.

use super::super::Reason;
use super::*;

const NODES: &str = r#"[
    {"object": {"properties": [["id", 1], ["secret", 2], ["owner", 3], ["state", 4], ["card", 5], ["pair", 6]]}},
    {"number": {}}, {}, {"object": {"properties": [["name", 4], ["secret", 2]]}},
    {"string": {"values": ["a", "b"]}}, {"string": {"hidden": ["x"]}}, {"array": {"prefix": [1]}}
]"#;

fn observed(body: &str) -> (String, Vec<(String, Reason)>) {
    observed_by(NODES, body)
}

fn observed_by(nodes: &str, body: &str) -> (String, Vec<(String, Reason)>) {
    let (out, report) = whole(&graph(nodes), Mode::Observe, body.as_bytes()).unwrap();
    let places = report
        .removed
        .into_iter()
        .map(|place| (place.pointer, place.reason));
    (String::from_utf8(out).unwrap(), places.collect())
}

#[test]
fn observed_what_the_contract_does_not_know_passes_and_is_counted() {
    let body = r#"{"id":"1","new":{"secret":1},"state":"c","pair":[1,2]}"#;
    let (out, places) = observed(body);
    assert_eq!(out, body);
    let expected = [
        ("/id", Reason::Type),
        ("/new", Reason::Undeclared),
        ("/pair/*", Reason::Undeclared),
        ("/state", Reason::Value),
    ];
    assert_eq!(
        places,
        expected.map(|(pointer, reason)| (pointer.to_owned(), reason))
    );
}

#[test]
fn observed_what_the_contract_hides_is_removed_all_the_same() {
    for (body, expected) in [
        (r#"{"secret":1,"id":1}"#, r#"{"id":1}"#),
        (
            r#"{"owner":{"secret":1,"name":"a"}}"#,
            r#"{"owner":{"name":"a"}}"#,
        ),
        (r#"{"owner":[{"secret":1}]}"#, "{}"), // might hold what is hidden
        (r#"{"card":"x"}"#, "{}"),
        (r#"{"card":7}"#, "{}"), // a value of it is hidden, perhaps this one
    ] {
        assert_eq!(observed(body).0, expected, "{body}");
    }
}

#[test]
fn observed_a_type_of_what_is_hidden_does_not_pass_for_one_nobody_knows() {
    let nodes = r#"[{"object": {"properties": [["a", 1]]}},
        {"number": {}, "string": {"values": [], "withheld": true}}]"#;
    for (body, expected) in [
        (r#"{"a":1}"#, r#"{"a":1}"#),
        (r#"{"a":"x"}"#, "{}"),
        (r#"{"a":true}"#, "{}"), // not told apart
    ] {
        assert_eq!(observed_by(nodes, body).0, expected, "{body}");
    }
}

#[test]
fn observed_a_name_twice_is_a_fault_because_it_leaves() {
    let twice = whole(&graph(NODES), Mode::Observe, br#"{"new":1,"new":2}"#);
    assert_eq!(twice.unwrap_err().kind, FaultKind::DuplicateName);
}

#[test]
fn reporting_changes_nothing_and_says_what_would_be_removed() {
    let graph = Arc::new(graph(NODES));
    let body = br#" {"secret":1,"x":[1,2],"owner":[],"card":"x","state":"q"} "#;
    let (enforced, would) = whole(&graph, Mode::Enforce, body).unwrap();
    for cuts in [&[1][..], &[5], &[1_000]] {
        let (out, report) = streamed(&graph, Mode::Report, body, cuts);
        assert_eq!(out, body);
        assert_eq!(report.unwrap(), would);
    }
    assert_eq!(enforced, b" {} ");
}

#[test]
fn reporting_passes_what_is_no_json_and_says_so() {
    let graph = Arc::new(graph(NODES));
    for body in [
        &b"[1,2"[..],
        b"<html>",
        b"\xff\xfe",
        b"{\"id\":1,\"id\":2}",
        b"",
        b"7",
    ] {
        let (out, report) = streamed(&graph, Mode::Report, body, &[2]);
        assert_eq!(out, body);
        assert_eq!(report.is_err(), body != b"7");
    }
}
