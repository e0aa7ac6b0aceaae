//! What cannot be there without something that is hidden.

use ahash::HashMap;

use crate::contract::Part;
use crate::contract::graph::{Adjacency, VertexId};
use crate::problem::Problem;

use super::Ground;
use super::marked::Marked;

/// The vertices from which any of `marked` can be reached.
pub fn leading_to(ground: &Ground<'_>, marked: impl Iterator<Item = VertexId>) -> Vec<bool> {
    let backwards = backwards(ground);
    let mut leading = vec![false; ground.graph.vertices.len()];
    let mut open: Vec<VertexId> = marked.collect();
    while let Some(vertex) = open.pop() {
        if !std::mem::replace(&mut leading[vertex as usize], true) {
            open.extend(backwards.targets_of(vertex));
        }
    }
    leading
}

/// The schemas that apply to the same value as one `is_above`, those themselves included.
pub fn in_place_below(ground: &Ground<'_>, is_above: impl Fn(VertexId) -> bool) -> Vec<bool> {
    let mut touched = vec![false; ground.graph.vertices.len()];
    let mut open: Vec<VertexId> = ground
        .schemas()
        .filter(|schema| is_above(*schema))
        .collect();
    while let Some(schema) = open.pop() {
        if !std::mem::replace(&mut touched[schema as usize], true) {
            open.extend(ground.in_place(schema).into_iter().map(|(to, _)| to));
        }
    }
    touched
}

/// The schemas that are not alone in describing their value.
pub fn sharing_values(ground: &Ground<'_>) -> Vec<bool> {
    let mut shared = vec![false; ground.graph.vertices.len()];
    for schema in ground.schemas() {
        for (below, _) in ground.in_place(schema) {
            shared[schema as usize] = true;
            shared[below as usize] = true;
        }
    }
    shared
}

/// Callbacks, links and what they hold are parts here too: they come and go with what they consist of.
fn backwards(ground: &Ground<'_>) -> Adjacency {
    let edges = ground.graph.edges.iter().map(|(from, to)| (*to, *from));
    Adjacency::new(ground.graph.vertices.len(), edges)
}

/// Every hidden vertex. `reaching`: those that lead to a marked one, outside of which nothing can be hidden.
pub fn hidden(
    ground: &Ground<'_>,
    marked: &Marked,
    reaching: &[bool],
    problems: &mut Vec<Problem>,
) -> Vec<bool> {
    let mut hiding = Hiding {
        ground,
        marked,
        reaching,
        hidden: vec![false; reaching.len()],
        passed: HashMap::default(),
        problems,
    };
    let backwards = backwards(ground);
    let mut open: Vec<VertexId> = ground
        .vertices()
        .filter(|vertex| reaching[*vertex as usize])
        .collect();
    while let Some(vertex) = open.pop() {
        if !hiding.hidden[vertex as usize] && hiding.must_hide(vertex) {
            hiding.hidden[vertex as usize] = true;
            open.extend(backwards.targets_of(vertex));
        }
    }
    hiding.hidden
}

struct Hiding<'a, 'c> {
    ground: &'a Ground<'c>,
    marked: &'a Marked,
    reaching: &'a [bool],
    hidden: Vec<bool>,
    /// Per schema and keyword, branches known to be hidden: what is hidden stays so, and is not asked again.
    passed: HashMap<(VertexId, &'static str), usize>,
    problems: &'a mut Vec<Problem>,
}

impl Hiding<'_, '_> {
    fn is_hidden(&self, vertex: Option<VertexId>) -> bool {
        vertex.is_some_and(|vertex| self.hidden[vertex as usize])
    }

    fn must_hide(&mut self, vertex: VertexId) -> bool {
        if self.marked.parts.contains(&vertex) || self.is_hidden(self.ground.target(vertex)) {
            return true;
        }
        let ground = self.ground;
        match ground.part(vertex) {
            Part::Schema => self.must_hide_schema(vertex),
            Part::MediaType => self.is_hidden(ground.schema(vertex, "schema")),
            Part::Parameter | Part::Header => {
                self.is_hidden(ground.schema(vertex, "schema"))
                    || self.has_only_hidden_content(vertex)
            }
            Part::RequestBody => self.has_only_hidden_content(vertex),
            _ => false,
        }
    }

    fn has_only_hidden_content(&self, vertex: VertexId) -> bool {
        let content = self.ground.map(vertex, "content", Part::MediaType);
        !content.is_empty() && content.iter().all(|(_, one)| self.is_hidden(Some(*one)))
    }

    fn must_hide_schema(&mut self, schema: VertexId) -> bool {
        let ground = self.ground;
        ["oneOf", "anyOf"]
            .into_iter()
            .any(|key| self.all_hidden(schema, key))
            || (self.all_hidden(schema, "allOf") && !self.says_something_itself(schema))
            || self.has_no_value_left(schema)
            || (self.is_hidden(ground.schema(schema, "items"))
                && ground.get(schema, "prefixItems").is_none())
            || self.has_hidden_position(schema)
            || self.has_narrowed_content(schema)
    }

    fn all_hidden(&mut self, schema: VertexId, key: &'static str) -> bool {
        let Some(list) = self.ground.get(schema, key) else {
            return false;
        };
        let items = self.ground.arena.items(self.ground.holder(list));
        let from = self.passed.get(&(schema, key)).copied().unwrap_or(0);
        let is_hidden = |item: &crate::arena::NodeId| {
            self.is_hidden(self.ground.graph.find(*item, Part::Schema))
        };
        let more = items[from..]
            .iter()
            .take_while(|item| is_hidden(item))
            .count();
        self.passed.insert((schema, key), from + more);
        !items.is_empty() && from + more == items.len()
    }

    /// Beside an `allOf` whose branches are all hidden, is there anything left to show?
    fn says_something_itself(&self, schema: VertexId) -> bool {
        [
            "properties",
            "oneOf",
            "anyOf",
            "patternProperties",
            "items",
            "prefixItems",
        ]
        .into_iter()
        .any(|key| self.ground.get(schema, key).is_some())
    }

    fn has_no_value_left(&self, schema: VertexId) -> bool {
        let Some(hidden) = self.marked.values.get(&schema) else {
            return false;
        };
        let arena = self.ground.arena;
        let is_hidden = |value: &crate::arena::NodeId| {
            crate::contract::labels::written(arena, *value)
                .is_some_and(|text| hidden.contains(&text))
        };
        let values = self
            .ground
            .get(schema, "enum")
            .map(|list| arena.items(list));
        let values = values.unwrap_or_default();
        (!values.is_empty() && values.iter().all(is_hidden))
            || self
                .ground
                .get(schema, "const")
                .is_some_and(|value| is_hidden(&value))
    }

    /// An item taken out of a tuple would move those after it into places of other schemas.
    fn has_hidden_position(&mut self, schema: VertexId) -> bool {
        let positions = self.ground.positions(schema);
        let found = positions
            .iter()
            .any(|position| self.is_hidden(Some(*position)));
        if found {
            self.close(
                schema,
                "projection-tuple",
                "a place of this tuple is narrower, and the places after it would move up: none of it is shown",
                "Label the whole list, or make it an object.",
            );
        }
        found
    }

    /// Nothing is taken out of a document within a string.
    fn has_narrowed_content(&mut self, schema: VertexId) -> bool {
        let content = self.ground.schema(schema, "contentSchema");
        let found = content.is_some_and(|content| self.reaching[content as usize]);
        if found {
            self.close(
                schema,
                "projection-content-schema",
                "a part of what this text holds is narrower, and texts are not looked into: it is not shown",
                "Label the whole text, or declare its content as an object.",
            );
        }
        found
    }

    fn close(&mut self, schema: VertexId, code: &'static str, message: &str, help: &str) {
        let at = self.ground.arena.node(self.ground.node(schema)).at;
        self.problems
            .push(Problem::warning(code, at, message, help));
    }
}
