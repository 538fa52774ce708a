//! Keys: as their owners bring them, as they are kept, and as tokens are checked with them.

use jsonwebtoken::{Algorithm, DecodingKey};
use p256::pkcs8::{DecodePublicKey, EncodePublicKey, LineEnding};
use rsa::pkcs1::{DecodeRsaPublicKey, EncodeRsaPrivateKey, EncodeRsaPublicKey};
use rsa::traits::PublicKeyParts;
use rsa::{RsaPrivateKey, RsaPublicKey};

use crate::{Error, Result, random};

/// How long a key is that is drawn here, and the least that is taken.
const RSA_BITS: usize = 2048;

/// What kind of key it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyAlgorithm {
    /// RSA of 2048 to 4096 bits, with signatures of PKCS #1 v1.5.
    Rsa,
    /// ECDSA on P-256.
    P256,
    /// ECDSA on P-384.
    P384,
}

impl KeyAlgorithm {
    /// The signatures of tokens that it checks, by their names in RFC 7518, 3.1.
    #[must_use]
    pub fn signatures(self) -> &'static [&'static str] {
        match self {
            Self::Rsa => &["RS256", "RS384", "RS512"],
            Self::P256 => &["ES256"],
            Self::P384 => &["ES384"],
        }
    }

    fn fitting(self) -> &'static [Algorithm] {
        match self {
            Self::Rsa => &[Algorithm::RS256, Algorithm::RS384, Algorithm::RS512],
            Self::P256 => &[Algorithm::ES256],
            Self::P384 => &[Algorithm::ES384],
        }
    }
}

/// A public key that can be used.
pub(crate) struct PublicKey {
    pub(crate) algorithm: KeyAlgorithm,
    /// As it is kept: a PEM of its SubjectPublicKeyInfo.
    pub(crate) pem: String,
    decoding: DecodingKey,
}

/// What tokens are checked with.
pub(super) struct VerifyingKey {
    pub(super) decoding: DecodingKey,
    /// The algorithms that fit the key: a token with any other is none of its own.
    pub(super) algorithms: &'static [Algorithm],
}

impl PublicKey {
    /// Reads a PEM: a `PUBLIC KEY`, or an `RSA PUBLIC KEY` as of PKCS #1. `None` for what is no such key.
    pub(crate) fn read(pem: &str) -> Option<Self> {
        let rsa = RsaPublicKey::from_public_key_pem(pem);
        if let Ok(key) = rsa.or_else(|_| RsaPublicKey::from_pkcs1_pem(pem).map_err(|_| ())) {
            return Self::rsa(&key);
        }
        if let Ok(key) = p256::PublicKey::from_public_key_pem(pem) {
            let point = key.to_sec1_bytes();
            return Self::new(KeyAlgorithm::P256, &key, DecodingKey::from_ec_der(&point));
        }
        let key = p384::PublicKey::from_public_key_pem(pem).ok()?;
        let point = key.to_sec1_bytes();
        Self::new(KeyAlgorithm::P384, &key, DecodingKey::from_ec_der(&point))
    }

    fn rsa(key: &RsaPublicKey) -> Option<Self> {
        if key.n().bits() < RSA_BITS {
            return None;
        }
        let der = key.to_pkcs1_der().ok()?;
        Self::new(KeyAlgorithm::Rsa, key, DecodingKey::from_rsa_der(der.as_bytes()))
    }

    fn new(algorithm: KeyAlgorithm, key: &impl EncodePublicKey, decoding: DecodingKey) -> Option<Self> {
        Some(Self { algorithm, pem: key.to_public_key_pem(LineEnding::LF).ok()?, decoding })
    }

    pub(super) fn verifying(self) -> VerifyingKey {
        VerifyingKey { decoding: self.decoding, algorithms: self.algorithm.fitting() }
    }
}

/// Draws an RSA key: the private half as a PEM of PKCS #1, and the public half. It takes a processor long.
pub(crate) fn draw() -> Result<(String, PublicKey)> {
    let private = RsaPrivateKey::new(&mut random::source(), RSA_BITS).map_err(Error::internal)?;
    let public = PublicKey::rsa(&private.to_public_key());
    let public = public.ok_or_else(|| Error::internal("a key that was drawn can't be used"))?;
    let pem = private.to_pkcs1_pem(LineEnding::LF).map_err(Error::internal)?;
    Ok((pem.to_string(), public))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_read_in_the_forms_they_come_in() {
        for (pem, algorithm) in [
            (include_str!("../../tests/keys/rsa.pub.pem"), KeyAlgorithm::Rsa),
            (include_str!("../../tests/keys/rsa.pub.pkcs1.pem"), KeyAlgorithm::Rsa),
            (include_str!("../../tests/keys/p256.pub.pem"), KeyAlgorithm::P256),
            (include_str!("../../tests/keys/p384.pub.pem"), KeyAlgorithm::P384),
        ] {
            let key = PublicKey::read(pem).unwrap();
            assert_eq!(key.algorithm, algorithm);
            assert_eq!(key.algorithm.signatures().len(), key.algorithm.fitting().len());
            let kept = PublicKey::read(&key.pem).unwrap();
            assert_eq!((kept.algorithm, &kept.pem), (algorithm, &key.pem));
            assert!(key.pem.starts_with("-----BEGIN PUBLIC KEY-----\n"));
        }
    }

    #[test]
    fn what_is_no_key_to_check_with_is_refused() {
        for pem in [
            "",
            "-----BEGIN PUBLIC KEY-----\n-----END PUBLIC KEY-----\n",
            include_str!("../../tests/keys/rsa.pem"),
            include_str!("../../tests/keys/p256.pem"),
            include_str!("../../tests/keys/rsa_1024.pub.pem"),
            include_str!("../../tests/keys/p521.pub.pem"),
            include_str!("../../tests/keys/ed25519.pub.pem"),
        ] {
            assert!(PublicKey::read(pem).is_none(), "{pem}");
        }
    }

    #[test]
    fn a_key_that_is_drawn_is_whole() {
        let (private, public) = draw().unwrap();
        assert!(private.starts_with("-----BEGIN RSA PRIVATE KEY-----\n"));
        assert_eq!(public.algorithm, KeyAlgorithm::Rsa);
        let again = <RsaPrivateKey as rsa::pkcs1::DecodeRsaPrivateKey>::from_pkcs1_pem(&private).unwrap();
        assert_eq!(PublicKey::rsa(&again.to_public_key()).unwrap().pem, public.pem);
        assert_eq!(again.n().bits(), RSA_BITS);
    }
}
