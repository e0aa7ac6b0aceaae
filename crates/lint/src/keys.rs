//! Names that YAML reads as numbers, booleans or nothing: JSON has only text as names.

use document::{FileId, Format, NodeId, Value};

use crate::subject::Subject;

/// Names told of; nobody reads more.
const TOLD: usize = 10_000;

pub struct Odd {
    pub file: FileId,
    pub path: Vec<String>,
    /// What it is read as: `number`, `boolean` or `null`.
    pub kind: &'static str,
    pub at: u32,
    pub characters: u32,
}

pub fn odd(subject: &Subject) -> Vec<Odd> {
    let mut keys = Keys {
        subject,
        file: FileId(0),
        path: Vec::new(),
        found: Vec::new(),
    };
    for (number, root) in subject.roots.iter().enumerate() {
        keys.file = FileId(number as u32);
        let format = subject.arena.sources.files()[number].format;
        if let (Some(root), Some(Format::Yaml)) = (root, format) {
            keys.look(*root);
        }
    }
    keys.found
}

struct Keys<'a> {
    subject: &'a Subject,
    file: FileId,
    path: Vec<String>,
    found: Vec<Odd>,
}

impl Keys<'_> {
    fn look(&mut self, node: NodeId) {
        let arena = &self.subject.arena;
        match arena.value(node) {
            Value::Object(members) => {
                for member in members {
                    let name = arena.key(member);
                    let kind = read_as(name);
                    let container = matches!(
                        arena.value(member.value),
                        Value::Object(_) | Value::Array(_)
                    );
                    if kind.is_none() && !container {
                        continue;
                    }
                    self.path.push(name.to_owned());
                    let quoted = arena.sources.rest(member.key_at).starts_with(['"', '\'']);
                    if let Some(kind) = kind.filter(|_| !quoted && self.found.len() < TOLD) {
                        self.found.push(Odd {
                            file: self.file,
                            path: self.path.clone(),
                            kind,
                            at: member.key_at,
                            characters: name.chars().count() as u32,
                        });
                    }
                    self.look(member.value);
                    self.path.pop();
                }
            }
            Value::Array(items) => {
                for (index, item) in items.iter().enumerate() {
                    if matches!(arena.value(*item), Value::Object(_) | Value::Array(_)) {
                        self.path.push(index.to_string());
                        self.look(*item);
                        self.path.pop();
                    }
                }
            }
            _ => {}
        }
    }
}

/// YAML 1.2's core schema (§10.3.2).
fn read_as(name: &str) -> Option<&'static str> {
    match name {
        "true" | "True" | "TRUE" | "false" | "False" | "FALSE" => return Some("boolean"),
        "null" | "Null" | "NULL" | "~" | "" => return Some("null"),
        _ => {}
    }
    let number = name.starts_with(|c: char| c.is_ascii_digit() || "+-.".contains(c))
        && name.ends_with(|c: char| c.is_ascii_digit() || c == '.')
        && name.parse::<f64>().is_ok();
    number.then_some("number")
}
