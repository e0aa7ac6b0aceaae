//! Linting again comes to what linting anew comes to, whatever was edited.

use document::contract::{ReadFile, Reader, Refusal};
use lint::{
    Foreign, Found, Input, Memory, Problem, Rules, Shown, Subject, View, Written, lint, load,
};

struct Alone;

impl Reader for Alone {
    fn read(&mut self, _: &str, reference: &str) -> Result<ReadFile, Refusal> {
        panic!("{reference} is another file")
    }
}

/// Says what it was asked, and counts: nothing it says may be kept.
#[derive(Default)]
struct Asked(usize);

impl Foreign for Asked {
    fn call(
        &mut self,
        _: usize,
        _: View<'_>,
        _: &Input,
        path: &[String],
    ) -> Result<Vec<Problem>, String> {
        self.0 += 1;
        Ok(vec![Problem::new(path.join(" "))])
    }
}

const RULES: &str = r#"[
    {"given": ["$"], "function": "openapiDocument", "resolved": false},
    {"given": ["$"], "function": "openapiUnusedComponents", "resolved": false},
    {"given": ["$"], "function": "openapiPathParameters"},
    {"given": ["$"], "function": "openapiUniqueOperationIds"},
    {"given": ["$..content..[?(@ && @.schema && (@.example !== undefined || @.examples))]"], "function": "openapiMediaExample"},
    {"given": ["$..[?(@property !== 'properties' && @ && (@.example !== undefined || @.default !== undefined))]"], "function": "openapiSchemaExample"},
    {"given": ["$.paths[*].get"], "function": "openapiPaginated"},
    {"given": ["$..schema^"], "function": "truthy", "field": "description"},
    {"given": ["$..properties[*]~"], "function": "length", "options": {"max": 1}},
    {"given": ["$..[?(@parent && @parent.description)]"], "function": "truthy", "field": "summary"},
    {"given": ["$..[?(@parentProperty === 'schema')]"], "function": "falsy"},
    {"given": ["$..[?(@root.info.title && @.type)]"], "function": "defined", "field": "title"},
    {"given": ["$..[?(@path.includes('get') && @.type)]"], "function": "defined", "field": "format"},
    {"given": ["$.paths[*][*]"], "function": "falsy", "field": "$..schema.type"},
    {"given": ["$.paths[*][*].responses"], "function": "falsy", "field": "200.description"},
    {"given": ["$.components.schemas[?(@.type === 'object')]"], "function": "defined", "field": "title"},
    {"given": ["$.components.schemas[?(@.items.type === 'object')]"], "function": "defined", "field": "title"},
    {"given": ["$.components.schemas[?(@parent.responses.Fine.unknown)]"], "function": "defined", "field": "title"},
    {"given": ["$.paths[?(@parent.info.title === 'T')]"], "function": "falsy"},
    {"given": ["$.paths[?(@property === '/c')]"], "function": "falsy"},
    {"given": ["$.components[*][?(@parentProperty === 'schemas' && @.type)]"], "function": "falsy"},
    {"given": ["$.components.schemas[?(@root.info.titel)]"], "function": "falsy"},
    {"given": ["$.components.parameters[?(@.required)].schema"], "function": "falsy"}
]"#;

const DOCUMENT: &str = "\
openapi: 3.0.3
info: {title: T, version: '1'}
paths:
  /a/{id}:
    parameters: [{$ref: '#/components/parameters/Id'}]
    get:
      operationId: a
      responses:
        '200': {description: '', content: {application/json: {schema: {$ref: '#/components/schemas/List'}, example: [1]}}}
    post:
      operationId: b
      requestBody: {content: {application/json: {schema: {$ref: '#/components/schemas/Item'}, example: {n: x}}}}
      responses: {'200': {$ref: '#/components/responses/Fine'}}
  /b:
    get:
      operationId: c
      responses: {'200': {$ref: '#/paths/~1a~1{id}/get/responses/200'}}
components:
  parameters:
    Id: {name: id, in: path, required: true, schema: {type: string, default: 7}}
  responses:
    Fine: {description: fine, content: {application/json: {schema: {$ref: '#/components/schemas/Item'}}}}
  schemas:
    List: {type: array, items: {$ref: '#/components/schemas/Item'}}
    Item: {type: object, properties: {n: {type: integer, example: e}, next: {$ref: '#/components/schemas/Item'}}}
    Alone: {type: string}
x-webhooks:
  made: {post: {operationId: w, responses: {'200': {description: taken, content: {a/b: {schema: {$ref: '#/components/schemas/Item'}}}}}}}
  gone: {post: {operationId: g}}
";

/// What is written instead of what; the document stays one.
const EDITS: [(&str, &str); 20] = [
    ("type: integer", "type: string"),
    ("operationId: c", "operationId: a"),
    ("schemas/Item'}, example", "schemas/Alone'}, example"),
    ("    Alone: {type: string}\n", ""),
    ("required: true, ", ""),
    ("title: T", "titel: T"),
    ("/b:", "/c:"),
    ("example: e", "example: 5"),
    (
        "'#/components/responses/Fine'",
        "'#/components/responses/Gone'",
    ),
    ("get/responses/200", "get/responses/201"),
    ("openapi: 3.0.3", "openapi: 3.1.0"),
    ("description: fine", "description: fine, unknown: 1"),
    (
        "items: {$ref: '#/components/schemas/Item'}",
        "items: {type: integer}",
    ),
    (
        "\n    get:\n      operationId: c",
        "\n    x-s: 1\n    get:\n      operationId: c",
    ),
    ("name: id, in: path", "name: id,   in: path"),
    ("components:\n", "# said\ncomponents:\n"),
    ("properties: {n:", "properties: {m: {type: string}, n:"),
    ("example: [1]", "example: [{n: 1}]"),
    ("operationId: w", "operationId: a"),
    ("description: taken", "summary: taken"),
];

fn rules(foreign: bool) -> Rules {
    let written: Vec<serde_json::Value> = serde_json::from_str(RULES).unwrap();
    let mut rules: Vec<Written> = Vec::new();
    for (number, rule) in written.iter().enumerate() {
        let then = serde_json::json!({
            "field": rule["field"], "function": rule["function"],
            "options": rule.get("options").cloned().unwrap_or_default(), "foreign": null,
        });
        let rule = serde_json::json!({
            "code": number.to_string(), "message": null, "description": null, "given": rule["given"],
            "resolved": rule.get("resolved").cloned().unwrap_or(true.into()), "then": [then],
        });
        rules.push(serde_json::from_value(rule).unwrap());
    }
    if foreign {
        let rule = r#"{"code": "own", "message": null, "description": null, "given": ["$..schema"],
            "then": [{"field": null, "function": "own", "options": null, "foreign": 0}]}"#;
        rules.push(serde_json::from_str(rule).unwrap());
    }
    Rules::new(rules).unwrap_or_else(|faults| panic!("{faults:?}"))
}

fn read(text: &str) -> Subject {
    let Ok(subject) = load("openapi.yaml", text.as_bytes(), &mut Alone) else {
        panic!("no document: {text}")
    };
    subject
}

fn told(found: Vec<Found>) -> Vec<(usize, String, String)> {
    let mut told: Vec<_> = found
        .into_iter()
        .map(|one| (one.rule, one.path.join("/"), one.message))
        .collect();
    told.sort();
    told
}

/// The document with some of the edits.
fn edited(edits: u32) -> String {
    let mut text = DOCUMENT.to_owned();
    for (number, (before, after)) in EDITS.iter().enumerate() {
        if (edits >> number) & 1 == 1 {
            text = text.replace(before, after);
        }
    }
    text
}

/// A walk over sets of edits, one taken or undone at a time: always the same one.
fn walk() -> impl Iterator<Item = u32> {
    let mut state = 0x2545_f491_u64;
    std::iter::successors(Some(0_u32), move |edits| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        Some(edits ^ (1 << ((state >> 33) % EDITS.len() as u64)))
    })
}

#[test]
fn linting_again_finds_what_linting_anew_finds() {
    let rules = rules(false);
    let mut memory = Memory::default();
    for edits in walk().take(400) {
        let subject = read(&edited(edits));
        let again = memory.lint(&rules, &subject, &mut Asked::default(), Shown::All);
        let anew = lint(&rules, &subject, &mut Asked::default());
        assert_eq!(told(again.unwrap()), told(anew.unwrap()), "{edits:020b}");
    }
}

#[test]
fn functions_of_a_rulesets_own_are_asked_each_time() {
    let rules = rules(true);
    let mut memory = Memory::default();
    let subject = read(DOCUMENT);
    let mut calls = Vec::new();
    for _ in 0..3 {
        let mut asked = Asked::default();
        memory
            .lint(&rules, &subject, &mut asked, Shown::All)
            .unwrap();
        calls.push(asked.0);
    }
    assert!(
        calls[0] > 0 && calls.iter().all(|count| *count == calls[0]),
        "{calls:?}"
    );
}

#[test]
fn aliases_of_yaml_are_linted_anew() {
    let rules = rules(false);
    let mut memory = Memory::default();
    let text = DOCUMENT
        .replace("{description: ''", "{description: &d ''")
        .replace(
            "x-webhooks:",
            "    Other: {type: string, description: *d}\nx-webhooks:",
        );
    for text in [&text, &text.replace("type: integer", "type: boolean")] {
        let subject = read(text);
        let again = memory.lint(&rules, &subject, &mut Asked::default(), Shown::All);
        let anew = lint(&rules, &subject, &mut Asked::default());
        assert_eq!(told(again.unwrap()), told(anew.unwrap()));
    }
}

#[test]
fn the_worst_come_first_and_of_these_the_first() {
    let rules = rules(false);
    let levels: Vec<u8> = (0..rules.rules.len())
        .map(|number| number as u8 % 3)
        .collect();
    let mut memory = Memory::default();
    for edits in walk().take(40) {
        let subject = read(&edited(edits));
        let start = |one: &Found| lint::ranges::start(&subject.arena, subject.root(), &one.path);
        let rank = |found: &[Found]| {
            let mut ranks: Vec<(u8, u32)> = found
                .iter()
                .map(|one| (levels[one.rule], start(one)))
                .collect();
            ranks.sort_unstable();
            ranks
        };
        let anew = rank(&lint(&rules, &subject, &mut Asked::default()).unwrap());
        let shown = Shown::Worst(7, &levels);
        let worst = memory
            .lint(&rules, &subject, &mut Asked::default(), shown)
            .unwrap();
        assert_eq!(rank(&worst), anew[..7]);
    }
}
