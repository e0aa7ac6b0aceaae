//! JSON Pointer (RFC 6901): how its tokens are written.

use std::borrow::Cow;

/// A token as it is written (RFC 6901 §3).
pub fn escaped(token: &str) -> Cow<'_, str> {
    match memchr::memchr2(b'~', b'/', token.as_bytes()) {
        None => token.into(),
        Some(_) => token.replace('~', "~0").replace('/', "~1").into(),
    }
}

/// What a written token stands for (RFC 6901 §4).
pub fn unescaped(token: &str) -> String {
    token.replace("~1", "/").replace("~0", "~")
}

/// A pointer with one more token.
pub fn join(pointer: &str, token: &str) -> String {
    format!("{pointer}/{}", escaped(token))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_read_as_it_was_written() {
        for (token, written) in [("a", "a"), ("a/b", "a~1b"), ("~1", "~01"), ("~/", "~0~1")] {
            assert_eq!(escaped(token), written);
            assert_eq!(unescaped(written), token);
        }
        assert_eq!(join("/a", "b/c"), "/a/b~1c");
    }
}
