//! Parameters: where they are, how they are written, what they are held to.

use document::contract::{Part, VertexId};
use document::problem::Problem;
use serde_json::{Map, Value, json};
use wall::bundle::{ParameterPlace, ParameterRule, Scalar, Shape, ValueForm};
use wall::validation::field_name;

use super::Compiler;
use super::shape::Kinds;
use super::source::{Declared, map};

/// Header parameters of these names mean nothing (OpenAPI 3.1 §4.8.12.1).
const NOT_PARAMETERS: [&str; 3] = ["accept", "content-type", "authorization"];

/// The rules, and the schema of all of them together.
type Parameters = (Vec<ParameterRule>, Option<Value>);

impl<'a> Compiler<'a, '_> {
    /// Nothing where a parameter cannot arrive.
    pub(super) fn parameters(
        &mut self,
        at: u32,
        operation: VertexId,
        declared: &Declared<'a>,
        named: &mut Vec<String>,
    ) -> Option<Parameters> {
        let owner = owner(at);
        let mut rules = Vec::new();
        let mut schemas: Map<String, Value> = Map::new();
        let parameters = declared.parameters.clone();
        let hidden = self.hidden_fields(operation);
        for parameter in parameters {
            let Some(rule) = self.parameter(operation, parameter) else {
                continue;
            };
            if rule.place == ParameterPlace::Header && hidden.contains(&rule.name) {
                continue;
            }
            if let (ParameterPlace::Header, Err(why)) = (rule.place, field_name(&rule.name)) {
                self.problems.push(unsendable(at, &why));
                continue;
            }
            if rule.place == ParameterPlace::Path && text(parameter, "style") == Some("matrix") {
                self.problems.push(matrix(at, &rule.name));
                return None;
            }
            let schema = parameter
                .get("schema")
                .or_else(|| content(parameter)?.1.get("schema"));
            let place = schemas
                .entry(rule.place.as_str())
                .or_insert_with(|| json!({}));
            if parameter.get("required") == Some(&Value::Bool(true)) {
                demand(place, &rule.name);
            }
            if let Some(schema) = schema {
                place["properties"][&rule.name] = self.schemas.inline(&owner, schema);
            }
            rules.push(rule);
        }
        schemas.retain(|_, place| place.as_object().is_some_and(|place| !place.is_empty()));
        let schema = (!schemas.is_empty()).then(|| json!({"properties": schemas}));
        named.push(owner);
        if let Some(schema) = &schema {
            wall::validation::schema::referred(schema, named);
        }
        Some((rules, schema))
    }

    fn parameter(
        &mut self,
        operation: VertexId,
        parameter: &Map<String, Value>,
    ) -> Option<ParameterRule> {
        let name = text(parameter, "name")?;
        let place = match text(parameter, "in")? {
            "path" => ParameterPlace::Path,
            "query" => ParameterPlace::Query,
            "header" => ParameterPlace::Header,
            "cookie" => ParameterPlace::Cookie,
            _ => return None,
        };
        let name = match place {
            ParameterPlace::Header => name.to_ascii_lowercase(),
            _ => name.to_owned(),
        };
        if place == ParameterPlace::Header && NOT_PARAMETERS.contains(&name.as_str()) {
            return None;
        }
        if let Some((media_type, _)) = content(parameter) {
            let is_json = media_type.contains("json");
            return Some(ParameterRule {
                form: if is_json {
                    ValueForm::Json
                } else {
                    written(place, None, false)
                },
                node: is_json.then(|| self.root(self.content_of(operation, parameter))),
                name,
                place,
                shape: Shape::default(),
            });
        }
        let style = text(parameter, "style");
        let explode = parameter.get("explode").and_then(Value::as_bool);
        let is_form = style.is_none_or(|style| style == "form");
        let is_form = is_form && matches!(place, ParameterPlace::Query | ParameterPlace::Cookie);
        let schema: Vec<&Value> = parameter.get("schema").into_iter().collect();
        let shape = self.shape_of(&schema);
        Some(ParameterRule {
            form: written(place, style, explode.unwrap_or(is_form)),
            name,
            place,
            shape,
            node: None,
        })
    }

    fn shape_of(&self, schemas: &[&Value]) -> Shape {
        let mut shape = Kinds::of(self.source, schemas).shape(self.source);
        if shape.scalars == [Scalar::String] && shape.items.is_none() && shape.members.is_none() {
            shape.scalars.clear();
        }
        shape
    }

    /// The schema of a parameter that is JSON, in the contract.
    fn content_of(&self, operation: VertexId, parameter: &Map<String, Value>) -> Option<VertexId> {
        let ground = self.visibility.ground();
        let (name, place) = (text(parameter, "name")?, text(parameter, "in")?);
        let own = ground
            .list(operation, "parameters", Part::Parameter)
            .into_iter();
        let mut own = own.map(|one| ground.chain(one).last().unwrap_or(one));
        let is_it = |one: &VertexId| {
            let says = |key: &str| self.visibility.arena().get_string(ground.node(*one), key);
            says("name") == Some(name) && says("in") == Some(place)
        };
        let declared = own.find(is_it)?;
        let (_, content) = ground
            .map(declared, "content", Part::MediaType)
            .into_iter()
            .next()?;
        ground.schema(content, "schema")
    }
}

/// What the patterns of an operation's parameters are remembered by.
pub fn owner(at: u32) -> String {
    format!("p{at}")
}

fn text<'v>(of: &'v Map<String, Value>, key: &str) -> Option<&'v str> {
    of.get(key)?.as_str()
}

/// The only media type of a parameter that has one.
fn content(parameter: &Map<String, Value>) -> Option<(&str, &Value)> {
    let content = parameter.get("content")?.as_object()?.iter().next()?;
    Some((content.0.as_str(), content.1))
}

fn demand(place: &mut Value, name: &str) {
    match place.get_mut("required").and_then(Value::as_array_mut) {
        Some(names) => names.push(json!(name)),
        None => place["required"] = json!([name]),
    }
}

/// OpenAPI 3.1 §4.8.12.2; what a place does not know is its default.
fn written(place: ParameterPlace, style: Option<&str>, explode: bool) -> ValueForm {
    use ParameterPlace::{Cookie, Header, Path, Query};
    match (place, style.unwrap_or_default(), explode) {
        (Path, "label", false) => ValueForm::Label,
        (Path, "label", true) => ValueForm::LabelExploded,
        (Path | Header, _, false) => ValueForm::Simple,
        (Path | Header, _, true) => ValueForm::SimpleExploded,
        (Query, "spaceDelimited", false) => ValueForm::SpaceDelimited,
        (Query, "pipeDelimited", false) => ValueForm::PipeDelimited,
        (Query, "deepObject", _) => ValueForm::DeepObject,
        (Query, _, true) => ValueForm::FormExploded,
        (Query | Cookie, _, _) => ValueForm::Form,
    }
}

/// The same for a field of a form, which has the styles of queries.
pub fn of_field(encoding: Option<&Value>) -> Option<ValueForm> {
    let encoding = encoding?;
    let style = encoding.get("style").and_then(Value::as_str);
    let explode = encoding.get("explode").and_then(Value::as_bool);
    if style.is_none() && explode.is_none() {
        return None;
    }
    let is_form = style.is_none_or(|style| style == "form");
    Some(written(
        ParameterPlace::Query,
        style,
        explode.unwrap_or(is_form),
    ))
}

/// Nobody sends it, so nobody misses it.
fn unsendable(at: u32, why: &str) -> Problem {
    Problem::warning(
        "validation-header",
        at,
        format!("a header parameter of this operation is not taken: {why}"),
        "Give it a name of letters, digits and hyphens, or remove it.",
    )
}

fn matrix(at: u32, name: &str) -> Problem {
    Problem::warning(
        "validation-matrix",
        at,
        format!(
            "`{name}` is written in the style `matrix`, and no path with a `;` passes the gateway"
        ),
        "Use the style `simple` or `label`; until then outer rings are not served the operation.",
    )
}

/// Media types of a request body or parameter, as they are written.
pub fn contents(of: &Value) -> impl Iterator<Item = (&str, &Value)> {
    map(of, "content")
}
