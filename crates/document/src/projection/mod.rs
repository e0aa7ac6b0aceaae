//! An OpenAPI document as one ring sees it.
//!
//! Two layers. [`Visibility`] says of every part of a contract whether the ring sees it, once per part and ring,
//! however many operations refer to it: what compiles response filters asks it too. The writer turns what is
//! visible into one document with local references and nothing that is out of reach.
//!
//! The rule of both: for any message `m` that a schema describes, the projected schema describes what is left of
//! `m` when all the ring may not see is taken out. Where a keyword does not allow that (`not`, `if`, …), what it
//! says is left out and a problem says so; a field never stays because it was hard to take out.

mod alike;
mod names;
mod sink;
mod values;
pub mod visibility;
mod vocabulary;
mod writer;

use std::collections::HashMap;

use crate::contract::Contract;
use crate::problem::Problem;

pub use alike::are_alike;
pub use sink::Form;
pub use visibility::Visibility;
pub(crate) use vocabulary::SCOPES;

/// How far out something may be seen; a later value is a wider audience, and a ring further out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Audience {
    Internal,
    Partner,
    Public,
}

impl Audience {
    /// Whether something with this audience is visible on `ring`.
    pub fn reaches(self, ring: Audience) -> bool {
        self >= ring
    }

    pub fn is_outer(self) -> bool {
        self != Audience::Internal
    }
}

/// The words of labels and what they mean; any other word means internal.
pub type Words = HashMap<String, Audience>;

/// A way to authenticate: name of the security scheme and the text members of its object.
pub struct Scheme {
    pub name: String,
    pub members: Vec<(String, String)>,
}

/// What the estate knows of a ring and its documents do not.
pub struct View<'a> {
    pub ring: Audience,
    pub words: &'a Words,
    /// The widest ring the API may ever reach: webhooks have no other enclosure.
    pub widest: Audience,
    /// Indices into [`crate::contract::Facts::operations`] of what the ring is served.
    pub operations: &'a [u32],
    /// Base URLs of the version on this ring.
    pub servers: &'a [String],
    /// Any one of them is enough.
    pub schemes: &'a [Scheme],
    /// Without what only readers need: texts, examples, and what Ringwork does not know.
    pub is_terse: bool,
}

/// A document, and what could not be shown as its author may have meant it.
pub struct Projected {
    pub text: String,
    pub problems: Vec<Problem>,
}

/// The document of `contract` for a ring. An error among the problems: the text is empty, nothing may be shown.
pub fn project(contract: &Contract, view: &View<'_>, form: Form) -> Projected {
    let visibility = Visibility::new(contract, view.ring, view.words);
    project_seen(contract, &visibility, view, form)
}

/// The same where it is known already what the ring sees.
pub fn project_seen(
    contract: &Contract,
    visibility: &Visibility<'_>,
    view: &View<'_>,
    form: Form,
) -> Projected {
    match visibility.refused() {
        Some(problem) => Projected {
            text: String::new(),
            problems: vec![problem],
        },
        None => writer::write(contract, visibility, view, form),
    }
}
