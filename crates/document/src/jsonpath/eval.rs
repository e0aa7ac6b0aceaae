//! Which nodes a query selects, in the order RFC 9535 asks for, each with the way to it.

use super::ast::{Logical, Matches, Operand, Query, Segment, Selector};
use super::compare::{Side, compare};
use super::regexp::Patterns;
use crate::arena::{Arena, NodeId, Value};

/// Cost of compiling a regular expression, in node visits.
const COMPILING: u64 = 1_000;

/// Node visits left; a query over a document with itself in a filter is quadratic.
pub struct Budget(pub u64);

/// The budget is used up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exhausted;

impl Budget {
    pub fn spend(&mut self, visits: u64) -> Result<(), Exhausted> {
        match self.0.checked_sub(visits) {
            Some(left) => {
                self.0 = left;
                Ok(())
            }
            None => {
                self.0 = 0;
                Err(Exhausted)
            }
        }
    }
}

/// A selected node; its way from the root is in [`Trails`].
#[derive(Clone, Copy, Debug)]
pub struct Found {
    pub node: NodeId,
    trail: u32,
}

/// Ways from the root, as a tree: each step names the one before and the ordinal among the children.
#[derive(Default)]
pub struct Trails {
    steps: Vec<(u32, u32)>,
}

const ROOT: u32 = u32::MAX;

impl Trails {
    /// Ordinals from the root to the node.
    pub fn of(&self, found: &Found) -> Vec<u32> {
        let mut ordinals = Vec::new();
        let mut at = found.trail;
        while at != ROOT {
            let (before, ordinal) = self.steps[at as usize];
            ordinals.push(ordinal);
            at = before;
        }
        ordinals.reverse();
        ordinals
    }

    fn step(&mut self, from: Found, ordinal: usize, node: NodeId) -> Found {
        self.steps.push((from.trail, ordinal as u32));
        Found {
            node,
            trail: self.steps.len() as u32 - 1,
        }
    }
}

struct Evaluator<'a, 'b> {
    arena: &'a Arena,
    root: NodeId,
    budget: &'b mut Budget,
    trails: Trails,
    patterns: Patterns,
}

/// The nodes `query` selects in the document at `root`. A node can be there twice (`$['a','a']`).
pub fn select(
    arena: &Arena,
    root: NodeId,
    query: &Query,
    budget: &mut Budget,
) -> Result<(Vec<Found>, Trails), Exhausted> {
    let mut evaluator = Evaluator {
        arena,
        root,
        budget,
        trails: Trails::default(),
        patterns: Patterns::default(),
    };
    let found = evaluator.query(query, root)?;
    Ok((found, evaluator.trails))
}

impl<'a> Evaluator<'a, '_> {
    fn query(&mut self, query: &Query, current: NodeId) -> Result<Vec<Found>, Exhausted> {
        let start = if query.absolute { self.root } else { current };
        let mut found = vec![Found {
            node: start,
            trail: ROOT,
        }];
        for segment in &query.segments {
            found = self.segment(segment, &found)?;
        }
        Ok(found)
    }

    fn segment(&mut self, segment: &Segment, from: &[Found]) -> Result<Vec<Found>, Exhausted> {
        let mut selected = Vec::new();
        for found in from {
            if segment.descendant {
                self.descend(*found, &segment.selectors, &mut selected)?;
            } else {
                self.select_all(*found, &segment.selectors, &mut selected)?;
            }
        }
        Ok(selected)
    }

    fn descend(
        &mut self,
        from: Found,
        selectors: &[Selector],
        selected: &mut Vec<Found>,
    ) -> Result<(), Exhausted> {
        let mut open = vec![from];
        while let Some(found) = open.pop() {
            self.select_all(found, selectors, selected)?;
            let children = self.children(found)?;
            open.extend(children.into_iter().rev());
        }
        Ok(())
    }

    fn select_all(
        &mut self,
        from: Found,
        selectors: &[Selector],
        selected: &mut Vec<Found>,
    ) -> Result<(), Exhausted> {
        selectors
            .iter()
            .try_for_each(|selector| self.select(from, selector, selected))
    }

    fn select(
        &mut self,
        from: Found,
        selector: &Selector,
        selected: &mut Vec<Found>,
    ) -> Result<(), Exhausted> {
        self.budget.spend(1)?;
        match selector {
            Selector::Name(name) => {
                if let Some(ordinal) = self.arena.ordinal(from.node, name) {
                    let node = self.arena.members(from.node)[ordinal].value;
                    selected.push(self.trails.step(from, ordinal, node));
                }
            }
            Selector::Wildcard => selected.extend(self.children(from)?),
            Selector::Index(index) => {
                let items = self.arena.items(from.node);
                if let Some(ordinal) =
                    from_end(*index, items.len()).filter(|ordinal| *ordinal < items.len())
                {
                    selected.push(self.trails.step(from, ordinal, items[ordinal]));
                }
            }
            Selector::Slice { start, end, step } => {
                let items = self.arena.items(from.node);
                for ordinal in slice(items.len(), *start, *end, *step) {
                    self.budget.spend(1)?;
                    selected.push(self.trails.step(from, ordinal, items[ordinal]));
                }
            }
            Selector::Filter(filter) => {
                for child in self.children(from)? {
                    if self.holds(filter, child.node)? {
                        selected.push(child);
                    }
                }
            }
        }
        Ok(())
    }

    fn children(&mut self, of: Found) -> Result<Vec<Found>, Exhausted> {
        let nodes: Vec<NodeId> = match self.arena.value(of.node) {
            Value::Array(items) => items.to_vec(),
            Value::Object(members) => members.iter().map(|member| member.value).collect(),
            _ => Vec::new(),
        };
        self.budget.spend(nodes.len() as u64)?;
        Ok(nodes
            .into_iter()
            .enumerate()
            .map(|(ordinal, node)| self.trails.step(of, ordinal, node))
            .collect())
    }

    fn holds(&mut self, condition: &Logical, current: NodeId) -> Result<bool, Exhausted> {
        match condition {
            Logical::Or(terms) => terms
                .iter()
                .try_fold(false, |any, term| Ok(any || self.holds(term, current)?)),
            Logical::And(terms) => terms
                .iter()
                .try_fold(true, |all, term| Ok(all && self.holds(term, current)?)),
            Logical::Not(term) => Ok(!self.holds(term, current)?),
            Logical::Exists(query) => Ok(!self.nodes(query, current)?.is_empty()),
            Logical::Matches(matches) => self.matches(matches, current),
            Logical::Compare(left, comparison, right) => {
                let left = self.operand(left, current)?;
                let right = self.operand(right, current)?;
                compare(
                    self.arena,
                    self.budget,
                    left.side(),
                    *comparison,
                    right.side(),
                )
            }
        }
    }

    /// What a query inside a filter selects; nobody asks for the way to it.
    fn nodes(&mut self, query: &Query, current: NodeId) -> Result<Vec<NodeId>, Exhausted> {
        let before = self.trails.steps.len();
        let found = self.query(query, current)?;
        self.trails.steps.truncate(before);
        Ok(found.into_iter().map(|found| found.node).collect())
    }

    fn matches(&mut self, matches: &Matches, current: NodeId) -> Result<bool, Exhausted> {
        let text = self.operand(&matches.text, current)?;
        let pattern = self.operand(&matches.pattern, current)?;
        let (Some(text), Some(pattern)) = (text.text(), pattern.text()) else {
            return Ok(false);
        };
        let known = self.patterns.knows(pattern, matches.whole);
        self.budget.spend(
            text.len() as u64
                + if known {
                    0
                } else {
                    COMPILING + pattern.len() as u64
                },
        )?;
        Ok(self.patterns.is_match(pattern, matches.whole, text))
    }

    fn operand<'q>(
        &mut self,
        operand: &'q Operand,
        current: NodeId,
    ) -> Result<Evaluated<'a, 'q>, Exhausted> {
        Ok(match operand {
            Operand::Null => Evaluated::Value(Value::Null),
            Operand::Bool(truth) => Evaluated::Value(Value::Bool(*truth)),
            Operand::Int(int) => Evaluated::Value(Value::Int(*int)),
            Operand::Float(float) => Evaluated::Value(Value::Float(*float)),
            Operand::String(text) => Evaluated::Text(text),
            Operand::Singular(query) | Operand::Value(query) => {
                match self.nodes(query, current)?[..] {
                    [node] => Evaluated::Value(self.arena.value(node)),
                    _ => Evaluated::Nothing,
                }
            }
            Operand::Count(query) => Evaluated::count(self.nodes(query, current)?.len()),
            Operand::Length(of) => self.operand(of, current)?.length(),
        })
    }
}

/// An operand's value: of the document or of the query.
enum Evaluated<'a, 'q> {
    Nothing,
    Value(Value<'a>),
    Text(&'q str),
}

impl Evaluated<'_, '_> {
    fn side(&self) -> Side<'_> {
        match self {
            Evaluated::Nothing => Side::Nothing,
            Evaluated::Value(value) => Side::Value(*value),
            Evaluated::Text(text) => Side::Value(Value::String(text)),
        }
    }

    fn text(&self) -> Option<&str> {
        match self.side() {
            Side::Value(Value::String(text)) => Some(text),
            _ => None,
        }
    }

    fn count(count: usize) -> Self {
        Evaluated::Value(Value::Int(count as i64))
    }

    fn length(&self) -> Self {
        match self.side() {
            Side::Value(Value::String(text)) => Evaluated::count(text.chars().count()),
            Side::Value(Value::Array(items)) => Evaluated::count(items.len()),
            Side::Value(Value::Object(members)) => Evaluated::count(members.len()),
            _ => Evaluated::Nothing,
        }
    }
}

/// A negative index counts from the end.
fn from_end(index: i64, len: usize) -> Option<usize> {
    let index = if index < 0 { index + len as i64 } else { index };
    usize::try_from(index).ok()
}

/// RFC 9535 §2.3.4.2.2.
fn slice(len: usize, start: Option<i64>, end: Option<i64>, step: i64) -> Vec<usize> {
    let len = len as i64;
    let normal = |index: i64| if index < 0 { index + len } else { index };
    let (default_start, default_end) = if step >= 0 { (0, len) } else { (len - 1, -1) };
    let start = start.map_or(default_start, normal);
    let end = end.map_or(default_end, normal);
    let mut ordinals = Vec::new();
    if step > 0 {
        let (mut at, upper) = (start.clamp(0, len), end.clamp(0, len));
        while at < upper {
            ordinals.push(at as usize);
            at = at.saturating_add(step);
        }
    } else if step < 0 {
        let (mut at, lower) = (start.clamp(-1, len - 1), end.clamp(-1, len - 1));
        while at > lower {
            ordinals.push(at as usize);
            at = at.saturating_add(step);
        }
    }
    ordinals
}
