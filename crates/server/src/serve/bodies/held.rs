//! A body that is read as a whole before anything of its response leaves. So what cannot be read becomes an answer in
//! our words, and what can leaves with its exact length.

use std::io;
use std::time::{Duration, Instant};

use bytes::{Bytes, BytesMut};
use http::header;
use pingora::http::{RequestHeader, ResponseHeader};
use pingora::protocols::http::conditional_filter::{not_modified_filter, to_304};
use wall::bodies::{Reading, Withheld};
use wall::filter::bounds::MAX_WHOLE_BYTES;
use wall::filter::{Options, project};
use wall::problem::Code;

use super::decoding::Decoder;
use super::reader::{Broken, Reader};

/// A service that has sent no whole body by then is read as it comes.
const PATIENCE: Duration = Duration::from_secs(10);
/// Of a body that does not leave, so many bytes are awaited, for the sake of the connection.
const UNWANTED_BYTES: usize = 64 * 1024;
const ETAG_BYTES: usize = 16;

pub struct Held {
    /// What leaves of the service's header.
    pub header: ResponseHeader,
    pub plan: Plan,
    decoder: Option<Decoder>,
    /// Its coding taken off.
    body: Collected,
    broken: Option<io::Error>,
    since: Instant,
    /// All of the body has come.
    pub ended: bool,
}

pub enum Plan {
    Project(Reading),
    /// An answer in place of it, if there is a body or the status is an error.
    Replace {
        code: Code,
        status: u16,
        /// For the log.
        why: &'static str,
    },
}

/// What is to be sent.
pub enum Settled {
    Response(ResponseHeader, Bytes, Withheld),
    /// An answer of ours; the header is the one that does not leave.
    Replaced(Option<ResponseHeader>, Instead),
}

pub struct Instead {
    pub code: Code,
    pub status: u16,
    /// For the log.
    pub reason: String,
}

/// Mostly a body comes in one piece.
#[derive(Default)]
enum Collected {
    #[default]
    Nothing,
    One(Bytes),
    Many(BytesMut),
}

impl Held {
    pub fn new(header: ResponseHeader, plan: Plan, decoder: Option<Decoder>) -> Held {
        Held {
            header,
            plan,
            decoder,
            body: Collected::Nothing,
            broken: None,
            since: Instant::now(),
            ended: false,
        }
    }

    pub fn take(&mut self, bytes: Option<Bytes>, ended: bool) {
        if let Some(bytes) = bytes.filter(|_| self.broken.is_none())
            && let Err(broken) = self.add(bytes)
        {
            self.broken = Some(broken);
        }
        self.ended |= ended;
    }

    fn add(&mut self, bytes: Bytes) -> io::Result<()> {
        let Held { decoder, body, .. } = self;
        match decoder {
            Some(decoder) => decoder.decode(&bytes, |came| {
                body.add(Bytes::copy_from_slice(came));
                Ok(())
            }),
            None => {
                body.add(bytes);
                Ok(())
            }
        }
    }

    /// Whether it has become too long, or took too long, to be held any more.
    pub fn is_over(&self) -> bool {
        let bytes = self.body.as_slice().len();
        !self.ended && (bytes > MAX_WHOLE_BYTES || self.since.elapsed() > PATIENCE)
    }

    /// Why nothing of what is still to come could leave, if so.
    pub fn in_vain(&self) -> Option<String> {
        if let Some(broken) = &self.broken {
            return Some(format!("the body's content coding: {broken}"));
        }
        let unwanted = self.body.as_slice().len() > UNWANTED_BYTES;
        match self.plan {
            Plan::Replace { why, .. } if unwanted => Some(described(&self.header, why)),
            _ => None,
        }
    }

    /// To be read on as it comes, if it is to be read.
    pub fn into_reader(self) -> Result<(ResponseHeader, Reader), Box<Held>> {
        match &self.plan {
            Plan::Replace { .. } => Err(Box::new(self)),
            Plan::Project(reading) => {
                let reader = Reader::after(reading, self.decoder, self.body.into_bytes());
                Ok((self.header, reader))
            }
        }
    }

    /// What becomes of it; `request`: the client's.
    pub fn settle(self, request: &RequestHeader) -> Settled {
        let Held {
            header,
            plan,
            decoder,
            mut body,
            broken,
            ..
        } = self;
        let whole = match broken {
            None => decoded(decoder, &mut body),
            Some(broken) => Err(broken),
        };
        let body = body.into_bytes();
        match plan {
            Plan::Replace { code, status, why } => replaced(header, body, code, status, why),
            Plan::Project(reading) => {
                let whole = whole.map_err(Broken::from);
                match whole.and_then(|()| projected(&reading, &body)) {
                    Ok((body, withheld)) => made_anew(header, request, body, withheld),
                    Err(broken) => {
                        let (code, reason) = (Code::UpstreamFault, broken.to_string());
                        let status = code.status();
                        Settled::Replaced(
                            Some(header),
                            Instead {
                                code,
                                status,
                                reason,
                            },
                        )
                    }
                }
            }
        }
    }
}

/// Where there is nothing to replace, and nothing to explain, the header leaves.
fn replaced(
    header: ResponseHeader,
    body: Bytes,
    code: Code,
    status: u16,
    why: &'static str,
) -> Settled {
    if body.is_empty() && header.status.as_u16() < 400 {
        return Settled::Response(header, body, Withheld::default());
    }
    let reason = described(&header, why);
    Settled::Replaced(
        Some(header),
        Instead {
            code,
            status,
            reason,
        },
    )
}

fn described(header: &ResponseHeader, why: &str) -> String {
    format!("the service answered {}: {why}", header.status.as_u16())
}

/// The rest of what is decoded; of no bytes nothing comes.
fn decoded(decoder: Option<Decoder>, body: &mut Collected) -> io::Result<()> {
    if let Some(decoder) = decoder.filter(Decoder::has_begun) {
        body.add(decoder.finish()?.into());
    }
    Ok(())
}

fn projected(reading: &Reading, body: &Bytes) -> Result<(Bytes, Withheld), Broken> {
    let mut out = Vec::new();
    if body.is_empty() {
        return Ok((Bytes::new(), Withheld::default()));
    }
    if body.len() > MAX_WHOLE_BYTES {
        let mut reader = Reader::after(reading, None, body.clone());
        reader.push(&[], &mut out)?;
        let withheld = reader.finish(&mut out)?;
        return Ok((out.into(), withheld));
    }
    let options = Options {
        mode: reading.mode,
        masking_key: reading.masking_key.clone(),
    };
    let removals = project(&reading.graph, reading.root, &options, body, &mut out)?;
    Ok((out.into(), Withheld::of(&removals, &reading.graph)))
}

/// A validator for these very bytes in place of the service's, and 304 where the client has them (RFC 9110 §13.1).
fn made_anew(
    mut header: ResponseHeader,
    request: &RequestHeader,
    body: Bytes,
    withheld: Withheld,
) -> Settled {
    if header.headers.contains_key(header::ETAG) {
        let named = header.insert_header(header::ETAG, entity_tag(&body));
        named.expect("digits are the value of a field");
    }
    if request.method.is_safe() && not_modified_filter(request, &header) {
        to_304(&mut header);
        return Settled::Response(header, Bytes::new(), withheld);
    }
    Settled::Response(header, body, withheld)
}

fn entity_tag(body: &[u8]) -> String {
    let digest = ring::digest::digest(&ring::digest::SHA256, body);
    format!("\"{}\"", hex::encode(&digest.as_ref()[..ETAG_BYTES]))
}

impl Collected {
    fn add(&mut self, bytes: Bytes) {
        if bytes.is_empty() {
            return;
        }
        *self = match std::mem::take(self) {
            Collected::Nothing => Collected::One(bytes),
            Collected::One(first) => {
                let mut many = BytesMut::with_capacity(2 * (first.len() + bytes.len()));
                many.extend_from_slice(&first);
                many.extend_from_slice(&bytes);
                Collected::Many(many)
            }
            Collected::Many(mut many) => {
                many.extend_from_slice(&bytes);
                Collected::Many(many)
            }
        };
    }

    fn as_slice(&self) -> &[u8] {
        match self {
            Collected::Nothing => &[],
            Collected::One(bytes) => bytes,
            Collected::Many(bytes) => bytes,
        }
    }

    fn into_bytes(self) -> Bytes {
        match self {
            Collected::Nothing => Bytes::new(),
            Collected::One(bytes) => bytes,
            Collected::Many(bytes) => bytes.freeze(),
        }
    }
}
