//! Versions and operations by the clock: supported, deprecated, away for a while, gone.
//!
//! `Deprecation` is RFC 9745, `Sunset` RFC 8594, the relations of links are RFC 9745 §3 and RFC 5829 §3.3.

use std::time::{Duration, UNIX_EPOCH};

use http::{HeaderName, HeaderValue};

use crate::bundle::Lifecycle;

/// Fields of a response, names in lower case.
pub type Fields = Vec<(&'static str, String)>;

/// What pages of other origins may read where something may be deprecated.
pub(crate) const EXPOSED: [&str; 4] = ["deprecation", "link", "retry-after", "sunset"];

/// How far along something is at a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    Supported,
    Deprecated,
    /// Away until then, seconds since the Unix epoch.
    Brownout(u64),
    Sunset,
}

impl State {
    /// For the log; what is supported is not worth a word.
    pub fn noted(self) -> Option<&'static str> {
        match self {
            State::Supported => None,
            State::Deprecated => Some("deprecated"),
            State::Brownout(_) => Some("brownout"),
            State::Sunset => Some("sunset"),
        }
    }

    fn rank(self) -> u8 {
        match self {
            State::Supported => 0,
            State::Deprecated => 1,
            State::Brownout(_) => 2,
            State::Sunset => 3,
        }
    }
}

/// How everything a request is about stands at a moment: version, operation, parameters it uses. Of several dates the
/// first counts.
#[derive(Clone, Debug)]
pub(crate) struct Standing {
    pub state: State,
    pub deprecated_at: Option<u64>,
    pub sunset_at: Option<u64>,
    pub guide: Option<Box<str>>,
}

impl Standing {
    pub const SUPPORTED: Standing = Standing {
        state: State::Supported,
        deprecated_at: None,
        sunset_at: None,
        guide: None,
    };

    /// `agreed`: when it ends for this caller, where that was agreed upon.
    pub fn of(lifecycle: &Lifecycle, agreed: Option<u64>, now_s: u64) -> Standing {
        let sunset_at = agreed.or(lifecycle.sunset_at);
        let away = lifecycle
            .brownouts
            .iter()
            .find(|window| (window.from..window.until).contains(&now_s));
        let is_past = |moment: Option<u64>| moment.is_some_and(|moment| moment <= now_s);
        let state = match away {
            _ if is_past(sunset_at) => State::Sunset,
            Some(window) => State::Brownout(window.until),
            None if is_past(lifecycle.deprecated_at) => State::Deprecated,
            None => State::Supported,
        };
        Standing {
            state,
            deprecated_at: lifecycle.deprecated_at,
            sunset_at,
            guide: lifecycle.guide.as_deref().map(Into::into),
        }
    }

    /// With something else the request is about.
    pub fn and(self, other: Standing) -> Standing {
        let first = |one: Option<u64>, other: Option<u64>| match (one, other) {
            (Some(one), Some(other)) => Some(one.min(other)),
            (one, other) => one.or(other),
        };
        Standing {
            state: match other.state.rank() > self.state.rank() {
                true => other.state,
                false => self.state,
            },
            deprecated_at: first(self.deprecated_at, other.deprecated_at),
            sunset_at: first(self.sunset_at, other.sunset_at),
            guide: self.guide.or(other.guide),
        }
    }

    /// Nothing was decided about any of it.
    pub fn is_silent(&self) -> bool {
        self.deprecated_at.is_none() && self.sunset_at.is_none()
    }

    /// What a response says of it; `successor`: the link to what comes after, its parameters included.
    pub fn fields(&self, successor: Option<String>) -> Fields {
        let mut fields = Fields::new();
        if self.is_silent() {
            return fields;
        }
        // RFC 9745 §2.1: a Date of RFC 9651.
        fields.extend(
            self.deprecated_at
                .map(|moment| ("deprecation", format!("@{moment}"))),
        );
        fields.extend(self.sunset_at.map(|moment| ("sunset", http_date(moment))));
        let guide = self.guide.as_deref();
        fields.extend(guide.map(|url| ("link", format!("<{url}>; rel=\"deprecation\""))));
        fields.extend(successor.map(|link| ("link", link)));
        fields
    }
}

/// RFC 9110 §5.6.7.
fn http_date(moment: u64) -> String {
    httpdate::fmt_http_date(UNIX_EPOCH + Duration::from_secs(moment))
}

/// The same as header fields of a forwarded response; what cannot be one is left out.
pub(crate) fn as_header(fields: Fields) -> Vec<(HeaderName, HeaderValue)> {
    let field = |(name, value): (&'static str, String)| {
        let value = HeaderValue::try_from(value).ok()?;
        Some((HeaderName::from_static(name), value))
    };
    fields.into_iter().filter_map(field).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bundle::Brownout;

    fn lifecycle() -> Lifecycle {
        Lifecycle {
            deprecated_at: Some(100),
            sunset_at: Some(1_000),
            brownouts: vec![Brownout {
                from: 500,
                until: 510,
            }],
            ..Lifecycle::default()
        }
    }

    fn state_at(agreed: Option<u64>, now_s: u64) -> State {
        Standing::of(&lifecycle(), agreed, now_s).state
    }

    #[test]
    fn a_state_begins_at_its_moment_and_ends_before_the_next() {
        for (now_s, state) in [
            (99, State::Supported),
            (100, State::Deprecated),
            (499, State::Deprecated),
            (500, State::Brownout(510)),
            (510, State::Deprecated),
            (999, State::Deprecated),
            (1_000, State::Sunset),
        ] {
            assert_eq!(state_at(None, now_s), state, "at {now_s}");
        }
    }

    #[test]
    fn what_was_agreed_counts_instead_of_the_rings_date() {
        assert_eq!(state_at(Some(2_000), 1_500), State::Deprecated);
        assert_eq!(state_at(Some(300), 300), State::Sunset);
    }

    #[test]
    fn dates_are_written_as_their_rfcs_say() {
        let standing = Standing {
            guide: Some("https://docs.example/v2".into()),
            ..Standing::of(&lifecycle(), Some(1_688_169_599), 0)
        };
        let fields = standing.fields(Some("</v2/x>; rel=\"successor-version\"".into()));
        assert_eq!(
            fields,
            [
                ("deprecation", "@100".to_owned()),
                ("sunset", "Fri, 30 Jun 2023 23:59:59 GMT".to_owned()),
                (
                    "link",
                    "<https://docs.example/v2>; rel=\"deprecation\"".to_owned()
                ),
                ("link", "</v2/x>; rel=\"successor-version\"".to_owned()),
            ]
        );
        assert!(Standing::SUPPORTED.fields(Some("x".into())).is_empty());
    }

    #[test]
    fn of_several_the_first_date_and_the_furthest_state_count() {
        let early = Lifecycle {
            deprecated_at: Some(50),
            sunset_at: Some(60),
            ..Lifecycle::default()
        };
        let both = Standing::of(&lifecycle(), None, 70).and(Standing::of(&early, None, 70));
        assert_eq!(both.state, State::Sunset);
        assert_eq!((both.deprecated_at, both.sunset_at), (Some(50), Some(60)));
    }

    #[test]
    fn what_no_header_field_can_say_is_refused() {
        let far = Lifecycle {
            sunset_at: Some(u64::MAX),
            ..Lifecycle::default()
        };
        let forged = Lifecycle {
            guide: Some("https://a.example/>; rel=\"x\"".into()),
            ..Lifecycle::default()
        };
        assert!(far.check().is_err() && forged.check().is_err());
        assert!(lifecycle().check().is_ok());
    }
}
