//! Which scalars leave, and as what.

use std::collections::BTreeSet;

use crate::bundle::{Mask, ScalarRule};
use crate::filter::text;

#[derive(Debug)]
pub enum Scalar {
    /// None.
    Closed,
    /// All, as they are.
    Plain,
    /// It depends on the value.
    Judged(Box<Judged>),
}

impl Scalar {
    pub fn hashes(&self) -> bool {
        matches!(self, Scalar::Judged(judged) if judged.mask == Some(Mask::Hash))
    }

    pub fn hides_values(&self) -> bool {
        match self {
            Scalar::Closed | Scalar::Plain => false,
            Scalar::Judged(judged) => judged.hides,
        }
    }
}

/// Values in the one form they have: characters, `decimal`, `true`, `false`.
#[derive(Debug)]
pub struct Judged {
    values: Option<BTreeSet<Vec<u8>>>,
    hidden: BTreeSet<Vec<u8>>,
    /// Some value is masked, or for inner rings.
    hides: bool,
    pub mask: Option<Mask>,
}

impl Judged {
    pub fn hides(&self, value: &[u8]) -> bool {
        self.hidden.contains(value)
    }

    pub fn lists(&self, value: &[u8]) -> bool {
        self.values
            .as_ref()
            .is_none_or(|values| values.contains(value))
    }
}

type Form = fn(&str) -> Result<Vec<u8>, String>;

pub fn string(rule: Option<&ScalarRule>) -> Scalar {
    let form: Form = |text| Ok(text.as_bytes().to_vec());
    compile(rule, form).expect("any text is a string's characters")
}

pub fn number(rule: Option<&ScalarRule>) -> Result<Scalar, String> {
    unmasked(rule)?;
    compile(rule, |text| {
        let is_number = serde_json::from_str::<serde_json::Number>(text).is_ok();
        let form = is_number.then(|| text::decimal(text.as_bytes())).flatten();
        form.ok_or_else(|| format!("{text:?} is not a number"))
    })
}

pub fn boolean(rule: Option<&ScalarRule>) -> Result<Scalar, String> {
    unmasked(rule)?;
    compile(rule, |text| match text {
        "true" | "false" => Ok(text.as_bytes().to_vec()),
        _ => Err(format!("{text:?} is not a boolean")),
    })
}

fn unmasked(rule: Option<&ScalarRule>) -> Result<(), String> {
    match rule.and_then(|rule| rule.mask) {
        Some(_) => Err("only strings can be masked".to_owned()),
        None => Ok(()),
    }
}

fn compile(rule: Option<&ScalarRule>, form: Form) -> Result<Scalar, String> {
    let Some(rule) = rule else {
        return Ok(Scalar::Closed);
    };
    if *rule == ScalarRule::default() {
        return Ok(Scalar::Plain);
    }
    let set = |values: &[String]| {
        values
            .iter()
            .map(|value| form(value))
            .collect::<Result<_, _>>()
    };
    Ok(Scalar::Judged(Box::new(Judged {
        values: match rule.withheld {
            true => Some(BTreeSet::new()),
            false => rule.values.as_deref().map(set).transpose()?,
        },
        hidden: set(&rule.hidden)?,
        hides: rule.hides(),
        mask: rule.mask,
    })))
}
