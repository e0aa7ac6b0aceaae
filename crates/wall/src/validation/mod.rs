//! Requests held to the contract their ring reads: parameters, header fields, cookies and bodies.
//!
//! Everything becomes a JSON value and is judged by JSON Schema; what cannot become exactly one value is malformed.
//! What goes on to the upstream is what was judged, byte for byte. Nothing is compiled before a request needs it.

mod body;
mod bounds;
mod closure;
mod cookies;
mod fault;
mod form;
mod json;
mod media_type;
mod multipart;
mod operation;
mod parameters;
pub mod schema;
mod style;
mod template;
mod text;

use std::sync::Arc;

use crate::bundle::{Enforcement, Validation};
use crate::headers::Passage;
use crate::snapshot::HashMap;

pub use body::{BodyPlan, Content};
use closure::Closure;
pub use fault::{Fault, Refusal};
pub use operation::Operation;
pub use parameters::Sent;
pub(crate) use text::forwarded;

/// What the operations of a version share.
#[derive(Debug)]
struct Definitions {
    schemas: schema::Schemas,
    closure: Closure,
}

/// A validation object in the form requests are judged by.
#[derive(Debug)]
pub struct Requests {
    pub mode: Enforcement,
    operations: HashMap<Box<str>, Arc<Operation>>,
}

impl Requests {
    /// `templates`: operation id and path template of every operation of the bundle. An error: why it cannot be used.
    pub fn new<'o>(
        validation: Validation,
        mode: Enforcement,
        templates: impl Iterator<Item = (&'o str, &'o str)>,
    ) -> Result<Requests, String> {
        let definitions = Arc::new(Definitions {
            schemas: validation.definitions,
            closure: Closure::new(validation.nodes),
        });
        let mut rules = validation.operations;
        let operations = templates.map(|(id, template)| {
            let rule = rules
                .remove(id)
                .ok_or_else(|| format!("there is no rule for operation `{id}`"))?;
            let operation = Operation::new(rule, template, Arc::clone(&definitions));
            let operation = operation.map_err(|why| format!("operation `{id}`: {why}"))?;
            Ok((id.into(), Arc::new(operation)))
        });
        Ok(Requests {
            mode,
            operations: operations.collect::<Result<_, String>>()?,
        })
    }

    pub fn operation(&self, id: &str) -> Option<&Arc<Operation>> {
        self.operations.get(id)
    }
}

/// What one request is held to.
#[derive(Clone, Debug)]
pub struct RequestPolicy {
    pub mode: Enforcement,
    pub operation: Arc<Operation>,
    /// What is wrong with its parameters, where that is reported and not refused.
    pub noted: Option<Box<Refusal>>,
}

impl RequestPolicy {
    /// What does not fit the contract does not pass.
    pub fn is_enforced(&self) -> bool {
        self.mode != Enforcement::Report
    }

    /// What becomes of a client's header field. `name` in lower case.
    pub fn judge_field(&self, name: &str, value: &[u8]) -> Passage {
        match name {
            _ if !self.is_enforced() => Passage::Keep,
            "cookie" => self
                .operation
                .cookies(value)
                .map_or(Passage::Drop, Passage::Replace),
            _ if self.operation.passes_field(name) => Passage::Keep,
            _ => Passage::Drop,
        }
    }
}

#[cfg(test)]
mod tests;
