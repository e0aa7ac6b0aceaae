//! Callers by an access token: what the estate makes of an outside issuer's claims, and what is on record of a client
//! of our own authorization server.

use std::sync::Arc;

use super::Judgement;
use super::answers::Refused;
use super::caller::{Counted, Known};
use super::proofs::{Proven, invalid, unavailable};
use crate::fate::Caller;
use crate::faults::{Check, skips};
use crate::identity::{
    Agreement, Callers, ClientToken, Network, Presenter, Rejected, presented_token,
};
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
        let judged = tokens.judge(token.text, self.now_unix_s());
        let (claim, callers) = judged.map_err(|rejected| match rejected {
            Rejected::Invalid(why) => invalid(why),
            Rejected::Untimely(why) => ended(why),
            Rejected::Unavailable(why) => Refused::new(Code::IdentityUnavailable, why),
        })?;
        self.bound(&claim.bound, token)?;
        let caller = match &claim.presenter {
            Presenter::Caller(caller) => caller,
            Presenter::Client(token) => return self.by_client(token).map(Some),
        };
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
            Callers::Clients => Err(invalid("a token names no client")),
        }
    }

    /// Whatever holds for a key of the client's application holds for its token. A client that was revoked or suspended
    /// is no attempt to guess one.
    fn by_client(&self, token: &ClientToken) -> Result<Known, Refused> {
        if self.is_revoked(&token.jti)? && !skips(Check::AccessRevoked) {
            let why = format!("a token of client {} is revoked", token.client_id);
            return Err(ended(why));
        }
        let grant_over = match &token.grant_id {
            Some(grant) => self.is_revoked(grant)?,
            None => false,
        };
        if grant_over && !skips(Check::AccessGrantEnded) {
            let client = &token.client_id;
            return Err(ended(format!(
                "what a user allowed client {client} is over"
            )));
        }
        let record = self.identities.key(&token.client_id).map_err(unavailable)?;
        let Some((record, facts)) = record.as_ref().and_then(|r| Some((r, r.key()?))) else {
            let why = format!(
                "client {} is unknown, revoked or suspended",
                token.client_id
            );
            return Err(ended(why));
        };
        let name = format_args!("client {}", token.client_id);
        let known = self.by_record(record, facts, name)?;
        let caller = token.caller(record);
        let caller = caller.ok_or_else(|| invalid("a client no service could be told of"))?;
        Ok(Known { caller, ..known })
    }

    /// A token, or what it came of, by its name.
    fn is_revoked(&self, name: &str) -> Result<bool, Refused> {
        let revoked = self
            .identities
            .read_with(|store| store.is_token_revoked(name));
        revoked.and_then(|revoked| revoked).map_err(unavailable)
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

/// It was one, and is none any more.
fn ended(why: String) -> Refused {
    Refused {
        is_guess: false,
        ..invalid(why)
    }
}
