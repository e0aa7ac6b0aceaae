//! While a contract is observed, what it does not know passes: only what it hides is kept back, by the name, position,
//! type or value it has. Undeclared is then no protection (`wall::filter::Mode::Observe`).

use wall::bundle::{ArrayRule, FilterNode, ObjectRule, ScalarRule};

use super::Simulation;
use super::lets::types_of;
use super::members::Names;
use crate::bodies::described::{Described, Subject};
use crate::bodies::kinds::{BOOLEAN, Kinds, NUMBER, STRING};

const WHILE: &str = "while the contract is observed, and the ring may not see it";

impl Simulation<'_, '_> {
    /// What passes because nothing is said of it, and is declared for inner rings.
    pub(super) fn tolerated(
        &mut self,
        pair: usize,
        node: &FilterNode,
        subject: &Subject,
        described: &Described<'_, '_>,
    ) {
        if !self.pairs[pair].is_object {
            self.unknown_scalars(pair, node, subject, described);
        }
        if let Some(rule) = &node.object {
            self.unknown_names(pair, rule, described);
        }
        if let Some(rule) = &node.array {
            self.unknown_items(pair, rule, described);
        }
    }

    /// Scalars of other types and values pass, unless the node hides some.
    fn unknown_scalars(
        &mut self,
        pair: usize,
        node: &FilterNode,
        subject: &Subject,
        described: &Described<'_, '_>,
    ) {
        let mut rules = [&node.boolean, &node.number, &node.string].into_iter();
        if rules.any(|rule| rule.as_ref().is_some_and(ScalarRule::hides)) {
            return;
        }
        let place = subject.place();
        if let Some(value) = described.hidden_values.keys().next() {
            let message = format!("the value {value} passes {WHILE}");
            self.say(pair, "value-exposed", message, "", place);
        }
        if described.mask.is_some() {
            let message = format!("a sensitive value passes as it is {WHILE}");
            self.say(pair, "mask-lost", message, "", place);
        }
        let named = types_of(node).fold(0, |all, (_, kind)| all | kind);
        let kinds: [(&str, Kinds); 3] =
            [("boolean", BOOLEAN), ("number", NUMBER), ("string", STRING)];
        let hidden = kinds
            .into_iter()
            .find(|(_, kind)| described.denied_kinds & !named & kind != 0);
        if let Some((name, _)) = hidden {
            let message = format!("a {name} that may be of a hidden alternative passes {WHILE}");
            self.say(pair, "type-exposed", message, "", place);
        }
    }

    fn unknown_names(&mut self, pair: usize, rule: &ObjectRule, described: &Described<'_, '_>) {
        let lookup = Names::of(rule);
        for name in described.names() {
            let by = described.member(name).hidden_by;
            if by.is_some() && lookup.nodes(name).is_empty() {
                let message = format!("the field {name} passes {WHILE}");
                let at = "/object/properties";
                self.say_of(pair, "field-exposed", message, at, by, name);
            }
        }
        let by = described.additional().hidden_by;
        if by.is_some() && rule.additional.is_none() {
            let message = format!("a field that nobody names passes {WHILE}");
            let at = "/object/additional";
            self.say_of(pair, "field-exposed", message, at, by, "*");
        }
    }

    fn unknown_items(&mut self, pair: usize, rule: &ArrayRule, described: &Described<'_, '_>) {
        if rule.items.is_some() {
            return;
        }
        let others = rule.prefix.len()..described.positions();
        let mut places = others.map(Some).chain([None]);
        let by = places.find_map(|position| described.item(position).hidden_by);
        if by.is_some() {
            let message = format!("an item passes {WHILE}");
            self.say_of(pair, "field-exposed", message, "/array/items", by, "*");
        }
    }
}
