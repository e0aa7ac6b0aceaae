//! Values of a request held against the caller's own: equal, as texts, or refused.
//!
//! Everything that two readers could take for two values is none: a parameter that came twice, or under a name a
//! framework may take for it, a `+` that may be a space, a name twice in one object, a number beyond 2^53. Nothing is
//! folded or normalised beyond what the service gets (`target.rs`).

use http::HeaderName;
use serde_json::{Map, Number, Value};

use crate::bundle::{Binding, BoundPlace, Own};
use crate::fate::Field;
use crate::pointer::unescaped;
use crate::validation::{PathTemplate, Sent, decoded, field_name, pairs};

/// Whole numbers below are what every reader reads (RFC 7493 §2.2).
const EXACT: f64 = 9_007_199_254_740_992.0;

/// The bindings of one operation.
#[derive(Debug, PartialEq, Eq)]
pub struct Bindings {
    template: PathTemplate,
    bound: Box<[Bound]>,
}

#[derive(Debug, PartialEq, Eq)]
struct Bound {
    place: Place,
    any: Box<[Known]>,
}

#[derive(Debug, PartialEq, Eq)]
enum Place {
    Path(String),
    Query(QueryName),
    Header(HeaderName),
    Body(Vec<String>),
}

/// A bound parameter, folded once for all the names it is held against.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct QueryName {
    name: String,
    lowered: String,
    /// It has no part in brackets or after a point, so a name that has one may be taken for it.
    is_stem: bool,
}

#[derive(Debug, PartialEq, Eq)]
enum Known {
    Claim(Vec<String>),
    Consumer,
    Application,
}

/// What the caller has. `claims` of its access token; nothing without one.
pub struct Owner<'o> {
    pub claims: Option<Map<String, Value>>,
    pub consumer: &'o str,
    pub application: &'o str,
}

/// What is left to be held against the body: pointer and the texts of which its value must be one.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct BoundBody(Vec<(Vec<String>, Vec<String>)>);

impl Bindings {
    /// Nothing where nothing is bound. An error: what could never be found in a request.
    pub fn new(bindings: Vec<Binding>, template: &str) -> Result<Option<Bindings>, String> {
        if bindings.is_empty() {
            return Ok(None);
        }
        let template = PathTemplate::new(template)?;
        let bound = bindings.into_iter().map(|one| Bound::new(one, &template));
        let bound = bound.collect::<Result<_, String>>()?;
        Ok(Some(Bindings { template, bound }))
    }

    /// Whether the caller's token is to be read for them.
    pub fn asks_claims(&self) -> bool {
        let mut asked = self.bound.iter().flat_map(|bound| &bound.any);
        asked.any(|known| matches!(known, Known::Claim(_)))
    }

    /// What is beside the body is judged; the rest is given back. An error: which value is not the caller's.
    pub fn judge(&self, sent: &Sent<'_>, owner: &Owner<'_>) -> Result<BoundBody, String> {
        let mut rest = Vec::new();
        for bound in &self.bound {
            let own = bound.own(owner);
            let came = match &bound.place {
                Place::Path(name) => self.template.value(sent.path, name),
                Place::Query(name) => name.value(sent.query),
                Place::Header(name) => header(name, sent),
                Place::Body(tokens) => {
                    rest.push((tokens.clone(), own));
                    continue;
                }
            };
            if !came.is_some_and(|came| is_one_of(&came, &own)) {
                return Err(format!("{} is not the caller's", bound.place));
            }
        }
        Ok(BoundBody(rest))
    }
}

impl Bound {
    fn new(binding: Binding, template: &PathTemplate) -> Result<Bound, String> {
        let Binding { place, name, any } = binding;
        let place = match place {
            BoundPlace::Path if template.names(&name) => Place::Path(name),
            BoundPlace::Path => return Err(format!("the path has no parameter `{name}`")),
            BoundPlace::Query => Place::Query(QueryName::new(name)),
            BoundPlace::Header => Place::Header(field_name(&name)?),
            BoundPlace::Body => Place::Body(tokens(&name)?),
        };
        let any = any.into_iter().map(|own| {
            Ok(match own {
                Own::Claim(pointer) => Known::Claim(tokens(&pointer)?),
                Own::Consumer => Known::Consumer,
                Own::Application => Known::Application,
            })
        });
        Ok(Bound {
            place,
            any: any.collect::<Result<_, String>>()?,
        })
    }

    /// All texts the value may be.
    fn own(&self, owner: &Owner<'_>) -> Vec<String> {
        let each = self.any.iter().flat_map(|known| match known {
            Known::Claim(tokens) => owner
                .claims
                .as_ref()
                .and_then(|claims| within(claims, tokens))
                .map(texts)
                .unwrap_or_default(),
            Known::Consumer => vec![owner.consumer.to_owned()],
            Known::Application => vec![owner.application.to_owned()],
        });
        each.collect()
    }
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Place::Path(name) => write!(f, "path.{name}"),
            Place::Query(name) => write!(f, "query.{}", name.name),
            Place::Header(name) => write!(f, "header.{name}"),
            Place::Body(tokens) => write!(f, "body#/{}", tokens.join("/")),
        }
    }
}

impl std::fmt::Display for Bindings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let places: Vec<String> = self.bound.iter().map(|one| one.place.to_string()).collect();
        f.write_str(&places.join(" "))
    }
}

impl BoundBody {
    pub fn is_nothing(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether every bound value of a body is the caller's. An error: which is not.
    pub fn judge(&self, body: &Value) -> Result<(), String> {
        let foreign = self.0.iter().find(|(tokens, own)| {
            let value = body.as_object().and_then(|body| within(body, tokens));
            let came = value.and_then(text);
            !came.is_some_and(|came| is_one_of(&came, own))
        });
        match foreign {
            None => Ok(()),
            Some((tokens, _)) => Err(format!("body#/{} is not the caller's", tokens.join("/"))),
        }
    }
}

pub(crate) fn tokens(pointer: &str) -> Result<Vec<String>, String> {
    let rest = pointer.strip_prefix('/');
    let rest = rest.ok_or_else(|| format!("`{pointer}` points at nothing"))?;
    Ok(rest.split('/').map(unescaped).collect())
}

/// Through objects only: which item of a list is meant would be the sender's choice.
pub(crate) fn within<'v>(object: &'v Map<String, Value>, tokens: &[String]) -> Option<&'v Value> {
    let (first, rest) = tokens.split_first()?;
    rest.iter().try_fold(object.get(first)?, |value, token| {
        value.as_object()?.get(token)
    })
}

/// An empty text is nobody's.
fn is_one_of(came: &str, own: &[String]) -> bool {
    !came.is_empty() && own.iter().any(|text| text == came)
}

impl QueryName {
    pub(crate) fn new(name: String) -> QueryName {
        let lowered = name.to_lowercase();
        let is_stem = stem(&lowered) == lowered;
        QueryName {
            name,
            lowered,
            is_stem,
        }
    }

    fn is_like(&self, came: &str) -> bool {
        let came = came.to_lowercase();
        came == self.lowered || (self.is_stem && stem(&came) == self.lowered)
    }

    /// A name that came twice is none, and so is one that a framework may take for it: `id[]`, `ID`, `id.x`.
    pub(crate) fn value(&self, query: Option<&str>) -> Option<String> {
        let mut found = None;
        for pair in pairs(query?).ok()? {
            if pair.name == self.name {
                let is_plain = found.is_none() && !pair.value.contains('+');
                found = Some(decoded(pair.value, false).ok().filter(|_| is_plain)?);
            } else if self.is_like(&pair.name) {
                return None;
            }
        }
        found.map(Into::into)
    }
}

fn stem(text: &str) -> &str {
    let end = text.find(['[', ']', '.']).unwrap_or(text.len());
    text[..end].trim()
}

fn header(name: &HeaderName, sent: &Sent<'_>) -> Option<String> {
    match sent.headers.field(name) {
        Field::Once(value) => {
            let text = std::str::from_utf8(value.trim_ascii()).ok()?;
            Some(text.to_owned())
        }
        Field::Absent | Field::Repeated => None,
    }
}

/// A claim's: of a list, each.
fn texts(value: &Value) -> Vec<String> {
    match value {
        Value::Array(list) => list.iter().filter_map(text).collect(),
        one => text(one).into_iter().collect(),
    }
}

/// Of a scalar. A value of another kind is none.
pub(crate) fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => canonical(number),
        Value::Bool(truth) => Some(truth.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// `7`, `7.0` and `70e-1` are one number.
fn canonical(number: &Number) -> Option<String> {
    let exact = number.as_i64().map(|whole| whole.to_string());
    exact
        .or_else(|| number.as_u64().map(|whole| whole.to_string()))
        .or_else(|| {
            let broken = number.as_f64().filter(|broken| broken.abs() < EXACT)?;
            let is_whole = broken.fract() == 0.0;
            Some(match is_whole {
                true => (broken as i64).to_string(),
                false => broken.to_string(),
            })
        })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn bindings(value: Value) -> Bindings {
        let bindings = serde_json::from_value(value).unwrap();
        Bindings::new(bindings, "/customers/{id}/orders/{order}")
            .unwrap()
            .unwrap()
    }

    fn judged(
        bindings: &Bindings,
        path: &str,
        query: Option<&str>,
        fields: &[(&str, &str)],
    ) -> bool {
        let fields: Vec<(String, Vec<u8>)> = fields
            .iter()
            .map(|(name, value)| (name.to_string(), value.as_bytes().to_vec()))
            .collect();
        let sent = Sent {
            path,
            query,
            headers: &fields,
        };
        let claims = json!({"sub": "alice", "n": 7, "big": 9_007_199_254_740_993_u64, "all": ["a b", "c", ["d"], 8],
                            "deep": {"id": "x"}, "none": "", "a/b": "slash"});
        let owner = Owner {
            claims: claims.as_object().cloned(),
            consumer: "globex",
            application: "app",
        };
        bindings
            .judge(&sent, &owner)
            .is_ok_and(|rest| rest.is_nothing())
    }

    #[test]
    fn a_path_is_compared_as_the_service_reads_it() {
        let by_sub = bindings(json!([{"in": "path", "name": "id", "any": [{"claim": "/sub"}]}]));
        for (path, expected) in [
            ("/customers/alice/orders/1", true),
            ("/customers/%61lice/orders/1", true),
            ("/customers/Alice/orders/1", false),
            ("/customers/alice;x=1/orders/1", false),
            ("/customers/alice%00/orders/1", false),
            ("/customers/alice%20/orders/1", false),
            ("/customers/%2561lice/orders/1", false),
            ("/customers/bob/orders/alice", false),
            ("/customers/alice%FF/orders/1", false),
            ("/customers/al%C3%ADce/orders/1", false),
        ] {
            assert_eq!(judged(&by_sub, path, None, &[]), expected, "{path}");
        }
    }

    #[test]
    fn a_query_parameter_that_may_be_two_things_is_none() {
        let bound = |name: &str, claim: &str| {
            bindings(json!([{"in": "query", "name": name, "any": [{"claim": claim}]}]))
        };
        let by_sub = bound("customer", "/sub");
        for (query, expected) in [
            (Some("customer=alice"), true),
            (Some("x=1&customer=%61lice"), true),
            (Some("%63ustomer=alice"), true),
            (Some("customer=alice&customer=alice"), false),
            (Some("customer=alice&customer=bob"), false),
            (Some("customer=alice&customer[]=bob"), false),
            (Some("customer=alice&customer%5B0%5D=bob"), false),
            (Some("customer=alice&Customer=bob"), false),
            (Some("customer=alice&customer.id=bob"), false),
            (Some("customer=alice;customer=bob"), false),
            (Some("customer=alice,bob"), false),
            (Some("customer="), false),
            (Some("customer"), false),
            (Some("Customer=alice"), false),
            (Some("customers=alice"), false),
            (Some(""), false),
            (None, false),
        ] {
            assert_eq!(
                judged(&by_sub, "/customers/1/orders/1", query, &[]),
                expected,
                "{query:?}"
            );
        }
        let any = bound("customer", "/all");
        for (query, expected) in [
            ("customer=a%20b", true),
            ("customer=a+b", false),
            ("customer=c", true),
            ("customer=d", false),
            ("customer=8", true),
        ] {
            assert_eq!(
                judged(&any, "/customers/1/orders/1", Some(query), &[]),
                expected,
                "{query}"
            );
        }
        let nested = bound("filter[customer]", "/sub");
        let of = |query| judged(&nested, "/customers/1/orders/1", Some(query), &[]);
        assert!(of("filter[customer]=alice&filter[state]=open"));
        assert!(!of("filter[customer]=alice&FILTER[customer]=bob"));
    }

    #[test]
    fn header_fields_once_and_callers_by_name() {
        let bound = bindings(json!([
            {"in": "header", "name": "x-customer", "any": ["consumer", "application", {"claim": "/deep/id"}]},
            {"in": "path", "name": "order", "any": [{"claim": "/n"}]},
        ]));
        let path = "/customers/1/orders/7";
        for (fields, expected) in [
            (&[("X-Customer", "globex")][..], true),
            (&[("x-customer", " app ")], true),
            (&[("x-customer", "x")], true),
            (&[("x-customer", "alice")], false),
            (&[("x-customer", "globex"), ("X-Customer", "globex")], false),
            (&[], false),
        ] {
            assert_eq!(judged(&bound, path, None, fields), expected, "{fields:?}");
        }
        assert!(!judged(
            &bound,
            "/customers/1/orders/7.0",
            None,
            &[("x-customer", "x")]
        ));
    }

    #[test]
    fn a_claim_that_is_not_there_or_no_text_is_nobodys() {
        for claim in [
            "/missing",
            "/deep",
            "/none",
            "/deep/id/x",
            "/all/0",
            "/sub/x",
            "/Sub",
        ] {
            let bound = bindings(json!([{"in": "path", "name": "id", "any": [{"claim": claim}]}]));
            for value in ["", "null", "undefined", "a%20b", "x"] {
                assert!(
                    !judged(&bound, &format!("/customers/{value}/orders/1"), None, &[]),
                    "{claim} {value}"
                );
            }
        }
        let slash = bindings(json!([{"in": "path", "name": "id", "any": [{"claim": "/a~1b"}]}]));
        assert!(judged(&slash, "/customers/slash/orders/1", None, &[]));
    }

    #[test]
    fn a_body_is_compared_by_its_values() {
        let bound = BoundBody(vec![(
            vec!["a".into(), "id".into()],
            vec![
                "alice".into(),
                "7".into(),
                "true".into(),
                "9007199254740993".into(),
            ],
        )]);
        for (body, expected) in [
            (json!({"a": {"id": "alice"}}), true),
            (json!({"a": {"id": 7}}), true),
            (json!({"a": {"id": 7.0}}), true),
            (json!({"a": {"id": "7"}}), true),
            (json!({"a": {"id": true}}), true),
            (json!({"a": {"id": 9_007_199_254_740_993_u64}}), true),
            (json!({"a": {"id": 9_007_199_254_740_993.0}}), false),
            (json!({"a": {"id": 7.5}}), false),
            (json!({"a": {"id": 1e300}}), false),
            (json!({"a": {"id": ["alice"]}}), false),
            (json!({"a": [{"id": "alice"}]}), false),
            (json!({"a": {"id": {"x": "alice"}}}), false),
            (json!({"a": {"id": null}}), false),
            (json!({"a": {"ID": "alice"}}), false),
            (json!({"id": "alice"}), false),
            (json!([]), false),
            (json!("alice"), false),
        ] {
            assert_eq!(bound.judge(&body).is_ok(), expected, "{body}");
        }
    }

    #[test]
    fn what_can_never_come_is_no_binding() {
        for spoiled in [
            json!([{"in": "path", "name": "nobody", "any": [{"claim": "/sub"}]}]),
            json!([{"in": "header", "name": "a b", "any": [{"claim": "/sub"}]}]),
            json!([{"in": "body", "name": "id", "any": [{"claim": "/sub"}]}]),
            json!([{"in": "path", "name": "id", "any": [{"claim": "sub"}]}]),
        ] {
            let read = serde_json::from_value(spoiled.clone()).unwrap();
            assert!(Bindings::new(read, "/customers/{id}").is_err(), "{spoiled}");
        }
        let nobody =
            serde_json::from_value(json!([{"in": "path", "name": "id", "any": []}])).unwrap();
        let nobody = Bindings::new(nobody, "/customers/{id}/orders/{order}")
            .unwrap()
            .unwrap();
        assert!(!judged(&nobody, "/customers/alice/orders/1", None, &[]));
    }
}
