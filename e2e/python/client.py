"""A customer's Python program: Mux's own SDK with nothing changed but the base URL, and the waiting around it."""

import os
import subprocess
import time
import urllib.error
import urllib.request

import mux_python

URL = os.environ["SUBCLIP_URL"]
MEDIA = os.environ["SUBCLIP_MEDIA"].split(":")


def api_client(secret=None):
    """A client with the right credentials, or with another secret."""
    configuration = mux_python.Configuration(host=f"{URL}/mux")
    configuration.username = os.environ["SUBCLIP_TOKEN_ID"]
    configuration.password = secret or os.environ["SUBCLIP_TOKEN_SECRET"]
    return mux_python.ApiClient(configuration)


assets = mux_python.AssetsApi(api_client())
uploads = mux_python.DirectUploadsApi(api_client())
playback_ids = mux_python.PlaybackIDApi(api_client())


def until(what, look, within_s=120):
    """Asks `look` four times a second until it answers with something true; the only place that waits."""
    deadline = time.monotonic() + within_s
    while True:
        answer = look()
        if answer:
            return answer
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what}: not so after {within_s} s")
        time.sleep(0.25)


def playable():
    """Settings with a public playback id."""
    return mux_python.CreateAssetRequest(playback_policies=[mux_python.PlaybackPolicy.PUBLIC])


def ready(asset_id):
    """Waits until an asset is ready."""

    def look():
        asset = assets.get_asset(asset_id).data
        assert asset.status != "errored", asset.errors
        return asset if asset.status == "ready" else None

    return until(f"asset {asset_id} is ready", look)


def put(url, path):
    """Sends a file as it is."""
    with open(path, "rb") as file:
        request = urllib.request.Request(url, data=file.read(), method="PUT")
    with urllib.request.urlopen(request) as answer:
        return answer.status


def take(path):
    """Takes a file in by direct upload and waits until it is ready."""
    request = mux_python.CreateUploadRequest(new_asset_settings=playable(), cors_origin="*")
    upload = uploads.create_direct_upload(request).data
    put(upload.url, path)
    asset_id = until("the upload becomes an asset", lambda: uploads.get_direct_upload(upload.id).data.asset_id)
    return ready(asset_id)


def ask_clip(source_id, start, end):
    """Asks for a clip and gives the first answer."""
    request = playable()
    request.inputs = [mux_python.InputSettings(url=f"mux://assets/{source_id}", start_time=start, end_time=end)]
    return assets.create_asset(request).data


def status(path):
    """What a viewer is answered at a playback address."""
    try:
        with urllib.request.urlopen(URL + path) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code


def decoded_seconds(path):
    """Decodes a stream to its end, without a complaint, and gives its length."""
    url = URL + path
    done = subprocess.run(["ffmpeg", "-nostdin", "-v", "error", "-i", url, "-f", "null", "-"], capture_output=True, text=True)
    assert done.returncode == 0 and not done.stderr.strip(), done.stderr
    told = subprocess.run(["ffprobe", "-v", "error", "-show_entries", "format=duration", "-of", "csv=p=0", url],
                          capture_output=True, text=True, check=True)
    return float(told.stdout)
