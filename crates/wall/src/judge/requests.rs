//! Parameters, held to the contract. After the quota, so that guessing costs what calling costs.

use super::Judgement;
use super::caller::Known;
use super::visibility::Found;
use crate::bundle::Enforcement;
use crate::fate::Answer;
use crate::problem;
use crate::trace::{Outcome, Step, Trace};
use crate::validation::{RequestPolicy, Sent};

impl<T: Trace> Judgement<'_, '_, T> {
    /// What is left to be judged of the request, where anything is held to a contract.
    pub(super) fn validation(
        &mut self,
        known: &Known,
        found: &Found<'_, '_>,
        query: Option<&str>,
    ) -> Result<Option<RequestPolicy>, Box<Answer>> {
        let Some(requests) = &found.served.bundle.requests else {
            return Ok(None);
        };
        let Some(operation) = requests.operation(&found.operation.id) else {
            return Ok(None);
        };
        let sent = Sent {
            path: found.rest,
            query,
            headers: self.arrival.headers,
        };
        let judged = operation.judge_parameters(&sent);
        let outcome = match (&judged, requests.mode) {
            (Ok(()), _) => Outcome::Passed,
            (Err(_), Enforcement::Report) => Outcome::Noted,
            (Err(_), _) => Outcome::Answered,
        };
        self.trace.step(Step::Validation, outcome, || {
            let reason = judged.as_ref().err().map(|refusal| refusal.reason());
            reason
                .map(|reason| ("reason", reason))
                .into_iter()
                .collect()
        });
        match (judged, outcome) {
            (Err(refusal), Outcome::Answered) => {
                let mut answer =
                    problem::refusal(&refusal, self.wall.telling(), self.arrival.request_id);
                answer.caller = Some(known.caller.clone());
                answer.matched = Some(found.matched());
                Err(Box::new(answer))
            }
            (judged, _) => Ok(Some(RequestPolicy {
                mode: requests.mode,
                operation: operation.clone(),
                noted: judged.err().map(Box::new),
            })),
        }
    }
}
