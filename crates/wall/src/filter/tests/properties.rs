//! Random graphs against random bodies. `make fuzz` runs these for longer.

use proptest::collection::vec;
use proptest::prelude::*;
use serde::de::IgnoredAny;
use serde_json::Value;

use super::generated::{narrowed, nodes, spelled, value};
use super::oracle::projected;
use super::*;

fn is_json(bytes: &[u8]) -> bool {
    serde_json::from_slice::<IgnoredAny>(bytes).is_ok()
}

/// Without masks, and without discriminators, which may themselves be removed.
fn unchanging(mut nodes: Vec<FilterNode>) -> Vec<FilterNode> {
    for node in &mut nodes {
        node.union = None;
        if let Some(rule) = &mut node.string {
            rule.mask = None;
        }
    }
    nodes
}

/// A body: the spelling of a value, with some bytes put wrong.
fn damaged() -> impl Strategy<Value = Vec<u8>> {
    let damage = (
        any::<prop::sample::Index>(),
        prop_oneof![
            any::<u8>(),
            proptest::sample::select(b"{}[],:\"\\0eE.-u \x00\x80\xff".as_slice())
        ],
        0..3_u8,
    );
    (value(), vec(any::<u8>(), 1..50), vec(damage, 0..4)).prop_map(|(value, noise, damages)| {
        let mut bytes = spelled(&value, &noise).into_bytes();
        for (index, byte, how) in damages {
            let at = index.index(bytes.len() + 1);
            match how {
                0 if at < bytes.len() => bytes[at] = byte,
                1 if at < bytes.len() => drop(bytes.remove(at)),
                _ => bytes.insert(at, byte),
            }
        }
        bytes
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn fuzz_no_bytes_make_anything_leave_but_json(nodes in nodes(), body in prop_oneof![damaged(), vec(any::<u8>(), 0..200)]) {
        let graph = Graph::compile(&nodes).unwrap();
        if let Ok((out, _)) = whole(&graph, Mode::Enforce, &body) {
            prop_assert!(is_json(&out), "{:?}", String::from_utf8_lossy(&out));
        }
    }

    #[test]
    fn fuzz_what_an_open_contract_takes_is_what_a_strict_reader_takes(body in damaged()) {
        match whole(&open_graph(), Mode::Enforce, &body) {
            Ok((out, _)) => {
                let text = body.strip_prefix("\u{feff}".as_bytes()).unwrap_or(&body);
                prop_assert_eq!(&out, text);
                let read = serde_json::from_slice::<Value>(&out);
                prop_assert!(read.is_ok() || read.unwrap_err().to_string().contains("out of range"));
            }
            Err(fault) if fault.kind == FaultKind::DuplicateName => prop_assert!(is_json(&body)),
            Err(_) => prop_assert!(serde_json::from_slice::<Value>(&body).is_err(), "{:?}", String::from_utf8_lossy(&body)),
        }
    }

    #[test]
    fn fuzz_what_leaves_is_what_a_slow_reading_of_the_graph_lets_through(
        nodes in nodes(), value in value(), noise in vec(any::<u8>(), 1..100)
    ) {
        let graph = Graph::compile(&nodes).unwrap();
        let body = spelled(&value, &noise);
        let expected = projected(&nodes, 0, &value);
        let shown = whole(&graph, Mode::Enforce, body.as_bytes());
        let shown = shown.map(|(out, _)| serde_json::from_slice::<Value>(&out).unwrap());
        match expected {
            Some(expected) => prop_assert_eq!(shown, Ok(expected), "{}", body),
            None => prop_assert_eq!(shown.map_err(|fault| fault.kind), Err(FaultKind::Root), "{}", body),
        }
    }

    #[test]
    fn fuzz_where_a_body_is_cut_does_not_matter(
        nodes in nodes(), body in damaged(), cuts in vec(1..9_usize, 1..9),
        mode in proptest::sample::select([Mode::Enforce, Mode::Observe, Mode::Report].as_slice())
    ) {
        let graph = Arc::new(Graph::compile(&nodes).unwrap());
        let (out, report) = streamed(&graph, mode, &body, &cuts);
        match whole(&graph, mode, &body) {
            Ok((expected, at_once)) => {
                prop_assert_eq!(report, Ok(at_once));
                prop_assert_eq!(out, if mode == Mode::Report { body } else { expected });
            }
            Err(_) => prop_assert!(report.is_err()),
        }
    }

    #[test]
    fn fuzz_a_narrower_graph_lets_a_part_through(
        nodes in nodes(), value in value(), choices in vec(any::<u8>(), 1..40), noise in vec(any::<u8>(), 1..20)
    ) {
        let body = spelled(&value, &noise);
        let through = |nodes: &[FilterNode]| whole(&Graph::compile(nodes).unwrap(), Mode::Enforce, body.as_bytes());
        if let Ok((inner, _)) = through(&narrowed(&nodes, &choices)) {
            let (outer, _) = through(&nodes).unwrap();
            let [inner, outer] = [inner, outer].map(|out| serde_json::from_slice::<Value>(&out).unwrap());
            prop_assert!(is_part(&inner, &outer), "{inner} of {outer}");
        }
    }

    #[test]
    fn fuzz_what_was_let_through_is_let_through_again(nodes in nodes(), body in damaged()) {
        let graph = Graph::compile(&unchanging(nodes)).unwrap();
        if let Ok((once, _)) = whole(&graph, Mode::Enforce, &body) {
            let twice = whole(&graph, Mode::Enforce, &once).map(|(out, _)| out);
            prop_assert_eq!(twice, Ok(once));
        }
    }
}
