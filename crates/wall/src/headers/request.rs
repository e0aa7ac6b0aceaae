//! Request fields. Upstreams trust what the gateway says of the caller, so only the gateway may say it.

use std::borrow::Cow;

use http::{HeaderName, HeaderValue};

use super::{is_framing, is_hop_by_hop};
use crate::fate::Forward;
use crate::faults::{Check, skips};
use crate::identity::{carries_key, carries_token};

/// Fields that carry credentials for the wall, name a caller, a client or another target, undo the method, or place
/// the call in a trace, which the gateway says itself.
/// Sorted, to be searched by halves.
const FORGEABLE: &[&str] = &[
    "cf-connecting-ip",
    "client-cert",
    "client-cert-chain",
    "client-ip",
    "fastly-client-ip",
    "forwarded",
    "forwarded-for",
    "http-client-ip",
    "proxy",
    "proxy-authorization",
    "proxy-connection",
    "remote-addr",
    "remote-user",
    "traceparent",
    "tracestate",
    "true-client-ip",
    "x-api-key",
    "x-apigateway-api-userinfo",
    "x-appengine-user-ip",
    "x-auth-user",
    "x-azure-clientip",
    "x-client-cert",
    "x-client-dn",
    "x-client-ip",
    "x-client-verify",
    "x-cluster-client-ip",
    "x-endpoint-api-userinfo",
    "x-forward-for",
    "x-host",
    "x-http-host-override",
    "x-http-method",
    "x-http-method-override",
    "x-internal-service-token",
    "x-jwt-assertion",
    "x-method-override",
    "x-originating-ip",
    "x-override-url",
    "x-proxyuser-ip",
    "x-real-ip",
    "x-remote-addr",
    "x-remote-ip",
    "x-remote-user",
    "x-script-name",
    "x-verified-user",
    "x-waws-unencoded-url",
    "x-webauth-user",
];

/// Families of the same kind.
const FORGEABLE_PREFIXES: &[&str] = &["proxy-", "ssl-client-"];
const FORGEABLE_X_PREFIXES: &[&str] = &[
    "x-amzn-mtls-",
    "x-amzn-oidc-",
    "x-auth-request-",
    "x-authenticated-",
    "x-consumer-",
    "x-envoy-",
    "x-forwarded",
    "x-goog-authenticated-",
    "x-ms-client-principal",
    "x-original-",
    "x-rewrite-",
    "x-ringwork",
    "x-spiffe",
    "x-ssl-client-",
];

/// The wall judged by this field, so the upstream sees it as the wall did: `Connection` cannot take it away,
/// and no other spelling (`API_Version`) stands in for it or beside it.
const VERSION: &str = "api-version";

/// Field names (lower case) the `Connection` field nominates as hop-by-hop. `close` is none (RFC 9110 §7.6.1),
/// `keep-alive` is hop-by-hop without being named.
pub fn nominated(connection: &[u8]) -> Vec<String> {
    // What nearly every upstream and client says.
    if matches!(connection, b"close" | b"keep-alive" | b"Keep-Alive") {
        return Vec::new();
    }
    let names = connection
        .split(|&b| b == b',')
        .filter_map(|name| std::str::from_utf8(name.trim_ascii()).ok());
    let options = ["", "close", "keep-alive"];
    names
        .filter(|name| {
            !options
                .iter()
                .any(|option| name.eq_ignore_ascii_case(option))
        })
        .map(str::to_ascii_lowercase)
        .collect()
}

/// Whether a request field of the client goes on to the upstream. `name` in lower case. `bearer_passes`: somebody
/// else's token does, because the ring judges none or its issuer's are declared to pass.
pub fn reaches_upstream(
    name: &str,
    value: &[u8],
    nominated: &[String],
    bearer_passes: bool,
) -> bool {
    if name == VERSION {
        return true;
    }
    let folded = fold_name(name);
    // `Transfer_Encoding` means nothing here, and may frame the message for who reads it as CGI does.
    if matches!(folded, Cow::Owned(_)) && (is_framing(&folded) || is_hop_by_hop(&folded, &[])) {
        return false;
    }
    let our_key = folded == "authorization" && carries_key(value) && !skips(Check::KeyForwarded);
    let is_token =
        !bearer_passes && (folded == "dpop" || (folded == "authorization" && carries_token(value)));
    let is_forged = is_forgeable(&folded) && !skips(Check::ForgedIdentity);
    !is_forged && !our_key && !is_token && folded != VERSION && !is_hop_by_hop(name, nominated)
}

/// Asked of every field of every request, so the first letter settles most of them.
fn is_forgeable(folded: &str) -> bool {
    let families = match folded.as_bytes().first() {
        Some(b'x') => FORGEABLE_X_PREFIXES,
        Some(b'p' | b's') => FORGEABLE_PREFIXES,
        Some(b'c' | b'f' | b'h' | b'r' | b't') => &[],
        _ => return false,
    };
    FORGEABLE.binary_search(&folded).is_ok()
        || families.iter().any(|prefix| folded.starts_with(prefix))
}

/// CGI and its descendants take `X_Ringwork_Consumer` for `X-Ringwork-Consumer`, and so must we.
pub(super) fn fold_name(name: &str) -> Cow<'_, str> {
    let kept = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    if name.bytes().all(kept) {
        return Cow::Borrowed(name);
    }
    let fold = |c: char| {
        if c.is_ascii_alphanumeric() {
            c.to_ascii_lowercase()
        } else {
            '-'
        }
    };
    Cow::Owned(name.chars().map(fold).collect())
}

static ADDED: [HeaderName; 4] = [
    HeaderName::from_static("x-ringwork-consumer"),
    HeaderName::from_static("x-ringwork-application"),
    HeaderName::from_static("x-ringwork-ring"),
    HeaderName::from_static("x-ringwork-request-id"),
];
static SUBJECT: HeaderName = HeaderName::from_static("x-ringwork-subject");

/// The only fields the gateway adds; set after the client's were filtered. The subject is that of a token.
pub fn added(
    forward: &Forward,
    request_id: &HeaderValue,
) -> impl Iterator<Item = (&'static HeaderName, HeaderValue)> {
    let [consumer, application, ring, id] = &ADDED;
    let holder = forward.caller.holder();
    let subject = holder.and_then(|holder| Some((&SUBJECT, name(holder.subject.as_deref()?))));
    [
        (consumer, name(forward.caller.consumer())),
        (application, name(forward.caller.application())),
        (ring, HeaderValue::from_static(forward.ring.as_str())),
        (id, request_id.clone()),
    ]
    .into_iter()
    .chain(subject)
}

/// Copied: a value kept for many requests would be a piece of memory that is in no cache when it is needed.
fn name(of_caller: &str) -> HeaderValue {
    HeaderValue::from_str(of_caller).expect("a caller is made only of names that can be told")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_forgeable_name_is_found() {
        assert!(FORGEABLE.is_sorted(), "it is searched by halves");
        for name in FORGEABLE {
            assert!(is_forgeable(name), "{name}");
        }
        for prefix in [FORGEABLE_PREFIXES, FORGEABLE_X_PREFIXES].concat() {
            assert!(is_forgeable(&format!("{prefix}a")), "{prefix}");
        }
    }
}
