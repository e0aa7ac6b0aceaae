//! From a verified manifest to a wall: every object is fetched by its hash, checked against it, and compiled.

use std::sync::Arc;

use super::making::{Begin, Fetch, Made, Making};
use super::ring::Terms;
use super::routes::{Routes, Served, ServedApi};
use super::signature::check_format;
use super::{CompiledBundle, HashMap, HashSet, Refusal, RingWall, Wall};
use crate::audience::Ring;
use crate::bodies::Bodies;
use crate::callers::Groups;
use crate::faults::{Check, skips};
use crate::headers::ResponseRules;
use crate::identity::{AccessTokens, Network, TokenVerifier, TrustBundle};
use crate::manifest::{Agreements, Manifest, RingManifest, Route, RoutedApi, Versioning};
use crate::target::{normalise_host, normalise_path};
use crate::trace_context::Tracing;
use crate::trust::Proxies;

pub fn compile(
    manifest: Manifest,
    previous: Option<&Wall>,
    fetch: &Fetch<'_>,
) -> Result<Wall, Refusal> {
    let making = Making::new(previous, fetch);
    let ahead = making.together(new_bundles(&manifest, previous));
    let mut loading = Loading {
        previous,
        making,
        ahead,
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
    let held = bundles.values().filter_map(|one| one.requests.as_ref());
    let rules = held.map(|requests| Arc::clone(requests.rules()));
    let rules = rules.map(|rules| (rules.key.clone(), rules)).collect();
    Ok(Wall {
        manifest,
        rings,
        bundles,
        projections,
        rules,
    })
}

/// Bundles the manifest names and the revision before does not have, each once.
fn new_bundles<'m>(manifest: &'m Manifest, previous: Option<&Wall>) -> Vec<&'m str> {
    let specs = manifest.rings.values();
    let named = specs.flat_map(|spec| apis(spec).flat_map(|api| api.versions.values()));
    let is_known = |hash: &str| previous.is_some_and(|wall| wall.bundles.contains_key(hash));
    let mut met = HashSet::default();
    let new = named.map(String::as_str).filter(|hash| !is_known(hash));
    new.filter(|hash| met.insert(*hash)).collect()
}

struct Loading<'l> {
    previous: Option<&'l Wall>,
    making: Making<'l>,
    /// What was made before anybody asked.
    ahead: HashMap<String, Made>,
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
        let agreements: Agreements = self.making.object(&spec.agreements)?;
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
            asks_clients: spec.asks_clients(),
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
        if let Some(known) = self.bundles.get(hash) {
            return Ok(Arc::clone(known));
        }
        let bundle = match self.ahead.remove(hash) {
            Some(made) => made?,
            None => self.making.bundle(hash, Begin::Bodies)?,
        };
        if let Some(ruled) = &bundle.bodies {
            let bodies = Arc::clone(&ruled.bodies);
            self.projections.insert(ruled.object.to_string(), bodies);
        }
        self.bundles.insert(hash.to_owned(), Arc::clone(&bundle));
        Ok(bundle)
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
}

fn apis(spec: &RingManifest) -> impl Iterator<Item = &RoutedApi> {
    spec.routes.iter().filter_map(|route| route.api.as_ref())
}

pub(super) fn check_prefix(prefix: &str) -> Result<(), String> {
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

#[cfg(test)]
#[path = "load_tests.rs"]
mod tests;
