//! The request's header fields, as the wall reads them.

use http::{HeaderMap, HeaderName};
use wall::fate::{Field, Headers};

pub struct Fields<'a>(pub &'a HeaderMap);

impl Headers for Fields<'_> {
    fn field(&self, name: &HeaderName) -> Field<'_> {
        // Most fields that are asked for are not there.
        let Some(first) = self.0.get(name) else {
            return Field::Absent;
        };
        match self.0.get_all(name).iter().nth(1) {
            None => Field::Once(first.as_bytes()),
            Some(_) => Field::Repeated,
        }
    }

    fn each(&self, name: &HeaderName, take: &mut dyn FnMut(&[u8])) {
        let values = self.0.get_all(name).iter();
        values.for_each(|value| take(value.as_bytes()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repeated_field_never_shows_only_one_of_its_values() {
        let name = HeaderName::from_static("x-api-key");
        let mut map = HeaderMap::new();
        map.append(&name, "a".parse().unwrap());
        assert_eq!(Fields(&map).field(&name), Field::Once(b"a"));
        map.append(&name, "b".parse().unwrap());
        assert_eq!(Fields(&map).field(&name), Field::Repeated);
        assert_eq!(
            Fields(&map).field(&http::header::AUTHORIZATION),
            Field::Absent
        );
    }
}
