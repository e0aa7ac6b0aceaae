//! Values that must be the caller's own. After the quota, so that guessing costs what calling costs.

use serde_json::{Map, Value};

use super::Judgement;
use super::answers::Refused;
use super::caller::Known;
use super::visibility::Found;
use crate::bindings::{BoundBody, Owner};
use crate::fate::Answer;
use crate::faults::{Check, skips};
use crate::identity::{presented_claims, presented_token};
use crate::problem::Code;
use crate::trace::{Outcome, Step, Trace};
use crate::validation::Sent;

impl<T: Trace> Judgement<'_, '_, T> {
    /// What is left to be held against the body.
    pub(super) fn bindings(
        &mut self,
        known: &Known,
        found: &Found<'_, '_>,
        query: Option<&str>,
    ) -> Result<BoundBody, Box<Answer>> {
        let bindings = found.operation.bindings.as_ref();
        let Some(bindings) = bindings.filter(|_| !skips(Check::BoundValue)) else {
            return Ok(BoundBody::default());
        };
        let sent = Sent {
            path: found.rest,
            query,
            headers: self.arrival.headers,
        };
        let claims = bindings.asks_claims().then(|| self.claims(known));
        let owner = Owner {
            claims: claims.flatten(),
            consumer: known.caller.consumer(),
            application: known.caller.application(),
        };
        match bindings.judge(&sent, &owner) {
            Ok(rest) if rest.is_nothing() || found.rule().is_some() => {
                let detail = || vec![("bound", bindings.to_string())];
                self.trace.step(Step::Bindings, Outcome::Passed, detail);
                Ok(rest)
            }
            Ok(_) => Err(self.foreign("bodies are not read here".to_owned(), known, found)),
            Err(why) => Err(self.foreign(why, known, found)),
        }
    }

    fn foreign(&mut self, why: String, known: &Known, found: &Found<'_, '_>) -> Box<Answer> {
        let refused = Refused::new(Code::NotAuthorized, why);
        let matched = Some(found.matched());
        self.refuse(Step::Bindings, refused, Some(known), matched)
    }

    /// Of the access token that was verified in this judgement.
    pub(super) fn claims(&self, known: &Known) -> Option<Map<String, Value>> {
        let mut each = std::iter::successors(Some(known), |known| known.also.as_deref());
        each.find(|known| known.caller.holder().is_some())?;
        let token = presented_token(self.arrival.headers).ok().flatten()?;
        presented_claims(token.text)
    }
}
