//! Bodies: which media types an operation takes, and what each is held to.

use std::collections::BTreeMap;

use ahash::HashSet;

use document::contract::{Part, VertexId};
use document::problem::{Problem, shown};
use serde_json::Value;
use wall::bundle::{BodyContent, BodyRule, Held};

use super::Compiler;
use super::parameters::contents;
use super::shape::Kinds;
use super::source::Declared;
use crate::media_range;

const FORM: &str = "application/x-www-form-urlencoded";
const MULTIPART: &str = "multipart/form-data";

const ANYTHING: Value = Value::Bool(true);

/// Ranges in which JSON may be meant.
const RANGES: [&str; 2] = ["*/*", "application/*"];

impl<'a> Compiler<'a, '_> {
    pub(super) fn body(
        &mut self,
        at: u32,
        together: &[VertexId],
        declared: &Declared<'a>,
        named: &mut Vec<String>,
    ) -> Option<BodyRule> {
        let body = self.source.followed(declared.operation.get("requestBody")?);
        let opaque = self.visibility.ground().is_true(together[0], "x-opaque");
        let mut content = BTreeMap::new();
        for (number, (range, media_types)) in by_range(body).into_iter().enumerate() {
            let name = format!("b{at}.{number}");
            match self.content(&range, &media_types, together, opaque, name) {
                Some(rule) => {
                    named.extend(definition(&rule).map(str::to_owned));
                    content.insert(range, rule);
                }
                None => self.problems.push(unreadable(at, &range)),
            }
        }
        let required = body.get("required") == Some(&Value::Bool(true));
        (required || !content.is_empty()).then_some(BodyRule { required, content })
    }

    /// Nothing where fields may be in it, and nobody can look for them.
    fn content(
        &mut self,
        range: &str,
        media_types: &[&'a Value],
        together: &[VertexId],
        opaque: bool,
        name: String,
    ) -> Option<BodyContent> {
        let said = media_types.iter().filter_map(|one| one.get("schema"));
        let said: Vec<&Value> = said.collect();
        let kinds = Kinds::of(self.source, &said);
        let is_meant = RANGES.contains(&range) && kinds.is_structured() && !opaque;
        if is_json_type(range) || is_meant {
            let held = self.held(range, media_types, together, name);
            return Some(BodyContent::Json(held));
        }
        if opaque {
            return Some(BodyContent::Opaque);
        }
        let encoding = media_types.iter().find_map(|one| one.get("encoding"));
        match range {
            FORM => {
                let held = self.held(range, media_types, together, name);
                Some(BodyContent::Form(self.form(held, &kinds, encoding)))
            }
            MULTIPART => {
                let held = self.held(range, media_types, together, name);
                let form = self.multipart(held, &kinds, encoding);
                Some(BodyContent::Multipart(form))
            }
            _ => (!self.has_fields(together, range)).then_some(BodyContent::Opaque),
        }
    }

    fn held(
        &mut self,
        range: &str,
        media_types: &[&'a Value],
        together: &[VertexId],
        name: String,
    ) -> Held {
        let schemas = media_types.iter().map(|one| one.get("schema"));
        let schemas: Vec<&Value> = schemas.map(|one| one.unwrap_or(&ANYTHING)).collect();
        let in_contract = together.iter();
        let in_contract = in_contract.flat_map(|one| self.schemas_of(*one, range));
        let in_contract: Vec<Option<VertexId>> = in_contract.collect();
        Held {
            schema: self.schemas.defined(name, &schemas),
            node: self.root_of(&in_contract),
        }
    }

    /// Whether the contract speaks of objects or lists, the ring's document or not: all their fields may be hidden.
    fn has_fields(&self, together: &[VertexId], range: &str) -> bool {
        let all = together.iter().flat_map(|one| self.schemas_of(*one, range));
        let mut open: Vec<VertexId> = all.flatten().collect();
        let mut met = HashSet::default();
        while let Some(schema) = open.pop() {
            if self.builder.speaks_of_containers(schema) {
                return true;
            }
            if met.insert(schema) {
                let ground = self.visibility.ground();
                open.extend(ground.in_place(schema).into_iter().map(|(to, _)| to));
            }
        }
        false
    }

    /// Schemas of bodies the ring may send, in the contract; nothing: none is said.
    fn schemas_of(&self, operation: VertexId, range: &str) -> Vec<Option<VertexId>> {
        let ground = self.visibility.ground();
        let target = ground.target(operation);
        let own = ground.one(operation, "requestBody", Part::RequestBody);
        let inherited = || ground.one(target?, "requestBody", Part::RequestBody);
        let Some(written) = own.or_else(inherited) else {
            return Vec::new();
        };
        let body = ground.chain(written).last().unwrap_or(written);
        let are_shown = self.visibility.shows(written) && self.visibility.shows(body);
        let all = ground.map(body, "content", Part::MediaType).into_iter();
        let same = all.filter(|(member, content)| {
            let written = self.visibility.arena().key(member);
            are_shown && media_range(written) == range && self.visibility.shows(*content)
        });
        let schemas = same.map(|(_, content)| ground.schema(content, "schema"));
        let shown = |schema: &Option<VertexId>| schema.is_none_or(|one| self.visibility.shows(one));
        schemas.filter(shown).collect()
    }
}

/// Media types of a body in their order, by what is left without parameters: bodies are known by that
/// (`application/json;version=1`).
fn by_range(body: &Value) -> Vec<(String, Vec<&Value>)> {
    let mut found: Vec<(String, Vec<&Value>)> = Vec::new();
    for (written, media_type) in contents(body) {
        let range = media_range(written);
        match found.iter_mut().find(|(known, _)| *known == range) {
            Some((_, all)) => all.push(media_type),
            None => found.push((range, vec![media_type])),
        }
    }
    found
}

/// JSON by its name (RFC 6838 §4.2.8, RFC 6839 §3.1).
pub fn is_json_type(range: &str) -> bool {
    range.ends_with("/json") || range.ends_with("+json")
}

fn definition(content: &BodyContent) -> Option<&str> {
    match content {
        BodyContent::Json(held) => Some(&held.schema),
        BodyContent::Form(form) | BodyContent::Multipart(form) => Some(&form.held.schema),
        BodyContent::Opaque => None,
    }
}

fn unreadable(at: u32, range: &str) -> Problem {
    Problem::warning(
        "validation-unreadable",
        at,
        format!(
            "bodies of {} have fields, and nobody can look for them: outer rings cannot send it",
            shown(range)
        ),
        "Take JSON or a form, or say `x-opaque: true` on the operation: then bodies pass as they are.",
    )
}
