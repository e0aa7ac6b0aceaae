//! A validation object in the form requests are judged by: for all bundles that name it and have the same operations.

use std::sync::Arc;

use serde_json::value::RawValue;

use super::closure::Closure;
use super::operation::Operation;
use super::{Definitions, Schemas};
use crate::bundle::Validation;
use crate::faults::{Check, skips};
use crate::snapshot::HashMap;

/// What rules are made of: the hash of the validation object, and SHA-256 of the operations with their templates.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RulesKey {
    object: Box<str>,
    operations: [u8; 32],
}

impl RulesKey {
    pub fn new<'o>(object: &str, templates: impl Iterator<Item = (&'o str, &'o str)>) -> RulesKey {
        let mut digest = ring::digest::Context::new(&ring::digest::SHA256);
        for text in templates.flat_map(|(id, template)| [id, template]) {
            digest.update(&(text.len() as u64).to_le_bytes());
            digest.update(text.as_bytes());
        }
        let operations = digest.finish().as_ref().try_into();
        let object = match skips(Check::RulesKeptApart) {
            true => "",
            false => object,
        };
        RulesKey {
            object: object.into(),
            operations: operations.expect("SHA-256 has 32 bytes"),
        }
    }
}

#[derive(Debug)]
pub struct Rules {
    pub key: RulesKey,
    pub(super) operations: HashMap<Box<str>, Arc<Operation>>,
    /// When operations end that do.
    pub(super) ends: HashMap<Box<str>, u64>,
    definitions: Arc<Definitions>,
}

impl Rules {
    /// `templates`: operation id and path template of every operation; some may have no rule. An error: why it cannot
    /// be used.
    pub fn new<'o>(
        key: RulesKey,
        mut validation: Validation,
        templates: impl Iterator<Item = (&'o str, &'o str)>,
    ) -> Result<Rules, String> {
        let mut found = Vec::new();
        let ends = validation.operations.iter();
        let ends = ends.filter_map(|(id, rule)| Some((id.as_str().into(), rule.until?)));
        let ends = ends.collect();
        for (number, (id, template)) in templates.enumerate() {
            let Some(mut rule) = validation.operations.remove(id) else {
                continue;
            };
            let schema = rule
                .schema
                .take()
                .map(|schema| (of_parameters(number), schema));
            let name = schema.as_ref().map(|(name, _)| name.clone());
            define(&mut validation, schema)?;
            found.push((id, template, rule, name));
        }
        let definitions = Arc::new(Definitions {
            schemas: Schemas::new(validation.definitions),
            closure: Closure::new(validation.nodes),
        });
        let operations = found.into_iter().map(|(id, template, rule, schema)| {
            let operation = Operation::new(rule, schema, template, Arc::clone(&definitions));
            let operation = operation.map_err(|why| format!("operation `{id}`: {why}"))?;
            Ok((id.into(), Arc::new(operation)))
        });
        let operations = operations.collect::<Result<_, String>>()?;
        Ok(Rules {
            key,
            operations,
            ends,
            definitions,
        })
    }

    /// Compiles what no request shall wait for.
    pub fn prepare(&self) {
        self.definitions.schemas.prepare();
    }
}

/// What the definition of an operation's parameters is called.
fn of_parameters(number: usize) -> String {
    format!("parameters-{number}")
}

fn define(
    validation: &mut Validation,
    schema: Option<(String, Box<RawValue>)>,
) -> Result<(), String> {
    let Some((name, schema)) = schema else {
        return Ok(());
    };
    match validation.definitions.insert(name.clone(), schema) {
        None => Ok(()),
        Some(_) => Err(format!("there is another definition `{name}`")),
    }
}
