//! What an operation cannot be shown, nor served, without.

use crate::arena::NodeId;
use crate::contract::graph::VertexId;
use crate::contract::{Contract, Part};
use crate::problem::Problem;

use super::Visibility;

/// Something hidden that an operation needs.
pub struct Missing {
    pub node: NodeId,
    pub code: &'static str,
    pub message: &'static str,
    pub help: &'static str,
}

impl Missing {
    pub fn problem(&self, visibility: &Visibility<'_>) -> Problem {
        let at = visibility.arena().node(self.node).at;
        Problem::warning(self.code, at, self.message, self.help)
    }
}

/// Per path, in the order of the facts, the path item and what it refers to.
pub struct PathItems(Vec<Vec<VertexId>>);

impl PathItems {
    pub fn of(contract: &Contract, visibility: &Visibility<'_>) -> PathItems {
        let arena = visibility.arena();
        let paths = arena.get(contract.root, "paths");
        let members = paths.map(|paths| arena.members(paths)).unwrap_or_default();
        let is_path = |key: &str| Part::Paths.slot(key).is_some();
        let items = members.iter().filter(|member| is_path(arena.key(member)));
        let chain = |item: VertexId| visibility.ground.chain(item).collect();
        let chains = items
            .map(|item| visibility.vertex(item.value, Part::PathItem))
            .map(|item| item.map(chain).unwrap_or_default());
        PathItems(chains.collect())
    }

    /// `path`: an index of [`crate::contract::Facts::paths`].
    pub fn of_path(&self, path: u32) -> &[VertexId] {
        self.0
            .get(path as usize)
            .map(Vec::as_slice)
            .unwrap_or_default()
    }
}

impl Visibility<'_> {
    /// What is hidden of an operation that it cannot be without; nothing when it is whole. `path_items`: those it
    /// stands in.
    pub fn missing(&self, path_items: &[VertexId], operation: VertexId) -> Option<Missing> {
        self.missing_path_parameter(path_items, operation)
            .or_else(|| self.missing_answer(operation))
    }

    fn missing_path_parameter(
        &self,
        path_items: &[VertexId],
        operation: VertexId,
    ) -> Option<Missing> {
        let holders = path_items.iter().chain([&operation]).copied();
        let hidden = holders
            .flat_map(|holder| self.ground.list(holder, "parameters", Part::Parameter))
            .filter(|parameter| !self.shows(*parameter))
            .filter_map(|parameter| self.ground.chain(parameter).last());
        let mut nodes = hidden.map(|parameter| self.ground.node(parameter));
        let node = nodes.find(|node| self.arena().get_string(*node, "in") == Some("path"))?;
        Some(Missing {
            node,
            code: "projection-path-parameter",
            message: "no path can be shown without its parameter: its operations are not shown",
            help: "Label the operations, or take the label from the parameter.",
        })
    }

    fn missing_answer(&self, operation: VertexId) -> Option<Missing> {
        let responses = self.ground.one(operation, "responses", Part::Responses)?;
        let chain: Vec<VertexId> = self.ground.chain(responses).collect();
        let node = self.ground.node(*chain.last()?);
        let all = self.ground.parts_of(node, Part::Response);
        let is_shown = |vertex: VertexId| self.shows(vertex);
        let is_left = chain.into_iter().all(is_shown)
            && (all.is_empty() || all.iter().any(|(_, response)| is_shown(*response)));
        (!is_left).then_some(Missing {
            node,
            code: "projection-no-response",
            message: "every response of this operation is narrower than the operation: it is not shown",
            help: "Label the operation, or declare a response for all who may call it.",
        })
    }
}
