//! One file into the arena.

use crate::arena::{Arena, NodeId};
use crate::builder::Builder;
use crate::limits::Limits;
use crate::problem::Problem;
use crate::source::{BYTE_ORDER_MARK, Measured};
use crate::{json, yaml};

/// Bytes from which on a thread of its own measures a text while it is read.
const LARGE: usize = 1 << 20;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    Json,
    Yaml,
}

impl Format {
    /// By the name's ending, where it says anything.
    fn of_name(name: &str) -> Option<Format> {
        let (_, ending) = name.rsplit_once('.')?;
        match ending.to_ascii_lowercase().as_str() {
            "json" => Some(Format::Json),
            "yaml" | "yml" => Some(Format::Yaml),
            _ => None,
        }
    }
}

/// Adds the document to the arena. The file is known to `arena.sources` even when this fails; what did not keep
/// the document from being read is in `arena.problems`.
pub fn parse(
    arena: &mut Arena,
    name: &str,
    data: &[u8],
    format: Option<Format>,
    limits: &Limits,
) -> Result<NodeId, Problem> {
    let base = arena.sources.next_base();
    if data.len() > limits.input_bytes || !arena.sources.has_room(data.len()) {
        let measured = Measured::of(&[], "");
        arena.sources.add(name, measured, "", "", None);
        let message = format!(
            "the file has {} bytes, more than the {} allowed",
            data.len(),
            limits.input_bytes
        );
        return Err(Problem::error(
            "document-too-large",
            base,
            message,
            "Split the document.",
        ));
    }
    let text = match std::str::from_utf8(data) {
        Ok(text) => text,
        Err(error) => return Err(not_utf8(arena, name, data, error.valid_up_to())),
    };
    let (outcome, measured) = beside(
        || Measured::of(data, text),
        || read(arena, name, text, base, format, limits),
        text.len() >= LARGE,
    );
    let (scratch, format, root) = match outcome {
        Ok((root, scratch, format)) => (scratch, Some(format), Ok(root)),
        Err(problem) => (String::new(), None, Err(problem)),
    };
    arena.sources.add(name, measured, text, &scratch, format);
    root
}

/// Both done: where it is worth a thread, and there is one, at once.
fn beside<A: Send, B>(
    other: impl Fn() -> A + Sync,
    own: impl FnOnce() -> B,
    worth_it: bool,
) -> (B, A) {
    std::thread::scope(|scope| {
        let started = worth_it
            .then(|| std::thread::Builder::new().spawn_scoped(scope, &other))
            .and_then(Result::ok);
        let done = own();
        let beside = started.and_then(|thread| thread.join().ok());
        (done, beside.unwrap_or_else(&other))
    })
}

fn not_utf8(arena: &mut Arena, name: &str, data: &[u8], valid: usize) -> Problem {
    let base = arena.sources.next_base();
    let readable = std::str::from_utf8(&data[..valid]).unwrap_or_default();
    arena
        .sources
        .add(name, Measured::of(data, readable), readable, "", None);
    let help = "Save the file as UTF-8.";
    Problem::error(
        "document-encoding",
        base + valid as u32,
        "this byte is not UTF-8",
        help,
    )
}

fn read(
    arena: &mut Arena,
    name: &str,
    text: &str,
    base: u32,
    format: Option<Format>,
    limits: &Limits,
) -> Result<(NodeId, String, Format), Problem> {
    let mark = if text.starts_with(BYTE_ORDER_MARK) {
        BYTE_ORDER_MARK.len()
    } else {
        0
    };
    let (text, base) = (&text[mark..], base + mark as u32);
    let begins_like_json = text.trim_start().starts_with(['{', '[']);
    let formats: &[Format] = match format.or_else(|| Format::of_name(name)) {
        Some(Format::Json) => &[Format::Json],
        // Nearly all JSON is YAML, and reading it as JSON takes a tenth of the time.
        Some(Format::Yaml) | None if begins_like_json => &[Format::Json, Format::Yaml],
        Some(Format::Yaml) | None => &[Format::Yaml],
    };
    let mut outcome = Err(empty(base));
    for format in formats {
        outcome = read_as(*format, arena, text, base, limits)
            .map(|(root, scratch)| (root, scratch, *format));
        if outcome.is_ok() {
            break;
        }
    }
    outcome
}

fn read_as(
    format: Format,
    arena: &mut Arena,
    text: &str,
    base: u32,
    limits: &Limits,
) -> Result<(NodeId, String), Problem> {
    let mut builder = Builder::new(arena, limits, text, base);
    let read = match format {
        Format::Json => json::read(text, &mut builder),
        Format::Yaml => yaml::read(text, &mut builder),
    };
    if let Err(problem) = read {
        builder.abandon();
        return Err(problem);
    }
    let built = builder.finish().ok_or_else(|| empty(base))?;
    built
        .problems
        .into_iter()
        .for_each(|problem| arena.report(problem));
    Ok((built.root, built.scratch))
}

fn empty(at: u32) -> Problem {
    Problem::error(
        "document-empty",
        at,
        "there is nothing in this document",
        "Write the document, or remove the file.",
    )
}
