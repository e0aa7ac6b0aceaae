//! All paths of one API version, hidden ones too, and the best of them for a request.

use std::sync::Arc;

use super::folding;
use super::template::{Invalid, Rank, Template};
use super::trie::{Growing, PathIndex, Trie};
use crate::bindings::Bindings;
use crate::bundle::{Cache, EndingParameter, Lifecycle, Operation, PathItem, WebSocket};
use crate::callers::Admitted;
use crate::faults::{Check, skips};
use crate::recording::Recording;
use crate::scopes::{Demand, Scopes};

#[derive(Debug)]
pub struct Paths {
    paths: Vec<Path>,
    exact: Trie,
    /// The same templates as a careless upstream reads them; only where something is guarded.
    folded: Option<Trie>,
}

#[derive(Debug)]
pub struct Path {
    pub template: Arc<str>,
    /// An operation of this path is hidden from the ring, or from callers whose agreement lacks a feature.
    guarded: bool,
    pub operations: Operations,
    /// Place among all templates of the version, the most specific first; equally specific ones share it.
    specificity: u32,
}

/// The visible operations of a path.
#[derive(Debug)]
pub struct Operations {
    declared: Vec<(Box<str>, Arc<VisibleOperation>)>,
    /// HEAD is no operation of its own, neither visible nor hidden (RFC 9110 §9.3.2).
    pub head_is_get: bool,
}

#[derive(Debug, PartialEq, Eq)]
pub struct VisibleOperation {
    pub id: Arc<str>,
    pub template: Arc<str>,
    pub max_body_bytes: u64,
    pub feature: Option<Box<str>>,
    pub scopes: Demand,
    pub bindings: Option<Bindings>,
    /// Services that may call are in each; none: any.
    pub callers: Box<[Admitted]>,
    /// People that may call are in one of each; none: no people.
    pub groups: Box<[Scopes]>,
    /// Lower case, sorted.
    pub response_headers: Box<[Box<str>]>,
    /// How its writes are recorded.
    pub recording: Option<Recording>,
    pub websocket: Option<WebSocket>,
    pub cache: Option<Cache>,
    pub lifecycle: Option<Box<Lifecycle>>,
    pub ending_parameters: Box<[EndingParameter]>,
}

impl Operations {
    pub fn get(&self, method: &str) -> Option<&Arc<VisibleOperation>> {
        let method = match method {
            "HEAD" if self.head_is_get => "GET",
            method => method,
        };
        self.declared
            .iter()
            .find(|(name, _)| **name == *method)
            .map(|(_, operation)| operation)
    }

    pub fn iter(&self) -> impl Iterator<Item = (&str, &Arc<VisibleOperation>)> {
        self.declared
            .iter()
            .map(|(method, operation)| (&**method, operation))
    }
}

impl Paths {
    pub fn compile(items: Vec<PathItem>) -> Result<Paths, Invalid> {
        let mut exact = Growing::new();
        let mut folded = Growing::new();
        let mut paths = Vec::with_capacity(items.len());
        let mut ranks = Vec::with_capacity(items.len());
        let is_kept =
            |item: &PathItem| !item.operations.is_empty() || !skips(Check::HiddenOperation);
        for item in items.into_iter().filter(is_kept) {
            let index =
                PathIndex::try_from(paths.len()).map_err(|_| Invalid("too many paths".into()))?;
            let template = Template::parse(&item.template)?;
            if let Some(taken) = exact.end_of(&template.segments).replace(index) {
                let other: &Path = &paths[taken as usize];
                return Err(Invalid(format!(
                    "`{}` and `{}` are the same path",
                    other.template, item.template
                )));
            }
            let place = folded.end_of(&template.folded().segments);
            if place.is_none() || is_guarded(&item) {
                *place = Some(index);
            }
            ranks.push(template.ranks());
            paths.push(Path::new(item)?);
        }
        let folded = paths
            .iter()
            .any(|path| path.guarded)
            .then(|| folded.finish());
        order_by_specificity(&mut paths, &ranks);
        Ok(Paths {
            paths,
            exact: exact.finish(),
            folded,
        })
    }

    /// The path that carries a request for `path` (normal form; what follows the route's prefix), or none.
    /// `folded` is [`super::fold_path`] of it: a guarded path that an upstream could prefer under a folding
    /// hides the request too.
    pub fn find(&self, path: &str, folded: &str) -> Option<&Path> {
        let exact = path
            .strip_prefix('/')
            .and_then(|rest| self.exact.find(Some(rest)));
        let shadow = self.guarded_under_folding(folded);
        let best = &self.paths[exact? as usize];
        match shadow {
            Some(shadow) if shadow.specificity < best.specificity => None,
            _ => Some(best),
        }
    }

    fn guarded_under_folding(&self, folded: &str) -> Option<&Path> {
        let trie = self.folded.as_ref()?;
        let guarded = |folded: &str| {
            let found = trie.find((!folded.is_empty()).then_some(folded))?;
            Some(&self.paths[found as usize]).filter(|path| path.guarded)
        };
        // A path with a guarded method of its own may be the less specific of the two.
        let suffixless = folding::without_suffix(folded).and_then(guarded);
        [guarded(folded), suffixless]
            .into_iter()
            .flatten()
            .min_by_key(|path| path.specificity)
    }

    pub fn len(&self) -> usize {
        self.paths.len()
    }

    pub fn is_empty(&self) -> bool {
        self.paths.is_empty()
    }
}

fn is_guarded(item: &PathItem) -> bool {
    item.hidden
        || item
            .operations
            .values()
            .any(|operation| operation.feature.is_some())
}

/// Compared ahead of requests, so that a hidden path costs a request no more time than a missing one (law 2).
fn order_by_specificity(paths: &mut [Path], ranks: &[Vec<Rank>]) {
    let mut distinct: Vec<&Vec<Rank>> = ranks.iter().collect();
    distinct.sort_unstable();
    distinct.dedup();
    for (path, ranks) in paths.iter_mut().zip(ranks) {
        let place = distinct.binary_search(&ranks).unwrap_or_else(|place| place);
        path.specificity = u32::try_from(place).unwrap_or(u32::MAX);
    }
}

impl Path {
    fn new(item: PathItem) -> Result<Path, Invalid> {
        let guarded = is_guarded(&item);
        let head_is_get = !item.head_hidden && !item.operations.contains_key("HEAD");
        let template: Arc<str> = item.template.into();
        let operations = item.operations.into_iter().map(|(method, operation)| {
            let operation = VisibleOperation::new(operation, &template)?;
            Ok((method.into(), Arc::new(operation)))
        });
        let declared = operations.collect::<Result<_, Invalid>>()?;
        Ok(Path {
            template,
            guarded,
            specificity: 0,
            operations: Operations {
                declared,
                head_is_get,
            },
        })
    }
}

impl VisibleOperation {
    fn new(operation: Operation, template: &Arc<str>) -> Result<VisibleOperation, Invalid> {
        let mut names: Vec<Box<str>> = operation
            .response_headers
            .iter()
            .map(|name| name.to_ascii_lowercase().into())
            .collect();
        names.sort_unstable();
        let bindings = Bindings::new(operation.bindings, template).map_err(Invalid)?;
        let recording = operation
            .record
            .map(|record| Recording::new(record, template))
            .transpose()
            .map_err(Invalid)?;
        Ok(VisibleOperation {
            id: operation.id.into(),
            bindings,
            recording,
            callers: operation.callers.into_iter().map(Admitted::new).collect(),
            groups: operation.groups.into_iter().map(Scopes::new).collect(),
            template: Arc::clone(template),
            max_body_bytes: operation.max_body_bytes,
            feature: operation.feature.map(Into::into),
            scopes: Demand::new(operation.scopes),
            response_headers: names.into(),
            websocket: operation.websocket,
            cache: operation.cache,
            lifecycle: operation.lifecycle.map(Box::new),
            ending_parameters: operation.ending_parameters.into(),
        })
    }
}

#[cfg(test)]
#[path = "paths_tests.rs"]
mod tests;
