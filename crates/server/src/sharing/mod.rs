//! Limits that several gateways keep together, on a server of the Redis protocol (Valkey, Redis).
//!
//! Off unless the manifest says where it is. The wall takes from what is leased to this gateway, and asks here when
//! nothing is; who asks waits, everybody together, for one exchange with the server and no longer than [`PATIENCE`].
//! Without an answer this gateway goes on with its share (`wall::limits`). docs/decisions/0034.

mod figures;
mod keeper;
mod setting;
mod store;

use std::sync::{Arc, Weak};
use std::time::Duration;

use tokio::sync::{mpsc, oneshot, watch};
use wall::limits::Allowance;
use wall::manifest::{Limit, SharedLimits as Declared};
use wall::{Question, limits};

use crate::live::Live;
use crate::node::Node;
use crate::secrets::Secrets;
use keeper::Keeper;

pub use figures::{Figures, Standing};
use setting::Setting;

/// The longest that a request waits for its limit.
pub const PATIENCE: Duration = Duration::from_millis(50);
/// Requests that wait at a time; beyond them nobody does.
const MOST_WAITING: usize = 64 * 1024;

/// One for the life of the process.
pub struct SharedLimits {
    asks: mpsc::Sender<Ask>,
    setting: watch::Sender<Option<Arc<Setting>>>,
    figures: Arc<Figures>,
    /// Until somebody wants it.
    keeper: std::sync::Mutex<Option<Keeper>>,
    live: Weak<Live>,
}

/// A request that waits.
struct Ask {
    /// As `Subject` is written.
    subject: String,
    limit: Limit,
    answer: oneshot::Sender<Allowance>,
}

impl SharedLimits {
    pub fn new(node: &Node, live: &Arc<Live>) -> SharedLimits {
        let (asks, asked) = mpsc::channel(MOST_WAITING);
        let (setting, wanted) = watch::channel(None);
        let figures = Arc::new(Figures::default());
        let keeper = Keeper::new(node.clone(), asked, wanted, Arc::clone(&figures));
        SharedLimits {
            asks,
            setting,
            figures,
            keeper: std::sync::Mutex::new(Some(keeper)),
            live: Arc::downgrade(live),
        }
    }

    pub fn figures(&self) -> &Arc<Figures> {
        &self.figures
    }

    /// What is granted to one request; `None`: nobody answered in time.
    pub async fn ask(&self, question: &Question) -> Option<Allowance> {
        let (answer, answered) = oneshot::channel();
        let ask = Ask {
            subject: question.subject().to_string(),
            limit: question.limit(),
            answer,
        };
        self.figures.asked();
        let allowance = match self.asks.try_send(ask) {
            Ok(()) => tokio::time::timeout(PATIENCE, answered).await.ok(),
            Err(_) => None,
        };
        let allowance = allowance.and_then(Result::ok);
        if allowance.is_none() {
            self.figures.unanswered();
        }
        allowance
    }

    /// What the revision in force says, and the values its references have now. Before the first request of a revision
    /// that shares limits, they are: each gateway's share until the server answers.
    pub fn follow(&self, secrets: &Secrets) {
        let Some(live) = self.live.upgrade() else {
            return;
        };
        let Some(wall) = live.wall() else { return };
        let manifest = wall.manifest();
        let wanted = manifest.shared_limits.as_ref();
        let setting = wanted.map(|declared| {
            let namespace = format!("{}:{}", manifest.organization, manifest.environment);
            Setting::of(declared, namespace, secrets)
        });
        self.setting.send_if_modified(|before| {
            let is_new = before.as_deref() != setting.as_ref();
            if is_new {
                live.limits.share(begun(wanted));
                self.figures.begin(wanted);
                *before = setting.map(Arc::new);
            }
            is_new
        });
        if wanted.is_some() {
            let keeper = self.keeper.lock().map(|mut keeper| keeper.take());
            if let Ok(Some(keeper)) = keeper {
                keeper.start(live);
            }
        }
    }
}

fn begun(wanted: Option<&Declared>) -> limits::Mode {
    wanted.map_or(limits::Mode::Alone, |declared| limits::Mode::Apart {
        gateways: declared.gateways,
        memory: 0,
    })
}
