//! `x-authorize`: values of a request that must be the caller's own.
//!
//! `path.customerId: claim.sub`, on an operation or a path item. What is written there and cannot be meant is an error:
//! a binding that is left out would open what it guards.

use std::collections::{BTreeMap, BTreeSet};

use crate::arena::{Arena, Member, NodeId, Value};
use crate::contract::records::is_marked;
use crate::pointer::{escaped, tokens};
use crate::problem::{Problem, shown};

pub const AUTHORIZE: &str = "x-authorize";

const HELP: &str = "Bind path.NAME, query.NAME, header.NAME or body#/pointer to claim.NAME, claim#/pointer, \
                    caller.consumer, caller.application, or a list of these.";
/// Schemas looked at for one pointer.
const MAX_SCHEMAS: usize = 10_000;

/// One value, and what it must be equal to one of.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Binding {
    /// `path`, `query`, `header` or `body`.
    pub place: &'static str,
    /// Of header fields in lower case; of a body a JSON Pointer.
    pub name: String,
    /// Sorted.
    pub any: Vec<Own>,
}

/// What is known of the caller.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Own {
    Application,
    /// JSON Pointer.
    Claim(String),
    Consumer,
}

impl Own {
    /// As the document says it.
    pub fn written(&self) -> String {
        match self {
            Own::Application => "caller.application".to_owned(),
            Own::Consumer => "caller.consumer".to_owned(),
            Own::Claim(pointer) => match pointer[1..].contains(['/', '~']) {
                true => format!("claim#{pointer}"),
                false => format!("claim.{}", &pointer[1..]),
            },
        }
    }
}

impl Binding {
    pub fn written(&self) -> String {
        let any: Vec<String> = self.any.iter().map(Own::written).collect();
        let mark = if self.place == "body" { '#' } else { '.' };
        format!("{}{mark}{}={}", self.place, self.name, any.join(","))
    }
}

/// What may be named: parameters an operation declares, by place and name, whether each is marked sensitive, and the
/// schemas of its JSON bodies.
pub struct Declared<'a> {
    pub arena: &'a Arena,
    pub parameters: BTreeMap<(String, String), bool>,
    pub bodies: Vec<NodeId>,
    /// A schema and those its references lead to.
    pub chain: &'a dyn Fn(NodeId) -> Vec<NodeId>,
}

/// The bindings one `x-authorize` says, and what is wrong with it.
pub fn read(declared: &Declared<'_>, said: NodeId) -> (Vec<Binding>, Vec<Problem>) {
    let arena = declared.arena;
    let Value::Object(members) = arena.value(said) else {
        let message = "x-authorize is an object: a value of the request, and whose it must be";
        let at = arena.node(said).at;
        return (
            Vec::new(),
            vec![Problem::error("authorize-malformed", at, message, HELP)],
        );
    };
    let mut bindings = Vec::new();
    let mut problems = Vec::new();
    for member in members {
        match one(declared, member) {
            Ok(binding) => bindings.push(binding),
            Err(problem) => problems.push(problem),
        }
    }
    (bindings, problems)
}

fn one(declared: &Declared<'_>, member: &Member) -> Result<Binding, Problem> {
    let arena = declared.arena;
    let (place, name) = value_of_request(arena, member)?;
    let any = owns(arena, member.value)?;
    let is_declared = match place {
        "body" => declares(declared, &tokens(&name).unwrap_or_default()).is_some(),
        _ => declared
            .parameters
            .contains_key(&(place.to_owned(), name.clone())),
    };
    if !is_declared {
        let message = format!("no request has a {}", shown(arena.key(member)));
        let help = known(declared, place);
        return Err(Problem::error(
            "authorize-unknown",
            member.key_at,
            message,
            help,
        ));
    }
    Ok(Binding { place, name, any })
}

fn value_of_request(arena: &Arena, member: &Member) -> Result<(&'static str, String), Problem> {
    let key = arena.key(member);
    let named = ["path", "query", "header"].into_iter().find_map(|place| {
        let name = key.strip_prefix(place)?.strip_prefix('.')?;
        (is_name(place, name)).then(|| match place {
            "header" => (place, name.to_ascii_lowercase()),
            _ => (place, name.to_owned()),
        })
    });
    let pointed = || {
        let pointer = key
            .strip_prefix("body#")
            .filter(|rest| rest.starts_with('/'))?;
        Some(("body", pointer.to_owned()))
    };
    named.or_else(pointed).ok_or_else(|| {
        let message = format!("{} is no value of a request", shown(key));
        Problem::error("authorize-malformed", member.key_at, message, HELP)
    })
}

/// A header field has a token for its name (RFC 9110 §5.1).
fn is_name(place: &str, name: &str) -> bool {
    let in_token = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b);
    !name.is_empty() && (place != "header" || name.bytes().all(in_token))
}

fn owns(arena: &Arena, value: NodeId) -> Result<Vec<Own>, Problem> {
    let several = match arena.value(value) {
        Value::Array(items) if !items.is_empty() => items,
        _ => std::slice::from_ref(&value),
    };
    let named = several.iter().map(|item| {
        let text = arena.string(*item);
        text.and_then(own).ok_or_else(|| {
            let message = format!("{} is nothing of a caller's", shown(text.unwrap_or("this")));
            Problem::error("authorize-malformed", arena.node(*item).at, message, HELP)
        })
    });
    let named: BTreeSet<Own> = named.collect::<Result<_, _>>()?;
    Ok(named.into_iter().collect())
}

fn own(text: &str) -> Option<Own> {
    match text {
        "caller.consumer" => return Some(Own::Consumer),
        "caller.application" => return Some(Own::Application),
        _ => {}
    }
    let top = text.strip_prefix("claim.").filter(|name| !name.is_empty());
    let pointed = text
        .strip_prefix("claim#")
        .filter(|rest| rest.len() > 1 && rest.starts_with('/'));
    let claim = top.map(|name| format!("/{}", escaped(name)));
    claim.or_else(|| pointed.map(str::to_owned)).map(Own::Claim)
}

/// Where a JSON body may have the value, through objects only: whether it, or what encloses it, is marked sensitive.
pub(super) fn declares(declared: &Declared<'_>, tokens: &[String]) -> Option<bool> {
    let mut left = MAX_SCHEMAS;
    let found = declared
        .bodies
        .iter()
        .map(|body| within(declared, *body, tokens, &mut left));
    either(found)
}

fn within(
    declared: &Declared<'_>,
    schema: NodeId,
    tokens: &[String],
    left: &mut usize,
) -> Option<bool> {
    if *left == 0 {
        return None;
    }
    *left -= 1;
    let arena = declared.arena;
    let chain = (declared.chain)(schema);
    let marked = chain.iter().any(|node| is_marked(arena, *node));
    let found = chain.into_iter().map(|node| {
        let property = tokens.split_first().and_then(|(first, rest)| {
            let property = arena.get(arena.get(node, "properties")?, first)?;
            within(declared, property, rest, left)
        });
        let branches = ["allOf", "anyOf", "oneOf"].into_iter();
        let branches = branches.filter_map(|key| arena.get(node, key));
        let mut found = vec![property];
        for branch in branches.flat_map(|list| arena.items(list)) {
            found.push(within(declared, *branch, tokens, left));
        }
        either(found)
    });
    let found = either(found.collect::<Vec<_>>());
    match tokens.is_empty() {
        true => Some(marked || found == Some(true)),
        false => found.map(|below| below || marked),
    }
}

fn either(found: impl IntoIterator<Item = Option<bool>>) -> Option<bool> {
    found
        .into_iter()
        .flatten()
        .reduce(|one, other| one || other)
}

fn known(declared: &Declared<'_>, place: &str) -> String {
    if place == "body" {
        return "Name a property that the schema of a JSON body declares; items of lists cannot be bound."
            .to_owned();
    }
    let names = declared.parameters.keys().take(20);
    let names: Vec<String> = names
        .map(|(place, name)| format!("{place}.{name}"))
        .collect();
    match names.is_empty() {
        true => "The operation declares no parameters.".to_owned(),
        false => format!("Declared are {}.", names.join(", ")),
    }
}
