//! Keys a document may have beside its parts. On outer rings nothing else passes: what Ringwork does not know, it
//! cannot judge.

use crate::contract::Part;

/// Extensions that pass on outer rings (`docs/projection.md`).
pub const EXTENSIONS: [&str; 1] = [SCOPES];

/// OAuth scopes an operation demands, by whatever scheme its document declared.
pub const SCOPES: &str = "x-scopes";

/// Keys whose values are data: copied as they are.
pub fn is_plain(part: Part, key: &str) -> bool {
    use Part::*;
    match part {
        Info => matches!(
            key,
            "title" | "summary" | "description" | "termsOfService" | "version"
        ),
        PathItem => matches!(key, "summary" | "description"),
        Operation => matches!(
            key,
            "summary" | "description" | "operationId" | "deprecated"
        ),
        Parameter => matches!(
            key,
            "name"
                | "in"
                | "description"
                | "required"
                | "deprecated"
                | "allowEmptyValue"
                | "style"
                | "explode"
                | "allowReserved"
        ),
        Header => matches!(
            key,
            "description"
                | "required"
                | "deprecated"
                | "allowEmptyValue"
                | "style"
                | "explode"
                | "allowReserved"
        ),
        RequestBody => matches!(key, "description" | "required"),
        Response | Link => key == "description",
        Encoding => matches!(key, "contentType" | "style" | "explode" | "allowReserved"),
        Example => matches!(key, "summary" | "description"),
        Tag => matches!(key, "name" | "description"),
        Schema => is_plain_of_schema(key),
        _ => false,
    }
}

fn is_plain_of_schema(key: &str) -> bool {
    matches!(
        key,
        "$schema"
            | "title"
            | "description"
            | "type"
            | "format"
            | "nullable"
            | "deprecated"
            | "readOnly"
            | "writeOnly"
            | "multipleOf"
            | "maximum"
            | "minimum"
            | "exclusiveMaximum"
            | "exclusiveMinimum"
            | "maxLength"
            | "minLength"
            | "pattern"
            | "maxItems"
            | "maxProperties"
            | "contentEncoding"
            | "contentMediaType"
    )
}

/// Objects of plain members, and which.
pub fn plain_object(part: Part, key: &str) -> Option<&'static [&'static str]> {
    use Part::*;
    Some(match (part, key) {
        (Document | Tag | Operation | Schema, "externalDocs") => &["description", "url"],
        (Info, "contact") => &["name", "url", "email"],
        (Info, "license") => &["name", "identifier", "url"],
        (Schema, "xml") => &[
            "name",
            "namespace",
            "prefix",
            "attribute",
            "wrapped",
            "nodeType",
        ],
        _ => return None,
    })
}
