//! The one place where "not found" is decided.

use std::sync::Arc;

use super::answers::Refused;
use super::caller::Known;
use super::{Judgement, Way};
use crate::audience::Ring;
use crate::fate::{Answer, Matched};
use crate::matching::{Path, VisibleOperation};
use crate::problem::Code;
use crate::snapshot::{Place, Served, ServedApi, Sight, VersionChoice};
use crate::trace::{Detail, Outcome, Step, Trace};

/// An operation the caller may see.
pub struct Found<'w, 't> {
    pub api: &'w ServedApi,
    pub served: &'w Arc<Served>,
    pub path: &'w Path,
    pub operation: &'w Arc<VisibleOperation>,
    /// The document's path as called; what goes to the upstream.
    pub rest: &'t str,
}

/// What is there at the end of a way, for this caller.
enum Sighting<'w, 't> {
    Operation(Found<'w, 't>),
    /// A visible path, but not this method.
    PathOnly {
        served: &'w Arc<Served>,
        path: &'w Path,
        allow: String,
    },
    /// A visible API, but which version?
    VersionUnnamed,
    Nothing(&'static str),
}

impl<'w, T: Trace> Judgement<'w, '_, T> {
    pub(super) fn visible<'t>(
        &mut self,
        way: &Way<'w, 't>,
        known: Option<&Known>,
    ) -> Result<Found<'w, 't>, Box<Answer>> {
        let sight = Sight {
            ring: self.wall.ring,
            terms: known.and_then(|known| known.terms.clone()),
        };
        let refused = match sighting(way, self.arrival.method, &sight, self.now_unix_s()) {
            Sighting::Operation(found) => {
                let detail = || vec![("operation", found.operation.id.to_string())];
                self.trace.step(Step::Visibility, Outcome::Passed, detail);
                return Ok(found);
            }
            Sighting::PathOnly {
                served,
                path,
                allow,
            } if self.arrival.method == "OPTIONS" => {
                let matched = matched_path(served, path);
                return Err(self.options(known, matched, allow, served.bundle.cors.as_ref()));
            }
            Sighting::PathOnly { allow, .. } if self.wall.ring == Ring::Internal => {
                let refused =
                    Refused::new(Code::MethodNotAllowed, format!("the path takes {allow}"));
                let mut answer = self.refuse(Step::Visibility, refused, known, None);
                answer.headers.push(("allow", allow));
                return Err(answer);
            }
            Sighting::PathOnly { .. } => Refused::new(Code::NotFound, "method is not visible here"),
            Sighting::VersionUnnamed => {
                Refused::new(Code::VersionRequired, "no API-Version and no default")
            }
            Sighting::Nothing(why) => Refused::new(Code::NotFound, why),
        };
        Err(self.refuse(Step::Visibility, refused, known, None))
    }
}

fn sighting<'w, 't>(
    way: &Way<'w, 't>,
    method: &str,
    sight: &Sight,
    now_s: u64,
) -> Sighting<'w, 't> {
    if let Some(why) = way.unusable {
        return Sighting::Nothing(why);
    }
    let Some(api) = way.place.api else {
        return Sighting::Nothing("no API of this ring at this prefix");
    };
    if !sight.sees(api.feature.as_deref()) || !sight.sees_api(&api.name) {
        return Sighting::Nothing("the agreement does not include the API");
    }
    let served = match way.place.version {
        VersionChoice::Chosen(served) => served,
        VersionChoice::Unnamed => return Sighting::VersionUnnamed,
        VersionChoice::Unknown => return Sighting::Nothing("no such version"),
    };
    if !sight.sees_version(&api.name, &served.bundle.version) {
        return Sighting::Nothing("the agreement does not include the version");
    }
    let Some(path) = way.path else {
        return Sighting::Nothing("no visible path, or a hidden one matches better");
    };
    let visible = |operation: &&Arc<VisibleOperation>| is_visible(served, operation, sight, now_s);
    match path.operations.get(method).filter(visible) {
        Some(operation) => Sighting::Operation(Found {
            api,
            served,
            path,
            operation,
            rest: way.place.rest,
        }),
        None => path_only(served, path, sight, now_s),
    }
}

fn is_visible(served: &Served, operation: &VisibleOperation, sight: &Sight, now_s: u64) -> bool {
    let requests = served.bundle.requests.as_ref();
    let is_over = requests.is_some_and(|requests| requests.is_over(&operation.id, now_s));
    !is_over && sight.sees(operation.feature.as_deref())
}

fn path_only<'w, 't>(
    served: &'w Arc<Served>,
    path: &'w Path,
    sight: &Sight,
    now_s: u64,
) -> Sighting<'w, 't> {
    let seen = path
        .operations
        .iter()
        .filter(|(_, operation)| is_visible(served, operation, sight, now_s));
    let mut methods: Vec<&str> = seen.map(|(method, _)| method).collect();
    if methods.is_empty() {
        return Sighting::Nothing("no operation of this path is visible");
    }
    if methods.contains(&"GET") && path.operations.head_is_get {
        methods.push("HEAD");
    }
    if !methods.contains(&"OPTIONS") {
        methods.push("OPTIONS");
    }
    methods.sort_unstable();
    Sighting::PathOnly {
        served,
        path,
        allow: methods.join(", "),
    }
}

/// For the log: OPTIONS is answered for a path, not for an operation.
fn matched_path(served: &Served, path: &Path) -> Matched {
    Matched {
        api: served.bundle.api.clone(),
        version: served.bundle.version.clone(),
        operation: "OPTIONS".into(),
        template: path.template.clone(),
    }
}

impl Place<'_, '_> {
    /// For the trace.
    pub(super) fn described(&self) -> Detail {
        let api = self
            .api
            .map(|api: &ServedApi| ("api", api.name.to_string()));
        let version = match &self.version {
            VersionChoice::Chosen(served) => Some(("version", served.bundle.version.to_string())),
            VersionChoice::Unnamed | VersionChoice::Unknown => None,
        };
        api.into_iter().chain(version).collect()
    }
}
