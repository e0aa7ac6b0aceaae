//! A body projected before any of it leaves.

use std::sync::Arc;

use super::bounds::MAX_WHOLE_BYTES;
use super::fault::{Fault, FaultKind};
use super::graph::Graph;
use super::interpreter::Machine;
use super::report::Removals;
use super::stream::Stream;
use super::texts::characters;
use super::{Framing, Mode, Options};
use crate::bundle::NodeIndex;

const TOO_LARGE: Fault = Fault {
    kind: FaultKind::TooLarge,
    offset: MAX_WHOLE_BYTES as u64,
};

/// Projects a body that lies in one piece; appends to `out` what may leave, and after a fault nothing.
///
/// In the mode `Report` nothing is appended: the body passes as it is, and a fault says that it is no JSON.
pub fn project(
    graph: &Graph,
    root: NodeIndex,
    options: &Options,
    body: &[u8],
    out: &mut Vec<u8>,
) -> Result<Removals, Fault> {
    let before = out.len();
    let projected = run(graph, root, options, body, out);
    if projected.is_err() {
        out.truncate(before);
    }
    projected
}

fn run(
    graph: &Graph,
    root: NodeIndex,
    options: &Options,
    body: &[u8],
    out: &mut Vec<u8>,
) -> Result<Removals, Fault> {
    if body.len() > MAX_WHOLE_BYTES {
        return Err(TOO_LARGE);
    }
    let body = characters(body, true).map_err(|at| Fault {
        kind: FaultKind::Encoding,
        offset: at as u64,
    })?;
    if options.mode != Mode::Report {
        out.reserve(body.len());
    }
    let mut machine = Machine::new(root, options);
    machine.run(graph, body, true, out)?;
    Ok(machine.into_removals())
}

/// The same for a body that comes in pieces.
pub struct Whole {
    stream: Stream,
    out: Vec<u8>,
    read: usize,
}

impl Whole {
    /// `root`: the node of the body; one of `graph`.
    pub fn new(graph: Arc<Graph>, root: NodeIndex, options: &Options) -> Whole {
        Whole {
            stream: Stream::new(graph, root, Framing::Json, options),
            out: Vec::new(),
            read: 0,
        }
    }

    /// The next bytes of the body. After a fault there is nothing to be had.
    pub fn push(&mut self, bytes: &[u8]) -> Result<(), Fault> {
        self.read = self.read.saturating_add(bytes.len());
        self.fits()?;
        self.stream.push(bytes, &mut self.out)
    }

    /// The body has ended: what leaves of it.
    pub fn finish(mut self) -> Result<(Vec<u8>, Removals), Fault> {
        self.fits()?;
        let removals = self.stream.finish(&mut self.out)?;
        Ok((self.out, removals))
    }

    fn fits(&self) -> Result<(), Fault> {
        match self.read > MAX_WHOLE_BYTES {
            true => Err(TOO_LARGE),
            false => Ok(()),
        }
    }
}
