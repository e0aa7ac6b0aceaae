use serde_json::json;

use super::*;

fn list(items: &[Scalar]) -> Shape {
    Shape {
        items: Some(items.to_vec()),
        ..Shape::default()
    }
}

fn color() -> Shape {
    let named = ["R", "G", "B"].map(|name| (name.to_owned(), vec![Scalar::Integer]));
    Shape {
        members: Some(Members {
            named: named.into(),
            others: None,
        }),
        ..Shape::default()
    }
}

fn scalar(scalars: &[Scalar]) -> Shape {
    Shape {
        scalars: scalars.to_vec(),
        ..Shape::default()
    }
}

/// OpenAPI 3.1 §4.8.12.2, "Style Examples": what stands in one text.
#[test]
fn every_style_of_one_text_is_read_as_openapi_has_it() {
    let texts = list(&[Scalar::String]);
    let array = json!(["blue", "black", "brown"]);
    let object = json!({"R": 100, "G": 200, "B": 150});
    for (form, written, shape, expected) in [
        (ValueForm::Label, ".", Shape::default(), json!("")),
        (ValueForm::Label, ".blue", Shape::default(), json!("blue")),
        (
            ValueForm::Label,
            ".blue,black,brown",
            texts.clone(),
            array.clone(),
        ),
        (
            ValueForm::LabelExploded,
            ".blue.black.brown",
            texts.clone(),
            array.clone(),
        ),
        (
            ValueForm::Label,
            ".R,100,G,200,B,150",
            color(),
            object.clone(),
        ),
        (
            ValueForm::LabelExploded,
            ".R=100.G=200.B=150",
            color(),
            object.clone(),
        ),
        (ValueForm::Form, "", Shape::default(), json!("")),
        (ValueForm::Form, "blue", Shape::default(), json!("blue")),
        (
            ValueForm::Form,
            "blue,black,brown",
            texts.clone(),
            array.clone(),
        ),
        (
            ValueForm::Form,
            "R,100,G,200,B,150",
            color(),
            object.clone(),
        ),
        (
            ValueForm::Simple,
            "blue,black,brown",
            texts.clone(),
            array.clone(),
        ),
        (
            ValueForm::Simple,
            "R,100,G,200,B,150",
            color(),
            object.clone(),
        ),
        (
            ValueForm::SimpleExploded,
            "R=100,G=200,B=150",
            color(),
            object.clone(),
        ),
        (
            ValueForm::SpaceDelimited,
            "blue%20black%20brown",
            texts.clone(),
            array.clone(),
        ),
        (
            ValueForm::SpaceDelimited,
            "blue+black+brown",
            texts.clone(),
            array.clone(),
        ),
        (
            ValueForm::SpaceDelimited,
            "R%20100%20G%20200%20B%20150",
            color(),
            object.clone(),
        ),
        (ValueForm::PipeDelimited, "blue|black%7Cbrown", texts, array),
        (
            ValueForm::PipeDelimited,
            "R%7C100%7CG%7C200%7CB%7C150",
            color(),
            object,
        ),
        (
            ValueForm::Json,
            "%7B%22a%22%3A1%7D",
            Shape::default(),
            json!({"a": 1}),
        ),
    ] {
        let read = value(written, form, &shape, Reading::QUERY);
        assert_eq!(read.unwrap(), expected, "{form:?} {written}");
    }
}

#[test]
fn an_encoded_delimiter_is_data() {
    let read = value(
        "a%2Cb,c",
        ValueForm::Form,
        &list(&[Scalar::String]),
        Reading::QUERY,
    );
    assert_eq!(read.unwrap(), json!(["a,b", "c"]));
}

#[test]
fn a_text_is_what_the_contract_says_it_may_be() {
    use Scalar::*;
    for (written, scalars, expected) in [
        ("5", &[][..], json!("5")),
        ("5", &[String], json!("5")),
        ("5", &[Integer], json!(5)),
        ("-1.5e3", &[Number], json!(-1500.0)),
        ("05", &[Integer], json!("05")),
        ("+5", &[Integer], json!("+5")),
        ("5 ", &[Integer], json!("5 ")),
        ("0x5", &[Integer], json!("0x5")),
        ("NaN", &[Number], json!("NaN")),
        ("true", &[Boolean], json!(true)),
        ("True", &[Boolean], json!("True")),
        ("", &[Integer, Null], json!(null)),
        ("5", &[String, Integer], json!(5)),
        ("x", &[String, Integer], json!("x")),
    ] {
        let read = Reading::PLAIN.scalar(written, scalars);
        assert_eq!(read.unwrap(), expected, "{written} {scalars:?}");
    }
    let as_text = Reading {
        as_text: true,
        ..Reading::PLAIN
    };
    assert_eq!(as_text.scalar("5", &[String, Integer]).unwrap(), json!("5"));
    assert!(is_ambiguous(&scalar(&[String, Integer])));
    assert!(!is_ambiguous(&scalar(&[Integer, Null])));
}

#[test]
fn a_list_or_one_value_is_told_by_its_delimiter() {
    let either = Shape {
        scalars: vec![Scalar::Integer],
        items: Some(vec![Scalar::Integer]),
        members: None,
    };
    for (written, expected) in [("1", json!(1)), ("1,2", json!([1, 2])), ("", json!([]))] {
        let read = value(written, ValueForm::Form, &either, Reading::QUERY);
        assert_eq!(read.unwrap(), expected, "{written}");
    }
}

#[test]
fn what_is_no_value_of_its_form_is_refused() {
    let many = "1,".repeat(MAX_ITEMS + 1);
    for (form, written, shape) in [
        (ValueForm::Label, "blue", Shape::default()),
        (ValueForm::Form, "R,1,G", color()),
        (ValueForm::Form, "R,1,R,2", color()),
        (ValueForm::SimpleExploded, "R=1,G", color()),
        (ValueForm::Form, &many, list(&[Scalar::Integer])),
        (ValueForm::Form, "%ff", Shape::default()),
        (ValueForm::Json, "{", Shape::default()),
        (
            ValueForm::Json,
            "%7B%22a%22:1,%22a%22:2%7D",
            Shape::default(),
        ),
    ] {
        assert!(
            value(written, form, &shape, Reading::QUERY).is_err(),
            "{form:?} {written}"
        );
    }
}
