//! Examples, defaults, constants: what a ring may see of a value, by the schemas that describe it.
//!
//! The world is closed, as it is at the gateway: a field stays only if a visible schema declares it, and none hides
//! it.

use std::cell::Cell;
use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use regex::Regex;

use crate::arena::{Arena, Member, NodeId, Value};
use crate::contract::Part;
use crate::contract::graph::VertexId;

use super::sink::Sink;
use super::visibility::Visibility;

/// Schemas looked at for all examples of a contract; beyond it, examples are left out.
const STEPS: u64 = 50_000_000;

/// What is left of a value.
pub enum Left<'c> {
    All(NodeId),
    Array(Vec<Left<'c>>),
    Object(Vec<(&'c Member, Left<'c>)>),
}

impl Left<'_> {
    pub fn write(&self, sink: &mut Sink, arena: &Arena) {
        match self {
            Left::All(node) => sink.copy(arena, *node),
            Left::Array(items) => {
                sink.open_array();
                items.iter().for_each(|item| item.write(sink, arena));
                sink.close();
            }
            Left::Object(members) => {
                sink.open_object();
                for (member, value) in members {
                    sink.key(arena.key(member));
                    value.write(sink, arena);
                }
                sink.close();
            }
        }
    }
}

/// Every schema that describes a value, hidden ones apart.
struct Describing {
    schemas: Vec<VertexId>,
}

/// What describes a field of an object.
enum Field {
    Unseen,
    /// Declared as anything at all.
    Anything,
    By(Vec<VertexId>),
}

/// Takes out of values what a ring may not see.
pub struct Values<'v, 'c> {
    visibility: &'v Visibility<'c>,
    known: std::cell::RefCell<HashMap<Vec<VertexId>, Rc<Describing>>>,
    patterns: std::cell::RefCell<HashMap<String, Option<Regex>>>,
    steps: Cell<u64>,
}

impl<'v, 'c> Values<'v, 'c> {
    pub fn new(visibility: &'v Visibility<'c>) -> Values<'v, 'c> {
        Values {
            visibility,
            known: Default::default(),
            patterns: Default::default(),
            steps: Cell::new(0),
        }
    }

    /// Whether the bound of all examples is used up.
    pub fn is_exhausted(&self) -> bool {
        self.steps.get() > STEPS
    }

    /// What the ring sees of a value described by `schema`; nothing when that cannot be told, or is nothing.
    pub fn left_of(&self, value: NodeId, schema: VertexId) -> Option<Left<'c>> {
        if !self.visibility.ring().is_outer() {
            return Some(Left::All(value));
        }
        self.left(value, vec![schema])
    }

    fn left(&self, value: NodeId, mut starts: Vec<VertexId>) -> Option<Left<'c>> {
        starts.sort_unstable();
        starts.dedup();
        if !starts.iter().any(|start| self.visibility.shows(*start)) {
            return None;
        }
        let describing = self.describing(starts);
        let schemas = &describing.schemas;
        self.steps.set(self.steps.get() + schemas.len() as u64 + 1);
        if self.is_exhausted() {
            return None;
        }
        match self.visibility.arena().value(value) {
            Value::Object(members) => self.object(members, schemas),
            Value::Array(items) => self.array(items, schemas),
            _ => self.is_shown(value, schemas).then_some(Left::All(value)),
        }
    }

    fn is_shown(&self, scalar: NodeId, schemas: &[VertexId]) -> bool {
        schemas.iter().all(|schema| {
            self.visibility.shows_value(*schema, scalar) && self.may_be_scalar(*schema, scalar)
        })
    }

    /// A text in the place of an object may hold anything that the object hides.
    fn may_be_scalar(&self, schema: VertexId, scalar: NodeId) -> bool {
        let (arena, ground) = (self.visibility.arena(), &self.visibility.ground);
        if arena.string(scalar).is_none() {
            return true;
        }
        match ground.get(schema, "type") {
            Some(kind) => {
                let is_text = |kind: &NodeId| arena.string(*kind) == Some("string");
                is_text(&kind)
                    || arena.items(kind).iter().any(is_text)
                    || !["object", "array"].iter().any(|name| {
                        arena.string(kind) == Some(name)
                            || arena
                                .items(kind)
                                .iter()
                                .any(|kind| arena.string(*kind) == Some(name))
                    })
            }
            None => ["properties", "items", "additionalProperties", "prefixItems"]
                .into_iter()
                .all(|key| ground.get(schema, key).is_none()),
        }
    }

    fn array(&self, items: &[NodeId], schemas: &[VertexId]) -> Option<Left<'c>> {
        let mut left = Vec::with_capacity(items.len());
        for (place, item) in items.iter().enumerate() {
            let starts: Vec<VertexId> = schemas
                .iter()
                .flat_map(|schema| self.item_schemas(*schema, place))
                .collect();
            // Of a list of which nothing is said, scalars are shown: as at the gateway.
            let is_bare = starts.is_empty() && self.is_scalar(*item);
            match self.left(*item, starts) {
                Some(item) => left.push(item),
                None if is_bare => left.push(Left::All(*item)),
                // Those after it would move up into places of other schemas.
                None if schemas.iter().any(|schema| self.is_tuple(*schema)) => return None,
                None => {}
            }
        }
        (items.is_empty() || !left.is_empty()).then_some(Left::Array(left))
    }

    fn is_scalar(&self, value: NodeId) -> bool {
        let value = self.visibility.arena().value(value);
        !matches!(value, Value::Array(_) | Value::Object(_))
    }

    fn is_tuple(&self, schema: VertexId) -> bool {
        !self.visibility.ground.positions(schema).is_empty()
    }

    fn item_schemas(&self, schema: VertexId, place: usize) -> Vec<VertexId> {
        let ground = &self.visibility.ground;
        let positions = ground.positions(schema);
        if let Some(position) = positions.get(place) {
            return vec![*position];
        }
        let rest = ["items", "additionalItems", "unevaluatedItems"];
        rest.into_iter()
            .filter_map(|key| ground.schema(schema, key))
            .collect()
    }

    fn object(&self, members: &'c [Member], schemas: &[VertexId]) -> Option<Left<'c>> {
        let mut left = Vec::new();
        for member in members {
            let name = self.visibility.arena().key(member);
            let value = match self.field(name, schemas) {
                Field::Unseen => None,
                Field::Anything => Some(Left::All(member.value)),
                Field::By(starts) => self.left(member.value, starts),
            };
            left.extend(value.map(|value| (member, value)));
        }
        (members.is_empty() || !left.is_empty()).then_some(Left::Object(left))
    }

    /// Whether values described by `schema` may show this field.
    pub fn shows_field(&self, schema: VertexId, name: &str) -> bool {
        let describing = self.describing(vec![schema]);
        !matches!(self.field(name, &describing.schemas), Field::Unseen)
    }

    fn field(&self, name: &str, schemas: &[VertexId]) -> Field {
        if schemas
            .iter()
            .any(|schema| self.visibility.denies_field(*schema, name))
        {
            return Field::Unseen;
        }
        let mut declared = Vec::new();
        let mut anything = false;
        for schema in schemas {
            match self.declared_by(*schema, name) {
                Some(Field::Unseen) => return Field::Unseen,
                Some(Field::Anything) => anything = true,
                Some(Field::By(more)) => declared.extend(more),
                None => {}
            }
        }
        match (declared.is_empty(), anything) {
            (false, _) => Field::By(declared),
            (true, true) => Field::Anything,
            (true, false) => Field::Unseen,
        }
    }

    /// What one schema says of a field; nothing when it says nothing.
    fn declared_by(&self, schema: VertexId, name: &str) -> Option<Field> {
        let ground = &self.visibility.ground;
        let mut by = Vec::new();
        if let Some(properties) = ground.get(schema, "properties")
            && let Some(property) = ground.arena.get(ground.holder(properties), name)
        {
            by.extend(ground.graph.find(property, Part::Schema));
        }
        for (pattern, described) in ground.map(schema, "patternProperties", Part::Schema) {
            match self.matches(ground.arena.key(pattern), name) {
                Some(true) => by.push(described),
                Some(false) => {}
                None => return Some(Field::Unseen),
            }
        }
        if by.iter().any(|one| !self.visibility.shows(*one)) {
            return Some(Field::Unseen);
        }
        if by.is_empty() {
            self.additional(schema, name)
        } else {
            Some(Field::By(by))
        }
    }

    fn additional(&self, schema: VertexId, name: &str) -> Option<Field> {
        if !self.visibility.shows_additional(schema, name) {
            return None;
        }
        let ground = &self.visibility.ground;
        let additional = ["additionalProperties", "unevaluatedProperties"]
            .into_iter()
            .find_map(|key| ground.get(schema, key))?;
        match ground.arena.value(additional) {
            Value::Bool(true) => Some(Field::Anything),
            Value::Object([]) => Some(Field::Anything),
            Value::Object(_) => {
                let described = ground.graph.find(additional, Part::Schema)?;
                let shown = self.visibility.shows(described);
                Some(if shown {
                    Field::By(vec![described])
                } else {
                    Field::Unseen
                })
            }
            _ => None,
        }
    }

    /// Whether a pattern matches; nothing when it is none that can be matched in linear time.
    fn matches(&self, pattern: &str, name: &str) -> Option<bool> {
        let mut patterns = self.patterns.borrow_mut();
        let known = patterns
            .entry(pattern.to_owned())
            .or_insert_with_key(|pattern| Regex::new(pattern).ok());
        known.as_ref().map(|pattern| pattern.is_match(name))
    }

    fn describing(&self, starts: Vec<VertexId>) -> Rc<Describing> {
        if let Some(known) = self.known.borrow().get(&starts) {
            return known.clone();
        }
        let found = Rc::new(self.find_describing(&starts));
        self.known.borrow_mut().insert(starts, found.clone());
        found
    }

    fn find_describing(&self, starts: &[VertexId]) -> Describing {
        let mut seen = HashSet::new();
        let mut schemas = Vec::new();
        let mut open = starts.to_vec();
        while let Some(schema) = open.pop() {
            if !self.visibility.shows(schema) || !seen.insert(schema) {
                continue;
            }
            schemas.push(schema);
            open.extend(self.visibility.in_place(schema));
            open.extend(self.visibility.heirs(schema));
            if self.visibility.shows_discriminator(schema) {
                open.extend(self.chosen(schema));
            }
        }
        self.steps.set(self.steps.get() + schemas.len() as u64);
        Describing { schemas }
    }

    /// Schemas a discriminator's mapping chooses.
    fn chosen(&self, schema: VertexId) -> Vec<VertexId> {
        let ground = &self.visibility.ground;
        let mapping = ground
            .get(schema, "discriminator")
            .and_then(|discriminator| ground.arena.get(discriminator, "mapping"));
        let values = mapping.map(|mapping| ground.arena.members(mapping));
        let chosen = |member: &Member| ground.chosen(member.value);
        values
            .unwrap_or_default()
            .iter()
            .filter_map(chosen)
            .collect()
    }
}
