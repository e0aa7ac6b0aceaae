//! A body projected as it comes: bytes in, bytes out, a bounded number held back.

use std::sync::Arc;

use super::fault::Fault;
use super::framing::{Events, Framing, Lines, Sequence};
use super::graph::Graph;
use super::report::Removals;
use super::texts::Texts;
use super::{Mode, Options};
use crate::bundle::NodeIndex;

pub struct Stream {
    framed: Framed,
    mode: Mode,
    fault: Option<Fault>,
}

enum Framed {
    Json(Texts),
    Lines(Lines),
    Sequence(Sequence),
    Events(Events),
}

impl Stream {
    /// `root`: the node of the body, or of each text in it; one of `graph`.
    pub fn new(graph: Arc<Graph>, root: NodeIndex, framing: Framing, options: &Options) -> Stream {
        let texts = Texts::new(graph, root, options);
        Stream {
            framed: match framing {
                Framing::Json => Framed::Json(texts),
                Framing::Lines => Framed::Lines(Lines::new(texts)),
                Framing::Sequence => Framed::Sequence(Sequence::new(texts)),
                Framing::Events => Framed::Events(Events::new(texts)),
            },
            mode: options.mode,
            fault: None,
        }
    }

    /// The next bytes of the body; appends what may leave. After a fault nothing more leaves, except in the mode
    /// `Report`, where everything passes and the fault is told at the end.
    pub fn push(&mut self, bytes: &[u8], out: &mut Vec<u8>) -> Result<(), Fault> {
        if self.mode == Mode::Report {
            out.extend_from_slice(bytes);
            let _told_at_the_end = self.examine(bytes, &mut Vec::new());
            return Ok(());
        }
        self.examine(bytes, out)
    }

    /// The body has ended; appends what may leave of the rest.
    pub fn finish(mut self, out: &mut Vec<u8>) -> Result<Removals, Fault> {
        if let Some(fault) = self.fault {
            return Err(fault);
        }
        let mut unused = Vec::new();
        let out = if self.mode == Mode::Report {
            &mut unused
        } else {
            out
        };
        match &mut self.framed {
            Framed::Json(texts) => texts.end(out),
            Framed::Lines(lines) => lines.texts.end_unless_blank(out),
            Framed::Sequence(sequence) => sequence.texts.end_unless_blank(out),
            Framed::Events(_) => Ok(()), // an event without its blank line is none
        }?;
        Ok(self.into_removals())
    }

    /// What was removed so far, of a body that is given up.
    pub fn into_removals(self) -> Removals {
        let texts = match self.framed {
            Framed::Json(texts) => texts,
            Framed::Lines(lines) => lines.texts,
            Framed::Sequence(sequence) => sequence.texts,
            Framed::Events(events) => events.texts,
        };
        texts.into_removals()
    }

    fn examine(&mut self, bytes: &[u8], out: &mut Vec<u8>) -> Result<(), Fault> {
        if let Some(fault) = self.fault {
            return Err(fault);
        }
        let examined = match &mut self.framed {
            Framed::Json(texts) => texts.push(bytes, out),
            Framed::Lines(lines) => lines.push(bytes, out),
            Framed::Sequence(sequence) => sequence.push(bytes, out),
            Framed::Events(events) => events.push(bytes, out),
        };
        examined.inspect_err(|fault| self.fault = Some(*fault))
    }
}
