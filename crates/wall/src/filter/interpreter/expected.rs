//! Members in the order of the document, and items that are all alike: what most of a body is, in few instructions.
//! Whatever is met here `members` and `values` would do as well, and with the same result.

use super::frame::Kind;
use super::members::{Name, Slot, ruled};
use super::{Pass, State};
use crate::bundle::NodeIndex;
use crate::filter::bounds::MAX_HEAD_BYTES;
use crate::filter::fault::Read;
use crate::filter::graph::{Object, Plain, Property};
use crate::filter::scanner;

/// Where a value is that was expected.
#[derive(Clone, Copy)]
struct Found {
    /// The end of what was before it.
    mark: usize,
    /// Behind its comma; `mark` if it has none.
    begin: usize,
    at: usize,
}

impl<'a> Pass<'a> {
    /// Reads on for as long as what comes is the property that the document has next, whatever its value is; true:
    /// that is an object or array, which was opened.
    #[inline(always)]
    pub(super) fn expected_members(&mut self, object: &'a Object) -> Read<bool> {
        while let Some((property, found)) = self.expected(object) {
            if let Some(after) = self.plain_member(property, found) {
                self.at = after;
                continue;
            }
            self.at = self.other_member(property, found)?;
            if self.machine.state == State::Opened {
                return Ok(true);
            }
        }
        Ok(false)
    }

    #[inline(always)]
    fn expected(&self, object: &'a Object) -> Option<(&'a Property, Found)> {
        let (mark, begin) = self.begin()?;
        let name = scanner::whitespace(self.input, begin);
        let (property, length) = object.expected(self.machine.top.next, self.input.get(name..)?)?;
        let at = scanner::whitespace(self.input, name + length);
        let found = Found { mark, begin, at };
        (at - mark <= MAX_HEAD_BYTES).then_some((property, found))
    }

    /// Where a member would begin, and the end of what was before it.
    #[inline(always)]
    fn begin(&self) -> Option<(usize, usize)> {
        match self.machine.state {
            State::Opened => Some((self.at, self.at)),
            State::Between if self.input.get(self.at) == Some(&b',') => {
                Some((self.at, self.at + 1))
            }
            _ => None,
        }
    }

    /// A scalar of which nothing has to be asked.
    #[inline(always)]
    fn plain_member(&mut self, property: &Property, found: Found) -> Option<usize> {
        let index = self.machine.top.next;
        let bit = 1_u64.checked_shl(index)?;
        if self.machine.top.met & bit != 0 {
            return None;
        }
        let after = scanner::scalar(self.input, found.at, property.plain, self.last)?;
        if !property.plain.has(Plain::CLOSED) {
            self.keep(found.mark, found.begin);
        } else if !self.hide(index, found.mark, after) {
            return None;
        }
        self.machine.top.met |= bit;
        self.machine.top.next = index + 1;
        self.machine.state = State::Between;
        Some(after)
    }

    #[inline(never)]
    fn other_member(&mut self, property: &Property, found: Found) -> Read<usize> {
        let (rule, plain) = ruled(property.node, property.plain);
        let slot = Slot {
            mark: found.mark,
            begin: found.begin,
            rule,
            plain,
            name: Name::Property(self.machine.top.next),
        };
        self.value(slot, found.at)
    }

    /// Reads on for as long as what comes are scalars that leave, or objects that follow `node`; true: one was opened.
    #[inline(always)]
    pub(super) fn plain_items(&mut self, node: NodeIndex, plain: Plain) -> Read<bool> {
        while let Some((mark, begin)) = self.begin() {
            let at = scanner::whitespace(self.input, begin);
            if at - mark > MAX_HEAD_BYTES {
                break;
            }
            if plain.has(Plain::OBJECT) && self.input.get(at) == Some(&b'{') {
                self.meet(Name::None)?;
                self.keep(mark, begin);
                self.open(Kind::Node(node), true, Name::None)?;
                self.at = at + 1;
                return Ok(true);
            }
            let Some(after) = scanner::scalar(self.input, at, plain, self.last) else {
                break;
            };
            self.meet(Name::None)?;
            self.keep(mark, begin);
            self.machine.state = State::Between;
            self.at = after;
        }
        Ok(false)
    }
}
