//! Bodies: media types the ring may send, what is read of them, and by which schemas.

use document::pointer::escaped;
use serde_json::Value;
use wall::bundle::{BodyContent, BodyRule, Held};

use super::Proof;
use super::declared::{Body, Media, bodies};
use super::demands::Demand;
use super::forms::speaks_of;
use crate::bodies::{Root, Subject, kinds};

const FORMS: [&str; 2] = ["application/x-www-form-urlencoded", "multipart/form-data"];

impl<'a> Proof<'a, '_> {
    pub(super) fn body(&mut self, rule: Option<&'a BodyRule>) {
        let (Some(met), Some(rule)) = (self.met, rule) else {
            return;
        };
        let declared = bodies(self.schemas, met.allowed);
        if !rule.required && !declared.is_empty() && declared.iter().all(|body| body.is_required) {
            let message = "the body is required, and may be left out".to_owned();
            self.say("demand-dropped", message, "/body/required", None);
        }
        for (range, content) in &rule.content {
            let below = format!("/body/content/{}", escaped(range));
            let mut all = declared.iter().flat_map(|body| &body.content);
            let is_declared = all.any(|one| one.media_type == *range);
            let shown = declared.iter().map(|body| shown_of(body, range));
            let shown: Vec<Vec<&Media>> = shown.collect();
            match shown.iter().find(|of_body| !of_body.is_empty()) {
                Some(first) => self.content(range, content, first, &shown.concat(), &below),
                None => {
                    let why = if is_declared {
                        "the ring may not see them"
                    } else {
                        "no document declares them"
                    };
                    let message = format!("bodies of {range} may be sent, and {why}");
                    self.say("content-exposed", message, &below, None);
                }
            }
        }
    }

    fn content(
        &mut self,
        range: &str,
        content: &'a BodyContent,
        first: &[&Media],
        all: &[&Media],
        below: &str,
    ) {
        let media = first[0];
        let schemas: Vec<_> = all.iter().map(|media| media.schema).collect();
        let subject = Subject::of_any(&schemas, Vec::new());
        match content {
            BodyContent::Opaque => self.opaque(range, media, below),
            BodyContent::Json(held) => self.held(held, first, subject),
            BodyContent::Form(form) | BodyContent::Multipart(form) => {
                self.form(form, &subject, media.node, below);
                self.held(&form.held, first, subject);
            }
        }
    }

    /// Bodies without fields are not looked into, nor those their operation says so of.
    fn opaque(&mut self, range: &str, media: &Media, below: &str) {
        let Some(met) = self.met else { return };
        let arena = &self.schemas.contract.arena;
        let mut declared = met.allowed.declared.iter();
        let is_said = declared.any(|node| kinds::is_true(arena, *node, "x-opaque"));
        let is_read =
            range.ends_with("/json") || range.ends_with("+json") || FORMS.contains(&range);
        let has_fields = || speaks_of(self.schemas, media.schema, kinds::OBJECT | kinds::ARRAY, 0);
        if !is_said && (is_read || has_fields()) {
            let message = format!("bodies of {range} have fields, and nobody looks into them");
            self.say("body-opaque", message, below, None);
        }
    }

    /// `media`: of one body, more than one where they differ in parameters only: it may be as any of them says.
    fn held(&mut self, held: &'a Held, media: &[&Media], subject: Subject) {
        let Some(met) = self.met else { return };
        self.roots.push(Root {
            node: held.node,
            subject,
            method: met.method,
            operation: met.allowed,
            field: String::new(),
        });
        let pointer = format!("/definitions/{}", escaped(&held.schema));
        let definition = self.emitted.definition(&held.schema);
        if let [only] = media {
            return self.demand(definition, only, pointer);
        }
        let asked = definition.get("anyOf").and_then(Value::as_array);
        let Some(asked) = asked.filter(|asked| asked.len() == media.len()) else {
            let message = "it is described in several ways, and held to another".to_owned();
            return self.say("demand-dropped", message, "/body/content", None);
        };
        for (index, (emitted, media)) in asked.iter().zip(media).enumerate() {
            self.demand(emitted, media, format!("{pointer}/anyOf/{index}"));
        }
    }

    fn demand(&mut self, emitted: &'a Value, media: &Media, pointer: String) {
        let Some(met) = self.met else { return };
        self.demands.push(Demand {
            emitted,
            schema: media.schema,
            method: met.method,
            operation: met.allowed,
            field: String::new(),
            is_waived: met.is_waived,
            pointer,
        });
    }
}

fn shown_of<'b>(body: &'b Body, range: &str) -> Vec<&'b Media> {
    let all = body.content.iter();
    let same = all.filter(|one| one.media_type == range && one.is_shown);
    same.collect()
}
