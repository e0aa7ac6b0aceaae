//! What leaves of a body on each ring, from the contract to the filter the gateway runs.

use std::collections::BTreeSet;

use document::Limits;
use document::contract::{Contract, ReadFile, Reader, Refusal};
use document::problem::Severity;
use document::projection::{Audience, Words};
use wall::bundle::{Content, Projection};
use wall::filter::{FaultKind, Graph, Options, project};

use super::*;

struct OneFile;

impl Reader for OneFile {
    fn read(&mut self, _: &str, reference: &str) -> Result<ReadFile, Refusal> {
        panic!("{reference} is in another file")
    }
}

const HEAD: &str = r#"{openapi: 3.1.0, info: {title: t, version: "1"}, "#;

/// A contract of one operation that answers with the schema `Body`.
fn contract(schemas: &str) -> Contract {
    document(&format!(
        "{HEAD} paths: {{/a: {{get: {{operationId: get, x-audience: public, responses: {{'200': {{description: d,
         content: {{application/json: {{schema: {{$ref: '#/components/schemas/Body'}}}}}}}}}}}}}}}},
         components: {{schemas: {{{schemas}}}}}}}"
    ))
}

pub(crate) fn document(text: &str) -> Contract {
    let entry = ReadFile {
        name: "openapi.yaml".into(),
        data: text.as_bytes().to_vec(),
    };
    let loaded = Contract::load(&entry, &[], &mut OneFile, Limits::default());
    let contract =
        loaded.unwrap_or_else(|unreadable| panic!("{text}\n{:?}", unreadable.arena.problems));
    let errors: Vec<_> = contract
        .arena
        .problems
        .iter()
        .filter(|problem| problem.severity == Severity::Error)
        .map(|problem| &problem.message)
        .collect();
    assert!(errors.is_empty(), "{errors:?}");
    contract
}

pub(crate) fn words() -> Words {
    [
        ("internal", Audience::Internal),
        ("partner", Audience::Partner),
        ("public", Audience::Public),
    ]
    .map(|(word, audience)| (word.to_owned(), audience))
    .into()
}

fn compiled(contract: &Contract, ring: Audience) -> Compiled {
    let words = words();
    let served = contract.facts.operations.iter().enumerate();
    let operations: Vec<Served> = served
        .map(|(index, operation)| Served {
            id: operation.id.clone().unwrap(),
            declared: vec![index as u32],
        })
        .collect();
    let view = View {
        ring,
        words: &words,
        operations: &operations,
    };
    compile(contract, &view)
}

fn through(projection: &Projection, body: &str) -> Result<String, FaultKind> {
    let response = &projection.operations["get"].statuses["200"];
    let Content::Json(root) = response.content["application/json"] else {
        panic!("not JSON")
    };
    let graph = Graph::compile(&projection.nodes).unwrap();
    let mut out = Vec::new();
    project(&graph, root, &Options::default(), body.as_bytes(), &mut out)
        .map_err(|fault| fault.kind)?;
    Ok(String::from_utf8(out).unwrap())
}

/// What leaves of `body` on the public ring.
fn shown(schemas: &str, body: &str) -> String {
    let compiled = compiled(&contract(schemas), Audience::Public);
    let left = through(&compiled.projection, body);
    left.unwrap_or_else(|fault| format!("{fault:?}"))
}

#[test]
fn a_field_leaves_where_it_is_declared_and_not_narrower() {
    let schemas = "Body: {type: object, properties: {a: {type: integer}, p: {type: integer, x-audience: partner},
        i: {type: integer, x-audience: internal}, list: {type: array, items: {$ref: '#/components/schemas/Body'}}}}";
    let contract = contract(schemas);
    let body = r#"{"a":1,"p":2,"i":3,"u":4,"list":[{"i":5,"a":6,"p":7}]}"#;
    for (ring, expected) in [
        (
            Audience::Internal,
            r#"{"a":1,"p":2,"i":3,"list":[{"i":5,"a":6,"p":7}]}"#,
        ),
        (Audience::Partner, r#"{"a":1,"p":2,"list":[{"a":6,"p":7}]}"#),
        (Audience::Public, r#"{"a":1,"list":[{"a":6}]}"#),
    ] {
        let projection = compiled(&contract, ring).projection;
        assert_eq!(through(&projection, body).unwrap(), expected, "{ring:?}");
    }
}

#[test]
fn what_nobody_said_is_open_is_closed() {
    let any = r#"{"o":{"x":1},"t":"s","l":[1,{"x":1}]}"#;
    for (schema, expected) in [
        ("{}", r#"{}"#),
        ("{type: object}", r#"{}"#),
        ("{type: object, additionalProperties: true}", any),
        ("{type: object, additionalProperties: {}}", any),
        ("{additionalProperties: {type: string}}", r#"{"t":"s"}"#),
        (
            "{type: object, properties: {o: {}, l: {}, t: {}}}",
            r#"{"o":{},"t":"s","l":[1,{}]}"#,
        ),
        (
            "{type: object, properties: {o: {type: object}, l: {type: array}}}",
            r#"{"o":{},"l":[1,{}]}"#,
        ),
        (
            "{properties: {o: {additionalProperties: true}}}",
            r#"{"o":{"x":1}}"#,
        ),
        (
            "{patternProperties: {'^[ot]$': {type: string}}}",
            r#"{"t":"s"}"#,
        ),
        ("{type: string}", "Root"),
    ] {
        assert_eq!(shown(&format!("Body: {schema}"), any), expected, "{schema}");
    }
    assert_eq!(shown("Body: true", any), any);
}

#[test]
fn parts_add_their_members_and_one_that_hides_a_name_hides_it_for_all() {
    let schemas = "Body: {allOf: [{$ref: '#/components/schemas/Base'}, {properties: {own: {type: integer}, id: {type: integer}}}],
          additionalProperties: true},
        Base: {type: object, properties: {id: {type: integer}, secret: {type: integer, x-audience: internal}}}";
    assert_eq!(
        shown(schemas, r#"{"id":1,"own":2,"secret":3,"more":4}"#),
        r#"{"id":1,"own":2,"more":4}"#
    );
    let hidden_part = "Body: {allOf: [{type: object, properties: {a: {}}}, {$ref: '#/components/schemas/Inner'}], additionalProperties: true},
        Inner: {x-audience: internal, type: object, properties: {b: {type: integer}}}";
    assert_eq!(
        shown(hidden_part, r#"{"a":1,"b":2,"c":3}"#),
        r#"{"a":1,"c":3}"#
    );
}

#[test]
fn what_one_includes_and_hides_is_not_hidden_in_another_that_includes_the_same() {
    let schemas = "Body: {type: object, properties: {a: {$ref: '#/components/schemas/A'}, p: {$ref: '#/components/schemas/Post'}}},
        Base: {type: object}, A: {allOf: [{$ref: '#/components/schemas/Base'}, {properties: {kind: {x-audience: partner}}}]},
        Post: {allOf: [{$ref: '#/components/schemas/Base'}, {properties: {kind: {}}}]}";
    assert_eq!(
        shown(schemas, r#"{"a":{"kind":1},"p":{"kind":2}}"#),
        r#"{"a":{},"p":{"kind":2}}"#
    );
}

#[test]
fn what_only_a_hidden_part_declares_does_not_leave_as_something_of_which_nothing_is_said() {
    let schemas = "Body: {type: object, properties: {a: {allOf: [{$ref: '#/components/schemas/Inner'}, {description: d}]},
          l: {allOf: [{$ref: '#/components/schemas/List'}, {description: d}]}, n: {allOf: [{$ref: '#/components/schemas/Inner'}, {type: string}]}}},
        Inner: {x-audience: internal, type: string}, List: {type: array, items: {$ref: '#/components/schemas/Inner'}}";
    assert_eq!(
        shown(schemas, r#"{"a":"1","l":["2"],"n":"3"}"#),
        r#"{"n":"3"}"#
    );
}

const PETS: &str = "Cat: {type: object, properties: {kind: {type: string}, name: {type: string}, lives: {type: integer}}},
    Dog: {type: object, properties: {kind: {type: string}, name: {type: string}, barks: {type: boolean}, chip: {type: string, x-audience: internal}}},
    Spy: {x-audience: internal, type: object, properties: {kind: {type: string}, name: {type: string}, mission: {type: string}}}";
const ONE_OF: &str = "oneOf: [{$ref: '#/components/schemas/Cat'}, {$ref: '#/components/schemas/Dog'}, {$ref: '#/components/schemas/Spy'}]";

#[test]
fn undecided_alternatives_show_what_no_other_hides() {
    let seen =
        "Body: {oneOf: [{$ref: '#/components/schemas/Cat'}, {$ref: '#/components/schemas/Dog'}]}";
    assert_eq!(
        shown(
            &format!("{seen}, {PETS}"),
            r#"{"kind":"x","name":"n","lives":9,"barks":true,"chip":"c","mission":"m"}"#
        ),
        r#"{"kind":"x","name":"n","lives":9,"barks":true}"#
    );
    assert_eq!(
        shown(
            &format!("Body: {{{ONE_OF}}}, {PETS}"),
            r#"{"kind":"x","name":"n","lives":9,"barks":true,"mission":"m"}"#
        ),
        r#"{"lives":9,"barks":true}"#
    );
    let scalars = "Body: {type: array, items: {oneOf: [{type: string}, {type: integer, x-audience: internal}, {type: [boolean, integer]}]}}";
    assert_eq!(shown(scalars, r#"["a",1,true]"#), r#"["a",true]"#);
}

#[test]
fn a_discriminator_whose_mapping_leads_nowhere_decides_nothing() {
    let nowhere =
        "discriminator: {propertyName: kind, mapping: {cat: '#/models/cat', spy: '#/models/spy'}}";
    let one_of = format!("Body: {{{ONE_OF}, {nowhere}}}, {PETS}");
    let undecided = format!("Body: {{{ONE_OF}}}, {PETS}");
    for body in [
        r#"{"kind":"cat","name":"n","lives":9,"barks":true}"#,
        r#"{"kind":"spy","name":"n"}"#,
    ] {
        assert_eq!(shown(&one_of, body), shown(&undecided, body));
    }
}

#[test]
fn a_discriminator_decides_and_a_hidden_kind_leaves_nothing() {
    let mapped = format!(
        "Body: {{{ONE_OF}, discriminator: {{propertyName: kind, mapping: {{cat: '#/components/schemas/Cat'}}}}}}, {PETS}"
    );
    for (body, expected) in [
        (
            r#"{"name":"n","lives":9,"barks":true,"kind":"cat"}"#,
            r#"{"name":"n","lives":9,"kind":"cat"}"#,
        ),
        (
            r#"{"kind":"Dog","lives":9,"barks":true,"chip":"c"}"#,
            r#"{"kind":"Dog","barks":true}"#,
        ),
        (r#"{"kind":"Spy","name":"n"}"#, "Root"),
        (r#"{"kind":"Cat","name":"n"}"#, "Root"),
        (r#"{"name":"n"}"#, "Root"),
    ] {
        assert_eq!(shown(&mapped, body), expected, "{body}");
    }
    let label = "{$ref: '#/components/schemas/Cat', x-audience: internal}";
    let narrowed = mapped.replacen("{$ref: '#/components/schemas/Cat'}", label, 1);
    assert_ne!(narrowed, mapped);
    assert_eq!(shown(&narrowed, r#"{"kind":"cat","lives":9}"#), "Root");
    let by_name = narrowed.replace(", mapping: {cat: '#/components/schemas/Cat'}", "");
    assert_ne!(by_name, narrowed);
    assert_eq!(shown(&by_name, r#"{"kind":"Cat","lives":9}"#), "Root");
    let among_others = format!(
        "Body: {{anyOf: [{{$ref: '#/components/schemas/One'}}, {{$ref: '#/components/schemas/Other'}}]}},
         One: {{{ONE_OF}, discriminator: {{propertyName: kind}}}}, {}",
        by_name.replacen("Body:", "Other:", 1)
    );
    let body = r#"{"kind":"Cat","lives":9,"barks":true,"chip":"c"}"#;
    assert_eq!(shown(&among_others, body), r#"{"barks":true}"#);
}

#[test]
fn whoever_includes_a_schema_with_a_discriminator_may_stand_for_it() {
    let schemas = "Body: {type: array, items: {$ref: '#/components/schemas/Pet'}},
        Pet: {type: object, discriminator: {propertyName: kind}, properties: {kind: {type: string}, name: {type: string}}},
        Cat: {allOf: [{$ref: '#/components/schemas/Pet'}, {properties: {lives: {type: integer}}}]},
        Lion: {allOf: [{$ref: '#/components/schemas/Cat'}, {properties: {mane: {type: boolean}}}]}";
    let body = r#"[{"kind":"Cat","lives":9,"mane":true},{"kind":"Lion","lives":1,"mane":true,"x":1},{"kind":"Pet","lives":1},{"name":"n","lives":1}]"#;
    assert_eq!(
        shown(schemas, body),
        r#"[{"kind":"Cat","lives":9},{"kind":"Lion","lives":1,"mane":true},{"kind":"Pet"},{"name":"n"}]"#
    );
    let hidden = schemas.replace("Lion: {", "Lion: {x-audience: internal, ");
    assert_eq!(
        shown(&hidden, body),
        r#"[{"kind":"Cat","lives":9},{"kind":"Pet"}]"#
    );
}

#[test]
fn who_only_says_more_of_what_is_chosen_leaves_the_choice_to_it() {
    let pets = "Pet: {type: object, discriminator: {propertyName: kind}, properties: {kind: {type: string}}},
        Cat: {allOf: [{$ref: '#/components/schemas/Pet'}, {properties: {lives: {type: integer}, chip: {type: string, x-audience: internal}}}]}";
    let body = r#"{"pet":{"kind":"Cat","lives":9,"chip":"c","since":2020}}"#;
    let wrapped = format!(
        "Body: {{type: object, properties: {{pet: {{description: d, allOf: [{{$ref: '#/components/schemas/Pet'}},
            {{properties: {{since: {{type: integer}}}}}}]}}}}}}, {pets}"
    );
    assert_eq!(
        shown(&wrapped, body),
        r#"{"pet":{"kind":"Cat","lives":9,"since":2020}}"#
    );
    let named = format!(
        "Body: {{allOf: [{{$ref: '#/components/schemas/Any'}}]}}, Any: {{{ONE_OF}, discriminator: {{propertyName: kind}}}}, {PETS}"
    );
    assert_eq!(
        shown(&named, r#"{"kind":"Dog","barks":true,"chip":"c"}"#),
        r#"{"kind":"Dog","barks":true}"#
    );
}

#[test]
fn an_heir_nobody_can_tell_hides_what_it_hides_in_its_base() {
    let schemas = "Body: {type: object, discriminator: {propertyName: kind}, additionalProperties: true, properties: {KIND, name: {type: string}}},
        Cat: {allOf: [{$ref: '#/components/schemas/Body'}, {properties: {chip: {type: string, x-audience: internal}}}]}";
    let (told, untold) = (
        schemas.replace("KIND", "kind: {type: string}"),
        schemas.replace("KIND", "kind: {type: string, x-audience: internal}"),
    );
    let body = r#"{"name":"n","chip":"c","more":1}"#;
    for schemas in [&told, &untold] {
        assert_eq!(shown(schemas, body), r#"{"name":"n","more":1}"#);
    }
    let base = r#"{"kind":"Body","name":"n","chip":"its own"}"#;
    assert_eq!(shown(&told, base), base);
    assert_eq!(shown(&untold, base), r#"{"name":"n"}"#);
}

#[test]
fn bodies_of_operations_that_arrive_as_one_hide_what_any_of_them_does() {
    let operation = |path: &str, id: &str, label: &str, fields: &str| {
        let schema = format!("{{type: object, properties: {{{fields}}}}}");
        let found = format!(
            "{{description: d, {label} content: {{application/json: {{schema: {schema}}}}}}}"
        );
        format!(
            "'{path}': {{post: {{operationId: {id}, x-audience: public,
             responses: {{'200': {found}, '404': {{description: d}}}}}}}}"
        )
    };
    for (label, expected) in [
        ("", r#"{"id":1,"both":"b","theirs":"t"}"#),
        ("x-audience: internal,", r#"{"id":1}"#),
    ] {
        let own = operation(
            "/#a",
            "get",
            "",
            "id: {type: integer}, both: {type: string}",
        );
        let other = operation(
            "/#b",
            "other",
            label,
            "both: {type: string}, theirs: {type: string}",
        );
        let contract = document(&format!("{HEAD} paths: {{{own}, {other}}}}}"));
        let words = words();
        let as_one = [Served {
            id: "get".to_owned(),
            declared: vec![0, 1],
        }];
        let view = View {
            ring: Audience::Public,
            words: &words,
            operations: &as_one,
        };
        let projection = compile(&contract, &view).projection;
        let body = r#"{"id":1,"both":"b","theirs":"t"}"#;
        assert_eq!(through(&projection, body).unwrap(), expected, "{label}");
    }
}

#[test]
fn values_leave_that_are_listed_and_shown() {
    let schemas = "Body: {type: array, items: {type: string, enum: [a, b, c], x-enum-audience: {b: internal}}}";
    assert_eq!(
        shown(schemas, r#"["a","b","c","d",1,null]"#),
        r#"["a","c"]"#
    );
    let numbers = "Body: {type: array, items: {type: [integer, 'null'], enum: [1, 2, null]}}";
    assert_eq!(shown(numbers, r#"[1,2.0,3,null,"1"]"#), "[1,2.0,null]");
    let written_as_text = "Body: {type: array, items: {type: integer, enum: ['1', '02', x]}}";
    assert_eq!(shown(written_as_text, "[1,2]"), "[1]");
}

#[test]
fn null_leaves_where_it_is_declared() {
    let schemas = "Body: {type: object, properties: {a: {type: string, nullable: true}, b: {type: string}, c: {},
        d: {nullable: true, allOf: [{type: string}]}, e: {const: null}}}";
    assert_eq!(
        shown(schemas, r#"{"a":null,"b":null,"c":null,"d":null,"e":null}"#),
        r#"{"a":null,"c":null,"d":null,"e":null}"#
    );
}

#[test]
fn conditions_add_members_and_take_nothing() {
    let schemas = "Body: {type: object, properties: {kind: {type: string}}, if: {properties: {kind: {const: a}}},
        then: {properties: {t: {type: integer}}}, else: {properties: {e: {type: integer}}},
        dependentSchemas: {kind: {properties: {d: {type: integer}}}}}";
    assert_eq!(
        shown(schemas, r#"{"kind":"a","t":1,"e":2,"d":3,"u":4}"#),
        r#"{"kind":"a","t":1,"e":2,"d":3}"#
    );
}

#[test]
fn positions_are_each_their_own() {
    let schemas = "Body: {type: array, prefixItems: [{type: integer}, {type: object, properties: {a: {}}}], items: {type: string}}";
    assert_eq!(
        shown(schemas, r#"[1,{"a":1,"b":2},"x",3]"#),
        r#"[1,{"a":1},"x"]"#
    );
    let older = "Body: {type: array, items: [{type: integer}]}";
    assert_eq!(shown(older, "[1,2]"), "[1]");
}

#[test]
fn what_is_only_written_is_never_answered() {
    let schemas = "Body: {type: object, properties: {a: {}, password: {$ref: '#/components/schemas/Secret'}}},
        Secret: {type: string, writeOnly: true}";
    assert_eq!(shown(schemas, r#"{"a":1,"password":"p"}"#), r#"{"a":1}"#);
}

#[test]
fn sensitive_strings_leave_masked_and_nothing_else_of_them_does() {
    let schemas = "Body: {type: object, properties: {card: {type: string, x-sensitive: {class: payment, mask: {public: last4}}},
        mail: {x-sensitive: {class: personal, mask: {public: drop}}, type: string},
        iban: {$ref: '#/components/schemas/Text', x-sensitive: {class: financial, mask: {partner: last4}}},
        text: {$ref: '#/components/schemas/Text'}}}, Text: {type: string}";
    let body =
        r#"{"card":"4111111111111111","mail":"a@b","iban":"DE001234567890","text":"12345678"}"#;
    let contract = contract(schemas);
    for (ring, expected) in [
        (
            Audience::Public,
            r#"{"card":"****1111","iban":"****7890","text":"12345678"}"#,
        ),
        (
            Audience::Partner,
            r#"{"card":"4111111111111111","mail":"a@b","iban":"****7890","text":"12345678"}"#,
        ),
        (Audience::Internal, body),
    ] {
        let projection = compiled(&contract, ring).projection;
        assert_eq!(through(&projection, body).unwrap(), expected, "{ring:?}");
    }
    assert_eq!(
        shown(schemas, r#"{"iban":12345678,"text":"1"}"#),
        r#"{"text":"1"}"#
    );
}

#[test]
fn a_pattern_that_cannot_be_read_closes_what_it_may_have_meant() {
    let schemas = "Body: {type: object, properties: {a: {}}, patternProperties: {'^(?!x)': {type: string}}, additionalProperties: true}";
    let compiled = compiled(&contract(schemas), Audience::Public);
    assert_eq!(
        through(&compiled.projection, r#"{"a":1,"b":"2"}"#).unwrap(),
        r#"{"a":1}"#
    );
    assert_eq!(compiled.problems[0].code, "projection-pattern");
}

#[test]
fn a_graph_is_as_large_as_its_document_and_the_same_each_time() {
    let fields: String = (0..40)
        .map(|n| format!("f{n}: {{$ref: '#/components/schemas/Leaf'}}, "))
        .collect();
    let schemas = format!("Body: {{type: object, properties: {{{fields} again: {{$ref: '#/components/schemas/Body'}}}}}},
        Leaf: {{type: object, properties: {{v: {{type: string}}, w: {{type: string}}}}}}");
    let first = compiled(&contract(&schemas), Audience::Public).projection;
    assert_eq!(first.nodes.len(), 3);
    assert_eq!(
        first,
        compiled(&contract(&schemas), Audience::Public).projection
    );
}

#[test]
fn responses_are_declared_by_status_media_type_and_header() {
    let text = format!(
        "{HEAD} paths: {{/a: {{get: {{operationId: get, x-opaque: true, responses: {{
           '200': {{description: d, headers: {{X-Rate: {{schema: {{type: string}}}}, X-Cost: {{x-audience: internal, schema: {{type: string}}}}, Content-Type: {{}}}},
             content: {{'Application/JSON; charset=utf-8': {{schema: {{type: string}}}}, text/csv: {{}}, application/xml: {{x-audience: internal}}}}}},
           4xx: {{description: d}}, default: {{$ref: '#/components/responses/Fault'}}, '500': {{x-audience: internal, description: d}}}}}}}}}},
         components: {{responses: {{Fault: {{description: d, content: {{application/problem+json: {{schema: {{properties: {{title: {{type: string}}}}}}}}}}}}}}}}}}"
    );
    let projection = compiled(&document(&text), Audience::Public).projection;
    let get = &projection.operations["get"];
    assert!(get.opaque);
    let statuses: BTreeSet<&str> = get.statuses.keys().map(String::as_str).collect();
    assert_eq!(statuses, BTreeSet::from(["200", "4XX", "default"]));
    let ok = &get.statuses["200"];
    assert_eq!(ok.headers, ["x-rate"]);
    assert_eq!(ok.hidden_headers, ["x-cost"]);
    let types: Vec<&str> = ok.content.keys().map(String::as_str).collect();
    assert_eq!(types, ["application/json", "text/csv"]);
    assert_eq!(ok.content["text/csv"], Content::Opaque);
    assert!(matches!(
        get.statuses["default"].content["application/problem+json"],
        Content::Json(_)
    ));
}

#[test]
fn operations_that_answer_and_do_not_say_what_are_told_of_once() {
    let text = format!(
        "{HEAD} paths: {{/told: {{get: {{operationId: told, responses: {{'200': {{description: d, content: {{text/csv: {{}}}}}},
           '201': {{description: d}}}}}}}},
         /done: {{get: {{operationId: done, responses: {{'204': {{description: d}}, '302': {{description: d}}}}}}}},
         /made: {{post: {{operationId: made, responses: {{'201': {{description: d}}}}}}}},
         /a: {{get: {{operationId: a, responses: {{'200': {{description: d}}, '404': {{$ref: '#/components/responses/No'}}}}}}}},
         /b: {{get: {{operationId: b, responses: {{default: {{description: d, content: {{}}}}}}}}}}}},
         components: {{responses: {{No: {{description: d, content: {{text/json: {{}}}}}}}}}}}}"
    );
    let contract = document(&text);
    let told = |ring| {
        let compiled = compiled(&contract, ring);
        let told = compiled.told(ring);
        let mut told = told.filter(|problem| problem.code == "response-undescribed");
        let first = told.next().map(|problem| problem.message.clone());
        assert_eq!(told.count(), 0, "one for all of them");
        first
    };
    let message = "GET /a declares no body for its answers, nor does one other operation: they leave empty to outer rings";
    assert_eq!(told(Audience::Public).as_deref(), Some(message));
    assert_eq!(told(Audience::Partner).as_deref(), Some(message));
    assert_eq!(told(Audience::Internal), None, "insiders get what comes");
}

#[test]
fn what_no_response_can_be_taken_for_is_left_out_and_said_once() {
    let text = format!(
        "{HEAD} paths: {{/a: {{get: {{operationId: get, responses: {{
           '200': {{$ref: '#/components/responses/Ok'}}, '2000': {{description: d}}, ok: {{description: d}},
           '201': {{$ref: '#/components/responses/Ok'}}}}}}}}}},
         components: {{responses: {{Ok: {{description: d, content: {{xml: {{}}, '': {{}}, '*': {{}}, text/json: {{}},
           application/x-jsonlines: {{}}, application/a+json-seq: {{}}, image/*: {{}}, image/png: {{}}}}}}}}}}}}"
    );
    let compiled = compiled(&document(&text), Audience::Public);
    let codes = compiled
        .problems
        .iter()
        .map(|problem| problem.code.as_ref());
    let codes: Vec<&str> = codes.filter(|code| code.starts_with("response-")).collect();
    assert_eq!(
        codes
            .iter()
            .filter(|code| **code == "response-status")
            .count(),
        2
    );
    assert_eq!(
        codes
            .iter()
            .filter(|code| **code == "response-media-type")
            .count(),
        3
    );
    let get = &compiled.projection.operations["get"];
    assert_eq!(get.statuses.keys().collect::<Vec<_>>(), ["200", "201"]);
    let content = &get.statuses["200"].content;
    let read = content
        .iter()
        .filter(|(_, content)| matches!(content, Content::Json(_)));
    let read: Vec<&str> = read.map(|(name, _)| name.as_str()).collect();
    assert_eq!(
        read,
        [
            "application/a+json-seq",
            "application/x-jsonlines",
            "image/*",
            "text/json"
        ]
    );
    assert_eq!(content["image/png"], Content::Opaque);
}

#[test]
fn an_operation_without_an_answer_or_its_path_is_not_served() {
    let text = format!(
        "{HEAD} paths: {{/a: {{get: {{operationId: get, responses: {{'200': {{description: d, x-audience: internal}}}}}}}},
          '/b/{{id}}': {{get: {{operationId: b, parameters: [{{name: id, in: path, required: true, x-audience: partner, schema: {{type: string}}}}], responses: {{}}}}}}}}}}"
    );
    let contract = document(&text);
    assert_eq!(compiled(&contract, Audience::Public).unservable, [0, 1]);
    assert_eq!(compiled(&contract, Audience::Partner).unservable, [0]);
    assert_eq!(
        compiled(&contract, Audience::Internal).unservable,
        Vec::<usize>::new()
    );
}
