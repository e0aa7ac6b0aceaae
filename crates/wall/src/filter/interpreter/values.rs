//! Values: read, judged, then kept, replaced or removed.

use super::judging::Verdict;
use super::members::{Rule, Slot};
use super::{Pass, State};
use crate::filter::bounds::MAX_JUDGED_BYTES;
use crate::filter::fault::{Halt, Read, SYNTAX};
use crate::filter::graph::Scalar;
use crate::filter::report::Reason;
use crate::filter::scanner::{self, Text};
use crate::filter::text::unescape;

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

    #[inline]
    fn string(&mut self, slot: Slot, at: usize) -> Read<usize> {
        let text = scanner::string(self.input, at + 1)?;
        let graph = self.graph;
        let verdict = match slot.rule {
            Rule::Node(node) if !graph.node(node).any => match &graph.node(node).string {
                Scalar::Plain => Verdict::Leaves,
                Scalar::Closed => Verdict::Refused(Reason::Type),
                Scalar::Judged(judged) => match self.characters(at, text)? {
                    true => self.judge_string(judged),
                    false => Verdict::Refused(Reason::TooLong),
                },
            },
            rule => Verdict::of(rule),
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

    /// Reads a string that has to be known into `Machine::value`; false: it is too long for that.
    fn characters(&mut self, at: usize, text: Text) -> Read<bool> {
        let end = match text {
            Text::Ended { after, .. } => after,
            Text::Open { .. } => self.input.len(),
        };
        if end - at > MAX_JUDGED_BYTES {
            return Ok(false);
        }
        match text {
            Text::Open { .. } => Err(Halt::Starved),
            Text::Ended { after, .. } => {
                self.machine.value.clear();
                unescape(&self.input[at + 1..after - 1], &mut self.machine.value);
                Ok(true)
            }
        }
    }

    #[inline]
    fn number(&mut self, slot: Slot, at: usize) -> Read<usize> {
        let after = scanner::number(self.input, at, self.last)?;
        let verdict = match slot.rule {
            Rule::Node(node) if !self.graph.node(node).any => {
                self.judge_number(&self.graph.node(node).number, at, after)
            }
            rule => Verdict::of(rule),
        };
        self.scalar(slot, verdict, at, after)
    }

    fn boolean(&mut self, slot: Slot, at: usize, name: &[u8]) -> Read<usize> {
        let after = scanner::literal(self.input, at, name)?;
        let verdict = match slot.rule {
            Rule::Node(node) if !self.graph.node(node).any => {
                Verdict::of_scalar(&self.graph.node(node).boolean, || name.to_vec())
            }
            rule => Verdict::of(rule),
        };
        self.scalar(slot, verdict, at, after)
    }

    fn null(&mut self, slot: Slot, at: usize) -> Read<usize> {
        let after = scanner::literal(self.input, at, b"null")?;
        let verdict = match slot.rule {
            Rule::Node(node) if !(self.graph.node(node).any || self.graph.node(node).null) => {
                Verdict::Refused(Reason::Type)
            }
            rule => Verdict::of(rule),
        };
        self.scalar(slot, verdict, at, after)
    }

    #[inline]
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
