use super::*;

const NOW: u64 = 20_000 * NANOS_PER_DAY + 3_600 * NANOS_PER_SECOND;
const GLOBEX: Subject<'static> = Subject::Partner("globex");

fn limit(per_minute: u32, burst: u32, per_day: Option<u64>) -> Limit {
    Limit {
        per_minute,
        burst,
        per_day,
    }
}

fn passes(limits: &Limits, limit: Limit, now: u64) -> bool {
    limits.take(GLOBEX, limit, now).taken == Taken::Yes
}

/// Small deterministic generator (xorshift64*).
fn random(state: &mut u64) -> u64 {
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    state.wrapping_mul(0x2545_F491_4F6C_DD1D)
}

#[test]
fn in_any_span_at_most_the_burst_and_the_rate_pass() {
    let mut seed = 0x9E37_79B9_7F4A_7C15;
    for _ in 0..60 {
        let limit = limit(
            1 + (random(&mut seed) % 700) as u32,
            1 + (random(&mut seed) % 20) as u32,
            None,
        );
        let (limits, mut now, mut passed) = (Limits::new(), NOW, vec![]);
        for _ in 0..400 {
            now += random(&mut seed) % (120 * NANOS_PER_SECOND / u64::from(limit.per_minute));
            if passes(&limits, limit, now) {
                passed.push(now);
            }
        }
        for (first, start) in passed.iter().enumerate() {
            for (last, end) in passed.iter().enumerate().skip(first) {
                let span = u128::from(end - start);
                let allowed =
                    u128::from(limit.burst) + span * u128::from(limit.per_minute) / 60_000_000_000;
                assert!((last - first + 1) as u128 <= allowed, "{limit:?} {span}");
            }
        }
    }
}

#[test]
fn a_greedy_caller_gets_exactly_what_the_formula_allows() {
    for per_minute in [1, 7, 59, 100, 6_007] {
        let (limits, limit) = (Limits::new(), limit(per_minute, 5, None));
        let step = 60 * NANOS_PER_SECOND / u64::from(per_minute) / 3 + 1;
        let mut passed = 0;
        let mut elapsed = 0;
        while elapsed <= 300 * NANOS_PER_SECOND && elapsed / step < 100_000 {
            passed += u128::from(passes(&limits, limit, NOW + elapsed));
            elapsed += step;
        }
        let span = u128::from(elapsed - step);
        let allowed = 5 + span * u128::from(per_minute) / 60_000_000_000;
        assert!(
            passed <= allowed && passed + 1 >= allowed,
            "{per_minute}/min: {passed} of {allowed}"
        );
    }
}

#[test]
fn sixty_four_threads_get_exactly_the_burst() {
    let limits = Limits::new();
    let limit = limit(100, 1_000, None);
    let passed: usize = std::thread::scope(|scope| {
        let call = || (0..100).filter(|_| passes(&limits, limit, NOW)).count();
        let threads: Vec<_> = (0..64).map(|_| scope.spawn(call)).collect();
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap())
            .sum()
    });
    assert_eq!(passed, 1_000);
}

#[test]
fn what_the_day_refuses_costs_the_minute_nothing_and_the_other_way_round() {
    let limits = Limits::new();
    let by_minute = limit(60, 2, Some(3));
    assert!(passes(&limits, by_minute, NOW) && passes(&limits, by_minute, NOW));
    for _ in 0..5 {
        let refused = limits.take(GLOBEX, by_minute, NOW);
        assert_eq!(
            refused.taken,
            Taken::MinuteUsedUp {
                retry_in_ns: NANOS_PER_SECOND
            }
        );
        assert_eq!(
            refused.day_left,
            Some(1),
            "refused by the minute, the day is untouched"
        );
    }
    let later = NOW + 10 * NANOS_PER_SECOND;
    assert!(passes(&limits, by_minute, later));
    let refused = limits.take(GLOBEX, by_minute, later);
    assert_eq!((refused.taken, refused.minute_left), (Taken::DayUsedUp, 1));
    assert_eq!(limits.take(GLOBEX, by_minute, later).minute_left, 1);
}

#[test]
fn the_day_begins_at_midnight_utc() {
    let (limits, daily) = (Limits::new(), limit(6_000, 100, Some(1)));
    let midnight = 20_001 * NANOS_PER_DAY;
    assert!(passes(&limits, daily, midnight - 1));
    assert!(!passes(&limits, daily, midnight - 1));
    assert!(passes(&limits, daily, midnight));
    assert!(
        !passes(&limits, daily, midnight - 1),
        "a late clock does not open yesterday again"
    );
    assert!(!passes(&limits, daily, midnight + 1));
}

#[test]
fn a_changed_limit_keeps_what_was_used() {
    let limits = Limits::new();
    for _ in 0..10 {
        assert!(passes(&limits, limit(60, 10, None), NOW));
    }
    assert!(!passes(&limits, limit(60, 10, None), NOW));
    assert!(
        !passes(&limits, limit(6_000, 10, None), NOW),
        "a higher rate does not refill at once"
    );
    assert_eq!(
        limits.take(GLOBEX, limit(60, 15, None), NOW).minute_left,
        4,
        "a higher burst adds its difference"
    );
    assert!(
        !passes(&limits, limit(60, 5, None), NOW),
        "a lower burst counts what was used"
    );
}

#[test]
fn a_corrected_clock_does_not_lock_anyone_out() {
    let (limits, minute) = (Limits::new(), limit(60, 1, None));
    assert!(passes(&limits, minute, NOW + 3_600 * NANOS_PER_SECOND));
    assert!(!passes(&limits, minute, NOW));
    assert!(passes(&limits, minute, NOW + NANOS_PER_SECOND));
}

#[test]
fn subjects_have_limits_of_their_own() {
    let (limits, one) = (Limits::new(), limit(1, 1, None));
    for subject in [
        Subject::Partner("a"),
        Subject::Key("a"),
        Subject::Service("a"),
        Subject::Holder("login:a"),
        Subject::Key("b"),
    ] {
        assert_eq!(limits.take(subject, one, NOW).taken, Taken::Yes);
        assert_ne!(limits.take(subject, one, NOW).taken, Taken::Yes);
        assert_eq!(Subject::parse(&subject.to_string()), Some(subject));
    }
}

#[test]
fn a_checkpoint_survives_a_restart_of_the_same_day_only() {
    let (limits, daily) = (Limits::new(), limit(600, 10, Some(5)));
    for _ in 0..3 {
        assert!(passes(&limits, daily, NOW));
    }
    let checkpoint = serde_json::to_string(&limits.changed(NOW)).unwrap();
    let window: DayWindow = serde_json::from_str(&checkpoint).unwrap();
    assert_eq!(window.used["partner:globex"], 3);

    let restarted = Limits::new();
    restarted.restore(&window, NOW);
    assert_eq!(restarted.take(GLOBEX, daily, NOW).day_left, Some(1));
    let tomorrow = Limits::new();
    tomorrow.restore(&window, NOW + NANOS_PER_DAY);
    assert_eq!(
        tomorrow.take(GLOBEX, daily, NOW + NANOS_PER_DAY).day_left,
        Some(4)
    );
}

#[test]
fn a_counter_is_told_when_it_changed_and_all_are_told_when_asked_for() {
    let (limits, daily) = (Limits::new(), limit(600, 10, Some(2)));
    let told = |window: DayWindow| {
        let mut told: Vec<_> = window.used.into_iter().collect();
        told.sort();
        told
    };
    let of = |caller: &str, used: u64| (caller.to_owned(), used);
    limits.take(Subject::Key("a"), daily, NOW);
    assert_eq!(told(limits.changed(NOW)), [of("key:a", 1)]);
    assert_eq!(told(limits.changed(NOW)), []);
    assert!(passes(&limits, daily, NOW) && passes(&limits, daily, NOW));
    assert_eq!(told(limits.changed(NOW)), [of("partner:globex", 2)]);
    assert!(
        !passes(&limits, daily, NOW),
        "nothing was taken, so nothing changed"
    );
    limits.take(Subject::Service("x"), limit(600, 10, None), NOW);
    assert_eq!(told(limits.changed(NOW)), []);
    let all = limits.day_windows(NOW).flat_map(told);
    let mut all: Vec<_> = all.collect();
    all.sort();
    assert_eq!(all, [of("key:a", 1), of("partner:globex", 2)]);
    assert_eq!(limits.day_windows(NOW + NANOS_PER_DAY).count(), 0);
}

#[test]
fn idle_callers_are_forgotten_and_others_are_not() {
    let limits = Limits::new();
    limits.take(GLOBEX, limit(60, 10, None), NOW);
    limits.sweep(NOW + NANOS_PER_SECOND - 1);
    assert_eq!(limits.callers(), 1);
    limits.sweep(NOW + NANOS_PER_DAY);
    assert_eq!(limits.callers(), 0);
}

#[test]
fn headers_say_policy_rest_and_when_to_come_again() {
    let (limits, both) = (Limits::new(), limit(100, 2, Some(10_000)));
    let first = limits.take(GLOBEX, both, NOW).headers();
    assert_eq!(
        first[0],
        (
            "ratelimit-policy",
            "\"minute\";q=100;w=60;burst=2, \"day\";q=10000;w=86400".into()
        )
    );
    assert_eq!(
        first[1],
        (
            "ratelimit",
            "\"minute\";r=1;t=1, \"day\";r=9999;t=82800".into()
        )
    );
    assert_eq!(first.len(), 2);
    limits.take(GLOBEX, both, NOW);
    let refused = limits.take(GLOBEX, both, NOW).headers();
    assert_eq!(refused[2], ("retry-after", "1".into()));
}

#[test]
fn the_next_request_passes_not_a_nanosecond_early() {
    let (limits, slow) = (Limits::new(), limit(1, 1, None));
    assert!(passes(&limits, slow, NOW));
    assert!(!passes(&limits, slow, NOW + 60 * NANOS_PER_SECOND - 1));
    assert!(passes(&limits, slow, NOW + 60 * NANOS_PER_SECOND));
}

#[test]
fn more_callers_than_can_be_counted_are_refused_until_others_are_idle() {
    let (limits, minute) = (Limits::for_callers(SHARDS), limit(60, 1, None));
    let name = |n: u32| format!("service-{n}");
    let take = |n: u32, now: u64| limits.take(Subject::Service(&name(n)), minute, now).taken;
    for n in 0..1_000 {
        assert!(matches!(take(n, NOW), Taken::Yes | Taken::TooManyCallers));
    }
    assert!(limits.callers() <= SHARDS);
    let refused = (0..1_000)
        .find(|n| take(*n, NOW) == Taken::TooManyCallers)
        .expect("someone is refused");
    assert_eq!(take(refused, NOW + 10 * NANOS_PER_SECOND), Taken::Yes);
}
