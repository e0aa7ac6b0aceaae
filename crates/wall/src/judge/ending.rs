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
use crate::snapshot::Sight;
use crate::trace::{Outcome, Step, Trace};
use crate::validation::sends;

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

    /// The same path in the version to move to, if it is there for the caller, as a link.
    pub(super) fn successor(&self, known: &Known, found: &Found<'_, '_>) -> Option<String> {
        let name = found
            .served
            .bundle
            .lifecycle
            .as_ref()?
            .successor
            .as_deref()?;
        let next = found.api.versions.get(name)?;
        let sight = Sight {
            ring: self.wall.ring,
            terms: known.terms.clone(),
        };
        let path = next.bundle.paths.find(found.rest, &fold_path(found.rest))?;
        let operation = path.operations.get(self.arrival.method)?;
        let is_there = sight.sees_version(&found.api.name, name)
            && sight.sees(operation.feature.as_deref())
            && found.rest.bytes().all(is_quiet);
        let parameter = match found.api.versioning {
            Versioning::Header => format!("; api-version=\"{name}\""),
            Versioning::Path | Versioning::None => String::new(),
        };
        let prefix = &next.public_prefix;
        is_there.then(|| {
            format!(
                "<{prefix}{}>; rel=\"successor-version\"{parameter}",
                found.rest
            )
        })
    }
}

/// Stands for itself within a link.
fn is_quiet(byte: u8) -> bool {
    byte.is_ascii_graphic() && !matches!(byte, b'<' | b'>' | b'"')
}
