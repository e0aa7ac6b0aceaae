//! What the schemas of a value say of its members and items.

use document::{NodeId, Value};
use regex::Regex;

use super::{Described, Direction};
use crate::bodies::kinds;
use crate::bodies::schemas::{Element, OPEN, Role, UNSAID};

/// A member or item: what describes it, or what hides it.
#[derive(Default)]
pub struct Place {
    pub elements: Vec<Element>,
    /// The schema, or label, that hides it.
    pub hidden_by: Option<NodeId>,
}

impl<'c> Described<'_, 'c> {
    /// What describes the member of a name.
    pub fn member(&self, name: &str) -> Place {
        let mut place = Place::default();
        for element in &self.visible {
            let mut is_declared = false;
            if let Some(property) = self.property(element.schema, name) {
                is_declared = true;
                self.add_member(&mut place, *element, property);
            }
            for (pattern, schema) in self.members_of(element.schema, "patternProperties") {
                if Regex::new(pattern).is_ok_and(|pattern| pattern.is_match(name)) {
                    is_declared = true;
                    self.add_member(&mut place, *element, schema);
                }
            }
            if !is_declared {
                self.add_additional(&mut place, *element);
            }
        }
        for (element, outline) in &self.hidden {
            if outline.is_open || outline.names.contains(name) {
                place.hidden_by = Some(element.schema);
            }
        }
        place
    }

    /// What describes members whose names match a pattern, as far as that can be told of all of them.
    pub fn pattern(&self, pattern: &str) -> Place {
        let mut place = Place::default();
        for element in &self.visible {
            let mut same = self
                .members_of(element.schema, "patternProperties")
                .filter(|(known, _)| *known == pattern);
            match same.next() {
                Some((_, schema)) => self.add_member(&mut place, *element, schema),
                None => self.add_additional(&mut place, *element),
            }
        }
        self.hide_if_open(&mut place);
        place
    }

    /// What describes members that nobody names.
    pub fn additional(&self) -> Place {
        let mut place = Place::default();
        for element in &self.visible {
            self.add_additional(&mut place, *element);
        }
        self.hide_if_open(&mut place);
        place
    }

    /// What describes the item at a position; nothing: those behind all positions.
    pub fn item(&self, position: Option<usize>) -> Place {
        let mut place = Place::default();
        for element in &self.visible {
            let positions = self.positions_of(element.schema);
            let own = position.and_then(|position| positions.get(position).copied());
            let role = element.role;
            if self.is_any(element.schema) {
                self.add(&mut place, role, OPEN);
            }
            match own.or_else(|| self.items(element.schema)) {
                Some(schema) => self.add(&mut place, role, schema),
                None if self.schemas.may_be_a_list(element.schema, self.direction) => {
                    self.add(&mut place, role, UNSAID)
                }
                None => {}
            }
            if let Some(contained) = self.schemas.get(element.schema, "contains") {
                self.add(&mut place, Role::Judge, contained);
            }
        }
        place
    }

    /// Items that a schema describes by their positions.
    pub fn positions(&self) -> usize {
        let visible = self.visible.iter();
        let counts = visible.map(|one| self.positions_of(one.schema).len());
        counts.max().unwrap_or_default()
    }

    pub(super) fn property(&self, schema: NodeId, name: &str) -> Option<NodeId> {
        let map = self
            .schemas
            .contract
            .end(self.schemas.get(schema, "properties")?);
        self.schemas.contract.arena.get(map, name)
    }

    pub(super) fn members_of(
        &self,
        schema: NodeId,
        key: &str,
    ) -> impl Iterator<Item = (&'c str, NodeId)> {
        let arena = &self.schemas.contract.arena;
        let map = self
            .schemas
            .get(schema, key)
            .map(|map| self.schemas.contract.end(map));
        let members = map.map(|map| arena.members(map)).unwrap_or_default();
        let schemas = members
            .iter()
            .filter(|one| matches!(arena.value(one.value), Value::Object(_) | Value::Bool(_)));
        schemas.map(|member| (arena.key(member), member.value))
    }

    fn add_member(&self, place: &mut Place, element: Element, schema: NodeId) {
        // OpenAPI: not sent as part of a message in this direction.
        let arena = &self.schemas.contract.arena;
        let key = match self.direction {
            Direction::Response => "writeOnly",
            Direction::Request => "readOnly",
        };
        let goes_the_other_way = |one| kinds::is_true(arena, one, key);
        if self.schemas.contract.chain(schema).any(goes_the_other_way) {
            place.hidden_by = Some(schema);
        }
        self.add(place, element.role, schema);
    }

    fn add_additional(&self, place: &mut Place, element: Element) {
        if self.is_any(element.schema) {
            return self.add(place, element.role, OPEN);
        }
        let arena = &self.schemas.contract.arena;
        let keys = ["additionalProperties", "unevaluatedProperties"];
        let Some(said) = keys
            .iter()
            .find_map(|key| self.schemas.get(element.schema, key))
        else {
            return;
        };
        match arena.value(said) {
            Value::Bool(false) => {}
            Value::Bool(true) | Value::Object([]) => self.add(place, element.role, OPEN),
            _ => self.add(place, element.role, said),
        }
    }

    fn add(&self, place: &mut Place, role: Role, schema: NodeId) {
        if self.schemas.is_hidden(schema) {
            place.hidden_by = Some(schema);
        }
        place.elements.push(Element {
            schema,
            role,
            part: false,
        });
    }

    fn hide_if_open(&self, place: &mut Place) {
        let open = self.hidden.iter().find(|(_, outline)| outline.is_open);
        if let Some((element, _)) = open {
            place.hidden_by = Some(element.schema);
        }
    }

    fn positions_of(&self, schema: NodeId) -> Vec<NodeId> {
        let arena = &self.schemas.contract.arena;
        let lists = ["prefixItems", "items"]
            .iter()
            .filter_map(|key| self.schemas.get(schema, key));
        lists.flat_map(|list| arena.items(list)).copied().collect()
    }

    fn items(&self, schema: NodeId) -> Option<NodeId> {
        let arena = &self.schemas.contract.arena;
        let said = self.schemas.get(schema, "items")?;
        let said = match arena.value(said) {
            Value::Array(_) => self.schemas.get(schema, "additionalItems")?,
            _ => said,
        };
        Some(match arena.value(said) {
            Value::Bool(true) => OPEN,
            _ => said,
        })
    }
}
