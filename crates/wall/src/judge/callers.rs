//! Who may call on the internal ring: services the API and the operation name, people of the operation's groups.
//! Before the limits, as scopes are.

use super::Judgement;
use super::answers::Refused;
use super::caller::Known;
use super::visibility::Found;
use crate::callers::Admitted;
use crate::faults::{Check, skips};
use crate::identity::Unavailable;
use crate::problem::Code;
use crate::scopes::Scopes;

impl<T: crate::trace::Trace> Judgement<'_, '_, T> {
    /// Everybody who may call at all.
    pub(super) fn admission(&self, known: &Known, found: &Found<'_, '_>) -> Result<(), Refused> {
        if let Some(person) = known.caller.person() {
            return self.people(person, known, found);
        }
        let mut named = found.named();
        if skips(Check::CallerNamed) || named.all(|admitted| self.is_named(known, admitted)) {
            return Ok(());
        }
        let who = known.caller.consumer();
        let why = format!("{who} is none of the services that may call this");
        Err(Refused::new(Code::CallerNotNamed, why))
    }

    /// A person calls by a functional group of the operation's, own or granted; without one, nobody does.
    fn people(&self, person: &str, known: &Known, found: &Found<'_, '_>) -> Result<(), Refused> {
        if skips(Check::PersonInGroup) {
            return Ok(());
        }
        let demanded = &found.operation.groups;
        let who = known.caller.consumer();
        let missing = |why| Err(Refused::new(Code::GroupMissing, why));
        if demanded.is_empty() {
            return missing(format!(
                "{who} is a person, and people have no way to call this"
            ));
        }
        let claims = self.claims(known).unwrap_or_default();
        let granted = self.granted(person)?;
        let groups = &self.wall.groups;
        let is_in = |group: &str| granted.has(group) || groups.holds(group, &claims);
        match demanded.iter().find(|any| !any.iter().any(is_in)) {
            None => Ok(()),
            Some(any) => missing(format!("{who} is in none of {any}")),
        }
    }

    /// Groups that hold for now. By the clock of this machine, so that a grant ends whoever is away.
    fn granted(&self, person: &str) -> Result<Scopes, Refused> {
        let unavailable = |Unavailable(why)| Refused::new(Code::IdentityUnavailable, why);
        let now = self.now_unix_s();
        let read = self.identities.read_with(|store| {
            let grants = store.grants(person)?;
            let held = grants.iter().filter(|grant| {
                let is_granted =
                    self.wall.groups.is_granted(grant.group) || skips(Check::GroupGranted);
                is_granted && (now < grant.until || skips(Check::GrantEnded))
            });
            Ok(Scopes::new(held.map(|grant| grant.group)))
        });
        read.and_then(|granted| granted).map_err(unavailable)
    }

    /// A key names an account, which is no service.
    fn is_named(&self, known: &Known, admitted: &Admitted) -> bool {
        let caller = &known.caller;
        caller.key().is_none() && admitted.admits(caller.consumer(), &self.wall.groups)
    }
}

impl<'w> Found<'w, '_> {
    /// What the API says of its callers, and the operation: whoever calls is in each.
    pub(super) fn named(&self) -> impl Iterator<Item = &'w Admitted> {
        let of_api = self.served.bundle.callers.iter();
        of_api.chain(&self.operation.callers)
    }

    /// For the trace.
    pub(super) fn callers(&self) -> Option<(&'static str, String)> {
        let named: Vec<String> = self.named().map(ToString::to_string).collect();
        (!named.is_empty()).then(|| ("callers", named.join(" & ")))
    }

    pub(super) fn groups(&self) -> Option<(&'static str, String)> {
        let groups: Vec<String> = self
            .operation
            .groups
            .iter()
            .map(ToString::to_string)
            .collect();
        (!groups.is_empty()).then(|| ("groups", groups.join(" & ")))
    }
}
