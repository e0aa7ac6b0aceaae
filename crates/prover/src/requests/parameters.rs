//! Parameters: those the ring sees, in the form their document says, and nothing beside them.

use document::pointer::escaped;
use serde_json::Value;
use wall::bundle::{Members, ParameterPlace, ParameterRule, RequestRule, Shape, ValueForm};

use super::Proof;
use super::declared::{Parameter, parameters};
use super::demands::Demand;
use super::emitted::ANYTHING;
use super::forms::form_of;
use crate::bodies::{Described, Direction, Root, Subject, kinds};

impl<'a> Proof<'a, '_> {
    pub(super) fn parameters(&mut self, rule: &'a RequestRule) {
        let Some(met) = self.met else { return };
        let declared = parameters(self.schemas, met.allowed);
        let emitted = self.emitted.parameters(met.id);
        for (index, rule) in rule.parameters.iter().enumerate() {
            let same = |one: &&Parameter| one.place == rule.place && one.name == rule.name;
            let below = format!("/parameters/{index}");
            let mut candidates = declared.iter().filter(same).peekable();
            let is_declared = candidates.peek().is_some();
            match candidates.find(|one| one.is_shown) {
                Some(declared) => self.parameter(rule, declared, emitted, &below),
                None if is_declared => {
                    let message =
                        format!("{} may be sent, and the ring may not see it", said(rule));
                    self.say("parameter-exposed", message, &below, Some(field(rule)));
                }
                None => {
                    let message =
                        format!("{} may be sent, and no document declares it", said(rule));
                    self.say("parameter-undeclared", message, &below, Some(field(rule)));
                }
            }
        }
        self.hidden_as_members(rule, &declared);
        self.undeclared(rule, &declared);
        self.named(rule, emitted);
    }

    fn parameter(
        &mut self,
        rule: &'a ParameterRule,
        declared: &Parameter,
        emitted: &'a Value,
        below: &str,
    ) {
        let wanted = form_of(self.schemas, declared);
        if rule.form != wanted {
            let message = format!(
                "{} is read as {:?}, and written as {wanted:?}",
                said(rule),
                rule.form
            );
            self.say(
                "parameter-misread",
                message,
                &format!("{below}/form"),
                Some(field(rule)),
            );
        }
        let of_place = emitted.pointer(&format!("/properties/{}", rule.place.as_str()));
        let of_place = of_place.unwrap_or(&ANYTHING);
        let is_required = kinds::is_true(&self.schemas.contract.arena, declared.node, "required");
        if is_required && !names(of_place, "required").any(|name| name == rule.name) {
            let message = format!("{} is required, and may be left out", said(rule));
            self.say("demand-dropped", message, "/schema", Some(field(rule)));
        }
        let own = of_place
            .get("properties")
            .and_then(|all| all.get(&rule.name));
        let own = own.unwrap_or(&ANYTHING);
        let subject = Subject::of_any(&[declared.schema], Vec::new());
        self.hidden_values(rule, declared, own, &subject);
        self.members(rule, &subject, below);
        self.fields(rule, subject, below);
        if let Some(met) = self.met {
            self.demands.push(Demand {
                emitted: own,
                schema: declared.schema,
                method: met.method,
                operation: met.allowed,
                field: field(rule),
                is_waived: met.is_waived,
                pointer: format!(
                    "/operations/{}/schema/properties/{}/properties/{}",
                    escaped(met.id),
                    rule.place.as_str(),
                    escaped(&rule.name)
                ),
            });
        }
    }

    /// Fields of a value that is JSON: what its graph lets through.
    fn fields(&mut self, rule: &ParameterRule, subject: Subject, below: &str) {
        let (Some(met), ValueForm::Json) = (self.met, rule.form) else {
            return;
        };
        match rule.node {
            Some(node) => self.roots.push(Root {
                node,
                subject,
                method: met.method,
                operation: met.allowed,
                field: field(rule),
            }),
            None => {
                let message = format!("nothing says which fields {} may have", said(rule));
                self.say("parameter-open", message, below, Some(field(rule)));
            }
        }
    }

    /// Fields of an object that is written as texts.
    fn members(&mut self, rule: &ParameterRule, subject: &Subject, below: &str) {
        let Some(members) = &rule.shape.members else {
            return;
        };
        let described = Described::new(self.schemas, subject, Direction::Request);
        let mut found = Vec::new();
        for name in members.named.keys() {
            let place = described.member(name);
            let is_declared = Subject::of(place.elements).is_declared();
            if place.hidden_by.is_some() || !is_declared {
                found.push((name.as_str(), format!("named/{}", escaped(name))));
            }
        }
        let others = described.additional();
        let is_open = others.hidden_by.is_none() && Subject::of(others.elements).is_declared();
        if members.others.is_some() && !is_open {
            found.push(("*", "others".to_owned()));
        }
        for (name, step) in found {
            let message = format!(
                "the field {name} of {} may be sent, and the ring may not see it",
                said(rule)
            );
            let field = format!("{}/{}", field(rule), escaped(name));
            self.say(
                "field-exposed",
                message,
                &format!("{below}/shape/members/{step}"),
                Some(field),
            );
        }
    }

    /// Values for inner rings, given to the very schema that a gateway asks.
    fn hidden_values(
        &mut self,
        rule: &ParameterRule,
        declared: &Parameter,
        own: &Value,
        subject: &Subject,
    ) {
        let described = Described::new(self.schemas, subject, Direction::Request);
        let mut values: Vec<Value> = described
            .surely_hidden()
            .iter()
            .flat_map(|text| meant(text))
            .collect();
        values.extend(
            self.schemas
                .hidden_values(declared.node)
                .iter()
                .flat_map(|text| meant(text)),
        );
        let items = Subject::of(described.item(None).elements);
        if items.place().is_some() {
            let items = Described::new(self.schemas, &items, Direction::Request);
            let texts = items.surely_hidden();
            values.extend(
                texts
                    .iter()
                    .flat_map(|text| meant(text))
                    .map(|value| Value::from(vec![value])),
            );
        }
        if values.is_empty() {
            return;
        }
        let Some(judge) = self.emitted.judge(own) else {
            return; // such a request is refused
        };
        for value in values.into_iter().filter(|value| judge(value)) {
            let message = format!(
                "the value {value} of {} may be sent, and the ring may not see it",
                said(rule)
            );
            self.say("value-exposed", message, "/schema", Some(field(rule)));
        }
    }

    /// Fields of an object that stand in the query by themselves: one could be called as a hidden parameter is.
    fn hidden_as_members(&mut self, rule: &RequestRule, declared: &[Parameter]) {
        let hidden = declared
            .iter()
            .filter(|one| one.place == ParameterPlace::Query && !one.is_shown);
        for hidden in hidden {
            let taking = rule
                .parameters
                .iter()
                .enumerate()
                .find(|(_, rule)| takes(rule, &hidden.name));
            if let Some((index, rule)) = taking {
                let message = format!(
                    "the parameter {} of the query may be sent as a field of {}, and the ring may not see it",
                    hidden.name,
                    said(rule)
                );
                let field = format!("/query/{}", escaped(&hidden.name));
                self.say(
                    "parameter-exposed",
                    message,
                    &format!("/parameters/{index}"),
                    Some(field),
                );
            }
        }
    }

    /// What is demanded is told to who leaves it out.
    fn named(&mut self, rule: &RequestRule, emitted: &Value) {
        for place in ParameterPlace::ALL {
            let Some(of_place) = emitted.pointer(&format!("/properties/{}", place.as_str())) else {
                continue;
            };
            let unknown = names(of_place, "required").find(|name| {
                !rule
                    .parameters
                    .iter()
                    .any(|rule| rule.place == place && rule.name == *name)
            });
            if let Some(name) = unknown {
                let message = format!("{name} is demanded, and nothing takes it");
                let field = format!("/{}/{}", place.as_str(), escaped(name));
                self.say("parameter-undeclared", message, "/schema", Some(field));
            }
        }
    }
}

/// Whether a pair of the query is taken for a field of a parameter, as the wall reads it.
fn takes(rule: &ParameterRule, name: &str) -> bool {
    let knows = |members: &Members, name: &str| {
        members.named.contains_key(name) || members.others.is_some()
    };
    let Some(members) = object(&rule.shape).filter(|_| rule.place == ParameterPlace::Query) else {
        return false;
    };
    match rule.form {
        ValueForm::FormExploded => knows(members, name),
        ValueForm::DeepObject => {
            let inside = name
                .strip_prefix(rule.name.as_str())
                .and_then(|rest| rest.strip_prefix('['));
            inside
                .and_then(|rest| rest.strip_suffix(']'))
                .is_some_and(|name| knows(members, name))
        }
        _ => false,
    }
}

/// The fields of a value that is an object whatever is written.
fn object(shape: &Shape) -> Option<&Members> {
    let members = shape.members.as_ref();
    members.filter(|_| shape.scalars.is_empty() && shape.items.is_none())
}

/// What a text may stand for.
fn meant(text: &str) -> Vec<Value> {
    let other = serde_json::from_str(text).ok();
    let other = other.filter(|value: &Value| value.is_number() || value.is_boolean());
    std::iter::once(Value::from(text)).chain(other).collect()
}

fn names<'v>(of: &'v Value, key: &str) -> impl Iterator<Item = &'v str> {
    let list = of.get(key).and_then(Value::as_array);
    list.into_iter().flatten().filter_map(Value::as_str)
}

fn said(rule: &ParameterRule) -> String {
    format!("the parameter {} ({})", rule.name, rule.place.as_str())
}

fn field(rule: &ParameterRule) -> String {
    format!("/{}/{}", rule.place.as_str(), escaped(&rule.name))
}

#[cfg(test)]
#[path = "parameters_tests.rs"]
mod tests;
