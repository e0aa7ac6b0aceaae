//! A ring's server certificate, read from files and read again when they change.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use arc_swap::{ArcSwap, ArcSwapOption};
use rustls::crypto::ring::default_provider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use wall::manifest::TlsFiles;

use crate::node::{Node, Stamp};

/// The only certificate a ring has, whatever name the client asks for: no name of another ring ever shows.
#[derive(Debug)]
pub struct Certificate {
    in_force: ArcSwapOption<CertifiedKey>,
    files: ArcSwap<Files>,
    looked_at: Mutex<Looked>,
}

#[derive(Debug, PartialEq, Eq)]
struct Files {
    certificate: PathBuf,
    key: PathBuf,
}

/// What the last look found; guards against reading unchanged files again.
#[derive(Debug, Default)]
struct Looked {
    stamps: Option<[Option<Stamp>; 2]>,
    problem: Option<String>,
}

impl Certificate {
    /// Reads the files once; if they cannot be used there is no certificate yet, and handshakes fail.
    pub fn open(node: &Node, files: &TlsFiles) -> Certificate {
        let certificate = Certificate {
            in_force: ArcSwapOption::empty(),
            files: ArcSwap::from_pointee(Files::named(node, files)),
            looked_at: Mutex::default(),
        };
        certificate.refresh();
        certificate
    }

    /// The files a new revision names.
    pub fn point_at(&self, node: &Node, files: &TlsFiles) {
        let files = Files::named(node, files);
        if **self.files.load() != files {
            self.files.store(Arc::new(files));
            self.refresh();
        }
    }

    /// Takes over files that changed. What cannot be used leaves the old certificate in force.
    /// Gives what is wrong, and whether that is news.
    pub fn refresh(&self) -> (Option<String>, bool) {
        let files = self.files.load();
        let stamps = Some([Stamp::of(&files.certificate), Stamp::of(&files.key)]);
        let mut looked = self
            .looked_at
            .lock()
            .expect("nothing panics while it holds this lock");
        if looked.stamps == stamps {
            return (looked.problem.clone(), false);
        }
        looked.stamps = stamps;
        let before = looked.problem.take();
        match files.read() {
            Ok(key) => self.in_force.store(Some(Arc::new(key))),
            Err(problem) => looked.problem = Some(problem),
        }
        (looked.problem.clone(), looked.problem != before)
    }
}

impl ResolvesServerCert for Certificate {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        self.in_force.load_full()
    }
}

impl Files {
    fn named(node: &Node, files: &TlsFiles) -> Files {
        Files {
            certificate: node.resolve(&files.certificate_file),
            key: node.resolve(&files.key_file),
        }
    }

    fn read(&self) -> Result<CertifiedKey, String> {
        let chain: Vec<_> = CertificateDer::pem_slice_iter(&read(&self.certificate)?)
            .collect::<Result<_, _>>()
            .map_err(|error| format!("{}: {error}", self.certificate.display()))?;
        if chain.is_empty() {
            return Err(format!(
                "{}: no certificate in it",
                self.certificate.display()
            ));
        }
        let key = PrivateKeyDer::from_pem_slice(&read(&self.key)?)
            .map_err(|error| format!("{}: {error}", self.key.display()))?;
        CertifiedKey::from_der(chain, key, &default_provider()).map_err(|error| {
            format!(
                "{} and {}: {error}",
                self.certificate.display(),
                self.key.display()
            )
        })
    }
}

fn read(path: &Path) -> Result<Vec<u8>, String> {
    fs::read(path).map_err(|error| format!("{}: {error}", path.display()))
}
