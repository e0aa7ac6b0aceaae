//! How a call ends: what its client is told when it failed, and what is kept of it.

use pingora::http::RequestHeader;
use pingora::proxy::{FailToProxy, Session};
use pingora::{Error, Result};
use wall::problem::{self, Code};
use wall::target::{Target, Unusable};

use super::call::Call;
use super::gate::Gate;
use super::{caching, client, failure};

/// Not a status anyone receives: the client went away before its answer (as nginx logs it).
const CLIENT_GONE: u16 = 499;

impl Gate {
    /// Answers a call that failed between the wall and the upstream, if there is anybody to answer.
    pub(super) async fn answer_failure(
        &self,
        session: &mut Session,
        error: &Error,
        call: &mut Call,
    ) -> FailToProxy {
        let tunnel = call.tunnel.as_mut().filter(|_| session.was_upgraded());
        let is_tunnel = tunnel.is_some();
        if let Some(tunnel) = tunnel {
            tunnel.broke_off(error);
        }
        // Nobody is there to be answered, or nobody is to be any more.
        if is_tunnel || call.withdrawn().is_some() {
            return FailToProxy {
                error_code: 0,
                can_reuse_downstream: false,
            };
        }
        let mut code = failure::code(error);
        // The upstream was waiting as well: for a body whose client fell silent.
        if code == Some(Code::UpstreamTimeout) && !session.as_downstream_mut().is_body_done() {
            code = Some(Code::RequestTimeout);
        }
        if let Some(forward) = call.forward() {
            caching::note_write(self.live.responses, session.req_header(), None, forward);
        }
        if let Some(code) = code {
            let mut answer = Box::new(self.problem(call, code, failure::reason(error)));
            if let Some((code, status)) = self.in_its_place(call) {
                let id = call.request_id.as_str();
                *answer =
                    problem::answer_with(code, status, call.telling(), id, failure::reason(error));
                answer.close = true;
            }
            // A client that does not take the answer is gone; there is nobody to tell.
            let _ = self.send(session, call, answer).await;
        }
        FailToProxy {
            error_code: code.map_or(0, Code::status),
            can_reuse_downstream: false,
        }
    }

    /// Counts the call, and writes its line.
    pub(super) fn record_call(&self, session: &mut Session, call: &mut Call) {
        if let Some(caching) = &mut call.caching {
            caching.ended(session);
        }
        let status = session
            .response_written()
            .map_or(CLIENT_GONE, |header| header.status.as_u16());
        if status == CLIENT_GONE
            && let Some(peer) = client::peer(session)
        {
            peer.breaks_off();
        }
        let answer = (status, session.body_bytes_sent() as u64);
        let request = session.req_header();
        match call.forward() {
            Some(forward) => self.record(call, Some(request), Some(&forward.path), answer),
            None => {
                let target = target(request).ok();
                let path = target.as_ref().map(|target| &*target.path);
                self.record(call, Some(request), path, answer);
            }
        }
        // After this its connection may be closed, and its number be another's.
        call.place = None;
    }
}

fn target(request: &RequestHeader) -> Result<Target<'_>, Unusable> {
    let method = request.method.as_str();
    Target::normalise(method, request.raw_path(), client::host(request))
}
