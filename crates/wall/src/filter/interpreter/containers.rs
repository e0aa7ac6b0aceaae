//! Objects and arrays: which rule their members will stand under; opened and closed.

use super::frame::{Frame, Kind, NO_PROPERTY};
use super::judging::Verdict;
use super::members::{Name, Rule, Slot};
use super::{Inside, Pass, State};
use crate::bundle::NodeIndex;
use crate::filter::bounds::{
    LOOKAHEAD_ALLOWANCE_BYTES, MAX_DEPTH, MAX_HEAD_BYTES, MAX_LOOKAHEAD_FACTOR, MAX_UNIONS,
};
use crate::filter::fault::{FaultKind, Halt, Read, SYNTAX};
use crate::filter::graph::{Members, Plain, Union};
use crate::filter::lookahead::discriminator;
use crate::filter::report::Reason;

impl Pass<'_> {
    /// The object or array at `at`.
    #[inline(always)]
    pub(super) fn container(&mut self, slot: Slot, at: usize, is_object: bool) -> Read<usize> {
        let bit = if is_object {
            Plain::OBJECT
        } else {
            Plain::ARRAY
        };
        let kind = match slot.rule {
            Rule::Node(node) if slot.plain.has(bit) => {
                self.meet(slot.name)?;
                self.keep(slot.mark, slot.begin);
                Kind::Node(node)
            }
            _ => self.judged_container(slot, at, is_object)?,
        };
        self.open(kind, is_object, slot.name)?;
        Ok(at + 1)
    }

    /// One whose type does not decide; returns what its members stand under.
    #[inline(never)]
    fn judged_container(&mut self, slot: Slot, at: usize, is_object: bool) -> Read<Kind> {
        let (kind, verdict) = match slot.rule {
            Rule::Node(node) if is_object => match self.decided(node, at)? {
                Some(node) => self.kind_of_object(node),
                None => (Kind::Gone, Verdict::Refused(Reason::Undecided)),
            },
            Rule::Node(node) => self.kind_of_array(node),
            rule => (self.machine.top.kind, Verdict::of(rule)),
        };
        self.meet(slot.name)?;
        Ok(match (self.settle(&slot, verdict, false)?, verdict) {
            (false, _) => Kind::Gone,
            (true, Verdict::Refused(_)) => Kind::Open,
            (true, _) => kind,
        })
    }

    fn kind_of_array(&self, index: NodeIndex) -> (Kind, Verdict) {
        match self.graph.node(index) {
            node if node.any => (Kind::Open, Verdict::Leaves),
            node if node.array.is_some() => (Kind::Node(index), Verdict::Leaves),
            _ => (Kind::Gone, Verdict::Refused(Reason::Type)),
        }
    }

    fn kind_of_object(&self, index: NodeIndex) -> (Kind, Verdict) {
        let node = self.graph.node(index);
        match &node.members {
            Members::Object(_) => (Kind::Node(index), Verdict::Leaves),
            _ if node.any => (Kind::Open, Verdict::Leaves),
            _ if node.closed => (Kind::Gone, Verdict::Refused(Reason::Narrower)),
            _ => (Kind::Gone, Verdict::Refused(Reason::Type)),
        }
    }

    /// The node that the object at `at` follows, unions decided; None: it does not say which.
    fn decided(&mut self, mut node: NodeIndex, at: usize) -> Read<Option<NodeIndex>> {
        let graph = self.graph;
        for _ in 0..MAX_UNIONS {
            let Members::Union(union) = &graph.node(node).members else {
                return Ok(Some(node));
            };
            match self.target(union, at)? {
                Some(target) => node = target,
                None => return Ok(None),
            }
        }
        Ok(None)
    }

    fn target(&mut self, union: &Union, at: usize) -> Read<Option<NodeIndex>> {
        let read = self.machine.read + at as u64;
        if self.machine.looked_ahead > MAX_LOOKAHEAD_FACTOR * read + LOOKAHEAD_ALLOWANCE_BYTES {
            return Ok(None);
        }
        let found = discriminator(self.input, at, &union.property)?;
        self.machine.looked_ahead += (found.end - at) as u64;
        Ok(union.target(found.value.as_deref()))
    }

    #[inline(always)]
    pub(super) fn open(&mut self, kind: Kind, is_object: bool, name: Name) -> Read<()> {
        if self.machine.stack.len() == MAX_DEPTH {
            return Err(Halt::Fault(FaultKind::TooDeep));
        }
        let property = match name {
            Name::Property(index) => index,
            Name::None | Name::Other => NO_PROPERTY,
        };
        let mut frame = Frame::new(kind, is_object, property);
        frame.names_from = self.machine.names.mark() as u32;
        frame.met_from = self.machine.met.len() as u32;
        self.machine
            .stack
            .push(std::mem::replace(&mut self.machine.top, frame));
        self.machine.state = State::Opened;
        self.inside = self.inside_of_top();
        if let Inside::Object(object) = self.inside {
            let words = object.properties.len().saturating_sub(1) / 64;
            if words > 0 {
                self.machine.met.resize(self.machine.met.len() + words, 0);
            }
        }
        Ok(())
    }

    /// The bracket at `bracket` ends the innermost object or array.
    #[inline(always)]
    pub(super) fn close(&mut self, mark: usize, bracket: usize) -> Read<usize> {
        let closed = self.machine.top;
        if bracket - mark > MAX_HEAD_BYTES {
            return Err(Halt::Fault(FaultKind::HeadTooLong));
        }
        if (self.input[bracket] == b'}') != closed.is_object {
            return Err(SYNTAX);
        }
        self.machine.top = self.machine.stack.pop().ok_or(SYNTAX)?;
        self.inside = self.inside_of_top();
        self.machine.names.leave(closed.names_from as usize);
        self.machine.met.truncate(closed.met_from as usize);
        let was_removed = closed.kind == Kind::Gone && self.machine.top.kind != Kind::Gone;
        self.ended(bracket + 1, was_removed);
        Ok(bracket + 1)
    }
}
