//! Types and values a node lets through, beside those that schemas declare.

use wall::bundle::FilterNode;

use super::Simulation;
use super::lets::{lets, lets_any, types_of};
use crate::bodies::described::{Described, Subject, strictness};
use crate::bodies::kinds::{ARRAY, BOOLEAN, NUMBER, OBJECT, STRING};

impl Simulation<'_, '_> {
    pub(super) fn types(
        &mut self,
        pair: usize,
        node: &FilterNode,
        subject: &Subject,
        described: &Described<'_, '_>,
    ) {
        let denied = described.denied_kinds;
        let masked = match (described.mask, described.mask_is_sure) {
            (Some(_), true) => BOOLEAN | NUMBER | OBJECT | ARRAY,
            _ => 0,
        };
        for (name, kind) in types_of(node) {
            let message = match kind {
                _ if described.kinds & kind == 0 => {
                    format!("a {name} passes where none is declared")
                }
                _ if denied & kind != 0 => {
                    format!("a {name} passes that may be of a hidden alternative")
                }
                _ if masked & kind != 0 => format!("a {name} passes where only masked texts may"),
                _ => continue,
            };
            self.say(
                pair,
                "type-exposed",
                message,
                &format!("/{name}"),
                subject.place(),
            );
        }
    }

    pub(super) fn scalars(
        &mut self,
        pair: usize,
        node: &FilterNode,
        subject: &Subject,
        described: &Described<'_, '_>,
    ) {
        let rules = [
            ("boolean", &node.boolean, BOOLEAN),
            ("number", &node.number, NUMBER),
            ("string", &node.string, STRING),
        ];
        for (name, rule, kind) in rules {
            let Some(rule) = rule else { continue };
            for (value, kinds) in &described.hidden_values {
                if kinds & kind != 0 && lets(rule, value, kind) {
                    let message = format!("the value {value} passes, and the ring may not see it");
                    self.say(
                        pair,
                        "value-exposed",
                        message,
                        &format!("/{name}"),
                        subject.place(),
                    );
                }
            }
            for listed in &described.listed {
                let more = rule
                    .values
                    .as_ref()
                    .map(|values| values.iter().find(|value| !listed.contains(*value)));
                if !matches!(more, Some(None)) {
                    let message = "values pass that no enumeration lists".to_owned();
                    self.say(
                        pair,
                        "value-undeclared",
                        message,
                        &format!("/{name}/values"),
                        subject.place(),
                    );
                }
            }
        }
        if let (Some(mask), Some(rule)) = (described.mask, &node.string)
            && lets_any(rule)
            && rule
                .mask
                .is_none_or(|own| strictness(own) < strictness(mask))
        {
            let message =
                "a sensitive text passes without the mask its contract asks for".to_owned();
            self.say(pair, "mask-lost", message, "/string/mask", subject.place());
        }
    }
}
