//! What a proof fails on: something reached that nothing allows, with the shortest witness of it.

use document::Arena;

/// Where something is written in the estate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    pub file: String,
    pub line: u32,
    pub column: u32,
}

impl Place {
    pub fn of(arena: &Arena, at: u32) -> Place {
        let place = arena.sources.place(at);
        Place {
            file: place.file.to_owned(),
            line: place.line,
            column: place.column,
        }
    }
}

/// The object of a bundle that something was found in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Within {
    Bundle,
    Projection,
    Validation,
}

/// One way in which more is reached than is allowed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    pub code: &'static str,
    pub message: String,
    /// The request that shows it, where it takes one: method and template.
    pub request: Option<(String, String)>,
    /// The field of what leaves, or of what may be sent, as a JSON Pointer with `*` for items and unnamed members.
    pub field: Option<String>,
    /// What of the estate does not allow it; nothing where no line of it says anything.
    pub place: Option<Place>,
    /// JSON Pointer into the object it was found in.
    pub pointer: String,
    pub within: Within,
}
