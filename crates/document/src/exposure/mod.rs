//! What is exposed of a contract to the outer rings: every operation, parameter, field, enum value, header and body
//! that one of them can send or read, once per declaration, with its place.
//!
//! Asked of [`Visibility`], as the projected document and the filters are; linear in the contract, however many
//! operations refer to a schema. `docs/exposure.md` describes the lines this becomes.

pub mod lines;
pub mod lock;
mod places;
mod risks;
mod text;
mod walk;

use ahash::{HashMap, HashSet};

use crate::arena::NodeId;
use crate::contract::Contract;
use crate::contract::graph::VertexId;
use crate::problem::Problem;
use crate::projection::{Audience, Visibility, Words, are_alike};
use crate::sensitive::Sensitivity;

use places::Places;
use walk::walk;

/// Indices into [`crate::contract::Facts::operations`] of what a ring is served.
pub struct Served<'a> {
    pub ring: Audience,
    pub operations: &'a [u32],
}

/// The exposure as text, and what is to say about it. An error among the problems: the text is empty.
pub struct Exposure {
    pub text: String,
    pub problems: Vec<Problem>,
}

/// What values are exposed for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Way {
    /// An operation can be called; neither of the others.
    Call,
    /// Bodies of it leave as they are.
    Opaque,
    /// The ring is sent it.
    Read,
    /// The ring can send it.
    Write,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Kind {
    Operation,
    Opaque,
    Parameter,
    Body,
    Response,
    Header,
    Media,
    Field,
    /// Fields nobody named.
    Open,
    Value,
    /// What a part that is no field leads to.
    Reference,
}

/// What is exposed: a node of the contract, and what a ring may do with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct Item {
    kind: Kind,
    way: Way,
    /// Of an enum value, the schema.
    vertex: VertexId,
    value: Option<NodeId>,
    /// Of an operation: several paths may lead to one by reference.
    index: u32,
}

/// What is known of an item besides.
#[derive(Clone, Copy)]
struct Seen {
    /// The furthest ring that sees it.
    ring: Audience,
    /// Index of the first operation that leads to it.
    through: u32,
    /// Global offset of its declaration.
    at: u32,
    /// Of the label it carries itself.
    label: Option<u32>,
    sensitive: Option<Sensitivity>,
}

/// Lists what `served` exposes. Rings are asked from the furthest in: what one sees, those inside of it see.
pub fn expose(contract: &Contract, words: &Words, served: &[Served<'_>]) -> Exposure {
    let mut rings: Vec<&Served<'_>> = served
        .iter()
        .filter(|one| !one.operations.is_empty())
        .collect();
    rings.sort_by_key(|one| std::cmp::Reverse(one.ring));
    let mut items: HashMap<Item, Seen> = HashMap::default();
    let mut problems = Vec::new();
    let mut told: Option<&Served<'_>> = None;
    for one in rings {
        // What one ring reaches is all that another does which sees the same.
        let is_told = told.is_some_and(|told| {
            told.operations == one.operations && are_alike(contract, words, told.ring, one.ring)
        });
        if is_told {
            continue;
        }
        told = Some(one);
        let visibility = Visibility::new(contract, one.ring, words);
        if let Some(problem) = visibility.refused() {
            return Exposure {
                text: String::new(),
                problems: vec![problem],
            };
        }
        let found = walk(contract, &visibility, one);
        problems.extend(risks::risks(contract, &visibility, one, &found));
        for (item, seen) in found {
            items.entry(item).or_insert(seen);
        }
    }
    let places = (!items.is_empty()).then(|| Places::new(contract));
    Exposure {
        text: places.map_or_else(String::new, |places| text::write(contract, &places, items)),
        problems: one_of_each(problems),
    }
}

/// The furthest ring is asked first: what is said of it need not be said of the others.
fn one_of_each(mut problems: Vec<Problem>) -> Vec<Problem> {
    let mut said = HashSet::default();
    problems.retain(|problem| said.insert((problem.code.clone(), problem.at)));
    problems
}
