//! A trie over path segments. Literal before pattern before parameter, with backtracking; each node has one
//! place in the tree, so a search visits it at most once, whatever the path.

use std::collections::BTreeMap;

use super::template::{Pattern, Segment};

/// Index of a path; compact, because an organisation has 100,000 of them.
pub type PathIndex = u32;
const NONE: u32 = u32::MAX;

#[derive(Debug)]
pub struct Trie {
    nodes: Vec<Node>,
}

#[derive(Debug)]
struct Node {
    /// Sorted by text.
    literals: Box<[(Box<str>, u32)]>,
    /// Sorted from most to least specific.
    patterns: Box<[(Pattern, u32)]>,
    parameter: u32,
    end: PathIndex,
}

/// Grows node by node; [`Growing::finish`] packs it.
#[derive(Default)]
pub struct Growing {
    nodes: Vec<GrowingNode>,
}

#[derive(Default)]
struct GrowingNode {
    literals: BTreeMap<String, u32>,
    patterns: Vec<(Pattern, u32)>,
    parameter: Option<u32>,
    end: Option<PathIndex>,
}

impl Growing {
    pub fn new() -> Growing {
        Growing {
            nodes: vec![GrowingNode::default()],
        }
    }

    /// The place of a template, made if need be.
    pub fn end_of(&mut self, segments: &[Segment]) -> &mut Option<PathIndex> {
        let node = segments
            .iter()
            .fold(0, |node, segment| self.child(node, segment));
        &mut self.nodes[node as usize].end
    }

    fn child(&mut self, node: u32, segment: &Segment) -> u32 {
        let next = u32::try_from(self.nodes.len()).expect("fewer than 4 billion nodes");
        let parent = &mut self.nodes[node as usize];
        let child = match segment {
            Segment::Literal(text) => *parent.literals.entry(text.clone()).or_insert(next),
            Segment::Parameter => *parent.parameter.get_or_insert(next),
            Segment::Pattern(pattern) => {
                match parent.patterns.iter().find(|(known, _)| known == pattern) {
                    Some((_, child)) => *child,
                    None => {
                        parent.patterns.push((pattern.clone(), next));
                        next
                    }
                }
            }
        };
        if child == next {
            self.nodes.push(GrowingNode::default());
        }
        child
    }

    pub fn finish(self) -> Trie {
        Trie {
            nodes: self.nodes.into_iter().map(GrowingNode::pack).collect(),
        }
    }
}

impl GrowingNode {
    fn pack(mut self) -> Node {
        // Ties are broken by text, so that the order of a document's paths does not matter.
        self.patterns.sort_by(|(a, _), (b, _)| {
            let key = |pattern: &Pattern| {
                (
                    std::cmp::Reverse(pattern.literal_bytes()),
                    pattern.between.len(),
                )
            };
            key(a).cmp(&key(b)).then_with(|| {
                (&a.before, &a.between, &a.after).cmp(&(&b.before, &b.between, &b.after))
            })
        });
        Node {
            literals: self
                .literals
                .into_iter()
                .map(|(text, child)| (text.into_boxed_str(), child))
                .collect(),
            patterns: self.patterns.into_boxed_slice(),
            parameter: self.parameter.unwrap_or(NONE),
            end: self.end.unwrap_or(NONE),
        }
    }
}

impl Trie {
    /// The best path for `rest` (segments joined by `/`, no leading slash); `None` is the root itself.
    pub fn find(&self, rest: Option<&str>) -> Option<PathIndex> {
        self.find_below(0, rest)
    }

    fn find_below(&self, node: u32, rest: Option<&str>) -> Option<PathIndex> {
        let node = &self.nodes[node as usize];
        let Some(rest) = rest else {
            return (node.end != NONE).then_some(node.end);
        };
        let (segment, rest) = match rest.split_once('/') {
            Some((segment, rest)) => (segment, Some(rest)),
            None => (rest, None),
        };
        node.children(segment)
            .find_map(|child| self.find_below(child, rest))
    }
}

impl Node {
    /// Children a segment may go to, most specific first.
    fn children<'a>(&'a self, segment: &'a str) -> impl Iterator<Item = u32> + 'a {
        let literal = self
            .literals
            .binary_search_by(|(text, _)| (**text).cmp(segment))
            .ok();
        let patterns = self
            .patterns
            .iter()
            .filter(|(pattern, _)| pattern.matches(segment));
        let parameter = (self.parameter != NONE && !segment.is_empty()).then_some(self.parameter);
        literal
            .map(|index| self.literals[index].1)
            .into_iter()
            .chain(patterns.map(|(_, child)| *child))
            .chain(parameter)
    }
}
