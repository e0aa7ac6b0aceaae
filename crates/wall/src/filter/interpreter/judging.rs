//! What becomes of a value: it is kept, replaced or removed, and what is removed is counted.

use super::Pass;
use super::frame::{Kind, NO_PROPERTY};
use super::members::{Name, Rule, Slot};
use crate::filter::Mode;
use crate::filter::fault::{FaultKind, Halt, Read};
use crate::filter::graph::{Judged, Scalar};
use crate::filter::mask::masked;
use crate::filter::report::{Place, ROOT, Reason, Step};
use crate::filter::text::{decimal, write_string};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    Leaves,
    /// As what is in `Machine::value`.
    Masked,
    Refused(Reason),
    /// With an item before it.
    Cut,
}

impl Verdict {
    /// Where the node, if there is one, has nothing against the value.
    #[inline]
    pub fn of(rule: Rule) -> Verdict {
        match rule {
            Rule::Inherited | Rule::Node(_) => Verdict::Leaves,
            Rule::Refused(reason) => Verdict::Refused(reason),
            Rule::Cut => Verdict::Cut,
        }
    }

    /// `value`: in the form of `Judged`.
    #[inline]
    pub fn of_scalar(scalar: &Scalar, value: impl FnOnce() -> Vec<u8>) -> Verdict {
        match scalar {
            Scalar::Plain => Verdict::Leaves,
            Scalar::Closed => Verdict::Refused(Reason::Type),
            Scalar::Judged(judged) => Verdict::of_value(judged, &value()),
        }
    }

    fn of_value(judged: &Judged, value: &[u8]) -> Verdict {
        if judged.hides(value) {
            Verdict::Refused(Reason::Narrower)
        } else if judged.lists(value) {
            Verdict::Leaves
        } else {
            Verdict::Refused(Reason::Value)
        }
    }
}

impl Pass<'_> {
    #[inline]
    pub(super) fn judge_number(&self, scalar: &Scalar, at: usize, after: usize) -> Verdict {
        Verdict::of_scalar(scalar, || {
            decimal(&self.input[at..after]).unwrap_or_default()
        })
    }

    /// Judges the characters in `Machine::value`, and masks them there.
    pub(super) fn judge_string(&mut self, judged: &Judged) -> Verdict {
        let value = std::mem::take(&mut self.machine.value);
        let verdict = match (Verdict::of_value(judged, &value), judged.mask) {
            (Verdict::Leaves, Some(mask)) => {
                let text = String::from_utf8_lossy(&value);
                match masked(mask, &text, self.machine.masking_key.as_ref()) {
                    Some(masked) => {
                        write_string(&mut self.machine.value, &masked);
                        return Verdict::Masked;
                    }
                    None if mask == crate::bundle::Mask::Hash => {
                        Verdict::Refused(Reason::NoMaskingKey)
                    }
                    None => Verdict::Refused(Reason::Narrower),
                }
            }
            (verdict, _) => verdict,
        };
        self.machine.value = value;
        verdict
    }

    /// Keeps the value or begins to remove it; true: it stays.
    #[inline]
    pub(super) fn settle(&mut self, slot: &Slot, verdict: Verdict, is_scalar: bool) -> Read<bool> {
        let stays = match verdict {
            Verdict::Leaves | Verdict::Masked => true,
            Verdict::Refused(reason) => self.refuse(slot, reason, is_scalar)?,
            Verdict::Cut => false,
        };
        if stays {
            self.keep(slot);
        } else {
            self.remove(slot);
        }
        Ok(stays)
    }

    /// The first member that leaves has no comma.
    #[inline]
    fn keep(&mut self, slot: &Slot) {
        if !self.machine.top.shown {
            self.machine.top.shown = true;
            if slot.begin != slot.mark {
                self.kept_from = slot.begin;
            }
        }
    }

    /// The member goes, with its comma and its name. `kept_from` is set where it ends.
    fn remove(&mut self, slot: &Slot) {
        self.copy(slot.mark);
        self.machine.top.cut |= self.is_positioned();
    }

    /// Puts what is in `Machine::value` in the place of a value.
    pub(super) fn replace(&mut self, at: usize, after: usize) {
        if self.machine.mode != Mode::Report {
            self.copy(at);
            self.out.extend_from_slice(&self.machine.value);
            self.kept_from = after;
        }
    }

    /// Counts a value that has no right to leave; true: it leaves all the same, in this mode.
    #[cold]
    fn refuse(&mut self, slot: &Slot, reason: Reason, is_scalar: bool) -> Read<bool> {
        let place = self.place(slot, reason);
        self.machine.recorder.count(place, reason);
        let stays = match self.machine.mode {
            Mode::Enforce => false,
            Mode::Observe => self.is_tolerated(slot.rule, reason, is_scalar),
            Mode::Report => true,
        };
        if !stays && self.machine.top.kind == Kind::Root {
            return Err(Halt::Fault(FaultKind::Root));
        }
        Ok(stays)
    }

    /// While a contract is observed, what it does not know passes; never what could hold something that it hides.
    fn is_tolerated(&self, rule: Rule, reason: Reason, is_scalar: bool) -> bool {
        let hides = matches!(rule, Rule::Node(node) if self.graph.node(node).hides_values());
        match reason {
            Reason::Undeclared => true,
            Reason::Type | Reason::Value => is_scalar && !hides,
            _ => false,
        }
    }

    fn place(&mut self, slot: &Slot, reason: Reason) -> Place {
        let parent = self.place_of_top();
        let Kind::Node(node) = self.machine.top.kind else {
            return parent;
        };
        let machine = &mut *self.machine;
        let step = match slot.name {
            Name::Property(index) => Step::Property(node, index),
            Name::Other { escaped: true, .. } if reason == Reason::Undeclared => {
                Step::Unknown(&machine.name)
            }
            Name::Other { from, to, .. } if reason == Reason::Undeclared => {
                Step::Unknown(&self.input[from..to])
            }
            Name::Other { .. } | Name::None => Step::Any,
        };
        machine.recorder.below(parent, step)
    }

    fn place_of_top(&mut self) -> Place {
        let machine = &mut *self.machine;
        let (mut parent, mut kind) = (ROOT, Kind::Root);
        for frame in machine.stack.iter_mut().chain([&mut machine.top]) {
            parent = match (frame.place, kind) {
                (Some(place), _) => place,
                (None, Kind::Root) => ROOT,
                (None, Kind::Node(node)) if frame.property != NO_PROPERTY => machine
                    .recorder
                    .below(parent, Step::Property(node, frame.property)),
                (None, _) => machine.recorder.below(parent, Step::Any),
            };
            (frame.place, kind) = (Some(parent), frame.kind);
        }
        parent
    }
}
