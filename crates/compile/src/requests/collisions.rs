//! Parameters a ring may not see, and could write all the same: as a field of one it may.
//!
//! An object in the query, exploded, has its fields beside the other parameters. One that takes a field of a hidden
//! parameter's name would take the parameter.

use document::problem::{Problem, shown};
use wall::bundle::{ParameterPlace, ParameterRule, ValueForm};

/// A parameter that takes one of these names.
pub fn taking<'r>(rules: &'r [ParameterRule], hidden: &[&str]) -> Option<&'r ParameterRule> {
    let takes_one = |rule: &&ParameterRule| hidden.iter().any(|name| takes(rule, name));
    rules.iter().find(takes_one)
}

fn takes(rule: &ParameterRule, name: &str) -> bool {
    let members = rule.shape.only_members();
    let Some(members) = members.filter(|_| rule.place == ParameterPlace::Query) else {
        return false;
    };
    match rule.form {
        ValueForm::FormExploded => members.take(name),
        ValueForm::DeepObject => {
            let inside = name.strip_prefix(&rule.name);
            let inside = inside.and_then(|rest| rest.strip_prefix('[')?.strip_suffix(']'));
            inside.is_some_and(|member| members.take(member))
        }
        _ => false,
    }
}

pub fn problem(at: u32, rule: &ParameterRule) -> Problem {
    Problem::warning(
        "validation-open-query",
        at,
        format!(
            "fields of the query parameter {} stand beside the other parameters, and it takes one that is narrower: outer rings are not served the operation",
            shown(&rule.name)
        ),
        "Write it as `deepObject`, declare its fields, or give them names of their own.",
    )
}
