//! JSON texts that come in pieces: what is settled of them leaves, the rest is held back.

use std::sync::Arc;

use super::Options;
use super::fault::{Fault, FaultKind};
use super::graph::Graph;
use super::interpreter::Machine;
use super::report::Removals;
use crate::bundle::NodeIndex;

/// With fewer bytes held back, each new byte is a reason to look again; with more, only twice as many are. So the
/// work stays in proportion to the body however finely it is cut.
const FEW_HELD: usize = 256;

pub struct Texts {
    graph: Arc<Graph>,
    machine: Machine,
    /// What came and is not settled yet.
    held: Vec<u8>,
    /// `held` is looked at again when it is so long.
    worth_looking: usize,
}

impl Texts {
    pub fn new(graph: Arc<Graph>, root: NodeIndex, options: &Options) -> Texts {
        Texts {
            graph,
            machine: Machine::new(root, options),
            held: Vec::new(),
            worth_looking: 0,
        }
    }

    /// More of the text that is under way.
    pub fn push(&mut self, bytes: &[u8], out: &mut Vec<u8>) -> Result<(), Fault> {
        if self.held.is_empty() {
            return self.look(Some(bytes), false, out);
        }
        self.held.extend_from_slice(bytes);
        if self.held.len() < self.worth_looking {
            return Ok(());
        }
        self.look(None, false, out)
    }

    /// The text has ended; another may begin.
    pub fn end(&mut self, out: &mut Vec<u8>) -> Result<(), Fault> {
        self.look(None, true, out)?;
        self.machine.begin();
        Ok(())
    }

    /// The same where there may be no text: of blanks alone, nothing ends.
    pub fn end_unless_blank(&mut self, out: &mut Vec<u8>) -> Result<(), Fault> {
        match self.is_blank() {
            true => Ok(()),
            false => self.end(out),
        }
    }

    /// Nothing but whitespace has come of the text that is under way.
    fn is_blank(&self) -> bool {
        self.held.is_empty() && self.machine.is_blank()
    }

    /// Bytes that belong to the body and to no text.
    pub fn pass_over(&mut self, count: usize) {
        self.machine.pass_over(count);
    }

    pub fn fault(&self, kind: FaultKind) -> Fault {
        let offset = self.machine.read();
        Fault { kind, offset }
    }

    pub fn into_removals(self) -> Removals {
        self.machine.into_removals()
    }

    /// Runs the machine over `fresh`, or what is held.
    fn look(&mut self, fresh: Option<&[u8]>, last: bool, out: &mut Vec<u8>) -> Result<(), Fault> {
        let held = std::mem::take(&mut self.held);
        let settled = self.run(fresh.unwrap_or(&held), last, out)?;
        self.held = match fresh {
            Some(bytes) => bytes[settled..].to_vec(),
            None => without_first(held, settled),
        };
        let held = self.held.len();
        self.worth_looking = if held < FEW_HELD { 0 } else { 2 * held };
        Ok(())
    }

    fn run(&mut self, window: &[u8], last: bool, out: &mut Vec<u8>) -> Result<usize, Fault> {
        let encoding = |at| Fault {
            kind: FaultKind::Encoding,
            offset: self.machine.read() + at as u64,
        };
        let window = characters(window, last).map_err(encoding)?;
        self.machine.run(&self.graph, window, last, out)
    }
}

fn without_first(mut bytes: Vec<u8>, count: usize) -> Vec<u8> {
    bytes.drain(..count);
    bytes
}

/// The window without a character that it cuts; or where it is not UTF-8.
pub fn characters(window: &[u8], last: bool) -> Result<&[u8], usize> {
    match simdutf8::compat::from_utf8(window) {
        Ok(_) => Ok(window),
        Err(error) if error.error_len().is_none() && !last => Ok(&window[..error.valid_up_to()]),
        Err(error) => Err(error.valid_up_to()),
    }
}
