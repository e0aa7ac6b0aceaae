//! Parts that are no schemas, by the grammar of OpenAPI: members that hold parts are filtered, others pass if they
//! are known.

use crate::arena::{Arena, Member, NodeId, Value};
use crate::contract::Part;
use crate::contract::grammar::Slot;
use crate::contract::graph::{VertexId, reference_of};

use super::super::vocabulary::{EXTENSIONS, is_plain, plain_object};
use super::{Component, Components, Writer};

impl Writer<'_, '_> {
    /// A visible part in its place: itself, or the reference it is.
    pub fn part(&mut self, vertex: VertexId) {
        let part = self.ground().part(vertex);
        match self.ground().target(vertex) {
            _ if part == Part::Schema => self.schema(vertex),
            None if part == Part::Callback => self.callback(vertex),
            None => self.body(vertex),
            Some(target) if part.is_referable() && Components::has_section(part) => {
                self.reference(vertex, target, part);
            }
            Some(target) => self.inline(target),
        }
    }

    fn reference(&mut self, vertex: VertexId, target: VertexId, part: Part) {
        let node = self.ground().node(vertex);
        let text = reference_text(self, node);
        let reference = self.reference_to(target, part, &text);
        self.sink.open_object();
        self.sink.key("$ref");
        self.sink.string(&reference);
        if !self.references_stand_alone && self.visibility.shows_description(node) {
            for key in ["summary", "description"] {
                if let Some(text) = self.arena().get(node, key) {
                    self.sink.key(key);
                    self.sink.copy(self.arena(), text);
                }
            }
        }
        self.sink.close();
    }

    /// What stands behind a reference that OpenAPI does not know in its place, or has no section for.
    fn inline(&mut self, target: VertexId) {
        self.written_out += 1;
        if self.is_too_long() || self.is_within_itself(target) {
            self.sink.open_object();
            self.sink.close();
            let node = self.ground().node(target);
            return self.warn(
                node,
                "projection-recursion",
                "this part contains itself by references that cannot stay: it is left out within itself",
                "Make what repeats a component of a kind OpenAPI has a section for.",
            );
        }
        self.inlined.push(target);
        self.part(target);
        self.inlined.pop();
    }

    fn body(&mut self, vertex: VertexId) {
        let (part, node) = (self.ground().part(vertex), self.ground().node(vertex));
        if !matches!(self.arena().value(node), Value::Object(_)) {
            return self.misshapen(node);
        }
        self.sink.open_object();
        for member in self.arena().members(node) {
            self.member(vertex, part, member);
        }
        self.sink.close();
    }

    /// What is no object although it should be: shown to those who see everything.
    fn misshapen(&mut self, node: NodeId) {
        if self.is_outer() {
            self.sink.open_object();
            self.sink.close();
        } else {
            self.sink.copy(self.arena(), node);
        }
    }

    pub fn member(&mut self, vertex: VertexId, part: Part, member: &Member) {
        let key = self.arena().key(member);
        match part.slot(key) {
            Some(Slot::One(of)) => self.one(key, member.value, of),
            Some(Slot::List(Part::Server)) => {}
            Some(Slot::List(of)) => self.list(key, member.value, of),
            Some(Slot::Map(of)) => self.map(vertex, key, member.value, of),
            None => self.data(vertex, part, member),
        }
    }

    fn one(&mut self, key: &str, value: NodeId, of: Part) {
        if of == Part::Server {
            return;
        }
        if let Some(vertex) = self.visibility.vertex(value, of)
            && self.visibility.shows(vertex)
        {
            self.sink.key(key);
            self.part(vertex);
        }
    }

    fn list(&mut self, key: &str, value: NodeId, of: Part) {
        let arena = self.arena();
        let items = arena.items(self.ground().holder(value));
        let shown = items
            .iter()
            .filter_map(|item| self.visibility.vertex(*item, of))
            .filter(|vertex| self.visibility.shows(*vertex));
        let shown: Vec<VertexId> = shown.collect();
        if shown.is_empty() && !items.is_empty() {
            return;
        }
        self.sink.key(key);
        self.sink.open_array();
        shown.into_iter().for_each(|vertex| self.part(vertex));
        self.sink.close();
    }

    fn map(&mut self, of: VertexId, key: &str, value: NodeId, part: Part) {
        let entries = self.ground().parts_of(value, part);
        let was_empty = entries.is_empty();
        let shown: Vec<_> = entries
            .into_iter()
            .filter(|(member, entry)| self.shows_entry(of, part, self.arena().key(member), *entry))
            .collect();
        if shown.is_empty() && !was_empty {
            return;
        }
        match part {
            Part::Example if self.view.is_terse => {}
            Part::Example => self.examples(of, key, &shown),
            _ => {
                self.sink.key(key);
                self.sink.open_object();
                for (member, entry) in shown {
                    self.sink.key(self.arena().key(member));
                    self.part(entry);
                }
                self.sink.close();
            }
        }
    }

    fn shows_entry(&mut self, of: VertexId, part: Part, key: &str, entry: VertexId) -> bool {
        if !self.visibility.shows(entry) {
            return false;
        }
        match part {
            Part::Link => self.shows_link(entry),
            Part::Callback => self.shows_callback(entry),
            Part::Encoding if self.is_outer() => {
                let schema = self.ground().schema(of, "schema");
                schema.is_some_and(|schema| self.values.shows_field(schema, key))
            }
            _ => true,
        }
    }

    fn data(&mut self, vertex: VertexId, part: Part, member: &Member) {
        let key = self.arena().key(member);
        match (part, key) {
            (_, "$ref") | (Part::Operation, "security") => {}
            _ if self.is_for_readers(key) => {}
            (Part::Operation, "tags") => self.tags_of_operation(member.value),
            (Part::Parameter | Part::Header | Part::MediaType, "example") => {
                self.exemplary(
                    "example",
                    member.value,
                    self.ground().schema(vertex, "schema"),
                );
            }
            (Part::Link, "operationId" | "operationRef" | "parameters" | "requestBody") => {
                self.copy(key, member.value);
            }
            (_, "description" | "summary")
                if !self
                    .visibility
                    .shows_description(self.ground().node(vertex)) => {}
            _ if is_plain(part, key) => self.copy(key, member.value),
            _ if let Some(known) = plain_object(part, key) => {
                self.plain_object(key, member.value, known)
            }
            _ if !self.is_outer() => self.unknown(key, member.value),
            _ if EXTENSIONS.contains(&key) => self.copy(key, member.value),
            _ => {}
        }
    }

    /// What Ringwork does not know, for those who see everything. References in it would lead to nothing: what they
    /// mean is not known, so it is not kept for them.
    pub fn unknown(&mut self, key: &str, value: NodeId) {
        if !self.view.is_terse && !holds_reference(self.arena(), value) {
            self.copy(key, value);
        }
    }

    /// Whether a key of a part is left out where nobody reads the document.
    pub fn is_for_readers(&self, key: &str) -> bool {
        self.view.is_terse
            && matches!(
                key,
                "description" | "summary" | "title" | "$comment" | "example" | "externalDocs"
            )
    }

    pub fn copy(&mut self, key: &str, value: NodeId) {
        self.sink.key(key);
        self.sink.copy(self.arena(), value);
    }

    /// An object of plain members, such as `externalDocs`: nothing when it is not for the ring.
    pub fn plain_object(&mut self, key: &str, value: NodeId, known: &[&str]) {
        if self.view.is_terse || !self.visibility.shows_object(value) {
            return;
        }
        if !self.is_outer() {
            return self.copy(key, value);
        }
        self.sink.key(key);
        self.sink.open_object();
        for member in self.arena().members(value) {
            let name = self.arena().key(member);
            let is_description = matches!(name, "description" | "summary");
            if known.contains(&name)
                && (!is_description || self.visibility.shows_description(value))
            {
                self.copy(name, member.value);
            }
        }
        self.sink.close();
    }

    /// An example, as far as the ring sees what it is an example of.
    pub fn exemplary(&mut self, key: &str, value: NodeId, schema: Option<VertexId>) {
        if !self.is_outer() {
            return self.copy(key, value);
        }
        let arena = self.arena();
        if let Some(left) = schema.and_then(|schema| self.values.left_of(value, schema)) {
            self.sink.key(key);
            left.write(&mut self.sink, arena);
        }
    }

    /// Examples of a media type, parameter or header. Shared ones become components per schema they exemplify.
    fn examples(&mut self, of: VertexId, key: &str, shown: &[(&Member, VertexId)]) {
        let schema = self.ground().schema(of, "schema");
        let left: Vec<_> = shown
            .iter()
            .filter(|(_, example)| self.has_example_left(*example, schema))
            .collect();
        if left.is_empty() && !shown.is_empty() {
            return;
        }
        self.sink.key(key);
        self.sink.open_object();
        for (member, example) in left {
            self.sink.key(self.arena().key(member));
            match self.ground().target(*example) {
                Some(target) => self.example_reference(*example, target, schema),
                None => self.example(*example, schema),
            }
        }
        self.sink.close();
    }

    fn has_example_left(&self, example: VertexId, schema: Option<VertexId>) -> bool {
        let own = self.ground().chain(example).last().unwrap_or(example);
        match (self.ground().get(own, "value"), schema) {
            _ if !self.is_outer() => true,
            (Some(value), Some(schema)) => self.values.left_of(value, schema).is_some(),
            _ => false,
        }
    }

    fn example_reference(&mut self, example: VertexId, target: VertexId, schema: Option<VertexId>) {
        let text = reference_text(self, self.ground().node(example));
        let component = Component {
            vertex: target,
            exemplified: schema,
        };
        let node = self.ground().node(target);
        let reference = self
            .components
            .reference(component, node, Part::Example, &text);
        self.sink.open_object();
        self.sink.key("$ref");
        self.sink.string(&reference);
        self.sink.close();
    }

    pub fn example(&mut self, example: VertexId, schema: Option<VertexId>) {
        if let Some(target) = self.ground().target(example) {
            return self.example_reference(example, target, schema);
        }
        let node = self.ground().node(example);
        self.sink.open_object();
        for member in self.arena().members(node) {
            match self.arena().key(member) {
                "value" => self.exemplary("value", member.value, schema),
                _ => self.data(example, Part::Example, member),
            }
        }
        self.sink.close();
    }
}

/// What the `$ref` of a node says.
pub fn reference_text(writer: &Writer<'_, '_>, node: NodeId) -> String {
    let arena = writer.arena();
    let text = reference_of(arena, node).and_then(|reference| arena.string(reference));
    text.unwrap_or_default().to_owned()
}

/// As deep as the document, which parsing bounds.
fn holds_reference(arena: &Arena, node: NodeId) -> bool {
    match arena.value(node) {
        Value::Array(items) => items.iter().any(|item| holds_reference(arena, *item)),
        Value::Object(members) => {
            reference_of(arena, node).is_some()
                || members
                    .iter()
                    .any(|member| holds_reference(arena, member.value))
        }
        _ => false,
    }
}
