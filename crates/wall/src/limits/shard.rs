//! A part of all callers, behind one lock.

use std::collections::HashMap;

use super::bucket::{Bucket, NANOS_PER_SECOND};
use super::{Allowance, Mode, Subject, Taken, Told};
use crate::manifest::Limit;

/// A full shard is searched for idle callers at most this often.
const SWEEP_EVERY_NS: u64 = NANOS_PER_SECOND;

/// Callers of each kind of subject: looked up by a borrowed name, no key is built per request.
pub struct Shard {
    most: usize,
    services: Callers,
    partners: Callers,
    keys: Callers,
    holders: Callers,
    swept_at_ns: u64,
}

struct Callers {
    subject: fn(&str) -> Subject<'_>,
    buckets: HashMap<Box<str>, Bucket, ahash::RandomState>,
    /// Whose day counter changed since [`Shard::changed_on`] was asked, each once.
    changed: Vec<Box<str>>,
}

impl Shard {
    pub fn new(most: usize) -> Shard {
        Shard {
            most,
            services: Callers::new(|name| Subject::Service(name)),
            partners: Callers::new(|name| Subject::Partner(name)),
            keys: Callers::new(|name| Subject::Key(name)),
            holders: Callers::new(|name| Subject::Holder(name)),
            swept_at_ns: 0,
        }
    }

    /// `take` on the subject's bucket, which is made where there is none.
    pub fn on_bucket(
        &mut self,
        subject: Subject<'_>,
        limit: Limit,
        now_ns: u64,
        take: impl FnOnce(&mut Bucket) -> Allowance,
    ) -> Allowance {
        let full = self.is_full(now_ns);
        let (callers, name) = self.callers(subject);
        let bucket = match callers.buckets.get_mut(name) {
            Some(bucket) => bucket,
            None if full => {
                return Allowance {
                    taken: Taken::TooManyCallers,
                    ..Bucket::default().take(limit, Mode::Alone, now_ns)
                };
            }
            None => callers.buckets.entry(name.into()).or_default(),
        };
        let allowance = take(bucket);
        if allowance.counts_for_the_day() && bucket.changes() {
            callers.changed.push(name.into());
        }
        allowance
    }

    pub fn bucket(&mut self, subject: Subject<'_>) -> Option<&mut Bucket> {
        let (callers, name) = self.callers(subject);
        callers.buckets.get_mut(name)
    }

    /// Of a caller that was let in already.
    pub fn own_bucket(&mut self, subject: Subject<'_>) -> &mut Bucket {
        let (callers, name) = self.callers(subject);
        callers.buckets.entry(name.into()).or_default()
    }

    /// Some of these were taken from the day.
    pub fn note_change(&mut self, subject: Subject<'_>, allowances: &[Allowance]) {
        let (callers, name) = self.callers(subject);
        if allowances.iter().any(Allowance::counts_for_the_day)
            && let Some(bucket) = callers.buckets.get_mut(name)
            && bucket.changes()
        {
            callers.changed.push(name.into());
        }
    }

    /// What whoever keeps the shared meters does not know yet.
    pub fn untold(&mut self, mode: Mode, now_ns: u64) -> Vec<(String, Option<Limit>, Told)> {
        let mut untold = Vec::new();
        for callers in self.all_mut() {
            for (name, bucket) in &mut callers.buckets {
                if let Some(told) = bucket.untold(mode, now_ns) {
                    let name = (callers.subject)(name).to_string();
                    untold.push((name, bucket.shared_limit(), told));
                }
            }
        }
        untold
    }

    pub fn restore(&mut self, subject: Subject<'_>, used: u64, now_ns: u64) {
        if !self.is_full(now_ns) {
            let (callers, name) = self.callers(subject);
            let bucket = callers.buckets.entry(name.into()).or_default();
            bucket.restore(used, now_ns);
        }
    }

    /// Counters of the day that changed since this was asked last.
    pub fn changed_on(&mut self, day: u64) -> Vec<(String, u64)> {
        let changed = self
            .all_mut()
            .into_iter()
            .map(|callers| callers.changed_on(day));
        changed.flatten().collect()
    }

    /// All counters of the day.
    pub fn used_on(&self, day: u64) -> Vec<(String, u64)> {
        self.all()
            .into_iter()
            .flat_map(|callers| callers.used_on(day))
            .collect()
    }

    pub fn sweep(&mut self, now_ns: u64) {
        self.swept_at_ns = now_ns;
        for callers in self.all_mut() {
            callers.buckets.retain(|_, bucket| {
                bucket.settle(now_ns);
                !bucket.is_idle(now_ns)
            });
        }
    }

    pub fn len(&self) -> usize {
        self.all().iter().map(|callers| callers.buckets.len()).sum()
    }

    fn is_full(&mut self, now_ns: u64) -> bool {
        if self.len() >= self.most && now_ns.abs_diff(self.swept_at_ns) >= SWEEP_EVERY_NS {
            self.sweep(now_ns);
        }
        self.len() >= self.most
    }

    fn callers<'s>(&mut self, subject: Subject<'s>) -> (&mut Callers, &'s str) {
        match subject {
            Subject::Service(name) => (&mut self.services, name),
            Subject::Partner(name) => (&mut self.partners, name),
            Subject::Key(name) => (&mut self.keys, name),
            Subject::Holder(name) => (&mut self.holders, name),
        }
    }

    fn all(&self) -> [&Callers; 4] {
        [&self.services, &self.partners, &self.keys, &self.holders]
    }

    fn all_mut(&mut self) -> [&mut Callers; 4] {
        [
            &mut self.services,
            &mut self.partners,
            &mut self.keys,
            &mut self.holders,
        ]
    }
}

impl Callers {
    fn new(subject: fn(&str) -> Subject<'_>) -> Callers {
        Callers {
            subject,
            buckets: HashMap::default(),
            changed: Vec::new(),
        }
    }

    fn changed_on(&mut self, day: u64) -> Vec<(String, u64)> {
        let changed = std::mem::take(&mut self.changed);
        let told = changed.iter().filter_map(|name| {
            let used = self.buckets.get_mut(name)?.told_on(day);
            Some(((self.subject)(name).to_string(), used))
        });
        told.filter(|(_, used)| *used > 0).collect()
    }

    fn used_on(&self, day: u64) -> impl Iterator<Item = (String, u64)> {
        let all = self.buckets.iter();
        let used = all.map(move |(name, bucket)| (name, bucket.used_on(day)));
        used.filter(|(_, used)| *used > 0)
            .map(|(name, used)| ((self.subject)(name).to_string(), used))
    }
}
