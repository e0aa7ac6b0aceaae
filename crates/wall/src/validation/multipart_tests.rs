use std::collections::BTreeMap;

use serde_json::json;

use super::*;
use crate::bundle::{Held, Scalar, Shape};

fn body(parts: &[(&str, &str)]) -> String {
    let parts = parts.iter();
    let parts = parts.map(|(header, content)| format!("--b\r\n{header}\r\n\r\n{content}\r\n"));
    format!("{}--b--\r\n", parts.collect::<String>())
}

fn named(name: &str) -> String {
    format!("Content-Disposition: form-data; name=\"{name}\"")
}

fn field(form: ValueForm, shape: Shape) -> Field {
    Field {
        form,
        shape,
        opaque: false,
        media_types: vec![],
    }
}

fn read(body: &str) -> Result<Value, Refusal> {
    let integers = Shape {
        items: Some(vec![Scalar::Integer]),
        ..Shape::default()
    };
    let file = Field {
        opaque: true,
        media_types: vec!["image/*".to_owned()],
        ..field(ValueForm::Form, Shape::default())
    };
    let fields = [
        ("title", field(ValueForm::Form, Shape::default())),
        ("n", field(ValueForm::FormExploded, integers)),
        ("meta", field(ValueForm::Json, Shape::default())),
        ("file", file),
    ];
    let rules = FormRule {
        held: Held {
            schema: String::new(),
            node: 0,
        },
        fields: BTreeMap::from(fields.map(|(name, field)| (name.to_owned(), field))),
        others: None,
    };
    let kind = MediaType::parse(b"multipart/form-data; boundary=b").unwrap();
    object(&rules, &kind, body.as_bytes(), false)
}

#[test]
fn parts_are_an_object() {
    let file = format!(
        "{}; filename=\"a.png\"\r\nContent-Type: image/png",
        named("file")
    );
    let sent = body(&[
        (&named("title"), "a\r\nb"),
        (&named("n"), "1"),
        (&named("n"), "2"),
        (
            &format!("{}\r\nContent-Type: application/json", named("meta")),
            "{\"a\": 1}",
        ),
        (&file, "\u{89}PNG\r\n\r\n"),
        (&named("unknown"), "x"),
    ]);
    let expected =
        json!({"title": "a\r\nb", "n": [1, 2], "meta": {"a": 1}, "file": "", "unknown": null});
    assert_eq!(read(&sent).unwrap(), expected);
}

#[test]
fn what_two_readers_could_part_differently_is_refused() {
    let title = named("title");
    for sent in [
        "".to_owned(),
        "--b".to_owned(),
        format!("preamble\r\n{}", body(&[(&title, "x")])),
        format!("{}epilogue", body(&[(&title, "x")])),
        body(&[(&title, "x")]).replace("\r\n", "\n"),
        body(&[(&title, "x")]).replacen("--b\r\n", "--b \r\n", 1),
        body(&[(
            &title,
            "x\n--b\r\nContent-Disposition: form-data; name=\"n\"\r\n\r\n1",
        )]),
        body(&[(&title, "x--by")]),
        body(&[(&title, "x")]).replace("--b--\r\n", ""),
        body(&[(&format!("{title}; name=\"n\""), "x")]),
        body(&[(&format!("{title}\r\n{title}"), "x")]),
        body(&[(&format!("{title}; filename*=utf-8''a"), "x")]),
        body(&[("Content-Disposition: form-data; name=title", "x")]),
        body(&[("Content-Disposition: form-data; name=\"ti\\\"tle\"", "x")]),
        body(&[("Content-Disposition: attachment; name=\"title\"", "x")]),
        body(&[("Content-Disposition: form-data", "x")]),
        body(&[(&format!("{title}\r\n folded: x"), "x")]),
        body(&[(&format!("{title}\r\nX-Other: x"), "x")]),
        body(&[(
            &format!("{title}\r\nContent-Transfer-Encoding: base64"),
            "eA==",
        )]),
        body(&[(
            &format!("{title}\r\nContent-Type: text/plain; charset=utf-7"),
            "x",
        )]),
        body(&[(&title, "x"), (&title, "y")]),
        body(&[(&format!("{title}; filename=\"x\""), "x")]),
        body(&[(&named("meta"), "{\"a\":1,\"a\":2}")]),
    ] {
        assert!(read(&sent).is_err(), "{sent:?}");
    }
}

#[test]
fn a_part_of_another_media_type_than_declared_is_unsupported() {
    let text = format!("{}\r\nContent-Type: text/html", named("file"));
    assert_eq!(read(&body(&[(&text, "x")])).unwrap_err().code.status(), 415);
}

#[test]
fn parts_and_their_headers_are_bounded() {
    let many = vec![(named("n"), "1"); MAX_PARTS + 1];
    let many: Vec<_> = many
        .iter()
        .map(|(header, content)| (header.as_str(), *content))
        .collect();
    assert!(read(&body(&many)).is_err());
    assert!(read(&body(&many[1..])).is_ok());
    let long = format!(
        "{}; filename=\"{}\"",
        named("title"),
        "x".repeat(MAX_PART_HEADER_BYTES)
    );
    assert!(read(&body(&[(&long, "x")])).is_err());
}
