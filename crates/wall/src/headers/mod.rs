//! Header fields at the wall: nothing a client forged goes in, nothing the upstream says of itself comes out.
//!
//! Framing (`content-length`, `transfer-encoding`) and `host` are the proxy's business and pass here.

mod location;
mod request;
mod response;
mod tracing;

use http::HeaderName;

pub use request::{added, nominated, reaches_upstream};
pub(crate) use response::ResponseRules;
pub use response::{Passage, ResponsePolicy};
pub use tracing::chooses_trace;

/// The fields the wall reads; names made once are found without being parsed.
pub static X_API_KEY: HeaderName = HeaderName::from_static("x-api-key");
pub static X_INTERNAL_SERVICE_TOKEN: HeaderName =
    HeaderName::from_static("x-internal-service-token");
pub static X_FORWARDED_CLIENT_CERT: HeaderName = HeaderName::from_static("x-forwarded-client-cert");
/// RFC 9449 §4.1.
pub static DPOP: HeaderName = HeaderName::from_static("dpop");
pub static API_VERSION: HeaderName = HeaderName::from_static("api-version");
/// The fields it answers with.
pub static RATELIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
pub static RATELIMIT: HeaderName = HeaderName::from_static("ratelimit");

/// Meant for one connection (RFC 9110 §7.6.1), whatever `Connection` nominates.
const HOP_BY_HOP: &[&str] = &["connection", "keep-alive", "te", "trailer", "upgrade"];

/// `name` in lower case; `nominated` by the message's `Connection`.
pub fn is_hop_by_hop(name: &str, nominated: &[String]) -> bool {
    // `Connection: content-length` must not unframe a message.
    HOP_BY_HOP.contains(&name)
        || name.starts_with("proxy-")
        || (!is_framing(name) && nominated.iter().any(|nominated| nominated == name))
}

fn is_framing(name: &str) -> bool {
    matches!(name, "content-length" | "transfer-encoding" | "host")
}

#[cfg(test)]
mod tests;
