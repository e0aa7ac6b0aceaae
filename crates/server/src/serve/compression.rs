//! Responses made smaller for the client, where the manifest says so. What is compressed with what is decided
//! here; the work is Pingora's compression module, which every session has, switched off.

use bytes::Bytes;
use http::{HeaderMap, StatusCode, header};
use pingora::http::{RequestHeader, ResponseHeader};
use pingora::modules::http::compression::ResponseCompression;
use pingora::protocols::http::compression::{Algorithm, ResponseCompressionCtx};
use pingora::proxy::Session;
use pingora::{Error, ErrorType, Result};
use wall::bundle::{Coding, Compression};

/// Fast enough for every response; what more effort saves is little (gzip 1-9, br 0-11, zstd 1-22).
const LEVEL: u32 = 4;
/// Below it a packet is a packet.
const MIN_BYTES: u64 = 1024;
const TEXTUAL: &[&str] = &[
    "application/javascript",
    "application/json",
    "application/xml",
    "image/svg+xml",
];

/// Switches the module on for a response that gains by it, and says so to caches. `response` is what the wall
/// left of it; a response that is not whole, or meant to arrive event by event, is let alone.
pub fn consider(
    session: &mut Session,
    response: &mut ResponseHeader,
    allowed: &Compression,
) -> Result<()> {
    if !gains(response) {
        return Ok(());
    }
    response.append_header(header::VARY, "Accept-Encoding")?;
    let Some(coding) = best(&session.req_header().headers, &allowed.codings) else {
        return Ok(());
    };
    let module = session
        .downstream_modules_ctx
        .get_mut::<ResponseCompression>()
        .ok_or_else(|| Error::explain(ErrorType::InternalError, "no compression module"))?;
    module.adjust_algorithm_level(algorithm(coding), LEVEL);
    module.request_filter(&told(coding)?);
    Ok(())
}

/// Makes a body smaller that is here as a whole; the header is made to fit, but for its length.
pub fn whole(
    request: &RequestHeader,
    response: &mut ResponseHeader,
    body: Bytes,
    allowed: &Compression,
) -> Result<Bytes> {
    response.insert_header(header::CONTENT_LENGTH, body.len())?;
    if !gains(response) {
        return Ok(body);
    }
    response.append_header(header::VARY, "Accept-Encoding")?;
    let Some(coding) = best(&request.headers, &allowed.codings) else {
        return Ok(body);
    };
    let mut compressor = ResponseCompressionCtx::new(0, false, false);
    compressor.adjust_algorithm_level(algorithm(coding), LEVEL);
    compressor.request_filter(&told(coding)?);
    compressor.response_header_filter(response, false);
    let compressed = compressor.response_body_filter(Some(&body), true);
    response.remove_header(&header::TRANSFER_ENCODING);
    Ok(compressed.unwrap_or(body))
}

/// Pingora reads no q-values, so it is told the outcome.
fn told(coding: Coding) -> Result<RequestHeader> {
    let mut told = RequestHeader::build("GET", b"/", None)?;
    told.insert_header(header::ACCEPT_ENCODING, coding.as_str())?;
    Ok(told)
}

fn algorithm(coding: Coding) -> Algorithm {
    match coding {
        Coding::Gzip => Algorithm::Gzip,
        Coding::Br => Algorithm::Brotli,
        Coding::Zstd => Algorithm::Zstd,
    }
}

fn gains(response: &ResponseHeader) -> bool {
    let fields = &response.headers;
    let text = |name| fields.get(name).and_then(|value| value.to_str().ok());
    let length = text(header::CONTENT_LENGTH).and_then(|length| length.parse::<u64>().ok());
    let unchangeable =
        text(header::CACHE_CONTROL).is_some_and(|said| said.contains("no-transform"));
    response.status == StatusCode::OK
        && !fields.contains_key(header::CONTENT_ENCODING)
        && !fields.contains_key(header::CONTENT_RANGE)
        && length.is_none_or(|length| length >= MIN_BYTES)
        && text(header::CONTENT_TYPE).is_some_and(is_textual)
        && !unchangeable
}

/// Text, but no stream of events: those must not wait in a compressor.
fn is_textual(content_type: &str) -> bool {
    let name = content_type.split(';').next().unwrap_or("").trim();
    let name = name.to_ascii_lowercase();
    let streamed = matches!(&*name, "text/event-stream" | "application/json-seq");
    !streamed
        && (name.starts_with("text/")
            || TEXTUAL.contains(&&*name)
            || name.ends_with("+json")
            || name.ends_with("+xml"))
}

/// The first of `codings` the client takes with the highest weight (RFC 9110 §12.5.3); none where it says nothing.
fn best(request: &HeaderMap, codings: &[Coding]) -> Option<Coding> {
    let said: Vec<(&str, u16)> = request
        .get_all(header::ACCEPT_ENCODING)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(weighed)
        .collect();
    let weight = |coding: Coding| {
        let of = |name: &str| {
            said.iter()
                .find(|(given, _)| given.eq_ignore_ascii_case(name))
        };
        of(coding.as_str())
            .or_else(|| of("*"))
            .map_or(0, |&(_, weight)| weight)
    };
    let heaviest = codings.iter().map(|&coding| weight(coding)).max()?;
    let mut codings = codings.iter().copied();
    codings.find(|&coding| heaviest > 0 && weight(coding) == heaviest)
}

/// `gzip;q=0.5` → `gzip`, 500; nothing where the weight is none.
fn weighed(item: &str) -> Option<(&str, u16)> {
    let mut parts = item.split(';').map(str::trim);
    let name = parts.next().filter(|name| !name.is_empty())?;
    let Some(parameter) = parts.next() else {
        return Some((name, 1000));
    };
    let weight = parameter
        .strip_prefix("q=")
        .or_else(|| parameter.strip_prefix("Q="))?;
    let weight: f32 = weight.parse().ok()?;
    (0.0..=1.0)
        .contains(&weight)
        .then_some((name, (weight * 1000.0) as u16))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(accepted: &str) -> Option<Coding> {
        let mut request = HeaderMap::new();
        request.insert(header::ACCEPT_ENCODING, accepted.parse().unwrap());
        best(&request, &[Coding::Zstd, Coding::Br, Coding::Gzip])
    }

    #[test]
    fn the_client_weighs_and_the_manifest_breaks_the_tie() {
        assert_eq!(chosen("gzip, br, zstd"), Some(Coding::Zstd));
        assert_eq!(chosen("gzip, br;q=0.9, zstd;q=0.8"), Some(Coding::Gzip));
        assert_eq!(chosen("gzip;q=0, *;q=0.1"), Some(Coding::Zstd));
        assert_eq!(chosen("GZIP"), Some(Coding::Gzip));
        for nothing in [
            "", "identity", "gzip;q=0", "deflate", "gzip;q=x", "gzip;q=2",
        ] {
            assert_eq!(chosen(nothing), None, "{nothing:?}");
        }
    }

    #[test]
    fn events_archives_and_parts_are_let_alone() {
        for name in [
            "application/json",
            "text/html; charset=utf-8",
            "application/problem+json",
        ] {
            assert!(is_textual(name), "{name}");
        }
        for name in [
            "text/event-stream",
            "Text/Event-Stream; a=b",
            "application/grpc",
            "image/png",
            "",
        ] {
            assert!(!is_textual(name), "{name}");
        }
    }
}
