"""Every kind of footage through mux_python: uploaded, clipped, played."""

import os
import unittest

import client


class Media(unittest.TestCase):
    def uploaded_clipped_played(self, path):
        source = client.take(path)
        self.assertGreater(source.duration, 2)
        start, end = source.duration * 0.3, source.duration * 0.7

        first = client.ask_clip(source.id, start, end)
        self.assertEqual(first.status, "preparing")
        self.assertEqual(first.source_asset_id, source.id)
        self.assertEqual(first.ingest_type, "on_demand_clip")

        clip = client.ready(first.id)
        self.assertAlmostEqual(clip.duration, end - start, delta=0.1)
        seconds = client.decoded_seconds(f"/{clip.playback_ids[0].id}.m3u8")
        self.assertAlmostEqual(seconds, clip.duration, delta=0.1)


def _case(path):
    return lambda self: self.uploaded_clipped_played(path)


for number, media in enumerate(client.MEDIA):
    name = os.path.basename(media).replace(".", "_").replace("-", "_")
    setattr(Media, f"test_{number}_{name}", _case(media))

if __name__ == "__main__":
    unittest.main()
