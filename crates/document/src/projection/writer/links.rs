//! Links: shown where the operation they lead to is, and nothing they say names what is hidden.

use crate::arena::NodeId;
use crate::contract::graph::VertexId;
use crate::pointer;

use super::Writer;

impl Writer<'_, '_> {
    pub fn shows_link(&mut self, link: VertexId) -> bool {
        let last = self.ground().chain(link).last().unwrap_or(link);
        let node = self.ground().node(last);
        if !self.leads_to_shown(node) {
            return false;
        }
        let names_hidden = ["parameters", "requestBody"]
            .into_iter()
            .filter_map(|key| self.arena().get(node, key))
            .any(|said| self.visibility.mentions_hidden(said));
        if self.is_outer() && names_hidden {
            self.warn(
                node,
                "projection-link",
                "this link names something narrower: it is not shown",
                "Label the link, or take its values from what all may see.",
            );
            return false;
        }
        true
    }

    fn leads_to_shown(&self, link: NodeId) -> bool {
        let arena = self.arena();
        if let Some(id) = arena.get_string(link, "operationId") {
            return self.shown.ids.contains(id);
        }
        let reference = arena.get_string(link, "operationRef");
        reference.is_some_and(|reference| self.is_shown_at(reference))
    }

    /// Whether an `operationRef` into this document means an operation that is shown.
    fn is_shown_at(&self, reference: &str) -> bool {
        let tokens = reference.strip_prefix('#').and_then(pointer::tokens);
        let node = tokens
            .filter(|tokens| tokens.len() == 3 && tokens[0] == "paths")
            .and_then(|tokens| pointer::find(self.arena(), self.contract.root, &tokens));
        node.is_some_and(|node| self.shown.nodes.contains(&node))
    }
}
