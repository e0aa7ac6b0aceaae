//! Places for connections: so many a ring, so many a client. Memory for as many clients as there are places.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use wall::audience::Ring;
use wall::bounds::{Bounds, client_block};

/// Between two lines about connections that found no place: whoever floods must not write the log.
const SAID_EVERY: Duration = Duration::from_secs(10);

pub struct Places {
    ring: Ring,
    taken: Mutex<Taken>,
}

#[derive(Default)]
struct Taken {
    total: u32,
    by_client: HashMap<IpAddr, u32>,
    refused: u64,
    said: Option<Instant>,
}

/// A connection's place, for as long as it lives.
pub struct Place {
    places: Arc<Places>,
    /// `None`: a declared proxy, which is not one client.
    client: Option<IpAddr>,
}

impl Places {
    pub fn new(ring: Ring) -> Arc<Places> {
        Arc::new(Places {
            ring,
            taken: Mutex::default(),
        })
    }

    /// A place in the ring; `None` when all are taken.
    pub fn take(self: &Arc<Self>, bounds: &Bounds) -> Option<Place> {
        let mut taken = self.taken();
        if taken.total >= bounds.connections {
            self.refuse(&mut taken, "all connections of the ring are taken");
            return None;
        }
        taken.total += 1;
        Some(Place {
            places: Arc::clone(self),
            client: None,
        })
    }

    fn refuse(&self, taken: &mut Taken, why: &str) {
        taken.refused += 1;
        if taken.said.is_none_or(|said| said.elapsed() >= SAID_EVERY) {
            let (ring, refused) = (self.ring.as_str(), taken.refused);
            log::warn!("{ring}: {why}; {refused} closed unanswered since the last such line");
            taken.said = Some(Instant::now());
            taken.refused = 0;
        }
    }

    fn taken(&self) -> MutexGuard<'_, Taken> {
        self.taken
            .lock()
            .expect("nothing panics while it holds this lock")
    }
}

impl Place {
    /// Counts the connection as one of this client's. `false`: the client has too many.
    #[must_use]
    pub fn belongs_to(&mut self, address: IpAddr, bounds: &Bounds) -> bool {
        let client = client_block(address);
        let places = Arc::clone(&self.places);
        let mut taken = places.taken();
        let connections = taken.by_client.entry(client).or_default();
        if *connections >= bounds.connections_per_address {
            places.refuse(&mut taken, "one client has all connections it may have");
            return false;
        }
        *connections += 1;
        self.client = Some(client);
        true
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.places.taken();
        taken.total -= 1;
        let Some(client) = self.client else { return };
        if let Some(connections) = taken.by_client.get_mut(&client) {
            *connections -= 1;
            if *connections == 0 {
                taken.by_client.remove(&client);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NARROW: fn() -> Bounds = || Bounds {
        connections: 3,
        connections_per_address: 2,
        ..Bounds::default()
    };

    #[test]
    fn a_ring_has_so_many_places_and_gives_them_back() {
        let (places, bounds) = (Places::new(Ring::Public), NARROW());
        let mut held: Vec<Place> = (0..3).filter_map(|_| places.take(&bounds)).collect();
        assert_eq!(held.len(), 3);
        assert!(places.take(&bounds).is_none());
        held.pop();
        assert!(places.take(&bounds).is_some());
    }

    #[test]
    fn one_client_leaves_places_for_others_and_is_forgotten_when_it_leaves() {
        let (places, bounds) = (Places::new(Ring::Public), NARROW());
        let arrive = |address: &str| {
            let mut place = places.take(&bounds)?;
            place
                .belongs_to(address.parse().unwrap(), &bounds)
                .then_some(place)
        };
        let held = [arrive("2001:db8::1"), arrive("2001:db8::2")];
        assert!(held.iter().all(Option::is_some));
        assert!(arrive("2001:db8::3").is_none(), "the same /64");
        assert!(arrive("2001:db8:0:1::1").is_some());
        drop(held);
        let taken = places.taken();
        assert_eq!((taken.total, taken.by_client.len()), (0, 0));
    }
}
