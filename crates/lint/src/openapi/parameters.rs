//! What holds for parameters, and for paths with names in braces.

use std::collections::HashMap;

use document::{NodeId, Value};

use crate::functions::Problem;
use crate::subject::View;

use super::METHODS;

fn items(view: View<'_>, list: NodeId) -> Vec<NodeId> {
    view.items(list).collect()
}

/// No two with one name in one place; one body, and no form beside it.
pub fn unique(view: View<'_>, parameters: NodeId) -> Vec<Problem> {
    let mut problems = Vec::new();
    let (mut seen, mut bodies, mut forms) = (Vec::new(), 0, 0);
    for (index, parameter) in view.items(parameters).enumerate() {
        let place = view.text(parameter, "in");
        if let (Some(name), Some(place)) = (view.text(parameter, "name"), place) {
            if seen.contains(&(name, place)) {
                let message = "A parameter in this operation already exposes the same combination of \"name\" and \"in\" values.";
                problems.push(Problem::new(message).at([index]));
            }
            seen.push((name, place));
        }
        bodies += usize::from(place == Some("body"));
        forms += usize::from(place == Some("formData"));
        if place == Some("body") && bodies > 1 {
            let message =
                "Operation must not have more than a single instance of the \"in:body\" parameter.";
            problems.push(Problem::new(message).at([index]));
        }
    }
    if bodies > 0 && forms > 0 {
        let message = "Operation must not have both \"in:body\" and \"in:formData\" parameters.";
        problems.push(Problem::new(message));
    }
    problems
}

/// Names in braces, in order.
fn braced(template: &str) -> Vec<&str> {
    let mut names = Vec::new();
    let mut rest = template;
    while let Some((_, after)) = rest.split_once('{') {
        let Some((inside, then)) = after.split_once('}') else {
            break;
        };
        let name = inside.trim_start_matches([';', '?']).trim_end_matches('*');
        if is_name(name) {
            names.push(name);
            rest = then;
        } else {
            rest = after;
        }
    }
    names
}

fn is_name(name: &str) -> bool {
    !name.is_empty()
        && name
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-')
}

/// The template with every name alike.
fn shape(template: &str) -> String {
    let mut shaped = template.to_owned();
    for name in braced(template) {
        for written in [
            format!("{{{name}}}"),
            format!("{{{name}*}}"),
            format!("{{?{name}}}"),
            format!("{{;{name}}}"),
        ] {
            shaped = shaped.replace(&written, "%");
        }
    }
    shaped
}

/// Names in a path's template are its parameters, and the other way round.
pub fn of_paths(view: View<'_>, root: NodeId) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut shapes: HashMap<String, &str> = HashMap::new();
    let Some(paths) = view.get(root, "paths") else {
        return problems;
    };
    for (template, item) in view.entries(paths) {
        if let Some(other) = shapes.insert(shape(template), template) {
            let message = format!("Paths \"{other}\" and \"{template}\" must not be equivalent.");
            problems.push(Problem::new(message).at(["paths", template]));
        }
        of_path(view, template, item, &mut problems);
    }
    problems
}

fn of_path(view: View<'_>, template: &str, item: NodeId, problems: &mut Vec<Problem>) {
    let mut names: Vec<&str> = Vec::new();
    for name in braced(template) {
        if names.contains(&name) {
            let message = format!(
                "Path \"{template}\" must not use parameter \"{{{name}}}\" multiple times."
            );
            problems.push(Problem::new(message).at(["paths", template]));
        } else {
            names.push(name);
        }
    }
    let mut top = Vec::new();
    if let Some(list) = view.get(item, "parameters") {
        let at = ["paths", template, "parameters"];
        top = declared(view, list, &at, problems);
        unused(&top, &names, template, &at, problems);
    }
    for (method, operation) in view
        .entries(item)
        .filter(|(name, _)| METHODS.contains(name))
    {
        let at = ["paths", template, method, "parameters"];
        let own = match view.get(operation, "parameters") {
            Some(list) => declared(view, list, &at, problems),
            None => Vec::new(),
        };
        unused(&own, &names, template, &at, problems);
        for name in &names {
            if !own.iter().chain(&top).any(|(declared, _)| declared == name) {
                let message = format!(
                    "Operation must define parameter \"{{{name}}}\" as expected by path \"{template}\"."
                );
                problems.push(Problem::new(message).at(&at[..3]));
            }
        }
    }
}

/// Path parameters of a list, each once, with their index.
fn declared<'a>(
    view: View<'a>,
    list: NodeId,
    at: &[&str],
    problems: &mut Vec<Problem>,
) -> Vec<(&'a str, usize)> {
    let mut found: Vec<(&str, usize)> = Vec::new();
    for (index, parameter) in items(view, list).into_iter().enumerate() {
        let (Some("path"), Some(name)) = (view.text(parameter, "in"), view.text(parameter, "name"))
        else {
            continue;
        };
        let number = index.to_string();
        let path = || at.iter().copied().chain([number.as_str()]);
        let required = view.get(parameter, "required");
        if !required.is_some_and(|required| matches!(view.value(required), Value::Bool(true))) {
            let message = format!(
                "Path parameter \"{name}\" must have \"required\" property that is set to \"true\"."
            );
            problems.push(Problem::new(message).at(path()));
        }
        if found.iter().any(|(known, _)| *known == name) {
            let message = format!("Path parameter \"{name}\" must not be defined multiple times.");
            problems.push(Problem::new(message).at(path()));
            continue;
        }
        found.push((name, index));
    }
    found
}

fn unused(
    declared: &[(&str, usize)],
    names: &[&str],
    template: &str,
    at: &[&str],
    problems: &mut Vec<Problem>,
) {
    for (name, index) in declared.iter().filter(|(name, _)| !names.contains(name)) {
        let number = index.to_string();
        let message = format!("Parameter \"{name}\" must be used in path \"{template}\".");
        problems.push(Problem::new(message).at(at.iter().copied().chain([number.as_str()])));
    }
}
