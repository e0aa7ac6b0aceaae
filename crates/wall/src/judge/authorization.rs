//! What the operation demands of its caller. Before the limits, as what the key was restricted to: nothing was done
//! for the caller that could be counted, and the answer is the same however often it is asked for.

use super::Judgement;
use super::answers::Refused;
use super::caller::Known;
use super::visibility::Found;
use crate::fate::Answer;
use crate::faults::{Check, skips};
use crate::problem::Code;
use crate::scopes::{Demand, Scopes};
use crate::trace::{Outcome, Step, Trace};

impl<T: Trace> Judgement<'_, '_, T> {
    pub(super) fn authorization(
        &mut self,
        known: &Known,
        found: &Found<'_, '_>,
    ) -> Result<(), Box<Answer>> {
        if let Err(refused) = self.admission(known, found) {
            let matched = Some(found.matched());
            return Err(self.refuse(Step::Authorization, refused, Some(known), matched));
        }
        let demanded = &found.operation.scopes;
        if let Some(lacking) = lacking(demanded, known) {
            return Err(self.without_scope(lacking, known, found));
        }
        self.trace.step(Step::Authorization, Outcome::Passed, || {
            let said = (!demanded.is_nothing()).then(|| ("scopes", demanded.to_string()));
            let who = match known.caller.person() {
                Some(_) => found.groups(),
                None => found.callers(),
            };
            who.into_iter().chain(said).collect()
        });
        Ok(())
    }

    fn without_scope(
        &mut self,
        demanded: &Scopes,
        known: &Known,
        found: &Found<'_, '_>,
    ) -> Box<Answer> {
        let names = demanded.iter().filter(|name| !known.carries(name));
        let missing = Scopes::new(names);
        let why = format!(
            "{} {}: {missing}",
            known.caller.consumer(),
            known.lacks_for()
        );
        let refused = Refused::new(Code::ScopeMissing, why);
        let matched = Some(found.matched());
        let mut answer = self.refuse(Step::Authorization, refused, Some(known), matched);
        answer.headers.push((
            "www-authenticate",
            insufficient_scope(self.wall.ring.as_str(), demanded),
        ));
        answer
    }
}

fn lacking<'d>(demanded: &'d Demand, known: &Known) -> Option<&'d Scopes> {
    if demanded.is_nothing() || skips(Check::ScopeDemanded) {
        return None;
    }
    demanded.lacking(|name| known.carries(name))
}

/// RFC 6750 §3.1.
fn insufficient_scope(realm: &str, demanded: &Scopes) -> String {
    let scope = demanded.quotable();
    let scope = scope.map_or(String::new(), |names| format!(", scope=\"{names}\""));
    format!("Bearer realm=\"{realm}\", error=\"insufficient_scope\"{scope}")
}

impl Known {
    /// Whether every proof carries the scope, as far as its agreement goes.
    fn carries(&self, name: &str) -> bool {
        let also = self.also.as_ref().is_none_or(|known| known.carries(name));
        also && self.is_agreed(name) && self.caller.carries(name)
    }

    fn is_agreed(&self, name: &str) -> bool {
        let agreed = self.scopes.as_ref().filter(|_| !skips(Check::ScopeAgreed));
        agreed.is_none_or(|agreed| agreed.has(name))
    }

    fn lacks_for(&self) -> &'static str {
        match self.caller.holder() {
            Some(_) => "presents a token, or has an agreement, without a scope",
            None => "has a key, or an agreement, without a scope",
        }
    }
}
