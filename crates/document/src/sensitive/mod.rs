//! Sensitive marking: `x-sensitive` on schemas, properties, parameters and headers.
//!
//! `x-sensitive: payment`, or `{class: payment, mask: {partner: last4, public: drop}}`. The class says what kind of
//! value this is, and is tracked through every ring; a mask says what leaves of it in responses.

mod reading;
mod spread;

use crate::contract::Contract;
use crate::contract::graph::VertexId;
use crate::problem::Problem;
use crate::projection::Audience;
use crate::projection::visibility::Ground;

pub(crate) use reading::sensitive_marks;
pub(crate) use spread::Sensitivities;

/// What is wrong with masks, once it is known what they are on.
pub(crate) fn mask_problems(contract: &Contract) -> Vec<Problem> {
    if contract.sensitive.is_empty() {
        return Vec::new();
    }
    spread::masks_on_no_text(&Ground::new(contract), &contract.sensitive)
}

/// Why a value is sensitive; of two, the later one counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    Confidential,
    Location,
    Personal,
    Financial,
    Payment,
    Biometric,
    Health,
    Secret,
}

/// What leaves in place of a sensitive value; of two, the later one counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Masking {
    /// Of a text: the last four characters.
    Last4,
    /// Of a text: a keyed hash, equal for equal texts.
    Hash,
    /// Nothing. What a client sends is not concerned.
    Drop,
}

/// What is said of a value, or of several schemas of one value together: the strictest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sensitivity {
    pub class: Class,
    partner: Option<Masking>,
    public: Option<Masking>,
}

/// One `x-sensitive` that can be understood.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Mark {
    /// Of a schema, parameter or header.
    pub vertex: VertexId,
    pub says: Sensitivity,
}

impl Class {
    pub const ALL: [Class; 8] = [
        Class::Confidential,
        Class::Location,
        Class::Personal,
        Class::Financial,
        Class::Payment,
        Class::Biometric,
        Class::Health,
        Class::Secret,
    ];

    /// As it is written.
    pub fn word(self) -> &'static str {
        match self {
            Class::Confidential => "confidential",
            Class::Location => "location",
            Class::Personal => "personal",
            Class::Financial => "financial",
            Class::Payment => "payment",
            Class::Biometric => "biometric",
            Class::Health => "health",
            Class::Secret => "secret",
        }
    }
}

impl Masking {
    pub const ALL: [Masking; 3] = [Masking::Last4, Masking::Hash, Masking::Drop];

    /// As it is written.
    pub fn word(self) -> &'static str {
        match self {
            Masking::Last4 => "last4",
            Masking::Hash => "hash",
            Masking::Drop => "drop",
        }
    }
}

impl Sensitivity {
    /// What is masked for partners is masked at least so for the public.
    pub fn new(class: Class, partner: Option<Masking>, public: Option<Masking>) -> Sensitivity {
        Sensitivity {
            class,
            partner,
            public: public.max(partner),
        }
    }

    /// The internal ring sees everything as it is.
    pub fn masking(self, ring: Audience) -> Option<Masking> {
        match ring {
            Audience::Internal => None,
            Audience::Partner => self.partner,
            Audience::Public => self.public,
        }
    }

    /// Of two that describe one value, the stricter of each.
    pub fn and(self, other: Sensitivity) -> Sensitivity {
        Sensitivity {
            class: self.class.max(other.class),
            partner: self.partner.max(other.partner),
            public: self.public.max(other.public),
        }
    }
}
