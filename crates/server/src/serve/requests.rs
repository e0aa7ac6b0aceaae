//! Bodies that are held to a contract: read to their end, judged, and only then forwarded, as one.
//!
//! Pingora has no way to give a body back once it is read here. It replays what it kept for retries, 64 KiB at most,
//! and hands that to the filter of request bodies; so it is made to keep the end of the body, and the filter puts the
//! whole in its place. Where the end is not known ahead (no `Content-Length`) and the body is longer than that, the
//! rest is awaited in the filter: the upstream then has the header already, and of the body nothing or all.

use std::panic::{AssertUnwindSafe, catch_unwind};

use bytes::{Bytes, BytesMut};
use pingora::proxy::Session;
use pingora::{Error, ErrorType, Result};
use wall::filter::bounds::MAX_WHOLE_BYTES;
use wall::problem::{self, Code};
use wall::validation::{BodyPlan, Content, Refusal, RequestPolicy, Unfit};

use super::call::{Call, Settled};
use super::client;
use super::gate::Gate;

/// Ends a call whose client has its answer.
pub const ANSWERED: ErrorType = ErrorType::new("Answered");

/// What Pingora keeps for retries.
const KEPT: u64 = 64 * 1024;

/// A body on its way to be judged.
pub struct Reading {
    policy: RequestPolicy,
    collected: BytesMut,
    /// All of it, once it was judged.
    judged: Option<Bytes>,
}

/// A body that passes whatever it is, and is judged when it has passed.
#[derive(Default)]
pub struct Passing {
    collected: BytesMut,
    is_too_long: bool,
}

/// What ends a call here.
pub enum Ended {
    Refused(Refusal),
    TooLarge,
    Failed(Box<Error>),
}

impl From<Box<Error>> for Ended {
    fn from(error: Box<Error>) -> Ended {
        Ended::Failed(error)
    }
}

impl Gate {
    /// Answers a request that does not fit the contract.
    pub(super) async fn refuse(
        &self,
        session: &mut Session,
        call: &mut Call,
        refusal: &Refusal,
    ) -> Result<()> {
        let request_id = call.request_id.as_str();
        let answer = problem::refusal(refusal, call.telling(), request_id);
        self.send(session, call, Box::new(answer)).await
    }

    /// Answers a request whose body ends it.
    pub(super) async fn end(
        &self,
        session: &mut Session,
        call: &mut Call,
        ended: Ended,
    ) -> Result<()> {
        match ended {
            Ended::Refused(refusal) => self.refuse(session, call, &refusal).await,
            Ended::TooLarge => {
                let reason = "the body is larger than max_body_bytes";
                let answer = Box::new(self.problem(call, Code::BodyTooLarge, reason));
                self.send(session, call, answer).await
            }
            Ended::Failed(error) => Err(error),
        }
    }
}

/// What is to be done with the body, before the client is asked for it.
pub fn begin(session: &mut Session, call: &mut Call) -> Result<(), Refusal> {
    let Settled::Forward(forward) = &mut call.fate else {
        return Ok(());
    };
    let Some(policy) = &mut forward.request else {
        return Ok(());
    };
    call.unfit = std::mem::take(&mut policy.unfit);
    let passes = policy.passes_bodies();
    let announced = !session.as_downstream_mut().is_body_empty();
    let content = Content::of(&session.req_header().headers, announced);
    match policy.plan_body(&content) {
        Ok(BodyPlan::None | BodyPlan::Stream) => {}
        Ok(BodyPlan::Whole) if passes => call.passing = Some(Box::default()),
        Ok(BodyPlan::Whole) => {
            call.reading = Some(Box::new(Reading {
                policy: policy.clone(),
                collected: BytesMut::new(),
                judged: None,
            }));
        }
        Err(refusal) if passes => call.unfit.extend(Unfit::of(&refusal)),
        Err(refusal) => return Err(refusal),
    }
    Ok(())
}

/// A piece of a body that passes has come.
pub fn passed(session: &Session, call: &mut Call, piece: Option<&[u8]>, ended: bool) {
    let Some(passing) = &mut call.passing else {
        return;
    };
    passing.add(piece.unwrap_or_default());
    if !ended {
        return;
    }
    let policy = match &call.fate {
        Settled::Forward(forward) => forward.request.as_ref(),
        _ => None,
    };
    let (Some(policy), Some(passing)) = (policy, call.passing.take()) else {
        return;
    };
    let content = Content::of(&session.req_header().headers, true);
    let judged = catch_unwind(AssertUnwindSafe(|| passing.judged(policy, &content)));
    call.unfit.extend(judged.unwrap_or_default());
}

impl Passing {
    /// The body begins anew: another try of the same request.
    pub fn begin_anew(&mut self) {
        *self = Passing::default();
    }

    fn add(&mut self, piece: &[u8]) {
        self.is_too_long |= self.collected.len() + piece.len() > MAX_WHOLE_BYTES;
        match self.is_too_long {
            true => self.collected = BytesMut::new(),
            false => self.collected.extend_from_slice(piece),
        }
    }

    fn judged(&self, policy: &RequestPolicy, content: &Content<'_>) -> Unfit {
        if self.is_too_long {
            return Unfit::of(&Refusal::too_long());
        }
        let judged = policy.judge_body(content, &self.collected);
        judged.unwrap_or_else(|refusal| Unfit::of(&refusal))
    }
}

/// Reads and judges the body, as far as that can be done before it is forwarded.
pub async fn read_ahead(session: &mut Session, call: &mut Call) -> Result<(), Ended> {
    if call.reading.is_none() {
        return Ok(());
    }
    let announced = client::content_length(session.req_header());
    let mut keeps = false;
    loop {
        let rest = announced.map_or(0, |all| all.saturating_sub(call.request_bytes));
        if !keeps && rest <= KEPT {
            session.as_downstream_mut().enable_retry_buffering();
            keeps = true;
        }
        let piece = session.as_downstream_mut().read_request_body().await;
        let piece = piece.map_err(|error| error.into_down())?;
        let ended = session.as_downstream_mut().is_body_done();
        came(call, piece.as_deref(), ended)?;
        if ended {
            break;
        }
        // More than it keeps, so it keeps nothing: the filter waits for the end.
        if announced.is_none() && call.request_bytes > KEPT {
            return Ok(());
        }
    }
    judge(session, call)?;
    match session.as_ref().get_retry_buffer() {
        None if call.request_bytes > 0 => Err(Ended::Failed(Error::explain(
            ErrorType::InternalError,
            "the end of a body was not kept",
        ))),
        _ => Ok(()),
    }
}

/// In the filter of request bodies: `body` is a piece that came, or what Pingora kept of what was read ahead. Leaves in
/// its place what is to be forwarded.
pub fn forwarded(
    session: &mut Session,
    call: &mut Call,
    body: &mut Option<Bytes>,
    ended: bool,
) -> Result<(), Ended> {
    let Some(reading) = &call.reading else {
        return Ok(());
    };
    if let Some(judged) = &reading.judged {
        call.request_bytes = judged.len() as u64;
        *body = Some(judged.clone());
        return Ok(());
    }
    came(call, body.as_deref(), ended)?;
    if !ended {
        // Nothing yet: an empty piece, which Pingora passes over.
        *body = Some(Bytes::new());
        return Ok(());
    }
    judge(session, call)?;
    *body = call
        .reading
        .as_ref()
        .and_then(|reading| reading.judged.clone());
    Ok(())
}

/// Keeps a piece, and counts what is kept: each attempt at an upstream begins to count anew.
fn came(call: &mut Call, piece: Option<&[u8]>, ended: bool) -> Result<(), Ended> {
    let piece = piece.unwrap_or_default();
    let kept = call
        .reading
        .as_ref()
        .map_or(0, |reading| reading.collected.len());
    call.request_bytes = (kept + piece.len()) as u64;
    if let Some(body) = &call.body {
        body.came(ended);
    }
    let longest = call.forward().map_or(0, |forward| forward.max_body_bytes);
    if call.request_bytes > longest {
        return Err(Ended::TooLarge);
    }
    if !ended && call.is_too_slow() {
        let timeout = ErrorType::HTTPStatus(Code::RequestTimeout.status());
        return Err(Error::explain(timeout, "body too slow").into());
    }
    if let Some(reading) = &mut call.reading {
        reading.collected.extend_from_slice(piece);
    }
    Ok(())
}

fn judge(session: &Session, call: &mut Call) -> Result<(), Ended> {
    let Some(reading) = &mut call.reading else {
        return Ok(());
    };
    let bytes = std::mem::take(&mut reading.collected).freeze();
    let content = Content::of(&session.req_header().headers, true);
    let judge = || reading.policy.judge_body(&content, &bytes);
    let judged = catch_unwind(AssertUnwindSafe(judge));
    let judged = judged.unwrap_or_else(|_| Err(Refusal::fault("the wall panicked at a body")));
    let unfit = judged.map_err(Ended::Refused)?;
    reading.judged = Some(bytes);
    call.unfit.extend(unfit);
    Ok(())
}
