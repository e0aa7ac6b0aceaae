//! What applies to one value together: `$ref`, `allOf`, conditions, and alternatives.

use ahash::HashSet;

use document::Value;
use document::contract::{Part, VertexId};
use document::sensitive::Masking;
use wall::bundle::{FilterNode, Mask, NodeIndex, ScalarRule};
use wall::filter::merge::{AllOf, AnyOf, Draft};

use super::kinds::{is_nullable_besides, kinds};
use super::{As, Builder, CLOSED, SCALARS};

/// What a value might be, of which nothing else is said.
const NOTHING_SAID: [NodeIndex; 1] = [SCALARS];

impl Builder<'_, '_> {
    /// The draft of a visible schema.
    pub(super) fn written(&mut self, schema: VertexId, how: As) -> Draft {
        let node = self.ground().node(schema);
        match self.arena().value(node) {
            Value::Bool(true) => Draft::Node(FilterNode {
                any: true,
                ..FilterNode::default()
            }),
            Value::Object(_) => self.composed(schema, how),
            _ => Draft::Node(FilterNode::default()),
        }
    }

    fn composed(&mut self, schema: VertexId, how: As) -> Draft {
        let node = self.ground().node(schema);
        let own = self.own(schema);
        let by_heirs = match how {
            As::Value => self.by_heirs(schema),
            As::Part => None,
        };
        let is_told = by_heirs.is_some() || self.tells_alternatives(schema);
        let members = match by_heirs {
            Some(heirs) => vec![heirs],
            None => self.members(schema, how, own),
        };
        let mut members = match members.is_empty() {
            true => NOTHING_SAID.to_vec(),
            false => members,
        };
        members.extend(self.mask(schema));
        if how == As::Value && !is_told && !self.ground().heirs(schema).is_empty() {
            let own = self.all_of(members);
            members = vec![self.whichever_heir(schema, own)];
        }
        if own.is_some() || !is_nullable_besides(self.arena(), node) {
            return Draft::AllOf(AllOf { all_of: members });
        }
        let described = self.all_of(members);
        let null = self.leaf(FilterNode {
            null: true,
            ..FilterNode::default()
        });
        Draft::AnyOf(AnyOf {
            any_of: vec![described, null],
            ..AnyOf::default()
        })
    }

    /// Only strings can be masked: beside it, other values do not leave.
    fn mask(&mut self, schema: VertexId) -> Option<NodeIndex> {
        let mask = match self.masking(schema)? {
            Masking::Last4 => Mask::Last4,
            Masking::Hash => Mask::Hash,
            Masking::Drop => Mask::Drop,
        };
        Some(self.leaf(FilterNode {
            null: true,
            string: Some(ScalarRule {
                mask: Some(mask),
                ..ScalarRule::default()
            }),
            ..FilterNode::default()
        }))
    }

    fn members(&mut self, schema: VertexId, how: As, own: Option<NodeIndex>) -> Vec<NodeIndex> {
        if let Some(target) = self.target_alone(schema) {
            return vec![self.node(target, how)];
        }
        let mut members: Vec<NodeIndex> = own.into_iter().collect();
        if let Some(target) = self.ground().target(schema) {
            members.push(self.node(target, how));
        }
        let branches = self.ground().list(schema, "allOf", Part::Schema);
        let (shown, hidden): (Vec<VertexId>, Vec<VertexId>) = branches
            .into_iter()
            .partition(|branch| self.visibility.shows(*branch));
        for branch in shown {
            // What says nothing must not let through what only a hidden part declares.
            if hidden.is_empty() || self.says_something(branch) {
                let how = self.how_included(schema, how, branch);
                members.push(self.node(branch, how));
            }
        }
        for key in ["oneOf", "anyOf"] {
            members.extend(self.alternatives(schema, key, how));
        }
        members.extend(self.conditions(schema));
        if members.is_empty() && !hidden.is_empty() {
            return vec![CLOSED];
        }
        for part in hidden {
            members.push(self.hidden_part(part));
        }
        members
    }

    /// Whether a schema, or one that applies with it, says of what type its values are.
    fn says_something(&self, schema: VertexId) -> bool {
        let mut open = vec![schema];
        let mut met = HashSet::default();
        while let Some(schema) = open.pop() {
            if kinds(self.arena(), self.ground().node(schema), self.direction).is_some() {
                return true;
            }
            if met.insert(schema) {
                open.extend(self.visibility.in_place(schema));
            }
        }
        false
    }

    /// OpenAPI 3.0: a `$ref` has no siblings.
    fn target_alone(&self, schema: VertexId) -> Option<VertexId> {
        self.ground()
            .target(schema)
            .filter(|_| self.references_stand_alone)
    }

    /// What a schema says itself of types, members and items.
    fn own(&mut self, schema: VertexId) -> Option<NodeIndex> {
        if self.target_alone(schema).is_some() {
            return None;
        }
        let kinds = kinds(self.arena(), self.ground().node(schema), self.direction)?;
        let listed = self.listed(schema);
        let object = kinds.object.then(|| self.object(schema));
        let array = kinds.array.then(|| self.array(schema));
        let node = FilterNode {
            null: kinds.null,
            boolean: kinds.boolean.then(|| listed.booleans()),
            number: kinds.number.then(|| listed.numbers()),
            string: kinds.string.then(|| listed.strings()),
            object,
            array,
            ..FilterNode::default()
        };
        Some(self.leaf(listed.kept_back(node)))
    }

    fn alternatives(&mut self, schema: VertexId, key: &str, how: As) -> Option<NodeIndex> {
        let branches = self.ground().list(schema, key, Part::Schema);
        let may_match = |branch: &VertexId| {
            let node = self.ground().node(*branch);
            !matches!(self.arena().value(node), Value::Bool(false))
        };
        let branches: Vec<VertexId> = branches.into_iter().filter(may_match).collect();
        if branches.is_empty() || (how == As::Part && self.has_discriminator(schema)) {
            return None;
        }
        let decided = (how == As::Value)
            .then(|| self.decided(schema, &branches))
            .flatten();
        Some(decided.unwrap_or_else(|| self.undecided(&branches)))
    }

    /// Nothing says which it is.
    pub(super) fn undecided(&mut self, branches: &[VertexId]) -> NodeIndex {
        let (shown, hidden): (Vec<VertexId>, Vec<VertexId>) = branches
            .iter()
            .partition(|branch| self.visibility.shows(**branch));
        let any_of: Vec<NodeIndex> = shown
            .into_iter()
            .map(|branch| self.node(branch, As::Value))
            .collect();
        let hidden: Vec<NodeIndex> = hidden
            .into_iter()
            .map(|branch| self.hidden_alternative(branch))
            .collect();
        self.any_of(any_of, hidden)
    }

    /// `then`, `else`, `dependentSchemas`: they may apply, and add to what else is said.
    fn conditions(&mut self, schema: VertexId) -> Option<NodeIndex> {
        let ground = self.ground();
        let mut sometimes: Vec<VertexId> = ["then", "else"]
            .into_iter()
            .filter_map(|key| ground.schema(schema, key))
            .collect();
        for key in ["dependentSchemas", "dependencies"] {
            let dependents = ground.map(schema, key, Part::Schema).into_iter();
            sometimes.extend(dependents.map(|(_, dependent)| dependent));
        }
        if sometimes.is_empty() {
            return None;
        }
        let applied = self.visibility.in_place(schema);
        let mut any_of = NOTHING_SAID.to_vec();
        let mut hidden = Vec::new();
        for condition in sometimes {
            if applied.contains(&condition) {
                any_of.push(self.node(condition, As::Part));
            } else if !self.visibility.shows(condition) {
                hidden.push(self.hidden_alternative(condition));
            }
        }
        Some(self.add(Draft::AnyOf(AnyOf {
            any_of,
            hidden,
            ..AnyOf::default()
        })))
    }
}
