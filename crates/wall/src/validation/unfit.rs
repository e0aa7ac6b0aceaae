//! What of a request does not fit its contract, for its line in the log: where and why, and nothing of what came but
//! names.

use super::bounds::{MAX_LOGGED_NAME, MAX_UNFIT_ROWS};
use super::fault::{Fault, Refusal};
use crate::problem::Code;

/// Empty: all of it fits.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Unfit {
    pub rows: Vec<UnfitRow>,
    /// At places that are not listed.
    pub unlisted: u64,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnfitRow {
    /// `path`, `query`, `header`, `cookie` or `body`.
    pub place: &'static str,
    /// Name of a parameter; of a body a JSON Pointer, with `*` for any item. Empty: the whole.
    pub at: String,
    pub reason: &'static str,
    pub count: u64,
}

impl Unfit {
    pub fn of(refusal: &Refusal) -> Unfit {
        let code = word(refusal.code);
        Unfit::of_faults(&refusal.faults, code)
    }

    /// `code`: why, where a fault does not say it.
    pub fn of_faults(faults: &[Fault], code: &'static str) -> Unfit {
        let mut unfit = Unfit::default();
        for fault in faults {
            unfit.add(UnfitRow {
                place: fault.place,
                at: place_of(fault),
                reason: if fault.reason.is_empty() {
                    code
                } else {
                    fault.reason
                },
                count: 1,
            });
        }
        unfit
    }

    /// For traces; nothing where all of it fits.
    pub fn reason(&self) -> Option<String> {
        let rows = self.rows.iter();
        let told = rows.map(|row| format!("{} {}: {}", row.place, row.at, row.reason));
        let told: Vec<String> = told.collect();
        (!told.is_empty()).then(|| told.join("; "))
    }

    pub fn is_empty(&self) -> bool {
        self.rows.is_empty() && self.unlisted == 0
    }

    pub fn extend(&mut self, other: Unfit) {
        self.unlisted += other.unlisted;
        other.rows.into_iter().for_each(|row| self.add(row));
    }

    fn add(&mut self, row: UnfitRow) {
        let is_same = |known: &&mut UnfitRow| {
            (known.place, known.reason, &known.at) == (row.place, row.reason, &row.at)
        };
        let is_full = self.rows.len() >= MAX_UNFIT_ROWS;
        match self.rows.iter_mut().find(is_same) {
            Some(known) => known.count += row.count,
            None if is_full => self.unlisted += row.count,
            None => self.rows.push(row),
        }
    }
}

fn word(code: Code) -> &'static str {
    match code {
        Code::RequestMalformed => "malformed",
        Code::MediaTypeUnsupported => "media_type",
        Code::BodyTooLarge => "too_long",
        Code::WallFault => "fault",
        _ => "invalid",
    }
}

fn place_of(fault: &Fault) -> String {
    if let Some(name) = &fault.parameter {
        return shown(name);
    }
    let pointer = fault.pointer.as_deref().unwrap_or_default();
    let tokens = pointer.split('/').map(|token| {
        let is_item = !token.is_empty() && token.bytes().all(|byte| byte.is_ascii_digit());
        if is_item {
            "*".to_owned()
        } else {
            shown(token)
        }
    });
    tokens.collect::<Vec<_>>().join("/")
}

/// As much of a name as is logged.
fn shown(name: &str) -> String {
    name.chars().take(MAX_LOGGED_NAME).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bundle::ParameterPlace;

    #[test]
    fn items_of_a_list_are_one_place_and_names_are_bounded() {
        let at = |pointer: &str| Fault::of_body(pointer, "must be of type string").because("type");
        let long = "x".repeat(100);
        let faults = [
            at("/lines/0/sku"),
            at("/lines/17/sku"),
            at(&format!("/{long}")),
        ];
        let unfit = Unfit::of_faults(&faults, "");
        let told: Vec<_> = unfit
            .rows
            .iter()
            .map(|row| (row.at.as_str(), row.count))
            .collect();
        let cut = format!("/{}", &long[..MAX_LOGGED_NAME]);
        assert_eq!(told, [("/lines/*/sku", 2), (cut.as_str(), 1)]);
    }

    #[test]
    fn rows_are_bounded_and_the_rest_is_counted() {
        let faults = (0..100).map(|number| {
            Fault::of_parameter(ParameterPlace::Query, &format!("q{number}"), "")
                .because("undeclared")
        });
        let unfit = Unfit::of_faults(&faults.collect::<Vec<_>>(), "");
        assert_eq!(
            (unfit.rows.len(), unfit.unlisted),
            (MAX_UNFIT_ROWS, 100 - MAX_UNFIT_ROWS as u64)
        );
    }

    #[test]
    fn what_cannot_be_read_is_told_by_its_code() {
        let refusal = Refusal::malformed(Fault::of_whole_body("ends too early"));
        let unfit = Unfit::of(&refusal);
        assert_eq!(
            (unfit.rows[0].place, unfit.rows[0].reason),
            ("body", "malformed")
        );
    }
}
