//! Findings by number: what was found several times, or time after time, is kept once.

use std::sync::Arc;

use ahash::AHashMap;

use super::parts::{PartId, Parts};
use crate::ranges;
use crate::subject::Subject;

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Finding {
    /// Its number in the ruleset.
    pub rule: usize,
    pub file: Arc<str>,
    pub path: Vec<String>,
    pub message: String,
}

/// The innermost part a finding is in, as it was, and how far from its start the finding begins.
#[derive(Clone, Copy)]
struct Anchor {
    part: PartId,
    hash: u64,
    offset: u32,
}

#[derive(Default)]
pub struct Told {
    numbers: AHashMap<Arc<Finding>, u32>,
    findings: Vec<(Arc<Finding>, Option<Anchor>)>,
}

impl Told {
    pub fn number(&mut self, finding: Finding) -> u32 {
        if let Some(known) = self.numbers.get(&finding) {
            return *known;
        }
        let finding = Arc::new(finding);
        let number = self.findings.len() as u32;
        self.numbers.insert(finding.clone(), number);
        self.findings.push((finding, None));
        number
    }

    pub fn len(&self) -> usize {
        self.findings.len()
    }

    pub fn get(&self, number: u32) -> &Arc<Finding> {
        &self.findings[number as usize].0
    }

    /// The global offset at which a finding of the document itself begins.
    pub fn start(&mut self, number: u32, subject: &Subject, parts: &Parts) -> u32 {
        let (finding, anchor) = &mut self.findings[number as usize];
        if let Some(known) = anchor
            && let Some(part) = parts.get(known.part)
            && part.hash == known.hash
        {
            return part.start + known.offset;
        }
        let start = ranges::start(&subject.arena, subject.root(), &finding.path);
        *anchor = anchored(&finding.path, start, subject, parts);
        start
    }
}

fn anchored(path: &[String], start: u32, subject: &Subject, parts: &Parts) -> Option<Anchor> {
    let mut node = subject.root();
    let mut found = None;
    for token in path {
        let Some((next, _)) = document::pointer::step(&subject.arena, node, token) else {
            break;
        };
        node = next;
        found = parts.at(node).or(found);
    }
    let part = found?;
    let now = parts.get(part)?;
    let offset = start.checked_sub(now.start)?;
    Some(Anchor {
        part,
        hash: now.hash,
        offset,
    })
}
