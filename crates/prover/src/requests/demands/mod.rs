//! JSON Schemas beside the schemas they were made of, pair by pair: what the contract demands of a value, the wall
//! asks of it. Each pair is looked at once, however many operations lead to it.
//!
//! A schema may ask for more than its contract. It asks for less only where the ring is not shown all: a demand for a
//! field may be missing if a field of that name is hidden somewhere in the contract, because a schema is one for all
//! that refer to it. What is no demand: `docs/proof.md`.

mod branches;
mod fields;
mod steps;

use std::collections::VecDeque;

use ahash::HashSet;

use document::NodeId;
use document::pointer::escaped;
use serde_json::{Value, json};
use wall::validation::schema::built;

use super::closed::Closed;
use super::emitted::Emitted;
use super::keywords::{self, Lack};
use crate::bodies::{OPEN, Schemas, kinds};
use crate::operations::Operation;
use crate::violation::{Place, Violation, Within};
use steps::Step;

/// One value: the schema it is asked about by, and the schema its document has for it.
pub struct Demand<'a> {
    pub emitted: &'a Value,
    pub schema: NodeId,
    pub method: &'a str,
    pub operation: &'a Operation,
    /// Where the value is; nothing: the body.
    pub field: String,
    /// Its operation ends, because of patterns that cannot be matched.
    pub is_waived: bool,
    /// Where `emitted` is in the validation object.
    pub pointer: String,
}

struct Pair<'a> {
    emitted: &'a Value,
    schema: NodeId,
    from: Option<(usize, Step<'a>)>,
    root: usize,
}

struct Demands<'a, 'c> {
    schemas: &'a Schemas<'c>,
    emitted: &'a Emitted<'a>,
    roots: &'a [Demand<'a>],
    met: HashSet<(*const Value, NodeId)>,
    pairs: Vec<Pair<'a>>,
    open: VecDeque<usize>,
    closed: Closed<'a, 'c>,
    references_stand_alone: bool,
    are_waived: bool,
    violations: Vec<Violation>,
}

/// Everything the contract demands and the wall does not ask. What one operation is let off, another is not, though they
/// share a schema.
pub fn hold<'a>(
    schemas: &'a Schemas<'_>,
    emitted: &'a Emitted<'a>,
    roots: &'a [Demand<'a>],
) -> Vec<Violation> {
    let mut violations = held(schemas, emitted, roots, false);
    if roots.iter().any(|root| root.is_waived) {
        violations.extend(held(schemas, emitted, roots, true));
    }
    violations
}

fn held<'a>(
    schemas: &'a Schemas<'_>,
    emitted: &'a Emitted<'a>,
    roots: &'a [Demand<'a>],
    are_waived: bool,
) -> Vec<Violation> {
    let contract = schemas.contract;
    let version = contract.arena.get_string(contract.root, "openapi");
    let mut demands = Demands {
        schemas,
        emitted,
        roots,
        met: HashSet::default(),
        pairs: Vec::new(),
        open: VecDeque::new(),
        closed: Closed::new(schemas),
        references_stand_alone: version.is_some_and(|version| version.starts_with("3.0")),
        are_waived,
        violations: Vec::new(),
    };
    let all = roots.iter().enumerate();
    for (number, root) in all.filter(|(_, root)| root.is_waived == are_waived) {
        demands.enter(root.emitted, root.schema, None, number);
    }
    while let Some(pair) = demands.open.pop_front() {
        demands.visit(pair);
    }
    demands.violations
}

impl<'a> Demands<'a, '_> {
    fn enter(
        &mut self,
        emitted: &'a Value,
        schema: NodeId,
        from: Option<(usize, Step<'a>)>,
        root: usize,
    ) {
        let is_described = schema < OPEN && !self.closed.is_closed(schema);
        if is_described && self.met.insert((emitted, schema)) {
            self.open.push_back(self.pairs.len());
            self.pairs.push(Pair {
                emitted,
                schema,
                from,
                root,
            });
        }
    }

    fn below(&mut self, pair: usize, emitted: &'a Value, schema: NodeId, step: Step<'a>) {
        let root = self.pairs[pair].root;
        self.enter(emitted, schema, Some((pair, step)), root);
    }

    fn visit(&mut self, pair: usize) {
        let (emitted, schema) = (self.pairs[pair].emitted, self.pairs[pair].schema);
        if passes_nothing(emitted) {
            return;
        }
        if let Some((inner, step)) = self.unwrapped(emitted, schema) {
            return self.below(pair, inner, schema, step);
        }
        if self.refers(pair, emitted, schema) {
            return;
        }
        let lacking = keywords::lacking(self.schemas, schema, emitted);
        for lack in lacking {
            self.lacks(pair, &lack);
        }
        self.required(pair, emitted, schema);
        self.fields(pair, emitted, schema);
        self.branches(pair, emitted, schema);
    }

    /// Follows the references of both; true: nothing else is said of the value here.
    fn refers(&mut self, pair: usize, emitted: &'a Value, schema: NodeId) -> bool {
        let target = self.schemas.contract.target(schema);
        let referred = self.emitted.referred(emitted);
        match (target, referred) {
            (Some(target), Some((name, definition))) => {
                self.below(pair, definition, target, Step::Definition(name));
                self.references_stand_alone
            }
            (Some(target), None) => {
                self.below(pair, emitted, target, Step::Nowhere);
                self.references_stand_alone
            }
            (None, Some((name, definition))) => {
                self.below(pair, definition, schema, Step::Definition(name));
                true
            }
            (None, None) => false,
        }
    }

    /// What a compiler wraps around a schema: null beside it, and what may inherit from it.
    fn unwrapped(&self, emitted: &'a Value, schema: NodeId) -> Option<(&'a Value, Step<'a>)> {
        let object = emitted.as_object().filter(|object| object.len() == 1)?;
        let arena = &self.schemas.contract.arena;
        if let Some([null, inner]) = object.get("anyOf").and_then(array) {
            let is_null = null.get("type").and_then(Value::as_str) == Some("null");
            let is_nullable = kinds::is_true(arena, schema, "nullable");
            return (is_null && is_nullable).then_some((inner, Step::Same("anyOf", Some(1))));
        }
        let [first, rest @ ..] = object.get("allOf").and_then(array)? else {
            return None;
        };
        let refers = arena.get(schema, "$ref").is_some();
        let is_base = self.schemas.has_discriminator(schema) && !rest.is_empty();
        let only_adds = rest.iter().all(|one| one.get("if").is_some());
        let is_told_apart = refers && first.get("$ref").is_some() && rest.len() == 1;
        ((is_base && only_adds) || is_told_apart).then_some((first, Step::Same("allOf", Some(0))))
    }

    fn lacks(&mut self, pair: usize, lack: &Lack) {
        if !(self.are_waived && self.cannot_be_matched(lack)) {
            self.say(pair, lack.message.clone(), lack.key, lack.at, "");
        }
    }

    /// A pattern that a gateway refuses.
    fn cannot_be_matched(&self, lack: &Lack) -> bool {
        let pattern = self.schemas.contract.arena.string(lack.at);
        let asked = pattern.filter(|_| lack.key == "pattern");
        asked.is_some_and(|pattern| built(&json!({"pattern": pattern})).is_err())
    }

    /// `key`: of the emitted schema. `name`: of a field in the value.
    fn say(&mut self, pair: usize, message: String, key: &str, at: NodeId, name: &str) {
        let root = &self.roots[self.pairs[pair].root];
        let arena = &self.schemas.contract.arena;
        let (mut field, mut pointer) = (String::new(), format!("/{}", escaped(key)));
        if !name.is_empty() {
            field = format!("/{}", escaped(name));
        }
        let mut at_pair = pair;
        let mut is_within = false;
        while let Some((from, step)) = self.pairs[at_pair].from {
            let (inside, place) = step.told();
            field.insert_str(0, &inside);
            if !is_within {
                pointer.insert_str(0, &place);
            }
            is_within |= matches!(step, Step::Definition(_));
            at_pair = from;
        }
        if !is_within {
            pointer.insert_str(0, &root.pointer);
        }
        self.violations.push(Violation {
            code: "demand-dropped",
            message,
            request: Some((root.method.to_owned(), root.operation.template.clone())),
            field: Some(format!("{}{field}", root.field)),
            place: Some(Place::of(arena, arena.node(at).at)),
            pointer,
            within: Within::Validation,
        });
    }
}

/// `false`, or the negation of what everything fits.
fn passes_nothing(emitted: &Value) -> bool {
    let negated = emitted.get("not");
    let is_everything = |schema: &Value| *schema == Value::Bool(true) || *schema == json!({});
    *emitted == Value::Bool(false) || negated.is_some_and(is_everything)
}

fn array(value: &Value) -> Option<&[Value]> {
    value.as_array().map(Vec::as_slice)
}
