//! The access log: one line per call, written in batches by a thread of its own.
//!
//! Lines wait in memory (at most [`MAX_WAITING_BYTES`]) until the writer takes them, every [`BATCH`] and as soon
//! as there are [`BATCH_BYTES`]: what waits longer leaves the processor's cache, and calls are slowed by it. Metering
//! and audit count on every line, so when the disk cannot keep up, calls wait for it: first by being slower,
//! for [`PATIENCE`]. A disk that takes nothing at all must not stop the gateway for good: after that, lines are
//! left out, counted, and the number is reported on standard error until the writer is through again.

use std::cell::RefCell;
use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread;
use std::time::Duration;

use super::rotation::LogFile;
pub use super::rotation::Retention;

/// Lines are in the file this long after their call, plus the time of one write.
const BATCH: Duration = Duration::from_millis(20);
const BATCH_BYTES: usize = 64 << 10;
const MAX_WAITING_BYTES: usize = 8 << 20;
const PATIENCE: Duration = Duration::from_secs(2);
/// Between two tries to write to a file that could not be written.
const RETRY: Duration = Duration::from_millis(200);

thread_local! {
    static LINE: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// A handle; all of them feed one writer.
#[derive(Clone)]
pub struct AccessLog(Arc<Shared>);

struct Shared {
    waiting: Mutex<Waiting>,
    /// There is a batch to write.
    enough: Condvar,
    /// The writer took what was waiting.
    taken: Condvar,
    writer: Mutex<Writer>,
}

struct Writer {
    file: LogFile,
    /// Empty between two batches: its memory is used again, because a buffer that grows anew at every batch
    /// costs page faults and copies on the way of the calls.
    batch: Vec<u8>,
}

#[derive(Default)]
struct Waiting {
    lines: Vec<u8>,
    left_out: u64,
    /// Since the process began.
    lost: u64,
}

impl AccessLog {
    /// Starts the writer.
    pub fn open(path: PathBuf, retention: Retention) -> AccessLog {
        let log = AccessLog::idle(path, retention);
        let writer = log.clone();
        thread::spawn(move || {
            loop {
                writer.wait_for_batch();
                writer.write_waiting();
            }
        });
        log
    }

    fn idle(path: PathBuf, retention: Retention) -> AccessLog {
        let writer = Writer {
            file: LogFile::new(path, retention),
            batch: Vec::new(),
        };
        AccessLog(Arc::new(Shared {
            waiting: Mutex::default(),
            enough: Condvar::new(),
            taken: Condvar::new(),
            writer: Mutex::new(writer),
        }))
    }

    /// Hands over one line. Serialised outside the lock, which is held for a copy of some 500 bytes.
    pub fn write(&self, serialise: impl FnOnce(&mut Vec<u8>)) {
        LINE.with_borrow_mut(|line| {
            line.clear();
            serialise(line);
            self.hand_over(line);
        });
    }

    fn hand_over(&self, line: &[u8]) {
        let full = |waiting: &mut Waiting| waiting.lines.len() + line.len() > MAX_WAITING_BYTES;
        let mut waiting = self.waiting();
        if full(&mut waiting) && waiting.left_out == 0 {
            log::warn!("the access log cannot be written fast enough: calls wait for it");
            let waited = self
                .0
                .taken
                .wait_timeout_while(waiting, PATIENCE, |waiting| {
                    full(waiting) && waiting.left_out == 0
                });
            waiting = waited.expect("nothing panics while it holds this lock").0;
        }
        match full(&mut waiting) {
            true => {
                waiting.left_out += 1;
                waiting.lost += 1;
            }
            false => {
                let before = waiting.lines.len();
                waiting.lines.extend_from_slice(line);
                if before < BATCH_BYTES && waiting.lines.len() >= BATCH_BYTES {
                    self.0.enough.notify_one();
                }
            }
        }
    }

    fn wait_for_batch(&self) {
        let waited = self
            .0
            .enough
            .wait_timeout_while(self.waiting(), BATCH, |waiting| {
                waiting.lines.len() < BATCH_BYTES
            });
        drop(waited.expect("nothing panics while it holds this lock"));
    }

    /// Lines lost since the process began.
    pub fn lines_lost(&self) -> u64 {
        self.waiting().lost
    }

    /// Writes what is waiting; also the last thing before the process ends.
    pub fn write_waiting(&self) {
        // The writer first: lines are taken by whoever will write them, so they keep their order.
        let mut writer = self
            .0
            .writer
            .lock()
            .expect("nothing panics while it holds this lock");
        let Writer { file, batch } = &mut *writer;
        let left_out = self.take(batch);
        if batch.is_empty() {
            return;
        }
        if let Err(error) = file.append(batch) {
            log::error!("the access log cannot be written: {error}");
            self.put_back(batch, left_out);
            return thread::sleep(RETRY);
        }
        batch.clear();
        self.0.taken.notify_all();
        if left_out > 0 {
            log::error!(
                "{left_out} lines of the access log were left out: the disk was too slow or full"
            );
        }
    }

    /// The lines that are waiting, and how many were left out.
    fn take(&self, batch: &mut Vec<u8>) -> u64 {
        let mut waiting = self.waiting();
        std::mem::swap(&mut waiting.lines, batch);
        std::mem::take(&mut waiting.left_out)
    }

    /// Lines that could not be written wait again, before those that came since.
    fn put_back(&self, batch: &mut Vec<u8>, left_out: u64) {
        let mut waiting = self.waiting();
        batch.append(&mut waiting.lines);
        std::mem::swap(&mut waiting.lines, batch);
        waiting.left_out += left_out;
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.0
            .waiting
            .lock()
            .expect("nothing panics while it holds this lock")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(name: &str) -> PathBuf {
        let path =
            std::env::temp_dir().join(format!("ringwork-access-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        path
    }

    #[test]
    fn lines_are_written_in_the_order_they_came() {
        let folder = folder("order");
        let log = AccessLog::idle(folder.join("access.ndjson"), Retention::default());
        log.write(|line| line.extend_from_slice(b"1\n"));
        log.write(|line| line.extend_from_slice(b"2\n"));
        log.write_waiting();
        assert_eq!(
            std::fs::read(folder.join("access.ndjson")).unwrap(),
            b"1\n2\n"
        );
        let _ = std::fs::remove_dir_all(folder);
    }

    #[test]
    fn lines_that_cannot_be_written_now_are_written_later() {
        let folder = folder("later");
        std::fs::write(&folder, b"a file where a folder should be").unwrap();
        let log = AccessLog::idle(folder.join("access.ndjson"), Retention::default());
        log.write(|line| line.extend_from_slice(b"1\n"));
        log.write_waiting();
        std::fs::remove_file(&folder).unwrap();
        log.write(|line| line.extend_from_slice(b"2\n"));
        log.write_waiting();
        assert_eq!(
            std::fs::read(folder.join("access.ndjson")).unwrap(),
            b"1\n2\n"
        );
        let _ = std::fs::remove_dir_all(folder);
    }

    #[test]
    fn memory_is_bounded_when_the_disk_takes_nothing() {
        let log = AccessLog::idle(
            folder("bounded").join("access.ndjson"),
            Retention::default(),
        );
        let line = vec![b'x'; MAX_WAITING_BYTES / 2];
        for _ in 0..4 {
            log.hand_over(&line);
        }
        let waiting = log.waiting();
        assert_eq!(
            (waiting.lines.len(), waiting.left_out),
            (MAX_WAITING_BYTES, 2)
        );
    }
}
