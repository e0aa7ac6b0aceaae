//! Several texts in one body.

use super::*;

const NODES: &str =
    r#"[{"object": {"properties": [["id", 1], ["secret", 2]]}}, {"number": {}}, {}]"#;

/// What leaves, the same for every way to cut the body; or the fault.
fn framed(framing: Framing, mode: Mode, body: &str) -> Result<String, FaultKind> {
    let graph = Arc::new(graph(NODES));
    let mut results = [&[1][..], &[2], &[3, 1, 7], &[10_000]].map(|cuts| {
        let stream = Stream::new(graph.clone(), 0, framing, &options(mode));
        let (out, report) = through(&graph, stream, body.as_bytes(), cuts);
        report
            .map(|_| String::from_utf8(out).unwrap())
            .map_err(|fault| fault.kind)
    });
    results.rotate_left(1);
    assert!(
        results.windows(2).all(|pair| pair[0] == pair[1]),
        "{results:?}"
    );
    results[0].clone()
}

#[test]
fn each_line_is_a_text() {
    let lines = |body: &str| framed(Framing::Lines, Mode::Enforce, body);
    let body = "{\"id\":1,\"secret\":2}\n\n{\"secret\":3}\r\n  \n{\"x\":1,\"id\":4}";
    assert_eq!(lines(body).unwrap(), "{\"id\":1}\n\n{}\r\n  \n{\"id\":4}");
    assert_eq!(lines("").unwrap(), "");
    assert_eq!(lines("{}\n{\"id\":1\n}\n"), Err(FaultKind::Truncated));
    assert_eq!(lines("{}{}\n"), Err(FaultKind::Trailing));
    assert_eq!(lines("{}\n[1]\n"), Err(FaultKind::Root));
    assert_eq!(lines("{}\n{\"id\":\u{0}}\n"), Err(FaultKind::Syntax));
}

#[test]
fn each_record_of_a_sequence_is_a_text() {
    let sequence = |body: &str| framed(Framing::Sequence, Mode::Enforce, body);
    let body = "\u{1e}{\"id\":1,\"secret\":2}\n\u{1e}\u{1e}{\"secret\":3}\n";
    assert_eq!(
        sequence(body).unwrap(),
        "\u{1e}{\"id\":1}\n\u{1e}\u{1e}{}\n"
    );
    assert_eq!(sequence("").unwrap(), "");
    assert_eq!(sequence("{}"), Err(FaultKind::Framing));
    assert_eq!(
        sequence("\u{1e}{\"id\":1\u{1e}{}\n"),
        Err(FaultKind::Truncated)
    );
}

#[test]
fn the_data_of_each_event_is_a_text() {
    let events = |body: &str| framed(Framing::Events, Mode::Enforce, body);
    let body = "\u{feff}: cost 7\nevent: order\nid: 1\ndata: {\"id\":1,\ndata: \"secret\":2}\nsecret: 3\n\n";
    assert_eq!(
        events(body).unwrap(),
        ":\nevent: order\nid: 1\ndata: {\"id\":1}\n\n"
    );
    assert_eq!(
        events("data:{\"id\":1,\r\ndata:\"id2\":1\r\ndata:}\r\n\r\n").unwrap(),
        "data: {\"id\":1\ndata: }\n\n"
    );
    assert_eq!(
        events("data: {}\r\rdata: {\"id\":2}\r\r").unwrap(),
        "data: {}\n\ndata: {\"id\":2}\n\n"
    );
    assert_eq!(
        events("retry: 5\n\ndata\n\nid\n\n\n").unwrap(),
        "retry: 5\n\nid: \n\n"
    );
    assert_eq!(
        events("data: {\"id\":1}\n").unwrap(),
        "",
        "an event that is cut is none"
    );
    assert_eq!(events("data: done\n\n"), Err(FaultKind::Syntax));
    assert_eq!(events("data: 7\n\n"), Err(FaultKind::Root));
}

#[test]
fn reporting_changes_no_framing() {
    let graph = Arc::new(graph(NODES));
    for (framing, body) in [
        (Framing::Lines, "{\"id\":1,\"secret\":2}\n{"),
        (Framing::Sequence, "\u{1e}{\"secret\":2}\n{}"),
        (
            Framing::Events,
            ": c\r\nx: y\r\ndata: {\"secret\":2}\r\n\r\n",
        ),
    ] {
        let stream = Stream::new(graph.clone(), 0, framing, &options(Mode::Report));
        assert_eq!(
            through(&graph, stream, body.as_bytes(), &[2]).0,
            body.as_bytes()
        );
    }
}

#[test]
fn an_event_has_a_bound() {
    let mut stream = Stream::new(
        Arc::new(graph(NODES)),
        0,
        Framing::Events,
        &options(Mode::Enforce),
    );
    let piece = [b'x'; 65_536];
    let pushed = (0..20)
        .map(|_| stream.push(&piece, &mut Vec::new()))
        .find(Result::is_err);
    assert_eq!(pushed.unwrap().unwrap_err().kind, FaultKind::TooLarge);
}
