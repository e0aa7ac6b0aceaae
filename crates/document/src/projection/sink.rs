//! Writes JSON (RFC 8259) or YAML 1.2, member by member.

use crate::arena::{Arena, NodeId, Value};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    Json,
    Yaml,
}

const INDENT: usize = 2;

struct Frame {
    object: bool,
    empty: bool,
    /// YAML: the container is an item of a list, and its first child stands on the line of the dash.
    after_dash: bool,
}

/// One value, or the values a member `depth` levels deep consists of.
pub struct Sink {
    form: Form,
    text: String,
    depth: usize,
    frames: Vec<Frame>,
}

impl Sink {
    /// A sink for the value of a member inside `depth` containers.
    pub fn new(form: Form, depth: usize) -> Sink {
        Sink {
            form,
            text: String::new(),
            depth,
            frames: Vec::new(),
        }
    }

    pub fn finish(self) -> String {
        self.text
    }

    pub fn open_object(&mut self) {
        self.open(true);
    }

    pub fn open_array(&mut self) {
        self.open(false);
    }

    fn open(&mut self, object: bool) {
        let after_dash = self.begin_value();
        self.frames.push(Frame {
            object,
            empty: true,
            after_dash,
        });
        if self.form == Form::Json {
            self.text.push(if object { '{' } else { '[' });
        }
    }

    pub fn close(&mut self) {
        let Some(frame) = self.frames.pop() else {
            return;
        };
        match (self.form, frame.empty) {
            (Form::Json, empty) => {
                if !empty {
                    self.line(self.frames.len());
                }
                self.text.push(if frame.object { '}' } else { ']' });
            }
            (Form::Yaml, true) => {
                if !frame.after_dash && (self.depth > 0 || !self.text.is_empty()) {
                    self.text.push(' ');
                }
                self.text.push_str(if frame.object { "{}" } else { "[]" });
            }
            (Form::Yaml, false) => {}
        }
    }

    pub fn key(&mut self, key: &str) {
        self.begin_child();
        match self.form {
            Form::Json => {
                quote(&mut self.text, key);
                self.text.push_str(": ");
            }
            Form::Yaml => {
                self.yaml_text(key);
                self.text.push(':');
            }
        }
    }

    /// The value of the next key, written by another sink of the same depth.
    pub fn written(&mut self, value: &str) {
        self.text.push_str(value);
    }

    pub fn string(&mut self, text: &str) {
        self.begin_scalar();
        match self.form {
            Form::Json => quote(&mut self.text, text),
            Form::Yaml => self.yaml_text(text),
        }
    }

    /// A number, `true`, `false` or `null` as JSON writes it.
    pub fn literal(&mut self, text: &str) {
        self.begin_scalar();
        self.text.push_str(text);
    }

    /// A value as it stands in a document. As deep as the document, which parsing bounds.
    pub fn copy(&mut self, arena: &Arena, node: NodeId) {
        match arena.value(node) {
            Value::Null => self.literal("null"),
            Value::Bool(truth) => self.literal(if truth { "true" } else { "false" }),
            Value::Int(int) => self.literal(&int.to_string()),
            Value::Long(digits) => self.literal(digits.trim_start_matches('+')),
            Value::Float(float) => self.literal(&format!("{float:?}")),
            Value::String(text) => self.string(text),
            Value::Array(items) => {
                self.open_array();
                for item in items {
                    self.copy(arena, *item);
                }
                self.close();
            }
            Value::Object(members) => {
                self.open_object();
                for member in members {
                    self.key(arena.key(member));
                    self.copy(arena, member.value);
                }
                self.close();
            }
        }
    }

    fn begin_scalar(&mut self) {
        let after_dash = self.begin_value();
        let after_key = !after_dash && (self.depth > 0 || !self.frames.is_empty());
        if self.form == Form::Yaml && after_key {
            self.text.push(' ');
        }
    }

    /// Whether the value is an item of a YAML list, whose dash is written here.
    fn begin_value(&mut self) -> bool {
        let in_array = self.frames.last().is_some_and(|frame| !frame.object);
        if in_array {
            self.begin_child();
            if self.form == Form::Yaml {
                self.text.push_str("- ");
            }
        }
        in_array && self.form == Form::Yaml
    }

    fn begin_child(&mut self) {
        let level = self.frames.len();
        let Some(frame) = self.frames.last_mut() else {
            return;
        };
        let first = std::mem::replace(&mut frame.empty, false);
        let after_dash = frame.after_dash;
        match self.form {
            Form::Json => {
                if !first {
                    self.text.push(',');
                }
                self.line(level);
            }
            Form::Yaml if first && (after_dash || (self.text.is_empty() && self.depth == 0)) => {}
            Form::Yaml => self.line(level - 1),
        }
    }

    fn line(&mut self, level: usize) {
        self.text.push('\n');
        let spaces = (self.depth + level) * INDENT;
        self.text.extend(std::iter::repeat_n(' ', spaces));
    }

    fn yaml_text(&mut self, text: &str) {
        if is_plain_yaml(text) {
            self.text.push_str(text);
        } else {
            quote(&mut self.text, text);
        }
    }
}

/// Text that every YAML reader takes for the same text without quotes, be it of YAML 1.1 or 1.2.
fn is_plain_yaml(text: &str) -> bool {
    const WORDS: [&str; 9] = ["true", "false", "null", "yes", "no", "on", "off", "y", "n"];
    let safe = |byte: u8| byte.is_ascii_alphanumeric() || b" _-./$".contains(&byte);
    text.starts_with(|first: char| first.is_ascii_alphabetic() || matches!(first, '/' | '$' | '_'))
        && !text.ends_with(' ')
        && text.bytes().all(safe)
        && !WORDS.iter().any(|word| text.eq_ignore_ascii_case(word))
}

/// A JSON string, which is a YAML 1.2 double-quoted scalar too.
fn quote(out: &mut String, text: &str) {
    out.push('"');
    let mut plain_from = 0;
    for (at, character) in text.char_indices() {
        let escape = match character {
            '"' => "\\\"",
            '\\' => "\\\\",
            '\n' => "\\n",
            '\r' => "\\r",
            '\t' => "\\t",
            // Control characters; those beyond ASCII because YAML does not print them (§5.1), or breaks lines.
            '\0'..='\u{1f}' | '\u{7f}'..='\u{9f}' | '\u{2028}' | '\u{2029}' | '\u{feff}' => "",
            _ => continue,
        };
        out.push_str(&text[plain_from..at]);
        plain_from = at + character.len_utf8();
        if escape.is_empty() {
            out.push_str(&format!("\\u{:04x}", u32::from(character)));
        } else {
            out.push_str(escape);
        }
    }
    out.push_str(&text[plain_from..]);
    out.push('"');
}
