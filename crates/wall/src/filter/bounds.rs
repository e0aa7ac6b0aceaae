//! Every bound of the filter. Beyond one, a body is a fault or a value is removed; each says which.

/// Objects and arrays inside each other; a fault beyond. As deep as serde_json, the strictest of the common
/// readers, still goes.
pub const MAX_DEPTH: usize = 127;

/// Bytes between the end of one value and the beginning of the next: whitespace, comma, name, colon. A fault beyond.
pub const MAX_HEAD_BYTES: usize = 64 * 1024;

/// Bytes of a number, which passes as it is written whatever its magnitude; a fault beyond.
pub const MAX_NUMBER_BYTES: usize = 1_000;

/// Bytes of a string that has to be seen whole before it is known what leaves; longer ones are removed.
pub const MAX_JUDGED_BYTES: usize = 16 * 1024;

/// How far into an object its discriminator is looked for; objects that say it later are removed.
pub const MAX_LOOKAHEAD_BYTES: usize = 16 * 1024;

/// Looking ahead may read a body this many times, besides `LOOKAHEAD_ALLOWANCE_BYTES`; then objects whose kind is
/// not known are removed. Nested ones would otherwise be read as often as they are deep.
pub const MAX_LOOKAHEAD_FACTOR: u64 = 8;
pub const LOOKAHEAD_ALLOWANCE_BYTES: u64 = 64 * 1024;

/// Unions decided one after the other for one object; then it is removed.
pub const MAX_UNIONS: usize = 4;

/// Names remembered, over all objects open at the same time, to see one that is there twice; a fault beyond. Names
/// that a contract declares do not count.
pub const MAX_OPEN_NAMES: usize = 128 * 1024;

/// A body that is projected before any of it leaves.
pub const MAX_WHOLE_BYTES: usize = 1024 * 1024;

/// Places listed in a report; what is removed elsewhere is counted together.
pub const MAX_REPORTED: usize = 128;

/// Characters of an undeclared name in a report.
pub const MAX_REPORTED_NAME: usize = 64;

/// Of one pattern, compiled.
pub const MAX_PATTERN_BYTES: usize = 1024 * 1024;
