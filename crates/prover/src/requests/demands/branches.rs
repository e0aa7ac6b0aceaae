//! Branches of `allOf`, `oneOf` and `anyOf`, in their order.

use document::{NodeId, Value as Node};
use serde_json::Value;

use super::steps::Step;
use super::{Demands, array};
use crate::requests::pins::is_pinned;

impl<'a> Demands<'a, '_> {
    /// Branches in their order, less those the ring does not see.
    pub(super) fn branches(&mut self, pair: usize, emitted: &'a Value, schema: NodeId) {
        self.matched(pair, emitted.get("allOf"), schema, "allOf", "allOf");
        let shown = |key: &'static str| (key, self.shown(schema, key).len());
        for (key, count) in [shown("oneOf"), shown("anyOf")] {
            let has_as_many = |emitted: Option<&'a Value>| {
                emitted.filter(|list| list.as_array().is_some_and(|list| list.len() == count))
            };
            // What was "exactly one" may have become "any", beside another.
            let beside = || {
                let all = emitted.get("allOf").and_then(array).unwrap_or_default();
                all.iter().find_map(|one| has_as_many(one.get("anyOf")))
            };
            let found = has_as_many(emitted.get(key)).map(|list| (key, list));
            let found =
                found.or_else(|| has_as_many(emitted.get("anyOf")).map(|list| ("anyOf", list)));
            let found = found.or_else(|| beside().map(|list| ("allOf", list)));
            let (written, list) = found.unzip();
            self.matched(pair, list, schema, key, written.unwrap_or(key));
        }
    }

    fn matched(
        &mut self,
        pair: usize,
        emitted: Option<&'a Value>,
        schema: NodeId,
        key: &'static str,
        written: &'static str,
    ) {
        let branches = self.shown(schema, key);
        let asked = emitted.and_then(array).unwrap_or_default();
        if asked.len() < branches.len() {
            let what = format!("{key} is not asked of the value");
            return self.say(pair, what, key, schema, "");
        }
        // Whether the ring sees the discriminator is the graph's to prove; where it is used, it is used throughout.
        let is_told_apart =
            |own: &Value| key != "allOf" && own.get("$ref").is_none() && is_wrapped(own);
        let are_told_apart = asked.iter().any(is_told_apart);
        for (index, (branch, own)) in branches.into_iter().zip(asked).enumerate() {
            let refers = self.schemas.contract.target(branch).is_some();
            if are_told_apart && refers && !is_pinned(self.schemas, schema, branch, own) {
                let what = "a value may be of this kind that names another".to_owned();
                self.say(pair, what, key, branch, "");
            }
            self.below(pair, own, branch, Step::Same(written, Some(index)));
        }
    }

    fn shown(&self, schema: NodeId, key: &str) -> Vec<NodeId> {
        let contract = self.schemas.contract;
        let arena = &contract.arena;
        let list = arena.get(schema, key).map(|list| contract.end(list));
        let items = list
            .map(|list| arena.items(list))
            .unwrap_or_default()
            .iter();
        let schemas =
            items.filter(|one| matches!(arena.value(**one), Node::Object(_) | Node::Bool(_)));
        let shown = schemas.filter(|one| !self.closed.is_closed(**one));
        shown.copied().collect()
    }
}

/// A reference, and what it is asked for besides.
fn is_wrapped(emitted: &Value) -> bool {
    let only = emitted.as_object().filter(|object| object.len() == 1);
    let all = only.and_then(|object| array(object.get("allOf")?));
    matches!(all, Some([first, _]) if first.get("$ref").is_some())
}
