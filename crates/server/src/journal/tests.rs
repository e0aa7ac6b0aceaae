use std::fs;
use std::io::Write as _;

use super::line::example;
use super::segments::{runs, segment, segments};
use super::*;

struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Folder {
        let path = std::env::temp_dir().join(format!("journal-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).unwrap();
        Folder(path)
    }

    fn root(&self) -> PathBuf {
        self.0.join("journal")
    }

    fn lines(&self) -> Vec<Line<'static>> {
        let mut lines = Vec::new();
        for run in runs(&self.root()).unwrap() {
            for (begin, _) in segments(&run).unwrap() {
                let bytes = fs::read(segment(&run, begin)).unwrap();
                lines.extend(bytes.split(|b| *b == b'\n').filter_map(Line::read));
            }
        }
        lines
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// What an earlier process left: the lines, and what stands after them.
fn left(folder: &Folder, lines: &[Line<'_>], torn: &[u8]) {
    let run = folder.root().join("00000000000000000001-1");
    fs::create_dir_all(&run).unwrap();
    let mut file = fs::File::create(segment(&run, 0)).unwrap();
    for line in lines {
        file.write_all(&line.to_bytes()).unwrap();
    }
    file.write_all(torn).unwrap();
}

fn intent(call: &str) -> Line<'static> {
    let write = Cow::Owned(example(call));
    Line::Intent { write }
}

fn outcome(call: &str, outcome: Outcome, status: Option<u16>) -> Line<'static> {
    let write = Cow::Owned(example(call));
    Line::Outcome {
        write,
        outcome,
        status,
    }
}

fn void(call: &str) -> Line<'static> {
    let call = Cow::Owned(call.to_owned());
    Line::Void { call }
}

#[tokio::test]
async fn an_intent_is_on_disk_before_it_is_said_to_be() {
    let folder = Folder::new("kept");
    let journal = Journal::open(folder.root(), MAX_BYTES);
    journal.intend(&example("1")).await.unwrap();
    assert_eq!(folder.lines(), [intent("1")]);
    journal.settle(&example("1"), Outcome::Answered, Some(201));
    journal.write_waiting();
    let answered = outcome("1", Outcome::Answered, Some(201));
    assert_eq!(folder.lines(), [intent("1"), answered]);
}

#[tokio::test]
async fn a_full_journal_refuses_and_takes_outcomes_all_the_same() {
    let folder = Folder::new("full");
    let journal = Journal::open(folder.root(), 100);
    journal.intend(&example("1")).await.unwrap();
    assert!(journal.intend(&example("2")).await.is_err());
    journal.settle(&example("1"), Outcome::Answered, Some(200));
    journal.write_waiting();
    let answered = outcome("1", Outcome::Answered, Some(200));
    assert_eq!(folder.lines(), [intent("1"), answered]);
}

#[tokio::test]
async fn it_tells_what_it_holds_and_what_the_ledger_does_not_have() {
    let folder = Folder::new("standing");
    let journal = Journal::open(folder.root(), 4096);
    let standing = |bytes, waiting| Standing {
        bytes,
        waiting,
        max_bytes: 4096,
    };
    assert_eq!(journal.standing().unwrap(), standing(0, 0));
    journal.intend(&example("1")).await.unwrap();
    let held = intent("1").to_bytes().len() as u64;
    assert_eq!(journal.standing().unwrap(), standing(held, held));
    let run = runs(&folder.root()).unwrap().remove(0);
    fs::write(run.join("acknowledged"), format!("{} edge-1", held - 1)).unwrap();
    assert_eq!(journal.standing().unwrap(), standing(held, 1));
}

#[test]
fn what_a_process_left_open_is_unknown_once() {
    let folder = Folder::new("left");
    let answered = outcome("2", Outcome::Answered, Some(201));
    let lines = [
        intent("1"),
        intent("2"),
        answered.clone(),
        intent("3"),
        void("3"),
    ];
    let torn = &intent("4").to_bytes()[..40];
    left(&folder, &lines, torn);
    for _ in 0..3 {
        orphans::settle(&folder.root(), None).unwrap();
    }
    let mut expected = lines.to_vec();
    expected.push(outcome("1", Outcome::Unknown, None));
    assert_eq!(folder.lines(), expected);
}

#[test]
fn a_run_goes_once_the_ledger_has_it_whole() {
    let folder = Folder::new("gone");
    left(&folder, &[intent("1")], b"");
    orphans::settle(&folder.root(), None).unwrap();
    let run = runs(&folder.root()).unwrap().remove(0);
    let (begin, length) = segments(&run).unwrap().pop().unwrap();
    for (acknowledged, left) in [(begin + length - 1, 1), (begin + length, 0)] {
        fs::write(run.join("acknowledged"), format!("{acknowledged} edge-1")).unwrap();
        orphans::settle(&folder.root(), None).unwrap();
        assert_eq!(runs(&folder.root()).unwrap().len(), left);
    }
}

#[tokio::test]
async fn the_run_of_a_process_that_lives_is_left_alone() {
    let folder = Folder::new("alive");
    let journal = Journal::open(folder.root(), MAX_BYTES);
    journal.intend(&example("1")).await.unwrap();
    orphans::settle(&folder.root(), None).unwrap();
    assert_eq!(folder.lines(), [intent("1")]);
}

#[tokio::test]
async fn who_leaves_while_its_intent_waits_is_void() {
    let folder = Folder::new("leaves");
    let journal = Journal::open(folder.root(), MAX_BYTES);
    for call in 0..50 {
        let write = example(&call.to_string());
        let mut waits = Box::pin(journal.intend(&write));
        let polled = std::future::poll_fn(|cx| std::task::Poll::Ready(waits.as_mut().poll(cx)));
        let _ = polled.await;
        drop(waits);
        journal.void(&write);
    }
    journal.write_waiting();
    let lines = folder.lines();
    for call in 0..50 {
        let at = |line: &Line<'_>| lines.iter().position(|one| one == line);
        let call = call.to_string();
        assert!(at(&intent(&call)) < at(&void(&call)), "{call}");
    }
}
