//! The text Prometheus reads (OpenMetrics 1.0), made when it is asked for.

use std::fmt::{self, Debug, Error, Formatter};
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, MetricEncoder, NoLabelSet, text::encode};
use prometheus_client::metrics::MetricType;
use prometheus_client::registry::{Registry, Unit};
use wall::audience::Ring;

use super::roster::{MOST_LACKING, Roster};
use super::tally::{ApiTally, Histogram};
use super::{Metrics, RingCounts, locked, process};

/// Neither is a name an API can have.
const NONE: &str = "_none";
const OTHER: &str = "_other";

type Result = fmt::Result;

pub fn text(metrics: &Arc<Metrics>) -> String {
    let mut registry = Registry::default();
    registry.register_collector(Box::new(Scrape(Arc::clone(metrics))));
    let mut text = String::new();
    // Writing to a string fails only where a value refuses to be written, and these are numbers and names.
    if let Err(Error) = encode(&mut text, &registry) {
        log::error!("metrics: the text could not be made");
    }
    text
}

struct Scrape(Arc<Metrics>);

impl Debug for Scrape {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        f.write_str("Scrape")
    }
}

impl Collector for Scrape {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result {
        let metrics = &*self.0;
        requests(&mut encoder, metrics)?;
        rings(&mut encoder, metrics)?;
        gateway(&mut encoder, metrics)?;
        services(&mut encoder, metrics)?;
        shared_limits(&mut encoder, metrics)?;
        record_journal(&mut encoder, metrics)?;
        of_process(&mut encoder)
    }
}

/// Everything there is by API: those with series of their own, and per ring the two common rows.
fn by_api(
    metrics: &Metrics,
    roster: &Roster,
    mut each: impl FnMut(ApiLabels<'_>, &ApiTally) -> Result,
) -> Result {
    for (ring, counts) in of_rings(metrics) {
        for (api, tally) in [(NONE, &counts.none), (OTHER, &counts.other)] {
            each(api_labels(ring, api, api), tally)?;
        }
    }
    for (slot, tally) in roster.counted() {
        each(api_labels(slot.ring, &slot.api, &slot.version), tally)?;
    }
    Ok(())
}

fn requests(encoder: &mut DescriptorEncoder<'_>, metrics: &Metrics) -> Result {
    let roster = metrics.roster.load_full().unwrap_or_default();
    let mut total = encoder.encode_descriptor(
        "ringwork_requests",
        "Calls, by ring, API, version and class of the answer's status",
        None,
        MetricType::Counter,
    )?;
    let count = |labels: ApiLabels<'_>, tally: &ApiTally| {
        let (ring, api, version) = labels;
        for (class, count) in tally.classes() {
            let labels = [ring, api, version, ("class", class)];
            counter(&mut total.encode_family(&labels)?, count)?;
        }
        Ok(())
    };
    by_api(metrics, &roster, count)?;
    let mut duration = encoder.encode_descriptor(
        "ringwork_request_duration",
        "From a call's head to its end",
        Some(&Unit::Seconds),
        MetricType::Histogram,
    )?;
    let observe = |(ring, api, version): ApiLabels<'_>, tally: &ApiTally| {
        let labels = [ring, api, version];
        histogram(&mut duration.encode_family(&labels)?, &tally.duration)
    };
    by_api(metrics, &roster, observe)
}

fn rings(encoder: &mut DescriptorEncoder<'_>, metrics: &Metrics) -> Result {
    let mut errors = encoder.encode_descriptor(
        "ringwork_errors",
        "Answers of the gateway's own, by ring and error code",
        None,
        MetricType::Counter,
    )?;
    for (ring, counts) in of_rings(metrics) {
        for (code, count) in counts.tally.errors() {
            let labels = [("ring", ring.as_str()), ("code", code)];
            counter(&mut errors.encode_family(&labels)?, count)?;
        }
    }
    let mut upstream = encoder.encode_descriptor(
        "ringwork_upstream_duration",
        "From the first try at an upstream to the end of the call",
        Some(&Unit::Seconds),
        MetricType::Histogram,
    )?;
    for (ring, counts) in of_rings(metrics) {
        let labels = [("ring", ring.as_str())];
        histogram(
            &mut upstream.encode_family(&labels)?,
            &counts.tally.upstream,
        )?;
    }
    let mut cached = encoder.encode_descriptor(
        "ringwork_cache_requests",
        "Calls to operations whose responses are kept, by ring and what the cache had to do with them",
        None,
        MetricType::Counter,
    )?;
    for (ring, counts) in of_rings(metrics) {
        for (outcome, count) in counts.tally.cached() {
            let labels = [("ring", ring.as_str()), ("outcome", outcome)];
            counter(&mut cached.encode_family(&labels)?, count)?;
        }
    }
    let mut in_flight = encoder.encode_descriptor(
        "ringwork_requests_in_flight",
        "Calls under way",
        None,
        MetricType::Gauge,
    )?;
    for (ring, counts) in of_rings(metrics) {
        let labels = [("ring", ring.as_str())];
        let now = counts.tally.in_flight.load(Relaxed);
        in_flight.encode_family(&labels)?.encode_gauge(&now)?;
    }
    Ok(())
}

fn gateway(encoder: &mut DescriptorEncoder<'_>, metrics: &Metrics) -> Result {
    let refused = locked(&metrics.refused).map_or(0, |(revision, _)| revision);
    let connections = metrics.connections.count() as u64;
    let revision = metrics.revision.load(Relaxed);
    let (kept_bytes, kept) = metrics.responses.kept();
    let gauges = [
        (
            "ringwork_connections",
            "Connections of clients, all rings",
            connections,
        ),
        ("ringwork_revision", "Revision in force", revision),
        (
            "ringwork_revision_refused",
            "Revision refused and not mended; 0: none",
            refused,
        ),
        ("ringwork_cache_responses", "Responses that are kept", kept),
        ("ringwork_cache_bytes", "Memory they take", kept_bytes),
    ];
    for (name, help, value) in gauges {
        gauge(encoder, name, help, value)?;
    }
    let counters = [
        (
            "ringwork_revision_refusals",
            "Revisions refused",
            metrics.refusals.load(Relaxed),
        ),
        (
            "ringwork_log_lines_left_out",
            "Lines the access log lost to a slow or full disk",
            metrics.log.lines_lost(),
        ),
    ];
    for (name, help, value) in counters {
        counter(
            &mut described(encoder, name, help, MetricType::Counter)?,
            value,
        )?;
    }
    Ok(())
}

/// Only services that lack something: of thousands, most lack nothing.
fn services(encoder: &mut DescriptorEncoder<'_>, metrics: &Metrics) -> Result {
    let mut left_out = described(
        encoder,
        "ringwork_upstream_endpoints_left_out",
        "Endpoints of a service that are not called, by API, version and reason",
        MetricType::Gauge,
    )?;
    for (service, lack) in metrics.lacking.load().iter().take(MOST_LACKING) {
        let (api, version) = service.split_once(':').unwrap_or((service, ""));
        for (reason, count) in lack.reasons() {
            let labels = [("api", api), ("version", version), ("reason", reason)];
            let count = count as u64;
            left_out.encode_family(&labels)?.encode_gauge(&count)?;
        }
    }
    Ok(())
}

/// Nothing where limits are this gateway's own.
fn shared_limits(encoder: &mut DescriptorEncoder<'_>, metrics: &Metrics) -> Result {
    let Some(standing) = metrics.sharing.standing() else {
        return Ok(());
    };
    gauge(
        encoder,
        "ringwork_shared_limits_available",
        "Limits are shared with other gateways; 0: this one goes on with its share",
        standing.available.into(),
    )?;
    gauge(
        encoder,
        "ringwork_shared_limits_gateways",
        "Gateways that share limits, this one included",
        standing.gateways_seen,
    )?;
    let (asked, unanswered) = metrics.sharing.requests();
    for (name, help, value) in [
        (
            "ringwork_shared_limits_asked",
            "Calls whose limit was asked for",
            asked,
        ),
        (
            "ringwork_shared_limits_unanswered",
            "Those that got no answer in time",
            unanswered,
        ),
    ] {
        counter(
            &mut described(encoder, name, help, MetricType::Counter)?,
            value,
        )?;
    }
    let mut answers = encoder.encode_descriptor(
        "ringwork_shared_limits_answer",
        "One exchange with the server that limits are shared on",
        Some(&Unit::Seconds),
        MetricType::Histogram,
    )?;
    histogram(&mut answers, &metrics.sharing.answers)
}

fn record_journal(encoder: &mut DescriptorEncoder<'_>, metrics: &Metrics) -> Result {
    let standing = match metrics.journal.standing() {
        Ok(standing) => standing,
        Err(error) => {
            log::error!("metrics: the journal cannot be looked at: {error}");
            return Ok(());
        }
    };
    let gauges = [
        (
            "ringwork_record_journal_bytes",
            "The journal of writes on record, on disk",
            standing.bytes,
        ),
        (
            "ringwork_record_journal_waiting_bytes",
            "What of it the ledger does not have",
            standing.waiting,
        ),
        (
            "ringwork_record_journal_max_bytes",
            "Where it is full: calls on record are refused then",
            standing.max_bytes,
        ),
    ];
    for (name, help, value) in gauges {
        gauge(encoder, name, help, value)?;
    }
    Ok(())
}

fn of_process(encoder: &mut DescriptorEncoder<'_>) -> Result {
    let Some(process) = process::look() else {
        return Ok(());
    };
    let cpu = "User and system time of the process";
    described(encoder, "process_cpu_seconds", cpu, MetricType::Counter)?
        .encode_counter::<NoLabelSet, _, f64>(&process.cpu_seconds, None)?;
    gauge(
        encoder,
        "process_resident_memory_bytes",
        "Resident memory",
        process.resident_bytes,
    )?;
    gauge(
        encoder,
        "process_open_fds",
        "Open files and sockets",
        process.open_files,
    )
}

fn of_rings(metrics: &Metrics) -> impl Iterator<Item = (Ring, &RingCounts)> {
    Ring::ALL.into_iter().map(|ring| (ring, metrics.ring(ring)))
}

type Label<'l> = (&'static str, &'l str);
type ApiLabels<'l> = (Label<'l>, Label<'l>, Label<'l>);

fn api_labels<'l>(ring: Ring, api: &'l str, version: &'l str) -> ApiLabels<'l> {
    (("ring", ring.as_str()), ("api", api), ("version", version))
}

fn described<'e>(
    encoder: &'e mut DescriptorEncoder<'_>,
    name: &'e str,
    help: &str,
    kind: MetricType,
) -> std::result::Result<MetricEncoder<'e>, Error> {
    encoder.encode_descriptor(name, help, None, kind)
}

fn gauge(encoder: &mut DescriptorEncoder<'_>, name: &str, help: &str, value: u64) -> Result {
    described(encoder, name, help, MetricType::Gauge)?.encode_gauge(&value)
}

fn counter(encoder: &mut MetricEncoder<'_>, value: u64) -> Result {
    encoder.encode_counter::<NoLabelSet, _, f64>(&value, None)
}

fn histogram(encoder: &mut MetricEncoder<'_>, histogram: &Histogram) -> Result {
    let (sum, count, buckets) = histogram.read();
    encoder.encode_histogram::<NoLabelSet>(sum, count, &buckets, None)
}
