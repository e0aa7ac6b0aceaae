//! Which endpoint is next: Pingora's weighted round robin and Ketama hashing, and the fewest requests under way.

use std::collections::{BTreeSet, HashMap};
use std::net::SocketAddr;
use std::sync::Arc;

use pingora::lb::Backend;
use pingora::lb::selection::{BackendIter, BackendSelection, Consistent, RoundRobin};
use pingora::protocols::l4::socket::SocketAddr as PeerAddress;
use wall::bundle::Balance;

use super::endpoint::Endpoint;

/// Steps through a selection until every endpoint was probably met; round robin and hashing may repeat some.
const STEPS_PER_ENDPOINT: usize = 8;

/// Endpoints of one moment, with their weights; replaced as a whole.
pub struct Selection {
    endpoints: Vec<(Arc<Endpoint>, u16)>,
    by_address: HashMap<SocketAddr, usize>,
    order: Order,
}

enum Order {
    RoundRobin(Arc<RoundRobin>),
    Hash(Arc<Consistent>),
    Least,
}

impl Selection {
    pub fn new(balance: &Balance, endpoints: Vec<(Arc<Endpoint>, u16)>) -> Selection {
        let backends = endpoints.iter().map(|(endpoint, weight)| Backend {
            addr: PeerAddress::Inet(endpoint.address),
            weight: usize::from(*weight),
            ext: Default::default(),
        });
        let backends: BTreeSet<Backend> = backends.collect();
        let order = match balance {
            Balance::RoundRobin => Order::RoundRobin(Arc::new(RoundRobin::build(&backends))),
            Balance::LeastRequests => Order::Least,
            Balance::Consumer | Balance::Header { .. } => {
                Order::Hash(Arc::new(Consistent::build(&backends)))
            }
        };
        let addresses = endpoints.iter().enumerate();
        let by_address = addresses
            .map(|(index, (endpoint, _))| (endpoint.address, index))
            .collect();
        Selection {
            endpoints,
            by_address,
            order,
        }
    }

    pub fn endpoints(&self) -> impl Iterator<Item = &Arc<Endpoint>> {
        self.endpoints.iter().map(|(endpoint, _)| endpoint)
    }

    pub fn weights(&self) -> &[(Arc<Endpoint>, u16)] {
        &self.endpoints
    }

    pub fn is_empty(&self) -> bool {
        self.endpoints.is_empty()
    }

    pub fn len(&self) -> usize {
        self.endpoints.len()
    }

    /// One that is usable and was not tried; where there is none, one that was not tried: checks may be wrong,
    /// and an answer from a sick service is better than none. `None` when all were tried.
    pub fn choose(&self, key: &[u8], tried: &[SocketAddr], now_ms: u64) -> Option<&Arc<Endpoint>> {
        let fresh = |endpoint: &Endpoint| !tried.contains(&endpoint.address);
        let usable = |endpoint: &Endpoint| fresh(endpoint) && endpoint.is_usable(now_ms);
        self.first(key, &usable).or_else(|| self.first(key, &fresh))
    }

    fn first(&self, key: &[u8], accept: &dyn Fn(&Endpoint) -> bool) -> Option<&Arc<Endpoint>> {
        let in_order = match &self.order {
            Order::RoundRobin(order) => self.step_through(order.iter(key), accept),
            Order::Hash(order) => self.step_through(order.iter(key), accept),
            Order::Least => return self.least(accept),
        };
        // The steps are bounded; whoever they missed is still there.
        in_order.or_else(|| self.endpoints().find(|endpoint| accept(endpoint)))
    }

    fn step_through(
        &self,
        mut order: impl BackendIter,
        accept: &dyn Fn(&Endpoint) -> bool,
    ) -> Option<&Arc<Endpoint>> {
        for _ in 0..self.len() * STEPS_PER_ENDPOINT {
            let address = order.next()?.addr.as_inet()?;
            let (endpoint, _) = &self.endpoints[*self.by_address.get(address)?];
            if accept(endpoint) {
                return Some(endpoint);
            }
        }
        None
    }

    fn least(&self, accept: &dyn Fn(&Endpoint) -> bool) -> Option<&Arc<Endpoint>> {
        let load = |(endpoint, weight): &&(Arc<Endpoint>, u16)| {
            (u64::from(endpoint.under_way()) + 1) * u64::from(u16::MAX) / u64::from(*weight)
        };
        let accepted = self
            .endpoints
            .iter()
            .filter(|(endpoint, _)| accept(endpoint));
        accepted.min_by_key(load).map(|(endpoint, _)| endpoint)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(balance: Balance, weights: &[u16]) -> Selection {
        let endpoint = |(index, &weight): (usize, &u16)| {
            let address = format!("10.0.0.{}:80", index + 1).parse().unwrap();
            (Arc::new(Endpoint::new(address)), weight)
        };
        Selection::new(&balance, weights.iter().enumerate().map(endpoint).collect())
    }

    fn counts(selection: &Selection, keys: impl Iterator<Item = String>) -> Vec<usize> {
        let mut counts = vec![0; selection.len()];
        for key in keys {
            let chosen = selection.choose(key.as_bytes(), &[], 0).unwrap().address;
            counts[selection.by_address[&chosen]] += 1;
        }
        counts
    }

    #[test]
    fn round_robin_gives_each_its_weight() {
        let selection = of(Balance::RoundRobin, &[1, 3]);
        assert_eq!(counts(&selection, (0..40).map(|_| String::new())), [10, 30]);
    }

    #[test]
    fn hashing_keeps_a_key_with_its_endpoint_and_moves_few_when_one_goes() {
        let selection = of(Balance::Consumer, &[1, 1, 1, 1]);
        let keys = || (0..400).map(|n| format!("consumer-{n}"));
        assert!(counts(&selection, keys()).iter().all(|&count| count > 40));
        let gone = selection.endpoints[0].0.address;
        for key in keys() {
            let before = selection.choose(key.as_bytes(), &[], 0).unwrap().address;
            let after = selection
                .choose(key.as_bytes(), &[gone], 0)
                .unwrap()
                .address;
            assert!(before == gone || before == after);
        }
    }

    #[test]
    fn the_least_busy_is_next() {
        let selection = of(Balance::LeastRequests, &[1, 2]);
        let busy: Vec<_> = (0..6)
            .map(|_| selection.choose(b"", &[], 0).unwrap().enter())
            .collect();
        let under_way: Vec<u32> = selection
            .endpoints()
            .map(|endpoint| endpoint.under_way())
            .collect();
        assert_eq!(under_way, [2, 4]);
        drop(busy);
        assert!(
            selection
                .endpoints()
                .all(|endpoint| endpoint.under_way() == 0)
        );
    }

    #[test]
    fn the_sick_are_left_out_until_all_are_sick() {
        let selection = of(Balance::RoundRobin, &[1, 1, 1]);
        let [first, second, third] =
            [0, 1, 2].map(|index| Arc::clone(&selection.endpoints[index].0));
        first.checked(false, 1);
        third.checked(false, 1);
        for _ in 0..10 {
            assert_eq!(
                selection.choose(b"", &[], 0).unwrap().address,
                second.address
            );
        }
        let tried = [second.address];
        assert!(selection.choose(b"", &tried, 0).is_some());
        let all = [first.address, second.address, third.address];
        assert!(selection.choose(b"", &all, 0).is_none());
    }
}
