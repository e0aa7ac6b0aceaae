//! The work is in proportion to the body, whatever is in it: steps are counted, not seconds.

use super::super::steps::counted;
use super::*;

/// Steps for each byte, at most: reading it, looking ahead over it eight times, and 64 KiB of looking ahead on top. When
/// every byte comes alone, a step is taken again while fewer than 256 bytes are held.
const STEPS_WHOLE: u64 = 24;
const STEPS_BYTE_BY_BYTE: u64 = 300;

fn adversarial(size: usize) -> Vec<(&'static str, String)> {
    let fill = |unit: &str| unit.repeat(size / unit.len());
    let keyed = |unit: &str| {
        format!(
            "{{{}}}",
            (0..size / 12)
                .map(|n| format!(r#""{unit}{n}":1"#))
                .collect::<Vec<_>>()
                .join(",")
        )
    };
    let kinds = format!(
        "{}\"x\":1{}",
        r#"{"kind":"nest","in":"#.repeat(60),
        "}".repeat(60)
    )
    .replacen("\"x\":1", "1", 1);
    vec![
        ("escapes", format!("\"{}\"", fill("\\u0041"))),
        ("backslashes", format!("\"{}\"", fill("\\\\"))),
        ("numbers", format!("[{}1]", fill("123456,"))),
        ("blanks", format!("[{}1]", fill("1, "))),
        ("brackets", format!("[{}1]", fill("[[[[[]]]]],"))),
        ("names", keyed("n")),
        (
            "removed",
            format!(r#"{{"gone":[{}1]}}"#, fill(r#"{"a":[1,"x"]},"#)),
        ),
        (
            "late kinds",
            format!("[{}1]", fill(&format!("{},", late_kinds(60)))),
        ),
        ("early kinds", format!("[{}1]", fill(&format!("{kinds},")))),
        (
            "long name",
            format!(
                r#"{{"{}":1}}"#,
                fill("n").chars().take(60_000).collect::<String>()
            ),
        ),
        ("cut", format!("[{}", fill("[1],"))),
    ]
}

/// Unions inside each other, each of which says its kind at its very end.
fn late_kinds(depth: usize) -> String {
    r#"{"in":"#.repeat(depth) + "1" + &r#","kind":"nest"}"#.repeat(depth)
}

const NODES: &str = r#"[
    {"any": false, "string": {}, "number": {}, "array": {"items": 0}, "union": {"property": "kind", "mapping": [["nest", 1]], "otherwise": 2}},
    {"object": {"properties": [["kind", 0], ["in", 0]]}},
    {"object": {"properties": [["gone", 3]], "additional": 0}}, {}
]"#;

fn steps_per_byte(graph: &Arc<Graph>, body: &str, cuts: &[usize]) -> u64 {
    let (steps, _) = counted(|| streamed(graph, Mode::Enforce, body.as_bytes(), cuts));
    steps / body.len() as u64
}

#[test]
fn work_grows_as_the_body_does() {
    let graph = Arc::new(graph(NODES));
    for size in [10_000, 100_000, 1_000_000] {
        for (name, body) in adversarial(size) {
            let whole = steps_per_byte(&graph, &body, &[body.len()]);
            assert!(whole <= STEPS_WHOLE, "{name}, {size}: {whole}");
            let pieces = steps_per_byte(&graph, &body, &[1_000]);
            assert!(
                pieces <= 3 * STEPS_WHOLE,
                "{name}, {size} in pieces: {pieces}"
            );
        }
    }
}

#[test]
fn work_has_a_bound_even_when_every_byte_comes_alone() {
    let graph = Arc::new(graph(NODES));
    for (name, body) in adversarial(200_000) {
        let steps = steps_per_byte(&graph, &body, &[1]);
        assert!(steps <= STEPS_BYTE_BY_BYTE, "{name}: {steps}");
    }
}
