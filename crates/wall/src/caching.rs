//! Whose a kept response is. The gateway gives one response to two requests only if their keys are equal.

use crate::bundle::Cache;
use crate::fate::Forward;
use crate::faults::{Check, skips};

/// What a request brings that the wall did not judge by.
pub struct Presented<'r> {
    /// `Host` or `:authority`.
    pub host: Option<&'r [u8]>,
    /// Credentials for the service itself are in the request (RFC 9111 §3.5).
    pub authorization: bool,
}

impl Forward {
    /// How the operation's responses are kept, if they are.
    pub fn cache(&self) -> Option<&Cache> {
        self.response.operation.cache.as_ref()
    }

    /// Everything a response may depend on but what `Vary` is for: the bundle (and with it ring, API, version and
    /// service), the environment, the operation, the target, the features of the caller's agreement and, unless
    /// responses are shared, the caller as the service is told of it.
    pub fn cache_key(
        &self,
        cache: &Cache,
        environment: &str,
        presented: &Presented<'_>,
    ) -> Vec<u8> {
        let (policy, caller) = (&self.response, &self.caller);
        let is_shared = cache.shared || skips(Check::CallersKeptApart);
        let holder = caller.holder();
        let issuer = holder.map_or("", |holder| &holder.issuer);
        let subject = holder.and_then(|holder| holder.subject.as_deref());
        let [consumer, application, issuer, subject]: [&str; 4] = match is_shared {
            true => [""; 4],
            false => [
                caller.consumer(),
                caller.application(),
                issuer,
                subject.unwrap_or(""),
            ],
        };
        let host = presented.host.filter(|_| self.upstream.preserve_host);
        let mut key = Vec::with_capacity(KEY_BYTES);
        for part in [
            policy.served.bundle.hash.as_bytes(),
            environment.as_bytes(),
            policy.operation.id.as_bytes(),
            self.upstream_target.as_bytes(),
            host.unwrap_or_default(),
            consumer.as_bytes(),
            application.as_bytes(),
            issuer.as_bytes(),
            subject.as_bytes(),
            &[u8::from(presented.authorization)],
        ] {
            append(&mut key, part);
        }
        let terms = policy.sight.terms.as_deref();
        for feature in terms.map(|terms| terms.features()).unwrap_or_default() {
            append(&mut key, feature.as_bytes());
        }
        key
    }

    /// What a request is about to the service, whoever asks, on whichever ring: authority and path.
    pub fn resource(&self) -> (&[u8], &str) {
        let path = self.upstream_target.split('?').next().unwrap_or_default();
        (self.authority.as_bytes(), path)
    }
}

/// What most keys fit into.
const KEY_BYTES: usize = 256;

/// With its length, so that no two lists of parts read alike.
fn append(key: &mut Vec<u8>, part: &[u8]) {
    key.extend_from_slice(&(part.len() as u64).to_be_bytes());
    key.extend_from_slice(part);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audience::Ring;
    use crate::testkit::{Call, Published, World, call};

    fn cache(shared: bool) -> Cache {
        Cache {
            ttl_ms: Some(1000),
            shared,
            vary: vec![],
            stale_if_error_ms: 0,
            max_object_bytes: 1000,
        }
    }

    fn key(world: &World, request: &Call, shared: bool) -> Vec<u8> {
        let presented = Presented {
            host: request.host.as_deref().map(str::as_bytes),
            authorization: false,
        };
        world
            .forward(request)
            .cache_key(&cache(shared), "sandbox", &presented)
    }

    fn order(target: &str, ring: Ring, key: &str) -> Call {
        call(ring, "GET", target).key(key)
    }

    #[test]
    fn two_callers_never_share_what_is_not_declared_shared() {
        let world = World::acme();
        let first = world.key(Ring::Public, "dev-1", |_| {});
        let second = world.key(Ring::Public, "dev-2", |_| {});
        let other = world.key(Ring::Public, "dev-1", |key| {
            key.application = "other".into()
        });
        let of = |text: &str, shared| {
            key(
                &world,
                &order("/shop/v1/orders", Ring::Public, text),
                shared,
            )
        };
        assert_ne!(of(&first, false), of(&second, false));
        assert_ne!(of(&first, false), of(&other, false));
        assert_eq!(of(&first, true), of(&second, true));
        assert_eq!(of(&first, false), of(&first, false));
    }

    #[test]
    fn rings_versions_targets_and_queries_are_apart_even_when_shared() {
        let world = World::acme();
        let public = world.key(Ring::Public, "dev-1", |_| {});
        let partner = world.key(Ring::Partner, "initech", |_| {});
        let mut keys: Vec<_> = [
            ("/shop/v1/orders", Ring::Public, &public),
            ("/shop/v1/orders?a=1", Ring::Public, &public),
            ("/shop/v1/orders/1", Ring::Public, &public),
            ("/shop/v2/orders", Ring::Public, &public),
            ("/shop/v1/orders", Ring::Partner, &partner),
        ]
        .iter()
        .map(|(target, ring, text)| key(&world, &order(target, *ring, text), true))
        .collect();
        keys.sort_unstable();
        keys.dedup();
        assert_eq!(keys.len(), 5);
    }

    #[test]
    fn partners_share_only_with_those_of_equal_features() {
        let world = World::acme();
        let of = |partner: &str| {
            let text = world.key(Ring::Partner, partner, |_| {});
            key(
                &world,
                &order("/shop/v1/orders", Ring::Partner, &text),
                true,
            )
        };
        assert_ne!(of("globex"), of("initech"));
        assert_eq!(of("initech"), of("hooli"));
    }

    #[test]
    fn a_bundle_that_changed_finds_nothing_of_before() {
        let before = World::acme();
        let mut published = Published::acme();
        let mut narrowed = crate::testkit::bundle(Ring::Public, "orders", "v1");
        narrowed["paths"][0]["operations"]["GET"]["max_body_bytes"] = 999.into();
        let hash = published.put(&narrowed);
        published.manifest["rings"]["public"]["routes"][0]["api"]["versions"]["v1"] = hash.into();
        let after = World::of(&published);
        let of = |world: &World| {
            let text = world.key(Ring::Public, "dev-1", |_| {});
            key(world, &order("/shop/v1/orders", Ring::Public, &text), true)
        };
        assert_ne!(of(&before), of(&after));
    }

    #[test]
    fn what_a_write_is_about_is_the_same_on_every_ring() {
        let world = World::acme();
        let public = world.key(Ring::Public, "dev-1", |_| {});
        let partner = world.key(Ring::Partner, "initech", |_| {});
        let read = world.forward(&order("/shop/v1/orders?page=2", Ring::Public, &public));
        let write = world.forward(&call(Ring::Partner, "POST", "/shop/v1/orders").key(&partner));
        assert_eq!(read.resource(), write.resource());
        let other = world.forward(&order("/shop/v1/orders/1", Ring::Public, &public));
        assert_ne!(read.resource(), other.resource());
    }
}
