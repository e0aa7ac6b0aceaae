//! How values are written (OpenAPI 3.1 §4.8.12.2), as parameters and encodings say.

use document::NodeId;
use document::pointer::escaped;
use wall::bundle::{Field, FormRule, ParameterPlace, ValueForm};

use super::Proof;
use super::declared::Parameter;
use crate::bodies::{Described, Direction, OPEN, Schemas, Subject, kinds, texts};

/// The form a parameter has.
pub fn form_of(schemas: &Schemas<'_>, parameter: &Parameter) -> ValueForm {
    if let Some(media_type) = &parameter.media_type {
        return match media_type.contains("json") {
            true => ValueForm::Json,
            false => of_style(parameter.place, None, false),
        };
    }
    stated(schemas, parameter.place, parameter.node).unwrap_or_else(|| {
        let is_pairs = matches!(
            parameter.place,
            ParameterPlace::Query | ParameterPlace::Cookie
        );
        of_style(parameter.place, None, is_pairs)
    })
}

/// What `style` and `explode` of an object say together; nothing where neither is there.
fn stated(schemas: &Schemas<'_>, place: ParameterPlace, object: NodeId) -> Option<ValueForm> {
    let arena = &schemas.contract.arena;
    let style = arena.get_string(object, "style");
    let explode = arena
        .get(object, "explode")
        .and_then(|said| match arena.value(said) {
            document::Value::Bool(said) => Some(said),
            _ => None,
        });
    if style.is_none() && explode.is_none() {
        return None;
    }
    let is_pairs = matches!(place, ParameterPlace::Query | ParameterPlace::Cookie);
    let is_form = style.unwrap_or("form") == "form";
    Some(of_style(
        place,
        style,
        explode.unwrap_or(is_form && is_pairs),
    ))
}

/// A style that a place does not have is the place's own.
fn of_style(place: ParameterPlace, style: Option<&str>, is_exploded: bool) -> ValueForm {
    let either = |plain, exploded| if is_exploded { exploded } else { plain };
    match place {
        ParameterPlace::Path if style == Some("label") => {
            either(ValueForm::Label, ValueForm::LabelExploded)
        }
        ParameterPlace::Path | ParameterPlace::Header => {
            either(ValueForm::Simple, ValueForm::SimpleExploded)
        }
        ParameterPlace::Cookie => ValueForm::Form,
        ParameterPlace::Query => match style {
            Some("deepObject") => ValueForm::DeepObject,
            Some("spaceDelimited") => either(ValueForm::SpaceDelimited, ValueForm::FormExploded),
            Some("pipeDelimited") => either(ValueForm::PipeDelimited, ValueForm::FormExploded),
            _ => either(ValueForm::Form, ValueForm::FormExploded),
        },
    }
}

impl Proof<'_, '_> {
    /// The fields of a form: read as their encoding says, and only bytes are not looked into.
    pub(super) fn form(&mut self, rule: &FormRule, subject: &Subject, media: NodeId, below: &str) {
        let described = Described::new(self.schemas, subject, Direction::Request);
        let arena = &self.schemas.contract.arena;
        let encoding = arena.get(media, "encoding");
        let named = rule
            .fields
            .iter()
            .map(|(name, field)| (Some(name.as_str()), field));
        for (name, field) in named.chain(rule.others.iter().map(|field| (None, field))) {
            let own = name.and_then(|name| arena.get(encoding?, name));
            let place = name.map_or_else(|| described.additional(), |name| described.member(name));
            let shown = name.unwrap_or("*");
            for message in self.objections(field, own, &Subject::of(place.elements)) {
                let pointer = match name {
                    Some(name) => format!("{below}/fields/{}", escaped(name)),
                    None => format!("{below}/others"),
                };
                let message = format!("the field {shown} of the form {message}");
                self.say(
                    "field-misread",
                    message,
                    &pointer,
                    Some(format!("/{}", escaped(shown))),
                );
            }
        }
    }

    fn objections(
        &self,
        field: &Field,
        encoding: Option<NodeId>,
        value: &Subject,
    ) -> Vec<&'static str> {
        let stated = encoding.and_then(|own| stated(self.schemas, ParameterPlace::Query, own));
        let is_usual = matches!(field.form, ValueForm::Json | ValueForm::FormExploded);
        let is_as_said = stated.map_or(is_usual, |stated| stated == field.form);
        let wanted = encoding
            .map(|own| self.media_types(own))
            .unwrap_or_default();
        let is_more = !wanted.is_empty()
            && (field.media_types.is_empty()
                || field.media_types.iter().any(|one| !wanted.contains(one)));
        let found = [
            (!is_as_said, "is read as nobody wrote it"),
            (
                is_more && field.opaque,
                "may be of media types nobody declares",
            ),
            (
                field.opaque && self.has_fields(value),
                "may have fields, and nobody looks into it",
            ),
        ];
        let found = found.into_iter().filter(|(is_wrong, _)| *is_wrong);
        found.map(|(_, message)| message).collect()
    }

    fn media_types(&self, encoding: NodeId) -> Vec<String> {
        let said = self
            .schemas
            .contract
            .arena
            .get_string(encoding, "contentType");
        let said = said.into_iter().flat_map(|said| said.split(','));
        let ranges = said.map(texts::media_range);
        ranges.filter(|range| !range.is_empty()).collect()
    }

    /// Whether what describes a value speaks of objects, or of lists of them.
    fn has_fields(&self, value: &Subject) -> bool {
        let mut all = value.schemas();
        all.any(|schema| speaks_of(self.schemas, schema, kinds::OBJECT, 2))
    }
}

/// Whether a schema, or one that applies with it, is meant for values of a type; of lists: for such items.
pub fn speaks_of(schemas: &Schemas<'_>, schema: NodeId, kinds: kinds::Kinds, depth: usize) -> bool {
    let (mut seen, mut open) = (Vec::new(), vec![schema]);
    while let Some(schema) = open.pop() {
        if schema >= OPEN || seen.contains(&schema) {
            continue;
        }
        seen.push(schema);
        let arena = &schemas.contract.arena;
        if kinds::meant(arena, schema).is_some_and(|meant| meant & kinds != 0) {
            return true;
        }
        let items = arena.get(schema, "items");
        if depth > 0 && items.is_some_and(|items| speaks_of(schemas, items, kinds, depth - 1)) {
            return true;
        }
        open.extend(schemas.in_place(schema).iter().map(|(to, _)| *to));
    }
    false
}
