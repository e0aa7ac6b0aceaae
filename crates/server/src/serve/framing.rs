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
    /// A well-formed head of so many bytes, and what follows it.
    Complete(usize, Body),
    /// Refused, and why; for the log.
    Malformed(&'static str),
    /// Well-formed so far, but more than is taken.
    TooLarge(&'static str),
}

/// What follows a head (RFC 9112 §6.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Body {
    None,
    /// So many bytes.
    Length(u64),
    Chunked,
    /// None, and then whatever the other protocol has, if an upgrade comes of the request.
    Upgrade,
}

/// Looks at the bytes received so far.
pub fn inspect(received: &[u8]) -> Head {
    match head(received) {
        Ok(Some((length, body))) => Head::Complete(length, body),
        // A head that will never be complete is refused at once, not at the deadline.
        Ok(None) if received.len() >= MAX_HEAD_BYTES => Head::TooLarge(TOO_LONG),
        Ok(None) => Head::Incomplete,
        Err(reason @ (TOO_LONG | TOO_MANY)) => Head::TooLarge(reason),
        Err(reason) => Head::Malformed(reason),
    }
}

pub const TOO_LONG: &str = "head longer than 32 KiB";
pub const TOO_MANY: &str = "more than 100 header fields";

/// The head's length and what follows; `None` while its end is not there.
fn head(received: &[u8]) -> Result<Option<(usize, Body)>, &'static str> {
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
    let body = framing.conclude(request.version)?;
    one_authority(&request, framing.host)?;
    Ok(Some((lines.at, body)))
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
    // RFC 9112 §3.2: an invalid field value is 400, like none. User information is among them.
    if !all(host, HOST) {
        return Err("Host is not an authority");
    }
    if line.target.starts_with(b"/") {
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
    length: &'a [u8],
    lengths: usize,
    codings: usize,
    upgrade: bool,
}

impl<'a> Framing<'a> {
    fn note(&mut self, name: &[u8], value: &'a [u8]) -> Result<(), &'static str> {
        if name.eq_ignore_ascii_case(b"host") {
            self.hosts += 1;
            self.host = value;
        } else if name.eq_ignore_ascii_case(b"content-length") {
            self.lengths += 1;
            self.length = value;
            if !is_length(value) {
                return Err("Content-Length is not a number");
            }
        } else if name.eq_ignore_ascii_case(b"transfer-encoding") {
            self.codings += 1;
            if !value.eq_ignore_ascii_case(b"chunked") {
                return Err("Transfer-Encoding other than chunked");
            }
        } else if name.eq_ignore_ascii_case(b"upgrade") {
            self.upgrade = true;
        }
        Ok(())
    }

    fn conclude(&self, version: Version) -> Result<Body, &'static str> {
        match (self.hosts, self.lengths, self.codings, version) {
            (2.., ..) => Err("more than one Host"),
            (0, _, _, Version::Http11) => Err("no Host"),
            (_, 2.., ..) => Err("more than one Content-Length"),
            (_, _, 2.., _) => Err("more than one Transfer-Encoding"),
            (_, 1, 1, _) => Err("both Content-Length and Transfer-Encoding"),
            (_, _, 1, Version::Http10) => Err("Transfer-Encoding in HTTP/1.0"),
            (_, _, 1, _) => Ok(Body::Chunked),
            (_, 1, ..) => Ok(self.length()),
            _ if self.upgrade => Ok(Body::Upgrade),
            _ => Ok(Body::None),
        }
    }

    /// Digits, and few enough of them: looked at when they were noted.
    fn length(&self) -> Body {
        let digit = |sum: u64, digit: &u8| sum * 10 + u64::from(digit - b'0');
        match self.length.iter().fold(0, digit) {
            0 if self.upgrade => Body::Upgrade,
            0 => Body::None,
            length => Body::Length(length),
        }
    }
}

/// A `Content-Length` to every reader: 18 digits at most, so that no integer overflows, and no zeros before them, which
/// to some mean octal.
pub fn is_length(value: &[u8]) -> bool {
    let octal = value.len() > 1 && value[0] == b'0';
    !octal && matches!(value.len(), 1..=18) && all(value, DIGIT)
}

/// What a byte may be part of; one look-up instead of a dozen comparisons for every byte of every head.
const TOKEN: u8 = 1;
const TARGET: u8 = 2;
const VALUE: u8 = 4;
const HOST: u8 = 8;
const DIGIT: u8 = 16;

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
    // RFC 3986 §3.2.2 and §3.2.3: names, addresses, percent-encoding, a port; no user information.
    let host = byte.is_ascii_alphanumeric()
        || matches!(
            byte,
            b'-' | b'.' | b'_' | b'~' | b'%' | b'!' | b'$' | b'&'
                ..=b',' | b';' | b'=' | b':' | b'[' | b']'
        );
    token as u8 * TOKEN
        + target as u8 * TARGET
        + value as u8 * VALUE
        + host as u8 * HOST
        + byte.is_ascii_digit() as u8 * DIGIT
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

pub fn is_token_byte(byte: u8) -> bool {
    CLASSES[usize::from(byte)] & TOKEN != 0
}

/// What a field's value may hold.
pub fn is_value_byte(byte: u8) -> bool {
    CLASSES[usize::from(byte)] & VALUE != 0
}

#[cfg(test)]
#[path = "framing_tests.rs"]
mod tests;
