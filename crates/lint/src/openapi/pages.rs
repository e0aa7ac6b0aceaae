//! Lists that are given in pages.

use document::NodeId;

use crate::functions::Problem;
use crate::subject::View;

/// Members of an answer that hold what was asked for, where it is a list.
const HOLDERS: [&str; 10] = [
    "items", "data", "results", "entries", "records", "values", "elements", "content", "list",
    "value",
];
/// Parameters that say how many, and where to go on: lower case, without `_`, `-`, `[`, `]`, `$`.
const SIZES: [&str; 14] = [
    "limit",
    "pagesize",
    "perpage",
    "size",
    "maxresults",
    "maxitems",
    "top",
    "first",
    "last",
    "count",
    "pagelimit",
    "maxpagesize",
    "take",
    "rows",
];
const PLACES: [&str; 20] = [
    "cursor",
    "page",
    "pagecursor",
    "pagenumber",
    "pagetoken",
    "offset",
    "pageoffset",
    "after",
    "pageafter",
    "before",
    "startingafter",
    "endingbefore",
    "startafter",
    "starttoken",
    "nexttoken",
    "continuationtoken",
    "marker",
    "skip",
    "start",
    "continue",
];

/// A GET that answers with a list takes how many, and where to go on. `path`: of the operation.
pub fn paginated(view: View<'_>, operation: NodeId, path: &[String]) -> Vec<Problem> {
    let template = path.get(1).map_or("", String::as_str);
    if template.ends_with('}') || !answers_with_list(view, operation) {
        return Vec::new();
    }
    let item = view
        .get(view.subject.root(), "paths")
        .and_then(|paths| view.get(paths, template));
    match item {
        Some(item) => view.read(item),
        None => view.unkept(),
    }
    let names: Vec<String> = [Some(operation), item]
        .into_iter()
        .flatten()
        .filter_map(|holder| view.get(holder, "parameters"))
        .flat_map(|parameters| view.items(parameters))
        .filter_map(|parameter| view.text(parameter, "name"))
        .map(plain)
        .collect();
    let takes = |known: &[&str]| names.iter().any(|name| known.contains(&name.as_str()));
    let missing = match (takes(&SIZES), takes(&PLACES)) {
        (true, true) => return Vec::new(),
        (false, true) => "how many are wanted (limit)",
        (true, false) => "where to go on (cursor)",
        (false, false) => "how many are wanted (limit) and where to go on (cursor)",
    };
    vec![Problem::new(format!(
        "this operation answers with a list; let it take {missing}"
    ))]
}

fn plain(name: &str) -> String {
    let letters = name
        .chars()
        .filter(|c| !matches!(c, '_' | '-' | '[' | ']' | '$'));
    letters.flat_map(char::to_lowercase).collect()
}

fn answers_with_list(view: View<'_>, operation: NodeId) -> bool {
    let responses = view.get(operation, "responses").into_iter();
    responses
        .flat_map(|responses| view.entries(responses))
        .filter(|(status, _)| status.starts_with('2'))
        .filter_map(|(_, response)| view.get(response, "content"))
        .flat_map(|content| view.entries(content))
        .filter(|(media, _)| media.contains("json"))
        .filter_map(|(_, media)| view.get(media, "schema"))
        .any(|schema| is_list(view, schema) || holds_list(view, schema))
}

fn holds_list(view: View<'_>, schema: NodeId) -> bool {
    let Some(properties) = view.get(schema, "properties") else {
        return false;
    };
    HOLDERS
        .iter()
        .filter_map(|name| view.get(properties, name))
        .any(|property| is_list(view, property))
}

fn is_list(view: View<'_>, schema: NodeId) -> bool {
    view.text(schema, "type") == Some("array")
}
