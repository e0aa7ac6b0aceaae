//! One ring of a revision.

use std::sync::Arc;

use super::CompiledBundle;
use super::routes::Routes;
use super::{HashMap, HashSet};
use crate::audience::Ring;
use crate::callers::Groups;
use crate::faults::{Check, skips};
use crate::identity::{AccessTokens, KeySets, Network, TokenVerifier, TrustBundle};
use crate::manifest::{ErrorDetail, Limit, Partner, Plan};
use crate::problem::Telling;
use crate::scopes::Scopes;
use crate::trace_context::Tracing;
use crate::trust::Proxies;

/// What the wall holds of one ring.
pub struct RingWall {
    pub(crate) ring: Ring,
    pub(crate) environment: Box<str>,
    pub(crate) errors: ErrorDetail,
    pub(crate) documentation: Option<Box<str>>,
    pub(crate) authenticate_first: bool,
    /// Which version is meant may depend on who calls: that is found out before, whatever is called.
    pub(crate) versions_by_caller: bool,
    pub(crate) hosts: HashSet<Box<str>>,
    pub(crate) networks: Vec<Network>,
    pub(crate) proxies: Option<Arc<Proxies>>,
    pub(crate) tracing: Tracing,
    pub(crate) trust_domain: Box<str>,
    pub(crate) failed_authentications_per_minute: u32,
    pub(crate) accepts_api_keys: bool,
    /// Whether connections have certificates that tokens may be bound to.
    pub(crate) asks_clients: bool,
    pub(crate) svids: Option<Arc<TrustBundle>>,
    pub(crate) service_tokens: Option<Arc<TokenVerifier>>,
    pub(crate) access_tokens: Option<Arc<AccessTokens>>,
    pub(crate) default_limit: Option<Limit>,
    pub(crate) plans: HashMap<Box<str>, PlanTerms>,
    pub(crate) partners: HashMap<Box<str>, Arc<Terms>>,
    pub(crate) groups: Groups,
    pub(crate) routes: Routes,
    /// Searched where there is nothing to search, so that nowhere takes the time of a miss (law 2).
    pub(crate) decoy: Option<Arc<CompiledBundle>>,
}

/// What a plan gives.
#[derive(Debug)]
pub(crate) struct PlanTerms {
    pub limit: Limit,
    /// `None`: every scope.
    pub scopes: Option<Arc<Scopes>>,
}

impl From<Plan> for PlanTerms {
    fn from(plan: Plan) -> PlanTerms {
        PlanTerms {
            limit: plan.limit,
            scopes: plan.scopes.map(|names| Arc::new(Scopes::new(names))),
        }
    }
}

/// A partner's agreement.
#[derive(Debug)]
pub(crate) struct Terms {
    pub limit: Limit,
    features: HashSet<Box<str>>,
    /// API → versions; `None`: everything of the ring.
    versions: Option<HashMap<Box<str>, Vec<Box<str>>>>,
    /// API → version → when it ends for the partner, seconds since the Unix epoch.
    sunsets: HashMap<Box<str>, HashMap<Box<str>, u64>>,
    pub networks: Vec<Network>,
    /// `None`: every scope.
    pub scopes: Option<Arc<Scopes>>,
}

impl RingWall {
    pub fn ring(&self) -> Ring {
        self.ring
    }

    pub fn telling(&self) -> Telling<'_> {
        Telling {
            detail: self.errors,
            documentation: self.documentation.as_deref(),
        }
    }

    pub fn proxies(&self) -> Option<&Arc<Proxies>> {
        self.proxies.as_ref()
    }

    pub(super) fn take_keys(&self, sets: &KeySets) {
        self.access_tokens
            .iter()
            .for_each(|tokens| tokens.take_keys(sets));
    }

    pub fn tracing(&self) -> Tracing {
        self.tracing
    }

    pub(crate) fn has_host(&self, host: &str) -> bool {
        self.hosts.contains(host)
    }
}

impl Terms {
    pub fn new(partner: &Partner) -> Result<Terms, String> {
        let names = |names: &Vec<String>| names.iter().map(|name| name.as_str().into()).collect();
        let versions = partner.versions.as_ref().map(|apis| {
            apis.iter()
                .map(|(api, versions)| (api.as_str().into(), names(versions)))
                .collect()
        });
        let sunsets = partner.sunsets.iter().map(|(api, versions)| {
            let ends = versions
                .iter()
                .map(|(version, end)| (version.as_str().into(), *end));
            (api.as_str().into(), ends.collect())
        });
        Ok(Terms {
            sunsets: sunsets.collect(),
            limit: partner.limit,
            features: partner
                .features
                .iter()
                .map(|name| name.as_str().into())
                .collect(),
            versions,
            networks: Network::parse_all(&partner.networks)?,
            scopes: partner
                .scopes
                .clone()
                .map(|names| Arc::new(Scopes::new(names))),
        })
    }

    pub fn has_feature(&self, feature: &str) -> bool {
        self.features.contains(feature)
    }

    /// In an order of their own.
    pub fn features(&self) -> Vec<&str> {
        let mut features: Vec<&str> = self.features.iter().map(|name| &**name).collect();
        features.sort_unstable();
        features
    }

    pub fn allows_version(&self, api: &str, version: &str) -> bool {
        let Some(apis) = &self.versions else {
            return true;
        };
        apis.get(api)
            .is_some_and(|versions| versions.iter().any(|allowed| **allowed == *version))
    }

    pub fn sunset_of(&self, api: &str, version: &str) -> Option<u64> {
        self.sunsets.get(api)?.get(version).copied()
    }

    pub fn allows_api(&self, api: &str) -> bool {
        self.versions
            .as_ref()
            .is_none_or(|apis| apis.contains_key(api))
    }
}

/// What of an API version a caller may see beyond what its ring sees.
#[derive(Clone, Debug)]
pub(crate) struct Sight {
    pub ring: Ring,
    pub terms: Option<Arc<Terms>>,
}

impl Sight {
    /// Features gate the outer rings: what is not agreed upon is not there.
    pub fn sees(&self, feature: Option<&str>) -> bool {
        let Some(feature) = feature else { return true };
        !self.ring.is_outer()
            || skips(Check::AgreedFeature)
            || self
                .terms
                .as_ref()
                .is_some_and(|terms| terms.has_feature(feature))
    }

    pub fn sees_api(&self, api: &str) -> bool {
        self.terms
            .as_ref()
            .is_none_or(|terms| terms.allows_api(api))
    }

    pub fn sees_version(&self, api: &str, version: &str) -> bool {
        self.terms
            .as_ref()
            .is_none_or(|terms| terms.allows_version(api, version))
            || skips(Check::AgreedVersion)
    }
}
