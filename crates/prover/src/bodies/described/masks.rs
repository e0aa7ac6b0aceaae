//! What leaves of a sensitive value in its place.

use document::NodeId;
use wall::audience::Ring;
use wall::bundle::Mask;

use crate::bodies::schemas::Schemas;

/// What leaves of a sensitive value on the ring.
pub(super) fn mask(schemas: &Schemas<'_>, schema: NodeId) -> Option<Mask> {
    let arena = &schemas.contract.arena;
    let said = schemas
        .get(schema, "x-sensitive")
        .and_then(|said| arena.get(said, "mask"))?;
    let named = |ring: &str| match arena.get_string(said, ring)? {
        "last4" => Some(Mask::Last4),
        "hash" => Some(Mask::Hash),
        _ => Some(Mask::Drop),
    };
    let masks = match schemas.ring {
        Ring::Internal => [None, None],
        Ring::Partner => [named("partner"), None],
        // What partners may not read, the public may not either.
        Ring::Public => [named("partner"), named("public")],
    };
    masks
        .into_iter()
        .flatten()
        .max_by_key(|mask| strictness(*mask))
}

pub fn strictness(mask: Mask) -> u8 {
    match mask {
        Mask::Last4 => 1,
        Mask::Hash => 2,
        Mask::Drop => 3,
    }
}
