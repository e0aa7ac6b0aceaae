//! A service with more than an address: its endpoints, their state, its limits. Shared by all requests to it,
//! on whatever ring.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, LazyLock, Mutex, Weak};
use std::time::{Duration, Instant};

use arc_swap::{ArcSwap, ArcSwapOption};
use pingora::upstreams::peer::HttpPeer;
use tokio::task::{AbortHandle, JoinSet};
use wall::bundle::{HealthCheck, Upstream};

use super::breaker::{Breaker, Budget};
use super::endpoint::Endpoint;
use super::health;
use super::lacking::Lack;
use super::names::{FRESH, Names};
use super::selection::Selection;
use super::tls::Identity;
use crate::secrets::Secrets;

/// Retries in a hundred requests where nothing is said.
const BUDGET_PERCENT: u8 = 20;
/// Endpoints of one service, its names' addresses included.
const MAX_ENDPOINTS: usize = 1024;

pub struct Pool {
    upstream: Arc<Upstream>,
    names: Arc<Names>,
    known: Arc<Registry>,
    selection: ArcSwap<Selection>,
    identity: ArcSwapOption<Identity>,
    pub breaker: Option<Breaker>,
    pub budget: Budget,
    watch: Mutex<Option<AbortHandle>>,
}

/// Endpoints by address and by how they are checked: what is known of one survives a change of revision.
#[derive(Default)]
pub struct Registry(Mutex<HashMap<(SocketAddr, String), Weak<Endpoint>>>);

impl Registry {
    fn endpoint(&self, address: SocketAddr, check: &str) -> Arc<Endpoint> {
        let mut known = self
            .0
            .lock()
            .expect("nothing panics while it holds this lock");
        let found = known
            .get(&(address, check.to_owned()))
            .and_then(Weak::upgrade);
        found.unwrap_or_else(|| {
            known.retain(|_, endpoint| endpoint.strong_count() > 0);
            let endpoint = Arc::new(Endpoint::new(address));
            known.insert((address, check.to_owned()), Arc::downgrade(&endpoint));
            endpoint
        })
    }
}

impl Pool {
    pub fn new(
        upstream: Arc<Upstream>,
        names: Arc<Names>,
        known: Arc<Registry>,
        secrets: &Secrets,
    ) -> Pool {
        let pool = Pool {
            selection: ArcSwap::from_pointee(Selection::new(&upstream.balance, Vec::new())),
            identity: ArcSwapOption::empty(),
            breaker: upstream.breaker.as_ref().map(Breaker::new),
            budget: Budget::new(
                upstream
                    .retries
                    .as_ref()
                    .map_or(BUDGET_PERCENT, |rule| rule.budget_percent),
            ),
            watch: Mutex::new(None),
            upstream,
            names,
            known,
        };
        pool.renew_identity(secrets);
        pool.take(pool.addresses_written());
        pool
    }

    pub fn upstream(&self) -> &Upstream {
        &self.upstream
    }

    /// After the secrets changed. Without the key it needs, the service is not called at all.
    pub fn renew_identity(&self, secrets: &Secrets) {
        let Some(tls) = &self.upstream.tls_options else {
            return;
        };
        match Identity::new(tls, secrets) {
            Ok(identity) => self.identity.store(Some(Arc::new(identity))),
            Err(why) => {
                log::error!("{}: no TLS to it: {why}", self.upstream.host);
                self.identity.store(None);
            }
        }
    }

    /// Puts CA and client certificate on the peer; false when the node lacks one.
    pub fn identify(&self, peer: &mut HttpPeer) -> bool {
        match (&self.upstream.tls_options, self.identity.load().as_ref()) {
            (None, _) => true,
            (Some(_), Some(identity)) => {
                identity.show_on(peer);
                true
            }
            (Some(_), None) => false,
        }
    }

    /// An endpoint that was not tried yet. The first request to a name waits for its addresses.
    pub async fn choose(&self, key: &[u8], tried: &[SocketAddr]) -> Option<Arc<Endpoint>> {
        if self.selection.load().is_empty() {
            self.resolve().await;
        }
        let selection = self.selection.load();
        selection.choose(key, tried, now_ms()).map(Arc::clone)
    }

    /// After an exchange failed: is the endpoint to be left out for a while?
    pub fn failed(&self, endpoint: &Endpoint) {
        let Some(rule) = &self.upstream.outliers else {
            return;
        };
        if !endpoint.failed(rule) {
            return;
        }
        let (selection, now_ms) = (self.selection.load(), now_ms());
        let out = selection
            .endpoints()
            .filter(|other| other.is_out(now_ms))
            .count();
        if (out + 1) * 100 <= usize::from(rule.max_percent) * selection.len() {
            let pause = endpoint.eject(rule, now_ms);
            log::warn!(
                "{}: left out for {pause:?} after failures",
                endpoint.address
            );
        }
    }

    pub fn succeeded(&self, endpoint: &Endpoint) {
        if self.upstream.outliers.is_some() {
            endpoint.succeeded();
        }
    }

    /// What it lacks now: endpoints that are left out, or any at all.
    pub fn lack(&self) -> Option<Lack> {
        let (selection, now_ms) = (self.selection.load(), now_ms());
        let endpoints = selection.endpoints();
        let left_out = endpoints.filter_map(|one| Some((one.address, one.left_out(now_ms)?)));
        Lack::of(selection.len(), left_out)
    }

    /// Looks names up and checks endpoints until the pool is dropped.
    pub fn keep(self: &Arc<Pool>, runtime: &tokio::runtime::Runtime) {
        let task = runtime.spawn(watch(Arc::downgrade(self)));
        let mut watch = self
            .watch
            .lock()
            .expect("nothing panics while it holds this lock");
        *watch = Some(task.abort_handle());
    }

    pub fn needs_watch(&self) -> bool {
        !self.is_static() || self.upstream.health.is_some()
    }

    fn is_static(&self) -> bool {
        let places = self.upstream.places();
        places.iter().all(|place| place.address().is_some())
    }

    fn addresses_written(&self) -> Vec<(SocketAddr, u16)> {
        let places = self.upstream.places();
        let address = |place: &wall::bundle::Endpoint| Some((place.address()?, place.weight));
        match self.is_static() {
            true => places.iter().filter_map(address).collect(),
            false => Vec::new(),
        }
    }

    /// Names whose lookup fails keep the addresses they had.
    async fn resolve(&self) {
        let mut found = Vec::new();
        for place in self.upstream.places() {
            match self.names.ask(&place.host, place.port).await {
                Ok(addresses) => {
                    found.extend(addresses.iter().map(|&address| (address, place.weight)))
                }
                Err(_) => log::warn!(
                    "{}:{}: no address that may be called",
                    place.host,
                    place.port
                ),
            }
        }
        if !found.is_empty() {
            self.take(found);
        }
    }

    fn take(&self, mut found: Vec<(SocketAddr, u16)>) {
        found.retain(|(address, _)| !super::forbidden::is_forbidden(address.ip()));
        found.sort_unstable();
        found.dedup_by_key(|(address, _)| *address);
        found.truncate(MAX_ENDPOINTS);
        let selection = self.selection.load();
        let same =
            |((address, weight), (known, had)): (&(SocketAddr, u16), &(Arc<Endpoint>, u16))| {
                *address == known.address && weight == had
            };
        if found.len() == selection.len() && found.iter().zip(selection.weights()).all(same) {
            return;
        }
        let check = self.check_name();
        let endpoints = found
            .into_iter()
            .map(|(address, weight)| (self.known.endpoint(address, &check), weight));
        let selection = Selection::new(&self.upstream.balance, endpoints.collect());
        self.selection.store(Arc::new(selection));
    }

    /// Endpoints are the same as long as they are checked the same way.
    fn check_name(&self) -> String {
        let (rule, upstream) = (&self.upstream.health, &self.upstream);
        format!(
            "{rule:?} {} {} {}",
            upstream.tls,
            upstream.server_name(),
            upstream.authority()
        )
    }

    async fn check_all(&self, rule: &HealthCheck) {
        let mut checks = JoinSet::new();
        for endpoint in self.selection.load().endpoints() {
            let (endpoint, rule) = (Arc::clone(endpoint), rule.clone());
            let (upstream, identity) = (Arc::clone(&self.upstream), self.identity.load_full());
            checks.spawn(async move {
                let healthy =
                    health::check(&rule, &upstream, endpoint.address, identity.as_ref()).await;
                let threshold = if healthy {
                    rule.healthy_after
                } else {
                    rule.unhealthy_after
                };
                match endpoint.checked(healthy, threshold) {
                    Some(true) => log::info!("{}: healthy", endpoint.address),
                    Some(false) => log::warn!("{}: not healthy, left out", endpoint.address),
                    None => {}
                }
            });
        }
        while checks.join_next().await.is_some() {}
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        if let Ok(watch) = self.watch.get_mut()
            && let Some(task) = watch.take()
        {
            task.abort();
        }
    }
}

async fn watch(pool: Weak<Pool>) {
    let (mut looked_up, mut checked) = (None, None);
    loop {
        let Some(pool) = pool.upgrade() else { return };
        if !pool.is_static() && is_due(looked_up, FRESH) {
            pool.resolve().await;
            looked_up = Some(Instant::now());
        }
        let rule = pool.upstream.health.clone();
        if let Some(rule) = &rule
            && is_due(checked, Duration::from_millis(rule.interval_ms))
        {
            pool.check_all(rule).await;
            checked = Some(Instant::now());
        }
        drop(pool);
        let interval = rule.map_or(FRESH, |rule| Duration::from_millis(rule.interval_ms));
        tokio::time::sleep(interval.min(FRESH)).await;
    }
}

fn is_due(last: Option<Instant>, every: Duration) -> bool {
    last.is_none_or(|last| last.elapsed() >= every)
}

/// Of a clock nobody sets.
fn now_ms() -> u64 {
    static BEGINNING: LazyLock<Instant> = LazyLock::new(Instant::now);
    u64::try_from(BEGINNING.elapsed().as_millis()).unwrap_or(u64::MAX)
}
