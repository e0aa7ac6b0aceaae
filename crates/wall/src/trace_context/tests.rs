use super::*;
use http::HeaderMap;

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const SAMPLED_PARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

fn request(fields: &[(&'static str, &str)]) -> HeaderMap {
    let mut map = HeaderMap::new();
    for (name, value) in fields {
        map.append(*name, value.parse().unwrap());
    }
    map
}

fn tracing(trust: TraceTrust, per_million: Option<u32>) -> Tracing {
    let traces = per_million.map(|sample_per_million| Traces { sample_per_million });
    Tracing::new(trust, traces.as_ref())
}

fn begun(tracing: Tracing, fields: &[(&'static str, &str)]) -> Option<TraceContext> {
    let mut random = [0; RANDOM_BYTES];
    random
        .iter_mut()
        .zip(1..)
        .for_each(|(byte, value)| *byte = value * 7);
    tracing.begin(&request(fields), || random)
}

fn told(trace: &TraceContext) -> String {
    trace.traceparent().to_str().unwrap().to_owned()
}

#[test]
fn an_accepted_trace_goes_on_in_a_span_of_ours() {
    let accepts = tracing(TraceTrust::Accept, Some(0));
    let fields = [
        ("traceparent", SAMPLED_PARENT),
        ("tracestate", "rojo=00f067aa0ba902b7"),
    ];
    let trace = begun(accepts, &fields).unwrap();
    assert_eq!(trace.trace_id(), TRACE);
    assert_eq!(trace.caller_span_id(), Some("00f067aa0ba902b7"));
    assert!(told(&trace).starts_with(&format!("00-{TRACE}-")) && told(&trace).ends_with("-01"));
    assert!(!told(&trace).contains("00f067aa0ba902b7"));
    assert_eq!(trace.tracestate().unwrap(), "rojo=00f067aa0ba902b7");
    assert!(trace.is_recorded(), "the caller's decision holds");
}

#[test]
fn where_traces_restart_nothing_of_the_callers_is_left() {
    let restarts = tracing(TraceTrust::Restart, Some(0));
    let fields = [("traceparent", SAMPLED_PARENT), ("tracestate", "rojo=1")];
    let trace = begun(restarts, &fields).unwrap();
    assert_ne!(trace.trace_id(), TRACE);
    assert_eq!((trace.caller_span_id(), trace.tracestate()), (None, None));
    assert!(!trace.is_recorded(), "nobody outside forces sampling");
    assert!(told(&trace).ends_with("-02"), "its id is random");
}

#[test]
fn while_traces_are_off_none_begins_and_an_accepted_one_passes_on() {
    let accepts = tracing(TraceTrust::Accept, None);
    let trace = begun(accepts, &[("traceparent", SAMPLED_PARENT)]).unwrap();
    assert_eq!(told(&trace), SAMPLED_PARENT);
    assert_eq!((trace.span_id(true), trace.is_recorded()), (None, false));
    assert!(begun(accepts, &[]).is_none());
    assert!(
        begun(
            tracing(TraceTrust::Restart, None),
            &[("traceparent", SAMPLED_PARENT)]
        )
        .is_none()
    );
}

#[test]
fn two_spans_are_told_apart_by_their_last_bit() {
    let trace = begun(tracing(TraceTrust::Restart, Some(1_000_000)), &[]).unwrap();
    let id = |forwarded| {
        let digits = trace.span_id(forwarded).unwrap();
        u64::from_str_radix(std::str::from_utf8(&digits).unwrap(), 16).unwrap()
    };
    assert_eq!((id(true) & 1, id(false)), (1, id(true) - 1));
    assert!(told(&trace).contains(&format!("{:016x}", id(true))));
}

#[test]
fn only_a_wellformed_traceparent_counts() {
    let accepts = tracing(TraceTrust::Accept, None);
    let more = format!("01-{TRACE}-00f067aa0ba902b7-ff-what-the-future-says");
    assert_eq!(
        told(&begun(accepts, &[("traceparent", &more)]).unwrap()),
        format!("00-{TRACE}-00f067aa0ba902b7-03"),
        "flags nobody defined are not sent on"
    );
    for bad in [
        "",
        "00-0-0-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-1",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0x",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more",
        "01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01more",
        "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
        "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
        "00_4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
    ] {
        assert!(begun(accepts, &[("traceparent", bad)]).is_none(), "{bad}");
    }
    let twice = [
        ("traceparent", SAMPLED_PARENT),
        ("traceparent", SAMPLED_PARENT),
    ];
    assert!(begun(accepts, &twice).is_none());
}

#[test]
fn a_tracestate_passes_whole_shortened_or_not_at_all() {
    let state = |values: &[&str]| {
        let mut fields = vec![("traceparent", SAMPLED_PARENT)];
        fields.extend(values.iter().map(|value| ("tracestate", *value)));
        let trace = begun(tracing(TraceTrust::Accept, None), &fields).unwrap();
        trace
            .tracestate()
            .map(|value| value.to_str().unwrap().to_owned())
    };
    assert_eq!(
        state(&["a=1 , ,fw529a3039@dt=FfAo;x"]).unwrap(),
        "a=1 , ,fw529a3039@dt=FfAo;x"
    );
    assert_eq!(state(&["a=1", "b=2,c=3"]).unwrap(), "a=1,b=2,c=3");
    for bad in ["a", "=1", "a=", "A=1", "a=1=2", "a=b\tc", "a=1,b"] {
        assert_eq!(state(&[bad]), None, "{bad:?}");
    }
    let members = |count: usize| {
        (0..count)
            .map(|n| format!("k{n}=v"))
            .collect::<Vec<_>>()
            .join(",")
    };
    assert!(state(&[&members(32)]).is_some() && state(&[&members(33)]).is_none());
    let long = format!("a=1,b={},c={},d=4", "x".repeat(200), "y".repeat(400 - 160));
    let many = (0..6)
        .map(|n| format!("k{n}={}", "v".repeat(100)))
        .collect::<Vec<_>>()
        .join(",");
    assert_eq!(
        state(&[&long, "e=5"]).unwrap(),
        format!("a=1,b={},c={},d=4,e=5", "x".repeat(200), "y".repeat(240))
    );
    assert_eq!(
        state(&[&long, &format!("e={}", "z".repeat(90))]).unwrap(),
        format!("a=1,d=4,e={}", "z".repeat(90))
    );
    assert_eq!(state(&[&many]).unwrap().split(',').count(), 4);
}

#[test]
fn the_share_of_sampled_traces_is_the_one_asked_for() {
    let mut seed = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = || {
        seed = seed
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) as u8
    };
    let sampled = |per_million: u32, next: &mut dyn FnMut() -> u8| {
        let tracing = tracing(TraceTrust::Restart, Some(per_million));
        let calls = (0..20_000).filter(|_| {
            let random = std::array::from_fn(|_| next());
            tracing
                .begin(&HeaderMap::new(), || random)
                .unwrap()
                .is_recorded()
        });
        calls.count()
    };
    assert_eq!(sampled(0, &mut next), 0);
    assert_eq!(sampled(1_000_000, &mut next), 20_000);
    assert!((1_700..2_300).contains(&sampled(100_000, &mut next)));
}
