//! By what responses to the same target differ (RFC 9111 §4.1).

use http::{HeaderMap, HeaderName, header};
use pingora::cache::VarianceBuilder;
use pingora::cache::key::HashBinary;

/// Of a request, as far as the response names fields (`Vary`), or the manifest does. A response in a coding differs
/// by what codings are taken, whether it says so or not.
pub fn of(response: &HeaderMap, stated: &[String], request: &HeaderMap) -> Option<HashBinary> {
    let named = named(response);
    let named = named.iter().map(String::as_str);
    let mut variance = VarianceBuilder::new();
    for name in named.chain(stated.iter().map(String::as_str)) {
        add(&mut variance, name, request);
    }
    if response.contains_key(header::CONTENT_ENCODING) {
        add(&mut variance, header::ACCEPT_ENCODING.as_str(), request);
    }
    variance.finalize()
}

/// Whether no request can be known to be given the same.
pub fn is_by_everything(response: &HeaderMap) -> bool {
    named(response).iter().any(|name| name == "*")
}

fn named(response: &HeaderMap) -> Vec<String> {
    let values = response.get_all(header::VARY);
    let texts = values.iter().map(|value| value.to_str().unwrap_or("*"));
    texts
        .flat_map(|text| text.split(','))
        .map(|name| name.trim().to_ascii_lowercase())
        .filter(|name| !name.is_empty())
        .collect()
}

/// A field that is not there is not one that is empty.
fn add(variance: &mut VarianceBuilder<'_>, name: &str, request: &HeaderMap) {
    let Ok(field) = HeaderName::from_bytes(name.as_bytes()) else {
        return;
    };
    let mut value = Vec::new();
    for one in request.get_all(field) {
        value.push(b'\n');
        value.extend_from_slice(one.as_bytes().trim_ascii());
    }
    variance.add_owned_name_value(name.to_owned(), value);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(given: &[(&'static str, &str)]) -> HeaderMap {
        let mut fields = HeaderMap::new();
        for (name, value) in given {
            fields.append(*name, value.parse().unwrap());
        }
        fields
    }

    #[test]
    fn only_named_fields_make_a_difference() {
        let response = fields(&[("vary", "Accept-Language, accept"), ("vary", "x-tenant")]);
        let plain = of(&response, &[], &fields(&[("accept", "a")]));
        assert_eq!(
            plain,
            of(&response, &[], &fields(&[("accept", "a"), ("other", "b")]))
        );
        for other in [
            &[("accept", "b")][..],
            &[("accept", "a"), ("x-tenant", "1")],
            &[("accept", "a"), ("accept-language", "")],
            &[("accept", "a"), ("accept", "a")],
        ] {
            assert_ne!(plain, of(&response, &[], &fields(other)), "{other:?}");
        }
        assert_eq!(of(&fields(&[]), &[], &fields(&[("accept", "a")])), None);
    }

    #[test]
    fn the_manifest_names_what_the_service_forgets() {
        let stated = ["accept-language".to_owned()];
        let of = |language| {
            of(
                &fields(&[]),
                &stated,
                &fields(&[("accept-language", language)]),
            )
        };
        assert_ne!(of("de"), of("en"));
    }

    #[test]
    fn a_coding_is_for_those_who_take_it() {
        let response = fields(&[("content-encoding", "gzip")]);
        let of = |accepted| of(&response, &[], &fields(&[("accept-encoding", accepted)]));
        assert_ne!(of("gzip"), of("identity"));
    }

    #[test]
    fn a_star_among_names_is_everything() {
        assert!(is_by_everything(&fields(&[("vary", "accept, *")])));
        assert!(!is_by_everything(&fields(&[("vary", "accept")])));
    }
}
