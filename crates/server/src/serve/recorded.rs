//! Calls whose writes are on record: an intent before anything is forwarded, an outcome however the call ends.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use bytes::BytesMut;
use http::{HeaderMap, HeaderValue, header};
use pingora::Result;
use pingora::http::{RequestHeader, ResponseHeader};
use pingora::proxy::Session;
use wall::Forward;
use wall::fate::{Caller, Proof};
use wall::filter::MaskingKey;
use wall::matching::VisibleOperation;
use wall::problem::Code;
use wall::recording::{MAX_BODY_BYTES, RecordId, Recording, Side};

use super::call::Call;
use super::gate::Gate;
use crate::journal::{Id, Journal, Outcome, Who, Write};

/// Of an operation's id.
const MAX_OPERATION_BYTES: usize = 1000;

/// One write, from its intent to its outcome, which is written when this is dropped.
pub struct Recorded {
    journal: Journal,
    write: Write,
    operation: Arc<VisibleOperation>,
    key: Option<MaskingKey>,
    body: Body,
    /// There is no intent, and nothing to be said.
    is_refused: bool,
    /// Something may have reached the service.
    was_sent: bool,
    /// What the service answered last.
    status: Option<u16>,
}

/// The body that has the id, as far as it came.
#[derive(Default)]
enum Body {
    #[default]
    Nothing,
    Some(BytesMut),
    /// Why it is not read.
    Unread(&'static str),
}

impl Gate {
    /// Nothing goes out before the intent is on disk. False: it cannot be, and the client has its answer.
    pub(super) async fn records(&self, session: &mut Session, call: &mut Call) -> Result<bool> {
        let Some(recorded) = self.recorded(call) else {
            return Ok(true);
        };
        let recorded = call.recorded.insert(Box::new(recorded));
        // Who leaves meanwhile leaves a call that is void.
        let intended = recorded.journal.intend(&recorded.write).await;
        recorded.is_refused = intended.is_err();
        if let Err(why) = intended {
            let answer = Box::new(self.problem(call, Code::RecordUnavailable, why));
            self.send(session, call, answer).await?;
            return Ok(false);
        }
        Ok(true)
    }

    fn recorded(&self, call: &Call) -> Option<Recorded> {
        let forward = call.forward()?;
        let id = forward.record.clone()?;
        let operation = Arc::clone(forward.operation());
        let recording = operation.recording.as_ref()?;
        let key = self.upstreams.secrets().masking_key();
        let id = kept(recording, id, key.as_ref());
        Some(Recorded {
            journal: self.journal.clone(),
            write: write(forward, recording, id, call),
            operation,
            key,
            body: Body::default(),
            is_refused: false,
            was_sent: false,
            status: None,
        })
    }
}

impl Recorded {
    /// The request begins to go out, perhaps not for the first time.
    pub fn begin(&mut self, headers: &HeaderMap) {
        if self.side() == Some(Side::Request) {
            self.body = Body::of(headers);
        }
    }

    /// From now on the service may act.
    pub fn sends(&mut self, request: &mut RequestHeader) -> Result<()> {
        self.was_sent = true;
        self.status = None;
        match self.side() {
            // What is read is asked for as it is.
            Some(Side::Response) => request.insert_header(
                header::ACCEPT_ENCODING,
                HeaderValue::from_static("identity"),
            ),
            _ => Ok(()),
        }
    }

    pub fn answered(&mut self, response: &ResponseHeader) {
        let status = response.status.as_u16();
        self.status = Some(status).filter(|status| *status >= 200);
        if self.side() == Some(Side::Response) {
            // What an error says is of the error.
            self.body = match response.status.is_success() {
                true => Body::of(&response.headers),
                false => Body::Nothing,
            };
        }
    }

    /// A piece of a body, as the service gets or gives it.
    pub fn came(&mut self, side: Side, piece: Option<&[u8]>) {
        if let (true, Some(piece)) = (self.side() == Some(side), piece) {
            self.body.add(piece);
        }
    }

    fn side(&self) -> Option<Side> {
        self.operation.recording.as_ref().and_then(Recording::side)
    }

    fn id(&self) -> Option<Id> {
        let recording = self.operation.recording.as_ref()?;
        recording.side()?;
        let id = match &self.body {
            Body::Nothing => RecordId::Unknown("not_read"),
            Body::Unread(why) => RecordId::Unknown(why),
            Body::Some(bytes) => {
                let read = catch_unwind(AssertUnwindSafe(|| recording.of_body(bytes)));
                read.unwrap_or(RecordId::Unknown("not_json"))
            }
        };
        Some(kept(recording, id, self.key.as_ref()))
    }
}

impl Drop for Recorded {
    fn drop(&mut self) {
        if self.is_refused {
            return;
        }
        if !self.was_sent {
            return self.journal.void(&self.write);
        }
        if let Some(id) = self.id() {
            self.write.id = id;
        }
        let outcome = match self.status {
            Some(_) => Outcome::Answered,
            None => Outcome::Unknown,
        };
        self.journal.settle(&self.write, outcome, self.status);
    }
}

impl Body {
    fn of(headers: &HeaderMap) -> Body {
        let coded = headers.get(header::CONTENT_ENCODING);
        match coded.is_some_and(|coding| !coding.as_bytes().eq_ignore_ascii_case(b"identity")) {
            true => Body::Unread("encoded"),
            false => Body::Some(BytesMut::new()),
        }
    }

    fn add(&mut self, piece: &[u8]) {
        if let Body::Some(bytes) = self {
            match bytes.len() + piece.len() > MAX_BODY_BYTES {
                true => *self = Body::Unread("too_large"),
                false => bytes.extend_from_slice(piece),
            }
        }
    }
}

fn kept(recording: &Recording, id: RecordId, key: Option<&MaskingKey>) -> Id {
    match recording.kept(id, key) {
        RecordId::Plain(id) => Id::Plain(id),
        RecordId::Hashed(hash) => Id::Hashed(hash),
        RecordId::Unknown(why) => Id::Unknown(why.to_owned()),
    }
}

fn write(forward: &Forward, recording: &Recording, id: Id, call: &Call) -> Write {
    let matched = forward.matched();
    Write {
        call: call.request_id.as_str().to_owned(),
        at_unix_ns: call.arrived_unix_ns,
        ring: forward.ring.as_str().to_owned(),
        api: matched.api.to_string(),
        version: matched.version.to_string(),
        operation: clipped(matched.operation).to_owned(),
        caller: who(&forward.caller),
        kind: recording.kind.to_string(),
        id,
    }
}

/// A document may name an operation by a book.
fn clipped(operation: &str) -> &str {
    &operation[..operation.floor_char_boundary(MAX_OPERATION_BYTES)]
}

fn who(caller: &Caller) -> Who {
    let holder = caller.holder();
    let logged = holder.and_then(|holder| holder.logged.as_deref());
    let person = holder.and_then(|holder| holder.person.as_deref());
    Who {
        proof: Proof::as_str(caller.proof).to_owned(),
        consumer: caller.consumer().to_owned(),
        application: caller.application().to_owned(),
        credential: caller.key_id().map(str::to_owned),
        issuer: holder.map(|holder| holder.issuer.to_string()),
        holder: person.or(logged).map(str::to_owned),
        is_person: person.is_some(),
    }
}
