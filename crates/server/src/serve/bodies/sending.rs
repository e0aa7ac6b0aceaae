//! A held response leaves: header and body in one write.

use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use http::{HeaderMap, StatusCode, header};
use pingora::http::ResponseHeader;
use pingora::proxy::Session;
use pingora::{Error, ErrorType, Result};
use wall::Forward;
use wall::bodies::Withheld;
use wall::problem::{self, Code};

use super::UnderWay;
use super::held::{Held, Instead, Plan, Settled};
use super::passing::Passing;
use crate::serve::call::Call;
use crate::serve::gate::Gate;
use crate::serve::{answer, compression};

/// What is left of a header for an answer in its place.
static OF_THE_CALL: [header::HeaderName; 3] = [
    header::RETRY_AFTER,
    header::HeaderName::from_static("ratelimit"),
    header::HeaderName::from_static("ratelimit-policy"),
];

impl Gate {
    /// Writes the header into the connection's buffer; what is to follow it is returned.
    pub(super) fn send_now(&self, session: &mut Session, call: &mut Call) -> Result<Option<Bytes>> {
        let Some(held) = taken(call) else {
            return Ok(None);
        };
        let (header, body) = self.settled(session, call, *held)?;
        write_at_once(session, header)?;
        Ok((!body.is_empty()).then_some(body))
    }

    /// A held body is not to be held any more: its header leaves, and it follows as it comes.
    pub(super) fn pass_on(&self, session: &mut Session, call: &mut Call) -> Result<()> {
        let Some(held) = taken(call) else {
            return Ok(());
        };
        call.body_under_way = UnderWay::Nothing;
        let (mut header, reader) = match held.into_reader() {
            Ok(parts) => parts,
            Err(held) => {
                call.body_under_way = UnderWay::Held(held);
                return Ok(());
            }
        };
        super::as_it_comes(&mut header)?;
        if let Some(allowed) = call.forward().and_then(Forward::compression) {
            compression::consider(session, &mut header, allowed)?;
        }
        at_once(session.write_response_header(Box::new(header), false))?;
        Passing::Cut(Box::new(reader)).begin(session, call)
    }

    /// The call is over: what is still held leaves. `failed`: the exchange with the service did.
    pub(in crate::serve) async fn send_held(
        &self,
        session: &mut Session,
        call: &mut Call,
        failed: bool,
    ) {
        if let Some(held) = taken(call).filter(|_| !failed)
            && self.send_settled(session, call, *held).await.is_err()
        {
            session.set_keepalive(None);
        }
        if let Some(passing) = Passing::of(session, call) {
            note(call, passing.withheld());
        }
    }

    async fn send_settled(&self, session: &mut Session, call: &mut Call, held: Held) -> Result<()> {
        let (header, body) = self.settled(session, call, held)?;
        let client = session.as_downstream_mut();
        client.write_response_header(Box::new(header)).await?;
        client.write_response_body(body, true).await
    }

    /// The header as it leaves, with its length, and the body.
    fn settled(
        &self,
        session: &Session,
        call: &mut Call,
        held: Held,
    ) -> Result<(ResponseHeader, Bytes)> {
        let request = session.req_header();
        let settled = catch_unwind(AssertUnwindSafe(|| {
            inject_fault(&request.headers);
            held.settle(request)
        }));
        let (mut header, body) = match settled.unwrap_or_else(|_| panicked()) {
            Settled::Response(header, body, withheld) => {
                note(call, withheld);
                (header, body)
            }
            Settled::Replaced(header, instead) => {
                return self.answered(session, call, header.as_ref(), instead);
            }
        };
        let allowed = call.forward().and_then(Forward::compression);
        let body = match allowed.filter(|_| !body.is_empty()) {
            Some(allowed) => compression::whole(request, &mut header, body, allowed)?,
            None => body,
        };
        if header.status != StatusCode::NOT_MODIFIED {
            header.insert_header(header::CONTENT_LENGTH, body.len())?;
        }
        Ok((header, body))
    }

    /// What to answer a call whose response was to be replaced, and whose exchange has failed.
    pub(in crate::serve) fn in_its_place(&self, call: &Call) -> Option<(Code, u16)> {
        match &call.body_under_way {
            UnderWay::Held(held) => match held.plan {
                Plan::Replace { code, status, .. } => Some((code, status)),
                Plan::Project(_) => None,
            },
            _ => None,
        }
    }

    /// An answer of ours in the response's place; the connection goes on.
    fn answered(
        &self,
        session: &Session,
        call: &mut Call,
        instead_of: Option<&ResponseHeader>,
        instead: Instead,
    ) -> Result<(ResponseHeader, Bytes)> {
        let Instead {
            code,
            status,
            reason,
        } = instead;
        let id = call.request_id.as_str();
        let mut answer = problem::answer_with(code, status, call.telling(), id, reason);
        self.tell_pages(session, call, &mut answer);
        let body = Bytes::from(mem::take(&mut answer.body));
        let mut header = answer::header(&answer, body.len(), id)?;
        for name in &OF_THE_CALL {
            if let Some(value) = instead_of.and_then(|header| header.headers.get(name)) {
                header.insert_header(name, value)?;
            }
        }
        call.answered(&mut answer);
        Ok((header, body))
    }
}

fn panicked() -> Settled {
    let code = Code::WallFault;
    let instead = Instead {
        code,
        status: code.status(),
        reason: "the wall panicked at a body; see the log".to_owned(),
    };
    Settled::Replaced(None, instead)
}

fn note(call: &mut Call, withheld: Withheld) {
    if !withheld.is_empty() {
        call.withheld = withheld;
    }
}

fn taken(call: &mut Call) -> Option<Box<Held>> {
    match mem::replace(&mut call.body_under_way, UnderWay::Sent) {
        UnderWay::Held(held) => Some(held),
        other => {
            call.body_under_way = other;
            None
        }
    }
}

/// Into a buffer that is empty: nothing of the response was written before.
fn write_at_once(session: &mut Session, header: ResponseHeader) -> Result<()> {
    let client = session.as_downstream_mut();
    at_once(client.write_response_header(Box::new(header)))
}

/// What a buffer takes is written at once. Where it does not, the client takes nothing of the responses before; part of
/// a header may be under way then, and nothing can follow it.
fn at_once(writing: impl Future<Output = Result<()>>) -> Result<()> {
    match pin!(writing).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(written) => written,
        Poll::Pending => {
            Err(Error::explain(ErrorType::WriteError, "the client takes nothing").into_down())
        }
    }
}

/// Development builds let a test see what becomes of a panic at a body.
fn inject_fault(fields: &HeaderMap) {
    if cfg!(debug_assertions) {
        assert!(
            !fields.contains_key("x-inject-body-fault"),
            "injected fault"
        );
    }
}
