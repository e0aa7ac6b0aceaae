//! Functions that know OpenAPI: what `spectral:oas` checks and no core function can.

mod examples;
mod grammar;
mod operations;
mod pages;
mod parameters;
mod parts;
mod restricted;
mod structure;

pub(crate) use examples::{Direction, Judge, Judges};

use serde_json::Value as Json;

use crate::functions::{Input, Problem, texts};
use crate::subject::View;

/// Methods a path item may have (OpenAPI 3.1, Path Item Object).
pub(crate) const METHODS: [&str; 8] = [
    "get", "put", "post", "delete", "options", "head", "patch", "trace",
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Function {
    SuccessResponse,
    FormDataConsumed,
    UniqueOperationIds,
    UniqueParameters,
    TagsDefined,
    PathParameters,
    ReferenceSiblings,
    Discriminator,
    SecurityDefined,
    /// `example` and `default` of a schema.
    SchemaExample,
    /// `example` and `examples` beside a schema.
    MediaExample,
    UniqueTags,
    ServerVariables,
    UnusedComponents,
    Document,
    /// Operations of some methods name a security scheme.
    Secured(restricted::Methods),
    AdminApart,
    Paginated,
}

const NAMES: [(&str, Function); 17] = [
    ("openapiSuccessResponse", Function::SuccessResponse),
    ("openapiFormDataConsumed", Function::FormDataConsumed),
    ("openapiUniqueOperationIds", Function::UniqueOperationIds),
    ("openapiUniqueParameters", Function::UniqueParameters),
    ("openapiTagsDefined", Function::TagsDefined),
    ("openapiPathParameters", Function::PathParameters),
    ("openapiReferenceSiblings", Function::ReferenceSiblings),
    ("openapiDiscriminator", Function::Discriminator),
    ("openapiSecurityDefined", Function::SecurityDefined),
    ("openapiSchemaExample", Function::SchemaExample),
    ("openapiMediaExample", Function::MediaExample),
    ("openapiUniqueTags", Function::UniqueTags),
    ("openapiServerVariables", Function::ServerVariables),
    ("openapiUnusedComponents", Function::UnusedComponents),
    ("openapiDocument", Function::Document),
    ("openapiAdminApart", Function::AdminApart),
    ("openapiPaginated", Function::Paginated),
];

impl Function {
    /// Nothing where there is none of that name.
    pub fn new(name: &str, options: &Json) -> Result<Option<Function>, String> {
        if name == "openapiSecured" {
            let methods = restricted::Methods::of(&texts(options, "methods")?)?;
            return Ok(Some(Function::Secured(methods)));
        }
        Ok(NAMES
            .iter()
            .find(|(known, _)| *known == name)
            .map(|(_, function)| *function))
    }

    /// `path`: of what is asked about, as it is written.
    pub fn run(
        self,
        view: View<'_>,
        input: &Input,
        path: &mut dyn FnMut() -> Vec<String>,
    ) -> Vec<Problem> {
        let Input::Node(node) = *input else {
            return Vec::new();
        };
        match self {
            Function::SuccessResponse => operations::success_response(view, node),
            Function::FormDataConsumed => operations::form_data_consumed(view, node),
            Function::UniqueOperationIds => operations::unique_ids(view, node),
            Function::UniqueParameters => parameters::unique(view, node),
            Function::TagsDefined => operations::tags_defined(view, node),
            Function::PathParameters => parameters::of_paths(view, node),
            Function::ReferenceSiblings => parts::reference_siblings(view, node, &path()),
            Function::Discriminator => parts::discriminator(view, node),
            Function::SecurityDefined => operations::security_defined(view, node),
            Function::SchemaExample => examples::of_schema(view, node),
            Function::MediaExample => examples::of_media(view, node, &path()),
            Function::UniqueTags => parts::unique_tags(view, node),
            Function::ServerVariables => parts::server_variables(view, node),
            Function::UnusedComponents => parts::unused_components(view, node),
            Function::Document => structure::document(view, node),
            Function::Secured(methods) => restricted::secured(view, node, methods),
            Function::AdminApart => restricted::admin_apart(view, node),
            Function::Paginated => pages::paginated(view, node, &path()),
        }
    }
}

/// Paths and their operations: template, method, operation.
pub(crate) fn operations<'a>(
    view: View<'a>,
    root: document::NodeId,
) -> impl Iterator<Item = (&'a str, &'a str, document::NodeId)> {
    let paths = view
        .get(root, "paths")
        .into_iter()
        .flat_map(move |paths| view.entries(paths));
    paths.flat_map(move |(template, item)| {
        let methods = view
            .entries(item)
            .filter(|(name, _)| METHODS.contains(name));
        methods.map(move |(method, operation)| (template, method, operation))
    })
}
