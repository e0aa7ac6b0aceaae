//! Keys where they do not belong.

use std::borrow::Cow;
use std::sync::LazyLock;

use memchr::memmem::Finder;

/// What a key begins with, and how many of its characters make anything a key's likeness.
const KEY_BEGINS: &str = "rw_";
const KEY_LIKE_CHARACTERS: usize = 24;

/// Made once: every line is searched.
static BEGINNING: LazyLock<Finder<'_>> = LazyLock::new(|| Finder::new(KEY_BEGINS));

/// `path` with everything blanked that is shaped like a key of ours: people put them where they do not belong,
/// and a log is read by many.
pub fn without_keys(path: &str) -> Cow<'_, str> {
    let Some(first) = BEGINNING.find(path.as_bytes()) else {
        return Cow::Borrowed(path);
    };
    let (mut kept, mut rest) = (path[..first].to_owned(), &path[first..]);
    while !rest.is_empty() {
        let of_key = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-');
        let end = rest.bytes().position(|b| !of_key(b)).unwrap_or(rest.len());
        let (word, after) = rest.split_at(end);
        match word.find(KEY_BEGINS) {
            Some(at) if word.len() - at >= KEY_LIKE_CHARACTERS => {
                kept.push_str(&word[..at + KEY_BEGINS.len()]);
                kept.push('*');
            }
            _ => kept.push_str(word),
        }
        let between = after.bytes().position(of_key).unwrap_or(after.len());
        kept.push_str(&after[..between]);
        rest = &after[between..];
    }
    Cow::Owned(kept)
}
