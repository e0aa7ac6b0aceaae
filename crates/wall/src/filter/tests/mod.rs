//! The projection filter as a whole: what leaves is JSON, is what the graph says, and costs what the body is long.

mod decisions;
mod framings;
pub mod generated;
mod modes;
mod oracle;
mod properties;
mod torture;
mod work;

use std::sync::Arc;

use serde_json::Value;

use super::{Fault, FaultKind, Framing, Graph, Mode, Options, Report, Stream, project};
use crate::bundle::FilterNode;

/// `nodes`: the JSON of a bundle; the first is the root.
pub fn graph(nodes: &str) -> Graph {
    let nodes: Vec<FilterNode> = serde_json::from_str(nodes).unwrap();
    Graph::compile(&nodes).unwrap()
}

/// A graph under which every JSON value leaves.
pub fn open_graph() -> Graph {
    graph(r#"[{"any": true}]"#)
}

/// What leaves, as text.
pub fn shown(nodes: &str, body: &str) -> Result<String, FaultKind> {
    let projected = whole(&graph(nodes), Mode::Enforce, body.as_bytes());
    projected
        .map(|(out, _)| String::from_utf8(out).unwrap())
        .map_err(|fault| fault.kind)
}

pub fn whole(graph: &Graph, mode: Mode, body: &[u8]) -> Result<(Vec<u8>, Report), Fault> {
    let mut out = Vec::new();
    let removals = project(graph, 0, &options(mode), body, &mut out);
    assert!(removals.is_ok() || out.is_empty());
    Ok((out, removals?.report(graph)))
}

/// The same through `Stream`, cut where `cuts` says (lengths of the pieces, in turn, from the beginning again).
pub fn streamed(
    graph: &Arc<Graph>,
    mode: Mode,
    body: &[u8],
    cuts: &[usize],
) -> (Vec<u8>, Result<Report, Fault>) {
    let stream = Stream::new(graph.clone(), 0, Framing::Json, &options(mode));
    through(graph, stream, body, cuts)
}

pub fn through(
    graph: &Graph,
    mut stream: Stream,
    body: &[u8],
    cuts: &[usize],
) -> (Vec<u8>, Result<Report, Fault>) {
    let (mut out, mut rest) = (Vec::new(), body);
    for cut in cuts.iter().cycle() {
        if rest.is_empty() {
            break;
        }
        let (piece, after) = rest.split_at(rest.len().min(*cut));
        rest = after;
        if let Err(fault) = stream.push(piece, &mut out) {
            return (out, Err(fault));
        }
    }
    let removals = stream.finish(&mut out);
    (out, removals.map(|removals| removals.report(graph)))
}

pub fn options(mode: Mode) -> Options {
    Options {
        mode,
        masking_key: None,
    }
}

/// No member, item or value in `inner` that is not in `outer`, in the same order.
pub fn is_part(inner: &Value, outer: &Value) -> bool {
    match (inner, outer) {
        (Value::Object(inner), Value::Object(outer)) => inner
            .iter()
            .all(|(name, value)| outer.get(name).is_some_and(|other| is_part(value, other))),
        (Value::Array(inner), Value::Array(outer)) => {
            let mut rest = outer.iter();
            inner
                .iter()
                .all(|item| rest.any(|other| is_part(item, other)))
        }
        _ => inner == outer,
    }
}
