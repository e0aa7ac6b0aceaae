//! Query parameters a ring is not shown: while a contract is observed, what nobody declared passes, and they do not.

use std::collections::{BTreeSet, HashSet};

use document::contract::{Part, VertexId};

use super::Compiler;

/// A query parameter, whether or not the ring may see it.
struct InQuery<'n> {
    declared: VertexId,
    name: Option<&'n str>,
    is_shown: bool,
}

impl Compiler<'_, '_> {
    /// Names of query parameters that are declared for inner rings, and of the fields of all: written as parameters of
    /// their own (`form`, exploded), hidden ones look like such that nobody declared. Names that are shown do no harm
    /// here, because they are declared.
    pub(super) fn hidden(&self, path: u32, operation: VertexId) -> Vec<String> {
        let ground = self.visibility.ground();
        let mut names = BTreeSet::new();
        for parameter in self.in_query(path, operation) {
            let name = parameter.name.filter(|_| !parameter.is_shown);
            names.extend(name.map(str::to_owned));
            let schema = ground.schema(parameter.declared, "schema");
            self.fields(schema, &mut names);
        }
        names.into_iter().collect()
    }

    /// Names of query parameters that are not for the ring.
    pub(super) fn hidden_in_query(&self, path: u32, operation: VertexId) -> Vec<&str> {
        let all = self.in_query(path, operation).into_iter();
        let hidden = all.filter(|parameter| !parameter.is_shown);
        hidden.filter_map(|parameter| parameter.name).collect()
    }

    /// Query parameters of an operation and of its path.
    fn in_query(&self, path: u32, operation: VertexId) -> Vec<InQuery<'_>> {
        let ground = self.visibility.ground();
        let own = ground.list(operation, "parameters", Part::Parameter);
        let items = self.items.of_path(path).iter();
        let shared = items.flat_map(|item| ground.list(*item, "parameters", Part::Parameter));
        let all = own.into_iter().chain(shared);
        let read = all.map(|parameter| {
            let declared = ground.chain(parameter).last().unwrap_or(parameter);
            let arena = self.visibility.arena();
            let says = |key: &str| arena.get_string(ground.node(declared), key);
            let is_shown = self.visibility.shows(parameter) && self.visibility.shows(declared);
            let found = InQuery {
                declared,
                name: says("name"),
                is_shown,
            };
            (says("in") == Some("query"), found)
        });
        let in_query = read.filter(|(is_in_query, _)| *is_in_query);
        in_query.map(|(_, parameter)| parameter).collect()
    }

    /// Of a schema and all that applies with it, those that are hidden too.
    fn fields(&self, schema: Option<VertexId>, names: &mut BTreeSet<String>) {
        let ground = self.visibility.ground();
        let (mut open, mut met) = (Vec::from_iter(schema), HashSet::new());
        while let Some(schema) = open.pop() {
            if !met.insert(schema) {
                continue;
            }
            let declared = ground.map(schema, "properties", Part::Schema);
            for (member, property) in declared {
                let name = self.visibility.arena().key(member);
                if !self.visibility.shows_property(schema, name, property) {
                    names.insert(name.to_owned());
                }
            }
            open.extend(ground.in_place(schema).into_iter().map(|(to, _)| to));
        }
    }
}
