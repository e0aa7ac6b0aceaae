//! Booleans, numbers and strings: which values of them leave.

use document::Value;
use document::arena::NodeId;
use document::contract::{VertexId, written};
use wall::bundle::{FilterNode, ScalarRule};

use super::Builder;
use super::kinds::values;

/// Texts of the values a schema lists, and of those it hides.
#[derive(Default)]
pub struct Listed {
    shown: Option<Vec<String>>,
    hidden: Vec<String>,
}

impl Builder<'_, '_> {
    pub(super) fn listed(&self, schema: VertexId) -> Listed {
        let arena = self.arena();
        let own = values(arena, self.ground().node(schema));
        let is_hidden = |value: &NodeId| !self.visibility.shows_value(schema, *value);
        let texts = |values: Vec<NodeId>| {
            let scalars = values
                .into_iter()
                .filter(|value| !is_null(arena.value(*value)));
            let mut texts: Vec<String> =
                scalars.filter_map(|value| written(arena, value)).collect();
            texts.dedup();
            texts
        };
        let (hidden, shown): (Vec<NodeId>, Vec<NodeId>) = own
            .clone()
            .unwrap_or_default()
            .into_iter()
            .partition(is_hidden);
        let mut hidden = texts(hidden);
        hidden.sort();
        hidden.dedup();
        Listed {
            shown: own.map(|_| texts(shown)),
            hidden,
        }
    }
}

fn is_null(value: Value<'_>) -> bool {
    matches!(value, Value::Null)
}

impl Listed {
    pub fn strings(&self) -> ScalarRule {
        self.rule(|_| true)
    }

    /// A value written as a text where numbers are declared is one all the same, if it reads as one.
    pub fn numbers(&self) -> ScalarRule {
        self.rule(|text| {
            let number = text.strip_prefix('-').unwrap_or(text);
            number.starts_with(|first: char| first.is_ascii_digit())
                && text.parse::<f64>().is_ok_and(f64::is_finite)
                && !(number.len() > 1 && number.starts_with('0') && !number.starts_with("0."))
                && !number.ends_with('.')
                && !number.contains(".e")
                && !number.contains(".E")
        })
    }

    pub fn booleans(&self) -> ScalarRule {
        self.rule(|text| matches!(text, "true" | "false"))
    }

    /// A hidden value of another type than the schema has is no value nobody knows.
    pub fn kept_back(&self, mut node: FilterNode) -> FilterNode {
        let rules = [&node.boolean, &node.number, &node.string];
        let hides = rules.iter().copied().flatten().any(ScalarRule::hides);
        if !hides && !self.hidden.is_empty() {
            node.string = Some(ScalarRule::none());
        }
        node
    }

    fn rule(&self, fits: impl Fn(&str) -> bool) -> ScalarRule {
        let fitting = |texts: &Vec<String>| -> Vec<String> {
            let mut kept: Vec<String> = Vec::new();
            for text in texts.iter().filter(|text| fits(text)) {
                if !kept.contains(text) {
                    kept.push(text.clone());
                }
            }
            kept
        };
        ScalarRule {
            values: self.shown.as_ref().map(fitting),
            hidden: fitting(&self.hidden),
            ..ScalarRule::default()
        }
    }
}
