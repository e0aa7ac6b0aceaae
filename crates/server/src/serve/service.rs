//! The service's side of a request: which endpoint, whether again, and what it is told beyond the wall's fields.

use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderName, HeaderValue, header};
use pingora::http::RequestHeader;
use pingora::proxy::Session;
use pingora::upstreams::peer::HttpPeer;
use pingora::{Error, ErrorSource, ErrorType, OrErr, Result};
use wall::Forward;
use wall::bundle::{Balance, Credential, CredentialForm, Protocol};

use super::call::Call;
use super::client;
use super::hooks::unsettled;
use super::messages;
use crate::secrets::Secrets;
use crate::upstream::{self, Attempts, NO_CREDENTIAL, RETRIED_STATUS, Upstreams};

/// Tries of one idempotent request on kept connections the upstream had closed meanwhile.
const MAX_TRIES_ON_KEPT: u8 = 3;

/// The peer of the next attempt.
pub async fn peer(
    upstreams: &Upstreams,
    session: &Session,
    call: &mut Call,
) -> Result<Box<HttpPeer>> {
    let since = *call.upstream_since.get_or_insert_with(Instant::now);
    call.tries = call.tries.saturating_add(1);
    // A body that is sent again is counted again.
    call.request_bytes = 0;
    if let Some(passing) = &mut call.passing {
        passing.begin_anew();
    }
    if let Some(recorded) = &mut call.recorded {
        recorded.begin(&session.req_header().headers);
    }
    let mut begun = call.attempts.take();
    let forward = call.forward().ok_or_else(unsettled)?;
    if forward.upstream.is_plain() {
        return upstreams.peer(&forward.upstream, since).await;
    }
    let attempts = match &mut begun {
        Some(attempts) => attempts,
        None => {
            let pool = upstreams.pool(&forward.upstream);
            begun.insert(Box::new(Attempts::begin(pool).await?))
        }
    };
    let peer = attempts.next(key(session, forward), since).await;
    call.attempts = begun;
    peer
}

/// What consistent hashing goes by.
fn key<'k>(session: &'k Session, forward: &'k Forward) -> &'k [u8] {
    let consumer = forward.caller.consumer().as_bytes();
    match &forward.upstream.balance {
        Balance::RoundRobin | Balance::LeastRequests => &[],
        Balance::Consumer => consumer,
        Balance::Header { name } => {
            let field = session.req_header().headers.get(name.as_str());
            field.map_or(consumer, HeaderValue::as_bytes)
        }
    }
}

/// Nothing was sent, so any request may try elsewhere (RFC 9110 §9.2.2).
pub fn not_reached(call: &mut Call, mut error: Box<Error>) -> Box<Error> {
    if let Some(attempts) = &mut call.attempts {
        attempts.failed();
        error.set_retry(attempts.take_another());
    }
    error
}

/// An exchange that failed: may the request go out again?
pub fn broke_off(
    session: &Session,
    call: &mut Call,
    mut error: Box<Error>,
    reused: bool,
) -> Box<Error> {
    if error.etype() == &RETRIED_STATUS {
        error.set_retry(true); // as `answered` settled it
        return error;
    }
    error
        .retry
        .decide_reuse(reused && call.tries < MAX_TRIES_ON_KEPT);
    let on_kept = error.retry();
    let elsewhere = error.esource() == &ErrorSource::Upstream
        && !on_kept
        && call.attempts.as_mut().is_some_and(|attempts| {
            attempts.failed();
            is_broken(error.etype()) && may_go_again(session) && attempts.take_another()
        });
    error.set_retry(elsewhere || on_kept && may_go_again(session));
    error
}

/// A service that is silent is not asked a second time: it may be at it still.
fn is_broken(kind: &ErrorType) -> bool {
    !matches!(kind, ErrorType::ReadTimedout | ErrorType::WriteTimedout)
}

/// Idempotent, its body still here, and nothing answered yet.
fn may_go_again(session: &Session) -> bool {
    session.req_header().method.is_idempotent()
        && !session.as_ref().retry_buffer_truncated()
        && session.response_written().is_none()
}

/// Notes how the service answered; an error where the answer is not to be passed on and another attempt is left.
pub fn answered(session: &Session, call: &mut Call, status: u16) -> Result<()> {
    let Some(attempts) = &mut call.attempts else {
        return Ok(());
    };
    attempts.answered(status);
    if attempts.retries_status(status) && may_go_again(session) && attempts.take_another() {
        return Err(Error::new_up(RETRIED_STATUS));
    }
    Ok(())
}

/// An error when the request's total time is over. Asked at every piece of the response.
pub fn in_time(call: &Call) -> Result<Option<Duration>> {
    let total_ms = call
        .forward()
        .and_then(|forward| forward.upstream.total_timeout_ms);
    if let (Some(total_ms), Some(since)) = (total_ms, call.upstream_since) {
        upstream::left(total_ms, since)?;
    }
    Ok(None)
}

/// What this service is told beyond what every service is.
pub fn introduce(
    session: &Session,
    request: &mut RequestHeader,
    forward: &Forward,
    secrets: &Secrets,
) -> Result<()> {
    let upstream = &forward.upstream;
    if upstream.preserve_host
        && let Some(host) = client::host(session.req_header())
    {
        request.insert_header(header::HOST, host)?;
    }
    if upstream.protocol != Protocol::Http1 {
        accept_trailers(request)?;
    }
    match &upstream.credential {
        Some(credential) => present(request, credential, secrets),
        None => Ok(()),
    }
}

/// gRPC wants it said; `TE` is of the hop, so the client's does not pass (RFC 9110 §10.1.4).
fn accept_trailers(request: &mut RequestHeader) -> Result<()> {
    if messages::is_grpc(request) {
        request.insert_header(header::TE, "trailers")?;
    }
    Ok(())
}

fn present(request: &mut RequestHeader, credential: &Credential, secrets: &Secrets) -> Result<()> {
    let secret = secrets
        .value(&credential.secret)
        .ok_or_else(|| Error::new_up(NO_CREDENTIAL))?;
    let text = match &credential.form {
        CredentialForm::Plain => secret,
        CredentialForm::Bearer => format!("Bearer {secret}"),
        CredentialForm::Basic { user } => {
            format!("Basic {}", STANDARD.encode(format!("{user}:{secret}")))
        }
    };
    let name = HeaderName::from_bytes(credential.header.as_bytes())
        .or_err(ErrorType::InvalidHTTPHeader, "not the name of a field")?;
    let mut value = HeaderValue::from_str(&text).map_err(|_| Error::new_up(NO_CREDENTIAL))?;
    value.set_sensitive(true);
    request.insert_header(name, value)
}
