//! Fields by which other tracing systems than W3C Trace Context take a trace, its sampling or its baggage.

use super::request::fold_name;

const NAMES: &[&str] = &[
    "b3",
    "baggage",
    "elastic-apm-traceparent",
    "grpc-trace-bin",
    "jaeger-baggage",
    "jaeger-debug-id",
    "newrelic",
    "sentry-trace",
    "sw8",
    "sw8-correlation",
    "sw8-x",
    "uber-trace-id",
    "x-amzn-trace-id",
    "x-client-trace-id",
    "x-cloud-trace-context",
    "x-ot-span-context",
];
const PREFIXES: &[&str] = &[
    "ot-baggage-",
    "ot-tracer-",
    "uberctx-",
    "x-b3-",
    "x-datadog-",
];

/// Whether a request field would let a caller choose the trace, force its sampling or write into its baggage. Such
/// fields do not pass where callers are not believed that. `name` in lower case.
pub fn chooses_trace(name: &str) -> bool {
    // The first letter settles most of them.
    if !matches!(
        name.as_bytes().first(),
        Some(b'b' | b'e' | b'g' | b'j' | b'n' | b'o' | b's' | b'u' | b'x')
    ) {
        return false;
    }
    let folded = fold_name(name);
    NAMES.binary_search(&&*folded).is_ok()
        || PREFIXES.iter().any(|prefix| folded.starts_with(prefix))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_found_in_any_spelling() {
        assert!(NAMES.is_sorted(), "they are searched by halves");
        for name in NAMES.iter().chain(PREFIXES) {
            assert!(
                chooses_trace(name) && chooses_trace(&name.replace('-', "_")),
                "{name}"
            );
        }
        for name in [
            "user-agent",
            "x-request-id",
            "x-ringwork-ring",
            "b32",
            "origin",
            "sec-fetch-mode",
        ] {
            assert!(!chooses_trace(name), "{name}");
        }
    }
}
