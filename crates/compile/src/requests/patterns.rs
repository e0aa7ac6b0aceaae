//! Patterns that no time bound can be given for.

use std::collections::HashMap;

use document::problem::{Problem, shown};
use serde_json::json;
use wall::validation::schema::{self, Schemas};

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
        let compiled = schema::compiled(&json!({"pattern": pattern}), &Schemas::new());
        self.known.insert(pattern.to_owned(), compiled.is_ok());
        compiled.is_ok()
    }
}

/// `at`: of the operation.
pub fn problem(at: u32, pattern: &str) -> Problem {
    Problem::warning(
        "validation-pattern",
        at,
        format!(
            "the pattern {} cannot be matched in linear time, so requests of this operation cannot be judged",
            shown(pattern)
        ),
        "Write it without look-around and back-references; until then outer rings are not served the operation.",
    )
}
