//! Values: read, judged, then kept, replaced or removed.

use super::judging::Verdict;
use super::members::{Rule, Slot};
use super::{Pass, State};
use crate::filter::fault::{Read, SYNTAX};
use crate::filter::graph::Plain;
use crate::filter::report::Reason;
use crate::filter::scanner::{self, Text};

impl Pass<'_> {
    #[inline]
    pub(super) fn value(&mut self, slot: Slot, at: usize) -> Read<usize> {
        match self.byte(at)? {
            b'"' => self.string(slot, at),
            b'{' => self.object(slot, at),
            b'[' => self.array(slot, at),
            b'-' | b'0'..=b'9' => self.number(slot, at),
            b't' => self.boolean(slot, at, b"true"),
            b'f' => self.boolean(slot, at, b"false"),
            b'n' => self.null(slot, at),
            _ => Err(SYNTAX),
        }
    }

    #[inline(always)]
    fn string(&mut self, slot: Slot, at: usize) -> Read<usize> {
        let text = scanner::string(self.input, at + 1)?;
        let verdict = match self.has_plain(slot.rule, Plain::STRING) {
            true => Verdict::Leaves,
            false => self.judge_string(slot.rule, at, text)?,
        };
        match text {
            Text::Ended { after, .. } => self.scalar(slot, verdict, at, after),
            Text::Open { at } => {
                self.meet(slot.name)?;
                let gone = !self.settle(&slot, verdict, true)?;
                self.machine.state = State::Text { gone };
                Ok(at)
            }
        }
    }

    #[inline(always)]
    fn number(&mut self, slot: Slot, at: usize) -> Read<usize> {
        let after = scanner::number(self.input, at, self.last)?;
        let verdict = match self.has_plain(slot.rule, Plain::NUMBER) {
            true => Verdict::Leaves,
            false => self.judge_number(slot.rule, at, after),
        };
        self.scalar(slot, verdict, at, after)
    }

    #[inline]
    fn boolean(&mut self, slot: Slot, at: usize, name: &'static [u8]) -> Read<usize> {
        let after = scanner::literal(self.input, at, name)?;
        let verdict = match self.has_plain(slot.rule, Plain::BOOLEAN) {
            true => Verdict::Leaves,
            false => self.judge_boolean(slot.rule, name),
        };
        self.scalar(slot, verdict, at, after)
    }

    #[inline]
    fn null(&mut self, slot: Slot, at: usize) -> Read<usize> {
        let after = scanner::literal(self.input, at, b"null")?;
        let verdict = match (slot.rule, self.has_plain(slot.rule, Plain::NULL)) {
            (Rule::Node(_), false) => Verdict::Refused(Reason::Type),
            (rule, _) => Verdict::of(rule),
        };
        self.scalar(slot, verdict, at, after)
    }

    /// Nothing has to be asked about a value of this type.
    #[inline(always)]
    fn has_plain(&self, rule: Rule, bit: Plain) -> bool {
        match rule {
            Rule::Node(node) => self.graph.plain(node).has(bit),
            Rule::Inherited => true,
            Rule::Refused(_) | Rule::Cut => false,
        }
    }

    #[inline(always)]
    fn scalar(&mut self, slot: Slot, verdict: Verdict, at: usize, after: usize) -> Read<usize> {
        self.meet(slot.name)?;
        let stays = self.settle(&slot, verdict, true)?;
        if verdict == Verdict::Masked {
            self.replace(at, after);
        }
        self.ended(after, !stays);
        Ok(after)
    }
}
