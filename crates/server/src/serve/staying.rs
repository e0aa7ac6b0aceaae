//! At every piece of a call in either direction: may it go on?

use std::time::Duration;

use pingora::http::ResponseHeader;
use pingora::proxy::Session;
use pingora::{Error, ErrorType, Result};

use super::call::Call;
use super::client;
use super::gate::Gate;
use crate::standing::Request;

/// A call that takes longer is judged again.
const LONG: Duration = Duration::from_secs(1);
const WITHDRAWN: ErrorType = ErrorType::new("Withdrawn");

impl Gate {
    /// The response that begins is one that lasts: it is watched, silent or not.
    pub(super) fn begins(&self, session: &Session, response: &ResponseHeader, call: &mut Call) {
        let lasts = call.tunnel.is_some() || is_event_stream(response);
        if lasts && call.place.is_none() {
            self.watch(session, call);
        }
    }

    /// An error when the call was withdrawn.
    pub(super) fn stays(&self, session: &Session, call: &mut Call) -> Result<()> {
        if call.place.is_none() && call.arrived.elapsed() >= LONG {
            self.watch(session, call);
            if let (Some(place), Some(wall)) = (&call.place, self.live.wall()) {
                place.judge(&wall, &self.live.identities, &self.live.limits);
            }
        }
        match call.withdrawn() {
            Some(_) => Err(Error::new(WITHDRAWN)),
            None => Ok(()),
        }
    }

    fn watch(&self, session: &Session, call: &mut Call) {
        let peer = client::peer(session);
        let Some(client_address) = call.client_address else {
            return;
        };
        call.place = Some(self.live.standing.enter(Request {
            ring: call.ring,
            header: session.req_header().clone(),
            server_name: peer.and_then(|peer| peer.server_name.clone()),
            certificate: peer.and_then(|peer| peer.certificate.clone()),
            client_address,
            request_id: call.request_id.as_str().to_owned(),
            socket: session.as_downstream().stream().map(|stream| stream.id()),
        }));
    }
}

fn is_event_stream(response: &ResponseHeader) -> bool {
    let kind = response.headers.get(http::header::CONTENT_TYPE);
    kind.is_some_and(|kind| kind.as_bytes().starts_with(b"text/event-stream"))
}
