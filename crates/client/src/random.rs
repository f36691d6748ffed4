//! The one place that draws random bytes.

use crate::Error;

/// A random GUID, for requests and assertions.
pub(crate) fn guid() -> Result<String, Error> {
    let guid = uuid::Builder::from_random_bytes(bytes()?).into_uuid();
    Ok(guid.to_string())
}

/// A fraction from 0 up to, but not including, 1.
pub(crate) fn fraction() -> Result<f64, Error> {
    Ok(f64::from(u32::from_le_bytes(bytes()?)) / (f64::from(u32::MAX) + 1.0))
}

fn bytes<const N: usize>() -> Result<[u8; N], Error> {
    let mut bytes = [0; N];
    aws_lc_rs::rand::fill(&mut bytes).map_err(|_| Error::no_randomness())?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn guids_differ_and_fractions_are_in_range() {
        assert_ne!(guid().expect("drawn"), guid().expect("drawn"));
        assert_eq!(guid().expect("drawn").len(), 36);
        for _ in 0..1000 {
            assert!((0.0..1.0).contains(&fraction().expect("drawn")));
        }
    }
}
