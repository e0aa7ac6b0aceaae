//! A mistake in a document: permanent code, what is wrong, what to do, where.

use std::borrow::Cow;

/// How much a problem matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    Error,
    Warning,
    /// Nothing is wrong; somebody should know.
    Info,
}

impl Severity {
    pub fn as_str(self) -> &'static str {
        match self {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Info => "info",
        }
    }
}

/// A located mistake. `at` is a global offset, see [`crate::source::Sources`].
#[derive(Clone, Debug)]
pub struct Problem {
    pub code: Cow<'static, str>,
    pub severity: Severity,
    pub message: String,
    pub help: String,
    pub at: u32,
}

impl Problem {
    pub fn error(
        code: &'static str,
        at: u32,
        message: impl Into<String>,
        help: impl Into<String>,
    ) -> Problem {
        Problem {
            code: code.into(),
            severity: Severity::Error,
            message: message.into(),
            help: help.into(),
            at,
        }
    }

    pub fn warning(
        code: &'static str,
        at: u32,
        message: impl Into<String>,
        help: impl Into<String>,
    ) -> Problem {
        Problem {
            severity: Severity::Warning,
            ..Problem::error(code, at, message, help)
        }
    }

    pub fn info(
        code: &'static str,
        at: u32,
        message: impl Into<String>,
        help: impl Into<String>,
    ) -> Problem {
        Problem {
            severity: Severity::Info,
            ..Problem::error(code, at, message, help)
        }
    }
}

/// A word of the user's for a message: one line, never longer than a line.
pub fn shown(text: &str) -> String {
    const CHARACTERS: usize = 80;
    let mut word: String = text
        .chars()
        .take(CHARACTERS)
        .flat_map(char::escape_debug)
        .collect();
    if text.chars().nth(CHARACTERS).is_some() {
        word.push('…');
    }
    format!("`{word}`")
}
