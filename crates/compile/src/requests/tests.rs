//! What a request may carry on each ring, from the contract to the wall that judges it.

use std::collections::BTreeSet;

use serde_json::json;
use wall::bundle::{Enforced, Enforcement, ParameterPlace};
use wall::fate::Headers;
use wall::filter::Mode;
use wall::validation::{Content, Operation, Sent};

use super::*;
use crate::tests::{document as contract_of, words};

const HEAD: &str = r#"{openapi: 3.1.0, info: {title: t, version: "1"}, "#;

/// A contract of one operation that takes the schema `Body` as JSON.
fn taking(schemas: &str) -> Contract {
    contract_of(&format!(
        "{HEAD} paths: {{/a: {{post: {{operationId: op, x-audience: public, responses: {{'204': {{description: d}}}},
         requestBody: {{content: {{application/json: {{schema: {{$ref: '#/components/schemas/Body'}}}}}}}}}}}}}},
         components: {{schemas: {{{schemas}}}}}}}"
    ))
}

/// A contract of one operation, `/a/{id}`, with these members.
fn operation(members: &str) -> Contract {
    contract_of(&format!(
        "{HEAD} paths: {{'/a/{{id}}': {{post: {{operationId: op, x-audience: public,
         responses: {{'204': {{description: d}}}}, {members}}}}}}}}}"
    ))
}

fn compiled(contract: &Contract, ring: Audience) -> Requests {
    waiving(contract, ring, None)
}

fn waiving(contract: &Contract, ring: Audience, until: Option<u64>) -> Requests {
    together(contract, ring, vec![0], until)
}

/// Of operations that arrive as one, by their numbers.
fn together(
    contract: &Contract,
    ring: Audience,
    declared: Vec<u32>,
    until: Option<u64>,
) -> Requests {
    let id = "op".to_owned();
    let operations = [Served { id, declared }];
    let words = words();
    compile(
        contract,
        &View {
            ring,
            words: &words,
            operations: &operations,
        },
        until,
    )
}

fn held(contract: &Contract, ring: Audience) -> std::sync::Arc<Operation> {
    let requests = compiled(contract, ring);
    assert_eq!(
        requests.unservable,
        [] as [usize; 0],
        "{:?}",
        requests.problems
    );
    let template = contract.facts.paths[0].template.clone();
    let templates = [("op", template.as_str())].into_iter();
    let rule = Enforced {
        object: String::new(),
        mode: Enforcement::Enforce,
        until: None,
    };
    let loaded = wall::validation::Requests::new(requests.validation, &rule, templates);
    std::sync::Arc::clone(loaded.unwrap().operation("op").unwrap())
}

/// What is told of a JSON body.
fn told(contract: &Contract, ring: Audience, body: &Value) -> Vec<String> {
    told_of(contract, ring, "application/json", &body.to_string())
}

fn told_of(contract: &Contract, ring: Audience, media_type: &str, body: &str) -> Vec<String> {
    let content = Content {
        announced: true,
        media_type: Some(media_type.as_bytes()),
        encoded: false,
    };
    let judged = held(contract, ring).judge_body(&content, body.as_bytes(), Mode::Enforce);
    let faults = judged
        .err()
        .map(|refusal| refusal.faults)
        .unwrap_or_default();
    let told = faults.into_iter();
    let mut told: Vec<String> = told
        .map(|fault| format!("#{} {}", fault.pointer.unwrap_or_default(), fault.detail))
        .collect();
    told.sort();
    told
}

const NO_FIELD: &str = "cannot be sent here";

#[test]
fn a_field_of_an_inner_ring_is_refused_like_one_nobody_declared() {
    let contract = taking(
        "Body: {type: object, properties: {a: {type: string}, secret: {type: string, x-audience: internal}}}",
    );
    for name in ["secret", "secrep"] {
        let told = told(&contract, Audience::Public, &json!({"a": "x", name: "y"}));
        assert_eq!(told, [format!("#/{name} {NO_FIELD}")]);
    }
    assert_eq!(
        told(
            &contract,
            Audience::Internal,
            &json!({"a": "x", "secret": "y"})
        ),
        [""; 0]
    );
}

#[test]
fn a_field_of_an_inner_ring_is_no_additional_one() {
    let contract = taking(
        "Body: {type: object, additionalProperties: true, properties: {a: {}, secret: {x-audience: partner}}}",
    );
    assert_eq!(
        told(&contract, Audience::Public, &json!({"secret": 1})),
        [format!("#/secret {NO_FIELD}")]
    );
    assert_eq!(
        told(&contract, Audience::Public, &json!({"other": {"b": 1}})),
        [""; 0]
    );
}

#[test]
fn what_is_read_only_is_neither_sent_nor_demanded() {
    let contract = taking(
        "Body: {allOf: [{$ref: '#/components/schemas/Base'}, {type: object, required: [id, name], properties: {name: {type: string}}}]},
         Base: {type: object, required: [id], properties: {id: {type: string, readOnly: true}, key: {type: string, writeOnly: true}}}",
    );
    assert_eq!(
        told(
            &contract,
            Audience::Public,
            &json!({"name": "x", "key": "k"})
        ),
        [""; 0]
    );
    assert_eq!(
        told(
            &contract,
            Audience::Public,
            &json!({"name": "x", "id": "1"})
        ),
        [format!("#/id {NO_FIELD}")]
    );
    assert_eq!(
        told(&contract, Audience::Public, &json!({})),
        ["#/name is required"]
    );
}

#[test]
fn an_enum_value_of_an_inner_ring_is_not_named() {
    let contract = taking(
        "Body: {type: object, properties: {state: {enum: [open, fraud], x-enum-audience: {fraud: internal}}}}",
    );
    let expected = ["#/state must be one of \"open\""];
    assert_eq!(
        told(&contract, Audience::Public, &json!({"state": "fraud"})),
        expected
    );
    assert_eq!(
        told(&contract, Audience::Public, &json!({"state": "shut"})),
        expected
    );
}

#[test]
fn a_value_of_an_inner_ring_in_a_list_is_told_like_any_other() {
    let contract = taking(
        "Body: {type: array, items: {type: object, properties: {state: {enum: [open, fraud], x-enum-audience: {fraud: internal}}}}}",
    );
    let told = |value: &str| {
        told(
            &contract,
            Audience::Public,
            &json!(vec![json!({"state": value}); 30]),
        )
    };
    assert_eq!(told("fraud"), told("fraus"));
    assert_eq!(told("fraud").len(), 16);
}

#[test]
fn fields_that_several_schemas_of_a_value_declare_are_taken() {
    let contract = taking(
        "Body: {allOf: [{$ref: '#/components/schemas/Base'}, {type: object, properties: {data: {type: object, properties: {b: {}}}}}]},
         Base: {type: object, properties: {data: {type: object, properties: {a: {}}}}}",
    );
    assert_eq!(
        told(
            &contract,
            Audience::Public,
            &json!({"data": {"a": 1, "b": 2}})
        ),
        [""; 0]
    );
    assert_eq!(
        told(&contract, Audience::Public, &json!({"data": {"c": 1}})),
        [format!("#/data/c {NO_FIELD}")]
    );
}

#[test]
fn a_discriminator_says_what_a_value_is_held_to() {
    let contract = taking(
        "Body: {oneOf: [{$ref: '#/components/schemas/Cat'}, {$ref: '#/components/schemas/Dog'}], discriminator: {propertyName: kind}},
         Cat: {type: object, required: [kind], properties: {kind: {type: string}, claws: {type: integer}}},
         Dog: {type: object, required: [kind], properties: {kind: {type: string}, bark: {type: string}}}",
    );
    assert_eq!(
        told(
            &contract,
            Audience::Public,
            &json!({"kind": "Cat", "claws": 3})
        ),
        [""; 0]
    );
    assert_eq!(
        told(&contract, Audience::Public, &json!({"kind": "Cat"})),
        [""; 0]
    );
    assert!(
        !told(
            &contract,
            Audience::Public,
            &json!({"kind": "Cat", "bark": "x"})
        )
        .is_empty()
    );
    assert!(!told(&contract, Audience::Public, &json!({"kind": "Cow"})).is_empty());
}

/// As in documents that were put together of many files.
#[test]
fn alternatives_whose_mapping_leads_nowhere_are_told_apart_by_their_schemas() {
    let contract = taking(
        "Body: {oneOf: [{$ref: '#/components/schemas/Cat'}, {$ref: '#/components/schemas/Dog'}],
           discriminator: {propertyName: kind, mapping: {cat: '#/models/cat', dog: '#/models/dog'}}},
         Cat: {type: object, required: [kind], properties: {kind: {enum: [cat, dog]}}},
         Dog: {type: object, required: [kind], properties: {kind: {enum: [dog]}, bark: {type: string}}}",
    );
    let told = |body: Value| told(&contract, Audience::Public, &body);
    assert_eq!(told(json!({"kind": "cat"})), [""; 0]);
    assert_eq!(told(json!({"kind": "dog"})), [""; 0], "either will do");
    assert_eq!(told(json!({"kind": "dog", "bark": "x"})), [""; 0]);
    assert!(!told(json!({"kind": "cow"})).is_empty());
    assert!(!told(json!({"kind": "dog", "bark": 1})).is_empty());
}

#[test]
fn what_inherits_from_a_base_may_stand_for_it() {
    let contract = taking(
        "Body: {type: object, required: [kind], properties: {kind: {type: string}}, discriminator: {propertyName: kind}},
         Cat: {allOf: [{$ref: '#/components/schemas/Body'}, {type: object, properties: {claws: {type: integer}}}]}",
    );
    assert_eq!(
        told(
            &contract,
            Audience::Public,
            &json!({"kind": "Cat", "claws": 3})
        ),
        [""; 0]
    );
    assert_eq!(
        told(
            &contract,
            Audience::Public,
            &json!({"kind": "Cat", "claws": "x"})
        ),
        ["#/claws must be of type integer"]
    );
}

#[test]
fn schemas_of_3_0_mean_what_they_meant() {
    let contract = contract_of(
        "{openapi: 3.0.3, info: {title: t, version: '1'}, paths: {/a: {post: {operationId: op, x-audience: public,
         responses: {'204': {description: d}}, requestBody: {content: {application/json: {schema: {type: object, properties: {
           a: {type: string, nullable: true}, b: {type: string, nullable: true, enum: [x]},
           c: {type: number, minimum: 1, exclusiveMinimum: true}, d: {nullable: true, allOf: [{type: object, properties: {e: {}}}]},
           f: {type: integer, format: int32}}}}}}}}}}",
    );
    let public = |body: Value| told(&contract, Audience::Public, &body);
    assert_eq!(
        public(json!({"a": null, "b": null, "c": 1.5, "d": null, "f": 1})),
        [""; 0]
    );
    assert_eq!(public(json!({"d": {"e": 1}})), [""; 0]);
    assert_eq!(public(json!({"c": 1})), ["#/c must be more than 1"]);
    assert_eq!(public(json!({"f": 1_u64 << 40})).len(), 1);
}

#[test]
fn recursive_schemas_are_judged_all_the_way() {
    let contract = taking(
        "Body: {type: object, properties: {next: {$ref: '#/components/schemas/Body'}, n: {type: integer}}}",
    );
    assert_eq!(
        told(
            &contract,
            Audience::Public,
            &json!({"next": {"next": {"n": 1}}})
        ),
        [""; 0]
    );
    assert_eq!(
        told(
            &contract,
            Audience::Public,
            &json!({"next": {"next": {"n": "1"}}})
        ),
        ["#/next/next/n must be of type integer"]
    );
    assert_eq!(
        told(&contract, Audience::Public, &json!({"next": {"m": 1}})),
        [format!("#/next/m {NO_FIELD}")]
    );
}

#[test]
fn a_pattern_without_a_time_bound_keeps_the_operation_inside() {
    let contract = taking(
        "Body: {type: object, properties: {a: {$ref: '#/components/schemas/A'}}}, A: {type: string, pattern: '(?=x)y'}",
    );
    let requests = compiled(&contract, Audience::Public);
    assert_eq!(requests.unservable, [0]);
    let codes: Vec<_> = requests
        .problems
        .iter()
        .map(|problem| &*problem.code)
        .collect();
    assert_eq!(codes, ["validation-pattern"]);
    assert!(!requests.validation.operations.contains_key("op"));
}

#[test]
fn bodies_nobody_can_look_into_are_not_taken_beside_fields() {
    let body = "requestBody: {content: {application/xml: {schema: {type: object, properties: {a: {}}}}, text/csv: {schema: {type: string}}}}";
    let requests = compiled(&operation(body), Audience::Public);
    let rule = requests.validation.operations["op"].body.as_ref().unwrap();
    assert_eq!(rule.content.keys().collect::<Vec<_>>(), ["text/csv"]);
    assert_eq!(requests.problems[0].code, "validation-unreadable");
    let requests = compiled(
        &operation(&format!("x-opaque: true, {body}")),
        Audience::Public,
    );
    assert_eq!(
        requests.validation.operations["op"]
            .body
            .as_ref()
            .unwrap()
            .content
            .len(),
        2
    );
}

#[test]
fn media_types_that_differ_in_parameters_are_taken_as_any_of_them_says() {
    let contract = operation(
        "requestBody: {content: {
           application/json;version=1: {schema: {type: object, properties: {name: {type: string, maxLength: 3}}}},
           application/json;version=2: {schema: {type: object, properties: {person: {type: object, properties: {name: {type: string}}}}}}}}",
    );
    let told = |body: Value| told(&contract, Audience::Public, &body);
    assert_eq!(told(json!({"name": "abc"})), [""; 0]);
    assert_eq!(told(json!({"person": {"name": "abcd"}})), [""; 0]);
    assert!(!told(json!({"nick": "abc"})).is_empty());
    assert!(!told(json!({"name": "abcd", "person": 1})).is_empty());
}

#[test]
fn forms_are_held_to_the_same_schema() {
    let schema = "{type: object, required: [a], properties: {a: {type: string}, n: {type: integer}, tags: {type: array, items: {type: string}},
        meta: {type: object, properties: {k: {type: string}}}, file: {type: string, format: binary}, secret: {type: string, x-audience: internal}}}";
    let contract = operation(&format!(
        "requestBody: {{content: {{application/x-www-form-urlencoded: {{schema: {schema}, encoding: {{meta: {{style: deepObject}}}}}},
         multipart/form-data: {{schema: {schema}, encoding: {{file: {{contentType: 'image/png'}}}}}}}}}}"
    ));
    let form = |body: &str| {
        told_of(
            &contract,
            Audience::Public,
            "application/x-www-form-urlencoded",
            body,
        )
    };
    assert_eq!(form("a=x&n=1&tags=p&tags=q&meta[k]=v"), [""; 0]);
    assert_eq!(
        form("n=x"),
        ["#/a is required", "#/n must be of type integer"]
    );
    assert_eq!(form("a=x&secret=1"), [format!("#/secret {NO_FIELD}")]);
    assert_eq!(form("a=x&meta[z]=1"), [format!("#/meta/z {NO_FIELD}")]);
    let part = |header: &str, content: &str| {
        format!("--b\r\nContent-Disposition: form-data; {header}\r\n\r\n{content}\r\n")
    };
    let multipart = |parts: &[String]| {
        let body = format!("{}--b--", parts.concat());
        told_of(
            &contract,
            Audience::Public,
            "multipart/form-data; boundary=b",
            &body,
        )
    };
    let a = part("name=\"a\"", "x");
    let file = part(
        "name=\"file\"; filename=\"f\"\r\nContent-Type: image/png",
        "\u{1}",
    );
    let meta = part("name=\"meta\"", "{\"k\": \"v\"}");
    assert_eq!(multipart(&[a.clone(), file, meta]), [""; 0]);
    assert_eq!(
        multipart(&[a, part("name=\"secret\"", "x")]),
        [format!("#/secret {NO_FIELD}")]
    );
}

#[test]
fn parameters_are_those_the_ring_sees() {
    let contract = operation(
        "parameters: [{in: path, name: id, required: true, schema: {type: integer}}, {in: query, name: limit, schema: {type: integer}},
          {in: query, name: debug, x-audience: internal, schema: {type: string}}, {in: header, name: X-Level, schema: {type: string}},
          {in: header, name: Accept, schema: {type: string}},
          {in: query, name: f, content: {application/json: {schema: {type: object, properties: {a: {}, s: {x-audience: internal}}}}}}]",
    );
    let operation = held(&contract, Audience::Public);
    let headers: Vec<(String, Vec<u8>)> = Vec::new();
    let judged = |path: &str, query: &str| {
        let headers: &dyn Headers = &headers;
        let sent = Sent {
            path,
            query: Some(query),
            headers,
        };
        let judged = operation.judge_parameters(&sent, Mode::Enforce);
        judged.err().map(|refusal| refusal.faults[0].clone())
    };
    assert_eq!(judged("/a/1", "limit=2&f=%7B%22a%22:1%7D"), None);
    assert_eq!(judged("/a/x", "").unwrap().parameter.as_deref(), Some("id"));
    for name in ["debug", "debuk"] {
        let fault = judged("/a/1", &format!("{name}=1")).unwrap();
        assert_eq!(
            (fault.parameter.as_deref(), fault.detail.as_str()),
            (Some(name), NO_FIELD)
        );
    }
    for name in ["s", "t"] {
        let fault = judged("/a/1", &format!("f=%7B%22{name}%22:1%7D")).unwrap();
        assert_eq!(
            (fault.parameter.as_deref(), fault.detail.as_str()),
            (Some("f"), NO_FIELD),
            "{name}"
        );
    }
    let rule = &compiled(&contract, Audience::Public).validation.operations["op"];
    let fields = rule
        .parameters
        .iter()
        .filter(|rule| rule.place == ParameterPlace::Header);
    assert_eq!(
        fields.map(|rule| rule.name.as_str()).collect::<Vec<_>>(),
        ["x-level"]
    );
}

#[test]
fn a_path_parameter_in_matrix_style_keeps_the_operation_inside() {
    let contract = operation(
        "parameters: [{in: path, name: id, required: true, style: matrix, schema: {type: string}}]",
    );
    let requests = compiled(&contract, Audience::Public);
    assert_eq!(
        (requests.unservable, &*requests.problems[0].code),
        (vec![0], "validation-matrix")
    );
}

#[test]
fn a_header_parameter_that_nobody_can_send_is_left_out_and_said() {
    let contract = operation(
        "parameters: [{name: id, in: path, required: true, schema: {type: string}},
         {name: '', in: header, required: true, schema: {type: string}},
         {name: 'X Y', in: header, schema: {type: string}}, {name: X-Fine, in: header, schema: {type: string}}]",
    );
    let requests = compiled(&contract, Audience::Public);
    let rules = &requests.validation.operations["op"].parameters;
    let names: Vec<&str> = rules.iter().map(|rule| rule.name.as_str()).collect();
    assert_eq!(BTreeSet::from_iter(names), BTreeSet::from(["id", "x-fine"]));
    let codes = requests
        .problems
        .iter()
        .map(|problem| problem.code.as_ref());
    assert_eq!(codes.collect::<Vec<_>>(), ["validation-header"; 2]);
}

#[test]
fn a_pattern_that_cannot_be_matched_keeps_its_operation_inside_unless_it_is_waived() {
    let contract =
        taking("Body: {properties: {a: {type: string, pattern: '(?=x)x', maxLength: 3}}}");
    let refused = waiving(&contract, Audience::Public, None);
    assert_eq!(refused.unservable, [0]);
    assert_eq!(refused.problems[0].code, "validation-pattern");
    let waived = waiving(&contract, Audience::Public, Some(7));
    assert_eq!(waived.unservable, [] as [usize; 0]);
    assert_eq!(waived.problems[0].code, "validation-pattern-waived");
    assert_eq!(waived.validation.operations["op"].until, Some(7));
    let written = serde_json::to_string(&waived.validation.definitions).unwrap();
    assert!(
        written.contains("maxLength") && !written.contains("pattern"),
        "{written}"
    );
    let plain = taking("Body: {properties: {a: {type: string, pattern: 'x'}}}");
    let plain = waiving(&plain, Audience::Public, Some(7));
    assert_eq!(plain.validation.operations["op"].until, None);
}

#[test]
fn names_that_are_hidden_are_known_for_when_the_contract_is_observed() {
    let contract = operation(
        "parameters: [{name: id, in: path, required: true, schema: {type: string}},
         {name: shown, in: query, schema: {type: string}},
         {name: debug, in: query, x-audience: internal, schema: {type: string}},
         {name: filter, in: query, schema: {type: object, properties: {from: {type: string},
           margin: {type: string, x-audience: internal}}}}]",
    );
    let requests = compiled(&contract, Audience::Public);
    assert_eq!(
        requests.validation.operations["op"].hidden,
        ["debug", "margin"]
    );
}

#[test]
fn fields_of_a_hidden_object_in_the_query_are_as_hidden_as_it_is() {
    let of = |parameter: &str| {
        let contract = operation(&format!(
            "parameters: [{{name: id, in: path, required: true, schema: {{type: string}}}},
              {{name: trace, in: query, {parameter}}}]"
        ));
        let requests = compiled(&contract, Audience::Public);
        let rule = requests.validation.operations["op"].clone();
        (rule.hidden, rule.closed)
    };
    let named = |names: &[&str]| {
        names
            .iter()
            .map(|name| (*name).to_owned())
            .collect::<Vec<_>>()
    };
    let depth = "type: object, properties: {depth: {type: integer}}";
    for (parameter, hidden, closed) in [
        (
            format!("x-audience: internal, schema: {{{depth}}}"),
            named(&["depth", "trace"]),
            false,
        ),
        (
            format!("x-audience: internal, style: deepObject, schema: {{{depth}}}"),
            named(&["trace"]),
            false,
        ),
        (
            format!("x-audience: internal, schema: {{{depth}, additionalProperties: true}}"),
            named(&["depth", "trace"]),
            true,
        ),
        (
            format!("schema: {{{depth}, additionalProperties: {{x-audience: internal}}}}"),
            named(&[]),
            true,
        ),
        (
            format!("schema: {{{depth}, patternProperties: {{'^x': {{x-audience: internal}}}}}}"),
            named(&[]),
            true,
        ),
        (
            format!(
                "schema: {{anyOf: [{{{depth}}}, {{x-audience: internal, properties: {{cost: {{}}}}}}]}}"
            ),
            named(&["cost"]),
            false,
        ),
        (
            "schema: {type: object, properties: {a: {readOnly: true}}}".to_owned(),
            named(&["a"]),
            false,
        ),
        (
            format!("schema: {{{depth}, additionalProperties: true}}"),
            named(&[]),
            false,
        ),
    ] {
        assert_eq!(of(&parameter), (hidden, closed), "{parameter}");
    }
}

#[test]
fn a_hidden_parameter_cannot_be_written_as_a_field_of_another() {
    let open = "schema: {type: object, additionalProperties: {type: string}}";
    let named = "schema: {type: object, properties: {debug: {type: string}}}";
    for (visible, is_served) in [
        (format!("name: f, {open}"), false),
        (format!("name: f, {named}"), false),
        (format!("name: f, style: deepObject, {open}"), true),
        (format!("name: f, explode: false, {open}"), true),
    ] {
        let contract = operation(&format!(
            "parameters: [{{in: path, name: id, required: true, schema: {{type: integer}}}}, {{in: query, {visible}}},
              {{in: query, name: debug, x-audience: partner, schema: {{type: string}}}}]"
        ));
        let requests = compiled(&contract, Audience::Public);
        assert_eq!(requests.unservable.is_empty(), is_served, "{visible}");
        assert!(compiled(&contract, Audience::Partner).unservable.is_empty());
    }
}

const AS_ONE: &str = "openapi: 3.1.0
info: {title: t, version: '1'}
paths:
  /rpc#first:
    post: {x-audience: public, operationId: first, FIRST}
  /rpc#second:
    post: {x-audience: public, operationId: second, SECOND}
";

/// The rules of two operations whose requests arrive as one.
fn as_one(first: &str, second: &str) -> Requests {
    let responses = "responses: {'200': {description: d}}";
    let first = format!("{first}, {responses}");
    let second = format!("{second}, {responses}");
    let text = AS_ONE.replace("FIRST", &first).replace("SECOND", &second);
    together(&contract_of(&text), Audience::Public, vec![0, 1], None)
}

#[test]
fn what_one_operation_hides_is_hidden_of_all_that_arrive_as_it() {
    let query = |name: &str, label: &str| {
        format!("parameters: [{{in: query, name: {name}, {label} schema: {{type: string}}}}]")
    };
    let requests = as_one(&query("a", ""), &query("b", "x-audience: internal,"));
    let rule = requests.validation.operations.values().next().unwrap();
    assert_eq!(rule.hidden, ["b"]);
    let body = |margin: &str| {
        format!(
            "requestBody: {{content: {{application/json: {{schema: {{type: object, properties: {{
              name: {{type: string}}, margin: {{{margin}type: number}}}}}}}}}}}}"
        )
    };
    for (first, second) in [
        ("", "x-audience: internal, "),
        ("x-audience: internal, ", ""),
    ] {
        let requests = as_one(&body(first), &body(second));
        let nodes = &requests.validation.nodes;
        let rule = requests.validation.operations.values().next().unwrap();
        let content = &rule.body.as_ref().unwrap().content["application/json"];
        let object = nodes[content.node().unwrap() as usize]
            .object
            .as_ref()
            .unwrap();
        let is_closed = |name: &str| {
            let own = object.properties.iter().find(|(known, _)| known == name);
            own.is_none_or(|(_, node)| nodes[*node as usize].is_closed())
        };
        assert!(
            is_closed("margin") && !is_closed("name"),
            "{first}|{second}"
        );
    }
}

#[test]
fn a_header_field_that_is_hidden_is_so_in_letters_of_any_case() {
    let contract = contract_of(&format!(
        "{HEAD} paths: {{/a: {{parameters: [{{in: header, name: X-Sum, schema: {{type: string}}}}],
          post: {{operationId: op, x-audience: public, responses: {{'204': {{description: d}}}},
            parameters: [{{in: header, name: x-sum, x-audience: partner, schema: {{type: string}}}}]}}}}}}}}"
    ));
    let named = |ring: Audience| {
        let requests = compiled(&contract, ring);
        requests.validation.operations["op"].parameters.len()
    };
    assert_eq!(named(Audience::Public), 0);
    assert!(named(Audience::Partner) > 0);
}

#[test]
fn a_member_of_a_parameter_that_is_read_only_is_none() {
    let contract = operation(
        "parameters: [{name: id, in: path, required: true, schema: {type: string}}, {name: v, in: query,
          style: deepObject, schema: {type: object, properties: {a: {type: string}, b: {type: string, readOnly: true}}}}]",
    );
    let requests = compiled(&contract, Audience::Public);
    let rule = &requests.validation.operations["op"];
    let members = rule.parameters[1].shape.members.as_ref().unwrap();
    let names: Vec<&str> = members.named.keys().map(String::as_str).collect();
    assert_eq!(names, ["a"]);
}

#[test]
fn a_body_whose_fields_are_all_hidden_is_read_or_does_not_come() {
    let body = |label: &str| {
        operation(&format!(
            "parameters: [{{name: id, in: path, required: true, schema: {{type: string}}}}], requestBody: {{content: {{
              application/xml: {{schema: {{properties: {{secret: {{{label}type: string}}}}}}}},
              text/plain: {{schema: {{type: string}}}}}}}}"
        ))
    };
    for label in ["", "x-audience: internal, "] {
        let requests = compiled(&body(label), Audience::Public);
        let rule = &requests.validation.operations["op"];
        let content = rule.body.as_ref().unwrap().content.keys();
        assert_eq!(content.collect::<Vec<_>>(), ["text/plain"], "{label}");
    }
}
