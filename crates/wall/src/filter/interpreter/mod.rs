//! The grammar of JSON and the graph, walked together over a window of the body.
//!
//! A step is all or nothing: from the end of one value to the point where it is known what becomes of the next. When
//! the window ends inside a step, nothing has happened yet, and the step is taken again with a longer window; so it
//! does not matter where a body is cut into windows. Only long strings are read in parts.
//!
//! Nothing is copied value by value: `kept_from` is where the bytes begin that are to leave and were not yet copied,
//! and they are copied when something is removed behind them or the window ends.

mod containers;
mod expected;
mod frame;
mod gone;
mod judging;
mod members;

mod values;

use super::bounds::{MAX_HEAD_BYTES, MAX_JUDGED_BYTES, MAX_LOOKAHEAD_BYTES, MAX_NUMBER_BYTES};
use super::fault::{Fault, FaultKind, Halt, Read};
use super::graph::{Graph, Object, Plain};
use super::mask::MaskingKey;
use super::names::OpenNames;
use super::report::Removals;
use super::scanner;
use super::{Mode, Options};
use crate::bundle::NodeIndex;
use crate::faults::{Check, skips};
use frame::{Frame, Kind};
use members::Other;

/// What comes next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// The body's value.
    Start,
    /// A first member, or the end of what was just opened.
    Opened,
    /// Another member, or the end.
    Between,
    /// The rest of a string.
    Text,
    /// The rest of one that is removed by itself, not with what it is in.
    GoneText,
    /// Nothing but whitespace.
    Done,
}

/// No step is longer.
const MAX_STEP_BYTES: usize =
    MAX_HEAD_BYTES + MAX_JUDGED_BYTES + MAX_LOOKAHEAD_BYTES + MAX_NUMBER_BYTES;

/// Objects and arrays inside each other that are made room for before they come.
const USUAL_DEPTH: usize = 8;

const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// What is kept between windows.
pub struct Machine {
    mode: Mode,
    masking_key: Option<MaskingKey>,
    root: NodeIndex,
    state: State,
    top: Frame,
    /// Below `top`, the root's first.
    stack: Vec<Frame>,
    names: OpenNames,
    /// Properties met beyond the first 64, of all open objects.
    met: Vec<u64>,
    removals: Removals,
    /// The name under way, if it is written with escapes.
    name: Vec<u8>,
    /// What is to leave in place of the value under way.
    value: Vec<u8>,
    /// Bytes of the body before the window.
    read: u64,
    looked_ahead: u64,
}

#[derive(Clone, Copy)]
enum Inside<'a> {
    Object(&'a Object),
    /// Items that all follow one node.
    Items(NodeIndex, Plain),
    Gone,
    Other,
}

/// A machine on one window.
struct Pass<'a> {
    machine: &'a mut Machine,
    graph: &'a Graph,
    input: &'a [u8],
    /// The body ends with the window.
    last: bool,
    /// Everything before is settled.
    at: usize,
    kept_from: usize,
    /// What the members of the innermost object or array follow: of `Machine::top`, looked up.
    inside: Inside<'a>,
    other: Other,
    out: &'a mut Vec<u8>,
}

impl Machine {
    pub fn new(root: NodeIndex, options: &Options) -> Machine {
        Machine {
            mode: options.mode,
            masking_key: options.masking_key.clone(),
            root,
            state: State::Start,
            top: Frame::root(),
            stack: Vec::with_capacity(USUAL_DEPTH),
            names: OpenNames::default(),
            met: Vec::new(),
            removals: Removals::default(),
            name: Vec::new(),
            value: Vec::new(),
            read: 0,
            looked_ahead: 0,
        }
    }

    /// Reads a window of valid UTF-8; what may leave is appended to `out`. Returns how much of the window is
    /// settled: the next one begins there.
    pub fn run(
        &mut self,
        graph: &Graph,
        input: &[u8],
        last: bool,
        out: &mut Vec<u8>,
    ) -> Result<usize, Fault> {
        let mut pass = Pass {
            machine: self,
            graph,
            input,
            last,
            at: 0,
            kept_from: 0,
            inside: Inside::Other,
            other: Other::default(),
            out,
        };
        pass.inside = pass.inside_of_top();
        match pass.run() {
            Ok(()) => {
                let settled = pass.at;
                self.read += settled as u64;
                Ok(settled)
            }
            Err(kind) => {
                let offset = pass.at as u64 + self.read;
                Err(Fault { kind, offset })
            }
        }
    }

    /// The text has ended; another may begin.
    pub fn begin(&mut self) {
        self.state = State::Start;
        self.top = Frame::root();
    }

    /// Nothing but whitespace has come of the text.
    pub fn is_blank(&self) -> bool {
        self.state == State::Start
    }

    /// Bytes between two texts.
    pub fn pass_over(&mut self, count: usize) {
        self.read += count as u64;
    }

    /// Bytes of the body that are settled.
    pub fn read(&self) -> u64 {
        self.read
    }

    pub fn into_removals(self) -> Removals {
        self.removals
    }
}

impl Pass<'_> {
    fn run(&mut self) -> Result<(), FaultKind> {
        let halt = loop {
            match self.usual() {
                Ok(true) => {}
                Ok(false) => match self.step() {
                    Ok(after) => self.at = after,
                    Err(halt) => break halt,
                },
                Err(halt) => break halt,
            }
        };
        if let Halt::Fault(kind) = halt {
            return Err(kind);
        }
        let is_whole = self.machine.state == State::Done || skips(Check::TruncatedBody);
        if self.last && !is_whole {
            return Err(FaultKind::Truncated);
        }
        if self.input.len() - self.at > MAX_STEP_BYTES {
            return Err(FaultKind::HeadTooLong);
        }
        if !self.is_gone() {
            self.copy(self.at);
        }
        Ok(())
    }

    /// Reads what bodies are mostly made of, for as long as it comes; true: more of it may follow.
    #[inline(always)]
    fn usual(&mut self) -> Read<bool> {
        match self.inside {
            Inside::Object(object) => self.expected_members(object),
            Inside::Items(node, plain) => self.plain_items(node, plain),
            Inside::Gone => self.pass_over_gone().map(|()| false),
            Inside::Other => Ok(false),
        }
    }

    #[inline(always)]
    fn step(&mut self) -> Read<usize> {
        match self.machine.state {
            state @ (State::Between | State::Opened) => self.next(self.at, state == State::Opened),
            State::Text => self.text(self.at, false),
            State::GoneText => self.text(self.at, true),
            State::Start => self.start(self.at),
            State::Done => self.done(self.at),
        }
    }

    fn start(&mut self, at: usize) -> Read<usize> {
        let is_first = self.machine.read == 0 && at == 0;
        if is_first && self.input.starts_with(BYTE_ORDER_MARK) {
            self.kept_from = BYTE_ORDER_MARK.len();
            return Ok(BYTE_ORDER_MARK.len());
        }
        self.at = scanner::whitespace(self.input, at);
        self.body(self.at)
    }

    fn done(&mut self, at: usize) -> Read<usize> {
        self.at = scanner::whitespace(self.input, at);
        match self.input.get(self.at) {
            Some(_) if skips(Check::TrailingBytes) => Ok(self.input.len()),
            Some(_) => Err(Halt::Fault(FaultKind::Trailing)),
            None => Err(Halt::Starved),
        }
    }

    fn text(&mut self, at: usize, gone: bool) -> Read<usize> {
        match scanner::string(self.input, at)? {
            scanner::Text::Ended { after, .. } => {
                self.ended(after, gone);
                Ok(after)
            }
            scanner::Text::Open { at } => {
                self.at = at;
                Err(Halt::Starved)
            }
        }
    }

    #[inline(always)]
    fn byte(&self, at: usize) -> Read<u8> {
        self.input.get(at).copied().ok_or(Halt::Starved)
    }

    /// A value has ended; `gone`: it was removed, and what it is in was not.
    #[inline(always)]
    fn ended(&mut self, after: usize, gone: bool) {
        if gone {
            self.kept_from = after;
        }
        self.machine.state = match self.machine.top.kind {
            Kind::Root => State::Done,
            _ => State::Between,
        };
    }

    fn is_gone(&self) -> bool {
        self.machine.state == State::GoneText || self.machine.top.kind == Kind::Gone
    }

    /// Passes on what is kept before `to`.
    #[inline]
    fn copy(&mut self, to: usize) {
        if self.machine.mode != Mode::Report {
            self.out.extend_from_slice(&self.input[self.kept_from..to]);
        }
        self.kept_from = to;
    }
}
