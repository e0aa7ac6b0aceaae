//! What is JSON and what is not, by our own hand: everything that readers of JSON are known to disagree on.

use std::sync::Arc;

use super::super::bounds::{MAX_DEPTH, MAX_HEAD_BYTES, MAX_NUMBER_BYTES};
use super::*;

/// JSON: leaves as it came.
const TAKEN: &[&str] = &[
    // structure
    "{}",
    "[]",
    "[[]]",
    "[{}]",
    r#"{"":{}}"#,
    r#"{"a":[]}"#,
    " [ ] ",
    "\t{\r\n}\n",
    "[1 , 2]",
    "[ \n ]",
    r#"{ "a" : 1 , "b" : [ true , null ] }"#,
    r#"[[[[1]]],{"a":{"a":{"a":[]}}}]"#,
    r#"{"a":1,"A":2}"#,
    // lone values (RFC 8259 §2: any value is a text)
    "null",
    "true",
    "false",
    "0",
    "-0",
    r#""""#,
    r#""a""#,
    " 1 ",
    "\n\"x\"\n",
    // numbers
    "[0]",
    "[-0]",
    "[-1]",
    "[10]",
    "[0.0]",
    "[-0.0]",
    "[1.5]",
    "[0e1]",
    "[0E0]",
    "[0e+1]",
    "[1e-2]",
    "[1E+2]",
    "[1.5e10]",
    "[123456789012345678901234567890]",
    "[1e400]",
    "[-1e9999]",
    "[0.00000000000000000000000001]",
    "[1e-400]",
    "[9007199254740993]",
    "[20e1]",
    "[0.4e00669999999999999999]",
    // strings
    r#"["\"\\\/\b\f\n\r\t"]"#,
    r#"["\u0000"]"#,
    r#"["\u0020"]"#,
    r#"["\uABCD\uabcd"]"#,
    r#"["\uD83D\uDE00"]"#,
    r#"["\ud834\udd1e"]"#,
    r#"["\uFFFF"]"#,
    r#"["\uFDD0"]"#,
    r#"["\u2028\u2029"]"#,
    "[\"\u{2028}\u{2029}\"]",
    "[\"é€😀\"]",
    "[\"\u{7f}\"]",
    "[\"\u{10ffff}\"]",
    "[\"\u{ffff}\"]",
    r#"["\\u0000"]"#,
    r#"["\\\\"]"#,
    r#"["a/*b*/c//d"]"#,
    r#"["'"]"#,
    "[\"\u{feff}\"]",
    r#"["new\u00A0line"]"#,
    "[\"\u{a0}\"]",
    r#"["\\a"]"#,
    r#"{"\u0000":1}"#,
    r#"{"a\u0000b":1}"#,
    r#"{"__proto__":1}"#,
    r#"{"constructor":{"prototype":1}}"#,
    r#"{"\uD83D\uDE00":1}"#,
    r#"{"é":1,"e\u0301":2}"#,
    "[\"0123456789abcdef\"]",
    "[\"0123456789abcdef0\"]",
];

/// Not JSON, or JSON that readers understand differently: nothing leaves.
const REFUSED: &[(&str, FaultKind)] = &[
    // nothing, or too little
    ("", FaultKind::Truncated),
    (" ", FaultKind::Truncated),
    ("[", FaultKind::Truncated),
    ("{", FaultKind::Truncated),
    ("[1", FaultKind::Truncated),
    ("[1,", FaultKind::Truncated),
    (r#"{"a""#, FaultKind::Truncated),
    (r#"{"a":"#, FaultKind::Truncated),
    (r#"{"a":1"#, FaultKind::Truncated),
    (r#"{"a":1,"#, FaultKind::Truncated),
    (r#"""#, FaultKind::Truncated),
    (r#""abc"#, FaultKind::Truncated),
    (r#""\"#, FaultKind::Truncated),
    (r#""\u00"#, FaultKind::Truncated),
    (r#""\ud800\"#, FaultKind::Truncated),
    ("t", FaultKind::Truncated),
    ("nul", FaultKind::Truncated),
    ("-", FaultKind::Truncated),
    ("1.", FaultKind::Truncated),
    ("1e", FaultKind::Truncated),
    ("1e+", FaultKind::Truncated),
    ("[[[", FaultKind::Truncated),
    (r#"[{"a":[{"#, FaultKind::Truncated),
    // too much
    ("{}{}", FaultKind::Trailing),
    ("[]]", FaultKind::Trailing),
    ("[] x", FaultKind::Trailing),
    ("1 2", FaultKind::Trailing),
    ("nullx", FaultKind::Trailing),
    ("\"a\"\"b\"", FaultKind::Trailing),
    ("{},", FaultKind::Trailing),
    ("[]\0", FaultKind::Trailing),
    ("[]//", FaultKind::Trailing),
    ("01", FaultKind::Trailing),
    ("-01", FaultKind::Trailing),
    ("0x1", FaultKind::Trailing),
    ("{}\u{feff}", FaultKind::Trailing),
    ("[]\u{a0}", FaultKind::Trailing),
    ("[]#", FaultKind::Trailing),
    // structure
    ("[,]", FaultKind::Syntax),
    ("[1,]", FaultKind::Syntax),
    ("[,1]", FaultKind::Syntax),
    ("[1,,2]", FaultKind::Syntax),
    ("[1 2]", FaultKind::Syntax),
    ("{,}", FaultKind::Syntax),
    (r#"{"a":1,}"#, FaultKind::Syntax),
    (r#"{"a"}"#, FaultKind::Syntax),
    (r#"{"a",1}"#, FaultKind::Syntax),
    (r#"{"a"::1}"#, FaultKind::Syntax),
    (r#"{"a":}"#, FaultKind::Syntax),
    (r#"{:1}"#, FaultKind::Syntax),
    ("{a:1}", FaultKind::Syntax),
    ("{'a':1}", FaultKind::Syntax),
    ("{1:1}", FaultKind::Syntax),
    ("{null:1}", FaultKind::Syntax),
    (r#"{"a":1 "b":2}"#, FaultKind::Syntax),
    ("[}", FaultKind::Syntax),
    ("{]", FaultKind::Syntax),
    ("[1}", FaultKind::Syntax),
    (r#"{"a":1]"#, FaultKind::Syntax),
    ("]", FaultKind::Syntax),
    ("}", FaultKind::Syntax),
    (",", FaultKind::Syntax),
    (":", FaultKind::Syntax),
    ("[1:2]", FaultKind::Syntax),
    ("[/**/]", FaultKind::Syntax),
    ("[1/**/]", FaultKind::Syntax),
    ("\u{b}[]", FaultKind::Syntax),
    ("[\u{c}]", FaultKind::Syntax),
    ("[\u{a0}1]", FaultKind::Syntax),
    ("\u{feff}\u{feff}{}", FaultKind::Syntax),
    (" \u{feff}{}", FaultKind::Syntax),
    ("<a>", FaultKind::Syntax),
    ("{\"a\":1}}", FaultKind::Trailing),
    ("\0", FaultKind::Syntax),
    ("[\0]", FaultKind::Syntax),
    // literals
    ("True", FaultKind::Syntax),
    ("TRUE", FaultKind::Syntax),
    ("nul1", FaultKind::Syntax),
    ("[nulll]", FaultKind::Syntax),
    ("NaN", FaultKind::Syntax),
    ("Infinity", FaultKind::Syntax),
    ("-Infinity", FaultKind::Syntax),
    ("undefined", FaultKind::Syntax),
    ("[truefalse]", FaultKind::Syntax),
    // numbers
    ("+1", FaultKind::Syntax),
    (".5", FaultKind::Syntax),
    ("-.5", FaultKind::Syntax),
    ("[1.]", FaultKind::Syntax),
    ("[1.e1]", FaultKind::Syntax),
    ("[1e]", FaultKind::Syntax),
    ("[1e+]", FaultKind::Syntax),
    ("[-]", FaultKind::Syntax),
    ("[--1]", FaultKind::Syntax),
    ("[- 1]", FaultKind::Syntax),
    ("[012]", FaultKind::Syntax),
    ("[-012]", FaultKind::Syntax),
    ("[0x42]", FaultKind::Syntax),
    ("[1_000]", FaultKind::Syntax),
    ("[1.2.3]", FaultKind::Syntax),
    ("[1e1.5]", FaultKind::Syntax),
    ("[1ee1]", FaultKind::Syntax),
    ("[0e]", FaultKind::Syntax),
    ("[1a]", FaultKind::Syntax),
    ("[1+2]", FaultKind::Syntax),
    ("[１]", FaultKind::Syntax),
    ("[-NaN]", FaultKind::Syntax),
    // strings
    ("[\"\n\"]", FaultKind::Syntax),
    ("[\"\t\"]", FaultKind::Syntax),
    ("[\"\0\"]", FaultKind::Syntax),
    ("[\"\u{1f}\"]", FaultKind::Syntax),
    ("[\"0123456789abcdef\u{1}\"]", FaultKind::Syntax),
    (r#"["\a"]"#, FaultKind::Syntax),
    (r#"["\'"]"#, FaultKind::Syntax),
    (r#"["\x41"]"#, FaultKind::Syntax),
    (r#"["\0"]"#, FaultKind::Syntax),
    (r#"["\U0041"]"#, FaultKind::Syntax),
    (r#"["\u00G0"]"#, FaultKind::Syntax),
    (r#"["\u-041"]"#, FaultKind::Syntax),
    (r#"["\u +41"]"#, FaultKind::Syntax),
    (r#"["\u004"]"#, FaultKind::Syntax),
    ("[\"\\😀\"]", FaultKind::Syntax),
    ("['a']", FaultKind::Syntax),
    ("[a]", FaultKind::Syntax),
    ("{\"a\u{0}\":1}", FaultKind::Syntax),
    (r#"{"\a":1}"#, FaultKind::Syntax),
    ("[\"a\u{0}b\"]", FaultKind::Syntax),
    // half characters
    (r#"["\ud800"]"#, FaultKind::Surrogate),
    (r#"["\udc00"]"#, FaultKind::Surrogate),
    (r#"["\ud800\ud800"]"#, FaultKind::Surrogate),
    (r#"["\ud800\u0041"]"#, FaultKind::Surrogate),
    (r#"["\ud800x"]"#, FaultKind::Surrogate),
    (r#"["\ud800\n"]"#, FaultKind::Surrogate),
    (r#"["\udc00\ud800"]"#, FaultKind::Surrogate),
    (r#"{"\ud800":1}"#, FaultKind::Surrogate),
    // names twice
    (r#"{"a":1,"a":1}"#, FaultKind::DuplicateName),
    (r#"{"a":1,"\u0061":2}"#, FaultKind::DuplicateName),
    (r#"{"":1,"":1}"#, FaultKind::DuplicateName),
    (r#"{"\u00e9":1,"é":2}"#, FaultKind::DuplicateName),
    (r#"[{"x":{"a":1,"b":2,"a":3}}]"#, FaultKind::DuplicateName),
    (r#"{"\uD83D\uDE00":1,"😀":2}"#, FaultKind::DuplicateName),
    (r#"{"/":1,"\/":2}"#, FaultKind::DuplicateName),
    (r#"{"__proto__":1,"__proto__":2}"#, FaultKind::DuplicateName),
];

/// Not UTF-8 (RFC 3629), or another encoding.
const NOT_UTF8: &[&[u8]] = &[
    b"[\"\xff\"]",
    b"[\"\x80\"]",
    b"[\"\xc0\xaf\"]",
    b"[\"\xe0\x80\xaf\"]",
    b"[\"\xed\xa0\x80\"]",
    b"[\"\xf4\x90\x80\x80\"]",
    b"[\"\xe9\"]",
    b"[\"\xc3\"]",
    b"[\"a\xe2\x82\"]",
    b"\xff\xfe[\0]\0",
    b"\xe9",
    b"{\"\xff\":1}",
    b"[1]\xff",
    b"\xef\xbb{}",
    b"\xef",
    b"[\"\xf0\x9f\x98",
];

#[test]
fn json_leaves_as_it_came() {
    let open = open_graph();
    for text in TAKEN {
        let (out, report) = whole(&open, Mode::Enforce, text.as_bytes()).expect(text);
        assert_eq!(String::from_utf8(out).unwrap(), *text);
        assert_eq!(report, Report::default(), "{text}");
    }
}

#[test]
fn what_is_not_json_does_not_leave() {
    let open = open_graph();
    for (text, kind) in REFUSED {
        let fault = whole(&open, Mode::Enforce, text.as_bytes()).expect_err(text);
        assert_eq!(fault.kind, *kind, "{text}");
        assert!(fault.offset <= text.len() as u64, "{text}");
    }
}

#[test]
fn what_is_not_utf8_does_not_leave() {
    let open = open_graph();
    for bytes in NOT_UTF8 {
        let fault = whole(&open, Mode::Enforce, bytes).expect_err(&format!("{bytes:?}"));
        assert_eq!(fault.kind, FaultKind::Encoding, "{bytes:?}");
    }
}

#[test]
fn cut_anywhere_a_text_is_taken_or_refused_as_if_it_were_whole() {
    let open = Arc::new(open_graph());
    let taken = TAKEN.iter().map(|text| text.as_bytes());
    let refused = REFUSED.iter().map(|(text, _)| text.as_bytes());
    for text in taken.chain(refused).chain(NOT_UTF8.iter().copied()) {
        let at_once = whole(&open, Mode::Enforce, text);
        for cuts in [&[1][..], &[2], &[3], &[1, 5], &[7, 1, 1]] {
            let (out, result) = streamed(&open, Mode::Enforce, text, cuts);
            let shown = String::from_utf8_lossy(text);
            assert_eq!(
                result.is_ok(),
                at_once.is_ok(),
                "{shown} by {cuts:?}: {result:?}"
            );
            if let Ok((expected, _)) = &at_once {
                assert_eq!(&out, expected, "{shown} by {cuts:?}");
            }
        }
    }
}

/// What is removed is read as strictly as what leaves: whether a body is JSON does not depend on who asks.
#[test]
fn a_fault_in_what_is_removed_is_a_fault() {
    let closed = graph(r#"[{"object": {"properties": [["a", 1]]}}, {}]"#);
    for (text, _) in REFUSED
        .iter()
        .filter(|(_, kind)| *kind != FaultKind::DuplicateName)
    {
        for name in ["a", "unknown"] {
            let body = format!(r#"{{"{name}":{text}}}"#);
            let fault = whole(&closed, Mode::Enforce, body.as_bytes()).expect_err(&body);
            assert!(
                !matches!(fault.kind, FaultKind::Root | FaultKind::DuplicateName),
                "{body}"
            );
        }
    }
}

#[test]
fn a_byte_order_mark_before_the_text_is_dropped() {
    // RFC 8259 §8.1: a parser may ignore it, nobody may send it.
    assert_eq!(
        shown(r#"[{"any": true}]"#, "\u{feff}{\"a\":1}").unwrap(),
        r#"{"a":1}"#
    );
    let open = Arc::new(open_graph());
    let (out, result) = streamed(&open, Mode::Enforce, "\u{feff}[1]".as_bytes(), &[1]);
    assert!(result.is_ok());
    assert_eq!(out, b"[1]");
}

#[test]
fn nesting_has_an_end() {
    let nested = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
    let objects = |depth: usize| r#"{"a":"#.repeat(depth) + "1" + &"}".repeat(depth);
    let open = r#"[{"any": true}]"#;
    assert_eq!(shown(open, &nested(MAX_DEPTH)).unwrap(), nested(MAX_DEPTH));
    for deep in [
        nested(MAX_DEPTH + 1),
        objects(MAX_DEPTH + 1),
        nested(100_000),
        objects(100_000),
    ] {
        assert_eq!(shown(open, &deep), Err(FaultKind::TooDeep));
    }
    assert_eq!(shown(open, &"[".repeat(100_000)), Err(FaultKind::TooDeep));
    let removed = format!(r#"{{"x":{}}}"#, nested(MAX_DEPTH));
    assert_eq!(
        shown(r#"[{"object": {}}]"#, &removed),
        Err(FaultKind::TooDeep)
    );
}

#[test]
fn numbers_pass_as_they_are_written_up_to_their_bound() {
    let open = r#"[{"any": true}]"#;
    let longest = "9".repeat(MAX_NUMBER_BYTES);
    assert_eq!(shown(open, &longest).unwrap(), longest);
    assert_eq!(
        shown(open, &format!("[{longest}0]")),
        Err(FaultKind::NumberTooLong)
    );
    assert_eq!(
        shown(open, &format!("[1e{longest}]")),
        Err(FaultKind::NumberTooLong)
    );
}

#[test]
fn between_two_values_there_is_a_bound() {
    let open = Arc::new(open_graph());
    let blank = |count: usize| " ".repeat(count);
    let texts = [
        format!("[1,{}2]", blank(MAX_HEAD_BYTES + 1)),
        format!("[{}]", blank(MAX_HEAD_BYTES + 1)),
        format!(r#"{{"{}":1}}"#, "n".repeat(MAX_HEAD_BYTES)),
        format!(r#"{{"a"{}:1}}"#, blank(MAX_HEAD_BYTES)),
    ];
    for text in texts {
        let fault = whole(&open, Mode::Enforce, text.as_bytes()).unwrap_err();
        assert_eq!(fault.kind, FaultKind::HeadTooLong);
        let (_, result) = streamed(&open, Mode::Enforce, text.as_bytes(), &[1_000]);
        assert_eq!(result.unwrap_err().kind, FaultKind::HeadTooLong);
    }
    let around = format!(
        "{}1{}",
        blank(3 * MAX_HEAD_BYTES),
        blank(3 * MAX_HEAD_BYTES)
    );
    assert_eq!(shown(r#"[{"any": true}]"#, &around).unwrap(), around);
    let endless = blank(10 * MAX_HEAD_BYTES).into_bytes();
    let mut stream = Stream::new(open, 0, Framing::Json, &options(Mode::Enforce));
    stream.push(b"[1,", &mut Vec::new()).unwrap();
    assert!(stream.push(&endless, &mut Vec::new()).is_err());
}
