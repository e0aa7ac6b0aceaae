//! A member or item: what describes it, or what hides it.

use document::NodeId;

use super::{Described, Direction};
use crate::bodies::kinds;
use crate::bodies::schemas::{Element, Role};

#[derive(Default)]
pub struct Place {
    pub elements: Vec<Element>,
    /// The schema, or label, that hides it.
    pub hidden_by: Option<NodeId>,
}

impl Described<'_, '_> {
    pub(super) fn add_member(&self, place: &mut Place, element: Element, schema: NodeId) {
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

    pub(super) fn add(&self, place: &mut Place, role: Role, schema: NodeId) {
        if self.schemas.is_hidden(schema) {
            place.hidden_by = Some(schema);
        }
        place.elements.push(Element {
            schema,
            role,
            part: false,
        });
    }
}
