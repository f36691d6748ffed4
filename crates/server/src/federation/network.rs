//! A range of addresses, as an operator writes it.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

/// A network in CIDR form: `10.20.0.0/16`, `fd00::/8`, or a single address.
///
/// An IPv4 network never contains an IPv6 address, mapped ones included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    prefix_bits: u8,
}

/// The text is not a network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "not a network: write it as 10.20.0.0/16, fd00::/8 or a single address, with no bits set after the prefix"
)]
pub struct InvalidNetwork;

impl Network {
    /// 127.0.0.0/8.
    pub const LOOPBACK_V4: Self = v4([127, 0, 0, 0], 8);

    /// `::1`.
    pub const LOOPBACK_V6: Self = v6([0, 0, 0, 0, 0, 0, 0, 1], 128);

    /// Both of them.
    pub const LOOPBACK: [Self; 2] = [Self::LOOPBACK_V4, Self::LOOPBACK_V6];

    /// Whether an address is inside.
    pub fn contains(&self, address: IpAddr) -> bool {
        match (self.address, address) {
            (IpAddr::V4(network), IpAddr::V4(address)) => {
                let shift = 32 - u32::from(self.prefix_bits);
                (network.to_bits() ^ address.to_bits())
                    .checked_shr(shift)
                    .unwrap_or(0)
                    == 0
            }
            (IpAddr::V6(network), IpAddr::V6(address)) => {
                let shift = 128 - u32::from(self.prefix_bits);
                (network.to_bits() ^ address.to_bits())
                    .checked_shr(shift)
                    .unwrap_or(0)
                    == 0
            }
            _ => false,
        }
    }

    const fn bits_max(address: IpAddr) -> u8 {
        match address {
            IpAddr::V4(_) => 32,
            IpAddr::V6(_) => 128,
        }
    }

    /// Bits after the prefix are most likely a slip: `10.1.2.3/8` opens more than it seems to.
    fn has_bits_after_the_prefix(self) -> bool {
        let trailing_zeros = match self.address {
            IpAddr::V4(address) => address.to_bits().trailing_zeros(),
            IpAddr::V6(address) => address.to_bits().trailing_zeros(),
        };
        trailing_zeros < u32::from(Self::bits_max(self.address) - self.prefix_bits)
    }
}

pub(super) const fn v4(address: [u8; 4], prefix_bits: u8) -> Network {
    let [a, b, c, d] = address;
    Network {
        address: IpAddr::V4(Ipv4Addr::new(a, b, c, d)),
        prefix_bits,
    }
}

pub(super) const fn v6(segments: [u16; 8], prefix_bits: u8) -> Network {
    let [a, b, c, d, e, f, g, h] = segments;
    Network {
        address: IpAddr::V6(Ipv6Addr::new(a, b, c, d, e, f, g, h)),
        prefix_bits,
    }
}

impl FromStr for Network {
    type Err = InvalidNetwork;

    fn from_str(text: &str) -> Result<Self, InvalidNetwork> {
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => (address, Some(prefix)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().map_err(|_| InvalidNetwork)?;
        let bits_max = Self::bits_max(address);
        let prefix_bits = match prefix {
            None => bits_max,
            Some(digits) if digits.bytes().all(|byte| byte.is_ascii_digit()) => {
                digits.parse().map_err(|_| InvalidNetwork)?
            }
            Some(_) => return Err(InvalidNetwork),
        };
        let network = Self {
            address,
            prefix_bits,
        };
        if prefix_bits > bits_max || network.has_bits_after_the_prefix() {
            return Err(InvalidNetwork);
        }
        Ok(network)
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.prefix_bits)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_contains_what_shares_its_prefix() {
        for (network, inside, outside) in [
            ("10.0.0.0/8", "10.255.0.1", "11.0.0.0"),
            ("172.16.0.0/12", "172.31.255.255", "172.32.0.0"),
            ("10.0.0.5", "10.0.0.5", "10.0.0.4"),
            ("0.0.0.0/0", "203.0.113.9", "::1"),
            ("::/0", "2001:db8::1", "127.0.0.1"),
            ("fd00::/8", "fdff::1", "fe00::1"),
            ("::1", "::1", "::"),
            ("127.0.0.0/8", "127.0.0.1", "::ffff:127.0.0.1"),
        ] {
            let parsed: Network = network.parse().expect("a network");
            assert!(parsed.contains(inside.parse().expect("an address")));
            assert!(!parsed.contains(outside.parse().expect("an address")));
        }
    }

    #[test]
    fn slips_are_refused() {
        for text in [
            "",
            "/8",
            "10/8",
            "10.0.0.0/",
            "10.0.0.0/33",
            "10.0.0.0/+8",
            "10.0.0.0/8/8",
            "10.0.0.1/8",
            "::/129",
            "fd00::1/8",
            "localhost",
            " 10.0.0.0/8",
            "010.0.0.0/8",
        ] {
            assert_eq!(text.parse::<Network>(), Err(InvalidNetwork), "{text:?}");
        }
    }
}
