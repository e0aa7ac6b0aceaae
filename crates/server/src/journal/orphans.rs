//! Runs whose process is gone: what it had begun to forward and says nothing more of has an unknown outcome, once.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader};
use std::path::Path;

use super::line::{Line, Outcome, Write};
use super::segments::{Tail, acknowledged, locked, runs, segment, segments};

/// There once a run says all it will.
pub const ENDED: &str = "ended";
/// Ends every run of `root` that no process lives for, and takes away those the ledger has whole. How many bytes all
/// have beside `own`.
pub fn settle(root: &Path, own: Option<&Path>) -> io::Result<u64> {
    let mut bytes = 0;
    for run in runs(root)? {
        if own == Some(run.as_path()) {
            continue;
        }
        // Locked by its process, or by another gateway that settles it.
        let Some(_held) = locked(&run)? else {
            bytes += length(&run)?;
            continue;
        };
        end(&run)?;
        match is_taken_over(&run)? {
            true => fs::remove_dir_all(&run)?,
            false => bytes += length(&run)?,
        }
    }
    Ok(bytes)
}

fn length(run: &Path) -> io::Result<u64> {
    let lengths = segments(run)?.into_iter().map(|(_, length)| length);
    Ok(lengths.sum())
}

fn end(run: &Path) -> io::Result<()> {
    if run.join(ENDED).exists() {
        return Ok(());
    }
    let open = unsettled(run)?;
    if !open.is_empty() {
        let mut lines = Vec::new();
        for write in open.values() {
            let outcome = Line::Outcome {
                write: Cow::Borrowed(write),
                outcome: Outcome::Unknown,
                status: None,
            };
            lines.extend(outcome.to_bytes());
        }
        let mut tail = Tail::after(run)?;
        tail.append(&lines).1?;
        tail.sync()?;
    }
    File::create(run.join(ENDED))?.sync_all()?;
    File::open(run)?.sync_all()
}

fn is_taken_over(run: &Path) -> io::Result<bool> {
    let end = segments(run)?.pop();
    Ok(end.is_none_or(|(begin, length)| begin + length <= acknowledged(run)))
}

/// Calls that have an intent and nothing else.
fn unsettled(run: &Path) -> io::Result<BTreeMap<String, Write>> {
    let mut open = BTreeMap::new();
    for (begin, _) in segments(run)? {
        let mut file = BufReader::new(File::open(segment(run, begin))?);
        let mut line = Vec::new();
        loop {
            line.clear();
            if file.read_until(b'\n', &mut line)? == 0 {
                break;
            }
            match line.strip_suffix(b"\n").and_then(Line::read) {
                Some(Line::Intent { write }) => {
                    let write = write.into_owned();
                    open.insert(write.call.clone(), write);
                }
                Some(Line::Outcome { write, .. }) => drop(open.remove(&write.call)),
                Some(Line::Void { call }) => drop(open.remove(&*call)),
                None => {}
            }
        }
    }
    Ok(open)
}
