//! The thread that writes: many lines with one `fdatasync`, so that calls wait for the disk together.

use std::collections::{HashMap, HashSet};
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::segments::{Tail, acknowledged, locked, private_directory, runs, segment, segments};
use super::{Entry, Intent, Shared};
use crate::clock::now_unix_ns;

/// Between two looks at what was taken over meanwhile, and two tries of what could not be written.
const LOOK: Duration = Duration::from_millis(500);
const RETRY: Duration = Duration::from_millis(100);
const SEGMENT_BYTES: u64 = 8 << 20;

pub struct Writer {
    root: PathBuf,
    max_bytes: u64,
    run: Option<Run>,
    owed: Owed,
    /// Why it cannot write, as it was said.
    trouble: Option<String>,
}

/// What must be written, whatever becomes of the calls that come: outcomes, and what is void.
#[derive(Default)]
struct Owed {
    lines: Vec<u8>,
    /// Calls that are over once it is.
    calls: Vec<Box<str>>,
}

/// What this process writes to.
struct Run {
    path: PathBuf,
    tail: Tail,
    /// Bytes of the segments before the last.
    behind: u64,
    /// Where the intents of calls under way stand.
    open: HashMap<Box<str>, u64>,
    _lock: File,
}

impl Writer {
    pub fn new(root: PathBuf, max_bytes: u64) -> Writer {
        Writer {
            root,
            max_bytes,
            run: None,
            owed: Owed::default(),
            trouble: None,
        }
    }

    /// For the life of the process.
    pub fn write_on(mut self, shared: &Shared) {
        loop {
            let is_owing = !self.owed.lines.is_empty();
            let batch = shared.taken(if is_owing { RETRY } else { LOOK });
            let is_quiet = batch.is_empty();
            self.write(shared, batch);
            if is_quiet && let Some(run) = &mut self.run {
                run.forget_if_it_can();
            }
            shared.written();
        }
    }

    fn write(&mut self, shared: &Shared, batch: Vec<Entry>) {
        let (mut intents, mut settled) = (Vec::new(), Vec::new());
        for entry in batch {
            match entry {
                Entry::Intent(intent) => intents.push(intent),
                Entry::Settled { call, line } => settled.push((call, line)),
            }
        }
        // Who left while its intent waited has both in one batch: the intent stands first.
        let begun: HashSet<Box<str>> = intents.iter().map(|one| one.call.clone()).collect();
        let (later, now): (Vec<_>, Vec<_>) = settled
            .into_iter()
            .partition(|(call, _)| begun.contains(call));
        self.owed.extend(now);
        let is_tried = !intents.is_empty() || !self.owed.lines.is_empty();
        let mut written = self.pay();
        if written.is_ok() && !intents.is_empty() {
            written = self.keep(shared, &intents).and_then(|()| self.sync());
        }
        match &written {
            Ok(()) => intents.into_iter().for_each(Intent::kept),
            Err(error) => self.refuse(intents, error),
        }
        if !later.is_empty() {
            self.owed.extend(later);
            written = written.and_then(|()| self.pay());
        }
        if is_tried {
            self.tell(written);
        }
    }

    /// Once, and once it is over: it is tried again many times a second.
    fn tell(&mut self, written: io::Result<()>) {
        let trouble = written.err().map(|error| error.to_string());
        match (&self.trouble, &trouble) {
            (said, now) if said == now => {}
            (_, Some(why)) => log::error!(
                "the journal cannot be written: {why}; calls that are on record are refused"
            ),
            (_, None) => log::error!("the journal can be written again"),
        }
        self.trouble = trouble;
    }

    fn pay(&mut self) -> io::Result<()> {
        // Without a run there was no intent, and nothing to be said of it.
        let Some(run) = &mut self.run else {
            self.owed = Owed::default();
            return Ok(());
        };
        if self.owed.lines.is_empty() {
            return Ok(());
        }
        let (written, ended) = run.tail.append(&self.owed.lines);
        // A part of a line is none: it is written again.
        let whole = self.owed.lines[..written].iter().rposition(|b| *b == b'\n');
        self.owed.lines.drain(..whole.map_or(0, |at| at + 1));
        ended?;
        for call in self.owed.calls.drain(..) {
            run.open.remove(&call);
        }
        Ok(())
    }

    fn keep(&mut self, shared: &Shared, intents: &[Intent]) -> io::Result<()> {
        let run = match &mut self.run {
            Some(run) => run,
            none => {
                let run = none.insert(Run::begin(&self.root)?);
                shared.begun(&run.path);
                run
            }
        };
        run.make_room(self.max_bytes, shared.others())?;
        let at = run.tail.end();
        let mut lines = Vec::with_capacity(intents.iter().map(|one| one.line.len()).sum());
        for intent in intents {
            run.open.insert(intent.call.clone(), at);
            lines.extend_from_slice(&intent.line);
        }
        run.tail.append(&lines).1
    }

    fn sync(&self) -> io::Result<()> {
        self.run.as_ref().map_or(Ok(()), |run| run.tail.sync())
    }

    /// Some of them may be on disk: they are said to be void, as soon as that can be written.
    fn refuse(&mut self, intents: Vec<Intent>, error: &io::Error) {
        for intent in intents {
            let open = self.run.as_ref().map(|run| &run.open);
            if open.is_some_and(|open| open.contains_key(&intent.call)) {
                let void = intent.void();
                self.owed.extend([(intent.call.clone(), void)]);
            }
            intent.refuse(error);
        }
    }
}

impl Owed {
    fn extend(&mut self, settled: impl IntoIterator<Item = (Box<str>, Vec<u8>)>) {
        for (call, line) in settled {
            self.lines.extend(line);
            self.calls.push(call);
        }
    }
}

impl Run {
    fn begin(root: &Path) -> io::Result<Run> {
        private_directory(root)?;
        // Names sort by time, also where the system's was turned back: no run is younger than this one.
        let newest = runs(root)?.pop();
        let newest = newest.and_then(|path| path.file_name()?.to_str()?.get(..20)?.parse().ok());
        let number = now_unix_ns().max(newest.map_or(0, |newest: u64| newest + 1));
        let path = root.join(format!("{number:020}-{}", std::process::id()));
        // Locked before it shows: nobody takes it for an orphan.
        let hidden = root.join(format!(".{}", std::process::id()));
        let _ = fs::remove_dir_all(&hidden);
        private_directory(&hidden)?;
        let lock = locked(&hidden)?;
        let lock = lock.ok_or_else(|| io::Error::other("the run of this process is another's"))?;
        fs::rename(&hidden, &path)?;
        File::open(root)?.sync_all()?;
        let tail = Tail::begin(&path)?;
        Ok(Run {
            path,
            tail,
            behind: 0,
            open: HashMap::new(),
            _lock: lock,
        })
    }

    fn bytes(&self) -> u64 {
        self.behind + self.tail.length()
    }

    /// An error when there is none. `others`: bytes of other runs.
    fn make_room(&mut self, max_bytes: u64, others: u64) -> io::Result<()> {
        if self.bytes() + others >= max_bytes {
            self.forget()?;
        }
        if self.bytes() + others >= max_bytes {
            let why = "the journal is full: nobody takes over what is in it";
            return Err(io::Error::new(io::ErrorKind::StorageFull, why));
        }
        match self.tail.length() >= SEGMENT_BYTES {
            true => self.roll(),
            false => Ok(()),
        }
    }

    /// Who is never quiet shortens its journal here.
    fn roll(&mut self) -> io::Result<()> {
        let length = self.tail.length();
        self.tail.roll()?;
        self.behind += length;
        self.forget_if_it_can();
        Ok(())
    }

    /// Else it is longer than it need be, which refuses nothing yet.
    fn forget_if_it_can(&mut self) {
        if let Err(error) = self.forget() {
            log::error!("the journal cannot be shortened: {error}");
        }
    }

    /// Takes away segments that the ledger has, and of whose calls none is under way.
    fn forget(&mut self) -> io::Result<()> {
        if self.behind == 0 {
            return Ok(());
        }
        let oldest = self.open.values().min().copied();
        let until = acknowledged(&self.path).min(oldest.unwrap_or(u64::MAX));
        for (begin, length) in segments(&self.path)? {
            if begin + length <= until && begin + length <= self.tail.end() - self.tail.length() {
                fs::remove_file(segment(&self.path, begin))?;
                self.behind = self.behind.saturating_sub(length);
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_never_quiet_shortens_its_journal_all_the_same() {
        let folder = std::env::temp_dir().join(format!("journal-busy-{}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        let mut run = Run::begin(&folder.join("journal")).unwrap();
        for round in 0..4 {
            run.tail
                .append(&vec![b'\n'; SEGMENT_BYTES as usize])
                .1
                .unwrap();
            if round < 2 {
                // A call that began in the second is under way still.
                run.open.insert("late".into(), round * SEGMENT_BYTES);
            }
            let has = run.tail.end().to_string();
            fs::write(run.path.join("acknowledged"), has).unwrap();
            run.make_room(super::super::MAX_BYTES, 0).unwrap();
        }
        let begins = || segments(&run.path).unwrap().into_iter().map(|one| one.0);
        assert_eq!(begins().next(), Some(SEGMENT_BYTES));
        assert_eq!(begins().count(), 4);
        let _ = fs::remove_dir_all(&folder);
    }
}
