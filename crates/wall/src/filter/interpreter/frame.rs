//! Objects and arrays that are open.

use crate::bundle::NodeIndex;
use crate::filter::report::{Place, ROOT};

/// What the members of an object or array follow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The body itself.
    Root,
    /// A node with the rule for it.
    Node(NodeIndex),
    /// Nothing: all of it leaves.
    Open,
    /// Nothing: none of it leaves.
    Gone,
}

/// A member that is no property.
pub const NO_PROPERTY: u32 = u32::MAX;

#[derive(Clone, Copy, Debug)]
pub struct Frame {
    pub kind: Kind,
    pub is_object: bool,
    /// Something inside has been passed on, so that what follows needs its comma.
    pub shown: bool,
    /// Of an array: an item with a position of its own was removed, and with it all that follow.
    pub cut: bool,
    /// Of an object: the property expected next; of an array: how many items there were.
    pub next: u32,
    /// Which property of the frame below this is.
    pub property: u32,
    /// Properties met, the first 64; the others in `Machine::met` from `met_from`.
    pub met: u64,
    pub met_from: u32,
    /// Where its names begin in `OpenNames`.
    pub names_from: u32,
    /// In the report, once it was asked for.
    pub place: Option<Place>,
}

impl Frame {
    pub fn root() -> Frame {
        Frame {
            place: Some(ROOT),
            ..Frame::new(Kind::Root, false, NO_PROPERTY)
        }
    }

    pub fn new(kind: Kind, is_object: bool, property: u32) -> Frame {
        Frame {
            kind,
            is_object,
            shown: matches!(kind, Kind::Open | Kind::Gone),
            cut: false,
            next: 0,
            property,
            met: 0,
            met_from: 0,
            names_from: 0,
            place: None,
        }
    }
}
