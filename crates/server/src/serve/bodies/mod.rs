//! Bodies of responses: what the wall decided of one, carried out.
//!
//! JSON of up to 1 MiB is held until it is whole ([`held`]): its header waits here, and in its place Pingora is given a
//! 102, which it drops. Larger bodies, and those that are many texts, are cut as they pass ([`passing`]). Where the
//! end of a held body is seen by no hook (trailers, an END_STREAM on the header, what comes of a cache), it is sent
//! when the call is over.

mod asking;
mod decoding;
mod held;
mod passing;
mod reader;
mod sending;

use std::mem;

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Method, StatusCode, Version, header};
use pingora::http::ResponseHeader;
use pingora::proxy::Session;
use pingora::{Error, ErrorType, Result};
use wall::bodies::{BodyFate, NotDeclared, Reading, Withheld};
use wall::filter::Framing;
use wall::filter::bounds::MAX_WHOLE_BYTES;
use wall::problem::Code;

use super::call::Call;
use super::gate::Gate;
use super::hooks::unsettled;
use crate::secrets::Secrets;
pub use asking::ask;
use decoding::Decoder;
use held::{Held, Plan};
use passing::Passing;
pub use passing::PassingBuilder;
use reader::{Broken, Reader};

/// A body that is not what its contract says; its context says why.
pub const UNREADABLE: ErrorType = ErrorType::new("UnreadableBody");

/// They speak of a body that does not leave as it came (RFC 9530, 9421, 9110 §14).
static OF_ANOTHER_BODY: [HeaderName; 10] = [
    header::CONTENT_LENGTH,
    header::CONTENT_ENCODING,
    header::CONTENT_RANGE,
    header::ACCEPT_RANGES,
    HeaderName::from_static("content-md5"),
    HeaderName::from_static("digest"),
    HeaderName::from_static("content-digest"),
    HeaderName::from_static("repr-digest"),
    HeaderName::from_static("signature"),
    HeaderName::from_static("signature-input"),
];

fn unreadable(broken: Broken) -> Box<Error> {
    Error::explain(UNREADABLE, broken.to_string())
}

/// What is under way of a response's body, beside Pingora's own.
#[derive(Default)]
pub enum UnderWay {
    #[default]
    Nothing,
    Held(Box<Held>),
    /// Sent; nothing more may leave.
    Sent,
}

/// Decides on a response whose header was judged. `response` becomes what leaves first.
pub fn begin(
    session: &mut Session,
    response: &mut ResponseHeader,
    call: &mut Call,
    secrets: &Secrets,
) -> Result<()> {
    forget(session, call);
    call.withheld = Withheld::default();
    let forward = call.forward().ok_or_else(unsettled)?;
    if response.status == StatusCode::SWITCHING_PROTOCOLS {
        return Ok(());
    }
    let types = response.headers.get_all(header::CONTENT_TYPE).iter();
    let verdict = forward.body(
        response.status.as_u16(),
        types.map(HeaderValue::as_bytes),
        call.arrived_unix_ns / NANOS_PER_SECOND,
    );
    if is_bodiless(session, response) {
        return bodiless(response, verdict.fate, forward.is_projected());
    }
    if let Some(because) = verdict.because {
        call.withheld = Withheld::whole(because.as_str());
    }
    match verdict.fate {
        BodyFate::Passes => Ok(()),
        BodyFate::Watched(reading) => watch(session, response, call, &reading),
        BodyFate::Projected(mut reading) => {
            if reading.graph.hashes() {
                reading.masking_key = secrets.masking_key();
            }
            project(session, response, call, reading)
        }
        BodyFate::Emptied => {
            without_body(response);
            Passing::Nothing.begin(session, call)?;
            response.insert_header(header::CONTENT_LENGTH, 0)
        }
        BodyFate::Replaced { code, status } => {
            let why = verdict.because.map_or("", NotDeclared::as_str);
            hold(response, call, Plan::Replace { code, status, why }, None)
        }
    }
}

/// A response that has no body passes. What it says of the one it would have is of another one than would leave.
fn bodiless(response: &mut ResponseHeader, fate: BodyFate, is_projected: bool) -> Result<()> {
    let is_error = response.status.as_u16() >= 400;
    match fate {
        BodyFate::Replaced { status, .. } if is_error => {
            without_body(response);
            response.set_status(status)
        }
        _ if is_projected => {
            without_body(response);
            Ok(())
        }
        _ => Ok(()),
    }
}

const NANOS_PER_SECOND: u64 = 1_000_000_000;

/// Nothing of a response before this one is under way any more.
pub fn forget(session: &mut Session, call: &mut Call) {
    call.body_under_way = UnderWay::Nothing;
    if let Some(passing) = Passing::of(session, call) {
        *passing = Passing::AsItIs;
    }
}

/// Whether the header of the response waits.
pub fn is_held(call: &Call) -> bool {
    matches!(call.body_under_way, UnderWay::Held(_))
}

/// RFC 9112 §6.3.
fn is_bodiless(session: &Session, response: &ResponseHeader) -> bool {
    session.req_header().method == Method::HEAD
        || matches!(
            response.status,
            StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED
        )
}

/// Of a body that is not there, or does not leave, nothing is said.
fn without_body(response: &mut ResponseHeader) {
    for name in OF_ANOTHER_BODY
        .iter()
        .chain([&header::ETAG, &header::TRANSFER_ENCODING])
    {
        response.remove_header(name);
    }
}

fn watch(
    session: &mut Session,
    response: &ResponseHeader,
    call: &mut Call,
    reading: &Reading,
) -> Result<()> {
    match Decoder::of(&response.headers) {
        Ok(decoder) => {
            Passing::Watched(Box::new(Reader::new(reading, decoder))).begin(session, call)
        }
        // What cannot be decoded here passes as it is, unread.
        Err(_) => Ok(()),
    }
}

fn project(
    session: &mut Session,
    response: &mut ResponseHeader,
    call: &mut Call,
    reading: Reading,
) -> Result<()> {
    let announced = content_length(response);
    let decoder = match Decoder::of(&response.headers) {
        Ok(decoder) => decoder,
        Err(why) => {
            let (code, status) = (Code::UpstreamFault, Code::UpstreamFault.status());
            return hold(response, call, Plan::Replace { code, status, why }, None);
        }
    };
    for name in &OF_ANOTHER_BODY {
        response.remove_header(name);
    }
    let is_whole = reading.framing == Framing::Json
        && announced.is_none_or(|bytes| bytes <= MAX_WHOLE_BYTES as u64);
    if is_whole {
        return hold(response, call, Plan::Project(reading), decoder);
    }
    as_it_comes(response)?;
    Passing::Cut(Box::new(Reader::new(&reading, decoder))).begin(session, call)
}

fn content_length(response: &ResponseHeader) -> Option<u64> {
    response
        .headers
        .get(header::CONTENT_LENGTH)?
        .to_str()
        .ok()?
        .parse()
        .ok()
}

/// Its length is known at its end only, and so is whether it is the same.
fn as_it_comes(response: &mut ResponseHeader) -> Result<()> {
    response.set_version(Version::HTTP_11);
    response.remove_header(&header::ETAG);
    response.insert_header(header::TRANSFER_ENCODING, "chunked")
}

/// Leaves a 102 in the header's place.
fn hold(
    response: &mut ResponseHeader,
    call: &mut Call,
    plan: Plan,
    decoder: Option<Decoder>,
) -> Result<()> {
    let mut header = mem::replace(
        response,
        ResponseHeader::build(StatusCode::PROCESSING, None)?,
    );
    header.set_version(Version::HTTP_11);
    header.remove_header(&header::TRANSFER_ENCODING);
    call.body_under_way = UnderWay::Held(Box::new(Held::new(header, plan, decoder)));
    Ok(())
}

impl Gate {
    /// The next piece of a body. What leaves of it is left in `body`.
    pub(super) fn body_came(
        &self,
        session: &mut Session,
        body: &mut Option<Bytes>,
        ended: bool,
        call: &mut Call,
    ) -> Result<()> {
        match &mut call.body_under_way {
            UnderWay::Nothing => {}
            UnderWay::Sent => *body = None,
            UnderWay::Held(held) => {
                held.take(body.take(), ended);
                if let Some(why) = held.in_vain().filter(|_| !ended) {
                    return Error::e_explain(UNREADABLE, why);
                }
                if held.is_over() {
                    self.pass_on(session, call)?;
                } else if ended && must_be_sent_now(session) {
                    *body = self.send_now(session, call)?;
                }
            }
        }
        Ok(())
    }

    /// Trailers have come, and the body has ended with them: what is held leaves in their place.
    pub(super) fn body_ended(
        &self,
        session: &mut Session,
        call: &mut Call,
    ) -> Result<Option<Bytes>> {
        let UnderWay::Held(held) = &mut call.body_under_way else {
            return Ok(None);
        };
        held.take(None, true);
        let body = self.send_now(session, call)?;
        Ok(Some(body.unwrap_or_default()))
    }
}

/// On HTTP/2 nothing may end before its header; and a client that is still sending may be waiting for the answer.
fn must_be_sent_now(session: &mut Session) -> bool {
    let client = session.as_downstream_mut();
    client.is_http2() || !client.is_body_done()
}
