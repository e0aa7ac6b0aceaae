//! A ruleset as the engine takes it, made from JSON.

use std::collections::HashMap;

use serde::Deserialize;
use serde_json::Value as Json;

use crate::automaton::GivenId;
use crate::functions::Function;
use crate::given::{self, Given};

/// A rule as it is written.
#[derive(Debug, Deserialize)]
pub struct Written {
    pub code: String,
    pub message: Option<String>,
    pub description: Option<String>,
    #[serde(default = "resolved")]
    pub resolved: bool,
    /// Paths, aliases written out.
    pub given: Vec<String>,
    pub then: Vec<WrittenThen>,
}

#[derive(Debug, Deserialize)]
pub struct WrittenThen {
    pub field: Option<String>,
    pub function: String,
    #[serde(default)]
    pub options: Json,
    /// Number of a function of the ruleset's own.
    pub foreign: Option<usize>,
}

fn resolved() -> bool {
    true
}

/// What is wrong with a rule: which, where in it, and after how many characters of a path.
#[derive(Clone, Debug)]
pub struct Fault {
    pub rule: usize,
    pub part: Part,
    pub index: usize,
    pub message: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    Given,
    Field,
    Function,
}

pub struct Then {
    pub field: Field,
    pub function: Function,
}

/// What of a selected part is checked.
pub enum Field {
    Itself,
    /// `@key`: each of its names.
    Names,
    Path(Vec<String>),
    Query(String),
}

pub struct Rule {
    pub code: String,
    pub message: Option<String>,
    pub description: Option<String>,
    pub resolved: bool,
    pub then: Vec<Then>,
}

/// One path with what it means for what it selects.
pub struct Path {
    pub parents: usize,
    pub name: bool,
    /// Rules that ask for it.
    pub rules: Vec<usize>,
}

/// Rules ready to be used, and their paths.
pub struct Rules {
    pub rules: Vec<Rule>,
    pub paths: Vec<Path>,
    /// Paths as they are written, for those who walk the document and those who walk it resolved.
    texts: Vec<(bool, String)>,
}

impl Rules {
    /// Everything that is wrong where anything is.
    pub fn new(written: Vec<Written>) -> Result<Rules, Vec<Fault>> {
        let mut rules = Rules {
            rules: Vec::new(),
            paths: Vec::new(),
            texts: Vec::new(),
        };
        let mut known = HashMap::new();
        let mut faults = Vec::new();
        for (number, rule) in written.into_iter().enumerate() {
            for (index, text) in rule.given.iter().enumerate() {
                if let Err(message) = rules.add_path(number, rule.resolved, text, &mut known) {
                    faults.push(fault(number, Part::Given, index, message));
                }
            }
            rules.add_rule(number, rule, &mut faults);
        }
        if faults.is_empty() {
            Ok(rules)
        } else {
            Err(faults)
        }
    }

    fn add_path(
        &mut self,
        rule: usize,
        resolved: bool,
        text: &str,
        known: &mut HashMap<(bool, String), usize>,
    ) -> Result<(), String> {
        let key = (resolved, text.trim().to_owned());
        if let Some(path) = known.get(&key) {
            // A rule that says a path twice asks once.
            if self.paths[*path].rules.last() != Some(&rule) {
                self.paths[*path].rules.push(rule);
            }
            return Ok(());
        }
        let given = parsed(text)?;
        known.insert(key.clone(), self.paths.len());
        self.paths.push(Path {
            parents: given.parents,
            name: given.name,
            rules: vec![rule],
        });
        self.texts.push(key);
        Ok(())
    }

    fn add_rule(&mut self, number: usize, rule: Written, faults: &mut Vec<Fault>) {
        let mut then = Vec::new();
        for (index, written) in rule.then.into_iter().enumerate() {
            let field = field(written.field.as_deref())
                .map_err(|message| faults.push(fault(number, Part::Field, index, message)));
            let function = match written.foreign {
                Some(number) => Ok(Function::Foreign(number)),
                None => Function::new(&written.function, &written.options),
            };
            let function = function
                .map_err(|message| faults.push(fault(number, Part::Function, index, message)));
            if let (Ok(field), Ok(function)) = (field, function) {
                then.push(Then { field, function });
            }
        }
        self.rules.push(Rule {
            code: rule.code,
            message: rule.message,
            description: rule.description,
            resolved: rule.resolved,
            then,
        });
    }

    /// Paths of the rules that look at the document as it is written, or with references resolved.
    pub fn givens(&self, resolved: bool) -> Vec<(GivenId, Given)> {
        let wanted = self
            .texts
            .iter()
            .enumerate()
            .filter(|(_, (of, _))| *of == resolved);
        wanted
            .filter_map(|(id, (_, text))| Some((id as GivenId, given::parse(text).ok()?)))
            .collect()
    }
}

fn fault(rule: usize, part: Part, index: usize, message: String) -> Fault {
    Fault {
        rule,
        part,
        index,
        message,
    }
}

fn parsed(text: &str) -> Result<Given, String> {
    given::parse(text).map_err(|error| {
        format!(
            "{} (after {} characters of `{text}`)",
            error.message, error.characters
        )
    })
}

fn field(text: Option<&str>) -> Result<Field, String> {
    Ok(match text {
        None => Field::Itself,
        Some("@key") => Field::Names,
        Some(query) if query.starts_with('$') => {
            parsed(query)?;
            Field::Query(query.to_owned())
        }
        Some(path) => Field::Path(tokens(path)),
    })
}

/// `a.b[0]['c d']` → `a`, `b`, `0`, `c d`.
fn tokens(path: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = path;
    while !rest.is_empty() {
        if let Some(inside) = rest.strip_prefix('[')
            && let Some((token, after)) = inside.split_once(']')
        {
            found.push(token.trim_matches(['\'', '"']).to_owned());
            rest = after.strip_prefix('.').unwrap_or(after);
            continue;
        }
        let end = rest[1..].find(['.', '[']).map_or(rest.len(), |at| at + 1);
        found.push(rest[..end].to_owned());
        rest = rest[end..].strip_prefix('.').unwrap_or(&rest[end..]);
    }
    found
}
