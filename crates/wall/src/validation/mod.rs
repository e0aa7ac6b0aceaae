//! Requests held to the contract their ring reads: parameters, header fields, cookies and bodies.
//!
//! Everything becomes a JSON value and is judged by JSON Schema; what cannot become exactly one value is malformed.
//! What goes on to the upstream is what was judged, byte for byte.

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
mod presence;
mod rules;
pub mod schema;
mod schemas;
mod style;
mod template;
mod text;
mod unfit;

use std::sync::Arc;

use crate::bindings::BoundBody;
use crate::bundle::{Enforced, Enforcement, Validation};
use crate::faults::{Check, skips};
use crate::filter::Mode;
use crate::headers::Passage;

pub use body::{BodyPlan, Content};
use closure::Closure;
pub use fault::{Fault, Refusal};
pub(crate) use json::read as read_json;
pub use operation::Operation;
pub use parameters::{Sent, field_name};
pub(crate) use presence::sends;
pub(crate) use rules::{Rules, RulesKey};
pub use schemas::Schemas;
pub(crate) use template::PathTemplate;
pub(crate) use text::{decoded, forwarded, pairs};
pub use unfit::{Unfit, UnfitRow};

/// What the operations of a version share.
#[derive(Debug)]
struct Definitions {
    schemas: Schemas,
    closure: Closure,
}

/// What requests of a version are held to on a ring.
#[derive(Debug)]
pub struct Requests {
    mode: Enforcement,
    /// Seconds since the Unix epoch.
    until: Option<u64>,
    rules: Arc<Rules>,
}

impl Requests {
    /// `templates`: operation id and path template of every operation of the bundle. An error: why it cannot be used.
    pub fn new<'o>(
        validation: Validation,
        enforced: &Enforced,
        templates: impl Iterator<Item = (&'o str, &'o str)> + Clone,
    ) -> Result<Requests, String> {
        let key = RulesKey::new(&enforced.object, templates.clone());
        let rules = Rules::new(key, validation, templates.clone())?;
        Requests::held_to(Arc::new(rules), enforced, templates.map(|(id, _)| id))
    }

    /// `operations`: ids of those the bundle has. An error: there is one without a rule.
    pub fn held_to<'o>(
        rules: Arc<Rules>,
        enforced: &Enforced,
        mut operations: impl Iterator<Item = &'o str>,
    ) -> Result<Requests, String> {
        // Of what is only reported, what cannot be judged is not looked at.
        let is_reported = enforced.mode == Enforcement::Report;
        let without = operations.find(|id| !is_reported && !rules.operations.contains_key(*id));
        match without {
            Some(id) => Err(format!("there is no rule for operation `{id}`")),
            None => Ok(Requests {
                mode: enforced.mode,
                until: enforced.until,
                rules,
            }),
        }
    }

    pub(crate) fn rules(&self) -> &Arc<Rules> {
        &self.rules
    }

    /// Whether an operation is not there any more.
    pub fn is_over(&self, id: &str, now_s: u64) -> bool {
        let ends = &self.rules.ends;
        !ends.is_empty() && ends.get(id).is_some_and(|end| *end <= now_s)
    }

    pub fn operation(&self, id: &str) -> Option<&Arc<Operation>> {
        self.rules.operations.get(id)
    }

    /// A contract is observed until its time is over.
    pub fn mode_at(&self, now_s: u64) -> Mode {
        self.mode.at(self.until, now_s)
    }
}

/// What one request is held to.
#[derive(Clone, Debug)]
pub struct RequestPolicy {
    pub mode: Mode,
    pub operation: Arc<Operation>,
    /// What is wrong with its parameters, where that passes all the same.
    pub unfit: Unfit,
    /// Values of its body that must be the caller's own.
    pub(crate) bound: Option<Arc<BoundBody>>,
}

impl RequestPolicy {
    /// What is not declared does not pass, or not for long.
    pub fn is_enforced(&self) -> bool {
        self.mode != Mode::Report
    }

    /// Whether the body passes whatever it is.
    pub fn passes_bodies(&self) -> bool {
        self.mode == Mode::Report && self.bound.is_none()
    }

    /// What is to be done with the body, before any of it is read. A bound value is looked for in JSON only.
    pub fn plan_body(&self, content: &Content<'_>) -> Result<BodyPlan, Refusal> {
        let plan = self.operation.plan_body(content);
        if self.bound.is_none() || skips(Check::BoundBody) {
            return plan;
        }
        match plan? {
            BodyPlan::Whole if self.operation.reads_json(content) => Ok(BodyPlan::Whole),
            _ => Err(Refusal::not_authorized(
                "there is no JSON that could be the caller's",
            )),
        }
    }

    /// A whole body: what passes of it and does not fit. Whose it is comes first.
    pub fn judge_body(&self, content: &Content<'_>, bytes: &[u8]) -> Result<Unfit, Refusal> {
        if let Some(bound) = self.bound.as_ref().filter(|_| !skips(Check::BoundBody)) {
            let judged = read_json(bytes).and_then(|body| bound.judge(&body));
            judged.map_err(Refusal::not_authorized)?;
        }
        self.operation.judge_body(content, bytes, self.mode)
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
