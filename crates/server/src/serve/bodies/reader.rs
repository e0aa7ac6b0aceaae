//! A body that is read as it comes: its coding taken off, what may leave of it given out.

use std::fmt;
use std::io;
use std::mem;
use std::sync::Arc;

use bytes::Bytes;
use wall::bodies::{Reading, Withheld};
use wall::filter::{Fault, Graph, Stream};

use super::decoding::Decoder;

pub struct Reader {
    /// Came before, and has no coding any more.
    ahead: Bytes,
    decoder: Option<Decoder>,
    stream: Stream,
    graph: Arc<Graph>,
}

/// Why nothing more of a body leaves; for the log.
#[derive(Debug)]
pub enum Broken {
    Coding(io::Error),
    Body(Fault),
}

impl Reader {
    pub fn new(reading: &Reading, decoder: Option<Decoder>) -> Reader {
        Reader::after(reading, decoder, Bytes::new())
    }

    /// Of a body whose beginning, `ahead`, is decoded already.
    pub fn after(reading: &Reading, decoder: Option<Decoder>, ahead: Bytes) -> Reader {
        Reader {
            ahead,
            decoder,
            stream: reading.stream(),
            graph: Arc::clone(&reading.graph),
        }
    }

    /// The next bytes of the body; appends what may leave.
    pub fn push(&mut self, bytes: &[u8], out: &mut Vec<u8>) -> Result<(), Broken> {
        let stream = &mut self.stream;
        stream.push(&mem::take(&mut self.ahead), out)?;
        match &mut self.decoder {
            None => Ok(stream.push(bytes, out)?),
            Some(decoder) => decoder.decode(bytes, |came| Ok(stream.push(came, out)?)),
        }
    }

    /// The body has ended; appends what may leave of the rest.
    pub fn finish(mut self, out: &mut Vec<u8>) -> Result<Withheld, Broken> {
        if let Some(decoder) = self.decoder.take().filter(Decoder::has_begun) {
            self.stream.push(&decoder.finish()?, out)?;
        }
        let removals = self.stream.finish(out)?;
        Ok(Withheld::of(&removals, &self.graph))
    }

    /// What was removed of a body that is given up.
    pub fn given_up(self) -> Withheld {
        Withheld::of(&self.stream.into_removals(), &self.graph)
    }
}

impl Broken {
    /// Permanent.
    pub fn kind(&self) -> &'static str {
        match self {
            Broken::Coding(_) => "content_coding",
            Broken::Body(fault) => fault.kind.as_str(),
        }
    }
}

impl From<io::Error> for Broken {
    fn from(error: io::Error) -> Broken {
        Broken::Coding(error)
    }
}

impl From<Fault> for Broken {
    fn from(fault: Fault) -> Broken {
        Broken::Body(fault)
    }
}

impl fmt::Display for Broken {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Broken::Coding(error) => write!(out, "the body's content coding: {error}"),
            Broken::Body(fault) => write!(out, "the body cannot be read: {fault}"),
        }
    }
}
