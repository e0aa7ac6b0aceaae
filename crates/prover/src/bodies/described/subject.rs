//! The schemas a value is known to be described by.

use document::NodeId;

use crate::bodies::schemas::{Element, OPEN, Role};

/// A set of schemas that describe one value. `decided`: those of which it is known what they turned out to be.
/// `besides`: of bodies the ring may not see at all, which may be those values.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Subject {
    pub(super) elements: Vec<Element>,
    pub(super) decided: Vec<NodeId>,
    pub(super) besides: Vec<NodeId>,
}

impl Subject {
    pub fn of(mut elements: Vec<Element>) -> Subject {
        elements.sort_unstable();
        elements.dedup();
        Subject {
            elements,
            ..Subject::default()
        }
    }

    /// One of several, and nothing says which; `besides` are not for the ring.
    pub fn of_any(schemas: &[NodeId], mut besides: Vec<NodeId>) -> Subject {
        let role = match schemas.len() + besides.len() {
            1 => Role::Sure,
            _ => Role::Maybe,
        };
        let element = |schema: &NodeId| Element {
            schema: *schema,
            role,
            part: false,
        };
        besides.sort_unstable();
        besides.dedup();
        Subject {
            besides,
            ..Subject::of(schemas.iter().map(element).collect())
        }
    }

    /// The same value, known to be of `chosen`.
    pub fn decided(&self, chosen: Element, bases: &[NodeId]) -> Subject {
        let mut decided = self.decided.clone();
        decided.extend(bases);
        decided.sort_unstable();
        decided.dedup();
        let elements = self.elements.iter().copied().chain([chosen]).collect();
        Subject {
            decided,
            besides: self.besides.clone(),
            ..Subject::of(elements)
        }
    }

    pub fn is_declared(&self) -> bool {
        self.elements
            .iter()
            .any(|element| element.role != Role::Judge)
    }

    /// The schemas it was made of; what they include is not among them.
    pub fn schemas(&self) -> impl Iterator<Item = NodeId> {
        self.elements.iter().map(|element| element.schema)
    }

    pub fn place(&self) -> Option<NodeId> {
        self.elements
            .iter()
            .map(|element| element.schema)
            .find(|schema| *schema < OPEN)
    }
}
