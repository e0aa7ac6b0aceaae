//! An OpenAPI document with everything it refers to, as one graph of parts.

mod bindings;
mod callers;
mod ending;
mod facts;
pub(crate) mod grammar;
pub(crate) mod graph;
mod inheritance;
pub(crate) mod labels;
mod misspelling;
mod records;
mod resolve;
pub(crate) mod security;
mod walk;

use crate::arena::{Arena, NodeId};
use crate::contract::graph::Graph;
use crate::limits::Limits;
use crate::overlay;
use crate::parse::parse;
use crate::problem::{Problem, shown};
use crate::sensitive::{Mark, mask_problems, sensitive_marks};

pub use bindings::{Binding, Own};
pub use callers::{Callers, Named};
pub use ending::Ending;
pub use facts::{Facts, OperationFact, PathFact, ServerFact};
pub use grammar::{METHODS, Part};
pub use graph::VertexId;
pub use labels::{Label, LabelKind, written};
pub use records::Record;
pub use resolve::{ReadFile, Reader, Refusal};

/// Everything known about one contract. Problems are in `arena.problems`.
pub struct Contract {
    pub arena: Arena,
    pub root: NodeId,
    pub labels: Vec<Label>,
    pub facts: Facts,
    pub(crate) graph: Graph,
    pub(crate) sensitive: Vec<Mark>,
    /// Of each file that could be read; the entry's is the first.
    pub(crate) roots: Vec<NodeId>,
}

/// What was read before an error kept the contract from being one.
pub struct Unreadable {
    pub arena: Arena,
}

impl Contract {
    /// Reads the entry, applies overlays to it in order, reads what it refers to, and collects the facts.
    ///
    /// Overlays change the entry document only; a reference they add is relative to the entry.
    pub fn load(
        entry: &ReadFile,
        overlays: &[ReadFile],
        reader: &mut dyn Reader,
        limits: Limits,
    ) -> Result<Contract, Box<Unreadable>> {
        let mut arena = Arena::default();
        let Some(root) = read_entry(&mut arena, entry, &limits) else {
            return Err(Box::new(Unreadable { arena }));
        };
        for file in overlays {
            if let Some(overlay) = arena.read(&file.name, &file.data, &limits) {
                overlay::apply(&mut arena, root, overlay, &limits);
            }
        }
        let mut resolver = resolve::Resolver::new(&arena, root, overlays.len() as u32, limits);
        let mut found = walk::walk(&mut arena, root, &mut resolver, reader);
        let (facts, problems) = facts::collect(&arena, root, &found.graph, &mut found.labels);
        problems
            .into_iter()
            .for_each(|problem| arena.report(problem));
        let (sensitive, problems) = sensitive_marks(&arena, &found.graph);
        problems
            .into_iter()
            .for_each(|problem| arena.report(problem));
        let mut contract = Contract {
            arena,
            root,
            labels: found.labels,
            facts,
            graph: found.graph,
            sensitive,
            roots: resolver.roots().collect(),
        };
        for problem in mask_problems(&contract) {
            contract.arena.report(problem);
        }
        Ok(contract)
    }

    pub fn servers(&self) -> Vec<ServerFact> {
        facts::servers(&self.arena, self.root)
    }

    /// Each object with a `$ref`, and what it leads to.
    pub fn references(&self) -> impl Iterator<Item = (NodeId, NodeId)> + '_ {
        let graph = &self.graph;
        let parts = graph.references.iter();
        let parts = parts.map(|(from, to)| (graph.node(*from), graph.node(*to)));
        parts.chain(graph.holders.iter().copied())
    }

    /// Of each file that could be read; the entry's is the first.
    pub fn roots(&self) -> &[NodeId] {
        &self.roots
    }

    pub fn security_schemes(&self) -> Vec<String> {
        facts::security_schemes(&self.arena, self.root)
    }

    pub fn scope_descriptions(&self) -> Vec<(String, String)> {
        facts::scope_descriptions(&self.arena, self.root)
    }

    /// A text member of `info`.
    pub fn info(&self, key: &str) -> Option<&str> {
        self.arena
            .get(self.root, "info")
            .and_then(|info| self.arena.get_string(info, key))
    }

    /// SHA-256 over the names and hashes of all files in the order of their names.
    pub fn sha256(&self) -> [u8; 32] {
        let mut files: Vec<_> = self
            .arena
            .sources
            .files()
            .iter()
            .map(|file| (&file.name, file.sha256))
            .collect();
        files.sort_unstable();
        let mut context = ring::digest::Context::new(&ring::digest::SHA256);
        for (name, sha256) in files {
            context.update(&(name.len() as u64).to_be_bytes());
            context.update(name.as_bytes());
            context.update(&sha256);
        }
        context
            .finish()
            .as_ref()
            .try_into()
            .expect("SHA-256 has 32 bytes")
    }
}

fn read_entry(arena: &mut Arena, entry: &ReadFile, limits: &Limits) -> Option<NodeId> {
    let root = arena.read(&entry.name, &entry.data, limits)?;
    match version_problem(arena, root) {
        None => Some(root),
        Some(problem) => {
            arena.report(problem);
            None
        }
    }
}

fn version_problem(arena: &Arena, root: NodeId) -> Option<Problem> {
    let at = |key| arena.get(root, key).map(|value| arena.node(value).at);
    if let Some(version) = arena.get_string(root, "openapi") {
        let known = version.starts_with("3.0.")
            || version.starts_with("3.1.")
            || matches!(version, "3.0" | "3.1");
        let message = format!("OpenAPI {} is not understood", shown(version));
        let help = "Use OpenAPI 3.0 or 3.1.";
        return (!known)
            .then(|| Problem::error("openapi-version", at("openapi").unwrap_or(0), message, help));
    }
    if let Some(at) = at("swagger") {
        let help = "Convert it to OpenAPI 3, for example with `npx swagger2openapi FILE`.";
        return Some(Problem::error(
            "openapi-version",
            at,
            "this is Swagger 2.0, before OpenAPI 3",
            help,
        ));
    }
    let message = "this is not an OpenAPI document: it has no text `openapi` with its version";
    let help = "Begin the document with `openapi: 3.1.0` (in quotes if it has two parts only).";
    let at = at("openapi").unwrap_or(arena.node(root).at);
    Some(Problem::error("openapi-version", at, message, help))
}

impl Arena {
    /// Parses a file whose mistakes are problems of the arena.
    fn read(&mut self, name: &str, data: &[u8], limits: &Limits) -> Option<NodeId> {
        match parse(self, name, data, None, limits) {
            Ok(root) => Some(root),
            Err(problem) => {
                self.report(problem);
                None
            }
        }
    }
}
