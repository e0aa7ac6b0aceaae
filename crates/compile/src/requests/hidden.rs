//! Query parameters a ring is not shown: while a contract is observed, what nobody declared passes, and they do not.

use std::collections::BTreeSet;

use ahash::HashSet;

use document::Value;
use document::arena::NodeId;
use document::contract::{Part, VertexId};

use super::Compiler;
use crate::Served;

/// A parameter, whether or not the ring may see it.
struct Read<'c> {
    declared: VertexId,
    place: Option<&'c str>,
    name: Option<&'c str>,
    is_shown: bool,
}

/// What must not come although nobody declared it.
#[derive(Default)]
pub struct Hidden<'c> {
    /// Names of query parameters that are not for the ring.
    pub parameters: Vec<&'c str>,
    /// Those, and names of fields.
    pub names: BTreeSet<String>,
    /// Any name may be of a field that is for inner rings.
    pub closed: bool,
}

impl<'c> Compiler<'_, 'c> {
    /// Names of query parameters that are declared for inner rings, and of the fields of all: written as parameters of
    /// their own (`form`, exploded), hidden ones look like such that nobody declared. Names that are shown do no harm
    /// here, because they are declared.
    pub(super) fn hidden(&self, served: &Served) -> Hidden<'c> {
        let mut hidden = Hidden::default();
        for parameter in self.in_query(served) {
            let name = parameter.name.filter(|_| !parameter.is_shown);
            hidden.parameters.extend(name);
            hidden.names.extend(name.map(str::to_owned));
            if self.is_exploded(parameter.declared) {
                let schema = self
                    .visibility
                    .ground()
                    .schema(parameter.declared, "schema");
                self.fields(schema, parameter.is_shown, &mut hidden);
            }
        }
        hidden
    }

    /// Header fields that the operation itself hides, in lower case: one its path shows, in letters of another case, is
    /// the same.
    pub(super) fn hidden_fields(&self, operation: VertexId) -> Vec<String> {
        let own = self
            .visibility
            .ground()
            .list(operation, "parameters", Part::Parameter);
        let own = own.into_iter().map(|parameter| self.read(parameter));
        let hidden = own.filter(|read| read.place == Some("header") && !read.is_shown);
        hidden
            .filter_map(|read| read.name.map(str::to_ascii_lowercase))
            .collect()
    }

    /// Query parameters of all operations that arrive as one, and of their paths.
    fn in_query(&self, served: &Served) -> Vec<Read<'c>> {
        let ground = self.visibility.ground();
        let holders = served.facts(self.contract).flat_map(|fact| {
            let operation = self.visibility.vertex(fact.node, Part::Operation);
            let items = self.items.of_path(fact.path).iter().copied();
            operation.into_iter().chain(items)
        });
        let all = holders.flat_map(|holder| ground.list(holder, "parameters", Part::Parameter));
        let read = all.map(|parameter| self.read(parameter));
        read.filter(|read| read.place == Some("query")).collect()
    }

    fn read(&self, parameter: VertexId) -> Read<'c> {
        let (ground, arena) = (self.visibility.ground(), self.visibility.arena());
        let declared = ground.chain(parameter).last().unwrap_or(parameter);
        let says = |key: &str| arena.get_string(ground.node(declared), key);
        Read {
            declared,
            place: says("in"),
            name: says("name"),
            is_shown: self.visibility.shows(parameter) && self.visibility.shows(declared),
        }
    }

    /// Fields of an object stand beside the other parameters: `form`, exploded, which is the default.
    fn is_exploded(&self, parameter: VertexId) -> bool {
        let (ground, arena) = (self.visibility.ground(), self.visibility.arena());
        let style = arena.get_string(ground.node(parameter), "style");
        let explode = ground.get(parameter, "explode");
        let is_joined = explode.is_some_and(|said| matches!(arena.value(said), Value::Bool(false)));
        style.is_none_or(|style| style == "form") && !is_joined
    }

    /// Of a schema and all that applies with it, those that are hidden too.
    fn fields(&self, schema: Option<VertexId>, is_shown: bool, hidden: &mut Hidden<'_>) {
        let ground = self.visibility.ground();
        let mut open = Vec::from_iter(schema.map(|schema| (schema, is_shown)));
        let mut met = HashSet::default();
        while let Some((schema, is_shown)) = open.pop() {
            let is_shown = is_shown && self.visibility.shows(schema);
            if !met.insert((schema, is_shown)) {
                continue;
            }
            for (member, property) in ground.map(schema, "properties", Part::Schema) {
                let name = self.visibility.arena().key(member);
                let is_settable = self.visibility.shows_property(schema, name, property)
                    && !self.builder.goes_the_other_way(property);
                if !(is_shown && is_settable) {
                    hidden.names.insert(name.to_owned());
                }
            }
            hidden.closed |= self.hides_unnamed(schema, is_shown);
            let together = ground.in_place(schema).into_iter();
            open.extend(together.map(|(to, _)| (to, is_shown)));
        }
    }

    /// Whether fields a schema has no name for are for inner rings.
    fn hides_unnamed(&self, schema: VertexId, is_shown: bool) -> bool {
        let ground = self.visibility.ground();
        let patterns = ground.map(schema, "patternProperties", Part::Schema);
        let keys = ["additionalProperties", "unevaluatedProperties"].into_iter();
        let others = keys.filter_map(|key| ground.get(schema, key));
        let is_there =
            |said: &NodeId| !matches!(self.visibility.arena().value(*said), Value::Bool(false));
        let vertex = |said: NodeId| self.visibility.vertex(said, Part::Schema);
        let others = others.filter(is_there).map(vertex);
        let all = patterns.into_iter().map(|(_, one)| Some(one)).chain(others);
        let is_hidden = |one: VertexId| !self.visibility.shows(one);
        all.into_iter()
            .any(|one| !is_shown || one.is_some_and(is_hidden))
    }
}
