//! What is removed, from bracket to bracket: the grammar alone, without rules, names and frames. Whatever is met here
//! `members` and `values` would do as well, and with the same result; what is unusual is left to them.

use super::frame::Kind;
use super::members::Name;
use super::{Pass, State};
use crate::filter::bounds::{MAX_DEPTH, MAX_HEAD_BYTES};
use crate::filter::fault::Read;
use crate::filter::graph::Plain;
use crate::filter::scanner;
use crate::filter::steps;

/// Objects and arrays inside of the one that is gone, none of which has ended.
struct Nesting {
    /// One bit for each, the innermost lowest: whether it is an object.
    objects: u128,
    depth: usize,
}

const _: () = assert!(MAX_DEPTH < u128::BITS as usize);

impl Nesting {
    fn open(&mut self, is_object: bool) {
        self.objects = self.objects << 1 | u128::from(is_object);
        self.depth += 1;
    }

    fn is_object(&self) -> bool {
        self.objects & 1 == 1
    }

    fn close(&mut self) {
        self.objects >>= 1;
        self.depth -= 1;
    }
}

impl Pass<'_> {
    /// Reads on inside of what is gone, up to the bracket that ends it or what this cannot read.
    #[inline(never)]
    pub(super) fn pass_over_gone(&mut self) -> Read<()> {
        let room = MAX_DEPTH - self.machine.stack.len();
        let mut nesting = Nesting {
            objects: u128::from(self.machine.top.is_object),
            depth: 0,
        };
        let mut is_first = match self.machine.state {
            State::Opened => true,
            State::Between => false,
            State::Start | State::Text | State::GoneText | State::Done => return Ok(()),
        };
        while let Some((at, opened)) = self.past_gone(&mut nesting, is_first, room) {
            (self.at, is_first) = (at, opened);
            steps::count(0);
        }
        for inner in (0..nesting.depth).rev() {
            let is_object = nesting.objects >> inner & 1 == 1;
            self.open(Kind::Gone, is_object, Name::None)?;
        }
        self.machine.state = match is_first {
            true => State::Opened,
            false => State::Between,
        };
        Ok(())
    }

    /// Behind the next scalar or bracket, and whether it opened something.
    #[inline(always)]
    fn past_gone(
        &self,
        nesting: &mut Nesting,
        is_first: bool,
        room: usize,
    ) -> Option<(usize, bool)> {
        let (input, mark) = (self.input, self.at);
        let at = scanner::whitespace(input, mark);
        let begin = match *input.get(at)? {
            b',' if !is_first => scanner::whitespace(input, at + 1),
            bracket @ (b'}' | b']') => {
                let is_same = (bracket == b'}') == nesting.is_object();
                if nesting.depth == 0 || !is_same || at - mark > MAX_HEAD_BYTES {
                    return None;
                }
                nesting.close();
                return Some((at + 1, false));
            }
            _ if is_first => at,
            _ => return None,
        };
        let value = match nesting.is_object() {
            true => past_name(input, begin)?,
            false => begin,
        };
        if value - mark > MAX_HEAD_BYTES {
            return None;
        }
        match *input.get(value)? {
            bracket @ (b'{' | b'[') if nesting.depth < room => {
                nesting.open(bracket == b'{');
                Some((value + 1, true))
            }
            _ => Some((
                scanner::scalar(input, value, Plain::SCALARS, self.last)?,
                false,
            )),
        }
    }
}

/// Behind the name at `at` and its colon.
#[inline(always)]
fn past_name(input: &[u8], at: usize) -> Option<usize> {
    if *input.get(at)? != b'"' {
        return None;
    }
    let after = scanner::ended_string(input, at + 1)?;
    let colon = scanner::whitespace(input, after);
    (*input.get(colon)? == b':').then(|| scanner::whitespace(input, colon + 1))
}
