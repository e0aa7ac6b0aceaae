//! One walk for all rules. A part that several references lead to is walked once for what is looked for in it.

use std::sync::Arc;

use ahash::AHashSet;
use document::{FileId, NodeId, Value};

use crate::automaton::{Automaton, Edge, GivenId, NOWHERE, SetId};
use crate::kept::{PartId, Sought, Unit, Way};
use crate::subject::{Key, View};

/// Levels a walk goes down, through references; deeper there is nothing new to see.
const DEPTH: usize = 20_000;

struct Frame<'a> {
    node: NodeId,
    /// Under which it stands in the frame below.
    key: Key<'a>,
    set: SetId,
    child: usize,
    /// The part it is written in: index into `bases`.
    base: usize,
}

/// Where a part that was reached by a reference is written.
#[derive(Clone)]
struct Base {
    file: FileId,
    path: Arc<Vec<String>>,
    /// The frame the part begins with.
    frame: usize,
}

/// Stands on a part of the document while rules look at it.
pub struct Walk<'a> {
    pub view: View<'a>,
    frames: Vec<Frame<'a>>,
    bases: Vec<Base>,
    /// What was reached through references, looking for what.
    seen: AHashSet<(NodeId, SetId)>,
    /// Whether what is found in parts is kept.
    keeps: bool,
    /// Parts that are walked, one in the other.
    open: Vec<Open>,
}

/// A part on the way. `root`: its frame.
struct Open {
    root: usize,
    part: PartId,
    set: SetId,
    /// What was found in it before, and how many ways from it were gone again.
    recalled: Option<(Arc<Unit>, usize)>,
}

/// A place as it is written.
#[derive(Clone, Debug)]
pub struct Spot {
    pub file: FileId,
    pub path: Vec<String>,
    pub node: NodeId,
}

impl Spot {
    pub fn root(view: View<'_>) -> Spot {
        Spot {
            file: FileId(0),
            path: Vec::new(),
            node: view.subject.root(),
        }
    }

    /// As far down `tokens` as there is something, and how many of them there were.
    pub fn down(mut self, view: View<'_>, tokens: &[String]) -> (Spot, usize) {
        for (index, token) in tokens.iter().enumerate() {
            let Some((written, _)) = document::pointer::step(&view.subject.arena, self.node, token)
            else {
                return (self, index);
            };
            self.path.push(token.clone());
            self.node = written;
            if view.resolved
                && let Some(target) = view.subject.reference(written)
            {
                view.read(target.node);
                self = Spot {
                    file: target.file,
                    path: target.path.to_vec(),
                    node: target.node,
                };
            }
        }
        (self, tokens.len())
    }
}

impl<'a> Walk<'a> {
    pub fn new(view: View<'a>) -> Walk<'a> {
        Walk {
            view,
            frames: Vec::new(),
            bases: Vec::new(),
            seen: AHashSet::new(),
            keeps: false,
            open: Vec::new(),
        }
    }

    /// Notes what is found in each part, and takes what was noted before.
    pub fn keeping(view: View<'a>) -> Walk<'a> {
        Walk {
            keeps: true,
            ..Walk::new(view)
        }
    }

    /// Shows `matched` every part below `from` that a path selects.
    pub fn run(
        &mut self,
        from: Spot,
        automaton: &mut Automaton,
        matched: &mut dyn FnMut(&Walk<'a>, GivenId),
    ) {
        self.bases.push(Base {
            file: from.file,
            path: Arc::new(from.path),
            frame: 0,
        });
        self.frames.push(Frame {
            node: from.node,
            key: Key::Item(0),
            set: automaton.start(),
            child: 0,
            base: 0,
        });
        for id in automaton.accepts_root.clone() {
            matched(self, id);
        }
        while !self.frames.is_empty() {
            match self.open.last() {
                Some(open) if open.recalled.is_some() => self.recall(),
                _ => self.advance(automaton, matched),
            }
        }
    }

    /// To the next child of the last frame, or back from it.
    fn advance(&mut self, automaton: &mut Automaton, matched: &mut dyn FnMut(&Walk<'a>, GivenId)) {
        let top = self.frames.len() - 1;
        let frame = &mut self.frames[top];
        let (parent, set, ordinal) = (frame.node, frame.set, frame.child);
        frame.child += 1;
        let Some((key, written, siblings)) = child(self.view, parent, ordinal) else {
            return self.leave();
        };
        if self.view.is_void(written) {
            return;
        }
        let node = self.view.through(written);
        let part = self
            .view
            .notes
            .filter(|_| self.keeps)
            .and_then(|notes| notes.part(node));
        // Within a part that is walked, it belongs to that part's findings.
        let outermost = part.filter(|_| self.open.is_empty());
        let is_member = matches!(key, Key::Member(_));
        let kept = outermost.filter(|_| is_member && written == node);
        let edge = Edge {
            view: self.view,
            parent: (top > 0).then(|| self.frames[top - 1].node),
            parent_property: (top > 0).then(|| self.frames[top].key),
            key,
            child: node,
            siblings,
            path: &|| self.shown(key),
            at_part: kept.is_some() || self.open.last().is_some_and(|open| open.root == top),
        };
        let transition = match (kept, self.view.notes) {
            (Some(part), Some(notes)) => {
                notes.chosen(self.view.resolved, part, set, || automaton.step(set, &edge))
            }
            _ => automaton.step(set, &edge),
        };
        let walks_on = transition.set != NOWHERE && self.has_children(node);
        if transition.accepts.is_empty() && !walks_on {
            return;
        }
        self.enter(key, written, node, transition.set);
        match outermost {
            Some(part) => self.look_at(part, transition.accepts, matched),
            None => transition
                .accepts
                .into_iter()
                .for_each(|id| matched(self, id)),
        }
        if !walks_on {
            return self.leave();
        }
        if let Some(part) = part {
            self.note_way(part, transition.set);
        }
        if !self.is_new(written, node, transition.set) {
            return self.leave();
        }
        if let Some(part) = part {
            self.begin(part, transition.set);
        }
    }

    /// What is said of a part itself, where none around it is walked.
    fn look_at(
        &mut self,
        part: PartId,
        accepts: Vec<GivenId>,
        matched: &mut dyn FnMut(&Walk<'a>, GivenId),
    ) {
        let Some(notes) = self.view.notes.filter(|_| !accepts.is_empty()) else {
            return;
        };
        let root = self.frames.len() - 1;
        let key = self.frames[root].key;
        let (resolved, name) = (self.view.resolved, || key.to_string());
        let sought = Sought::Itself(accepts.clone());
        if notes
            .recalled(resolved, part, sought.clone(), &name)
            .is_some()
        {
            return;
        }
        notes.begin();
        self.open.push(Open {
            root,
            part,
            set: NOWHERE,
            recalled: None,
        });
        accepts.into_iter().for_each(|id| matched(self, id));
        self.open.pop();
        notes.end(resolved, part, sought, &name);
    }

    /// To the part, from the one it is walked to from.
    fn note_way(&self, part: PartId, set: SetId) {
        let (Some(notes), Some(open)) = (self.view.notes, self.open.last()) else {
            return;
        };
        let above = &self.frames[open.root..self.frames.len() - 1];
        let steps = above.iter().map(|frame| frame.child as u32 - 1).collect();
        notes.way(Way { part, set, steps });
    }

    /// Walks a part, or takes what was found in it.
    fn begin(&mut self, part: PartId, set: SetId) {
        let Some(notes) = self.view.notes else {
            return;
        };
        let root = self.frames.len() - 1;
        let key = self.frames[root].key;
        let resolved = self.view.resolved;
        let recalled = notes.recalled(resolved, part, Sought::Below(set), &|| key.to_string());
        if recalled.is_none() {
            notes.begin();
        }
        self.open.push(Open {
            root,
            part,
            set,
            recalled: recalled.map(|unit| (unit, 0)),
        });
    }

    /// The next way from a part that is as it was; or back from it.
    fn recall(&mut self) {
        let Some(Open {
            root,
            recalled: Some((unit, gone)),
            ..
        }) = self.open.last_mut()
        else {
            return;
        };
        let (root, number, unit) = (*root, *gone, unit.clone());
        *gone += 1;
        while self.frames.len() > root + 1 {
            self.step_back();
        }
        let Some(way) = unit.ways.get(number) else {
            return self.leave();
        };
        let Some(node) = self.view.notes.and_then(|notes| notes.node(way.part)) else {
            return;
        };
        if self.was_seen(node, way.set, self.frames.len() + way.steps.len()) {
            return;
        }
        for ordinal in &way.steps {
            self.step_down(*ordinal, way.set);
        }
        self.begin(way.part, way.set);
    }

    /// To a child, without looking at it.
    fn step_down(&mut self, ordinal: u32, set: SetId) {
        let top = self.frames.len() - 1;
        let parent = self.frames[top].node;
        self.frames[top].child = ordinal as usize + 1;
        if let Some((key, written, _)) = child(self.view, parent, ordinal as usize) {
            let subject = self.view.subject;
            let target = subject
                .reference(written)
                .filter(|_| self.view.resolved)
                .map_or(written, |target| target.node);
            self.enter(key, written, target, set);
        }
    }

    fn enter(&mut self, key: Key<'a>, written: NodeId, node: NodeId, set: SetId) {
        let mut base = self.frames[self.frames.len() - 1].base;
        if written != node
            && let Some(target) = self.view.subject.reference(written)
        {
            self.bases.push(Base {
                file: target.file,
                path: Arc::clone(&target.path),
                frame: self.frames.len(),
            });
            base = self.bases.len() - 1;
        }
        self.frames.push(Frame {
            node,
            key,
            set,
            child: 0,
            base,
        });
    }

    fn leave(&mut self) {
        let top = self.frames.len() - 1;
        if self.open.last().is_some_and(|open| open.root == top)
            && let Some(open) = self.open.pop()
            && open.recalled.is_none()
            && let Some(notes) = self.view.notes
        {
            let key = self.frames[top].key;
            let sought = Sought::Below(open.set);
            notes.end(self.view.resolved, open.part, sought, &|| key.to_string());
        }
        self.step_back();
    }

    fn step_back(&mut self) {
        self.frames.pop();
        let top = self.frames.len();
        if self
            .bases
            .last()
            .is_some_and(|base| base.frame == top && top > 0)
        {
            self.bases.pop();
        }
    }

    /// Whether the part below was not looked through before, for the same. Where it is written it always is, once.
    fn is_new(&mut self, written: NodeId, node: NodeId, set: SetId) -> bool {
        debug_assert!(written == node || self.view.subject.referred.contains(&node));
        !self.was_seen(node, set, self.frames.len())
    }

    fn was_seen(&mut self, node: NodeId, set: SetId, depth: usize) -> bool {
        let counts = self.view.resolved && self.view.subject.referred.contains(&node);
        counts && !(depth < DEPTH && self.seen.insert((node, set)))
    }

    fn has_children(&self, node: NodeId) -> bool {
        match self.view.value(node) {
            Value::Object(members) => !members.is_empty(),
            Value::Array(items) => !items.is_empty(),
            _ => false,
        }
    }

    fn level(&self, above: usize) -> usize {
        (self.frames.len() - 1).saturating_sub(above)
    }

    /// What a path selected, or what is `above` levels above it.
    pub fn above(&self, above: usize) -> NodeId {
        self.looked_up(self.level(above));
        self.frames[self.level(above)].node
    }

    /// What is above the part that is judged may be different another time.
    fn looked_up(&self, level: usize) {
        if self.open.last().is_some_and(|open| level < open.root) {
            self.view.unkept();
        }
    }

    /// Its name, where it has one.
    pub fn name(&self, above: usize) -> Option<Key<'a>> {
        let level = self.level(above);
        self.looked_up(level);
        if let Some(notes) = self.view.notes
            && self.open.last().is_some_and(|open| level == open.root)
        {
            notes.key();
        }
        (level > 0).then(|| self.frames[level].key)
    }

    /// Where it, or what is `above` levels above it, is written.
    pub fn spot(&self, above: usize) -> Spot {
        let at = self.level(above);
        self.looked_up(at);
        let frame = &self.frames[at];
        let base = &self.bases[frame.base];
        let mut path = base.path.to_vec();
        path.extend(
            self.frames[base.frame + 1..=at]
                .iter()
                .map(|frame| frame.key.to_string()),
        );
        Spot {
            file: base.file,
            path,
            node: frame.node,
        }
    }

    /// The way here as JSONPath writes it: `$['paths']['/x']`.
    fn shown(&self, last: Key<'_>) -> String {
        let keys = self
            .frames
            .iter()
            .skip(1)
            .map(|frame| frame.key)
            .chain([last]);
        let steps = keys.map(|key| match key {
            Key::Member(name) => format!("['{name}']"),
            Key::Item(index) => format!("[{index}]"),
        });
        format!("${}", steps.collect::<String>())
    }
}

/// Name or index of a child, the child as it is written, and how many there are.
fn child<'a>(view: View<'a>, parent: NodeId, ordinal: usize) -> Option<(Key<'a>, NodeId, usize)> {
    match view.value(parent) {
        Value::Object(members) => members.get(ordinal).map(|member| {
            let name = view.subject.arena.key(member);
            (Key::Member(name), member.value, members.len())
        }),
        Value::Array(items) => items
            .get(ordinal)
            .map(|item| (Key::Item(ordinal), *item, items.len())),
        _ => None,
    }
}
