//! What holds for references, tags, servers, schemas and components.

use std::collections::HashSet;

use document::{FileId, NodeId};

use crate::functions::Problem;
use crate::subject::View;

/// Kinds of components that are there to be referred to; security schemes are named, not referred to.
const REUSABLE: [&str; 8] = [
    "schemas",
    "responses",
    "parameters",
    "examples",
    "requestBodies",
    "headers",
    "links",
    "callbacks",
];

/// URLs that are tried with the values of their variables.
const SUBSTITUTIONS: usize = 200;

/// What stands beside `$ref` counts for nothing before OpenAPI 3.1. `path`: of the object.
pub fn reference_siblings(view: View<'_>, holder: NodeId, path: &[String]) -> Vec<Problem> {
    // A property may be called so.
    if path.last().is_some_and(|name| name == "properties") || view.text(holder, "$ref").is_none() {
        return Vec::new();
    }
    view.entries(holder)
        .filter(|(name, _)| *name != "$ref")
        .map(|(name, _)| {
            Problem::new("$ref must not be placed next to any other properties").at([name])
        })
        .collect()
}

/// A discriminator names a property that is required (OpenAPI 2.0, Schema Object).
pub fn discriminator(view: View<'_>, schema: NodeId) -> Vec<Problem> {
    let Some(name) = view.text(schema, "discriminator") else {
        return Vec::new();
    };
    let mut problems = Vec::new();
    if view
        .get(schema, "properties")
        .is_none_or(|properties| view.get(properties, name).is_none())
    {
        let message = "The discriminator property must be defined in this schema.";
        problems.push(Problem::new(message).at(["properties"]));
    }
    let mut required = view
        .get(schema, "required")
        .into_iter()
        .flat_map(|list| view.items(list));
    if !required.any(|one| view.subject.arena.string(one) == Some(name)) {
        let message = "The discriminator property must be in the required property list.";
        problems.push(Problem::new(message).at(["required"]));
    }
    problems
}

pub fn unique_tags(view: View<'_>, tags: NodeId) -> Vec<Problem> {
    let mut seen = HashSet::new();
    let names = view
        .items(tags)
        .map(|tag| view.text(tag, "name"))
        .enumerate();
    names
        .filter_map(|(index, name)| Some((index, name?)))
        .filter(|(_, name)| !seen.insert(*name))
        .map(|(index, name)| {
            let message = format!("\"tags\" object contains duplicate tag name \"{name}\".");
            Problem::new(message).at([index.to_string(), "name".to_owned()])
        })
        .collect()
}

/// Variables in a server's URL are described, and no others; their defaults are among what is allowed.
pub fn server_variables(view: View<'_>, server: NodeId) -> Vec<Problem> {
    let Some(url) = view.text(server, "url") else {
        return Vec::new();
    };
    let used: Vec<&str> = url
        .split('{')
        .skip(1)
        .filter_map(|part| part.split_once('}'))
        .map(|(name, _)| name)
        .collect();
    let variables = view.get(server, "variables");
    let known: Vec<(&str, NodeId)> = variables
        .into_iter()
        .flat_map(|all| view.entries(all))
        .collect();
    let mut problems = Vec::new();
    let missed: Vec<&str> = used
        .iter()
        .copied()
        .filter(|name| !known.iter().any(|(known, _)| known == name))
        .collect();
    if !missed.is_empty() {
        let message = format!(
            "Not all server's variables are described with \"variables\" object. Missed: {}.",
            missed.join(", ")
        );
        problems.push(Problem::new(message).at(["variables"]));
    }
    for (name, variable) in known {
        if !used.contains(&name) {
            let message = format!(
                "Server's \"variables\" object has unused defined \"{name}\" url variable."
            );
            problems.push(Problem::new(message).at(["variables", name]));
        }
        let Some(default) = view.get(variable, "default") else {
            let message = format!("Server Variable \"{name}\" has a missing default.");
            problems.push(Problem::new(message).at(["variables", name]));
            continue;
        };
        if view.subject.arena.string(default).is_none() {
            return vec![Problem::new("Invalid Server Object")];
        }
        let Some(values) = view.get(variable, "enum") else {
            continue;
        };
        let default = view.json(default);
        if !view.items(values).any(|value| view.json(value) == default) {
            let message =
                format!("Server Variable \"{name}\" has a default not listed in the enum.");
            problems.push(Problem::new(message).at(["variables", name, "default"]));
        }
    }
    if problems.is_empty() && variables.is_some_and(|all| view.entries(all).next().is_some()) {
        problems.extend(substituted(view, url, variables));
    }
    problems
}

/// A problem where values lead to what is no URL (WHATWG URL §4.1).
fn substituted(view: View<'_>, url: &str, variables: Option<NodeId>) -> Option<Problem> {
    let mut urls = vec![url.to_owned()];
    for (name, variable) in variables.into_iter().flat_map(|all| view.entries(all)) {
        let listed = view
            .get(variable, "enum")
            .into_iter()
            .flat_map(|values| view.items(values));
        let mut values: Vec<&str> = listed
            .filter_map(|value| view.subject.arena.string(value))
            .collect();
        if values.is_empty() {
            values.extend(view.text(variable, "default"));
        }
        let written = format!("{{{name}}}");
        urls = urls
            .iter()
            .flat_map(|url| {
                values
                    .iter()
                    .map(|value| url.replace(&written, value))
                    .collect::<Vec<_>>()
            })
            .take(SUBSTITUTIONS)
            .collect();
    }
    urls.retain(|url| !is_url(url));
    urls.truncate(5);
    (!urls.is_empty()).then(|| {
        let message = "A few substitutions of server variables resulted in invalid URLs";
        Problem::new(format!("{message}: {}", urls.join(", "))).at(["variables"])
    })
}

fn is_url(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once(':') else {
        return false;
    };
    let named = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c));
    if !named
        || !["http", "https", "ws", "wss", "ftp"].contains(&scheme.to_ascii_lowercase().as_str())
    {
        return named;
    }
    let authority = rest
        .trim_start_matches(['/', '\\'])
        .split(['/', '?', '#', '\\'])
        .next()
        .unwrap_or_default();
    let address = authority
        .rsplit_once('@')
        .map_or(authority, |(_, address)| address);
    let (host, port) = match address.rsplit_once(':').filter(|_| !address.ends_with(']')) {
        Some((host, port)) => (host, port),
        None => (address, ""),
    };
    let in_brackets = host.starts_with('[') && host.ends_with(']');
    !host.is_empty()
        && (in_brackets || !host.contains(|c: char| c.is_whitespace() || "<>^|%[]".contains(c)))
        && (port.is_empty() || port.parse::<u16>().is_ok())
}

pub fn unused_components(view: View<'_>, root: NodeId) -> Vec<Problem> {
    view.unkept();
    let Some(components) = view.get(root, "components") else {
        return Vec::new();
    };
    let mut problems = Vec::new();
    for kind in REUSABLE {
        let named = view
            .get(components, kind)
            .into_iter()
            .flat_map(|all| view.entries(all));
        for (name, _) in named {
            let pointer = format!("#/components/{kind}/{}", document::pointer::escaped(name));
            if !view.subject.is_referred_to(FileId(0), &pointer) {
                let message = "Potentially unused component has been detected.";
                problems.push(Problem::new(message).at(["components", kind, name]));
            }
        }
    }
    problems
}
