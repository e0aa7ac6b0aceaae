//! What names resolve to: asked off the request's way, bounded in number, age and time.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, RwLock};
use std::time::{Duration, Instant};

use pingora::{Error, ErrorType, Result};

use super::forbidden::is_forbidden;

/// An answer of the resolver serves this long; after it, the old one serves while a new one is asked for.
pub const FRESH: Duration = Duration::from_secs(10);
/// For one answer. Where there is an old one, nobody waits for it.
const PATIENCE: Duration = Duration::from_secs(5);
/// Addresses of one name that are used.
const MAX_ADDRESSES: usize = 64;
/// Names not asked for so long are forgotten when a new one comes.
const FORGOTTEN: Duration = Duration::from_secs(600);

pub type Name = (String, u16);

#[derive(Default)]
pub struct Names {
    resolved: RwLock<HashMap<Name, Resolved>>,
}

#[derive(Clone)]
struct Resolved {
    addresses: Arc<[SocketAddr]>,
    since: Instant,
}

impl Names {
    /// Where a service of one address is.
    pub async fn address(self: &Arc<Self>, host: &str, port: u16) -> Result<SocketAddr> {
        match host.parse::<IpAddr>() {
            // Asked at every request: no list is made of one address.
            Ok(address) if is_forbidden(address) => Err(unreachable()),
            Ok(address) => Ok(SocketAddr::new(address, port)),
            Err(_) => Ok(self.addresses(host, port).await?[0]),
        }
    }

    /// Where `host` is: never empty, never an address nobody may call.
    pub async fn addresses(self: &Arc<Self>, host: &str, port: u16) -> Result<Arc<[SocketAddr]>> {
        if let Ok(address) = host.parse::<IpAddr>() {
            return permitted([SocketAddr::new(address, port)].into_iter()).ok_or_else(unreachable);
        }
        let name = (host.to_owned(), port);
        match self.known(&name) {
            Some(known) => {
                if known.since.elapsed() > FRESH {
                    self.note(&name, Arc::clone(&known.addresses));
                    tokio::spawn(Arc::clone(self).resolve(name));
                }
                Ok(known.addresses)
            }
            None => Arc::clone(self).resolve(name).await,
        }
    }

    /// As `addresses`, but a name is looked up now; its old addresses serve where that fails.
    pub async fn ask(self: &Arc<Self>, host: &str, port: u16) -> Result<Arc<[SocketAddr]>> {
        let name = (host.to_owned(), port);
        if host.parse::<IpAddr>().is_ok() {
            return self.addresses(host, port).await;
        }
        let asked = Arc::clone(self).resolve(name.clone()).await;
        asked.or_else(|failed| self.known(&name).map(|known| known.addresses).ok_or(failed))
    }

    fn known(&self, name: &Name) -> Option<Resolved> {
        let resolved = self.resolved.read();
        resolved
            .expect("nothing panics while it holds this lock")
            .get(name)
            .cloned()
    }

    /// Notes the addresses, and that nobody else need ask for a while.
    fn note(&self, name: &Name, addresses: Arc<[SocketAddr]>) {
        let mut resolved = self
            .resolved
            .write()
            .expect("nothing panics while it holds this lock");
        if !resolved.contains_key(name) {
            resolved.retain(|_, old| old.since.elapsed() < FORGOTTEN);
        }
        let since = Instant::now();
        resolved.insert(name.clone(), Resolved { addresses, since });
    }

    async fn resolve(self: Arc<Self>, name: Name) -> Result<Arc<[SocketAddr]>> {
        let asked =
            tokio::time::timeout(PATIENCE, tokio::net::lookup_host((name.0.as_str(), name.1)));
        let found = asked.await.ok().and_then(std::result::Result::ok);
        let addresses = found.and_then(permitted).ok_or_else(unreachable)?;
        self.note(&name, Arc::clone(&addresses));
        Ok(addresses)
    }
}

/// IPv4 first: a name like `localhost` has both, and small servers listen on the one.
fn permitted(found: impl Iterator<Item = SocketAddr>) -> Option<Arc<[SocketAddr]>> {
    let mut addresses: Vec<SocketAddr> = found
        .filter(|address| !is_forbidden(address.ip()))
        .collect();
    addresses.sort_unstable_by_key(SocketAddr::is_ipv6);
    addresses.dedup();
    addresses.truncate(MAX_ADDRESSES);
    (!addresses.is_empty()).then(|| addresses.into())
}

fn unreachable() -> Box<Error> {
    Error::new_up(ErrorType::ConnectNoRoute)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_service_named_by_an_address_is_there_unless_nobody_may_call_it() {
        let names = Arc::new(Names::default());
        let found = names.address("10.0.0.1", 80).await.ok();
        assert_eq!(found, Some("10.0.0.1:80".parse().unwrap()));
        for forbidden in ["169.254.169.254", "fe80::1", "::ffff:169.254.169.254"] {
            assert!(names.address(forbidden, 80).await.is_err(), "{forbidden}");
        }
    }

    #[test]
    fn a_name_that_means_a_forbidden_address_leads_nowhere() {
        let found = |texts: &[&str]| {
            permitted(texts.iter().map(|text| text.parse().unwrap())).map(|found| found.to_vec())
        };
        assert_eq!(found(&["169.254.169.254:80", "[fe80::1]:80"]), None);
        assert_eq!(
            found(&["[::1]:80", "169.254.169.254:80", "10.0.0.1:80"]),
            Some(vec![
                "10.0.0.1:80".parse().unwrap(),
                "[::1]:80".parse().unwrap()
            ])
        );
    }
}
