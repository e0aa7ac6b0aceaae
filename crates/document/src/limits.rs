//! What one document may cost. Every number here was chosen, so that a hostile file ends in a located problem.

/// Bounds of parsing one file.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Bytes of input; the largest real description known is 47 MB.
    pub input_bytes: usize,
    /// Nesting of objects and arrays, aliases expanded. YAML flow collections end at 255 in any case.
    pub depth: u32,
    /// Values and object members in memory.
    pub nodes: usize,
    /// Values once every YAML alias is written out: what a reader of the plain value would hold.
    pub expanded_nodes: u64,
    /// Problems reported for one file; the rest adds nothing a reader would read.
    pub problems: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            input_bytes: 64 << 20,
            depth: 256,
            nodes: 20_000_000,
            expanded_nodes: 20_000_000,
            problems: 1_000,
        }
    }
}

/// Characters of one number; Python refuses to read integers much longer than that.
pub const NUMBER_CHARACTERS: usize = 1_000;

/// Bytes of all files of one contract, so that offsets fit 32 bits with room for unescaped text.
pub const CONTRACT_BYTES: usize = 1 << 30;
