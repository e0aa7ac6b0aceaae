//! Filters, evaluated as JavaScript would (ECMA-262 §7.2), except that nothing throws: a member of nothing is
//! undefined.

use std::borrow::Cow;

use document::{NodeId, Value};

use super::expression::{Expression, Kind, Method, Operator};
use crate::regexp::Regexp;
use crate::subject::{Key, View};

/// What a filter may ask about.
pub struct Scope<'s, 'a> {
    pub view: View<'a>,
    pub value: NodeId,
    pub property: Key<'a>,
    /// nimma's `@parent`: what holds the object whose children are filtered; nothing at the document's root.
    pub parent: Option<NodeId>,
    pub parent_property: Option<Key<'a>>,
    pub path: &'s dyn Fn() -> String,
    /// Whether what holds the object, or its name, is outside of what the verdict is kept for.
    pub at_part: bool,
}

/// A value of JavaScript.
enum Val<'a> {
    Undefined,
    Null,
    Bool(bool),
    Number(f64),
    Text(Cow<'a, str>),
    /// An object or an array of the document.
    Node(NodeId),
    List(Vec<Val<'a>>),
    Regexp(&'a Regexp),
    /// `.constructor`: what made a value, of which rulesets ask the name.
    Constructor(&'static str),
}

impl<'a> Scope<'_, 'a> {
    pub fn is_true(&self, expression: &'a Expression) -> bool {
        truthy(&self.evaluate(expression))
    }

    fn evaluate(&self, expression: &'a Expression) -> Val<'a> {
        match expression {
            Expression::Undefined => Val::Undefined,
            Expression::Null => Val::Null,
            Expression::Bool(value) => Val::Bool(*value),
            Expression::Number(value) => Val::Number(*value),
            Expression::Text(text) => Val::Text(Cow::Borrowed(text)),
            Expression::Regexp(regexp) => Val::Regexp(regexp),
            Expression::List(items) => Val::List(items.iter().map(|i| self.evaluate(i)).collect()),
            Expression::Current => self.of_node(self.value),
            Expression::Property => of_key(self.property),
            Expression::Parent => {
                if self.at_part {
                    self.view.unkept();
                }
                self.parent
                    .map_or(Val::Undefined, |parent| self.of_node(parent))
            }
            Expression::ParentProperty => {
                if let Some(notes) = self.view.notes.filter(|_| self.at_part) {
                    notes.key();
                }
                self.parent_property.map_or(Val::Undefined, of_key)
            }
            Expression::Path => {
                self.view.unkept();
                Val::Text(Cow::Owned((self.path)()))
            }
            Expression::Root => {
                self.view.unkept();
                self.of_node(self.view.subject.root())
            }
            Expression::Is(kind) => Val::Bool(is(*kind, &self.of_node(self.value), &self.view)),
            Expression::Member(value, key) => {
                let value = self.evaluate(value);
                self.member(&value, &self.evaluate(key))
            }
            Expression::Call(method, value, arguments) => {
                let value = self.evaluate(value);
                let argument = arguments.first().map(|first| self.evaluate(first));
                self.call(*method, &value, argument.as_ref())
            }
            Expression::Not(value) => Val::Bool(!truthy(&self.evaluate(value))),
            Expression::Negative(value) => Val::Number(-number(&self.evaluate(value))),
            Expression::Binary(operator, left, right) => self.binary(*operator, left, right),
        }
    }

    fn binary(&self, operator: Operator, left: &'a Expression, right: &'a Expression) -> Val<'a> {
        let left = self.evaluate(left);
        match operator {
            Operator::Or if truthy(&left) => return left,
            Operator::And if !truthy(&left) => return left,
            Operator::Or | Operator::And => return self.evaluate(right),
            _ => {}
        }
        let right = self.evaluate(right);
        match operator {
            Operator::Same => Val::Bool(same(&left, &right)),
            Operator::NotSame => Val::Bool(!same(&left, &right)),
            Operator::Equal => Val::Bool(self.equal(left, right)),
            Operator::NotEqual => Val::Bool(!self.equal(left, right)),
            Operator::In => Val::Bool(self.has(&right, &left)),
            Operator::Add => match (&left, &right) {
                (Val::Text(_), _) | (_, Val::Text(_)) => {
                    Val::Text(Cow::Owned(text(&left) + &text(&right)))
                }
                _ => Val::Number(number(&left) + number(&right)),
            },
            Operator::Subtract => Val::Number(number(&left) - number(&right)),
            Operator::Multiply => Val::Number(number(&left) * number(&right)),
            Operator::Divide => Val::Number(number(&left) / number(&right)),
            Operator::Remainder => Val::Number(number(&left) % number(&right)),
            _ => Val::Bool(ordered(operator, &left, &right)),
        }
    }

    /// `==`: a list that is compared with a scalar is the text of its items.
    fn equal(&self, left: Val<'a>, right: Val<'a>) -> bool {
        let scalar = |value: &Val<'a>| matches!(value, Val::Text(_) | Val::Number(_));
        let joined = |list: Val<'a>| match self.items(&list) {
            Some(items) => Val::Text(Cow::Owned(
                items.iter().map(text).collect::<Vec<_>>().join(","),
            )),
            None => list,
        };
        match (scalar(&left), scalar(&right)) {
            (true, false) => equal(&left, &joined(right)),
            (false, true) => equal(&joined(left), &right),
            _ => equal(&left, &right),
        }
    }

    fn of_node(&self, node: NodeId) -> Val<'a> {
        match self.view.value(node) {
            Value::Null => Val::Null,
            Value::Bool(value) => Val::Bool(value),
            Value::Int(value) => Val::Number(value as f64),
            Value::Long(digits) => Val::Number(digits.parse().unwrap_or(f64::NAN)),
            Value::Float(value) => Val::Number(value),
            Value::String(text) => Val::Text(Cow::Borrowed(text)),
            Value::Array(_) | Value::Object(_) => Val::Node(node),
        }
    }

    fn member(&self, value: &Val<'a>, key: &Val<'a>) -> Val<'a> {
        let key = text(key);
        match value {
            Val::Node(node) if key == "length" && !self.view.is_object(*node) => {
                Val::Number(self.view.subject.arena.items(*node).len() as f64)
            }
            Val::Node(node) => match self.view.child(*node, &key) {
                Some(found) => self.of_node(found),
                None if key == "constructor" && self.view.is_object(*node) => {
                    Val::Constructor("Object")
                }
                None if key == "constructor" => Val::Constructor("Array"),
                None => Val::Undefined,
            },
            Val::Constructor(name) if key == "name" => Val::Text(Cow::Borrowed(name)),
            Val::Text(_) if key == "constructor" => Val::Constructor("String"),
            Val::Number(_) if key == "constructor" => Val::Constructor("Number"),
            Val::Bool(_) if key == "constructor" => Val::Constructor("Boolean"),
            Val::Text(text) if key == "length" => Val::Number(text.encode_utf16().count() as f64),
            Val::List(items) if key == "length" => Val::Number(items.len() as f64),
            _ => Val::Undefined,
        }
    }

    /// `key in value`
    fn has(&self, value: &Val<'a>, key: &Val<'a>) -> bool {
        match value {
            Val::Node(node) => self.view.child(*node, &text(key)).is_some(),
            Val::List(items) => items.iter().any(|item| same(item, key)),
            _ => false,
        }
    }

    fn call(&self, method: Method, value: &Val<'a>, argument: Option<&Val<'a>>) -> Val<'a> {
        if let (Method::Test, Val::Regexp(regexp), Some(argument)) = (method, value, argument) {
            return Val::Bool(regexp.is_match(&text(argument)));
        }
        if let (Method::Includes | Method::IndexOf, Some(items)) = (method, self.items(value)) {
            let found =
                argument.and_then(|wanted| items.iter().position(|item| same(item, wanted)));
            return position(method, found);
        }
        let (Val::Text(_) | Val::Number(_), false) = (value, matches!(method, Method::Test)) else {
            return Val::Undefined;
        };
        let subject = text(value);
        match (method, argument) {
            (Method::Match, Some(Val::Regexp(regexp))) => Val::Bool(regexp.is_match(&subject)),
            (Method::Match, Some(pattern)) => Val::Bool(
                Regexp::new(&text(pattern), "").is_ok_and(|regexp| regexp.is_match(&subject)),
            ),
            (Method::Includes | Method::IndexOf, Some(part)) => {
                position(method, subject.find(text(part).as_str()))
            }
            (Method::StartsWith, Some(part)) => Val::Bool(subject.starts_with(text(part).as_str())),
            (Method::EndsWith, Some(part)) => Val::Bool(subject.ends_with(text(part).as_str())),
            (Method::LowerCase, _) => Val::Text(Cow::Owned(subject.to_lowercase())),
            (Method::UpperCase, _) => Val::Text(Cow::Owned(subject.to_uppercase())),
            (Method::Trim, _) => Val::Text(Cow::Owned(subject.trim().to_owned())),
            (Method::Text, _) => Val::Text(Cow::Owned(subject)),
            _ => Val::Undefined,
        }
    }

    /// Items of an array, written in the document or in the filter.
    fn items(&self, value: &Val<'a>) -> Option<Vec<Val<'a>>> {
        match value {
            Val::Node(node) if !self.view.is_object(*node) => {
                let items = self.view.subject.arena.items(*node).iter();
                Some(
                    items
                        .map(|item| self.of_node(self.view.through(*item)))
                        .collect(),
                )
            }
            Val::List(items) => Some(items.iter().map(copied).collect()),
            _ => None,
        }
    }
}

fn copied<'a>(value: &Val<'a>) -> Val<'a> {
    match value {
        Val::Undefined => Val::Undefined,
        Val::Null => Val::Null,
        Val::Bool(value) => Val::Bool(*value),
        Val::Number(value) => Val::Number(*value),
        Val::Text(text) => Val::Text(text.clone()),
        Val::Node(node) => Val::Node(*node),
        Val::List(items) => Val::List(items.iter().map(copied).collect()),
        Val::Regexp(regexp) => Val::Regexp(regexp),
        Val::Constructor(name) => Val::Constructor(name),
    }
}

fn position(method: Method, found: Option<usize>) -> Val<'static> {
    if method == Method::Includes {
        return Val::Bool(found.is_some());
    }
    Val::Number(found.map_or(-1.0, |at| at as f64))
}

fn of_key(key: Key<'_>) -> Val<'_> {
    match key {
        Key::Member(name) => Val::Text(Cow::Borrowed(name)),
        Key::Item(index) => Val::Number(index as f64),
    }
}

fn is(kind: Kind, value: &Val<'_>, view: &View<'_>) -> bool {
    match (kind, value) {
        (Kind::String, Val::Text(_))
        | (Kind::Number, Val::Number(_))
        | (Kind::Boolean, Val::Bool(_))
        | (Kind::Null, Val::Null)
        | (Kind::Undefined, Val::Undefined) => true,
        (Kind::Integer, Val::Number(number)) => number.fract() == 0.0,
        (Kind::Object, Val::Node(node)) => view.is_object(*node),
        (Kind::Array, Val::Node(node)) => !view.is_object(*node),
        (Kind::Scalar, value) => !matches!(value, Val::Node(_) | Val::List(_) | Val::Undefined),
        _ => false,
    }
}

fn truthy(value: &Val<'_>) -> bool {
    match value {
        Val::Undefined | Val::Null => false,
        Val::Bool(value) => *value,
        Val::Number(number) => *number != 0.0 && !number.is_nan(),
        Val::Text(text) => !text.is_empty(),
        Val::Node(_) | Val::List(_) | Val::Regexp(_) | Val::Constructor(_) => true,
    }
}

fn number(value: &Val<'_>) -> f64 {
    match value {
        Val::Null => 0.0,
        Val::Bool(value) => f64::from(*value),
        Val::Number(number) => *number,
        Val::Text(text) if text.trim().is_empty() => 0.0,
        Val::Text(text) => text.trim().parse().unwrap_or(f64::NAN),
        _ => f64::NAN,
    }
}

fn text(value: &Val<'_>) -> String {
    match value {
        Val::Undefined => "undefined".to_owned(),
        Val::Null => "null".to_owned(),
        Val::Bool(value) => value.to_string(),
        Val::Number(number) => number.to_string(),
        Val::Text(text) => text.clone().into_owned(),
        Val::Node(_) => "[object Object]".to_owned(),
        Val::List(items) => items.iter().map(text).collect::<Vec<_>>().join(","),
        Val::Regexp(regexp) => regexp.text.clone(),
        Val::Constructor(name) => format!("function {name}() {{ [native code] }}"),
    }
}

/// `===`
fn same(left: &Val<'_>, right: &Val<'_>) -> bool {
    match (left, right) {
        (Val::Undefined, Val::Undefined) | (Val::Null, Val::Null) => true,
        (Val::Bool(left), Val::Bool(right)) => left == right,
        (Val::Number(left), Val::Number(right)) => left == right,
        (Val::Text(left), Val::Text(right)) => left == right,
        (Val::Node(left), Val::Node(right)) => left == right,
        _ => false,
    }
}

/// `==`
fn equal(left: &Val<'_>, right: &Val<'_>) -> bool {
    let absent = |value: &Val<'_>| matches!(value, Val::Undefined | Val::Null);
    let scalar = |value: &Val<'_>| matches!(value, Val::Bool(_) | Val::Number(_) | Val::Text(_));
    match (left, right) {
        (left, right) if absent(left) || absent(right) => absent(left) && absent(right),
        (Val::Text(left), Val::Text(right)) => left == right,
        (left, right) if scalar(left) && scalar(right) => number(left) == number(right),
        _ => same(left, right),
    }
}

fn ordered(operator: Operator, left: &Val<'_>, right: &Val<'_>) -> bool {
    let order = match (left, right) {
        (Val::Text(left), Val::Text(right)) => Some(left.cmp(right)),
        _ => number(left).partial_cmp(&number(right)),
    };
    order.is_some_and(|order| match operator {
        Operator::Less => order.is_lt(),
        Operator::LessOrEqual => order.is_le(),
        Operator::Greater => order.is_gt(),
        _ => order.is_ge(),
    })
}
