//! An HTTP/1 connection as Pingora may read it: one request, and not a byte beyond it.
//!
//! What a client sends ahead waits here until its turn; Pingora would take it for an error of the request before.
//! A chunked body is looked at before Pingora reads it ([`Chunks`]).

use std::fmt;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::BytesMut;
use pingora::protocols::Stream;
use tokio::io::{AsyncRead, ReadBuf};
use tokio::time::{Instant, Sleep, sleep};

use super::around::{Around, Reader};
use super::chunks::Chunks;
use super::framing::Body;

/// What follows a refused body is still read for so long, or until the client is quiet: a connection closed over unread
/// bytes is reset (TCP), and clients drop an answer that a reset follows.
const GRACE: Duration = Duration::from_secs(1);
const QUIET: Duration = Duration::from_millis(50);

/// A connection that Pingora reads one request of.
pub type Connection = Around<OneRequest>;

#[derive(Debug)]
pub struct OneRequest {
    left: Left,
    /// Came before its turn: the beginning of the next request.
    ahead: BytesMut,
}

/// What of the request was not read.
#[derive(Debug)]
enum Left {
    Nothing,
    Bytes(u64),
    Chunks(Chunks),
    /// Whatever comes: the request may become a tunnel.
    Everything,
    /// Nothing more, but what is on its way is taken first; until when at most.
    Refusing(&'static str, Pin<Box<Sleep>>, Instant),
    Refused(&'static str),
}

/// Why a body ended its request; the cause of Pingora's error.
#[derive(Debug)]
pub struct MalformedBody(&'static str);

impl fmt::Display for MalformedBody {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.0)
    }
}

impl std::error::Error for MalformedBody {}

impl MalformedBody {
    /// If it is the cause of Pingora's error.
    pub fn behind(error: &pingora::Error) -> Option<&'static str> {
        let cause = error.root_cause().downcast_ref::<io::Error>()?;
        Some(cause.get_ref()?.downcast_ref::<MalformedBody>()?.0)
    }
}

/// Before the first request.
pub fn connection(stream: Stream) -> Box<Connection> {
    let waiting = OneRequest {
        left: Left::Nothing,
        ahead: BytesMut::new(),
    };
    Around::new(stream, waiting)
}

/// What Pingora gives back after a request; always what it was given.
pub fn given_back(stream: Stream) -> Option<Box<Connection>> {
    stream.into_any().downcast().ok()
}

impl OneRequest {
    /// What came ahead of its turn, whose turn it is now.
    pub fn take_ahead(&mut self) -> BytesMut {
        std::mem::take(&mut self.ahead)
    }

    /// From now on, there is this request to be read. `received`: its head, of `head` bytes, and what came with it;
    /// what is not the request's is taken out. An error: the body cannot be read one way only.
    pub fn begin(
        &mut self,
        received: &mut BytesMut,
        head: usize,
        body: Body,
    ) -> Result<(), &'static str> {
        self.left = match body {
            Body::None => Left::Nothing,
            Body::Length(bytes) => Left::Bytes(bytes),
            Body::Chunked => Left::Chunks(Chunks::new()),
            Body::Upgrade => Left::Everything,
        };
        let behind_head = received.len() - head;
        if behind_head > 0 {
            let of_body = self.left.take(&received[head..])?;
            if of_body < behind_head {
                self.ahead = received.split_off(head + of_body);
            }
        }
        Ok(())
    }

    /// Nothing of this is for Pingora to read; only the end of the connection is.
    fn poll_ahead(
        &mut self,
        stream: &mut Stream,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.ahead.is_empty() {
            let before = buffer.filled().len();
            ready!(Pin::new(stream).poll_read(cx, buffer))?;
            self.ahead.extend_from_slice(&buffer.filled()[before..]);
            if self.ahead.is_empty() {
                return Poll::Ready(Ok(()));
            }
            buffer.set_filled(before);
        }
        // Pingora waits for its upstream beside this. Who sends ahead is not watched for leaving.
        Poll::Pending
    }

    fn poll_body(
        &mut self,
        stream: &mut Stream,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        ready!(Pin::new(&mut *stream).poll_read(cx, buffer))?;
        let piece = &buffer.filled()[before..];
        match self.left.take(piece) {
            Ok(of_body) if of_body == piece.len() => {}
            Ok(of_body) => {
                self.ahead.extend_from_slice(&piece[of_body..]);
                buffer.set_filled(before + of_body);
            }
            Err(reason) => {
                buffer.set_filled(before);
                let (quiet, end) = (Box::pin(sleep(QUIET)), Instant::now() + GRACE);
                self.left = Left::Refusing(reason, quiet, end);
                return self.poll_refusal(stream, cx);
            }
        }
        Poll::Ready(Ok(()))
    }

    fn poll_refusal(&mut self, stream: &mut Stream, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if let Left::Refusing(reason, quiet, end) = &mut self.left {
            let reason = *reason;
            while quiet.as_mut().poll(cx).is_pending() && ready!(poll_discard(stream, cx)) {
                quiet.as_mut().reset((Instant::now() + QUIET).min(*end));
            }
            self.left = Left::Refused(reason);
        }
        match self.left {
            Left::Refused(reason) => Poll::Ready(Err(malformed(reason))),
            _ => Poll::Ready(Ok(())),
        }
    }
}

impl Reader for OneRequest {
    fn poll_read(
        &mut self,
        stream: &mut Stream,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match self.left {
            Left::Nothing => self.poll_ahead(stream, cx, buffer),
            Left::Everything => Pin::new(stream).poll_read(cx, buffer),
            Left::Bytes(_) | Left::Chunks(_) => self.poll_body(stream, cx, buffer),
            Left::Refusing(..) | Left::Refused(_) => self.poll_refusal(stream, cx),
        }
    }
}

impl Left {
    /// How many of the bytes that came are this request's.
    fn take(&mut self, piece: &[u8]) -> Result<usize, &'static str> {
        let (taken, is_all) = match self {
            Left::Nothing => (0, false),
            Left::Everything => (piece.len(), false),
            Left::Refusing(reason, ..) | Left::Refused(reason) => return Err(reason),
            Left::Bytes(left) => {
                let most = usize::try_from(*left).unwrap_or(usize::MAX);
                let taken = most.min(piece.len());
                *left -= taken as u64;
                (taken, *left == 0)
            }
            Left::Chunks(chunks) => match chunks.follow(piece)? {
                None => (piece.len(), false),
                Some(end) => (end, true),
            },
        };
        if is_all {
            *self = Left::Nothing;
        }
        Ok(taken)
    }
}

fn malformed(reason: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, MalformedBody(reason))
}

/// Reads and forgets; whether more may come.
fn poll_discard(stream: &mut Stream, cx: &mut Context<'_>) -> Poll<bool> {
    let mut space = [0; 4096];
    let mut buffer = ReadBuf::new(&mut space);
    let read = ready!(Pin::new(stream).poll_read(cx, &mut buffer));
    Poll::Ready(read.is_ok() && !buffer.filled().is_empty())
}
