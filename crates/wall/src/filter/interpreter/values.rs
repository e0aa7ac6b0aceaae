//! Values: read, judged, then kept, replaced or removed.

use super::judging::Verdict;
use super::members::{Rule, Slot};
use super::{Pass, State};
use crate::filter::fault::{Read, SYNTAX};
use crate::filter::graph::Plain;
use crate::filter::scanner::{self, Text};

impl Pass<'_> {
    #[inline(always)]
    pub(super) fn value(&mut self, slot: Slot, at: usize) -> Read<usize> {
        let first = self.byte(at)?;
        let (bit, after) = match first {
            b'"' => match scanner::string(self.input, at + 1)? {
                Text::Ended { after, .. } => (Plain::STRING, after),
                Text::Open { at: read } => return self.open_string(slot, at, read),
            },
            b'{' | b'[' => return self.container(slot, at, first == b'{'),
            b'-' | b'0'..=b'9' => {
                let after = scanner::number(self.input, at, self.last)?;
                (Plain::NUMBER, after)
            }
            b't' => (Plain::BOOLEAN, self.literal(at, b"true")?),
            b'f' => (Plain::BOOLEAN, self.literal(at, b"false")?),
            b'n' => (Plain::NULL, self.literal(at, b"null")?),
            _ => return Err(SYNTAX),
        };
        if slot.plain.has(bit) {
            self.meet(slot.name)?;
            self.keep(slot.mark, slot.begin);
            self.ended(after, false);
            return Ok(after);
        }
        self.judged(slot, at, after)
    }

    #[inline(always)]
    fn literal(&self, at: usize, name: &[u8]) -> Read<usize> {
        scanner::literal(self.input, at, name)
    }

    /// A scalar whose type does not decide.
    #[inline(never)]
    fn judged(&mut self, slot: Slot, at: usize, after: usize) -> Read<usize> {
        let verdict = match slot.rule {
            Rule::Node(node) => self.judge(node, at, after),
            rule => Verdict::of(rule),
        };
        self.meet(slot.name)?;
        let stays = self.settle(&slot, verdict, true)?;
        if verdict == Verdict::Masked {
            self.replace(at, after);
        }
        self.ended(after, !stays);
        Ok(after)
    }

    /// A string that the window ends in, read as far as `read`.
    #[inline(never)]
    fn open_string(&mut self, slot: Slot, at: usize, read: usize) -> Read<usize> {
        let verdict = match slot.plain.has(Plain::STRING) {
            true => Verdict::Leaves,
            false => self.judge_open_string(slot.rule, at)?,
        };
        self.meet(slot.name)?;
        self.machine.state = match self.settle(&slot, verdict, true)? {
            true => State::Text,
            false => State::GoneText,
        };
        Ok(read)
    }
}
