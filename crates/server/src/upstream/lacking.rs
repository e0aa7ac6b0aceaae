//! Services of which not every endpoint is called, as `status.json` tells of them.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use serde::Serialize;
use wall::Wall;

use super::Upstreams;

/// Services and, of each, endpoints that are told of: status is for people.
const MOST_SERVICES: usize = 100;
const MOST_ENDPOINTS: usize = 8;

/// By `api:version`; services that lack nothing are not in it.
pub type Lacking = BTreeMap<String, Lack>;

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Lack {
    /// Addresses there are; 0: none was found for its names.
    pub endpoints: usize,
    pub left_out: usize,
    #[serde(skip)]
    pub ejected: usize,
    /// Those that are left out, not all of them where they are many.
    pub addresses: BTreeMap<SocketAddr, Why>,
}

/// Why an endpoint is not called now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// Health checks found it so.
    Unhealthy,
    /// Requests to it failed.
    Ejected,
}

impl Lack {
    /// Reason → endpoints that are not called for it, two reasons at most. A service without an address lacks one.
    pub fn reasons(&self) -> impl Iterator<Item = (&'static str, usize)> {
        let reasons = [
            ("unhealthy", self.left_out - self.ejected),
            ("ejected", self.ejected),
            ("no_address", usize::from(self.endpoints == 0)),
        ];
        reasons.into_iter().filter(|(_, count)| *count > 0)
    }

    /// `None` where all `endpoints` are called.
    pub fn of(endpoints: usize, left_out: impl Iterator<Item = (SocketAddr, Why)>) -> Option<Lack> {
        let left_out: Vec<_> = left_out.collect();
        let lacks = endpoints == 0 || !left_out.is_empty();
        let is_ejected = |one: &&(SocketAddr, Why)| one.1 == Why::Ejected;
        lacks.then(|| Lack {
            endpoints,
            left_out: left_out.len(),
            ejected: left_out.iter().filter(is_ejected).count(),
            addresses: left_out.into_iter().take(MOST_ENDPOINTS).collect(),
        })
    }
}

impl Upstreams {
    /// What the services of this revision lack now.
    pub fn lacking(&self, wall: &Wall) -> Lacking {
        let pools = self
            .pools
            .read()
            .expect("nothing panics while it holds this lock");
        let lack = |upstream: u128| pools.get(&upstream).and_then(|pool| pool.lack());
        let services = wall.services();
        let lacking = services.filter_map(|(api, version, upstream)| {
            Some((format!("{api}:{version}"), lack(upstream.identity)?))
        });
        lacking
            .collect::<Lacking>()
            .into_iter()
            .take(MOST_SERVICES)
            .collect()
    }
}
