//! All schemas that apply to a value, from those it is known to be described by.

use std::collections::BTreeMap;

use ahash::{HashMap, HashMapExt};
use document::NodeId;

use super::subject::Subject;
use crate::bodies::kinds::{ALL, Kinds};
use crate::bodies::schemas::{Applies, Element, Role, Schemas};

/// All schemas that apply to the value: those the ring may see, and the first hidden one on each way.
pub(super) fn closure(schemas: &Schemas<'_>, subject: &Subject) -> (Vec<Element>, Vec<Element>) {
    let mut met: HashMap<(NodeId, bool), Role> = HashMap::new();
    let mut visible: BTreeMap<NodeId, Element> = BTreeMap::new();
    let besides = |schema: &NodeId| Element {
        schema: *schema,
        role: Role::Maybe,
        part: false,
    };
    let besides = subject.besides.iter().map(besides);
    let mut hidden: BTreeMap<NodeId, Element> = besides.map(|one| (one.schema, one)).collect();
    let mut open = subject.elements.clone();
    while let Some(element) = open.pop() {
        let key = (element.schema, element.part);
        if met.get(&key).is_some_and(|known| *known <= element.role) {
            continue;
        }
        met.insert(key, element.role);
        let is_hidden = schemas.is_hidden(element.schema);
        let kept = if is_hidden { &mut hidden } else { &mut visible };
        let known = kept.entry(element.schema).or_insert(element);
        known.role = element.role.min(known.role);
        known.part &= element.part;
        if !is_hidden {
            open.extend(beside(schemas, subject, element));
        }
    }
    (
        visible.into_values().collect(),
        hidden.into_values().collect(),
    )
}

/// What one schema applies to its own value.
fn beside(schemas: &Schemas<'_>, subject: &Subject, from: Element) -> Vec<Element> {
    let is_decided = subject.decided.contains(&from.schema);
    let has_chosen = (is_decided || from.part) && schemas.has_discriminator(from.schema);
    let mut found = Vec::new();
    for (schema, applies) in schemas.in_place(from.schema).iter().copied() {
        let maybe = from.role.max(Role::Maybe);
        let element = match applies {
            Applies::Reference => Element { schema, ..from },
            Applies::Part => Element {
                schema,
                part: schemas.has_chosen(from.schema, from.part, schema),
                ..from
            },
            Applies::Alternative if has_chosen => continue,
            Applies::Alternative => Element {
                schema,
                role: maybe,
                part: false,
            },
            Applies::Sometimes => Element {
                schema,
                role: maybe,
                part: true,
            },
            Applies::Judges => Element {
                schema,
                role: Role::Judge,
                part: true,
            },
        };
        found.push(element);
    }
    if !from.part && !is_decided {
        let heirs = schemas.heirs(from.schema).iter();
        let role = from.role.max(Role::Maybe);
        found.extend(heirs.map(|heir| Element {
            schema: *heir,
            role,
            part: true,
        }));
    }
    found
}

pub(super) fn kinds_of(schemas: &Schemas<'_>, subject: &Subject) -> Kinds {
    let of = |role: Role| {
        subject
            .elements
            .iter()
            .filter(move |element| element.role == role)
    };
    let kinds = |element: &Element| schemas.kinds(element.schema, element.part);
    let sure = of(Role::Sure).fold(ALL, |all, element| all & kinds(element));
    match of(Role::Sure).next() {
        Some(_) => sure,
        None => of(Role::Maybe).fold(0, |all, element| all | kinds(element)),
    }
}
