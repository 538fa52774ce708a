//! The engine with real FFmpeg: media is made, worked on in the sandbox, and looked at from outside.

#![expect(clippy::unwrap_used, reason = "a step that fails is a test that fails")]

mod damage;
mod edge;
mod fragment;
mod lab;
mod normalise;
mod parameter_sets;
mod picture;
mod probe;
mod remux;
mod rung;
mod sandbox;
mod sound;
mod strangers;
mod strip;
mod transcribe;
