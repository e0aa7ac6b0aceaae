//! The files of one run: what was appended since the gateway started, cut into segments named by where they begin.
//!
//! `journal/<run>/<offset>.log`. A run is of one process, which holds `lock` while it lives. How far it was taken over
//! into the ledger stands in `acknowledged`, written by who reads it.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

const SUFFIX: &str = "log";

/// What of it is on disk: where segments begin, and how long each is.
pub fn segments(run: &Path) -> io::Result<Vec<(u64, u64)>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(run)? {
        let entry = entry?;
        let path = entry.path();
        let stem = path.file_stem().and_then(|stem| stem.to_str());
        let begin = stem.and_then(|stem| stem.parse().ok());
        let is_one = path.extension().is_some_and(|suffix| suffix == SUFFIX);
        if let Some(begin) = begin.filter(|_| is_one) {
            found.push((begin, entry.metadata()?.len()));
        }
    }
    found.sort_unstable();
    Ok(found)
}

pub fn segment(run: &Path, begin: u64) -> PathBuf {
    run.join(format!("{begin:020}.{SUFFIX}"))
}

/// Up to where the ledger has it. What follows says by which name it was told.
pub fn acknowledged(run: &Path) -> u64 {
    let text = fs::read_to_string(run.join("acknowledged"));
    text.ok()
        .and_then(|text| text.split_whitespace().next()?.parse().ok())
        .unwrap_or(0)
}

/// Every run of a journal, oldest first; nothing where there is no journal. What is not named by a time is none: one that
/// begins, and what else a file system keeps there.
pub fn runs(root: &Path) -> io::Result<Vec<PathBuf>> {
    let entries = match fs::read_dir(root) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut found = Vec::new();
    for entry in entries {
        let entry = entry?;
        let is_timed = entry.file_name().as_encoded_bytes()[0].is_ascii_digit();
        if is_timed && entry.file_type()?.is_dir() {
            found.push(entry.path());
        }
    }
    found.sort_unstable();
    Ok(found)
}

/// Nothing while the process whose run it is lives.
pub fn locked(run: &Path) -> io::Result<Option<File>> {
    let file = private(OpenOptions::new().create(true).append(true)).open(run.join("lock"))?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

pub fn private_directory(path: &Path) -> io::Result<()> {
    let made = fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path);
    made?;
    match path.parent() {
        Some(parent) => File::open(parent)?.sync_all(),
        None => Ok(()),
    }
}

fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    options.mode(0o600)
}

/// The last segment of a run, to be written to.
pub struct Tail {
    run: PathBuf,
    file: File,
    begin: u64,
    length: u64,
    /// What stands at its end is no whole line: the next one begins on a line of its own.
    is_torn: bool,
}

impl Tail {
    /// The first of a new run.
    pub fn begin(run: &Path) -> io::Result<Tail> {
        Tail::at(run, 0)
    }

    /// A further one of a run whose process is gone: what it left may be torn.
    pub fn after(run: &Path) -> io::Result<Tail> {
        let last = segments(run)?.pop();
        let end = last.map_or(0, |(begin, length)| begin + length);
        match last {
            // Nothing was written to it yet.
            Some((begin, 0)) => Tail::open(run, begin),
            _ => Tail::at(run, end),
        }
    }

    fn at(run: &Path, begin: u64) -> io::Result<Tail> {
        let tail = Tail::open(run, begin)?;
        File::open(run)?.sync_all()?;
        Ok(tail)
    }

    fn open(run: &Path, begin: u64) -> io::Result<Tail> {
        let mut options = OpenOptions::new();
        let file = private(options.create(true).append(true)).open(segment(run, begin))?;
        Ok(Tail {
            run: run.to_owned(),
            file,
            begin,
            length: 0,
            is_torn: false,
        })
    }

    /// Where the next line begins.
    pub fn end(&self) -> u64 {
        self.begin + self.length
    }

    pub fn length(&self) -> u64 {
        self.length
    }

    /// Appends whole lines. With an error: how many bytes of them are there all the same; what is a part of a line is
    /// none.
    pub fn append(&mut self, lines: &[u8]) -> (usize, io::Result<()>) {
        if self.is_torn
            && let Err(error) = self.end_line()
        {
            return (0, Err(error));
        }
        let mut written = 0;
        while written < lines.len() {
            match self.file.write(&lines[written..]) {
                Ok(0) => return self.torn(lines, written, io::ErrorKind::WriteZero.into()),
                Ok(more) => {
                    written += more;
                    self.length += more as u64;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return self.torn(lines, written, error),
            }
        }
        (written, Ok(()))
    }

    fn end_line(&mut self) -> io::Result<()> {
        self.file.write_all(b"\n")?;
        self.length += 1;
        self.is_torn = false;
        Ok(())
    }

    fn torn(&mut self, lines: &[u8], written: usize, error: io::Error) -> (usize, io::Result<()>) {
        self.is_torn = written > 0 && lines[written - 1] != b'\n';
        (written, Err(error))
    }

    /// What was appended is still there after a power cut.
    pub fn sync(&self) -> io::Result<()> {
        self.file.sync_data()
    }

    /// Goes on in a file of its own.
    pub fn roll(&mut self) -> io::Result<()> {
        *self = Tail::at(&self.run, self.end())?;
        Ok(())
    }
}
