//! Cookies a request sends (RFC 6265 §4.2).

/// Names and values of one field. What is no pair is nothing.
pub fn crumbs(field: &[u8]) -> impl Iterator<Item = (&str, &str)> {
    let crumbs = field.split(|byte| *byte == b';');
    crumbs.filter_map(|crumb| {
        let crumb = std::str::from_utf8(crumb.trim_ascii()).ok()?;
        crumb.split_once('=')
    })
}

/// A field with those cookies only that `passes` names; nothing where none is left.
pub fn sifted(field: &[u8], passes: impl Fn(&str) -> bool) -> Option<Vec<u8>> {
    let mut left = Vec::new();
    for (name, value) in crumbs(field).filter(|(name, _)| passes(name)) {
        if !left.is_empty() {
            left.extend_from_slice(b"; ");
        }
        left.extend_from_slice(name.as_bytes());
        left.push(b'=');
        left.extend_from_slice(value.as_bytes());
    }
    (!left.is_empty()).then_some(left)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cookies_nobody_declared_are_left_out() {
        let sift = |field: &[u8]| sifted(field, |name| name == "a" || name == "b");
        assert_eq!(
            sift(b"x=1; a=2;b=3=4 ; \xff=1; y"),
            Some(b"a=2; b=3=4".to_vec())
        );
        assert_eq!(sift(b"x=1; a"), None);
    }
}
