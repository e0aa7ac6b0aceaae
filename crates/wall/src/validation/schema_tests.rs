use super::*;

fn definitions(all: &[(&str, Value)]) -> Schemas {
    let raw = |value: &Value| RawValue::from_string(value.to_string()).unwrap();
    let all = all
        .iter()
        .map(|(name, value)| ((*name).to_owned(), raw(value)));
    all.collect()
}

fn told_of(schema: Value, value: Value) -> Vec<(String, String)> {
    let validator = compiled(&schema, &Schemas::new()).unwrap();
    let misfits = misfits(&validator, &value, true).into_iter();
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
        assert!(compiled(&schema, &Schemas::new()).is_err(), "{pattern}");
    }
    for schema in [
        json!({"type": "strng"}),
        json!({"$ref": "https://example.com/a.json"}),
        json!({"$ref": "file:///etc/passwd"}),
        json!({"$ref": "#/$defs/absent"}),
    ] {
        assert!(compiled(&schema, &Schemas::new()).is_err(), "{schema}");
    }
}

#[test]
fn only_definitions_that_are_reached_are_compiled_and_they_may_reach_themselves() {
    let definitions = definitions(&[
        (
            "list",
            json!({"properties": {"next": {"$ref": "#/$defs/list"}, "n": {"$ref": "#/$defs/n"}}}),
        ),
        ("n", json!({"type": "integer"})),
        ("broken", json!({"type": 5})),
    ]);
    let validator = compiled(&reference("list"), &definitions).unwrap();
    assert!(validator.is_valid(&json!({"next": {"next": {"n": 1}}})));
    assert!(!validator.is_valid(&json!({"next": {"next": {"n": "1"}}})));
    assert!(compiled(&reference("broken"), &definitions).is_err());
}

#[test]
fn definitions_that_are_nothing_but_each_other_end() {
    let definitions = definitions(&[
        ("a", json!({"$ref": "#/$defs/b"})),
        ("b", json!({"$ref": "#/$defs/a"})),
        ("c", json!({"allOf": [{"$ref": "#/$defs/c"}]})),
    ]);
    for name in ["a", "c"] {
        if let Ok(validator) = compiled(&reference(name), &definitions) {
            misfits(&validator, &json!({"x": 1}), true);
        }
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
