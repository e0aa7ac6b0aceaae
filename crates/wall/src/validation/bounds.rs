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
