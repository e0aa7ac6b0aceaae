//! What one schema demands of a value by keywords of its own, beside what one JSON Schema asks of it.

use document::{NodeId, Value as Node};
use serde_json::Value;

use crate::bodies::{Schemas, kinds, texts};

/// A demand that nobody makes.
pub struct Lack {
    pub key: &'static str,
    /// What demands it.
    pub at: NodeId,
    pub message: String,
}

/// A limit of numbers.
struct Limit {
    key: &'static str,
    /// The key of one that is not reached.
    exclusive: &'static str,
    /// Whether one limit is as strict as another.
    is_as_strict: fn(f64, f64) -> bool,
}

const MAXIMUM: Limit = Limit {
    key: "maximum",
    exclusive: "exclusiveMaximum",
    is_as_strict: |own, said| own <= said,
};
const MINIMUM: Limit = Limit {
    key: "minimum",
    exclusive: "exclusiveMinimum",
    is_as_strict: |own, said| own >= said,
};
const UPPER: [&str; 4] = ["maximum", "maxLength", "maxItems", "maxProperties"];
const LOWER: [&str; 2] = ["minimum", "minLength"];
const TYPES: [&str; 7] = [
    "null", "boolean", "object", "array", "number", "string", "integer",
];

/// Demands of `schema` that `emitted` does not make, or makes less strictly.
pub fn lacking(schemas: &Schemas<'_>, schema: NodeId, emitted: &Value) -> Vec<Lack> {
    let pair = Pair {
        schemas,
        schema,
        emitted,
    };
    let upper = UPPER.iter().map(|key| pair.bound(key, &MAXIMUM));
    let lower = LOWER.iter().map(|key| pair.bound(key, &MINIMUM));
    let texts = ["pattern", "format"].iter().map(|key| pair.text(key));
    let others = [
        pair.types(),
        pair.values(),
        pair.excluded(&MAXIMUM),
        pair.excluded(&MINIMUM),
        pair.multiple(),
        pair.width(),
        pair.nothing(),
    ];
    upper
        .chain(lower)
        .chain(texts)
        .chain(others)
        .flatten()
        .collect()
}

struct Pair<'a, 'c> {
    schemas: &'a Schemas<'c>,
    schema: NodeId,
    emitted: &'a Value,
}

impl Pair<'_, '_> {
    fn said(&self, key: &str) -> Option<Node<'_>> {
        let arena = &self.schemas.contract.arena;
        self.schemas
            .get(self.schema, key)
            .map(|value| arena.value(value))
    }

    fn number(&self, key: &str) -> Option<f64> {
        match self.said(key)? {
            Node::Int(number) => Some(number as f64),
            Node::Float(number) => Some(number),
            Node::Long(text) => text.parse().ok(),
            _ => None,
        }
    }

    fn asked(&self, key: &str) -> Option<f64> {
        self.emitted.get(key).and_then(Value::as_f64)
    }

    fn is_true(&self, key: &str) -> bool {
        kinds::is_true(&self.schemas.contract.arena, self.schema, key)
    }

    /// OpenAPI 3.0 says `exclusiveMaximum: true` of the maximum; other keys count.
    fn bound(&self, key: &'static str, limit: &Limit) -> Option<Lack> {
        let bound = self.number(key)?;
        let (is_meant, exclusive) = match key == limit.key {
            true => (!self.is_true(limit.exclusive), self.asked(limit.exclusive)),
            false => (bound >= 0.0 && bound.fract() == 0.0, None),
        };
        let mut asked = self.asked(key).into_iter().chain(exclusive);
        let is_asked = asked.any(|own| (limit.is_as_strict)(own, bound));
        (is_meant && !is_asked).then(|| self.lack(key, bound))
    }

    fn excluded(&self, limit: &Limit) -> Option<Lack> {
        let bound = match self.is_true(limit.exclusive) {
            true => self.number(limit.key)?,
            false => self.number(limit.exclusive)?,
        };
        let asked = self.asked(limit.exclusive);
        let is_asked = asked.is_some_and(|own| (limit.is_as_strict)(own, bound));
        (!is_asked).then(|| self.lack(limit.exclusive, bound))
    }

    fn multiple(&self) -> Option<Lack> {
        let of = self.number("multipleOf").filter(|of| *of > 0.0)?;
        let is_asked = self.asked("multipleOf").is_some_and(|own| own % of == 0.0);
        (!is_asked).then(|| self.lack("multipleOf", of))
    }

    fn text(&self, key: &'static str) -> Option<Lack> {
        let Node::String(said) = self.said(key)? else {
            return None;
        };
        let is_asked = self.emitted.get(key).and_then(Value::as_str) == Some(said);
        (!is_asked).then(|| self.lack(key, said))
    }

    /// `int32` and `int64` say how large a number may be (OpenAPI 3.1 §4.4.1).
    fn width(&self) -> Option<Lack> {
        let Node::String(format) = self.said("format")? else {
            return None;
        };
        let (least, most) = match format {
            "int32" => (f64::from(i32::MIN), f64::from(i32::MAX)),
            "int64" => (i64::MIN as f64, i64::MAX as f64),
            _ => return None,
        };
        let has = |keys: [&str; 2]| keys.iter().find_map(|key| self.asked(key));
        let own = |keys: [&str; 2]| keys.iter().any(|key| self.number(key).is_some());
        let (upper, lower) = (
            ["maximum", "exclusiveMaximum"],
            ["minimum", "exclusiveMinimum"],
        );
        let is_asked = (own(upper) || has(upper).is_some_and(|own| own <= most))
            && (own(lower) || has(lower).is_some_and(|own| own >= least));
        (!is_asked).then(|| self.lack("format", format))
    }

    fn types(&self) -> Option<Lack> {
        let said = self.named()?;
        let asked: Vec<&str> = match self.emitted.get("type") {
            Some(Value::String(name)) => vec![name],
            Some(Value::Array(names)) => names.iter().filter_map(Value::as_str).collect(),
            _ => return Some(self.lack("type", said.join(", "))),
        };
        let is_null = |name: &str| name == "null" && self.is_true("nullable");
        let is_said = |name: &&str| {
            said.contains(name) || is_null(name) || (*name == "integer" && said.contains(&"number"))
        };
        (!asked.iter().all(is_said)).then(|| self.lack("type", said.join(", ")))
    }

    /// Types the schema names, of those there are.
    fn named(&self) -> Option<Vec<&str>> {
        let arena = &self.schemas.contract.arena;
        let said = self.schemas.get(self.schema, "type")?;
        let names: Vec<&str> = match arena.value(said) {
            Node::Array(names) => names
                .iter()
                .filter_map(|name| arena.string(*name))
                .collect(),
            _ => arena.string(said).into_iter().collect(),
        };
        let names: Vec<&str> = names
            .into_iter()
            .filter(|name| TYPES.contains(name))
            .collect();
        (!names.is_empty()).then_some(names)
    }

    /// Only scalars are compared: of objects, the ring may be shown less.
    fn values(&self) -> Option<Lack> {
        let arena = &self.schemas.contract.arena;
        let listed = kinds::listed(arena, self.schema).filter(|values| !values.is_empty())?;
        let hidden = self.schemas.hidden_values(self.schema);
        let shown: Vec<String> = listed
            .iter()
            .filter_map(|value| texts::text(arena, *value))
            .collect();
        let is_shown = |value: &Value| match value {
            Value::Null | Value::Array(_) | Value::Object(_) => true,
            _ => shown
                .iter()
                .any(|text| !hidden.contains(text) && is_same(value, text)),
        };
        let asked = match self.emitted.get("const") {
            Some(constant) => Some(std::slice::from_ref(constant)),
            None => self
                .emitted
                .get("enum")
                .and_then(Value::as_array)
                .map(Vec::as_slice),
        };
        let is_asked = asked.is_some_and(|asked| asked.iter().all(is_shown));
        (!is_asked).then(|| self.lack("enum", shown.join(", ")))
    }

    /// `false`: no value at all.
    fn nothing(&self) -> Option<Lack> {
        let arena = &self.schemas.contract.arena;
        let is_false = matches!(arena.value(self.schema), Node::Bool(false));
        is_false.then(|| self.lack("not", "whatever"))
    }

    fn lack(&self, key: &'static str, wanted: impl std::fmt::Display) -> Lack {
        Lack {
            key,
            at: self.schemas.get(self.schema, key).unwrap_or(self.schema),
            message: format!("{key} {wanted} is demanded, and not asked for"),
        }
    }
}

/// Numbers are compared as such: `1.0` is `1`.
fn is_same(value: &Value, text: &str) -> bool {
    match value {
        Value::String(own) => own == text,
        Value::Number(own) => own.as_f64().is_some_and(|own| text.parse() == Ok(own)),
        Value::Bool(own) => own.to_string() == text,
        _ => false,
    }
}
