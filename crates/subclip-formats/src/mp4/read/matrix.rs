//! Transformation matrices of `tkhd` and `mvhd`, as far as they turn and mirror pictures.

use super::error::ReadError;
use super::node::Fields;

/// The turning part of a matrix: a picture's point (x, y) goes to (ax + cy, bx + dy).
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Matrix {
    a: f64,
    b: f64,
    c: f64,
    d: f64,
}

impl Matrix {
    const IDENTITY: Self = Self { a: 1.0, b: 0.0, c: 0.0, d: 1.0 };

    pub(super) fn read(fields: &mut Fields<'_>) -> Result<Self, ReadError> {
        let mut values = [0.0; 9];
        for value in &mut values {
            *value = f64::from(fields.i32()?) / 65_536.0;
        }
        let [a, b, _, c, d, ..] = values;
        // Some muxers leave the matrix zero and mean none.
        Ok(if a * d == b * c { Self::IDENTITY } else { Self { a, b, c, d } })
    }

    /// This matrix, then `next`.
    pub(super) fn then(self, next: Self) -> Self {
        Self {
            a: self.a * next.a + self.b * next.c,
            b: self.a * next.b + self.b * next.d,
            c: self.c * next.a + self.d * next.c,
            d: self.c * next.b + self.d * next.d,
        }
    }

    /// Degrees clockwise, and whether the picture is mirrored left to right before it is turned.
    pub(super) fn orientation(self) -> (u16, bool) {
        let mirrored = self.a * self.d < self.b * self.c;
        let (x, y) = if mirrored { (-self.a, -self.b) } else { (self.a, self.b) };
        let degrees = y.atan2(x).to_degrees().round() as i32;
        (degrees.rem_euclid(360) as u16, mirrored)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_turns_and_mirrors() {
        let check = |a: f64, b: f64, c: f64, d: f64, expected: (u16, bool)| {
            assert_eq!(Matrix { a, b, c, d }.orientation(), expected, "{a} {b} {c} {d}");
        };
        check(1.0, 0.0, 0.0, 1.0, (0, false));
        check(0.0, 1.0, -1.0, 0.0, (90, false));
        check(-1.0, 0.0, 0.0, -1.0, (180, false));
        check(0.0, -1.0, 1.0, 0.0, (270, false));
        check(-1.0, 0.0, 0.0, 1.0, (0, true));
        check(1.0, 0.0, 0.0, -1.0, (180, true));
        check(2.0, 0.0, 0.0, 1.5, (0, false));
        let quarter = Matrix { a: 0.0, b: 1.0, c: -1.0, d: 0.0 };
        assert_eq!(quarter.then(quarter).orientation(), (180, false));
    }
}
