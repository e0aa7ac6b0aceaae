//! One caller's counters.
//!
//! GCRA in its equivalent form as a meter: a request adds `UNIT`, each nanosecond takes `per_minute` away, and a
//! request passes while the level stays within `burst × UNIT`. All integers, so nothing is lost to rounding: in
//! any span of t nanoseconds at most `burst + floor(t × per_minute / 60e9)` requests pass, and exactly that many
//! can. The level is in requests whatever the rate, so a changed limit keeps what was used.

use crate::limits::shared::Shared;
use crate::limits::{Allowance, Mode, Taken};
use crate::manifest::Limit;

pub const NANOS_PER_SECOND: u64 = 1_000_000_000;
pub const NANOS_PER_DAY: u64 = 86_400 * NANOS_PER_SECOND;
/// One request, so that one nanosecond drains exactly `per_minute`.
pub(super) const UNIT: u128 = 60 * NANOS_PER_SECOND as u128;
/// A clock that fell back further than this was corrected: counting goes on from its new time.
const CLOCK_CORRECTION_NS: u64 = 60 * NANOS_PER_SECOND;

#[derive(Clone, Debug, Default)]
pub struct Bucket {
    pub(super) level: u128,
    /// When `level` was true, nanoseconds since the epoch.
    at_ns: u64,
    /// Rate of the last request, to know when the bucket is empty again.
    pub(super) per_minute: u32,
    /// The day's counter changed since it was told.
    is_changed: bool,
    pub(super) day: u64,
    pub(super) used_today: u64,
    /// Where several gateways take from it.
    pub(super) shared: Option<Box<Shared>>,
}

impl Bucket {
    pub fn take(&mut self, limit: Limit, mode: Mode, now_ns: u64) -> Allowance {
        self.advance(limit.per_minute, now_ns);
        match mode {
            Mode::Alone => self.take_by(limit, 1, limit.per_day, now_ns),
            Mode::Together { .. } => self.take_leased(limit, mode, now_ns),
            Mode::Apart { .. } => self.take_share(limit, mode, now_ns),
        }
    }

    /// Takes a request that weighs as much as so many: who has a third of a limit fills it three times as fast.
    pub(super) fn take_by(
        &mut self,
        limit: Limit,
        weight: u32,
        per_day: Option<u64>,
        now_ns: u64,
    ) -> Allowance {
        let unit = u128::from(weight) * UNIT;
        let capacity = capacity(limit, weight);
        let taken = self.verdict(per_day, unit, capacity);
        if taken == Taken::Yes {
            self.level += unit;
            // Without a quota there is nothing to remember for the rest of the day.
            self.used_today += u64::from(limit.per_day.is_some());
        }
        Allowance {
            limit,
            taken,
            minute_left: u64::try_from(capacity.saturating_sub(self.level) / unit)
                .unwrap_or(u64::MAX),
            minute_full_in_ns: self.nanoseconds_to_drain(self.level),
            day_left: per_day.map(|quota| quota.saturating_sub(self.used_today)),
            day_ends_in_ns: NANOS_PER_DAY - now_ns % NANOS_PER_DAY,
        }
    }

    /// Both windows are asked before either is taken from.
    fn verdict(&self, per_day: Option<u64>, unit: u128, capacity: u128) -> Taken {
        let over = (self.level + unit).saturating_sub(capacity);
        if per_day.is_some_and(|quota| self.used_today >= quota) {
            Taken::DayUsedUp
        } else if over > 0 {
            Taken::MinuteUsedUp {
                retry_in_ns: self.nanoseconds_to_drain(over),
            }
        } else {
            Taken::Yes
        }
    }

    pub(super) fn advance(&mut self, per_minute: u32, now_ns: u64) {
        self.per_minute = per_minute;
        if now_ns >= self.at_ns || self.at_ns - now_ns > CLOCK_CORRECTION_NS {
            let drained = u128::from(now_ns.saturating_sub(self.at_ns)) * u128::from(per_minute);
            self.level = self.level.saturating_sub(drained);
            self.at_ns = now_ns;
        }
        let day = now_ns / NANOS_PER_DAY;
        // Around midnight a thread may come with an older clock: the newer day stays.
        if day != self.day && day + 1 != self.day {
            (self.day, self.used_today) = (day, 0);
        }
    }

    /// At the rate of the last request.
    pub(super) fn nanoseconds_to_drain(&self, level: u128) -> u64 {
        if level == 0 {
            return 0;
        }
        let rate = u128::from(self.per_minute);
        if rate == 0 {
            u64::MAX
        } else {
            u64::try_from(level.div_ceil(rate)).unwrap_or(u64::MAX)
        }
    }

    /// A bucket from before the system's time was turned back drains from now on, called or not.
    pub fn settle(&mut self, now_ns: u64) {
        if self.at_ns.saturating_sub(now_ns) > CLOCK_CORRECTION_NS {
            self.at_ns = now_ns;
        }
    }

    /// Forgetting this bucket would change no answer.
    pub fn is_idle(&self, now_ns: u64) -> bool {
        let drained = u128::from(now_ns.saturating_sub(self.at_ns)) * u128::from(self.per_minute);
        drained >= self.level && self.used_on(now_ns / NANOS_PER_DAY) == 0
    }

    pub fn used_on(&self, day: u64) -> u64 {
        if self.day >= day { self.used_today } else { 0 }
    }

    /// Notes that the day's counter changed; true the first time since it was told.
    pub fn changes(&mut self) -> bool {
        !std::mem::replace(&mut self.is_changed, true)
    }

    /// The day's counter, told.
    pub fn told_on(&mut self, day: u64) -> u64 {
        self.is_changed = false;
        self.used_on(day)
    }

    pub fn restore(&mut self, used: u64, now_ns: u64) {
        self.advance(self.per_minute, now_ns);
        self.used_today = self.used_today.max(used);
    }
}

/// Of the meter, where a request weighs as much as so many: one of them passes, however small the limit.
pub(super) fn capacity(limit: Limit, weight: u32) -> u128 {
    u128::from(limit.burst.max(weight).max(1)) * UNIT
}
