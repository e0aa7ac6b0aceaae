//! Tokens of HTTP (RFC 9110 §5.6.2): methods, and both halves of a media type.

pub fn is_token(text: &[u8]) -> bool {
    let is_legal = |byte: &u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(byte);
    !text.is_empty() && text.iter().all(is_legal)
}
