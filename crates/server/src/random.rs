//! Random bytes for ids that are made at every request.

use std::cell::RefCell;

use ring::rand::{SecureRandom, SystemRandom};

/// Fetched from the system at once: one system call for some 60 requests with the ids of their traces.
const POOL_BYTES: usize = 2_048;

struct Pool {
    bytes: [u8; POOL_BYTES],
    used: usize,
}

thread_local! {
    static POOL: RefCell<Pool> = const { RefCell::new(Pool { bytes: [0; POOL_BYTES], used: POOL_BYTES }) };
}

/// `N` bytes nobody can guess, given to nobody else.
pub fn random<const N: usize>() -> [u8; N] {
    const { assert!(N <= POOL_BYTES) };
    POOL.with_borrow_mut(|pool| {
        if pool.used + N > POOL_BYTES {
            SystemRandom::new()
                .fill(&mut pool.bytes)
                .expect("the system has random numbers");
            pool.used = 0;
        }
        let from = pool.used;
        pool.used += N;
        pool.bytes[from..pool.used]
            .try_into()
            .expect("it is N bytes")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_byte_is_given_twice_across_the_ends_of_a_pool() {
        let mut given: Vec<[u8; 24]> = (0..1_000).map(|_| random()).collect();
        given.sort_unstable();
        given.dedup();
        assert_eq!(given.len(), 1_000);
    }
}
