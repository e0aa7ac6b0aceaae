//! From the operations a ring is served to everything it can send or read, each part once per direction.

use std::collections::VecDeque;

use ahash::{HashMap, HashSet};

use crate::arena::{NodeId, Value};
use crate::contract::graph::VertexId;
use crate::contract::{Contract, LabelKind, Part};
use crate::projection::visibility::Ground;
use crate::projection::{Audience, Visibility};
use crate::sensitive::Masking;

use super::{Item, Kind, Seen, Served, Way};

/// In the order of discovery.
pub fn walk(
    contract: &Contract,
    visibility: &Visibility<'_>,
    served: &Served<'_>,
) -> Vec<(Item, Seen)> {
    let part_labels = contract
        .labels
        .iter()
        .filter(|label| label.kind.is_of_a_part() && label.kind != LabelKind::EnumValue);
    let mut walk = Walk {
        contract,
        visibility,
        ground: visibility.ground(),
        ring: served.ring,
        labels: part_labels.map(|label| (label.vertex, label.at)).collect(),
        through: 0,
        queue: VecDeque::new(),
        reached: HashSet::default(),
        found: Vec::new(),
        listed: HashSet::default(),
    };
    for index in served.operations {
        walk.operation(*index);
        walk.follow();
    }
    walk.found
}

struct Walk<'w, 'c> {
    contract: &'c Contract,
    visibility: &'w Visibility<'c>,
    ground: &'w Ground<'c>,
    ring: Audience,
    labels: HashMap<VertexId, u32>,
    through: u32,
    queue: VecDeque<(VertexId, Way)>,
    reached: HashSet<(VertexId, Way)>,
    found: Vec<(Item, Seen)>,
    listed: HashSet<Item>,
}

impl Walk<'_, '_> {
    fn operation(&mut self, index: u32) {
        let Some(fact) = self.contract.facts.operations.get(index as usize) else {
            return;
        };
        let Some(operation) = self.visibility.vertex(fact.node, Part::Operation) else {
            return;
        };
        self.through = index;
        self.list(Kind::Operation, Way::Call, operation, fact.at);
        let arena = self.ground.arena;
        if is_opaque(self.ground, operation) {
            self.list(Kind::Opaque, Way::Opaque, operation, fact.at);
        }
        let path = self.path_item(fact.path);
        for holder in self.ground.chain(operation).chain(path) {
            for parameter in self.ground.list(holder, "parameters", Part::Parameter) {
                let at = arena.node(self.ground.node(parameter)).at;
                self.enter(Kind::Parameter, Way::Write, parameter, at);
            }
        }
        for holder in self.ground.chain(operation) {
            if let Some(body) = self.ground.one(holder, "requestBody", Part::RequestBody) {
                let at = arena.node(self.ground.node(body)).at;
                self.enter(Kind::Body, Way::Write, body, at);
            }
            if let Some(responses) = self.ground.one(holder, "responses", Part::Responses) {
                self.responses(responses);
            }
        }
    }

    /// The path item of an operation and what it refers to.
    fn path_item(&self, path: u32) -> Vec<VertexId> {
        let template = &self.contract.facts.paths[path as usize].template;
        let paths = self.ground.arena.get(self.contract.root, "paths");
        let item = paths
            .and_then(|paths| self.ground.arena.get(paths, template))
            .and_then(|item| self.visibility.vertex(item, Part::PathItem));
        item.map(|item| self.ground.chain(item).collect())
            .unwrap_or_default()
    }

    fn responses(&mut self, responses: VertexId) {
        let chain: Vec<VertexId> = self.ground.chain(responses).collect();
        if !chain.iter().all(|one| self.visibility.shows(*one)) {
            return;
        }
        for holder in chain {
            let node = self.ground.node(holder);
            for (member, response) in self.ground.parts_of(node, Part::Response) {
                self.enter(Kind::Response, Way::Read, response, member.key_at);
            }
        }
    }

    fn follow(&mut self) {
        while let Some((vertex, way)) = self.queue.pop_front() {
            if let Some(target) = self.ground.target(vertex) {
                self.reach(target, way);
            }
            match self.ground.part(vertex) {
                Part::Schema => self.schema(vertex, way),
                Part::MediaType => self.one(vertex, "schema", way),
                Part::Parameter | Part::Header => {
                    self.one(vertex, "schema", way);
                    self.map(vertex, "content", Part::MediaType, Kind::Media, way);
                }
                Part::RequestBody => {
                    self.map(vertex, "content", Part::MediaType, Kind::Media, way);
                }
                Part::Response => {
                    self.map(vertex, "headers", Part::Header, Kind::Header, way);
                    self.map(vertex, "content", Part::MediaType, Kind::Media, way);
                }
                _ => {}
            }
        }
    }

    fn one(&mut self, vertex: VertexId, key: &str, way: Way) {
        if let Some(schema) = self.ground.schema(vertex, key) {
            self.reach(schema, way);
        }
    }

    fn map(&mut self, vertex: VertexId, key: &str, part: Part, kind: Kind, way: Way) {
        for (member, one) in self.ground.map(vertex, key, part) {
            self.enter(kind, way, one, member.key_at);
        }
    }

    /// A visible part that is worth a line, and what it consists of.
    fn enter(&mut self, kind: Kind, way: Way, vertex: VertexId, at: u32) {
        if self.visibility.shows(vertex) && !self.is_dropped(vertex, way) {
            self.list(kind, way, vertex, at);
            self.reach(vertex, way);
        }
    }

    fn reach(&mut self, vertex: VertexId, way: Way) {
        if self.visibility.shows(vertex) && self.reached.insert((vertex, way)) {
            self.queue.push_back((vertex, way));
        }
    }

    fn schema(&mut self, schema: VertexId, way: Way) {
        let at = self.ground.arena.node(self.ground.node(schema)).at;
        if self.ground.target(schema).is_some() {
            self.list(Kind::Reference, way, schema, at);
        }
        for below in self.visibility.in_place(schema) {
            self.reach(below, way);
        }
        self.fields(schema, way);
        for key in ["additionalProperties", "unevaluatedProperties"] {
            if let Some(rest) = self.ground.schema(schema, key)
                && !matches!(
                    self.ground.arena.value(self.ground.node(rest)),
                    Value::Bool(false)
                )
            {
                let at = self.ground.arena.node(self.ground.node(rest)).at;
                self.enter(Kind::Open, way, rest, at);
            }
        }
        for key in [
            "items",
            "additionalItems",
            "unevaluatedItems",
            "contains",
            "contentSchema",
        ] {
            self.one(schema, key, way);
        }
        for position in self.ground.positions(schema) {
            self.reach(position, way);
        }
        self.alternatives(schema, way);
        self.values(schema, way);
    }

    fn fields(&mut self, schema: VertexId, way: Way) {
        for (member, property) in self.ground.map(schema, "properties", Part::Schema) {
            let name = self.ground.arena.key(member);
            if self.visibility.shows_property(schema, name, property)
                && goes(self.ground, property, way)
            {
                self.enter(Kind::Field, way, property, member.key_at);
            }
        }
        for (member, pattern) in self.ground.map(schema, "patternProperties", Part::Schema) {
            self.enter(Kind::Open, way, pattern, member.key_at);
        }
    }

    /// What a discriminator may choose.
    fn alternatives(&mut self, schema: VertexId, way: Way) {
        for heir in self.visibility.heirs(schema) {
            self.reach(heir, way);
        }
        let arena = self.ground.arena;
        let mapping = self
            .ground
            .get(schema, "discriminator")
            .and_then(|discriminator| arena.get(discriminator, "mapping"));
        for member in mapping.map(|map| arena.members(map)).unwrap_or_default() {
            if let Some(chosen) = self.ground.chosen(member.value) {
                self.reach(chosen, way);
            }
        }
    }

    fn values(&mut self, schema: VertexId, way: Way) {
        let arena = self.ground.arena;
        let listed = self
            .ground
            .get(schema, "enum")
            .map(|list| arena.items(list));
        for value in listed.unwrap_or_default() {
            let is_scalar = !matches!(arena.value(*value), Value::Array(_) | Value::Object(_));
            if is_scalar && self.visibility.shows_value(schema, *value) {
                let at = arena.node(*value).at;
                self.list_one(Kind::Value, way, schema, Some(*value), at);
            }
        }
    }

    fn is_dropped(&self, vertex: VertexId, way: Way) -> bool {
        way == Way::Read && self.visibility.mask(vertex) == Some(Masking::Drop)
    }

    fn list(&mut self, kind: Kind, way: Way, vertex: VertexId, at: u32) {
        self.list_one(kind, way, vertex, None, at);
    }

    fn list_one(&mut self, kind: Kind, way: Way, vertex: VertexId, value: Option<NodeId>, at: u32) {
        let index = match kind {
            Kind::Operation | Kind::Opaque => self.through,
            _ => 0,
        };
        let item = Item {
            kind,
            way,
            vertex,
            value,
            index,
        };
        if !self.listed.insert(item) {
            return;
        }
        let is_a_value = matches!(
            kind,
            Kind::Field | Kind::Open | Kind::Parameter | Kind::Header
        );
        let seen = Seen {
            ring: self.ring,
            through: self.through,
            at,
            label: self.label(vertex),
            sensitive: self.visibility.sensitive_of(vertex).filter(|_| is_a_value),
        };
        self.found.push((item, seen));
    }

    /// Of the part itself, or of what it refers to.
    fn label(&self, vertex: VertexId) -> Option<u32> {
        let mut chain = self.ground.chain(vertex);
        chain.find_map(|vertex| self.labels.get(&vertex).copied())
    }
}

pub fn is_opaque(ground: &Ground<'_>, operation: VertexId) -> bool {
    let opaque = ground
        .chain(operation)
        .find_map(|holder| ground.get(holder, "x-opaque"));
    opaque.is_some_and(|value| matches!(ground.arena.value(value), Value::Bool(true)))
}

/// `writeOnly` properties never leave in responses, `readOnly` ones are never set in requests.
fn goes(ground: &Ground<'_>, property: VertexId, way: Way) -> bool {
    let key = match way {
        Way::Write => "readOnly",
        _ => "writeOnly",
    };
    let mut said = ground
        .chain(property)
        .filter_map(|one| ground.get(one, key));
    !said.any(|value| matches!(ground.arena.value(value), Value::Bool(true)))
}
