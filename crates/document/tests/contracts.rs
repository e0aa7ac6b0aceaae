//! What a contract says: its operations, what they refer to, which labels they reach.

mod common;

use common::{Files, contract, file, problems, reached};
use document::contract::LabelKind;
use document::{Contract, Limits};

const HEAD: &str = "openapi: 3.1.0\ninfo: {title: Shop, version: 1.2.0}\n";

fn api(rest: &str) -> Contract {
    contract(&format!("{HEAD}{rest}"), &[], vec![])
}

fn refused(text: &str) -> (String, u32) {
    let loaded = Contract::load(
        &file("api.yaml", text),
        &[],
        &mut Files(vec![]),
        Limits::default(),
    );
    let arena = loaded.err().expect("refused").arena;
    let problem = &arena.problems[0];
    (
        problem.code.to_string(),
        arena.sources.place(problem.at).line,
    )
}

#[test]
fn other_versions_are_refused_where_they_are_written() {
    assert_eq!(
        refused("info: {}\nswagger: '2.0'\n"),
        ("openapi-version".to_owned(), 2)
    );
    assert_eq!(
        refused("openapi: 3.2.0\n"),
        ("openapi-version".to_owned(), 1)
    );
    assert_eq!(
        refused("info: {}\nopenapi: 3.1\n"),
        ("openapi-version".to_owned(), 2)
    );
    assert_eq!(
        refused("- not\n- an object\n"),
        ("openapi-version".to_owned(), 1)
    );
}

#[test]
fn operations_are_found_with_their_ids_tags_headers_and_places() {
    let contract = api(concat!(
        "paths:\n  /a:\n    post:\n      operationId: makeA\n      tags: [x, y]\n      x-feature: beta\n",
        "      responses:\n        '201': {headers: {Location: {}, X-B: {}}}\n        default: {$ref: '#/components/responses/E'}\n",
        "    x-note: {get: no operation}\n  x-b: {get: {}}\n",
        "components: {responses: {E: {headers: {x-b: {}, Retry-After: {}}}}}\n",
    ));
    let [operation] = &contract.facts.operations[..] else {
        panic!("one operation")
    };
    assert_eq!(
        (operation.method, operation.id.as_deref()),
        ("post", Some("makeA"))
    );
    assert_eq!(operation.tags, ["x", "y"]);
    assert_eq!(
        operation.response_headers,
        ["location", "retry-after", "x-b"]
    );
    assert_eq!(contract.arena.sources.place(operation.at).line, 5);
    assert_eq!(
        operation
            .feature
            .and_then(|feature| contract.arena.string(feature)),
        Some("beta")
    );
    assert_eq!(problems(&contract), [""; 0]);
}

#[test]
fn a_label_on_any_part_of_a_message_is_reached() {
    let labelled = "x-audience: internal";
    let cases = [
        format!("parameters: [{{name: q, in: query, {labelled}}}]"),
        format!("parameters: [{{name: q, in: query, schema: {{{labelled}}}}}]"),
        format!("requestBody: {{{labelled}, content: {{}}}}"),
        format!("requestBody: {{content: {{application/json: {{{labelled}}}}}}}"),
        format!(
            "requestBody: {{content: {{m: {{encoding: {{f: {{headers: {{H: {{{labelled}}}}}}}}}}}}}}}"
        ),
        format!("responses: {{200: {{{labelled}}}}}"),
        format!("responses: {{200: {{headers: {{X: {{{labelled}}}}}}}}}"),
        format!("responses: {{200: {{headers: {{X: {{schema: {{{labelled}}}}}}}}}}}"),
    ];
    for case in &cases {
        let contract = api(&format!("paths: {{/a: {{get: {{{case}}}}}}}\n"));
        assert_eq!(reached(&contract, "/a", "get").len(), 1, "{case}");
    }
}

#[test]
fn every_keyword_that_holds_schemas_is_followed() {
    let keywords = [
        "properties: {p: @}",
        "patternProperties: {'^p': @}",
        "dependentSchemas: {p: @}",
        "$defs: {p: @}",
        "additionalProperties: @",
        "unevaluatedProperties: @",
        "unevaluatedItems: @",
        "propertyNames: @",
        "items: @",
        "prefixItems: [@]",
        "contains: @",
        "allOf: [@]",
        "anyOf: [@]",
        "oneOf: [@]",
        "not: @",
        "if: @",
        "then: @",
        "else: @",
        "contentSchema: @",
    ];
    for keyword in keywords {
        let schema = keyword.replace('@', "{x-audience: internal}");
        let content = format!("content: {{application/json: {{schema: {{{schema}}}}}}}");
        let contract = api(&format!(
            "paths: {{/a: {{get: {{responses: {{200: {{{content}}}}}}}}}}}\n"
        ));
        assert_eq!(reached(&contract, "/a", "get").len(), 1, "{keyword}");
    }
}

#[test]
fn labels_are_reached_through_references_and_recursion() {
    let contract = api(concat!(
        "paths:\n",
        "  /tree: {get: {responses: {200: {$ref: '#/components/responses/Tree'}}}}\n",
        "  /leaf: {get: {parameters: [{$ref: '#/components/parameters/q'}], responses: {200: {}}}}\n",
        "components:\n",
        "  parameters: {q: {name: q, in: query, schema: {$ref: '#/components/schemas/Leaf'}}}\n",
        "  responses: {Tree: {content: {application/json: {schema: {$ref: '#/components/schemas/Tree'}}}}}\n",
        "  schemas:\n",
        "    Tree: {properties: {children: {items: {$ref: '#/components/schemas/Node'}}}}\n",
        "    Node: {properties: {up: {$ref: '#/components/schemas/Tree'}, cost: {x-audience: internal}, owner: {$ref: '#/components/schemas/Leaf'}}}\n",
        "    Leaf: {type: string, enum: [a, b], x-enum-audience: {b: internal}}\n",
    ));
    let mut tree = reached(&contract, "/tree", "get");
    tree.sort();
    assert_eq!(tree, ["b", "cost"]);
    assert_eq!(reached(&contract, "/leaf", "get"), ["b"]);
    assert_eq!(problems(&contract), [""; 0]);
}

#[test]
fn path_item_parameters_are_parts_of_every_operation_but_grants_are_parts_of_none() {
    let contract = api(concat!(
        "tags: [{name: t, x-audience: partner}]\n",
        "paths:\n  /a:\n    x-audience: public\n    parameters: [{name: id, in: query, x-audience: internal}]\n",
        "    get: {x-audience: partner, responses: {}}\n    put: {responses: {}}\n",
    ));
    assert_eq!(reached(&contract, "/a", "get"), ["id"]);
    assert_eq!(reached(&contract, "/a", "put"), ["id"]);
    let [get, put] = &contract.facts.operations[..] else {
        panic!("two operations")
    };
    let kind = |label: &u32| contract.labels[*label as usize].kind;
    assert_eq!(get.label.as_ref().map(kind), Some(LabelKind::Operation));
    assert_eq!(put.label, None);
    assert_eq!(
        put.path_item_labels.iter().map(kind).collect::<Vec<_>>(),
        [LabelKind::PathItem]
    );
}

#[test]
fn callbacks_links_and_webhooks_are_no_parts_of_an_operation_and_grant_nothing() {
    let contract = api(concat!(
        "webhooks: {w: {post: {x-audience: public, requestBody: {x-audience: internal}}}}\n",
        "paths: {/a: {get: {callbacks: {c: {'{$u}': {post: {x-audience: public, requestBody: {x-audience: internal}}}}}}}}\n",
    ));
    assert_eq!(contract.facts.operations.len(), 1);
    assert_eq!(reached(&contract, "/a", "get"), [""; 0]);
    let grants = contract
        .labels
        .iter()
        .filter(|label| label.kind == LabelKind::Operation);
    assert_eq!(grants.count(), 0);
    assert_eq!(
        contract
            .labels
            .iter()
            .filter(|label| label.kind == LabelKind::Other)
            .count(),
        2
    );
}

#[test]
fn what_is_data_is_never_a_reference_or_a_label() {
    let contract = api(concat!(
        "x-anything: {$ref: '#/nowhere', x-audience: internal}\n",
        "paths: {/a: {get: {parameters: [{name: q, in: query, example: {$ref: '#/nowhere'}, schema: {\n",
        "  default: {$ref: '#/nowhere', x-audience: internal}, enum: [{$ref: '#/nowhere'}], const: {$ref: '#/no'},\n",
        "  properties: {$ref: {type: string}, x-audience: {type: string}},\n",
        "  example: {$ref: '#/nowhere'}}, examples: {e: {value: {$ref: '#/nowhere', x-audience: internal}}}}]}}}\n",
    ));
    assert_eq!(problems(&contract), [""; 0]);
    assert_eq!(contract.labels.len(), 0);
}

#[test]
fn references_reach_into_other_files_and_their_places_are_theirs() {
    let files = vec![
        (
            "paths.yaml",
            "a:\n  parameters:\n    - $ref: 'parts.yaml#/q'\n  get:\n    x-audience: partner\n",
        ),
        (
            "parts.yaml",
            "q: {name: q, in: query, schema: {$ref: '#/s'}}\ns:\n  x-audience: internal\n",
        ),
    ];
    let text = format!("{HEAD}paths:\n  /a:\n    $ref: './paths.yaml#/a'\n");
    let contract = contract(&text, &[], files);
    assert_eq!(problems(&contract), [""; 0]);
    assert_eq!(reached(&contract, "/a", "get").len(), 1);
    let place = contract
        .arena
        .sources
        .place(contract.facts.operations[0].at);
    assert_eq!((place.file, place.line), ("paths.yaml", 4));
    let names: Vec<_> = contract
        .arena
        .sources
        .files()
        .iter()
        .map(|file| file.name.as_str())
        .collect();
    assert_eq!(names, ["api.yaml", "paths.yaml", "parts.yaml"]);
}

#[test]
fn references_that_lead_nowhere_are_reported_where_they_stand() {
    let cases = [
        (
            "{$ref: '#/components/schemas/Gone'}",
            "openapi-ref-dangling api.yaml:6:14",
        ),
        ("{$ref: '#no-anchor'}", "openapi-ref-dangling api.yaml:6:14"),
        (
            "{$ref: '#/components/schemas'}",
            "openapi-ref-kind api.yaml:6:14",
        ),
        (
            "{$ref: '#/components/responses/R'}",
            "openapi-ref-kind api.yaml:6:14",
        ),
        ("{$ref: gone.yaml}", "openapi-ref-outside api.yaml:6:14"),
        (
            "{$ref: '#/components/schemas/S'}",
            "openapi-ref-cycle api.yaml:6:14",
        ),
        (
            "{$ref: '#/components/schemas/Loop'}",
            "openapi-ref-cycle api.yaml:6:14",
        ),
    ];
    for (schema, problem) in cases {
        let contract = api(&format!(
            "components:\n  schemas:\n    S:\n      {schema}\n    Loop: {{$ref: '#/components/schemas/S'}}\n  responses: {{R: {{}}}}\n"
        ));
        assert_eq!(problems(&contract), [problem], "{schema}");
    }
}

#[test]
fn a_reference_of_the_wrong_kind_still_reaches_the_labels_behind_it() {
    let contract = api(concat!(
        "paths: {/a: {get: {responses: {200: {content: {m: {schema: {$ref: '#/components/responses/R'}}}}}}}}\n",
        "components: {responses: {R: {content: {m: {schema: {x-audience: internal}}}}}}\n",
    ));
    assert_eq!(reached(&contract, "/a", "get").len(), 1);
}

#[test]
fn anchors_and_ids_name_schemas() {
    let contract = api(concat!(
        "paths: {/a: {get: {parameters: [{name: q, in: query, schema: {$ref: '#money'}},\n",
        "  {name: r, in: query, schema: {$ref: 'https://example.com/m#/$defs/x'}}]}}}\n",
        "components: {schemas: {M: {$anchor: money, x-audience: internal},\n",
        "  N: {$id: 'https://example.com/m', $defs: {x: {x-audience: partner}}}}}\n",
    ));
    assert_eq!(problems(&contract), [""; 0]);
    assert_eq!(reached(&contract, "/a", "get").len(), 2);
}

#[test]
fn the_hash_names_the_content_of_all_files() {
    let hash = |part: &'static str| {
        contract(
            &format!("{HEAD}paths: {{/a: {{$ref: p.yaml}}}}\n"),
            &[],
            vec![("p.yaml", part)],
        )
        .sha256()
    };
    assert_eq!(hash("get: {}"), hash("get: {}"));
    assert_ne!(hash("get: {}"), hash("put: {}"));
}

#[test]
fn an_audience_of_an_enum_value_that_does_not_exist_is_reported() {
    let contract = api(
        "components: {schemas: {S: {enum: [a, 1], x-enum-audience: {a: partner, 1: partner, c: partner}}}}\n",
    );
    assert_eq!(problems(&contract), ["openapi-enum-audience api.yaml:3:84"]);
    assert_eq!(contract.labels.len(), 3);
}

#[test]
fn methods_in_upper_case_and_trace_are_no_operations_and_said_to_be_none() {
    let contract = api("paths:\n  /a:\n    GET: {}\n    trace: {}\n    get: {}\n");
    let methods: Vec<&str> = contract
        .facts
        .operations
        .iter()
        .map(|one| one.method)
        .collect();
    assert_eq!(methods, ["get"]);
    assert_eq!(
        problems(&contract),
        [
            "operation-misspelt api.yaml:5:5",
            "operation-unserved api.yaml:6:5"
        ]
    );
}

/// Scopes the one operation of a document demands.
fn demanded(document: &str, operation: &str) -> String {
    let text = format!("{document}paths: {{/a: {{get: {{responses: {{}}{operation}}}}}}}\n");
    let contract = api(&text);
    let scopes = contract.facts.operations[0].scopes.iter();
    let alternatives = scopes.map(|all| all.iter().cloned().collect::<Vec<_>>().join(" "));
    alternatives.collect::<Vec<_>>().join(" | ")
}

#[test]
fn an_operation_demands_its_own_scopes_or_the_documents() {
    let usual = "security: [{o: [read]}]\n";
    for (document, operation, expected) in [
        ("", "", ""),
        (usual, "", "read"),
        (usual, ", security: []", ""),
        (usual, ", security: [{}]", ""),
        (usual, ", security: [{o: [write]}]", "write"),
        (usual, ", security: [{o: [write]}, {}]", ""),
        (usual, ", security: [{o: [write]}, {key: []}]", ""),
        (usual, ", security: [{o: [write], key: []}]", "write"),
        (
            usual,
            ", security: [{o: [b, a], p: [c]}, {q: [d]}]",
            "a b c | d",
        ),
        (usual, ", security: [{o: [b, a]}, {q: [a]}]", "a"),
        (usual, ", security: [{o: [a, a]}, {p: [a]}]", "a"),
        (usual, ", security: [{bearer: [role]}]", "role"),
        (usual, ", security: [{bearer: null}]", ""),
        (usual, ", x-scopes: [more]", "more read"),
        (usual, ", security: [{}], x-scopes: [more]", "more"),
        ("", ", x-scopes: [[a, b], [c]]", "a b | c"),
        (usual, ", x-scopes: [[a], [b]]", "a read | b read"),
        (usual, ", x-scopes: []", "read"),
    ] {
        assert_eq!(
            demanded(document, operation),
            expected,
            "{document}{operation}"
        );
    }
}

#[test]
fn what_is_demanded_in_words_nobody_understands_is_an_error() {
    for operation in [
        "security: {o: [read]}",
        "security: [o]",
        "security: [[o]]",
        "security: [{o: read}]",
        "security: [{o: [1]}]",
        "security: [{o: ['']}]",
        "security: read",
        "security: null",
        "x-scopes: read",
        "x-scopes: [[a], b]",
        "x-scopes: [{a: b}]",
    ] {
        let text = format!("paths: {{/a: {{get: {{responses: {{}}, {operation}}}}}}}\n");
        let found = problems(&api(&text));
        assert!(
            found
                .iter()
                .any(|one| one.starts_with("security-malformed api.yaml:3:")),
            "{operation}: {found:?}"
        );
    }
}

#[test]
fn schemes_and_scopes_that_nobody_defines_are_told_once() {
    let contract = api(concat!(
        "security: [{o: [read, rea]}, {oo: [read]}, {connect: [any]}, {elsewhere: [far]}]\n",
        "paths: {/a: {get: {responses: {}}, put: {responses: {}}}}\n",
        "components:\n  securitySchemes:\n",
        "    o: {type: oauth2, flows: {clientCredentials: {scopes: {read: ''}}}}\n",
        "    connect: {type: openIdConnect, openIdConnectUrl: 'https://l'}\n",
        "    elsewhere: {$ref: '#/components/securitySchemes/o'}\n",
    ));
    let found = problems(&contract);
    assert_eq!(
        found,
        [
            "scope-undefined api.yaml:3:23",
            "security-scheme-unknown api.yaml:3:31",
            "scope-undefined api.yaml:3:75",
        ]
    );
}

/// What the one operation of a document binds.
fn bound(item: &str, operation: &str) -> Contract {
    api(&format!(
        "paths:\n  /c/{{id}}:\n    {item}\n    get: {{responses: {{}}, {operation}}}\n\
         components:\n  parameters: {{H: {{in: header, name: X-Customer}}}}\n\
         \x20 schemas:\n    Order: {{allOf: [{{$ref: '#/components/schemas/Base'}}, {{properties: {{items: {{items: {{}}}}}}}}]}}\n\
         \x20   Base: {{properties: {{customer: {{$ref: '#/components/schemas/Customer'}}}}}}\n\
         \x20   Customer: {{properties: {{id: {{type: string}}, parent: {{$ref: '#/components/schemas/Customer'}}}}}}\n"
    ))
}

const PARAMETERS: &str =
    "parameters: [{in: path, name: id}, {in: query, name: c}, {$ref: '#/components/parameters/H'}]";
const BODY: &str =
    "requestBody: {content: {application/json: {schema: {$ref: '#/components/schemas/Order'}}}}";

#[test]
fn values_are_bound_by_operation_and_path_item_together() {
    let contract = bound(
        &format!("{PARAMETERS}\n    x-authorize: {{path.id: claim.sub}}"),
        &format!(
            "{BODY}, x-authorize: {{query.c: [caller.consumer, claim.https://acme/c], \
             header.X-CUSTOMER: 'claim#/a/b', 'body#/customer/parent/id': caller.application}}"
        ),
    );
    assert_eq!(problems(&contract), Vec::<String>::new());
    let written: Vec<_> = contract.facts.operations[0]
        .bindings
        .iter()
        .map(|one| one.written())
        .collect();
    assert_eq!(
        written,
        [
            "body#/customer/parent/id=caller.application",
            "header.x-customer=claim#/a/b",
            "path.id=claim.sub",
            "query.c=claim#/https:~1~1acme~1c,caller.consumer",
        ]
    );
}

#[test]
fn a_binding_that_cannot_be_meant_is_an_error() {
    for (said, code) in [
        ("path.Id: claim.sub", "authorize-unknown"),
        ("path.ic: claim.sub", "authorize-unknown"),
        ("query.C: claim.sub", "authorize-unknown"),
        ("header.y: claim.sub", "authorize-unknown"),
        ("'body#/customer/name': claim.sub", "authorize-unknown"),
        ("'body#/items/0': claim.sub", "authorize-unknown"),
        ("'body#/': claim.sub", "authorize-unknown"),
        ("body.customer: claim.sub", "authorize-malformed"),
        ("'body#': claim.sub", "authorize-malformed"),
        ("cookie.a: claim.sub", "authorize-malformed"),
        ("id: claim.sub", "authorize-malformed"),
        ("path.: claim.sub", "authorize-malformed"),
        ("path.id: sub", "authorize-malformed"),
        ("path.id: claim.", "authorize-malformed"),
        ("path.id: claim", "authorize-malformed"),
        ("path.id: 'claim#sub'", "authorize-malformed"),
        ("path.id: caller.name", "authorize-malformed"),
        ("path.id: []", "authorize-malformed"),
        ("path.id: [claim.sub, 7]", "authorize-malformed"),
        ("path.id: {claim: sub}", "authorize-malformed"),
    ] {
        let operation = format!("{BODY}, x-authorize: {{{said}}}");
        let found = problems(&bound(PARAMETERS, &operation));
        assert!(
            found.iter().any(|one| one.starts_with(code)),
            "{said}: {found:?}"
        );
    }
    for said in [
        "x-authorize: [path.id]",
        "x-authorize: claim.sub",
        "x-authorize: null",
    ] {
        let found = problems(&bound(PARAMETERS, said));
        assert!(
            found
                .iter()
                .any(|one| one.starts_with("authorize-malformed")),
            "{said}: {found:?}"
        );
    }
    for said in [
        "x-authorise: {path.id: claim.sub}",
        "X-Authorize: {path.id: claim.sub}",
    ] {
        let found = problems(&bound(PARAMETERS, said));
        assert!(
            found.iter().any(|one| one.starts_with("misspelt-label")),
            "{said}: {found:?}"
        );
    }
    let elsewhere = "parameters: [{in: path, name: id, x-authorize: {path.id: claim.sub}}]";
    let found = problems(&bound(elsewhere, "description: here"));
    assert!(
        found
            .iter()
            .any(|one| one.starts_with("authorize-misplaced")),
        "{found:?}"
    );
}

#[test]
fn callers_are_named_by_operation_and_path_item_together() {
    let contract = bound(
        "x-callers: {groups: [desk]}\n    x-groups: [support]",
        "x-callers: {services: [crm, spiffe://acme/billing]}, x-groups: [refunds, desk]",
    );
    assert_eq!(problems(&contract), Vec::<String>::new());
    let operation = &contract.facts.operations[0];
    let names = |all: &[document::contract::Named]| {
        let names = all.iter().map(|one| one.name.clone());
        names.collect::<Vec<_>>().join(" ")
    };
    let each = operation.callers.iter();
    let said: Vec<_> = each
        .map(|one| (names(&one.services), names(&one.groups)))
        .collect();
    assert_eq!(
        said,
        [
            ("crm spiffe://acme/billing".to_owned(), String::new()),
            (String::new(), "desk".to_owned())
        ]
    );
    let groups: Vec<_> = operation.groups.iter().map(|all| names(all)).collect();
    assert_eq!(groups, ["refunds desk", "support"]);
}

#[test]
fn callers_that_cannot_be_meant_are_an_error() {
    for (said, code) in [
        ("x-callers: [crm]", "callers-malformed"),
        ("x-callers: {}", "callers-malformed"),
        ("x-callers: null", "callers-malformed"),
        ("x-callers: {services: []}", "callers-malformed"),
        ("x-callers: {services: crm}", "callers-malformed"),
        ("x-callers: {services: [7]}", "callers-malformed"),
        ("x-callers: {service: [crm]}", "callers-malformed"),
        ("x-callers: {people: [crm]}", "callers-malformed"),
        ("x-groups: desk", "callers-malformed"),
        ("x-groups: []", "callers-malformed"),
        ("x-groups: [{}]", "callers-malformed"),
        ("x-caller: {services: [crm]}", "misspelt-label"),
        ("X-Callers: {services: [crm]}", "misspelt-label"),
        (
            "parameters: [{in: path, name: id, x-callers: {services: [crm]}}]",
            "callers-misplaced",
        ),
    ] {
        let found = problems(&bound("description: here", said));
        assert!(
            found.iter().any(|one| one.starts_with(code)),
            "{said}: {found:?}"
        );
    }
}

const ANSWERS: &str = "responses: {'201': {content: {application/json: {schema: {$ref: '#/components/schemas/Order'}}}}, \
     '409': {content: {application/json: {schema: {properties: {why: {}}}}}}}";

/// One operation that puts, with what is said of its record.
fn recorded(said: &str) -> Contract {
    api(&format!(
        "paths:\n  /a/{{id}}:\n\
         \x20   {PARAMETERS}\n    put: {{{BODY}, {ANSWERS}, {said}}}\n\
         components:\n  parameters: {{H: {{in: header, name: X-Customer}}}}\n\
         \x20 schemas:\n    Order: {{allOf: [{{$ref: '#/components/schemas/Base'}}, {{properties: {{items: {{items: {{}}}}}}}}]}}\n\
         \x20   Base: {{properties: {{customer: {{$ref: '#/components/schemas/Customer'}}, \
         card: {{type: string, x-sensitive: payment}}}}}}\n\
         \x20   Customer: {{properties: {{id: {{type: string}}, parent: {{$ref: '#/components/schemas/Customer'}}}}}}\n"
    ))
}

#[test]
fn an_operation_says_which_record_it_writes() {
    for (id, sensitive) in [
        ("path.id", false),
        ("query.c", false),
        ("request.body#/customer/parent/id", false),
        ("response.body#/customer/id", false),
        ("response.body#/card", true),
        ("request.body#/card", true),
    ] {
        let contract = recorded(&format!("x-record: {{type: order, id: '{id}'}}"));
        assert_eq!(problems(&contract), Vec::<String>::new(), "{id}");
        let record = contract.facts.operations[0].record.as_ref().unwrap();
        let found = (record.kind.as_str(), record.written(), record.sensitive);
        assert_eq!(found, ("order", id.to_owned(), sensitive));
    }
}

#[test]
fn an_id_is_sensitive_where_the_operation_says_so_and_its_path_does_not() {
    let own = "parameters: [{in: query, name: c, schema: {type: string, x-sensitive: payment}}]";
    let contract = recorded(&format!("{own}, x-record: {{type: order, id: query.c}}"));
    let record = contract.facts.operations[0].record.as_ref();
    assert!(record.is_some_and(|record| record.sensitive));
}

#[test]
fn a_record_that_cannot_be_meant_is_an_error() {
    for (said, code) in [
        ("x-record: {type: order, id: path.ID}", "record-unknown"),
        ("x-record: {type: order, id: query.d}", "record-unknown"),
        (
            "x-record: {type: order, id: 'request.body#/nobody'}",
            "record-unknown",
        ),
        (
            "x-record: {type: order, id: 'response.body#/why'}",
            "record-unknown",
        ),
        (
            "x-record: {type: order, id: 'response.body#/items/0'}",
            "record-unknown",
        ),
        (
            "x-record: {type: order, id: 'body#/card'}",
            "record-malformed",
        ),
        (
            "x-record: {type: order, id: header.X-Customer}",
            "record-malformed",
        ),
        (
            "x-record: {type: order, id: 'response.body#'}",
            "record-malformed",
        ),
        ("x-record: {type: order, id: path.}", "record-malformed"),
        ("x-record: {type: order, id: 7}", "record-malformed"),
        ("x-record: {type: order}", "record-malformed"),
        ("x-record: {id: path.id}", "record-malformed"),
        ("x-record: {type: Order, id: path.id}", "record-malformed"),
        ("x-record: {type: 'a:b', id: path.id}", "record-malformed"),
        ("x-record: {type: 7, id: path.id}", "record-malformed"),
        (
            "x-record: {type: order, id: path.id, name: x}",
            "record-malformed",
        ),
        ("x-record: order", "record-malformed"),
        ("X-Record: {type: order, id: path.id}", "misspelt-label"),
    ] {
        let found = problems(&recorded(said));
        let is_said = found.iter().any(|one| one.starts_with(code));
        assert!(is_said, "{said}: {found:?}");
    }
    let reading = bound(PARAMETERS, "x-record: {type: order, id: path.id}");
    let found = problems(&reading);
    let is_said = found
        .iter()
        .any(|one| one.starts_with("record-safe-method"));
    assert!(is_said, "{found:?}");
    let elsewhere = format!("{PARAMETERS}\n    x-record: {{type: order, id: path.id}}");
    let found = problems(&bound(&elsewhere, "description: here"));
    let is_said = found.iter().any(|one| one.starts_with("record-misplaced"));
    assert!(is_said, "{found:?}");
}
