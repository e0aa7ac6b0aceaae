//! The order of judgement, each step one function. Every step is a line in the trace.
//!
//! Partner and internal ask who calls before they look for anything; public looks first. From the route step
//! on, whatever is not there for the caller (missing, hidden, foreign host, unknown version, unusable target,
//! not agreed upon) goes the same way to the same answer, decided in one place: [`visibility`].

mod access;
mod answers;
mod attempts;
mod authorization;
mod bindings;
mod bound;
mod caller;
mod callers;
mod ending;
mod mesh;
mod proofs;
mod requests;
mod visibility;

use std::borrow::Cow;

use crate::fate::{Answer, Arrival, Fate, Field, Forward, Matched, Question, Settled};
use crate::faults::{Check, skips};
use crate::headers::{API_VERSION, ResponsePolicy};
use crate::identity::{IdentityStore, Network};
use crate::lifecycle::{self, Standing};
use crate::limits::{Allowance, Limits, Taken};
use crate::manifest::{Limit, Versioning};
use crate::matching::{Path, fold_path};
use crate::problem::Code;
use crate::snapshot::{Place, RingWall, Sight, VersionChoice};
use crate::target::{Target, Unusable};
use crate::trace::{Outcome, Silent, Step, Trace};
use crate::validation::{self, RequestPolicy};
use answers::Refused;
pub use caller::Known;
use visibility::Found;

const NANOS_PER_SECOND: u64 = 1_000_000_000;

/// A request on its way through the wall of one ring.
struct Judgement<'w, 'a, T> {
    wall: &'w RingWall,
    arrival: &'a Arrival<'a>,
    identities: &'a IdentityStore,
    limits: &'a Limits,
    trace: &'a mut T,
    /// The request was let pass before: it is no attempt to get in.
    again: bool,
    /// What is known of it since its limit was asked for.
    settled: Option<Settled>,
}

/// Why a request does not go on here.
enum Halt {
    Answer(Box<Answer>),
    Ask(Limit),
}

impl From<Box<Answer>> for Halt {
    fn from(answer: Box<Answer>) -> Halt {
        Halt::Answer(answer)
    }
}

/// Where the request leads, and the best path there; nothing is decided yet.
struct Way<'w, 't> {
    place: Place<'w, 't>,
    path: Option<&'w Path>,
    /// Why there is nothing, for the log.
    unusable: Option<&'static str>,
}

pub fn judge<T: Trace>(
    wall: &RingWall,
    arrival: &Arrival<'_>,
    identities: &IdentityStore,
    limits: &Limits,
    trace: &mut T,
    settled: Option<Settled>,
) -> Fate {
    let mut judgement = Judgement {
        wall,
        arrival,
        identities,
        limits,
        trace,
        again: false,
        settled,
    };
    judgement.run()
}

/// Whether a request that was let pass would be now: everything but how often, which was counted then.
pub fn judge_again(
    wall: &RingWall,
    arrival: &Arrival<'_>,
    identities: &IdentityStore,
    limits: &Limits,
) -> Result<(), Box<Answer>> {
    let mut judgement = Judgement {
        wall,
        arrival,
        identities,
        limits,
        trace: &mut Silent,
        again: true,
        settled: None,
    };
    let target = judgement.target();
    let folded = folded(&target);
    let (known, found, _) = judgement.admitted(&target, &folded)?;
    let query = target.as_ref().map_or(None, |target| target.query);
    judgement.bindings(&known, &found, query).map(drop)
}

fn folded<'t>(target: &'t Result<Target<'_>, Unusable>) -> Cow<'t, str> {
    target
        .as_ref()
        .map_or_else(|_| fold_path("/"), |target| fold_path(&target.path))
}

impl<'w, 'a, T: Trace> Judgement<'w, 'a, T> {
    fn run(&mut self) -> Fate {
        let target = self.target();
        let folded = folded(&target);
        let (known, found, standing) = match self.admitted(&target, &folded) {
            Ok(admitted) => admitted,
            Err(answer) => return Fate::Answer(answer),
        };
        match self.passed(&target, &known, &found, standing) {
            Ok(forward) => Fate::Forward(Box::new(forward)),
            Err(Halt::Answer(answer)) => Fate::Answer(answer),
            Err(Halt::Ask(limit)) => Fate::Ask(Box::new(Question { known, limit })),
        }
    }

    /// From the quota on: the caller is known, and what it called is there for it.
    fn passed(
        &mut self,
        target: &Result<Target<'a>, Unusable>,
        known: &Known,
        found: &Found<'w, '_>,
        standing: Standing,
    ) -> Result<Forward, Halt> {
        let allowance = self.quota(known, found).map_err(|halt| match halt {
            Halt::Answer(answer) => Halt::Answer(self.readable(answer, found)),
            Halt::Ask(limit) => Halt::Ask(limit),
        })?;
        let (path, query) = target
            .as_ref()
            .map_or(("/", None), |target| (&*target.path, target.query));
        let request = self.bindings(known, found, query);
        let request = request.and_then(|bound| self.validation(known, found, query, bound));
        let request = request.map_err(|mut answer| {
            answer.headers.extend(allowance.headers());
            self.readable(answer, found)
        })?;
        let mut forward = self.forward(known, found, path, query, request, &allowance);
        self.announce(&mut forward, standing, query, known, found);
        Ok(forward)
    }

    /// Who it is and what is there for them, if they may.
    fn admitted<'t>(
        &mut self,
        target: &'t Result<Target<'a>, Unusable>,
        folded: &'t str,
    ) -> Result<(Known, Found<'w, 't>, Standing), Box<Answer>> {
        self.networks()?;
        let (known, found) = if self.wall.authenticate_first {
            let known = self.caller()?;
            let way = self.way(target, folded, Some(&known));
            let found = self.visible(&way, Some(&known))?;
            (known, found)
        } else {
            let early = self.wall.versions_by_caller.then(|| self.recognised());
            let is_known = early.as_ref().and_then(|known| known.as_ref().ok());
            let way = self.way(target, folded, is_known);
            let found = self.visible(&way, None)?;
            let known = early.unwrap_or_else(|| self.recognised());
            let known = self.admitted_as(known);
            (
                known.map_err(|answer| self.readable(answer, &found))?,
                found,
            )
        };
        let standing = self.lifecycle(&known, &found);
        let standing = standing.map_err(|answer| self.readable(answer, &found))?;
        let allowed = self.permission(&known, &found);
        allowed.map_err(|answer| self.readable(answer, &found))?;
        let authorized = self.authorization(&known, &found);
        authorized.map_err(|answer| self.readable(answer, &found))?;
        Ok((known, found, standing))
    }

    /// Where the ring accepts tokens, a token is for the wall, unless its issuer's are declared to pass.
    fn bearer_passes(&self, known: &Known) -> bool {
        let holder = known.caller.holder();
        self.wall.access_tokens.is_none()
            || holder.is_some_and(|holder| holder.forward)
            || skips(Check::AccessForwarded)
    }

    fn target(&mut self) -> Result<Target<'a>, Unusable> {
        let Arrival {
            method,
            target,
            host,
            ..
        } = *self.arrival;
        let normal = Target::normalise(method, target, host);
        self.trace
            .step(Step::Target, Outcome::Noted, || match &normal {
                Ok(target) => vec![
                    ("host", target.host.to_string()),
                    ("path", target.path.to_string()),
                ],
                Err(Unusable(why)) => vec![("unusable", (*why).to_owned())],
            });
        normal
    }

    fn networks(&mut self) -> Result<(), Box<Answer>> {
        let client = self.arrival.client_address;
        if !Network::admit(&self.wall.networks, client) && !skips(Check::RingNetworks) {
            let refused = Refused::new(
                Code::Forbidden,
                format!("{client} is in none of the ring's networks"),
            );
            return Err(self.refuse(Step::Networks, refused, None, None));
        }
        self.trace.step(Step::Networks, Outcome::Passed, || {
            vec![("client_address", client.to_string())]
        });
        Ok(())
    }

    /// Route and operation. Where there is no route, another API's paths are searched in vain.
    fn way<'t>(
        &mut self,
        target: &'t Result<Target<'a>, Unusable>,
        folded: &'t str,
        known: Option<&Known>,
    ) -> Way<'w, 't> {
        let wall = self.wall;
        let unusable = self.unusable(target);
        let path = target.as_ref().map_or("/", |target| &*target.path);
        let host = target.as_ref().map_or("", |target| &*target.host);
        let named = self.named_version();
        let place = match unusable {
            None => wall.routes.find(host, path, folded, named),
            Some(_) => Place::default(),
        };
        let pinned = place
            .api
            .filter(|api| named.is_none() && api.versioning == Versioning::Header)
            .and_then(|api| self.pinned(&api.name, known));
        let place = match &pinned {
            Some(version) => wall.routes.find(host, path, folded, Some(version)),
            None => place,
        };
        self.trace
            .step(Step::Route, Outcome::Noted, || place.described());
        let path = match &place.version {
            VersionChoice::Chosen(served) => {
                served.bundle.paths.find(place.rest, place.folded_rest)
            }
            VersionChoice::Unnamed | VersionChoice::Unknown => self.search_in_vain(path, folded),
        };
        self.trace.step(Step::Operation, Outcome::Noted, || {
            path.map(|path| vec![("template", path.template.to_string())])
                .unwrap_or_default()
        });
        Way {
            place,
            path,
            unusable,
        }
    }

    /// The version the caller's application is pinned to.
    fn pinned(&self, api: &str, known: Option<&Known>) -> Option<Box<str>> {
        let pinned = known?.pinned(api);
        pinned
            .filter(|_| !skips(Check::VersionPinned))
            .map(Into::into)
    }

    /// Takes the time of a miss and finds nothing.
    fn search_in_vain(&self, path: &str, folded: &str) -> Option<&'w Path> {
        let decoy = self.wall.decoy.as_ref()?;
        std::hint::black_box(decoy.paths.find(path, folded));
        None
    }

    /// Targets, hosts and server names that lead nowhere on this ring.
    fn unusable(&self, target: &Result<Target<'a>, Unusable>) -> Option<&'static str> {
        let sni = self
            .arrival
            .server_name
            .map(|name| name.strip_suffix('.').unwrap_or(name));
        match target {
            Err(Unusable(why)) => Some(why),
            Ok(target) if !self.wall.has_host(&target.host) && !skips(Check::ForeignHost) => {
                Some("foreign host")
            }
            Ok(_)
                if sni.is_some_and(|name| !self.wall.has_host(&name.to_ascii_lowercase()))
                    && !skips(Check::ForeignServerName) =>
            {
                Some("foreign server name (SNI)")
            }
            Ok(_) => None,
        }
    }

    /// A repeated or unreadable `API-Version` names a version nobody has.
    fn named_version(&self) -> Option<&'a str> {
        match self.arrival.headers.field(&API_VERSION) {
            Field::Absent => None,
            Field::Once(value) => Some(std::str::from_utf8(value.trim_ascii()).unwrap_or("")),
            Field::Repeated => Some(""),
        }
    }

    /// What the key's own restrictions exclude: the caller knows of it, so it is told.
    fn permission(&mut self, known: &Known, found: &Found<'w, '_>) -> Result<(), Box<Answer>> {
        let bundle = &found.served.bundle;
        if let Err(why) = known.permit(&bundle.api, &bundle.version) {
            let refused = Refused::new(Code::Forbidden, why);
            return Err(self.refuse(
                Step::Permission,
                refused,
                Some(known),
                Some(found.matched()),
            ));
        }
        self.trace.step(Step::Permission, Outcome::Passed, Vec::new);
        Ok(())
    }

    fn quota(&mut self, known: &Known, found: &Found<'w, '_>) -> Result<Allowance, Halt> {
        let Some(limit) = known.limit else {
            let refused = Refused::new(
                Code::RevisionUnavailable,
                "the revision holds no limit for this caller",
            );
            let answer = self.refuse(Step::Quota, refused, Some(known), Some(found.matched()));
            return Err(answer.into());
        };
        let subject = known.subject();
        let allowance = self.taken(known, limit);
        let (code, why) = match allowance.taken {
            _ if skips(Check::Limit) => return Ok(allowance),
            Taken::Unasked => return Err(Halt::Ask(limit)),
            Taken::Yes => {
                self.trace.step(Step::Quota, Outcome::Passed, || {
                    vec![
                        ("subject", subject.to_string()),
                        ("left", allowance.minute_left.to_string()),
                    ]
                });
                return Ok(allowance);
            }
            Taken::DayUsedUp => (Code::QuotaExceeded, "used up its quota of the day"),
            Taken::MinuteUsedUp { .. } => {
                (Code::RateLimited, "is faster than its limit per minute")
            }
            Taken::TooManyCallers => (Code::RateLimited, "is one caller more than can be counted"),
        };
        let refused = Refused::new(code, format!("{subject} {why} ({limit})"));
        let mut answer = self.refuse(Step::Quota, refused, Some(known), Some(found.matched()));
        answer.headers.extend(allowance.headers());
        Err(answer.into())
    }

    /// One request of the caller's limit; after it was asked for, what came of that.
    fn taken(&mut self, known: &Known, limit: Limit) -> Allowance {
        let (subject, now) = (known.subject(), self.arrival.now_unix_ns);
        match self.settled.take() {
            None => self.limits.take(subject, limit, now),
            Some(settled) => settled
                .allowance
                .unwrap_or_else(|| self.limits.take_apart(subject, limit, now)),
        }
    }

    fn forward(
        &mut self,
        known: &Known,
        found: &Found<'w, '_>,
        path: &str,
        query: Option<&str>,
        request: Option<RequestPolicy>,
        allowance: &Allowance,
    ) -> Forward {
        let upstream = &found.served.bundle.upstream;
        let recording = found.operation.recording.as_ref();
        let recording = recording.filter(|_| !skips(Check::Recorded));
        let sent = query;
        let query = query.map(|query| match &request {
            Some(policy) if policy.is_enforced() => validation::forwarded(query),
            _ => Cow::Borrowed(query),
        });
        let length = upstream.path.len()
            + found.rest.len()
            + query.as_ref().map_or(0, |query| query.len() + 1);
        let mut upstream_target = String::with_capacity(length);
        upstream_target.push_str(&upstream.path);
        upstream_target.push_str(found.rest);
        if let Some(query) = query {
            upstream_target.push('?');
            upstream_target.push_str(&query);
        }
        self.trace.step(Step::Forward, Outcome::Passed, || {
            vec![
                ("upstream", format!("{}:{}", upstream.host, upstream.port)),
                ("target", upstream_target.clone()),
            ]
        });
        Forward {
            ring: self.wall.ring,
            upstream: upstream.clone(),
            authority: found.served.bundle.authority.clone(),
            path: path.to_owned(),
            upstream_target,
            max_body_bytes: found.operation.max_body_bytes,
            bearer_passes: self.bearer_passes(known),
            request,
            record: recording.map(|recording| recording.of_target(found.rest, sent)),
            quota: allowance.fields(),
            response: ResponsePolicy {
                served: found.served.clone(),
                operation: found.operation.clone(),
                sight: Sight {
                    ring: self.wall.ring,
                    terms: known.terms.clone(),
                },
            },
            caller: known.caller.clone(),
            notices: Vec::new(),
            version_state: None,
        }
    }

    /// Says in the response that what was called will end.
    fn announce(
        &self,
        forward: &mut Forward,
        standing: Standing,
        query: Option<&str>,
        known: &Known,
        found: &Found<'w, '_>,
    ) {
        forward.version_state = standing.state.noted();
        let standing = self.with_parameters(standing, query, found);
        if standing.is_silent() {
            return;
        }
        let successor = self.successor(known, found);
        forward.notices = lifecycle::as_header(standing.fields(successor));
    }
}

impl Found<'_, '_> {
    fn matched(&self) -> Matched {
        Matched {
            api: self.served.bundle.api.clone(),
            version: self.served.bundle.version.clone(),
            operation: self.operation.id.clone(),
            template: self.path.template.clone(),
        }
    }
}

#[cfg(test)]
mod tests;
