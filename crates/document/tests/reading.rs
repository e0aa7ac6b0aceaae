//! YAML and JSON become the same values, every one of them at its place, and nothing hostile gets through.

mod common;

use common::{json, located, place, read, read_as, read_within};
use document::{Format, Limits};

fn value(name: &str, text: &str) -> String {
    let (arena, root) = read(name, text.as_bytes()).expect("readable");
    json(&arena, root)
}

fn refusal(name: &str, data: &[u8]) -> Located {
    read(name, data).err().expect("refused")
}

/// Code, line, column.
type Located = (String, u32, u32);

fn at(code: &str, line: u32, column: u32) -> Located {
    (code.to_owned(), line, column)
}

#[test]
fn yaml_is_the_core_schema_of_1_2() {
    let scalars = "[yes, no, on, 2024-01-15, 0o17, 0x1F, 012, 1_000, .5, 1e3, ~, null, True, '1', -7, +7, 1., 0o, 1e]";
    let values = r#"["yes","no","on","2024-01-15",15,31,12,"1_000",0.5,1000.0,null,null,true,"1",-7,7,1.0,"0o","1e"]"#;
    assert_eq!(value("a.yaml", scalars), values);
}

#[test]
fn keys_that_are_no_text_become_the_text_they_are_written_as() {
    assert_eq!(
        value("a.yaml", "200: a\ntrue: b\n~: c\n1.50: d\n"),
        r#"{"200":"a","true":"b","~":"c","1.50":"d"}"#
    );
}

#[test]
fn json_knows_all_escapes_and_numbers() {
    let text = r#"{"a": "\"\\\/\b\f\n\r\té\ud83d\ude00", "b": [-0, 1.5e-3, 123456789012345678901234567890]}"#;
    let expected = "{\"a\":\"\\\"\\\\/\\u{8}\\u{c}\\n\\r\\té😀\",\"b\":[0,0.0015,123456789012345678901234567890]}";
    assert_eq!(value("a.json", text), expected);
}

#[test]
fn every_key_and_value_knows_its_line_and_column_in_characters() {
    let text = "\u{feff}ä: é # x\r\nb:\r\n  - one\r\n  - {c: 'd', é: 5}\r\n";
    let (arena, root) = read("a.yaml", text.as_bytes()).expect("readable");
    assert_eq!(place(&arena, root, "/ä"), (1, 4));
    assert_eq!(place(&arena, root, "/b/0"), (3, 5));
    assert_eq!(place(&arena, root, "/b/1/c"), (4, 9));
    assert_eq!(place(&arena, root, "/b/1/é"), (4, 17));
    assert_eq!(
        place(&arena, root, "/b/7/nowhere"),
        (3, 3),
        "the nearest that exists"
    );
}

#[test]
fn columns_are_right_far_into_a_single_line() {
    let items = "\"é\",".repeat(10_000);
    let (arena, root) = read("a.json", format!("[{items}7]").as_bytes()).expect("readable");
    assert_eq!(place(&arena, root, "/10000"), (1, 40_002));
}

#[test]
fn a_key_twice_is_reported_where_it_stands_and_the_first_counts() {
    let many: String = (0..40).map(|key| format!("k{key}: {key}\n")).collect();
    for before in ["", &many] {
        let (arena, root) =
            read("a.yaml", format!("{before}a: 1\nb: 2\na: 3\n").as_bytes()).expect("readable");
        let line = before.lines().count() as u32 + 3;
        let problems: Vec<_> = arena
            .problems
            .iter()
            .map(|problem| located(&arena, problem))
            .collect();
        assert_eq!(problems, [at("document-duplicate-key", line, 1)]);
        assert_eq!(
            arena.get(root, "a").map(|a| json(&arena, a)),
            Some("1".to_owned())
        );
    }
}

#[test]
fn merge_keys_fill_in_what_an_object_does_not_say() {
    let text = "a: &a {x: 1, y: 1}\nb: &b {y: 2, z: 2}\nc:\n  <<: [*a, *b]\n  x: 3\nd: {'<<': 1}\n";
    let expected = r#"{"a":{"x":1,"y":1},"b":{"y":2,"z":2},"c":{"x":3,"y":1,"z":2},"d":{"<<":1}}"#;
    assert_eq!(value("a.yaml", text), expected);
    assert_eq!(
        refusal("a.yaml", b"a: {<<: 1}"),
        at("document-merge-key", 1, 5)
    );
}

#[test]
fn aliases_of_aliases_are_refused_at_the_alias_that_is_one_too_many() {
    let mut bomb = "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n".to_owned();
    for level in 1..12 {
        let aliases = vec![format!("*a{}", level - 1); 10].join(",");
        bomb += &format!("a{level}: &a{level} [{aliases}]\n");
    }
    // Line 7 alone is worth eleven million values, the eighth ten times that.
    let (code, line, _) = refusal("a.yaml", bomb.as_bytes());
    assert_eq!((code.as_str(), line), ("document-too-large", 8));
}

#[test]
fn an_alias_inside_of_what_it_repeats_is_refused() {
    assert_eq!(
        refusal("a.yaml", b"a: &a\n  b: *a\n"),
        at("document-cyclic-alias", 2, 6)
    );
}

#[test]
fn aliases_cannot_nest_deeper_than_documents_may() {
    let mut chain = "a0: &a0 [x]\n".to_owned();
    (1..400).for_each(|level| chain += &format!("a{level}: &a{level} [*a{}]\n", level - 1));
    let (code, line, _) = refusal("a.yaml", chain.as_bytes());
    assert_eq!((code.as_str(), line), ("document-too-deep", 256));
}

#[test]
fn what_cannot_be_read_is_refused_where_it_stands() {
    let cases: [(&str, &[u8], Located); 16] = [
        ("a.json", b"", at("document-syntax", 1, 1)),
        ("a.yaml", b"", at("document-empty", 1, 1)),
        ("a.yaml", b"# only a comment\n", at("document-empty", 1, 1)),
        ("a.json", b"{\"a\": 1,\n}", at("document-syntax", 2, 1)),
        ("a.json", b"[1, 2", at("document-syntax", 1, 6)),
        ("a.json", b"[01]", at("document-syntax", 1, 3)),
        ("a.json", b"\"a\nb\"", at("document-syntax", 1, 3)),
        ("a.json", b"[1] 2", at("document-syntax", 1, 5)),
        ("a.json", b"[1e999]", at("document-number", 1, 2)),
        ("a.yaml", b"a: 1\nb: \xff", at("document-encoding", 2, 4)),
        ("a.yaml", b"a: b: c", at("document-syntax", 1, 5)),
        ("a.yaml", b"a: !secret x", at("document-tag", 1, 4)),
        ("a.yaml", b"a: .inf", at("document-number", 1, 4)),
        ("a.yaml", b"? [a]\n: 1", at("document-key", 1, 3)),
        ("a.yaml", b"a: 1\n---\nb: 2\n", at("document-several", 2, 1)),
        ("a.yaml", b"a: *b", at("document-syntax", 1, 4)),
    ];
    for (name, data, expected) in cases {
        assert_eq!(
            refusal(name, data),
            expected,
            "{}",
            String::from_utf8_lossy(data)
        );
    }
}

#[test]
fn every_limit_holds() {
    let limits = Limits {
        input_bytes: 1_000,
        depth: 5,
        nodes: 50,
        ..Limits::default()
    };
    let refused = |name: &str, text: &str| {
        read_within(name, text.as_bytes(), &limits)
            .err()
            .expect("refused")
            .0
    };
    assert_eq!(refused("a.json", &" ".repeat(1_001)), "document-too-large");
    assert_eq!(refused("a.json", "[[[[[[1]]]]]]"), "document-too-deep");
    assert_eq!(refused("a.yaml", "- - - - - - 1"), "document-too-deep");
    assert_eq!(
        refused("a.json", &format!("[{}1]", "1,".repeat(60))),
        "document-too-large"
    );
    assert_eq!(refused("a.yaml", &"- 1\n".repeat(60)), "document-too-large");
    assert!(read_within("a.json", b"[[[[[1]]]]]", &limits).is_ok());
}

#[test]
fn the_content_decides_when_the_name_does_not() {
    assert_eq!(value("spec", "{\"a\": 1}"), r#"{"a":1}"#);
    assert_eq!(value("spec", "a: 1"), r#"{"a":1}"#);
    assert_eq!(value("spec.yaml", "{a: 1, b: [x]}"), r#"{"a":1,"b":["x"]}"#);
}

#[test]
fn json_read_as_yaml_is_the_same_value_at_the_same_places() {
    let text = "{\"a\": [1, \"x\", null, {\"b\": true}],\n \"c\": {\"200\": \"\\u00e9\\n\"}}";
    let (json_arena, json_root) = read_as(Format::Json, text.as_bytes()).expect("JSON");
    let (yaml_arena, yaml_root) = read_as(Format::Yaml, text.as_bytes()).expect("YAML");
    assert_eq!(json(&json_arena, json_root), json(&yaml_arena, yaml_root));
    for pointer in ["/a", "/a/1", "/a/3/b", "/c", "/c/200"] {
        assert_eq!(
            place(&json_arena, json_root, pointer),
            place(&yaml_arena, yaml_root, pointer),
            "{pointer}"
        );
    }
}
