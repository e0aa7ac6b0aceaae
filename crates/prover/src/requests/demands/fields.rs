//! Fields: those that must be there, and what each is held to.

use document::{NodeId, Value as Node};
use serde_json::Value;

use super::steps::Step;
use super::{Demands, array};
use crate::bodies::kinds;
use crate::requests::emitted::ANYTHING;

impl<'a> Demands<'a, '_> {
    /// Fields that must be there, must be demanded; what cannot be sent, must not.
    pub(super) fn required(&mut self, pair: usize, emitted: &'a Value, schema: NodeId) {
        let asked = emitted.get("required").and_then(array).unwrap_or_default();
        let contract = self.schemas.contract;
        let arena = &contract.arena;
        let demanded = arena.get(schema, "required");
        for name in demanded.map(|list| arena.items(list)).unwrap_or_default() {
            let Some(text) = arena.string(*name) else {
                continue;
            };
            let is_asked = asked.iter().any(|one| one.as_str() == Some(text));
            if !is_asked && self.may_be_demanded(schema, text) {
                let what = format!("the field {text} is required, and may be left out");
                self.say(pair, what, "required", *name, text);
            }
        }
    }

    /// The schema declares the field itself, it can be sent, and nothing hides one of its name.
    fn may_be_demanded(&self, schema: NodeId, name: &str) -> bool {
        let contract = self.schemas.contract;
        let arena = &contract.arena;
        let properties = arena.get(schema, "properties");
        let own = properties.and_then(|map| arena.get(contract.end(map), name));
        own.is_some_and(|own| !self.is_read_only(own)) && !self.closed.has_field(name)
    }

    fn is_read_only(&self, schema: NodeId) -> bool {
        let contract = self.schemas.contract;
        let arena = &contract.arena;
        let included = arena.get(schema, "allOf").map(|all| arena.items(all));
        let all = included.unwrap_or_default().iter().copied().chain([schema]);
        all.flat_map(|one| contract.chain(one))
            .any(|one| kinds::is_true(arena, one, "readOnly"))
    }

    pub(super) fn fields(&mut self, pair: usize, emitted: &'a Value, schema: NodeId) {
        let contract = self.schemas.contract;
        let arena = &contract.arena;
        let properties = arena.get(schema, "properties").map(|map| contract.end(map));
        let properties = properties.map(|map| arena.members(map)).unwrap_or_default();
        let asked = emitted.get("properties");
        for member in properties {
            let name = arena.key(member);
            match asked.and_then(|asked| asked.get(name)) {
                Some(own) => self.below(pair, own, member.value, Step::Property(name)),
                None if self.closed.has_field(name) || self.is_read_only(member.value) => {}
                None => self.below(pair, &ANYTHING, member.value, Step::Property(name)),
            }
        }
        for key in ["additionalProperties", "unevaluatedProperties", "items"] {
            let said = arena.get(schema, key);
            if let Some(said) = said.filter(|said| matches!(arena.value(*said), Node::Object(_))) {
                let own = emitted.get(key).unwrap_or(&ANYTHING);
                self.below(pair, own, said, Step::Each(key));
            }
        }
    }
}
