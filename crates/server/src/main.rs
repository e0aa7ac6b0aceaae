//! `ringwork-gateway`: the data plane. `--node DIR` serves a node directory; the other modes look at one.

mod bare;
mod cache;
mod check;
mod checkpoint;
mod clock;
mod drain;
mod dump;
mod front;
mod handover;
mod issuers;
mod journal;
mod live;
mod load;
mod log;
mod metrics;
mod node;
mod random;
mod replaced;
mod request_id;
mod run;
mod secrets;
mod serve;
mod sharing;
mod standing;
mod status;
mod tls;
mod upkeep;
mod upstream;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::{ArgGroup, Parser};
use wall::manifest::TlsFiles;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The Ringwork gateway: one listener per ring, every call judged by the wall.
#[derive(Parser)]
#[command(name = "ringwork-gateway", version)]
#[command(group(ArgGroup::new("mode").required(true).args(["node", "check", "dump", "bare"])))]
struct Arguments {
    /// Serve this node directory
    #[arg(long, value_name = "DIR")]
    node: Option<PathBuf>,

    /// Validate the published revision of a node directory and all its bundles, offline
    #[arg(long, value_name = "DIR")]
    check: Option<PathBuf>,

    /// Print a bundle, a manifest or a whole node directory in readable form
    #[arg(long, value_name = "FILE|DIR")]
    dump: Option<PathBuf>,

    /// Proxy everything, judge nothing: for measurements
    #[arg(long, requires = "listen", requires = "upstream")]
    bare: bool,

    /// With --bare: where to listen
    #[arg(long, value_name = "ADDRESS", requires = "bare")]
    listen: Option<SocketAddr>,

    /// With --bare: where to send everything
    #[arg(long, value_name = "ADDRESS", requires = "bare")]
    upstream: Option<SocketAddr>,

    /// With --bare: serve TLS with this certificate (PEM)
    #[arg(long, value_name = "FILE", requires = "bare", requires = "tls_key")]
    tls_cert: Option<PathBuf>,

    /// With --bare: the key of --tls-cert (PEM)
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    tls_key: Option<PathBuf>,

    /// Worker threads of each ring [default: one per processor]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,

    /// Take over the listening sockets of the gateway that runs on this node
    #[arg(long, requires = "node")]
    take_over: bool,

    /// How long calls under way may take after SIGTERM
    #[arg(long, value_name = "SECONDS", default_value_t = 10, value_parser = clap::value_parser!(u64).range(..=3600))]
    drain_seconds: u64,

    /// Size at which a file of the access log is put away
    #[arg(long, value_name = "BYTES", default_value_t = 256 << 20, value_parser = clap::value_parser!(u64).range(4096..))]
    log_max_bytes: u64,

    /// Files of the access log that are kept beside the one being written
    #[arg(long, value_name = "N", default_value_t = 8)]
    log_keep: usize,

    /// Bytes of the journal that are kept until the control plane has them; then calls on record are refused
    #[arg(long, value_name = "BYTES", default_value_t = journal::MAX_BYTES)]
    journal_max_bytes: u64,

    /// For benchmarks only: the rings speak plain HTTP/1.1
    #[cfg(feature = "plaintext")]
    #[arg(long, requires = "node")]
    plaintext: bool,
}

impl Arguments {
    /// Only a build made for it can serve a ring in plain text, so that nobody turns it on in production.
    fn plaintext(&self) -> bool {
        #[cfg(feature = "plaintext")]
        return self.plaintext;
        #[cfg(not(feature = "plaintext"))]
        false
    }
}

/// Only a build made for it can leave a check out.
#[cfg(feature = "faults")]
fn leave_out() -> Result<(), String> {
    match std::env::var("RINGWORK_FAULT") {
        Ok(name) => wall::faults::choose(&name),
        Err(_) => Ok(()),
    }
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    #[cfg(feature = "faults")]
    if let Err(names) = leave_out() {
        eprintln!("{names}");
        return ExitCode::FAILURE;
    }
    let threads = arguments.threads.map_or_else(processors, usize::from);
    if let Some(directory) = &arguments.check {
        return check::check(directory);
    }
    if let Some(path) = &arguments.dump {
        return dump::dump(path);
    }
    log::own::begin();
    if let (Some(listen), Some(upstream)) = (arguments.listen, arguments.upstream) {
        bare::run(bare::Options {
            listen: listen.to_string(),
            upstream,
            threads,
            tls: bare_tls(&arguments),
        });
        return ExitCode::SUCCESS;
    }
    serve(&arguments, threads)
}

fn bare_tls(arguments: &Arguments) -> Option<TlsFiles> {
    let path = |file: &PathBuf| file.to_string_lossy().into_owned();
    Some(TlsFiles {
        certificate_file: path(arguments.tls_cert.as_ref()?),
        key_file: path(arguments.tls_key.as_ref()?),
    })
}

fn serve(arguments: &Arguments, threads: usize) -> ExitCode {
    let options = run::Options {
        node: arguments
            .node
            .clone()
            .expect("clap demands one of the modes"),
        threads,
        drain: Duration::from_secs(arguments.drain_seconds),
        journal: arguments.journal_max_bytes,
        retention: log::access::Retention {
            max_bytes: arguments.log_max_bytes,
            keep: arguments.log_keep,
        },
        plaintext: arguments.plaintext(),
        take_over: arguments.take_over,
    };
    match run::run(&options) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("ringwork-gateway: {failure}");
            ExitCode::from(failure.exit_code())
        }
    }
}

fn processors() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}
