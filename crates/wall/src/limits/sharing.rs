//! Whether limits are this gateway's own, or several gateways' together.

use std::sync::atomic::{AtomicU64, Ordering};

/// Whose limits these are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// This gateway's own.
    #[default]
    Alone,
    /// Several gateways take from one meter, which leases to each. `memory`: another number once what is kept there
    /// was lost.
    Together { gateways: u16, memory: u32 },
    /// They cannot be asked: each takes its share.
    Apart { gateways: u16, memory: u32 },
}

impl Mode {
    /// The same gateways, without a word from each other.
    pub fn apart(self) -> Mode {
        match self {
            Mode::Alone => Mode::Alone,
            Mode::Together { gateways, memory } | Mode::Apart { gateways, memory } => {
                Mode::Apart { gateways, memory }
            }
        }
    }

    pub fn memory(self) -> u32 {
        match self {
            Mode::Alone => 0,
            Mode::Together { memory, .. } | Mode::Apart { memory, .. } => memory,
        }
    }

    pub fn gateways(self) -> u32 {
        match self {
            Mode::Alone => 1,
            Mode::Together { gateways, .. } | Mode::Apart { gateways, .. } => {
                u32::from(gateways.max(1))
            }
        }
    }
}

/// The mode in one word: every request reads it, none waits for it.
#[derive(Default)]
pub struct Sharing(AtomicU64);

const ALONE: u64 = 0;
const TOGETHER: u64 = 1;
const APART: u64 = 2;

impl Sharing {
    pub fn mode(&self) -> Mode {
        let word = self.0.load(Ordering::Acquire);
        let (gateways, memory) = ((word >> 16) as u16, (word >> 32) as u32);
        match word & 0xff {
            TOGETHER => Mode::Together { gateways, memory },
            APART => Mode::Apart { gateways, memory },
            _ => Mode::Alone,
        }
    }

    pub fn become_of(&self, mode: Mode) {
        let (kind, gateways) = match mode {
            Mode::Alone => (ALONE, 0),
            Mode::Together { gateways, .. } => (TOGETHER, gateways),
            Mode::Apart { gateways, .. } => (APART, gateways),
        };
        let word = kind | u64::from(gateways) << 16 | u64::from(mode.memory()) << 32;
        self.0.store(word, Ordering::Release);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mode_is_read_as_it_was_set() {
        let sharing = Sharing::default();
        assert_eq!(sharing.mode(), Mode::Alone);
        let (gateways, memory) = (u16::MAX, u32::MAX);
        for mode in [
            Mode::Together { gateways, memory },
            Mode::Apart {
                gateways: 3,
                memory: 1,
            },
            Mode::Alone,
        ] {
            sharing.become_of(mode);
            assert_eq!(sharing.mode(), mode);
        }
    }
}
