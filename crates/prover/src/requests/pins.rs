//! Alternatives that a discriminator tells apart: each is asked for the values that name it, and no others.

use document::NodeId;
use document::pointer::unescaped;
use serde_json::Value;

use crate::bodies::Schemas;

/// Whether the branch of an emitted union takes only objects that say they are of `target`, which `reference` of the
/// document leads to. `base`: the schema with the discriminator.
pub fn is_pinned(schemas: &Schemas<'_>, base: NodeId, reference: NodeId, emitted: &Value) -> bool {
    let contract = schemas.contract;
    let arena = &contract.arena;
    let Some(discriminator) = schemas.get(base, "discriminator") else {
        return true;
    };
    let Some(property) = arena.get_string(discriminator, "propertyName") else {
        return true;
    };
    let Some([_, pin]) = emitted
        .get("allOf")
        .and_then(Value::as_array)
        .map(Vec::as_slice)
    else {
        return false;
    };
    let required = pin.get("required").and_then(Value::as_array);
    let is_required = required.is_some_and(|names| names.iter().any(|name| name == property));
    let own = pin.get("properties").and_then(|all| all.get(property));
    let values = own.and_then(|own| own.get("enum")?.as_array());
    let target = contract.target(reference);
    let names_it = |value: &Value| {
        let Some(text) = value.as_str() else {
            return false;
        };
        let mapping = arena.get(discriminator, "mapping");
        let mapped = mapping.and_then(|mapping| arena.get(mapping, text));
        match mapped {
            Some(mapped) => contract.resolve_mapped(mapped) == target,
            None if is_component(schemas, reference) => {
                name(schemas, reference).as_deref() == Some(text)
            }
            // Only components have names (OpenAPI 3.1 §4.8.25): what it is called in the ring's document is its own.
            None => contract.component(base, text).is_none(),
        }
    };
    is_required && values.is_some_and(|values| values.iter().all(names_it))
}

fn is_component(schemas: &Schemas<'_>, reference: NodeId) -> bool {
    let text = schemas.contract.arena.get_string(reference, "$ref");
    let component = text.and_then(|text| text.split_once("#/components/schemas/"));
    component.is_some_and(|(_, name)| !name.contains('/'))
}

/// The last step of a reference.
fn name(schemas: &Schemas<'_>, reference: NodeId) -> Option<String> {
    let text = schemas.contract.arena.get_string(reference, "$ref")?;
    let last = text.rsplit('/').next()?;
    Some(unescaped(last))
}
