//! What leaves: all of the wall's and the gateway's word on a response, in its order.

use std::panic::{AssertUnwindSafe, catch_unwind};

use pingora::http::ResponseHeader;
use pingora::proxy::Session;
use pingora::{Error, ErrorType, Result};
use wall::Forward;

use super::call::Call;
use super::hooks::unsettled;
use super::{bodies, caching, compression, outgoing, tunnel};
use crate::secrets::Secrets;

/// What the wall leaves of a response, and what the gateway says beside it.
pub fn judged(session: &mut Session, response: &mut ResponseHeader, call: &Call) -> Result<()> {
    let forward = call.forward().ok_or_else(unsettled)?;
    let judged = catch_unwind(AssertUnwindSafe(|| {
        let to_client = |response: &mut ResponseHeader| {
            outgoing::to_client(response, forward, call.request_id.value());
        };
        match &call.caching {
            _ if tunnel::is_opening(response) => tunnel::opened(response, to_client)?,
            Some(_) => caching::leaving(response, &session.cache, call.ring, to_client)?,
            None => to_client(response),
        }
        match forward.cors() {
            Some(cors) => outgoing::to_pages(response, cors, &session.req_header().headers),
            None => Ok(()),
        }
    }));
    judged.unwrap_or_else(|_| Err(panicked()))
}

/// What becomes of its body, which comes next. A header that does not wait for it leaves as it is then.
pub fn begun(
    session: &mut Session,
    response: &mut ResponseHeader,
    call: &mut Call,
    secrets: &Secrets,
) -> Result<()> {
    let begun = catch_unwind(AssertUnwindSafe(|| {
        bodies::begin(session, response, call, secrets)?;
        let allowed = call.forward().and_then(Forward::compression);
        match allowed.filter(|_| !bodies::is_held(call)) {
            Some(allowed) => compression::consider(session, response, allowed),
            None => Ok(()),
        }
    }));
    begun.unwrap_or_else(|_| Err(panicked()))
}

fn panicked() -> Box<Error> {
    Error::explain(ErrorType::InternalError, "the wall panicked at a response")
}
