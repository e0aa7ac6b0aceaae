//! The access log's files: `access.ndjson` grows, then becomes `access-<when>.ndjson`; the oldest go.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use crate::clock::now_unix_ns;

#[derive(Clone, Copy, Debug)]
pub struct Retention {
    /// Size at which a file is put away.
    pub max_bytes: u64,
    /// Files put away that are kept.
    pub keep: usize,
}

impl Default for Retention {
    fn default() -> Retention {
        Retention {
            max_bytes: 256 << 20,
            keep: 8,
        }
    }
}

/// The file being written. Consumers may have read access to the folder only: mode 0640.
pub struct LogFile {
    path: PathBuf,
    retention: Retention,
    open: Option<(File, u64)>,
}

impl LogFile {
    pub fn new(path: PathBuf, retention: Retention) -> LogFile {
        LogFile {
            path,
            retention,
            open: None,
        }
    }

    /// Appends whole lines; opens the file anew if someone moved it away. What was written leaves `lines`: a full
    /// disk may take half a line, and the rest follows when there is room.
    pub fn append(&mut self, lines: &mut Vec<u8>) -> io::Result<()> {
        if !self.is_in_place() {
            self.open = None;
        }
        let (file, bytes) = match &mut self.open {
            Some(open) => open,
            closed => closed.insert(open(&self.path)?),
        };
        let (written, ended) = write(file, lines);
        lines.drain(..written);
        *bytes += written as u64;
        ended?;
        if *bytes >= self.retention.max_bytes {
            self.put_away()?;
        }
        Ok(())
    }

    fn is_in_place(&self) -> bool {
        let Some((file, _)) = &self.open else {
            return true;
        };
        let (Ok(opened), Ok(there)) = (file.metadata(), fs::metadata(&self.path)) else {
            return false;
        };
        opened.ino() == there.ino() && opened.dev() == there.dev()
    }

    fn put_away(&mut self) -> io::Result<()> {
        self.open = None;
        let newest = put_away_before(&self.path)?.pop();
        let when = now_unix_ns().max(newest.map_or(0, |path| put_away_at(&path) + 1));
        // Nanoseconds of fixed width: names sort in the order the files were put away, also where the system's time
        // was turned back, and two are never the same.
        let aside = self
            .path
            .with_file_name(format!("access-{when:020}.ndjson"));
        fs::rename(&self.path, aside)?;
        let kept = put_away_before(&self.path)?;
        for old in kept
            .iter()
            .take(kept.len().saturating_sub(self.retention.keep))
        {
            fs::remove_file(old)?;
        }
        Ok(())
    }
}

/// As much as the disk takes, and how it ended.
fn write(file: &mut File, lines: &[u8]) -> (usize, io::Result<()>) {
    let mut written = 0;
    while written < lines.len() {
        match file.write(&lines[written..]) {
            Ok(0) => return (written, Err(io::ErrorKind::WriteZero.into())),
            Ok(bytes) => written += bytes,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return (written, Err(error)),
        }
    }
    (written, Ok(()))
}

/// The number in a name; 0 in one somebody else gave.
fn put_away_at(path: &Path) -> u64 {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let number = stem.strip_prefix("access-").map(str::parse);
    number.and_then(Result::ok).unwrap_or(0)
}

fn open(path: &Path) -> io::Result<(File, u64)> {
    fs::create_dir_all(path.parent().unwrap_or(Path::new(".")))?;
    let file = OpenOptions::new()
        .create(true)
        .append(true)
        .mode(0o640)
        .open(path)?;
    let bytes = file.metadata()?.len();
    Ok((file, bytes))
}

/// Oldest first.
fn put_away_before(path: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(path.parent().unwrap_or(Path::new(".")))? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.starts_with("access-") && name.ends_with(".ndjson") {
            found.push(entry.path());
        }
    }
    found.sort();
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Folder(PathBuf);

    impl Folder {
        fn new(name: &str) -> Folder {
            let path = std::env::temp_dir().join(format!("ringwork-{name}-{}", std::process::id()));
            let _ = fs::remove_dir_all(&path);
            Folder(path)
        }

        fn file(&self) -> PathBuf {
            self.0.join("log/access.ndjson")
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn full_files_are_put_away_and_only_the_newest_kept() {
        let folder = Folder::new("rotation");
        let mut log = LogFile::new(
            folder.file(),
            Retention {
                max_bytes: 10,
                keep: 2,
            },
        );
        for line in 0..5 {
            log.append(&mut format!("{{\"line\":{line}}}\n").into_bytes())
                .unwrap();
        }
        let kept = put_away_before(&folder.file()).unwrap();
        let texts: Vec<_> = kept
            .iter()
            .map(|path| fs::read_to_string(path).unwrap())
            .collect();
        assert_eq!(texts, ["{\"line\":3}\n", "{\"line\":4}\n"]);
    }

    #[test]
    fn the_newest_are_kept_also_where_time_was_turned_back() {
        let folder = Folder::new("turned-back");
        let ahead = now_unix_ns() + 3_600_000_000_000;
        fs::create_dir_all(folder.0.join("log")).unwrap();
        for hour in 0..2_u64 {
            let name = format!("log/access-{:020}.ndjson", ahead + hour);
            fs::write(folder.0.join(name), "old\n").unwrap();
        }
        let retention = Retention {
            max_bytes: 1,
            keep: 2,
        };
        let mut log = LogFile::new(folder.file(), retention);
        log.append(&mut b"new\n".to_vec()).unwrap();
        let kept = put_away_before(&folder.file()).unwrap();
        let texts: Vec<_> = kept
            .iter()
            .map(|path| fs::read_to_string(path).unwrap())
            .collect();
        assert_eq!(texts, ["old\n", "new\n"]);
    }

    #[test]
    fn a_file_moved_away_is_opened_anew() {
        let folder = Folder::new("moved");
        let mut log = LogFile::new(folder.file(), Retention::default());
        log.append(&mut b"1\n".to_vec()).unwrap();
        fs::rename(folder.file(), folder.file().with_extension("taken")).unwrap();
        log.append(&mut b"2\n".to_vec()).unwrap();
        assert_eq!(fs::read(folder.file()).unwrap(), b"2\n");
    }
}
