//! I-Regexp (RFC 9485) by way of the `regex` crate, which is linear in the text.

use std::collections::HashMap;

use regex::{Regex, RegexBuilder};

/// Bytes one compiled pattern may take.
const COMPILED_BYTES: usize = 1 << 20;
/// Compiled patterns kept; patterns can come from the document.
const KEPT: usize = 256;

#[derive(Default)]
pub(super) struct Patterns {
    compiled: HashMap<(String, bool), Option<Regex>>,
}

impl Patterns {
    /// Whether the pattern is known already, so that no work is due for compiling it.
    pub fn knows(&self, pattern: &str, whole: bool) -> bool {
        self.compiled.contains_key(&(pattern.to_owned(), whole))
    }

    /// A pattern that is none matches nothing (RFC 9535 §2.4.6).
    pub fn is_match(&mut self, pattern: &str, whole: bool, text: &str) -> bool {
        if self.compiled.len() >= KEPT && !self.knows(pattern, whole) {
            self.compiled.clear();
        }
        let compiled = self
            .compiled
            .entry((pattern.to_owned(), whole))
            .or_insert_with(|| compile(pattern, whole));
        compiled.as_ref().is_some_and(|regex| regex.is_match(text))
    }
}

fn compile(pattern: &str, whole: bool) -> Option<Regex> {
    let body = translated(pattern);
    let anchored = if whole { format!("^(?:{body})$") } else { body };
    RegexBuilder::new(&anchored)
        .size_limit(COMPILED_BYTES)
        .dfa_size_limit(COMPILED_BYTES)
        .build()
        .ok()
}

/// `.` excludes both line ends (RFC 9485 §5.3); the crate's excludes one.
fn translated(pattern: &str) -> String {
    let mut body = String::with_capacity(pattern.len());
    let mut in_class = false;
    let mut characters = pattern.chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' => {
                body.push('\\');
                body.extend(characters.next());
                continue;
            }
            '[' => in_class = true,
            ']' => in_class = false,
            '.' if !in_class => {
                body.push_str("[^\\n\\r]");
                continue;
            }
            _ => {}
        }
        body.push(character);
    }
    body
}
