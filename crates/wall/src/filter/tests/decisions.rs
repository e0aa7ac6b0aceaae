//! What a graph says, decision by decision.

use super::super::bounds::{MAX_JUDGED_BYTES, MAX_LOOKAHEAD_BYTES, MAX_WHOLE_BYTES};
use super::super::{MaskingKey, Reason, Whole};
use super::*;

const ORDER: &str = r#"[
    {"object": {"properties": [["id", 1], ["note", 2], ["cost", 3], ["customer", 4], ["lines", 5]]}},
    {"number": {}}, {"string": {}, "null": true}, {},
    {"object": {"properties": [["name", 2], ["vat", 3]]}},
    {"array": {"items": 4}}
]"#;

#[test]
fn only_declared_members_leave_with_their_commas_put_right() {
    let cases = [
        (r#"{"id":1,"note":"x"}"#, r#"{"id":1,"note":"x"}"#),
        (r#"{"cost":9,"id":1}"#, r#"{"id":1}"#),
        (r#"{"id":1,"cost":9}"#, r#"{"id":1}"#),
        (r#"{"cost":9,"x":[{}],"y":"z"}"#, "{}"),
        (
            r#"{"x":1,"id":1,"y":2,"note":null,"z":3}"#,
            r#"{"id":1,"note":null}"#,
        ),
        (
            r#"{ "x" : 1 , "id" : 1 , "y" : { "id" : 7 } , "note" : null }"#,
            r#"{ "id" : 1 , "note" : null }"#,
        ),
        (
            r#"{"customer":{"vat":1,"name":"n","x":0},"x":1}"#,
            r#"{"customer":{"name":"n"}}"#,
        ),
        (
            r#"{"lines":[{"name":"a","vat":1},{"vat":2},{"name":"b"}]}"#,
            r#"{"lines":[{"name":"a"},{},{"name":"b"}]}"#,
        ),
        ("{}", "{}"),
    ];
    for (body, expected) in cases {
        assert_eq!(shown(ORDER, body).unwrap(), expected, "{body}");
    }
}

#[test]
fn a_value_of_another_type_than_declared_does_not_leave() {
    let body = r#"{"id":"1","note":{"deep":1},"customer":[{"name":"n"}],"lines":{"name":"n"}}"#;
    assert_eq!(shown(ORDER, body).unwrap(), "{}");
    assert_eq!(
        shown(
            ORDER,
            r#"{"lines":[1,{"name":"n"},"x",[],{"name":"m"},null]}"#
        )
        .unwrap(),
        r#"{"lines":[{"name":"n"},{"name":"m"}]}"#
    );
}

#[test]
fn a_body_of_another_type_than_declared_is_a_fault() {
    for body in ["1", "null", "[]", r#""x""#, "true"] {
        assert_eq!(shown(ORDER, body), Err(FaultKind::Root), "{body}");
    }
    assert_eq!(shown("[{}]", "{}"), Err(FaultKind::Root));
}

#[test]
fn a_name_is_its_characters_however_it_is_written() {
    assert_eq!(
        shown(ORDER, r#"{"\u0069d":1,"\u0063ost":2}"#).unwrap(),
        r#"{"\u0069d":1}"#
    );
    assert_eq!(
        shown(ORDER, r#"{"id":1,"i\u0064":2}"#),
        Err(FaultKind::DuplicateName)
    );
    assert_eq!(
        shown(ORDER, r#"{"cost":1,"\u0063ost":2}"#),
        Err(FaultKind::DuplicateName)
    );
    for other in [
        r#"{"id\u0000":1}"#,
        r#"{"ID":1}"#,
        r#"{"id ":1}"#,
        r#"{"":1}"#,
        r#"{"__proto__":{"id":1}}"#,
    ] {
        assert_eq!(shown(ORDER, other).unwrap(), "{}", "{other}");
    }
    let special =
        r#"[{"object": {"properties": [["a\"b\\c", 1], ["tab\t", 1], ["é", 1]]}}, {"any": true}]"#;
    let body = r#"{"a\"b\\c":1,"tab\u0009":2,"\u00e9":3}"#;
    assert_eq!(shown(special, body).unwrap(), body);
    assert_eq!(
        shown(special, r#"{"é":1,"\u00e9":3}"#),
        Err(FaultKind::DuplicateName)
    );
}

#[test]
fn a_name_twice_is_a_fault_wherever_it_could_leave() {
    let mapped = r#"[{"object": {"properties": [["a", 1]], "additional": 1}}, {"any": true}]"#;
    for body in [
        r#"{"b":1,"b":2}"#,
        r#"{"b":1,"\u0062":2}"#,
        r#"{"a":{"c":1,"c":2}}"#,
        r#"{"a":1,"b":1,"a":2}"#,
    ] {
        assert_eq!(shown(mapped, body), Err(FaultKind::DuplicateName), "{body}");
    }
    let many: Vec<_> = (0..100).map(|name| format!(r#""n{name}":1"#)).collect();
    let body = format!(r#"{{{},"n42":2}}"#, many.join(","));
    assert_eq!(shown(mapped, &body), Err(FaultKind::DuplicateName));
    assert_eq!(
        shown(r#"[{"object": {}}]"#, r#"{"b":1,"b":{"c":1,"c":2}}"#).unwrap(),
        "{}"
    );
}

#[test]
fn of_many_properties_each_is_met_once() {
    let names: Vec<_> = (0..200).map(|name| format!(r#"["p{name}", 1]"#)).collect();
    let nodes = format!(
        r#"[{{"object": {{"properties": [{}]}}}}, {{"number": {{}}, "object": {{"properties": [["p150", 1]]}}}}]"#,
        names.join(",")
    );
    let members: Vec<_> = (0..200)
        .rev()
        .map(|name| format!(r#""p{name}":{name}"#))
        .collect();
    let body = format!("{{{}}}", members.join(","));
    assert_eq!(shown(&nodes, &body).unwrap(), body);
    let twice = format!(r#"{{{},"p150":1}}"#, members.join(","));
    assert_eq!(shown(&nodes, &twice), Err(FaultKind::DuplicateName));
    let inner = r#"{"p150":{"p150":1},"p151":1}"#;
    assert_eq!(shown(&nodes, inner).unwrap(), inner);
}

#[test]
fn values_that_are_hidden_or_not_listed_do_not_leave() {
    let nodes = r#"[
        {"object": {"properties": [["state", 1], ["n", 2], ["b", 3]]}},
        {"string": {"values": ["open", "é"], "hidden": ["fraud"]}},
        {"number": {"hidden": ["1", "0.5"]}}, {"boolean": {"values": ["true"]}}
    ]"#;
    let kept = |body: &str| shown(nodes, body).unwrap() == body;
    for body in [
        r#"{"state":"open"}"#,
        r#"{"state":"\u006fpen"}"#,
        r#"{"state":"\u00e9"}"#,
        r#"{"n":10}"#,
        r#"{"b":true}"#,
    ] {
        assert!(kept(body), "{body}");
    }
    for body in [
        r#"{"state":"fraud"}"#,
        r#"{"state":"\u0066raud"}"#,
        r#"{"state":"other"}"#,
        r#"{"n":1}"#,
        r#"{"n":1.0}"#,
        r#"{"n":10e-1}"#,
        r#"{"n":5e-1}"#,
        r#"{"b":false}"#,
    ] {
        assert_eq!(shown(nodes, body).unwrap(), "{}", "{body}");
    }
}

#[test]
fn a_string_that_must_be_known_is_removed_when_it_is_too_long_for_that() {
    let nodes = r#"[{"object": {"properties": [["s", 1], ["t", 2]]}}, {"string": {"hidden": ["x"]}}, {"string": {}}]"#;
    let sized = |name: &str, length: usize| format!(r#"{{"{name}":"{}"}}"#, "a".repeat(length));
    let fits = sized("s", MAX_JUDGED_BYTES - 2);
    assert_eq!(shown(nodes, &fits).unwrap(), fits);
    assert_eq!(
        shown(nodes, &sized("s", MAX_JUDGED_BYTES - 1)).unwrap(),
        "{}"
    );
    let long = sized("t", 10 * MAX_JUDGED_BYTES);
    assert_eq!(shown(nodes, &long).unwrap(), long);
    let graph = Arc::new(graph(nodes));
    for length in [
        MAX_JUDGED_BYTES - 2,
        MAX_JUDGED_BYTES - 1,
        3 * MAX_JUDGED_BYTES,
    ] {
        let body = sized("s", length);
        let (expected, _) = whole(&graph, Mode::Enforce, body.as_bytes()).unwrap();
        for cuts in [[1_000], [16_384]] {
            assert_eq!(
                streamed(&graph, Mode::Enforce, body.as_bytes(), &cuts).0,
                expected
            );
        }
    }
}

#[test]
fn what_is_masked_leaves_as_its_mask() {
    let nodes = r#"[
        {"object": {"properties": [["card", 1], ["mail", 2], ["pin", 3]]}},
        {"string": {"mask": "last4"}}, {"string": {"mask": "hash"}, "null": true}, {"string": {"mask": "drop"}}
    ]"#;
    let body = r#"{"card":"4111\u0031111111112345","mail":"a@b.c","pin":"0000"}"#;
    assert_eq!(shown(nodes, body).unwrap(), r#"{"card":"****2345"}"#);
    let options = Options {
        masking_key: Some(MaskingKey::new(b"key")),
        ..Options::default()
    };
    let mut out = Vec::new();
    project(&graph(nodes), 0, &options, body.as_bytes(), &mut out).unwrap();
    let out = String::from_utf8(out).unwrap();
    let mail = out.strip_prefix(r#"{"card":"****2345","mail":""#).unwrap();
    assert!(
        mail.strip_suffix(r#""}"#)
            .is_some_and(|hash| hash.len() == 32),
        "{out}"
    );
    assert_eq!(
        shown(nodes, r#"{"card":4111111111111111,"mail":null}"#).unwrap(),
        r#"{"mail":null}"#
    );
}

#[test]
fn open_names_follow_patterns_and_additional() {
    let nodes = r#"[
        {"object": {"properties": [["x-id", 1]], "patterns": [["^x-", 2], ["^.-secret", 3], ["-b$", 2]], "additional": 1}},
        {"number": {}}, {"string": {}}, {}
    ]"#;
    let body = r#"{"x-id":1,"x-a":"s","x-b":"s","x-c":1,"x-secret":"s","y-secret":"s","other":5,"more":"s","x\u002da2":"t"}"#;
    assert_eq!(
        shown(nodes, body).unwrap(),
        r#"{"x-id":1,"x-a":"s","x-b":"s","other":5,"x\u002da2":"t"}"#
    );
}

#[test]
fn a_tuple_ends_before_the_first_item_that_does_not_leave() {
    let nodes = r#"[{"array": {"prefix": [1, 2, 1], "items": 1}}, {"number": {}}, {"string": {}}]"#;
    for (body, expected) in [
        (r#"[1,"a",2,3,4]"#, r#"[1,"a",2,3,4]"#),
        (r#"[1,2,3,4]"#, "[1]"),
        (r#"["x",2]"#, "[]"),
        (r#"[1,"a",2,"x",4]"#, r#"[1,"a",2,4]"#),
        (r#"[1,"a","x",{"y":[1]},4]"#, r#"[1,"a"]"#),
    ] {
        assert_eq!(shown(nodes, body).unwrap(), expected, "{body}");
    }
    let fixed = r#"[{"array": {"prefix": [1]}}, {"number": {}}]"#;
    assert_eq!(shown(fixed, "[1,2,3]").unwrap(), "[1]");
}

const PET: &str = r#"[
    {"union": {"property": "kind", "mapping": [["cat", 1], ["dog", 2]]}, "null": true},
    {"object": {"properties": [["kind", 3], ["lives", 3]]}}, {"object": {"properties": [["kind", 3], ["owner", 0]]}},
    {"string": {}, "number": {}}
]"#;

#[test]
fn a_discriminator_decides_wherever_it_stands() {
    for (body, expected) in [
        (
            r#"{"kind":"cat","lives":7,"owner":{}}"#,
            r#"{"kind":"cat","lives":7}"#,
        ),
        (
            r#"{"lives":7,"x":{"kind":"dog"},"kind":"cat"}"#,
            r#"{"lives":7,"kind":"cat"}"#,
        ),
        (
            r#"{"owner":{"lives":9,"kind":"\u0063at"},"k\u0069nd":"dog"}"#,
            r#"{"owner":{"lives":9,"kind":"\u0063at"},"k\u0069nd":"dog"}"#,
        ),
        (
            r#"{ "owner" : { "owner" : 1 } , "kind" : "dog" }"#,
            r#"{ "kind" : "dog" }"#,
        ),
        ("null", "null"),
    ] {
        assert_eq!(shown(PET, body).unwrap(), expected, "{body}");
    }
    for undecided in [
        r#"{"lives":7}"#,
        r#"{"kind":"cow"}"#,
        r#"{"kind":7}"#,
        "{}",
        r#"{"x":{"kind":"cat"}}"#,
    ] {
        assert_eq!(shown(PET, undecided), Err(FaultKind::Root), "{undecided}");
    }
    assert_eq!(
        shown(PET, r#"{"kind":"cat","kind":"dog"}"#),
        Err(FaultKind::DuplicateName)
    );
}

#[test]
fn a_discriminator_is_awaited_within_its_bound() {
    let graph = Arc::new(graph(PET));
    let pet = |size: usize| {
        format!(
            r#"{{"owner":{{"kind":"dog","x":"{}"}},"kind":"dog"}}"#,
            "x".repeat(size)
        )
    };
    let overhead = pet(0).len() - 1;
    for (size, leaves) in [
        (MAX_LOOKAHEAD_BYTES - overhead, true),
        (MAX_LOOKAHEAD_BYTES - overhead + 1, false),
    ] {
        let body = pet(size);
        assert_eq!(
            whole(&graph, Mode::Enforce, body.as_bytes()).is_ok(),
            leaves
        );
        for cuts in [[100], [5_000]] {
            assert_eq!(
                streamed(&graph, Mode::Enforce, body.as_bytes(), &cuts)
                    .1
                    .is_ok(),
                leaves
            );
        }
    }
}

#[test]
fn unions_that_lead_to_each_other_are_closed() {
    let nodes = r#"[{"union": {"property": "k", "mapping": [], "otherwise": 1}}, {"union": {"property": "k", "mapping": [], "otherwise": 0}}]"#;
    assert_eq!(shown(nodes, r#"{"k":"x"}"#), Err(FaultKind::Root));
}

#[test]
fn a_recursive_contract_is_followed() {
    let nodes = r#"[{"object": {"properties": [["name", 1], ["children", 2]]}}, {"string": {}}, {"array": {"items": 0}}]"#;
    let body =
        r#"{"name":"a","secret":1,"children":[{"name":"b","secret":2,"children":[{"secret":3}]}]}"#;
    assert_eq!(
        shown(nodes, body).unwrap(),
        r#"{"name":"a","children":[{"name":"b","children":[{}]}]}"#
    );
}

#[test]
fn a_body_larger_than_the_bound_is_not_taken_whole() {
    let open = Arc::new(open_graph());
    let body = format!("\"{}\"", "a".repeat(MAX_WHOLE_BYTES));
    assert_eq!(
        whole(&open, Mode::Enforce, body.as_bytes())
            .unwrap_err()
            .kind,
        FaultKind::TooLarge
    );
    let mut pieces = Whole::new(open.clone(), 0, &options(Mode::Enforce));
    assert!(pieces.push(&body.as_bytes()[..1_000]).is_ok());
    assert_eq!(
        pieces.push(&body.as_bytes()[1_000..]).unwrap_err().kind,
        FaultKind::TooLarge
    );
    assert_eq!(pieces.finish().unwrap_err().kind, FaultKind::TooLarge);
    let (out, result) = streamed(&open, Mode::Enforce, body.as_bytes(), &[1 << 14]);
    assert!(result.is_ok());
    assert_eq!(out, body.as_bytes());
}

#[test]
fn after_a_fault_nothing_leaves_any_more() {
    let mut stream = Stream::new(
        Arc::new(open_graph()),
        0,
        Framing::Json,
        &options(Mode::Enforce),
    );
    let mut out = Vec::new();
    let fault = stream.push(b"[1,2,x", &mut out).unwrap_err();
    let so_far = out.len();
    assert_eq!(stream.push(b"3]", &mut out), Err(fault));
    assert_eq!(stream.finish(&mut out).unwrap_err(), fault);
    assert_eq!(out.len(), so_far);
}

#[test]
fn a_graph_that_cannot_be_interpreted_is_refused() {
    for (nodes, node, why) in [
        (r#"[{"array": {"items": 1}}]"#, 0, "there is no node 1"),
        (r#"[{}, {"any": true, "null": true}]"#, 1, "alone"),
        (
            r#"[{"object": {}, "union": {"property": "k", "mapping": []}}]"#,
            0,
            "exclude",
        ),
        (
            r#"[{"object": {"properties": [["a", 0], ["a", 0]]}}]"#,
            0,
            "twice",
        ),
        (
            r#"[{"union": {"property": "k", "mapping": [["a", 0], ["a", 0]]}}]"#,
            0,
            "twice",
        ),
        (
            r#"[{"object": {"patterns": [["(?=x)", 0]]}}]"#,
            0,
            "pattern",
        ),
        (
            r#"[{"object": {"patterns": [["(a{1000}){1000}", 0]]}}]"#,
            0,
            "pattern",
        ),
        (r#"[{"number": {"mask": "last4"}}]"#, 0, "masked"),
        (r#"[{"number": {"values": ["x"]}}]"#, 0, "not a number"),
        (r#"[{"boolean": {"values": ["x"]}}]"#, 0, "not a boolean"),
    ] {
        let nodes: Vec<FilterNode> = serde_json::from_str(nodes).unwrap();
        let error = Graph::compile(&nodes).unwrap_err();
        assert!(
            error.node == node && error.message.contains(why),
            "{error:?}"
        );
    }
    assert!(serde_json::from_str::<FilterNode>(r#"{"objekt": {}}"#).is_err());
    assert!(serde_json::from_str::<FilterNode>(r#"{"object": {"closed": true}}"#).is_err());
}

#[test]
fn what_is_removed_is_counted_where_it_was() {
    let graph = graph(ORDER);
    let body = r#"{"id":"x","cost":1,"x~/":1,"lines":[{"vat":1,"name":2},{"vat":2,"x":1},7],"customer":{"vat":3}}"#;
    let (_, report) = whole(&graph, Mode::Enforce, body.as_bytes()).unwrap();
    let found: Vec<_> = report
        .removed
        .iter()
        .map(|place| (place.pointer.as_str(), place.reason, place.count))
        .collect();
    assert_eq!(
        found,
        [
            ("/cost", Reason::Narrower, 1),
            ("/customer/vat", Reason::Narrower, 1),
            ("/id", Reason::Type, 1),
            ("/lines/*", Reason::Type, 1),
            ("/lines/*/name", Reason::Type, 1),
            ("/lines/*/vat", Reason::Narrower, 2),
            ("/lines/*/x", Reason::Undeclared, 1),
            ("/x~0~1", Reason::Undeclared, 1),
        ]
    );
    assert_eq!(report.unlisted, 0);
}

#[test]
fn a_report_has_a_bound() {
    let graph = graph(r#"[{"object": {}}]"#);
    let members: Vec<_> = (0..1_000)
        .map(|name| format!(r#""{name}{}":1"#, "é".repeat(100)))
        .collect();
    let body = format!("{{{}}}", members.join(","));
    let (_, report) = whole(&graph, Mode::Enforce, body.as_bytes()).unwrap();
    assert_eq!(report.removed.len() as u64 + report.unlisted, 1_000);
    assert!(report.removed.iter().all(|place| place.pointer.len() <= 65));
}

#[test]
fn what_was_removed_from_one_object_is_not_removed_from_the_next_for_its_name_alone() {
    let nodes = r#"[
        {"array": {"items": 1}},
        {"union": {"property": "kind", "mapping": [["a", 2], ["b", 3]]}},
        {"object": {"properties": [["kind", 4], ["z", 4]]}},
        {"object": {"properties": [["kind", 4], ["x", 4], ["a\nb", 4], ["NAME", 4]]}},
        {"string": {}}
    ]"#
    .replace("NAME", &"n".repeat(64));
    let long = "n".repeat(64);
    let removed = [
        r#""x":"1""#.to_owned(),
        r#""a\\nb":"1""#.to_owned(),
        format!(r#""{long}n":"1""#),
    ];
    let kept = [
        r#""x":"1""#.to_owned(),
        r#""a\nb":"1""#.to_owned(),
        format!(r#""{long}":"1""#),
    ];
    for (removed, kept) in removed.iter().zip(&kept) {
        let a = format!(r#"{{"kind":"a",{removed}}}"#);
        let b = format!(r#"{{"kind":"b",{kept}}}"#);
        let body = format!("[{a},{a},{b},{a},{b}]");
        let expected = format!(r#"[{{"kind":"a"}},{{"kind":"a"}},{b},{{"kind":"a"}},{b}]"#);
        assert_eq!(shown(&nodes, &body), Ok(expected));
    }
}

#[test]
fn what_is_removed_as_a_whole_is_judged_by_the_grammar_wherever_it_is_wrong() {
    let nodes = r#"[{"object": {"properties": [["gone", 1], ["id", 2]]}}, {}, {"number": {}}]"#;
    let body = |gone: &str| format!(r#"{{"gone":{gone},"id":1}}"#);
    for gone in [
        r#"{"a":[1,{"b":"\u0041"},[],{}],"a":-0.5e3}"#,
        " [ [ ] , { } , \"\\\"\" ] ",
    ] {
        assert_eq!(shown(nodes, &body(gone)), Ok(r#"{"id":1}"#.to_owned()));
    }
    for wrong in [
        "[1 2]",
        "[1,]",
        "[,1]",
        "{,}",
        "[}",
        "[[1}]",
        r#"{"a"}"#,
        r#"{"a":}"#,
        r#"{1:2}"#,
        "[01]",
        "[\"\u{1}\"]",
        "[tru]",
        r#"{"a":[{"b":1]}}"#,
    ] {
        assert_eq!(
            shown(nodes, &body(wrong)),
            Err(FaultKind::Syntax),
            "{wrong}"
        );
    }
    let lone = body(r#"["\ud800"]"#);
    assert_eq!(shown(nodes, &lone), Err(FaultKind::Surrogate));
    for (depth, is_taken) in [(126, true), (127, false)] {
        let deep = body(&("[".repeat(depth) + &"]".repeat(depth)));
        assert_eq!(shown(nodes, &deep).is_ok(), is_taken, "{depth}");
    }
}
