//! The journal of writes that are on record (`x-record`): each has its intent on disk before anything of it is
//! forwarded, and its outcome once it has ended. What cannot be written is not forwarded.
//!
//! `journal/` of the node. The control plane takes it over into the ledger, line by line, and says how far it is; what
//! it has is taken away. Nothing else is ever forgotten: a journal that is full refuses.

mod line;
mod orphans;
mod segments;
mod writer;

use std::borrow::Cow;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock};
use std::thread;
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

pub use line::{Id, Line, Outcome, Who, Write};
use writer::Writer;

/// Bytes of all runs together.
pub const MAX_BYTES: u64 = 1 << 30;
/// Calls that wait for the disk.
const MAX_WAITING: usize = 20_000;
/// Between two looks for runs whose process is gone.
const ORPHANS: Duration = Duration::from_secs(2);
/// What the end of the process waits for the disk.
const LAST_WORDS: Duration = Duration::from_secs(2);

/// A handle; all of them feed one writer.
#[derive(Clone)]
pub struct Journal(Arc<Shared>);

struct Shared {
    root: PathBuf,
    max_bytes: u64,
    queue: Mutex<Queue>,
    /// There is something to write.
    more: Condvar,
    /// The writer is through with what it took.
    done: Condvar,
    /// Of this process, once there is one.
    run: OnceLock<PathBuf>,
    /// Bytes of other runs.
    others: AtomicU64,
}

/// What is on disk, of all runs, in bytes.
#[derive(Debug, PartialEq, Eq)]
pub struct Standing {
    pub bytes: u64,
    /// What the ledger does not have.
    pub waiting: u64,
    /// From where on calls on record are refused, if nothing can be forgotten.
    pub max_bytes: u64,
}

#[derive(Default)]
struct Queue {
    waiting: Vec<Entry>,
    is_writing: bool,
}

enum Entry {
    Intent(Intent),
    Settled { call: Box<str>, line: Vec<u8> },
}

/// On its way to the disk.
struct Intent {
    call: Box<str>,
    line: Vec<u8>,
    done: oneshot::Sender<Result<(), String>>,
}

impl Journal {
    /// Starts the writer, and ends what earlier processes left. `root`: the folder, which is made with the first write.
    pub fn open(root: PathBuf, max_bytes: u64) -> Journal {
        let shared = Arc::new(Shared {
            root: root.clone(),
            max_bytes,
            queue: Mutex::default(),
            more: Condvar::new(),
            done: Condvar::new(),
            run: OnceLock::new(),
            others: AtomicU64::new(0),
        });
        let keeper = Arc::clone(&shared);
        let journal = root.clone();
        thread::spawn(move || keeper.settle_orphans(&journal));
        let writer = Writer::new(root, max_bytes);
        let writing = Arc::clone(&shared);
        thread::spawn(move || writer.write_on(&writing));
        Journal(shared)
    }

    /// Ready once the intent is on disk. An error: it is not, and why.
    pub async fn intend(&self, write: &Write) -> Result<(), String> {
        let line = Line::Intent {
            write: Cow::Borrowed(write),
        };
        let (done, kept) = oneshot::channel();
        let intent = Intent {
            call: write.call.as_str().into(),
            line: line.to_bytes(),
            done,
        };
        if !self.0.add(Entry::Intent(intent), MAX_WAITING) {
            return Err("too many calls wait for the disk".to_owned());
        }
        kept.await
            .unwrap_or_else(|_| Err("the journal ended".to_owned()))
    }

    /// The outcome of a write whose intent was kept.
    pub fn settle(&self, write: &Write, outcome: Outcome, status: Option<u16>) {
        let line = Line::Outcome {
            write: Cow::Borrowed(write),
            outcome,
            status,
        };
        self.end(&write.call, &line);
    }

    /// Nothing of the call was forwarded.
    pub fn void(&self, write: &Write) {
        let call = Cow::Borrowed(write.call.as_str());
        self.end(&write.call, &Line::Void { call });
    }

    fn end(&self, call: &str, line: &Line<'_>) {
        let (call, line) = (call.into(), line.to_bytes());
        self.0.add(Entry::Settled { call, line }, usize::MAX);
    }

    /// Read from the disk each time: who takes it over is another process.
    pub fn standing(&self) -> io::Result<Standing> {
        let (mut bytes, mut waiting) = (0, 0);
        for run in segments::runs(&self.0.root)? {
            // One that is empty, or was taken away meanwhile, holds nothing.
            let held = segments::segments(&run).unwrap_or_default();
            let end = held.last().map_or(0, |(begin, length)| begin + length);
            let begin = held.first().map_or(0, |(begin, _)| *begin);
            bytes += end - begin;
            waiting += end.saturating_sub(segments::acknowledged(&run).max(begin));
        }
        Ok(Standing {
            bytes,
            waiting,
            max_bytes: self.0.max_bytes,
        })
    }

    /// Waits until what was said is written, for a while.
    pub fn write_waiting(&self) {
        let until = Instant::now() + LAST_WORDS;
        let mut queue = self.0.locked();
        while (queue.is_writing || !queue.waiting.is_empty()) && Instant::now() < until {
            let left = until.saturating_duration_since(Instant::now());
            queue = match self.0.done.wait_timeout(queue, left) {
                Ok((queue, _)) => queue,
                Err(poisoned) => poisoned.into_inner().0,
            };
        }
    }
}

impl Shared {
    fn locked(&self) -> MutexGuard<'_, Queue> {
        self.queue
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// Whether there was room.
    fn add(&self, entry: Entry, most: usize) -> bool {
        let mut queue = self.locked();
        if queue.waiting.len() >= most {
            return false;
        }
        queue.waiting.push(entry);
        self.more.notify_one();
        true
    }

    /// What waits; nothing after `patience`.
    fn taken(&self, patience: Duration) -> Vec<Entry> {
        let mut queue = self.locked();
        if queue.waiting.is_empty() {
            queue = match self.more.wait_timeout(queue, patience) {
                Ok((queue, _)) => queue,
                Err(poisoned) => poisoned.into_inner().0,
            };
        }
        queue.is_writing = true;
        std::mem::take(&mut queue.waiting)
    }

    fn written(&self) {
        self.locked().is_writing = false;
        self.done.notify_all();
    }

    fn begun(&self, run: &Path) {
        let _ = self.run.set(run.to_owned());
    }

    fn others(&self) -> u64 {
        self.others.load(Ordering::Relaxed)
    }

    /// For the life of the process.
    fn settle_orphans(&self, root: &Path) {
        loop {
            match orphans::settle(root, self.run.get().map(PathBuf::as_path)) {
                Ok(bytes) => self.others.store(bytes, Ordering::Relaxed),
                Err(error) => log::error!("journals of earlier gateways cannot be ended: {error}"),
            }
            thread::sleep(ORPHANS);
        }
    }
}

impl Intent {
    fn kept(self) {
        // Who waited may be gone: then the call says that it is void.
        let _ = self.done.send(Ok(()));
    }

    fn refuse(self, error: &io::Error) {
        let _ = self.done.send(Err(error.to_string()));
    }

    fn void(&self) -> Vec<u8> {
        let call = Cow::Borrowed(&*self.call);
        Line::Void { call }.to_bytes()
    }
}

#[cfg(test)]
mod tests;
