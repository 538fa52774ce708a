"""Text tracks through mux_python, whose models refuse words that they don't know."""

import http.server
import threading
import unittest

import mux_python
from mux_python.exceptions import ApiException, NotFoundException

import client
from client import assets

CUES = b"WEBVTT\n\n00:00.500 --> 00:01.500\nBefore the cut\n\n00:01.500 --> 00:02.500\nInto it\n"


class Cues(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Length", str(len(CUES)))
        self.end_headers()
        self.wfile.write(CUES)

    def log_message(self, *_):
        pass


class Captions(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Cues)
        threading.Thread(target=cls.server.serve_forever, daemon=True).start()
        cls.url = f"http://127.0.0.1:{cls.server.server_port}/cues.vtt"
        cls.source = client.take(client.MEDIA[0])

    @classmethod
    def tearDownClass(cls):
        cls.server.shutdown()
        cls.server.server_close()

    def texts(self, asset_id):
        def look():
            tracks = [track for track in assets.get_asset(asset_id).data.tracks if track.type == "text"]
            return tracks if tracks and all(track.status != "preparing" for track in tracks) else None

        return client.until(f"captions of {asset_id} are settled", look)

    def test_a_track_is_made_and_comes_to_a_clip(self):
        request = mux_python.CreateTrackRequest(
            url=self.url, type="text", text_type="subtitles", language_code="en", name="English", closed_captions=True
        )
        made = assets.create_asset_track(self.source.id, request).data
        self.assertEqual((made.status, made.text_source, made.text_type), ("preparing", "uploaded", "subtitles"))
        [text] = self.texts(self.source.id)
        self.assertEqual((text.id, text.status, text.name), (made.id, "ready", "English"))
        clip = client.ready(client.ask_clip(self.source.id, 1.0, 3.5).id)
        [of_clip] = [track for track in clip.tracks if track.type == "text"]
        self.assertEqual((of_clip.status, of_clip.language_code, of_clip.closed_captions), ("ready", "en", True))
        assets.delete_asset_track(self.source.id, text.id)
        with self.assertRaises(NotFoundException):
            assets.delete_asset_track(self.source.id, text.id)
        self.assertEqual(self.texts(clip.id)[0].id, of_clip.id)

    def test_what_nothing_generates_is_refused(self):
        [sound] = [track for track in self.source.tracks if track.type == "audio"]
        wanted = mux_python.AssetGeneratedSubtitleSettings(language_code="en", name="English")
        request = mux_python.GenerateTrackSubtitlesRequest(generated_subtitles=[wanted])
        with self.assertRaises(ApiException) as refused:
            assets.generate_asset_track_subtitles(self.source.id, sound.id, request)
        self.assertEqual(refused.exception.status, 400)
        self.assertIn("SUBCLIP_TRANSCRIBE", refused.exception.body)


if __name__ == "__main__":
    unittest.main()
