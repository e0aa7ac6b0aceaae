//! Bundles as a gateway serves them, two made at a time; what several of them name is made once.

use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread;

use http::HeaderValue;
use serde::de::DeserializeOwned;

use super::load::check_prefix;
use super::signature::check_format;
use super::{CompiledBundle, HashMap, Refusal, Wall};
use crate::bodies::{Bodies, Ruled};
use crate::bundle::{
    Bundle, Cors, Enforced, Enforcement, Lifecycle, Projection, Upstream, Validation,
};
use crate::callers::Admitted;
use crate::faults::{Check, skips};
use crate::lifecycle;
use crate::matching::Paths;
use crate::target::normalise_host;
use crate::validation::{Requests, Rules, RulesKey};

pub type Fetch<'f> = dyn Fn(&str) -> io::Result<Vec<u8>> + Sync + 'f;

pub type Made = Result<Arc<CompiledBundle>, Refusal>;

/// What of a bundle is made first: two threads that begin with bundles of one API need not wait for each other.
#[derive(Clone, Copy)]
pub enum Begin {
    Bodies,
    Requests,
}

/// More would take processors from the calls that are served meanwhile.
const AT_ONCE: usize = 2;

/// As the main thread has: schemas that lead to each other are compiled one within the other.
const STACK_BYTES: usize = 8 << 20;

/// By what it is made of: made by who asks first, waited for by the others.
type Shared<K, V> = Mutex<HashMap<K, Arc<OnceLock<Result<Arc<V>, Refusal>>>>>;

pub struct Making<'l> {
    previous: Option<&'l Wall>,
    fetch: &'l Fetch<'l>,
    projections: Shared<String, Bodies>,
    rules: Shared<RulesKey, Rules>,
}

impl<'l> Making<'l> {
    pub fn new(previous: Option<&'l Wall>, fetch: &'l Fetch<'l>) -> Making<'l> {
        Making {
            previous,
            fetch,
            projections: Shared::default(),
            rules: Shared::default(),
        }
    }

    /// All bundles of these hashes.
    pub fn together(&self, hashes: Vec<&str>) -> HashMap<String, Made> {
        let next = AtomicUsize::new(0);
        let work = |begin| {
            let mut made = Vec::new();
            while let Some(hash) = hashes.get(next.fetch_add(1, Ordering::Relaxed)) {
                made.push(((*hash).to_owned(), self.bundle(hash, begin)));
            }
            made
        };
        let processors = thread::available_parallelism().map_or(1, usize::from);
        let threads = AT_ONCE.min(processors).min(hashes.len());
        if threads < 2 {
            return work(Begin::Bodies).into_iter().collect();
        }
        thread::scope(|scope| {
            let begin = |_| {
                let thread = thread::Builder::new().stack_size(STACK_BYTES);
                thread.spawn_scoped(scope, || work(Begin::Requests))
            };
            // Where there is room for no thread, the others do it.
            let begun: Vec<_> = (1..threads).filter_map(|one| begin(one).ok()).collect();
            let own = work(Begin::Bodies);
            let theirs = begun.into_iter().flat_map(|thread| {
                thread
                    .join()
                    .unwrap_or_else(|why| std::panic::resume_unwind(why))
            });
            own.into_iter().chain(theirs).collect()
        })
    }

    /// That of the revision before where it has it.
    pub fn bundle(&self, hash: &str, begin: Begin) -> Made {
        if let Some(known) = self.previous.and_then(|wall| wall.bundles.get(hash)) {
            return Ok(Arc::clone(known));
        }
        let bundle: Bundle = self.object(hash)?;
        check_format("bundle", bundle.format, &bundle.requires)?;
        let (bodies, requests) = match begin {
            Begin::Bodies => (self.ruled(&bundle), None),
            Begin::Requests => {
                let requests = self.requests(&bundle);
                (self.ruled(&bundle), Some(requests))
            }
        };
        let bodies = bodies?;
        let requests = requests.unwrap_or_else(|| self.requests(&bundle))?;
        compile_bundle(hash, bundle, bodies, requests).map(Arc::new)
    }

    /// What the bundle says of bodies. Outer rings are held to their contract; a revision that would not is none.
    fn ruled(&self, bundle: &Bundle) -> Result<Option<Ruled>, Refusal> {
        match &bundle.projection {
            Some(rule) if rule.mode != Enforcement::Report || !bundle.ring.is_outer() => {
                Ok(Some(Ruled::new(self.projection(rule)?, rule)))
            }
            None if !bundle.ring.is_outer() || skips(Check::ProjectionMissing) => Ok(None),
            _ => {
                let message = "bodies would leave to an outer ring that its contract does not show";
                Err(Refusal::new("projection_missing", message))
            }
        }
    }

    fn projection(&self, rule: &Enforced) -> Result<Arc<Bodies>, Refusal> {
        let hash = &rule.object;
        if let Some(known) = self.previous.and_then(|wall| wall.projections.get(hash)) {
            return Ok(Arc::clone(known));
        }
        once(&self.projections, hash, || {
            let source = self.bytes(hash)?;
            let parsed: Projection = read(hash, &source)?;
            check_format("projection", parsed.format, &[])?;
            // What changes while it is served is going to be called; of all there is at a start, little is.
            let bodies = Bodies::checked(source, parsed, self.previous.is_some());
            bodies
                .map_err(|why| Refusal::new("projection_invalid", format!("object {hash}: {why}")))
        })
    }

    /// What the bundle says of requests.
    fn requests(&self, bundle: &Bundle) -> Result<Option<Requests>, Refusal> {
        let Some(rule) = &bundle.validation else {
            return Ok(None);
        };
        let is_reported = bundle.ring.is_outer() && rule.mode == Enforcement::Report;
        if is_reported && !skips(Check::RequestsReported) {
            let message = "requests of an outer ring would pass that its contract does not know";
            return Err(Refusal::new("validation_missing", message));
        }
        let operations = || {
            bundle.paths.iter().flat_map(|path| {
                let operations = path.operations.values();
                operations.map(|operation| (operation.id.as_str(), path.template.as_str()))
            })
        };
        let rules = self.rules(&rule.object, &operations)?;
        let requests = Requests::held_to(rules, rule, operations().map(|(id, _)| id));
        let requests = requests.map_err(|why| Refusal::new("validation_invalid", why))?;
        Ok(Some(requests))
    }

    fn rules<'o, O: Iterator<Item = (&'o str, &'o str)>>(
        &self,
        hash: &str,
        operations: &dyn Fn() -> O,
    ) -> Result<Arc<Rules>, Refusal> {
        let key = RulesKey::new(hash, operations());
        if let Some(known) = self.previous.and_then(|wall| wall.rules.get(&key)) {
            return Ok(Arc::clone(known));
        }
        once(&self.rules, &key, || {
            let validation: Validation = self.object(hash)?;
            check_format("validation", validation.format, &[])?;
            let rules = Rules::new(key.clone(), validation, operations());
            let rules = rules.map_err(|why| Refusal::new("validation_invalid", why))?;
            // What changes while it is served is going to be called; of all there is at a start, little is.
            if self.previous.is_some() {
                rules.prepare();
            }
            Ok(rules)
        })
    }

    pub fn object<T: DeserializeOwned>(&self, hash: &str) -> Result<T, Refusal> {
        read(hash, &self.bytes(hash)?)
    }

    /// The object of this hash, as it says itself.
    fn bytes(&self, hash: &str) -> Result<Vec<u8>, Refusal> {
        let missing = |error| Refusal::new("object_missing", format!("object {hash}: {error}"));
        let bytes = (self.fetch)(hash).map_err(missing)?;
        if hex_sha256(&bytes) != hash && !skips(Check::ObjectHash) {
            return Err(Refusal::new(
                "object_corrupt",
                format!("the bytes of object {hash} have another hash"),
            ));
        }
        Ok(bytes)
    }
}

fn once<K: Clone + Eq + std::hash::Hash, V>(
    shared: &Shared<K, V>,
    key: &K,
    make: impl FnOnce() -> Result<V, Refusal>,
) -> Result<Arc<V>, Refusal> {
    let slot = {
        let mut slots = shared.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(slots.entry(key.clone()).or_default())
    };
    slot.get_or_init(|| make().map(Arc::new)).clone()
}

fn read<T: DeserializeOwned>(hash: &str, bytes: &[u8]) -> Result<T, Refusal> {
    let malformed = |error| Refusal::new("object_malformed", format!("object {hash}: {error}"));
    serde_json::from_slice(bytes).map_err(malformed)
}

fn compile_bundle(
    hash: &str,
    bundle: Bundle,
    bodies: Option<Ruled>,
    requests: Option<Requests>,
) -> Result<CompiledBundle, Refusal> {
    check_upstream(&bundle.upstream).map_err(|why| Refusal::new("upstream_invalid", why))?;
    check_lifecycles(&bundle).map_err(|why| Refusal::new("lifecycle_invalid", why))?;
    Ok(CompiledBundle {
        hash: hash.into(),
        ring: bundle.ring,
        cors: readable(&bundle),
        lifecycle: bundle.lifecycle,
        compression: bundle.compression,
        bodies,
        requests,
        api: bundle.api.into(),
        version: bundle.version.into(),
        callers: bundle.callers.map(Admitted::new),
        authority: HeaderValue::try_from(bundle.upstream.authority())
            .map_err(|error| Refusal::new("upstream_invalid", error.to_string()))?,
        upstream: Arc::new(bundle.upstream.identified()),
        paths: Paths::compile(bundle.paths)
            .map_err(|invalid| Refusal::new("template_invalid", invalid.0))?,
    })
}

/// The version's own, and those of its operations and their parameters.
fn lifecycles(bundle: &Bundle) -> impl Iterator<Item = &Lifecycle> {
    let operations = bundle
        .paths
        .iter()
        .flat_map(|path| path.operations.values());
    let own = operations.flat_map(|operation| {
        let parameters = operation.ending_parameters.iter();
        let parameters = parameters.map(|parameter| &parameter.lifecycle);
        operation.lifecycle.iter().chain(parameters)
    });
    bundle.lifecycle.iter().chain(own)
}

fn check_lifecycles(bundle: &Bundle) -> Result<(), String> {
    lifecycles(bundle).try_for_each(Lifecycle::check)
}

/// Pages of other origins may read what is said of the end of what they call; a partner's dates are on a ring of
/// their own, which no page calls.
fn readable(bundle: &Bundle) -> Option<Cors> {
    let mut cors = bundle.cors.clone()?;
    if lifecycles(bundle).next().is_some() {
        let said = lifecycle::EXPOSED.map(str::to_owned);
        let missing = said
            .into_iter()
            .filter(|name| !cors.expose.contains(name))
            .collect::<Vec<_>>();
        cors.expose.extend(missing);
    }
    Some(cors)
}

/// The upstream's path is sent before every request's path, so it must be in normal form itself.
fn check_upstream(upstream: &Upstream) -> Result<(), String> {
    check_prefix(&upstream.path)?;
    check_host(&upstream.host).map_err(|why| format!("host: {why}"))?;
    for place in &upstream.endpoints {
        check_host(&place.host).map_err(|why| format!("endpoint: {why}"))?;
    }
    upstream.check()
}

/// A name, or an address without brackets.
fn check_host(host: &str) -> Result<(), &'static str> {
    if host.parse::<std::net::IpAddr>().is_ok() {
        return Ok(());
    }
    normalise_host(host.as_bytes())
        .map(drop)
        .map_err(|why| why.0)
}

fn hex_sha256(bytes: &[u8]) -> String {
    hex::encode(ring::digest::digest(&ring::digest::SHA256, bytes))
}
