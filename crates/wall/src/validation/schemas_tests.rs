use super::*;

fn definitions(all: Value) -> Schemas {
    Schemas::new(serde_json::from_str(&all.to_string()).unwrap())
}

fn fits(definitions: &Schemas, name: &str, value: Value) -> bool {
    definitions
        .misfits(name, value, Extent::Told)
        .unwrap()
        .is_empty()
}

fn list() -> Value {
    json!({
        "list": {"properties": {"next": {"$ref": "#/$defs/list"}, "n": {"$ref": "#/$defs/n"}}},
        "n": {"type": "integer"},
        "other": {"type": "string"},
        "broken": {"type": 5},
        "dangling": {"$ref": "#/$defs/absent"},
    })
}

#[test]
fn a_definition_may_reach_itself_and_what_it_does_not_reach_is_no_matter_of_its() {
    let definitions = definitions(list());
    assert!(fits(
        &definitions,
        "list",
        json!({"next": {"next": {"n": 1}}})
    ));
    assert!(!fits(
        &definitions,
        "list",
        json!({"next": {"next": {"n": "1"}}})
    ));
    for name in ["broken", "dangling", "absent"] {
        assert!(
            definitions.misfits(name, json!(1), Extent::Told).is_err(),
            "{name}"
        );
    }
    let broken = definitions.broken();
    assert_eq!(broken.keys().collect::<Vec<_>>(), ["broken", "dangling"]);
}

#[test]
fn pointers_are_those_of_the_value() {
    let definitions = definitions(list());
    let misfits = definitions.misfits("list", json!({"next": {"n": "1"}}), Extent::Told);
    assert_eq!(misfits.unwrap()[0].pointer, "/next/n");
    let misfits = definitions.misfits("other", json!(1), Extent::Told);
    assert_eq!(misfits.unwrap()[0].pointer, "");
}

#[test]
fn each_definition_is_compiled_once_with_those_it_refers_to() {
    let definitions = definitions(list());
    let together =
        |one: &str, other: &str| definitions.group_of[one] == definitions.group_of[other];
    assert!(together("list", "n"));
    assert!(!together("list", "other"));
    let compiled = || {
        let groups = definitions.groups.iter();
        groups
            .filter(|group| group.compiled.get().is_some())
            .count()
    };
    definitions.prepare();
    assert_eq!(compiled(), 0);
    assert!(fits(&definitions, "n", json!(1)) && fits(&definitions, "list", json!({})));
    assert_eq!(compiled(), 1);
}

#[test]
fn no_request_waits_for_a_large_group() {
    let names: Vec<String> = (0..MAX_LAZY_SCHEMA_BYTES / 5)
        .map(|n| n.to_string())
        .collect();
    let definitions = definitions(json!({"large": {"enum": names}, "small": {"enum": [1]}}));
    definitions.prepare();
    let is_ready = |name: &str| {
        definitions.groups[definitions.group_of[name]]
            .compiled
            .get()
            .is_some()
    };
    assert!(is_ready("large") && !is_ready("small"));
}

#[test]
fn definitions_that_are_nothing_but_each_other_end() {
    let definitions = definitions(json!({
        "a": {"$ref": "#/$defs/b"}, "b": {"$ref": "#/$defs/a"}, "c": {"allOf": [{"$ref": "#/$defs/c"}]},
    }));
    for name in ["a", "c"] {
        let _ = definitions.misfits(name, json!({"x": 1}), Extent::Told);
    }
}
