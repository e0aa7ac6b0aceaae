use super::*;

fn told_of(schema: Value, value: Value) -> Vec<(String, String)> {
    let validator = built(&schema).unwrap();
    let misfits = misfits(&validator, &value, Extent::Told).into_iter();
    misfits
        .map(|misfit| (misfit.pointer, misfit.expected))
        .collect()
}

#[test]
fn each_field_that_does_not_fit_is_named_with_what_was_expected() {
    let schema = json!({
        "type": "object", "required": ["a", "b/c"],
        "properties": {"a": true, "d": {"type": ["string", "null"]}, "e": {"minimum": 3}, "f": {"enum": ["x", 1]},
            "g": {"pattern": "^a"}, "h": {"type": "string", "format": "date"}, "i": {"items": {"type": "integer"}}},
        "additionalProperties": false,
    });
    let value = json!({"a": 1, "d": 5, "e": 1, "f": "secret", "g": "b", "h": "soon", "i": [1, "2"], "z~": 1});
    let mut told = told_of(schema, value);
    told.sort();
    let mut expected = [
        ("/b~1c", "is required"),
        ("/d", "must be of type null or string"),
        ("/e", "must be 3 or more"),
        ("/f", "must be one of \"x\", 1"),
        ("/g", "must match the pattern ^a"),
        ("/h", "must be a date"),
        ("/i/1", "must be of type integer"),
        ("/z~0", NO_FIELD),
    ];
    expected.sort();
    let told: Vec<_> = told
        .iter()
        .map(|(at, what)| (at.as_str(), what.as_str()))
        .collect();
    assert_eq!(told, expected);
}

#[test]
fn nothing_of_a_value_is_told() {
    for schema in [
        json!({"type": "integer"}),
        json!({"const": 1}),
        json!({"enum": [1]}),
        json!({"anyOf": [{"type": "integer"}, {"maxLength": 2}]}),
        json!({"oneOf": [{"type": "integer"}]}),
        json!({"not": {"type": "string"}}),
        json!({"format": "uuid"}),
        json!(false),
    ] {
        for (_, what) in told_of(schema, json!("hunter2")) {
            assert!(!what.contains("hunter2"), "{what}");
        }
    }
}

#[test]
fn what_cannot_be_judged_in_linear_time_is_refused() {
    for pattern in ["(?=a)b", "(a)\\1", "(?<!x)y", "a{1000}{1000}{1000}"] {
        let schema = json!({"pattern": pattern});
        assert!(built(&schema).is_err(), "{pattern}");
    }
    for schema in [
        json!({"type": "strng"}),
        json!({"$ref": "https://example.com/a.json"}),
        json!({"$ref": "file:///etc/passwd"}),
        json!({"$ref": "#/$defs/absent"}),
    ] {
        assert!(built(&schema).is_err(), "{schema}");
    }
}

#[test]
fn faults_are_bounded() {
    let schema = json!({"items": {"type": "integer"}, "additionalProperties": false});
    assert_eq!(
        told_of(schema.clone(), json!(vec!["x"; 1000])).len(),
        MAX_FAULTS
    );
    let schema = json!({"properties": {"a": true}, "additionalProperties": false});
    let fields = (0..1000).map(|name| (name.to_string(), json!(1)));
    assert_eq!(
        told_of(schema, Value::Object(fields.collect())).len(),
        MAX_FAULTS
    );
}

#[test]
fn one_thing_that_is_refused_is_found_behind_many_that_are_only_unknown() {
    let schema = json!({"items": {"type": "integer", "maximum": 9}});
    let mut items = vec![json!("x"); 1000];
    items.push(json!(10));
    let validator = built(&schema).unwrap();
    let found = misfits(&validator, &json!(items), Extent::Whole);
    assert_eq!(found.len(), MAX_FAULTS + 1);
    let known = found
        .iter()
        .find(|misfit| !misfit.is_of_what_is_not_known());
    assert_eq!(known.unwrap().pointer, "/1000");
}
