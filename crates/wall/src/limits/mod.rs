//! How often: GCRA per minute and a window per UTC day, for all threads, in memory.
//!
//! Counters belong to callers, not to revisions: a configuration change neither resets nor doubles them.

mod attempts;
mod bucket;
mod shard;
mod shared;
mod sharing;

use std::collections::HashMap;
use std::sync::Mutex;

use http::HeaderValue;
use serde::{Deserialize, Serialize};

use crate::fate::QuotaFields;
use crate::faults::{Check, skips};
use crate::headers::{RATELIMIT, RATELIMIT_POLICY};
use crate::manifest::Limit;
use bucket::Bucket;
use shard::Shard;
use sharing::Sharing;

pub use attempts::Attempts;
pub use bucket::{NANOS_PER_DAY, NANOS_PER_SECOND};
pub use shared::{Granted, Told};
pub use sharing::Mode;

/// So many that a look at all callers of one, of a million, holds up nobody for a millisecond.
const SHARDS: usize = 256;
/// Callers one gateway counts at a time, about 150 bytes each. A caller is known before it is counted, so
/// nobody can invent them; beyond the bound the gateway fails closed.
const MAX_CALLERS: usize = 2 << 20;

/// Whose allowance a request is taken from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Subject<'a> {
    /// A calling service, by whatever proof.
    Service(&'a str),
    /// A partner across all its keys.
    Partner(&'a str),
    /// One key.
    Key(&'a str),
    /// Who holds an outside issuer's tokens.
    Holder(&'a str),
}

/// What is left of a limit after a request was judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Allowance {
    pub limit: Limit,
    pub taken: Taken,
    /// Requests that may follow at once.
    pub minute_left: u64,
    /// Nanoseconds until the whole burst is back.
    pub minute_full_in_ns: u64,
    pub day_left: Option<u64>,
    pub day_ends_in_ns: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    Yes,
    /// The next request passes after so many nanoseconds.
    MinuteUsedUp {
        retry_in_ns: u64,
    },
    DayUsedUp,
    /// More callers than the gateway can count; see [`Limits::for_callers`].
    TooManyCallers,
    /// Not taken: several gateways share the limit, none of it is leased here, so they have to be asked.
    Unasked,
}

/// How often each caller called; in memory, for all threads and across revisions.
pub struct Limits {
    shards: Box<[Mutex<Shard>]>,
    hasher: ahash::RandomState,
    sharing: Sharing,
    /// Of whoever is not known.
    pub attempts: Attempts,
}

/// Counters of one UTC day, of some callers, for the checkpoint.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DayWindow {
    /// Days since the Unix epoch.
    pub day: u64,
    /// `partner:globex` → requests taken on that day.
    pub used: HashMap<String, u64>,
}

impl Default for Limits {
    fn default() -> Self {
        Self::new()
    }
}

impl Limits {
    pub fn new() -> Limits {
        Limits::for_callers(MAX_CALLERS)
    }

    /// Counts at most about so many callers at a time.
    pub fn for_callers(most: usize) -> Limits {
        Limits {
            shards: (0..SHARDS)
                .map(|_| Mutex::new(Shard::new(most / SHARDS)))
                .collect(),
            hasher: ahash::RandomState::new(),
            sharing: Sharing::default(),
            attempts: Attempts::default(),
        }
    }

    /// Takes one request from the subject's allowance, from both windows or from none.
    pub fn take(&self, subject: Subject<'_>, limit: Limit, now_unix_ns: u64) -> Allowance {
        let mode = match self.sharing.mode() {
            Mode::Together { .. } if skips(Check::SharedLimit) => Mode::Alone,
            mode => mode,
        };
        self.take_as(mode, subject, limit, now_unix_ns)
    }

    /// Takes one request of this gateway's own share: nobody answered in time for more.
    pub fn take_apart(&self, subject: Subject<'_>, limit: Limit, now_unix_ns: u64) -> Allowance {
        self.take_as(self.sharing.mode().apart(), subject, limit, now_unix_ns)
    }

    fn take_as(&self, mode: Mode, subject: Subject<'_>, limit: Limit, now_ns: u64) -> Allowance {
        let take = |bucket: &mut Bucket| bucket.take(limit, mode, now_ns);
        self.shard(subject).on_bucket(subject, limit, now_ns, take)
    }

    /// Whose limits these are from now on.
    pub fn share(&self, mode: Mode) {
        self.sharing.become_of(mode);
    }

    /// What whoever keeps the shared meters is told of a subject before it is asked.
    pub fn telling(&self, subject: Subject<'_>, now_unix_ns: u64) -> Told {
        let mode = self.sharing.mode();
        let mut shard = self.shard(subject);
        shard.own_bucket(subject).telling(mode, now_unix_ns)
    }

    /// What was granted, of which `waiting` requests are taken at once: what becomes of each.
    pub fn granted(
        &self,
        subject: Subject<'_>,
        limit: Limit,
        told: &Told,
        granted: &Granted,
        waiting: u64,
        now_unix_ns: u64,
    ) -> Vec<Allowance> {
        let mode = self.sharing.mode();
        let mut shard = self.shard(subject);
        let bucket = shard.own_bucket(subject);
        bucket.told(told);
        let allowances = bucket.granted(limit, mode, granted, waiting, now_unix_ns);
        shard.note_change(subject, &allowances);
        allowances
    }

    /// Of every caller, what was not told yet, a part of them after the other.
    pub fn untold(
        &self,
        now_unix_ns: u64,
    ) -> impl Iterator<Item = Vec<(String, Option<Limit>, Told)>> {
        let mode = self.sharing.mode();
        (0..SHARDS).map(move |index| self.locked(index).untold(mode, now_unix_ns))
    }

    /// It was.
    pub fn told(&self, subject: Subject<'_>, told: &Told) {
        if let Some(bucket) = self.shard(subject).bucket(subject) {
            bucket.told(told);
        }
    }

    /// The counters of the current day that changed since this was asked last. Locks one shard after the other.
    pub fn changed(&self, now_unix_ns: u64) -> DayWindow {
        let day = now_unix_ns / NANOS_PER_DAY;
        let changed = |index| self.locked(index).changed_on(day);
        DayWindow {
            day,
            used: (0..SHARDS).flat_map(changed).collect(),
        }
    }

    /// All counters of the current day, one shard's after the other's: each is locked for as long as it is looked at.
    pub fn day_windows(&self, now_unix_ns: u64) -> impl Iterator<Item = DayWindow> {
        let day = now_unix_ns / NANOS_PER_DAY;
        let window = move |index| DayWindow {
            day,
            used: self.locked(index).used_on(day).into_iter().collect(),
        };
        let all = (0..SHARDS).map(window);
        all.filter(|window| !window.used.is_empty())
    }

    /// Takes over what a checkpoint holds, unless it is of another day. Counters never fall by it.
    pub fn restore(&self, window: &DayWindow, now_unix_ns: u64) {
        if window.day != now_unix_ns / NANOS_PER_DAY {
            return;
        }
        for (name, used) in &window.used {
            if let Some(subject) = Subject::parse(name) {
                self.shard(subject).restore(subject, *used, now_unix_ns);
            }
        }
    }

    /// Forgets callers whose whole allowance is back. Call it every few seconds.
    pub fn sweep(&self, now_unix_ns: u64) {
        for index in 0..SHARDS {
            self.locked(index).sweep(now_unix_ns);
        }
    }

    /// Callers currently counted.
    pub fn callers(&self) -> usize {
        (0..SHARDS).map(|index| self.locked(index).len()).sum()
    }

    fn shard(&self, subject: Subject<'_>) -> std::sync::MutexGuard<'_, Shard> {
        self.locked(self.hasher.hash_one(subject) as usize % SHARDS)
    }

    /// A panic while counting leaves at worst one counter behind by one: better than no counting at all.
    fn locked(&self, index: usize) -> std::sync::MutexGuard<'_, Shard> {
        self.shards[index]
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl<'a> Subject<'a> {
    /// The inverse of `Display`.
    pub fn parse(name: &'a str) -> Option<Subject<'a>> {
        match name.split_once(':')? {
            ("service", id) => Some(Subject::Service(id)),
            ("partner", id) => Some(Subject::Partner(id)),
            ("key", id) => Some(Subject::Key(id)),
            ("holder", id) => Some(Subject::Holder(id)),
            _ => None,
        }
    }
}

impl std::fmt::Display for Subject<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Subject::Service(id) => write!(f, "service:{id}"),
            Subject::Partner(id) => write!(f, "partner:{id}"),
            Subject::Key(id) => write!(f, "key:{id}"),
            Subject::Holder(id) => write!(f, "holder:{id}"),
        }
    }
}

impl Allowance {
    /// Whether a request was taken from a day's quota.
    fn counts_for_the_day(&self) -> bool {
        self.limit.per_day.is_some() && self.taken == Taken::Yes
    }

    /// For a response that is forwarded.
    pub fn fields(&self) -> QuotaFields {
        let (policy, left) = self.items();
        QuotaFields {
            policy: field_value(policy),
            left: field_value(left),
        }
    }

    /// For an answer of the wall's own: with `Retry-After` (RFC 9110 §10.2.3) when nothing was taken.
    pub fn headers(&self) -> Vec<(&'static str, String)> {
        let (policy, left) = self.items();
        let mut headers = vec![
            (RATELIMIT_POLICY.as_str(), policy),
            (RATELIMIT.as_str(), left),
        ];
        headers.extend(
            self.retry_after_seconds()
                .map(|seconds| ("retry-after", seconds.to_string())),
        );
        headers
    }

    /// `RateLimit-Policy` and `RateLimit` (draft-ietf-httpapi-ratelimit-headers).
    fn items(&self) -> (String, String) {
        let Limit {
            per_minute,
            burst,
            per_day,
        } = self.limit;
        let mut policy = String::with_capacity(ITEM_BYTES);
        let mut left = String::with_capacity(ITEM_BYTES);
        push_item(
            &mut policy,
            "\"minute\"",
            [
                (";q=", per_minute.into()),
                (";w=", 60),
                (";burst=", burst.into()),
            ],
        );
        let full_in = seconds_up(self.minute_full_in_ns);
        push_item(
            &mut left,
            "\"minute\"",
            [(";r=", self.minute_left), (";t=", full_in)],
        );
        if let (Some(per_day), Some(day_left)) = (per_day, self.day_left) {
            let ends_in = seconds_up(self.day_ends_in_ns);
            push_item(
                &mut policy,
                ", \"day\"",
                [(";q=", per_day), (";w=", 86_400)],
            );
            push_item(
                &mut left,
                ", \"day\"",
                [(";r=", day_left), (";t=", ends_in)],
            );
        }
        (policy, left)
    }

    fn retry_after_seconds(&self) -> Option<u64> {
        match self.taken {
            Taken::Yes | Taken::Unasked => None,
            Taken::MinuteUsedUp { retry_in_ns } => Some(seconds_up(retry_in_ns).max(1)),
            Taken::DayUsedUp => Some(seconds_up(self.day_ends_in_ns).max(1)),
            Taken::TooManyCallers => Some(60),
        }
    }
}

/// What most fields fit into.
const ITEM_BYTES: usize = 96;

/// An item of a structured field (RFC 9651 §3.3) with its parameters. `format!` would be half of what deciding
/// costs.
fn push_item<const N: usize>(text: &mut String, name: &str, parameters: [(&str, u64); N]) {
    text.push_str(name);
    for (key, value) in parameters {
        text.push_str(key);
        text.push_str(itoa::Buffer::new().format(value));
    }
}

/// Without a copy.
fn field_value(text: String) -> HeaderValue {
    HeaderValue::try_from(text).expect("an item is visible ASCII")
}

fn seconds_up(nanoseconds: u64) -> u64 {
    nanoseconds.div_ceil(NANOS_PER_SECOND)
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
