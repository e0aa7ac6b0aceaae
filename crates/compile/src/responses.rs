//! What leaves of each operation's responses.

use std::collections::BTreeMap;

use document::arena::Member;
use document::contract::{Contract, Part, VertexId};
use document::problem::{Problem, shown};
use document::projection::Visibility;
use wall::bodies::{framing, is_media_range, is_status};
use wall::bundle::{Content, NodeIndex, Projection, Responses};

use crate::graph::{Builder, Direction, SCALARS};
use crate::{Served, media_range};

const FORMAT: u32 = 1;

const STATUSES: &str = "Write a status from 100 to 599, a class such as 4XX, or default.";
const MEDIA_TYPES: &str =
    "Write type/subtype, such as application/json, or a range such as text/*.";

/// Nothing leaves.
pub fn nothing() -> Projection {
    Projection {
        format: FORMAT,
        nodes: Vec::new(),
        operations: BTreeMap::new(),
    }
}

pub fn compile(
    contract: &Contract,
    visibility: &Visibility<'_>,
    served: &[&Served],
) -> (Projection, Vec<Problem>) {
    let mut collector = Collector {
        contract,
        visibility,
        builder: Builder::new(contract, visibility, Direction::Response),
        roots: Vec::new(),
    };
    let operations = served.iter();
    let mut operations: BTreeMap<String, Responses> = operations
        .map(|served| (served.id.clone(), collector.operation(served)))
        .collect();
    let Collector {
        builder, mut roots, ..
    } = collector;
    let (graph, problems) = builder.finish(&mut roots);
    let contents = operations
        .values_mut()
        .flat_map(|responses| responses.statuses.values_mut())
        .flat_map(|response| response.content.values_mut());
    for content in contents {
        if let Content::Json(root) = content {
            *root = roots[*root as usize];
        }
    }
    let projection = Projection {
        nodes: graph.nodes,
        operations,
        ..nothing()
    };
    (projection, problems)
}

struct Collector<'v, 'c> {
    contract: &'c Contract,
    visibility: &'v Visibility<'c>,
    builder: Builder<'v, 'c>,
    /// Nodes of bodies; while collecting, `Content::Json` is an index here.
    roots: Vec<NodeIndex>,
}

/// Status → media type → what may describe such a body.
type Declared = BTreeMap<String, BTreeMap<String, Bodies>>;

/// Bodies of one status and media type: more than one where operations arrive as one, and nothing says which it is.
#[derive(Default)]
struct Bodies {
    described: Vec<NodeIndex>,
    /// What the ring may not see of those.
    hidden: Vec<NodeIndex>,
}

impl Collector<'_, '_> {
    fn operation(&mut self, served: &Served) -> Responses {
        let mut answers = Responses::default();
        let mut declared = Declared::new();
        for fact in served.facts(self.contract) {
            let Some(operation) = self.visibility.vertex(fact.node, Part::Operation) else {
                continue;
            };
            answers.opaque |= self.visibility.ground().is_true(operation, "x-opaque");
            for (status, response, is_shown) in responses(self.visibility, operation) {
                if !is_status(&status) {
                    let message = format!(
                        "{} is no status: no response is taken for this one",
                        shown(&status)
                    );
                    let node = self.visibility.ground().node(response);
                    self.builder
                        .warn(node, "response-status", message, STATUSES);
                    continue;
                }
                let contents = declared.entry(status.clone()).or_default();
                self.contents(response, is_shown, contents);
                if !is_shown {
                    continue;
                }
                let (shown, hidden) = self.headers(response);
                let known = answers.statuses.entry(status).or_default();
                add(&mut known.headers, shown);
                add(&mut known.hidden_headers, hidden);
            }
        }
        for (status, response) in &mut answers.statuses {
            let contents = declared.remove(status).unwrap_or_default().into_iter();
            let seen = contents.filter_map(|(media_type, bodies)| {
                let content = self.content(&media_type, bodies)?;
                Some((media_type, content))
            });
            response.content = seen.collect();
        }
        answers
    }

    /// Nothing: the ring sees none of the bodies.
    fn content(&mut self, media_type: &str, bodies: Bodies) -> Option<Content> {
        if bodies.described.is_empty() {
            return None;
        }
        if !may_be_json(media_type) {
            return Some(Content::Opaque);
        }
        let root = self.builder.any_of(bodies.described, bodies.hidden);
        self.roots.push(root);
        Some(Content::Json(self.roots.len() as NodeIndex - 1))
    }

    /// Names of those the ring sees, and of those it does not. Lower case; what describes the body is decided by the
    /// body.
    fn headers(&self, response: VertexId) -> (Vec<String>, Vec<String>) {
        let ground = self.visibility.ground();
        let declared = ground.map(response, "headers", Part::Header).into_iter();
        let name = |(member, header): (&Member, VertexId)| {
            let name = self.visibility.arena().key(member).to_ascii_lowercase();
            (name, self.visibility.shows(header))
        };
        let named = declared
            .map(name)
            .filter(|(name, _)| name != "content-type");
        let (shown, hidden): (Vec<_>, Vec<_>) = named.partition(|(_, is_shown)| *is_shown);
        let names = |named: Vec<(String, bool)>| named.into_iter().map(|(name, _)| name).collect();
        (names(shown), names(hidden))
    }

    fn contents(
        &mut self,
        response: VertexId,
        is_shown: bool,
        contents: &mut BTreeMap<String, Bodies>,
    ) {
        let ground = self.visibility.ground();
        for (member, content) in ground.map(response, "content", Part::MediaType) {
            let written = self.visibility.arena().key(member);
            let media_type = media_range(written);
            if !is_media_range(&media_type) {
                let message = format!(
                    "{} is no media type: no body is taken for this one",
                    shown(written)
                );
                let node = ground.node(content);
                self.builder
                    .warn(node, "response-media-type", message, MEDIA_TYPES);
                continue;
            }
            let schema = ground.schema(content, "schema");
            let bodies = contents.entry(media_type).or_default();
            match is_shown && self.visibility.shows(content) {
                true => self.shown_body(schema, bodies),
                false => bodies.hidden.push(self.builder.hidden_body(schema)),
            }
        }
    }

    fn shown_body(&mut self, schema: Option<VertexId>, bodies: &mut Bodies) {
        let hidden = schema.filter(|schema| !self.visibility.shows(*schema));
        bodies
            .hidden
            .extend(hidden.map(|_| self.builder.hidden_body(schema)));
        let node = schema.map_or(SCALARS, |schema| self.builder.value(schema));
        bodies.described.push(node);
    }
}

/// Status, class or `default` of each response, and whether the ring sees it.
pub(crate) fn responses(
    visibility: &Visibility<'_>,
    operation: VertexId,
) -> Vec<(String, VertexId, bool)> {
    let ground = visibility.ground();
    let own = ground.one(operation, "responses", Part::Responses);
    let target = ground.target(operation);
    let inherited = target.and_then(|of| ground.one(of, "responses", Part::Responses));
    let Some(responses) = own.or(inherited) else {
        return Vec::new();
    };
    let mut chain = ground.chain(responses);
    let are_shown = chain.all(|one| visibility.shows(one));
    let last = ground.chain(responses).last().unwrap_or(responses);
    let all = ground.parts_of(ground.node(last), Part::Response);
    all.into_iter()
        .map(|(member, response)| {
            let status = visibility.arena().key(member).to_ascii_uppercase();
            let status = match status.as_str() {
                "DEFAULT" => "default".to_owned(),
                _ => status,
            };
            let is_shown = are_shown && visibility.shows(response);
            let response = ground.chain(response).last().unwrap_or(response);
            (status, response, is_shown)
        })
        .collect()
}

fn add(names: &mut Vec<String>, more: Vec<String>) {
    names.extend(more);
    names.sort();
    names.dedup();
}

/// Media types the wall reads (`wall::bundle::Content::Json`), and ranges they may be in.
fn may_be_json(media_type: &str) -> bool {
    framing(media_type).is_some() || media_type.ends_with("/*")
}
