//! From drafts to a graph: `anyOf` without a discriminator, and `allOf`, are merged into single nodes.
//!
//! A compiler translates schema by schema and leaves combinations as drafts; this is the one place that knows what
//! they let through. Each set of nodes is merged once, so cycles end. Nodes made here have a bound; beyond it a
//! combination is closed and told.

mod hidden;
mod object;
mod rules;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::bundle::{FilterNode, NodeIndex, UnionRule};

/// A node, or several to be made one. Indices are those of drafts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
#[expect(clippy::large_enum_variant, reason = "nearly all drafts are nodes")]
pub enum Draft {
    AnyOf(AnyOf),
    AllOf(AllOf),
    Node(FilterNode),
}

/// A value follows one of these, and nothing says which: a member leaves if every node that declares it shows it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AnyOf {
    pub any_of: Vec<NodeIndex>,
    /// Alternatives this ring may not see, as they would be if it did: what a value of theirs could hold does not
    /// leave, whoever else declares it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hidden: Vec<NodeIndex>,
    /// Kinds of a union that this ring may not see: the same, wherever it stays open which kind an object is of.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub kinds: Vec<NodeIndex>,
}

/// A value follows all of these: its type is one that all declare, a member leaves if every node that declares it
/// shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AllOf {
    pub all_of: Vec<NodeIndex>,
}

/// Draft `n` became node `n`; nodes behind them were made by merging.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Merged {
    pub nodes: Vec<FilterNode>,
    /// Drafts under which something was closed because it could not be merged.
    pub closed: BTreeSet<NodeIndex>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum How {
    Any,
    All,
}

type Set = BTreeSet<NodeIndex>;

/// Combinations directly inside combinations; deeper ones are closed.
const MAX_NESTED: usize = 64;

/// Nodes made for each draft, and for a small graph.
const MADE_PER_DRAFT: usize = 4;
const MADE_AT_LEAST: usize = 1_000;

/// A draft that names a draft which is not there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DanglingDraft(pub NodeIndex);

pub fn merge(drafts: &[Draft]) -> Result<Merged, DanglingDraft> {
    let count = drafts.len();
    if let Some(at) = drafts.iter().position(|draft| dangles(draft, count)) {
        return Err(DanglingDraft(at as NodeIndex));
    }
    let mut merger = Merger::new(drafts);
    for index in 0..count as NodeIndex {
        merger.origin = index;
        merger.plain(index, 0);
    }
    merger.make_all();
    Ok(merger.finish())
}

fn dangles(draft: &Draft, count: usize) -> bool {
    let is_missing = |index: NodeIndex| index as usize >= count;
    match draft {
        Draft::AnyOf(AnyOf {
            any_of,
            hidden,
            kinds,
        }) => {
            let mut named = any_of.iter().chain(hidden).chain(kinds).copied();
            named.any(is_missing)
        }
        Draft::AllOf(AllOf { all_of }) => all_of.iter().copied().any(is_missing),
        Draft::Node(node) => node.successors().any(is_missing),
    }
}

struct Merger<'a> {
    drafts: &'a [Draft],
    /// Of drafts, then of the nodes made.
    nodes: Vec<Progress>,
    /// The sets that nodes were made of.
    made: BTreeMap<(How, Set), NodeIndex>,
    of: BTreeMap<NodeIndex, (How, Set)>,
    /// What a node worked out keeps from its values: hidden alternatives, its own and those of its parts.
    hidden: BTreeMap<NodeIndex, Set>,
    /// The same of hidden kinds, for where unions end.
    kinds: BTreeMap<NodeIndex, Set>,
    /// Made, and not worked out: with the draft they are made for.
    waiting: Vec<(NodeIndex, NodeIndex)>,
    /// The draft that is worked on.
    origin: NodeIndex,
    closed: BTreeSet<NodeIndex>,
    limit: usize,
}

#[derive(Clone, Debug)]
#[expect(clippy::large_enum_variant, reason = "all end as nodes")]
enum Progress {
    Untouched,
    UnderWay,
    Done(FilterNode),
}

impl<'a> Merger<'a> {
    fn new(drafts: &'a [Draft]) -> Merger<'a> {
        let mut nodes = vec![Progress::Untouched; drafts.len()];
        let open = FilterNode {
            any: true,
            ..FilterNode::default()
        };
        nodes.extend([Progress::Done(FilterNode::default()), Progress::Done(open)]);
        Merger {
            drafts,
            nodes,
            made: BTreeMap::new(),
            of: BTreeMap::new(),
            hidden: BTreeMap::new(),
            kinds: BTreeMap::new(),
            waiting: Vec::new(),
            origin: 0,
            closed: BTreeSet::new(),
            limit: drafts.len() * (1 + MADE_PER_DRAFT) + MADE_AT_LEAST,
        }
    }

    /// The node through which nothing leaves.
    fn closed_node(&self) -> NodeIndex {
        self.drafts.len() as NodeIndex
    }

    /// The node through which everything does.
    fn open_node(&self) -> NodeIndex {
        self.closed_node() + 1
    }

    fn give_up(&mut self) -> NodeIndex {
        self.closed.insert(self.origin);
        self.closed_node()
    }

    /// The node that stands for all of `members`.
    fn combined(&mut self, how: How, members: impl IntoIterator<Item = NodeIndex>) -> NodeIndex {
        let mut set = Set::new();
        for member in members {
            match self.of.get(&member) {
                Some((same, parts)) if *same == how => set.extend(parts),
                _ => drop(set.insert(member)),
            }
        }
        if let (Some(only), 1) = (set.first(), set.len()) {
            return *only;
        }
        if let Some(made) = self.made.get(&(how, set.clone())) {
            return *made;
        }
        if self.nodes.len() >= self.limit {
            return self.give_up();
        }
        let index = self.nodes.len() as NodeIndex;
        self.nodes.push(Progress::Untouched);
        self.made.insert((how, set.clone()), index);
        self.of.insert(index, (how, set));
        self.waiting.push((index, self.origin));
        index
    }

    fn make_all(&mut self) {
        while let Some((index, origin)) = self.waiting.pop() {
            self.origin = origin;
            self.plain(index, 0);
        }
    }

    /// A node worked out, combinations directly in it included.
    fn plain(&mut self, index: NodeIndex, nested: usize) -> FilterNode {
        match &self.nodes[index as usize] {
            Progress::Done(node) => return node.clone(),
            Progress::Untouched if nested <= MAX_NESTED => {}
            Progress::Untouched | Progress::UnderWay => {
                self.give_up();
                return FilterNode::default();
            }
        }
        self.nodes[index as usize] = Progress::UnderWay;
        let node = match self.parts(index) {
            Ok(node) => self.without_overlap(node),
            Err((how, set)) => {
                let node = self.merged(how, &set, nested + 1);
                self.without_hidden(index, &set, node, nested + 1)
            }
        };
        self.nodes[index as usize] = Progress::Done(node.clone());
        node
    }

    fn parts(&self, index: NodeIndex) -> Result<FilterNode, (How, Set)> {
        match self.drafts.get(index as usize) {
            Some(Draft::Node(node)) => Ok(node.clone()),
            Some(Draft::AnyOf(draft)) => Err((How::Any, draft.any_of.iter().copied().collect())),
            Some(Draft::AllOf(draft)) => Err((How::All, draft.all_of.iter().copied().collect())),
            None => Err(self.of[&index].clone()),
        }
    }

    /// Without what its hidden alternatives may hold, and those of its parts: another part does not bring it back.
    fn without_hidden(
        &mut self,
        index: NodeIndex,
        parts: &Set,
        node: FilterNode,
        nested: usize,
    ) -> FilterNode {
        let (own_hidden, own_kinds) = match self.drafts.get(index as usize) {
            Some(Draft::AnyOf(AnyOf { hidden, kinds, .. })) => (&hidden[..], &kinds[..]),
            _ => (&[][..], &[][..]),
        };
        let hidden = gathered(&self.hidden, parts, own_hidden);
        let kinds = gathered(&self.kinds, parts, own_kinds);
        let is_decided = node.union.is_some();
        let closed = self.closed_node();
        let all: Set = hidden.union(&kinds).copied().collect();
        let node = all.iter().fold(node, |node, index| {
            let alternative = self.plain(*index, nested);
            match is_decided && !hidden.contains(index) {
                true => hidden::without_scalars(node, &alternative),
                false => hidden::taken(node, &alternative, closed),
            }
        });
        self.hidden
            .extend((!hidden.is_empty()).then_some((index, hidden)));
        self.kinds
            .extend((!kinds.is_empty()).then_some((index, kinds)));
        node
    }

    fn merged(&mut self, how: How, set: &Set, nested: usize) -> FilterNode {
        let members: Vec<_> = set.iter().map(|index| self.plain(*index, nested)).collect();
        if members.is_empty() || members.iter().any(FilterNode::is_closed) {
            return FilterNode::default();
        }
        let mut members = match how {
            How::Any => members
                .into_iter()
                .map(|node| self.spelled_out(node))
                .collect(),
            How::All => members
                .into_iter()
                .filter(|node| !node.any)
                .collect::<Vec<_>>(),
        };
        if members.is_empty() {
            return self.plain(self.open_node(), nested);
        }
        self.decide_unions(how, &mut members, nested);
        rules::settled(FilterNode {
            any: false,
            null: rules::null(how, &members),
            boolean: rules::scalar(how, members.iter().map(|node| node.boolean.as_ref())),
            number: rules::scalar(how, members.iter().map(|node| node.number.as_ref())),
            string: rules::scalar(how, members.iter().map(|node| node.string.as_ref())),
            object: self.object(how, &members),
            union: members.iter_mut().find_map(|node| node.union.take()),
            array: self.array(how, &members),
        })
    }

    /// `any` in the terms of other nodes.
    fn spelled_out(&self, node: FilterNode) -> FilterNode {
        if !node.any {
            return node;
        }
        rules::everything(self.open_node())
    }

    fn finish(self) -> Merged {
        let node = |progress| match progress {
            Progress::Done(node) => node,
            Progress::Untouched | Progress::UnderWay => FilterNode::default(),
        };
        Merged {
            nodes: self.nodes.into_iter().map(node).collect(),
            closed: self.closed,
        }
    }
}

/// What a node has of its own and of its parts.
fn gathered(known: &BTreeMap<NodeIndex, Set>, parts: &Set, own: &[NodeIndex]) -> Set {
    let of_parts = parts.iter().filter_map(|part| known.get(part)).flatten();
    of_parts.chain(own).copied().collect()
}

/// Every node that an object may turn out to follow.
fn targets(union: &UnionRule) -> impl Iterator<Item = NodeIndex> {
    union
        .mapping
        .iter()
        .map(|(_, node)| *node)
        .chain(union.otherwise)
}

#[cfg(test)]
mod tests;
