//! From one pair of schemas to the next.

use document::pointer::escaped;

/// From one pair to the next.
#[derive(Clone, Copy)]
pub enum Step<'a> {
    /// The same value, by a keyword; a branch of it, or the whole.
    Same(&'static str, Option<usize>),
    Definition(&'a str),
    Property(&'a str),
    /// Items, or fields nobody names.
    Each(&'static str),
    /// The document refers to something; the emitted schema does not.
    Nowhere,
}

impl Step<'_> {
    /// What it adds to the way to the value, and to the way to the schema.
    pub fn told(self) -> (String, String) {
        match self {
            Step::Same(key, None) => (String::new(), format!("/{key}")),
            Step::Same(key, Some(index)) => (String::new(), format!("/{key}/{index}")),
            Step::Definition(name) => (String::new(), format!("/definitions/{}", escaped(name))),
            Step::Property(name) => {
                let name = escaped(name);
                (format!("/{name}"), format!("/properties/{name}"))
            }
            Step::Each(key) => ("/*".to_owned(), format!("/{key}")),
            Step::Nowhere => (String::new(), String::new()),
        }
    }
}
