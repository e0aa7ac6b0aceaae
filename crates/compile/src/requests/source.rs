//! The projected document, as it is read here.

use std::borrow::Cow;
use std::collections::BTreeMap;

use document::pointer::unescaped;
use serde_json::{Map, Value};

const METHODS: [&str; 8] = [
    "get", "put", "post", "delete", "options", "head", "patch", "trace",
];

pub struct Source<'d> {
    root: &'d Value,
    components: BTreeMap<&'d str, &'d Value>,
    /// Name of a schema component → those that include it (`allOf`), by name.
    heirs: BTreeMap<&'d str, Vec<&'d str>>,
}

/// One operation with what its path item says for all of them.
#[derive(Clone)]
pub struct Declared<'d> {
    pub operation: &'d Map<String, Value>,
    /// By place and name; the operation's own instead of the path item's.
    pub parameters: Vec<&'d Map<String, Value>>,
}

impl<'d> Source<'d> {
    pub fn new(root: &'d Value) -> Source<'d> {
        let schemas = root.pointer("/components/schemas").unwrap_or(&Value::Null);
        let mut source = Source {
            root,
            components: members(schemas).collect(),
            heirs: BTreeMap::new(),
        };
        let mut heirs: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for (name, schema) in &source.components {
            for base in list(schema, "allOf")
                .iter()
                .filter_map(|one| source.named(one))
            {
                heirs.entry(base).or_default().push(name);
            }
        }
        source.heirs = heirs;
        source
    }

    /// Schema components by name.
    pub fn components(&self) -> &BTreeMap<&'d str, &'d Value> {
        &self.components
    }

    pub fn component(&self, name: &str) -> Option<&'d Value> {
        self.components.get(name).copied()
    }

    /// The name of the schema component a schema refers to.
    pub fn named(&self, schema: &Value) -> Option<&'d str> {
        let reference = decoded(schema.get("$ref")?.as_str()?)?;
        let token = reference.strip_prefix("#/components/schemas/")?;
        let unescaped = token.contains('~').then(|| unescaped(token));
        let name = unescaped.as_deref().unwrap_or(token);
        self.components.get_key_value(name).map(|(name, _)| *name)
    }

    /// Names of the components that include one, by name.
    pub fn heirs(&self, base: &str) -> &[&'d str] {
        self.heirs.get(base).map_or(&[], Vec::as_slice)
    }

    /// A part or what it refers to, however often.
    pub fn followed(&self, mut part: &'d Value) -> &'d Value {
        // References of references are few; a circle ends as nothing.
        for _ in 0..32 {
            let Some(reference) = part.get("$ref").and_then(Value::as_str) else {
                return part;
            };
            let pointer =
                decoded(reference).and_then(|text| Some(text.strip_prefix('#')?.to_owned()));
            let Some(target) = pointer.and_then(|pointer| self.root.pointer(&pointer)) else {
                return &Value::Null;
            };
            part = target;
        }
        &Value::Null
    }

    pub fn operations(&self) -> BTreeMap<(&'d str, String), Declared<'d>> {
        let paths = self.root.get("paths").and_then(Value::as_object);
        let items = paths.into_iter().flatten();
        let operations = items.flat_map(|(template, item)| {
            let item = self.followed(item);
            METHODS.iter().filter_map(move |method| {
                let operation = item.get(method)?.as_object()?;
                let declared = Declared {
                    operation,
                    parameters: self.parameters(item, operation),
                };
                Some(((template.as_str(), method.to_uppercase()), declared))
            })
        });
        operations.collect()
    }

    fn parameters(
        &self,
        item: &'d Value,
        operation: &'d Map<String, Value>,
    ) -> Vec<&'d Map<String, Value>> {
        let own = operation.get("parameters").and_then(Value::as_array);
        let shared = item.get("parameters").and_then(Value::as_array);
        let all = shared.into_iter().chain(own).flatten();
        let mut chosen = BTreeMap::new();
        for parameter in all.filter_map(|parameter| self.followed(parameter).as_object()) {
            let text = |key: &str| parameter.get(key).and_then(Value::as_str);
            if let (Some(place), Some(name)) = (text("in"), text("name")) {
                chosen.insert((place, name), parameter);
            }
        }
        chosen.into_values().collect()
    }
}

/// A reference without its percent-encoding (RFC 6901 §6).
fn decoded(reference: &str) -> Option<Cow<'_, str>> {
    if !reference.contains('%') {
        return Some(Cow::Borrowed(reference));
    }
    let mut bytes = Vec::new();
    let mut rest = reference.as_bytes();
    while let Some((&byte, tail)) = rest.split_first() {
        let digit = |index: usize| char::from(*tail.get(index)?).to_digit(16);
        let (value, length) = match byte {
            b'%' => (u8::try_from(digit(0)? * 16 + digit(1)?).ok()?, 3),
            other => (other, 1),
        };
        bytes.push(value);
        rest = &rest[length..];
    }
    String::from_utf8(bytes).ok().map(Cow::Owned)
}

/// The items of a list that is a member; nothing where it is none.
pub fn list<'v>(schema: &'v Value, key: &str) -> &'v [Value] {
    let list = schema.get(key).and_then(Value::as_array);
    list.map_or(&[], Vec::as_slice)
}

/// The members of an object that is a member.
pub fn map<'v>(schema: &'v Value, key: &str) -> impl Iterator<Item = (&'v str, &'v Value)> {
    members(schema.get(key).unwrap_or(&Value::Null))
}

fn members(value: &Value) -> impl Iterator<Item = (&str, &Value)> {
    let members = value.as_object().into_iter().flatten();
    members.map(|(name, value)| (name.as_str(), value))
}
