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
use crate::status::{self, Health};
use crate::tls::Certificate;
use crate::upstream::Upstreams;

/// A published revision is seen after this time.
const LOOK: Duration = Duration::from_millis(20);
/// Certificates, identity store.
const TICK: Duration = Duration::from_secs(1);
/// For the sockets to be open, before the first status tells that the gateway serves.
const OPENING: Duration = Duration::from_secs(10);

pub type Certificates = BTreeMap<Ring, Arc<Certificate>>;

/// Runs for the life of the process, on a thread of its own.
pub fn start(
    node: Node,
    live: Arc<Live>,
    loader: Loader,
    certificates: Certificates,
    upstreams: Arc<Upstreams>,
    successor: Successor,
    metrics: Arc<Metrics>,
) {
    thread::spawn(move || {
        watch(
            &node,
            &live,
            loader,
            &certificates,
            &upstreams,
            &successor,
            &metrics,
        );
    });
}

fn watch(
    node: &Node,
    live: &Live,
    mut loader: Loader,
    certificates: &Certificates,
    upstreams: &Upstreams,
    successor: &Successor,
    metrics: &Arc<Metrics>,
) {
    await_listeners(&loader);
    let mut health = health(live, certificates, upstreams);
    status::write(node, &loader, &health);
    let mut ticked = Instant::now();
    let mut superseded = false;
    loop {
        thread::sleep(LOOK);
        live.refresh_issuer_keys();
        let mut news = loader.look();
        if news {
            point(node, live, certificates);
            provide(live, upstreams);
            metrics.follow(live.wall().as_deref(), loader.refused());
        }
        if ticked.elapsed() >= TICK || news {
            ticked = Instant::now();
            upstreams.refresh_secrets();
            live.judge_again();
            let now = self::health(live, certificates, upstreams);
            metrics.lack(&now.upstreams);
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

fn point(node: &Node, live: &Live, certificates: &Certificates) {
    let Some(wall) = live.wall() else { return };
    for (ring, certificate) in certificates {
        if let Some(content) = wall.manifest().rings.get(ring) {
            certificate.point_at(node, &content.tls);
        }
    }
}

fn provide(live: &Live, upstreams: &Upstreams) {
    upstreams.refresh_secrets();
    if let Some(wall) = live.wall() {
        upstreams.keep(&wall);
    }
}

fn health(live: &Live, certificates: &Certificates, upstreams: &Upstreams) -> Health {
    let identity = live
        .identities
        .refresh()
        .err()
        .map(|unavailable| unavailable.0);
    let of = |(&ring, certificate): (&Ring, &Arc<Certificate>)| {
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
        certificates: certificates.iter().map(of).collect(),
        upstreams: live
            .wall()
            .map(|wall| upstreams.lacking(&wall))
            .unwrap_or_default(),
    }
}
