//! Documents of other people, however they are broken. `make fuzz` runs this for longer; what is found stays in
//! `corpora/`.

mod common;

use document::{Arena, Format, Limits, parse};

const WORDS: [&str; 20] = [
    "{", "}", "[", "]", "\"", ",", ":", "\n", "  ", "- ", "&a ", "*a", "!!", "? ", "|", "\\u0000",
    "\t", "$ref", "---\n", "1e999",
];

/// Read or refused, never a panic, and every problem is a place in the file.
#[test]
fn fuzz_document() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/corpora/document");
    corpus::fuzz(folder, &WORDS, |data| {
        for format in [None, Some(Format::Json), Some(Format::Yaml)] {
            let mut arena = Arena::default();
            let read = parse(&mut arena, "any", data, format, &Limits::default());
            let bytes = arena.sources.files()[0].bytes;
            let problems = arena.problems.iter().chain(read.as_ref().err());
            for problem in problems {
                assert!(problem.at <= bytes, "{problem:?}");
                assert!(arena.sources.place(problem.at).line > 0);
            }
            if let Ok(root) = read {
                let _ = common::json(&arena, root);
            }
        }
    });
}
