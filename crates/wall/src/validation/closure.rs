//! Which fields a value may have: the graph of the bundle, run over the value, and nothing may be taken away by it.

use std::sync::OnceLock;

use super::fault::Refusal;
use super::schema::{Misfit, NO_FIELD};
use crate::bundle::{FilterNode, NodeIndex};
use crate::filter::{Graph, Mode, Options, Removed, project};

/// The graph of a validation object, compiled when it is first asked.
#[derive(Debug)]
pub struct Closure {
    nodes: Vec<FilterNode>,
    compiled: OnceLock<Result<Graph, String>>,
}

impl Closure {
    pub fn new(nodes: Vec<FilterNode>) -> Closure {
        Closure {
            nodes,
            compiled: OnceLock::new(),
        }
    }

    pub fn has(&self, node: NodeIndex) -> bool {
        (node as usize) < self.nodes.len()
    }

    /// What a value must not have. `text`: JSON that was read already.
    pub fn misfits(&self, node: NodeIndex, text: &[u8]) -> Result<Vec<Misfit>, Refusal> {
        let compiled = self.compiled.get_or_init(|| {
            Graph::compile(&self.nodes)
                .map_err(|error| format!("node {}: {}", error.node, error.message))
        });
        let graph = compiled.as_ref().map_err(|why| Refusal::fault(why))?;
        let options = Options {
            mode: Mode::Report,
            masking_key: None,
        };
        let Ok(removals) = project(graph, node, &options, text, &mut Vec::new()) else {
            // Of a type nobody declared, or beyond what the filter reads.
            return Ok(vec![misfit(String::new())]);
        };
        if removals.is_empty() {
            return Ok(Vec::new());
        }
        let report = removals.report(graph);
        Ok(told(report.removed))
    }
}

/// What is hidden, what is read only and what nobody declared are not told apart, be it a field or a value: the reason
/// is not looked at.
fn told(removed: Vec<Removed>) -> Vec<Misfit> {
    let mut misfits: Vec<Misfit> = removed
        .into_iter()
        .map(|removed| misfit(removed.pointer))
        .collect();
    misfits.dedup();
    misfits
}

fn misfit(pointer: String) -> Misfit {
    Misfit {
        pointer,
        expected: NO_FIELD.to_owned(),
    }
}
