//! Members in the order of the document, and items that are all alike: what most of a body is, in few instructions.
//! Whatever is met here `members` and `values` would do as well, and with the same result.

use super::frame::Kind;
use super::members::{Name, Slot, ruled};
use super::{Pass, State};
use crate::bundle::NodeIndex;
use crate::filter::Mode;
use crate::filter::bounds::MAX_HEAD_BYTES;
use crate::filter::fault::Read;
use crate::filter::graph::{Object, Plain, Property};
use crate::filter::report::Place;
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
    /// Reads on for as long as what comes is the property that the document has next, whatever its value is, or what
    /// was removed here before; true: an object or array was opened.
    #[inline(always)]
    pub(super) fn expected_members(&mut self, object: &'a Object) -> Read<bool> {
        loop {
            let Some((property, found)) = self.expected(object) else {
                let unknown = self.expected_unknown(object);
                match unknown.and_then(|unknown| self.unknown_member(unknown)) {
                    Some(after) => self.at = after,
                    None => return Ok(false),
                }
                continue;
            };
            if self.property(property, found)? {
                return Ok(true);
            }
        }
    }

    /// True: an object or array was opened.
    #[inline(always)]
    fn property(&mut self, property: &Property, found: Found) -> Read<bool> {
        if let Some(after) = self.plain_member(property, found) {
            self.at = after;
            return Ok(false);
        }
        if let Some(is_object) = self.opens(found.at, property.plain) {
            let name = Name::Property(self.machine.top.next);
            self.enter(name, property.node, found, is_object)?;
            return Ok(true);
        }
        self.at = self.other_member(property, found)?;
        Ok(self.machine.state == State::Opened)
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

    /// What is removed next if this object is like the last one here: a name that no contract knows.
    #[inline(always)]
    fn expected_unknown(&self, object: &Object) -> Option<Place> {
        let top = &self.machine.top;
        let (Kind::Node(node), Some(place)) = (top.kind, top.place) else {
            return None;
        };
        let unknown = self.machine.removals.expected_unknown(place, node)?;
        (self.machine.mode == Mode::Enforce && !object.is_open()).then_some(unknown)
    }

    /// A scalar under the name that is removed at `unknown`.
    #[inline(never)]
    fn unknown_member(&mut self, unknown: Place) -> Option<usize> {
        let (mark, begin) = self.begin()?;
        let (name, at) = scanner::plain_name(self.input, scanner::whitespace(self.input, begin))?;
        let after = scanner::scalar(self.input, at, Plain::SCALARS, self.last)?;
        let is_short = at - mark <= MAX_HEAD_BYTES;
        if !is_short || !self.machine.removals.count_unknown(unknown, name) {
            return None;
        }
        self.copy(mark);
        self.kept_from = after;
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

    /// Reads on for as long as what comes are scalars that leave, or what follows `node`; true:
    /// that is an object or array, which was opened.
    #[inline(always)]
    pub(super) fn plain_items(&mut self, node: NodeIndex, plain: Plain) -> Read<bool> {
        while let Some((mark, begin)) = self.begin() {
            let at = scanner::whitespace(self.input, begin);
            if at - mark > MAX_HEAD_BYTES {
                break;
            }
            if let Some(is_object) = self.opens(at, plain) {
                self.enter(Name::None, node, Found { mark, begin, at }, is_object)?;
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

    /// Whether an object (true) or array begins at `at`, of a type that leaves.
    #[inline(always)]
    fn opens(&self, at: usize, plain: Plain) -> Option<bool> {
        match self.input.get(at)? {
            b'{' if plain.has(Plain::OBJECT) => Some(true),
            b'[' if plain.has(Plain::ARRAY) => Some(false),
            _ => None,
        }
    }

    #[inline(always)]
    fn enter(&mut self, name: Name, node: NodeIndex, found: Found, is_object: bool) -> Read<()> {
        self.meet(name)?;
        self.keep(found.mark, found.begin);
        self.open(Kind::Node(node), is_object, name)?;
        self.at = found.at + 1;
        Ok(())
    }
}
