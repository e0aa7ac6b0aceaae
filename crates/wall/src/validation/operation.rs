//! One operation's requests.

use std::sync::Arc;

use super::Definitions;
use super::body::{Body, BodyPlan, Content};
use super::cookies;
use super::fault::{Fault, Refusal};
use super::parameters::{Parameters, Sent};
use super::schema::{Lazy, Misfit, misfits};
use crate::bundle::{BodyContent, ParameterPlace, RequestRule};
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
    /// Nothing: no parameter is asked for anything.
    schema: Option<Lazy>,
    body: Option<Body>,
    definitions: Arc<Definitions>,
}

impl Operation {
    pub(super) fn new(
        rule: RequestRule,
        template: &str,
        definitions: Arc<Definitions>,
    ) -> Result<Operation, String> {
        check_nodes(&rule, &definitions)?;
        let schema = rule.schema.as_ref();
        let schema = schema.map(|text| serde_json::from_str(text.get()));
        let schema = schema.transpose().map_err(|error| error.to_string())?;
        Ok(Operation {
            parameters: Parameters::new(rule.parameters, template)?,
            schema: schema.map(Lazy::new),
            body: rule.body.map(Body::new),
            definitions,
        })
    }

    /// Everything beside the body. A text that may stand for several things is taken for the first that fits.
    pub fn judge_parameters(&self, sent: &Sent<'_>) -> Result<(), Refusal> {
        match self.parameters_as(sent, false) {
            Err(refusal)
                if self.parameters.is_ambiguous && refusal.code == Code::RequestInvalid =>
            {
                self.parameters_as(sent, true).map_err(|_| refusal)
            }
            judged => judged,
        }
    }

    fn parameters_as(&self, sent: &Sent<'_>, as_text: bool) -> Result<(), Refusal> {
        let closure = &self.definitions.closure;
        let value = self.parameters.collect(sent, as_text, closure)?;
        let Some(schema) = &self.schema else {
            return Ok(());
        };
        let misfits = misfits(schema.get(&self.definitions.schemas)?, &value, true);
        Refusal::of(misfits, of_parameter)
    }

    /// Whether a client's header field goes on. `name` in lower case.
    pub fn passes_field(&self, name: &str) -> bool {
        STANDARD.binary_search(&name).is_ok()
            || PROTOCOLS.iter().any(|prefix| name.starts_with(prefix))
            || self.parameters.declares_field(name)
    }

    /// What goes on of a `Cookie` field.
    pub fn cookies(&self, field: &[u8]) -> Option<Vec<u8>> {
        cookies::sifted(field, |name| self.parameters.declares_cookie(name))
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

    /// A whole body. Empty bodies are none.
    pub fn judge_body(&self, content: &Content<'_>, bytes: &[u8]) -> Result<(), Refusal> {
        let body = self.body.as_ref();
        body.map_or(Ok(()), |body| body.judge(&self.definitions, content, bytes))
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
    let name = tokens.next().unwrap_or("");
    let name = name.replace("~1", "/").replace("~0", "~");
    let mut places = ParameterPlace::ALL.into_iter();
    let place = places.find(|known| known.as_str() == place);
    let place = place.unwrap_or(ParameterPlace::Query);
    let fault = Fault::of_parameter(place, &name, misfit.expected);
    match tokens.next() {
        Some(inside) => fault.within(&format!("/{inside}")),
        None => fault,
    }
}
