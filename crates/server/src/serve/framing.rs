//! Is this the head of one HTTP/1 request, to every reader alike (RFC 9112)?
//!
//! Pingora accepts bare line feeds and a request with both `Content-Length` and `Transfer-Encoding`; two
//! readers that disagree about where a request ends are a smuggled request. What is doubtful is refused here,
//! before Pingora sees it.

use pingora::http::RequestHeader;
use pingora::protocols::http::authority::validate_request_authority;

/// Request line and header fields together.
pub const MAX_HEAD_BYTES: usize = 32 * 1024;
/// Header fields of one request.
pub const MAX_FIELDS: usize = 100;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Head {
    /// More bytes are needed.
    Incomplete,
    /// A well-formed head of this many bytes; what follows is body.
    Complete(usize),
    /// Refused, and why; for the log.
    Malformed(&'static str),
    /// Well-formed so far, but more than is taken.
    TooLarge(&'static str),
}

/// Looks at the bytes received so far.
pub fn inspect(received: &[u8]) -> Head {
    match head(received) {
        Ok(Some(length)) => Head::Complete(length),
        // A head that will never be complete is refused at once, not at the deadline.
        Ok(None) if received.len() >= MAX_HEAD_BYTES => Head::TooLarge(TOO_LONG),
        Ok(None) => Head::Incomplete,
        Err(reason @ (TOO_LONG | TOO_MANY)) => Head::TooLarge(reason),
        Err(reason) => Head::Malformed(reason),
    }
}

pub const TOO_LONG: &str = "head longer than 32 KiB";
pub const TOO_MANY: &str = "more than 100 header fields";

/// The head's length; `None` while its end is not there.
fn head(received: &[u8]) -> Result<Option<usize>, &'static str> {
    let mut lines = Lines { received, at: 0 };
    let Some(first) = lines.next_line()? else {
        return Ok(None);
    };
    let request = request_line(first)?;
    let mut framing = Framing::default();
    for count in 0.. {
        let Some(line) = lines.next_line()? else {
            return Ok(None);
        };
        if line.is_empty() {
            break;
        }
        if count == MAX_FIELDS {
            return Err(TOO_MANY);
        }
        let (name, value) = field(line)?;
        framing.note(name, value)?;
    }
    if lines.at > MAX_HEAD_BYTES {
        return Err(TOO_LONG);
    }
    framing.conclude(request.version)?;
    one_authority(&request, framing.host)?;
    Ok(Some(lines.at))
}

struct Lines<'a> {
    received: &'a [u8],
    at: usize,
}

impl<'a> Lines<'a> {
    /// The next line without its CRLF; `None` while it is not complete.
    fn next_line(&mut self) -> Result<Option<&'a [u8]>, &'static str> {
        let rest = &self.received[self.at..];
        let Some(end) = memchr::memchr(b'\n', rest) else {
            return Ok(None);
        };
        self.at += end + 1;
        match rest[..end].split_last() {
            Some((b'\r', line)) => Ok(Some(line)),
            _ => Err("bare line feed"),
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Version {
    Http10,
    Http11,
}

struct RequestLine<'a> {
    method: &'a [u8],
    target: &'a [u8],
    version: Version,
}

/// `method SP request-target SP HTTP-version`, one space each (RFC 9112 §3).
fn request_line(line: &[u8]) -> Result<RequestLine<'_>, &'static str> {
    let mut parts = line.split(|&b| b == b' ');
    let (Some(method), Some(target), Some(version), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err("request line is not three words");
    };
    if !is_token(method) {
        return Err("method is not a token");
    }
    if target.is_empty() || !all(target, TARGET) {
        return Err("request target has bytes that must be percent-encoded");
    }
    let version = match version {
        b"HTTP/1.1" => Version::Http11,
        b"HTTP/1.0" => Version::Http10,
        _ => return Err("neither HTTP/1.1 nor HTTP/1.0"),
    };
    Ok(RequestLine {
        method,
        target,
        version,
    })
}

/// A target with an authority of its own must agree with `Host` (RFC 9112 §3.2.2). Pingora would refuse the
/// rest as well, but in its own name.
fn one_authority(line: &RequestLine<'_>, host: &[u8]) -> Result<(), &'static str> {
    if line.target.starts_with(b"/") && !host.contains(&b'@') {
        return Ok(());
    }
    let agrees = || -> pingora::Result<()> {
        let mut request = RequestHeader::build(line.method, line.target, Some(1))?;
        if !host.is_empty() {
            request.insert_header("host", host)?;
        }
        validate_request_authority(&request)
    };
    agrees().map_err(|_| "request target and Host name different authorities")
}

/// `name ":" value`, no space before the colon, no folded line, no control character (RFC 9112 §5).
fn field(line: &[u8]) -> Result<(&[u8], &[u8]), &'static str> {
    if line.first().is_some_and(|b| matches!(b, b' ' | b'\t')) {
        return Err("folded header field");
    }
    let colon = memchr::memchr(b':', line).ok_or("header field without a colon")?;
    let (name, value) = (&line[..colon], &line[colon + 1..]);
    if !is_token(name) {
        return Err("header field name is not a token");
    }
    if !all(value, VALUE) {
        return Err("control character in a header field");
    }
    Ok((name, value.trim_ascii()))
}

/// What decides where the request ends and whom it is for.
#[derive(Default)]
struct Framing<'a> {
    host: &'a [u8],
    hosts: usize,
    lengths: usize,
    codings: usize,
}

impl<'a> Framing<'a> {
    fn note(&mut self, name: &[u8], value: &'a [u8]) -> Result<(), &'static str> {
        if name.eq_ignore_ascii_case(b"host") {
            self.hosts += 1;
            self.host = value;
        } else if name.eq_ignore_ascii_case(b"content-length") {
            self.lengths += 1;
            // 18 digits: no reader's integer overflows.
            if value.is_empty() || value.len() > 18 || !value.iter().all(u8::is_ascii_digit) {
                return Err("Content-Length is not a number");
            }
        } else if name.eq_ignore_ascii_case(b"transfer-encoding") {
            self.codings += 1;
            if !value.eq_ignore_ascii_case(b"chunked") {
                return Err("Transfer-Encoding other than chunked");
            }
        }
        Ok(())
    }

    fn conclude(&self, version: Version) -> Result<(), &'static str> {
        match (self.hosts, self.lengths, self.codings, version) {
            (2.., ..) => Err("more than one Host"),
            (0, _, _, Version::Http11) => Err("no Host"),
            (_, 2.., ..) => Err("more than one Content-Length"),
            (_, _, 2.., _) => Err("more than one Transfer-Encoding"),
            (_, 1, 1, _) => Err("both Content-Length and Transfer-Encoding"),
            (_, _, 1, Version::Http10) => Err("Transfer-Encoding in HTTP/1.0"),
            _ => Ok(()),
        }
    }
}

/// What a byte may be part of; one look-up instead of a dozen comparisons for every byte of every head.
const TOKEN: u8 = 1;
const TARGET: u8 = 2;
const VALUE: u8 = 4;

static CLASSES: [u8; 256] = classes();

const fn classes() -> [u8; 256] {
    let mut classes = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        classes[byte] = class(byte as u8);
        byte += 1;
    }
    classes
}

const fn class(byte: u8) -> u8 {
    // RFC 9110 §5.6.2.
    let token = byte.is_ascii_alphanumeric()
        || matches!(
            byte,
            b'!' | b'#'..=b'\'' | b'*' | b'+' | b'-' | b'.' | b'^'..=b'`' | b'|' | b'~'
        );
    // Visible ASCII, but for what no URI may hold raw (RFC 3986 §2) and Pingora refuses in its own name, and for
    // `#`: a target has no fragment (RFC 9112 §3.2), and one that is cut off is another target.
    let target = byte.is_ascii_graphic() && !matches!(byte, b'"' | b'#' | b'<' | b'>' | b'`');
    // RFC 9110 §5.5.
    let value = (byte >= b' ' || byte == b'\t') && byte != 0x7f;
    token as u8 * TOKEN + target as u8 * TARGET + value as u8 * VALUE
}

/// Whether every byte is of the class.
fn all(bytes: &[u8], class: u8) -> bool {
    bytes
        .iter()
        .fold(class, |left, &byte| left & CLASSES[usize::from(byte)])
        != 0
}

fn is_token(bytes: &[u8]) -> bool {
    !bytes.is_empty() && all(bytes, TOKEN)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn malformed(head: &str) -> &'static str {
        match inspect(head.as_bytes()) {
            Head::Malformed(reason) | Head::TooLarge(reason) => reason,
            other => panic!("{other:?} for {head:?}"),
        }
    }

    #[test]
    fn a_complete_head_ends_where_the_body_begins() {
        let head =
            b"POST /a?b=%20 HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nX-Empty:\r\n\r\nbody";
        assert_eq!(inspect(head), Head::Complete(head.len() - 4));
        for cut in 0..head.len() - 4 {
            assert_eq!(inspect(&head[..cut]), Head::Incomplete, "cut at {cut}");
        }
    }

    #[test]
    fn two_answers_to_where_a_request_ends_are_refused() {
        let request = |fields: &str| format!("POST / HTTP/1.1\r\nHost: x\r\n{fields}\r\n\r\n");
        for fields in [
            "Content-Length: 4\r\nTransfer-Encoding: chunked",
            "Content-Length: 4\r\nContent-Length: 4",
            "Content-Length: 4, 4",
            "Content-Length: +4",
            "Content-Length: 0x4",
            "Content-Length:",
            "Content-Length: 9999999999999999999",
            "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
            "Transfer-Encoding: gzip, chunked",
            "Transfer-Encoding: xchunked",
            "Transfer-Encoding : chunked",
            "Transfer-Encoding:\x0bchunked",
            " Transfer-Encoding: chunked",
            "X: a\nTransfer-Encoding: chunked",
            "X: a\rTransfer-Encoding: chunked",
        ] {
            malformed(&request(fields));
        }
    }

    #[test]
    fn two_answers_to_whom_a_request_is_for_are_refused() {
        assert_eq!(
            malformed("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"),
            "more than one Host"
        );
        assert_eq!(
            malformed("GET / HTTP/1.1\r\nHost: a\r\nhOST: a\r\n\r\n"),
            "more than one Host"
        );
        assert_eq!(malformed("GET / HTTP/1.1\r\nAccept: a\r\n\r\n"), "no Host");
        malformed("GET https://b/ HTTP/1.1\r\nHost: a\r\n\r\n");
        malformed("GET / HTTP/1.1\r\nHost: user@a\r\n\r\n");
        malformed("CONNECT b:443 HTTP/1.1\r\nHost: a\r\n\r\n");
        let same = b"GET https://a/ HTTP/1.1\r\nHost: a\r\n\r\n";
        assert_eq!(inspect(same), Head::Complete(same.len()));
    }

    #[test]
    fn a_request_line_is_three_words_of_visible_ascii() {
        for line in [
            "GET  / HTTP/1.1",
            "GET /a b HTTP/1.1",
            "GET /\u{e9} HTTP/1.1",
            "GET /<a> HTTP/1.1",
            "GET /a#b HTTP/1.1",
            "G(T / HTTP/1.1",
            " / HTTP/1.1",
            "GET / HTTP/1.2",
            "GET / http/1.1",
            "GET /",
            "PRI * HTTP/2.0",
            "GET /\0 HTTP/1.1",
        ] {
            malformed(&format!("{line}\r\nHost: x\r\n\r\n"));
        }
    }

    #[test]
    fn a_bare_line_feed_is_refused_before_the_head_is_complete() {
        assert_eq!(malformed("GET / HTTP/1.1\nHost: x\n"), "bare line feed");
        assert_eq!(malformed("\n"), "bare line feed");
    }

    #[test]
    fn a_head_is_bounded_in_bytes_and_fields() {
        let long = format!(
            "GET / HTTP/1.1\r\nHost: x\r\nA: {}",
            "a".repeat(MAX_HEAD_BYTES)
        );
        malformed(&long);
        malformed(&format!("{long}\r\n\r\n"));
        let fields = |count: usize| "a: b\r\n".repeat(count - 1);
        let head = |count| format!("GET / HTTP/1.1\r\nHost: x\r\n{}\r\n", fields(count));
        assert_eq!(
            inspect(head(MAX_FIELDS).as_bytes()),
            Head::Complete(head(MAX_FIELDS).len())
        );
        malformed(&head(MAX_FIELDS + 1));
    }
}

#[cfg(test)]
mod fuzz {
    //! `make fuzz` runs these for longer.

    use proptest::prelude::*;

    use super::*;

    /// Heads that are nearly right: parts of requests, whole and broken, in any order.
    fn nearly_a_head() -> impl Strategy<Value = Vec<u8>> {
        let part = prop_oneof![
            Just(b"GET /a HTTP/1.1\r\n".to_vec()),
            Just(b"POST https://x/ HTTP/1.0\r\n".to_vec()),
            Just(b"Host: x\r\n".to_vec()),
            Just(b"Content-Length: 5\r\n".to_vec()),
            Just(b"Transfer-Encoding: chunked\r\n".to_vec()),
            Just(b"\r\n".to_vec()),
            "[ -~\r\n\t]{0,12}".prop_map(String::into_bytes),
            proptest::collection::vec(any::<u8>(), 0..6),
        ];
        proptest::collection::vec(part, 0..8).prop_map(|parts| parts.concat())
    }

    proptest! {
        /// However the bytes are cut into reads, the verdict is one, and no later byte changes it.
        #[test]
        fn a_verdict_is_final(received in nearly_a_head(), more in nearly_a_head()) {
            let verdict = inspect(&received);
            if let Head::Complete(length) = verdict {
                prop_assert!(length <= received.len());
                prop_assert!(received[..length].ends_with(b"\r\n\r\n"));
            }
            if verdict != Head::Incomplete {
                prop_assert_eq!(inspect(&[received, more].concat()), verdict);
            }
        }
    }
}
