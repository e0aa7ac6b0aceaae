//! Rules over small documents, beside the code: what each function and path finds, and where.

use document::contract::{ReadFile, Reader, Refusal};
use lint::{Foreign, Input, Problem, Rules, View, Written, lint, load};

struct Alone;

impl Reader for Alone {
    fn read(&mut self, _: &str, reference: &str) -> Result<ReadFile, Refusal> {
        panic!("{reference} is another file")
    }
}

struct NoFunctions;

impl Foreign for NoFunctions {
    fn call(
        &mut self,
        _: usize,
        _: View<'_>,
        _: &Input,
        _: &[String],
    ) -> Result<Vec<Problem>, String> {
        Ok(Vec::new())
    }
}

/// Paths of what one rule finds.
fn found(given: &str, function: &str, options: &str, document: &str) -> Vec<String> {
    let rule = format!(
        r#"[{{"code": "a", "message": null, "description": null, "given": [{given:?}],
             "then": [{{"field": null, "function": "{function}", "options": {options}, "foreign": null}}]}}]"#
    );
    let written: Vec<Written> = serde_json::from_str(&rule).unwrap();
    let rules = Rules::new(written).unwrap_or_else(|faults| panic!("{faults:?}"));
    let Ok(subject) = load("openapi.yaml", document.as_bytes(), &mut Alone) else {
        panic!("no document")
    };
    let found = lint(&rules, &subject, &mut NoFunctions).unwrap();
    found.iter().map(|one| one.path.join("/")).collect()
}

#[test]
fn an_operation_without_security_of_its_own_has_that_of_the_document() {
    let methods = r#"{"methods": ["get", "post"]}"#;
    let paths = "paths: {/a: {get: {}, post: {security: []}, put: {}}}";
    let open = found("$", "openapiSecured", methods, paths);
    assert_eq!(open, ["paths//a/get", "paths//a/post/security"]);
    let closed = format!("security: [{{key: []}}]\n{paths}");
    assert_eq!(
        found("$", "openapiSecured", methods, &closed),
        ["paths//a/post/security"]
    );
}

#[test]
fn a_method_nobody_knows_is_no_option() {
    let written = r#"[{"code": "a", "message": null, "description": null, "given": ["$"], "then": [
        {"field": null, "function": "openapiSecured", "options": {"methods": ["fetch"]}, "foreign": null}]}]"#;
    let written: Vec<Written> = serde_json::from_str(written).unwrap();
    let faults = Rules::new(written).err().unwrap();
    assert!(faults[0].message.contains("fetch"), "{faults:?}");
}

#[test]
fn administrators_need_what_others_do_not() {
    let paths = "paths: {/admin/a: {get: {security: [{key: []}, {admin: []}]}}, /b: {get: {security: [{key: []}]}}}";
    let same = found("$", "openapiAdminApart", "{}", paths);
    assert_eq!(same, ["paths//admin/a/get/security/0"]);
}

#[test]
fn a_list_is_given_in_pages() {
    let get = |parameters: &str| {
        format!(
            "paths: {{/a: {{parameters: [{parameters}], get: {{responses: {{'200': {{content: {{application/json: \
             {{schema: {{properties: {{items: {{type: array}}}}}}}}}}}}}}}}}}, '/a/{{id}}': {{get: {{responses: \
             {{'200': {{content: {{application/json: {{schema: {{type: array}}}}}}}}}}}}}}}}"
        )
    };
    let paged =
        |parameters: &str| found("$.paths[*].get", "openapiPaginated", "{}", &get(parameters));
    assert_eq!(paged(""), ["paths//a/get"]);
    assert_eq!(paged("{name: limit, in: query}"), ["paths//a/get"]);
    assert!(paged("{name: page_size, in: query}, {name: 'page[after]', in: query}").is_empty());
}

#[test]
fn filters_know_what_made_a_value() {
    let document = "a: {type: [string]}\nb: {type: string}\nc: {type: {}}";
    let by = |name: &str| {
        let given = format!("$[?(@.type.constructor.name === '{name}')]");
        found(&given, "falsy", "{}", document)
    };
    assert_eq!(
        (by("Array"), by("String"), by("Object")),
        (vec!["a".into()], vec!["b".into()], vec!["c".into()])
    );
}

#[test]
fn one_schema_judges_the_examples_of_all_who_refer_to_it() {
    let answer =
        "{content: {application/json: {schema: {$ref: '#/components/schemas/S'}, example: 1}}}";
    let document = format!(
        "openapi: 3.0.0\npaths: {{/a: {{get: {{responses: {{'200': {answer}, '201': {answer}}}}}}}}}\n\
         components: {{schemas: {{S: {{type: string}}}}}}"
    );
    let found = found("$..content[*]", "openapiMediaExample", "{}", &document);
    let at =
        |status: &str| format!("paths//a/get/responses/{status}/content/application/json/example");
    assert_eq!(found, [at("200"), at("201")]);
}
