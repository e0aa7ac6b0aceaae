//! Scopes an operation demands: `security` of its own or the document's (OpenAPI 3.1.1 §4.8.30), and `x-scopes`.
//!
//! Names count whatever the type of their scheme: of OAuth 2.0 they are scopes, of others roles the call requires.

use std::collections::BTreeSet;

use ahash::HashMap;

use crate::arena::{Arena, NodeId, Value};
use crate::contract::Part;
use crate::contract::graph::{Graph, VertexId, chain};
use crate::problem::{Problem, shown};

/// Alternatives of one operation, and scopes of one alternative.
const MAX_ALTERNATIVES: usize = 64;
const MAX_SCOPES: usize = 64;

/// What one operation demands: any one of these, whole. None contains another; nothing: no scope.
pub type Demanded = Vec<BTreeSet<String>>;

/// What cannot be understood is not taken for nothing.
pub struct Malformed {
    pub node: NodeId,
    at: u32,
    message: String,
}

impl Malformed {
    fn new(arena: &Arena, node: NodeId, message: impl Into<String>) -> Malformed {
        Malformed {
            node,
            at: arena.node(node).at,
            message: message.into(),
        }
    }

    pub fn problem(self) -> Problem {
        let help = "Write a list of alternatives, each an object of schemes with lists of scopes: \
                    `security: [{login: [orders:read]}]`; `x-scopes: [orders:read]`.";
        Problem::error("security-malformed", self.at, self.message, help)
    }
}

/// `security` is the operation's effective one, `more` its own `x-scopes`.
pub fn demanded(
    arena: &Arena,
    security: Option<NodeId>,
    more: Option<NodeId>,
) -> Result<Demanded, Malformed> {
    let by_schemes =
        security.map_or_else(|| Ok(anything()), |node| required(arena, node).map(minimal))?;
    let Some(more) = more else {
        return Ok(or_nothing(by_schemes));
    };
    let besides = minimal(written(arena, more)?);
    let both = both(&by_schemes, &besides);
    if both.len() > MAX_ALTERNATIVES {
        return Err(Malformed::new(
            arena,
            more,
            "these are too many alternatives",
        ));
    }
    Ok(or_nothing(both))
}

/// One alternative that demands nothing.
fn anything() -> Demanded {
    vec![BTreeSet::new()]
}

fn or_nothing(alternatives: Demanded) -> Demanded {
    match alternatives.iter().any(BTreeSet::is_empty) {
        true => Vec::new(),
        false => alternatives,
    }
}

fn both(one: &Demanded, other: &Demanded) -> Demanded {
    let pairs = one
        .iter()
        .flat_map(|first| other.iter().map(move |second| first | second));
    minimal(pairs.collect())
}

/// In order, without those that contain another. An empty list of alternatives is one that demands nothing.
fn minimal(mut alternatives: Demanded) -> Demanded {
    alternatives.sort_by(|one, other| (one.len(), one).cmp(&(other.len(), other)));
    let mut kept: Demanded = Vec::new();
    for one in alternatives {
        if !kept.iter().any(|less| less.is_subset(&one)) {
            kept.push(one);
        }
    }
    kept.sort();
    if kept.is_empty() { anything() } else { kept }
}

/// A list of Security Requirement Objects.
fn required(arena: &Arena, security: NodeId) -> Result<Demanded, Malformed> {
    let Value::Array(alternatives) = arena.value(security) else {
        return Err(Malformed::new(
            arena,
            security,
            "`security` is a list of alternatives",
        ));
    };
    bounded(arena, security, alternatives)?;
    let names = alternatives.iter().map(|one| requirement(arena, *one));
    names.collect()
}

fn requirement(arena: &Arena, alternative: NodeId) -> Result<BTreeSet<String>, Malformed> {
    let Value::Object(schemes) = arena.value(alternative) else {
        let message = "an alternative of `security` is an object: scheme to list of scopes";
        return Err(Malformed::new(arena, alternative, message));
    };
    let mut all = BTreeSet::new();
    for scheme in schemes {
        // Nothing is written after the colon: no scopes.
        if !matches!(arena.value(scheme.value), Value::Null) {
            all.extend(texts(arena, scheme.value)?);
        }
    }
    few(arena, alternative, all)
}

/// `x-scopes`: a list of scopes, or a list of alternatives, each one.
fn written(arena: &Arena, more: NodeId) -> Result<Demanded, Malformed> {
    let list = arena.items(more);
    let is_nested = list
        .first()
        .is_some_and(|first| matches!(arena.value(*first), Value::Array(_)));
    if !is_nested {
        return Ok(vec![few(arena, more, texts(arena, more)?)?]);
    }
    bounded(arena, more, list)?;
    let alternatives = list.iter().map(|one| few(arena, *one, texts(arena, *one)?));
    alternatives.collect()
}

fn texts(arena: &Arena, list: NodeId) -> Result<BTreeSet<String>, Malformed> {
    let Value::Array(items) = arena.value(list) else {
        return Err(Malformed::new(arena, list, "scopes are a list of texts"));
    };
    let named = items.iter().map(|item| {
        let name = arena.string(*item).filter(|name| !name.is_empty());
        name.map(str::to_owned)
            .ok_or_else(|| Malformed::new(arena, *item, "a scope is a text"))
    });
    named.collect()
}

fn bounded(arena: &Arena, at: NodeId, alternatives: &[NodeId]) -> Result<(), Malformed> {
    match alternatives.len() > MAX_ALTERNATIVES {
        true => Err(Malformed::new(arena, at, "these are too many alternatives")),
        false => Ok(()),
    }
}

fn few(arena: &Arena, at: NodeId, scopes: BTreeSet<String>) -> Result<BTreeSet<String>, Malformed> {
    match scopes.len() > MAX_SCOPES {
        true => Err(Malformed::new(arena, at, "these are too many scopes")),
        false => Ok(scopes),
    }
}

/// The security schemes of a document: name → scopes its flows define; nothing where any name may be one.
pub struct Schemes(HashMap<String, Option<BTreeSet<String>>>);

impl Schemes {
    pub fn of(
        arena: &Arena,
        root: NodeId,
        graph: &Graph,
        next: &HashMap<VertexId, VertexId>,
    ) -> Schemes {
        let components = arena.get(root, "components");
        let schemes = components.and_then(|components| arena.get(components, "securitySchemes"));
        let members = schemes.map(|schemes| arena.members(schemes));
        let end = |node: NodeId| {
            let last = chain(graph, next, node, Part::SecurityScheme).last();
            last.map_or(node, |vertex| graph.node(vertex))
        };
        let each = members.unwrap_or_default().iter().map(|member| {
            let name = arena.key(member).to_owned();
            (name, defined(arena, end(member.value)))
        });
        Schemes(each.collect())
    }

    /// Warnings for schemes and scopes nobody defines. `security` is well-formed.
    pub fn doubts(&self, arena: &Arena, security: NodeId) -> Vec<Problem> {
        let alternatives = arena.items(security).iter();
        let schemes = alternatives.flat_map(|one| arena.members(*one));
        let mut found = Vec::new();
        for scheme in schemes {
            let name = arena.key(scheme);
            match self.0.get(name) {
                None => found.push(self.unknown(name, scheme.key_at)),
                Some(Some(defined)) => {
                    let undefined = arena.items(scheme.value).iter().filter(|scope| {
                        let scope = arena.string(**scope);
                        scope.is_some_and(|scope| !defined.contains(scope))
                    });
                    found.extend(undefined.map(|scope| undefined_scope(arena, name, *scope)));
                }
                Some(None) => {}
            }
        }
        found
    }

    fn unknown(&self, name: &str, at: u32) -> Problem {
        let known = self.0.keys().map(String::as_str).collect::<BTreeSet<_>>();
        let known = known.into_iter().take(10).map(shown).collect::<Vec<_>>();
        let help = match known.is_empty() {
            true => "Declare it under components.securitySchemes.".to_owned(),
            false => format!("Declared are {}.", known.join(", ")),
        };
        let message = format!(
            "there is no security scheme {}; its scopes are demanded all the same",
            shown(name)
        );
        Problem::warning("security-scheme-unknown", at, message, help)
    }
}

fn undefined_scope(arena: &Arena, scheme: &str, scope: NodeId) -> Problem {
    let name = arena.string(scope).unwrap_or_default();
    let message = format!(
        "no flow of {} defines the scope {}: who asks for it by the document gets none",
        shown(scheme),
        shown(name)
    );
    let help = "Add it to the scopes of a flow, or correct the name.";
    Problem::warning("scope-undefined", arena.node(scope).at, message, help)
}

/// Of OAuth 2.0, what its flows name; OpenID Connect names them elsewhere.
fn defined(arena: &Arena, scheme: NodeId) -> Option<BTreeSet<String>> {
    if arena.get_string(scheme, "type") != Some("oauth2") {
        return None;
    }
    let flows = arena
        .get(scheme, "flows")
        .map(|flows| arena.members(flows))
        .unwrap_or_default();
    let scopes = flows
        .iter()
        .filter_map(|flow| arena.get(flow.value, "scopes"));
    let names = scopes.flat_map(|scopes| arena.members(scopes));
    Some(names.map(|member| arena.key(member).to_owned()).collect())
}
