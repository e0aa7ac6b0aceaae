//! `x-callers` and `x-groups`: who may call an operation on the internal ring, services and people.
//!
//! `x-callers: {services: [storefront], groups: [order-desk]}` narrows, `x-groups: [support-refunds]` lets people in;
//! both on an operation or a path item, and all that are written hold.

use crate::arena::{Arena, NodeId, Value};
use crate::problem::{Problem, shown};

pub const CALLERS: &str = "x-callers";
pub const GROUPS: &str = "x-groups";

const CALLERS_HELP: &str =
    "Write `x-callers: {services: [storefront], groups: [order-desk]}`: at least one name.";
const GROUPS_HELP: &str =
    "Write a list of functional groups: `x-groups: [support-refunds]`; at least one.";
/// Of one list.
const MAX_NAMES: usize = 1000;

/// A name and its global offset.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    pub name: String,
    pub at: u32,
}

/// Services that may call: each of these, and those of these groups.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Callers {
    pub services: Vec<Named>,
    pub groups: Vec<Named>,
}

/// What one `x-callers` says. What cannot be meant is no permission.
pub fn callers(arena: &Arena, said: NodeId) -> Result<Callers, Problem> {
    let Value::Object(members) = arena.value(said) else {
        return Err(malformed(
            arena,
            said,
            "x-callers is an object",
            CALLERS_HELP,
        ));
    };
    let mut found = Callers::default();
    for member in members {
        let list = match arena.key(member) {
            "services" => &mut found.services,
            "groups" => &mut found.groups,
            other => {
                let message = format!("x-callers has no {}", shown(other));
                return Err(Problem::error(
                    "callers-malformed",
                    member.key_at,
                    message,
                    CALLERS_HELP,
                ));
            }
        };
        list.extend(names(arena, member.value, CALLERS_HELP)?);
    }
    match found.services.is_empty() && found.groups.is_empty() {
        true => Err(malformed(arena, said, "this names nobody", CALLERS_HELP)),
        false => Ok(found),
    }
}

/// What one `x-groups` says.
pub fn groups(arena: &Arena, said: NodeId) -> Result<Vec<Named>, Problem> {
    let found = names(arena, said, GROUPS_HELP)?;
    match found.is_empty() {
        true => Err(malformed(arena, said, "this names nobody", GROUPS_HELP)),
        false => Ok(found),
    }
}

fn names(arena: &Arena, list: NodeId, help: &str) -> Result<Vec<Named>, Problem> {
    let Value::Array(items) = arena.value(list) else {
        return Err(malformed(arena, list, "names are a list of texts", help));
    };
    if items.len() > MAX_NAMES {
        return Err(malformed(arena, list, "these are too many names", help));
    }
    let named = items.iter().map(|item| {
        let name = arena.string(*item).filter(|name| !name.is_empty());
        let name = name.ok_or_else(|| malformed(arena, *item, "a name is a text", help))?;
        Ok(Named {
            name: name.to_owned(),
            at: arena.node(*item).at,
        })
    });
    named.collect()
}

fn malformed(arena: &Arena, node: NodeId, message: &str, help: &str) -> Problem {
    Problem::error("callers-malformed", arena.node(node).at, message, help)
}
