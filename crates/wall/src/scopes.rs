//! Scopes (RFC 6749 §3.3): what an operation demands, and what a caller carries.

use serde_json::Value;

/// Names of scopes, each once, in order. They are compared to the letter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scopes(Box<[Box<str>]>);

impl Scopes {
    pub fn new<N: Into<Box<str>>>(names: impl IntoIterator<Item = N>) -> Scopes {
        let mut names: Vec<Box<str>> = names.into_iter().map(Into::into).collect();
        names.sort_unstable();
        names.dedup();
        Scopes(names.into())
    }

    /// Of a token's claim: a text with spaces between (RFC 8693 §4.2, RFC 9068 §2.2.3.1), or a list of texts, as some
    /// issuers write it. Anything else carries nothing.
    pub fn of_claim(claim: Option<&Value>) -> Scopes {
        match claim {
            Some(Value::String(text)) => {
                Scopes::new(text.split(' ').filter(|name| !name.is_empty()))
            }
            Some(Value::Array(list)) => {
                let names: Option<Vec<&str>> = list.iter().map(Value::as_str).collect();
                Scopes::new(names.unwrap_or_default())
            }
            _ => Scopes::default(),
        }
    }

    pub fn has(&self, name: &str) -> bool {
        self.0.binary_search_by(|known| (**known).cmp(name)).is_ok()
    }

    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|name| &**name)
    }

    /// As a challenge names them (RFC 6750 §3); nothing where one could not stand in it.
    pub fn quotable(&self) -> Option<String> {
        let fits = |b: u8| matches!(b, b'!' | b'#'..=b'[' | b']'..=b'~');
        self.iter()
            .all(|name| !name.is_empty() && name.bytes().all(fits))
            .then(|| self.to_string())
    }
}

impl std::fmt::Display for Scopes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0.join(" "))
    }
}

/// What an operation demands: all scopes of any one alternative. Without alternatives: nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Demand(Box<[Scopes]>);

impl Demand {
    pub fn new(alternatives: Vec<Vec<String>>) -> Demand {
        Demand(alternatives.into_iter().map(Scopes::new).collect())
    }

    pub fn is_nothing(&self) -> bool {
        self.0.is_empty()
    }

    /// The alternative that lacks least, if every one lacks something. `carries` tells of each scope.
    pub fn lacking(&self, carries: impl Fn(&str) -> bool) -> Option<&Scopes> {
        if self.0.iter().any(|scopes| scopes.iter().all(&carries)) {
            return None;
        }
        let missing = |scopes: &&Scopes| scopes.iter().filter(|name| !carries(name)).count();
        self.0.iter().min_by_key(missing)
    }
}

impl std::fmt::Display for Demand {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let alternatives: Vec<String> = self.0.iter().map(ToString::to_string).collect();
        f.write_str(&alternatives.join(" | "))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn demand(alternatives: &[&[&str]]) -> Demand {
        let names = |names: &&[&str]| names.iter().map(ToString::to_string).collect();
        Demand::new(alternatives.iter().map(names).collect())
    }

    #[test]
    fn a_claim_is_read_as_it_is_written_or_carries_nothing() {
        for (claim, carried) in [
            (json!("a b"), "a b"),
            (json!("b  a b "), "a b"),
            (json!(["b", "a"]), "a b"),
            (json!(""), ""),
            (json!("a\tb"), "a\tb"),
            (json!("a\u{a0}b"), "a\u{a0}b"),
            (json!(["a", 1]), ""),
            (json!([["a"]]), ""),
            (json!({"a": true}), ""),
            (json!(7), ""),
            (json!(null), ""),
        ] {
            assert_eq!(
                Scopes::of_claim(Some(&claim)).to_string(),
                carried,
                "{claim}"
            );
        }
        assert_eq!(Scopes::of_claim(None), Scopes::default());
    }

    #[test]
    fn a_list_with_spaces_in_a_text_is_not_several_scopes() {
        let claim = json!(["orders:read orders:write"]);
        let carried = Scopes::of_claim(Some(&claim));
        assert!(!carried.has("orders:read"));
    }

    #[test]
    fn all_of_one_alternative_is_enough_and_less_is_not() {
        let demanded = demand(&[&["a", "b"], &["c"]]);
        let lacks = |carried: &str| {
            let carried = Scopes::new(carried.split(' '));
            demanded
                .lacking(|name| carried.has(name))
                .map(ToString::to_string)
        };
        assert_eq!(lacks("a b"), None);
        assert_eq!(lacks("c"), None);
        assert_eq!(lacks("a b c d"), None);
        assert_eq!(lacks("C").as_deref(), Some("c"));
        assert_eq!(lacks("a").as_deref(), Some("a b"));
        assert_eq!(lacks("").as_deref(), Some("c"));
        assert_eq!(demand(&[]).lacking(|_| false), None);
    }

    #[test]
    fn what_cannot_stand_in_a_challenge_is_not_told() {
        assert_eq!(Scopes::new(["b", "a"]).quotable().as_deref(), Some("a b"));
        for odd in ["a\"b", "a\\b", "ä", "a b", "a\r\nb", ""] {
            assert_eq!(Scopes::new([odd]).quotable(), None, "{odd:?}");
        }
    }
}
