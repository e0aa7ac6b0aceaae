//! `GET /metrics` on an address of its own, never a ring's: one caller at a time, on a thread of its own.

use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

const MAX_HEAD_BYTES: usize = 8 * 1024;
/// For the request's head; and again for the answer.
const PATIENCE: Duration = Duration::from_secs(2);
/// Between two looks for a caller, and for the end.
const LOOK: Duration = Duration::from_millis(50);
/// An address somebody has (the gateway before, while it drains) is tried again.
const RETRY: Duration = Duration::from_secs(1);

/// Listens for as long as it is there.
pub struct Listener {
    pub address: String,
    ended: Arc<AtomicBool>,
}

impl Listener {
    /// `answer` makes the text.
    pub fn start(address: &str, answer: impl Fn() -> String + Send + 'static) -> Listener {
        let listener = Listener {
            address: address.to_owned(),
            ended: Arc::default(),
        };
        let (address, ended) = (address.to_owned(), Arc::clone(&listener.ended));
        thread::spawn(move || {
            if let Some(socket) = bound(&address, &ended) {
                serve(&socket, &ended, answer);
            }
        });
        listener
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::Release);
    }
}

/// `None`: it ended before the address was free.
fn bound(address: &str, ended: &AtomicBool) -> Option<TcpListener> {
    let mut said = false;
    while !ended.load(Ordering::Acquire) {
        let bound = TcpListener::bind(address)
            .and_then(|socket| socket.set_nonblocking(true).map(|()| socket));
        match bound {
            Ok(socket) => return Some(socket),
            Err(error) if !said => {
                log::error!("metrics: {address} cannot be listened on, tried again: {error}");
                said = true;
            }
            Err(_) => {}
        }
        thread::sleep(RETRY);
    }
    None
}

fn serve(socket: &TcpListener, ended: &AtomicBool, answer: impl Fn() -> String) {
    while !ended.load(Ordering::Acquire) {
        match socket.accept() {
            // Whoever goes away meanwhile is told nothing.
            Ok((caller, _)) => drop(attend(caller, &answer)),
            Err(_) => thread::sleep(LOOK),
        }
    }
}

fn attend(mut caller: TcpStream, answer: impl Fn() -> String) -> io::Result<()> {
    caller.set_nonblocking(false)?;
    caller.set_write_timeout(Some(PATIENCE))?;
    let head = head(&mut caller)?;
    let (status, content_type, body) = match request_line(&head) {
        ("GET", "/metrics") => (
            "200 OK",
            "application/openmetrics-text; version=1.0.0; charset=utf-8",
            answer(),
        ),
        _ => (
            "404 Not Found",
            "text/plain",
            "ask GET /metrics\n".to_owned(),
        ),
    };
    let length = body.len();
    write!(
        caller,
        "HTTP/1.1 {status}\r\ncontent-type: {content_type}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
    )
}

/// The request's head, up to [`MAX_HEAD_BYTES`].
fn head(caller: &mut TcpStream) -> io::Result<Vec<u8>> {
    let since = Instant::now();
    let mut head = Vec::new();
    let mut part = [0; 1024];
    while !head.windows(4).any(|end| end == b"\r\n\r\n") {
        let left = PATIENCE.saturating_sub(since.elapsed());
        if left.is_zero() || head.len() > MAX_HEAD_BYTES {
            return Err(io::ErrorKind::TimedOut.into());
        }
        caller.set_read_timeout(Some(left))?;
        match caller.read(&mut part)? {
            0 => return Err(io::ErrorKind::UnexpectedEof.into()),
            read => head.extend_from_slice(&part[..read]),
        }
    }
    Ok(head)
}

/// Method and path, without query.
fn request_line(head: &[u8]) -> (&str, &str) {
    let line = head.split(|byte| *byte == b'\r').next().unwrap_or_default();
    let mut words = str::from_utf8(line).unwrap_or_default().split(' ');
    let (method, target) = (words.next().unwrap_or(""), words.next().unwrap_or(""));
    (method, target.split('?').next().unwrap_or(""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_asked_for_with_or_without_query() {
        for (head, asked) in [
            ("GET /metrics HTTP/1.1\r\n\r\n", ("GET", "/metrics")),
            ("GET /metrics?a=b HTTP/1.1\r\n\r\n", ("GET", "/metrics")),
            ("\r\n\r\n", ("", "")),
        ] {
            assert_eq!(request_line(head.as_bytes()), asked);
        }
        assert_eq!(request_line(b"GET \xff HTTP/1.1\r\n\r\n"), ("", ""));
    }
}
