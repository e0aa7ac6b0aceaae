//! Schemas as filter nodes.
//!
//! A schema becomes a draft; what applies to one value together (`allOf`, `$ref`, alternatives) stays a combination
//! until `wall::filter::merge` makes nodes of all. The rule of what is open: a name leaves if a visible schema
//! declares it, or says in so many words that others may be there (`additionalProperties`). A schema that says
//! nothing shows scalars, lists of them, and objects without members.

mod composition;
mod hidden;
mod kinds;
mod members;
mod scalars;
mod tidy;
mod unions;

use ahash::{HashMap, HashSet};

use document::arena::{Arena, NodeId};
use document::contract::{Contract, Part, VertexId};
use document::problem::Problem;
use document::projection::Visibility;
use document::projection::visibility::Ground;
use document::sensitive::Masking;
use wall::bundle::{ArrayRule, FilterNode, NodeIndex, ObjectRule, ScalarRule};
use wall::filter::merge::{AllOf, AnyOf, Draft, merge};

pub use tidy::Graph;

/// Through it nothing leaves.
pub const CLOSED: NodeIndex = 0;
/// Scalars, lists of them, objects without members.
pub const SCALARS: NodeIndex = 1;
/// Everything.
const OPEN: NodeIndex = 2;

/// How a schema is looked at.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum As {
    /// All that describes a value: whoever may stand for the schema by a discriminator included.
    Value,
    /// What another schema includes: that schema is one of those.
    Part,
}

/// Which messages the graph is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// What leaves.
    Response,
    /// What may be set.
    Request,
}

pub struct Builder<'v, 'c> {
    direction: Direction,
    visibility: &'v Visibility<'c>,
    drafts: Vec<Draft>,
    known: HashMap<(VertexId, As), NodeIndex>,
    /// Leaves, and combinations: written once each.
    same: HashMap<FilterNode, NodeIndex>,
    /// Reserved drafts whose schemas are still to be written.
    open: Vec<(VertexId, As, NodeIndex)>,
    hidden: HashMap<VertexId, NodeIndex>,
    /// Schema with a discriminator → its alternatives, and what they include.
    alternatives: HashMap<VertexId, HashSet<VertexId>>,
    /// For each draft, the schema it was made for.
    origins: HashMap<NodeIndex, VertexId>,
    problems: Vec<Problem>,
    /// OpenAPI 3.0.
    references_stand_alone: bool,
}

impl<'v, 'c> Builder<'v, 'c> {
    pub fn new(
        contract: &Contract,
        visibility: &'v Visibility<'c>,
        direction: Direction,
    ) -> Builder<'v, 'c> {
        let version = contract.arena.get_string(contract.root, "openapi");
        let any = FilterNode {
            any: true,
            ..FilterNode::default()
        };
        let drafts = [FilterNode::default(), scalars(), any];
        Builder {
            direction,
            visibility,
            same: drafts.iter().cloned().zip(0..).collect(),
            drafts: drafts.map(Draft::Node).into(),
            known: HashMap::default(),
            open: Vec::new(),
            hidden: HashMap::default(),
            alternatives: HashMap::default(),
            origins: HashMap::default(),
            problems: Vec::new(),
            references_stand_alone: version.is_some_and(|version| version.starts_with("3.0")),
        }
    }

    fn arena(&self) -> &'c Arena {
        self.visibility.arena()
    }

    fn ground(&self) -> &'v Ground<'c> {
        self.visibility.ground()
    }

    /// The node of the values a schema describes.
    pub fn value(&mut self, schema: VertexId) -> NodeIndex {
        self.node(schema, As::Value)
    }

    /// The node of values that follow one of several schemas, and nothing says which; some are hidden.
    pub fn any_of(&mut self, any_of: Vec<NodeIndex>, hidden: Vec<NodeIndex>) -> NodeIndex {
        match (&any_of[..], &hidden[..]) {
            ([], _) => CLOSED,
            ([only], []) => *only,
            _ => self.add(Draft::AnyOf(AnyOf {
                any_of,
                hidden,
                ..AnyOf::default()
            })),
        }
    }

    fn all_of(&mut self, nodes: Vec<NodeIndex>) -> NodeIndex {
        match nodes[..] {
            [only] => only,
            _ => self.add(Draft::AllOf(AllOf { all_of: nodes })),
        }
    }

    /// A draft; leaves that are equal are one.
    fn leaf(&mut self, node: FilterNode) -> NodeIndex {
        if let Some(known) = self.same.get(&node) {
            return *known;
        }
        let index = self.add(Draft::Node(node.clone()));
        self.same.insert(node, index);
        index
    }

    fn add(&mut self, draft: Draft) -> NodeIndex {
        self.drafts.push(draft);
        self.drafts.len() as NodeIndex - 1
    }

    /// Reserved here, written later: schemas refer to themselves.
    fn node(&mut self, schema: VertexId, how: As) -> NodeIndex {
        if !self.visibility.shows(schema) || self.masking(schema) == Some(Masking::Drop) {
            return CLOSED;
        }
        if let Some(known) = self.known.get(&(schema, how)) {
            return *known;
        }
        if let Some(target) = self.mere_reference(schema) {
            return self.node(target, how);
        }
        let index = self.add(Draft::Node(FilterNode::default()));
        self.known.insert((schema, how), index);
        self.origins.insert(index, schema);
        self.open.push((schema, how, index));
        index
    }

    /// What leaves in place of the values of a schema; of requests all is taken as it is.
    fn masking(&self, schema: VertexId) -> Option<Masking> {
        match self.direction {
            Direction::Response => self.visibility.mask(schema),
            Direction::Request => None,
        }
    }

    /// Where a schema leads that says nothing itself.
    fn mere_reference(&self, schema: VertexId) -> Option<VertexId> {
        let target = self.ground().target(schema)?;
        if self.masking(schema) != self.masking(target) {
            return None;
        }
        let members = self.arena().members(self.ground().node(schema));
        let says_nothing = |key: &str| {
            key.starts_with("x-")
                || matches!(
                    key,
                    "$ref" | "description" | "title" | "summary" | "example"
                )
                || matches!(key, "default" | "examples" | "deprecated" | "externalDocs")
        };
        let mut keys = members.iter().map(|member| self.arena().key(member));
        keys.all(says_nothing).then_some(target)
    }

    /// Writes all that was asked for, and what that needs; then `roots` are numbers of the graph's.
    pub fn finish(mut self, roots: &mut [NodeIndex]) -> (Graph, Vec<Problem>) {
        while let Some((schema, how, index)) = self.open.pop() {
            let draft = self.written(schema, how);
            self.drafts[index as usize] = draft;
        }
        let merged = merge(&self.drafts).expect("every draft names drafts that are there");
        for index in &merged.closed {
            self.report_closed(*index);
        }
        (tidy::tidy(&merged.nodes, roots), self.problems)
    }

    fn report_closed(&mut self, draft: NodeIndex) {
        let Some(schema) = self.origins.get(&draft) else {
            return;
        };
        let node = self.ground().node(*schema);
        self.warn(
            node,
            "projection-combination",
            "the alternatives of this schema are too many, or include themselves: none of their values leaves",
            "Tell them apart by a discriminator, or declare fewer of them.",
        );
    }

    /// Once for a place: many operations may share it.
    pub fn warn(
        &mut self,
        node: NodeId,
        code: &'static str,
        message: impl Into<String>,
        help: &'static str,
    ) {
        let at = self.arena().node(node).at;
        let is_known = |problem: &Problem| problem.code == code && problem.at == at;
        if !self.problems.iter().any(is_known) {
            self.problems
                .push(Problem::warning(code, at, message, help));
        }
    }

    /// Whether a schema says itself that its values are objects or arrays.
    pub fn speaks_of_containers(&self, schema: VertexId) -> bool {
        let spoken_of = kinds::kinds(self.arena(), self.ground().node(schema), self.direction);
        spoken_of.is_some_and(|kinds| kinds.object || kinds.array)
    }

    fn schema_in(&self, node: NodeId) -> Option<VertexId> {
        self.visibility.vertex(node, Part::Schema)
    }
}

/// What is known of a value of which nothing is said.
fn scalars() -> FilterNode {
    FilterNode {
        null: true,
        boolean: Some(ScalarRule::default()),
        number: Some(ScalarRule::default()),
        string: Some(ScalarRule::default()),
        object: Some(ObjectRule::default()),
        array: Some(ArrayRule {
            prefix: Vec::new(),
            items: Some(SCALARS),
        }),
        ..FilterNode::default()
    }
}
