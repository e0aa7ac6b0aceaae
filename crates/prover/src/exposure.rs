//! One bundle against the document it was made of: which operations it lets a ring reach, and how.

use std::collections::{BTreeMap, BTreeSet};
use std::panic::resume_unwind;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread;

use ahash::HashMap;

use serde::Deserialize;
use wall::audience::Ring;
use wall::bundle::{
    Bundle, Cache, Enforced, Enforcement, Operation as Reached, PathItem, Projection, Validation,
    WebSocket,
};

use crate::audience::{are_alike, reaches};
use crate::authorization::{Reach, unbound, undemanded};
use crate::bodies::{Families, Schemas, World, prove_bodies, shows_header};
use crate::callers::uncalled;
use crate::contract::Contract;
use crate::endings::{ending, ending_parameters, spelt};
use crate::operations::{Operation, Operations, Shape, operations, shape};
use crate::records::{Said, unrecorded};
use crate::requests::prove_requests;
use crate::violation::{Place, Violation, Within};

/// Paths of a bundle that is worth working at with two threads.
const MANY: usize = 1_000;

/// Schemas are looked at one within the other.
const STACK_BYTES: usize = 8 << 20;

/// What the estate's manifests say of the operations of one version on one ring.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    pub ring: Ring,
    pub max_body_bytes: u64,
    #[serde(default)]
    pub websocket: Option<Tunnels>,
    #[serde(default)]
    pub cache: Option<Kept>,
    /// How long operations are there whose patterns cannot be matched, in seconds since the Unix epoch.
    #[serde(default)]
    pub unmatched_until: Option<u64>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tunnels {
    pub operations: BTreeSet<String>,
    pub bounds: WebSocket,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Kept {
    /// Nothing: all that answer GET.
    pub operations: Option<BTreeSet<String>>,
    pub terms: Cache,
}

/// A contract, read once for all rings.
pub struct Allowed {
    pub contract: Contract,
    operations: Operations,
    families: Families,
    /// Whether partners and the public see the same of everything.
    outer_are_alike: bool,
    /// What was found of bodies and requests.
    proven: Mutex<Vec<Arc<Proven>>>,
}

/// Bodies and requests of a bundle: of rings that see the same, equal ones are proven once.
struct Proven {
    ring: Ring,
    asked: Asked,
    found: OnceLock<Vec<Violation>>,
}

/// All that a proof of bodies and requests depends on beside contract and ring.
#[derive(PartialEq)]
struct Asked {
    objects: Objects,
    /// Template, method and id of each operation.
    served: Vec<(String, String, String)>,
    worlds: [World; 2],
    requires: Vec<String>,
    unmatched_until: Option<u64>,
}

/// The objects a bundle names. Equal are those that were read from the same bytes.
#[derive(Clone, Default)]
pub struct Objects {
    pub projection: Option<Arc<Projection>>,
    pub validation: Option<Arc<Validation>>,
}

impl PartialEq for Objects {
    fn eq(&self, other: &Objects) -> bool {
        is_same(&self.projection, &other.projection) && is_same(&self.validation, &other.validation)
    }
}

fn is_same<T>(one: &Option<Arc<T>>, other: &Option<Arc<T>>) -> bool {
    one.as_ref().map(Arc::as_ptr) == other.as_ref().map(Arc::as_ptr)
}

impl Allowed {
    /// `widest`: what the estate's manifests cap the version at.
    pub fn new(contract: Contract, widest: Ring) -> Allowed {
        let operations = operations(&contract, widest);
        let families = Families::new(&contract);
        Allowed {
            outer_are_alike: are_alike(&contract, Ring::Partner, Ring::Public),
            contract,
            operations,
            families,
            proven: Mutex::default(),
        }
    }

    /// Everything the bundle lets through that nothing allows.
    pub fn prove(&self, bundle: &Bundle, objects: &Objects, policy: &Policy) -> Vec<Violation> {
        let schemas = Schemas::new(&self.contract, policy.ring, &self.families);
        let mut proof = Proof {
            allowed: self,
            schemas: &schemas,
            policy,
            met: HashMap::default(),
            ids: BTreeSet::new(),
            sent: objects.validation.as_deref(),
            violations: Vec::new(),
        };
        for (index, item) in bundle.paths.iter().enumerate() {
            proof.item(index, item);
        }
        proof.hidden_are_guarded();
        proof.demands_are_required(bundle);
        let mut violations = proof.violations;
        // Insiders see everything: there what is found is reported, and passes.
        if policy.ring.is_outer() {
            violations.extend(self.of_messages(bundle, objects, policy));
        }
        violations
    }

    /// What bodies and requests let through; of one of two rings that see the same, what was found of the other.
    fn of_messages(&self, bundle: &Bundle, objects: &Objects, policy: &Policy) -> Vec<Violation> {
        let asked = Asked::of(bundle, objects, policy);
        let known = {
            let mut proven = self.proven.lock().unwrap_or_else(PoisonError::into_inner);
            let is_same = |one: &&Arc<Proven>| {
                (one.ring == policy.ring || self.outer_are_alike) && one.asked == asked
            };
            let known = proven.iter().find(is_same).cloned();
            known.unwrap_or_else(|| {
                let new = Arc::new(Proven {
                    ring: policy.ring,
                    asked,
                    found: OnceLock::new(),
                });
                proven.push(Arc::clone(&new));
                new
            })
        };
        let prove = || self.messages(bundle, objects, policy);
        known.found.get_or_init(prove).clone()
    }

    /// Bodies and requests, both at a time where they are many.
    fn messages(&self, bundle: &Bundle, objects: &Objects, policy: &Policy) -> Vec<Violation> {
        let bodies = || {
            let Some(projection) = objects.projection.as_deref() else {
                return Vec::new();
            };
            let schemas = Schemas::new(&self.contract, policy.ring, &self.families);
            let world = world(bundle.projection.as_ref());
            prove_bodies(&schemas, &self.operations, bundle, projection, world)
        };
        let requests = || {
            let schemas = Schemas::new(&self.contract, policy.ring, &self.families);
            let validation = objects.validation.as_deref();
            prove_requests(&schemas, &self.operations, bundle, validation, policy)
        };
        if bundle.paths.len() < MANY {
            return [bodies(), requests()].concat();
        }
        thread::scope(|scope| {
            let beside = thread::Builder::new().stack_size(STACK_BYTES);
            let begun = beside.spawn_scoped(scope, requests);
            let mut violations = bodies();
            // Where there is room for no thread, it is done here.
            let more = begun.map_or_else(
                |_| requests(),
                |thread| thread.join().unwrap_or_else(|why| resume_unwind(why)),
            );
            violations.extend(more);
            violations
        })
    }
}

impl Asked {
    fn of(bundle: &Bundle, objects: &Objects, policy: &Policy) -> Asked {
        let served = bundle.paths.iter().flat_map(|item| {
            let operations = item.operations.iter();
            operations.map(|(method, reached)| {
                (item.template.clone(), method.clone(), reached.id.clone())
            })
        });
        Asked {
            objects: objects.clone(),
            served: served.collect(),
            worlds: [&bundle.projection, &bundle.validation].map(|one| world(one.as_ref())),
            requires: bundle.requires.clone(),
            unmatched_until: policy.unmatched_until,
        }
    }
}

/// What all of them say; nothing where they say different things.
fn agreed<T: PartialEq>(mut said: impl Iterator<Item = T>) -> Option<T> {
    let first = said.next()?;
    said.all(|other| other == first).then_some(first)
}

/// Of an object that says what leaves, or what may be sent.
pub fn world(enforced: Option<&Enforced>) -> World {
    match enforced.map(|enforced| enforced.mode) {
        Some(Enforcement::Observe) => World::Observed,
        _ => World::Closed,
    }
}

struct Proof<'a> {
    allowed: &'a Allowed,
    schemas: &'a Schemas<'a>,
    policy: &'a Policy,
    /// Shape → where it is, and what it says.
    met: HashMap<Shape, (usize, &'a PathItem)>,
    ids: BTreeSet<String>,
    /// Operation → parameters that requests may send, as the bundle's rules say, which are proven by themselves.
    sent: Option<&'a Validation>,
    violations: Vec<Violation>,
}

/// One operation of the bundle and what the document says of it.
struct Met<'a> {
    method: &'a str,
    item: &'a PathItem,
    allowed: &'a Operation,
    pointer: String,
}

impl<'a> Proof<'a> {
    fn item(&mut self, index: usize, item: &'a PathItem) {
        let known = shape(&item.template);
        let declared = known
            .as_ref()
            .and_then(|shape| self.allowed.operations.get(shape));
        for (method, reached) in &item.operations {
            let pointer = format!("/paths/{index}/operations/{method}");
            match declared.and_then(|by_method| by_method.get(method)) {
                Some(allowed) => self.operation(
                    &Met {
                        method,
                        item,
                        allowed,
                        pointer,
                    },
                    reached,
                ),
                None => self.undeclared(item, method, pointer),
            }
        }
        if let Some(shape) = known
            && self.met.insert(shape, (index, item)).is_some()
        {
            let message = format!("the path {} is there twice", item.template);
            self.say(
                "path-twice",
                message,
                None,
                None,
                format!("/paths/{index}/template"),
            );
        }
    }

    fn undeclared(&mut self, item: &PathItem, method: &str, pointer: String) {
        let message = format!(
            "{method} {} is reached, and no document declares it",
            item.template
        );
        let request = Some((method.to_owned(), item.template.clone()));
        self.say("operation-undeclared", message, request, None, pointer);
    }

    fn operation(&mut self, met: &Met<'_>, reached: &Reached) {
        if !reaches(met.allowed.audience, self.policy.ring) {
            let message = format!(
                "{} {} is for {}, and is reached by {}",
                met.method,
                met.item.template,
                met.allowed.audience.as_str(),
                self.policy.ring.as_str()
            );
            self.say_of(met, "operation-exposed", message, "");
        }
        if !met.allowed.ids.contains(&reached.id) || !self.ids.insert(reached.id.clone()) {
            let message = format!(
                "{} {} is called {}",
                met.method, met.item.template, reached.id
            );
            self.say_of(met, "operation-misnamed", message, "/id");
        }
        self.gates(met, reached);
        self.demands(met, reached);
        self.treatment(met, reached);
        self.recorded(met, reached);
        self.headers(met, reached);
        self.endings(met, reached);
    }

    /// Only partners have features; elsewhere they gate nothing, and their names are nobody's business.
    fn gates(&mut self, met: &Met<'_>, reached: &Reached) {
        let wanted = met
            .allowed
            .feature
            .as_ref()
            .filter(|_| self.policy.ring == Ring::Partner);
        if reached.feature.as_ref() != wanted {
            let message = format!(
                "{} {} asks for {} where the document says {}",
                met.method,
                met.item.template,
                reached.feature.as_deref().unwrap_or("no feature"),
                wanted.map_or("none", String::as_str)
            );
            self.say_of(met, "feature-changed", message, "/feature");
        }
    }

    /// On outer rings no request passes with less than the documents demand. Insiders are asked who they are.
    fn demands(&mut self, met: &Met<'_>, reached: &Reached) {
        if !self.policy.ring.is_outer() {
            return self.callers(met, reached);
        }
        if !reached.callers.is_empty() || !reached.groups.is_empty() {
            let message = format!(
                "{} {} names who calls inside",
                met.method, met.item.template
            );
            return self.say_of(met, "callers-told", message, "/callers");
        }
        let contract = &self.allowed.contract;
        for declared in &met.allowed.declared {
            if let Some(short) = undemanded(contract, *declared, &reached.scopes) {
                let message = format!(
                    "{} {} is reached with {short}, and the document demands more",
                    met.method, met.item.template
                );
                return self.say_of(met, "scopes-dropped", message, "/scopes");
            }
        }
        let declared = met.allowed.declared.iter().zip(&met.allowed.items);
        for ((operation, items), template) in declared.zip(&met.allowed.templates) {
            let reached = Reach {
                template: &met.item.template,
                bindings: &reached.bindings,
            };
            if let Some(free) = unbound(contract, *operation, items, template, &reached) {
                let message = format!(
                    "{} {} is reached with any {free}, and the document says whose it must be",
                    met.method, met.item.template
                );
                return self.say_of(met, "binding-dropped", message, "/bindings");
            }
        }
    }

    /// Nobody calls inside who is not among those the documents name.
    fn callers(&mut self, met: &Met<'_>, reached: &Reached) {
        let contract = &self.allowed.contract;
        for (operation, items) in met.allowed.declared.iter().zip(&met.allowed.items) {
            if let Some((code, below)) = uncalled(contract, *operation, items, reached) {
                let message = format!(
                    "{} {} is open to more callers than the document names",
                    met.method, met.item.template
                );
                return self.say_of(met, code, message, below);
            }
        }
    }

    /// A gateway that knows nothing of scopes or bindings must not serve who has none.
    fn demands_are_required(&mut self, bundle: &Bundle) {
        let operations = || {
            bundle
                .paths
                .iter()
                .flat_map(|item| item.operations.values())
        };
        let demanded = [
            ("scopes", operations().any(|one| !one.scopes.is_empty())),
            ("bindings", operations().any(|one| !one.bindings.is_empty())),
            ("callers", operations().any(|one| !one.callers.is_empty())),
            ("record", operations().any(|one| one.record.is_some())),
        ];
        for (name, is_demanded) in demanded {
            if is_demanded && !bundle.requires.iter().any(|known| known == name) {
                let message = format!("a gateway that does not know of {name} would demand none");
                let pointer = "/requires".to_owned();
                self.say("demand-not-required", message, None, None, pointer);
            }
        }
    }

    /// A write from an outer ring is in the same history as one from inside.
    fn recorded(&mut self, met: &Met<'_>, reached: &Reached) {
        let declared = met.allowed.declared.iter().zip(&met.allowed.items);
        let said = declared.zip(&met.allowed.templates);
        let said: Vec<Said<'_>> = said
            .map(|((operation, items), template)| Said {
                operation: *operation,
                items,
                template,
            })
            .collect();
        let contract = &self.allowed.contract;
        let record = reached.record.as_ref();
        if let Some(why) = unrecorded(contract, &said, &met.item.template, record) {
            let message = format!("{} {} {why}", met.method, met.item.template);
            self.say_of(met, "record-changed", message, "/record");
        }
    }

    fn treatment(&mut self, met: &Met<'_>, reached: &Reached) {
        let policy = self.policy;
        let name = format!("{} {}", met.method, met.item.template);
        if reached.max_body_bytes > policy.max_body_bytes {
            let message = format!(
                "{name} takes {} bytes, {} are allowed",
                reached.max_body_bytes, policy.max_body_bytes
            );
            self.say_of(met, "body-bound-raised", message, "/max_body_bytes");
        }
        let tunnels = policy
            .websocket
            .as_ref()
            .filter(|tunnels| met.method == "GET" && tunnels.operations.contains(&reached.id));
        if reached.websocket.is_some() && reached.websocket != tunnels.map(|tunnels| tunnels.bounds)
        {
            let message = format!("{name} may become a tunnel as the estate does not say");
            self.say_of(met, "tunnel-opened", message, "/websocket");
        }
        let kept = policy.cache.as_ref().filter(|kept| {
            met.method == "GET"
                && kept
                    .operations
                    .as_ref()
                    .is_none_or(|named| named.contains(&reached.id))
        });
        if reached.cache.is_some() && reached.cache.as_ref() != kept.map(|kept| &kept.terms) {
            let message = format!("responses of {name} are kept as the estate does not say");
            self.say_of(met, "cache-changed", message, "/cache");
        }
    }

    /// It ends when its document says, and what is said of parameters is said of those a request may send.
    fn endings(&mut self, met: &Met<'_>, reached: &Reached) {
        let contract = &self.allowed.contract;
        let name = format!("{} {}", met.method, met.item.template);
        let declared = met.allowed.declared.iter();
        let endings = declared.map(|one| ending(contract, contract.end(*one)));
        if reached.lifecycle != agreed(endings).flatten() {
            let message = format!("{name} ends as its document does not say");
            self.say_of(met, "ending-changed", message, "/lifecycle");
        }
        let declared = met.allowed.declared.iter().zip(&met.allowed.items);
        let known = declared.map(|(one, items)| ending_parameters(contract, *one, items));
        let known = agreed(known).unwrap_or_default();
        let rule = self
            .sent
            .and_then(|rules| rules.operations.get(&reached.id));
        let is_sent = |place, name: &str| {
            let mut all = rule.into_iter().flat_map(|rule| &rule.parameters);
            all.any(|one| one.place == place && spelt(one.place, &one.name) == name)
        };
        let is_shown = |place, name: &str| !self.policy.ring.is_outer() || is_sent(place, name);
        let strange = reached
            .ending_parameters
            .iter()
            .position(|one| !known.contains(one) || !is_shown(one.place, &one.name));
        let mut forgotten = known.iter().filter(|one| is_shown(one.place, &one.name));
        let forgotten = forgotten.find(|one| !reached.ending_parameters.contains(one));
        if let Some(index) = strange {
            let message = format!("a parameter of {name} ends as its document does not say");
            let below = format!("/ending_parameters/{index}");
            self.say_of(met, "ending-changed", message, &below);
        } else if let Some(one) = forgotten {
            let message = format!(
                "nobody is told that the parameter {} of {name} ends",
                one.name
            );
            self.say_of(met, "ending-changed", message, "/ending_parameters");
        }
    }

    fn headers(&mut self, met: &Met<'_>, reached: &Reached) {
        for (index, name) in reached.response_headers.iter().enumerate() {
            if !self.declares_header(met.allowed, name) {
                let message = format!(
                    "the header {name} leaves with responses of {} {}, and the document does not show it",
                    met.method, met.item.template
                );
                self.say_of(
                    met,
                    "header-exposed",
                    message,
                    &format!("/response_headers/{index}"),
                );
            }
        }
    }

    /// Whether any response of the operation declares a header for the ring.
    fn declares_header(&self, operation: &Operation, name: &str) -> bool {
        let contract = &self.allowed.contract;
        let responses = operation
            .declared
            .iter()
            .filter_map(|node| contract.arena.get(*node, "responses"));
        let mut each = responses.flat_map(|all| contract.arena.members(contract.end(all)));
        each.any(|response| {
            let headers = contract.arena.get(contract.end(response.value), "headers");
            shows_header(self.schemas, headers, name)
        })
    }

    /// What a ring must not reach must win over what it may: no visible template carries a hidden request.
    fn hidden_are_guarded(&mut self) {
        let mut hidden: BTreeMap<&str, (&Shape, &str, &Operation)> = BTreeMap::new();
        for (shape, by_method) in &self.allowed.operations {
            for (method, operation) in by_method {
                if !self.is_reached(shape, method) {
                    // HEAD last: it is what GET would answer.
                    let first = hidden
                        .entry(&operation.template)
                        .or_insert((shape, method, operation));
                    if method == "HEAD" {
                        *first = (shape, method, operation);
                    }
                }
            }
        }
        for (shape, method, operation) in hidden.into_values() {
            let guard = self.met.get(shape);
            let is_guarded = guard
                .is_some_and(|(_, item)| item.hidden && (method != "HEAD" || item.head_hidden));
            if !is_guarded {
                let pointer = guard.map_or("/paths".to_owned(), |(index, _)| {
                    format!("/paths/{index}/hidden")
                });
                let message = format!(
                    "{method} {} is hidden, and nothing keeps its requests from other paths",
                    operation.template
                );
                let request = Some((method.to_owned(), operation.template.clone()));
                let place = Some(Place::of(&self.allowed.contract.arena, operation.at));
                self.say("hidden-unguarded", message, request, place, pointer);
            }
        }
    }

    fn is_reached(&self, shape: &Shape, method: &str) -> bool {
        self.met
            .get(shape)
            .is_some_and(|(_, item)| item.operations.contains_key(method))
    }

    fn say_of(&mut self, met: &Met<'_>, code: &'static str, message: String, below: &str) {
        let request = Some((met.method.to_owned(), met.item.template.clone()));
        let place = Some(Place::of(&self.allowed.contract.arena, met.allowed.at));
        self.say(
            code,
            message,
            request,
            place,
            format!("{}{below}", met.pointer),
        );
    }

    fn say(
        &mut self,
        code: &'static str,
        message: String,
        request: Option<(String, String)>,
        place: Option<Place>,
        pointer: String,
    ) {
        let (field, within) = (None, Within::Bundle);
        self.violations.push(Violation {
            code,
            message,
            request,
            field,
            place,
            pointer,
            within,
        });
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use wall::audience::Ring;

    use crate::testkit::{allowed, objects, proven_on, told};

    /// Partners and the public send `field`, which the contract labels so; whoever is asked about first.
    fn said(label: &str, in_turn: [Ring; 2]) -> Vec<(Ring, usize)> {
        let schemas = format!("Body: {{type: object, properties: {{a: {{type: string{label}}}}}}}");
        let body = "requestBody: {content: {application/json: {schema: {$ref: '#/components/schemas/Body'}}}}";
        let allowed = allowed(&format!("responses: {{}}, {body}"), &schemas);
        let objects = objects(
            None,
            &json!({
                "format": 1, "nodes": [{"object": {"properties": [["a", 1]]}}, {"string": {}}],
                "definitions": {"body": {"type": "object", "properties": {"a": {"type": "string"}}}},
                "operations": {"op": {"body": {"content": {"application/json":
                    {"json": {"schema": "body", "node": 0}}}}}},
            }),
        );
        let mut found = in_turn.map(|ring| {
            let said = told(proven_on(ring, &allowed, &objects, "enforce"));
            let exposed = said.iter().filter(|(code, _)| *code == "field-exposed");
            (ring, exposed.count())
        });
        found.sort();
        found.to_vec()
    }

    #[test]
    fn what_is_found_of_one_ring_is_said_of_another_that_sees_the_same_and_of_no_other() {
        use Ring::{Partner, Public};
        for in_turn in [[Partner, Public], [Public, Partner]] {
            assert_eq!(said("", in_turn), [(Partner, 0), (Public, 0)]);
            let inside = said(", x-audience: internal", in_turn);
            assert_eq!(inside, [(Partner, 1), (Public, 1)]);
            let between = said(", x-audience: partner", in_turn);
            assert_eq!(between, [(Partner, 0), (Public, 1)]);
        }
    }
}
