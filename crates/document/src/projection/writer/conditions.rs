//! `not` and `if`: kept while they judge what is left of a value as they judged the whole.

use crate::contract::graph::VertexId;

use super::Writer;

impl Writer<'_, '_> {
    /// What is narrower in a `not` would widen it, and so narrow what is described, if it were taken out.
    pub fn negation(&mut self, schema: VertexId) {
        let Some(negated) = self.ground().schema(schema, "not") else {
            return;
        };
        if self.visibility.keeps_condition(schema, negated) {
            self.sink.key("not");
            return self.schema(negated);
        }
        let node = self.ground().node(negated);
        self.warn(
            node,
            "projection-not",
            "this `not` cannot be judged without what is narrower in its value: it is not shown",
            "Say what is meant with fields all may see, or label what holds it.",
        );
    }

    pub fn conditional(&mut self, schema: VertexId, key: &str) {
        let condition = self.ground().schema(schema, "if");
        let kept =
            condition.is_none_or(|condition| self.visibility.keeps_condition(schema, condition));
        match self.ground().schema(schema, key) {
            Some(part) if kept && self.visibility.shows(part) => {
                self.sink.key(key);
                self.schema(part);
            }
            Some(part) if key == "if" => {
                let node = self.ground().node(part);
                self.warn(
                    node,
                    "projection-if",
                    "this `if` cannot be judged without what is narrower in its value: neither it nor its \
                     `then` and `else` are shown, and fields only those declare are closed",
                    "Use fields all may see in it, or label what holds it.",
                );
            }
            _ => {}
        }
    }
}
