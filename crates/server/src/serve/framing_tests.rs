use super::*;

fn malformed(head: &str) -> &'static str {
    match inspect(head.as_bytes()) {
        Head::Malformed(reason) | Head::TooLarge(reason) => reason,
        other => panic!("{other:?} for {head:?}"),
    }
}

#[test]
fn a_complete_head_ends_where_the_body_begins() {
    let head = b"POST /a?b=%20 HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nX-Empty:\r\n\r\nbody";
    assert_eq!(
        inspect(head),
        Head::Complete(head.len() - 4, Body::Length(4))
    );
    for cut in 0..head.len() - 4 {
        assert_eq!(inspect(&head[..cut]), Head::Incomplete, "cut at {cut}");
    }
}

#[test]
fn two_answers_to_where_a_request_ends_are_refused() {
    let request = |fields: &str| format!("POST / HTTP/1.1\r\nHost: x\r\n{fields}\r\n\r\n");
    for fields in [
        "Content-Length: 4\r\nTransfer-Encoding: chunked",
        "Content-Length: 4\r\nContent-Length: 4",
        "Content-Length: 4, 4",
        "Content-Length: +4",
        "Content-Length: 0x4",
        "Content-Length: 04",
        "Content-Length:",
        "Content-Length: 9999999999999999999",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
        "Transfer-Encoding: gzip, chunked",
        "Transfer-Encoding: xchunked",
        "Transfer-Encoding : chunked",
        "Transfer-Encoding:\x0bchunked",
        " Transfer-Encoding: chunked",
        "X: a\nTransfer-Encoding: chunked",
        "X: a\rTransfer-Encoding: chunked",
    ] {
        malformed(&request(fields));
    }
}

#[test]
fn two_answers_to_whom_a_request_is_for_are_refused() {
    assert_eq!(
        malformed("GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"),
        "more than one Host"
    );
    assert_eq!(
        malformed("GET / HTTP/1.1\r\nHost: a\r\nhOST: a\r\n\r\n"),
        "more than one Host"
    );
    assert_eq!(malformed("GET / HTTP/1.1\r\nAccept: a\r\n\r\n"), "no Host");
    malformed("GET https://b/ HTTP/1.1\r\nHost: a\r\n\r\n");
    malformed("GET / HTTP/1.1\r\nHost: user@a\r\n\r\n");
    malformed("CONNECT b:443 HTTP/1.1\r\nHost: a\r\n\r\n");
    let same = b"GET https://a/ HTTP/1.1\r\nHost: a\r\n\r\n";
    assert_eq!(inspect(same), Head::Complete(same.len(), Body::None));
}

#[test]
fn a_host_that_is_no_authority_is_refused() {
    for host in ["a b", "a/b", "a?b", "a#b", "a\\b", "<a>", "a\u{e9}", "a\"b"] {
        malformed(&format!("GET / HTTP/1.1\r\nHost: {host}\r\n\r\n"));
    }
}

#[test]
fn what_follows_a_head_is_said_by_the_head_alone() {
    for (fields, body) in [
        ("", Body::None),
        ("Content-Length: 0\r\n", Body::None),
        ("Content-Length: 120\r\n", Body::Length(120)),
        ("Transfer-Encoding: CHUNKED\r\n", Body::Chunked),
        ("Upgrade: websocket\r\n", Body::Upgrade),
        ("Upgrade: h2c\r\nContent-Length: 7\r\n", Body::Length(7)),
        (
            "Upgrade: h2c\r\nTransfer-Encoding: chunked\r\n",
            Body::Chunked,
        ),
    ] {
        let head = format!("GET / HTTP/1.1\r\nHost: x\r\n{fields}\r\n");
        assert_eq!(inspect(head.as_bytes()), Head::Complete(head.len(), body));
    }
}

#[test]
fn a_request_line_is_three_words_of_visible_ascii() {
    for line in [
        "GET  / HTTP/1.1",
        "GET /a b HTTP/1.1",
        "GET /\u{e9} HTTP/1.1",
        "GET /<a> HTTP/1.1",
        "GET /a#b HTTP/1.1",
        "G(T / HTTP/1.1",
        " / HTTP/1.1",
        "GET / HTTP/1.2",
        "GET / http/1.1",
        "GET /",
        "PRI * HTTP/2.0",
        "GET /\0 HTTP/1.1",
    ] {
        malformed(&format!("{line}\r\nHost: x\r\n\r\n"));
    }
}

#[test]
fn a_bare_line_feed_is_refused_before_the_head_is_complete() {
    assert_eq!(malformed("GET / HTTP/1.1\nHost: x\n"), "bare line feed");
    assert_eq!(malformed("\n"), "bare line feed");
}

#[test]
fn a_head_is_bounded_in_bytes_and_fields() {
    let long = format!(
        "GET / HTTP/1.1\r\nHost: x\r\nA: {}",
        "a".repeat(MAX_HEAD_BYTES)
    );
    malformed(&long);
    malformed(&format!("{long}\r\n\r\n"));
    let fields = |count: usize| "a: b\r\n".repeat(count - 1);
    let head = |count| format!("GET / HTTP/1.1\r\nHost: x\r\n{}\r\n", fields(count));
    assert_eq!(
        inspect(head(MAX_FIELDS).as_bytes()),
        Head::Complete(head(MAX_FIELDS).len(), Body::None)
    );
    malformed(&head(MAX_FIELDS + 1));
}

mod fuzz {
    //! `make fuzz` runs these for longer.

    use proptest::prelude::*;

    use super::super::*;

    /// Heads that are nearly right: parts of requests, whole and broken, in any order.
    fn nearly_a_head() -> impl Strategy<Value = Vec<u8>> {
        let part = prop_oneof![
            Just(b"GET /a HTTP/1.1\r\n".to_vec()),
            Just(b"POST https://x/ HTTP/1.0\r\n".to_vec()),
            Just(b"Host: x\r\n".to_vec()),
            Just(b"Content-Length: 5\r\n".to_vec()),
            Just(b"Transfer-Encoding: chunked\r\n".to_vec()),
            Just(b"\r\n".to_vec()),
            "[ -~\r\n\t]{0,12}".prop_map(String::into_bytes),
            proptest::collection::vec(any::<u8>(), 0..6),
        ];
        proptest::collection::vec(part, 0..8).prop_map(|parts| parts.concat())
    }

    proptest! {
        /// However the bytes are cut into reads, the verdict is one, and no later byte changes it.
        #[test]
        fn a_verdict_is_final(received in nearly_a_head(), more in nearly_a_head()) {
            let verdict = inspect(&received);
            if let Head::Complete(length, _) = verdict {
                prop_assert!(length <= received.len());
                prop_assert!(received[..length].ends_with(b"\r\n\r\n"));
            }
            if verdict != Head::Incomplete {
                prop_assert_eq!(inspect(&[received, more].concat()), verdict);
            }
        }
    }
}
