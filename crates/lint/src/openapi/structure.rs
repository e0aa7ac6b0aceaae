//! Whether a document is built as the specification of its version says.

use std::collections::HashSet;

use document::{NodeId, Value};

use crate::functions::Problem;
use crate::subject::View;

use super::grammar::{Grammar, Keys, Member, Object, Type, Version, grammar};

/// Problems of one document; nobody reads more.
const PROBLEMS: usize = 10_000;

/// The document, as it is written.
pub fn document(view: View<'_>, root: NodeId) -> Vec<Problem> {
    let version = match view.text(root, "openapi") {
        _ if view.get(root, "swagger").is_some() => Version::Swagger,
        Some(version) if version.starts_with("3.0") => Version::V30,
        Some(_) => Version::V31,
        None => return Vec::new(),
    };
    let mut check = Check {
        view,
        version,
        grammar: grammar(version),
        path: Vec::new(),
        problems: Vec::new(),
    };
    check.named("Document", root);
    if version == Version::V31
        && !["paths", "webhooks", "components"]
            .iter()
            .any(|name| view.get(root, name).is_some())
    {
        check.add("must have \"paths\", \"webhooks\" or \"components\"");
    }
    if version == Version::Swagger {
        check.address(root);
    }
    check.problems
}

struct Check<'a> {
    view: View<'a>,
    version: Version,
    grammar: &'static Grammar,
    path: Vec<String>,
    problems: Vec<Problem>,
}

impl Check<'_> {
    fn add(&mut self, message: &str) {
        if self.problems.len() < PROBLEMS {
            let problem = Problem::property(format!("{message}.")).at(&self.path);
            self.problems.push(problem);
        }
    }

    fn at(&mut self, token: &str, check: impl FnOnce(&mut Self)) {
        self.path.push(token.to_owned());
        check(self);
        self.path.pop();
    }

    /// In 3.1, whose schema looks at whole objects, the object that holds it is told of.
    fn unexpected(&mut self, name: &str) {
        let problem = Problem::new(format!("Property \"{name}\" is not expected to be here."));
        let own = (self.version != Version::V31).then(|| name.to_owned());
        self.problems
            .push(problem.at(self.path.iter().cloned().chain(own)));
    }

    /// What was found in a part before is found again, where it is as it was.
    fn named(&mut self, name: &str, node: NodeId) {
        let Some((notes, part)) = self
            .view
            .notes
            .and_then(|notes| Some((notes, notes.part(node)?)))
        else {
            return self.object(name, node);
        };
        let depth = self.path.len();
        if let Some(known) = notes.structure(part, name) {
            self.problems.extend(known.iter().map(|problem| {
                let path = self.path.iter().chain(&problem.path).cloned();
                problem.clone().at(path)
            }));
            return;
        }
        let before = self.problems.len();
        self.object(name, node);
        let found = self.problems[before..].iter();
        let below = found.map(|problem| problem.clone().at(&problem.path[depth..]));
        if self.problems.len() < PROBLEMS {
            notes.keep_structure(part, name, below.collect());
        }
    }

    fn object(&mut self, name: &str, node: NodeId) {
        if !self.view.is_object(node) {
            return self.add("type must be object");
        }
        match self.grammar.get(name) {
            Some(Object::Members { members, open }) => {
                for (name, member) in members {
                    if member.required && self.view.get(node, name).is_none() {
                        self.add(&format!("must have required property \"{name}\""));
                    }
                }
                self.members(node, members, *open);
                self.special(name, node);
            }
            Some(Object::Choice { member, of }) => {
                match self.view.text(node, member).and_then(|value| of.get(value)) {
                    Some(chosen) => self.named(chosen, node),
                    None if self.view.get(node, member).is_none() => {
                        self.add(&format!("must have required property \"{member}\""));
                    }
                    None => {
                        let mut known: Vec<&str> = of.keys().map(String::as_str).collect();
                        known.sort_unstable();
                        let message = format!(
                            "must be equal to one of the allowed values: {}",
                            known.join(", ")
                        );
                        self.at(member, |check| check.add(&message));
                    }
                }
            }
            None => {}
        }
    }

    fn members(
        &mut self,
        node: NodeId,
        members: &std::collections::HashMap<String, Member>,
        open: bool,
    ) {
        for (name, value) in self.view.entries(node) {
            match members.get(name) {
                Some(member) => self.at(name, |check| check.typed(&member.of, value)),
                None if open || name.starts_with("x-") => {}
                None => self.unexpected(name),
            }
        }
    }

    /// What holds between members of an object.
    fn special(&mut self, name: &str, node: NodeId) {
        let has = |name: &str| self.view.get(node, name).is_some();
        let (schema, content) = (has("schema"), has("content"));
        let (example, examples) = (has("example"), has("examples"));
        let describes =
            self.version != Version::Swagger && (name.ends_with("Parameter") || name == "Header");
        if describes && !schema && !content {
            self.add("must have required property \"schema\"");
        }
        if describes && schema && content {
            self.add("must have either \"schema\" or \"content\"");
        }
        if (describes || name == "Media") && example && examples {
            self.add("must have either \"example\" or \"examples\"");
        }
        if describes
            && content
            && self
                .view
                .get(node, "content")
                .is_some_and(|all| self.view.entries(all).count() != 1)
        {
            self.at("content", |check| check.add("must have exactly 1 property"));
        }
    }

    /// Host and base path of a 2.0 document.
    fn address(&mut self, root: NodeId) {
        let host = self.view.text(root, "host");
        if host.is_some_and(|host| !is_host(host)) {
            self.at("host", |check| {
                check.add("must be a host, with a port where one is needed")
            });
        }
        if self
            .view
            .text(root, "basePath")
            .is_some_and(|path| !path.starts_with('/'))
        {
            self.at("basePath", |check| check.add("must begin with \"/\""));
        }
    }

    fn typed(&mut self, of: &Type, node: NodeId) {
        let value = self.view.value(node);
        let fits = match of {
            Type::Any => true,
            Type::Text => matches!(value, Value::String(_)) || self.expect("string"),
            Type::Bool => matches!(value, Value::Bool(_)) || self.expect("boolean"),
            Type::Object => matches!(value, Value::Object(_)) || self.expect("object"),
            Type::Number => is_number(value) || self.expect("number"),
            Type::True => matches!(value, Value::Bool(true)) || self.told("must be true"),
            Type::Whole { from } => self.whole(value, *from),
            Type::Uri => self.text(value, is_reference, "uri-reference"),
            Type::Email => self.text(value, is_email, "email"),
            Type::Words(words) => self.word(value, words),
            Type::Named { name, reference } => {
                let refers = *reference && self.view.text(node, "$ref").is_some();
                if !refers {
                    self.named(name, node);
                }
                true
            }
            Type::List { of, filled, unique } => self.list(node, of, *filled, *unique),
            Type::Map { of, keys } => self.map(node, of, *keys),
            Type::Either(first, second) => {
                let chosen = if self.is_kind(second, node) {
                    second
                } else {
                    first
                };
                self.typed(chosen, node);
                true
            }
        };
        debug_assert!(fits || !self.problems.is_empty());
    }

    fn expect(&mut self, name: &str) -> bool {
        self.told(&format!("type must be {name}"))
    }

    fn told(&mut self, message: &str) -> bool {
        self.add(message);
        false
    }

    fn whole(&mut self, value: Value<'_>, from: i64) -> bool {
        match value {
            Value::Int(number) if number >= from => true,
            Value::Float(number) if number.fract() == 0.0 && number >= from as f64 => true,
            Value::Int(_) => self.told(&format!("must be >= {from}")),
            _ => self.expect("integer"),
        }
    }

    fn text(&mut self, value: Value<'_>, is: fn(&str) -> bool, format: &str) -> bool {
        match value {
            Value::String(text) if is(text) => true,
            Value::String(_) => self.told(&format!("must match format \"{format}\"")),
            _ => self.expect("string"),
        }
    }

    fn word(&mut self, value: Value<'_>, words: &[String]) -> bool {
        match value {
            Value::String(text) if words.iter().any(|word| word == text) => true,
            _ => self.told(&format!(
                "must be equal to one of the allowed values: {}",
                words.join(", ")
            )),
        }
    }

    fn list(&mut self, node: NodeId, of: &Type, filled: bool, unique: bool) -> bool {
        if !self.view.is_array(node) {
            return self.expect("array");
        }
        if filled && self.view.items(node).next().is_none() {
            self.add("must not have fewer than 1 items");
        }
        let mut seen = HashSet::new();
        let twice = unique
            && self.view.items(node).any(|item| {
                let written = self.view.json(item).map(|value| value.to_string());
                written.is_some_and(|written| !seen.insert(written))
            });
        if twice {
            self.add("must not have duplicate items");
        }
        for (index, item) in self.view.items(node).enumerate() {
            self.at(&index.to_string(), |check| check.typed(of, item));
        }
        true
    }

    fn map(&mut self, node: NodeId, of: &Type, keys: Keys) -> bool {
        if !self.view.is_object(node) {
            return self.expect("object");
        }
        if keys == Keys::Codes && self.view.entries(node).next().is_none() {
            self.add("must not have fewer than 1 properties");
        }
        for (name, value) in self.view.entries(node) {
            let extension = name.starts_with("x-") && matches!(keys, Keys::Paths | Keys::Codes);
            if extension {
                continue;
            }
            if is_key(keys, name, self.version) {
                self.at(name, |check| check.typed(of, value));
            } else {
                self.unexpected(name);
            }
        }
        true
    }

    /// Whether a value is of the kind a type is about, right or wrong.
    fn is_kind(&self, of: &Type, node: NodeId) -> bool {
        matches!(
            (of, self.view.value(node)),
            (Type::Bool, Value::Bool(_))
                | (Type::List { .. }, Value::Array(_))
                | (Type::Named { .. } | Type::Map { .. }, Value::Object(_))
        )
    }
}

fn is_key(keys: Keys, name: &str, version: Version) -> bool {
    match keys {
        Keys::Any => true,
        Keys::Paths => name.starts_with('/'),
        Keys::Names => {
            !name.is_empty()
                && name
                    .chars()
                    .all(|c| c.is_ascii_alphanumeric() || "._-".contains(c))
        }
        Keys::Codes if name == "default" => true,
        Keys::Codes if version == Version::Swagger => {
            name.len() == 3 && name.bytes().all(|byte| byte.is_ascii_digit())
        }
        Keys::Codes => {
            let (class, rest) = name.split_at(name.len().min(1));
            matches!(class, "1" | "2" | "3" | "4" | "5")
                && (rest == "XX"
                    || rest.len() == 2 && rest.bytes().all(|byte| byte.is_ascii_digit()))
        }
    }
}

fn is_number(value: Value<'_>) -> bool {
    matches!(value, Value::Int(_) | Value::Long(_) | Value::Float(_))
}

fn is_host(text: &str) -> bool {
    let (host, port) = match text.rsplit_once(':') {
        Some((host, port)) => (host, Some(port)),
        None => (text, None),
    };
    !host.is_empty()
        && !host.contains(['{', '}', '/', ' ', ':', '\\'])
        && port
            .is_none_or(|port| !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Characters RFC 3986 knows, as far as a document is concerned.
fn is_reference(text: &str) -> bool {
    !text.contains(|c: char| {
        c.is_whitespace() || c.is_control() || "<>\"\\^`{|}".contains(c) || !c.is_ascii()
    })
}

fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.rsplit_once('@') else {
        return false;
    };
    let plain = |text: &str| {
        !text.is_empty()
            && !text.contains(|c: char| c.is_whitespace() || "<>()[],;:\\\"".contains(c))
    };
    plain(local)
        && !local.contains('@')
        && domain.split('.').all(|label| {
            plain(label)
                && !label.starts_with('-')
                && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
        })
}
