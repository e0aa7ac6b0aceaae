//! What labels alone take from a ring.

use ahash::{HashMap, HashSet};

use crate::arena::{Arena, NodeId};
use crate::contract::graph::VertexId;
use crate::contract::labels::written;
use crate::contract::{Contract, LabelKind, Part};
use crate::problem::Problem;

use super::super::{Audience, Words};
use super::Ground;

/// Parts and enum values labelled narrower than the ring.
#[derive(Default)]
pub struct Marked {
    pub parts: HashSet<VertexId>,
    /// Per schema, the values hidden there, as labels name them.
    pub values: HashMap<VertexId, Vec<String>>,
}

impl Marked {
    pub fn vertices(&self) -> impl Iterator<Item = VertexId> {
        self.parts.iter().chain(self.values.keys()).copied()
    }
}

/// The audience a label names; a word nobody understands is the narrowest.
pub fn understood(arena: &Arena, words: &Words, label: NodeId) -> Audience {
    let word = arena.string(label).and_then(|word| words.get(word));
    word.copied().unwrap_or(Audience::Internal)
}

pub fn marked(
    contract: &Contract,
    ground: &Ground<'_>,
    ring: Audience,
    words: &Words,
    problems: &mut Vec<Problem>,
) -> Marked {
    let mut marked = Marked::default();
    close_dynamic(ground, &mut marked, problems);
    for label in &contract.labels {
        if understood(ground.arena, words, label.value).reaches(ring) {
            continue;
        }
        match label.kind {
            // They say which operations there are, which is not decided here.
            LabelKind::Operation | LabelKind::PathItem => {}
            LabelKind::EnumValue => mark_value(ground, &mut marked, label.vertex, &label.name),
            _ => {
                marked.parts.insert(label.vertex);
            }
        }
    }
    marked
}

/// References that are resolved at run time mean what no document alone can tell.
fn close_dynamic(ground: &Ground<'_>, marked: &mut Marked, problems: &mut Vec<Problem>) {
    for schema in ground.schemas() {
        let reference = ["$dynamicRef", "$recursiveRef"]
            .into_iter()
            .find_map(|key| ground.get(schema, key));
        if let Some(reference) = reference {
            marked.parts.insert(schema);
            problems.push(Problem::warning(
                "projection-dynamic-reference",
                ground.arena.node(reference).at,
                "what this reference means depends on who refers to its schema, so no ring is shown it",
                "Refer to the schema that is meant with `$ref`.",
            ));
        }
    }
}

/// A label beside a parameter's schema speaks of that schema's values. One of no value anywhere hides the whole
/// part: whatever was meant, it was meant to be narrower.
fn mark_value(ground: &Ground<'_>, marked: &mut Marked, vertex: VertexId, value: &str) {
    let schema = match ground.part(vertex) {
        Part::Schema => Some(vertex),
        _ => ground.schema(vertex, "schema"),
    };
    match schema.filter(|schema| may_have(ground, *schema, value)) {
        Some(schema) => marked
            .values
            .entry(schema)
            .or_default()
            .push(value.to_owned()),
        None => {
            marked.parts.insert(vertex);
        }
    }
}

fn may_have(ground: &Ground<'_>, schema: VertexId, value: &str) -> bool {
    let listed = |node: &NodeId| written(ground.arena, *node).as_deref() == Some(value);
    let own = ground
        .get(schema, "enum")
        .map(|list| ground.arena.items(list));
    let constant = ground.get(schema, "const");
    own.unwrap_or_default().iter().chain(&constant).any(listed)
        || !ground.in_place(schema).is_empty()
}
