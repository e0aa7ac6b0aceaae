//! API keys: `rw_<environment>_<id>_<secret><checksum>`.
//!
//! Recognisable by prefix and checksum, so that leaked keys are found by scanners and typos are told from
//! unknown keys without a look-up. The id names the record; only SHA-256 of the whole key is stored.

use ring::digest;

const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const ID_LENGTH: usize = 12;
/// 32 characters of base 62: 190 bits.
const SECRET_LENGTH: usize = 32;
const CHECKSUM_LENGTH: usize = 6;
const MAX_ENVIRONMENT_LENGTH: usize = 32;
/// Random bytes to give to [`mint`]: 3 of 100 are rejected so that every character is equally likely.
pub const RANDOM_BYTES: usize = 64;

/// A well-formed key; whether it is known, only the store can say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key<'a> {
    pub environment: &'a str,
    pub id: &'a str,
    text: &'a str,
}

/// A new key. The text is shown once and kept nowhere.
pub struct Minted {
    pub text: String,
    pub id: String,
    pub sha256: [u8; 32],
}

/// Reads a key; `None` if it is malformed or its checksum is wrong.
pub fn parse(text: &str) -> Option<Key<'_>> {
    // From the end, where every part has its length.
    let (rest, tail) = split_end(text.strip_prefix("rw_")?, SECRET_LENGTH + CHECKSUM_LENGTH)?;
    let (rest, id) = split_end(rest.strip_suffix('_')?, ID_LENGTH)?;
    let environment = rest.strip_suffix('_')?;
    if !is_base62(id) || !is_base62(tail) || !is_environment(environment) {
        return None;
    }
    let (body, given) = text.split_at(text.len() - CHECKSUM_LENGTH);
    (checksum(body) == given.as_bytes()).then_some(Key {
        environment,
        id,
        text,
    })
}

/// A key from at least [`RANDOM_BYTES`] random bytes; `None` if they are too few or the environment's name
/// is not lower-case letters, digits and `-`.
pub fn mint(environment: &str, random: &[u8]) -> Option<Minted> {
    // 248 = 4 × 62: larger bytes would favour the first characters of the alphabet.
    let mut characters = random
        .iter()
        .filter(|&&b| b < 248)
        .map(|b| char::from(ALPHABET[usize::from(b % 62)]));
    let mut next = |length: usize| {
        let text: String = characters.by_ref().take(length).collect();
        (text.len() == length).then_some(text)
    };
    let (id, secret) = (next(ID_LENGTH)?, next(SECRET_LENGTH)?);
    let mut text = format!("rw_{environment}_{id}_{secret}");
    let checksum = checksum(&text);
    text.extend(checksum.iter().map(|&b| char::from(b)));
    let sha256 = parse(&text)?.sha256();
    Some(Minted { text, id, sha256 })
}

impl Key<'_> {
    pub fn sha256(&self) -> [u8; 32] {
        let digest = digest::digest(&digest::SHA256, self.text.as_bytes());
        digest.as_ref().try_into().expect("SHA-256 is 32 bytes")
    }
}

fn split_end(text: &str, length: usize) -> Option<(&str, &str)> {
    text.split_at_checked(text.len().checked_sub(length)?)
}

/// Without an early end, so that the compiler looks at many bytes at once.
fn is_base62(text: &str) -> bool {
    text.bytes()
        .fold(true, |so_far, b| so_far & b.is_ascii_alphanumeric())
}

fn is_environment(name: &str) -> bool {
    let legal = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    (1..=MAX_ENVIRONMENT_LENGTH).contains(&name.len()) && name.bytes().all(legal)
}

/// CRC-32 (IEEE) in base 62, most significant digit first.
fn checksum(body: &str) -> [u8; CHECKSUM_LENGTH] {
    let mut rest = crc32fast::hash(body.as_bytes());
    let mut digits = [b'0'; CHECKSUM_LENGTH];
    for digit in digits.iter_mut().rev() {
        *digit = ALPHABET[(rest % 62) as usize];
        rest /= 62;
    }
    digits
}

#[cfg(test)]
mod tests {
    use super::*;

    fn random() -> Vec<u8> {
        (0..RANDOM_BYTES).map(|n| (n * 37 % 251) as u8).collect()
    }

    #[test]
    fn a_minted_key_is_read_back() {
        let minted = mint("sandbox", &random()).unwrap();
        let key = parse(&minted.text).unwrap();
        assert_eq!(
            (key.environment, key.id, key.sha256()),
            ("sandbox", minted.id.as_str(), minted.sha256)
        );
    }

    #[test]
    fn one_wrong_character_is_noticed_without_a_lookup() {
        let text = mint("production", &random()).unwrap().text;
        for index in 0..text.len() {
            let mut broken = text.clone().into_bytes();
            broken[index] = if broken[index] == b'a' { b'b' } else { b'a' };
            let broken = String::from_utf8(broken).unwrap();
            assert!(parse(&broken).is_none(), "{broken}");
        }
        for cut in [
            &text[1..],
            &text[..text.len() - 1],
            "",
            "rw_",
            "rw___",
            "rw_a_b_c",
        ] {
            assert!(parse(cut).is_none(), "{cut}");
        }
    }

    #[test]
    fn minting_needs_enough_randomness_and_a_plain_environment() {
        assert!(mint("sandbox", &random()[..40]).is_none());
        assert!(mint("sandbox", &[255; RANDOM_BYTES]).is_none());
        for environment in ["", "San", "a b", "a_b", "é"] {
            assert!(mint(environment, &random()).is_none(), "{environment:?}");
        }
    }

    #[test]
    fn the_format_never_changes() {
        // Keys live longer than programs: 0xCBF43926 (the check value of CRC-32) in base 62.
        assert_eq!(checksum("123456789"), *b"3jZRME");
    }
}
