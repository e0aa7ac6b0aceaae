//! A seeded generator of broken documents: reading never panics, and every place lies within its file.

mod common;

use common::{Files, file};
use document::{Arena, Contract, Format, Limits, NodeId, Value, parse};

const DOCUMENTS: u32 = 10_000;
const FRAGMENTS: &[&str] = &[
    "a",
    "b: ",
    "- ",
    "\n",
    "\r\n",
    "  ",
    "\t",
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "\"",
    "'",
    "\\",
    "\\u00e9",
    "\\ud800",
    "&x ",
    "*x",
    "<<: ",
    "!!str ",
    "!t ",
    "|\n",
    ">-\n",
    "# c\n",
    "? ",
    "---\n",
    "...\n",
    "%YAML 1.2\n",
    "é",
    "\u{feff}",
    "\u{2028}",
    "😀",
    "1",
    "-0.5e3",
    "0x",
    "null",
    "true",
    "$ref",
    "\"$ref\": \"#/a\"",
    "openapi: 3.1.0\n",
    "paths:\n",
    "x-audience: ",
    "  /a:\n    get:\n",
    "\u{0}",
    "\u{85}",
];

/// xorshift64* (Marsaglia, Vigna): the same documents on every machine.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) as usize % bound
    }

    fn document(&mut self) -> Vec<u8> {
        let fragments = self.below(40);
        let mut data: Vec<u8> = (0..fragments)
            .flat_map(|_| FRAGMENTS[self.below(FRAGMENTS.len())].bytes())
            .collect();
        if self.below(10) == 0 && !data.is_empty() {
            let at = self.below(data.len());
            data[at] = self.below(256) as u8;
        }
        data
    }
}

/// A contract with everything in it, to be broken.
const SOUND: &str = r#"openapi: 3.1.0
info: {title: T, version: "1", x-audience: public}
paths:
  /a/{b}:
    parameters: [{$ref: '#/components/parameters/b'}]
    get:
      x-audience: partner
      responses: {200: {description: ok, content: {application/json: {schema: {$ref: '#/components/schemas/A'}}}}}
components:
  parameters: {b: &b {name: b, in: path, required: true, schema: {type: string}}, c: *b}
  schemas:
    A: {type: object, properties: {next: {$ref: '#/components/schemas/A'}, s: {x-audience: internal}}}
"#;

impl Random {
    fn mutation_of_sound(&mut self) -> Vec<u8> {
        let mut data = SOUND.as_bytes().to_vec();
        for _ in 0..=self.below(4) {
            let at = self.below(data.len());
            let until = (at + self.below(12)).min(data.len());
            match self.below(3) {
                0 => drop(data.drain(at..until)),
                1 => drop(data.splice(at..at, FRAGMENTS[self.below(FRAGMENTS.len())].bytes())),
                _ => drop(data.splice(
                    at..at,
                    SOUND.as_bytes()[at.min(SOUND.len())..until.min(SOUND.len())].to_vec(),
                )),
            }
        }
        data
    }
}

#[test]
fn no_input_makes_reading_panic_or_places_leave_the_file() {
    let mut random = Random(0x5EED);
    for _ in 0..DOCUMENTS {
        let data = random.document();
        for format in [None, Some(Format::Json), Some(Format::Yaml)] {
            let mut arena = Arena::default();
            let read = parse(&mut arena, "hostile", &data, format, &Limits::default());
            let bytes = arena.sources.files()[0].bytes;
            match read {
                Ok(root) => check_places(&arena, root, bytes),
                Err(problem) => assert!(problem.at <= bytes, "{problem:?}"),
            }
            arena
                .problems
                .iter()
                .for_each(|problem| assert!(problem.at <= bytes, "{problem:?}"));
        }
    }
}

#[test]
fn no_input_makes_a_contract_or_an_overlay_panic() {
    let mut random = Random(0xC0FFEE);
    let overlay = file(
        "o.yaml",
        "overlay: 1.0.0\nactions: [{target: '$..*', update: {x-audience: public}}]",
    );
    for _ in 0..DOCUMENTS {
        let mut entry = file("hostile.yaml", "");
        entry.data = random.mutation_of_sound();
        let loaded = Contract::load(
            &entry,
            std::slice::from_ref(&overlay),
            &mut Files(vec![]),
            Limits::default(),
        );
        let arena = match &loaded {
            Ok(contract) => &contract.arena,
            Err(unreadable) => &unreadable.arena,
        };
        arena
            .problems
            .iter()
            .for_each(|problem| assert!(arena.sources.place(problem.at).line > 0));
    }
}

fn check_places(arena: &Arena, node: NodeId, bytes: u32) {
    let at = arena.node(node).at;
    assert!(at <= bytes);
    let place = arena.sources.place(at);
    assert!(place.line >= 1 && place.column >= 1);
    match arena.value(node) {
        Value::Array(items) => items
            .iter()
            .for_each(|item| check_places(arena, *item, bytes)),
        Value::Object(members) => members.iter().for_each(|member| {
            assert!(member.key_at <= bytes);
            check_places(arena, member.value, bytes);
        }),
        _ => {}
    }
}
