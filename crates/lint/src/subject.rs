//! What is judged: a document, the files it refers to, and where each `$ref` leads.

use std::sync::Arc;

use document::{Arena, FileId, Member, NodeId, Value};
use serde_json::{Map, Number, Value as Json};

use crate::kept::Notes;
use crate::openapi::Judges;

/// Values a function is given at most; more is said, not cut.
const VALUES: usize = 2_000_000;

/// How deep such a value may be nested, references written out: chains of them can be as long as a document.
const DEPTH: usize = 400;

/// Under which name or index something stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Key<'a> {
    Member(&'a str),
    Item(usize),
}

impl std::fmt::Display for Key<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Key::Member(name) => formatter.write_str(name),
            Key::Item(index) => write!(formatter, "{index}"),
        }
    }
}

/// Where a reference leads, and where that is written.
#[derive(Clone, Debug)]
pub struct Target {
    pub node: NodeId,
    pub file: FileId,
    pub path: Arc<Vec<String>>,
}

/// A `$ref` that leads nowhere. `path` ends in `$ref`.
#[derive(Clone, Debug)]
pub struct Broken {
    pub file: FileId,
    pub path: Vec<String>,
    pub node: NodeId,
    pub message: String,
}

/// A document with everything it refers to.
pub struct Subject {
    pub arena: Arena,
    pub(crate) roots: Vec<Option<NodeId>>,
    pub(crate) references: ahash::AHashMap<NodeId, u32>,
    pub(crate) targets: Vec<Target>,
    /// Nodes that references lead to.
    pub(crate) referred: ahash::AHashSet<NodeId>,
    /// Which `$ref` there are, as they are written, by file.
    pub(crate) written: ahash::AHashSet<(FileId, String)>,
    pub broken: Vec<Broken>,
    /// What holds them: nothing, where references are resolved.
    pub(crate) void: ahash::AHashSet<NodeId>,
    pub(crate) judges: Judges,
}

impl Subject {
    pub fn root(&self) -> NodeId {
        self.roots[0].unwrap_or(NodeId(0))
    }

    pub fn root_of(&self, file: FileId) -> Option<NodeId> {
        self.roots.get(file.0 as usize).copied().flatten()
    }

    pub fn reference(&self, node: NodeId) -> Option<&Target> {
        let target = self.references.get(&node)?;
        Some(&self.targets[*target as usize])
    }

    /// The document as it is written, or with every reference replaced by what it leads to.
    pub fn view(&self, resolved: bool) -> View<'_> {
        View {
            subject: self,
            resolved,
            notes: None,
        }
    }

    /// The version of Swagger or OpenAPI it says it is; nothing where it says none, or in no text.
    pub fn version(&self, member: &str) -> Option<&str> {
        self.arena.get_string(self.root(), member)
    }

    pub fn is_swagger(&self) -> bool {
        self.arena.get(self.root(), "swagger").is_some()
    }

    /// How a local reference to something is written, in any file.
    pub fn is_referred_to(&self, file: FileId, pointer: &str) -> bool {
        self.written.contains(&(file, pointer.to_owned()))
    }
}

/// A document, read one way or the other.
#[derive(Clone, Copy)]
pub struct View<'a> {
    pub subject: &'a Subject,
    pub resolved: bool,
    /// Where what is read is noted.
    pub(crate) notes: Option<&'a Notes>,
}

impl<'a> View<'a> {
    pub(crate) fn noting(self, notes: &'a Notes) -> View<'a> {
        View {
            notes: Some(notes),
            ..self
        }
    }

    /// A part was read that is not below what is judged.
    pub(crate) fn read(&self, node: NodeId) {
        if let Some(notes) = self.notes {
            notes.read(node);
        }
    }

    /// Something was read that is in no part: what is said of it holds for this time only.
    pub(crate) fn unkept(&self) {
        if let Some(notes) = self.notes {
            notes.unkept();
        }
    }

    /// Whether a reference that leads nowhere stands there.
    pub fn is_void(&self, written: NodeId) -> bool {
        self.resolved && self.subject.void.contains(&written)
    }

    /// The node itself, or what it refers to.
    pub fn through(&self, node: NodeId) -> NodeId {
        if !self.resolved {
            return node;
        }
        let Some(target) = self.subject.reference(node) else {
            return node;
        };
        self.read(target.node);
        target.node
    }

    pub fn value(&self, node: NodeId) -> Value<'a> {
        self.subject.arena.value(node)
    }

    pub fn is_object(&self, node: NodeId) -> bool {
        matches!(self.value(node), Value::Object(_))
    }

    pub fn is_array(&self, node: NodeId) -> bool {
        matches!(self.value(node), Value::Array(_))
    }

    pub fn members(&self, node: NodeId) -> &'a [Member] {
        self.subject.arena.members(node)
    }

    /// Names and values of an object.
    pub fn entries(&self, node: NodeId) -> impl Iterator<Item = (&'a str, NodeId)> + use<'a> {
        let view = *self;
        view.members(node)
            .iter()
            .map(move |member| (view.subject.arena.key(member), view.through(member.value)))
    }

    /// Items of an array.
    pub fn items(&self, node: NodeId) -> impl Iterator<Item = NodeId> + use<'a> {
        let view = *self;
        view.subject
            .arena
            .items(node)
            .iter()
            .map(move |item| view.through(*item))
    }

    pub fn get(&self, node: NodeId, name: &str) -> Option<NodeId> {
        let found = self.subject.arena.get(node, name)?;
        (!self.is_void(found)).then(|| self.through(found))
    }

    pub fn text(&self, node: NodeId, name: &str) -> Option<&'a str> {
        self.get(node, name)
            .and_then(|found| self.subject.arena.string(found))
    }

    /// A member or an item, by what stands in a path.
    pub fn child(&self, node: NodeId, key: &str) -> Option<NodeId> {
        let (found, _) = document::pointer::step(&self.subject.arena, node, key)?;
        (!self.is_void(found)).then(|| self.through(found))
    }

    /// The value with all references resolved; where one leads back into itself it stays. Nothing when it is too
    /// large for a function.
    pub fn json(&self, node: NodeId) -> Option<Json> {
        Written {
            view: *self,
            within: Vec::new(),
            room: VALUES,
        }
        .json(node)
    }
}

struct Written<'a> {
    view: View<'a>,
    within: Vec<NodeId>,
    room: usize,
}

impl Written<'_> {
    fn json(&mut self, node: NodeId) -> Option<Json> {
        self.room = self.room.checked_sub(1)?;
        if self.within.len() > DEPTH {
            return None;
        }
        let circular = self.within.contains(&self.view.through(node));
        let node = if circular {
            node
        } else {
            self.view.through(node)
        };
        Some(match self.view.value(node) {
            Value::Null => Json::Null,
            Value::Bool(value) => Json::Bool(value),
            Value::Int(value) => Json::Number(value.into()),
            Value::Long(digits) => float(digits.parse().unwrap_or(f64::MAX)),
            Value::Float(value) => float(value),
            Value::String(text) => Json::String(text.to_owned()),
            Value::Array(items) => {
                self.within.push(node);
                let items = items
                    .iter()
                    .map(|item| self.json(*item))
                    .collect::<Option<_>>();
                self.within.pop();
                Json::Array(items?)
            }
            Value::Object(members) => {
                self.within.push(node);
                let mut object = Map::new();
                for member in members {
                    let name = self.view.subject.arena.key(member).to_owned();
                    object.insert(name, self.json(member.value)?);
                }
                self.within.pop();
                Json::Object(object)
            }
        })
    }
}

fn float(value: f64) -> Json {
    Number::from_f64(value).map_or(Json::Null, Json::Number)
}
