//! Values of all files in one arena. A node takes 16 bytes, a member of an object 16 more.
//!
//! YAML aliases and overlays share nodes; [`Node::shared`] marks the entry of a shared part, and whoever changes
//! a value goes through [`Arena::own`], which copies what is shared.

use ahash::HashMap;

use crate::problem::{Problem, Severity};
use crate::source::{Place, Sources, Text};

/// Objects with more members than this get a sorted index.
const INDEXED_FROM: usize = 24;

/// Problems kept for all files of an arena.
const PROBLEMS: usize = 10_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NodeId(pub u32);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Null,
    Bool,
    Int,
    /// An integer beyond 64 bits, kept as text.
    Long,
    Float,
    String,
    Array,
    Object,
}

/// `a` and `b` hold a number's bits, a text's start and length, or a container's first child and count.
#[derive(Clone, Copy, Debug)]
pub struct Node {
    /// Global offset at which the value is written.
    pub at: u32,
    pub(crate) kind: Kind,
    /// More than one parent may hold this node.
    pub(crate) shared: bool,
    pub(crate) a: u32,
    pub(crate) b: u32,
}

/// A member of an object.
#[derive(Clone, Copy, Debug)]
pub struct Member {
    pub(crate) key: Text,
    /// Global offset at which the key is written.
    pub key_at: u32,
    pub value: NodeId,
}

/// A node as a JSON value.
#[derive(Clone, Copy, Debug)]
pub enum Value<'a> {
    Null,
    Bool(bool),
    Int(i64),
    /// Decimal digits with an optional sign, beyond 64 bits.
    Long(&'a str),
    Float(f64),
    String(&'a str),
    Array(&'a [NodeId]),
    Object(&'a [Member]),
}

/// Nodes, their text, and what was wrong with them.
#[derive(Default)]
pub struct Arena {
    pub(crate) nodes: Vec<Node>,
    pub(crate) members: Vec<Member>,
    pub(crate) items: Vec<NodeId>,
    /// Per large object, the ordinals of its members in the order of their keys.
    pub(crate) sorted: HashMap<NodeId, Vec<u32>>,
    pub sources: Sources,
    pub problems: Vec<Problem>,
}

impl Node {
    pub(crate) fn new(kind: Kind, at: u32, a: u32, b: u32) -> Node {
        Node {
            at,
            kind,
            shared: false,
            a,
            b,
        }
    }

    pub(crate) fn scalar64(kind: Kind, at: u32, bits: u64) -> Node {
        Node::new(kind, at, (bits >> 32) as u32, bits as u32)
    }

    pub(crate) fn text(kind: Kind, at: u32, text: Text) -> Node {
        Node::new(kind, at, text.start, text.bytes)
    }

    fn bits(&self) -> u64 {
        u64::from(self.a) << 32 | u64::from(self.b)
    }

    /// Whether more than one parent may hold this node.
    pub fn is_shared(&self) -> bool {
        self.shared
    }

    /// Children of a container; nothing else has any.
    pub(crate) fn child_count(&self) -> usize {
        if matches!(self.kind, Kind::Array | Kind::Object) {
            self.b as usize
        } else {
            0
        }
    }

    /// Where a container's children are; meaningless for anything else.
    pub(crate) fn range(&self) -> std::ops::Range<usize> {
        self.a as usize..self.a as usize + self.b as usize
    }
}

impl Arena {
    /// Remembers a problem, within reason: nobody reads the thousands that follow from one mistake. Warnings never
    /// leave an error unsaid: without it, the contract would count as read.
    pub fn report(&mut self, problem: Problem) {
        if self.problems.len() < PROBLEMS {
            self.problems.push(problem);
        } else if problem.severity == Severity::Error
            && let Some(last) = self.problems.last_mut()
        {
            *last = problem;
        }
    }

    pub fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id.0 as usize]
    }

    pub fn value(&self, id: NodeId) -> Value<'_> {
        let node = self.node(id);
        match node.kind {
            Kind::Null => Value::Null,
            Kind::Bool => Value::Bool(node.b != 0),
            Kind::Int => Value::Int(node.bits() as i64),
            Kind::Float => Value::Float(f64::from_bits(node.bits())),
            Kind::Long => Value::Long(self.sources.text(Text {
                start: node.a,
                bytes: node.b,
            })),
            Kind::String => Value::String(self.sources.text(Text {
                start: node.a,
                bytes: node.b,
            })),
            Kind::Array => Value::Array(&self.items[node.range()]),
            Kind::Object => Value::Object(&self.members[node.range()]),
        }
    }

    pub fn node_count(&self) -> usize {
        self.nodes.len()
    }

    /// Members of an object; empty for anything else.
    pub fn members(&self, id: NodeId) -> &[Member] {
        match self.value(id) {
            Value::Object(members) => members,
            _ => &[],
        }
    }

    /// Items of an array; empty for anything else.
    pub fn items(&self, id: NodeId) -> &[NodeId] {
        match self.value(id) {
            Value::Array(items) => items,
            _ => &[],
        }
    }

    pub fn string(&self, id: NodeId) -> Option<&str> {
        match self.value(id) {
            Value::String(text) => Some(text),
            _ => None,
        }
    }

    pub fn key(&self, member: &Member) -> &str {
        self.sources.text(member.key)
    }

    /// Ordinal of a member of an object.
    pub fn ordinal(&self, object: NodeId, key: &str) -> Option<usize> {
        let members = self.members(object);
        let is_named = |member: &Member| {
            member.key.bytes as usize == key.len() && self.key(member) == key // most differ in length
        };
        let scanned = || members.iter().position(is_named);
        if members.len() < INDEXED_FROM {
            return scanned();
        }
        let Some(sorted) = self.sorted.get(&object) else {
            return scanned();
        };
        let found =
            sorted.binary_search_by(|ordinal| self.key(&members[*ordinal as usize]).cmp(key));
        found.ok().map(|rank| sorted[rank] as usize)
    }

    pub fn member(&self, object: NodeId, key: &str) -> Option<&Member> {
        self.ordinal(object, key)
            .map(|ordinal| &self.members(object)[ordinal])
    }

    pub fn get(&self, object: NodeId, key: &str) -> Option<NodeId> {
        self.member(object, key).map(|member| member.value)
    }

    pub fn get_string(&self, object: NodeId, key: &str) -> Option<&str> {
        self.get(object, key).and_then(|id| self.string(id))
    }

    /// Where the value begins.
    pub fn place(&self, id: NodeId) -> Place<'_> {
        self.sources.place(self.node(id).at)
    }

    /// What JSON calls this value, for messages.
    pub fn type_name(&self, id: NodeId) -> &'static str {
        match self.value(id) {
            Value::Null => "null",
            Value::Bool(_) => "a boolean",
            Value::Int(_) | Value::Long(_) | Value::Float(_) => "a number",
            Value::String(_) => "a string",
            Value::Array(_) => "an array",
            Value::Object(_) => "an object",
        }
    }
}

/// Sorted ordinals of `members`, or nothing when a scan is as quick.
pub(crate) fn sort_members<'t>(
    members: &[Member],
    text: impl Fn(Text) -> &'t str,
) -> Option<Vec<u32>> {
    if members.len() < INDEXED_FROM {
        return None;
    }
    let mut ordinals: Vec<u32> = (0..members.len() as u32).collect();
    ordinals.sort_by(|a, b| text(members[*a as usize].key).cmp(text(members[*b as usize].key)));
    Some(ordinals)
}
