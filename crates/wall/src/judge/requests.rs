//! Parameters, held to the contract. After the quota, so that guessing costs what calling costs.

use std::sync::Arc;

use super::Judgement;
use super::caller::Known;
use super::visibility::Found;
use crate::bindings::BoundBody;
use crate::fate::Answer;
use crate::problem;
use crate::trace::{Outcome, Step, Trace};
use crate::validation::{Operation, RequestPolicy, Requests, Sent};

impl<T: Trace> Judgement<'_, '_, T> {
    /// What is left to be judged of the request, where anything is held to a contract.
    pub(super) fn validation(
        &mut self,
        known: &Known,
        found: &Found<'_, '_>,
        query: Option<&str>,
        bound: BoundBody,
    ) -> Result<Option<RequestPolicy>, Box<Answer>> {
        let Some((requests, operation)) = found.rule() else {
            return Ok(None);
        };
        let sent = Sent {
            path: found.rest,
            query,
            headers: self.arrival.headers,
        };
        let mode = requests.mode_at(self.now_unix_s());
        let judged = operation.judge_parameters(&sent, mode);
        let outcome = match &judged {
            Ok(unfit) if unfit.is_empty() => Outcome::Passed,
            Ok(_) => Outcome::Noted,
            Err(_) => Outcome::Answered,
        };
        self.trace.step(Step::Validation, outcome, || {
            let reason = match &judged {
                Ok(unfit) => unfit.reason(),
                Err(refusal) => Some(refusal.reason()),
            };
            let reason = reason.map(|reason| ("reason", reason));
            reason.into_iter().collect()
        });
        match judged {
            Err(refusal) => {
                let mut answer =
                    problem::refusal(&refusal, self.wall.telling(), self.arrival.request_id);
                answer.caller = Some(known.caller.clone());
                answer.matched = Some(found.matched());
                Err(Box::new(answer))
            }
            Ok(unfit) => Ok(Some(RequestPolicy {
                mode,
                operation: operation.clone(),
                unfit,
                bound: (!bound.is_nothing()).then(|| Arc::new(bound)),
            })),
        }
    }
}

impl<'w> Found<'w, '_> {
    /// What requests of the operation are held to; nothing where none is looked at.
    pub(super) fn rule(&self) -> Option<(&'w Requests, &'w Arc<Operation>)> {
        let requests = self.served.bundle.requests.as_ref()?;
        Some((requests, requests.operation(&self.operation.id)?))
    }
}
