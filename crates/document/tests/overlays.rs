//! Overlays change the document they are applied to, and nothing else; JSONPath selects as RFC 9535 says.

mod common;

use common::{contract, json, problems, reached, read};
use document::Contract;
use document::jsonpath::{Budget, parse, select};

const API: &str = "openapi: 3.1.0\ninfo: {title: Shop}\npaths:\n  /a:\n    get: {operationId: getA, tags: [pets]}\n    put: {operationId: putA}\n  /b:\n    get: {operationId: getB, tags: [shops]}\n";

fn overlaid(actions: &str) -> Contract {
    contract(
        API,
        &[&format!(
            "overlay: 1.0.0\ninfo: {{title: O, version: 1.0.0}}\nactions:\n{actions}"
        )],
        vec![],
    )
}

/// Operation ids that carry a label or whose path item does.
fn labelled(contract: &Contract) -> Vec<&str> {
    let operations = contract.facts.operations.iter();
    let labelled = operations
        .filter(|operation| operation.label.is_some() || !operation.path_item_labels.is_empty());
    labelled
        .filter_map(|operation| operation.id.as_deref())
        .collect()
}

#[test]
fn one_line_labels_what_a_target_selects() {
    let cases: [(&str, &[&str]); 7] = [
        ("$.paths.*", &["getA", "putA", "getB"]),
        ("$.paths[*]", &["getA", "putA", "getB"]),
        ("$.paths.*.*", &["getA", "putA", "getB"]),
        ("$.paths[?@.get.tags[?@=='pets']]", &["getA", "putA"]),
        ("$.paths.*[?@.operationId=='getB']", &["getB"]),
        ("$.paths['/a']['put']", &["putA"]),
        ("$..[?search(@.operationId, '^get')]", &["getA", "getB"]),
    ];
    for (target, expected) in cases {
        let contract = overlaid(&format!(
            "  - {{target: \"{target}\", update: {{x-audience: partner}}}}\n"
        ));
        assert_eq!(labelled(&contract), expected, "{target}");
        assert_eq!(problems(&contract), [""; 0], "{target}");
    }
}

#[test]
fn what_an_overlay_adds_is_placed_in_the_overlay() {
    let contract =
        overlaid("  - target: $.paths['/a'].get\n    update:\n      x-audience: public\n");
    let place = contract.arena.sources.place(contract.labels[0].at);
    assert_eq!(
        (place.file, place.line, place.column),
        ("overlay0.yaml", 6, 19)
    );
    let operation = contract
        .arena
        .sources
        .place(contract.facts.operations[0].at);
    assert_eq!((operation.file, operation.line), ("api.yaml", 5));
}

#[test]
fn objects_merge_lists_grow_and_the_rest_is_replaced() {
    let contract = overlaid(concat!(
        "  - {target: $, update: {info: {title: New, version: '2'}, tags: [{name: pets}]}}\n",
        "  - {target: \"$.paths['/a'].get.tags\", update: more}\n",
        "  - {target: \"$.paths['/a'].get\", update: {tags: [last]}}\n",
        "  - {target: \"$.paths['/b']\", remove: true}\n",
    ));
    assert_eq!(
        json(&contract.arena, contract.root),
        concat!(
            r#"{"openapi":"3.1.0","info":{"title":"New","version":"2"},"paths":{"/a":{"get":{"operationId":"getA","#,
            r#""tags":["pets","more","last"]},"put":{"operationId":"putA"}}},"tags":[{"name":"pets"}]}"#
        )
    );
}

#[test]
fn changing_one_use_of_something_shared_leaves_the_others_alone() {
    let shared = "openapi: 3.1.0\npaths:\n  /a: &item {get: {operationId: a, x-f: {deep: 1}}}\n  /b: *item\n";
    let overlay =
        "overlay: 1.0.0\nactions:\n  - {target: \"$.paths['/b'].get.x-f\", update: {deep: 2}}\n";
    let contract = contract(shared, &[&overlay.replace(".x-f", "['x-f']")], vec![]);
    let paths = contract.arena.get(contract.root, "paths").expect("paths");
    let item = |deep| format!(r#"{{"get":{{"operationId":"a","x-f":{{"deep":{deep}}}}}}}"#);
    assert_eq!(
        json(&contract.arena, paths),
        format!(r#"{{"/a":{},"/b":{}}}"#, item(1), item(2))
    );
}

#[test]
fn one_update_used_in_many_places_can_be_changed_in_one() {
    let contract = overlaid(concat!(
        "  - {target: $.paths.*.get, update: {parameters: [{name: q, in: query, schema: {}}]}}\n",
        "  - {target: \"$.paths['/a'].get.parameters[0].schema\", update: {x-audience: internal}}\n",
    ));
    assert_eq!(reached(&contract, "/a", "get").len(), 1);
    assert_eq!(reached(&contract, "/b", "get").len(), 0);
}

#[test]
fn removing_several_items_removes_those_and_no_others() {
    let api = format!("{API}x-list: [0, 1, 2, 3, [4, 5, 6]]\n");
    let overlay = "overlay: 1.0.0\nactions:\n  - {target: \"$['x-list'][0,2,4]\", remove: true}\n  - {target: \"$..get\", remove: true}\n";
    let contract = contract(&api, &[overlay], vec![]);
    let list = contract
        .arena
        .get(contract.root, "x-list")
        .expect("the list");
    assert_eq!(json(&contract.arena, list), "[1,3]");
    assert_eq!(contract.facts.operations.len(), 1);
}

#[test]
fn mistakes_in_overlays_are_placed_and_the_other_actions_still_count() {
    let cases = [
        (
            "{target: \"$.nothing\", update: {}}",
            "overlay-target-nothing overlay0.yaml:4:14",
        ),
        (
            "{target: \"$.paths[\", update: {}}",
            "overlay-target overlay0.yaml:4:14",
        ),
        ("{target: 7, update: {}}", "overlay-shape overlay0.yaml:4:5"),
        (
            "{target: \"$.openapi\", update: {}}",
            "overlay-target-kind overlay0.yaml:4:14",
        ),
        (
            "{target: \"$\", remove: true}",
            "overlay-target-kind overlay0.yaml:4:14",
        ),
        (
            "{target: \"$.paths\"}",
            "overlay-nothing-to-do overlay0.yaml:4:14",
        ),
        (
            "{target: \"$.paths\", update: {}, udpate: {}}",
            "overlay-shape overlay0.yaml:4:37",
        ),
        (
            "{target: \"$.paths\", remove: 'yes'}",
            "overlay-shape overlay0.yaml:4:33",
        ),
    ];
    for (action, problem) in cases {
        let good = "  - {target: \"$.paths['/b']\", update: {x-audience: public}}\n";
        let contract = overlaid(&format!("  - {action}\n{good}"));
        assert_eq!(problems(&contract), [problem], "{action}");
        assert_eq!(labelled(&contract), ["getB"], "{action}");
    }
}

#[test]
fn a_file_that_is_no_overlay_says_so() {
    let with = |overlay: &str| problems(&contract(API, &[overlay], vec![]));
    assert_eq!(with("actions: []"), ["overlay-version overlay0.yaml:1:1"]);
    assert_eq!(
        with("overlay: 2.0.0\nactions: []"),
        ["overlay-version overlay0.yaml:1:10"]
    );
    assert_eq!(
        with("overlay: 1.0.0\nactions: {}"),
        ["overlay-shape overlay0.yaml:1:1"]
    );
    assert_eq!(with("overlay: ["), ["document-syntax overlay0.yaml:1:11"]);
}

#[test]
fn a_target_that_needs_too_much_work_is_refused() {
    let list = "1,".repeat(10_000);
    let api = format!("{API}x-list: [{list}1]\n");
    let overlay =
        "overlay: 1.0.0\nactions: [{target: \"$['x-list'][?count($..*) > 1]\", remove: true}]\n";
    let contract = contract(&api, &[overlay], vec![]);
    assert_eq!(
        problems(&contract),
        ["overlay-too-much-work overlay0.yaml:2:20"]
    );
}

fn selected(document: &str, query: &str) -> String {
    let (arena, root) = read("d.json", document.as_bytes()).expect("JSON");
    let query = parse(query).unwrap_or_else(|error| panic!("{query}: {error:?}"));
    let (found, _) =
        select(&arena, root, &query, &mut Budget(1_000_000)).expect("within the budget");
    found
        .iter()
        .map(|found| json(&arena, found.node))
        .collect::<Vec<_>>()
        .join(" ")
}

/// Examples of RFC 9535 §2.3 and §2.4.
#[test]
fn queries_select_what_the_rfc_says() {
    let letters = r#"["a","b","c","d","e","f","g"]"#;
    let nested = r#"{"o":{"j":1,"k":2},"a":[5,3,[{"j":4},{"k":6}]]}"#;
    let filters = r#"{"a":[3,5,1,2,4,6,{"b":"j"},{"b":"k"},{"b":{}},{"b":"kilo"}],"o":{"p":1,"q":2,"r":3,"s":5,"t":{"u":6}},"e":"f"}"#;
    let cases = [
        (letters, "$[1:3]", r#""b" "c""#),
        (letters, "$[5:]", r#""f" "g""#),
        (letters, "$[1:5:2]", r#""b" "d""#),
        (letters, "$[5:1:-2]", r#""f" "d""#),
        (letters, "$[::-1]", r#""g" "f" "e" "d" "c" "b" "a""#),
        (letters, "$[-2]", r#""f""#),
        (letters, "$[0, 3]", r#""a" "d""#),
        (letters, "$[0:2, 5]", r#""a" "b" "f""#),
        (letters, "$[0, 0]", r#""a" "a""#),
        (letters, "$[9]", ""),
        (letters, "$[::0]", ""),
        (nested, "$..j", "1 4"),
        (nested, "$..[0]", r#"5 {"j":4}"#),
        (nested, "$.o..*", "1 2"),
        (nested, "$.o..[*, *]", "1 2 1 2"),
        (nested, "$.a..[0, 1]", r#"5 3 {"j":4} {"k":6}"#),
        (nested, "$['o']['k']", "2"),
        (filters, "$.a[?@.b == 'kilo']", r#"{"b":"kilo"}"#),
        (filters, "$.a[?(@.b == 'kilo')]", r#"{"b":"kilo"}"#),
        (filters, "$.a[?@>3.5]", "5 4 6"),
        (
            filters,
            "$.a[?@.b]",
            r#"{"b":"j"} {"b":"k"} {"b":{}} {"b":"kilo"}"#,
        ),
        (filters, "$.o[?@<3, ?@<3]", "1 2 1 2"),
        (filters, "$.a[?@<2 || @.b == \"k\"]", r#"1 {"b":"k"}"#),
        (
            filters,
            "$.a[?match(@.b, \"[jk]\")]",
            r#"{"b":"j"} {"b":"k"}"#,
        ),
        (
            filters,
            "$.a[?search(@.b, \"[jk]\")]",
            r#"{"b":"j"} {"b":"k"} {"b":"kilo"}"#,
        ),
        (filters, "$.o[?@>1 && @<4]", "2 3"),
        (filters, "$.o[?@.u || @.x]", r#"{"u":6}"#),
        (filters, "$.a[?@.b == $.x]", "3 5 1 2 4 6"),
        (filters, "$.a[?@ == @][0]", ""),
        (filters, "$.o[?!@.u && @ != 5]", "1 2 3"),
        (filters, "$.a[?length(@.b) == 4]", r#"{"b":"kilo"}"#),
        (
            filters,
            "$[?count(@.*) == 10].*",
            r#"3 5 1 2 4 6 {"b":"j"} {"b":"k"} {"b":{}} {"b":"kilo"}"#,
        ),
        (filters, "$[?value(@..u) == 6].p", "1"),
    ];
    for (document, query, expected) in cases {
        assert_eq!(selected(document, query), expected, "{query}");
    }
}

#[test]
fn what_is_no_query_is_refused() {
    let cases = [
        "",
        "paths",
        "$.",
        "$..",
        "$[",
        "$[]",
        "$[01]",
        "$[-0]",
        "$['a",
        "$.a b",
        "$[?@.a ==]",
        "$[?1]",
        "$[?@.* == 1]",
        "$[?length(@.a)]",
        "$[?match(@.a, 'x') == true]",
        "$[?unknown(@)]",
        "$[?count(1) == 1]",
        "$[99999999999999999]",
        "$['\\x']",
        "$[?@.a == 01]",
    ];
    for query in cases {
        assert!(parse(query).is_err(), "{query}");
    }
    let nested = format!("$[?{}@.a{}]", "(".repeat(100), ")".repeat(100));
    assert!(parse(&nested).is_err());
}

#[test]
fn large_objects_stay_findable_while_they_grow_and_shrink() {
    let paths: String = (0..60)
        .map(|path| format!("  /p{path}: {{get: {{operationId: o{path}}}}}\n"))
        .collect();
    let api = format!("openapi: 3.1.0\npaths:\n{paths}");
    let mut actions = String::new();
    for path in 0..40 {
        actions += &format!(
            "  - {{target: $.paths, update: {{/q{path}: {{get: {{operationId: n{path}}}}}}}}}\n"
        );
        actions += &format!("  - {{target: \"$.paths['/p{path}']\", remove: true}}\n");
        actions += &format!(
            "  - {{target: \"$.paths['/q{path}'].get\", update: {{x-audience: public}}}}\n"
        );
    }
    actions += "  - {target: \"$.paths['/p50'].get\", update: {x-audience: public}}\n";
    let contract = contract(
        &api,
        &[&format!("overlay: 1.0.0\nactions:\n{actions}")],
        vec![],
    );
    assert_eq!(problems(&contract), [""; 0]);
    let mut expected: Vec<String> = (0..40).map(|path| format!("n{path}")).collect();
    expected.insert(0, "o50".to_owned());
    assert_eq!(labelled(&contract), expected);
    assert_eq!(contract.facts.operations.len(), 60);
}
