//! What a token says, once its signature was right: when it holds, for whom, and who calls.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::spec::{Callers, Issuer, Per, SubjectLogging, TokenType};
use crate::fate::{Caller, Holder, Proof};
use crate::faults::{Check, skips};
use crate::identity::cache::sha256;
use crate::identity::caller_of;
use crate::identity::jws::Compact;
use crate::scopes::Scopes;

use super::Presenter;
use super::client::ClientToken;

/// Longest name of a subject or a client (OpenID Connect Core §2 has it for `sub`).
const MAX_NAME_BYTES: usize = 255;

/// Seconds since the Unix epoch.
#[derive(Debug, PartialEq, Eq)]
pub struct Times {
    begins: u64,
    ends: u64,
}

pub type Claims = Map<String, Value>;

impl Times {
    /// RFC 7519 §4.1.4 to §4.1.6. A token without an end is none.
    pub fn of(claims: &Claims) -> Result<Times, &'static str> {
        let ends = time(claims, "exp")?.ok_or("has no end (exp)")?;
        let begins = time(claims, "nbf")?.max(time(claims, "iat")?);
        Ok(Times {
            begins: begins.unwrap_or(0),
            ends,
        })
    }

    pub fn judge(&self, now: u64, leeway: u64) -> Result<(), &'static str> {
        if now >= self.ends.saturating_add(leeway) && !skips(Check::AccessExpired) {
            return Err("has expired");
        }
        if now.saturating_add(leeway) < self.begins && !skips(Check::AccessNotYet) {
            return Err("is not valid yet");
        }
        Ok(())
    }
}

/// NumericDate (RFC 7519 §2): seconds, maybe with a fraction.
fn time(claims: &Claims, name: &str) -> Result<Option<u64>, &'static str> {
    let Some(value) = claims.get(name) else {
        return Ok(None);
    };
    let whole = value.as_u64();
    // What is beyond all times saturates.
    let broken = value
        .as_f64()
        .filter(|seconds| *seconds >= 0.0)
        .map(|seconds| seconds as u64);
    whole.or(broken).map(Some).ok_or("has a time that is none")
}

/// RFC 9068 §4: a token of another kind, an ID token say, opens nothing. `cty` is of a text inside of this one.
pub fn check_type(compact: &Compact<'_>, expected: TokenType) -> Result<(), &'static str> {
    if compact.header.contains_key("cty") {
        return Err("holds another text");
    }
    let said = match compact.header.get("typ") {
        None => "",
        Some(said) => said.as_str().ok_or("has a type that is no text")?,
    };
    let said = said.to_ascii_lowercase();
    let said = said.strip_prefix("application/").unwrap_or(&said);
    let fits = match expected {
        TokenType::AtJwt => said == "at+jwt",
        TokenType::Jwt => matches!(said, "at+jwt" | "jwt" | ""),
    };
    if fits || skips(Check::AccessType) {
        return Ok(());
    }
    Err("is of another type than access tokens are")
}

/// RFC 7519 §4.1.3.
pub fn check_use(claims: &Claims, audiences: &[String]) -> Result<(), &'static str> {
    let is_ours = |audience: &Value| audiences.iter().any(|ours| audience == ours);
    let for_us = match claims.get("aud") {
        Some(Value::Array(several)) => {
            several.iter().all(Value::is_string) && several.iter().any(is_ours)
        }
        Some(one) => is_ours(one),
        None => false,
    };
    if !for_us && !skips(Check::AccessAudience) {
        return Err("is for another audience");
    }
    Ok(())
}

/// Who calls; the reason when nobody known does.
pub fn presenter(
    issuer: &Issuer,
    trust_domain: &str,
    claims: &Claims,
) -> Result<Presenter, &'static str> {
    if let Callers::Clients = issuer.callers {
        return ClientToken::of(issuer, claims).map(Presenter::Client);
    }
    caller(issuer, trust_domain, claims).map(|caller| Presenter::Caller(Arc::new(caller)))
}

fn caller(issuer: &Issuer, trust_domain: &str, claims: &Claims) -> Result<Caller, &'static str> {
    let holder = holder(issuer, claims)?;
    let client = client(claims);
    let named = match &issuer.callers {
        Callers::Partners { claim, partners } => {
            let (value, partner) = mapped(claims, claim, partners)?;
            Caller::with_token(partner, &format!("{}:{value}", issuer.name), holder)
        }
        Callers::Services { claim, services } => {
            let (_, service) = mapped(claims, claim, services)?;
            let id = format!("spiffe://{trust_domain}/{service}");
            let is_one = caller_of(&id, trust_domain, Proof::AccessToken).is_ok();
            is_one
                .then(|| Caller::with_token(service, &id, holder))
                .flatten()
        }
        Callers::People {} => {
            let name = pseudonym(issuer, subject(&holder)?);
            let application = client.unwrap_or(&issuer.name);
            Caller::with_token(&format!("{}:{name}", issuer.name), application, holder)
        }
        Callers::Developers { per, .. } => {
            let name = match per {
                Per::Subject => pseudonym(issuer, subject(&holder)?),
                Per::Client => client.ok_or("names no client (client_id)")?.to_owned(),
            };
            let application = client.unwrap_or(&issuer.name);
            Caller::with_token(&format!("{}:{name}", issuer.name), application, holder)
        }
        Callers::Clients => None,
    };
    named.ok_or("names somebody no service could be told of")
}

fn subject(holder: &Holder) -> Result<&str, &'static str> {
    holder.subject.as_deref().ok_or("has no subject (sub)")
}

pub(super) fn holder(issuer: &Issuer, claims: &Claims) -> Result<Holder, &'static str> {
    let subject = name(claims, "sub")?;
    let is_person = matches!(issuer.callers, Callers::People {});
    let logged = subject.map(|subject| match issuer.log_subject {
        SubjectLogging::Hashed => pseudonym(issuer, subject),
        SubjectLogging::Full => subject.to_owned(),
    });
    Ok(Holder {
        issuer: issuer.name.as_str().into(),
        subject: subject.map(Box::from),
        logged: logged.map(Into::into),
        forward: issuer.forward,
        person: subject
            .filter(|_| is_person)
            .map(|subject| person(&issuer.issuer, subject)),
        scopes: Scopes::of_claim(claims.get(&issuer.scope_claim)),
    })
}

/// What the identity data calls somebody: SHA-256 (hex) of issuer, NUL and subject.
fn person(issuer: &str, subject: &str) -> Box<str> {
    hex::encode(sha256(&[issuer.as_bytes(), &[0], subject.as_bytes()])).into()
}

/// The same for a subject of an issuer, always; 128 bits of it.
fn pseudonym(issuer: &Issuer, subject: &str) -> String {
    use base64::Engine as _;
    let digest = sha256(&[issuer.issuer.as_bytes(), &[0], subject.as_bytes()]);
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(&digest[..16])
}

/// RFC 9068 §2.2; OpenID Connect Core §2 calls it `azp`.
pub(super) fn client(claims: &Claims) -> Option<&str> {
    let of = |claim| name(claims, claim).ok().flatten();
    of("client_id").or_else(|| of("azp"))
}

/// A claim that is a name.
pub(super) fn name<'c>(claims: &'c Claims, claim: &str) -> Result<Option<&'c str>, &'static str> {
    match claims.get(claim) {
        None => Ok(None),
        Some(Value::String(name)) if is_name(name) => Ok(Some(name)),
        Some(_) => Err("has a name that is none, or too long"),
    }
}

/// A header field shows it as it is, so that no two names look alike to a service.
fn is_name(text: &str) -> bool {
    let shown = text.bytes().all(|b| matches!(b, b' '..=b'~'));
    (1..=MAX_NAME_BYTES).contains(&text.len()) && shown && text.trim_ascii().len() == text.len()
}

fn mapped<'c, 'm>(
    claims: &'c Claims,
    claim: &str,
    map: &'m std::collections::BTreeMap<String, String>,
) -> Result<(&'c str, &'m str), &'static str> {
    let value = name(claims, claim)?.ok_or("lacks the claim that says whose it is")?;
    let ours = map.get(value);
    let ours = ours.or_else(|| map.values().next().filter(|_| skips(Check::AccessMapping)));
    let ours = ours.ok_or("is of somebody the estate does not name")?;
    Ok((value, ours))
}
