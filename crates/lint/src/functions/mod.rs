//! What rules check parts with: Spectral's core functions, those of OpenAPI, and functions of a ruleset's own.

mod casing;
mod order;
pub mod schema;
mod simple;

use document::NodeId;
use serde_json::Value as Json;

use crate::openapi;
use crate::subject::View;

/// What a function is asked about.
#[derive(Clone, Debug)]
pub enum Input {
    Node(NodeId),
    /// The name of a member.
    Name(String),
    /// A field that is not there.
    Missing,
}

/// What a message is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum About {
    /// `"title" property must …`
    Property,
    /// `"abc" must …`
    Value,
    /// The message says it.
    Nothing,
}

/// What is wrong, and where below what was asked about.
#[derive(Clone, Debug)]
pub struct Problem {
    pub about: About,
    pub message: String,
    pub path: Vec<String>,
}

impl Problem {
    pub fn new(message: impl Into<String>) -> Problem {
        Problem {
            about: About::Nothing,
            message: message.into(),
            path: Vec::new(),
        }
    }

    pub fn property(message: impl Into<String>) -> Problem {
        Problem {
            about: About::Property,
            ..Problem::new(message)
        }
    }

    pub fn value(message: impl Into<String>) -> Problem {
        Problem {
            about: About::Value,
            ..Problem::new(message)
        }
    }

    pub fn at<T: ToString>(mut self, path: impl IntoIterator<Item = T>) -> Problem {
        self.path = path.into_iter().map(|token| token.to_string()).collect();
        self
    }
}

/// A function with its options.
pub enum Function {
    Truthy,
    Falsy,
    Defined,
    Undefined,
    Enumeration(Vec<Json>),
    Length {
        min: Option<f64>,
        max: Option<f64>,
    },
    Pattern(Box<simple::Pattern>),
    Casing(Box<casing::Casing>),
    Alphabetical(Option<String>),
    Schema(Box<schema::Schema>),
    Or(Vec<String>),
    Xor(Vec<String>),
    TypedEnum,
    Unreferenced(String),
    Openapi(openapi::Function),
    /// A function of the ruleset's own, by its number.
    Foreign(usize),
}

/// Runs functions of a ruleset's own.
pub trait Foreign {
    /// `path`: of what it is asked about, as it is written. An error says what became of it.
    fn call(
        &mut self,
        function: usize,
        view: View<'_>,
        input: &Input,
        path: &[String],
    ) -> Result<Vec<Problem>, String>;
}

impl Function {
    /// The function of a name. An error says what is wrong with its name or its options.
    pub fn new(name: &str, options: &Json) -> Result<Function, String> {
        Ok(match name {
            "truthy" => Function::Truthy,
            "falsy" => Function::Falsy,
            "defined" => Function::Defined,
            "undefined" => Function::Undefined,
            "enumeration" => Function::Enumeration(simple::enumeration(options)?),
            "length" => simple::length(options)?,
            "pattern" => simple::pattern(options)?,
            "casing" => Function::Casing(Box::new(casing::Casing::new(options)?)),
            "alphabetical" => Function::Alphabetical(text(options, "keyedBy")?),
            "schema" => Function::Schema(Box::new(schema::Schema::of_options(options)?)),
            "or" => Function::Or(simple::properties(options)?),
            "xor" => Function::Xor(simple::properties(options)?),
            "typedEnum" => Function::TypedEnum,
            "unreferencedReusableObject" => {
                let place = text(options, "reusableObjectsLocation")?;
                Function::Unreferenced(
                    place.ok_or("`reusableObjectsLocation` is needed, such as `#/definitions`")?,
                )
            }
            name => match openapi::Function::new(name, options)? {
                Some(function) => Function::Openapi(function),
                None => return Err(format!("there is no function \"{name}\"")),
            },
        })
    }

    /// `path`: of what is asked about, as it is written.
    pub fn run(
        &self,
        view: View<'_>,
        input: &Input,
        path: &mut dyn FnMut() -> Vec<String>,
    ) -> Vec<Problem> {
        match self {
            Function::Truthy => simple::truthy(view, input),
            Function::Falsy => simple::falsy(view, input),
            Function::Defined => simple::defined(input),
            Function::Undefined => simple::undefined(input),
            Function::Enumeration(values) => simple::in_enumeration(view, input, values),
            Function::Length { min, max } => simple::of_length(view, input, *min, *max),
            Function::Pattern(pattern) => pattern.check(view, input),
            Function::Casing(casing) => casing.check(view, input),
            Function::Alphabetical(keyed_by) => {
                order::alphabetical(view, input, keyed_by.as_deref())
            }
            Function::Schema(schema) => schema.check(view, input),
            Function::Or(properties) => simple::any_of(view, input, properties),
            Function::Xor(properties) => simple::one_of(view, input, properties),
            Function::TypedEnum => simple::typed_enum(view, input),
            Function::Unreferenced(place) => simple::unreferenced(view, input, place),
            Function::Openapi(function) => function.run(view, input, path),
            Function::Foreign(_) => Vec::new(),
        }
    }
}

/// A text among the options.
pub(crate) fn text(options: &Json, name: &str) -> Result<Option<String>, String> {
    match options.get(name) {
        None => Ok(None),
        Some(Json::String(text)) => Ok(Some(text.clone())),
        Some(_) => Err(format!("`{name}` must be text")),
    }
}

/// A list of texts among the options; it must be there.
pub(crate) fn texts(options: &Json, name: &str) -> Result<Vec<String>, String> {
    let listed = options.get(name).and_then(Json::as_array);
    let texts = listed.and_then(|listed| {
        let texts = listed.iter().map(|one| one.as_str().map(str::to_owned));
        texts.collect::<Option<Vec<String>>>()
    });
    texts.ok_or_else(|| format!("`{name}` must be a list of texts"))
}

/// The text a function is asked about, where it is text.
pub(crate) fn asked_text<'a>(view: View<'a>, input: &'a Input) -> Option<&'a str> {
    match input {
        Input::Node(node) => view.subject.arena.string(*node),
        Input::Name(name) => Some(name),
        Input::Missing => None,
    }
}

/// What a function is asked about as a value; nothing where it is not there, or too large.
pub fn asked_json(view: View<'_>, input: &Input) -> Option<Json> {
    match input {
        Input::Node(node) => view.json(*node),
        Input::Name(name) => Some(Json::String(name.clone())),
        Input::Missing => None,
    }
}

/// A value as messages show it.
pub(crate) fn shown(value: &Json) -> String {
    match value {
        Json::Object(_) => "Object{}".to_owned(),
        Json::Array(_) => "Array[]".to_owned(),
        value => value.to_string(),
    }
}
