//! What bundles name, as canonical JSON (RFC 8785), written part by part: as one value it would be as large again as
//! the contract.

use std::collections::BTreeMap;

use serde::ser::Error;
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;
use wall::bundle::{FilterNode, Projection, RequestRule, Responses, Validation};

/// A value whose members are written by name (§3.2.3), whatever order they are declared in: as objects of `serde_json`.
struct InOrder<'a, T>(&'a T);

impl<T: Serialize> Serialize for InOrder<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let value = serde_json::to_value(self.0).map_err(S::Error::custom)?;
        value.serialize(serializer)
    }
}

/// Its members are declared by name.
#[derive(Serialize)]
struct Object<'a, O> {
    /// Canonical as they are.
    #[serde(skip_serializing_if = "Option::is_none")]
    definitions: Option<&'a BTreeMap<String, Box<RawValue>>>,
    format: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    nodes: Option<Vec<InOrder<'a, FilterNode>>>,
    operations: BTreeMap<&'a str, InOrder<'a, O>>,
}

pub fn projection(object: &Projection) -> serde_json::Result<Vec<u8>> {
    let Projection {
        format,
        nodes,
        operations,
    } = object;
    serde_json::to_vec(&Object::<Responses> {
        definitions: None,
        format: *format,
        nodes: Some(nodes.iter().map(InOrder).collect()),
        operations: by_name(operations),
    })
}

/// What is empty in it is not written.
pub fn validation(object: &Validation) -> serde_json::Result<Vec<u8>> {
    let Validation {
        format,
        nodes,
        definitions,
        operations,
    } = object;
    serde_json::to_vec(&Object::<RequestRule> {
        definitions: Some(definitions).filter(|all| !all.is_empty()),
        format: *format,
        nodes: Some(nodes.iter().map(InOrder).collect()).filter(|all: &Vec<_>| !all.is_empty()),
        operations: by_name(operations),
    })
}

fn by_name<T>(operations: &BTreeMap<String, T>) -> BTreeMap<&str, InOrder<'_, T>> {
    let each = operations.iter();
    each.map(|(id, rule)| (id.as_str(), InOrder(rule)))
        .collect()
}
