//! The operator `cidr`: addresses of IPv4 and IPv6 in a network.

use std::net::IpAddr;

/// A block of addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Network {
    address: IpAddr,
    /// Number of leading bits that all addresses have in common.
    prefix: u32,
}

impl Network {
    /// Reads a block such as `10.0.0.0/24` or `2001:db8::/32`.
    ///
    /// # Errors
    /// What is wrong with the block.
    pub(super) fn from_block(block: &str) -> Result<Self, String> {
        let invalid = || format!("{block} is not a block of addresses, such as 10.0.0.0/24");
        let (address, prefix) = block.split_once('/').ok_or_else(invalid)?;
        let address: IpAddr = address.parse().map_err(|_| invalid())?;
        let longest = if address.is_ipv4() { 32 } else { 128 };
        let prefix = prefix.parse().ok().filter(|prefix| *prefix <= longest).ok_or_else(invalid)?;
        Ok(Self { address, prefix })
    }

    /// True if `text` is an address in the block.
    pub(super) fn contains(&self, text: &str) -> bool {
        match (self.address, text.parse()) {
            (IpAddr::V4(network), Ok(IpAddr::V4(address))) => {
                let difference = network.to_bits() ^ address.to_bits();
                difference.leading_zeros() >= self.prefix
            }
            (IpAddr::V6(network), Ok(IpAddr::V6(address))) => {
                let difference = network.to_bits() ^ address.to_bits();
                difference.leading_zeros() >= self.prefix
            }
            _ => false,
        }
    }
}
