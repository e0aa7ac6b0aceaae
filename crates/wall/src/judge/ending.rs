//! Whether what was found is still served at this hour, and what the response says of its end. After the caller is
//! known: only who could call it learns that it is gone.

use super::Judgement;
use super::answers::Refused;
use super::caller::Known;
use super::visibility::Found;
use crate::fate::Answer;
use crate::faults::{Check, skips};
use crate::lifecycle::{Standing, State};
use crate::manifest::Versioning;
use crate::matching::fold_path;
use crate::problem::{self, Code};
use crate::snapshot::{Served, Sight};
use crate::trace::{Outcome, Step, Trace};
use crate::validation::{PathTemplate, sends};

impl<T: Trace> Judgement<'_, '_, T> {
    pub(super) fn lifecycle(
        &mut self,
        known: &Known,
        found: &Found<'_, '_>,
    ) -> Result<Standing, Box<Answer>> {
        let standing = self.standing(known, found);
        let refused = match standing.state {
            // What is under way ends by itself.
            _ if self.again => None,
            State::Sunset if !skips(Check::VersionSunset) => Some((Code::VersionGone, None)),
            State::Brownout(until) if !skips(Check::VersionBrownout) => {
                Some((Code::VersionBrownout, Some(until - self.now_unix_s())))
            }
            _ => None,
        };
        let Some((code, seconds)) = refused else {
            if !standing.is_silent() {
                let state = standing.state.noted().unwrap_or("supported");
                self.trace.step(Step::Lifecycle, Outcome::Passed, || {
                    vec![("state", state.to_owned())]
                });
            }
            return Ok(standing);
        };
        let mut answer = self.ended(code, &standing, known, found);
        answer
            .headers
            .extend(seconds.map(|seconds| ("retry-after", seconds.to_string())));
        Err(answer)
    }

    fn standing(&self, known: &Known, found: &Found<'_, '_>) -> Standing {
        let bundle = &found.served.bundle;
        let now_s = self.now_unix_s();
        let agreed = known.terms.as_ref();
        let agreed = agreed.and_then(|terms| terms.sunset_of(&bundle.api, &bundle.version));
        let of_version = match (&bundle.lifecycle, agreed) {
            (None, None) => Standing::SUPPORTED,
            (Some(said), agreed) => Standing::of(said, agreed, now_s),
            (None, agreed) => Standing::of(&Default::default(), agreed, now_s),
        };
        match &found.operation.lifecycle {
            None => of_version,
            Some(said) => of_version.and(Standing::of(said, None, now_s)),
        }
    }

    /// What ends of what the request sends is told, no more: who sends none of it has nothing to do.
    pub(super) fn with_parameters(
        &self,
        standing: Standing,
        query: Option<&str>,
        found: &Found<'_, '_>,
    ) -> Standing {
        let ending = found.operation.ending_parameters.iter();
        let sent = ending.filter(|one| sends(one.place, &one.name, query, self.arrival.headers));
        sent.fold(standing, |standing, one| {
            standing.and(Standing::of(&one.lifecycle, None, self.now_unix_s()))
        })
    }

    fn ended(
        &mut self,
        code: Code,
        standing: &Standing,
        known: &Known,
        found: &Found<'_, '_>,
    ) -> Box<Answer> {
        let version = &found.served.bundle.version;
        let reason = match standing.state {
            State::Brownout(until) => format!("{version} is in a brownout until {until}"),
            _ => format!("{version} ended at {}", standing.sunset_at.unwrap_or(0)),
        };
        let mut answer = self.refuse(
            Step::Lifecycle,
            Refused::new(code, reason),
            Some(known),
            Some(found.matched()),
        );
        problem::with_guide(&mut answer, standing.guide.as_deref());
        let successor = self.successor(known, found);
        answer.headers.extend(standing.fields(successor));
        answer.version_state = standing.state.noted();
        answer
    }

    /// Where to go on, as a link: what the operation names itself, else the same path in the version to move to.
    pub(super) fn successor(&self, known: &Known, found: &Found<'_, '_>) -> Option<String> {
        self.next_operation(known, found)
            .or_else(|| self.next_version(known, found))
    }

    /// Of the same version, with the request's own parameters.
    fn next_operation(&self, known: &Known, found: &Found<'_, '_>) -> Option<String> {
        let said = found.operation.lifecycle.as_ref()?;
        let next = PathTemplate::new(said.successor.as_deref()?).ok()?;
        let own = PathTemplate::new(&found.operation.template).ok()?;
        let path = next.filled(&own.values(found.rest))?;
        self.link(known, found, found.served, &path)
    }

    fn next_version(&self, known: &Known, found: &Found<'_, '_>) -> Option<String> {
        let said = found.served.bundle.lifecycle.as_ref()?;
        let next = found.api.versions.get(said.successor.as_deref()?)?;
        self.link(known, found, next, found.rest)
    }

    /// To a path of a version of the same API, if it is there for the caller.
    fn link(
        &self,
        known: &Known,
        found: &Found<'_, '_>,
        served: &Served,
        rest: &str,
    ) -> Option<String> {
        let sight = Sight {
            ring: self.wall.ring,
            terms: known.terms.clone(),
        };
        let path = served.bundle.paths.find(rest, &fold_path(rest))?;
        let operation = path.operations.get(self.arrival.method)?;
        let version = &served.bundle.version;
        let is_there = sight.sees_version(&found.api.name, version)
            && sight.sees(operation.feature.as_deref())
            && rest.bytes().all(is_quiet);
        let parameter = match found.api.versioning {
            Versioning::Header => format!("; api-version=\"{version}\""),
            Versioning::Path | Versioning::None => String::new(),
        };
        let prefix = &served.public_prefix;
        is_there.then(|| format!("<{prefix}{rest}>; rel=\"successor-version\"{parameter}"))
    }
}

/// Stands for itself within a link.
fn is_quiet(byte: u8) -> bool {
    byte.is_ascii_graphic() && !matches!(byte, b'<' | b'>' | b'"')
}
