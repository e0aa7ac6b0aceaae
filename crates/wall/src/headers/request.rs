use crate::fate::{Caller, Forward};

/// Field names (lower case) the `Connection` field nominates as hop-by-hop.
pub fn nominated(connection: &[u8]) -> Vec<String> {
    todo!("{}", connection.len())
}

/// Whether a request header field of the client goes on to the upstream.
pub fn reaches_upstream(name: &str, nominated: &[String], caller: &Caller) -> bool {
    todo!("{name} {nominated:?} {caller:?}")
}

/// The only fields the gateway adds.
pub fn added<'a>(forward: &'a Forward, request_id: &'a str) -> [(&'static str, &'a str); 4] {
    todo!("{} {request_id}", forward.upstream_target)
}
