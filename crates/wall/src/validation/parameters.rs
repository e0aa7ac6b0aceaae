//! What a request says beside its body: collected place by place, judged as one object.

use std::collections::BTreeMap;

use http::{HeaderName, header};
use serde_json::{Map, Value};

use super::bounds::MAX_ITEMS;
use super::closure::{Closed, Closure};
use super::cookies;
use super::fault::{Fault, Refusal};
use super::schema::{Misfit, NO_FIELD};
use super::style::{self, Reading};
use super::template::PathTemplate;
use super::text::{Pair, pairs};
use crate::bundle::{Members, ParameterPlace, ParameterRule, RequestRule, ValueForm};
use crate::fate::{Field, Headers};
use crate::faults::{Check, skips};
use crate::filter::{Mode, Reason};
use crate::pointer;

/// The rules of one operation, in the form they are asked in.
#[derive(Debug)]
pub struct Parameters {
    rules: Vec<Rule>,
    template: PathTemplate,
    /// Names of query parameters, and of fields of such, that are declared for inner rings.
    hidden: Vec<String>,
    /// Any name may be of such a field.
    closed: bool,
    /// A text may stand for a string or for something else.
    pub is_ambiguous: bool,
}

#[derive(Debug)]
struct Rule {
    rule: ParameterRule,
    /// Of header parameters.
    field: Option<HeaderName>,
}

/// Where the texts are.
pub struct Sent<'s> {
    /// The document's path as called, in normal form.
    pub path: &'s str,
    pub query: Option<&'s str>,
    pub headers: &'s dyn Headers,
}

/// Place → name → value.
type Collected = Map<String, Value>;

/// How a request is read, and what the contract does not know of it but lets pass.
pub struct Tolerance {
    pub mode: Mode,
    /// A text where that is one of several things.
    pub as_text: bool,
    pub noted: Vec<Fault>,
}

impl Parameters {
    /// An error: a header parameter that has no name a header field can have.
    pub fn new(rule: RequestRule, template: &str) -> Result<Parameters, String> {
        let rules = rule.parameters;
        let is_ambiguous = rules.iter().any(|rule| style::is_ambiguous(&rule.shape));
        let rules = rules.into_iter().map(|rule| {
            let field = match rule.place {
                ParameterPlace::Header => Some(field_name(&rule.name)?),
                _ => None,
            };
            Ok(Rule { rule, field })
        });
        Ok(Parameters {
            rules: rules.collect::<Result<_, String>>()?,
            template: PathTemplate::new(template)?,
            hidden: rule.hidden,
            closed: rule.closed,
            is_ambiguous,
        })
    }

    pub fn are_none(&self) -> bool {
        self.rules.is_empty()
    }

    /// Whether a header field is a parameter. `name` in lower case.
    pub fn declares_field(&self, name: &str) -> bool {
        self.of(ParameterPlace::Header)
            .any(|rule| rule.rule.name == name)
    }

    /// Whether a cookie is a parameter.
    pub fn declares_cookie(&self, name: &str) -> bool {
        self.of(ParameterPlace::Cookie)
            .any(|rule| rule.rule.name == name)
    }

    /// All parameters that came, by their place. Undeclared query parameters are refused, or noted; undeclared header
    /// fields and cookies are not looked at, and do not go on.
    pub fn collect(
        &self,
        sent: &Sent<'_>,
        tolerance: &mut Tolerance,
        closure: &Closure,
    ) -> Result<Value, Refusal> {
        let as_text = tolerance.as_text;
        let mut all = Collected::new();
        for place in ParameterPlace::ALL {
            let mut collected = Map::new();
            match place {
                ParameterPlace::Path => self.path(sent.path, as_text, &mut collected)?,
                ParameterPlace::Query => self.query(sent.query, tolerance, &mut collected)?,
                ParameterPlace::Header => self.header(sent.headers, as_text, &mut collected)?,
                ParameterPlace::Cookie => self.cookie(sent.headers, as_text, &mut collected)?,
            }
            self.close(place, &collected, tolerance, closure)?;
            all.insert(place.as_str().to_owned(), Value::Object(collected));
        }
        Ok(Value::Object(all))
    }

    /// Fields that values of one place must not have.
    fn close(
        &self,
        place: ParameterPlace,
        collected: &Collected,
        tolerance: &mut Tolerance,
        closure: &Closure,
    ) -> Result<(), Refusal> {
        for rule in self.of(place) {
            let Some(value) = collected.get(&rule.rule.name) else {
                continue;
            };
            let found = match rule.rule.node {
                Some(node) => {
                    closure.misfits(node, value.to_string().as_bytes(), tolerance.mode)?
                }
                None => Closed::refused(rule.unknown_members(value)),
            };
            let told = |misfit: Misfit| {
                let fault = Fault::of_parameter(place, &rule.rule.name, misfit.expected);
                fault.within(&misfit.pointer).because(misfit.reason)
            };
            tolerance
                .noted
                .extend(found.tolerated.into_iter().map(told));
            Refusal::of(found.refused, told)?;
        }
        Ok(())
    }

    fn of(&self, place: ParameterPlace) -> impl Iterator<Item = &Rule> {
        self.rules
            .iter()
            .filter(move |rule| rule.rule.place == place)
    }

    fn path(&self, path: &str, as_text: bool, into: &mut Collected) -> Result<(), Refusal> {
        if self.of(ParameterPlace::Path).next().is_none() {
            return Ok(());
        }
        let reading = reading(Reading::PATH, as_text);
        for (name, written) in self.template.values(path) {
            let rules = self.of(ParameterPlace::Path);
            for rule in rules.filter(|rule| rule.rule.name == name) {
                rule.take(written, reading, into)?;
            }
        }
        Ok(())
    }

    fn query(
        &self,
        query: Option<&str>,
        tolerance: &mut Tolerance,
        into: &mut Collected,
    ) -> Result<(), Refusal> {
        let pairs = pairs(query.unwrap_or(""));
        let pairs = pairs.map_err(|why| {
            let detail = format!("the query {why}");
            Refusal::malformed(Fault::of_parameter(ParameterPlace::Query, "", detail))
        })?;
        let mut sorted: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        let mut undeclared = Vec::new();
        for pair in &pairs {
            match self.receives(pair) {
                true => sorted.entry(&pair.name).or_default().push(pair.value),
                false => undeclared.push(&*pair.name),
            }
        }
        if !skips(Check::UndeclaredParameter) {
            self.tolerate(&undeclared, tolerance)?;
        }
        let reading = reading(Reading::QUERY, tolerance.as_text);
        for rule in self.of(ParameterPlace::Query) {
            rule.take_pairs(&sorted, reading, into)?;
        }
        Ok(())
    }

    /// Names that no parameter has. While a contract is observed they pass, unless it hides them.
    fn tolerate(&self, undeclared: &[&str], tolerance: &mut Tolerance) -> Result<(), Refusal> {
        let told = |name: &&str| {
            let reason = if self.hides(name) {
                Reason::Narrower
            } else {
                Reason::Undeclared
            };
            let fault = Fault::of_parameter(ParameterPlace::Query, name, NO_FIELD);
            fault.because(reason.as_str())
        };
        let is_refused = |fault: &Fault| match tolerance.mode {
            Mode::Enforce => true,
            Mode::Observe => fault.reason == Reason::Narrower.as_str(),
            Mode::Report => false,
        };
        let (refused, noted): (Vec<Fault>, Vec<Fault>) =
            undeclared.iter().map(told).partition(is_refused);
        tolerance.noted.extend(noted);
        match refused.is_empty() {
            true => Ok(()),
            false => Err(Refusal::invalid(refused)),
        }
    }

    /// `name[field]` is as hidden as any other field of a parameter that is there.
    fn hides(&self, name: &str) -> bool {
        let is_of = |own: &str| {
            let rest = name.strip_prefix(own);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('['))
        };
        let mut declared = self.of(ParameterPlace::Query);
        self.closed
            || self.hidden.iter().any(|hidden| is_of(hidden))
            || declared.any(|rule| rule.rule.name != name && is_of(&rule.rule.name))
    }

    fn receives(&self, pair: &Pair<'_>) -> bool {
        let mut rules = self.of(ParameterPlace::Query);
        rules.any(|rule| rule.receives(&pair.name))
    }

    fn header(
        &self,
        headers: &dyn Headers,
        as_text: bool,
        into: &mut Collected,
    ) -> Result<(), Refusal> {
        let reading = reading(Reading::PLAIN, as_text);
        for rule in self.of(ParameterPlace::Header) {
            let Some(field) = &rule.field else { continue };
            match headers.field(field) {
                Field::Absent => {}
                Field::Repeated => return Err(rule.malformed("comes once")),
                Field::Once(value) => {
                    let text = std::str::from_utf8(value.trim_ascii());
                    let text = text.map_err(|_| rule.malformed("is text"))?;
                    rule.take(&without_blanks(text, rule), reading, into)?;
                }
            }
        }
        Ok(())
    }

    fn cookie(
        &self,
        headers: &dyn Headers,
        as_text: bool,
        into: &mut Collected,
    ) -> Result<(), Refusal> {
        if self.of(ParameterPlace::Cookie).next().is_none() {
            return Ok(());
        }
        let mut sent: Vec<(String, String)> = Vec::new();
        headers.each(&header::COOKIE, &mut |value| {
            let crumbs = cookies::crumbs(value);
            sent.extend(crumbs.map(|(name, value)| (name.to_owned(), value.to_owned())));
        });
        let reading = reading(Reading::PLAIN, as_text);
        for rule in self.of(ParameterPlace::Cookie) {
            let mut values = sent.iter().filter(|(name, _)| *name == rule.rule.name);
            match (values.next(), values.next()) {
                (None, _) => {}
                (Some((_, value)), None) => rule.take(value, reading, into)?,
                (Some(_), Some(_)) => return Err(rule.malformed("comes once")),
            }
        }
        Ok(())
    }
}

impl Rule {
    fn malformed(&self, expected: &str) -> Refusal {
        Refusal::malformed(Fault::of_parameter(
            self.rule.place,
            &self.rule.name,
            expected,
        ))
    }

    fn take(&self, written: &str, reading: Reading, into: &mut Collected) -> Result<(), Refusal> {
        let ParameterRule { form, shape, .. } = &self.rule;
        let value = style::value(written, *form, shape, reading);
        let value = value.map_err(|why| self.malformed(&why))?;
        match into.insert(self.rule.name.clone(), value) {
            Some(_) => Err(self.malformed("comes once")),
            None => Ok(()),
        }
    }

    /// Fields of an object that the contract has no name for. A schema alone lets them pass.
    fn unknown_members(&self, value: &Value) -> Vec<Misfit> {
        let members = self.rule.shape.only_members();
        let members = members.filter(|_| !skips(Check::UnknownMember));
        let (Some(members), Value::Object(object)) = (members, value) else {
            return Vec::new();
        };
        let unknown = object.keys().filter(|name| !members.take(name));
        let misfit = |name: &String| Misfit {
            pointer: pointer::join("", name),
            expected: NO_FIELD.to_owned(),
            reason: Reason::Undeclared.as_str(),
        };
        unknown.map(misfit).collect()
    }

    fn receives(&self, name: &str) -> bool {
        match (self.rule.form, self.rule.shape.only_members()) {
            (ValueForm::FormExploded, Some(members)) => members.take(name),
            (ValueForm::DeepObject, Some(members)) => {
                let member = self.member(name);
                member.is_some_and(|member| members.take(member))
            }
            _ => name == self.rule.name,
        }
    }

    /// `name[member]` → `member`.
    fn member<'n>(&self, name: &'n str) -> Option<&'n str> {
        let inside = name.strip_prefix(self.rule.name.as_str())?;
        let member = inside.strip_prefix('[')?.strip_suffix(']')?;
        (!member.contains(['[', ']'])).then_some(member)
    }

    fn take_pairs(
        &self,
        pairs: &BTreeMap<&str, Vec<&str>>,
        reading: Reading,
        into: &mut Collected,
    ) -> Result<(), Refusal> {
        match (self.rule.form, self.rule.shape.only_members()) {
            (ValueForm::FormExploded | ValueForm::DeepObject, Some(members)) => {
                self.take_members(pairs, members, reading, into)
            }
            (ValueForm::FormExploded, None) if self.rule.shape.items.is_some() => {
                match pairs.get(self.rule.name.as_str()) {
                    Some(values) => self.take_items(values, reading, into),
                    None => Ok(()),
                }
            }
            _ => match pairs.get(self.rule.name.as_str()).map(Vec::as_slice) {
                None => Ok(()),
                Some([only]) => self.take(only, reading, into),
                Some(_) => Err(self.malformed("comes once")),
            },
        }
    }

    fn take_items(
        &self,
        written: &[&str],
        reading: Reading,
        into: &mut Collected,
    ) -> Result<(), Refusal> {
        let shape = &self.rule.shape;
        let value = match (written, &shape.items) {
            ([only], _) if !shape.scalars.is_empty() => reading.scalar(only, &shape.scalars),
            (many, _) if many.len() > MAX_ITEMS => Err(format!("has at most {MAX_ITEMS} items")),
            (many, items) => {
                let allowed = items.as_deref().unwrap_or_default();
                let items = many.iter().map(|item| reading.scalar(item, allowed));
                items.collect::<Result<_, _>>().map(Value::Array)
            }
        };
        let value = value.map_err(|why| self.malformed(&why))?;
        into.insert(self.rule.name.clone(), value);
        Ok(())
    }

    fn take_members(
        &self,
        pairs: &BTreeMap<&str, Vec<&str>>,
        members: &Members,
        reading: Reading,
        into: &mut Collected,
    ) -> Result<(), Refusal> {
        let mut object = Map::new();
        for (name, written) in pairs.iter().filter(|(name, _)| self.receives(name)) {
            let member = match self.rule.form {
                ValueForm::DeepObject => self.member(name).unwrap_or(name),
                _ => name,
            };
            let [only] = written.as_slice() else {
                return Err(self.malformed("has every field once"));
            };
            let value = reading.scalar(only, style::scalars_of(members, member));
            object.insert(
                member.to_owned(),
                value.map_err(|why| self.malformed(&why))?,
            );
        }
        if !object.is_empty() {
            into.insert(self.rule.name.clone(), Value::Object(object));
        }
        Ok(())
    }
}

fn reading(reading: Reading, as_text: bool) -> Reading {
    Reading { as_text, ..reading }
}

/// Lists in header fields may have blanks around their commas (RFC 9110 §5.6.1).
fn without_blanks<'t>(text: &'t str, rule: &Rule) -> std::borrow::Cow<'t, str> {
    let shape = &rule.rule.shape;
    let is_list = shape.items.is_some() || shape.members.is_some();
    match is_list && rule.rule.form != ValueForm::Json {
        true => text
            .split(',')
            .map(str::trim)
            .collect::<Vec<_>>()
            .join(",")
            .into(),
        false => text.into(),
    }
}

/// What a header parameter is called, or why no field can be called so (RFC 9110 §5.1).
pub fn field_name(name: &str) -> Result<HeaderName, String> {
    HeaderName::from_bytes(name.as_bytes())
        .map_err(|_| format!("`{name}` is not the name of a header field"))
}
