//! The words of labels, read as their description says (`docs/`): unsaid is not asked here, unknown is internal.

use document::{Arena, NodeId, Value};
use wall::audience::Ring;

use crate::contract::Contract;

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

/// Whether two rings see the same of every part, whatever it is: no label tells them apart, nor does a mask.
pub fn are_alike(contract: &Contract, one: Ring, other: Ring) -> bool {
    let arena = &contract.arena;
    let is_same = |value: NodeId| {
        let audience = word(arena, value);
        reaches(audience, one) == reaches(audience, other)
    };
    let mut members = contract
        .objects()
        .into_iter()
        .flat_map(|object| arena.members(object));
    members.all(|member| match arena.key(member) {
        "x-audience" => is_same(member.value),
        "x-enum-audience" => {
            let mut entries = arena.members(member.value).iter();
            entries.all(|entry| is_same(entry.value))
        }
        // One mask may be for both, or each has its own.
        "x-sensitive" => !matches!(arena.value(member.value), Value::Object(_)),
        _ => true,
    })
}

#[cfg(test)]
mod tests {
    use wall::audience::Ring::{Internal, Partner, Public};

    use super::are_alike;
    use crate::testkit::allowed;

    #[test]
    fn rings_are_alike_where_nothing_tells_them_apart() {
        let alike = |field: &str| {
            let schemas = format!("Body: {{properties: {{a: {{type: string{field}}}}}}}");
            let allowed = allowed("responses: {}", &schemas);
            [(Partner, Public), (Internal, Partner)]
                .map(|(one, other)| are_alike(&allowed.contract, one, other))
        };
        assert_eq!(alike(""), [true, true]);
        assert_eq!(alike(", x-audience: public"), [true, true]);
        assert_eq!(alike(", x-audience: partner"), [false, true]);
        assert_eq!(alike(", x-audience: internal"), [true, false]);
        assert_eq!(alike(", x-audience: nobody knows"), [true, false]);
        assert_eq!(
            alike(", x-enum-audience: {a: partner, b: public}"),
            [false, true]
        );
        assert_eq!(alike(", x-enum-audience: {a: internal}"), [true, false]);
        assert_eq!(
            alike(", x-sensitive: {class: personal, mask: {public: drop}}"),
            [false, false]
        );
    }
}
