//! `x-sensitive`: what it says, and what is wrong with it.

mod common;

use common::{contract, problems};
use document::contract::Part;
use document::projection::{Audience, Visibility, Words};
use document::sensitive::{Class, Masking};
use document::{Contract, pointer};

fn marked(schema: &str) -> Contract {
    let text = format!(
        "openapi: 3.1.0\ninfo: {{ title: T, version: '1' }}\npaths: {{}}\ncomponents:\n  schemas:\n    Card: {{ type: string, x-sensitive: {{ class: payment, mask: {{ partner: last4 }} }} }}\n    A: {schema}\n"
    );
    contract(&text, &[], Vec::new())
}

fn of(contract: &Contract, ring: Audience) -> Option<(Class, Option<Masking>)> {
    let words = Words::new();
    let visibility = Visibility::new(contract, ring, &words);
    let tokens = pointer::tokens("/components/schemas/A").expect("a pointer");
    let node = pointer::find(&contract.arena, contract.root, &tokens).expect("a schema");
    let vertex = visibility.vertex(node, Part::Schema).expect("a vertex");
    Some((visibility.sensitivity(vertex)?, visibility.mask(vertex)))
}

#[test]
fn the_strictest_of_all_that_describe_a_value_counts() {
    let both = marked(
        "{ allOf: [{ $ref: '#/components/schemas/Card' }, { type: string, x-sensitive: { class: health, mask: { public: hash } } }] }",
    );
    assert_eq!(of(&both, Audience::Internal), Some((Class::Health, None)));
    assert_eq!(
        of(&both, Audience::Partner),
        Some((Class::Health, Some(Masking::Last4)))
    );
    assert_eq!(
        of(&both, Audience::Public),
        Some((Class::Health, Some(Masking::Hash)))
    );
}

#[test]
fn what_partners_see_masked_the_public_sees_masked() {
    let card = marked("{ $ref: '#/components/schemas/Card' }");
    assert_eq!(
        of(&card, Audience::Public),
        Some((Class::Payment, Some(Masking::Last4)))
    );
}

#[test]
fn what_only_judges_a_value_says_nothing_of_it() {
    let other = marked("{ type: string, not: { $ref: '#/components/schemas/Card' } }");
    assert_eq!(of(&other, Audience::Public), None);
}

#[test]
fn every_mistake_has_a_place() {
    for (schema, said) in [
        (
            "{ x-sensitive: persnal }",
            "sensitive-class-unknown api.yaml:7:23",
        ),
        ("{ x-sensitive: true }", "sensitive-invalid api.yaml:7:23"),
        (
            "{ x-sensitive: { mask: { public: drop } } }",
            "sensitive-invalid api.yaml:7:23",
        ),
        (
            "{ x-sensitive: { class: health, masks: {} } }",
            "sensitive-invalid api.yaml:7:40",
        ),
        (
            "{ x-sensitive: { class: health, mask: { internal: drop } } }",
            "sensitive-mask-invalid api.yaml:7:48",
        ),
        (
            "{ x-sensitive: { class: health, mask: { public: last5 } } }",
            "sensitive-mask-invalid api.yaml:7:56",
        ),
        (
            "{ type: integer, x-sensitive: { class: health, mask: last4 } }",
            "sensitive-mask-no-text api.yaml:7:38",
        ),
        (
            "{ type: [string, integer], x-sensitive: { class: health, mask: last4 } }",
            "sensitive-mask-no-text api.yaml:7:48",
        ),
        ("{ X-Sensitive: personal }", "misspelt-label api.yaml:7:10"),
        ("{ x_sensitiv: personal }", "misspelt-label api.yaml:7:10"),
    ] {
        assert_eq!(problems(&marked(schema)), [said], "{schema}");
    }
}

#[test]
fn a_value_that_is_no_text_can_be_dropped() {
    let number =
        marked("{ type: integer, x-sensitive: { class: health, mask: { public: drop } } }");
    assert_eq!(problems(&number), Vec::<String>::new());
    assert_eq!(
        of(&number, Audience::Public),
        Some((Class::Health, Some(Masking::Drop)))
    );
}
