//! One line of the access log: a JSON object per call (NDJSON).
//!
//! Holds what happened, never a secret, a query or a body. The serialiser writes into a buffer the caller
//! reuses; members of one call that are not known (a refused caller has no consumer) are absent.

mod json;
mod keys;

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Arc;

use crate::audience::Ring;
use crate::bodies::Withheld;
use crate::fate::{Caller, Matched};
use crate::manifest::AddressLogging;
use crate::validation::Unfit;
use json::{number, optional, text, write_address, write_rfc3339};
use keys::without_keys;

/// What one call was and how it went.
pub struct AccessRecord<'a> {
    /// When the request had arrived.
    pub time_unix_ns: u64,
    pub revision: u64,
    pub ring: Ring,
    pub method: &'a str,
    /// Normalised path without query; `None` when the target could not be normalised.
    pub path: Option<&'a str>,
    pub matched: Option<Matched<&'a Arc<str>>>,
    pub caller: Option<&'a Caller>,
    pub status: u16,
    pub code: Option<&'a str>,
    pub internal_reason: Option<&'a str>,
    /// `deprecated`, `brownout`, `sunset`; nothing of what is supported.
    pub version_state: Option<&'a str>,
    /// What the cache had to do with it, where responses are kept: `hit`, `miss`, …
    pub cache: Option<&'a str>,
    /// What of the response's body did not leave, or would not.
    pub withheld: &'a Withheld,
    /// What of the request does not fit its contract: why it was refused, or would be.
    pub unfit: &'a Unfit,
    pub request_bytes: u64,
    pub response_bytes: u64,
    pub duration: Durations,
    pub request_id: &'a str,
    /// `None`: the call belongs to no trace.
    pub trace: Option<TraceRecord<'a>>,
    /// As the ring's policy allows; see [`logged_address`].
    pub client_address: Option<IpAddr>,
}

/// Where the call stands in its trace; see [`TraceContext`](crate::trace_context::TraceContext).
pub struct TraceRecord<'a> {
    pub trace_id: &'a str,
    pub span_id: Option<[u8; 16]>,
    /// `None`: not sampled.
    pub span: Option<SpanRecord<'a>>,
}

/// What a recorded span says beyond the line.
pub struct SpanRecord<'a> {
    /// The caller's span.
    pub parent_id: Option<&'a str>,
    /// As the client asked for it.
    pub host: Option<&'a str>,
    /// HTTP version, `1.1`.
    pub protocol: &'a str,
    /// Times the request was sent to the service.
    pub tries: u8,
}

/// Microseconds spent in each phase.
#[derive(Clone, Copy, Debug, Default)]
pub struct Durations {
    pub wall_us: u64,
    /// From the upstream request to the end of its response; absent when nothing was forwarded.
    pub upstream_us: Option<u64>,
    pub total_us: u64,
}

/// The client's address as far as it may be logged.
pub fn logged_address(address: IpAddr, policy: AddressLogging) -> Option<IpAddr> {
    match (policy, address) {
        (AddressLogging::None, _) => None,
        (AddressLogging::Full, address) => Some(address),
        (AddressLogging::Truncated, IpAddr::V4(v4)) => {
            Some(Ipv4Addr::from(u32::from(v4) & !0xff).into())
        }
        (AddressLogging::Truncated, IpAddr::V6(v6)) => {
            let kept = u128::from(v6) & (u128::MAX << 80);
            Some(Ipv6Addr::from(kept).into())
        }
    }
}

impl AccessRecord<'_> {
    /// Appends the line, newline included.
    pub fn write_line(&self, line: &mut Vec<u8>) {
        line.reserve(USUAL_BYTES);
        line.extend_from_slice(b"{\"time\":\"");
        write_rfc3339(line, self.time_unix_ns);
        number(line, b"\",\"revision\":", self.revision);
        text(line, b",\"ring\":\"", self.ring.as_str());
        text(line, b",\"method\":\"", self.method);
        let path = self.path.map(without_keys);
        optional(line, b",\"path\":\"", path.as_deref());
        self.write_operation(line);
        self.write_caller(line);
        number(line, b",\"status\":", u64::from(self.status));
        optional(line, b",\"code\":\"", self.code);
        optional(line, b",\"internal_reason\":\"", self.internal_reason);
        optional(line, b",\"version_state\":\"", self.version_state);
        optional(line, b",\"cache\":\"", self.cache);
        self.write_unfit(line);
        self.write_withheld(line);
        number(line, b",\"request_bytes\":", self.request_bytes);
        number(line, b",\"response_bytes\":", self.response_bytes);
        self.write_durations(line);
        text(line, b",\"request_id\":\"", self.request_id);
        self.write_trace(line);
        if let Some(address) = self.client_address {
            line.extend_from_slice(b",\"client_address\":\"");
            write_address(line, address);
            line.push(b'"');
        }
        line.extend_from_slice(b"}\n");
    }

    fn write_operation(&self, line: &mut Vec<u8>) {
        let Some(matched) = self.matched else { return };
        text(line, b",\"api\":\"", matched.api);
        text(line, b",\"version\":\"", matched.version);
        text(line, b",\"operation\":\"", matched.operation);
        text(line, b",\"template\":\"", matched.template);
    }

    fn write_caller(&self, line: &mut Vec<u8>) {
        let Some(caller) = self.caller else { return };
        text(line, b",\"consumer\":\"", caller.consumer());
        text(line, b",\"application\":\"", caller.application());
        optional(line, b",\"key_id\":\"", caller.key_id());
        text(line, b",\"proof\":\"", caller.proof.as_str());
        if let Some(holder) = caller.holder() {
            text(line, b",\"issuer\":\"", &holder.issuer);
            optional(line, b",\"subject\":\"", holder.logged.as_deref());
        }
    }

    fn write_withheld(&self, line: &mut Vec<u8>) {
        for (index, row) in self.withheld.rows.iter().enumerate() {
            let begin: &[u8] = match index {
                0 => b",\"removed\":[{\"pointer\":\"",
                _ => b",{\"pointer\":\"",
            };
            text(line, begin, &row.pointer);
            text(line, b",\"reason\":\"", row.reason);
            number(line, b",\"count\":", row.count);
            line.push(b'}');
        }
        if !self.withheld.rows.is_empty() {
            line.push(b']');
        }
        if self.withheld.unlisted > 0 {
            number(line, b",\"unlisted\":", self.withheld.unlisted);
        }
    }

    fn write_unfit(&self, line: &mut Vec<u8>) {
        for (index, row) in self.unfit.rows.iter().enumerate() {
            let begin: &[u8] = match index {
                0 => b",\"unfit\":[{\"in\":\"",
                _ => b",{\"in\":\"",
            };
            text(line, begin, row.place);
            text(line, b",\"at\":\"", &row.at);
            text(line, b",\"reason\":\"", row.reason);
            number(line, b",\"count\":", row.count);
            line.push(b'}');
        }
        if !self.unfit.rows.is_empty() {
            line.push(b']');
        }
        if self.unfit.unlisted > 0 {
            number(line, b",\"unfit_unlisted\":", self.unfit.unlisted);
        }
    }

    fn write_trace(&self, line: &mut Vec<u8>) {
        let Some(trace) = &self.trace else { return };
        text(line, b",\"trace_id\":\"", trace.trace_id);
        if let Some(id) = &trace.span_id {
            line.extend_from_slice(b",\"span_id\":\"");
            line.extend_from_slice(id);
            line.push(b'"');
        }
        let Some(span) = &trace.span else { return };
        text(line, b",\"span\":{\"protocol\":\"", span.protocol);
        optional(line, b",\"parent_id\":\"", span.parent_id);
        optional(line, b",\"host\":\"", span.host);
        number(line, b",\"tries\":", u64::from(span.tries));
        line.push(b'}');
    }

    fn write_durations(&self, line: &mut Vec<u8>) {
        number(line, b",\"duration_us\":{\"wall\":", self.duration.wall_us);
        if let Some(upstream) = self.duration.upstream_us {
            number(line, b",\"upstream\":", upstream);
        }
        number(line, b",\"total\":", self.duration.total_us);
        line.push(b'}');
    }
}

/// What most lines fit into.
const USUAL_BYTES: usize = 768;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bodies::WithheldRow;
    use crate::validation::UnfitRow;

    static NOTHING_WITHHELD: Withheld = Withheld {
        rows: vec![],
        unlisted: 0,
    };

    static NOTHING_UNFIT: Unfit = Unfit {
        rows: vec![],
        unlisted: 0,
    };

    fn record<'a>() -> AccessRecord<'a> {
        AccessRecord {
            time_unix_ns: 1_709_210_096_123_456_789,
            revision: 7,
            ring: Ring::Partner,
            method: "GET",
            path: Some("/shop/orders"),
            matched: None,
            caller: None,
            status: 404,
            code: Some("not_found"),
            internal_reason: None,
            version_state: None,
            cache: None,
            withheld: &NOTHING_WITHHELD,
            unfit: &NOTHING_UNFIT,
            request_bytes: 0,
            response_bytes: 210,
            duration: Durations {
                wall_us: 4,
                upstream_us: None,
                total_us: 31,
            },
            request_id: "r-1",
            trace: None,
            client_address: None,
        }
    }

    fn parsed(record: &AccessRecord<'_>) -> serde_json::Value {
        let mut line = Vec::new();
        record.write_line(&mut line);
        assert_eq!(
            line.iter().filter(|&&b| b == b'\n').count(),
            1,
            "one record is one line"
        );
        serde_json::from_slice(&line).expect("a line is JSON")
    }

    #[test]
    fn a_line_is_one_json_object_with_microseconds_in_utc() {
        let line = parsed(&record());
        assert_eq!(line["time"], "2024-02-29T12:34:56.123456Z");
        assert_eq!(line["duration_us"]["total"], 31);
        assert!(line.get("consumer").is_none());
    }

    #[test]
    fn nothing_a_client_sends_can_forge_a_line_or_a_member() {
        let hostile = "a\"},\n{\"ring\":\"internal\u{2028}\u{0}\\";
        let line = parsed(&AccessRecord {
            method: hostile,
            internal_reason: Some(hostile),
            ..record()
        });
        assert_eq!(line["ring"], "partner");
        assert_eq!(line["method"], hostile);
    }

    #[test]
    fn a_line_lists_what_did_not_leave() {
        let row = |pointer: &str, count| WithheldRow {
            pointer: pointer.to_owned(),
            reason: "undeclared",
            count,
        };
        let withheld = Withheld {
            rows: vec![row("/a~1b/*/\"", 2), row("", 1)],
            unlisted: 3,
        };
        let line = parsed(&AccessRecord {
            withheld: &withheld,
            ..record()
        });
        let first =
            serde_json::json!({"pointer": "/a~1b/*/\"", "reason": "undeclared", "count": 2});
        assert_eq!(
            (&line["removed"][0], &line["unlisted"]),
            (&first, &3.into())
        );
        assert!(parsed(&record()).get("removed").is_none());
    }

    #[test]
    fn a_line_lists_what_of_the_request_does_not_fit() {
        let row = |place, at: &str, count| UnfitRow {
            place,
            at: at.to_owned(),
            reason: "undeclared",
            count,
        };
        let unfit = Unfit {
            rows: vec![row("query", "li\"mit", 1), row("body", "/lines/*/sku", 2)],
            unlisted: 3,
        };
        let line = parsed(&AccessRecord {
            unfit: &unfit,
            ..record()
        });
        let first =
            serde_json::json!({"in": "query", "at": "li\"mit", "reason": "undeclared", "count": 1});
        assert_eq!(
            (&line["unfit"][0], &line["unfit_unlisted"]),
            (&first, &3.into())
        );
        assert!(parsed(&record()).get("unfit").is_none());
    }

    #[test]
    fn addresses_are_logged_as_far_as_the_ring_allows() {
        let v4: IpAddr = "203.0.113.77".parse().unwrap();
        let v6: IpAddr = "2001:db8:1:2:3::4".parse().unwrap();
        assert_eq!(
            logged_address(v4, AddressLogging::Truncated)
                .unwrap()
                .to_string(),
            "203.0.113.0"
        );
        assert_eq!(
            logged_address(v6, AddressLogging::Truncated)
                .unwrap()
                .to_string(),
            "2001:db8:1::"
        );
        assert_eq!(logged_address(v4, AddressLogging::Full), Some(v4));
        assert_eq!(logged_address(v4, AddressLogging::None), None);
    }

    #[test]
    fn a_key_in_a_path_is_not_logged() {
        let key = "rw_production_0123456789ab_0123456789abcdefghijklmnopqrstuvABCDEF";
        for (path, logged) in [
            (format!("/shop/{key}"), "/shop/rw_*"),
            (
                format!("/shop/{key}/orders/x{key},{key}"),
                "/shop/rw_*/orders/xrw_*,rw_*",
            ),
            ("/shop/rw_short/%C3%A9".to_owned(), "/shop/rw_short/%C3%A9"),
            ("/shop/rw_".to_owned(), "/shop/rw_"),
        ] {
            let line = parsed(&AccessRecord {
                path: Some(&path),
                ..record()
            });
            assert_eq!(line["path"], logged);
        }
    }

    #[test]
    fn a_line_says_where_its_call_stands_in_a_trace() {
        let span = SpanRecord {
            parent_id: Some("00f067aa0ba902b7"),
            host: Some("api.acme.example"),
            protocol: "2",
            tries: 1,
        };
        let trace = TraceRecord {
            trace_id: "4bf92f3577b34da6a3ce929d0e0e4736",
            span_id: Some(*b"53995c3f42cd8ad9"),
            span: Some(span),
        };
        let line = parsed(&AccessRecord {
            trace: Some(trace),
            ..record()
        });
        assert_eq!(line["trace_id"], "4bf92f3577b34da6a3ce929d0e0e4736");
        assert_eq!(line["span_id"], "53995c3f42cd8ad9");
        assert_eq!(line["span"]["parent_id"], "00f067aa0ba902b7");
        assert_eq!(
            (&line["span"]["host"], &line["span"]["tries"]),
            (&"api.acme.example".into(), &1.into())
        );
        assert!(parsed(&record()).get("trace_id").is_none());
    }
}
