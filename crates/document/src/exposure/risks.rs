//! What a reviewer should know of an exposure beyond the list of it, each with a way out.

use crate::arena::NodeId;
use crate::contract::graph::VertexId;
use crate::contract::{Contract, Part};
use crate::problem::{Problem, shown};
use crate::projection::visibility::Ground;
use crate::projection::{Audience, Visibility};

use super::walk::is_opaque;
use super::{Item, Kind, Seen, Served, Way};

/// Parameters that by their names choose, sort or compare fields, compared without case, `_`, `-` and `$`.
const NAMING_FIELDS: [&str; 22] = [
    "columns",
    "embed",
    "exclude",
    "expand",
    "fields",
    "filter",
    "filters",
    "groupby",
    "having",
    "include",
    "only",
    "order",
    "orderby",
    "orderings",
    "q",
    "query",
    "select",
    "sort",
    "sortby",
    "sorting",
    "where",
    "with",
];

/// Components of a contract that are told of, one by one.
const COUPLED: usize = 50;

pub fn risks(
    contract: &Contract,
    visibility: &Visibility<'_>,
    served: &Served<'_>,
    found: &[(Item, Seen)],
) -> Vec<Problem> {
    let risks = Risks {
        contract,
        visibility,
        ground: visibility.ground(),
        ring: served.ring,
    };
    let operations = served.operations.iter().filter_map(|index| {
        let fact = contract.facts.operations.get(*index as usize)?;
        visibility.vertex(fact.node, Part::Operation)
    });
    let operations: Vec<VertexId> = operations.collect();
    let mut problems: Vec<Problem> = Vec::new();
    problems.extend(operations.iter().filter_map(|one| risks.hybrid(*one)));
    problems.extend(
        operations
            .first()
            .and_then(|_| risks.two_checks(&operations)),
    );
    problems.extend(risks.free_form(served.operations, &operations));
    problems.extend(risks.coupled(found).into_iter().take(COUPLED));
    problems.extend(risks.unmasked(found));
    problems
}

struct Risks<'r, 'c> {
    contract: &'c Contract,
    visibility: &'r Visibility<'c>,
    ground: &'r Ground<'c>,
    ring: Audience,
}

impl Risks<'_, '_> {
    /// An opaque body holds what the ring may not see: nothing would take it out.
    fn hybrid(&self, operation: VertexId) -> Option<Problem> {
        if !is_opaque(self.ground, operation) {
            return None;
        }
        let responses = self.ground.one(operation, "responses", Part::Responses)?;
        let node = self.ground.node(self.ground.chain(responses).last()?);
        let responses = self.ground.parts_of(node, Part::Response).into_iter();
        let media = responses
            .filter_map(|(_, response)| self.ground.chain(response).last())
            .flat_map(|response| self.ground.map(response, "content", Part::MediaType));
        let (member, _) = media
            .filter(|(member, _)| !is_json(self.ground.arena.key(member)))
            .find(|(_, media)| self.loses(*media))?;
        let message = format!(
            "{} has parts the {} ring may not see, and x-opaque lets its body leave unread",
            shown(self.ground.arena.key(member)),
            name(self.ring),
        );
        let help =
            "Answer in JSON, which is projected; or give this audience an operation of its own.";
        Some(Problem::error(
            "hybrid-operation",
            member.key_at,
            message,
            help,
        ))
    }

    fn loses(&self, media: VertexId) -> bool {
        let schema = self.ground.schema(media, "schema");
        schema
            .is_some_and(|schema| self.visibility.alters(schema) || !self.visibility.shows(schema))
    }

    /// Operations that take either of two credentials: the service behind answers two kinds of callers as one.
    fn two_checks(&self, operations: &[VertexId]) -> Option<Problem> {
        let mut hybrid = operations
            .iter()
            .filter_map(|operation| Some((*operation, self.alternatives(*operation)?)));
        let (first, (at, one, other)) = hybrid.next()?;
        let more = hybrid.count();
        let arena = self.ground.arena;
        let id = arena.get_string(self.ground.node(first), "operationId");
        let also = match more {
            0 => String::new(),
            more => format!(" (and {more} more)"),
        };
        let message = format!(
            "{}{also} takes {} or {}: if these are two audiences, one check lets in both",
            shown(id.unwrap_or("an operation")),
            shown(one),
            shown(other),
        );
        let help = "Callers are told apart by ring. Give each audience operations of its own, or demand one credential.";
        Some(Problem::info(
            "hybrid-api",
            arena.node(at).at,
            message,
            help,
        ))
    }

    fn alternatives(&self, operation: VertexId) -> Option<(NodeId, &str, &str)> {
        let arena = self.ground.arena;
        let security = self
            .ground
            .get(operation, "security")
            .or_else(|| arena.get(self.contract.root, "security"))?;
        let mut schemes = arena
            .items(security)
            .iter()
            .filter_map(|requirement| arena.members(*requirement).first())
            .map(|member| arena.key(member));
        let one = schemes.next()?;
        let other = schemes.find(|other| *other != one)?;
        Some((security, one, other))
    }

    /// Parameters through which a hidden field could be asked for by name.
    fn free_form(&self, indices: &[u32], operations: &[VertexId]) -> Vec<Problem> {
        let mut problems = Vec::new();
        for (index, operation) in indices.iter().zip(operations) {
            let Some(responses) = self.ground.one(*operation, "responses", Part::Responses) else {
                continue;
            };
            if !self.visibility.alters(responses) {
                continue;
            }
            let fact = &self.contract.facts.operations[*index as usize];
            let template = &self.contract.facts.paths[fact.path as usize].template;
            for parameter in self.ground.list(*operation, "parameters", Part::Parameter) {
                problems.extend(self.names_fields(parameter, fact.method, template));
            }
        }
        problems
    }

    fn names_fields(&self, parameter: VertexId, method: &str, template: &str) -> Option<Problem> {
        let declared = self.ground.chain(parameter).last()?;
        let arena = self.ground.arena;
        let name_of = |key| arena.get_string(self.ground.node(declared), key);
        let (place, called) = (name_of("in")?, name_of("name")?);
        if place != "query" || !self.visibility.shows(parameter) || !chooses_fields(called) {
            return None;
        }
        let schema = self.ground.schema(declared, "schema")?;
        if !self.is_free_text(schema) {
            return None;
        }
        let message = format!(
            "{} of {} {} could name fields the {} ring may not see",
            shown(called),
            method.to_ascii_uppercase(),
            shown(template),
            name(self.ring),
        );
        let help = "List the values it takes in `enum` (they are projected), and have the service refuse all others.";
        let at = arena.node(self.ground.node(declared)).at;
        Some(Problem::warning("free-form-parameter", at, message, help))
    }

    /// Whether any text may be sent, also as an item of a list.
    fn is_free_text(&self, schema: VertexId) -> bool {
        let said = |key| {
            let mut chain = self.ground.chain(schema);
            chain.find_map(|one| self.ground.get(one, key))
        };
        if said("enum").is_some() || said("const").is_some() {
            return false;
        }
        let item = self
            .ground
            .chain(schema)
            .find_map(|one| self.ground.schema(one, "items"));
        match item {
            Some(item) if item != schema => {
                let mut chain = self.ground.chain(item);
                !chain.any(|one| self.ground.get(one, "enum").is_some())
            }
            _ => {
                let kind = said("type").and_then(|kind| self.ground.arena.string(kind));
                matches!(kind, None | Some("string" | "object"))
            }
        }
    }

    /// Schemas that hold fields for this ring beside fields that are not: the next field without a label goes out.
    fn coupled(&self, found: &[(Item, Seen)]) -> Vec<Problem> {
        let fields = found.iter().filter(|(item, _)| item.kind == Kind::Field);
        let shown_fields: std::collections::HashSet<VertexId> =
            fields.map(|(item, _)| item.vertex).collect();
        let mut problems = Vec::new();
        for schema in self.ground.schemas() {
            let all = self.ground.map(schema, "properties", Part::Schema);
            let hidden: Vec<_> = all
                .iter()
                .filter(|(_, property)| !self.visibility.shows(*property))
                .collect();
            let Some((first, _)) = hidden.first() else {
                continue;
            };
            let is_shared = all.iter().any(|(_, one)| shown_fields.contains(one));
            if is_shared {
                problems.push(self.coupling(
                    first.key_at,
                    self.ground.arena.key(first),
                    hidden.len(),
                ));
            }
        }
        problems
    }

    fn coupling(&self, at: u32, first: &str, hidden: usize) -> Problem {
        let also = match hidden {
            1 => "is".to_owned(),
            more => format!("and {} more are", more - 1),
        };
        let message = format!(
            "{} {also} in a schema the {} ring sees too: a field added here without a label is exposed",
            shown(first),
            name(self.ring),
        );
        let help = "Move what is for fewer into a schema of its own, joined by `allOf` where both are wanted.";
        Problem::info("hidden-coupling", at, message, help)
    }

    fn unmasked(&self, found: &[(Item, Seen)]) -> Vec<Problem> {
        let read = found.iter().filter(|(item, _)| item.way == Way::Read);
        read.filter_map(|(_, seen)| {
            let says = seen.sensitive?;
            let is_bare = self.ring == Audience::Public && says.masking(self.ring).is_none();
            is_bare.then(|| {
                let message = format!(
                    "the public ring reads this {} value as it is",
                    says.class.word()
                );
                let help = "Mask it (`x-sensitive: {class: …, mask: {public: last4}}`), label it narrower, or leave it out.";
                Problem::warning("sensitive-unmasked", seen.at, message, help)
            })
        })
        .collect()
    }
}

fn chooses_fields(parameter: &str) -> bool {
    let plain: String = parameter
        .chars()
        .filter(|letter| letter.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect();
    NAMING_FIELDS.contains(&plain.as_str())
}

fn is_json(media_type: &str) -> bool {
    let essence = media_type.split(';').next().unwrap_or_default().trim();
    let essence = essence.to_ascii_lowercase();
    essence.ends_with("json") || essence == "text/event-stream"
}

fn name(ring: Audience) -> &'static str {
    match ring {
        Audience::Internal => "internal",
        Audience::Partner => "partner",
        Audience::Public => "public",
    }
}

#[cfg(test)]
mod tests {
    use super::{chooses_fields, is_json};

    #[test]
    fn parameters_that_name_fields_are_known_however_they_are_spelt() {
        for name in ["sort", "sort_by", "sortBy", "$filter", "order-by", "Expand"] {
            assert!(chooses_fields(name), "{name}");
        }
        assert!(!chooses_fields("page"));
    }

    #[test]
    fn what_filters_read_is_json() {
        for kind in [
            "application/json",
            "application/problem+json; charset=utf-8",
            "application/x-ndjson",
        ] {
            assert!(is_json(kind), "{kind}");
        }
        assert!(!is_json("text/csv"));
    }
}
