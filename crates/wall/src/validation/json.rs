//! JSON as every reader reads it (RFC 8259, RFC 7493): a text that two readers could take for two values is none.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use crate::faults::{Check, skips};

/// The value of a whole text. Names come once in each object, strings hold whole characters, numbers fit a double,
/// nothing stands before or behind; nesting goes 127 levels deep, serde_json's own bound.
pub fn read(text: &[u8]) -> Result<Value, String> {
    let mut reader = serde_json::Deserializer::from_slice(text);
    let value = Strict.deserialize(&mut reader).map_err(told)?;
    reader.end().map_err(told)?;
    Ok(value)
}

/// Where, never what: a text of the client's own is not sent back.
fn told(error: serde_json::Error) -> String {
    let what = match error.classify() {
        serde_json::error::Category::Eof => "ends too early",
        serde_json::error::Category::Data => "has a name twice in one object",
        _ => "is not valid",
    };
    let (line, column) = (error.line(), error.column());
    format!("the JSON {what}, at line {line}, column {column}")
}

/// A value in which no object has a name twice.
struct Strict;

impl<'de> DeserializeSeed<'de> for Strict {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        let number = Number::from_f64(value);
        number
            .map(Value::Number)
            .ok_or_else(|| E::custom("no number"))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut array = Vec::new();
        while let Some(item) = items.next_element_seed(Strict)? {
            array.push(item);
        }
        Ok(Value::Array(array))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some(name) = members.next_key::<String>()? {
            let value = members.next_value_seed(Strict)?;
            if object.insert(name, value).is_some() && !skips(Check::RequestNameTwice) {
                return Err(A::Error::custom("a name twice"));
            }
        }
        Ok(Value::Object(object))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_two_readers_could_take_for_two_values_is_no_json() {
        for text in [
            &br#"{"a":1,"a":2}"#[..],
            br#"{"a":1,"\u0061":2}"#,
            br#"[{"b":{"c":1,"c":1}}]"#,
            b"\xEF\xBB\xBF{}",
            b"{} {}",
            b"{}x",
            b"{'a':1}",
            b"{a:1}",
            b"[1,]",
            b"// c\n{}",
            b"NaN",
            b"Infinity",
            b"01",
            b"+1",
            b"1e999",
            b"\"\\ud800\"",
            b"\"\xff\"",
            b"\"\x01\"",
            b"",
            b"{\"a\":",
        ] {
            assert!(read(text).is_err(), "{}", String::from_utf8_lossy(text));
        }
    }

    #[test]
    fn nesting_is_bounded() {
        let nested = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
        assert!(read(nested(127).as_bytes()).is_ok());
        assert!(read(nested(128).as_bytes()).is_err());
        assert!(read("[".repeat(1 << 20).as_bytes()).is_err());
    }

    #[test]
    fn values_are_read_as_they_are() {
        let text = br#" {"a":[1,-2,1.5,true,null,"\u00e9"],"b":{}} "#;
        assert_eq!(
            read(text).unwrap(),
            serde_json::json!({"a": [1, -2, 1.5, true, null, "é"], "b": {}})
        );
    }

    #[test]
    fn a_fault_says_where_and_nothing_of_what_was_sent() {
        let why = read(b"{\"password\": hunter2}").unwrap_err();
        assert!(why.contains("line 1") && !why.contains("hunter"), "{why}");
    }
}
