//! Schemas of OpenAPI 3.0 and 3.1 as JSON Schema 2020-12, with what only readers need left out.

use std::collections::{BTreeMap, BTreeSet};

use ahash::HashSet;

use serde_json::value::RawValue;
use serde_json::{Map, Value, json};
use wall::validation::schema::reference;

use super::patterns::Patterns;
use super::raw;
use super::source::{Source, list, map};

const TYPES: [&str; 7] = [
    "null", "boolean", "object", "array", "number", "string", "integer",
];

/// Included in each other without end: a circle says nothing new.
const WITHIN_EACH_OTHER: usize = 64;

/// How a component is looked at.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum As {
    /// All it describes: by a discriminator, those that inherit from it too.
    Value,
    /// What another schema includes.
    Part,
}

/// The definitions, made as they are asked for.
pub struct Definitions<'d> {
    source: &'d Source<'d>,
    /// Numbers of components, in the order of their names.
    numbers: BTreeMap<&'d str, usize>,
    asked: BTreeSet<(&'d str, As)>,
    open: Vec<(&'d str, As)>,
    definitions: BTreeMap<String, Value>,
    patterns: Patterns,
    /// Definition → patterns in it that cannot be matched; of inline schemas under the name they were asked for.
    unusable: BTreeMap<String, BTreeSet<String>>,
    current: String,
    read_only: HashSet<&'d str>,
}

impl<'d> Definitions<'d> {
    pub fn new(source: &'d Source<'d>) -> Definitions<'d> {
        let components = source.components();
        let names = components.keys().copied();
        let mut read_only = HashSet::default();
        for schema in components.values() {
            collect_read_only(source, schema, &mut read_only);
        }
        Definitions {
            source,
            numbers: names
                .enumerate()
                .map(|(number, name)| (name, number))
                .collect(),
            asked: BTreeSet::new(),
            open: Vec::new(),
            definitions: BTreeMap::new(),
            patterns: Patterns::default(),
            unusable: BTreeMap::new(),
            current: String::new(),
            read_only,
        }
    }

    /// A schema of an operation's own; `owner` is what its patterns are remembered by.
    pub fn inline(&mut self, owner: &str, schema: &'d Value) -> Value {
        self.current = owner.to_owned();
        self.converted(schema, As::Value)
    }

    /// A definition of what fits a schema, or any of several, and its name.
    pub fn defined(&mut self, name: String, schemas: &[&'d Value]) -> String {
        let converted = match schemas {
            [only] => self.inline(&name, only),
            all => {
                let all = all.iter().map(|schema| self.inline(&name, schema));
                json!({"anyOf": all.collect::<Vec<Value>>()})
            }
        };
        self.definitions.insert(name.clone(), converted);
        name
    }

    /// Makes all that was asked for.
    pub fn finish(&mut self) -> BTreeMap<String, Box<RawValue>> {
        while let Some((name, how)) = self.open.pop() {
            let Some(schema) = self.source.component(name) else {
                continue;
            };
            let own = self.name(name, how);
            self.current = own.clone();
            let converted = match how {
                As::Part => self.converted(schema, As::Part),
                As::Value => self.with_heirs(name, schema),
            };
            self.definitions.insert(own, converted);
        }
        let definitions = self.definitions.iter();
        definitions
            .map(|(name, schema)| (name.clone(), raw(schema)))
            .collect()
    }

    /// Patterns that keep what is behind these names from being judged.
    pub fn unusable(&self, names: &[String]) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        if self.unusable.is_empty() {
            return found;
        }
        let (mut open, mut seen) = (names.to_vec(), BTreeSet::new());
        while let Some(name) = open.pop() {
            if let Some(definition) = self.definitions.get(&name) {
                wall::validation::schema::referred(definition, &mut open);
            }
            open.retain(|name| !seen.contains(name));
            found.extend(self.unusable.get(&name).into_iter().flatten().cloned());
            seen.insert(name);
        }
        found
    }

    fn name(&self, component: &str, how: As) -> String {
        let number = self.numbers.get(component).copied().unwrap_or_default();
        match how {
            As::Value => format!("v{number}"),
            As::Part => format!("s{number}"),
        }
    }

    /// A reference to a component, which is made later.
    fn component(&mut self, name: &'d str, how: As) -> Value {
        let is_base = how == As::Value
            && !self.source.heirs(name).is_empty()
            && self
                .source
                .component(name)
                .is_some_and(|schema| schema.get("discriminator").is_some());
        let how = if is_base { As::Value } else { As::Part };
        if self.asked.insert((name, how)) {
            self.open.push((name, how));
        }
        reference(&self.name(name, how))
    }

    /// A base, and for each value of its discriminator the schema that inherits.
    fn with_heirs(&mut self, name: &'d str, schema: &'d Value) -> Value {
        let mut all = vec![self.component(name, As::Part)];
        let property = discriminator(schema).unwrap_or_default();
        for heir in self.source.heirs(name).to_vec() {
            let then = self.component(heir, As::Part);
            all.push(json!({"if": pinned(property, &values_of(schema, heir)), "then": then}));
        }
        json!({"allOf": all})
    }

    fn converted(&mut self, schema: &'d Value, how: As) -> Value {
        let Value::Object(members) = schema else {
            return Value::Bool(schema.as_bool().unwrap_or(true));
        };
        let mut result = Map::new();
        for (key, value) in members {
            self.keyword(schema, key, value, how, &mut result);
        }
        bound_integer(schema, &mut result);
        match schema.get("nullable") == Some(&Value::Bool(true)) {
            true => nullable(result),
            false => Value::Object(result),
        }
    }

    fn keyword(
        &mut self,
        schema: &'d Value,
        key: &str,
        value: &'d Value,
        how: As,
        into: &mut Map<String, Value>,
    ) {
        let converted = match key {
            "$ref" => self
                .source
                .named(schema)
                .map(|name| self.component(name, how))
                .map(|reference| reference["$ref"].clone()),
            "type" => types(value),
            "enum" => value
                .as_array()
                .filter(|values| !values.is_empty())
                .map(|_| value.clone()),
            "const" => Some(value.clone()),
            "format" => value.is_string().then(|| value.clone()),
            "uniqueItems" => value.is_boolean().then(|| value.clone()),
            "multipleOf" => value
                .as_f64()
                .filter(|number| *number > 0.0)
                .map(|_| value.clone()),
            "maximum" | "minimum" => limit(schema, key, value),
            "exclusiveMaximum" | "exclusiveMinimum" => exclusive(schema, key, value),
            "maxLength" | "minLength" | "maxItems" | "minItems" | "maxProperties"
            | "minProperties" | "maxContains" | "minContains" => whole(value),
            "pattern" => value.as_str().and_then(|pattern| self.pattern(pattern)),
            "required" => self.required(schema, value),
            "dependentRequired" => Some(names_by_name(value)),
            "properties" | "dependentSchemas" => Some(self.by_name(value, how_below(key, how))),
            "patternProperties" => Some(self.by_pattern(value)),
            "additionalProperties"
            | "unevaluatedProperties"
            | "unevaluatedItems"
            | "propertyNames"
            | "contains" => self.one(value, As::Value),
            "not" | "if" | "then" | "else" => self.one(value, As::Part),
            "items" if !value.is_array() => self.one(value, As::Value),
            "items" | "prefixItems" => {
                let (key, places) = ("prefixItems", self.many(value, As::Value));
                into.extend(places.map(|places| (key.to_owned(), places)));
                None
            }
            "additionalItems" if schema.get("items").is_some_and(Value::is_array) => {
                let rest = self.one(value, As::Value);
                into.extend(rest.map(|rest| ("items".to_owned(), rest)));
                None
            }
            "allOf" => self.many(value, As::Part),
            "anyOf" | "oneOf" => match discriminator(schema) {
                Some(property) => {
                    let kinds = self.told_apart(schema, property, value);
                    into.extend(kinds.map(|kinds| ("anyOf".to_owned(), kinds)));
                    None
                }
                None => self.many(value, how),
            },
            _ => None,
        };
        into.extend(converted.map(|converted| (key.to_owned(), converted)));
    }

    fn one(&mut self, value: &'d Value, how: As) -> Option<Value> {
        let is_schema = value.is_object() || value.is_boolean();
        is_schema.then(|| self.converted(value, how))
    }

    fn many(&mut self, value: &'d Value, how: As) -> Option<Value> {
        let all = value.as_array()?.iter();
        let all: Vec<Value> = all.filter_map(|one| self.one(one, how)).collect();
        (!all.is_empty()).then_some(Value::Array(all))
    }

    fn by_name(&mut self, value: &'d Value, how: As) -> Value {
        let members = value.as_object().into_iter().flatten();
        let members = members.filter_map(|(name, one)| Some((name.clone(), self.one(one, how)?)));
        Value::Object(members.collect())
    }

    fn by_pattern(&mut self, value: &'d Value) -> Value {
        let Value::Object(members) = self.by_name(value, As::Value) else {
            return json!({});
        };
        let members = members
            .into_iter()
            .filter(|(pattern, _)| self.pattern(pattern).is_some());
        Value::Object(members.collect())
    }

    fn pattern(&mut self, pattern: &str) -> Option<Value> {
        if self.patterns.can_be_matched(pattern) {
            return Some(json!(pattern));
        }
        let of = self.unusable.entry(self.current.clone()).or_default();
        of.insert(pattern.to_owned());
        None
    }

    /// Alternatives of which a member says which one it is.
    fn told_apart(&mut self, schema: &'d Value, property: &str, value: &'d Value) -> Option<Value> {
        let branches = value.as_array()?.iter();
        let kinds = branches.filter_map(|branch| {
            let own = self.one(branch, As::Part)?;
            Some(match self.source.named(branch) {
                Some(name) => json!({"allOf": [own, pinned(property, &values_of(schema, name))]}),
                None => own,
            })
        });
        let kinds: Vec<Value> = kinds.collect();
        (!kinds.is_empty()).then_some(Value::Array(kinds))
    }

    /// What is read only is not sent, so it is not demanded (OpenAPI 3.0 §4.7.24).
    fn required(&self, schema: &'d Value, value: &Value) -> Option<Value> {
        let mut declared = BTreeMap::new();
        declare(self.source, schema, &mut declared, WITHIN_EACH_OTHER);
        let is_sent = |name: &str| match declared.get(name) {
            Some(read_only) => !read_only,
            None => !self.read_only.contains(name),
        };
        let names = value.as_array()?.iter().filter_map(Value::as_str);
        let names: BTreeSet<&str> = names.filter(|name| is_sent(name)).collect();
        Some(json!(names))
    }
}

/// Schemas for the fields of a value describe other values; those that apply with a field, the same.
fn how_below(key: &str, how: As) -> As {
    match key {
        "properties" => As::Value,
        _ => how,
    }
}

/// Fields a schema and what it includes declare, and whether they are read only.
fn declare<'d>(
    source: &'d Source<'d>,
    schema: &'d Value,
    into: &mut BTreeMap<&'d str, bool>,
    depth: usize,
) {
    if depth == 0 {
        return;
    }
    let schema = source.followed(schema);
    for (name, property) in map(schema, "properties") {
        *into.entry(name).or_default() |= is_read_only(source, property);
    }
    for branch in list(schema, "allOf") {
        declare(source, branch, into, depth - 1);
    }
}

pub fn is_read_only(source: &Source<'_>, property: &Value) -> bool {
    let says = |schema: &Value| schema.get("readOnly") == Some(&Value::Bool(true));
    let target = |schema: &Value| source.component(source.named(schema)?);
    let mut included = list(property, "allOf").iter().filter_map(target);
    says(property) || target(property).is_some_and(says) || included.any(says)
}

fn collect_read_only<'d>(source: &'d Source<'d>, schema: &'d Value, into: &mut HashSet<&'d str>) {
    match schema {
        Value::Object(members) => {
            let declared = map(schema, "properties");
            into.extend(
                declared
                    .filter(|(_, property)| is_read_only(source, property))
                    .map(|(name, _)| name),
            );
            members
                .values()
                .for_each(|below| collect_read_only(source, below, into));
        }
        Value::Array(items) => items
            .iter()
            .for_each(|below| collect_read_only(source, below, into)),
        _ => {}
    }
}

fn discriminator(schema: &Value) -> Option<&str> {
    schema.get("discriminator")?.get("propertyName")?.as_str()
}

/// Values of a discriminator that mean a component.
fn values_of(schema: &Value, name: &str) -> Vec<String> {
    let discriminator = schema.get("discriminator").unwrap_or(&Value::Null);
    let meant = map(discriminator, "mapping").filter(|(_, target)| {
        let target = target.as_str().unwrap_or_default();
        target == name || target.strip_prefix("#/components/schemas/") == Some(name)
    });
    let values: Vec<String> = meant.map(|(value, _)| value.to_owned()).collect();
    if values.is_empty() {
        vec![name.to_owned()]
    } else {
        values
    }
}

fn pinned(property: &str, values: &[String]) -> Value {
    json!({"required": [property], "properties": {property: {"enum": values}}})
}

fn types(value: &Value) -> Option<Value> {
    let known = |name: &&Value| name.as_str().is_some_and(|name| TYPES.contains(&name));
    match value {
        Value::Array(names) => {
            let known: BTreeSet<&str> = names
                .iter()
                .filter(known)
                .filter_map(Value::as_str)
                .collect();
            (!known.is_empty()).then(|| json!(known))
        }
        name => Some(name).filter(known).cloned(),
    }
}

/// OpenAPI 3.0: `exclusiveMaximum: true` is said of `maximum`.
fn limit(schema: &Value, key: &str, value: &Value) -> Option<Value> {
    let is_exclusive = schema.get(exclusive_of(key)) == Some(&Value::Bool(true));
    (value.is_number() && !is_exclusive).then(|| value.clone())
}

fn exclusive(schema: &Value, key: &str, value: &Value) -> Option<Value> {
    let limit = if key == "exclusiveMaximum" {
        "maximum"
    } else {
        "minimum"
    };
    match value {
        Value::Bool(true) => schema.get(limit).filter(|limit| limit.is_number()).cloned(),
        Value::Number(_) => Some(value.clone()),
        _ => None,
    }
}

fn exclusive_of(limit: &str) -> &'static str {
    if limit == "maximum" {
        "exclusiveMaximum"
    } else {
        "exclusiveMinimum"
    }
}

fn whole(value: &Value) -> Option<Value> {
    let number = value.as_u64().or_else(|| {
        let number = value
            .as_f64()
            .filter(|number| *number >= 0.0 && number.fract() == 0.0)?;
        Some(number as u64)
    });
    number.map(Value::from)
}

fn names_by_name(value: &Value) -> Value {
    let members = value.as_object().into_iter().flatten();
    let members = members.map(|(name, names)| {
        let names = names
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_str);
        (name.clone(), json!(names.collect::<BTreeSet<_>>()))
    });
    Value::Object(members.collect())
}

/// `format: int32` and `int64` are bounds (OpenAPI 3.1 §4.4.1).
fn bound_integer(schema: &Value, into: &mut Map<String, Value>) {
    let bounds = match schema.get("format").and_then(Value::as_str) {
        Some("int32") => [json!(i32::MIN), json!(i32::MAX)],
        Some("int64") => [json!(i64::MIN), json!(i64::MAX)],
        _ => return,
    };
    for (keys, bound) in [
        ["minimum", "exclusiveMinimum"],
        ["maximum", "exclusiveMaximum"],
    ]
    .into_iter()
    .zip(bounds)
    {
        if !keys.iter().any(|key| into.contains_key(*key)) {
            into.insert(keys[0].to_owned(), bound);
        }
    }
}

/// `nullable: true` of OpenAPI 3.0: `null` as well, whatever else is said.
fn nullable(mut schema: Map<String, Value>) -> Value {
    let includes = ["$ref", "allOf", "anyOf", "oneOf", "const", "not", "if"];
    if includes.iter().any(|key| schema.contains_key(*key)) {
        return json!({"anyOf": [{"type": "null"}, schema]});
    }
    match schema.get_mut("type") {
        Some(Value::Array(types)) => types.push(json!("null")),
        Some(one) => *one = json!([one.clone(), "null"]),
        None => {}
    }
    if let Some(Value::Array(values)) = schema.get_mut("enum")
        && !values.contains(&Value::Null)
    {
        values.push(Value::Null);
    }
    Value::Object(schema)
}
