//! Where bodies begin: operations, statuses and media types of a projection, beside those of the document.

use std::collections::{BTreeMap, BTreeSet};

use document::pointer::escaped;
use document::{NodeId, Value};
use wall::bundle::{Bundle, Content, Projection, Response};

use super::described::{Direction, Subject};
use super::schemas::{Schemas, UNSAID};
use super::simulation::{Root, World, simulate};
use super::texts::media_range;
use crate::audience::{label, reaches};
use crate::operations::{Operation, Operations, shape};
use crate::violation::{Place, Violation, Within};

/// Status → the response objects that may stand there.
type Declared = BTreeMap<String, Candidates>;

/// Response objects of one status: more than one where operations arrive as one, and nothing says which it is.
#[derive(Default)]
struct Candidates {
    shown: Vec<NodeId>,
    hidden: Vec<NodeId>,
}

/// Everything of responses that leaves and may not.
pub fn prove_bodies(
    schemas: &Schemas<'_>,
    operations: &Operations,
    bundle: &Bundle,
    projection: &Projection,
    world: World,
) -> Vec<Violation> {
    let mut proof = Proof {
        schemas,
        roots: Vec::new(),
        violations: Vec::new(),
        operation: None,
    };
    let mut named: BTreeSet<&str> = BTreeSet::new();
    for item in &bundle.paths {
        let by_method = shape(&item.template).and_then(|shape| operations.get(&shape));
        for (method, reached) in &item.operations {
            named.insert(&reached.id);
            let allowed = by_method.and_then(|by_method| by_method.get(method));
            if let (Some(allowed), Some(responses)) =
                (allowed, projection.operations.get(&reached.id))
            {
                proof.operation = Some((method, allowed, &reached.id));
                proof.responses(responses);
            }
        }
    }
    for id in projection
        .operations
        .keys()
        .filter(|id| !named.contains(id.as_str()))
    {
        proof.operation = None;
        let pointer = format!("/operations/{}", escaped(id));
        proof.say(
            "operation-named",
            format!("{id} is no operation the ring is served, and its name is sent out"),
            pointer,
        );
    }
    proof.violations.extend(simulate(
        schemas,
        &projection.nodes,
        &proof.roots,
        Direction::Response,
        world,
    ));
    proof.violations
}

struct Proof<'a, 'c> {
    schemas: &'a Schemas<'c>,
    roots: Vec<Root<'a>>,
    violations: Vec<Violation>,
    /// Method, what is declared, and the id in the projection.
    operation: Option<(&'a str, &'a Operation, &'a str)>,
}

impl Proof<'_, '_> {
    fn responses(&mut self, reached: &wall::bundle::Responses) {
        let Some((_, allowed, id)) = self.operation else {
            return;
        };
        let arena = &self.schemas.contract.arena;
        let pointer = format!("/operations/{}", escaped(id));
        let is_opaque = |node: &NodeId| super::kinds::is_true(arena, *node, "x-opaque");
        if reached.opaque && !allowed.declared.iter().any(is_opaque) {
            self.say(
                "body-opaque",
                "bodies leave unread, and no x-opaque allows it".to_owned(),
                format!("{pointer}/opaque"),
            );
        }
        let declared = self.declared(allowed);
        for (status, response) in &reached.statuses {
            let pointer = format!("{pointer}/statuses/{status}");
            match declared.get(status) {
                Some(nodes) if !nodes.shown.is_empty() => self.response(response, nodes, &pointer),
                _ => {
                    let message = format!(
                        "responses with {status} leave, and no document shows them to the ring"
                    );
                    self.say("response-exposed", message, pointer);
                }
            }
        }
    }

    /// Responses by what the ring may see of them.
    fn declared(&self, operation: &Operation) -> Declared {
        let contract = self.schemas.contract;
        let mut declared = Declared::new();
        for node in operation
            .declared
            .iter()
            .flat_map(|node| contract.chain(*node))
        {
            let Some(responses) = contract.arena.get(node, "responses") else {
                continue;
            };
            let are_shown = self.is_shown(responses);
            for member in contract.arena.members(contract.end(responses)) {
                let is_object = matches!(contract.arena.value(member.value), Value::Object(_));
                if is_object {
                    let status = contract.arena.key(member).to_ascii_uppercase();
                    let status = if status == "DEFAULT" {
                        "default".to_owned()
                    } else {
                        status
                    };
                    let candidates = declared.entry(status).or_default();
                    let kept = match are_shown && self.is_shown(member.value) {
                        true => &mut candidates.shown,
                        false => &mut candidates.hidden,
                    };
                    kept.push(contract.end(member.value));
                }
            }
        }
        declared
    }

    fn response(&mut self, reached: &Response, declared: &Candidates, pointer: &str) {
        for (index, name) in reached.headers.iter().enumerate() {
            let mut shown = declared.shown.iter();
            if !shown.any(|response| self.shows_header(*response, name)) {
                let message =
                    format!("the header {name} leaves, and no document shows it to the ring");
                self.say(
                    "header-exposed",
                    message,
                    format!("{pointer}/headers/{index}"),
                );
            }
        }
        self.hidden_headers(reached, declared, pointer);
        for (media_type, content) in &reached.content {
            let pointer = format!("{pointer}/content/{}", escaped(media_type));
            let (mut subjects, mut besides) = (Vec::new(), Vec::new());
            for response in &declared.shown {
                let bodies = self.bodies(*response, media_type).into_iter();
                let (shown, hidden): (Vec<_>, Vec<_>) = bodies.partition(|(_, is_shown)| *is_shown);
                subjects.extend(shown.into_iter().map(|(schema, _)| schema));
                besides.extend(hidden.into_iter().map(|(schema, _)| schema));
            }
            for response in &declared.hidden {
                let bodies = self.bodies(*response, media_type).into_iter();
                besides.extend(bodies.map(|(schema, _)| schema));
            }
            if subjects.is_empty() {
                let message =
                    format!("bodies of {media_type} leave, and no document shows them to the ring");
                self.say("content-exposed", message, pointer);
            } else if let (Content::Json(node), Some((method, operation, _))) =
                (content, self.operation)
            {
                let subject = Subject::of_any(&subjects, besides);
                self.roots.push(Root {
                    node: *node,
                    subject,
                    method,
                    operation,
                    field: String::new(),
                });
            }
        }
    }

    /// Names the ring allows on all responses do not leave where the document hides them.
    fn hidden_headers(&mut self, reached: &Response, declared: &Candidates, pointer: &str) {
        let contract = self.schemas.contract;
        let headers = declared.shown.iter().filter_map(|response| {
            let headers = contract.arena.get(*response, "headers")?;
            Some(contract.end(headers))
        });
        let named: BTreeSet<String> = headers
            .flat_map(|headers| contract.arena.members(headers))
            .filter(|member| !is_header_shown(self.schemas, member.value))
            .map(|member| contract.arena.key(member).to_ascii_lowercase())
            .filter(|name| name != "content-type")
            .collect();
        for name in named {
            if !reached.hidden_headers.contains(&name) {
                let message = format!(
                    "the header {name} is hidden here, and leaves where the ring allows it"
                );
                let pointer = format!("{pointer}/hidden_headers");
                self.say("header-exposed", message, pointer);
            }
        }
    }

    /// Schemas of bodies of a media type, and whether the ring may see those bodies.
    fn bodies(&self, response: NodeId, media_type: &str) -> Vec<(NodeId, bool)> {
        let contract = self.schemas.contract;
        let content = contract
            .arena
            .get(response, "content")
            .map(|content| contract.end(content));
        let members = content
            .map(|content| contract.arena.members(content))
            .unwrap_or_default()
            .iter();
        let same = members.filter(|member| {
            let range = media_range(contract.arena.key(member));
            range.eq_ignore_ascii_case(media_type)
        });
        same.map(|member| {
            let schema = contract.arena.get(contract.end(member.value), "schema");
            (schema.unwrap_or(UNSAID), self.is_shown(member.value))
        })
        .collect()
    }

    fn shows_header(&self, response: NodeId, name: &str) -> bool {
        let contract = self.schemas.contract;
        shows_header(self.schemas, contract.arena.get(response, "headers"), name)
    }

    /// The part, whatever it refers to, and the maps of parts in it.
    fn is_shown(&self, part: NodeId) -> bool {
        is_shown(self.schemas, part)
    }

    fn say(&mut self, code: &'static str, message: String, pointer: String) {
        let request = self
            .operation
            .map(|(method, operation, _)| (method.to_owned(), operation.template.clone()));
        let at = self.operation.map(|(_, operation, _)| operation.at);
        let place = at.map(|at| Place::of(&self.schemas.contract.arena, at));
        let field = None;
        let within = Within::Projection;
        self.violations.push(Violation {
            code,
            message,
            request,
            field,
            place,
            pointer,
            within,
        });
    }
}

/// Whether a ring may see a part that is no schema: it, whatever it refers to, and the maps of parts in it.
pub fn is_shown(schemas: &Schemas<'_>, part: NodeId) -> bool {
    let contract = schemas.contract;
    let arena = &contract.arena;
    let mut chain = contract.chain(part);
    chain.all(|one| {
        let maps = ["content", "headers"]
            .iter()
            .filter_map(|key| arena.get(one, key));
        let of_maps = maps
            .filter(|map| arena.get_string(*map, "x-audience").is_some())
            .filter_map(|map| label(arena, map));
        label(arena, one)
            .into_iter()
            .chain(of_maps)
            .all(|audience| reaches(audience, schemas.ring))
    })
}

/// Whether a ring may see a header of a response.
pub fn shows_header(schemas: &Schemas<'_>, headers: Option<NodeId>, name: &str) -> bool {
    let contract = schemas.contract;
    let headers = headers.map(|headers| contract.end(headers));
    let members = headers
        .map(|headers| contract.arena.members(headers))
        .unwrap_or_default();
    let mut same = members
        .iter()
        .filter(|member| contract.arena.key(member).eq_ignore_ascii_case(name));
    same.any(|member| is_header_shown(schemas, member.value))
}

fn is_header_shown(schemas: &Schemas<'_>, header: NodeId) -> bool {
    let contract = schemas.contract;
    let schema = contract.arena.get(contract.end(header), "schema");
    is_shown(schemas, header) && !schema.is_some_and(|schema| schemas.is_hidden(schema))
}
