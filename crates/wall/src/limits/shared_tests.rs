//! Three gateways and one meter, in any order of things.

use std::collections::HashMap;

use proptest::prelude::*;

use super::super::{
    Allowance, Granted, Limits, Mode, NANOS_PER_DAY, NANOS_PER_SECOND, Subject, Taken, Told,
};
use crate::manifest::Limit;

const NOON: u64 = 20_000 * NANOS_PER_DAY + NANOS_PER_DAY / 2;
const GLOBEX: Subject<'static> = Subject::Partner("globex");
const GATEWAYS: u16 = 3;
const MILLISECOND: u64 = 1_000_000;
/// A request, of which a microsecond drains `per_minute`.
const UNIT: u64 = 60_000_000;

/// What `crates/server/src/sharing/ask.lua` does; `tests/gateway/test_shared_limits.py` holds that to the real thing.
#[derive(Default)]
struct Meter {
    level: u64,
    at_us: u64,
    day: u64,
    counts: HashMap<usize, u64>,
    known: u64,
}

impl Meter {
    fn ask(
        &mut self,
        gateway: usize,
        limit: Limit,
        waiting: u64,
        told: &Told,
        now_ns: u64,
    ) -> Granted {
        let (now_us, today) = (now_ns / 1_000, now_ns / NANOS_PER_DAY);
        let passed_us = now_us.saturating_sub(self.at_us);
        let drained = passed_us.saturating_mul(limit.per_minute.into());
        self.level = self.level.saturating_sub(drained);
        self.at_us = now_us;
        let capacity = u64::from(limit.burst) * UNIT;
        let heard = (told.heard_thousandths * UNIT / 1_000).min(capacity);
        self.level = self.level.max(heard);
        let owed = (self.level + told.owed_thousandths * UNIT / 1_000).min(capacity);
        self.level = self.level.max(owed);
        if self.day != today {
            (self.day, self.counts, self.known) = (today, HashMap::new(), 0);
        }
        let mine = self.counts.entry(gateway).or_default();
        if told.day == today {
            *mine = told.used_today.max(*mine);
            self.known = self.known.max(told.heard_today);
        }
        let used = self.used();
        let mut room = capacity.saturating_sub(self.level) / UNIT;
        if let Some(quota) = limit.per_day {
            room = room.min(quota.saturating_sub(used));
        }
        let lease = if waiting > 0 { told.lease } else { 0 };
        let ahead = lease.min(room / (2 * u64::from(GATEWAYS)));
        let granted = room.min(waiting.max(ahead));
        self.level += granted * UNIT;
        if limit.per_day.is_some() {
            *self.counts.entry(gateway).or_default() += granted;
            self.known = used + granted;
        }
        Granted {
            granted,
            level_thousandths: (self.level * 1_000).div_ceil(UNIT),
            day: today,
            used_today: self.used(),
        }
    }

    fn used(&self) -> u64 {
        self.known.max(self.counts.values().sum())
    }
}

struct World {
    meter: Meter,
    gateways: Vec<Limits>,
    memory: u32,
    asked: u64,
}

impl World {
    fn new() -> World {
        let gateways: Vec<_> = (0..GATEWAYS).map(|_| Limits::new()).collect();
        let world = World {
            meter: Meter::default(),
            gateways,
            memory: 1,
            asked: 0,
        };
        world.together();
        world
    }

    fn together(&self) {
        let (gateways, memory) = (GATEWAYS, self.memory);
        for limits in &self.gateways {
            limits.share(Mode::Together { gateways, memory });
        }
    }

    fn apart(&self) {
        let (gateways, memory) = (GATEWAYS, self.memory);
        for limits in &self.gateways {
            limits.share(Mode::Apart { gateways, memory });
        }
    }

    fn tell_all(&mut self, limit: Limit, now: u64) {
        for (number, limits) in self.gateways.iter().enumerate() {
            for (name, _, told) in limits.untold(now).flatten() {
                self.meter.ask(number, limit, 0, &told, now);
                limits.told(Subject::parse(&name).unwrap(), &told);
            }
        }
    }

    fn call(&mut self, gateway: usize, limit: Limit, now: u64) -> Allowance {
        let limits = &self.gateways[gateway];
        let allowance = limits.take(GLOBEX, limit, now);
        if allowance.taken != Taken::Unasked {
            return allowance;
        }
        self.asked += 1;
        let told = limits.telling(GLOBEX, now);
        let granted = self.meter.ask(gateway, limit, 1, &told, now);
        limits.granted(GLOBEX, limit, &told, &granted, 1, now)[0]
    }

    fn passes(&mut self, gateway: usize, limit: Limit, now: u64) -> bool {
        self.call(gateway, limit, now).taken == Taken::Yes
    }
}

fn limit(per_minute: u32, burst: u32, per_day: Option<u64>) -> Limit {
    Limit {
        per_minute,
        burst,
        per_day,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn three_gateways_pass_what_one_would_and_hardly_less(
        per_minute in 1_u32..20_000,
        factor in 1_u32..5,
        steps in prop::collection::vec((0_usize..3, 0_u64..400), 50..400),
        weights in prop::array::uniform3(0_u64..5),
    ) {
        let limit = limit(per_minute, (per_minute / factor).max(1), None);
        let (mut world, mut now, mut passed) = (World::new(), NOON, 0_u64);
        let most = |now: u64| u64::from(limit.burst)
            + u64::try_from(u128::from(now - NOON) * u128::from(per_minute) / 60_000_000_000).unwrap();
        for (gateway, wait) in steps {
            now += wait * MILLISECOND;
            for _ in 0..=(weights[gateway] * u64::from(limit.burst) / 100).min(400) {
                passed += u64::from(world.passes(gateway, limit, now));
            }
            prop_assert!(passed <= most(now), "{passed} of {}", most(now));
        }
        // Everybody asks for as much as there is, one after the other and each once more.
        now += NANOS_PER_SECOND;
        for gateway in [0, 1, 2, 0, 1, 2] {
            now += 5 * MILLISECOND;
            for _ in 0..limit.burst {
                passed += u64::from(world.passes(gateway, limit, now));
            }
        }
        prop_assert!(passed <= most(now), "{passed} of {}", most(now));
        prop_assert!(
            world.meter.level + UNIT > u64::from(limit.burst) * UNIT,
            "something is left: {}",
            world.meter.level / UNIT
        );
    }

    #[test]
    fn of_a_day_no_more_passes_and_98_percent_do(
        quota in 1_u64..5_000,
        turns in prop::collection::vec(0_usize..3, 1..60),
    ) {
        let limit = limit(1_000_000, 1_000_000, Some(quota));
        let (mut world, mut now, mut passed) = (World::new(), NOON, 0_u64);
        for gateway in turns.into_iter().chain([0, 1, 2, 2, 1, 0]) {
            now += NANOS_PER_SECOND + 5 * MILLISECOND;
            for _ in 0..quota {
                passed += u64::from(world.passes(gateway, limit, now));
            }
        }
        prop_assert!(passed <= quota, "{passed} of {quota}");
        prop_assert!(passed * 100 >= quota * 98, "{passed} of {quota}");
    }
}

#[test]
fn a_flood_on_all_gets_the_limit_to_two_percent() {
    for (per_minute, burst) in [
        (60, 60),
        (600, 600),
        (6_000, 6_000),
        (100, 150),
        (600_000, 600_000),
    ] {
        let limit = limit(per_minute, burst, None);
        let (mut world, mut passed) = (World::new(), 0_u64);
        let steps = 10_000;
        for step in 0..steps {
            let now = NOON + step * MILLISECOND;
            for _ in 0..=u64::from(burst) / 3_000 {
                for gateway in 0..3 {
                    passed += u64::from(world.passes(gateway, limit, now));
                }
            }
        }
        let all = u64::from(burst) + (steps - 1) * u64::from(per_minute) / 60_000;
        assert!(passed <= all, "{per_minute}: {passed} of {all}");
        assert!(passed * 100 >= all * 98, "{per_minute}: {passed} of {all}");
    }
}

#[test]
fn a_gateway_that_is_hardly_called_wastes_nothing_of_the_others() {
    let limit = limit(6_000, 6_000, None);
    let (mut world, mut passed) = (World::new(), 0_u64);
    let seconds = 60;
    for step in 0..seconds * 1_000 {
        let now = NOON + step * MILLISECOND;
        passed += (0..8).filter(|_| world.passes(0, limit, now)).count() as u64;
        if step % 1_000 == 0 {
            passed +=
                u64::from(world.passes(1, limit, now)) + u64::from(world.passes(2, limit, now));
        }
    }
    let all = 6_000 + seconds * 100;
    assert!(
        passed <= all && passed * 100 >= all * 98,
        "{passed} of {all}"
    );
}

#[test]
fn a_small_limit_is_exact_and_a_large_one_is_hardly_asked_for() {
    let (mut world, tiny) = (World::new(), limit(1, 20, None));
    let passed = (0..60).filter(|n| world.passes(n % 3, tiny, NOON)).count();
    assert_eq!(passed, 20);
    let (mut world, large) = (World::new(), limit(60_000, 60_000, None));
    assert!((0..30_000).all(|n| world.passes(n % 3, large, NOON)));
    assert!(world.asked <= 110, "{}", world.asked);
}

#[test]
fn who_was_refused_asks_no_more_until_it_may_help() {
    let (mut world, tiny) = (World::new(), limit(60, 1, None));
    assert!(world.passes(0, tiny, NOON) && !world.passes(0, tiny, NOON));
    let before = world.asked;
    for step in 0..999 {
        let refused = world.call(0, tiny, NOON + step * MILLISECOND);
        let left = NANOS_PER_SECOND - step * MILLISECOND;
        assert_eq!(refused.taken, Taken::MinuteUsedUp { retry_in_ns: left });
    }
    assert_eq!(world.asked, before);
    assert!(world.passes(0, tiny, NOON + NANOS_PER_SECOND));
}

#[test]
fn apart_each_has_its_share_and_none_is_refused_all() {
    let minute = limit(600, 600, None);
    let mut world = World::new();
    // One of them had everything.
    assert_eq!(
        (0..700).filter(|_| world.passes(0, minute, NOON)).count(),
        600
    );
    world.apart();
    let mut passed = [0_u64; 3];
    for step in 0..60_000 {
        for (gateway, passed) in passed.iter_mut().enumerate() {
            *passed += u64::from(world.passes(gateway, minute, NOON + step * MILLISECOND));
        }
    }
    assert!((195..=201).contains(&passed[0]), "its rate: {passed:?}");
    assert!(
        (395..=400).contains(&passed[1]),
        "burst and rate: {passed:?}"
    );
    assert_eq!(passed[1], passed[2]);
}

#[test]
fn apart_a_day_has_its_share_of_what_was_left() {
    let daily = limit(60_000, 60_000, Some(300));
    let mut world = World::new();
    assert_eq!(
        (0..150).filter(|_| world.passes(0, daily, NOON)).count(),
        150
    );
    world.apart();
    let mut passed = |gateway| {
        (0..300)
            .filter(|_| world.passes(gateway, daily, NOON))
            .count()
    };
    assert!(
        (48..=52).contains(&passed(0)),
        "a third of the 150 that were left"
    );
    assert_eq!(passed(1), 100, "it knows of nobody else");
}

#[test]
fn apart_a_quota_that_is_new_is_shared_by_nobodys_word() {
    let mut world = World::new();
    assert!(world.passes(0, limit(6_000, 6_000, None), NOON));
    world.apart();
    let daily = limit(6_000, 6_000, Some(300));
    let passed = (0..300).filter(|_| world.passes(0, daily, NOON)).count();
    assert_eq!(passed, 100);
}

#[test]
fn what_was_taken_apart_is_told_when_the_others_can_be_asked() {
    let daily = limit(60, 600, Some(600));
    let mut world = World::new();
    world.apart();
    let taken = (0..900)
        .filter(|n| world.passes(n % 3, daily, NOON))
        .count();
    assert_eq!(taken, 600);
    for is_forgotten in [false, true] {
        if is_forgotten {
            (world.meter, world.memory) = (Meter::default(), 2);
            world.apart();
        }
        world.tell_all(daily, NOON);
        world.together();
        for gateway in 0..3 {
            assert!(!world.passes(gateway, daily, NOON), "{is_forgotten}");
        }
        let later = NOON + 10 * NANOS_PER_SECOND;
        assert_eq!(world.call(1, daily, later).taken, Taken::DayUsedUp);
        world.apart();
    }
}

#[test]
fn a_meter_that_forgot_is_told_of_everybody_and_leases_are_void() {
    let daily = limit(6_000, 6_000, Some(60_000));
    let mut world = World::new();
    assert!((0..3_000).all(|n| world.passes(n % 3, daily, NOON)));
    (world.meter, world.memory) = (Meter::default(), 2);
    world.apart();
    world.tell_all(daily, NOON);
    world.together();
    let (level, used) = (
        world.meter.level / UNIT,
        world.meter.counts.values().sum::<u64>(),
    );
    assert!((3_000..=3_090).contains(&level), "leases are lost: {level}");
    assert_eq!(used, 3_000);
    let more = (0..9_000)
        .filter(|n| world.passes(n % 3, daily, NOON))
        .count();
    assert!((2_910..=3_000).contains(&more), "{more}");
}

#[test]
fn a_meter_that_forgot_is_told_what_one_gateway_took_of_all() {
    let minute = limit(600, 600, None);
    let mut world = World::new();
    assert!((0..600).all(|_| world.passes(0, minute, NOON)));
    (world.meter, world.memory) = (Meter::default(), 2);
    world.apart();
    let later = NOON + NANOS_PER_SECOND;
    assert!(world.passes(1, minute, later), "apart it has a share");
    world.tell_all(minute, later);
    world.together();
    let more = (0..300)
        .filter(|n| world.passes(n % 3, minute, later))
        .count();
    assert!((8..=9).contains(&more), "a second's, but for one: {more}");
}

#[test]
fn a_meter_that_forgot_is_told_the_day_of_a_gateway_that_is_gone() {
    let daily = limit(60_000, 60_000, Some(300));
    let mut world = World::new();
    assert!((0..90).all(|n| world.passes(n % 3, daily, NOON)));
    (world.meter, world.memory) = (Meter::default(), 2);
    world.apart();
    assert!((0..10).all(|_| world.passes(1, daily, NOON)));
    world.gateways[0] = Limits::new();
    world.tell_all(daily, NOON);
    world.together();
    let passed = (0..600)
        .filter(|n| world.passes(n % 3, daily, NOON))
        .count();
    assert!(
        (196..=201).contains(&passed),
        "who took ten heard nothing of the last call of the others: {passed}"
    );
}

#[test]
fn a_day_ends_by_the_meters_clock_and_nobody_is_sent_away_for_the_next() {
    let daily = limit(6_000, 6_000, Some(1));
    let midnight = (NOON / NANOS_PER_DAY + 1) * NANOS_PER_DAY;
    let mut world = World::new();
    let before = midnight - 300 * MILLISECOND;
    assert!(world.passes(0, daily, before));
    let refused = world.call(0, daily, before);
    assert_eq!(refused.taken, Taken::DayUsedUp);
    assert_eq!(refused.day_ends_in_ns, 300 * MILLISECOND);
    assert!(world.passes(0, daily, midnight));

    // Here the day has begun, there it has not.
    let limits = Limits::new();
    limits.share(Mode::Together {
        gateways: GATEWAYS,
        memory: 1,
    });
    let told = limits.telling(GLOBEX, midnight);
    let used_up = Granted {
        granted: 0,
        level_thousandths: 0,
        day: midnight / NANOS_PER_DAY - 1,
        used_today: 1,
    };
    let refused = &limits.granted(GLOBEX, daily, &told, &used_up, 1, midnight)[0];
    assert_eq!(
        (refused.taken, refused.day_left),
        (Taken::DayUsedUp, Some(0))
    );
    assert_eq!(refused.day_ends_in_ns, 0);
    let again = limits.take(GLOBEX, daily, midnight + 5 * MILLISECOND);
    assert_eq!(again.taken, Taken::Unasked);
}

#[test]
fn what_is_leased_over_midnight_is_taken_from_the_new_day() {
    let daily = limit(6_000, 6_000, Some(6_000));
    let midnight = (NOON / NANOS_PER_DAY + 1) * NANOS_PER_DAY;
    let mut world = World::new();
    assert!(world.passes(0, daily, midnight - MILLISECOND));
    let allowance = world.call(0, daily, midnight + MILLISECOND);
    assert_eq!(world.asked, 1);
    assert_eq!(
        (allowance.taken, allowance.day_left),
        (Taken::Yes, Some(5_999))
    );
    assert_eq!(allowance.day_ends_in_ns, NANOS_PER_DAY - MILLISECOND);
}

#[test]
fn an_answer_of_absurd_numbers_breaks_nothing() {
    let daily = limit(6_000, 6_000, Some(100));
    let world = World::new();
    let limits = &world.gateways[0];
    let absurd = Granted {
        granted: u64::MAX,
        level_thousandths: u64::MAX,
        day: u64::MAX,
        used_today: u64::MAX,
    };
    for granted in [
        absurd,
        Granted {
            granted: 0,
            ..absurd
        },
        absurd,
    ] {
        let told = limits.telling(GLOBEX, NOON);
        let allowances = limits.granted(GLOBEX, daily, &told, &granted, 2, NOON);
        assert!(allowances.iter().all(|one| !one.headers().is_empty()));
    }
    world.apart();
    limits.take(GLOBEX, daily, NOON);
}

#[test]
fn an_answer_that_was_lost_costs_what_it_granted_and_no_more() {
    let daily = limit(6_000, 6_000, Some(100));
    let mut world = World::new();
    for _ in 0..20 {
        let limits = &world.gateways[0];
        assert_eq!(limits.take(GLOBEX, daily, NOON).taken, Taken::Unasked);
        let told = limits.telling(GLOBEX, NOON);
        world.meter.ask(0, daily, 1, &told, NOON);
    }
    let passed = (0..200)
        .filter(|n| world.passes(n % 3, daily, NOON))
        .count();
    assert_eq!(passed, 80);
}

#[test]
fn a_request_that_gives_up_waiting_has_its_gateways_share() {
    let (world, minute) = (World::new(), limit(60, 60, None));
    let limits = &world.gateways[0];
    let passes = || limits.take_apart(GLOBEX, minute, NOON).taken == Taken::Yes;
    assert_eq!((0..60).filter(|_| passes()).count(), 20);
}

#[test]
fn one_request_passes_by_a_share_however_small_the_limit() {
    let (mut world, one) = (World::new(), limit(1, 1, Some(1)));
    world.apart();
    for gateway in 0..3 {
        assert!(world.passes(gateway, one, NOON) && !world.passes(gateway, one, NOON));
    }
}

#[test]
fn headers_say_what_all_gateways_together_have_left() {
    let (mut world, minute) = (World::new(), limit(60, 60, Some(1_000)));
    for n in 0..10 {
        assert!(world.passes(n % 3, minute, NOON));
    }
    let allowance = world.call(2, minute, NOON);
    assert_eq!((allowance.minute_left, allowance.day_left), (49, Some(989)));
}

#[test]
fn alone_nothing_is_asked() {
    let (limits, minute) = (Limits::new(), limit(60, 2, None));
    assert_eq!(limits.take(GLOBEX, minute, NOON).taken, Taken::Yes);
    assert_eq!(limits.take(GLOBEX, minute, NOON).taken, Taken::Yes);
    assert_ne!(limits.take(GLOBEX, minute, NOON).taken, Taken::Unasked);
}

#[test]
fn what_is_leased_is_taken_whatever_the_limit_has_become() {
    let mut world = World::new();
    assert!(world.passes(0, limit(6_000, 6_000, None), NOON));
    let asked = world.asked;
    assert!(world.passes(0, limit(60, 60, None), NOON));
    assert_eq!(world.asked, asked);
}

#[test]
fn who_was_refused_before_a_clock_fell_back_asks_again() {
    let (mut world, tiny) = (World::new(), limit(60, 1, None));
    assert!(world.passes(0, tiny, NOON) && !world.passes(0, tiny, NOON));
    let asked = world.asked;
    world.passes(0, tiny, NOON - 3_600 * NANOS_PER_SECOND);
    assert_eq!(world.asked, asked + 1);
}
