//! How fast the projection filter is: bodies of a list of orders, about a quarter of their bytes removed.
//!
//! Prints for each size one JSON line {"bytes", "removed_share", "gb_per_s": one figure for each round}; 1 GB is 10^9
//! bytes read. `filter_rate [SECONDS]` for each size, 2 unless said otherwise.

use std::hint::black_box;
use std::time::{Duration, Instant};

use serde_json::json;
use wall::bundle::FilterNode;
use wall::filter::{Graph, Options, project};

/// Orders in a body: about 0.4, 4 and 100 kB.
const ORDERS: [usize; 3] = [1, 10, 250];
const ROUNDS: u32 = 10;

/// `cost`, `supplier` and `margin` are declared for inner rings, `riskScore` and `warehouse` are in no contract.
const CONTRACT: &str = r#"[
    {"array": {"items": 1}},
    {"object": {"properties": [["id", 2], ["status", 3], ["createdAt", 2], ["customer", 4], ["total", 5],
        ["margin", 6], ["lines", 7], ["tags", 8], ["note", 2], ["paid", 9]]}},
    {"string": {}, "null": true},
    {"string": {"values": ["open", "paid", "shipped"], "hidden": ["fraud"]}},
    {"object": {"properties": [["id", 2], ["name", 2], ["email", 2]]}},
    {"object": {"properties": [["amount", 10], ["currency", 2]]}},
    {},
    {"array": {"items": 11}},
    {"array": {"items": 2}},
    {"boolean": {}},
    {"number": {}},
    {"object": {"properties": [["sku", 2], ["quantity", 10], ["price", 10], ["cost", 6], ["supplier", 6]]}}
]"#;

fn main() {
    let seconds = std::env::args()
        .nth(1)
        .map_or(2.0, |text| text.parse().expect("seconds"));
    let nodes: Vec<FilterNode> = serde_json::from_str(CONTRACT).expect("nodes");
    let graph = Graph::compile(&nodes).expect("a graph");
    for orders in ORDERS {
        let body = body(orders);
        let mut out = Vec::new();
        project(&graph, 0, &Options::default(), &body, &mut out).expect("JSON");
        let round = Duration::from_secs_f64(seconds) / ROUNDS;
        let rates: Vec<_> = (0..ROUNDS)
            .map(|_| gb_per_s(&graph, &body, round))
            .collect();
        let removed_share = 1.0 - out.len() as f64 / body.len() as f64;
        println!(
            "{}",
            json!({"bytes": body.len(), "removed_share": removed_share, "gb_per_s": rates})
        );
    }
}

fn gb_per_s(graph: &Graph, body: &[u8], round: Duration) -> f64 {
    let (options, began) = (Options::default(), Instant::now());
    let (mut out, mut bytes) = (Vec::new(), 0);
    while began.elapsed() < round {
        for _ in 0..1 + 100_000 / body.len() {
            out.clear();
            let report = project(graph, 0, &options, black_box(body), &mut out);
            black_box((&out, report.is_ok()));
            bytes += body.len();
        }
    }
    bytes as f64 / began.elapsed().as_nanos() as f64
}

fn body(orders: usize) -> Vec<u8> {
    let orders: Vec<_> = (0..orders).map(order).collect();
    format!("[{}]", orders.join(",")).into_bytes()
}

fn order(index: usize) -> String {
    let status = ["open", "paid", "shipped"][index % 3];
    let name = [
        "Ada Lovelace",
        "Grace Hopper",
        "Zoë Müller",
        "Jean \\\"J\\\" Bartik",
    ][index % 4];
    let lines: Vec<_> = (0..1 + index % 2).map(line).collect();
    format!(
        concat!(
            r#"{{"id":"ord_{:08x}","status":"{}","createdAt":"2026-03-14T09:26:53Z","customer":{{"id":"cus_{}","#,
            r#""name":"{}","email":"ada{}@example.com"}},"total":{{"amount":{},"currency":"EUR"}},"margin":0.{},"#,
            r#""riskScore":{},"warehouse":"ams-{}","lines":[{}],"tags":["gift","priority"],"note":null,"paid":{}}}"#
        ),
        index * 2_654_435_761 % 0x1_0000_0000,
        status,
        index * 7_919,
        name,
        index,
        index * 1_299 + 495,
        index * 31 % 1_000,
        index % 100,
        index % 9,
        lines.join(","),
        index.is_multiple_of(2),
    )
}

fn line(index: usize) -> String {
    format!(
        r#"{{"sku":"RW-{}","quantity":{},"price":{},"cost":{},"supplier":"sup_{}"}}"#,
        1_000 + index,
        1 + index % 5,
        995 * (index + 1),
        612 * (index + 1),
        index % 80,
    )
}
