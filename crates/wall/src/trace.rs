//! The way of one request through the wall, step by step.
//!
//! The gateway passes [`Silent`], which compiles to nothing; `explain` and the tests pass a [`Recording`] and
//! run the very same judgement.

use serde::Serialize;

/// The steps of [`crate::Wall::judge`]. Which order they are taken in depends on the ring alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// Method, request target and host, normalised.
    Target,
    /// Networks that may speak to the ring.
    Networks,
    /// Who calls.
    Caller,
    /// Host and prefix to API, then its version.
    Route,
    /// Best template over all operations, hidden ones too.
    Operation,
    /// The one place where "not found" is decided.
    Visibility,
    /// Whether it is served at this hour, where an end was decided.
    Lifecycle,
    /// The credential's own restrictions.
    Permission,
    /// What the operation demands of its caller.
    Authorization,
    Quota,
    /// Values that must be the caller's own, where any are.
    Bindings,
    /// What is beside the body, held to the contract.
    Validation,
    Forward,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Something was found out; nothing is decided by it yet.
    Noted,
    Passed,
    /// The wall answers here.
    Answered,
}

/// What a step saw, for those who run the gateway; never sent to a caller.
pub type Detail = Vec<(&'static str, String)>;

pub trait Trace {
    /// `detail` is called by recording traces only.
    fn step(&mut self, step: Step, outcome: Outcome, detail: impl FnOnce() -> Detail);
}

/// Records nothing and costs nothing.
pub struct Silent;

impl Trace for Silent {
    #[inline(always)]
    fn step(&mut self, _: Step, _: Outcome, _: impl FnOnce() -> Detail) {}
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TraceStep {
    pub step: Step,
    pub outcome: Outcome,
    pub detail: Detail,
}

/// Every step, in the order taken.
#[derive(Clone, Debug, Default)]
pub struct Recording {
    pub steps: Vec<TraceStep>,
}

impl Recording {
    /// The names of the steps alone: what must be the same for hidden and missing.
    pub fn way(&self) -> Vec<(Step, Outcome)> {
        self.steps
            .iter()
            .map(|taken| (taken.step, taken.outcome))
            .collect()
    }
}

impl Trace for Recording {
    fn step(&mut self, step: Step, outcome: Outcome, detail: impl FnOnce() -> Detail) {
        self.steps.push(TraceStep {
            step,
            outcome,
            detail: detail(),
        });
    }
}
