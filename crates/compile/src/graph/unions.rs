//! Which of several objects it is, where a discriminator says so (OpenAPI, Discriminator Object).

use std::collections::BTreeSet;

use ahash::HashSet;

use document::arena::NodeId;
use document::contract::{Part, VertexId};
use document::pointer::unescaped;
use wall::bundle::{FilterNode, NodeIndex, UnionRule};
use wall::filter::merge::{AnyOf, Draft};

use super::{As, Builder};

/// References followed to find whose discriminator it is.
const ANCESTORS: usize = 1_000;

/// What a discriminator leads to.
#[derive(Default)]
struct Choices {
    mapping: Vec<(String, NodeIndex)>,
    named: HashSet<VertexId>,
    /// Choices that are not for this ring: an object that does not say its kind may be of one of them.
    hidden: BTreeSet<VertexId>,
    /// Values that mean those.
    closed: HashSet<String>,
}

impl Choices {
    /// The first to say what a value means is right.
    fn lead(&mut self, value: String, chosen: VertexId, node: NodeIndex) {
        self.named.insert(chosen);
        let is_said = self.mapping.iter().any(|(known, _)| *known == value);
        if !is_said && !self.closed.contains(&value) {
            self.mapping.push((value, node));
        }
    }

    fn close(&mut self, value: String, chosen: VertexId) {
        self.named.insert(chosen);
        self.hidden.insert(chosen);
        self.closed.insert(value);
    }
}

impl Builder<'_, '_> {
    pub(super) fn has_discriminator(&self, schema: VertexId) -> bool {
        self.ground().get(schema, "discriminator").is_some()
    }

    /// The node of alternatives with a discriminator the ring sees.
    pub(super) fn decided(&mut self, schema: VertexId, branches: &[VertexId]) -> Option<NodeIndex> {
        let discriminator = self.ground().get(schema, "discriminator")?;
        let property = self.property_of(schema, discriminator)?;
        let denied = self.denied_alternatives(branches);
        let mut choices = self.mapped(schema, discriminator, &property, &denied);
        let (told, others): (Vec<VertexId>, Vec<VertexId>) = branches
            .iter()
            .partition(|branch| self.ground().target(**branch).is_some());
        for branch in told {
            self.choose_branch(&mut choices, schema, branch, &denied);
        }
        let others = others.into_iter();
        choices
            .hidden
            .extend(others.filter(|branch| !self.visibility.shows(*branch)));
        let otherwise = choices.hidden.is_empty().then(|| {
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
        let mut choices = self.mapped(base, discriminator, &property, &HashSet::default());
        let mut open = vec![base];
        let mut met = HashSet::default();
        while let Some(base) = open.pop() {
            if !met.insert(base) {
                continue;
            }
            let shown = self.visibility.heirs(base);
            let heirs = self.ground().heirs(base).iter();
            for heir in heirs.filter(|heir| !shown.contains(heir)) {
                choices.hidden.insert(*heir);
                if !choices.named.contains(heir) {
                    choices.close(self.ground().key(*heir).to_owned(), *heir);
                }
            }
            let name = self.ground().key(base).to_owned();
            self.choose(&mut choices, name, base, As::Part);
            open.extend(shown);
        }
        let otherwise = choices.hidden.is_empty().then(|| {
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
        let mut met = HashSet::default();
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

    /// Schemas that only branches the ring may not see refer to: a mapping does not open them.
    fn denied_alternatives(&self, branches: &[VertexId]) -> HashSet<VertexId> {
        let (shown, hidden): (Vec<VertexId>, Vec<VertexId>) = branches
            .iter()
            .partition(|branch| self.visibility.shows(**branch));
        let meant = |branches: Vec<VertexId>| -> HashSet<VertexId> {
            let targets = branches.into_iter();
            targets
                .filter_map(|branch| self.ground().target(branch))
                .collect()
        };
        &meant(hidden) - &meant(shown)
    }

    /// `denied`: schemas the ring may not see here.
    fn mapped(
        &mut self,
        schema: VertexId,
        discriminator: NodeId,
        property: &str,
        denied: &HashSet<VertexId>,
    ) -> Choices {
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
            if denied.contains(&chosen) || self.denies_kind(schema, property, value) {
                choices.close(value.to_owned(), chosen);
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

    /// What includes a schema is one of those it stands for, and the choice is made. Not so what only says more of
    /// whichever it is: a schema without a name, and one that is no alternative.
    pub(super) fn how_included(&mut self, schema: VertexId, how: As, branch: VertexId) -> As {
        let Some(target) = self.ground().target(branch) else {
            return As::Part;
        };
        let is_one_of_them = match self.has_discriminator(target) && self.has_alternatives(target) {
            true => self.is_alternative(target, schema),
            false => how == As::Part || self.ground().is_named(schema),
        };
        match is_one_of_them {
            true => As::Part,
            false => As::Value,
        }
    }

    /// Whether a schema is an alternative of another, or what one includes.
    fn is_alternative(&mut self, base: VertexId, schema: VertexId) -> bool {
        if let Some(known) = self.alternatives.get(&base) {
            return known.contains(&schema);
        }
        let found = self.alternatives_of(base);
        let is_one = found.contains(&schema);
        self.alternatives.insert(base, found);
        is_one
    }

    fn alternatives_of(&self, base: VertexId) -> HashSet<VertexId> {
        let ground = self.ground();
        let listed = ["oneOf", "anyOf"].map(|key| ground.list(base, key, Part::Schema));
        let discriminator = ground.get(base, "discriminator");
        let mapping = discriminator.and_then(|said| self.arena().get(said, "mapping"));
        let mapped = mapping.map(|mapping| self.arena().members(mapping));
        let mapped = mapped.unwrap_or_default().iter();
        let mut open: Vec<VertexId> = listed.into_iter().flatten().collect();
        open.extend(mapped.filter_map(|member| ground.chosen(member.value)));
        let mut found = HashSet::from_iter([base]);
        while let Some(schema) = open.pop() {
            if found.insert(schema) {
                open.extend(ground.target(schema));
                open.extend(ground.list(schema, "allOf", Part::Schema));
            }
        }
        found.remove(&base);
        found
    }

    /// By its name, unless the mapping has another for it.
    fn choose_branch(
        &mut self,
        choices: &mut Choices,
        schema: VertexId,
        branch: VertexId,
        denied: &HashSet<VertexId>,
    ) {
        let target = self.ground().target(branch).unwrap_or(branch);
        let reference = self.arena().get_string(self.ground().node(branch), "$ref");
        let name = reference.unwrap_or_default().rsplit('/').next();
        let name = unescaped(name.unwrap_or_default());
        let how = self.how_chosen(schema, target);
        if !self.visibility.shows(branch) {
            choices.hidden.insert(target);
        }
        match denied.contains(&target) {
            true => choices.close(name, target),
            false => self.choose(choices, name, target, how),
        }
    }

    fn choose(&mut self, choices: &mut Choices, name: String, chosen: VertexId, how: As) {
        if !choices.named.contains(&chosen) {
            self.choose_as(choices, name, chosen, how);
        }
    }

    fn choose_as(&mut self, choices: &mut Choices, value: String, chosen: VertexId, how: As) {
        if !self.visibility.shows(chosen) {
            return choices.close(value, chosen);
        }
        let node = self.node(chosen, how);
        choices.lead(value, chosen, node);
    }

    fn union(
        &mut self,
        property: String,
        choices: Choices,
        otherwise: Option<NodeIndex>,
    ) -> NodeIndex {
        let union = self.leaf(FilterNode {
            union: Some(UnionRule {
                property,
                mapping: choices.mapping,
                otherwise,
            }),
            ..FilterNode::default()
        });
        let hidden = choices.hidden.into_iter();
        let kinds: Vec<NodeIndex> = hidden.map(|kind| self.hidden_alternative(kind)).collect();
        match kinds.is_empty() {
            true => union,
            false => self.add(Draft::AnyOf(AnyOf {
                any_of: vec![union],
                kinds,
                ..AnyOf::default()
            })),
        }
    }
}
