//! Answers of the gateway's own, on a session or as plain bytes. Nothing in them says what it is built with.

use std::time::Duration;

use bytes::Bytes;
use http::{Method, header};
use pingora::Result;
use pingora::http::ResponseHeader;
use pingora::proxy::Session;
use pingora::time::timeout;
use wall::Answer;

/// For the rest of a body whose request is answered already: a document that is too large is often several times so.
const LINGER: Duration = Duration::from_secs(2);
const LINGER_BYTES: usize = 16 << 20;

/// The request's correlation id, on every response.
pub const REQUEST_ID: &str = "x-request-id";

/// Sends the answer unless a response has begun; then only breaking off is left, which the caller does.
pub async fn send(session: &mut Session, answer: &mut Answer, request_id: &str) -> Result<()> {
    if session
        .response_written()
        .is_some_and(|written| !written.status.is_informational())
    {
        return Ok(());
    }
    if answer.close {
        session.set_keepalive(None);
    }
    let body = Bytes::from(std::mem::take(&mut answer.body));
    let header = header(answer, body.len(), request_id)?;
    let bodiless = body.is_empty() || session.req_header().method == Method::HEAD;
    session
        .write_response_header(Box::new(header), bodiless)
        .await?;
    if !bodiless {
        session.write_response_body(Some(body), true).await?;
    }
    linger(session).await;
    Ok(())
}

/// A connection closed over unread bytes is reset (TCP), and so is a stream ended over them (RFC 9113 §8.1); many
/// clients drop an answer that such a reset follows. So what is still coming of the body is read for a while.
async fn linger(session: &mut Session) {
    let client = session.as_downstream_mut();
    // Whoever asked first does not send the body now.
    if client.req_header().headers.contains_key(header::EXPECT) {
        return;
    }
    let rest = async {
        let mut bytes = 0;
        while let Ok(Some(part)) = client.read_request_body().await {
            bytes += part.len();
            if bytes > LINGER_BYTES {
                break;
            }
        }
    };
    let _ = timeout(LINGER, rest).await;
}

pub fn header(answer: &Answer, length: usize, request_id: &str) -> Result<ResponseHeader> {
    let mut header = ResponseHeader::build(answer.status, Some(answer.headers.len() + 4))?;
    for (name, value) in &answer.headers {
        header.append_header(*name, value.as_str())?;
    }
    // RFC 9110 §8.6: not on 204.
    if answer.status != 204 {
        header.insert_header(header::CONTENT_LENGTH, length)?;
    }
    header.insert_header(REQUEST_ID, request_id)?;
    Ok(header)
}

/// The same for a connection on which no request could be read; it is closed afterwards.
pub fn to_bytes(answer: &Answer, request_id: &str) -> Vec<u8> {
    let status = http::StatusCode::from_u16(answer.status).unwrap_or(http::StatusCode::BAD_REQUEST);
    let mut text = format!(
        "HTTP/1.1 {} {}\r\n",
        status.as_str(),
        status.canonical_reason().unwrap_or("")
    );
    for (name, value) in &answer.headers {
        text.push_str(&format!("{name}: {value}\r\n"));
    }
    text.push_str(&format!("content-length: {}\r\n", answer.body.len()));
    text.push_str(&format!("{REQUEST_ID}: {request_id}\r\n"));
    text.push_str("connection: close\r\n\r\n");
    let mut bytes = text.into_bytes();
    bytes.extend_from_slice(&answer.body);
    bytes
}
