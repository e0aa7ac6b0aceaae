//! Checks that a build for tests leaves out, one at a time, to see that somebody notices.
//!
//! Without the feature `faults` nothing is ever left out: [`skips`] is `false` where it is asked, and no name below is
//! in the program. `docs/proof.md` says who has to notice.

/// Declares the checks, each with the name it is chosen by.
macro_rules! checks {
    ($($check:ident = $name:literal,)+) => {
        /// A check of the wall's, named for what it keeps out.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Check {
            $($check,)+
        }

        #[cfg(feature = "faults")]
        const NAMED: &[(&str, Check)] = &[$(($name, Check::$check),)+];
    };
}

checks! {
    // Responses: the filter.
    UndeclaredField = "undeclared-field",
    HiddenField = "hidden-field",
    OtherType = "other-type",
    UnlistedValue = "unlisted-value",
    HiddenValue = "hidden-value",
    Mask = "mask",
    UndecidedUnion = "undecided-union",
    Discriminator = "discriminator",
    NameTwice = "name-twice",
    TruncatedBody = "truncated-body",
    TrailingBytes = "trailing-bytes",
    // Responses: the rest.
    UndeclaredStatus = "undeclared-status",
    UndeclaredMediaType = "undeclared-media-type",
    UnknownMediaType = "unknown-media-type",
    UnreadableBody = "unreadable-body",
    ResponseHeaders = "response-headers",
    RevealingHeader = "revealing-header",
    HiddenResponseHeader = "hidden-response-header",
    Location = "location",
    CallersKeptApart = "callers-kept-apart",
    // Requests.
    UndeclaredParameter = "undeclared-parameter",
    UndeclaredHeader = "undeclared-header",
    UndeclaredCookie = "undeclared-cookie",
    ParameterSchema = "parameter-schema",
    UnsettableField = "unsettable-field",
    UnknownMember = "unknown-member",
    BodySchema = "body-schema",
    BodyRequired = "body-required",
    BodyMediaType = "body-media-type",
    RequestNameTwice = "request-name-twice",
    ForgedIdentity = "forged-identity",
    KeyForwarded = "key-forwarded",
    // Who, where, how often.
    HiddenOperation = "hidden-operation",
    ForeignHost = "foreign-host",
    ForeignServerName = "foreign-server-name",
    RingNetworks = "ring-networks",
    KeySecret = "key-secret",
    KeyRevoked = "key-revoked",
    KeyExpired = "key-expired",
    KeyRing = "key-ring",
    KeyEnvironment = "key-environment",
    KeyNetworks = "key-networks",
    KeyRestriction = "key-restriction",
    CallerNamed = "caller-named",
    PersonInGroup = "person-in-group",
    GrantEnded = "grant-ended",
    GroupGranted = "group-granted",
    ScopeDemanded = "scope-demanded",
    ScopeAgreed = "scope-agreed",
    ScopeOfKey = "scope-of-key",
    BoundValue = "bound-value",
    BoundBody = "bound-body",
    Recorded = "recorded",
    PartnerAgreement = "partner-agreement",
    AgreedFeature = "agreed-feature",
    AgreedVersion = "agreed-version",
    TokenExpired = "token-expired",
    TokenAudience = "token-audience",
    TokenRevoked = "token-revoked",
    CertificateRevoked = "certificate-revoked",
    TokenSignature = "token-signature",
    CriticalHeader = "critical-header",
    AccessAlgorithm = "access-algorithm",
    AccessIssuer = "access-issuer",
    AccessAudience = "access-audience",
    AccessType = "access-type",
    AccessBound = "access-bound",
    AccessExpired = "access-expired",
    AccessNotYet = "access-not-yet",
    AccessMapping = "access-mapping",
    AccessKeyWithdrawn = "access-key-withdrawn",
    AccessForwarded = "access-forwarded",
    AccessRevoked = "access-revoked",
    AccessCertificate = "access-certificate",
    ProofType = "proof-type",
    ProofKey = "proof-key",
    ProofMethod = "proof-method",
    ProofUrl = "proof-url",
    ProofToken = "proof-token",
    ProofTime = "proof-time",
    ProofAgain = "proof-again",
    AccessGrantEnded = "access-grant-ended",
    DifferentCallers = "different-callers",
    Limit = "limit",
    SharedLimit = "shared-limit",
    VersionSunset = "version-sunset",
    VersionBrownout = "version-brownout",
    VersionPinned = "version-pinned",
    UndeclaredProxy = "undeclared-proxy",
    // What is loaded.
    Signature = "signature",
    ObjectHash = "object-hash",
    BundleOfRing = "bundle-of-ring",
    ProjectionMissing = "projection-missing",
    RequestsReported = "requests-reported",
    RulesKeptApart = "rules-kept-apart",
}

/// Whether this program leaves out the check.
#[cfg(not(feature = "faults"))]
#[inline(always)]
pub const fn skips(_: Check) -> bool {
    false
}

#[cfg(feature = "faults")]
pub use chosen::{choose, skips};

#[cfg(feature = "faults")]
mod chosen {
    use std::sync::OnceLock;

    use super::{Check, NAMED};

    static CHOSEN: OnceLock<Check> = OnceLock::new();

    pub fn skips(check: Check) -> bool {
        CHOSEN.get() == Some(&check)
    }

    /// Leaves out the check of this name from now on; once in the life of a program. An error: all names there are.
    pub fn choose(name: &str) -> Result<(), String> {
        let named = NAMED.iter().find(|(known, _)| *known == name);
        let names = || NAMED.iter().map(|(name, _)| *name).collect::<Vec<_>>();
        let (_, check) = named.ok_or_else(|| names().join("\n"))?;
        CHOSEN.set(*check).map_err(|_| "chosen before".to_owned())
    }
}
