//! Where limits are kept, with the values of what the manifest holds by reference.

use redis::{
    Client, ConnectionAddr, IntoConnectionInfo, RedisConnectionInfo, RedisError, TlsCertificates,
};
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;
use wall::manifest::SharedLimits;

use crate::secrets::Secrets;

/// Never printed: there is no `Debug`.
#[derive(PartialEq, Eq)]
pub struct Setting {
    declared: SharedLimits,
    /// Organisation and environment: others on the same server have keys of their own.
    pub namespace: String,
    password: Option<String>,
    ca_pem: Option<String>,
}

impl Setting {
    pub fn of(declared: &SharedLimits, namespace: String, secrets: &Secrets) -> Setting {
        let value = |reference: &Option<String>| secrets.value(reference.as_deref()?);
        Setting {
            namespace,
            password: value(&declared.password),
            ca_pem: value(&declared.ca),
            declared: declared.clone(),
        }
    }

    pub fn gateways(&self) -> u16 {
        self.declared.gateways
    }

    /// For operators.
    pub fn address(&self) -> String {
        format!("{}:{}", self.declared.host, self.declared.port)
    }

    /// A reference without a value is an error that names it, and one without a certificate where CAs should be.
    pub fn client(&self) -> Result<Client, String> {
        let missing = [
            (&self.declared.password, &self.password),
            (&self.declared.ca, &self.ca_pem),
        ]
        .into_iter()
        .find_map(|(reference, value)| reference.as_ref().filter(|_| value.is_none()));
        if let Some(reference) = missing {
            return Err(format!("{reference} has no value on this node"));
        }
        if let (Some(reference), Some(pem)) = (&self.declared.ca, &self.ca_pem)
            && CertificateDer::pem_slice_iter(pem.as_bytes())
                .next()
                .is_none()
        {
            return Err(format!("{reference} holds no certificate (PEM)"));
        }
        self.built()
            .map_err(|error| format!("the setting cannot be used: {error}"))
    }

    fn built(&self) -> Result<Client, RedisError> {
        let SharedLimits { host, port, .. } = &self.declared;
        let mut account = RedisConnectionInfo::default()
            .set_db(self.declared.database.into())
            .set_lib_name("ringwork", env!("CARGO_PKG_VERSION"));
        if let Some(username) = &self.declared.username {
            account = account.set_username(username);
        }
        if let Some(password) = &self.password {
            account = account.set_password(password);
        }
        let address = match self.declared.tls {
            false => ConnectionAddr::Tcp(host.clone(), *port),
            true => ConnectionAddr::TcpTls {
                host: host.clone(),
                port: *port,
                insecure: false,
                tls_params: None,
            },
        };
        let info = address.into_connection_info()?.set_redis_settings(account);
        match &self.ca_pem {
            Some(pem) if self.declared.tls => Client::build_with_tls(
                info,
                TlsCertificates {
                    client_tls: None,
                    root_cert: Some(pem.clone().into_bytes()),
                },
            ),
            _ => Client::open(info),
        }
    }
}
