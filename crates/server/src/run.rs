//! The gateway as a whole: load, open the listeners, serve until told to stop.

use std::fmt;
use std::io;
use std::net::TcpListener;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use nix::sys::resource::{Resource, getrlimit, setrlimit};
use pingora::listeners::{L4BufferSettings, ListenerConfig};
use pingora::server::configuration::ServerConf;
use pingora::server::{RunArgs, Server};
use wall::audience::Ring;
use wall::manifest::RingManifest;
use wall::{IdentityStore, Limits};

use crate::checkpoint::Checkpoint;
use crate::drain::{Drain, InFlight};
use crate::front::{self, Front, Listener};
use crate::handover::{self, Sockets, Successor};
use crate::issuers::IssuerKeys;
use crate::journal::Journal;
use crate::live::Live;
use crate::load::{Loader, Opened};
use crate::log::access::{AccessLog, Retention};
use crate::metrics::Metrics;
use crate::node::Node;
use crate::secrets::Secrets;
use crate::serve::RingService;
use crate::serve::gate::Gate;
use crate::sharing::SharedLimits;
use crate::tls::{Asked, Certificate, Handshakes};
use crate::upkeep::{self, Followers, RingTls};
use crate::upstream::Upstreams;

/// One buffered write for a header and a body of the usual size.
const WRITE_BUFFER_BYTES: usize = 16 * 1024;
/// Idle connections to upstreams that are kept, per ring.
const UPSTREAM_POOL: usize = 1024;
/// Of one request: the first, and five more at most (`serve::service` decides whether).
const MAX_TRIES: usize = 6;

pub struct Options {
    pub node: PathBuf,
    /// Worker threads of each ring.
    pub threads: usize,
    pub drain: Duration,
    pub retention: Retention,
    /// Bytes of the journal.
    pub journal: u64,
    /// For benchmarks only.
    pub plaintext: bool,
    /// Go on with the sockets of the gateway that runs on this node.
    pub take_over: bool,
}

/// Why the gateway did not start; the exit code is for the supervisor.
#[derive(Debug)]
pub enum StartFailure {
    /// Exit 3: nothing that could be served, neither published nor accepted before.
    NoRevision(wall::Refusal),
    /// Exit 4: an address that cannot be listened on.
    Listener {
        ring: Ring,
        address: String,
        reason: String,
    },
}

impl StartFailure {
    pub fn exit_code(&self) -> u8 {
        match self {
            StartFailure::NoRevision(_) => 3,
            StartFailure::Listener { .. } => 4,
        }
    }
}

impl fmt::Display for StartFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            StartFailure::NoRevision(refusal) => write!(
                f,
                "no revision can be served ({}): {}. Publish one; `ringwork-gateway --check DIR` tells more.",
                refusal.code, refusal.message
            ),
            StartFailure::Listener {
                ring,
                address,
                reason,
            } => {
                write!(
                    f,
                    "the {} ring cannot listen on {address}: {reason}",
                    ring.as_str()
                )
            }
        }
    }
}

/// Serves until SIGTERM or SIGINT, then exits the process.
pub fn run(options: &Options) -> Result<(), StartFailure> {
    raise_open_files();
    let node = Node::new(&options.node);
    let live = Arc::new(Live::new(
        IdentityStore::open(&node.identity()),
        Limits::new(),
        IssuerKeys::open(&node),
    ));
    let successor = Successor::default();
    let checkpoint = Checkpoint::new(node.clone(), Arc::clone(&live), successor.clone());
    let loader =
        Loader::start(node.clone(), Arc::clone(&live)).map_err(StartFailure::NoRevision)?;
    let mut sockets = inherited(options, &node, &loader)?;
    checkpoint.restore();
    let log = AccessLog::open(node.access_log(), options.retention);
    let journal = Journal::open(node.journal(), options.journal);

    let in_flight = InFlight::default();
    let shared_limits = Arc::new(SharedLimits::new(&node, &live));
    let metrics = Metrics::new(
        log.clone(),
        in_flight.clone(),
        live.responses,
        Arc::clone(shared_limits.figures()),
        journal.clone(),
    );
    metrics.follow(live.wall().as_deref(), loader.refused());
    let mut server =
        Server::new_with_opt_and_conf(None, server_conf(options.threads, options.drain));
    server.bootstrap();
    if options.plaintext {
        log::warn!("--plaintext is for benchmarks only: keys and answers travel unencrypted");
    }
    let upstreams = Arc::new(Upstreams::new(Secrets::open(&node)));
    if let Some(wall) = live.wall() {
        upstreams.keep(&wall);
    }
    shared_limits.follow(upstreams.secrets());
    let rings = Rings {
        node: &node,
        live: &live,
        upstreams: &upstreams,
        log: &log,
        journal: &journal,
        metrics: &metrics,
        shared_limits: &shared_limits,
        in_flight: &in_flight,
        plaintext: options.plaintext,
    };
    let (tls, shared) = rings.add_to(&mut server, loader.rings(), &mut sockets)?;
    // What no ring listens on any more is closed here.
    drop(sockets);
    let counters = checkpoint.clone();
    handover::offer(&node, shared, successor.clone(), move || counters.save());
    // A thread of its own: a large revision does not delay it.
    let keeper = checkpoint.clone();
    thread::spawn(move || keeper.keep());
    upkeep::start(
        node,
        live,
        loader,
        tls,
        successor,
        Followers {
            upstreams,
            shared_limits,
            metrics,
        },
    );
    let last_words = Arc::new(move || {
        journal.write_waiting();
        log.write_waiting();
        checkpoint.save();
    });
    let drain = Drain {
        in_flight,
        patience: options.drain,
        last_words,
    };
    server.run(RunArgs {
        shutdown_signal: Box::new(drain),
    });
    Ok(())
}

/// The sockets of the gateway before, as late as possible: until now that one counts. Who could only answer 503
/// is no successor.
fn inherited(options: &Options, node: &Node, loader: &Loader) -> Result<Sockets, StartFailure> {
    match loader.refused() {
        _ if !options.take_over => Ok(Sockets::new()),
        Some(refused) if loader.served().is_none() => {
            Err(StartFailure::NoRevision(refused.refusal.clone()))
        }
        _ => Ok(handover::take(node)),
    }
}

/// Debian lets a process have 1,024 open files and raise that itself; two connections are two.
pub fn raise_open_files() {
    let raised = getrlimit(Resource::RLIMIT_NOFILE)
        .and_then(|(_, most)| setrlimit(Resource::RLIMIT_NOFILE, most, most));
    if let Err(error) = raised {
        log::warn!("the limit of open files stays as it is: {error}");
    }
}

/// What every ring's service is made of.
struct Rings<'a> {
    node: &'a Node,
    live: &'a Arc<Live>,
    upstreams: &'a Arc<Upstreams>,
    log: &'a AccessLog,
    journal: &'a Journal,
    metrics: &'a Arc<Metrics>,
    shared_limits: &'a Arc<SharedLimits>,
    in_flight: &'a InFlight,
    plaintext: bool,
}

impl Rings<'_> {
    /// One service per ring: its application knows its ring from here on, and has connections, worker threads
    /// and upstream pool of its own. Nothing in a request can move it to another.
    fn add_to(
        &self,
        server: &mut Server,
        opened: &Opened,
        inherited: &mut Sockets,
    ) -> Result<(RingTls, Sockets), StartFailure> {
        let (mut tls, mut shared) = (RingTls::new(), Sockets::new());
        for (&ring, content) in opened {
            let certificate = Arc::new(Certificate::open(self.node, &content.tls));
            let gate = Gate::new(
                ring,
                Arc::clone(self.live),
                Arc::clone(self.upstreams),
                self.log.clone(),
                self.journal.clone(),
                Arc::clone(self.metrics),
                Arc::clone(self.shared_limits),
            );
            let application = RingService::new(gate, &server.configuration, self.in_flight.clone());
            let sockets = bound(ring, content, inherited)?;
            for (address, socket) in &sockets {
                // One that cannot be shared is opened anew by a successor.
                if let Ok(copy) = socket.try_clone() {
                    shared.insert(address.clone(), copy);
                }
            }
            let asked = Asked::by(content);
            let handshakes = Arc::new(Handshakes::new(Arc::clone(&certificate), asked));
            let listeners = self.listeners(sockets, &handshakes);
            server.add_service(Front::new(application, listeners));
            tls.insert(ring, (certificate, handshakes));
        }
        Ok((tls, shared))
    }

    fn listeners(
        &self,
        sockets: Vec<(String, TcpListener)>,
        handshakes: &Arc<Handshakes>,
    ) -> Vec<Listener> {
        let listen = |(_, socket)| {
            let tls = (!self.plaintext).then(|| Arc::clone(handshakes));
            Listener::new(socket, tls)
        };
        sockets.into_iter().map(listen).collect()
    }
}

/// The ring's sockets: inherited where there is one, else opened.
fn bound(
    ring: Ring,
    content: &RingManifest,
    inherited: &mut Sockets,
) -> Result<Vec<(String, TcpListener)>, StartFailure> {
    let open = |address: &String| {
        let socket = match inherited.remove(address) {
            Some(socket) => Ok(socket),
            None => front::bind(address),
        };
        let failed = |error: io::Error| StartFailure::Listener {
            ring,
            address: address.clone(),
            reason: error.to_string(),
        };
        socket
            .map(|socket| (address.clone(), socket))
            .map_err(failed)
    };
    content.listeners.iter().map(open).collect()
}

/// Of the bare proxy; rings have [`Front`].
pub fn listener(address: &str) -> ListenerConfig {
    ListenerConfig::tcp(address).l4_buffer(L4BufferSettings::default().write(WRITE_BUFFER_BYTES))
}

pub fn server_conf(threads: usize, drain: Duration) -> ServerConf {
    ServerConf {
        threads,
        upstream_keepalive_pool_size: UPSTREAM_POOL,
        max_retries: MAX_TRIES,
        // Not reached: `Drain` ends the process.
        grace_period_seconds: Some(drain.as_secs() + 1),
        graceful_shutdown_timeout_seconds: Some(1),
        ..ServerConf::default()
    }
}
