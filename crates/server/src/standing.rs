//! Calls that take long (streams, tunnels, slow uploads) are judged again each second, and with every new revision:
//! a credential may have been revoked or have expired, an operation taken away. What does not stand any more ends.
//!
//! A call that is withdrawn passes no further piece in either direction. Where it has a connection of its own
//! (HTTP/1.1, and so every tunnel), that is shut at once; a silent stream of HTTP/2 ends with its next piece, or
//! when the silence has lasted too long.

use std::collections::HashMap;
use std::net::IpAddr;
use std::os::fd::RawFd;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use nix::sys::socket::{Shutdown, shutdown};
use pingora::http::RequestHeader;
use wall::audience::Ring;
use wall::fate::PeerCertificate;
use wall::{Arrival, IdentityStore, Limits, Wall};

use crate::clock::now_unix_ns;
use crate::serve::{client, fields::Fields};

/// What a call was let pass by.
pub struct Request {
    pub ring: Ring,
    pub header: RequestHeader,
    pub server_name: Option<String>,
    pub certificate: Option<PeerCertificate>,
    pub client_address: IpAddr,
    pub request_id: String,
    /// Of the connection that is the call's alone.
    pub socket: Option<RawFd>,
}

struct Entry {
    request: Request,
    /// Why it is, once it is.
    withdrawn: OnceLock<String>,
}

/// All long calls of the gateway.
#[derive(Default)]
pub struct Standing {
    calls: Mutex<Calls>,
}

#[derive(Default)]
struct Calls {
    entries: HashMap<u64, Arc<Entry>>,
    last: u64,
}

/// A long call's place among them, until it ends. The socket it named must be open for as long.
pub struct Place {
    standing: Arc<Standing>,
    number: u64,
    entry: Arc<Entry>,
}

impl Standing {
    pub fn enter(self: &Arc<Self>, request: Request) -> Place {
        let entry = Arc::new(Entry {
            request,
            withdrawn: OnceLock::new(),
        });
        let mut calls = self.calls();
        calls.last += 1;
        let number = calls.last;
        calls.entries.insert(number, Arc::clone(&entry));
        Place {
            standing: Arc::clone(self),
            number,
            entry,
        }
    }

    /// Judges every one of them by what is in force now.
    pub fn judge(&self, wall: &Wall, identities: &IdentityStore, limits: &Limits) {
        let entries: Vec<(u64, Arc<Entry>)> = {
            let calls = self.calls();
            let entries = calls.entries.iter();
            entries
                .map(|(number, entry)| (*number, Arc::clone(entry)))
                .collect()
        };
        for (number, entry) in entries {
            entry.judge(wall, identities, limits);
            if entry.withdrawn.get().is_some() {
                self.shut(number);
            }
        }
    }

    /// While its place is held its socket is open, so it is no other's.
    fn shut(&self, number: u64) {
        let calls = self.calls();
        let entry = calls.entries.get(&number);
        if let Some(socket) = entry.and_then(|entry| entry.request.socket) {
            // The client may have closed it already.
            let _ = shutdown(socket, Shutdown::Both);
        }
    }

    fn calls(&self) -> MutexGuard<'_, Calls> {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Place {
    /// Before its next piece, where nobody judged for a while.
    pub fn judge(&self, wall: &Wall, identities: &IdentityStore, limits: &Limits) {
        self.entry.judge(wall, identities, limits);
    }

    pub fn withdrawn(&self) -> Option<&str> {
        self.entry.withdrawn.get().map(String::as_str)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.standing.calls().entries.remove(&self.number);
    }
}

impl Entry {
    /// A panic withdraws: it fails closed.
    fn judge(&self, wall: &Wall, identities: &IdentityStore, limits: &Limits) {
        let request = &self.request;
        let fields = Fields(&request.header.headers);
        let arrival = Arrival {
            ring: request.ring,
            method: request.header.method.as_str(),
            target: request.header.raw_path(),
            host: client::host(&request.header),
            server_name: request.server_name.as_deref(),
            headers: &fields,
            client_address: request.client_address,
            certificate: request.certificate.as_ref(),
            now_unix_ns: now_unix_ns(),
            request_id: &request.request_id,
        };
        let judged = catch_unwind(AssertUnwindSafe(|| {
            wall.judge_again(&arrival, identities, limits)
        }));
        let reason = match judged {
            Ok(Ok(())) => return,
            Ok(Err(answer)) => answer.internal_reason,
            Err(_) => "the wall panicked; see the log".to_owned(),
        };
        let _ = self.withdrawn.set(format!("withdrawn: {reason}"));
    }
}
