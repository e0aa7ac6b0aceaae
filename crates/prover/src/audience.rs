//! The words of labels, read as their description says (`docs/`): unsaid is not asked here, unknown is internal.

use document::{Arena, NodeId};
use wall::audience::Ring;

/// The widest ring a word names. Five of them are those of Zalando's guidelines, rule 219.
pub fn understood(word: &str) -> Option<Ring> {
    match word {
        "public" | "external-public" => Some(Ring::Public),
        "partner" | "external-partner" => Some(Ring::Partner),
        "internal" | "company-internal" | "business-unit-internal" | "component-internal" => {
            Some(Ring::Internal)
        }
        _ => None,
    }
}

/// What `x-audience` of an object says, if it is there.
pub fn label(arena: &Arena, object: NodeId) -> Option<Ring> {
    let value = arena.get(object, "x-audience")?;
    Some(word(arena, value))
}

/// A label as written; what nobody understands is the narrowest.
pub fn word(arena: &Arena, value: NodeId) -> Ring {
    let word = arena.string(value).and_then(understood);
    word.unwrap_or(Ring::Internal)
}

/// Whether something for `audience` may be seen on `ring`.
pub fn reaches(audience: Ring, ring: Ring) -> bool {
    audience >= ring
}
