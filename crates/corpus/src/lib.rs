//! Fuzzing on a stable toolchain, in the tests, for as many cases as `PROPTEST_CASES` says.
//!
//! A target is a function that must hold for any bytes, and a folder of kept inputs: seeds of our own making, and
//! whatever was once found. Every kept input is tried first, then mutations of them. What fails is made small by
//! proptest and written into the folder, so that it is tried for ever after.

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed, TestError, TestRunner};

/// Of one input. Whoever needs longer hangs, as far as a server's reader is concerned.
const PATIENCE: Duration = Duration::from_secs(10);
const MAX_MUTATIONS: usize = 8;

/// One change of an input; places are taken modulo its length.
#[derive(Clone, Debug)]
enum Mutation {
    Flip(usize, u8),
    Insert(usize, usize),
    Remove(usize, usize),
    Repeat(usize, usize, usize),
    Cut(usize),
}

/// Tries `check` on what `folder` keeps and on mutations of it. `words`: pieces of the language worth inserting.
///
/// Panics with the file's name if `check` fails for a kept input, or for one that is kept from now on.
pub fn fuzz(folder: &str, words: &[&str], check: impl Fn(&[u8])) {
    let kept = kept(Path::new(folder));
    assert!(!kept.is_empty(), "{folder} keeps no input");
    for (file, input) in &kept {
        println!("kept: {}", file.display()); // shown when it fails
        timed(&check, input);
    }
    let config = Config {
        failure_persistence: None,
        rng_seed: seed(),
        ..Config::default()
    };
    let seeds: Vec<Vec<u8>> = kept.into_iter().map(|(_, input)| input).collect();
    let inputs = (any::<prop::sample::Index>(), mutations()).prop_map(|(seed, mutations)| {
        let seed = seed.get(&seeds).clone();
        mutations
            .iter()
            .fold(seed, |input, mutation| mutation.apply(input, words))
    });
    let outcome = TestRunner::new(config).run(&inputs, |input| {
        timed(&check, &input);
        Ok(())
    });
    match outcome {
        Ok(()) => {}
        Err(TestError::Fail(reason, input)) => {
            panic!("{reason}; kept as {}", keep(folder, &input).display())
        }
        Err(aborted) => panic!("{aborted}"),
    }
}

/// The tests try the same cases each time, so that they fail for who broke something; who asks for a number of
/// cases (`make fuzz`) gets new ones.
fn seed() -> RngSeed {
    match std::env::var_os("PROPTEST_CASES") {
        Some(_) => RngSeed::Random,
        None => RngSeed::Fixed(1),
    }
}

fn timed(check: impl Fn(&[u8]), input: &[u8]) {
    let since = Instant::now();
    check(input);
    assert!(since.elapsed() < PATIENCE, "an input takes too long");
}

fn kept(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let entries = fs::read_dir(folder).unwrap_or_else(|why| panic!("{}: {why}", folder.display()));
    let mut files: Vec<PathBuf> = entries
        .map(|entry| entry.expect("readable").path())
        .collect();
    files.sort();
    let read = |file: PathBuf| {
        let input = fs::read(&file).expect("a kept input can be read");
        (file, input)
    };
    files.into_iter().map(read).collect()
}

fn keep(folder: &str, input: &[u8]) -> PathBuf {
    let mut hasher = DefaultHasher::new();
    input.hash(&mut hasher);
    let file = Path::new(folder).join(format!("found-{:016x}", hasher.finish()));
    fs::write(&file, input).expect("a finding can be kept");
    file
}

fn mutations() -> impl Strategy<Value = Vec<Mutation>> {
    let place = any::<usize>;
    let mutation = prop_oneof![
        (place(), any::<u8>()).prop_map(|(at, bits)| Mutation::Flip(at, bits)),
        (place(), place()).prop_map(|(at, word)| Mutation::Insert(at, word)),
        (place(), 1_usize..32).prop_map(|(at, length)| Mutation::Remove(at, length)),
        (place(), 1_usize..16, 1_usize..64)
            .prop_map(|(at, length, times)| Mutation::Repeat(at, length, times)),
        place().prop_map(Mutation::Cut),
    ];
    proptest::collection::vec(mutation, 0..=MAX_MUTATIONS)
}

impl Mutation {
    fn apply(&self, mut input: Vec<u8>, words: &[&str]) -> Vec<u8> {
        let place = |at: usize| at % (input.len() + 1);
        match *self {
            Mutation::Insert(at, word) if !words.is_empty() => {
                let at = place(at);
                input.splice(at..at, words[word % words.len()].bytes());
            }
            Mutation::Remove(at, length) => {
                let at = place(at);
                input.drain(at..(at + length).min(input.len()));
            }
            Mutation::Repeat(at, length, times) => {
                let at = place(at);
                let piece = input[at..(at + length).min(input.len())].repeat(times);
                input.splice(at..at, piece);
            }
            Mutation::Cut(at) => input.truncate(place(at)),
            Mutation::Flip(at, bits) if !input.is_empty() => {
                let at = at % input.len();
                input[at] ^= bits;
            }
            Mutation::Insert(..) | Mutation::Flip(..) => {}
        }
        input
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_finding_is_kept_and_found_again() {
        let folder = std::env::temp_dir().join(format!("corpus-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("seed"), b"harmless").unwrap();
        let folder_name = folder.to_str().unwrap().to_owned();
        let run = move || {
            fuzz(&folder_name, &["bad"], |input| {
                assert!(!input.windows(3).any(|piece| piece == b"bad"), "found");
            });
        };
        assert!(std::panic::catch_unwind(run.clone()).is_err());
        let found: Vec<_> = kept(&folder).into_iter().map(|(file, _)| file).collect();
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(
            std::panic::catch_unwind(run).is_err(),
            "tried for ever after"
        );
        assert_eq!(kept(&folder).len(), 2);
        fs::remove_dir_all(folder).unwrap();
    }
}
