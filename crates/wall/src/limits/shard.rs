//! A part of all callers, behind one lock.

use std::collections::HashMap;

use super::bucket::{Bucket, NANOS_PER_SECOND};
use super::{Allowance, Subject, Taken};
use crate::manifest::Limit;

/// A full shard is searched for idle callers at most this often.
const SWEEP_EVERY_NS: u64 = NANOS_PER_SECOND;

type Callers = HashMap<Box<str>, Bucket, ahash::RandomState>;

/// One map per kind of subject: looked up by a borrowed name, no key is built per request.
pub struct Shard {
    most: usize,
    services: Callers,
    partners: Callers,
    keys: Callers,
    swept_at_ns: u64,
}

impl Shard {
    pub fn new(most: usize) -> Shard {
        let [services, partners, keys] =
            [Callers::default(), Callers::default(), Callers::default()];
        Shard {
            most,
            services,
            partners,
            keys,
            swept_at_ns: 0,
        }
    }

    pub fn take(&mut self, subject: Subject<'_>, limit: Limit, now_ns: u64) -> Allowance {
        let full = self.is_full(now_ns);
        let (callers, name) = self.callers(subject);
        if let Some(bucket) = callers.get_mut(name) {
            return bucket.take(limit, now_ns);
        }
        let mut bucket = Bucket::default();
        let allowance = bucket.take(limit, now_ns);
        if full {
            return Allowance {
                taken: Taken::TooManyCallers,
                ..allowance
            };
        }
        callers.insert(name.into(), bucket);
        allowance
    }

    pub fn restore(&mut self, subject: Subject<'_>, used: u64, now_ns: u64) {
        if !self.is_full(now_ns) {
            let (callers, name) = self.callers(subject);
            callers
                .entry(name.into())
                .or_default()
                .restore(used, now_ns);
        }
    }

    pub fn used_on(&self, day: u64) -> Vec<(String, u64)> {
        let used = |(bucket, subject): (&Bucket, Subject<'_>)| {
            Some(bucket.used_on(day))
                .filter(|used| *used > 0)
                .map(|used| (subject.to_string(), used))
        };
        let services = self
            .services
            .iter()
            .map(|(name, bucket)| (bucket, Subject::Service(name)));
        let partners = self
            .partners
            .iter()
            .map(|(name, bucket)| (bucket, Subject::Partner(name)));
        let keys = self
            .keys
            .iter()
            .map(|(name, bucket)| (bucket, Subject::Key(name)));
        services
            .chain(partners)
            .chain(keys)
            .filter_map(used)
            .collect()
    }

    pub fn sweep(&mut self, now_ns: u64) {
        self.swept_at_ns = now_ns;
        for callers in [&mut self.services, &mut self.partners, &mut self.keys] {
            callers.retain(|_, bucket| {
                bucket.settle(now_ns);
                !bucket.is_idle(now_ns)
            });
        }
    }

    pub fn len(&self) -> usize {
        self.services.len() + self.partners.len() + self.keys.len()
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
        }
    }
}
