//! Measures the colours of a screenshot.

use std::collections::HashMap;
use std::io::Cursor;

/// The pixels of a picture.
pub(crate) struct Picture {
    pub(crate) width: u32,
    pub(crate) height: u32,
    pixels: Vec<[u8; 3]>,
}

impl Picture {
    /// Decodes a PNG with 8 bits per channel.
    pub(crate) fn from_png(png: &[u8]) -> Self {
        let mut reader = png::Decoder::new(Cursor::new(png)).read_info().expect("a PNG");
        let mut bytes = vec![0; reader.output_buffer_size().expect("a size")];
        let info = reader.next_frame(&mut bytes).expect("a picture");
        let channels = info.color_type.samples();
        assert!(info.bit_depth == png::BitDepth::Eight && channels >= 3, "{info:?}");
        let pixels =
            bytes[..info.buffer_size()].chunks_exact(channels).map(|pixel| [pixel[0], pixel[1], pixel[2]]);
        Self { width: info.width, height: info.height, pixels: pixels.collect() }
    }

    /// The number of different colours.
    pub(crate) fn colours(&self) -> usize {
        self.pixel_counts().len()
    }

    /// The percentage of pixels with the most frequent colour.
    pub(crate) fn monotony(&self) -> usize {
        self.pixel_counts().values().max().unwrap_or(&0) * 100 / self.pixels.len()
    }

    /// The mean brightness, from 0 to 255.
    pub(crate) fn brightness(&self) -> u64 {
        let sum: u64 = self.pixels.iter().flatten().map(|channel| u64::from(*channel)).sum();
        sum / (3 * u64::try_from(self.pixels.len()).expect("a number"))
    }

    /// The number of pixels of each colour.
    fn pixel_counts(&self) -> HashMap<[u8; 3], usize> {
        let mut pixel_counts = HashMap::new();
        for pixel in &self.pixels {
            *pixel_counts.entry(*pixel).or_default() += 1;
        }
        pixel_counts
    }
}
