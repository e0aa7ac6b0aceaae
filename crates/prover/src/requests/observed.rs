//! While a contract is observed, names of the query pass that nobody declared: what is declared for inner rings has to
//! be denied by its name.

use ahash::HashSet;

use document::pointer::escaped;
use wall::bundle::{ParameterPlace, RequestRule, ValueForm};

use super::Proof;
use super::declared::Parameter;
use super::forms::form_of;
use crate::bodies::{Described, Direction, OPEN, Subject, World};

/// What of a parameter the ring must not write.
#[derive(Default)]
struct Kept {
    names: Vec<String>,
    /// Any name may be of it.
    is_open: bool,
}

impl Proof<'_, '_> {
    pub(super) fn undeclared(&mut self, rule: &RequestRule, declared: &[Parameter]) {
        if self.world == World::Closed || rule.closed {
            return;
        }
        let in_query = declared
            .iter()
            .filter(|one| one.place == ParameterPlace::Query);
        for one in in_query {
            let kept = self.kept(one);
            let named = kept.names.iter().filter(|name| !is_denied(rule, name));
            for name in named {
                let message = format!(
                    "{name} passes in the query while the contract is observed, and the ring may not see it"
                );
                let field = Some(format!("/query/{}", escaped(name)));
                self.say("parameter-exposed", message, "/hidden", field);
            }
            if kept.is_open {
                let message = format!(
                    "fields of {} that nobody names pass while the contract is observed, and the ring may not see them",
                    one.name
                );
                let field = Some(format!("/query/{}/*", escaped(&one.name)));
                self.say("parameter-exposed", message, "/closed", field);
            }
        }
    }

    fn kept(&self, parameter: &Parameter) -> Kept {
        let is_exploded = form_of(self.schemas, parameter) == ValueForm::FormExploded;
        match (parameter.is_shown, is_exploded && parameter.schema < OPEN) {
            (false, false) => Kept {
                names: vec![parameter.name.clone()],
                is_open: false,
            },
            (false, true) => {
                let outline =
                    self.schemas
                        .outline(parameter.schema, &HashSet::default(), Direction::Request);
                let names = outline.names.into_iter().map(str::to_owned);
                let names = names.chain([parameter.name.clone()]);
                Kept {
                    names: names.collect(),
                    is_open: outline.is_open,
                }
            }
            (true, true) => self.kept_of_fields(parameter),
            (true, false) => Kept::default(),
        }
    }

    /// Fields of an object that stand beside the parameters.
    fn kept_of_fields(&self, parameter: &Parameter) -> Kept {
        let subject = Subject::of_any(&[parameter.schema], Vec::new());
        let described = Described::new(self.schemas, &subject, Direction::Request);
        let names = described.names().into_iter();
        let hidden = names.filter(|name| described.member(name).hidden_by.is_some());
        Kept {
            names: hidden.map(str::to_owned).collect(),
            is_open: described.additional().hidden_by.is_some()
                || !described.hidden_patterns().is_empty(),
        }
    }
}

/// Whether the wall refuses a name nobody declared, or takes it for a parameter the ring sees.
fn is_denied(rule: &RequestRule, name: &str) -> bool {
    let is_of = |own: &str| {
        let rest = name.strip_prefix(own);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('['))
    };
    let parameters = rule.parameters.iter();
    let mut shown = parameters.filter(|one| one.place == ParameterPlace::Query);
    rule.hidden.iter().any(|hidden| is_of(hidden)) || shown.any(|one| is_of(&one.name))
}
