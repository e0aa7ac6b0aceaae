//! The day's counters on disk, so that a crash does not give everyone a new day.
//!
//! `limits/day.ndjson`: lines of [`DayWindow`], later ones on top of earlier ones. Each second the counters that changed
//! are added; once that is more than all of them, the file is written anew. Of a million callers a day has seen, few
//! call in one second.

use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter, Write};
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use wall::limits::{DayWindow, Limits};

use crate::clock::now_unix_ns;
use crate::handover::Successor;
use crate::live::Live;
use crate::node::{Node, written_atomically};

/// What a kill -9 forgets of the day's counters.
const TICK: Duration = Duration::from_secs(1);
/// Ticks between two sweeps of callers who have their whole allowance back.
const SWEEP_TICKS: u64 = 10;
/// So many bytes are added to however few.
const REWRITTEN_FROM: u64 = 1 << 20;

#[derive(Clone)]
pub struct Checkpoint {
    node: Node,
    live: Arc<Live>,
    successor: Successor,
    kept: Arc<Mutex<Kept>>,
}

/// What this process wrote.
#[derive(Default)]
struct Kept {
    file: Option<DayFile>,
    /// Counters were told and could not be written.
    is_owed: bool,
}

/// All counters of a day, and after them those that changed since.
struct DayFile {
    file: File,
    day: u64,
    bytes_of_all: u64,
    bytes_added: u64,
}

impl Checkpoint {
    pub fn new(node: Node, live: Arc<Live>, successor: Successor) -> Checkpoint {
        Checkpoint {
            node,
            live,
            successor,
            kept: Arc::default(),
        }
    }

    /// Takes over what the last process wrote. What cannot be read is said, and counts from zero.
    pub fn restore(&self) {
        match File::open(self.node.day_window()) {
            Ok(file) => self.take_over(BufReader::new(file)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => unreadable(&error),
        }
    }

    fn take_over(&self, mut file: impl BufRead) {
        let mut line = Vec::new();
        loop {
            line.clear();
            match file.read_until(b'\n', &mut line) {
                Ok(0) => return,
                Ok(_) => self.take_over_line(&line),
                Err(error) => return unreadable(&error),
            }
        }
    }

    fn take_over_line(&self, line: &[u8]) {
        // One without an end was being written when the process was killed.
        let Some(line) = line.strip_suffix(b"\n") else {
            return;
        };
        match serde_json::from_slice::<DayWindow>(line) {
            Ok(window) => self.live.limits.restore(&window, now_unix_ns()),
            Err(error) => unreadable(&error.into()),
        }
    }

    /// Nothing while a successor counts.
    pub fn save(&self) {
        if self.successor.is_alive() {
            return;
        }
        let mut kept = self
            .kept
            .lock()
            .expect("nothing panics while it holds this lock");
        let saved = kept.save(&self.node.day_window(), &self.live.limits, now_unix_ns());
        if let Err(error) = saved {
            log::error!(
                "limits/day.ndjson cannot be written, a crash would forget the day: {error}"
            );
        }
    }

    /// Saves and sweeps for the life of the process.
    pub fn keep(&self) {
        for tick in 1_u64.. {
            thread::sleep(TICK);
            self.save();
            if tick.is_multiple_of(SWEEP_TICKS) {
                self.live.limits.sweep(now_unix_ns());
            }
        }
    }
}

impl Kept {
    fn save(&mut self, path: &Path, limits: &Limits, now_ns: u64) -> io::Result<()> {
        let changed = limits.changed(now_ns);
        // Set forward and back, the clock leaves counters of the later day in force, which must not be forgotten.
        let is_another_day = self
            .file
            .as_ref()
            .is_some_and(|file| file.day != changed.day);
        self.is_owed |= is_another_day || !changed.used.is_empty();
        if !self.is_owed {
            return Ok(());
        }
        // Taken: after a failure it may end with half a line, and is not added to.
        let file = match self.file.take().filter(|file| file.takes(&changed, path)) {
            Some(file) => file.with(&changed)?,
            None => DayFile::of_all(limits, changed.day, now_ns, path)?,
        };
        self.file = Some(file);
        self.is_owed = false;
        Ok(())
    }
}

impl DayFile {
    fn of_all(limits: &Limits, day: u64, now_ns: u64, path: &Path) -> io::Result<DayFile> {
        let mut bytes_of_all = 0;
        let file = written_atomically(path, |file| {
            let mut file = BufWriter::new(file);
            for window in limits.day_windows(now_ns) {
                let line = line(&window)?;
                bytes_of_all += line.len() as u64;
                file.write_all(&line)?;
            }
            file.flush()
        })?;
        Ok(DayFile {
            file,
            day,
            bytes_of_all,
            bytes_added: 0,
        })
    }

    /// A successor that died may have left a file of its own.
    fn takes(&self, changed: &DayWindow, path: &Path) -> bool {
        let number = |file: io::Result<std::fs::Metadata>| file.map(|file| file.ino()).ok();
        changed.day == self.day
            && self.bytes_added < self.bytes_of_all.max(REWRITTEN_FROM)
            && number(path.metadata()) == number(self.file.metadata())
    }

    fn with(mut self, changed: &DayWindow) -> io::Result<DayFile> {
        let line = line(changed)?;
        self.file.write_all(&line)?;
        self.file.sync_data()?;
        self.bytes_added += line.len() as u64;
        Ok(self)
    }
}

fn line(window: &DayWindow) -> io::Result<Vec<u8>> {
    let mut line = serde_json::to_vec(window)?;
    line.push(b'\n');
    Ok(line)
}

fn unreadable(error: &io::Error) {
    log::error!("limits/day.ndjson cannot be read, what it holds counts from zero: {error}");
}

#[cfg(test)]
mod tests {
    use std::fs;

    use wall::limits::{NANOS_PER_DAY, Subject};
    use wall::manifest::Limit;

    use super::*;

    const NOON: u64 = 20_000 * NANOS_PER_DAY + NANOS_PER_DAY / 2;

    fn call(limits: &Limits, key: &str, now_ns: u64) {
        let limit = Limit {
            per_minute: 600,
            burst: 1_000,
            per_day: Some(1_000),
        };
        limits.take(Subject::Key(key), limit, now_ns);
    }

    /// Every line's key and counter.
    fn told(path: &Path) -> Vec<(String, u64)> {
        let text = fs::read_to_string(path).unwrap_or_default();
        let lines = text.lines().map(serde_json::from_str::<DayWindow>);
        lines.flat_map(|window| window.unwrap().used).collect()
    }

    fn line_of(key: &str, used: u64) -> (String, u64) {
        (format!("key:{key}"), used)
    }

    struct Folder(std::path::PathBuf);

    impl Folder {
        fn new(name: &str) -> Folder {
            let name = format!("ringwork-checkpoint-{name}-{}", std::process::id());
            Folder(std::env::temp_dir().join(name))
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn only_what_changed_is_added_and_a_new_day_begins_anew() {
        let folder = Folder::new("added");
        let (path, limits, mut kept) =
            (folder.0.join("day.ndjson"), Limits::new(), Kept::default());
        kept.save(&path, &limits, NOON).unwrap();
        assert!(!path.exists(), "nobody called");
        call(&limits, "a", NOON);
        kept.save(&path, &limits, NOON).unwrap();
        call(&limits, "b", NOON);
        kept.save(&path, &limits, NOON).unwrap();
        kept.save(&path, &limits, NOON).unwrap();
        call(&limits, "a", NOON);
        kept.save(&path, &limits, NOON).unwrap();
        assert_eq!(
            told(&path),
            [line_of("a", 1), line_of("b", 1), line_of("a", 2)]
        );
        call(&limits, "b", NOON + NANOS_PER_DAY);
        kept.save(&path, &limits, NOON + NANOS_PER_DAY).unwrap();
        assert_eq!(told(&path), [line_of("b", 1)]);
        kept.save(&path, &limits, NOON + 2 * NANOS_PER_DAY).unwrap();
        assert_eq!(told(&path), []);
    }

    #[test]
    fn what_could_not_be_written_is_written_later_and_to_the_file_that_is_there() {
        let folder = Folder::new("owed");
        let (path, limits, mut kept) =
            (folder.0.join("day.ndjson"), Limits::new(), Kept::default());
        fs::write(&folder.0, b"a file where a folder should be").unwrap();
        call(&limits, "a", NOON);
        assert!(kept.save(&path, &limits, NOON).is_err());
        fs::remove_file(&folder.0).unwrap();
        kept.save(&path, &limits, NOON).unwrap();
        assert_eq!(told(&path), [line_of("a", 1)]);
        fs::remove_file(&path).unwrap();
        fs::write(&path, b"").unwrap();
        call(&limits, "b", NOON);
        kept.save(&path, &limits, NOON).unwrap();
        let mut all = told(&path);
        all.sort();
        assert_eq!(all, [line_of("a", 1), line_of("b", 1)]);
    }

    #[test]
    fn a_file_that_has_grown_is_written_anew() {
        let folder = Folder::new("grown");
        let (path, limits, mut kept) =
            (folder.0.join("day.ndjson"), Limits::new(), Kept::default());
        let mut largest = 0;
        for round in 0..600 {
            for key in 0..100 {
                call(&limits, &format!("{key:040}"), NOON + round);
            }
            kept.save(&path, &limits, NOON + round).unwrap();
            largest = largest.max(fs::metadata(&path).unwrap().len());
        }
        assert!(
            (REWRITTEN_FROM..2 * REWRITTEN_FROM).contains(&largest),
            "{largest}"
        );
        assert!(fs::metadata(&path).unwrap().len() < largest);
    }
}
