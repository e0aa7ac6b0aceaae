//! The graph of a bundle in the form that is interpreted: names indexed, patterns compiled, values sorted.

mod object;
mod scalar;

pub use object::{Object, Property, Unlisted, name_hash};
pub use scalar::{Judged, Scalar};

use crate::bundle::{ArrayRule, FilterNode, NodeIndex, UnionRule};
use crate::faults::{Check, skips};

/// A graph that can be interpreted. Immutable; to be shared.
#[derive(Debug)]
pub struct Graph {
    nodes: Vec<Node>,
    /// Node by node what needs no judging: in one place, because it is asked for every value.
    plain: Vec<Plain>,
    hashes: bool,
}

/// What is known of values without judging them, as bits: the types of which every value leaves (with `CLOSED` among
/// them: goes).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Plain(u8);

impl Plain {
    pub const NOTHING: Plain = Plain(0);
    pub const NULL: Plain = Plain(1);
    pub const BOOLEAN: Plain = Plain(2);
    pub const NUMBER: Plain = Plain(4);
    pub const STRING: Plain = Plain(8);
    /// No value leaves.
    pub const CLOSED: Plain = Plain(16);
    /// Objects leave, by the names of their members.
    pub const OBJECT: Plain = Plain(32);
    /// Arrays leave, item by item.
    pub const ARRAY: Plain = Plain(64);
    pub const SCALARS: Plain = Plain(1 + 2 + 4 + 8);

    fn of(node: &Node) -> Plain {
        let is_open = node.any || node.closed;
        let is_plain = |scalar: &Scalar| is_open || matches!(scalar, Scalar::Plain);
        let bits = [
            (Plain::NULL, is_open || node.null),
            (Plain::BOOLEAN, is_plain(&node.boolean)),
            (Plain::NUMBER, is_plain(&node.number)),
            (Plain::STRING, is_plain(&node.string)),
            (Plain::CLOSED, node.closed),
            (Plain::OBJECT, matches!(node.members, Members::Object(_))),
            (Plain::ARRAY, node.array.is_some()),
        ];
        Plain(
            bits.iter()
                .filter(|(_, holds)| *holds)
                .map(|(bit, _)| bit.0)
                .sum(),
        )
    }

    #[inline]
    pub fn has(self, bit: Plain) -> bool {
        self.0 & bit.0 != 0
    }
}

/// A graph that cannot: a bundle with it is not loaded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GraphError {
    pub node: NodeIndex,
    pub message: String,
}

#[derive(Debug)]
pub struct Node {
    pub any: bool,
    /// Nothing of it leaves: declared for inner rings.
    pub closed: bool,
    pub null: bool,
    pub boolean: Scalar,
    pub number: Scalar,
    pub string: Scalar,
    pub members: Members,
    pub array: Option<ArrayRule>,
}

#[derive(Debug)]
pub enum Members {
    Closed,
    Object(Object),
    Union(Union),
}

#[derive(Debug)]
pub struct Union {
    pub property: Vec<u8>,
    mapping: Vec<(Vec<u8>, NodeIndex)>,
    otherwise: Option<NodeIndex>,
}

impl Union {
    /// The node of an object whose discriminator says `value`, or that has none.
    pub fn target(&self, value: Option<&[u8]>) -> Option<NodeIndex> {
        let mapped = value.and_then(|value| {
            let found = self
                .mapping
                .binary_search_by(|(known, _)| known.as_slice().cmp(value));
            found.ok().map(|index| self.mapping[index].1)
        });
        match skips(Check::Discriminator) {
            true => self.mapping.first().map(|(_, node)| *node),
            false => mapped.or(self.otherwise),
        }
    }
}

impl Graph {
    pub fn compile(nodes: &[FilterNode]) -> Result<Graph, GraphError> {
        let located = |(index, node): (usize, &FilterNode)| {
            compile_node(node, nodes.len()).map_err(|message| GraphError {
                node: index as NodeIndex,
                message,
            })
        };
        let mut nodes: Vec<_> = nodes
            .iter()
            .enumerate()
            .map(located)
            .collect::<Result<_, _>>()?;
        let plain: Vec<_> = nodes.iter().map(Plain::of).collect();
        for object in nodes.iter_mut().filter_map(Node::object_mut) {
            for property in &mut object.properties {
                property.plain = plain[property.node as usize];
            }
        }
        Ok(Graph {
            hashes: nodes.iter().any(|node| node.string.hashes()),
            nodes,
            plain,
        })
    }

    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Some values leave as a hash of themselves, for which a key is needed.
    pub fn hashes(&self) -> bool {
        self.hashes
    }

    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    #[inline]
    pub(super) fn node(&self, index: NodeIndex) -> &Node {
        &self.nodes[index as usize]
    }

    #[inline]
    pub(super) fn plain(&self, index: NodeIndex) -> Plain {
        self.plain[index as usize]
    }

    /// The name of a property of a node that objects were found to follow.
    pub(super) fn property_name(&self, node: NodeIndex, property: u32) -> &str {
        let object = self.object(node);
        object.map_or("", |object| &object.properties[property as usize].name)
    }

    /// The object rule of a node that objects were found to follow.
    #[inline]
    pub(super) fn object(&self, index: NodeIndex) -> Option<&Object> {
        match &self.node(index).members {
            Members::Object(object) => Some(object),
            Members::Closed | Members::Union(_) => None,
        }
    }
}

impl Node {
    fn object_mut(&mut self) -> Option<&mut Object> {
        match &mut self.members {
            Members::Object(object) => Some(object),
            Members::Closed | Members::Union(_) => None,
        }
    }

    /// Some of its values are masked, or declared for inner rings.
    pub(super) fn hides_values(&self) -> bool {
        [&self.boolean, &self.number, &self.string]
            .into_iter()
            .any(Scalar::hides_values)
    }
}

fn compile_node(node: &FilterNode, count: usize) -> Result<Node, String> {
    if node.any
        && (FilterNode {
            any: false,
            ..node.clone()
        }) != FilterNode::default()
    {
        return Err("`any` stands alone".to_owned());
    }
    if let Some(missing) = node.successors().find(|index| *index as usize >= count) {
        return Err(format!("there is no node {missing}"));
    }
    Ok(Node {
        any: node.any,
        closed: node.is_closed(),
        null: node.null,
        boolean: scalar::boolean(node.boolean.as_ref())?,
        number: scalar::number(node.number.as_ref())?,
        string: scalar::string(node.string.as_ref()),
        members: members(node)?,
        array: node.array.clone(),
    })
}

fn members(node: &FilterNode) -> Result<Members, String> {
    match (&node.object, &node.union) {
        (None, None) => Ok(Members::Closed),
        (Some(rule), None) => Object::compile(rule).map(Members::Object),
        (None, Some(rule)) => compile_union(rule).map(Members::Union),
        (Some(_), Some(_)) => Err("`object` and `union` exclude each other".to_owned()),
    }
}

fn compile_union(rule: &UnionRule) -> Result<Union, String> {
    let entry = |(value, node): &(String, NodeIndex)| (value.clone().into_bytes(), *node);
    let mut mapping: Vec<_> = rule.mapping.iter().map(entry).collect();
    mapping.sort();
    match mapping.windows(2).find(|pair| pair[0].0 == pair[1].0) {
        Some(pair) => Err(format!(
            "{:?} is mapped twice",
            String::from_utf8_lossy(&pair[0].0)
        )),
        None => Ok(Union {
            property: rule.property.clone().into_bytes(),
            mapping,
            otherwise: rule.otherwise,
        }),
    }
}
