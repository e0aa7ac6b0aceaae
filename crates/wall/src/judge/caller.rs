//! Who calls, and by which agreement.

use std::sync::Arc;

use super::answers::Refused;
use super::{Judgement, NANOS_PER_SECOND};
use crate::audience::Ring;
use crate::fate::{Answer, Caller};
use crate::faults::{Check, skips};
use crate::limits::Subject;
use crate::manifest::Limit;
use crate::problem::Code;
use crate::scopes::Scopes;
use crate::snapshot::Terms;
use crate::trace::{Outcome, Step, Trace};

/// A caller and what was agreed with it.
pub struct Known {
    pub caller: Arc<Caller>,
    pub counted: Counted,
    pub limit: Option<Limit>,
    pub terms: Option<Arc<Terms>>,
    /// What the agreement gives; `None`: every scope.
    pub scopes: Option<Arc<Scopes>>,
    /// By another proof that came with the first, on an outer ring: both must carry what is demanded.
    pub also: Option<Box<Known>>,
}

/// Whose limit a request counts against.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Counted {
    Service,
    Partner,
    Key,
    Holder,
}

impl Known {
    /// A service is one caller whatever proof it brings; a partner is one across all its keys.
    pub fn subject(&self) -> Subject<'_> {
        match self.counted {
            Counted::Service => Subject::Service(self.caller.consumer()),
            Counted::Partner => Subject::Partner(self.caller.consumer()),
            Counted::Key => Subject::Key(self.caller.key_id().unwrap_or("")),
            Counted::Holder => Subject::Holder(self.caller.consumer()),
        }
    }

    /// By whichever of its proofs has one on record.
    pub fn pinned(&self, api: &str) -> Option<&str> {
        let own = self.caller.key().and_then(|key| key.pinned(api));
        own.or_else(|| self.also.as_ref()?.pinned(api))
    }

    fn joined_by(&mut self, known: Known) {
        let also = self.also.take();
        self.also = Some(Box::new(Known { also, ..known }));
    }

    /// What the key was restricted to when it was made.
    pub fn permit(&self, api: &str, version: &str) -> Result<(), String> {
        let key = self.caller.key();
        let key = key.filter(|_| !skips(Check::KeyRestriction));
        key.map_or(Ok(()), |key| key.permit(api, version))
    }
}

impl<T: Trace> Judgement<'_, '_, T> {
    pub(super) fn caller(&mut self) -> Result<Known, Box<Answer>> {
        let known = self.recognised();
        self.admitted_as(known)
    }

    /// Who calls, by what is presented; nothing is said or counted yet. Nobody is recognised twice: a proof that may
    /// come once only would not hold.
    pub(super) fn recognised(&mut self) -> Result<Known, Refused> {
        if let Some(settled) = &mut self.settled
            && let Some(known) = settled.known.take()
        {
            return Ok(known);
        }
        self.may_try()?;
        let known = self.proven()?;
        self.fit_for_ring(known)
    }

    pub(super) fn admitted_as(
        &mut self,
        known: Result<Known, Refused>,
    ) -> Result<Known, Box<Answer>> {
        match known {
            Ok(known) => {
                let caller = &known.caller;
                self.trace.step(Step::Caller, Outcome::Passed, || {
                    vec![
                        ("consumer", caller.consumer().to_owned()),
                        ("application", caller.application().to_owned()),
                        ("proof", caller.proof.as_str().to_owned()),
                    ]
                });
                Ok(known)
            }
            Err(refused) => {
                self.note_attempt(&refused);
                let waits = refused.code == Code::RateLimited;
                let mut answer = self.refuse(Step::Caller, refused, None, None);
                let seconds = self.seconds_to_wait().filter(|_| waits);
                answer
                    .headers
                    .extend(seconds.map(|seconds| ("retry-after", seconds.to_string())));
                Err(answer)
            }
        }
    }

    /// Every proof that is presented must hold, and all must name the same caller: a bad one is never
    /// overlooked because a good one came with it.
    fn proven(&self) -> Result<Known, Refused> {
        let is_outer = self.wall.ring.is_outer();
        let mut proven: Option<Known> = None;
        for proof in [
            Self::by_certificate,
            Self::by_service_token,
            Self::by_api_key,
            Self::by_access_token,
        ] {
            let Some(known) = proof(self)? else { continue };
            match &mut proven {
                Some(first)
                    if first.caller.consumer() != known.caller.consumer()
                        && !skips(Check::DifferentCallers) =>
                {
                    return Err(Refused::new(
                        Code::CredentialsInvalid,
                        "proofs of different callers",
                    ));
                }
                Some(first) if is_outer => first.joined_by(known),
                Some(_) => {}
                None => proven = Some(known),
            }
        }
        proven.ok_or_else(|| {
            Refused::new(
                Code::CredentialsMissing,
                "no proof of identity that this ring accepts",
            )
        })
    }

    /// Nobody is on the partner ring without an agreement.
    fn fit_for_ring(&self, known: Known) -> Result<Known, Refused> {
        match self.wall.ring {
            Ring::Partner if known.terms.is_none() && !skips(Check::PartnerAgreement) => Err(
                Refused::new(Code::CredentialsInvalid, "the credential names no partner"),
            ),
            _ => Ok(known),
        }
    }

    pub(super) fn now_unix_s(&self) -> u64 {
        self.arrival.now_unix_ns / NANOS_PER_SECOND
    }
}
