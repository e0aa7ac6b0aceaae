//! What requests are held to, from the document of the ring: documentation and validation cannot disagree.
//!
//! The projected document is read once more, as plain JSON: `schema` makes JSON Schema 2020-12 of its schemas, `shape`
//! says what a text can stand for, `parameters` and `bodies` where all of it is asked for. Which fields may be set is
//! a graph of the same kind as for responses, and from the contract itself: what is hidden is not in the document.

mod bodies;
mod collisions;
mod forms;
mod hidden;
mod parameters;
mod patterns;
mod schema;
mod shape;
mod source;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use document::contract::{Contract, Part, VertexId};
use document::problem::Problem;
use document::projection::visibility::PathItems;
use document::projection::{self, Audience, Form, Visibility};
use serde_json::Value;
use serde_json::value::{RawValue, to_raw_value};
use wall::bundle::{BodyContent, NodeIndex, RequestRule, Validation};
use wall::validation::Schemas;
use wall::validation::schema::Texts;

use crate::graph::{Builder, Direction, SCALARS};
use crate::{Served, View};
use schema::Definitions;
use source::{Declared, Source};

const FORMAT: u32 = 1;

/// What requests of a version are held to on a ring.
pub struct Requests {
    pub validation: Validation,
    /// Indices into [`View::operations`] of those whose requests cannot be judged; they are not in it.
    pub unservable: Vec<usize>,
    pub problems: Vec<Problem>,
}

/// The rules for requests of `contract`. Equal arguments give equal results (law 9). `unmatched_until`: when operations
/// end that hold patterns which cannot be matched, in seconds since the Unix epoch; nothing: they are not served at all.
pub fn compile(contract: &Contract, view: &View<'_>, unmatched_until: Option<u64>) -> Requests {
    Reading::new(contract, view).compile(view, unmatched_until)
}

/// What a ring reads of a contract: all that its rules are made of.
pub struct Reading<'c> {
    contract: &'c Contract,
    visibility: Visibility<'c>,
    /// The ring's document of the operations, without what only readers need.
    pub document: String,
}

impl<'c> Reading<'c> {
    pub fn new(contract: &'c Contract, view: &View<'c>) -> Reading<'c> {
        let visibility = Visibility::new(contract, view.ring, view.words);
        let document = document(contract, &visibility, view);
        Reading {
            contract,
            visibility,
            document,
        }
    }

    /// The rules. `view`: the one that was read.
    pub fn compile(&self, view: &View<'_>, unmatched_until: Option<u64>) -> Requests {
        match serde_json::from_str(&self.document) {
            Ok(document) => compiled(self, &document, view, unmatched_until),
            Err(why) => unreadable(self.contract, view, &why),
        }
    }
}

fn compiled(
    reading: &Reading<'_>,
    document: &Value,
    view: &View<'_>,
    unmatched_until: Option<u64>,
) -> Requests {
    let (contract, visibility) = (reading.contract, &reading.visibility);
    let source = Source::new(document);
    Compiler {
        contract,
        visibility,
        source: &source,
        declared: source.operations(),
        schemas: Definitions::new(&source),
        builder: Builder::new(contract, visibility, Direction::Request),
        items: PathItems::of(contract, visibility),
        unmatched_until,
        roots: Vec::new(),
        problems: Vec::new(),
    }
    .compile(view)
}

fn document(contract: &Contract, visibility: &Visibility<'_>, view: &View<'_>) -> String {
    let served = view.operations.iter();
    let numbers: BTreeSet<u32> = served.flat_map(|one| one.declared.clone()).collect();
    let numbers: Vec<u32> = numbers.into_iter().collect();
    let shown = projection::View {
        ring: view.ring,
        words: view.words,
        widest: Audience::Internal,
        operations: &numbers,
        servers: &[],
        schemes: &[],
        is_terse: true,
    };
    projection::project_seen(contract, visibility, &shown, Form::Json).text
}

/// Nothing can be judged: the document holds a number no double can, or is refused as a whole, which is said elsewhere.
fn unreadable(contract: &Contract, view: &View<'_>, why: &serde_json::Error) -> Requests {
    let message = format!("requests cannot be judged by this contract: {why}");
    let help = "Write numbers that fit a double (RFC 8259 §6).";
    let at = contract.arena.node(contract.root).at;
    Requests {
        validation: Validation {
            format: FORMAT,
            ..Validation::default()
        },
        unservable: (0..view.operations.len()).collect(),
        problems: vec![Problem::warning(
            "validation-unreadable-contract",
            at,
            message,
            help,
        )],
    }
}

struct Compiler<'a, 'c> {
    contract: &'c Contract,
    visibility: &'a Visibility<'c>,
    source: &'a Source<'a>,
    declared: BTreeMap<(&'a str, String), Declared<'a>>,
    schemas: Definitions<'a>,
    builder: Builder<'a, 'c>,
    items: PathItems,
    unmatched_until: Option<u64>,
    /// Nodes that rules name, by their place here.
    roots: Vec<NodeIndex>,
    problems: Vec<Problem>,
}

impl Compiler<'_, '_> {
    fn compile(mut self, view: &View<'_>) -> Requests {
        let mut rules = BTreeMap::new();
        let mut unservable = Vec::new();
        for (index, served) in view.operations.iter().enumerate() {
            match self.operation(served) {
                Some((at, rule)) => drop(rules.insert(index, (served, at, rule))),
                None => unservable.push(index),
            }
        }
        let definitions = self.schemas.finish();
        let broken = broken(
            &definitions,
            rules.values().map(|(_, at, (rule, _))| (*at, rule)),
        );
        let mut operations = BTreeMap::new();
        for (index, (served, at, (mut rule, named))) in rules {
            if let Some(why) = named.iter().find_map(|name| broken.get(name)) {
                self.problems.push(patterns::broken(at, why));
                unservable.push(index);
                continue;
            }
            let unusable = self.schemas.unusable(&named);
            let is_waived = self.unmatched_until.is_some();
            let told = unusable
                .iter()
                .map(|pattern| patterns::problem(at, pattern, is_waived));
            self.problems.extend(told);
            match (unusable.is_empty(), self.unmatched_until) {
                (false, None) => unservable.push(index),
                (is_matched, until) => {
                    rule.until = until.filter(|_| !is_matched);
                    operations.insert(served.id.clone(), rule);
                }
            }
        }
        let (graph, closed) = self.builder.finish(&mut self.roots);
        self.problems.extend(closed);
        for node in operations.values_mut().flat_map(nodes) {
            *node = self.roots[*node as usize];
        }
        unservable.sort_unstable();
        Requests {
            validation: Validation {
                format: FORMAT,
                nodes: graph.nodes,
                definitions,
                operations,
            },
            unservable,
            problems: self.problems,
        }
    }

    /// Where the operation stands, its rule, and the definitions it names. Nothing where it is not in the document,
    /// or has a parameter that cannot arrive.
    fn operation(&mut self, served: &Served) -> Option<(u32, (RequestRule, Vec<String>))> {
        let paths = &self.contract.facts.paths;
        let (fact, declared) = served.facts(self.contract).find_map(|fact| {
            let template = &paths[fact.path as usize].template;
            let key = (template.as_str(), fact.method.to_uppercase());
            let declared = self.declared.get(&key)?.clone();
            Some((fact, declared))
        })?;
        let vertex = self.visibility.vertex(fact.node, Part::Operation)?;
        let mut named = Vec::new();
        let (parameters, schema) = self.parameters(fact.at, vertex, &declared, &mut named)?;
        let hidden = self.hidden(served);
        if let Some(rule) = collisions::taking(&parameters, &hidden.parameters) {
            self.problems.push(collisions::problem(fact.at, rule));
            return None;
        }
        let together = self.together(served, vertex);
        let body = self.body(fact.at, &together, &declared, &mut named);
        let rule = RequestRule {
            parameters,
            hidden: hidden.names.into_iter().collect(),
            closed: hidden.closed,
            until: None,
            schema: schema.map(|schema| raw(&schema)),
            body,
        };
        Some((fact.at, (rule, named)))
    }

    /// The operation, and all others whose requests arrive as its.
    fn together(&self, served: &Served, operation: VertexId) -> Vec<VertexId> {
        let facts = served.facts(self.contract);
        let all = facts.filter_map(|fact| self.visibility.vertex(fact.node, Part::Operation));
        let others = all.filter(|other| *other != operation);
        std::iter::once(operation).chain(others).collect()
    }

    /// A node for rules to name: numbers of the graph's only when it is finished.
    fn root(&mut self, schema: Option<VertexId>) -> NodeIndex {
        self.root_of(&[schema])
    }

    /// The same of a value that is described by one of several, and nothing says by which.
    fn root_of(&mut self, schemas: &[Option<VertexId>]) -> NodeIndex {
        let nodes = schemas.iter();
        let nodes = nodes.map(|schema| schema.map_or(SCALARS, |schema| self.builder.value(schema)));
        let nodes = nodes.collect();
        let node = self.builder.any_of(nodes, Vec::new());
        self.roots.push(node);
        self.roots.len() as NodeIndex - 1
    }
}

/// Schemas that do not compile, by name, and why; those of parameters by the name their patterns are remembered by.
fn broken<'r>(
    definitions: &Texts,
    rules: impl Iterator<Item = (u32, &'r RequestRule)>,
) -> BTreeMap<String, String> {
    let of_parameters = rules.filter_map(|(at, rule)| {
        let schema = rule.schema.as_ref()?;
        Some((parameters::owner(at), schema.clone()))
    });
    let all = definitions.clone().into_iter().chain(of_parameters);
    Schemas::new(all.collect()).broken()
}

/// Every node a rule names.
fn nodes(rule: &mut RequestRule) -> impl Iterator<Item = &mut NodeIndex> {
    let of_parameters = rule
        .parameters
        .iter_mut()
        .filter_map(|parameter| parameter.node.as_mut());
    let contents = rule
        .body
        .iter_mut()
        .flat_map(|body| body.content.values_mut());
    of_parameters.chain(contents.filter_map(|content| match content {
        BodyContent::Json(held) => Some(&mut held.node),
        BodyContent::Form(form) | BodyContent::Multipart(form) => Some(&mut form.held.node),
        BodyContent::Opaque => None,
    }))
}

fn raw(schema: &Value) -> Box<RawValue> {
    to_raw_value(schema).expect("a value is JSON")
}
