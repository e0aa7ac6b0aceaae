//! What leaves in place of a sensitive string.

use std::fmt;

use ring::hmac;

use crate::bundle::Mask;

/// The node's own: without it a hash of a card number or a date of birth is found by trying all of them.
#[derive(Clone)]
pub struct MaskingKey(hmac::Key);

impl MaskingKey {
    pub fn new(secret: &[u8]) -> MaskingKey {
        MaskingKey(hmac::Key::new(hmac::HMAC_SHA256, secret))
    }
}

impl fmt::Debug for MaskingKey {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("MaskingKey")
    }
}

/// Shorter ones show none of their characters.
const LAST4_FROM: usize = 8;

const HASH_BYTES: usize = 16;

/// What stands for these characters; None: nothing can.
pub fn masked(mask: Mask, text: &str, key: Option<&MaskingKey>) -> Option<String> {
    match mask {
        Mask::Drop => None,
        Mask::Last4 => Some(format!("****{}", last4(text))),
        Mask::Hash => key.map(|key| hash(key, text)),
    }
}

fn last4(text: &str) -> &str {
    let starts: Vec<_> = text
        .char_indices()
        .rev()
        .take(LAST4_FROM)
        .map(|(at, _)| at)
        .collect();
    match starts.len() {
        LAST4_FROM => &text[starts[3]..],
        _ => "",
    }
}

fn hash(key: &MaskingKey, text: &str) -> String {
    let tag = hmac::sign(&key.0, text.as_bytes());
    hex::encode(&tag.as_ref()[..HASH_BYTES])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_four_show_only_where_they_are_the_smaller_half() {
        let last4 = |text: &str| masked(Mask::Last4, text, None).unwrap();
        assert_eq!(last4("4111111111111111"), "****1111");
        assert_eq!(last4("1234567"), "****");
        assert_eq!(last4("äöüßäöüß"), "****äöüß");
        assert_eq!(last4(&last4("4111111111111111")), "****1111");
    }

    #[test]
    fn a_hash_is_equal_for_equal_values_under_one_key_only() {
        let hash =
            |text, secret: &[u8]| masked(Mask::Hash, text, Some(&MaskingKey::new(secret))).unwrap();
        assert_eq!(hash("x", b"one"), hash("x", b"one"));
        assert_ne!(hash("x", b"one"), hash("x", b"two"));
        assert_eq!(hash("x", b"one").len(), 32);
        assert_eq!(masked(Mask::Hash, "x", None), None);
    }
}
