//! What an upstream may take for equal although HTTP does not: letter case, percent-encoding of reserved
//! characters, a trailing slash, dots and spaces at the end of a segment, a format suffix (`.json`), and
//! characters that are the same but for their form (Unicode NFKC: full width, ligatures, superscripts).
//!
//! A visible template must not carry a request which such an upstream would hand to a hidden operation.

use std::borrow::Cow;

use unicode_normalization::UnicodeNormalization as _;

use crate::target::decode;

/// A literal without letter case and encoding.
pub fn fold(literal: &str) -> String {
    let decoded = decode(literal).unwrap_or(Cow::Borrowed(literal));
    if decoded.is_ascii() {
        return decoded.to_ascii_lowercase();
    }
    // By way of upper case, which makes one of `ſ` and `s`, `ß` and `ss`; composed again, because changing case
    // can take a character apart.
    let composed: String = decoded.nfkc().collect();
    composed.to_uppercase().to_lowercase().nfkc().collect()
}

/// The same for a literal that ends a segment.
pub fn fold_end(literal: &str) -> String {
    let mut folded = fold(literal);
    folded.truncate(folded.trim_end_matches(['.', ' ']).len());
    folded
}

/// A normal path, each segment folded, without trailing slash and without the leading one.
pub fn fold_path(path: &str) -> Cow<'_, str> {
    let path = path.strip_prefix('/').unwrap_or(path);
    let path = path.strip_suffix('/').unwrap_or(path);
    if is_folded(path.as_bytes()) {
        return Cow::Borrowed(path);
    }
    let mut folded = String::with_capacity(path.len());
    for (index, segment) in path.split('/').enumerate() {
        if index > 0 {
            folded.push('/');
        }
        folded.push_str(&fold_end(segment));
    }
    Cow::Owned(folded)
}

/// Most paths are; a normal path holds no raw space.
fn is_folded(path: &[u8]) -> bool {
    let changed = |b: u8| b.is_ascii_uppercase() | (b == b'%') | !b.is_ascii();
    // Without an early end, so that the compiler looks at many bytes at once.
    let plain = !path.iter().fold(false, |found, &b| found | changed(b));
    let ends_segment = |dot: usize| matches!(path.get(dot + 1), None | Some(b'/'));
    plain && !memchr::memchr_iter(b'.', path).any(ends_segment)
}

/// The folded path without a format suffix, when it has one: `orders/export.json` → `orders/export`.
pub fn without_suffix(folded: &str) -> Option<&str> {
    let last = folded.rfind('/').map_or(0, |slash| slash + 1);
    let dot = folded[last..].rfind('.')? + last;
    // `export .json`: what is left ends a segment too.
    let stem = folded[..dot].trim_end_matches(['.', ' ']);
    (stem.len() > last).then_some(stem)
}
