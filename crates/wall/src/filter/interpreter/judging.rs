//! What becomes of a value: it is kept, replaced or removed, and what is removed is counted.

use super::Pass;
use super::frame::{Kind, NO_PROPERTY};
use super::members::{Name, Rule, Slot};
use crate::bundle::{Mask, NodeIndex};
use crate::faults::{Check, skips};
use crate::filter::Mode;
use crate::filter::bounds::MAX_JUDGED_BYTES;
use crate::filter::fault::{FaultKind, Halt, Read};
use crate::filter::graph::{Judged, Scalar};
use crate::filter::mask::masked;
use crate::filter::report::{Place, ROOT, Reason, Step};
use crate::filter::text::{decimal, unescape, write_string};

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
    #[inline(always)]
    pub fn of(rule: Rule) -> Verdict {
        match rule {
            Rule::Inherited | Rule::Node(_) => Verdict::Leaves,
            Rule::Refused(reason) => Verdict::Refused(reason),
            Rule::Cut => Verdict::Cut,
        }
    }

    fn of_value(judged: &Judged, value: &[u8]) -> Verdict {
        if judged.hides(value) && !skips(Check::HiddenValue) {
            Verdict::Refused(Reason::Narrower)
        } else if judged.lists(value) {
            Verdict::Leaves
        } else if judged.mask.is_some() {
            Verdict::Refused(Reason::Narrower)
        } else {
            Verdict::Refused(Reason::Value)
        }
    }
}

impl Pass<'_> {
    /// The scalar from `at` to `after`.
    #[inline(never)]
    pub(super) fn judge(&mut self, node: NodeIndex, at: usize, after: usize) -> Verdict {
        let (node, value) = (self.graph.node(node), &self.input[at..after]);
        let scalar = match value[0] {
            b'"' => &node.string,
            b't' | b'f' => &node.boolean,
            b'n' => &Scalar::Closed,
            _ => &node.number,
        };
        match (scalar, value[0]) {
            (Scalar::Closed | Scalar::Plain, _) => Verdict::Refused(Reason::Type),
            (Scalar::Judged(judged), b'"') => self.judge_string(judged, value),
            (Scalar::Judged(judged), b't' | b'f') => Verdict::of_value(judged, value),
            (Scalar::Judged(judged), _) => {
                Verdict::of_value(judged, &decimal(value).unwrap_or_default())
            }
        }
    }

    /// `text`: with its quotes.
    fn judge_string(&mut self, judged: &Judged, text: &[u8]) -> Verdict {
        let raw = &text[1..text.len() - 1];
        if text.len() > MAX_JUDGED_BYTES {
            Verdict::Refused(Reason::TooLong)
        } else if memchr::memchr(b'\\', raw).is_some() {
            let mut characters = Vec::new();
            unescape(raw, &mut characters);
            self.judge_characters(judged, &characters)
        } else {
            self.judge_characters(judged, raw)
        }
    }

    /// The string at `at`, which ends beyond the window.
    pub(super) fn judge_open_string(&mut self, rule: Rule, at: usize) -> Read<Verdict> {
        let Rule::Node(node) = rule else {
            return Ok(Verdict::of(rule));
        };
        match self.graph.node(node).string {
            Scalar::Judged(_) if self.input.len() - at > MAX_JUDGED_BYTES => {
                Ok(Verdict::Refused(Reason::TooLong))
            }
            Scalar::Judged(_) => Err(Halt::Starved),
            Scalar::Closed | Scalar::Plain => Ok(Verdict::Refused(Reason::Type)),
        }
    }

    /// What is masked is then in `Machine::value`.
    fn judge_characters(&mut self, judged: &Judged, characters: &[u8]) -> Verdict {
        let verdict = Verdict::of_value(judged, characters);
        let mask = judged.mask.filter(|_| !skips(Check::Mask));
        let (Verdict::Leaves, Some(mask)) = (verdict, mask) else {
            return verdict;
        };
        let text = String::from_utf8_lossy(characters);
        let key = self.machine.masking_key.as_ref();
        match masked(mask, &text, key) {
            Some(masked) => {
                self.machine.value.clear();
                write_string(&mut self.machine.value, &masked);
                Verdict::Masked
            }
            None if mask == Mask::Hash => Verdict::Refused(Reason::NoMaskingKey),
            None => Verdict::Refused(Reason::Narrower),
        }
    }

    /// Keeps the value or begins to remove it; true: it stays.
    #[inline(always)]
    pub(super) fn settle(&mut self, slot: &Slot, verdict: Verdict, is_scalar: bool) -> Read<bool> {
        match verdict {
            Verdict::Leaves | Verdict::Masked => {
                self.keep(slot.mark, slot.begin);
                Ok(true)
            }
            Verdict::Refused(reason) => self.refuse(slot, reason, is_scalar),
            Verdict::Cut => {
                self.remove(slot.mark);
                Ok(false)
            }
        }
    }

    /// The first member that leaves has no comma.
    #[inline(always)]
    pub(super) fn keep(&mut self, mark: usize, begin: usize) {
        if !self.machine.top.shown {
            self.machine.top.shown = true;
            if begin != mark {
                self.kept_from = begin;
            }
        }
    }

    /// The member goes, with its comma and its name. `kept_from` is set where it ends.
    #[inline(always)]
    fn remove(&mut self, mark: usize) {
        self.copy(mark);
        if !self.machine.top.is_object {
            self.machine.top.cut |= self.is_positioned();
        }
    }

    /// Puts what is in `Machine::value` in the place of a value.
    pub(super) fn replace(&mut self, at: usize, after: usize) {
        if self.machine.mode != Mode::Report {
            self.copy(at);
            self.out.extend_from_slice(&self.machine.value);
            self.kept_from = after;
        }
    }

    /// A value that has no right to leave is counted and removed; true: it leaves all the same, in this mode.
    #[inline(always)]
    fn refuse(&mut self, slot: &Slot, reason: Reason, is_scalar: bool) -> Read<bool> {
        self.count(slot.name, reason);
        let is_observed = self.machine.mode != Mode::Enforce;
        if overlooked(reason) || (is_observed && self.is_tolerated(slot.rule, reason, is_scalar)) {
            self.keep(slot.mark, slot.begin);
            return Ok(true);
        }
        if self.machine.top.kind == Kind::Root {
            return Err(Halt::Fault(FaultKind::Root));
        }
        self.remove(slot.mark);
        Ok(false)
    }

    /// Removes a property that is declared for inner rings, a scalar that ends at `after`; false: not in this mode.
    #[inline(always)]
    pub(super) fn hide(&mut self, index: u32, mark: usize, after: usize) -> bool {
        if self.machine.mode == Mode::Report || skips(Check::HiddenField) {
            return false;
        }
        self.count(Name::Property(index), Reason::Narrower);
        self.copy(mark);
        self.kept_from = after;
        true
    }

    /// While a contract is observed, what it does not know passes; never what could hold something that it hides.
    #[inline(never)]
    fn is_tolerated(&self, rule: Rule, reason: Reason, is_scalar: bool) -> bool {
        let hides = matches!(rule, Rule::Node(node) if self.graph.node(node).hides_values());
        match reason {
            _ if self.machine.mode == Mode::Report => true,
            Reason::Undeclared => true,
            Reason::Type | Reason::Value => is_scalar && !hides,
            _ => false,
        }
    }

    #[inline(always)]
    fn count(&mut self, name: Name, reason: Reason) {
        let parent = self.place_of_top();
        let step = match (self.machine.top.kind, name) {
            (Kind::Root, _) => Step::Here,
            (Kind::Node(node), Name::Property(index)) => Step::Property(node, index),
            (Kind::Node(node), Name::Other) if reason == Reason::Undeclared => {
                Step::Unknown(node, self.other.hash)
            }
            _ => Step::Any,
        };
        let machine = &mut *self.machine;
        let name = match step {
            Step::Unknown(..) => self.other.characters(self.input, &machine.name),
            _ => b"",
        };
        machine.removals.count(parent, step, name, reason);
    }

    #[inline(always)]
    fn place_of_top(&mut self) -> Place {
        match self.machine.top.place {
            Some(place) => place,
            None => self.new_place_of_top(),
        }
    }

    #[inline(never)]
    fn new_place_of_top(&mut self) -> Place {
        let machine = &mut *self.machine;
        let (mut parent, mut kind) = (ROOT, Kind::Root);
        let unplaced = machine
            .stack
            .iter()
            .rposition(|frame| frame.place.is_some());
        let frames = machine.stack[unplaced.unwrap_or(0)..].iter_mut();
        for frame in frames.chain([&mut machine.top]) {
            parent = match (frame.place, kind) {
                (Some(place), _) => place,
                (None, Kind::Root) => ROOT,
                (None, Kind::Node(node)) if frame.property != NO_PROPERTY => machine
                    .removals
                    .inside(parent, Step::Property(node, frame.property)),
                (None, _) => machine.removals.inside(parent, Step::Any),
            };
            (frame.place, kind) = (Some(parent), frame.kind);
        }
        parent
    }
}

/// Reasons a build for tests does not know.
#[inline(always)]
fn overlooked(reason: Reason) -> bool {
    match reason {
        Reason::Undeclared => skips(Check::UndeclaredField),
        Reason::Narrower => skips(Check::HiddenField),
        Reason::Type => skips(Check::OtherType),
        Reason::Value => skips(Check::UnlistedValue),
        Reason::Undecided => skips(Check::UndecidedUnion),
        _ => false,
    }
}
