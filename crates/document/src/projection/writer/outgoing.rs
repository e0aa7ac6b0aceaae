//! What is called at the consumer's: webhooks and callbacks.

use crate::arena::NodeId;
use crate::contract::graph::VertexId;
use crate::contract::{METHODS, Part};

use super::Writer;
use super::operations::Granted;

impl Writer<'_, '_> {
    /// The members of `webhooks` this ring is shown; nothing where there are none.
    pub fn webhooks(&mut self) -> Option<String> {
        let webhooks = self.arena().get(self.contract.root, "webhooks")?;
        let granted: Vec<_> = self
            .ground()
            .parts_of(webhooks, Part::PathItem)
            .into_iter()
            .filter(|(_, item)| self.has_granted(*item, Granted::Webhook))
            .collect();
        if granted.is_empty() {
            return None;
        }
        Some(self.apart(1, |writer| {
            writer.sink.open_object();
            for (member, _) in granted {
                writer.sink.key(writer.arena().key(member));
                writer.path_item(member.value, Granted::Webhook);
            }
            writer.sink.close();
        }))
    }

    fn has_granted(&mut self, item: VertexId, granted: Granted) -> bool {
        let chain: Vec<VertexId> = self.ground().chain(item).collect();
        METHODS.into_iter().any(|method| {
            let ground = self.ground();
            let operation = chain
                .iter()
                .find_map(|part| ground.one(*part, method, Part::Operation));
            operation.is_some_and(|operation| self.is_granted(&chain, operation, method, granted))
        })
    }

    /// Whether a callback has an operation left, under an expression that names nothing hidden.
    pub fn shows_callback(&mut self, callback: VertexId) -> bool {
        !self.items_of_callback(callback).is_empty()
    }

    fn items_of_callback(&mut self, callback: VertexId) -> Vec<(String, NodeId)> {
        let last = self.ground().chain(callback).last().unwrap_or(callback);
        let items = self
            .ground()
            .parts_of(self.ground().node(last), Part::PathItem);
        let mut shown = Vec::new();
        for (member, item) in items {
            let key = self.arena().key(member);
            if self.is_outer() && self.visibility.names_hidden(key) {
                self.warn(
                    member.value,
                    "projection-callback",
                    "the address of this callback names something narrower: it is not shown",
                    "Label the callback, or take its address from what all may see.",
                );
            } else if self.has_granted(item, Granted::CalledBack) {
                shown.push((key.to_owned(), member.value));
            }
        }
        shown
    }

    pub fn callback(&mut self, callback: VertexId) {
        let items = self.items_of_callback(callback);
        self.sink.open_object();
        for (key, item) in items {
            self.sink.key(&key);
            self.path_item(item, Granted::CalledBack);
        }
        self.sink.close();
    }
}
