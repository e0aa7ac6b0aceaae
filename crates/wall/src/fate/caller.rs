//! Who calls, in one piece of memory.
//!
//! A node knows a million keys, and most requests find theirs in none of the processor's caches: a caller spread
//! over ten allocations would cost as much as everything else the wall does. Tests hold its size.

use std::sync::Arc;

use arrayvec::ArrayString;
use http::HeaderValue;

use crate::identity::KeyFacts;
use crate::scopes::Scopes;

/// Names of a usual caller fit; longer ones are an allocation of their own.
const INLINE_BYTES: usize = 80;
/// Consumer, application, key id, environment and agreement of the key.
const NAMES: usize = 5;

/// Who calls, for limits, upstream headers and the log. Made once for many requests.
#[derive(Debug, PartialEq, Eq)]
pub struct Caller {
    names: Names,
    pub proof: Proof,
    facts: Facts,
}

/// What is known beyond the names.
#[derive(Debug, PartialEq, Eq)]
enum Facts {
    Nothing,
    Key(KeyFacts),
    /// Few callers compared with keys, so that a key's need no room for it.
    Holder(Box<Holder>),
    Client(Box<Client>),
}

/// A client of our authorization server: its token, and its record, which is as a key's.
#[derive(Debug, PartialEq, Eq)]
struct Client {
    holder: Holder,
    record: Arc<Caller>,
}

/// Who holds an access token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holder {
    /// What the estate calls the issuer.
    pub issuer: Box<str>,
    /// As the issuer names it, for the service.
    pub subject: Option<Box<str>>,
    /// As far as the log may name it.
    pub logged: Option<Box<str>>,
    /// What the identity data calls a person of the internal ring; `None`: no person.
    pub person: Option<Box<str>>,
    /// The service gets the token too.
    pub forward: bool,
    /// What the token is good for.
    pub scopes: Scopes,
}

impl Caller {
    /// Without an API key. `None` if a name cannot stand in a header field (RFC 9110 §5.5): an upstream could not
    /// be told of it.
    pub fn new(consumer: &str, application: &str, proof: Proof) -> Option<Caller> {
        Caller::named([consumer, application, "", "", ""], proof, Facts::Nothing)
    }

    /// By an outside issuer's token. `None` as above, also for its subject.
    pub(crate) fn with_token(consumer: &str, application: &str, holder: Holder) -> Option<Caller> {
        let subject = holder.subject.as_deref().unwrap_or("");
        HeaderValue::from_str(subject).ok()?;
        let caller = Caller::new(consumer, application, Proof::AccessToken)?;
        Some(Caller {
            facts: Facts::Holder(Box::new(holder)),
            ..caller
        })
    }

    /// By a token of our authorization server, whose client has this `record`.
    pub(crate) fn of_client(record: &Arc<Caller>, holder: Holder) -> Option<Caller> {
        let names: [&str; NAMES] = std::array::from_fn(|index| record.names.get(index));
        let record = Arc::clone(record);
        let facts = Facts::Client(Box::new(Client { holder, record }));
        Caller::named(names, Proof::AccessToken, facts)
    }

    /// `agreement`: name of the plan or the partner, empty if the key has neither.
    pub(crate) fn with_key(
        [consumer, application, id]: [&str; 3],
        environment: &str,
        agreement: &str,
        key: KeyFacts,
    ) -> Option<Caller> {
        let names = [consumer, application, id, environment, agreement];
        Caller::named(names, Proof::ApiKey, Facts::Key(key))
    }

    fn named(names: [&str; NAMES], proof: Proof, facts: Facts) -> Option<Caller> {
        let can_be_told = |name: &str| HeaderValue::from_str(name).is_ok();
        if !can_be_told(names[0]) || !can_be_told(names[1]) {
            return None;
        }
        Some(Caller {
            names: Names::new(names)?,
            proof,
            facts,
        })
    }

    /// Partner, developer account or service name.
    pub fn consumer(&self) -> &str {
        self.names.get(0)
    }

    /// Application, or the SPIFFE id of a service.
    pub fn application(&self) -> &str {
        self.names.get(1)
    }

    /// Of its API key, or of the client its token names; `None` for certificates and other tokens.
    pub fn key_id(&self) -> Option<&str> {
        self.key().map(|_| self.names.get(2))
    }

    /// What the store holds of its API key, or of its client.
    pub(crate) fn key(&self) -> Option<&KeyFacts> {
        match &self.facts {
            Facts::Key(key) => Some(key),
            Facts::Client(client) => client.record.key(),
            Facts::Nothing | Facts::Holder(_) => None,
        }
    }

    /// `None`: no access token.
    pub fn holder(&self) -> Option<&Holder> {
        match &self.facts {
            Facts::Holder(holder) => Some(holder),
            Facts::Client(client) => Some(&client.holder),
            Facts::Nothing | Facts::Key(_) => None,
        }
    }

    /// A person, who is no service: what the identity data calls it.
    pub(crate) fn person(&self) -> Option<&str> {
        self.holder()?.person.as_deref()
    }

    /// Whether the credential itself is good for the scope.
    pub(crate) fn carries(&self, scope: &str) -> bool {
        match &self.facts {
            Facts::Nothing => true,
            Facts::Key(key) => key.carries(scope),
            Facts::Holder(holder) => holder.scopes.has(scope),
            Facts::Client(client) => {
                client.holder.scopes.has(scope) && client.record.carries(scope)
            }
        }
    }

    /// Of the key; empty without one.
    pub(crate) fn environment(&self) -> &str {
        self.names.get(3)
    }

    /// Name of the key's plan or partner; empty without.
    pub(crate) fn agreement(&self) -> &str {
        self.names.get(4)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proof {
    ApiKey,
    MutualTls,
    ServiceToken,
    /// `x-forwarded-client-cert` of a declared mesh proxy.
    MeshProxy,
    /// A token of an outside issuer, or of our authorization server.
    AccessToken,
}

impl Proof {
    pub fn as_str(self) -> &'static str {
        match self {
            Proof::ApiKey => "api_key",
            Proof::MutualTls => "mtls",
            Proof::ServiceToken => "service_token",
            Proof::MeshProxy => "mesh_proxy",
            Proof::AccessToken => "access_token",
        }
    }
}

/// Several names, one after the other.
#[derive(Debug, PartialEq, Eq)]
struct Names {
    text: Text,
    ends: [u16; NAMES],
}

#[derive(Debug, PartialEq, Eq)]
enum Text {
    Inline(ArrayString<INLINE_BYTES>),
    Boxed(Box<str>),
}

impl Names {
    /// `None` if they are longer than 65,535 bytes together.
    fn new(names: [&str; NAMES]) -> Option<Names> {
        let mut ends = [0; NAMES];
        let mut end = 0;
        for (place, name) in ends.iter_mut().zip(names) {
            end += name.len();
            *place = u16::try_from(end).ok()?;
        }
        let text = names.concat();
        let text = match ArrayString::from(&text) {
            Ok(short) => Text::Inline(short),
            Err(_) => Text::Boxed(text.into()),
        };
        Some(Names { text, ends })
    }

    fn get(&self, index: usize) -> &str {
        let text: &str = match &self.text {
            Text::Inline(text) => text,
            Text::Boxed(text) => text,
        };
        let start = index.checked_sub(1).map_or(0, |before| self.ends[before]);
        &text[usize::from(start)..usize::from(self.ends[index])]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_come_back_as_they_were_given_whatever_their_length() {
        for length in [0, 1, 20, 80, 5_000] {
            let application = "a".repeat(length);
            let caller = Caller::new("globex", &application, Proof::MutualTls).unwrap();
            assert_eq!(caller.consumer(), "globex");
            assert_eq!(caller.application(), application);
            assert_eq!(caller.key_id(), None);
        }
        assert!(Caller::new("a", &"b".repeat(70_000), Proof::MutualTls).is_none());
    }

    #[test]
    fn who_cannot_be_named_in_a_header_field_is_nobody() {
        assert!(Caller::new("a\nb", "c", Proof::MutualTls).is_none());
        assert!(Caller::new("a", "c\r\n", Proof::MutualTls).is_none());
    }

    #[test]
    fn a_caller_is_three_cache_lines() {
        assert!(size_of::<Caller>() <= 192 - 16, "{}", size_of::<Caller>());
    }
}
