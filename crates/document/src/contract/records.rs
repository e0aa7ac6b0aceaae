//! `x-record`: which business record a call writes.
//!
//! `{type: order, id: response.body#/id}`, on an operation. What is written there and cannot be meant is an error: a
//! write that was to be on record would be on none.

use crate::arena::{Arena, Member, NodeId, Value};
use crate::contract::bindings::{Declared, declares};
use crate::pointer::tokens;
use crate::problem::{Problem, shown};

pub const RECORD: &str = "x-record";

const HELP: &str = "Write {type: order, id: response.body#/id}; an id is path.NAME, query.NAME, request.body#/pointer \
                    or response.body#/pointer.";
const LONGEST_TYPE: usize = 40;
/// What changes nothing (RFC 9110 §9.2.1).
const SAFE: [&str; 4] = ["get", "head", "options", "trace"];

/// What a call writes, and where its id stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    pub kind: String,
    /// `path`, `query`, `request` or `response`.
    pub place: &'static str,
    /// Of a body a JSON Pointer.
    pub name: String,
    /// The id, or what encloses it, is marked `x-sensitive`.
    pub sensitive: bool,
}

impl Record {
    /// The id as the document says it.
    pub fn written(&self) -> String {
        match self.place {
            "request" | "response" => format!("{}.body#{}", self.place, self.name),
            place => format!("{place}.{}", self.name),
        }
    }
}

/// What one `x-record` says. `request` and `response`: what each declares; of the latter no parameters.
pub fn read(
    request: &Declared<'_>,
    response: &Declared<'_>,
    method: &str,
    member: &Member,
) -> Result<Record, Problem> {
    let arena = request.arena;
    let malformed = |at: u32, message: &str| Problem::error("record-malformed", at, message, HELP);
    if SAFE.contains(&method) {
        let message = format!("{} changes no record", method.to_ascii_uppercase());
        let help = "Write x-record on operations that change something, or give this one a method for that.";
        return Err(Problem::error(
            "record-safe-method",
            member.key_at,
            message,
            help,
        ));
    }
    let said = member.value;
    let at = arena.node(said).at;
    let Value::Object(members) = arena.value(said) else {
        return Err(malformed(
            at,
            "x-record is an object: a type, and where the id stands",
        ));
    };
    if let Some(other) = members
        .iter()
        .find(|one| !["type", "id"].contains(&arena.key(one)))
    {
        let message = format!("x-record has no {}", shown(arena.key(other)));
        return Err(malformed(other.key_at, &message));
    }
    let kind = arena.get_string(said, "type");
    let Some(kind) = kind.filter(|kind| is_type(kind)) else {
        let at = arena
            .get(said, "type")
            .map_or(at, |node| arena.node(node).at);
        let message =
            "the type of a record is a word in lower case, 40 characters at most: a-z, 0-9, -";
        return Err(malformed(at, message));
    };
    let Some(id) = arena.get(said, "id") else {
        return Err(malformed(at, "x-record does not say where the id stands"));
    };
    let (place, name) = arena.string(id).and_then(source).ok_or_else(|| {
        let message = format!(
            "{} is no place of an id",
            shown(arena.string(id).unwrap_or("this"))
        );
        malformed(arena.node(id).at, &message)
    })?;
    let found = match place {
        "request" => in_bodies(request, &name),
        "response" => in_bodies(response, &name),
        _ => request
            .parameters
            .get(&(place.to_owned(), name.clone()))
            .copied(),
    };
    let sensitive = found.ok_or_else(|| {
        let said = shown(arena.string(id).unwrap_or_default());
        let message = format!("nothing that is declared is {said}");
        Problem::error("record-unknown", arena.node(id).at, message, known(place))
    })?;
    Ok(Record {
        kind: kind.to_owned(),
        place,
        name,
        sensitive,
    })
}

fn is_type(text: &str) -> bool {
    let in_type = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    text.len() <= LONGEST_TYPE
        && text.starts_with(|first: char| first.is_ascii_lowercase())
        && text.bytes().all(in_type)
}

fn source(text: &str) -> Option<(&'static str, String)> {
    let parameter = ["path", "query"].into_iter().find_map(|place| {
        let name = text.strip_prefix(place)?.strip_prefix('.')?;
        (!name.is_empty()).then(|| (place, name.to_owned()))
    });
    parameter.or_else(|| {
        ["request", "response"].into_iter().find_map(|place| {
            let pointer = text.strip_prefix(place)?.strip_prefix(".body#")?;
            pointer
                .starts_with('/')
                .then(|| (place, pointer.to_owned()))
        })
    })
}

/// Whether what stands there is sensitive; nothing where nothing does.
fn in_bodies(declared: &Declared<'_>, pointer: &str) -> Option<bool> {
    declares(declared, &tokens(pointer).unwrap_or_default())
}

fn known(place: &str) -> &'static str {
    match place {
        "request" => {
            "Name a property that the schema of the JSON body of the request declares; items of lists are none."
        }
        "response" => {
            "Name a property that the schema of the JSON body of a response with 2xx declares; items of lists \
                       are none."
        }
        _ => "Name a parameter that the operation declares.",
    }
}

/// Whether a schema or parameter says so itself.
pub fn is_marked(arena: &Arena, node: NodeId) -> bool {
    arena.get(node, "x-sensitive").is_some()
}
