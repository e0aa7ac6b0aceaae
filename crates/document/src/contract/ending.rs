//! `deprecated` with `x-deprecated-at`, `x-sunset`, `x-migration-guide` and `x-successor`: when an operation or a
//! parameter ends, and what comes after it.

use crate::arena::{Arena, NodeId, Value};
use crate::moment::moment;
use crate::problem::{Problem, shown};

pub const DEPRECATED_AT: &str = "x-deprecated-at";
pub const SUNSET: &str = "x-sunset";
pub const GUIDE: &str = "x-migration-guide";
pub const SUCCESSOR: &str = "x-successor";

/// Moments in seconds since the Unix epoch; one of them at least is there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ending {
    pub deprecated_at: Option<u64>,
    pub sunset_at: Option<u64>,
    pub guide: Option<String>,
    /// Path of the operation to move to, of the same method; never of a parameter.
    pub successor: Option<String>,
}

/// What `holder` says of its end, if it is deprecated and dated; what cannot be read is said, and counts for nothing.
pub fn ending(arena: &Arena, holder: NodeId) -> (Option<Ending>, Vec<Problem>) {
    let deprecated = arena.get(holder, "deprecated");
    if !deprecated.is_some_and(|said| matches!(arena.value(said), Value::Bool(true))) {
        return (None, Vec::new());
    }
    let mut problems = Vec::new();
    let mut dated = |key: &str| {
        let said = arena.get(holder, key)?;
        let read = arena.string(said).and_then(moment);
        if read.is_none() {
            let message = format!("{key} is no date: nobody is told of it");
            let help =
                "Write a day, such as 2027-01-31, or a moment, such as 2027-01-31T12:00:00Z.";
            let at = arena.node(said).at;
            problems.push(Problem::warning("ending-unreadable", at, message, help));
        }
        read
    };
    let (deprecated_at, sunset_at) = (dated(DEPRECATED_AT), dated(SUNSET));
    let guide = arena.get(holder, GUIDE).and_then(|said| {
        let url = arena.string(said).filter(|url| is_url(url));
        if url.is_none() {
            let text = arena.string(said).map_or_else(String::new, shown);
            let message =
                format!("{text} is no address of a migration guide: nobody is told of it");
            let help = "Write the https address of the page that says how to move on.";
            let at = arena.node(said).at;
            problems.push(Problem::warning("ending-unreadable", at, message, help));
        }
        url.map(str::to_owned)
    });
    let successor = arena.get(holder, SUCCESSOR).and_then(|said| {
        let path = arena.string(said).filter(|path| is_path(path));
        if path.is_none() {
            let text = arena.string(said).map_or_else(String::new, shown);
            let message = format!("{text} is no path: nobody is told of it");
            let help = "Write the path of the operation to move to, as it is under `paths`.";
            let at = arena.node(said).at;
            problems.push(Problem::warning("ending-unreadable", at, message, help));
        }
        path.map(str::to_owned)
    });
    let is_dated = deprecated_at.is_some() || sunset_at.is_some();
    let ending = is_dated.then_some(Ending {
        deprecated_at,
        sunset_at,
        guide,
        successor,
    });
    (ending, problems)
}

/// As long as a path of a contract may be.
fn is_path(path: &str) -> bool {
    path.starts_with('/') && path.len() <= 4096 && !path.chars().any(char::is_control)
}

/// Can stand in a header field.
fn is_url(url: &str) -> bool {
    let is_plain = |b: u8| b.is_ascii_graphic() && !matches!(b, b'<' | b'>' | b'"' | b'\\');
    url.starts_with("https://") && url.len() <= 2000 && url.bytes().all(is_plain)
}
