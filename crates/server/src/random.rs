//! The operating system's random generator.

use aws_lc_rs::rand;
use countersign_domain::random::Random;

/// Random bytes from the generator that the operating system seeds.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemRandom;

impl Random for SystemRandom {
    fn fill(&self, bytes: &mut [u8]) {
        rand::fill(bytes).expect("the system has random bytes; without them nothing here is safe");
    }
}
