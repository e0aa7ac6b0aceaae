//! HTTP/1 connections: every request head is read and checked here, then handed to Pingora.
//!
//! Pingora's own reader has a deadline per read, so a byte a minute keeps a connection for ever; and it
//! answers malformed requests in its own name. Reading the head first (Pingora takes it as "pipelined bytes")
//! gives one deadline for the whole head, strict framing, and answers that are the wall's. What a client sends
//! ahead waits for its turn ([`one_request`]).

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::{Buf, BytesMut};
use pingora::apps::{HttpPersistentSettings, HttpServerApp};
use pingora::protocols::Stream;
use pingora::protocols::http::ServerSession;
use pingora::proxy::HttpProxy;
use pingora::server::ShutdownWatch;
use pingora::time::timeout;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::{Instant, Sleep, sleep};
use wall::bounds::Bounds;
use wall::problem::Code;

use super::framing::{self, Head};
use super::gate::Gate;
use super::one_request::{self, Connection};

/// For writing an answer to a malformed request and seeing the connection end.
const FAREWELL_DEADLINE: Duration = Duration::from_secs(2);
/// When the gateway drains, a client that writes at this very moment is still answered, and told to close.
const PARTING: Duration = Duration::from_secs(1);
/// For what a refused client is still sending.
const LINGER: Duration = Duration::from_secs(1);
const LINGER_BYTES: usize = 1 << 20;
/// Read at once; a head is rarely longer.
const READ_BYTES: usize = 4096;

/// Serves requests until either side closes the connection, or the gateway drains.
pub async fn serve(
    proxy: &Arc<HttpProxy<Gate>>,
    gate: &Gate,
    stream: Stream,
    bounds: &Bounds,
    shutdown: &ShutdownWatch,
) {
    let mut connection = one_request::connection(stream);
    let mut settings: Option<HttpPersistentSettings> = None;
    let mut waiting = Waiting::new(shutdown, bounds.idle());
    let since = Instant::now();
    loop {
        let received = match next_head(&mut connection, &mut waiting, bounds.request_head()).await {
            Received::Head(bytes) => bytes,
            Received::Nothing => return close(&mut connection.stream).await,
            Received::Refused(code, reason) => return refuse(gate, connection, code, reason).await,
        };
        let mut session = ServerSession::new_http1(connection);
        match settings.take() {
            Some(settings) => settings.apply_to_session(&mut session),
            // What is left after this one.
            None => session.set_keepalive_reuses_remaining(Some(
                bounds.requests_per_connection.saturating_sub(1),
            )),
        }
        if since.elapsed() >= bounds.lifetime() {
            session.set_keepalive_reuses_remaining(Some(0));
        }
        session.set_pipelined_prefix(received);
        let Some(reusable) = proxy.process_new_http(session, shutdown).await else {
            return;
        };
        let (stream, carried) = reusable.consume();
        let Some(again) = one_request::given_back(stream) else {
            return;
        };
        (connection, settings) = (again, carried);
    }
}

/// What ends the wait for a request. Made once a connection: a timer and a waiter for every request would
/// cost more than judging it.
struct Waiting {
    draining: Pin<Box<dyn Future<Output = ()> + Send + Sync>>,
    idle: Pin<Box<Sleep>>,
    idle_deadline: Duration,
}

impl Waiting {
    fn new(shutdown: &ShutdownWatch, idle_deadline: Duration) -> Waiting {
        let mut shutdown = shutdown.clone();
        let draining = async move {
            // An error means that the server is gone altogether.
            let _ = shutdown.wait_for(|&draining| draining).await;
            sleep(PARTING).await;
        };
        Waiting {
            draining: Box::pin(draining),
            idle: Box::pin(sleep(idle_deadline)),
            idle_deadline,
        }
    }

    /// Resolves when nothing is to be waited for any more. The timer is moved only when it fires, not at
    /// every request.
    async fn over(&mut self, since: Instant) {
        loop {
            tokio::select! {
                biased;
                () = &mut self.draining => return,
                () = &mut self.idle => {}
            }
            let end = since + self.idle_deadline;
            if Instant::now() >= end {
                return;
            }
            self.idle.as_mut().reset(end);
        }
    }
}

enum Received {
    /// A complete head, and what came with it of its body.
    Head(BytesMut),
    /// The client is gone or stays silent, or the gateway drains.
    Nothing,
    /// What to answer, and why.
    Refused(Code, &'static str),
}

async fn next_head(
    connection: &mut Connection,
    waiting: &mut Waiting,
    deadline: Duration,
) -> Received {
    let mut received = connection.reader.take_ahead();
    if received.is_empty() {
        received.reserve(READ_BYTES);
        let first = tokio::select! {
            biased;
            first = connection.stream.read_buf(&mut received) => first,
            () = waiting.over(Instant::now()) => return Received::Nothing,
        };
        if !matches!(first, Ok(1..)) {
            return Received::Nothing;
        }
    }
    // Most heads come whole: no deadline is armed for them.
    let head = match inspect(&mut received) {
        Head::Incomplete => timeout(deadline, rest(&mut connection.stream, &mut received)).await,
        verdict => Ok(Some(verdict)),
    };
    match head {
        Ok(Some(head)) => judged(connection, received, head),
        Ok(None) => Received::Nothing,
        Err(_) => Received::Refused(Code::RequestTimeout, "head not complete in time"),
    }
}

fn judged(connection: &mut Connection, mut received: BytesMut, head: Head) -> Received {
    match head {
        Head::Complete(length, body) => {
            match connection.reader.begin(&mut received, length, body) {
                Ok(()) => Received::Head(received),
                Err(reason) => Received::Refused(Code::BadRequest, reason),
            }
        }
        Head::Malformed(reason) => Received::Refused(Code::BadRequest, reason),
        Head::TooLarge(reason) => Received::Refused(Code::FieldsTooLarge, reason),
        Head::Incomplete => Received::Nothing,
    }
}

/// Reads on until the head is complete or malformed; `None` when the client is gone.
async fn rest(stream: &mut Stream, received: &mut BytesMut) -> Option<Head> {
    loop {
        if received.capacity() == received.len() {
            received.reserve(received.len().max(READ_BYTES));
        }
        match stream.read_buf(received).await {
            Ok(1..) => {}
            _ => return None,
        }
        match inspect(received) {
            Head::Incomplete => {}
            verdict => return Some(verdict),
        }
    }
}

/// Some clients end a body with an empty line, which begins nothing (RFC 9112 §2.2).
fn inspect(received: &mut BytesMut) -> Head {
    while received.starts_with(b"\r\n") {
        received.advance(2);
    }
    framing::inspect(received)
}

async fn refuse(gate: &Gate, mut connection: Box<Connection>, code: Code, reason: &'static str) {
    let stream = &mut connection.stream;
    let answer = gate.refuse_unread(stream, code, reason);
    let farewell = async {
        stream.write_all(&answer).await?;
        stream.flush().await
    };
    let _ = timeout(FAREWELL_DEADLINE, farewell).await;
    close(stream).await;
    let _ = timeout(LINGER, discard(stream)).await;
}

/// A connection closed over unread bytes is reset (TCP), and many clients drop an answer that a reset follows.
async fn discard(stream: &mut Stream) {
    let mut space = vec![0; READ_BYTES];
    for _ in 0..LINGER_BYTES / READ_BYTES {
        if !matches!(stream.read(&mut space).await, Ok(1..)) {
            return;
        }
    }
}

async fn close(stream: &mut Stream) {
    let _ = timeout(FAREWELL_DEADLINE, AsyncWriteExt::shutdown(stream)).await;
}
