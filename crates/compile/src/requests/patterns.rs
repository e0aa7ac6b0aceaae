//! Patterns that no time bound can be given for, and what else the wall cannot judge by.

use ahash::HashMap;

use document::problem::{Problem, shown};
use serde_json::json;
use wall::validation::schema;

/// Which patterns the wall can match in linear time; each is tried once.
#[derive(Default)]
pub struct Patterns {
    known: HashMap<String, bool>,
}

impl Patterns {
    pub fn can_be_matched(&mut self, pattern: &str) -> bool {
        if let Some(known) = self.known.get(pattern) {
            return *known;
        }
        let built = schema::built(&json!({"pattern": pattern}));
        self.known.insert(pattern.to_owned(), built.is_ok());
        built.is_ok()
    }
}

/// `at`: of the operation.
pub fn problem(at: u32, pattern: &str, is_waived: bool) -> Problem {
    let pattern = shown(pattern);
    let (code, message, help) = match is_waived {
        false => (
            "validation-pattern",
            format!(
                "the pattern {pattern} cannot be matched in linear time, so requests of this operation cannot be judged"
            ),
            "Write it without look-around and back-references, or waive it (`unmatched_patterns`); until then outer rings are \
             not served the operation.",
        ),
        true => (
            "validation-pattern-waived",
            format!(
                "the pattern {pattern} cannot be matched in linear time: whatever text stands in its place passes"
            ),
            "Write it without look-around and back-references.",
        ),
    };
    Problem::warning(code, at, message, help)
}

/// `at`: of the operation.
pub fn broken(at: u32, why: &str) -> Problem {
    Problem::warning(
        "validation-schema",
        at,
        format!("a schema of this operation's requests cannot be judged by: {why}"),
        "Correct it; until then outer rings are not served the operation.",
    )
}
