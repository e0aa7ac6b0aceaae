//! Callers by the token of an outside issuer: what the estate makes of its claims.

use std::sync::Arc;

use super::Judgement;
use super::answers::Refused;
use super::caller::{Counted, Known};
use super::proofs::{Proven, invalid};
use crate::fate::Caller;
use crate::faults::{Check, skips};
use crate::identity::{Agreement, Callers, Network, Rejected, presented_token};
use crate::problem::Code;
use crate::trace::Trace;

impl<T: Trace> Judgement<'_, '_, T> {
    pub(super) fn by_access_token(&self) -> Proven {
        let Some(tokens) = &self.wall.access_tokens else {
            return Ok(None);
        };
        let Some(token) = presented_token(self.arrival.headers).map_err(invalid)? else {
            return Ok(None);
        };
        let judged = tokens.judge(token, self.now_unix_s());
        let (claim, callers) = judged.map_err(|rejected| match rejected {
            Rejected::Invalid(why) => invalid(why),
            Rejected::Untimely(why) => Refused {
                is_guess: false,
                ..invalid(why)
            },
            Rejected::Unavailable(why) => Refused::new(Code::IdentityUnavailable, why),
        })?;
        let caller = &claim.caller;
        match callers {
            Callers::Services { .. } => Ok(Some(self.service(caller))),
            Callers::People {} => Ok(Some(Known {
                counted: Counted::Holder,
                ..self.service(caller)
            })),
            Callers::Partners { .. } => self.by_agreement(
                caller,
                Agreement::Partner(caller.consumer()),
                Counted::Partner,
            ),
            Callers::Developers { plan, .. } => {
                self.by_agreement(caller, Agreement::Plan(plan), Counted::Holder)
            }
        }
    }

    /// The same agreement as the keys of its partner, or plan, have.
    fn by_agreement(
        &self,
        caller: &Arc<Caller>,
        agreement: Agreement<&str>,
        counted: Counted,
    ) -> Proven {
        let agreed = self.agreed(agreement)?;
        let client = self.arrival.client_address;
        let networks = agreed.terms.as_ref().map(|terms| terms.networks.as_slice());
        if !Network::admit(networks.unwrap_or_default(), client) && !skips(Check::KeyNetworks) {
            let why = format!(
                "tokens of {} may not be used from {client}",
                caller.consumer()
            );
            return Err(Refused::new(Code::Forbidden, why));
        }
        Ok(Some(agreed.known(caller, counted)))
    }
}
