//! Days and moments as documents write them (RFC 3339 §5.6): `2027-01-31`, `2027-01-31T12:00:00Z`.

/// Seconds since the Unix epoch; of a day its begin (UTC). Nothing for anything else, and for what lies before 1970.
pub fn moment(text: &str) -> Option<u64> {
    let (day, time) = match text.split_at_checked(10)? {
        (day, "") => (day, None),
        (day, rest) => (day, Some(rest)),
    };
    let [year, month, date] = numbers(day, '-', [4, 2, 2])?;
    let is_day = (1..=12).contains(&month) && (1..=days_of(year, month)).contains(&date);
    let seconds = match time {
        None => 0,
        Some(time) => seconds_of(time)?,
    };
    let days = is_day.then(|| days_from_epoch(year, month, date))?;
    u64::try_from(days * 86_400 + seconds).ok()
}

/// `T12:00:00.5+01:00` as seconds from the begin of the day in UTC.
fn seconds_of(time: &str) -> Option<i64> {
    let time = time.strip_prefix(['T', 't', ' '])?;
    let (clock, rest) = time.split_at_checked(8)?;
    let [hour, minute, second] = numbers(clock, ':', [2, 2, 2])?;
    let fraction = rest.strip_prefix('.').map_or(0, |digits| {
        1 + digits.len()
            - digits
                .trim_start_matches(|c: char| c.is_ascii_digit())
                .len()
    });
    let offset = match rest.get(fraction..)? {
        "Z" | "z" => 0,
        zone => {
            let sign = if zone.starts_with('-') { -1 } else { 1 };
            let [hours, minutes] = numbers(zone.strip_prefix(['+', '-'])?, ':', [2, 2])?;
            (hours < 24 && minutes < 60).then_some(sign * (hours * 3600 + minutes * 60))?
        }
    };
    let is_time = hour < 24 && minute < 60 && second <= 60 && fraction != 1;
    is_time.then_some(hour * 3600 + minute * 60 + second - offset)
}

fn numbers<const N: usize>(text: &str, between: char, digits: [usize; N]) -> Option<[i64; N]> {
    let mut parts = text.split(between);
    let mut found = [0; N];
    for (slot, length) in found.iter_mut().zip(digits) {
        let part = parts.next()?;
        let is_number = part.len() == length && part.bytes().all(|b| b.is_ascii_digit());
        *slot = is_number.then(|| part.parse().ok())??;
    }
    parts.next().is_none().then_some(found)
}

fn days_of(year: i64, month: i64) -> i64 {
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    match month {
        2 => 28 + i64::from(is_leap),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days from 1970-01-01 in the Gregorian calendar, counted in years that begin in March.
fn days_from_epoch(year: i64, month: i64, date: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + date - 1;
    year * 365 + year / 4 - year / 100 + year / 400 + of_year - 719_468
}

#[cfg(test)]
mod tests {
    use super::moment;

    #[test]
    fn days_and_moments_are_seconds_since_the_epoch() {
        for (text, seconds) in [
            ("1970-01-01", Some(0)),
            ("2000-02-29", Some(951_782_400)),
            ("2026-01-15", Some(1_768_435_200)),
            ("9999-12-31", Some(253_402_214_400)),
            ("2026-01-15T01:00:00+01:00", Some(1_768_435_200)),
            ("2026-01-15T00:00:00.123Z", Some(1_768_435_200)),
            ("2026-01-14T23:30:00-00:30", Some(1_768_435_200)),
            ("1969-12-31", None),
            ("2026-02-29", None),
            ("2026-13-01", None),
            ("2026-1-1", None),
            ("2026-01-15T00:00:00", None),
            ("2026-01-15T00:00:00.Z", None),
            ("2026-01-15T24:00:00Z", None),
            ("2026-01-15x", None),
            ("", None),
            ("soon", None),
            ("２０２６-01-15", None),
        ] {
            assert_eq!(moment(text), seconds, "{text}");
        }
    }
}
