//! Which of several objects it is, where a discriminator says so (OpenAPI, Discriminator Object).

use std::collections::HashSet;

use document::arena::NodeId;
use document::contract::{Part, VertexId};
use wall::bundle::{FilterNode, NodeIndex, UnionRule};

use super::{As, Builder};

/// References followed to find whose discriminator it is.
const ANCESTORS: usize = 1_000;

/// What a discriminator leads to.
#[derive(Default)]
struct Choices {
    mapping: Vec<(String, NodeIndex)>,
    named: HashSet<VertexId>,
    /// Some choice is not for this ring: an object that does not say its kind may be of that one.
    has_hidden: bool,
}

impl Builder<'_, '_> {
    pub(super) fn has_discriminator(&self, schema: VertexId) -> bool {
        self.ground().get(schema, "discriminator").is_some()
    }

    /// The node of alternatives with a discriminator the ring sees.
    pub(super) fn decided(&mut self, schema: VertexId, branches: &[VertexId]) -> Option<NodeIndex> {
        let discriminator = self.ground().get(schema, "discriminator")?;
        let property = self.property_of(schema, discriminator)?;
        let mut choices = self.mapped(schema, discriminator, &property);
        let (told, others): (Vec<VertexId>, Vec<VertexId>) = branches
            .iter()
            .partition(|branch| self.ground().target(**branch).is_some());
        for branch in told {
            self.choose_branch(&mut choices, schema, branch);
        }
        choices.has_hidden |= others.iter().any(|branch| !self.visibility.shows(*branch));
        let otherwise = (!choices.has_hidden).then(|| {
            let nodes = branches.iter().map(|branch| self.node(*branch, As::Value));
            let nodes = nodes.collect();
            let whichever = self.any_of(nodes, Vec::new());
            self.whichever_heir(schema, whichever)
        });
        Some(self.union(property, choices, otherwise))
    }

    /// The node of a schema for which those that include it may stand.
    pub(super) fn by_heirs(&mut self, base: VertexId) -> Option<NodeIndex> {
        if self.ground().heirs(base).is_empty() || self.has_alternatives(base) {
            return None;
        }
        let (owner, discriminator) = self.inherited_discriminator(base)?;
        let property = self.property_of(owner, discriminator)?;
        let mut choices = self.mapped(base, discriminator, &property);
        let mut open = vec![base];
        let mut met = HashSet::new();
        while let Some(base) = open.pop() {
            if !met.insert(base) {
                continue;
            }
            let shown = self.visibility.heirs(base);
            choices.has_hidden |= self
                .ground()
                .heirs(base)
                .iter()
                .any(|heir| !shown.contains(heir));
            let name = self.ground().key(base).to_owned();
            self.choose(&mut choices, name, base, As::Part);
            open.extend(shown);
        }
        let otherwise = (!choices.has_hidden).then(|| {
            let own = self.node(base, As::Part);
            self.whichever_heir(base, own)
        });
        Some(self.union(property, choices, otherwise))
    }

    /// The node of a base's values when nothing says which of its heirs they are: each may hide some.
    pub(super) fn whichever_heir(&mut self, base: VertexId, own: NodeIndex) -> NodeIndex {
        let hidden = self.hidden_of_heirs(base);
        self.any_of(vec![own], hidden.into_iter().collect())
    }

    /// Whether the ring can tell the alternatives of a schema.
    pub(super) fn tells_alternatives(&self, schema: VertexId) -> bool {
        let discriminator = self.ground().get(schema, "discriminator");
        let property = discriminator.and_then(|said| self.property_of(schema, said));
        property.is_some() && self.has_alternatives(schema)
    }

    fn has_alternatives(&self, schema: VertexId) -> bool {
        let ground = self.ground();
        ["oneOf", "anyOf"]
            .into_iter()
            .any(|key| !ground.list(schema, key, Part::Schema).is_empty())
    }

    fn property_of(&self, schema: VertexId, discriminator: NodeId) -> Option<String> {
        let property = self.arena().get_string(discriminator, "propertyName")?;
        let is_shown = self.visibility.shows_discriminator(schema);
        is_shown.then(|| property.to_owned())
    }

    /// Its own, or that of one it includes, and whose it is; what is hidden tells the ring nothing.
    fn inherited_discriminator(&self, schema: VertexId) -> Option<(VertexId, NodeId)> {
        let ground = self.ground();
        let mut open = vec![schema];
        let mut met = HashSet::new();
        while let Some(schema) = open.pop() {
            if let Some(discriminator) = ground.get(schema, "discriminator") {
                return Some((schema, discriminator));
            }
            if met.insert(schema) && met.len() <= ANCESTORS {
                let included = ground.list(schema, "allOf", Part::Schema).into_iter();
                let included = ground.target(schema).into_iter().chain(included);
                open.extend(included.filter(|one| self.visibility.shows(*one)));
            }
        }
        None
    }

    fn mapped(&mut self, schema: VertexId, discriminator: NodeId, property: &str) -> Choices {
        let mut choices = Choices::default();
        let arena = self.arena();
        let Some(mapping) = arena.get(discriminator, "mapping") else {
            return choices;
        };
        for member in arena.members(mapping) {
            let value = arena.key(member);
            let Some(chosen) = self.ground().chosen(member.value) else {
                continue; // a finding says that it leads nowhere
            };
            if self.denies_kind(schema, property, value) {
                choices.has_hidden = true;
                choices.named.insert(chosen);
            } else {
                let how = self.how_chosen(schema, chosen);
                self.choose_as(&mut choices, value.to_owned(), chosen, how);
            }
        }
        choices
    }

    /// Whether the discriminator's own schema hides the value.
    fn denies_kind(&self, schema: VertexId, property: &str, value: &str) -> bool {
        let declared = self.ground().map(schema, "properties", Part::Schema);
        let own = declared
            .into_iter()
            .find(|(member, _)| self.arena().key(member) == property);
        own.is_some_and(|(_, own)| self.visibility.denies_value(own, value))
    }

    /// One that includes the schema is that schema's part and its own; it must not lead back to the choice.
    fn how_chosen(&self, schema: VertexId, chosen: VertexId) -> As {
        let ground = self.ground();
        let is_heir = ground.heirs(schema).contains(&chosen) || chosen == schema;
        match is_heir || !ground.heirs(chosen).is_empty() {
            true => As::Part,
            false => As::Value,
        }
    }

    /// By its name, unless the mapping has another for it.
    fn choose_branch(&mut self, choices: &mut Choices, schema: VertexId, branch: VertexId) {
        let target = self.ground().target(branch).unwrap_or(branch);
        let reference = self.arena().get_string(self.ground().node(branch), "$ref");
        let name = reference.unwrap_or_default().rsplit('/').next();
        let name = name
            .unwrap_or_default()
            .replace("~1", "/")
            .replace("~0", "~");
        let how = self.how_chosen(schema, target);
        choices.has_hidden |= !self.visibility.shows(branch);
        self.choose(choices, name, target, how);
    }

    fn choose(&mut self, choices: &mut Choices, name: String, chosen: VertexId, how: As) {
        if !choices.named.contains(&chosen) {
            self.choose_as(choices, name, chosen, how);
        }
    }

    fn choose_as(&mut self, choices: &mut Choices, value: String, chosen: VertexId, how: As) {
        choices.named.insert(chosen);
        if !self.visibility.shows(chosen) {
            choices.has_hidden = true;
        } else if !choices.mapping.iter().any(|(known, _)| *known == value) {
            let node = self.node(chosen, how);
            choices.mapping.push((value, node));
        }
    }

    fn union(
        &mut self,
        property: String,
        choices: Choices,
        otherwise: Option<NodeIndex>,
    ) -> NodeIndex {
        self.leaf(FilterNode {
            union: Some(UnionRule {
                property,
                mapping: choices.mapping,
                otherwise,
            }),
            ..FilterNode::default()
        })
    }
}
