//! What a control plane wants to know of a contract: paths, operations, names.

use std::collections::{BTreeMap, BTreeSet};

use ahash::{HashMap, HashSet};

use crate::arena::{Arena, NodeId};
use crate::contract::bindings::{AUTHORIZE, Binding, Declared, read};
use crate::contract::callers::{self, CALLERS, Callers, GROUPS, Named};
use crate::contract::ending::{Ending, ending};
use crate::contract::grammar::METHODS;
use crate::contract::grammar::Part;
use crate::contract::graph::{Graph, VertexId, chain};
use crate::contract::labels::{Label, LabelKind, written};
use crate::contract::records::{self, RECORD, Record, is_marked};
use crate::contract::security::{Demanded, Schemes, demanded};
use crate::problem::{Problem, shown};
use crate::projection::SCOPES;

/// Scopes a document may describe, each with so many characters: a person is shown them.
const MAX_SCOPES: usize = 1_000;
const MAX_SAID: usize = 300;

/// A path template and where it is written.
pub struct PathFact {
    pub template: String,
    /// Global offset of the key.
    pub at: u32,
}

/// One operation as the gateway may be asked for it.
pub struct OperationFact {
    /// Index of its path.
    pub path: u32,
    /// Lower case, as in the document.
    pub method: &'static str,
    pub node: NodeId,
    pub id: Option<String>,
    pub tags: Vec<String>,
    pub feature: Option<NodeId>,
    /// Global offset of the method's key.
    pub at: u32,
    /// Index of the label on the operation.
    pub label: Option<u32>,
    /// Indices of labels on its path item; two when a reference and what it refers to are both labelled.
    pub path_item_labels: Vec<u32>,
    /// Names of declared response headers, lower case, sorted.
    pub response_headers: Vec<String>,
    /// Scopes of which any one set is demanded, whole; none: nothing is.
    pub scopes: Demanded,
    /// Values that must be the caller's own; sorted.
    pub bindings: Vec<Binding>,
    /// Services that may call on the internal ring, those that are in each of these; none: any.
    pub callers: Vec<Callers>,
    /// People's groups, one of each of these; none: no people.
    pub groups: Vec<Vec<Named>>,
    /// When it ends, where it is deprecated and dated.
    pub ending: Option<Ending>,
    /// Parameters that end: place, name (of header fields in lower case) and when.
    pub ending_parameters: Vec<(&'static str, String, Ending)>,
    /// What a call writes, where its writes are on record.
    pub record: Option<Record>,
}

#[derive(Default)]
pub struct Facts {
    pub paths: Vec<PathFact>,
    pub operations: Vec<OperationFact>,
}

struct Collector<'a> {
    arena: &'a Arena,
    root: NodeId,
    graph: &'a Graph,
    next: HashMap<VertexId, VertexId>,
    labels: HashMap<VertexId, u32>,
    schemes: Schemes,
    /// `security` that was looked at: the document's is every operation's.
    doubted: HashSet<NodeId>,
    facts: Facts,
    problems: Vec<Problem>,
}

/// Facts of all operations, and what is odd about them. Labels on path items and operations that are none of the
/// API's (callbacks, webhooks, components nobody uses) become [`LabelKind::Other`].
pub fn collect(
    arena: &Arena,
    root: NodeId,
    graph: &Graph,
    labels: &mut [Label],
) -> (Facts, Vec<Problem>) {
    let is_grant = |label: &Label| matches!(label.kind, LabelKind::Operation | LabelKind::PathItem);
    let grants = labels
        .iter()
        .enumerate()
        .filter(|(_, label)| is_grant(label));
    let by_vertex = grants
        .map(|(index, label)| (label.vertex, index as u32))
        .collect();
    let next = graph.references.iter().copied().collect();
    let mut collector = Collector {
        schemes: Schemes::of(arena, root, graph, &next),
        doubted: HashSet::default(),
        arena,
        root,
        graph,
        next,
        labels: by_vertex,
        facts: Facts::default(),
        problems: Vec::new(),
    };
    if let Some(paths) = arena.get(root, "paths") {
        collector.paths(paths);
    }
    let Collector {
        facts, problems, ..
    } = collector;
    let used = used_labels(&facts);
    for (index, label) in labels.iter_mut().enumerate() {
        if is_grant(label) && !used.contains(&(index as u32)) {
            label.kind = LabelKind::Other;
        }
    }
    (facts, problems)
}

fn used_labels(facts: &Facts) -> BTreeSet<u32> {
    let labels = |operation: &OperationFact| {
        operation
            .label
            .into_iter()
            .chain(operation.path_item_labels.clone())
    };
    facts.operations.iter().flat_map(labels).collect()
}

/// No gateway passes it on.
const UNSERVED: &str = "trace";

impl Collector<'_> {
    fn paths(&mut self, paths: NodeId) {
        for member in self.arena.members(paths) {
            let template = self.arena.key(member);
            if Part::Paths.slot(template).is_none() {
                continue;
            }
            let path = self.facts.paths.len() as u32;
            self.facts.paths.push(PathFact {
                template: template.to_owned(),
                at: member.key_at,
            });
            let chain = self.chain(member.value, Part::PathItem);
            self.path_item(path, &chain);
        }
    }

    fn path_item(&mut self, path: u32, chain: &[VertexId]) {
        let labels: Vec<u32> = chain
            .iter()
            .filter_map(|vertex| self.labels.get(vertex).copied())
            .collect();
        self.misspelt_methods(chain);
        for method in METHODS {
            let member = chain
                .iter()
                .find_map(|vertex| self.arena.member(self.graph.node(*vertex), method));
            if let (UNSERVED, Some(member)) = (method, member) {
                self.problems.push(Problem::warning(
                    "operation-unserved",
                    member.key_at,
                    "TRACE is never served: it would show the client what stands behind the gateway",
                    "Leave the operation out (RFC 9110 §9.3.8).",
                ));
                continue;
            }
            let operation = member.and_then(|member| {
                self.graph
                    .find(member.value, Part::Operation)
                    .map(|vertex| (vertex, member.key_at))
            });
            if let Some((vertex, at)) = operation {
                let fact = self.operation(path, method, vertex, at, &labels, chain);
                self.facts.operations.push(fact);
            }
        }
    }

    /// OpenAPI writes methods in lower case; `GET` is no operation of its own, and nobody would be told.
    fn misspelt_methods(&mut self, chain: &[VertexId]) {
        for vertex in chain {
            for member in self.arena.members(self.graph.node(*vertex)) {
                let key = self.arena.key(member);
                let method = key.to_ascii_lowercase();
                if method != key && METHODS.contains(&method.as_str()) {
                    let message = format!(
                        "{} is no method of OpenAPI: there is no operation",
                        shown(key)
                    );
                    let help = format!("Write `{method}` in lower case.");
                    self.problems.push(Problem::warning(
                        "operation-misspelt",
                        member.key_at,
                        message,
                        help,
                    ));
                }
            }
        }
    }

    fn operation(
        &mut self,
        path: u32,
        method: &'static str,
        vertex: VertexId,
        at: u32,
        path_item_labels: &[u32],
        items: &[VertexId],
    ) -> OperationFact {
        let node = self.graph.node(vertex);
        OperationFact {
            path,
            method,
            node,
            id: self.text_member(node, "operationId"),
            tags: self.tags(node),
            feature: self.arena.get(node, "x-feature"),
            at,
            label: self.labels.get(&vertex).copied(),
            path_item_labels: path_item_labels.to_vec(),
            response_headers: self.response_headers(node),
            scopes: self.scopes(node),
            bindings: self.bindings(path, node, items),
            callers: self.said_by(node, items, CALLERS, callers::callers),
            groups: self.said_by(node, items, GROUPS, callers::groups),
            ending: self.ending(self.last_of(node, Part::Operation)),
            ending_parameters: self.ending_parameters(node, items),
            record: self.record(path, method, node, items),
        }
    }

    /// The operation, what it refers to, and its path item.
    fn holders(&self, operation: NodeId, items: &[VertexId]) -> Vec<NodeId> {
        let own = self.chain(operation, Part::Operation).into_iter();
        own.chain(items.iter().copied())
            .map(|vertex| self.graph.node(vertex))
            .collect()
    }

    /// What operation and path item say under one key, each for itself. What is wrong with a path item is said once.
    fn said_by<T>(
        &mut self,
        operation: NodeId,
        items: &[VertexId],
        key: &str,
        read: impl Fn(&Arena, NodeId) -> Result<T, Problem>,
    ) -> Vec<T> {
        let mut found = Vec::new();
        for holder in self.holders(operation, items) {
            let Some(said) = self.arena.get(holder, key) else {
                continue;
            };
            match read(self.arena, said) {
                Ok(one) => found.push(one),
                Err(problem) if self.doubted.insert(said) => self.problems.push(problem),
                Err(_) => {}
            }
        }
        found
    }

    /// Of the operation and its path item together.
    fn bindings(&mut self, path: u32, operation: NodeId, items: &[VertexId]) -> Vec<Binding> {
        let holders = self.holders(operation, items);
        let said = holders
            .iter()
            .filter_map(|holder| self.arena.get(*holder, AUTHORIZE));
        let said: Vec<NodeId> = said.collect();
        if said.is_empty() {
            return Vec::new();
        }
        let chain = |node| self.schemas(node);
        let declared = Declared {
            arena: self.arena,
            parameters: self.parameters(path, &holders),
            bodies: self.json_bodies(&holders),
            chain: &chain,
        };
        let read = said.into_iter().map(|said| read(&declared, said));
        let (bindings, problems): (Vec<_>, Vec<_>) = read.unzip();
        self.problems.extend(problems.into_iter().flatten());
        let bindings: BTreeSet<Binding> = bindings.into_iter().flatten().collect();
        bindings.into_iter().collect()
    }

    /// Of the operation itself.
    fn record(
        &mut self,
        path: u32,
        method: &str,
        operation: NodeId,
        items: &[VertexId],
    ) -> Option<Record> {
        let own = self.chain(operation, Part::Operation).into_iter();
        let own: Vec<NodeId> = own.map(|vertex| self.graph.node(vertex)).collect();
        let said = own
            .iter()
            .find_map(|holder| self.arena.member(*holder, RECORD))?;
        let holders = self.holders(operation, items);
        let chain = |node| self.schemas(node);
        let declared = |parameters, bodies| Declared {
            arena: self.arena,
            parameters,
            bodies,
            chain: &chain,
        };
        let request = declared(self.parameters(path, &holders), self.json_bodies(&holders));
        let response = declared(BTreeMap::new(), self.json_answers(&own));
        let read = records::read(&request, &response, method, said);
        read.map_err(|problem| self.problems.push(problem)).ok()
    }

    /// A schema and those its references lead to.
    fn schemas(&self, node: NodeId) -> Vec<NodeId> {
        let chain = self.chain(node, Part::Schema).into_iter();
        chain.map(|vertex| self.graph.node(vertex)).collect()
    }

    /// Place and name of every parameter, of header fields in lower case; whether it is marked sensitive.
    fn parameters(&self, path: u32, holders: &[NodeId]) -> BTreeMap<(String, String), bool> {
        let template = &self.facts.paths[path as usize].template;
        // `?` and `#` end a path: requests arrive without what follows.
        let template = template.split(['?', '#']).next().unwrap_or_default();
        let is_there =
            |place: &str, name: &str| place != "path" || template.contains(&format!("{{{name}}}"));
        let lists = holders
            .iter()
            .filter_map(|holder| self.arena.get(*holder, "parameters"));
        let each = lists.flat_map(|list| self.arena.items(list));
        let each = each.filter_map(|parameter| {
            let last = *self.chain(*parameter, Part::Parameter).last()?;
            let node = self.graph.node(last);
            let text = |key| self.arena.get_string(node, key).map(str::to_owned);
            let (place, name) = (text("in")?, text("name")?);
            let name = if place == "header" {
                name.to_ascii_lowercase()
            } else {
                name
            };
            let schemas = self.arena.get(node, "schema");
            let schemas = schemas.map_or_else(Vec::new, |schema| self.schemas(schema));
            let mut each = schemas.into_iter().chain([node]);
            let marked = each.any(|one| is_marked(self.arena, one));
            is_there(&place, &name).then_some(((place, name), marked))
        });
        let mut named = BTreeMap::new();
        for (parameter, marked) in each {
            // Declared by the operation and by its path: what either marks is marked.
            *named.entry(parameter).or_default() |= marked;
        }
        named
    }

    /// What is wrong with it is said once.
    fn ending(&mut self, holder: NodeId) -> Option<Ending> {
        let (ending, problems) = ending(self.arena, holder);
        if !problems.is_empty() && self.doubted.insert(holder) {
            self.problems.extend(problems);
        }
        ending
    }

    /// The object at the end of references.
    fn last_of(&self, node: NodeId, part: Part) -> NodeId {
        let last = self.chain(node, part).last().copied();
        last.map_or(node, |vertex| self.graph.node(vertex))
    }

    /// A parameter of the operation counts instead of the path item's. One of the path is in every request: it ends
    /// with its operation.
    fn ending_parameters(
        &mut self,
        operation: NodeId,
        items: &[VertexId],
    ) -> Vec<(&'static str, String, Ending)> {
        let holders = self.holders(operation, items).into_iter();
        let lists = holders.filter_map(|holder| self.arena.get(holder, "parameters"));
        let each: Vec<NodeId> = lists
            .flat_map(|list| self.arena.items(list).iter().copied())
            .collect();
        let mut seen = HashSet::default();
        let mut found = Vec::new();
        for parameter in each {
            let node = self.last_of(parameter, Part::Parameter);
            let text = |key| self.arena.get_string(node, key);
            let (Some(place), Some(name)) = (text("in"), text("name")) else {
                continue;
            };
            let place = ["query", "header", "cookie"]
                .into_iter()
                .find(|known| *known == place);
            let Some(place) = place else { continue };
            let name = match place {
                "header" => name.to_ascii_lowercase(),
                _ => name.to_owned(),
            };
            if seen.insert((place, name.clone()))
                && let Some(ending) = self.ending(node)
            {
                let successor = None; // what comes after a parameter has no address
                found.push((
                    place,
                    name,
                    Ending {
                        successor,
                        ..ending
                    },
                ));
            }
        }
        found
    }

    fn json_bodies(&self, holders: &[NodeId]) -> Vec<NodeId> {
        let bodies = holders
            .iter()
            .filter_map(|holder| self.arena.get(*holder, "requestBody"));
        let ends = bodies.filter_map(|body| {
            let last = *self.chain(body, Part::RequestBody).last()?;
            self.arena.get(self.graph.node(last), "content")
        });
        ends.flat_map(|content| self.json_schemas(content))
            .collect()
    }

    /// Of responses that say the call did what it was to.
    fn json_answers(&self, operation: &[NodeId]) -> Vec<NodeId> {
        let lists = operation
            .iter()
            .filter_map(|holder| self.arena.get(*holder, "responses"));
        let each = lists.flat_map(|list| self.arena.members(list));
        let done = each.filter(|member| self.arena.key(member).starts_with('2'));
        let ends = done.filter_map(|member| {
            let last = *self.chain(member.value, Part::Response).last()?;
            self.arena.get(self.graph.node(last), "content")
        });
        ends.flat_map(|content| self.json_schemas(content))
            .collect()
    }

    fn json_schemas(&self, content: NodeId) -> Vec<NodeId> {
        let contents = self.arena.members(content).iter();
        let json =
            contents.filter(|member| self.arena.key(member).to_ascii_lowercase().contains("json"));
        json.filter_map(|member| self.arena.get(member.value, "schema"))
            .collect()
    }

    /// What is malformed keeps the contract from being one.
    fn scopes(&mut self, operation: NodeId) -> Demanded {
        let holders = self.chain(operation, Part::Operation);
        let said = |key| {
            let mut holders = holders.iter();
            holders.find_map(|vertex| self.arena.get(self.graph.node(*vertex), key))
        };
        let security = said("security").or_else(|| self.arena.get(self.root, "security"));
        match demanded(self.arena, security, said(SCOPES)) {
            Ok(scopes) => {
                let fresh = security.filter(|security| self.doubted.insert(*security));
                let doubts = fresh.map(|security| self.schemes.doubts(self.arena, security));
                self.problems.extend(doubts.into_iter().flatten());
                scopes
            }
            Err(malformed) => {
                if self.doubted.insert(malformed.node) {
                    self.problems.push(malformed.problem());
                }
                Demanded::new()
            }
        }
    }

    fn text_member(&mut self, node: NodeId, key: &str) -> Option<String> {
        let value = self.arena.get(node, key)?;
        let text = self.arena.string(value).map(str::to_owned);
        if text.is_none() {
            let message = format!(
                "{} is text, this is {}",
                shown(key),
                self.arena.type_name(value)
            );
            let at = self.arena.node(value).at;
            self.problems.push(Problem::warning(
                "openapi-shape",
                at,
                message,
                "Put it into quotes.",
            ));
        }
        text
    }

    fn tags(&self, operation: NodeId) -> Vec<String> {
        let tags = self
            .arena
            .get(operation, "tags")
            .map(|tags| self.arena.items(tags))
            .unwrap_or_default();
        tags.iter()
            .filter_map(|tag| written(self.arena, *tag))
            .collect()
    }

    fn response_headers(&self, operation: NodeId) -> Vec<String> {
        let mut names = BTreeSet::new();
        let responses = self.arena.get(operation, "responses");
        for member in responses
            .map(|responses| self.arena.members(responses))
            .unwrap_or_default()
        {
            let headers = self
                .chain(member.value, Part::Response)
                .last()
                .map(|last| self.graph.node(*last));
            let headers = headers.and_then(|response| self.arena.get(response, "headers"));
            let declared = headers
                .map(|headers| self.arena.members(headers))
                .unwrap_or_default();
            names.extend(
                declared
                    .iter()
                    .map(|header| self.arena.key(header).to_ascii_lowercase()),
            );
        }
        names.into_iter().collect()
    }

    /// The vertex of a node and those its references lead to, in order.
    fn chain(&self, node: NodeId, part: Part) -> Vec<VertexId> {
        chain(self.graph, &self.next, node, part).collect()
    }
}

/// A server's address as declared.
pub struct ServerFact {
    pub url: String,
    pub at: u32,
}

pub fn servers(arena: &Arena, root: NodeId) -> Vec<ServerFact> {
    let servers = arena
        .get(root, "servers")
        .map(|servers| arena.items(servers))
        .unwrap_or_default();
    let fact = |server: &NodeId| {
        let url = arena.get(*server, "url")?;
        Some(ServerFact {
            url: arena.string(url)?.to_owned(),
            at: arena.node(url).at,
        })
    };
    servers.iter().filter_map(fact).collect()
}

/// Scopes of OAuth 2.0 schemes among the components, with what the document says of them (OpenAPI 3.1.1 §4.8.29); the
/// first word on each.
pub fn scope_descriptions(arena: &Arena, root: NodeId) -> Vec<(String, String)> {
    let members = |node: Option<NodeId>| node.map(|node| arena.members(node)).unwrap_or_default();
    let components = arena.get(root, "components");
    let schemes = components.and_then(|components| arena.get(components, "securitySchemes"));
    let mut found: Vec<(String, String)> = Vec::new();
    for scheme in members(schemes) {
        for flow in members(arena.get(scheme.value, "flows")) {
            for scope in members(arena.get(flow.value, "scopes")) {
                let (name, said) = (arena.key(scope), arena.string(scope.value));
                if found.len() < MAX_SCOPES && found.iter().all(|(known, _)| known != name) {
                    let said: String = said.unwrap_or_default().chars().take(MAX_SAID).collect();
                    found.push((name.to_owned(), said));
                }
            }
        }
    }
    found
}

/// Names of the security schemes among the components.
pub fn security_schemes(arena: &Arena, root: NodeId) -> Vec<String> {
    let components = arena.get(root, "components");
    let schemes = components.and_then(|components| arena.get(components, "securitySchemes"));
    let members = schemes
        .map(|schemes| arena.members(schemes))
        .unwrap_or_default();
    members
        .iter()
        .map(|member| arena.key(member).to_owned())
        .filter(|name| !name.starts_with("x-"))
        .collect()
}
