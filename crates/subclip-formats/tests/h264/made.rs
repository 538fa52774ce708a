//! Parameter sets made by hand, bit by bit.

/// Writes the bits of a parameter set.
#[derive(Default)]
pub(crate) struct Bits(Vec<bool>);

impl Bits {
    /// `u(count)`.
    pub(crate) fn u(mut self, count: u32, value: u32) -> Self {
        self.0.extend((0..count).rev().map(|bit| value >> bit & 1 == 1));
        self
    }

    /// Several `ue(v)`.
    pub(crate) fn ue<const N: usize>(mut self, values: [u32; N]) -> Self {
        for value in values {
            let bits = 32 - (value + 1).leading_zeros();
            self = self.u(bits - 1, 0).u(bits, value + 1);
        }
        self
    }

    /// Several `se(v)`.
    pub(crate) fn se<const N: usize>(self, values: [i32; N]) -> Self {
        self.ue(values.map(|value| if value > 0 { value as u32 * 2 - 1 } else { value.unsigned_abs() * 2 }))
    }

    /// A NAL unit: header, payload with emulation prevention, stop bit.
    pub(crate) fn nal(self, header: u8) -> Vec<u8> {
        let mut bits = self.0;
        bits.push(true);
        let mut out = vec![header];
        for byte in bits.chunks(8) {
            let byte = (0..8).fold(0, |all, bit| all << 1 | u8::from(byte.get(bit) == Some(&true)));
            if byte <= 3 && out.len() > 2 && out.ends_with(&[0, 0]) {
                out.push(3);
            }
            out.push(byte);
        }
        out
    }
}

/// A Main profile sequence parameter set of 64x32 pictures.
pub(crate) fn sps(id: u32) -> Vec<u8> {
    Bits::default().u(24, 0x4d_40_1e).ue([id, 0, 2, 1]).u(1, 0).ue([3, 1]).u(4, 0b1100).nal(0x67)
}

/// A picture parameter set that builds on the sequence parameter set `sps_id`; `qp` tells it from others.
pub(crate) fn pps(id: u32, sps_id: u32, qp: i32) -> Vec<u8> {
    Bits::default().ue([id, sps_id]).u(2, 0).ue([0, 0, 0]).u(3, 0).se([qp, 0, 0]).u(3, 0).nal(0x68)
}

/// A record of these sets.
pub(crate) fn record_of(length_size: u8, all_sps: &[Vec<u8>], all_pps: &[Vec<u8>]) -> Vec<u8> {
    let mut out = vec![1, 77, 0x40, 30, 0xfc | (length_size - 1), 0xe0 | all_sps.len() as u8];
    let unit = |nal: &Vec<u8>| [&(nal.len() as u16).to_be_bytes()[..], nal].concat();
    out.extend(all_sps.iter().flat_map(unit));
    out.push(all_pps.len() as u8);
    out.extend(all_pps.iter().flat_map(unit));
    out
}
