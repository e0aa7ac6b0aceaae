//! Leaving: SIGTERM and SIGINT stop the listeners, connections under way get their time, then the process ends.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use pingora::server::{ShutdownSignal, ShutdownSignalWatch};
use tokio::signal::unix::{Signal, SignalKind, signal};

/// How often the drain looks whether everyone is gone.
const LOOK: Duration = Duration::from_millis(10);
/// Connections accepted at the last moment show up within this time.
const LATECOMERS: Duration = Duration::from_millis(50);

/// Counts connections; idle ones end by themselves once the gateway drains.
#[derive(Clone, Default)]
pub struct InFlight(Arc<AtomicUsize>);

pub struct Connection(InFlight);

impl InFlight {
    pub fn enter(&self) -> Connection {
        self.0.fetch_add(1, Ordering::AcqRel);
        Connection(self.clone())
    }

    pub fn count(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }

    fn is_empty(&self) -> bool {
        self.0.load(Ordering::Acquire) == 0
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.0.0.fetch_sub(1, Ordering::AcqRel);
    }
}

/// Pingora waits its whole grace period even when nobody is left, and then drops who is; this ends the process
/// as soon as the last connection is gone, and at the latest after `patience`.
pub struct Drain {
    pub in_flight: InFlight,
    pub patience: Duration,
    /// What must still be written: the access log, the day's counters.
    pub last_words: Arc<dyn Fn() + Send + Sync>,
}

#[async_trait]
impl ShutdownSignalWatch for Drain {
    async fn recv(&self) -> ShutdownSignal {
        let mut terminate = listen(SignalKind::terminate());
        let mut interrupt = listen(SignalKind::interrupt());
        tokio::select! {
            _ = terminate.recv() => log::info!("SIGTERM: draining, up to {:?}", self.patience),
            _ = interrupt.recv() => log::info!("SIGINT: draining, up to {:?}", self.patience),
        }
        self.end_when_empty();
        ShutdownSignal::GracefulTerminate
    }
}

impl Drain {
    fn end_when_empty(&self) {
        let (in_flight, patience) = (self.in_flight.clone(), self.patience);
        let last_words = Arc::clone(&self.last_words);
        thread::spawn(move || {
            let since = Instant::now();
            while since.elapsed() < LATECOMERS
                || (!in_flight.is_empty() && since.elapsed() < patience)
            {
                thread::sleep(LOOK);
            }
            if !in_flight.is_empty() {
                log::warn!("connections were still open after {patience:?}; they are cut");
            }
            last_words();
            std::process::exit(0);
        });
    }
}

fn listen(kind: SignalKind) -> Signal {
    signal(kind).expect("the runtime can handle signals")
}
