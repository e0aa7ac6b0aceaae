//! A narrow part keeps its operation back wherever it hides: what is out of the walker's sight would leak.

mod common;

use common::{contract, problems, reached};
use document::Contract;

const SECRET: &str = "{properties: {s: {x-audience: internal}}}";

fn api(rest: &str) -> Contract {
    let head = "openapi: 3.1.0\ninfo: {title: Shop, version: 1.2.0}\n";
    contract(&format!("{head}{rest}"), &[], vec![])
}

/// How many labels `GET /a` reaches when `operation` is written there.
fn labels_behind(operation: &str, components: &str) -> usize {
    let contract = api(&format!(
        "paths: {{/a: {{get: {{{operation}}}}}}}\ncomponents: {{{components}}}\n"
    ));
    reached(&contract, "/a", "get").len()
}

fn answer(schema: &str) -> String {
    format!("responses: {{200: {{content: {{m: {{schema: {schema}}}}}}}}}")
}

#[test]
fn a_label_on_a_list_of_parts_narrows_what_the_list_belongs_to() {
    let cases = [
        "responses: {x-audience: internal, 200: {}}",
        "responses: {200: {content: {x-audience: internal, m: {}}}}",
        "responses: {200: {headers: {x-audience: internal}}}",
        "responses: {200: {content: {m: {schema: {properties: {x-audience: internal}}}}}}",
        "responses: {200: {content: {m: {examples: {e: {x-audience: internal, value: 1}}}}}}",
        "requestBody: {content: {m: {encoding: {f: {x-audience: internal}}}}}",
        "parameters: [{name: q, in: query, x-enum-audience: {a: internal}, schema: {enum: [a]}}]",
    ];
    for case in cases {
        assert_eq!(labels_behind(case, ""), 1, "{case}");
    }
}

#[test]
fn a_property_or_header_named_like_the_label_is_a_part_and_no_label() {
    let schema = answer("{properties: {x-audience: {type: string, x-audience: internal}}}");
    assert_eq!(labels_behind(&schema, ""), 1);
    let schema = answer("{properties: {x-audience: {type: string}}}");
    assert_eq!(labels_behind(&schema, ""), 0);
}

#[test]
fn a_reference_where_openapi_knows_none_is_followed_and_said() {
    let components = format!(
        "schemas: {{}}, x: {{M: {{schema: {SECRET}}}, C: {{m: {{schema: {SECRET}}}}}, P: {{s: {SECRET}}}, \
         R: {{200: {{x-audience: internal}}}}, L: [{{name: q, in: query, x-audience: internal}}], \
         O: {{parameters: [{{name: q, in: query, x-audience: internal}}]}}}}"
    );
    let cases = [
        "$ref: '#/components/x/O'",
        "responses: {$ref: '#/components/x/R'}",
        "parameters: {$ref: '#/components/x/L'}",
        "responses: {200: {content: {$ref: '#/components/x/C'}}}",
        "responses: {200: {content: {m: {$ref: '#/components/x/M'}}}}",
        "responses: {200: {content: {m: {schema: {properties: {$ref: '#/components/x/P'}}}}}}",
    ];
    for case in cases {
        let contract = api(&format!(
            "paths: {{/a: {{get: {{{case}}}}}}}\ncomponents: {{{components}}}\n"
        ));
        assert_eq!(reached(&contract, "/a", "get").len(), 1, "{case}");
        let said = problems(&contract);
        assert!(
            said[0].starts_with("openapi-ref-misplaced "),
            "{case}: {said:?}"
        );
        assert_eq!(said.len(), 1, "{case}");
    }
}

#[test]
fn references_in_place_of_lists_that_lead_round_in_a_circle_end() {
    let contract = api(concat!(
        "paths: {/a: {get: {responses: {200: {content: {$ref: '#/components/x/C'}}}}}}\n",
        "components: {x: {C: {$ref: '#/components/x/C'}}}\n",
    ));
    assert_eq!(problems(&contract).len(), 2);
}

#[test]
fn what_a_discriminator_may_choose_is_reached() {
    let pet = answer("{$ref: '#/components/schemas/Pet'}");
    let choosing = |mapping: &str| {
        format!(
            "schemas: {{Pet: {{discriminator: {{mapping: {{cat: {mapping}}}}}}}, Cat: {SECRET}}}"
        )
    };
    assert_eq!(
        labels_behind(&pet, &choosing("'#/components/schemas/Cat'")),
        1
    );
    assert_eq!(labels_behind(&pet, &choosing("Cat")), 1);
    assert_eq!(labels_behind(&pet, &choosing("Dog")), 0);
}

#[test]
fn what_inherits_a_discriminator_may_stand_for_its_base() {
    let pet = answer("{$ref: '#/components/schemas/Pet'}");
    let heirs = |pet: &str| {
        format!(
            "schemas: {{Pet: {pet}, Cat: {{allOf: [{{$ref: '#/components/schemas/Pet'}}]}}, \
             Lion: {{allOf: [{{$ref: '#/components/schemas/Cat'}}, {SECRET}]}}}}"
        )
    };
    assert_eq!(
        labels_behind(&pet, &heirs("{discriminator: {propertyName: k}}")),
        1
    );
    assert_eq!(labels_behind(&pet, &heirs("{type: object}")), 0);
}

#[test]
fn old_dependencies_hold_schemas_or_names() {
    let schema = answer(&format!("{{dependencies: {{a: {SECRET}, b: [c, d]}}}}"));
    assert_eq!(labels_behind(&schema, ""), 1);
    let contract = api(&format!("paths: {{/a: {{get: {{{schema}}}}}}}\n"));
    assert_eq!(problems(&contract), [""; 0]);
}

#[test]
fn a_tag_that_is_a_number_is_the_tag_of_that_name() {
    let contract =
        api("tags: [{name: 404, x-audience: internal}]\npaths: {/a: {get: {tags: [404]}}}\n");
    assert_eq!(contract.facts.operations[0].tags, ["404"]);
    assert_eq!(contract.labels[0].name, "404");
}

#[test]
fn a_label_nobody_would_read_is_an_error() {
    for key in [
        "X-Audience",
        "x_audience",
        "x-audiance",
        "x-audiences",
        "X-Enum-Audience",
    ] {
        let contract = api(&format!("paths:\n  /a:\n    {key}: internal\n"));
        assert_eq!(
            problems(&contract),
            ["misspelt-label api.yaml:5:5"],
            "{key}"
        );
    }
    let contract = api("paths:\n  /a:\n    x-audit: yes\n");
    assert_eq!(problems(&contract), [""; 0]);
}

#[test]
fn ten_thousand_warnings_do_not_hide_an_error() {
    let warnings = "1,".repeat(10_100);
    let contract = api(&format!(
        "paths: {{/a: {{parameters: [{warnings} {{$ref: '#/nowhere'}}]}}}}\n"
    ));
    let said = problems(&contract);
    assert_eq!(said.len(), 10_000);
    assert!(
        said.iter()
            .any(|problem| problem.starts_with("openapi-ref-dangling"))
    );
}

#[test]
fn a_misspelt_action_of_an_overlay_is_an_error() {
    let head = "openapi: 3.1.0\ninfo: {title: Shop, version: 1.2.0}\n";
    let overlay =
        "overlay: 1.0.0\nactions:\n  - target: $.paths['/a']\n    udpate: {x-audience: internal}\n";
    let contract = contract(
        &format!("{head}paths: {{/a: {{x-audience: public, get: {{}}}}}}\n"),
        &[overlay],
        vec![],
    );
    assert_eq!(problems(&contract), ["overlay-shape overlay0.yaml:4:5"]);
    let severities = contract
        .arena
        .problems
        .iter()
        .map(|problem| problem.severity);
    assert_eq!(severities.collect::<Vec<_>>(), [document::Severity::Error]);
}
