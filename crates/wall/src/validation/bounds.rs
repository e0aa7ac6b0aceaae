//! What a request may ask of its validation.

/// Pairs of a query or of a form.
pub const MAX_PAIRS: usize = 1_000;

/// Items of one array, members of one object, written in a parameter.
pub const MAX_ITEMS: usize = 1_000;

/// Parts of `multipart/form-data`.
pub const MAX_PARTS: usize = 128;

/// Header of one part.
pub const MAX_PART_HEADER_BYTES: usize = 4 * 1024;

/// Name of a part, of a parameter, of a field of a form.
pub const MAX_NAME_BYTES: usize = 256;

/// Faults an answer names.
pub const MAX_FAULTS: usize = 16;

/// Beyond this size of a body only its first fault is looked for: there can be one per byte.
pub const MAX_BYTES_FOR_ALL_FAULTS: usize = 64 * 1024;

/// Characters of a pointer, and of what was expected, in an answer.
pub const MAX_TOLD: usize = 200;

/// Of a compiled pattern, and of the states it builds while it matches.
pub const MAX_PATTERN_BYTES: usize = 2 << 20;

/// A larger group of schemas is compiled when it is loaded into a gateway that serves: no request waits for it.
pub const MAX_LAZY_SCHEMA_BYTES: usize = 128 * 1024;

/// Rows of one line of the log; what is wrong elsewhere is counted together.
pub const MAX_UNFIT_ROWS: usize = 32;

/// Characters of a name that the contract does not know, in the log.
pub const MAX_LOGGED_NAME: usize = 64;
