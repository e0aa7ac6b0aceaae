//! What did not leave of a body, or would not, for its line in the log.

use crate::filter::{Graph, Removals};

/// Rows of one line; what is removed elsewhere is counted together.
const MAX_ROWS: usize = 32;
/// A longer pointer is counted with what is not listed.
const MAX_POINTER_BYTES: usize = 512;

/// Empty: everything left.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Withheld {
    /// Ordered by pointer.
    pub rows: Vec<WithheldRow>,
    /// Removals at places that are not listed.
    pub unlisted: u64,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WithheldRow {
    /// RFC 6901, with `*` for any item of an array and any name that is data; empty: the body.
    pub pointer: String,
    pub reason: &'static str,
    pub count: u64,
}

impl Withheld {
    /// `graph`: by which it was removed.
    pub fn of(removals: &Removals, graph: &Graph) -> Withheld {
        if removals.is_empty() {
            return Withheld::default();
        }
        let report = removals.report(graph);
        let mut withheld = Withheld {
            rows: Vec::with_capacity(report.removed.len().min(MAX_ROWS)),
            unlisted: report.unlisted,
        };
        for removed in report.removed {
            if withheld.rows.len() < MAX_ROWS && removed.pointer.len() <= MAX_POINTER_BYTES {
                withheld.rows.push(WithheldRow {
                    pointer: removed.pointer,
                    reason: removed.reason.as_str(),
                    count: removed.count,
                });
            } else {
                withheld.unlisted += removed.count;
            }
        }
        withheld
    }

    /// Nothing of a body left.
    pub fn whole(reason: &'static str) -> Withheld {
        let row = WithheldRow {
            pointer: String::new(),
            reason,
            count: 1,
        };
        Withheld {
            rows: vec![row],
            unlisted: 0,
        }
    }

    pub fn is_empty(&self) -> bool {
        self.rows.is_empty() && self.unlisted == 0
    }
}
