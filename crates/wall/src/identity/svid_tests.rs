use rcgen::{BasicConstraints, ExtendedKeyUsagePurpose, IsCa, KeyUsagePurpose, SanType};

use super::*;
use crate::testkit::*;

fn trust() -> TrustBundle {
    TrustBundle::from_pem(&authority().pem(), TRUST_DOMAIN).unwrap()
}

fn good() -> rcgen::CertificateParams {
    svid_params(&["spiffe://acme.test/billing"])
}

#[test]
fn a_proper_svid_names_its_service() {
    let svid = trust().judge(&issue(&good(), authority()), NOW_S).unwrap();
    assert_eq!(
        (svid.caller.consumer(), svid.caller.application()),
        ("billing", "spiffe://acme.test/billing")
    );
    assert_eq!(svid.serial, "abc");
}

#[test]
fn a_dns_name_beside_the_uri_is_allowed() {
    let mut params = good();
    params
        .subject_alt_names
        .push(SanType::DnsName("billing.acme.test".try_into().unwrap()));
    assert!(trust().judge(&issue(&params, authority()), NOW_S).is_ok());
}

#[test]
fn what_is_no_svid_of_the_trust_domain_is_refused() {
    let mut bad = vec![];
    for uris in [
        &[][..],
        &["spiffe://acme.test/billing", "spiffe://acme.test/crm"],
        &["spiffe://other.test/billing"],
        &["spiffe://acme.test.evil/billing"],
        &["spiffe://acme.test/"],
        &["spiffe://acme.test"],
        &["spiffe://acme.test/a/b"],
        &["spiffe://acme.test/.."],
        &["spiffe://acme.test/a%2Fb"],
        &["https://acme.test/billing"],
    ] {
        bad.push((format!("{uris:?}"), svid_params(uris)));
    }
    let mut spoiled = |why: &str, spoil: &dyn Fn(&mut rcgen::CertificateParams)| {
        let mut params = good();
        spoil(&mut params);
        bad.push((why.into(), params));
    };
    spoiled("a CA", &|params| {
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained)
    });
    spoiled("no key usage", &|params| params.key_usages.clear());
    spoiled("signs certificates", &|params| {
        params.key_usages.push(KeyUsagePurpose::KeyCertSign)
    });
    spoiled("encryption only", &|params| {
        params.key_usages = vec![KeyUsagePurpose::KeyEncipherment]
    });
    spoiled("servers only", &|params| {
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth]
    });
    spoiled("expired", &|params| {
        params.not_after = rcgen::date_time_ymd(2025, 6, 2)
    });
    spoiled("not yet", &|params| {
        params.not_before = rcgen::date_time_ymd(2025, 6, 20)
    });
    for (why, params) in bad {
        assert!(
            trust().judge(&issue(&params, authority()), NOW_S).is_err(),
            "{why}"
        );
    }
}

#[test]
fn only_the_trust_bundles_issuers_are_believed() {
    let foreign = issue(&good(), &new_authority());
    assert!(trust().judge(&foreign, NOW_S).is_err());
    let self_signed = good()
        .self_signed(&rcgen::KeyPair::generate().unwrap())
        .unwrap();
    assert!(
        trust()
            .judge(
                &PeerCertificate {
                    chain: vec![self_signed.der().to_vec()]
                },
                NOW_S
            )
            .is_err()
    );
    for chain in [
        vec![],
        vec![vec![]],
        vec![vec![0x30; 50]],
        vec![vec![0; 17 * 1024]],
    ] {
        assert!(trust().judge(&PeerCertificate { chain }, NOW_S).is_err());
    }
    let mut long = issue(&good(), authority());
    long.chain.resize(MAX_CHAIN + 1, long.chain[0].clone());
    assert!(trust().judge(&long, NOW_S).is_err());
}

#[test]
fn expiry_is_judged_anew_although_the_signature_is_remembered() {
    let (trust, certificate) = (trust(), issue(&good(), authority()));
    assert!(trust.judge(&certificate, NOW_S).is_ok());
    assert!(trust.judge(&certificate, NOW_S + 30 * 86_400).is_err());
    assert!(trust.judge(&certificate, NOW_S - 30 * 86_400).is_err());
    assert!(trust.judge(&certificate, NOW_S).is_ok());
}

#[test]
fn a_changed_byte_is_not_the_certificate_that_was_remembered() {
    let (trust, mut certificate) = (trust(), issue(&good(), authority()));
    assert!(trust.judge(&certificate, NOW_S).is_ok());
    let last = certificate.chain[0].len() - 1;
    certificate.chain[0][last] ^= 1;
    assert!(trust.judge(&certificate, NOW_S).is_err());
}

#[test]
fn a_trust_bundle_must_hold_a_certificate() {
    for pem in [
        "",
        "no pem",
        "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
    ] {
        assert!(TrustBundle::from_pem(pem, TRUST_DOMAIN).is_err(), "{pem:?}");
    }
    assert!(trust().is_of(&authority().pem(), TRUST_DOMAIN));
    assert!(!trust().is_of(&authority().pem(), "other.test"));
}
