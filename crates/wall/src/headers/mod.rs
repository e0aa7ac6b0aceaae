//! Header fields at the wall: nothing a client forged goes in, nothing the upstream says of itself comes out.
//!
//! Framing (`content-length`, `transfer-encoding`) and `host` are the proxy's business and pass here.

mod location;
mod request;
mod response;

pub use request::{ADDED, added, nominated, reaches_upstream};
pub(crate) use response::ResponseRules;
pub use response::{Passage, ResponsePolicy};

/// Meant for one connection (RFC 9110 §7.6.1), whatever `Connection` nominates.
const HOP_BY_HOP: &[&str] = &["connection", "keep-alive", "te", "trailer", "upgrade"];

fn is_hop_by_hop(name: &str, nominated: &[String]) -> bool {
    // `Connection: content-length` must not unframe a message.
    let framing = matches!(name, "content-length" | "transfer-encoding" | "host");
    HOP_BY_HOP.contains(&name)
        || name.starts_with("proxy-")
        || (!framing && nominated.iter().any(|nominated| nominated == name))
}

#[cfg(test)]
mod tests;
