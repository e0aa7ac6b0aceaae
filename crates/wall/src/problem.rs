//! Error answers: RFC 9457 problem details with permanent codes.
//!
//! One table. The public half is all an outer ring hears; the internal half and the reason go to the log, and
//! to callers of the internal ring. An answer depends on code, how the ring tells of errors, request id and
//! (internal) reason alone, so two requests refused with one code are answered with the same bytes (law 2).

use serde::Serialize;

use crate::fate::Answer;
use crate::manifest::ErrorDetail;
use crate::validation::{Fault, Refusal, Unfit};

/// A permanent error code: never renamed, never reused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Code {
    NotFound,
    MethodNotAllowed,
    BadRequest,
    VersionRequired,
    CredentialsMissing,
    CredentialsInvalid,
    Forbidden,
    CallerNotNamed,
    GroupMissing,
    ScopeMissing,
    NotAuthorized,
    RateLimited,
    QuotaExceeded,
    BodyTooLarge,
    RequestMalformed,
    RequestInvalid,
    MediaTypeUnsupported,
    FieldsTooLarge,
    RequestTimeout,
    RevisionUnavailable,
    IdentityUnavailable,
    WallFault,
    UpstreamUnreachable,
    UpstreamTimeout,
    UpstreamFault,
    UpstreamOverloaded,
    UpstreamCredential,
    RecordUnavailable,
    ResponseUndeclared,
    RequestRefused,
    VersionGone,
    VersionBrownout,
}

/// One row of the table of errors.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Entry {
    pub code: &'static str,
    pub status: u16,
    pub title: &'static str,
    /// What any caller may read: what to correct, nothing of the inside.
    pub detail: &'static str,
    /// What it means to those who run the API.
    pub internal: &'static str,
}

impl Code {
    pub const ALL: [Code; 32] = [
        Code::NotFound,
        Code::MethodNotAllowed,
        Code::BadRequest,
        Code::VersionRequired,
        Code::CredentialsMissing,
        Code::CredentialsInvalid,
        Code::Forbidden,
        Code::CallerNotNamed,
        Code::GroupMissing,
        Code::ScopeMissing,
        Code::NotAuthorized,
        Code::RateLimited,
        Code::QuotaExceeded,
        Code::BodyTooLarge,
        Code::RequestMalformed,
        Code::RequestInvalid,
        Code::MediaTypeUnsupported,
        Code::FieldsTooLarge,
        Code::RequestTimeout,
        Code::RevisionUnavailable,
        Code::IdentityUnavailable,
        Code::WallFault,
        Code::UpstreamUnreachable,
        Code::UpstreamTimeout,
        Code::UpstreamFault,
        Code::UpstreamOverloaded,
        Code::UpstreamCredential,
        Code::RecordUnavailable,
        Code::ResponseUndeclared,
        Code::RequestRefused,
        Code::VersionGone,
        Code::VersionBrownout,
    ];

    pub fn as_str(self) -> &'static str {
        self.entry().code
    }

    pub fn status(self) -> u16 {
        self.entry().status
    }

    pub fn entry(self) -> Entry {
        let (code, status, title, detail, internal) = row(self);
        Entry {
            code,
            status,
            title,
            detail,
            internal,
        }
    }
}

type Row = (&'static str, u16, &'static str, &'static str, &'static str);

#[rustfmt::skip] // a table
fn row(code: Code) -> Row {
    match code {
        Code::NotFound => ("not_found", 404, "Not found",
            "There is nothing at this address for you. Check host, path, version and method.",
            "No visible operation: missing, hidden from this ring or caller, foreign host, or an unusable target."),
        Code::MethodNotAllowed => ("method_not_allowed", 405, "Method not allowed",
            "This path does not take this method; `Allow` names those it takes.",
            "The path is declared, the method is not. Said on the internal ring only; elsewhere it is not_found."),
        Code::BadRequest => ("bad_request", 400, "Bad request",
            "The request could not be understood. Check its syntax and its header fields.",
            "Framing or header fields that mean different things to different readers."),
        Code::VersionRequired => ("version_required", 400, "Version required",
            "Name the version you want in the `API-Version` header field.",
            "Several versions are live and the API has no default version."),
        Code::CredentialsMissing => ("credentials_missing", 401, "Credentials required",
            "Send your credential as described in the documentation.",
            "No proof of identity that this ring accepts."),
        Code::CredentialsInvalid => ("credentials_invalid", 401, "Credentials not valid",
            "The credential is not valid here. Check that it is complete, current and meant for this environment.",
            "Malformed, unknown, expired or revoked credential, or one of another ring or environment."),
        Code::Forbidden => ("forbidden", 403, "Not allowed",
            "Your credential is restricted and does not permit this call. Use another, or have it extended.",
            "Excluded by the credential's own restriction or by a network list."),
        Code::CallerNotNamed => ("caller_not_named", 403, "Not among the callers",
            "This operation is for other callers. Ask its owner to name you.",
            "The API or the operation names the services and groups that may call it on the internal ring, and the caller is none of them."),
        Code::GroupMissing => ("group_missing", 403, "None of your groups may",
            "This operation is for people of other functional groups. Where a group is granted, ask for it for some time: `ringwork grant ask`.",
            "A person called an operation on the internal ring whose x-groups hold none of the person's functional groups, granted ones included, or that has no x-groups."),
        Code::ScopeMissing => ("scope_missing", 403, "Scope missing",
            "Your credential lacks a scope that this operation demands. `WWW-Authenticate` names what it takes.",
            "The token, the key or its agreement does not carry the scopes the contract demands of this operation."),
        Code::NotAuthorized => ("not_authorized", 403, "Not authorized",
            "This call is about something that is not yours, or does not say plainly what it is about. Check its parameters and its body.",
            "A value the contract binds (x-authorize) is not the caller's, is missing, or could be read as two values."),
        Code::RateLimited => ("rate_limited", 429, "Too many requests",
            "Slow down; `Retry-After` says when the next request will be taken.",
            "The limit per minute is used up."),
        Code::QuotaExceeded => ("quota_exceeded", 429, "Quota used up",
            "The quota of the day (UTC) is used up; `Retry-After` says when the next begins.",
            "The limit per day is used up."),
        Code::BodyTooLarge => ("body_too_large", 413, "Body too large",
            "The request body is larger than this operation takes.",
            "Larger than the operation's max_body_bytes."),
        Code::RequestMalformed => ("request_malformed", 400, "Request malformed",
            "A parameter or the body could not be read; `errors` says which, and what was expected.",
            "No value, or more than one, can be read from it: bad JSON, a name twice, a broken form or multipart body."),
        Code::RequestInvalid => ("request_invalid", 422, "Request not valid",
            "The request does not fit the contract; `errors` says where, and what was expected.",
            "A parameter or the body does not fit its schema, is missing, or is nothing this ring may send."),
        Code::MediaTypeUnsupported => ("media_type_unsupported", 415, "Media type not supported",
            "The operation does not take a body of this kind; `errors` says what it takes.",
            "A media type this ring's contract does not declare, a coding, or a body where there is none."),
        Code::FieldsTooLarge => ("fields_too_large", 431, "Header fields too large",
            "Send fewer or shorter header fields: at most 100, and 32 KiB in all with the request line.",
            "More than 100 header fields, or more than 32 KiB of them."),
        Code::RequestTimeout => ("request_timeout", 408, "Request timeout",
            "The request did not arrive in time. Send it again, without pauses.",
            "The head was not complete within bounds.request_head, or the body came too slowly or not at all."),
        Code::RevisionUnavailable => ("revision_unavailable", 503, "Not available",
            "The service is not ready. Try again in a moment.",
            "No revision is loaded, or it holds no limit for this caller: the gateway fails closed."),
        Code::IdentityUnavailable => ("identity_unavailable", 503, "Not available",
            "The service is not ready. Try again in a moment.",
            "The identity store is missing or unreadable: nobody can be known, the gateway fails closed."),
        Code::WallFault => ("wall_fault", 503, "Not available",
            "The service had a fault of its own. Try again; if it stays, report the request id.",
            "A fault of the gateway, caught: a defect of Ringwork, please report it."),
        Code::UpstreamUnreachable => ("upstream_unreachable", 502, "Bad gateway",
            "The service behind this address could not be reached. Try again in a moment.",
            "No connection to the upstream."),
        Code::UpstreamTimeout => ("upstream_timeout", 504, "Gateway timeout",
            "The service behind this address did not answer in time.",
            "The upstream was silent for longer than io_timeout_ms, or not done within total_timeout_ms."),
        Code::UpstreamFault => ("upstream_fault", 502, "Bad gateway",
            "The service behind this address gave an answer that could not be used.",
            "The upstream broke off or broke the protocol."),
        Code::UpstreamOverloaded => ("upstream_overloaded", 503, "Not available",
            "The service behind this address is busy. Try again in a moment.",
            "The upstream's circuit breaker: max_requests are under way, and max_pending wait or waited too long."),
        Code::UpstreamCredential => ("upstream_credential", 503, "Not available",
            "The service is not ready. Try again in a moment.",
            "The node holds no value for the secret the upstream's credential or client key refers to."),
        Code::RecordUnavailable => ("record_unavailable", 503, "Not available",
            "The service is not ready. Try again in a moment.",
            "The write could not be noted before it is forwarded (x-record): the journal's disk is full or broken, or the journal is."),
        Code::ResponseUndeclared => ("response_undeclared", 502, "Bad gateway",
            "The service behind this address gave an answer that its documentation does not know.",
            "A successful response whose status or media type the contract does not declare for this ring, with a body."),
        Code::RequestRefused => ("request_refused", 400, "Request refused",
            "The service behind this address refused the request. The status says why; the documentation, what it takes.",
            "A 4xx of the service's (its status is kept) whose body the contract does not declare for this ring."),
        Code::VersionGone => ("version_gone", 410, "Version gone",
            "What you call has ended; `Sunset` says when. Move to its successor: `migration_guide` and the links say how.",
            "The version or the operation is past its sunset date, for this ring or as agreed with this partner."),
        Code::VersionBrownout => ("version_brownout", 503, "Brownout before the end",
            "What you call will end; `Sunset` says when. It is away for a while, as was announced, so that whoever still calls it notices. `Retry-After` says when it is back; move to its successor before it is gone.",
            "A brownout of the version, as the estate schedules it: planned, no fault."),
    }
}

/// How a ring tells of errors: how much, and where its readers find more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Telling<'a> {
    pub detail: ErrorDetail,
    /// Base URL of the ring's documentation, without a slash at its end; it has a page for each code.
    pub documentation: Option<&'a str>,
}

impl Telling<'_> {
    /// Where no revision says which ring it is.
    pub const UNKNOWN: Telling<'static> = Telling {
        detail: ErrorDetail::Sanitised,
        documentation: None,
    };

    fn kind(self, code: &str) -> String {
        let base = self.documentation.unwrap_or("/docs");
        format!("{base}/errors/{code}")
    }
}

/// RFC 9457 §3.1, and `request_id` to quote to support; `reason` on the internal ring only.
#[derive(Serialize)]
struct Problem<'a> {
    r#type: String,
    title: &'a str,
    status: u16,
    code: &'a str,
    detail: &'a str,
    request_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
    #[serde(skip_serializing_if = "<[Fault]>::is_empty")]
    errors: &'a [Fault],
}

/// The answer for an error, also for those the gateway itself runs into.
pub fn answer(
    code: Code,
    telling: Telling<'_>,
    request_id: &str,
    reason: impl Into<String>,
) -> Answer {
    answer_with(code, code.status(), telling, request_id, reason)
}

/// The same with the status a service answered with, where the code stands for several.
pub fn answer_with(
    code: Code,
    status: u16,
    telling: Telling<'_>,
    request_id: &str,
    reason: impl Into<String>,
) -> Answer {
    said(code, status, telling, request_id, reason.into(), &[])
}

/// The answer to a request that does not fit the contract: what is wrong with it.
pub fn refusal(refusal: &Refusal, telling: Telling<'_>, request_id: &str) -> Answer {
    // What is wrong with the wall itself is for the log.
    let faults = match refusal.code {
        Code::WallFault | Code::NotAuthorized => &[],
        _ => refusal.faults.as_slice(),
    };
    let (code, reason) = (refusal.code, refusal.reason());
    let mut answer = said(code, code.status(), telling, request_id, reason, faults);
    if refusal.code != Code::NotAuthorized {
        answer.unfit = Unfit::of(refusal);
    }
    answer
}

fn said(
    code: Code,
    status: u16,
    telling: Telling<'_>,
    request_id: &str,
    internal_reason: String,
    faults: &[Fault],
) -> Answer {
    let entry = code.entry();
    let shown = Problem {
        r#type: telling.kind(entry.code),
        title: entry.title,
        status,
        code: entry.code,
        detail: entry.detail,
        request_id,
        reason: (telling.detail == ErrorDetail::Detailed).then_some(internal_reason.as_str()),
        errors: faults,
    };
    let body = serde_json::to_vec(&shown).expect("strings and numbers serialise");
    Answer {
        status,
        code: Some(entry.code),
        headers: vec![
            ("content-type", "application/problem+json".to_owned()),
            ("cache-control", "no-store".to_owned()),
        ],
        body,
        close: false,
        internal_reason,
        caller: None,
        matched: None,
        unfit: Unfit::default(),
        version_state: None,
    }
}

/// Says in a problem document where its reader finds how to move on.
pub(crate) fn with_guide(answer: &mut Answer, guide: Option<&str>) {
    let Some(guide) = guide else { return };
    let member = serde_json::json!({ "migration_guide": guide }).to_string();
    // Both are objects, and neither is empty.
    answer.body.pop();
    answer.body.push(b',');
    answer.body.extend_from_slice(&member.as_bytes()[1..]);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_unique_and_statuses_are_errors() {
        let mut names: Vec<_> = Code::ALL.iter().map(|code| code.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), Code::ALL.len());
        assert!(
            Code::ALL
                .iter()
                .all(|code| (400..600).contains(&code.status()))
        );
    }

    #[test]
    fn outer_rings_never_hear_the_reason() {
        let answer = answer(
            Code::CredentialsInvalid,
            Telling::UNKNOWN,
            "r1",
            "key expired yesterday",
        );
        let body = String::from_utf8(answer.body).unwrap();
        assert!(!body.contains("yesterday"), "{body}");
        assert_eq!(answer.internal_reason, "key expired yesterday");
    }

    #[test]
    fn internal_callers_hear_the_reason() {
        let detailed = Telling {
            detail: ErrorDetail::Detailed,
            documentation: None,
        };
        let answer = answer(
            Code::Forbidden,
            detailed,
            "r1",
            "billing may not call orders",
        );
        let body: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
        assert_eq!(body["reason"], "billing may not call orders");
        assert_eq!(body["type"], "/docs/errors/forbidden");
        assert_eq!(body["request_id"], "r1");
    }
    #[test]
    fn an_error_is_explained_where_its_ring_is_documented() {
        let documented = Telling {
            documentation: Some("https://developer.example/docs"),
            ..Telling::UNKNOWN
        };
        let answer = answer(Code::NotFound, documented, "r1", "hidden");
        let body: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
        assert_eq!(
            body["type"],
            "https://developer.example/docs/errors/not_found"
        );
    }
}
