//! What is listed as exposed, and what is said of it.

mod common;

use common::contract;
use document::contract::Contract;
use document::exposure::{Served, expose};
use document::projection::{Audience, Words};

const SHOP: &str = r#"
openapi: 3.1.0
info: { title: Shop, version: 1.0.0 }
security: [{ key: [] }, { token: [] }]
paths:
  /orders:
    post:
      operationId: placeOrder
      requestBody:
        content: { application/json: { schema: { $ref: '#/components/schemas/Order' } } }
      responses: { '201': { description: placed } }
  /orders/{orderId}:
    parameters: [{ name: orderId, in: path, required: true, schema: { type: string } }]
    get:
      operationId: getOrder
      parameters:
        - { name: expand, in: query, schema: { type: string } }
        - { $ref: '#/components/parameters/Page' }
      responses:
        '200':
          description: found
          headers: { ETag: { schema: { type: string } } }
          content: { application/json: { schema: { $ref: '#/components/schemas/Order' } } }
  /orders/export:
    get:
      operationId: exportOrders
      x-opaque: true
      responses:
        '200':
          description: a table
          content: { text/csv: { schema: { $ref: '#/components/schemas/Order' } } }
components:
  parameters:
    Page: { name: page, in: query, schema: { type: string, enum: [first, last] } }
  schemas:
    Order:
      type: object
      properties:
        id: { type: string, readOnly: true }
        margin: { type: number, x-audience: internal }
        agent: { type: string, x-audience: partner }
        card: { type: string, x-sensitive: { class: payment, mask: { partner: last4, public: drop } } }
        email: { type: string, x-sensitive: personal }
        parent: { $ref: '#/components/schemas/Order' }
        state: { type: string, enum: [open, lost], x-enum-audience: { lost: internal } }
        tags: { type: object, additionalProperties: { type: string } }
"#;

const PLACE_ORDER: u32 = 0;
const GET_ORDER: u32 = 1;
const EXPORT: u32 = 2;

fn words() -> Words {
    Words::from([
        ("internal".to_owned(), Audience::Internal),
        ("partner".to_owned(), Audience::Partner),
        ("public".to_owned(), Audience::Public),
    ])
}

fn shop() -> Contract {
    contract(SHOP, &[], Vec::new())
}

/// `ring way name [-> target] [= value]` of each line.
fn lines(contract: &Contract, partner: &[u32], public: &[u32]) -> Vec<String> {
    let text = exposed(contract, partner, public).0;
    let line = |line: &str| {
        let fields: Vec<&str> = line.split('\t').collect();
        let target = match fields[4] {
            "" => String::new(),
            target => format!(" -> {target}"),
        };
        let value = match fields[5] {
            "" => String::new(),
            value => format!(" = {value}"),
        };
        format!("{} {} {}{target}{value}", fields[0], fields[2], fields[3])
    };
    text.lines().skip(1).map(line).collect()
}

fn exposed(contract: &Contract, partner: &[u32], public: &[u32]) -> (String, Vec<String>) {
    let served = [
        Served {
            ring: Audience::Partner,
            operations: partner,
        },
        Served {
            ring: Audience::Public,
            operations: public,
        },
    ];
    let exposure = expose(contract, &words(), &served);
    let said = exposure.problems.iter();
    let said = said.map(|problem| {
        let place = contract.arena.sources.place(problem.at);
        format!("{} {}", problem.code, place.line)
    });
    (exposure.text, said.collect())
}

#[test]
fn each_part_is_listed_once_with_the_furthest_ring_that_sees_it() {
    let shop = shop();
    let expected = [
        "partner call POST /orders",
        "partner write POST /orders requestBody",
        "partner write POST /orders requestBody/content/application~1json -> #/components/schemas/Order",
        "partner read POST /orders responses/201",
        "public write /orders/{orderId} parameters/path.orderId",
        "public call GET /orders/{orderId}",
        "public write GET /orders/{orderId} parameters/query.expand",
        "public write GET /orders/{orderId} parameters/query.page -> #/components/parameters/Page",
        "public read GET /orders/{orderId} responses/200",
        "public read GET /orders/{orderId} responses/200/content/application~1json -> #/components/schemas/Order",
        "public read GET /orders/{orderId} responses/200/headers/ETag",
        "public write #/components/parameters/Page/schema = first",
        "public write #/components/parameters/Page/schema = last",
        "partner read #/components/schemas/Order/properties/agent",
        "partner write #/components/schemas/Order/properties/agent",
        "partner read #/components/schemas/Order/properties/card",
        "partner write #/components/schemas/Order/properties/card",
        "public read #/components/schemas/Order/properties/email",
        "partner write #/components/schemas/Order/properties/email",
        "public read #/components/schemas/Order/properties/id",
        "public read #/components/schemas/Order/properties/parent -> #/components/schemas/Order",
        "partner write #/components/schemas/Order/properties/parent -> #/components/schemas/Order",
        "public read #/components/schemas/Order/properties/state",
        "public read #/components/schemas/Order/properties/state = open",
        "partner write #/components/schemas/Order/properties/state",
        "partner write #/components/schemas/Order/properties/state = open",
        "public read #/components/schemas/Order/properties/tags",
        "partner write #/components/schemas/Order/properties/tags",
        "public read #/components/schemas/Order/properties/tags/additionalProperties",
        "partner write #/components/schemas/Order/properties/tags/additionalProperties",
    ];
    let found = lines(&shop, &[PLACE_ORDER, GET_ORDER], &[GET_ORDER]);
    assert_eq!(found, expected, "{}", found.join("\n"));
}

#[test]
fn nothing_is_listed_where_nothing_is_served() {
    assert_eq!(exposed(&shop(), &[], &[]), (String::new(), Vec::new()));
}

#[test]
fn a_place_a_label_and_the_first_operation_stand_with_each_line() {
    let (text, _) = exposed(&shop(), &[GET_ORDER], &[]);
    let agent = text.lines().find(|line| line.contains("/agent"));
    let fields: Vec<&str> = agent.expect("a line of it").split('\t').collect();
    assert_eq!(&text.lines().next(), &Some("api.yaml"));
    assert_eq!(
        &fields[6..9],
        ["0:41:9", "0:41:44", "GET /orders/{orderId}"]
    );
}

#[test]
fn sensitive_values_are_listed_with_their_class_and_masks() {
    let (text, _) = exposed(&shop(), &[GET_ORDER], &[GET_ORDER]);
    let of = |name: &str| {
        let line = text.lines().find(|line| line.contains(name));
        let fields: Vec<&str> = line.expect("a line of it").split('\t').collect();
        [fields[0], fields[9], fields[10], fields[11]].join(" ")
    };
    assert_eq!(of("properties/card"), "partner payment last4 drop");
    assert_eq!(of("properties/email"), "public personal  ");
    assert_eq!(of("properties/id"), "public   ");
}

#[test]
fn what_a_reviewer_should_know_is_said_once() {
    let (_, said) = exposed(&shop(), &[GET_ORDER], &[GET_ORDER]);
    assert_eq!(
        said,
        [
            "hybrid-api 4",
            "free-form-parameter 17",
            "hidden-coupling 40",
            "sensitive-unmasked 43"
        ],
    );
}

#[test]
fn an_opaque_body_with_a_narrower_part_is_an_error() {
    let (text, said) = exposed(&shop(), &[EXPORT], &[]);
    assert!(text.contains("partner\topaque\topaque\tGET /orders/export\t"));
    assert!(said.contains(&"hybrid-operation 31".to_owned()), "{said:?}");
}

#[test]
fn each_path_that_leads_to_an_operation_is_an_operation() {
    let paths = "
openapi: 3.1.0
info: { title: Shop, version: 1.0.0 }
paths:
  /a: { $ref: 'paths.yaml#/a' }
  /b: { $ref: 'paths.yaml#/a' }
";
    let item = "a: { get: { responses: { '200': { description: fine } } } }";
    let shop = contract(paths, &[], vec![("paths.yaml", item)]);
    let expected = [
        "public call GET /a",
        "public call GET /b",
        "public read paths.yaml#/a/get/responses/200",
    ];
    assert_eq!(lines(&shop, &[0, 1], &[0, 1]), expected);
}
