//! What the schemas of a value say of its items.

use document::{NodeId, Value};

use super::{Described, Place};
use crate::bodies::schemas::{OPEN, Role, UNSAID};

impl Described<'_, '_> {
    /// What describes the item at a position; nothing: those behind all positions.
    pub fn item(&self, position: Option<usize>) -> Place {
        let mut place = Place::default();
        for element in &self.visible {
            let positions = self.positions_of(element.schema);
            let own = position.and_then(|position| positions.get(position).copied());
            let role = element.role;
            if self.schemas.is_any(element.schema) {
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
