//! What a decoder must know before the first frame: one sample entry a codec.

use super::boxes::Writer;
use super::{Codec, Track};

/// The sample entry of `track` (8.5.2).
pub(super) fn sample_entry(out: &mut Writer, track: &Track) {
    match &track.codec {
        Codec::Aac { bitrate_bps, config } => mp4a(out, track, *bitrate_bps, config),
        Codec::Flac { bits } => flac(out, track, *bits),
    }
}

/// The fields of every `AudioSampleEntry` (12.2.3).
fn audio(out: &mut Writer, track: &Track, bits: u16) {
    // 16.16 fixed point. What does not fit is halved until it does, as "Encapsulation of FLAC in ISO Base Media File Format" (§3.3.1)
    // has it; decoders read the rate from the codec's own header.
    let rate = std::iter::successors(Some(track.sample_rate_hz), |rate| Some(rate / 2)).find(|rate| *rate <= 0xFFFF).unwrap_or(0);
    out.zeros(6).u16(1).zeros(8).u16(u16::from(track.channels)).u16(bits).zeros(4).u32(rate << 16);
}

/// `FLACSampleEntry` with its `FLACSpecificBox` ("Encapsulation of FLAC in ISO Base Media File Format", §3.3).
fn flac(out: &mut Writer, track: &Track, bits: u8) {
    out.in_box(*b"fLaC", |out| {
        audio(out, track, u16::from(bits));
        out.full_box(*b"dfLa", 0, 0, |out| {
            // The last metadata block, of type STREAMINFO, 34 bytes (RFC 9639 §8.1, §8.2).
            out.u32(0x8000_0022).bytes(&stream_info(track, bits));
        });
    });
}

/// `STREAMINFO` (RFC 9639 §8.2): sizes of frames, length and checksum are unknown here, which zeros say.
fn stream_info(track: &Track, bits: u8) -> Vec<u8> {
    let block = u16::try_from(track.framing.frame_samples).unwrap_or(u16::MAX);
    let format = u64::from(track.sample_rate_hz) << 44 | u64::from(track.channels.saturating_sub(1)) << 41 | u64::from(bits.saturating_sub(1)) << 36;
    let mut out = Writer::default();
    out.u16(block).u16(block).zeros(6).u64(format).zeros(16);
    out.out
}

/// `MP4AudioSampleEntry` with an `ES_Descriptor` (ISO/IEC 14496-14 §5.6, 14496-1 §7.2.6).
fn mp4a(out: &mut Writer, track: &Track, bitrate_bps: u32, config: &[u8]) {
    out.in_box(*b"mp4a", |out| {
        audio(out, track, 16);
        out.full_box(*b"esds", 0, 0, |out| {
            let config = descriptor(0x05, config);
            // MPEG-4 audio, an audio stream, no buffer size told, maximum and average bit rate.
            let mut decoder = vec![0x40, 0x15, 0, 0, 0];
            decoder.extend(bitrate_bps.to_be_bytes());
            decoder.extend(bitrate_bps.to_be_bytes());
            decoder.extend(config);
            let mut stream = vec![0, 0, 0];
            stream.extend(descriptor(0x04, &decoder));
            stream.extend(descriptor(0x06, &[0x02]));
            out.bytes(&descriptor(0x03, &stream));
        });
    });
}

/// A descriptor with its length in the form of four bytes that every reader takes (14496-1 §8.3.3).
fn descriptor(tag: u8, body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(body.len()).unwrap_or(u32::MAX);
    let seven_bits = |shift: u32| u8::try_from(length >> shift & 0x7F).unwrap_or(0);
    let mut out = vec![tag, 0x80 | seven_bits(21), 0x80 | seven_bits(14), 0x80 | seven_bits(7), seven_bits(0)];
    out.extend(body);
    out
}
