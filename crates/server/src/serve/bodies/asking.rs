//! What a service is asked whose responses are read before they leave: for the whole, and in a coding that is
//! understood. Its own validators say what hidden fields do, so clients' are compared here ([`super::whole`]).

use http::{HeaderMap, HeaderValue, Method, header};
use pingora::http::RequestHeader;
use pingora::proxy::Session;
use wall::Forward;

use super::decoding::UNDERSTOOD;

/// Changes the request on its way out.
pub fn ask(
    session: &Session,
    request: &mut RequestHeader,
    forward: &Forward,
) -> pingora::Result<()> {
    if !forward.is_projected() {
        return Ok(());
    }
    request.remove_header(&header::RANGE);
    request.remove_header(&header::IF_RANGE);
    let is_read = matches!(request.method, Method::GET | Method::HEAD);
    // With the cache on, they are the cache's own.
    if is_read && !session.upstream_headers_mutated_for_cache() {
        request.remove_header(&header::IF_NONE_MATCH);
        request.remove_header(&header::IF_MODIFIED_SINCE);
    }
    let accepted = match forward.may_be_opaque() {
        true => understood(&session.req_header().headers),
        false => HeaderValue::from_static("identity"),
    };
    request.insert_header(header::ACCEPT_ENCODING, accepted)
}

/// Of what the client takes, for bodies that may pass as they are.
fn understood(client: &HeaderMap) -> HeaderValue {
    let said = client.get_all(header::ACCEPT_ENCODING).iter();
    let items = said
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','));
    let known = |item: &&str| {
        let name = item.split(';').next().unwrap_or_default();
        UNDERSTOOD
            .iter()
            .any(|known| known.eq_ignore_ascii_case(name.trim()))
    };
    let kept: Vec<&str> = items.map(str::trim).filter(known).collect();
    match kept.is_empty() {
        true => HeaderValue::from_static("identity"),
        false => HeaderValue::from_str(&kept.join(", "))
            .unwrap_or_else(|_| HeaderValue::from_static("identity")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_what_a_client_takes_only_what_is_understood_is_asked_for() {
        for (said, asked) in [
            ("gzip, br;q=0.5, compress, *", "gzip, br;q=0.5"),
            ("GZIP", "GZIP"),
            ("compress, dcz", "identity"),
            ("", "identity"),
        ] {
            let mut client = HeaderMap::new();
            client.insert(header::ACCEPT_ENCODING, said.parse().unwrap());
            assert_eq!(understood(&client), asked, "{said}");
        }
    }
}
