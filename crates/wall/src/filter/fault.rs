//! Why a body cannot leave.

use std::fmt;

/// A body that does not leave an outer ring, and where that was seen. Said to the log, never to a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fault {
    pub kind: FaultKind,
    /// Bytes from the beginning of the body, as it arrived.
    pub offset: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FaultKind {
    /// Not in the grammar of RFC 8259.
    Syntax,
    /// Ends before its value does.
    Truncated,
    /// Something follows the value.
    Trailing,
    /// Not UTF-8 (RFC 8259 §8.1).
    Encoding,
    /// Half of a surrogate pair (RFC 8259 §8.2, RFC 7493 §2.1): no character, and clients differ on it.
    Surrogate,
    /// A name twice in one object, however it is written: clients differ on which one counts.
    DuplicateName,
    /// The whole body is not of a type that the contract declares, or hidden.
    Root,
    /// Deeper than `MAX_DEPTH`.
    TooDeep,
    /// A number longer than `MAX_NUMBER_BYTES`.
    NumberTooLong,
    /// More than `MAX_HEAD_BYTES` between the end of one value and the beginning of the next.
    HeadTooLong,
    /// More than `MAX_OPEN_NAMES` in objects that are open at the same time.
    TooManyNames,
    /// Larger than the driver takes.
    TooLarge,
    /// Not framed as its media type demands.
    Framing,
}

impl FaultKind {
    /// Permanent.
    pub fn as_str(self) -> &'static str {
        match self {
            FaultKind::Syntax => "syntax",
            FaultKind::Truncated => "truncated",
            FaultKind::Trailing => "trailing",
            FaultKind::Encoding => "encoding",
            FaultKind::Surrogate => "surrogate",
            FaultKind::DuplicateName => "duplicate_name",
            FaultKind::Root => "root",
            FaultKind::TooDeep => "too_deep",
            FaultKind::NumberTooLong => "number_too_long",
            FaultKind::HeadTooLong => "head_too_long",
            FaultKind::TooManyNames => "too_many_names",
            FaultKind::TooLarge => "too_large",
            FaultKind::Framing => "framing",
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} at byte {}", self.kind.as_str(), self.offset)
    }
}

/// Why reading stopped inside a window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Halt {
    /// What is under way ends beyond the window.
    Starved,
    Fault(FaultKind),
}

pub(super) type Read<T> = Result<T, Halt>;

pub(super) const SYNTAX: Halt = Halt::Fault(FaultKind::Syntax);
