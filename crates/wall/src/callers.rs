//! Who may call on the internal ring: services by name or by functional group, people by functional group alone.

use serde_json::{Map, Value};

use crate::bundle::Callers;
use crate::manifest::Group;
use crate::scopes::Scopes;
use crate::snapshot::HashMap;

/// Names, each once.
type Names = Scopes;

/// The functional groups of a ring, by name.
#[derive(Debug, Default)]
pub struct Groups(HashMap<Box<str>, Members>);

#[derive(Debug)]
struct Members {
    services: Names,
    /// Claim → values, one of which makes a member.
    claims: Box<[(Box<str>, Names)]>,
    /// Somebody may be in it for some time.
    is_granted: bool,
}

impl Groups {
    pub fn new(groups: impl IntoIterator<Item = (String, Group)>) -> Groups {
        let each = groups.into_iter().map(|(name, group)| {
            let members = Members {
                services: Names::new(group.services),
                claims: group
                    .claims
                    .into_iter()
                    .map(|(claim, values)| (claim.into(), Names::new(values)))
                    .collect(),
                is_granted: group.granted,
            };
            (name.into(), members)
        });
        Groups(each.collect())
    }

    /// A group that is not there has nobody in it.
    fn has(&self, group: &str, service: &str) -> bool {
        self.0
            .get(group)
            .is_some_and(|members| members.services.has(service))
    }

    /// Whether a person whose token says this is in the group, whatever was granted.
    pub fn holds(&self, group: &str, claims: &Map<String, Value>) -> bool {
        let members = self.0.get(group);
        let mut leading = members.iter().flat_map(|members| &members.claims);
        leading.any(|(claim, values)| {
            let found = held(claims, claim);
            found.iter().any(|value| values.has(value))
        })
    }

    pub fn is_granted(&self, group: &str) -> bool {
        self.0.get(group).is_some_and(|members| members.is_granted)
    }
}

/// The values of a claim of that name, or below it (`realm_access.roles`), as the control plane reads them too.
fn held(claims: &Map<String, Value>, claim: &str) -> Vec<String> {
    // Anybody can say that an address is his.
    if claim == "email" && claims.get("email_verified") == Some(&Value::Bool(false)) {
        return Vec::new();
    }
    let below = || {
        let mut parts = claim.split('.');
        let first = claims.get(parts.next()?)?;
        parts.try_fold(first, |found, part| found.as_object()?.get(part))
    };
    match claims.get(claim).or_else(below) {
        Some(Value::Array(list)) => list.iter().filter_map(text).collect(),
        Some(one) => text(one).into_iter().collect(),
        None => Vec::new(),
    }
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Bool(truth) => Some(truth.to_string()),
        Value::Number(number) if !number.is_f64() => Some(number.to_string()),
        _ => None,
    }
}

/// Services that may call.
#[derive(Debug, PartialEq, Eq)]
pub struct Admitted {
    services: Names,
    groups: Names,
}

impl Admitted {
    pub fn new(callers: Callers) -> Admitted {
        Admitted {
            services: Names::new(callers.services),
            groups: Names::new(callers.groups),
        }
    }

    pub fn admits(&self, service: &str, groups: &Groups) -> bool {
        self.services.has(service) || self.groups.iter().any(|group| groups.has(group, service))
    }
}

impl std::fmt::Display for Admitted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let services = self.services.iter().map(str::to_owned);
        let groups = self.groups.iter().map(|group| format!("group:{group}"));
        f.write_str(&services.chain(groups).collect::<Vec<_>>().join(" "))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn groups() -> Groups {
        let desk = Group {
            services: vec!["storefront".into(), "billing".into()],
            claims: [
                ("groups".to_owned(), vec!["desk".to_owned(), "7".to_owned()]),
                ("realm.roles".to_owned(), vec!["desk".to_owned()]),
                ("email".to_owned(), vec!["a@acme.example".to_owned()]),
            ]
            .into(),
            granted: false,
        };
        Groups::new([("desk".to_owned(), desk)])
    }

    fn admitted(services: &[&str], groups: &[&str]) -> Admitted {
        let owned = |names: &[&str]| names.iter().map(ToString::to_string).collect();
        Admitted::new(Callers {
            services: owned(services),
            groups: owned(groups),
        })
    }

    #[test]
    fn a_service_is_admitted_by_its_name_or_by_a_group_and_by_nothing_like_them() {
        let by = admitted(&["crm"], &["desk", "gone"]);
        for (service, expected) in [
            ("crm", true),
            ("storefront", true),
            ("billing", true),
            ("desk", false),
            ("gone", false),
            ("CRM", false),
            ("crm2", false),
            ("", false),
        ] {
            assert_eq!(by.admits(service, &groups()), expected, "{service}");
        }
    }

    #[test]
    fn a_person_is_in_a_group_by_a_value_of_a_claim_to_the_letter() {
        for (said, expected) in [
            (json!({"groups": ["x", "desk"]}), true),
            (json!({"groups": "desk"}), true),
            (json!({"groups": 7}), true),
            (json!({"groups": 7.0}), false),
            (json!({"groups": ["Desk", "desk "]}), false),
            (json!({"groups": "x desk"}), false),
            (json!({"groups": {"desk": true}}), false),
            (json!({"groups": [["desk"]]}), false),
            (json!({"realm": {"roles": ["desk"]}}), true),
            (json!({"realm.roles": ["desk"]}), true),
            (json!({"realm": "desk"}), false),
            (json!({"roles": ["desk"]}), false),
            (json!({"email": "a@acme.example"}), true),
            (
                json!({"email": "a@acme.example", "email_verified": false}),
                false,
            ),
            (json!({}), false),
        ] {
            let claims = said.as_object().unwrap();
            assert_eq!(groups().holds("desk", claims), expected, "{said}");
            assert!(!groups().holds("gone", claims));
        }
    }

    #[test]
    fn whoever_is_named_nowhere_is_nobody() {
        assert!(!admitted(&[], &[]).admits("crm", &groups()));
        assert!(!admitted(&[], &["desk"]).admits("storefront", &Groups::default()));
    }
}
