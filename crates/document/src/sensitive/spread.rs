//! What is said of a value counts wherever the value is described: from a schema up to those that apply it, and to
//! the parameters and headers that have it.

use ahash::HashMap;

use crate::contract::Part;
use crate::contract::graph::VertexId;
use crate::problem::Problem;
use crate::projection::visibility::Ground;

use super::{Mark, Masking, Sensitivity};

/// Schemas, parameters and headers whose values are sensitive.
#[derive(Default)]
pub struct Sensitivities(HashMap<VertexId, Sensitivity>);

impl Sensitivities {
    /// Linear in the contract; nothing where nothing is marked.
    pub fn new(ground: &Ground<'_>, marks: &[Mark]) -> Sensitivities {
        if marks.is_empty() {
            return Sensitivities::default();
        }
        let above = describing(ground);
        let mut found: HashMap<VertexId, Sensitivity> = HashMap::default();
        let mut open: Vec<(VertexId, Sensitivity)> =
            marks.iter().map(|mark| (mark.vertex, mark.says)).collect();
        while let Some((vertex, says)) = open.pop() {
            let before = found.get(&vertex).copied();
            let now = before.map_or(says, |before| before.and(says));
            if before != Some(now) {
                found.insert(vertex, now);
                let above = above.get(&vertex).into_iter().flatten();
                open.extend(above.map(|above| (*above, now)));
            }
        }
        Sensitivities(found)
    }

    pub fn of(&self, vertex: VertexId) -> Option<Sensitivity> {
        self.0.get(&vertex).copied()
    }
}

/// Per schema, what describes a value by it: schemas that apply it in place, parameters and headers. Not those that
/// only judge by it.
fn describing(ground: &Ground<'_>) -> HashMap<VertexId, Vec<VertexId>> {
    let mut above: HashMap<VertexId, Vec<VertexId>> = HashMap::default();
    for vertex in ground.vertices() {
        for below in below(ground, vertex) {
            above.entry(below).or_default().push(vertex);
        }
    }
    above
}

fn below(ground: &Ground<'_>, vertex: VertexId) -> Vec<VertexId> {
    match ground.part(vertex) {
        Part::Schema => {
            let judging = ["not", "if"].map(|key| ground.schema(vertex, key));
            let in_place = ground.in_place(vertex).into_iter().map(|(to, _)| to);
            in_place
                .filter(|to| !judging.contains(&Some(*to)))
                .collect()
        }
        Part::Parameter | Part::Header | Part::MediaType => {
            let content = ground.map(vertex, "content", Part::MediaType);
            let schema = ground.schema(vertex, "schema");
            let content = content.into_iter().map(|(_, media)| media);
            content.chain(schema).chain(ground.target(vertex)).collect()
        }
        _ => Vec::new(),
    }
}

/// An error for each mask of a text on what is no text: nothing would mask it.
pub fn masks_on_no_text(ground: &Ground<'_>, marks: &[Mark]) -> Vec<Problem> {
    use crate::projection::Audience::{Partner, Public};
    let of_texts = |mark: &&Mark| {
        let masks = [Partner, Public].map(|ring| mark.says.masking(ring));
        masks
            .iter()
            .flatten()
            .any(|masking| *masking != Masking::Drop)
    };
    let wrong = marks
        .iter()
        .filter(of_texts)
        .filter(|mark| !is_text(ground, mark.vertex));
    wrong
        .map(|mark| {
            let node = ground.node(mark.vertex);
            let at = ground.arena.get(node, "x-sensitive").unwrap_or(node);
            let message = "last4 and hash mask texts, and this is not declared to be one";
            let help =
                "Say `type: string`, mark the texts inside of it, or drop the value (`drop`).";
            let at = ground.arena.node(at).at;
            Problem::error("sensitive-mask-no-text", at, message, help)
        })
        .collect()
}

/// Whether all that describes a value agrees that it is a text, and something says so.
fn is_text(ground: &Ground<'_>, vertex: VertexId) -> bool {
    let mut open = vec![vertex];
    let mut seen = Vec::new();
    let mut says_so = false;
    while let Some(vertex) = open.pop() {
        if seen.contains(&vertex) {
            continue;
        }
        seen.push(vertex);
        open.extend(below(ground, vertex));
        if let Some(types) = ground.get(vertex, "type") {
            let arena = ground.arena;
            let named = std::slice::from_ref(&types);
            let named = if arena.string(types).is_some() {
                named
            } else {
                arena.items(types)
            };
            let is_other = |one| !matches!(arena.string(one), Some("string" | "null"));
            if named.iter().any(|one| is_other(*one)) {
                return false;
            }
            says_so |= named.iter().any(|one| arena.string(*one) == Some("string"));
        }
    }
    says_so
}
