//! Correlation ids: UUIDv7 (RFC 9562 §5.7), so that they sort by time and say nothing else.

use bytes::Bytes;
use http::HeaderValue;

use crate::random::random;

/// An id, in the form headers carry it.
pub struct RequestId(HeaderValue);

impl RequestId {
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(self.0.as_bytes()).expect("it was made of ASCII")
    }

    pub fn value(&self) -> &HeaderValue {
        &self.0
    }
}

/// A new id for a request that arrived at this time.
pub fn generate(now_unix_ns: u64) -> RequestId {
    let mut id = [0_u8; 16];
    id[..6].copy_from_slice(&(now_unix_ns / 1_000_000).to_be_bytes()[2..]);
    id[6..].copy_from_slice(&random::<10>());
    id[6] = 0x70 | (id[6] & 0x0f);
    id[8] = 0x80 | (id[8] & 0x3f);
    let text = Bytes::copy_from_slice(&hyphenated(id));
    RequestId(HeaderValue::from_maybe_shared(text).expect("hex and hyphens"))
}

fn hyphenated(id: [u8; 16]) -> [u8; 36] {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut text = [b'-'; 36];
    let mut place = 0;
    for (index, byte) in id.into_iter().enumerate() {
        place += usize::from(matches!(index, 4 | 6 | 8 | 10));
        text[place] = DIGITS[usize::from(byte >> 4)];
        text[place + 1] = DIGITS[usize::from(byte & 15)];
        place += 2;
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_version_7_uuids_in_order_of_time() {
        let early = generate(1_700_000_000_000_000_000).as_str().to_owned();
        let late = generate(1_700_000_000_001_000_000).as_str().to_owned();
        assert!(early < late);
        assert_eq!((early.len(), &early[14..15]), (36, "7"));
        assert!(matches!(&early[19..20], "8" | "9" | "a" | "b"));
    }

    #[test]
    fn no_two_requests_share_an_id() {
        let mut ids: Vec<_> = (0..1_000)
            .map(|_| generate(0).as_str().to_owned())
            .collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), 1_000);
    }
}
