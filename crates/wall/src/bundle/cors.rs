//! Web pages of other origins (Fetch standard §3.3): what browsers are told they may do.
//!
//! It restrains browsers, not callers: whatever is said here, every request is judged as any other.

use http::header;
use serde::{Deserialize, Serialize};

use crate::fate::{Field, Headers};

const ANY: &str = "*";

/// Fields of a response, names in lower case.
pub type Fields = Vec<(&'static str, String)>;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cors {
    /// As browsers send them, or `*` alone.
    pub origins: Vec<String>,
    /// Request fields pages may send.
    #[serde(default)]
    pub headers: Vec<String>,
    /// Response fields pages may read.
    #[serde(default)]
    pub expose: Vec<String>,
    #[serde(default)]
    pub credentials: bool,
    pub max_age_seconds: u64,
}

impl Cors {
    /// For a response to a request with these fields. A page that may not call is told nothing; `Vary` says so
    /// to caches either way.
    pub fn fields(&self, request: &dyn Headers) -> Fields {
        let mut fields = self.admission(request);
        if fields.iter().any(|(name, _)| *name != "vary") && !self.expose.is_empty() {
            fields.push(("access-control-expose-headers", self.expose.join(", ")));
        }
        fields
    }

    /// For the answer to OPTIONS on a path that takes `methods`; nothing more than `Vary` where no browser asks
    /// ahead, or for a page that may not call.
    pub fn preflight(&self, request: &dyn Headers, methods: &str) -> Fields {
        let asks = request.field(&header::ACCESS_CONTROL_REQUEST_METHOD) != Field::Absent;
        let mut fields = self.admission(request);
        if asks && fields.iter().any(|(name, _)| *name != "vary") {
            fields.extend([
                ("access-control-allow-methods", methods.to_owned()),
                ("access-control-allow-headers", self.headers.join(", ")),
                ("access-control-max-age", self.max_age_seconds.to_string()),
            ]);
        }
        fields
    }

    fn admission(&self, request: &dyn Headers) -> Fields {
        let mut fields = Fields::new();
        if !self.takes_any() {
            fields.push(("vary", "Origin".to_owned()));
        }
        if let Some(origin) = self.admitted(request) {
            fields.push(("access-control-allow-origin", origin.to_owned()));
            if self.credentials && !self.takes_any() {
                fields.push(("access-control-allow-credentials", "true".to_owned()));
            }
        }
        fields
    }

    /// The origin to name, if the request comes from a page that may call. `null` and repeated ones never match.
    fn admitted(&self, request: &dyn Headers) -> Option<&str> {
        let Field::Once(sent) = request.field(&header::ORIGIN) else {
            return None;
        };
        if self.takes_any() {
            return Some(ANY);
        }
        let listed = self.origins.iter().find(|origin| origin.as_bytes() == sent);
        listed.map(String::as_str)
    }

    fn takes_any(&self) -> bool {
        self.origins == [ANY]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cors(origin: &str) -> Cors {
        Cors {
            origins: vec![origin.to_owned()],
            headers: vec!["x-api-key".to_owned()],
            expose: vec!["x-total-count".to_owned()],
            credentials: true,
            max_age_seconds: 600,
        }
    }

    fn sent(fields: &[(&str, &str)]) -> Vec<(String, Vec<u8>)> {
        let pair = |(name, value): &(&str, &str)| ((*name).to_owned(), value.as_bytes().to_vec());
        fields.iter().map(pair).collect()
    }

    #[test]
    fn a_page_that_may_not_call_is_told_nothing() {
        let listed = cors("https://app.example");
        for origin in [
            "https://app.example.evil",
            "https://App.example",
            "null",
            "",
        ] {
            let request = sent(&[("origin", origin), ("access-control-request-method", "GET")]);
            let only_vary = [("vary", "Origin".to_owned())];
            assert_eq!(listed.fields(&request), only_vary, "{origin}");
            assert_eq!(listed.preflight(&request, "GET"), only_vary, "{origin}");
        }
        let twice = sent(&[
            ("origin", "https://app.example"),
            ("origin", "https://app.example"),
        ]);
        assert_eq!(listed.fields(&twice).len(), 1);
    }

    #[test]
    fn any_origin_never_comes_with_credentials() {
        let request = sent(&[("origin", "https://app.example")]);
        let fields = cors(ANY).fields(&request);
        assert!(fields.contains(&("access-control-allow-origin", ANY.to_owned())));
        assert!(!fields.iter().any(|(name, _)| name.ends_with("credentials")));
    }
}
