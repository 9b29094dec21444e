//! What is in a screenshot.

use std::collections::HashMap;
use std::io::Cursor;

/// A picture, pixel by pixel.
pub(crate) struct Picture {
    pub(crate) width: u32,
    pub(crate) height: u32,
    pixels: Vec<[u8; 3]>,
}

impl Picture {
    /// Of a PNG with 8 bits a channel.
    pub(crate) fn of(png: &[u8]) -> Self {
        let mut reader = png::Decoder::new(Cursor::new(png)).read_info().expect("a PNG");
        let mut bytes = vec![0; reader.output_buffer_size().expect("a size")];
        let info = reader.next_frame(&mut bytes).expect("a picture");
        let channels = info.color_type.samples();
        assert!(info.bit_depth == png::BitDepth::Eight && channels >= 3, "{info:?}");
        let pixels =
            bytes[..info.buffer_size()].chunks_exact(channels).map(|pixel| [pixel[0], pixel[1], pixel[2]]);
        Self { width: info.width, height: info.height, pixels: pixels.collect() }
    }

    /// How many colours it has.
    pub(crate) fn colours(&self) -> usize {
        self.counted().len()
    }

    /// The share of its most frequent colour, in hundredths.
    pub(crate) fn monotony(&self) -> usize {
        self.counted().values().max().unwrap_or(&0) * 100 / self.pixels.len()
    }

    /// How bright it is on average, from 0 to 255.
    pub(crate) fn brightness(&self) -> u64 {
        let sum: u64 = self.pixels.iter().flatten().map(|channel| u64::from(*channel)).sum();
        sum / (3 * u64::try_from(self.pixels.len()).expect("a number"))
    }

    fn counted(&self) -> HashMap<[u8; 3], usize> {
        let mut counted = HashMap::new();
        for pixel in &self.pixels {
            *counted.entry(*pixel).or_default() += 1;
        }
        counted
    }
}
