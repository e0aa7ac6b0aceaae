/// What becomes of one response header field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Passage {
    Keep,
    Drop,
    Replace(Vec<u8>),
}

/// What of the upstream's response header may leave to this caller.
pub struct ResponsePolicy {}

impl ResponsePolicy {
    /// `nominated`: from the response's own `Connection` field.
    pub fn judge(&self, name: &str, value: &[u8], nominated: &[String]) -> Passage {
        todo!("{name} {value:?} {nominated:?}")
    }
}
