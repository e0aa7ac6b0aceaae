//! From a verified manifest to a wall: every object is fetched by its hash, checked against it, and compiled.

use std::io;
use std::sync::Arc;

use http::HeaderValue;
use serde::de::DeserializeOwned;

use super::ring::Terms;
use super::routes::{Routes, Served, ServedApi};
use super::signature::check_format;
use super::{CompiledBundle, HashMap, HashSet, Refusal, RingWall, Wall};
use crate::audience::Ring;
use crate::bodies::{Bodies, Ruled};
use crate::bundle::{
    Bundle, Cors, Enforced, Enforcement, Lifecycle, Projection, Upstream, Validation,
};
use crate::callers::{Admitted, Groups};
use crate::faults::{Check, skips};
use crate::headers::ResponseRules;
use crate::identity::{AccessTokens, Network, TokenVerifier, TrustBundle};
use crate::lifecycle;
use crate::manifest::{Agreements, Manifest, RingManifest, Route, RoutedApi, Versioning};
use crate::matching::Paths;
use crate::target::{normalise_host, normalise_path};
use crate::trace_context::Tracing;
use crate::trust::Proxies;
use crate::validation::Requests;

pub type Fetch<'f> = dyn Fn(&str) -> io::Result<Vec<u8>> + 'f;

pub fn compile(
    manifest: Manifest,
    previous: Option<&Wall>,
    fetch: &Fetch<'_>,
) -> Result<Wall, Refusal> {
    let mut loading = Loading {
        previous,
        fetch,
        bundles: HashMap::default(),
        projections: HashMap::default(),
    };
    let rings = manifest
        .rings
        .iter()
        .map(|(ring, spec)| loading.ring(&manifest, *ring, spec));
    let rings = rings.collect::<Result<Vec<_>, _>>()?;
    let Loading {
        bundles,
        projections,
        ..
    } = loading;
    Ok(Wall {
        manifest,
        rings,
        bundles,
        projections,
    })
}

struct Loading<'l> {
    previous: Option<&'l Wall>,
    fetch: &'l Fetch<'l>,
    bundles: HashMap<String, Arc<CompiledBundle>>,
    projections: HashMap<String, Arc<Bodies>>,
}

impl Loading<'_> {
    fn ring(
        &mut self,
        manifest: &Manifest,
        ring: Ring,
        spec: &RingManifest,
    ) -> Result<RingWall, Refusal> {
        let networks = Network::parse_all(&spec.networks)
            .map_err(|why| Refusal::new("network_invalid", why))?;
        let proxies = spec.trusted_proxies.as_ref().map(Proxies::new).transpose();
        let proxies = proxies
            .map_err(|why| Refusal::new("network_invalid", why))?
            .map(Arc::new);
        let agreements: Agreements = self.object(&spec.agreements)?;
        check_format("agreements", agreements.format, &[])?;
        let upstream_hosts = self.bundles_of(ring, spec)?;
        let rules = Arc::new(ResponseRules::new(
            ring,
            &spec.response_headers,
            upstream_hosts,
        ));
        let routes = self.routes(spec, &rules)?;
        let own_hosts = spec.hosts.iter().map(String::as_str);
        Ok(RingWall {
            ring,
            environment: manifest.environment.as_str().into(),
            errors: spec.errors,
            documentation: spec.documentation.as_deref().map(Box::from),
            authenticate_first: spec.authenticate_first,
            versions_by_caller: apis(spec).any(|api| api.versioning == Versioning::Header),
            hosts: own_hosts
                .chain(routes.hosts())
                .map(normal_host)
                .collect::<Result<_, _>>()?,
            networks,
            proxies,
            tracing: Tracing::new(spec.trace_context, manifest.observability.traces.as_ref()),
            trust_domain: manifest.trust_domain.as_str().into(),
            failed_authentications_per_minute: spec.bounds.failed_authentications_per_minute,
            accepts_api_keys: spec.authentication.api_key,
            svids: self.trust_bundle(manifest, ring, spec)?,
            service_tokens: self.token_verifier(manifest, ring, spec)?,
            access_tokens: self.access_tokens(manifest, ring, spec)?,
            default_limit: spec.default_limit,
            plans: agreements
                .plans
                .into_iter()
                .map(|(name, plan)| (name.into(), plan.into()))
                .collect(),
            partners: terms(&agreements.partners)?,
            groups: Groups::new(agreements.groups),
            decoy: spec.routes.iter().find_map(|route| self.any_bundle(route)),
            routes,
        })
    }

    /// Compiles every bundle the ring names; gives the hosts of its upstreams.
    fn bundles_of(&mut self, ring: Ring, spec: &RingManifest) -> Result<HashSet<String>, Refusal> {
        let mut hosts = HashSet::default();
        for api in apis(spec) {
            for (version, hash) in &api.versions {
                let bundle = self
                    .bundle(hash)
                    .map_err(|refusal| refusal.of_api(&api.name))?;
                let is_as_named =
                    bundle.ring == ring && *bundle.api == *api.name && *bundle.version == **version;
                if !is_as_named && !skips(Check::BundleOfRing) {
                    let message = format!(
                        "route names {}/{version} for {}, its bundle is {}/{} for {}",
                        api.name,
                        ring.as_str(),
                        bundle.api,
                        bundle.version,
                        bundle.ring.as_str()
                    );
                    return Err(Refusal::new("bundle_mismatch", message).of_api(&api.name));
                }
                hosts.insert(bundle.upstream.host.to_ascii_lowercase());
                let places = bundle.upstream.endpoints.iter();
                hosts.extend(places.map(|place| place.host.to_ascii_lowercase()));
            }
        }
        Ok(hosts)
    }

    fn bundle(&mut self, hash: &str) -> Result<Arc<CompiledBundle>, Refusal> {
        let known = self
            .bundles
            .get(hash)
            .or_else(|| self.previous?.bundles.get(hash));
        let bundle = match known {
            Some(bundle) => Arc::clone(bundle),
            None => {
                let bundle: Bundle = self.object(hash)?;
                check_format("bundle", bundle.format, &bundle.requires)?;
                let bodies = self.ruled(&bundle)?;
                let requests = self.requests(&bundle)?;
                Arc::new(compile_bundle(hash, bundle, bodies, requests)?)
            }
        };
        if let Some(ruled) = &bundle.bodies {
            let bodies = Arc::clone(&ruled.bodies);
            self.projections.insert(ruled.object.to_string(), bodies);
        }
        self.bundles.insert(hash.to_owned(), Arc::clone(&bundle));
        Ok(bundle)
    }

    /// What the bundle says of bodies. Outer rings are held to their contract; a revision that would not is none.
    fn ruled(&mut self, bundle: &Bundle) -> Result<Option<Ruled>, Refusal> {
        match &bundle.projection {
            Some(rule) if rule.mode != Enforcement::Report || !bundle.ring.is_outer() => {
                Ok(Some(Ruled::new(self.projection(rule)?, rule)))
            }
            None if !bundle.ring.is_outer() || skips(Check::ProjectionMissing) => Ok(None),
            _ => {
                let message = "bodies would leave to an outer ring that its contract does not show";
                Err(Refusal::new("projection_missing", message))
            }
        }
    }

    fn projection(&mut self, rule: &Enforced) -> Result<Arc<Bodies>, Refusal> {
        let hash = &rule.object;
        let known = self
            .projections
            .get(hash)
            .or_else(|| self.previous?.projections.get(hash));
        if let Some(known) = known {
            return Ok(Arc::clone(known));
        }
        let source = self.bytes(hash)?;
        let parsed: Projection = read(hash, &source)?;
        check_format("projection", parsed.format, &[])?;
        // What changes while it is served is going to be called; of all there is at a start, little is.
        let bodies = Bodies::checked(source, parsed, self.previous.is_some());
        let invalid = |why| Refusal::new("projection_invalid", format!("object {hash}: {why}"));
        Ok(Arc::new(bodies.map_err(invalid)?))
    }

    /// What the bundle says of requests.
    fn requests(&self, bundle: &Bundle) -> Result<Option<Requests>, Refusal> {
        let Some(rule) = &bundle.validation else {
            return Ok(None);
        };
        let is_reported = bundle.ring.is_outer() && rule.mode == Enforcement::Report;
        if is_reported && !skips(Check::RequestsReported) {
            let message = "requests of an outer ring would pass that its contract does not know";
            return Err(Refusal::new("validation_missing", message));
        }
        let validation: Validation = self.object(&rule.object)?;
        check_format("validation", validation.format, &[])?;
        let operations = bundle.paths.iter().flat_map(|path| {
            let operations = path.operations.values();
            operations.map(|operation| (operation.id.as_str(), path.template.as_str()))
        });
        let requests = Requests::new(validation, rule, operations);
        let requests = requests.map_err(|why| Refusal::new("validation_invalid", why))?;
        // What changes while it is served is going to be called; of all there is at a start, little is.
        if self.previous.is_some() {
            requests.prepare();
        }
        Ok(Some(requests))
    }

    fn any_bundle(&self, route: &Route) -> Option<Arc<CompiledBundle>> {
        let hash = route.api.as_ref()?.versions.values().next()?;
        self.bundles.get(hash).cloned()
    }

    fn routes(&self, spec: &RingManifest, rules: &Arc<ResponseRules>) -> Result<Routes, Refusal> {
        let mut routes = Routes::default();
        for route in &spec.routes {
            let api_name = route.api.as_ref().map_or("", |api| &api.name);
            let invalid = |why: String| Refusal::new("route_invalid", why).of_api(api_name);
            check_prefix(&route.prefix).map_err(invalid)?;
            let hosts = route
                .hosts
                .iter()
                .map(|host| normal_host(host).map(String::from));
            let api = match &route.api {
                Some(api) => Some(Arc::new(
                    self.served_api(&route.prefix, api, rules)
                        .map_err(invalid)?,
                )),
                None => None,
            };
            routes
                .insert(&hosts.collect::<Result<Vec<_>, _>>()?, &route.prefix, api)
                .map_err(invalid)?;
        }
        Ok(routes)
    }

    fn served_api(
        &self,
        prefix: &str,
        api: &RoutedApi,
        rules: &Arc<ResponseRules>,
    ) -> Result<ServedApi, String> {
        if api
            .default_version
            .as_ref()
            .is_some_and(|version| !api.versions.contains_key(version))
        {
            return Err("the default version is none of the versions".into());
        }
        if api.versioning == Versioning::None && api.versions.len() != 1 {
            return Err("an API without versioning has exactly one version".into());
        }
        let served = |(version, hash): (&String, &String)| {
            let public_prefix = match api.versioning {
                Versioning::Path => format!("{prefix}/{version}"),
                Versioning::Header | Versioning::None => prefix.to_owned(),
            };
            let bundle = Arc::clone(&self.bundles[hash]);
            let served = Served {
                bundle,
                public_prefix: public_prefix.into(),
                rules: Arc::clone(rules),
            };
            (version.as_str().into(), Arc::new(served))
        };
        Ok(ServedApi {
            name: api.name.as_str().into(),
            versioning: api.versioning,
            default_version: api.default_version.as_deref().map(Into::into),
            feature: api.feature.as_deref().map(Into::into),
            versions: api.versions.iter().map(served).collect(),
        })
    }

    /// Shared with the previous revision while it is the same: its verdicts stay cached.
    fn trust_bundle(
        &self,
        manifest: &Manifest,
        ring: Ring,
        spec: &RingManifest,
    ) -> Result<Option<Arc<TrustBundle>>, Refusal> {
        let Some(mtls) = &spec.authentication.mtls else {
            return Ok(None);
        };
        let before = self
            .previous
            .and_then(|wall| wall.ring(ring)?.svids.clone());
        if let Some(same) =
            before.filter(|same| same.is_of(&mtls.trust_bundle_pem, &manifest.trust_domain))
        {
            return Ok(Some(same));
        }
        let trust = TrustBundle::from_pem(&mtls.trust_bundle_pem, &manifest.trust_domain);
        trust
            .map(|trust| Some(Arc::new(trust)))
            .map_err(|why| Refusal::new("trust_invalid", why))
    }

    fn token_verifier(
        &self,
        manifest: &Manifest,
        ring: Ring,
        spec: &RingManifest,
    ) -> Result<Option<Arc<TokenVerifier>>, Refusal> {
        let Some(token) = &spec.authentication.service_token else {
            return Ok(None);
        };
        let before = self
            .previous
            .and_then(|wall| wall.ring(ring)?.service_tokens.clone());
        if let Some(same) = before.filter(|same| same.is_of(token, &manifest.trust_domain)) {
            return Ok(Some(same));
        }
        let verifier = TokenVerifier::new(token, &manifest.trust_domain);
        verifier
            .map(|verifier| Some(Arc::new(verifier)))
            .map_err(|why| Refusal::new("trust_invalid", why))
    }

    fn access_tokens(
        &self,
        manifest: &Manifest,
        ring: Ring,
        spec: &RingManifest,
    ) -> Result<Option<Arc<AccessTokens>>, Refusal> {
        let issuers = &spec.authentication.access_tokens;
        if issuers.is_empty() {
            return Ok(None);
        }
        let before = self
            .previous
            .and_then(|wall| wall.ring(ring)?.access_tokens.clone());
        if let Some(same) = before.filter(|same| same.is_of(issuers, &manifest.trust_domain)) {
            return Ok(Some(same));
        }
        let tokens = AccessTokens::new(ring, issuers, &manifest.trust_domain);
        tokens
            .map(|tokens| Some(Arc::new(tokens)))
            .map_err(|why| Refusal::new("trust_invalid", why))
    }

    fn object<T: DeserializeOwned>(&self, hash: &str) -> Result<T, Refusal> {
        read(hash, &self.bytes(hash)?)
    }

    /// The object of this hash, as it says itself.
    fn bytes(&self, hash: &str) -> Result<Vec<u8>, Refusal> {
        let missing = |error| Refusal::new("object_missing", format!("object {hash}: {error}"));
        let bytes = (self.fetch)(hash).map_err(missing)?;
        if hex_sha256(&bytes) != hash && !skips(Check::ObjectHash) {
            return Err(Refusal::new(
                "object_corrupt",
                format!("the bytes of object {hash} have another hash"),
            ));
        }
        Ok(bytes)
    }
}

fn apis(spec: &RingManifest) -> impl Iterator<Item = &RoutedApi> {
    spec.routes.iter().filter_map(|route| route.api.as_ref())
}

fn read<T: DeserializeOwned>(hash: &str, bytes: &[u8]) -> Result<T, Refusal> {
    let malformed = |error| Refusal::new("object_malformed", format!("object {hash}: {error}"));
    serde_json::from_slice(bytes).map_err(malformed)
}

fn compile_bundle(
    hash: &str,
    bundle: Bundle,
    bodies: Option<Ruled>,
    requests: Option<Requests>,
) -> Result<CompiledBundle, Refusal> {
    check_upstream(&bundle.upstream).map_err(|why| Refusal::new("upstream_invalid", why))?;
    check_lifecycles(&bundle).map_err(|why| Refusal::new("lifecycle_invalid", why))?;
    Ok(CompiledBundle {
        hash: hash.into(),
        ring: bundle.ring,
        cors: readable(&bundle),
        lifecycle: bundle.lifecycle,
        compression: bundle.compression,
        bodies,
        requests,
        api: bundle.api.into(),
        version: bundle.version.into(),
        callers: bundle.callers.map(Admitted::new),
        authority: HeaderValue::try_from(bundle.upstream.authority())
            .map_err(|error| Refusal::new("upstream_invalid", error.to_string()))?,
        upstream: Arc::new(bundle.upstream.identified()),
        paths: Paths::compile(bundle.paths)
            .map_err(|invalid| Refusal::new("template_invalid", invalid.0))?,
    })
}

/// The version's own, and those of its operations and their parameters.
fn lifecycles(bundle: &Bundle) -> impl Iterator<Item = &Lifecycle> {
    let operations = bundle
        .paths
        .iter()
        .flat_map(|path| path.operations.values());
    let own = operations.flat_map(|operation| {
        let parameters = operation.ending_parameters.iter();
        let parameters = parameters.map(|parameter| &parameter.lifecycle);
        operation.lifecycle.iter().chain(parameters)
    });
    bundle.lifecycle.iter().chain(own)
}

fn check_lifecycles(bundle: &Bundle) -> Result<(), String> {
    lifecycles(bundle).try_for_each(Lifecycle::check)
}

/// Pages of other origins may read what is said of the end of what they call; a partner's dates are on a ring of
/// their own, which no page calls.
fn readable(bundle: &Bundle) -> Option<Cors> {
    let mut cors = bundle.cors.clone()?;
    if lifecycles(bundle).next().is_some() {
        let said = lifecycle::EXPOSED.map(str::to_owned);
        let missing = said
            .into_iter()
            .filter(|name| !cors.expose.contains(name))
            .collect::<Vec<_>>();
        cors.expose.extend(missing);
    }
    Some(cors)
}

/// The upstream's path is sent before every request's path, so it must be in normal form itself.
fn check_upstream(upstream: &Upstream) -> Result<(), String> {
    check_prefix(&upstream.path)?;
    check_host(&upstream.host).map_err(|why| format!("host: {why}"))?;
    for place in &upstream.endpoints {
        check_host(&place.host).map_err(|why| format!("endpoint: {why}"))?;
    }
    upstream.check()
}

/// A name, or an address without brackets.
fn check_host(host: &str) -> Result<(), &'static str> {
    if host.parse::<std::net::IpAddr>().is_ok() {
        return Ok(());
    }
    normalise_host(host.as_bytes())
        .map(drop)
        .map_err(|why| why.0)
}

fn check_prefix(prefix: &str) -> Result<(), String> {
    let normal =
        prefix.is_empty() || normalise_path(prefix.as_bytes()).is_ok_and(|normal| normal == prefix);
    if !normal || prefix.ends_with('/') {
        return Err(format!("prefix `{prefix}` is not in normal form"));
    }
    Ok(())
}

fn normal_host(host: &str) -> Result<Box<str>, Refusal> {
    let normal = normalise_host(host.as_bytes());
    let invalid = |_| Refusal::new("route_invalid", format!("`{host}` is not a host name"));
    normal
        .map(|host| host.into_owned().into_boxed_str())
        .map_err(invalid)
}

fn terms(
    partners: &std::collections::BTreeMap<String, crate::manifest::Partner>,
) -> Result<HashMap<Box<str>, Arc<Terms>>, Refusal> {
    let invalid = |why| Refusal::new("network_invalid", why);
    let terms = partners.iter().map(|(id, partner)| {
        Ok((
            id.as_str().into(),
            Arc::new(Terms::new(partner).map_err(invalid)?),
        ))
    });
    terms.collect()
}

fn hex_sha256(bytes: &[u8]) -> String {
    hex::encode(ring::digest::digest(&ring::digest::SHA256, bytes))
}

#[cfg(test)]
#[path = "load_tests.rs"]
mod tests;
