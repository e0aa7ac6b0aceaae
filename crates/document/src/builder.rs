//! Puts the values a parser finds into the arena, within the limits.

mod object;

use crate::arena::{Arena, Kind, Member, Node, NodeId};
use crate::limits::Limits;
use crate::problem::Problem;
use crate::source::Text;

/// An object or array that is still open.
struct Frame {
    node: NodeId,
    object: bool,
    /// Where its children begin in `members` or `items`.
    first: usize,
    /// Levels of the deepest child.
    height: u32,
    key: Option<Key>,
    /// Values of YAML merge keys (`<<`), in order.
    merges: Vec<NodeId>,
}

#[derive(Clone, Copy)]
struct Key {
    text: Text,
    at: u32,
    merge: bool,
}

/// What a YAML anchor stands for.
#[derive(Clone, Copy)]
pub(crate) struct Anchored {
    pub node: NodeId,
    height: u32,
    expanded: u64,
}

pub(crate) struct Builder<'a> {
    arena: &'a mut Arena,
    limits: &'a Limits,
    input: &'a str,
    base: u32,
    scratch: String,
    frames: Vec<Frame>,
    members: Vec<Member>,
    items: Vec<NodeId>,
    root: Option<NodeId>,
    pub problems: Vec<Problem>,
    /// Values written out so far, aliases expanded.
    expanded: u64,
    arena_before: (usize, usize, usize),
}

/// What is left when a document was read.
pub(crate) struct Built {
    pub root: NodeId,
    pub scratch: String,
    pub problems: Vec<Problem>,
}

impl<'a> Builder<'a> {
    /// `base` is the global offset `input` will have.
    pub fn new(arena: &'a mut Arena, limits: &'a Limits, input: &'a str, base: u32) -> Builder<'a> {
        let arena_before = (arena.nodes.len(), arena.members.len(), arena.items.len());
        Builder {
            arena,
            limits,
            input,
            base,
            scratch: String::new(),
            frames: Vec::new(),
            members: Vec::new(),
            items: Vec::new(),
            root: None,
            problems: Vec::new(),
            expanded: 0,
            arena_before,
        }
    }

    pub fn finish(self) -> Option<Built> {
        let Builder {
            root,
            scratch,
            problems,
            ..
        } = self;
        root.map(|root| Built {
            root,
            scratch,
            problems,
        })
    }

    /// Takes back everything, so that another parser can try.
    pub fn abandon(self) {
        let (nodes, members, items) = self.arena_before;
        self.arena.nodes.truncate(nodes);
        self.arena.members.truncate(members);
        self.arena.items.truncate(items);
        self.arena
            .sorted
            .retain(|object, _| (object.0 as usize) < nodes);
    }

    /// A piece of the input, by local offsets.
    pub fn slice(&self, start: usize, end: usize) -> Text {
        Text {
            start: self.base + start as u32,
            bytes: (end - start) as u32,
        }
    }

    /// A string that is not in the input as such.
    pub fn unescaped(&mut self, text: &str) -> Text {
        let start = self.base + self.input.len() as u32 + 1 + self.scratch.len() as u32;
        self.scratch.push_str(text);
        Text {
            start,
            bytes: text.len() as u32,
        }
    }

    /// Global offset of a local one.
    pub fn at(&self, local: usize) -> u32 {
        self.base + local as u32
    }

    pub fn depth(&self) -> usize {
        self.frames.len()
    }

    pub fn in_object(&self) -> bool {
        self.frames.last().is_some_and(|frame| frame.object)
    }

    pub fn expects_key(&self) -> bool {
        self.frames
            .last()
            .is_some_and(|frame| frame.object && frame.key.is_none())
    }

    /// Whether the innermost container has no child yet.
    pub fn is_first_child(&self) -> bool {
        self.frames.last().is_some_and(|frame| {
            frame.first
                == if frame.object {
                    self.members.len()
                } else {
                    self.items.len()
                }
        })
    }

    pub fn key(&mut self, text: Text, at: u32, merge: bool) {
        if let Some(frame) = self.frames.last_mut() {
            frame.key = Some(Key { text, at, merge });
        }
    }

    pub fn open(&mut self, object: bool, at: u32) -> Result<NodeId, Problem> {
        if self.frames.len() as u32 >= self.limits.depth {
            return Err(self.too_deep(at));
        }
        let kind = if object { Kind::Object } else { Kind::Array };
        let node = self.push_node(Node::new(kind, at, 0, 0))?;
        let first = if object {
            self.members.len()
        } else {
            self.items.len()
        };
        self.frames.push(Frame {
            node,
            object,
            first,
            height: 0,
            key: None,
            merges: Vec::new(),
        });
        Ok(node)
    }

    pub fn scalar(&mut self, node: Node) -> Result<NodeId, Problem> {
        let id = self.push_node(node)?;
        self.attach(id, 0)?;
        Ok(id)
    }

    /// Values written out so far; the difference around a node is what an alias of it costs.
    pub fn expanded(&self) -> u64 {
        self.expanded
    }

    pub fn anchored(&self, node: NodeId, expanded_before: u64, height: u32) -> Anchored {
        Anchored {
            node,
            height,
            expanded: self.expanded - expanded_before,
        }
    }

    pub fn alias(&mut self, anchored: Anchored, at: u32) -> Result<(), Problem> {
        self.expanded = self.expanded.saturating_add(anchored.expanded);
        if self.expanded > self.limits.expanded_nodes {
            return Err(self.too_expanded(at));
        }
        if self.frames.len() as u32 + anchored.height > self.limits.depth {
            return Err(self.too_deep(at));
        }
        self.arena.nodes[anchored.node.0 as usize].shared = true;
        self.attach(anchored.node, anchored.height)
    }

    /// Closes the innermost container; gives its node and height.
    pub fn close(&mut self) -> Result<(NodeId, u32), Problem> {
        let Some(frame) = self.frames.pop() else {
            return Err(Problem::error(
                "document-syntax",
                self.base,
                "nothing is open here",
                "",
            ));
        };
        let (node, height) = (frame.node, frame.height + 1);
        if frame.object {
            self.close_object(frame)?
        } else {
            self.close_array(&frame)
        }
        self.attach(node, height)?;
        Ok((node, height))
    }

    fn close_array(&mut self, frame: &Frame) {
        let first = self.arena.items.len() as u32;
        let count = (self.items.len() - frame.first) as u32;
        self.arena.items.extend(self.items.drain(frame.first..));
        self.set_children(frame.node, first, count);
    }

    fn set_children(&mut self, container: NodeId, first: u32, count: u32) {
        let node = &mut self.arena.nodes[container.0 as usize];
        (node.a, node.b) = (first, count);
    }

    /// Hands a complete value to the container that is open, or makes it the root.
    fn attach(&mut self, id: NodeId, height: u32) -> Result<(), Problem> {
        let Some(frame) = self.frames.last_mut() else {
            self.root = Some(id);
            return Ok(());
        };
        frame.height = frame.height.max(height);
        if !frame.object {
            self.items.push(id);
            return Ok(());
        }
        match frame.key.take() {
            Some(key) if key.merge => self.remember_merge(id, key.at),
            Some(key) => {
                self.members.push(Member {
                    key: key.text,
                    key_at: key.at,
                    value: id,
                });
                self.check_nodes(key.at)
            }
            None => Err(Problem::error(
                "document-syntax",
                self.base,
                "a value without a key",
                "",
            )),
        }
    }

    /// A merge key's value: an object, or an array of objects of which earlier ones win.
    fn remember_merge(&mut self, id: NodeId, at: u32) -> Result<(), Problem> {
        let sources = match self.arena.node(id).kind {
            Kind::Object => vec![id],
            Kind::Array => self.arena.items(id).to_vec(),
            _ => Vec::new(),
        };
        let mergeable = |source: &NodeId| self.arena.node(*source).kind == Kind::Object;
        if sources.is_empty() || !sources.iter().all(mergeable) {
            return Err(Problem::error(
                "document-merge-key",
                at,
                "the merge key `<<` wants an object or a list of objects",
                "Give it an alias of an object, `<<: *defaults`, or write the members out.",
            ));
        }
        if let Some(frame) = self.frames.last_mut() {
            frame.merges.extend(sources);
        }
        Ok(())
    }

    pub fn report(&mut self, problem: Problem) {
        if self.problems.len() < self.limits.problems {
            self.problems.push(problem);
        }
    }

    pub fn text(&self, text: Text) -> &str {
        let end_of_input = self.base + self.input.len() as u32;
        let (of, base) = if text.start < end_of_input {
            (self.input, self.base)
        } else {
            (self.scratch.as_str(), end_of_input + 1)
        };
        if text.bytes == 0 {
            return "";
        }
        let start = (text.start - base) as usize;
        &of[start..start + text.bytes as usize]
    }

    fn push_node(&mut self, node: Node) -> Result<NodeId, Problem> {
        let id = NodeId(self.arena.nodes.len() as u32);
        let at = node.at;
        self.arena.nodes.push(node);
        self.expanded += 1;
        if self.expanded > self.limits.expanded_nodes {
            return Err(self.too_expanded(at));
        }
        self.check_nodes(at)?;
        Ok(id)
    }

    fn check_nodes(&self, at: u32) -> Result<(), Problem> {
        let nodes = self.arena.nodes.len() - self.arena_before.0;
        let members = self.arena.members.len() - self.arena_before.1 + self.members.len();
        if nodes.max(members) <= self.limits.nodes {
            return Ok(());
        }
        let message = format!("the document has more than {} values", self.limits.nodes);
        Err(Problem::error(
            "document-too-large",
            at,
            message,
            "Split the document.",
        ))
    }

    fn too_deep(&self, at: u32) -> Problem {
        let message = format!(
            "objects and lists are nested more than {} deep here",
            self.limits.depth
        );
        Problem::error(
            "document-too-deep",
            at,
            message,
            "Flatten the document; a `$ref` starts afresh.",
        )
    }

    fn too_expanded(&self, at: u32) -> Problem {
        let message = format!(
            "with its aliases written out, the document has more than {} values",
            self.limits.expanded_nodes
        );
        Problem::error(
            "document-too-large",
            at,
            message,
            "Use fewer aliases of aliases, or split the document.",
        )
    }
}
