//! Members of objects and items of arrays, as one schema declares them.

use document::Value;
use document::arena::NodeId;
use document::contract::{Part, VertexId};
use regex::Regex;
use wall::bundle::{ArrayRule, NodeIndex, ObjectRule};

use super::{As, Builder, CLOSED, Direction, OPEN, SCALARS};

impl Builder<'_, '_> {
    pub(super) fn object(&mut self, schema: VertexId) -> ObjectRule {
        let properties = self.properties(schema);
        let patterns = self.patterns(schema);
        let additional = self.additional(schema);
        ObjectRule {
            properties,
            // What an unreadable pattern was meant for might be taken for an additional name, or for an unknown one.
            additional: match patterns {
                None => Some(CLOSED),
                Some(_) => additional,
            },
            patterns: patterns.unwrap_or_default(),
        }
    }

    fn properties(&mut self, schema: VertexId) -> Vec<(String, NodeIndex)> {
        let declared = self.ground().map(schema, "properties", Part::Schema);
        let mut properties: Vec<(String, NodeIndex)> = Vec::new();
        for (member, property) in declared {
            let name = self.arena().key(member);
            let shown = self.visibility.shows_property(schema, name, property)
                && !self.goes_the_other_way(property);
            let node = match shown {
                true => self.node(property, As::Value),
                false => CLOSED,
            };
            properties.push((name.to_owned(), node));
        }
        properties
    }

    /// OpenAPI, Schema Object: `writeOnly` is not sent as part of a response, `readOnly` not as part of a request.
    pub fn goes_the_other_way(&self, property: VertexId) -> bool {
        let key = match self.direction {
            Direction::Response => "writeOnly",
            Direction::Request => "readOnly",
        };
        let mut chain = self.ground().chain(property);
        chain.any(|schema| self.ground().is_true(schema, key))
    }

    /// Nothing: one of them cannot be read.
    fn patterns(&mut self, schema: VertexId) -> Option<Vec<(String, NodeIndex)>> {
        let mut patterns = Vec::new();
        for (member, property) in self.ground().map(schema, "patternProperties", Part::Schema) {
            let pattern = self.arena().key(member);
            if Regex::new(pattern).is_err() {
                self.warn(
                    member.value,
                    "projection-pattern",
                    "no regular expression that is read in linear time: what it names does not leave, nor do additional names",
                    "Write it without look-around and back references.",
                );
                return None;
            }
            patterns.push((pattern.to_owned(), self.node(property, As::Value)));
        }
        Some(patterns)
    }

    fn additional(&mut self, schema: VertexId) -> Option<NodeIndex> {
        let keys = ["additionalProperties", "unevaluatedProperties"];
        let said = keys.iter().find_map(|key| self.ground().get(schema, key))?;
        self.open_place(said)
    }

    /// Where the contract says itself that anything may be.
    fn open_place(&mut self, said: NodeId) -> Option<NodeIndex> {
        match self.arena().value(said) {
            Value::Bool(false) => None,
            Value::Bool(true) => Some(OPEN),
            Value::Object([]) => Some(OPEN),
            _ => {
                let schema = self.schema_in(said)?;
                Some(self.node(schema, As::Value))
            }
        }
    }

    pub(super) fn array(&mut self, schema: VertexId) -> ArrayRule {
        let positions = self.ground().positions(schema);
        let prefix = positions
            .into_iter()
            .map(|position| self.node(position, As::Value))
            .collect();
        let is_list = |value: NodeId| matches!(self.arena().value(value), Value::Array(_));
        let key = match self.ground().get(schema, "items") {
            Some(items) if is_list(items) => "additionalItems",
            _ => "items",
        };
        let items = match self.ground().get(schema, key) {
            None if key == "items" => Some(SCALARS),
            None => None,
            Some(said) => match self.arena().value(said) {
                Value::Bool(false) => None,
                Value::Bool(true) => Some(OPEN),
                _ => {
                    let items = self.schema_in(said);
                    items.map(|items| self.node(items, As::Value))
                }
            },
        };
        ArrayRule { prefix, items }
    }
}
