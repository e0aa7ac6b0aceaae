//! What goes on beside the requests: looking for revisions, certificates and identity data.

use std::collections::BTreeMap;
use std::net::TcpStream;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use wall::audience::Ring;

use crate::handover::Successor;
use crate::live::Live;
use crate::load::Loader;
use crate::metrics::Metrics;
use crate::node::Node;
use crate::sharing::SharedLimits;
use crate::status::{self, Health};
use crate::tls::{Asked, Certificate, Handshakes};
use crate::upstream::Upstreams;

/// A published revision is seen after this time.
const LOOK: Duration = Duration::from_millis(20);
/// Certificates, identity store.
const TICK: Duration = Duration::from_secs(1);
/// For the sockets to be open, before the first status tells that the gateway serves.
const OPENING: Duration = Duration::from_secs(10);

/// What a new revision may change of each ring's TLS.
pub type RingTls = BTreeMap<Ring, (Arc<Certificate>, Arc<Handshakes>)>;

/// What becomes what the revision in force says.
pub struct Followers {
    pub upstreams: Arc<Upstreams>,
    pub shared_limits: Arc<SharedLimits>,
    pub metrics: Arc<Metrics>,
}

/// Runs for the life of the process, on a thread of its own.
pub fn start(
    node: Node,
    live: Arc<Live>,
    loader: Loader,
    tls: RingTls,
    successor: Successor,
    followers: Followers,
) {
    thread::spawn(move || {
        watch(&node, &live, loader, &tls, &successor, &followers);
    });
}

fn watch(
    node: &Node,
    live: &Live,
    mut loader: Loader,
    tls: &RingTls,
    successor: &Successor,
    followers: &Followers,
) {
    await_listeners(&loader);
    let mut health = health(live, tls, followers);
    status::write(node, &loader, &health);
    let mut ticked = Instant::now();
    let mut superseded = false;
    loop {
        thread::sleep(LOOK);
        live.refresh_issuer_keys();
        let mut news = loader.look();
        if news {
            point(node, live, tls);
            provide(live, followers);
            let metrics = &followers.metrics;
            metrics.follow(live.wall().as_deref(), loader.refused());
        }
        if ticked.elapsed() >= TICK || news {
            ticked = Instant::now();
            refresh_secrets(followers);
            live.judge_again();
            let now = self::health(live, tls, followers);
            followers.metrics.lack(&now.upstreams);
            // A successor that died has left its own status behind.
            let silent = successor.is_alive();
            news |= now != health || (superseded && !silent);
            superseded = silent;
            health = now;
        }
        if news && !superseded {
            status::write(node, &loader, &health);
        }
    }
}

/// `status.json` exists when every listener takes connections.
fn await_listeners(loader: &Loader) {
    let since = Instant::now();
    for address in loader.listeners().values().flatten() {
        while TcpStream::connect(address).is_err() {
            if since.elapsed() > OPENING {
                log::error!("{address} takes no connections");
                break;
            }
            thread::sleep(Duration::from_millis(5));
        }
    }
}

fn point(node: &Node, live: &Live, tls: &RingTls) {
    let Some(wall) = live.wall() else { return };
    for (ring, (certificate, handshakes)) in tls {
        if let Some(content) = wall.manifest().rings.get(ring) {
            certificate.point_at(node, &content.tls);
            handshakes.ask(Asked::by(content));
        }
    }
}

fn provide(live: &Live, followers: &Followers) {
    refresh_secrets(followers);
    if let Some(wall) = live.wall() {
        followers.upstreams.keep(&wall);
    }
}

fn refresh_secrets(followers: &Followers) {
    let upstreams = &followers.upstreams;
    upstreams.refresh_secrets();
    followers.shared_limits.follow(upstreams.secrets());
}

fn health(live: &Live, tls: &RingTls, followers: &Followers) -> Health {
    let identity = live
        .identities
        .refresh()
        .err()
        .map(|unavailable| unavailable.0);
    let of = |(&ring, (certificate, _)): (&Ring, &(Arc<Certificate>, _))| {
        let (problem, news) = certificate.refresh();
        match &problem {
            Some(problem) if news => {
                log::error!("{}: certificate not taken: {problem}", ring.as_str())
            }
            None if news => log::info!("{}: certificate taken", ring.as_str()),
            _ => {}
        }
        (ring, problem)
    };
    Health {
        identity,
        certificates: tls.iter().map(of).collect(),
        upstreams: live
            .wall()
            .map(|wall| followers.upstreams.lacking(&wall))
            .unwrap_or_default(),
        shared_limits: followers.shared_limits.figures().standing(),
    }
}
