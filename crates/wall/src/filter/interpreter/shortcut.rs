//! What most members are, in few instructions. Whatever is met here `members` and `values` would do as well, and with
//! the same result; tests compare both on bodies that differ in whitespace.

use super::Pass;
use super::frame::Kind;
use crate::filter::graph::{Object, Plain};
use crate::filter::scanner;

impl<'a> Pass<'a> {
    /// Behind all members that follow each other from `at` on, each of them a comma, the property that is expected
    /// next, and a scalar of which nothing has to be asked, without whitespace and escapes.
    #[inline(always)]
    pub(super) fn plain_members(&mut self, mut at: usize) -> usize {
        let Some(object) = self.object_of_top().filter(|_| self.machine.top.shown) else {
            return at;
        };
        while self.input[at..].starts_with(b",\"") {
            let Some(after) = self.plain_member(object, at + 2) else {
                break;
            };
            at = after;
        }
        at
    }

    /// The same for the first member.
    #[inline(always)]
    pub(super) fn plain_first(&mut self, at: usize) -> Option<usize> {
        let object = self.object_of_top()?;
        let after = self.input.get(at).filter(|byte| **byte == b'"');
        let after = after.and_then(|_| self.plain_member(object, at + 1));
        self.machine.top.shown |= after.is_some();
        after
    }

    #[inline(always)]
    fn object_of_top(&self) -> Option<&'a Object> {
        match self.machine.top.kind {
            Kind::Node(node) if self.machine.top.is_object => self.graph.object(node),
            _ => None,
        }
    }

    /// Name, colon and value, from behind the name's opening quote.
    #[inline(always)]
    fn plain_member(&mut self, object: &Object, at: usize) -> Option<usize> {
        let top = &mut self.machine.top;
        let (property, length) = object.expected(top.next, &self.input[at..])?;
        let bit = 1_u64.checked_shl(top.next)?;
        if top.met & bit != 0 {
            return None;
        }
        let after = plain_value(self.input, at + length, property.plain, self.last)?;
        top.met |= bit;
        top.next += 1;
        Some(after)
    }
}

/// Behind the value that follows the colon at `colon`.
#[inline(always)]
fn plain_value(input: &[u8], colon: usize, plain: Plain, last: bool) -> Option<usize> {
    let [b':', first] = *input.get(colon..)?.first_chunk()? else {
        return None;
    };
    let at = colon + 1;
    match first {
        b'"' if plain.has(Plain::STRING) => scanner::plain_string(input, at + 1),
        b'-' | b'0'..=b'9' if plain.has(Plain::NUMBER) => scanner::number(input, at, last).ok(),
        b't' if plain.has(Plain::BOOLEAN) => scanner::literal(input, at, b"true").ok(),
        b'f' if plain.has(Plain::BOOLEAN) => scanner::literal(input, at, b"false").ok(),
        b'n' if plain.has(Plain::NULL) => scanner::literal(input, at, b"null").ok(),
        _ => None,
    }
}
