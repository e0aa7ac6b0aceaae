//! Whether a request sends a parameter at all, whatever its value.

use super::cookies::crumbs;
use super::text::pairs;
use crate::bundle::ParameterPlace;
use crate::fate::{Field, Headers};

/// `name`: of header fields in lower case. A parameter in the path is always sent; so is none that cannot be read.
pub(crate) fn sends(
    place: ParameterPlace,
    name: &str,
    query: Option<&str>,
    headers: &dyn Headers,
) -> bool {
    match place {
        ParameterPlace::Path => true,
        ParameterPlace::Query => pairs(query.unwrap_or(""))
            .is_ok_and(|pairs| pairs.iter().any(|pair| is_of(&pair.name, name))),
        ParameterPlace::Header => {
            http::HeaderName::try_from(name).is_ok_and(|name| headers.field(&name) != Field::Absent)
        }
        ParameterPlace::Cookie => {
            let mut found = false;
            headers.each(&http::header::COOKIE, &mut |field| {
                found |= crumbs(field).any(|(sent, _)| sent == name);
            });
            found
        }
    }
}

/// The name itself, or one of its fields: `filter[since]` (OpenAPI, `deepObject`).
fn is_of(sent: &str, name: &str) -> bool {
    sent.strip_prefix(name)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('['))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parameter_is_sent_where_its_name_is() {
        let headers: Vec<(String, Vec<u8>)> = vec![
            ("X-Old".into(), b"1".to_vec()),
            ("Cookie".into(), b"a=1; old=2".to_vec()),
        ];
        let query = Some("a=1&o%6cd=&filter[since]=1");
        for (place, name, is_sent) in [
            (ParameterPlace::Query, "old", true),
            (ParameterPlace::Query, "ol", false),
            (ParameterPlace::Query, "filter", true),
            (ParameterPlace::Header, "x-old", true),
            (ParameterPlace::Header, "x-new", false),
            (ParameterPlace::Cookie, "old", true),
            (ParameterPlace::Cookie, "new", false),
        ] {
            assert_eq!(sends(place, name, query, &headers), is_sent, "{name}");
        }
        assert!(!sends(ParameterPlace::Query, "old", Some("%=1"), &headers));
    }
}
