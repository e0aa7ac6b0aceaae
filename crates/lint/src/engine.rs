//! Rules and a document to findings.

use ahash::AHashSet;
use document::FileId;

use crate::automaton::Automaton;
use crate::functions::{About, Foreign, Function, Input, Problem};
use crate::given;
use crate::kept::{Finding, Notes};
use crate::rules::{Field, Rules, Then};
use crate::subject::{Subject, View};
use crate::walk::{Spot, Walk};

/// Findings of one document; a ruleset that finds more has told enough.
pub(crate) const FINDINGS: usize = 1_000_000;

/// One finding.
#[derive(Clone, Debug)]
pub struct Found {
    /// Its number in the ruleset.
    pub rule: usize,
    pub file: FileId,
    /// The nearest part that is there.
    pub path: Vec<String>,
    pub message: String,
}

/// Every finding once, in the order they were made. Fails where a function of the ruleset's own does: which, and why.
pub fn lint(
    rules: &Rules,
    subject: &Subject,
    foreign: &mut dyn Foreign,
) -> Result<Vec<Found>, (usize, String)> {
    let mut findings = Findings::new(rules, foreign);
    for resolved in [false, true] {
        let givens = rules.givens(resolved);
        if givens.is_empty() {
            continue;
        }
        let view = subject.view(resolved);
        let mut automaton = Automaton::new(givens);
        Walk::new(view).run(Spot::root(view), &mut automaton, &mut |walk, given| {
            findings.matched(walk, given as usize);
        });
    }
    findings.done()
}

/// The same; findings are left in `notes`, and what was found before is taken from there.
pub(crate) fn lint_noting(
    rules: &Rules,
    subject: &Subject,
    foreign: &mut dyn Foreign,
    notes: &Notes,
    automatons: &mut [Option<Automaton>; 2],
) -> Result<(), (usize, String)> {
    let mut findings = Findings::new(rules, foreign);
    for resolved in [false, true] {
        let automaton = automatons[usize::from(resolved)]
            .get_or_insert_with(|| Automaton::new(rules.givens(resolved)));
        let view = subject.view(resolved).noting(notes);
        Walk::keeping(view).run(Spot::root(view), automaton, &mut |walk, given| {
            findings.matched(walk, given as usize);
        });
    }
    findings.done().map(|_| ())
}

struct Findings<'r> {
    rules: &'r Rules,
    foreign: &'r mut dyn Foreign,
    known: AHashSet<(usize, FileId, Vec<String>, String)>,
    found: Vec<Found>,
    failed: Option<(usize, String)>,
}

impl<'r> Findings<'r> {
    fn new(rules: &'r Rules, foreign: &'r mut dyn Foreign) -> Findings<'r> {
        Findings {
            rules,
            foreign,
            known: AHashSet::new(),
            found: Vec::new(),
            failed: None,
        }
    }

    fn done(self) -> Result<Vec<Found>, (usize, String)> {
        match self.failed {
            Some(failed) => Err(failed),
            None => Ok(self.found),
        }
    }

    fn matched(&mut self, walk: &Walk<'_>, given: usize) {
        let rules = self.rules;
        let path = &rules.paths[given];
        let mut spot = None;
        for rule in &path.rules {
            for then in &rules.rules[*rule].then {
                let input = self.input(walk, path.parents, path.name);
                let mut at = || spot.get_or_insert_with(|| walk.spot(path.parents)).clone();
                self.then(walk.view, *rule, then, input, &mut at);
            }
        }
    }

    fn input(&self, walk: &Walk<'_>, parents: usize, name: bool) -> Input {
        if !name {
            return Input::Node(walk.above(parents));
        }
        match walk.name(parents) {
            Some(key) => Input::Name(key.to_string()),
            None => Input::Missing,
        }
    }

    fn then(
        &mut self,
        view: View<'_>,
        rule: usize,
        then: &Then,
        input: Input,
        at: &mut dyn FnMut() -> Spot,
    ) {
        let Input::Node(node) = input else {
            return self.check(view, rule, then, &input, &[], at);
        };
        if !view.is_object(node) && !view.is_array(node) {
            return self.check(view, rule, then, &input, &[], at);
        }
        match &then.field {
            Field::Itself => self.check(view, rule, then, &input, &[], at),
            Field::Names => {
                let names: Vec<String> = if view.is_object(node) {
                    view.entries(node)
                        .map(|(name, _)| name.to_owned())
                        .collect()
                } else {
                    (0..view.items(node).count())
                        .map(|index| index.to_string())
                        .collect()
                };
                if names.is_empty() {
                    return self.check(view, rule, then, &Input::Missing, &[], at);
                }
                for name in names {
                    let path = [name.clone()];
                    self.check(view, rule, then, &Input::Name(name), &path, at);
                }
            }
            Field::Path(tokens) => {
                let found = tokens
                    .iter()
                    .try_fold(node, |node, token| view.child(node, token));
                let input = found.map_or(Input::Missing, Input::Node);
                self.check(view, rule, then, &input, tokens, at);
            }
            Field::Query(query) => self.query(view, rule, then, query, at),
        }
    }

    fn query(
        &mut self,
        view: View<'_>,
        rule: usize,
        then: &Then,
        query: &str,
        at: &mut dyn FnMut() -> Spot,
    ) {
        let Ok(given) = given::parse(query) else {
            return; // read when the ruleset was
        };
        let (parents, name) = (given.parents, given.name);
        let mut automaton = Automaton::new(vec![(0, given)]);
        let mut any = false;
        Walk::new(view).run(at(), &mut automaton, &mut |walk, _| {
            any = true;
            let input = self.input(walk, parents, name);
            self.check(view, rule, then, &input, &[], &mut || walk.spot(parents));
        });
        if !any {
            self.check(view, rule, then, &Input::Missing, &[], at);
        }
    }

    /// `field`: what of the part at `at` is asked about.
    fn check(
        &mut self,
        view: View<'_>,
        rule: usize,
        then: &Then,
        input: &Input,
        field: &[String],
        at: &mut dyn FnMut() -> Spot,
    ) {
        let problems = match &then.function {
            Function::Foreign(number) => self.foreign(*number, view, rule, input, field, at),
            function => function.run(view, input, &mut || at().down(view, field).0.path),
        };
        for problem in problems {
            self.add(view, rule, field, at(), problem);
        }
    }

    fn foreign(
        &mut self,
        number: usize,
        view: View<'_>,
        rule: usize,
        input: &Input,
        field: &[String],
        at: &mut dyn FnMut() -> Spot,
    ) -> Vec<Problem> {
        if self.failed.is_some() {
            return Vec::new();
        }
        view.unkept(); // it may remember what it was asked before
        let (spot, there) = at().down(view, field);
        let mut path = spot.path;
        path.extend_from_slice(&field[there..]);
        self.foreign
            .call(number, view, input, &path)
            .unwrap_or_else(|message| {
                self.failed = Some((rule, message));
                Vec::new()
            })
    }

    fn add(&mut self, view: View<'_>, rule: usize, field: &[String], at: Spot, problem: Problem) {
        let tokens: Vec<String> = field.iter().chain(&problem.path).cloned().collect();
        let (spot, there) = at.down(view, &tokens);
        let told = Told {
            view,
            spot: &spot,
            missing: &tokens[there..],
            problem: &problem,
        };
        let of = &self.rules.rules[rule];
        let message = told.message(of.message.as_deref(), of.description.as_deref());
        if let Some(notes) = view.notes {
            let file = view.subject.arena.sources.files()[spot.file.0 as usize]
                .name
                .as_str()
                .into();
            let path = spot.path;
            return notes.found(Finding {
                rule,
                file,
                path,
                message,
            });
        }
        let key = (rule, spot.file, spot.path, message);
        if self.found.len() < FINDINGS && self.known.insert(key.clone()) {
            let (rule, file, path, message) = key;
            self.found.push(Found {
                rule,
                file,
                path,
                message,
            });
        }
    }
}

/// What a message may speak of.
struct Told<'t> {
    view: View<'t>,
    spot: &'t Spot,
    missing: &'t [String],
    problem: &'t Problem,
}

impl Told<'_> {
    fn message(&self, template: Option<&str>, description: Option<&str>) -> String {
        let error = self.error();
        let Some(template) = template else {
            return description.map_or(error, str::to_owned).trim().to_owned();
        };
        let mut text = String::new();
        let mut rest = template;
        while let Some((before, after)) = rest.split_once("{{") {
            let Some((name, then)) = after.split_once("}}") else {
                break;
            };
            text.push_str(before);
            match name.trim() {
                "error" => text.push_str(&error),
                "property" => text.push_str(&self.property()),
                "path" => text.push_str(&self.path()),
                "value" => text.push_str(&self.value()),
                "description" => text.push_str(description.unwrap_or_default()),
                _ => {}
            }
            rest = then;
        }
        text.push_str(rest);
        text.trim().to_owned()
    }

    fn error(&self) -> String {
        let message = &self.problem.message;
        match self.problem.about {
            About::Nothing => message.clone(),
            About::Value => format!("\"{}\" {message}", self.value()),
            About::Property if self.spot.path.is_empty() && self.missing.is_empty() => {
                format!("The document {message}")
            }
            About::Property => format!("\"{}\" property {message}", self.property()),
        }
    }

    /// The last name of the path; with those that are missing below it.
    fn property(&self) -> String {
        let last = self.spot.path.last().into_iter().chain(self.missing);
        last.map(String::as_str).collect::<Vec<_>>().join(".")
    }

    fn path(&self) -> String {
        let tokens = self
            .spot
            .path
            .iter()
            .map(|token| format!("/{}", document::pointer::escaped(token)));
        format!("#{}", tokens.collect::<String>())
    }

    /// As JavaScript writes a value into a text.
    fn value(&self) -> String {
        match self.missing {
            [] => text_of(self.view, self.spot.node),
            _ => String::new(),
        }
    }
}

fn text_of(view: View<'_>, node: document::NodeId) -> String {
    use document::Value;
    match view.value(node) {
        Value::Null => "null".to_owned(),
        Value::Bool(value) => value.to_string(),
        Value::Int(value) => value.to_string(),
        Value::Float(value) => value.to_string(),
        Value::Long(text) | Value::String(text) => text.to_owned(),
        Value::Object(_) => "[object Object]".to_owned(),
        Value::Array(_) => view
            .items(node)
            .map(|item| text_of(view, item))
            .collect::<Vec<_>>()
            .join(","),
    }
}
