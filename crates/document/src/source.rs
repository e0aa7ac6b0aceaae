//! The text of every file, one after the other, and lines and columns of any offset in it.
//!
//! A *global offset* counts bytes over all files in the order they were added; it names file and place at once,
//! which is why a span is four bytes.

use crate::parse::Format;

/// Bytes between two entries of [`File::characters`].
const STRIDE: usize = 4096;

pub(crate) const BYTE_ORDER_MARK: &str = "\u{feff}";

/// Where something is written. Line and column count from 1, columns in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place<'a> {
    pub file: &'a str,
    pub line: u32,
    pub column: u32,
}

/// One file that was read.
pub struct File {
    pub name: String,
    /// Global offset of its first byte.
    pub base: u32,
    pub bytes: u32,
    /// SHA-256 of the bytes as read.
    pub sha256: [u8; 32],
    /// What it was read as; none where it could not be.
    pub format: Option<Format>,
    /// Local offsets at which lines begin.
    lines: Vec<u32>,
    /// Characters before local offset `i × STRIDE`: a column on a line of 47 MB is still found at once.
    characters: Vec<u32>,
}

/// What is known of a text without understanding it.
pub(crate) struct Measured {
    sha256: [u8; 32],
    lines: Vec<u32>,
    characters: Vec<u32>,
}

impl Measured {
    /// `text`: what can be read of `data`.
    pub fn of(data: &[u8], text: &str) -> Measured {
        Measured {
            sha256: sha256(data),
            lines: line_starts(text),
            characters: character_counts(text.as_bytes()),
        }
    }
}

/// Index of a file in the order of reading.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FileId(pub u32);

/// A piece of text: a key, a string, a number too long for 64 bits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Text {
    pub start: u32,
    pub bytes: u32,
}

/// All text an arena refers to: files, each followed by the strings that had to be unescaped.
#[derive(Default)]
pub struct Sources {
    text: String,
    files: Vec<File>,
}

impl Sources {
    /// Global offset the next file will begin at.
    pub fn next_base(&self) -> u32 {
        self.text.len() as u32
    }

    /// Whether so many more bytes keep every offset within 32 bits.
    pub fn has_room(&self, bytes: usize) -> bool {
        // Unescaped text is never longer than what it was written as.
        self.text.len() + 2 * bytes + 1 < u32::MAX as usize
    }

    /// Adds a file; `text` is what can be read of it, `scratch` the strings unescaped while reading.
    pub(crate) fn add(
        &mut self,
        name: &str,
        measured: Measured,
        text: &str,
        scratch: &str,
        format: Option<Format>,
    ) -> FileId {
        let base = self.next_base();
        self.files.push(File {
            name: name.to_owned(),
            base,
            bytes: text.len() as u32,
            sha256: measured.sha256,
            format,
            lines: measured.lines,
            characters: measured.characters,
        });
        self.text.reserve(text.len() + scratch.len() + 1);
        self.text.push_str(text);
        self.text.push('\n'); // the end of a file is a place of its own
        self.text.push_str(scratch);
        FileId(self.files.len() as u32 - 1)
    }

    pub fn files(&self) -> &[File] {
        &self.files
    }

    pub fn text(&self, text: Text) -> &str {
        &self.text[text.start as usize..(text.start + text.bytes) as usize]
    }

    /// What is written from a global offset to the end of its file.
    pub fn rest(&self, at: u32) -> &str {
        let file = &self.files[self.file_of(at).0 as usize];
        &self.text[at as usize..(file.base + file.bytes).max(at) as usize]
    }

    /// Adds a string no file holds, such as a key an overlay's selector names.
    pub fn add_text(&mut self, text: &str) -> Text {
        let start = self.next_base();
        self.text.push_str(text);
        Text {
            start,
            bytes: text.len() as u32,
        }
    }

    /// The file a global offset lies in.
    pub fn file_of(&self, at: u32) -> FileId {
        let after = self.files.partition_point(|file| file.base <= at);
        FileId(after.saturating_sub(1) as u32)
    }

    pub fn place(&self, at: u32) -> Place<'_> {
        let file = &self.files[self.file_of(at).0 as usize];
        let local = (at - file.base).clamp(file.lines[0], file.bytes);
        let line = file.lines.partition_point(|start| *start <= local);
        let column = self.characters_between(file, file.lines[line - 1], local);
        Place {
            file: &file.name,
            line: line as u32,
            column: column + 1,
        }
    }

    /// Lines are short; where one is not, what was counted before helps.
    fn characters_between(&self, file: &File, start: u32, end: u32) -> u32 {
        let base = file.base as usize;
        match (end - start) as usize <= STRIDE {
            true => {
                let between = base + start as usize..base + end as usize;
                count_characters(&self.text.as_bytes()[between])
            }
            false => self.characters_before(file, end) - self.characters_before(file, start),
        }
    }

    fn characters_before(&self, file: &File, local: u32) -> u32 {
        let stride = local as usize / STRIDE;
        let base = file.base as usize;
        let rest = &self.text.as_bytes()[base + stride * STRIDE..base + local as usize];
        file.characters[stride] + count_characters(rest)
    }
}

/// Local offsets of line starts; `\n`, `\r\n` and a lone `\r` end a line (YAML 1.2.2 §5.4). The byte order mark
/// is before the first line, as editors see it.
pub(crate) fn line_starts(text: &str) -> Vec<u32> {
    let bytes = text.as_bytes();
    let mut starts = vec![if text.starts_with(BYTE_ORDER_MARK) {
        3
    } else {
        0
    }];
    for at in memchr::memchr2_iter(b'\n', b'\r', bytes) {
        let first_of_two = bytes[at] == b'\r' && bytes.get(at + 1) == Some(&b'\n');
        if !first_of_two {
            starts.push(at as u32 + 1);
        }
    }
    starts
}

fn character_counts(bytes: &[u8]) -> Vec<u32> {
    let mut before = 0;
    let mut counts = vec![0];
    for stride in bytes.chunks(STRIDE) {
        before += count_characters(stride);
        counts.push(before);
    }
    counts
}

/// UTF-8 characters that begin in `bytes`.
fn count_characters(bytes: &[u8]) -> u32 {
    bytes.iter().filter(|byte| **byte & 0xC0 != 0x80).count() as u32
}

fn sha256(data: &[u8]) -> [u8; 32] {
    let digest = ring::digest::digest(&ring::digest::SHA256, data);
    digest.as_ref().try_into().expect("SHA-256 has 32 bytes")
}
