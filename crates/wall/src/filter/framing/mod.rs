//! Bodies that are several JSON texts one after the other. Each is projected by itself; a fault in one ends all.

mod events;
mod lines;
mod sequence;

pub(super) use events::Events;
pub(super) use lines::Lines;
pub(super) use sequence::Sequence;

/// How texts lie in a body.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Framing {
    /// One text is the body: `application/json`, `application/*+json`.
    #[default]
    Json,
    /// One text a line: `application/x-ndjson`, `application/jsonl`.
    Lines,
    /// Each text behind a record separator: `application/json-seq` (RFC 7464).
    Sequence,
    /// Each text the data of an event: `text/event-stream` (HTML, server-sent events).
    Events,
}
