//! What the node knows of one API key, as bytes in LMDB: about 100 of them, because there are a million.
//!
//! ```text
//! format u8 = 1, 2 or 3 │ ring u8 │ agreement u8 │ SHA-256 [32] │ not_before u64 │ expires_at u64 (LE, 0 = none)
//! environment, consumer, application, agreement name: length u8 + UTF-8
//! apis, versions: count u8, each length u8 + UTF-8
//! networks: count u8, each family u8 (4 or 6) + prefix u8 + 4 or 16 bytes
//! format 2 and 3: scopes: count u8, each length u8 + UTF-8
//! format 3: pins: count u8, each length u8 + UTF-8
//! ```
//!
//! A key without scopes and pins is written in format 1, one without pins in format 2: a gateway that does not know of
//! what is more refuses it.

use std::net::IpAddr;

use super::Network;
use crate::audience::Ring;

const FORMAT: u8 = 1;
const WITH_SCOPES: u8 = 2;
const WITH_PINS: u8 = 3;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credential<'a> {
    /// Of the whole key.
    pub sha256: [u8; 32],
    /// The one ring the key is for.
    pub ring: Ring,
    pub environment: &'a str,
    pub consumer: &'a str,
    pub application: &'a str,
    pub agreement: Agreement<&'a str>,
    /// Seconds since the Unix epoch.
    pub not_before: Option<u64>,
    pub expires_at: Option<u64>,
    /// The key works for these APIs only; empty: all its ring and agreement allow.
    pub apis: Vec<&'a str>,
    /// `api:version`; empty: all.
    pub versions: Vec<&'a str>,
    pub networks: Vec<Network>,
    /// Of those the agreement gives; empty: all.
    pub scopes: Vec<&'a str>,
    /// `api:version` that is meant where a request names none; one of an API.
    pub pins: Vec<&'a str>,
}

/// Where the limit comes from, and what exists for the caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Agreement<Name> {
    None,
    Plan(Name),
    Partner(Name),
}

impl<Name> Agreement<Name> {
    pub fn map<Other>(self, name: impl FnOnce(Name) -> Other) -> Agreement<Other> {
        match self {
            Agreement::None => Agreement::None,
            Agreement::Plan(plan) => Agreement::Plan(name(plan)),
            Agreement::Partner(partner) => Agreement::Partner(name(partner)),
        }
    }
}

impl<'a> Credential<'a> {
    /// `None` if a text is longer than 255 bytes or a list than 255 members.
    pub fn encode(&self) -> Option<Vec<u8>> {
        let (kind, name) = match self.agreement {
            Agreement::None => (0, ""),
            Agreement::Plan(name) => (1, name),
            Agreement::Partner(name) => (2, name),
        };
        let mut bytes = Vec::with_capacity(128);
        let format = match (self.scopes.is_empty(), self.pins.is_empty()) {
            (true, true) => FORMAT,
            (false, true) => WITH_SCOPES,
            (_, false) => WITH_PINS,
        };
        bytes.extend([format, self.ring as u8, kind]);
        bytes.extend(self.sha256);
        bytes.extend(self.not_before.unwrap_or(0).to_le_bytes());
        bytes.extend(self.expires_at.unwrap_or(0).to_le_bytes());
        for text in [self.environment, self.consumer, self.application, name] {
            push_text(&mut bytes, text)?;
        }
        for list in [&self.apis, &self.versions] {
            push_list(&mut bytes, list)?;
        }
        bytes.push(u8::try_from(self.networks.len()).ok()?);
        self.networks
            .iter()
            .for_each(|network| push_network(&mut bytes, *network));
        if format != FORMAT {
            push_list(&mut bytes, &self.scopes)?;
        }
        if format == WITH_PINS {
            push_list(&mut bytes, &self.pins)?;
        }
        Some(bytes)
    }

    /// `None` if the bytes are no record of this format; the caller fails closed.
    pub fn decode(bytes: &'a [u8]) -> Option<Credential<'a>> {
        let mut reader = Reader(bytes);
        let [format, ring, kind] = reader.array()?;
        if !(FORMAT..=WITH_PINS).contains(&format) {
            return None;
        }
        let sha256 = reader.array()?;
        let not_before = u64::from_le_bytes(reader.array()?);
        let expires_at = u64::from_le_bytes(reader.array()?);
        let (environment, consumer, application) = (reader.text()?, reader.text()?, reader.text()?);
        let agreement = match (kind, reader.text()?) {
            (0, "") => Agreement::None,
            (1, name) => Agreement::Plan(name),
            (2, name) => Agreement::Partner(name),
            _ => return None,
        };
        let credential = Credential {
            sha256,
            ring: *Ring::ALL.get(usize::from(ring))?,
            environment,
            consumer,
            application,
            agreement,
            not_before: (not_before > 0).then_some(not_before),
            expires_at: (expires_at > 0).then_some(expires_at),
            apis: reader.list(Reader::text)?,
            versions: reader.list(Reader::text)?,
            networks: reader.list(Reader::network)?,
            scopes: match format {
                WITH_SCOPES => Some(reader.list(Reader::text)?).filter(|all| !all.is_empty())?,
                WITH_PINS => reader.list(Reader::text)?,
                _ => vec![],
            },
            pins: match format {
                WITH_PINS => Some(reader.list(Reader::text)?).filter(|all| !all.is_empty())?,
                _ => vec![],
            },
        };
        reader.0.is_empty().then_some(credential)
    }
}

fn push_list(bytes: &mut Vec<u8>, list: &[&str]) -> Option<()> {
    bytes.push(u8::try_from(list.len()).ok()?);
    list.iter().try_for_each(|text| push_text(bytes, text))
}

fn push_text(bytes: &mut Vec<u8>, text: &str) -> Option<()> {
    bytes.push(u8::try_from(text.len()).ok()?);
    bytes.extend(text.as_bytes());
    Some(())
}

fn push_network(bytes: &mut Vec<u8>, network: Network) {
    match network.address() {
        IpAddr::V4(address) => {
            bytes.extend([4, network.prefix()]);
            bytes.extend(address.octets());
        }
        IpAddr::V6(address) => {
            bytes.extend([6, network.prefix()]);
            bytes.extend(address.octets());
        }
    }
}

/// What is still to be read.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }

    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.take(N)?.try_into().ok()
    }

    fn text(&mut self) -> Option<&'a str> {
        let [length] = self.array()?;
        std::str::from_utf8(self.take(usize::from(length))?).ok()
    }

    fn network(&mut self) -> Option<Network> {
        let [family, prefix] = self.array()?;
        let address: IpAddr = match family {
            4 => self.array::<4>()?.into(),
            6 => self.array::<16>()?.into(),
            _ => return None,
        };
        Network::new(address, prefix)
    }

    fn list<T>(&mut self, read: impl Fn(&mut Self) -> Option<T>) -> Option<Vec<T>> {
        let [count] = self.array()?;
        (0..count).map(|_| read(self)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typical<'a>() -> Credential<'a> {
        Credential {
            sha256: [7; 32],
            ring: Ring::Partner,
            environment: "production",
            consumer: "globex",
            application: "storefront",
            agreement: Agreement::Partner("globex"),
            not_before: None,
            expires_at: Some(1_800_000_000),
            apis: vec![],
            versions: vec![],
            networks: vec![],
            scopes: vec![],
            pins: vec![],
        }
    }

    fn full<'a>() -> Credential<'a> {
        Credential {
            not_before: Some(1),
            agreement: Agreement::Plan("free"),
            apis: vec!["orders", "crm"],
            versions: vec!["orders:v1"],
            networks: vec![
                "192.0.2.0/24".parse().unwrap(),
                "2001:db8::/32".parse().unwrap(),
            ],
            scopes: vec!["orders:read"],
            pins: vec!["stock:2024-01-15"],
            ..typical()
        }
    }

    #[test]
    fn a_record_is_read_as_it_was_written_and_is_small() {
        for credential in [
            typical(),
            full(),
            Credential {
                agreement: Agreement::None,
                ..typical()
            },
            Credential {
                pins: vec![],
                ..full()
            },
            Credential {
                scopes: vec![],
                ..full()
            },
        ] {
            let bytes = credential.encode().unwrap();
            assert_eq!(Credential::decode(&bytes), Some(credential));
        }
        assert!(typical().encode().unwrap().len() <= 120);
    }

    #[test]
    fn damaged_records_are_refused() {
        let bytes = full().encode().unwrap();
        for length in 0..bytes.len() {
            assert_eq!(
                Credential::decode(&bytes[..length]),
                None,
                "cut at {length}"
            );
        }
        assert_eq!(Credential::decode(&[&bytes[..], b"x"].concat()), None);
        for (index, wrong) in [(0, 1), (0, 2), (0, 4), (1, 3), (2, 3)] {
            let mut damaged = bytes.clone();
            damaged[index] = wrong;
            assert_eq!(Credential::decode(&damaged), None, "byte {index}");
        }
    }

    #[test]
    fn texts_beyond_the_bound_are_not_cut_but_refused() {
        let long = "x".repeat(256);
        assert!(
            Credential {
                consumer: &long,
                ..typical()
            }
            .encode()
            .is_none()
        );
    }
}
