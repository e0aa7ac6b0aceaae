//! What holds for operations.

use std::collections::HashSet;

use document::NodeId;

use crate::functions::Problem;
use crate::subject::View;

use super::operations;

/// `responses`: at least one for success.
pub fn success_response(view: View<'_>, responses: NodeId) -> Vec<Problem> {
    if !view.is_object(responses) {
        return Vec::new();
    }
    let success = |name: &str| name.len() == 3 && name.starts_with(['2', '3']);
    if view.entries(responses).any(|(name, _)| success(name)) {
        return Vec::new();
    }
    vec![Problem::new(
        "operation must define at least a single 2xx or 3xx response",
    )]
}

/// An operation with a form says that it takes forms (OpenAPI 2.0, Parameter Object).
pub fn form_data_consumed(view: View<'_>, operation: NodeId) -> Vec<Problem> {
    let parameters = view
        .get(operation, "parameters")
        .into_iter()
        .flat_map(|list| view.items(list));
    let mut forms = parameters.filter(|parameter| view.text(*parameter, "in") == Some("formData"));
    if forms.next().is_none() {
        return Vec::new();
    }
    let consumes = view
        .get(operation, "consumes")
        .into_iter()
        .flat_map(|list| view.items(list));
    let is_form = |media: &str| {
        media.contains("application/x-www-form-urlencoded") || media.contains("multipart/form-data")
    };
    if consumes
        .filter_map(|media| view.subject.arena.string(media))
        .any(is_form)
    {
        return Vec::new();
    }
    vec![Problem::new(
        "consumes must include urlencoded, multipart, or formdata media type when using formData parameter",
    )]
}

pub fn unique_ids(view: View<'_>, root: NodeId) -> Vec<Problem> {
    let mut seen = HashSet::new();
    let mut problems = Vec::new();
    for (template, method, operation) in operations(view, root) {
        if let Some(id) = view.text(operation, "operationId")
            && !seen.insert(id)
        {
            problems.push(Problem::new("operationId must be unique.").at([
                "paths",
                template,
                method,
                "operationId",
            ]));
        }
    }
    problems
}

pub fn tags_defined(view: View<'_>, root: NodeId) -> Vec<Problem> {
    let global = view
        .get(root, "tags")
        .into_iter()
        .flat_map(|tags| view.items(tags));
    let known: HashSet<&str> = global.filter_map(|tag| view.text(tag, "name")).collect();
    let mut problems = Vec::new();
    for (template, method, operation) in operations(view, root) {
        let tags = view
            .get(operation, "tags")
            .into_iter()
            .flat_map(|tags| view.items(tags));
        for (index, tag) in tags.enumerate() {
            if view
                .subject
                .arena
                .string(tag)
                .is_some_and(|tag| !known.contains(tag))
            {
                let index = index.to_string();
                problems.push(
                    Problem::new("Operation tags must be defined in global tags.")
                        .at(["paths", template, method, "tags", &index]),
                );
            }
        }
    }
    problems
}

/// Every requirement names a scheme that is there, and scopes it has.
pub fn security_defined(view: View<'_>, root: NodeId) -> Vec<Problem> {
    let swagger = view.get(root, "swagger").is_some();
    let schemes = match swagger {
        true => view.get(root, "securityDefinitions"),
        false => view
            .get(root, "components")
            .and_then(|components| view.get(components, "securitySchemes")),
    };
    let mut problems = Vec::new();
    if let Some(security) = view.get(root, "security") {
        requirements(
            view,
            schemes,
            security,
            &["security"],
            "API",
            swagger,
            &mut problems,
        );
    }
    for (template, method, operation) in operations(view, root) {
        if let Some(security) = view.get(operation, "security") {
            let at = ["paths", template, method, "security"];
            requirements(
                view,
                schemes,
                security,
                &at,
                "Operation",
                swagger,
                &mut problems,
            );
        }
    }
    problems
}

fn requirements(
    view: View<'_>,
    schemes: Option<NodeId>,
    security: NodeId,
    at: &[&str],
    whose: &str,
    swagger: bool,
    problems: &mut Vec<Problem>,
) {
    let place = if swagger {
        "securityDefinitions"
    } else {
        "components.securitySchemes"
    };
    for (index, requirement) in view.items(security).enumerate() {
        for (name, scopes) in view.entries(requirement) {
            let index = index.to_string();
            let path = at.iter().copied().chain([index.as_str(), name]);
            let Some(scheme) = schemes.and_then(|schemes| view.get(schemes, name)) else {
                let message = format!(
                    "{whose} \"security\" values must match a scheme defined in the \"{place}\" object."
                );
                problems.push(Problem::new(message).at(path));
                continue;
            };
            if view.text(scheme, "type") != Some("oauth2") {
                continue;
            }
            for (number, scope) in view.items(scopes).enumerate() {
                let Some(scope) = view.subject.arena.string(scope) else {
                    continue;
                };
                if !has_scope(view, scheme, scope) {
                    let number = number.to_string();
                    let path = at
                        .iter()
                        .copied()
                        .chain([index.as_str(), name, number.as_str()]);
                    problems.push(
                        Problem::new(format!("\"{scope}\" must be listed among scopes.")).at(path),
                    );
                }
            }
        }
    }
}

fn has_scope(view: View<'_>, scheme: NodeId, scope: &str) -> bool {
    let within = |flow: NodeId| {
        view.get(flow, "scopes")
            .is_some_and(|scopes| view.get(scopes, scope).is_some())
    };
    let flows = view
        .get(scheme, "flows")
        .into_iter()
        .flat_map(|flows| view.entries(flows));
    within(scheme) || flows.into_iter().any(|(_, flow)| within(flow))
}
