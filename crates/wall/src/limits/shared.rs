//! One caller's counters where several gateways take from one limit.
//!
//! A meter elsewhere leases requests to each gateway, and counts them when it does. What is leased is taken here without
//! a word, and never given back: it is so little (1.5 % of the limit, all gateways together) that what lies with a
//! gateway nobody calls is not missed, and of a limit too small for that each request is asked for.
//!
//! The gateway's own meter counts in any case, each request as one of every gateway's: that is its share, by which it
//! goes on while the others cannot be asked. What it then takes is told when they can.

use super::bucket::{Bucket, NANOS_PER_DAY, NANOS_PER_SECOND, UNIT, capacity};
use super::{Allowance, Mode, Taken};
use crate::manifest::Limit;

/// Of a limit, what lies with gateways at a time: 3 of 200.
const LEASED: (u64, u64) = (3, 200);
/// Who was refused does not ask again sooner, however high the rate: what is back meanwhile is granted as one.
const ASKS_AGAIN_AFTER_NS: u64 = 5_000_000;
/// Nor later: limits change, clocks are set, others give up.
const ASKS_AGAIN_WITHIN_NS: u64 = NANOS_PER_SECOND;

/// What a bucket knows of the meter it shares.
#[derive(Clone, Debug, Default)]
pub struct Shared {
    /// As of the last request.
    limit: Option<Limit>,
    /// Which memory of the meter's knows this gateway's requests; another one is told all of them.
    memory: u32,
    /// Requests granted and not taken yet.
    leased: u64,
    /// Requests taken apart, not told yet.
    untold: u64,
    /// Of all gateways as heard last, `UNIT` a request, and when that was.
    level: u128,
    at_ns: u64,
    refused: Option<Refused>,
    /// The day that was heard of.
    day: u64,
    /// Of it, what this gateway had been granted by then, what all of them had, and what was left for all.
    day_granted: u64,
    day_used: u64,
    day_left: u64,
}

/// Why nothing was granted.
#[derive(Clone, Copy, Debug)]
struct Refused {
    is_day: bool,
    retry_at_ns: u64,
    /// Nobody asks before.
    asks_at_ns: u64,
}

/// What the keeper of the shared meter is told of a caller.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Told {
    /// Days since the Unix epoch.
    pub day: u64,
    /// Requests granted to this gateway on that day, all in all.
    pub used_today: u64,
    /// Thousandths of requests it was not told of, as far as they still count for the minute.
    pub owed_thousandths: u64,
    /// Where it may have lost what it knew: how full the meter was as heard last, thousandths of requests.
    pub heard_thousandths: u64,
    /// And requests of the day that this gateway knows of, those of the others among them.
    pub heard_today: u64,
    /// Worth asking for at a time.
    pub lease: u64,
    untold: u64,
    memory: u32,
}

/// What it answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Granted {
    pub granted: u64,
    /// Of the meter, after that: thousandths of a request.
    pub level_thousandths: u64,
    /// Days since the Unix epoch, by its clock.
    pub day: u64,
    /// Requests granted on that day, to all gateways.
    pub used_today: u64,
}

impl Bucket {
    pub(super) fn take_leased(&mut self, limit: Limit, mode: Mode, now_ns: u64) -> Allowance {
        let shared = self.shared.get_or_insert_default();
        shared.know(limit, mode.memory());
        let taken = if shared.leased > 0 {
            shared.leased -= 1;
            self.count(limit, mode.gateways());
            Taken::Yes
        } else {
            let refused = shared.refused.filter(|refused| refused.stands(now_ns));
            refused.map_or(Taken::Unasked, |refused| refused.taken(now_ns))
        };
        self.shared_allowance(limit, taken, now_ns)
    }

    /// This gateway's part: of what may come at once, of the rate, and of what was left of the day when that was
    /// heard last.
    pub(super) fn take_share(&mut self, limit: Limit, mode: Mode, now_ns: u64) -> Allowance {
        let gateways = mode.gateways();
        let per_day = limit
            .per_day
            .map(|quota| self.share_of_day(quota, gateways.into()));
        let allowance = self.take_by(limit, gateways, per_day, now_ns);
        let shared = self.shared.get_or_insert_default();
        shared.limit = Some(limit);
        shared.untold += u64::from(allowance.taken == Taken::Yes);
        allowance
    }

    fn share_of_day(&self, quota: u64, gateways: u64) -> u64 {
        let heard = self.shared.as_ref().filter(|shared| shared.day == self.day);
        heard.map_or(quota.div_ceil(gateways), |shared| {
            let rest = shared.day_left.div_ceil(gateways);
            shared.day_granted.saturating_add(rest)
        })
    }

    /// Counts in this gateway's share, full or not.
    fn count(&mut self, limit: Limit, gateways: u32) {
        let full = capacity(limit, gateways).max(self.level);
        self.level = full.min(self.level + u128::from(gateways) * UNIT);
        self.used_today += u64::from(limit.per_day.is_some());
    }

    pub(super) fn telling(&mut self, mode: Mode, now_ns: u64) -> Told {
        self.advance(self.per_minute, now_ns);
        let (gateways, memory) = (mode.gateways(), mode.memory());
        let shared = self.shared.get_or_insert_default();
        let own = self.level / u128::from(gateways);
        let is_known = shared.memory == memory;
        let owed = own.min(u128::from(shared.untold) * UNIT);
        // What was taken together till then, by all of them.
        let (mut heard, mut heard_today) = (0, 0);
        if !is_known {
            heard = shared
                .limit
                .map_or(0, |limit| shared.level_at(limit, now_ns));
        }
        if !is_known && shared.day == self.day {
            let since = self.used_today.saturating_sub(shared.day_granted);
            heard_today = shared.day_used.saturating_add(since);
        }
        Told {
            day: self.day,
            used_today: match is_known {
                true => self.used_today.saturating_add(shared.leased),
                false => self.used_today,
            },
            owed_thousandths: thousandths(owed),
            heard_thousandths: thousandths(heard),
            heard_today,
            lease: shared
                .limit
                .map_or(0, |limit| lease(limit, gateways.into())),
            untold: shared.untold,
            memory,
        }
    }

    /// What is to be told though nobody calls now.
    pub(super) fn untold(&mut self, mode: Mode, now_ns: u64) -> Option<Told> {
        let known = self.shared.as_ref();
        let known = known.filter(|shared| shared.memory == mode.memory());
        if known.is_some_and(|shared| shared.untold == 0) {
            return None;
        }
        let told = self.telling(mode, now_ns);
        let is_news =
            told.owed_thousandths > 0 || told.heard_thousandths > 0 || told.used_today > 0;
        is_news.then_some(told)
    }

    pub(super) fn told(&mut self, told: &Told) {
        let shared = self.shared.get_or_insert_default();
        if shared.memory != told.memory {
            (shared.memory, shared.leased) = (told.memory, 0);
        }
        shared.untold = shared.untold.saturating_sub(told.untold);
    }

    pub(super) fn shared_limit(&self) -> Option<Limit> {
        self.shared.as_ref()?.limit
    }

    /// Of what was granted, `waiting` requests are taken at once, as far as it goes; the rest is for who comes next.
    pub(super) fn granted(
        &mut self,
        limit: Limit,
        mode: Mode,
        granted: &Granted,
        waiting: u64,
        now_ns: u64,
    ) -> Vec<Allowance> {
        self.advance(limit.per_minute, now_ns);
        let served = granted.granted.min(waiting);
        for _ in 0..served {
            self.count(limit, mode.gateways());
        }
        let used_today = self.used_today;
        let shared = self.shared.get_or_insert_default();
        shared.leased = shared.leased.saturating_add(granted.granted - served);
        shared.level = u128::from(granted.level_thousandths) * UNIT / 1_000;
        shared.at_ns = now_ns;
        // Without a quota nobody counts the day.
        shared.day = limit.per_day.map_or(0, |_| granted.day);
        shared.day_granted = used_today.saturating_add(shared.leased);
        shared.day_used = granted.used_today;
        shared.day_left = limit
            .per_day
            .map_or(0, |quota| quota.saturating_sub(granted.used_today));
        shared.refused = (served < waiting).then(|| Refused::of(limit, granted, now_ns));
        let refused = shared.refused;
        let taken = |number| match refused {
            Some(refused) if number >= served => refused.taken(now_ns),
            _ => Taken::Yes,
        };
        (0..waiting)
            .map(|number| self.shared_allowance(limit, taken(number), now_ns))
            .collect()
    }

    /// As all gateways together have it. A day is the shared meter's, until it is over here: of the next nothing was
    /// heard.
    fn shared_allowance(&self, limit: Limit, taken: Taken, now_ns: u64) -> Allowance {
        let unheard = Shared::default();
        let shared = self.shared.as_deref().unwrap_or(&unheard);
        let level = shared.level_at(limit, now_ns);
        let free = capacity(limit, 1).saturating_sub(level) / UNIT;
        let today = now_ns / NANOS_PER_DAY;
        let is_heard = shared.day >= today || taken == Taken::DayUsedUp;
        let day = if is_heard { shared.day } else { today };
        let day_left = |quota: u64| match is_heard {
            true => shared.day_left.saturating_add(shared.leased),
            false => quota.saturating_sub(self.used_today),
        };
        Allowance {
            limit,
            taken,
            minute_left: u64::try_from(free)
                .unwrap_or(u64::MAX)
                .saturating_add(shared.leased),
            minute_full_in_ns: self.nanoseconds_to_drain(level),
            day_left: limit.per_day.map(day_left),
            day_ends_in_ns: end_of(day).saturating_sub(now_ns).min(NANOS_PER_DAY),
        }
    }
}

impl Shared {
    /// What was said of another limit is asked anew; what another memory leased is counted nowhere.
    fn know(&mut self, limit: Limit, memory: u32) {
        if self.limit.replace(limit) != Some(limit) {
            self.refused = None;
        }
        if self.memory != memory {
            (self.leased, self.refused) = (0, None);
        }
    }

    fn level_at(&self, limit: Limit, now_ns: u64) -> u128 {
        let since = u128::from(now_ns.saturating_sub(self.at_ns));
        self.level
            .saturating_sub(since * u128::from(limit.per_minute))
    }
}

impl Refused {
    fn of(limit: Limit, granted: &Granted, now_ns: u64) -> Refused {
        let is_day = limit
            .per_day
            .is_some_and(|quota| granted.used_today >= quota);
        let level = u128::from(granted.level_thousandths) * UNIT / 1_000;
        let over = (level + UNIT).saturating_sub(capacity(limit, 1));
        let wait = over.div_ceil(u128::from(limit.per_minute.max(1)));
        let wait_ns = u64::try_from(wait).unwrap_or(u64::MAX);
        let asks_after = match is_day {
            true => end_of(granted.day).saturating_sub(now_ns),
            false => wait_ns,
        };
        Refused {
            is_day,
            retry_at_ns: now_ns.saturating_add(wait_ns),
            asks_at_ns: now_ns + asks_after.clamp(ASKS_AGAIN_AFTER_NS, ASKS_AGAIN_WITHIN_NS),
        }
    }

    /// Not where a clock was set back.
    fn stands(&self, now_ns: u64) -> bool {
        (now_ns..=now_ns + ASKS_AGAIN_WITHIN_NS).contains(&self.asks_at_ns)
            && now_ns != self.asks_at_ns
    }

    fn taken(&self, now_ns: u64) -> Taken {
        match self.is_day {
            true => Taken::DayUsedUp,
            false => Taken::MinuteUsedUp {
                retry_in_ns: self.retry_at_ns.saturating_sub(now_ns),
            },
        }
    }
}

/// Nanoseconds since the Unix epoch; days as an answer may say them.
fn end_of(day: u64) -> u64 {
    day.saturating_add(1).saturating_mul(NANOS_PER_DAY)
}

fn thousandths(level: u128) -> u64 {
    u64::try_from(level * 1_000 / UNIT).unwrap_or(u64::MAX)
}

/// What is worth asking for at a time; 0: one by one.
fn lease(limit: Limit, gateways: u64) -> u64 {
    let least = limit
        .per_day
        .map_or(limit.burst.into(), |quota| quota.min(limit.burst.into()));
    let (part, whole) = LEASED;
    least * part / whole / gateways
}

#[cfg(test)]
#[path = "shared_tests.rs"]
mod tests;
