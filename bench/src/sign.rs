//! The ceiling: signatures of the library with the key kept, and nothing else.

use std::hint::black_box;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair, ParsedPublicKey,
    RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, RSA_PSS_2048_8192_SHA256, RSA_PSS_SHA256,
    RsaKeyPair, VerificationAlgorithm,
};
use rustix::time::{ClockId, clock_gettime};
use serde::{Deserialize, Serialize};

use crate::launch::{Processor, SERVER_CORE, pinned_role};
use crate::plan::{Algorithm, LoadPlan};
use crate::proof::Verified;

/// The length of what a token's signature covers: header and claims of an access token.
const MESSAGE_LENGTH: usize = 1_100;

/// The same of a client's assertion.
const ASSERTION_LENGTH: usize = 500;

/// In the place of an algorithm, where nothing is verified.
const NOTHING: &str = "-";

/// Signatures between two looks at the clock.
const ROUND: u32 = 16;

/// Signatures a second.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) struct RawRate {
    /// Of the clock's time.
    pub(crate) per_second: f64,
    /// Of the time for which the process really had the core.
    pub(crate) per_cpu_second: f64,
}

/// Raw signatures on the server's core, in a process that stays and waits between slices.
pub(crate) struct RawSigner {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
}

impl RawSigner {
    pub(crate) fn start(processor: Processor) -> Result<Self> {
        let mut command = pinned_role(SERVER_CORE, "sign")?;
        processor.apply(&mut command);
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        Ok(Self {
            input: child.stdin.take().context("no input")?,
            output: BufReader::new(child.stdout.take().context("no output")?),
            child,
        })
    }

    /// Measures now, for `seconds`: what a grant of this plan has to sign, and before it to verify.
    pub(crate) fn measure(&mut self, plan: &LoadPlan, seconds: f64) -> Result<RawRate> {
        let verified = plan.verified.map_or(NOTHING.to_owned(), |v| v.to_string());
        writeln!(self.input, "{} {verified} {seconds}", plan.algorithm)?;
        let mut line = String::new();
        self.output.read_line(&mut line)?;
        serde_json::from_str(&line).context("the raw signatures broke off")
    }
}

impl Drop for RawSigner {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The child of [`RawSigner`].
pub(crate) fn child() -> Result<()> {
    let keys = Algorithm::ALL.map(Key::generate);
    let verifier = Verifier::new();
    for line in std::io::stdin().lines() {
        let line = line?;
        let words: Vec<_> = line.split(' ').collect();
        let [algorithm, verified, seconds] = words[..] else {
            bail!("{line:?} is not ALGORITHM VERIFIED SECONDS")
        };
        let algorithm: Algorithm = algorithm.parse()?;
        let verified = match verified {
            NOTHING => None,
            name => Some(name.parse()?),
        };
        let [rs256, es256, eddsa] = &keys;
        let key = match algorithm {
            Algorithm::Rs256 => rs256,
            Algorithm::Es256 => es256,
            Algorithm::EdDsa => eddsa,
        };
        let duration = Duration::from_secs_f64(seconds.parse()?);
        let rate = rate(duration, || {
            if let Some(verified) = verified {
                verifier.verify(verified);
            }
            key.sign();
        });
        println!("{}", serde_json::to_string(&rate)?);
    }
    Ok(())
}

/// Signs so many times and does nothing else.
pub(crate) fn times(algorithm: Algorithm, times: u64) -> Result<()> {
    let key = Key::generate(algorithm);
    for _ in 0..times {
        key.sign();
    }
    Ok(())
}

/// How often something can be done.
pub(crate) fn rate(duration: Duration, work: impl Fn()) -> RawRate {
    let (begin, cpu_begin) = (Instant::now(), cpu_seconds());
    let mut signed = 0;
    loop {
        for _ in 0..ROUND {
            work();
        }
        signed += ROUND;
        let elapsed = begin.elapsed();
        if elapsed >= duration {
            return RawRate {
                per_second: f64::from(signed) / elapsed.as_secs_f64(),
                per_cpu_second: f64::from(signed) / (cpu_seconds() - cpu_begin),
            };
        }
    }
}

fn cpu_seconds() -> f64 {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
}

enum Key {
    Rsa(RsaKeyPair),
    P256(EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
}

impl Key {
    fn generate(algorithm: Algorithm) -> Self {
        const MADE: &str = "a key can be made";
        match algorithm {
            Algorithm::Rs256 => Self::Rsa(RsaKeyPair::generate(KeySize::Rsa2048).expect(MADE)),
            Algorithm::Es256 => {
                Self::P256(EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).expect(MADE))
            }
            Algorithm::EdDsa => Self::Ed25519(Ed25519KeyPair::generate().expect(MADE)),
        }
    }

    fn sign(&self) {
        const SIGNED: &str = "a good key signs";
        let message = black_box([b'x'; MESSAGE_LENGTH]);
        let random = SystemRandom::new();
        match self {
            Self::Rsa(pair) => {
                let mut signature = [0; 256];
                pair.sign(&RSA_PKCS1_SHA256, &random, &message, &mut signature)
                    .expect(SIGNED);
                black_box(signature);
            }
            Self::P256(pair) => {
                black_box(pair.sign(&random, &message).expect(SIGNED));
            }
            Self::Ed25519(pair) => {
                black_box(pair.sign(&message));
            }
        }
    }
}

/// An assertion's signature with RSA-2048, verified with a key that is parsed once.
struct Verifier {
    rs256: (ParsedPublicKey, Vec<u8>),
    ps256: (ParsedPublicKey, Vec<u8>),
}

impl Verifier {
    const MESSAGE: [u8; ASSERTION_LENGTH] = [b'y'; ASSERTION_LENGTH];

    fn new() -> Self {
        let pair = RsaKeyPair::generate(KeySize::Rsa2048).expect("a key can be made");
        let signed = |padding: &'static dyn aws_lc_rs::signature::RsaEncoding| {
            let mut signature = vec![0; 256];
            pair.sign(
                padding,
                &SystemRandom::new(),
                &Self::MESSAGE,
                &mut signature,
            )
            .expect("a good key signs");
            signature
        };
        let parsed = |algorithm: &'static dyn VerificationAlgorithm| {
            ParsedPublicKey::new(algorithm, pair.public_key().as_ref()).expect("its own key")
        };
        Self {
            rs256: (
                parsed(&RSA_PKCS1_2048_8192_SHA256),
                signed(&RSA_PKCS1_SHA256),
            ),
            ps256: (parsed(&RSA_PSS_2048_8192_SHA256), signed(&RSA_PSS_SHA256)),
        }
    }

    fn verify(&self, algorithm: Verified) {
        let (key, signature) = match algorithm {
            Verified::Rs256 => &self.rs256,
            Verified::Ps256 => &self.ps256,
        };
        key.verify_sig(black_box(&Self::MESSAGE), signature)
            .expect("its own signature");
    }
}
