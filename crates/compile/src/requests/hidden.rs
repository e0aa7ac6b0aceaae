//! Query parameters a ring is not shown: while a contract is observed, what nobody declared passes, and they do not.

use std::collections::{BTreeSet, HashSet};

use document::contract::{Part, VertexId};

use super::Compiler;

impl Compiler<'_, '_> {
    /// Names of query parameters that are declared for inner rings, and of the fields of all: written as parameters of
    /// their own (`form`, exploded), hidden ones look like such that nobody declared. Names that are shown do no harm
    /// here, because they are declared.
    pub(super) fn hidden(&self, path: u32, operation: VertexId) -> Vec<String> {
        let ground = self.visibility.ground();
        let own = ground.list(operation, "parameters", Part::Parameter);
        let items = self.items.of_path(path).iter();
        let shared = items.flat_map(|item| ground.list(*item, "parameters", Part::Parameter));
        let mut names = BTreeSet::new();
        for parameter in own.into_iter().chain(shared) {
            let is_shown = self.visibility.shows(parameter);
            let declared = ground.chain(parameter).last().unwrap_or(parameter);
            let arena = self.visibility.arena();
            let says = |key: &str| arena.get_string(ground.node(declared), key);
            if says("in") != Some("query") {
                continue;
            }
            let is_shown = is_shown && self.visibility.shows(declared);
            names.extend(says("name").filter(|_| !is_shown).map(str::to_owned));
            let schema = ground.schema(declared, "schema");
            self.fields(schema, &mut names);
        }
        names.into_iter().collect()
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
