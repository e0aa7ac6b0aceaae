//! Which object stands where in an OpenAPI 3.0 or 3.1 document: the one table that walks, references and labels
//! rely on. What it does not name (examples, defaults, enums, extensions) is data and never looked into.

/// The kinds of objects that are told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Part {
    Document,
    Info,
    Tag,
    Server,
    Paths,
    PathItem,
    Operation,
    Parameter,
    Header,
    RequestBody,
    Responses,
    Response,
    MediaType,
    Encoding,
    Schema,
    Components,
    SecurityScheme,
    Callback,
    Link,
    Example,
}

/// How a member's value holds parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Slot {
    One(Part),
    List(Part),
    Map(Part),
}

/// HTTP methods of a path item, as written there.
pub const METHODS: [&str; 8] = [
    "get", "put", "post", "delete", "options", "head", "patch", "trace",
];

impl Part {
    /// What a member of this part holds; nothing for data.
    pub fn slot(self, key: &str) -> Option<Slot> {
        use Part::*;
        use Slot::{List, Map, One};
        Some(match (self, key) {
            (Document, "info") => One(Info),
            (Document, "tags") => List(Tag),
            (Document | PathItem | Operation, "servers") => List(Server),
            (Document, "paths") => One(Paths),
            (Document, "webhooks") => Map(PathItem),
            (Document, "components") => One(Components),

            (Paths | Callback, path) if !path.starts_with("x-") && path != "$ref" => One(PathItem),
            (PathItem | Operation, "parameters") => List(Parameter),
            (PathItem, method) if METHODS.contains(&method) => One(Operation),

            (Operation, "requestBody") => One(RequestBody),
            (Operation, "responses") => One(Responses),
            (Operation, "callbacks") => Map(Callback),
            (Responses, status) if !status.starts_with("x-") && status != "$ref" => One(Response),
            (Response | Encoding, "headers") => Map(Header),
            (Response | RequestBody | Parameter | Header, "content") => Map(MediaType),
            (Response, "links") => Map(Link),
            (Parameter | Header | MediaType, "schema") => One(Schema),
            (Parameter | Header | MediaType, "examples") => Map(Example),
            (MediaType, "encoding") => Map(Encoding),
            (Link, "server") => One(Server),

            (Components, "schemas") => Map(Schema),
            (Components, "responses") => Map(Response),
            (Components, "parameters") => Map(Parameter),
            (Components, "examples") => Map(Example),
            (Components, "requestBodies") => Map(RequestBody),
            (Components, "headers") => Map(Header),
            (Components, "securitySchemes") => Map(SecurityScheme),
            (Components, "links") => Map(Link),
            (Components, "callbacks") => Map(Callback),
            (Components, "pathItems") => Map(PathItem),

            (Schema, "allOf" | "anyOf" | "oneOf" | "prefixItems") => List(Schema),
            (
                Schema,
                "properties" | "patternProperties" | "dependentSchemas" | "dependencies" | "$defs"
                | "definitions",
            ) => Map(Schema),
            (
                Schema,
                "items"
                | "not"
                | "if"
                | "then"
                | "else"
                | "contains"
                | "propertyNames"
                | "additionalItems"
                | "additionalProperties"
                | "unevaluatedItems"
                | "unevaluatedProperties"
                | "contentSchema",
            ) => One(Schema),
            _ => return None,
        })
    }

    /// Whether a `$ref` in this part's place is a reference.
    pub fn is_referable(self) -> bool {
        use Part::*;
        matches!(
            self,
            PathItem
                | Parameter
                | Header
                | RequestBody
                | Response
                | Schema
                | SecurityScheme
                | Callback
                | Link
                | Example
        )
    }

    /// Whether references in its place are followed, by rights or not: a message's parts must not be out of sight.
    pub fn has_labelled_parts(self) -> bool {
        use Part::*;
        self.is_referable() || matches!(self, Operation | Responses | MediaType | Encoding)
    }

    /// For messages.
    pub fn name(self) -> &'static str {
        match self {
            Part::Document => "an OpenAPI document",
            Part::Info => "an info object",
            Part::Tag => "a tag",
            Part::Server => "a server",
            Part::Paths => "a paths object",
            Part::PathItem => "a path item",
            Part::Operation => "an operation",
            Part::Parameter => "a parameter",
            Part::Header => "a header",
            Part::RequestBody => "a request body",
            Part::Responses => "a responses object",
            Part::Response => "a response",
            Part::MediaType => "a media type",
            Part::Encoding => "an encoding",
            Part::Schema => "a schema",
            Part::Components => "a components object",
            Part::SecurityScheme => "a security scheme",
            Part::Callback => "a callback",
            Part::Link => "a link",
            Part::Example => "an example",
        }
    }
}

/// What a JSON Pointer into an OpenAPI document leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    Part(Part),
    /// A list or map of parts, such as `/components/schemas`.
    Between,
    /// Data, or a place the specification does not name.
    Unknown,
}

/// What stands at a pointer by the table, without looking at the document.
pub fn standing(tokens: &[String]) -> Standing {
    let mut at = Standing::Part(Part::Document);
    let mut inside = Part::Document;
    for token in tokens {
        at = match at {
            Standing::Between => Standing::Part(inside),
            Standing::Part(part) => match part.slot(token) {
                Some(Slot::One(part)) => Standing::Part(part),
                Some(Slot::List(part) | Slot::Map(part)) => {
                    inside = part;
                    Standing::Between
                }
                None => Standing::Unknown,
            },
            Standing::Unknown => Standing::Unknown,
        };
    }
    at
}
