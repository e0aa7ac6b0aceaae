//! Visits every part of a contract once, follows every reference, collects labels. No recursion: documents may
//! refer to themselves.

use std::collections::VecDeque;

use crate::arena::{Arena, Member, NodeId, Value};
use crate::contract::bindings::AUTHORIZE;
use crate::contract::callers::CALLERS;
use crate::contract::grammar::{Part, Slot};
use crate::contract::graph::{Graph, Vertex, VertexId, reference_of};
use crate::contract::inheritance;
use crate::contract::labels::{Label, labels_of, labels_of_no_value};
use crate::contract::misspelling::misspelt_labels;
use crate::contract::records::RECORD;
use crate::contract::resolve::{Reader, Resolver, Target};
use crate::problem::{Problem, Severity, shown};
use crate::source::Text;

/// What has a meaning on operations and path items only, and would be missed elsewhere.
const OF_OPERATIONS: [(&str, &str, &str); 2] = [
    (
        AUTHORIZE,
        "authorize-misplaced",
        "x-authorize binds nothing here",
    ),
    (
        CALLERS,
        "callers-misplaced",
        "x-callers keeps nobody out here",
    ),
];

/// Labels one contract may carry.
const LABELS: usize = 100_000;

/// A reference found, to be followed once everything around it is known.
struct Pending {
    from: VertexId,
    /// The node of the reference's text.
    reference: NodeId,
    role: Role,
}

/// What a reference stands for.
#[derive(Clone, Copy)]
enum Role {
    /// The object it stands in the place of.
    Is(Part),
    /// A schema a discriminator's mapping chooses.
    Chooses,
    /// All of a list or map. The specification knows no such reference; real documents have it.
    Holds(Slot, Text),
}

/// What a walk found.
#[derive(Default)]
pub struct Walk {
    pub graph: Graph,
    pub labels: Vec<Label>,
    queue: VecDeque<VertexId>,
    pending: VecDeque<Pending>,
}

/// Walks everything from the root on.
pub fn walk(
    arena: &mut Arena,
    root: NodeId,
    resolver: &mut Resolver,
    reader: &mut dyn Reader,
) -> Walk {
    let mut walk = Walk::default();
    walk.find(root, Part::Document, false, Text::default());
    loop {
        // Anchors and `$id`s must be known before a reference may use them.
        while let Some(vertex) = walk.queue.pop_front() {
            walk.visit(arena, resolver, vertex);
        }
        let Some(pending) = walk.pending.pop_front() else {
            break;
        };
        walk.follow(arena, resolver, reader, &pending);
    }
    inheritance::connect(arena, root, &mut walk.graph);
    walk.report_cycles(arena);
    walk
}

impl Walk {
    fn find(&mut self, node: NodeId, part: Part, property: bool, key: Text) -> VertexId {
        let (vertex, new) = self.graph.vertex(node, part, property, key);
        if new {
            self.queue.push_back(vertex);
        }
        vertex
    }

    fn visit(&mut self, arena: &mut Arena, resolver: &mut Resolver, vertex: VertexId) {
        let at = self.graph.vertices[vertex as usize];
        if !self.check_shape(arena, at.node, at.part) {
            return;
        }
        if at.part == Part::Schema {
            resolver.identify(arena, at.node);
        }
        self.collect_labels(arena, vertex);
        self.collect_references(arena, vertex);
        for ordinal in 0..arena.members(at.node).len() {
            let member = arena.members(at.node)[ordinal];
            if let Some(slot) = at.part.slot(arena.key(&member)) {
                self.enter(arena, vertex, slot, member.value, member.key);
            }
        }
    }

    fn enter(&mut self, arena: &mut Arena, from: VertexId, slot: Slot, value: NodeId, key: Text) {
        if !matches!(slot, Slot::One(_))
            && let Some(reference) = reference_of(arena, value)
        {
            report_misplaced(arena, reference);
            let role = Role::Holds(slot, key);
            return self.pending.push_back(Pending {
                from,
                reference,
                role,
            });
        }
        match (slot, arena.value(value)) {
            // `items` was a list in older JSON Schema.
            (Slot::List(part), Value::Array(items))
            | (Slot::One(part @ Part::Schema), Value::Array(items)) => {
                for item in items {
                    self.connect(from, *item, part, false, Text::default());
                }
            }
            (Slot::One(part), _) => self.connect(from, value, part, false, key),
            (Slot::Map(part), Value::Object(members)) => {
                let property = part == Part::Schema
                    && matches!(arena.sources.text(key), "properties" | "patternProperties");
                for member in members {
                    if !is_no_part(arena, member, key) {
                        self.connect(from, member.value, part, property, member.key);
                    }
                }
            }
            _ => {}
        }
    }

    fn connect(&mut self, from: VertexId, node: NodeId, part: Part, property: bool, key: Text) {
        let to = self.find(node, part, property, key);
        // What is called back or linked to is another message, and other operations are other operations.
        if !matches!(part, Part::Callback | Part::Link | Part::Operation) {
            self.graph.edges.push((from, to));
        }
    }

    /// Whether the node can be looked into; reports what cannot be meant.
    fn check_shape(&mut self, arena: &mut Arena, node: NodeId, part: Part) -> bool {
        match arena.value(node) {
            Value::Object(_) => return true,
            Value::Bool(_) if part == Part::Schema => return false,
            _ => {}
        }
        let message = format!(
            "{} is an object, this is {}",
            part.name(),
            arena.type_name(node)
        );
        let help = "Write an object, or remove the key.";
        let at = arena.node(node).at;
        let problem = match part {
            Part::Document | Part::Paths | Part::PathItem | Part::Operation => {
                Problem::error("openapi-shape", at, message, help)
            }
            _ => Problem::warning("openapi-shape", at, message, help),
        };
        arena.report(problem);
        false
    }

    fn collect_labels(&mut self, arena: &mut Arena, vertex: VertexId) {
        let before = self.labels.len();
        self.labels.extend(labels_of(
            arena,
            vertex,
            &self.graph.vertices[vertex as usize],
        ));
        if before <= LABELS && self.labels.len() > LABELS {
            let message = format!("the contract has more than {LABELS} audience labels");
            let at = self.labels[LABELS].at;
            let help = "Label path items and tags instead of every part.";
            arena.report(Problem::error("openapi-too-many-labels", at, message, help));
        }
        self.labels.truncate(LABELS + 1);
        let (node, part) = (
            self.graph.node(vertex),
            self.graph.vertices[vertex as usize].part,
        );
        if !matches!(part, Part::Operation | Part::PathItem) {
            for (key, code, message) in OF_OPERATIONS {
                let misplaced = arena.member(node, key).map(|member| member.key_at);
                if let Some(at) = misplaced {
                    let help = "Write it on an operation or a path item.";
                    arena.report(Problem::error(code, at, message, help));
                }
            }
        }
        if part != Part::Operation
            && let Some(at) = arena.member(node, RECORD).map(|member| member.key_at)
        {
            let help = "Write it on the operation that writes the record.";
            let message = "x-record records nothing here";
            arena.report(Problem::error("record-misplaced", at, message, help));
        }
        for problem in misspelt_labels(arena, self.graph.node(vertex)) {
            arena.report(problem);
        }
        for entry in labels_of_no_value(arena, self.graph.node(vertex)) {
            let message = format!("the enum has no value {}", shown(arena.key(&entry)));
            let help = "Name a value of the `enum` beside it.";
            arena.report(Problem::warning(
                "openapi-enum-audience",
                entry.key_at,
                message,
                help,
            ));
        }
    }

    fn collect_references(&mut self, arena: &mut Arena, vertex: VertexId) {
        let Vertex { node, part, .. } = self.graph.vertices[vertex as usize];
        if let Some(reference) = reference_of(arena, node).filter(|_| part.has_labelled_parts()) {
            if !part.is_referable() {
                report_misplaced(arena, reference);
            }
            self.await_reference(vertex, reference, Role::Is(part));
        }
        if part != Part::Schema {
            return;
        }
        if let Some(dynamic) = arena
            .get(node, "$dynamicRef")
            .filter(|id| arena.string(*id).is_some())
        {
            self.await_reference(vertex, dynamic, Role::Is(part));
        }
        let mapping = arena
            .get(node, "discriminator")
            .and_then(|discriminator| arena.get(discriminator, "mapping"));
        for member in mapping
            .map(|mapping| arena.members(mapping))
            .unwrap_or_default()
        {
            if arena.string(member.value).is_some() {
                self.await_reference(vertex, member.value, Role::Chooses);
            }
        }
    }

    fn await_reference(&mut self, from: VertexId, reference: NodeId, role: Role) {
        self.pending.push_back(Pending {
            from,
            reference,
            role,
        });
    }

    fn follow(
        &mut self,
        arena: &mut Arena,
        resolver: &mut Resolver,
        reader: &mut dyn Reader,
        pending: &Pending,
    ) {
        let reference = pending.reference;
        let followed = match pending.role {
            Role::Is(part) => resolver
                .resolve(arena, reader, reference, part)
                .map(|target| self.refer(arena, pending, part, &target)),
            Role::Chooses => resolver
                .resolve_chosen(arena, reader, reference)
                .map(|target| self.choose(arena, pending, &target)),
            Role::Holds(slot, key) => resolver
                .resolve_holder(arena, reader, reference)
                .map(|holder| self.enter_referred(arena, pending, slot, holder, key)),
        };
        if let Err(Some(problem)) = followed {
            let severity = match pending.role {
                Role::Chooses => Severity::Warning,
                _ => problem.severity,
            };
            arena.report(Problem {
                severity,
                ..problem
            });
        }
    }

    /// One step only: a list or map that is a reference again is not what anybody writes.
    fn enter_referred(
        &mut self,
        arena: &mut Arena,
        pending: &Pending,
        slot: Slot,
        holder: NodeId,
        key: Text,
    ) {
        match reference_of(arena, holder) {
            Some(again) => arena.report(Problem::error(
                "openapi-ref-misplaced",
                arena.node(again).at,
                "this reference is where another one leads, and neither may stand for a list or map",
                "Write out the list or map.",
            )),
            None => {
                self.graph.holders.push((pending.reference, holder));
                self.enter(arena, pending.from, slot, holder, key);
            }
        }
    }

    fn choose(&mut self, arena: &Arena, pending: &Pending, target: &Target) {
        self.refer(arena, pending, Part::Schema, target);
        let chosen = self.find(target.node, Part::Schema, false, Text::default());
        self.graph.choices.push((pending.reference, chosen));
    }

    fn refer(&mut self, arena: &Arena, pending: &Pending, part: Part, target: &Target) {
        let to = self.find(target.node, part, false, Text::default());
        self.graph.edges.push((pending.from, to));
        if let Some(part) = target.also {
            let rightful = self.find(target.node, part, false, Text::default());
            self.graph.edges.push((pending.from, rightful));
        }
        if reference_of(arena, self.graph.node(pending.from)) == Some(pending.reference) {
            self.graph.references.push((pending.from, to));
        }
    }

    /// References that lead to references and back: nothing stands at their end.
    fn report_cycles(&mut self, arena: &mut Arena) {
        let mut next = vec![None; self.graph.vertices.len()];
        for (from, to) in &self.graph.references {
            next[*from as usize] = Some(*to);
        }
        let mut walked_in = vec![0u32; next.len()];
        for start in 0..next.len() as u32 {
            let mut at = start;
            while walked_in[at as usize] == 0 {
                walked_in[at as usize] = start + 1;
                let Some(to) = next[at as usize] else { break };
                at = to;
            }
            if walked_in[at as usize] == start + 1 && next[at as usize].is_some() {
                self.report_cycle(arena, at);
            }
        }
    }

    fn report_cycle(&self, arena: &mut Arena, vertex: VertexId) {
        let node = self.graph.node(vertex);
        let Some(reference) = reference_of(arena, node) else {
            return;
        };
        let text = shown(arena.string(reference).unwrap_or_default());
        let message =
            format!("the reference {text} leads back to itself through nothing but references");
        let help = "Put the object itself at one of the places.";
        arena.report(Problem::error(
            "openapi-ref-cycle",
            arena.node(reference).at,
            message,
            help,
        ));
    }
}

/// A label written into a list of parts, which [`labels_of`] reads, and a property's list of other properties in
/// `dependencies`.
fn is_no_part(arena: &Arena, member: &Member, key: Text) -> bool {
    match arena.value(member.value) {
        Value::String(_) => arena.key(member) == "x-audience",
        Value::Array(_) => arena.sources.text(key) == "dependencies",
        _ => false,
    }
}

/// What stands behind it counts all the same: it is what the author believes to be part of the message.
fn report_misplaced(arena: &mut Arena, reference: NodeId) {
    let text = shown(arena.string(reference).unwrap_or_default());
    let message = format!("OpenAPI knows no reference in this place: {text}");
    let help =
        "Refer to each part by itself; many tools see nothing of what stands behind this one.";
    let at = arena.node(reference).at;
    arena.report(Problem::warning("openapi-ref-misplaced", at, message, help));
}
