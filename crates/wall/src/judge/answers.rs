//! Answers of the wall. Each refusal is a code and a reason; the reason is for the log.

use super::Judgement;
use super::caller::Known;
use super::visibility::Found;
use crate::bundle::Cors;
use crate::fate::{Answer, Matched};
use crate::problem::{self, Code};
use crate::trace::{Outcome, Step, Trace};
use crate::validation::Unfit;

/// Why the wall answers itself.
pub struct Refused {
    pub code: Code,
    pub reason: String,
    /// A credential that was one, or may become one, is none.
    pub is_guess: bool,
}

impl Refused {
    pub fn new(code: Code, reason: impl Into<String>) -> Refused {
        Refused {
            code,
            reason: reason.into(),
            is_guess: true,
        }
    }
}

impl<T: Trace> Judgement<'_, '_, T> {
    pub(super) fn refuse(
        &mut self,
        step: Step,
        refused: Refused,
        known: Option<&Known>,
        matched: Option<Matched>,
    ) -> Box<Answer> {
        let Refused { code, reason, .. } = refused;
        self.trace.step(step, Outcome::Answered, || {
            vec![
                ("code", code.as_str().to_owned()),
                ("reason", reason.clone()),
            ]
        });
        let mut answer =
            problem::answer(code, self.wall.telling(), self.arrival.request_id, reason);
        answer.headers.extend(
            self.challenge(code)
                .map(|challenge| ("www-authenticate", challenge)),
        );
        answer.caller = known.map(|known| known.caller.clone());
        answer.matched = matched;
        Box::new(answer)
    }

    /// RFC 9110 §11.6.1: a 401 says how to authenticate. `error` as in RFC 6750 §3.1.
    fn challenge(&self, code: Code) -> Option<String> {
        let ring = self.wall.ring.as_str();
        let scheme = if self.wall.accepts_api_keys || self.wall.access_tokens.is_some() {
            "Bearer"
        } else {
            "Service-Token"
        };
        match code {
            Code::CredentialsMissing => Some(format!("{scheme} realm=\"{ring}\"")),
            Code::CredentialsInvalid => Some(format!(
                "{scheme} realm=\"{ring}\", error=\"invalid_token\""
            )),
            _ => None,
        }
    }

    /// What the caller may know of, pages of other origins may read, refusals too.
    pub(super) fn readable(&self, mut answer: Box<Answer>, found: &Found<'_, '_>) -> Box<Answer> {
        if let Some(cors) = &found.served.bundle.cors {
            answer.headers.extend(cors.fields(self.arrival.headers));
        }
        answer
    }

    /// RFC 9110 §9.3.7: what may be asked of this path, as far as the caller sees it.
    pub(super) fn options(
        &mut self,
        known: Option<&Known>,
        matched: Matched,
        allow: String,
        cors: Option<&Cors>,
    ) -> Box<Answer> {
        self.trace.step(Step::Visibility, Outcome::Answered, || {
            vec![("allow", allow.clone())]
        });
        let told = cors.map(|cors| cors.preflight(self.arrival.headers, &allow));
        let mut headers = vec![("allow", allow), ("cache-control", "no-store".to_owned())];
        headers.extend(told.into_iter().flatten());
        Box::new(Answer {
            status: 204,
            code: None,
            headers,
            body: vec![],
            close: false,
            internal_reason: String::new(),
            caller: known.map(|known| known.caller.clone()),
            matched: Some(matched),
            unfit: Unfit::default(),
            version_state: None,
        })
    }
}
