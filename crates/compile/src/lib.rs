//! From a contract to what the wall interprets of it, for one ring.
//!
//! What is visible is decided below, in `document::projection::visibility`, once for documentation and gateway; here
//! it is written down in the form of `wall::bundle`. Nothing of this is in the gateway.

pub mod graph;
pub mod requests;
mod responses;
mod silent;
#[cfg(test)]
mod tests;

use document::contract::{Contract, OperationFact, Part};
use document::problem::Problem;
use document::projection::visibility::PathItems;
use document::projection::{Audience, Visibility, Words};
use wall::bundle::Projection;

/// What the estate knows of a ring and the contract does not.
pub struct View<'a> {
    pub ring: Audience,
    pub words: &'a Words,
    /// Those the ring is served.
    pub operations: &'a [Served],
}

/// One operation a gateway tells from the others.
pub struct Served {
    pub id: String,
    /// Indices into [`document::contract::Facts::operations`] of those that arrive as this one.
    pub declared: Vec<u32>,
}

impl Served {
    /// What is known of those that arrive as this one.
    fn facts<'c>(&self, contract: &'c Contract) -> impl Iterator<Item = &'c OperationFact> {
        let numbers = self.declared.iter();
        numbers.filter_map(move |number| contract.facts.operations.get(*number as usize))
    }
}

pub struct Compiled {
    pub projection: Projection,
    /// Indices into [`View::operations`] of those that cannot be served: something they cannot be without is hidden.
    /// They are not in the projection.
    pub unservable: Vec<usize>,
    /// What could not be written as its author may have meant it, and is closed.
    problems: Vec<Problem>,
    /// What outer rings get nothing of, because nothing is said of it.
    silent: Option<Problem>,
}

impl Compiled {
    /// What is to be said about it to whoever serves the ring.
    pub fn told(&self, ring: Audience) -> impl Iterator<Item = &Problem> {
        let silent = self.silent.iter().filter(move |_| ring.is_outer());
        self.problems.iter().chain(silent)
    }
}

/// What the wall needs of `contract` on a ring. Equal arguments give equal results (law 9).
pub fn compile(contract: &Contract, view: &View<'_>) -> Compiled {
    let visibility = Visibility::new(contract, view.ring, view.words);
    if let Some(problem) = visibility.refused() {
        return Compiled {
            projection: responses::nothing(),
            unservable: (0..view.operations.len()).collect(),
            problems: vec![problem],
            silent: None,
        };
    }
    let (served, unservable, missing) = servable(contract, &visibility, view);
    let (projection, closed) = responses::compile(contract, &visibility, &served);
    Compiled {
        projection,
        unservable,
        problems: [visibility.problems(), missing, closed].concat(),
        silent: silent::problem(contract, &visibility, &served),
    }
}

/// Operations nothing is missing of, indices of the others, and what is missing.
fn servable<'a>(
    contract: &Contract,
    visibility: &Visibility<'_>,
    view: &View<'a>,
) -> (Vec<&'a Served>, Vec<usize>, Vec<Problem>) {
    let items = PathItems::of(contract, visibility);
    let missing = |fact: &OperationFact| {
        let operation = visibility.vertex(fact.node, Part::Operation)?;
        visibility.missing(items.of_path(fact.path), operation)
    };
    let (mut served, mut unservable, mut problems) = (Vec::new(), Vec::new(), Vec::new());
    for (index, operation) in view.operations.iter().enumerate() {
        match operation.facts(contract).find_map(missing) {
            None => served.push(operation),
            Some(missing) => {
                unservable.push(index);
                problems.push(missing.problem(visibility));
            }
        }
    }
    (served, unservable, problems)
}

/// A media type or range as a contract writes it, without parameters, in lower case.
fn media_range(written: &str) -> String {
    let range = written.split(';').next().unwrap_or_default();
    range.trim().to_ascii_lowercase()
}
