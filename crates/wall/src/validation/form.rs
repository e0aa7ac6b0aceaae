//! Forms: bodies that are an object of named texts.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::bounds::MAX_ITEMS;
use super::fault::{Fault, Refusal};
use super::style::{self, Reading};
use super::text::pairs;
use crate::bundle::{Field, FormRule, ValueForm};
use crate::pointer;

/// `application/x-www-form-urlencoded` as an object. Undeclared names are in it, so that they are refused as fields.
pub fn urlencoded(rules: &FormRule, body: &[u8], as_text: bool) -> Result<Value, Refusal> {
    let malformed =
        |why: String| Refusal::malformed(Fault::of_whole_body(format!("the form {why}")));
    let text = std::str::from_utf8(body).map_err(|_| malformed("is not UTF-8".to_owned()))?;
    let pairs = pairs(text).map_err(malformed)?;
    let mut sorted: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for pair in &pairs {
        sorted.entry(&pair.name).or_default().push(pair.value);
    }
    let reading = Reading {
        as_text,
        ..Reading::QUERY
    };
    let mut object = Map::new();
    let mut taken: Vec<&str> = Vec::new();
    for (name, rule) in rules.fields.iter().filter(|(_, rule)| is_deep(rule)) {
        let members = members_of(name, &sorted);
        taken.extend(members.iter().map(|(whole, ..)| *whole));
        if !members.is_empty() {
            let value = deep(rule, &members, reading);
            let value = value.map_err(|why| refused(name, &why))?;
            object.insert(name.clone(), value);
        }
    }
    for (name, written) in sorted.iter().filter(|(name, _)| !taken.contains(*name)) {
        let rule = rules.fields.get(*name).or(rules.others.as_ref());
        let value = field(rule, written, reading).map_err(|why| refused(name, &why))?;
        stand_in(&mut object, rules, name, &value);
        object.insert((*name).to_owned(), value);
    }
    Ok(Value::Object(object))
}

/// Services read `name[member]` as a field of `name`: nobody knows better of one that is not declared, so it stands
/// there, too.
pub fn stand_in(object: &mut Map<String, Value>, rules: &FormRule, name: &str, value: &Value) {
    let own = name.split('[').next().unwrap_or(name);
    let is_known = rules.fields.contains_key(name) || rules.fields.contains_key(own);
    if own.len() < name.len() && !own.is_empty() && !is_known && !object.contains_key(own) {
        object.insert(own.to_owned(), value.clone());
    }
}

fn refused(name: &str, why: &str) -> Refusal {
    Refusal::malformed(Fault::of_body(&pointer::join("", name), why))
}

fn is_deep(rule: &Field) -> bool {
    rule.form == ValueForm::DeepObject && rule.shape.members.is_some()
}

/// `name[member]=value`: the whole name, the member, its value.
fn members_of<'s>(
    name: &str,
    sorted: &BTreeMap<&'s str, Vec<&'s str>>,
) -> Vec<(&'s str, &'s str, Vec<&'s str>)> {
    let members = sorted.iter().filter_map(|(whole, written)| {
        let inside = whole.strip_prefix(name)?.strip_prefix('[')?;
        Some((*whole, inside.strip_suffix(']')?, written.clone()))
    });
    members.collect()
}

fn deep(
    rule: &Field,
    members: &[(&str, &str, Vec<&str>)],
    reading: Reading,
) -> Result<Value, String> {
    let mut object = Map::new();
    for (_, member, written) in members {
        let [only] = written.as_slice() else {
            return Err("has every field once".to_owned());
        };
        let allowed = rule.shape.members.as_ref();
        let allowed = allowed.map_or(&[][..], |members| style::scalars_of(members, member));
        object.insert((*member).to_owned(), reading.scalar(only, allowed)?);
    }
    Ok(Value::Object(object))
}

/// The value of one name; of an undeclared one, whatever: it is refused as a field.
pub fn field(rule: Option<&Field>, written: &[&str], reading: Reading) -> Result<Value, String> {
    let Some(rule) = rule else {
        return Ok(Value::Null);
    };
    let is_list = rule.shape.items.is_some() && rule.form == ValueForm::FormExploded;
    match written {
        [only] if !is_list || !rule.shape.scalars.is_empty() => {
            style::value(only, rule.form, &rule.shape, reading)
        }
        many if is_list && many.len() <= MAX_ITEMS => {
            let allowed = rule.shape.items.as_deref().unwrap_or_default();
            let items = many.iter().map(|item| reading.scalar(item, allowed));
            items.collect::<Result<_, _>>().map(Value::Array)
        }
        _ => Err("comes once".to_owned()),
    }
}
