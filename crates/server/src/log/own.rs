//! The gateway's own log: one line per event on standard error, for the supervisor.

use std::io::Write;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use log::{Level, LevelFilter, Log, Metadata, Record};
use pingora::protocols::http::date::get_cached_date;

/// Lines a second. A client can provoke warnings (broken handshakes, say); it must not fill the disk.
const MAX_LINES_PER_SECOND: u32 = 50;

struct OwnLog {
    second: Mutex<Second>,
}

struct Second {
    since: Instant,
    lines: u32,
}

/// Begins logging: what the gateway does from `info`, what its libraries have to say from `error`.
pub fn begin() {
    let second = Mutex::new(Second {
        since: Instant::now(),
        lines: 0,
    });
    let own: &'static OwnLog = Box::leak(Box::new(OwnLog { second }));
    if log::set_logger(own).is_ok() {
        log::set_max_level(LevelFilter::Info);
    }
    // One line, and bounded like all others: a request that provokes a panic can be sent again and again.
    std::panic::set_hook(Box::new(
        |panic| log::error!(target: "ringwork_gateway::panic", "{panic}"),
    ));
}

impl Log for OwnLog {
    fn enabled(&self, of: &Metadata<'_>) -> bool {
        let own = of.target().starts_with("ringwork_gateway");
        of.level() <= if own { Level::Info } else { Level::Error }
    }

    fn log(&self, record: &Record<'_>) {
        let message = record.args().to_string().replace(['\n', '\r'], " ");
        // Pingora calls every broken handshake an error: scanners break thousands.
        if !self.enabled(record.metadata()) || message.starts_with("Downstream handshake") {
            return;
        }
        if let Some(suppressed) = self.admit() {
            let mut stderr = std::io::stderr().lock();
            if suppressed > 0 {
                let _ = writeln!(stderr, "WARN ringwork_gateway: {suppressed} lines left out");
            }
            let _ = writeln!(
                stderr,
                "{} {} {}: {message}",
                time(),
                record.level(),
                record.target()
            );
        }
    }

    fn flush(&self) {}
}

/// IMF-fixdate (RFC 9110 §5.6.7), as in every `Date` field the gateway sends.
fn time() -> String {
    String::from_utf8_lossy(get_cached_date().as_bytes()).into_owned()
}

impl OwnLog {
    /// Whether a line may be written now, and how many were left out in the second before.
    fn admit(&self) -> Option<u32> {
        let mut second = self.second.lock().ok()?;
        let mut suppressed = 0;
        if second.since.elapsed() >= Duration::from_secs(1) {
            suppressed = second.lines.saturating_sub(MAX_LINES_PER_SECOND);
            *second = Second {
                since: Instant::now(),
                lines: 0,
            };
        }
        second.lines += 1;
        (second.lines <= MAX_LINES_PER_SECOND).then_some(suppressed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_of_lines_is_cut_and_counted() {
        let begun = Instant::now();
        let log = OwnLog {
            second: Mutex::new(Second {
                since: begun,
                lines: 0,
            }),
        };
        let admitted = (0..1_000).filter(|_| log.admit().is_some()).count();
        assert!(
            admitted <= MAX_LINES_PER_SECOND as usize * (1 + begun.elapsed().as_secs() as usize)
        );
        log.second.lock().unwrap().since =
            begun.checked_sub(Duration::from_secs(2)).unwrap_or(begun);
        log.second.lock().unwrap().lines = 1_000;
        assert_eq!(log.admit(), Some(1_000 - MAX_LINES_PER_SECOND));
    }
}
