//! Where a request goes: addresses, endpoints and their health, limits and retries.
//!
//! A plain upstream (one address or name, nothing else said) takes the short way: an address and a peer. All
//! others have a [`Pool`], made when a revision names them and dropped when none does.

mod attempts;
mod breaker;
mod endpoint;
mod forbidden;
mod health;
mod lacking;
mod names;
mod peer;
mod pool;
mod selection;
mod tls;

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, OnceLock, RwLock};
use std::time::Instant;

use pingora::Result;
use pingora::upstreams::peer::HttpPeer;
use tokio::runtime::{Builder, Runtime};
use wall::Wall;
use wall::bundle::Upstream;

use crate::secrets::Secrets;
pub use attempts::{Attempts, NO_CREDENTIAL, OVERLOADED, RETRIED_STATUS};
pub use lacking::Lacking;
use names::Names;
pub use peer::{bound, left};
use pool::{Pool, Registry};

/// All services of a gateway; the rings share them, so that a limit is one for all.
pub struct Upstreams {
    names: Arc<Names>,
    known: Arc<Registry>,
    pools: RwLock<HashMap<u128, Arc<Pool>>>,
    secrets: Secrets,
    /// What is looked up and checked beside the requests; its thread is there once a service needs it.
    watching: OnceLock<Option<Runtime>>,
    keeping: Mutex<()>,
}

impl Upstreams {
    pub fn new(secrets: Secrets) -> Upstreams {
        Upstreams {
            names: Arc::default(),
            known: Arc::default(),
            pools: RwLock::default(),
            secrets,
            watching: OnceLock::new(),
            keeping: Mutex::new(()),
        }
    }

    pub fn secrets(&self) -> &Secrets {
        &self.secrets
    }

    /// The peer for a plain upstream. `since`: when the first attempt began.
    pub async fn peer(&self, upstream: &Upstream, since: Instant) -> Result<Box<HttpPeer>> {
        let address = self.names.address(&upstream.host, upstream.port).await?;
        peer::peer(upstream, address, since)
    }

    /// What is needed of a service that is not plain. A revision that has just gone may still have requests:
    /// they get a pool of their own.
    pub fn pool(&self, upstream: &Arc<Upstream>) -> Arc<Pool> {
        let pools = self
            .pools
            .read()
            .expect("nothing panics while it holds this lock");
        let found = pools.get(&upstream.identity).map(Arc::clone);
        drop(pools);
        found.unwrap_or_else(|| Arc::new(self.new_pool(upstream)))
    }

    /// Pools for the services of this revision and no others. What is known of their endpoints stays.
    pub fn keep(&self, wall: &Wall) {
        let _one_at_a_time = self.keeping.lock();
        let mut wanted = HashSet::new();
        for upstream in wall.upstreams().filter(|upstream| !upstream.is_plain()) {
            if wanted.insert(upstream.identity) && !self.has(upstream.identity) {
                self.add(upstream);
            }
        }
        let mut pools = self
            .pools
            .write()
            .expect("nothing panics while it holds this lock");
        pools.retain(|identity, _| wanted.contains(identity));
    }

    /// Secrets that were replaced are used from now on.
    pub fn refresh_secrets(&self) {
        if self.secrets.refresh() {
            let pools = self
                .pools
                .read()
                .expect("nothing panics while it holds this lock");
            pools
                .values()
                .for_each(|pool| pool.renew_identity(&self.secrets));
        }
    }

    fn has(&self, identity: u128) -> bool {
        let pools = self.pools.read();
        pools
            .expect("nothing panics while it holds this lock")
            .contains_key(&identity)
    }

    fn add(&self, upstream: &Arc<Upstream>) {
        let pool = Arc::new(self.new_pool(upstream));
        if pool.needs_watch()
            && let Some(runtime) = self.watching.get_or_init(watching)
        {
            pool.keep(runtime);
        }
        let mut pools = self
            .pools
            .write()
            .expect("nothing panics while it holds this lock");
        pools.insert(upstream.identity, pool);
    }

    fn new_pool(&self, upstream: &Arc<Upstream>) -> Pool {
        let (names, known) = (Arc::clone(&self.names), Arc::clone(&self.known));
        Pool::new(Arc::clone(upstream), names, known, &self.secrets)
    }
}

fn watching() -> Option<Runtime> {
    let built = Builder::new_multi_thread()
        .worker_threads(1)
        .thread_name("upstreams")
        .enable_all()
        .build();
    built
        .inspect_err(|error| log::error!("upstreams are not checked: {error}"))
        .ok()
}
