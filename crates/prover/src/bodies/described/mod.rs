//! What all schemas of one value say of it together.

mod closure;
mod items;
mod masks;
mod members;
mod places;
mod subject;

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};

use ahash::HashSet;

use document::NodeId;
use wall::bundle::Mask;

use super::hidden::Outline;
use super::kinds::{self, ALL, Kinds, NULL, OBJECT};
use super::schemas::{Element, OPEN, Role, Schemas};
use closure::{closure, kinds_of};
use masks::mask;
pub use masks::strictness;
pub use members::Members;
use members::Said;
pub use places::Place;
pub use subject::Subject;

/// Which messages a value is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// What leaves.
    Response,
    /// What may be set.
    Request,
}

/// The schemas of a value, taken apart.
pub struct Described<'s, 'c> {
    schemas: &'s Schemas<'c>,
    direction: Direction,
    visible: Vec<Element>,
    hidden: Vec<(Element, Outline<'c>)>,
    said: OnceCell<Said<'c>>,
    pub kinds: Kinds,
    pub denied_kinds: Kinds,
    /// With the types they have where they are hidden.
    pub hidden_values: BTreeMap<String, Kinds>,
    /// Texts of each enumeration that surely holds.
    pub listed: Vec<BTreeSet<String>>,
    pub mask: Option<Mask>,
    /// The mask is on all that the value may be.
    pub mask_is_sure: bool,
}

impl<'s, 'c> Described<'s, 'c> {
    pub fn new(
        schemas: &'s Schemas<'c>,
        subject: &Subject,
        direction: Direction,
    ) -> Described<'s, 'c> {
        let (visible, hidden) = closure(schemas, subject);
        let visible_ones = visible.iter().map(|one| one.schema).collect();
        let nothing = HashSet::default();
        let outlined = hidden.into_iter().map(|one| {
            let besides = if one.part { &visible_ones } else { &nothing };
            (one, schemas.outline(one.schema, besides, direction))
        });
        let outlined = outlined.collect();
        let mut described = Described {
            schemas,
            direction,
            visible,
            hidden: outlined,
            said: OnceCell::new(),
            kinds: kinds_of(schemas, subject),
            denied_kinds: 0,
            hidden_values: BTreeMap::new(),
            listed: Vec::new(),
            mask: None,
            mask_is_sure: false,
        };
        described.scalars();
        described
    }

    fn scalars(&mut self) {
        // A hidden part of a schema that says nothing else leaves nothing of it.
        let says_types = |one: &Element| {
            one.role != Role::Judge && self.schemas.says_types(one.schema, self.direction)
        };
        let is_said = self.visible.iter().any(says_types);
        let taking = self.hidden.iter().filter(|(one, _)| match one.part {
            true => one.role == Role::Sure && !is_said,
            false => one.role == Role::Maybe,
        });
        let taken = taking.fold(0, |all, (_, outline)| all | outline.kinds);
        self.denied_kinds = taken & !(OBJECT | NULL);
        for element in &self.visible {
            let schema = element.schema;
            for value in self.schemas.hidden_values(schema) {
                let kinds = self.schemas.kinds(schema, element.part);
                *self.hidden_values.entry(value).or_default() |= kinds;
            }
            if element.role == Role::Judge || schema >= OPEN {
                continue;
            }
            if kinds::is_true(&self.schemas.contract.arena, schema, "nullable") {
                self.kinds |= NULL;
            }
            if element.role == Role::Sure
                && let Some(texts) = self.schemas.texts(schema)
            {
                self.listed.push(texts.into_iter().collect());
            }
            // What is sent is taken as it is.
            let mask = match self.direction {
                Direction::Response => mask(self.schemas, schema),
                Direction::Request => None,
            };
            if mask.is_some() {
                self.mask_is_sure |= element.role == Role::Sure;
                self.mask = self
                    .mask
                    .into_iter()
                    .chain(mask)
                    .max_by_key(|mask| strictness(*mask));
            }
        }
    }

    /// Whether the contract says that any value may be here.
    pub fn is_open(&self) -> bool {
        let is_any = |schema: NodeId| self.schemas.is_any(schema);
        self.hidden.is_empty()
            && self.kinds == ALL
            && self.mask.is_none()
            && self.hidden_values.is_empty()
            && self
                .visible
                .iter()
                .all(|one| is_any(one.schema) || self.only_refers(one.schema))
            && self.visible.iter().any(|one| is_any(one.schema))
    }

    fn only_refers(&self, schema: NodeId) -> bool {
        let arena = &self.schemas.contract.arena;
        schema < OPEN
            && !self.schemas.in_place(schema).is_empty()
            && ["properties", "patternProperties", "items", "prefixItems"]
                .iter()
                .all(|key| arena.get(schema, key).is_none())
    }

    /// Texts that schemas which surely describe the value keep from the ring.
    pub fn surely_hidden(&self) -> BTreeSet<String> {
        let sure = self.visible.iter().filter(|one| one.role == Role::Sure);
        sure.flat_map(|one| self.schemas.hidden_values(one.schema))
            .collect()
    }

    /// Schemas whose discriminator this property is.
    pub fn discriminated_by(&self, property: &str) -> Vec<NodeId> {
        let arena = &self.schemas.contract.arena;
        let all = self.visible.iter().map(|element| element.schema);
        let named = |schema: &NodeId| {
            let said = self.schemas.get(*schema, "discriminator");
            said.and_then(|said| arena.get_string(said, "propertyName")) == Some(property)
        };
        all.filter(named).collect()
    }

    /// Heirs of `bases` that the value is said to be: which of theirs it is, the same discriminator says.
    pub fn told_apart_by(&self, bases: &[NodeId]) -> Vec<NodeId> {
        let whole = self.visible.iter().filter(|one| !one.part);
        let is_heir = |schema: &NodeId| {
            let mut families = bases.iter().map(|base| self.schemas.heirs(*base));
            families.any(|heirs| heirs.contains(schema))
        };
        whole.map(|one| one.schema).filter(is_heir).collect()
    }
}
