//! Who speaks with the server, on a thread of its own: one exchange at a time, with everybody in it that waits.

use std::collections::HashMap;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::{MissedTickBehavior, interval_at, sleep};
use wall::limits::{Allowance, Limits, Mode, Subject};
use wall::manifest::Limit;

use super::Ask;
use super::figures::Figures;
use super::setting::Setting;
use super::store::{Asked, Store};
use crate::clock::now_unix_ns;
use crate::live::Live;
use crate::node::Node;

/// Between two looks whether the server is there.
const LOOK: Duration = Duration::from_secs(1);
/// Callers in one exchange: a server that has other gateways too is held up by few milliseconds.
const MOST_AT_ONCE: usize = 200;
/// How often what was taken while others were told is told as well, before limits are shared again.
const ROUNDS: usize = 2;

pub struct Keeper {
    node: Node,
    asks: mpsc::Receiver<Ask>,
    wanted: watch::Receiver<Option<Arc<Setting>>>,
    figures: Arc<Figures>,
}

/// Why an exchange is over.
enum Over {
    /// Another setting is in force.
    Changed,
    Lost(String),
}

impl From<String> for Over {
    fn from(problem: String) -> Over {
        Over::Lost(problem)
    }
}

/// Those that wait for one caller's limit.
struct Waiting {
    limit: Limit,
    answers: Vec<oneshot::Sender<Allowance>>,
}

/// What the server's memory is called, and its number among those this process has seen.
#[derive(Default)]
struct Memory {
    name: String,
    number: u32,
}

impl Keeper {
    pub fn new(
        node: Node,
        asks: mpsc::Receiver<Ask>,
        wanted: watch::Receiver<Option<Arc<Setting>>>,
        figures: Arc<Figures>,
    ) -> Keeper {
        Keeper {
            node,
            asks,
            wanted,
            figures,
        }
    }

    /// For the life of the process.
    pub fn start(self, live: Arc<Live>) {
        thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build();
            match runtime {
                Ok(runtime) => runtime.block_on(self.keep(&live.limits)),
                Err(error) => log::error!("limits are not shared: no runtime: {error}"),
            }
        });
    }

    async fn keep(mut self, limits: &Limits) {
        let gateway = self.node.gateway_id();
        let mut memory = Memory::default();
        loop {
            let setting = self.wanted.borrow_and_update().clone();
            let Some(setting) = setting else {
                limits.share(Mode::Alone);
                if self.wanted.changed().await.is_err() {
                    return;
                }
                continue;
            };
            let apart = |memory: &Memory| Mode::Apart {
                gateways: setting.gateways(),
                memory: memory.number,
            };
            limits.share(apart(&memory));
            let over = self.shared(limits, &setting, &gateway, &mut memory).await;
            if let Err(Over::Lost(problem)) = over {
                // Unless another setting is in force already.
                if !self.wanted.has_changed().unwrap_or(true) {
                    limits.share(apart(&memory));
                }
                if self.figures.lost(&problem) {
                    let address = setting.address();
                    log::warn!(
                        "limits are not shared, each gateway goes on with its share: {address}: {problem}"
                    );
                }
                self.turn_away();
                tokio::select! {
                    () = sleep(LOOK) => {}
                    _ = self.wanted.changed() => {}
                }
                self.turn_away();
            }
        }
    }

    /// Whoever waits is told at once that nobody will answer.
    fn turn_away(&mut self) {
        while self.asks.try_recv().is_ok() {}
    }

    /// From connecting to the end of it.
    async fn shared(
        &mut self,
        limits: &Limits,
        setting: &Setting,
        gateway: &str,
        memory: &mut Memory,
    ) -> Result<(), Over> {
        let mut store = Store::open(setting, gateway).await?;
        let heard = store.beat().await?;
        self.figures.seen(heard.gateways);
        if heard.memory != memory.name {
            *memory = Memory {
                name: heard.memory,
                number: memory.number + 1,
            };
        }
        let (gateways, memory) = (setting.gateways(), &*memory);
        let number = memory.number;
        let apart = Mode::Apart {
            gateways,
            memory: number,
        };
        self.become_of(limits, apart)?;
        for _ in 0..ROUNDS {
            tell_all(&mut store, limits).await?;
        }
        let together = Mode::Together {
            gateways,
            memory: number,
        };
        self.become_of(limits, together)?;
        self.figures.available();
        log::info!("limits are shared on {}", setting.address());
        self.serve(&mut store, limits, &memory.name, gateways).await
    }

    /// What an older setting says is not said over a newer one.
    fn become_of(&self, limits: &Limits, mode: Mode) -> Result<(), Over> {
        if self.wanted.has_changed().unwrap_or(true) {
            return Err(Over::Changed);
        }
        limits.share(mode);
        Ok(())
    }

    async fn serve(
        &mut self,
        store: &mut Store,
        limits: &Limits,
        memory: &str,
        gateways: u16,
    ) -> Result<(), Over> {
        tell_all(store, limits).await?;
        let mut beat = interval_at(tokio::time::Instant::now() + LOOK, LOOK);
        beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut too_many = false;
        loop {
            tokio::select! {
                _ = self.wanted.changed() => return Err(Over::Changed),
                _ = beat.tick() => {
                    let heard = store.beat().await?;
                    if heard.memory != memory {
                        return Err(Over::Lost("the server lost what it kept".to_owned()));
                    }
                    self.figures.seen(heard.gateways);
                    let more = heard.gateways > gateways.into();
                    if more && !too_many {
                        let seen = heard.gateways;
                        log::warn!("{seen} gateways share limits, and the estate says {gateways}: correct `gateways`");
                    }
                    too_many = more;
                }
                Some(first) = self.asks.recv() => {
                    let waiting = self.gathered(first);
                    self.answer(store, limits, waiting).await?;
                }
            }
        }
    }

    /// Everybody that waits now, by caller. Who gave up is not asked for.
    fn gathered(&mut self, first: Ask) -> Vec<(String, Waiting)> {
        let mut waiting: HashMap<String, Waiting> = HashMap::new();
        let mut next = Some(first);
        let mut others = self.asks.len();
        while let Some(ask) = next {
            if !ask.answer.is_closed() {
                let of_caller = waiting.entry(ask.subject).or_insert_with(|| Waiting {
                    limit: ask.limit,
                    answers: Vec::new(),
                });
                of_caller.limit = ask.limit;
                of_caller.answers.push(ask.answer);
            }
            next = match others > 0 && waiting.len() < MOST_AT_ONCE {
                true => self.asks.try_recv().ok(),
                false => None,
            };
            others = others.saturating_sub(1);
        }
        waiting.into_iter().collect()
    }

    async fn answer(
        &mut self,
        store: &mut Store,
        limits: &Limits,
        waiting: Vec<(String, Waiting)>,
    ) -> Result<(), Over> {
        if waiting.is_empty() {
            return Ok(());
        }
        let now = now_unix_ns();
        let told = |(subject, _): &(String, Waiting)| limits.telling(parsed(subject), now);
        let told: Vec<_> = waiting.iter().map(told).collect();
        let asked: Vec<_> = waiting
            .iter()
            .zip(&told)
            .map(|((subject, waiting), told)| Asked {
                subject,
                limit: Some(waiting.limit),
                waiting: waiting.answers.len() as u64,
                told,
            })
            .collect();
        let since = Instant::now();
        let granted = store.ask(&asked).await?;
        self.figures.answered_in(since.elapsed());
        let now = now_unix_ns();
        for (((subject, waiting), told), granted) in waiting.into_iter().zip(&told).zip(&granted) {
            let open: Vec<_> = waiting
                .answers
                .into_iter()
                .filter(|answer| !answer.is_closed())
                .collect();
            let (subject, count) = (parsed(&subject), open.len() as u64);
            let allowances = limits.granted(subject, waiting.limit, told, granted, count, now);
            for (answer, allowance) in open.into_iter().zip(allowances) {
                // Whoever went away since has taken it.
                let _ = answer.send(allowance);
            }
        }
        Ok(())
    }
}

/// All that the server does not know of.
async fn tell_all(store: &mut Store, limits: &Limits) -> Result<(), Over> {
    for part in limits.untold(now_unix_ns()) {
        for some in part.chunks(MOST_AT_ONCE) {
            let asked: Vec<_> = some
                .iter()
                .map(|(subject, limit, told)| Asked {
                    subject,
                    limit: *limit,
                    waiting: 0,
                    told,
                })
                .collect();
            store.ask(&asked).await?;
            for (subject, _, told) in some {
                limits.told(parsed(subject), told);
            }
        }
    }
    Ok(())
}

/// As the wall wrote it.
fn parsed(subject: &str) -> Subject<'_> {
    Subject::parse(subject).unwrap_or(Subject::Key(subject))
}
