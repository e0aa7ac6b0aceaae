//! Operations that answer, and say nothing of what. Many authors mean "anything" by that; to a ring that is shown what a
//! contract declares it means nothing.

use document::contract::{Contract, OperationFact, Part};
use document::problem::Problem;
use document::projection::Visibility;

use crate::Served;
use crate::responses::responses;

const CODE: &str = "response-undescribed";
const HELP: &str =
    "Declare `content` with a schema; what the service answers is listed by `ringwork observe`.";

/// One for all of them, at the first: a document without schemas would have hundreds.
pub fn problem(
    contract: &Contract,
    visibility: &Visibility<'_>,
    served: &[&Served],
) -> Option<Problem> {
    let facts = served.iter().flat_map(|served| served.facts(contract));
    let mut silent = facts.filter(|fact| is_silent(visibility, fact));
    let first = silent.next()?;
    let template = &contract.facts.paths[first.path as usize].template;
    let others = match silent.count() {
        0 => String::new(),
        1 => ", nor does one other operation".to_owned(),
        more => format!(", nor do {more} other operations"),
    };
    let message = format!(
        "GET {template} declares no body for its answers{others}: they leave empty to outer rings"
    );
    Some(Problem::warning(CODE, first.at, message, HELP))
}

fn is_silent(visibility: &Visibility<'_>, fact: &OperationFact) -> bool {
    let operation = visibility.vertex(fact.node, Part::Operation);
    let Some(operation) = operation.filter(|_| fact.method == "get") else {
        return false;
    };
    let ground = visibility.ground();
    let mut answers = responses(visibility, operation)
        .into_iter()
        .filter(|(status, ..)| may_have_a_body(status))
        .map(|(_, response, _)| ground.map(response, "content", Part::MediaType))
        .peekable();
    answers.peek().is_some() && answers.all(|content| content.is_empty())
}

/// RFC 9110 §15.3: of what was asked for.
fn may_have_a_body(status: &str) -> bool {
    status == "default" || (status.starts_with('2') && !matches!(status, "204" | "205"))
}
