//! Which fields a value may have: the graph of the bundle, run over the value, and nothing may be taken away by it.

use std::sync::OnceLock;

use super::fault::Refusal;
use super::schema::{Misfit, NO_FIELD};
use crate::bundle::{FilterNode, NodeIndex};
use crate::faults::{Check, skips};
use crate::filter::{Graph, Mode, Options, Reason, Removed, project};

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
    pub fn misfits(&self, node: NodeIndex, text: &[u8], mode: Mode) -> Result<Closed, Refusal> {
        let compiled = self.compiled.get_or_init(|| {
            Graph::compile(&self.nodes)
                .map_err(|error| format!("node {}: {}", error.node, error.message))
        });
        let graph = compiled.as_ref().map_err(|why| Refusal::fault(why))?;
        let mut left = Vec::new();
        let options = Options {
            mode: if mode == Mode::Observe {
                mode
            } else {
                Mode::Report
            },
            masking_key: None,
        };
        let Ok(removals) = project(graph, node, &options, text, &mut left) else {
            // Of a type nobody declared, or beyond what the filter reads.
            return Ok(Closed::refused(vec![misfit(String::new(), "type")]));
        };
        if removals.is_empty() || skips(Check::UnsettableField) {
            return Ok(Closed::default());
        }
        let misfits = told(removals.report(graph).removed);
        Ok(match mode == Mode::Observe {
            // Nothing of it would be taken away.
            true if left.trim_ascii() == text.trim_ascii() => Closed::tolerated(misfits),
            true => Closed::told_apart(misfits),
            false => Closed::refused(misfits),
        })
    }
}

/// What is wrong, and what would be if the contract were not observed.
#[derive(Default)]
pub struct Closed {
    pub refused: Vec<Misfit>,
    pub tolerated: Vec<Misfit>,
}

impl Closed {
    pub fn refused(refused: Vec<Misfit>) -> Closed {
        Closed {
            refused,
            ..Closed::default()
        }
    }

    fn tolerated(tolerated: Vec<Misfit>) -> Closed {
        Closed {
            tolerated,
            ..Closed::default()
        }
    }

    /// Something is taken away even now: not what is only undeclared.
    fn told_apart(misfits: Vec<Misfit>) -> Closed {
        let is_undeclared = |misfit: &Misfit| misfit.reason == Reason::Undeclared.as_str();
        if misfits.iter().all(is_undeclared) {
            // What is taken away is at a place that is not listed.
            return Closed::refused(misfits);
        }
        let (tolerated, refused) = misfits.into_iter().partition(is_undeclared);
        Closed { refused, tolerated }
    }
}

/// What is hidden, what is read only and what nobody declared are told in the same words, be it a field or a value.
fn told(removed: Vec<Removed>) -> Vec<Misfit> {
    let misfits = removed.into_iter();
    let misfits = misfits.map(|removed| misfit(removed.pointer, removed.reason.as_str()));
    let mut misfits: Vec<Misfit> = misfits.collect();
    misfits.dedup_by(|next, known| next.pointer == known.pointer);
    misfits
}

fn misfit(pointer: String, reason: &'static str) -> Misfit {
    Misfit {
        pointer,
        expected: NO_FIELD.to_owned(),
        reason,
    }
}
