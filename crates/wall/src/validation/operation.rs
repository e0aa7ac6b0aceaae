//! One operation's requests.

use std::sync::Arc;

use super::Definitions;
use super::body::{Body, BodyPlan, Content};
use super::cookies;
use super::fault::{Fault, Refusal};
use super::parameters::{Parameters, Sent, Tolerance};
use super::schema::{Extent, Misfit};
use super::unfit::Unfit;
use crate::bundle::{BodyContent, ParameterPlace, RequestRule};
use crate::faults::{Check, skips};
use crate::filter::Mode;
use crate::pointer::unescaped;
use crate::problem::Code;

/// Header fields of outer rings' requests that go on whatever the contract says: how a body is to be read and what
/// answer is wanted (RFC 9110 §8, §12, §13, §14), and who asks (§10.1.5). Sorted.
const STANDARD: &[&str] = &[
    "accept",
    "accept-charset",
    "accept-encoding",
    "accept-language",
    "api-version",
    "cache-control",
    "content-language",
    "content-length",
    "content-type",
    "if-match",
    "if-modified-since",
    "if-none-match",
    "if-range",
    "if-unmodified-since",
    "origin",
    "pragma",
    "range",
    "user-agent",
];

/// The same for gRPC and WebSockets, which say in them how the exchange goes on.
const PROTOCOLS: &[&str] = &["grpc-", "sec-websocket-"];

/// What an operation takes, and what is compiled of it so far.
#[derive(Debug)]
pub struct Operation {
    parameters: Parameters,
    /// Of its definition. Nothing: no parameter is asked for anything.
    schema: Option<String>,
    body: Option<Body>,
    definitions: Arc<Definitions>,
}

impl Operation {
    pub(super) fn new(
        mut rule: RequestRule,
        schema: Option<String>,
        template: &str,
        definitions: Arc<Definitions>,
    ) -> Result<Operation, String> {
        check_nodes(&rule, &definitions)?;
        let body = rule.body.take().map(Body::new);
        Ok(Operation {
            parameters: Parameters::new(rule, template)?,
            schema,
            body,
            definitions,
        })
    }

    /// Everything beside the body: what passes of it in this mode and does not fit. A text that may stand for several
    /// things is taken for the first that fits.
    pub fn judge_parameters(&self, sent: &Sent<'_>, mode: Mode) -> Result<Unfit, Refusal> {
        if self.parameters.are_none() && self.schema.is_none() && sent.query.is_none() {
            return Ok(Unfit::default());
        }
        let judged = match self.parameters_as(sent, mode, false) {
            Err(refusal)
                if self.parameters.is_ambiguous && refusal.code == Code::RequestInvalid =>
            {
                self.parameters_as(sent, mode, true).map_err(|_| refusal)
            }
            judged => judged,
        };
        passed(judged, mode)
    }

    fn parameters_as(&self, sent: &Sent<'_>, mode: Mode, as_text: bool) -> Result<Unfit, Refusal> {
        let mut tolerance = Tolerance {
            mode,
            as_text,
            noted: Vec::new(),
        };
        let closure = &self.definitions.closure;
        let value = self.parameters.collect(sent, &mut tolerance, closure)?;
        let asked = self.schema.as_ref();
        let misfits = match asked.filter(|_| !skips(Check::ParameterSchema)) {
            Some(schema) => self
                .definitions
                .schemas
                .misfits(schema, value, Extent::Told)?,
            None => Vec::new(),
        };
        let mut faults = tolerance.noted;
        if misfits.is_empty() {
            return Ok(Unfit::of_faults(&faults, ""));
        }
        if mode != Mode::Report {
            // What passes is no part of the answer.
            faults.clear();
        }
        faults.extend(misfits.into_iter().map(of_parameter));
        Err(Refusal::invalid(faults))
    }

    /// Whether a client's header field goes on. `name` in lower case.
    pub fn passes_field(&self, name: &str) -> bool {
        skips(Check::UndeclaredHeader)
            || STANDARD.binary_search(&name).is_ok()
            || PROTOCOLS.iter().any(|prefix| name.starts_with(prefix))
            || self.parameters.declares_field(name)
    }

    /// What goes on of a `Cookie` field.
    pub fn cookies(&self, field: &[u8]) -> Option<Vec<u8>> {
        cookies::sifted(field, |name| {
            skips(Check::UndeclaredCookie) || self.parameters.declares_cookie(name)
        })
    }

    /// What is to be done with the body, before any of it is read.
    pub fn plan_body(&self, content: &Content<'_>) -> Result<BodyPlan, Refusal> {
        match &self.body {
            Some(body) => body.plan(content),
            None if !content.announced => Ok(BodyPlan::None),
            None => {
                let detail = "the operation takes no body";
                Err(Refusal::unsupported(Fault::of_whole_body(detail)))
            }
        }
    }

    /// Whether a body is read as JSON, and as nothing else.
    pub fn reads_json(&self, content: &Content<'_>) -> bool {
        self.body
            .as_ref()
            .is_some_and(|body| body.reads_json(content))
    }

    /// A whole body: what passes of it in this mode and does not fit. Empty bodies are none.
    pub fn judge_body(
        &self,
        content: &Content<'_>,
        bytes: &[u8],
        mode: Mode,
    ) -> Result<Unfit, Refusal> {
        let judged = match &self.body {
            Some(body) => body.judge(&self.definitions, content, bytes, mode),
            None => Ok(Unfit::default()),
        };
        passed(judged, mode)
    }
}

/// Where everything passes, what would be refused is told.
fn passed(judged: Result<Unfit, Refusal>, mode: Mode) -> Result<Unfit, Refusal> {
    match judged {
        Err(refusal) if mode == Mode::Report => Ok(Unfit::of(&refusal)),
        judged => judged,
    }
}

/// A rule that names a node there is not would be found when it is asked.
fn check_nodes(rule: &RequestRule, definitions: &Definitions) -> Result<(), String> {
    let of_parameters = rule
        .parameters
        .iter()
        .filter_map(|parameter| parameter.node);
    let contents = rule.body.iter().flat_map(|body| body.content.values());
    let of_bodies = contents.filter_map(BodyContent::node);
    let mut nodes = of_parameters.chain(of_bodies);
    match nodes.find(|node| !definitions.closure.has(*node)) {
        Some(node) => Err(format!("there is no node {node}")),
        None => Ok(()),
    }
}

/// `/query/limit/0` → `limit` of the query, its first item.
fn of_parameter(misfit: Misfit) -> Fault {
    let mut tokens = misfit.pointer.splitn(4, '/').skip(1);
    let place = tokens.next().unwrap_or("");
    let name = unescaped(tokens.next().unwrap_or(""));
    let mut places = ParameterPlace::ALL.into_iter();
    let place = places.find(|known| known.as_str() == place);
    let place = place.unwrap_or(ParameterPlace::Query);
    let fault = Fault::of_parameter(place, &name, misfit.expected).because(misfit.reason);
    match tokens.next() {
        Some(inside) => fault.within(&format!("/{inside}")),
        None => fault,
    }
}
