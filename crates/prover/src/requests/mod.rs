//! Requests: what the rules of a bundle let a ring send, held against what its documents let it.
//!
//! Three questions. *Where* may something be sent: parameters and media types the ring sees, read in the form the
//! document says (`parameters`, `bodies`, `forms`). *Which fields* may be set: graphs, by the same simulation as for
//! responses. *Which values*: every JSON Schema beside the schema it was made of, keyword by keyword (`demands`).

mod bodies;
mod closed;
mod declared;
mod demands;
mod emitted;
mod forms;
mod keywords;
mod observed;
mod parameters;
mod pins;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use document::pointer::escaped;
use wall::bundle::{Bundle, RequestRule, Validation};

use crate::bodies::{Direction, Root, Schemas, World, simulate};
use crate::exposure::{Policy, world};
use crate::operations::{Operation, Operations, shape};
use crate::violation::{Place, Violation, Within};
use demands::{Demand, hold};
use emitted::Emitted;

/// Everything that requests may carry on the ring and no document lets them. Only for outer rings.
pub fn prove_requests(
    schemas: &Schemas<'_>,
    operations: &Operations,
    bundle: &Bundle,
    validation: Option<&Validation>,
    policy: &Policy,
) -> Vec<Violation> {
    let Some(validation) = validation else {
        return unheld(bundle);
    };
    let emitted = Emitted::new(validation);
    let world = world(bundle.validation.as_ref());
    let mut proof = Proof {
        schemas,
        emitted: &emitted,
        world,
        roots: Vec::new(),
        demands: Vec::new(),
        violations: Vec::new(),
        met: None,
    };
    let mut named: BTreeSet<&str> = BTreeSet::new();
    for item in &bundle.paths {
        let by_method = shape(&item.template).and_then(|shape| operations.get(&shape));
        for (method, reached) in &item.operations {
            named.insert(&reached.id);
            if let Some(allowed) = by_method.and_then(|by_method| by_method.get(method)) {
                let id = &reached.id;
                let rule = validation.operations.get(id);
                let until = rule.and_then(|rule| rule.until);
                proof.met = Some(Met {
                    method,
                    allowed,
                    id,
                    is_waived: until.is_some() && until == policy.unmatched_until,
                });
                proof.operation(rule);
            }
        }
    }
    proof.met = None;
    proof.unserved(validation, &named);
    if !bundle.requires.iter().any(|part| part == "validation") {
        let message = "a gateway that knows of no rules for requests may load this".to_owned();
        proof.violations.push(of_bundle(message, "/requires"));
    }
    let Proof {
        roots,
        demands,
        mut violations,
        ..
    } = proof;
    violations.extend(simulate(
        schemas,
        &validation.nodes,
        &roots,
        Direction::Request,
        world,
    ));
    violations.extend(hold(schemas, &emitted, &demands));
    violations
}

/// Without rules a request goes on as it came.
fn unheld(bundle: &Bundle) -> Vec<Violation> {
    let mut items = bundle.paths.iter();
    let serves_any = items.any(|item| !item.operations.is_empty());
    let message = "requests of an outer ring are held to nothing".to_owned();
    let violation = serves_any.then(|| of_bundle(message, "/validation"));
    violation.into_iter().collect()
}

fn of_bundle(message: String, pointer: &str) -> Violation {
    Violation {
        code: "requests-unheld",
        message,
        request: None,
        field: None,
        place: None,
        pointer: pointer.to_owned(),
        within: Within::Bundle,
    }
}

/// One operation of the bundle and what the document says of it.
#[derive(Clone, Copy)]
struct Met<'a> {
    method: &'a str,
    allowed: &'a Operation,
    id: &'a str,
    /// It ends when the estate says, and until then patterns that cannot be matched are not asked for.
    is_waived: bool,
}

struct Proof<'a, 'c> {
    schemas: &'a Schemas<'c>,
    emitted: &'a Emitted<'a>,
    world: World,
    /// Values whose fields a graph decides.
    roots: Vec<Root<'a>>,
    /// Values a schema is asked about.
    demands: Vec<Demand<'a>>,
    violations: Vec<Violation>,
    met: Option<Met<'a>>,
}

impl<'a> Proof<'a, '_> {
    fn operation(&mut self, rule: Option<&'a RequestRule>) {
        match rule {
            Some(rule) => {
                self.ends(rule);
                self.parameters(rule);
                self.body(rule.body.as_ref());
            }
            None => self.say(
                "requests-unheld",
                "nothing says what its requests are held to".to_owned(),
                "",
                None,
            ),
        }
    }

    /// Patterns that cannot be matched are waived for as long as the estate says.
    fn ends(&mut self, rule: &RequestRule) {
        let is_waived = self.met.is_some_and(|met| met.is_waived);
        if rule.until.is_some() && !is_waived {
            let message =
                "patterns are waived for it that nobody matches, and not as the estate says";
            self.say("waiver-changed", message.to_owned(), "/until", None);
        }
    }

    fn unserved(&mut self, validation: &Validation, named: &BTreeSet<&str>) {
        let ids = validation.operations.keys();
        for id in ids.filter(|id| !named.contains(id.as_str())) {
            self.violations.push(Violation {
                code: "operation-named",
                message: format!(
                    "{id} is no operation the ring is served, and its name is sent out"
                ),
                request: None,
                field: None,
                place: None,
                pointer: format!("/operations/{}", escaped(id)),
                within: Within::Validation,
            });
        }
    }

    /// `below`: from the operation's rule. `field`: place and name of a parameter.
    fn say(&mut self, code: &'static str, message: String, below: &str, field: Option<String>) {
        let Some(met) = self.met else { return };
        self.violations.push(Violation {
            code,
            message,
            request: Some((met.method.to_owned(), met.allowed.template.clone())),
            field,
            place: Some(Place::of(&self.schemas.contract.arena, met.allowed.at)),
            pointer: format!("/operations/{}{below}", escaped(met.id)),
            within: Within::Validation,
        });
    }
}
