//! What a ring may see of a JSON body: nodes that name each other by index, so that a shared or recursive
//! component is there once.
//!
//! A node says, for each type a JSON value can have, whether such a value may leave. What it does not say does
//! not leave: the empty node is a value this ring may not see at all. Members unknown here are refused, because
//! one might have narrowed something.

use serde::{Deserialize, Serialize};

/// Index of a node in its graph.
pub type NodeIndex = u32;

#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FilterNode {
    /// Whatever JSON value: the contract says that this place is open. Nothing else is then said.
    #[serde(default, skip_serializing_if = "is_false")]
    pub any: bool,
    #[serde(default, skip_serializing_if = "is_false")]
    pub null: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub boolean: Option<ScalarRule>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<ScalarRule>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub string: Option<ScalarRule>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub object: Option<ObjectRule>,
    /// Instead of `object`: which node an object follows is said by one of its members.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub union: Option<UnionRule>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub array: Option<ArrayRule>,
}

/// Values are written as their text: a string's characters, a number in decimal (compared by value, so that
/// `1.0` is `1`), `true`, `false`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScalarRule {
    /// Only these leave; absent: all but the hidden ones.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub values: Option<Vec<String>>,
    /// Declared for inner rings only: these never leave, not even while a contract is observed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hidden: Vec<String>,
    /// With no `values`: any may be of what is for inner rings, and none leaves, not even while a contract is observed.
    #[serde(default, skip_serializing_if = "is_false")]
    pub withheld: bool,
    /// Of strings only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mask: Option<Mask>,
}

impl ScalarRule {
    /// Of a type that hidden alternatives have.
    pub fn none() -> ScalarRule {
        ScalarRule {
            values: Some(Vec::new()),
            withheld: true,
            ..ScalarRule::default()
        }
    }

    /// Some value of this type is for inner rings, or leaves as something else.
    pub fn hides(&self) -> bool {
        self.withheld || self.mask.is_some() || !self.hidden.is_empty()
    }
}

/// What leaves in place of a sensitive string.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mask {
    /// `****` and the last four characters, if it has eight or more.
    Last4,
    /// The first 128 bits of HMAC-SHA-256 under the node's masking key, hexadecimal.
    Hash,
    /// Nothing: the value is removed.
    Drop,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ObjectRule {
    /// (name, node), in the order of the document: services mostly answer in it, and the filter expects it. The
    /// empty node: declared, and hidden from this ring.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub properties: Vec<(String, NodeIndex)>,
    /// (regular expression, node) for names that are no property. A name on which two patterns disagree is hidden.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub patterns: Vec<(String, NodeIndex)>,
    /// For all other names; absent: they do not leave.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub additional: Option<NodeIndex>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UnionRule {
    /// The discriminator's name.
    pub property: String,
    /// (value, node).
    pub mapping: Vec<(String, NodeIndex)>,
    /// For other values and for objects without the member; absent: they do not leave.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub otherwise: Option<NodeIndex>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ArrayRule {
    /// For the first items, each by its position.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub prefix: Vec<NodeIndex>,
    /// For all others; absent: they do not leave.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub items: Option<NodeIndex>,
}

impl FilterNode {
    /// Nothing that follows this node leaves.
    pub fn is_closed(&self) -> bool {
        *self == FilterNode::default()
    }

    /// Every node that this one names.
    pub fn successors(&self) -> impl Iterator<Item = NodeIndex> {
        let object = self.object.iter().flat_map(|rule| {
            let named = rule.properties.iter().chain(&rule.patterns);
            named.map(|(_, node)| *node).chain(rule.additional)
        });
        let union = self.union.iter().flat_map(|rule| {
            let mapped = rule.mapping.iter().map(|(_, node)| *node);
            mapped.chain(rule.otherwise)
        });
        let array = self.array.iter();
        let array = array.flat_map(|rule| rule.prefix.iter().copied().chain(rule.items));
        object.chain(union).chain(array)
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands a reference")]
fn is_false(flag: &bool) -> bool {
    !flag
}
